// SPDX-License-Identifier: Apache-2.0
// Results of ATTEND (docs/attention.md, 3 to 5): when a block is summed, row by row its state gives a reciprocal and
// the log-sum-exp, its O becomes a row of Y. With scores, logits as they come from the softmax. `finished_o` pulses
// when the last step's results are written and answered.
`default_nettype none

module sac_attend_output
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    start_i,
  input  wire job_t                    job_i,
  input  wire table_word_t             table_word_i,
  input  wire table_control_t          table_control_i,
  input  wire logic                    step_valid_i,
  output logic                         step_ready_o,
  input  wire step_t                   step_i,
  output logic [5:0]                   head_index_o,   // HEAD record, a cycle later: sub-blocks without a step
  input  wire head_t                   head_i,
  input  wire logic                    block_summed_i,
  output logic                         context_free_o,
  output sum_read_t                    sum_read_o,
  input  wire logic [OutputLanes*OutputWidth-1:0] sum_i,
  output state_read_t                  state_read_o,
  input  wire logic                    state_valid_i,
  input  wire state_t                  state_i,
  input  wire logic                    logit_valid_i,
  output logic                         logit_ready_o,
  input  wire logic [31:0]             logit_i,
  // Memory write client.
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i,
  output logic                         finished_o,
  output logic                         block_written_o  // counter
);
  logic scores;
  assign scores = job_i.command.scores != '0;

  // Steps make results: a block with its last step, with scores every step. Sub-blocks that had a step are remembered.
  logic                   push, push_ready, valid, pop, start, wait_q;
  logic [QueryBlocks-1:0] subs, subs_q;
  logic [31:0]            left;
  logic [2:0]             result_count;
  result_t                pushed, result;
  assign subs = (step_i.first_of_block ? '0 : subs_q) | (step_i.empty ? '0 : QueryBlocks'(1) << step_i.sub);
  assign left = job_i.rows - step_i.block_row;
  always_comb begin
    pushed = '{
      last_of_command: step_i.last_of_command, last_of_block: step_i.last_of_block, row: step_i.block_row,
      position: step_i.block_position, head: step_i.block_head,
      rows: left > Rows * QueryBlocks ? BlockRowsWidth'(Rows * QueryBlocks) : BlockRowsWidth'(left),
      block: step_i.block, subs: subs, key: step_i.key, count: step_i.count
    };
    if (scores) begin
      pushed.position = step_i.position;
      pushed.head     = step_i.head;
      pushed.rows     = step_i.empty ? '0 : BlockRowsWidth'(step_i.rows);
    end
  end
  assign step_ready_o = push_ready;
  assign push         = step_valid_i && (scores || step_i.last_of_block);
  always_ff @(posedge clk_i) if (step_valid_i && step_ready_o) subs_q <= subs;
  sac_fifo #(.Width($bits(result_t)), .Depth(4)) u_results (
    .clk_i, .rst_ni, .push_valid_i(push), .push_ready_o(push_ready), .push_data_i(pushed), .pop_valid_o(valid),
    .pop_ready_i(pop), .pop_data_o(result), .count_o(result_count)
  );

  // One result at a time; blocks when they are summed, logits as they come. With scores a block may have no row: it
  // passes when sac_attend_issue has met its step, so that nothing is left there when the command ends.
  logic       written, nothing, block_read, summed;
  logic [2:0] summed_q;
  assign start   = valid && !wait_q && !nothing && (scores || summed_q != '0);
  assign nothing = valid && result.rows == '0;
  assign pop     = written || (nothing && !wait_q && summed_q != '0);
  assign summed  = scores ? pop && result.last_of_block : start;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      wait_q          <= 1'b0;
      summed_q        <= '0;
      context_free_o  <= 1'b0;
      block_written_o <= 1'b0;
    end else begin
      wait_q          <= start || (wait_q && !written);
      summed_q        <= summed_q + 3'(block_summed_i) - 3'(summed);
      context_free_o  <= scores ? pop && result.last_of_block : block_read;
      block_written_o <= pop && result.last_of_block;
    end
  end

  logic                    row_valid, row_ready, normalise_ready, lse_push_ready, lse_valid, lse_ready;
  logic                    beat_valid, beat_ready;
  logic [AxiDataWidth-1:0] beat;
  logic [31:0]             lse, lse_head;
  logic [1:0]              lse_count;
  y_row_t                  row;
  sac_attend_states u_states (
    .clk_i, .rst_ni, .job_i, .table_word_i, .table_control_i, .start_i(start && !scores), .result_i(result),
    .head_index_o, .head_i, .state_read_o, .state_valid_i, .state_i, .row_valid_o(row_valid), .row_ready_i(row_ready),
    .row_o(row), .lse_o(lse)
  );
  assign row_ready = normalise_ready && lse_push_ready;
  sac_fifo #(.Width(32), .Depth(3)) u_lse (
    .clk_i, .rst_ni, .push_valid_i(row_valid && row_ready && job_i.command.lse), .push_ready_o(lse_push_ready),
    .push_data_i(lse), .pop_valid_o(lse_valid), .pop_ready_i(lse_ready), .pop_data_o(lse_head), .count_o(lse_count)
  );
  sac_attend_normalise u_normalise (
    .clk_i, .rst_ni, .elements_i(job_i.head.d_v), .row_valid_i(row_valid && lse_push_ready),
    .row_ready_o(normalise_ready), .row_i(row), .block_read_o(block_read), .sum_read_o, .sum_i,
    .beat_valid_o(beat_valid), .beat_ready_i(beat_ready), .beat_o(beat)
  );
  sac_attend_write u_write (
    .clk_i, .rst_ni, .job_i, .start_i(start), .result_i(result), .done_o(written), .beat_valid_i(beat_valid),
    .beat_ready_o(beat_ready), .beat_i(beat), .lse_valid_i(lse_valid), .lse_ready_o(lse_ready), .lse_i(lse_head),
    .logit_valid_i, .logit_ready_o, .logit_i, .write_valid_o, .write_ready_i, .write_request_o, .write_data_valid_o,
    .write_data_ready_i, .write_data_o
  );

  // Everything is written when every request after the last result is answered.
  logic        last_q;
  logic [15:0] unanswered_q;
  assign finished_o = last_q && unanswered_q == '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      last_q       <= 1'b0;
      unanswered_q <= '0;
    end else begin
      last_q       <= (pop && result.last_of_command) || (last_q && !finished_o);
      unanswered_q <= unanswered_q + 16'(write_valid_o && write_ready_i) - 16'(write_done_i);
    end
  end

  logic unused;
  assign unused = ^{job_i, step_i, result_count, lse_count};
endmodule

`default_nettype wire
