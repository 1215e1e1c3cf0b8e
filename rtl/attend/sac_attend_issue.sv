// SPDX-License-Identifier: Apache-2.0
// Issues the operations of ATTEND (docs/attention.md, 5 and 5.1) as soon as they have the credits that they need: QK, up
// to `Ahead` steps of them without their PV, goes before PV. Tells the others what has been read and what is complete.
// With scores there is no PV.
// A block without keys is an empty step: it passes in its turn, without an operation.
`default_nettype none

module sac_attend_issue
  import sac_config_pkg::*;
  import sac_attend_pkg::*;
  import sac_dot_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        start_i,
  input  wire job_t        job_i,
  input  wire logic        step_valid_i,
  output logic             step_ready_o,
  input  wire step_t       step_i,
  // sac_attend_query and sac_kv.
  input  wire logic        query_loaded_i,
  output logic             query_free_o,
  input  wire logic        k_loaded_i,
  output logic             k_free_o,
  input  wire logic        v_loaded_i,
  output logic             v_free_o,
  // Softmax.
  output logic             scores_ready_o,
  input  wire logic        scores_free_i,
  input  wire logic        probabilities_ready_i,
  output logic             probabilities_free_o,
  // sac_attend_output.
  output logic             block_summed_o,
  input  wire logic        context_free_i,
  // Array.
  output logic             operation_valid_o,
  input  wire logic        operation_ready_i,
  output operation_t       operation_o,
  input  wire event_t      read_i,
  input  wire raw_t        score_event_i,
  input  wire raw_t        sum_event_i
);
  localparam logic [1:0] FunctionLinear = 2'd1;

  // Of a step, what PV needs.
  typedef struct packed {
    logic                  empty;
    logic                  block;
    logic [2:0]            sub;
    step_number_t          step;
    logic                  tile;
    logic                  first_of_context;
    logic                  first_of_block;
    logic                  last_of_block;
    logic                  first_of_tile;
    logic                  last_of_tile;
    logic [CountWidth-1:0] count;
  } pv_step_t;
  localparam int unsigned Ahead = StepBuffers == 4 ? 6 : 3;
  typedef logic [2:0] credit_t;

  // Words of the KV RAM, in a chunk or group, of so many keys.
  function automatic logic [CountWidth-1:0] words(input logic [CountWidth-1:0] keys, input logic segments);
    return sac_dot_pkg::Segments == 2 && segments ? CountWidth'((CountWidth + 1)'(keys) + 1'b1) >> 1 : keys;
  endfunction

  logic scores;
  assign scores = job_i.command.scores != '0;

  // Steps: a queue, then the one whose QK is next, with what its operation needs.
  logic        head_valid, head_take;
  step_t       head, qk_q;
  logic        qk_valid_q, qk_done;
  logic [12:0] qk_beats_q;
  logic [9:0]  qk_source_q;
  sac_ram_fifo #(.Width($bits(step_t)), .Depth(StepDepth)) u_steps (
    .clk_i, .rst_ni, .push_valid_i(step_valid_i), .push_ready_o(step_ready_o), .push_data_i(step_i),
    .pop_valid_o(head_valid), .pop_ready_i(head_take), .pop_data_o(head)
  );
  assign head_take = !qk_valid_q || qk_done;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) qk_valid_q <= 1'b0;
    else if (head_take) qk_valid_q <= head_valid;
  end
  always_ff @(posedge clk_i) begin
    if (head_take) begin
      qk_q        <= head;
      qk_beats_q  <= (13'(words(head.count, job_i.k_segments)) * 13'(job_i.k_chunks)) << job_i.k_beats;
      qk_source_q <= 10'((32'(head.sub) + (head.block ? QueryBlocks : 0)) * HeadChunks);
    end
  end

  // Steps between their QK and their PV; the group of PV that is next.
  logic       pv_valid, pv_push_ready;
  pv_step_t   pv, pv_push;
  logic [$clog2(Ahead+2)-1:0] pv_count;
  logic [GroupWidth-1:0] group_q;
  logic [15:0]           group_base_q;
  attend_tag_t           qk_tag, pv_tag, read_tag, sum_tag;

  // Credits.
  credit_t query_q, k_q, v_q, score_q, probability_q, context_q, unread_q, unsummed_q, ahead_q;
  logic    take_qk, take_pv, take_pv_first, take_pv_last, empty_qk, empty_pv, read, summed;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      query_q       <= '0;
      k_q           <= '0;
      v_q           <= '0;
      score_q       <= credit_t'(StepBuffers);
      probability_q <= '0;
      context_q     <= credit_t'(2);
      unread_q      <= '0;
      unsummed_q    <= '0;
      ahead_q       <= '0;
    end else begin
      query_q       <= query_q + credit_t'(query_loaded_i) - credit_t'(qk_done && qk_q.first_of_block);
      k_q           <= k_q + credit_t'(k_loaded_i) - credit_t'(take_qk && qk_q.first_of_tile);
      v_q           <= v_q + credit_t'(v_loaded_i) - credit_t'(take_pv_first && pv.first_of_tile);
      score_q       <= score_q + credit_t'(scores_free_i) - credit_t'(take_qk);
      probability_q <= probability_q + credit_t'(probabilities_ready_i) - credit_t'(take_pv_first);
      context_q     <= context_q + credit_t'(context_free_i) -
                       credit_t'((take_pv_first && pv.first_of_block) || empty_pv);
      // QK operations not read yet; steps whose PV is not in O yet; QK not followed by their PV yet.
      unread_q      <= unread_q + credit_t'(take_qk) - credit_t'(read && !read_tag.pv);
      unsummed_q    <= unsummed_q + credit_t'(take_pv_last) - credit_t'(summed);
      ahead_q       <= ahead_q + credit_t'(take_qk && !scores) - credit_t'(take_pv_last);
    end
  end

  // A step's probabilities take as long as the operations of a step or longer: QK of more steps runs meanwhile, where
  // there are two score buffers the second when pass A has read the scores of the first. Groups of a PV stay together.
  logic qk_want, pv_want, pv_first, pv_last;
  assign qk_want  = qk_valid_q && !qk_q.empty && score_q != '0 && (scores || ahead_q != credit_t'(Ahead)) && pv_push_ready &&
                    pv_first && (!qk_q.first_of_block || query_q != '0) && (!qk_q.first_of_tile || k_q != '0);
  assign empty_qk = qk_valid_q && qk_q.empty && query_q != '0 && unread_q == '0 && pv_push_ready;
  assign take_qk  = qk_want && operation_ready_i;
  assign qk_done  = take_qk || empty_qk;

  assign pv_push = '{
    empty: qk_q.empty, block: qk_q.block, sub: qk_q.sub, step: qk_q.step, tile: qk_q.tile,
    first_of_context: qk_q.first_of_context, first_of_block: qk_q.first_of_block, last_of_block: qk_q.last_of_block,
    first_of_tile: qk_q.first_of_tile, last_of_tile: qk_q.last_of_tile, count: qk_q.count
  };
  sac_fifo #(.Width($bits(pv_step_t)), .Depth(Ahead + 1)) u_pv (
    .clk_i, .rst_ni, .push_valid_i(qk_done && !scores), .push_ready_o(pv_push_ready), .push_data_i(pv_push),
    .pop_valid_o(pv_valid), .pop_ready_i(take_pv_last || empty_pv), .pop_data_o(pv), .count_o(pv_count)
  );

  assign pv_first      = group_q == '0;
  assign pv_last       = 32'(group_q) + 32'd1 == 32'(job_i.v_groups);
  assign pv_want       = pv_valid && !pv.empty && !qk_want &&
                         (!pv_first || (probability_q != '0 && (!pv.first_of_tile || v_q != '0) &&
                                        (!pv.first_of_block || context_q != '0)));
  assign empty_pv      = pv_valid && pv.empty && unsummed_q == '0 && context_q != '0;
  assign take_pv       = pv_want && operation_ready_i;
  assign take_pv_first = take_pv && pv_first;
  assign take_pv_last  = take_pv && pv_last;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      group_q      <= '0;
      group_base_q <= '0;
    end else if (take_pv) begin
      group_q      <= pv_last ? '0 : group_q + 1'b1;
      group_base_q <= pv_last ? '0 : group_base_q + 16'(GroupWords);
    end
  end

  // Operations.
  assign qk_tag = '{pv: 1'b0, block: qk_q.block, sub: qk_q.sub, step: qk_q.step, group: '0,
                    first_of_context: qk_q.first_of_context, last_of_step: 1'b1, last_of_tile: qk_q.last_of_tile,
                    last_of_block: qk_q.last_of_block};
  assign pv_tag = '{pv: 1'b1, block: pv.block, sub: pv.sub, step: pv.step, group: group_q,
                    first_of_context: pv.first_of_context, last_of_step: pv_last,
                    last_of_tile: pv_last && pv.last_of_tile, last_of_block: pv_last && pv.last_of_block};
  assign operation_valid_o = qk_want || pv_want;
  always_comb begin
    operation_o      = '0;
    operation_o.kind = KindAttend;
    if (pv_want) begin
      operation_o.source      = 10'(ProbabilityBase) + 10'(32'(pv.step) * ProbabilityWords);
      operation_o.beats       = 13'(words(pv.count, job_i.v_segments)) << job_i.v_beats;
      operation_o.weight_base = 16'(2 * BufferWords) + (pv.tile ? 16'(BufferWords) : '0) + group_base_q;
      operation_o.two_beats   = job_i.v_beats;
      operation_o.segmented   = job_i.v_segments;
      operation_o.x_unsigned  = job_i.command.score_function != FunctionLinear;
      operation_o.tag         = TagWidth'(pv_tag);
    end else begin
      operation_o.reduce      = 1'b1;
      operation_o.source      = qk_source_q;
      operation_o.beats       = qk_beats_q;
      operation_o.chunks      = 5'(job_i.k_chunks);
      operation_o.weight_base = qk_q.tile ? 16'(BufferWords) : '0;
      operation_o.two_beats   = job_i.k_beats;
      operation_o.segmented   = job_i.k_segments;
      operation_o.tag         = TagWidth'(qk_tag);
    end
  end

  // What has been read, what is complete. Sums are in O AddLatency cycles after they came.
  logic [AddLatency-2:0] summed_q, block_q;
  assign read     = read_i.valid && read_i.kind == KindAttend;
  assign read_tag = read_i.tag[$bits(attend_tag_t)-1:0];
  assign sum_tag  = sum_event_i.tag[$bits(attend_tag_t)-1:0];
  assign summed   = summed_q[AddLatency-2];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      query_free_o         <= 1'b0;
      k_free_o             <= 1'b0;
      v_free_o             <= 1'b0;
      scores_ready_o       <= 1'b0;
      probabilities_free_o <= 1'b0;
      block_summed_o       <= 1'b0;
      summed_q             <= '0;
    end else begin
      query_free_o         <= (read && !read_tag.pv && read_tag.last_of_block) || empty_qk;
      k_free_o             <= read && !read_tag.pv && read_tag.last_of_tile;
      v_free_o             <= read && read_tag.pv && read_tag.last_of_tile;
      scores_ready_o       <= score_event_i.valid && score_event_i.last;
      summed_q             <= {summed_q[AddLatency-3:0],
                               sum_event_i.valid && sum_event_i.last && sum_tag.last_of_step};
      probabilities_free_o <= summed;
      block_summed_o       <= scores ? qk_done && qk_q.last_of_block
                                     : (summed && block_q[AddLatency-2]) || empty_pv;
    end
  end
  always_ff @(posedge clk_i) block_q <= {block_q[AddLatency-3:0], sum_tag.last_of_block};

  logic unused_bits;
  assign unused_bits = ^{job_i, qk_q, read_i, score_event_i, sum_event_i, sum_tag, read_tag, pv_count};
endmodule

`default_nettype wire
