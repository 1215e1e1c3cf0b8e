// SPDX-License-Identifier: Apache-2.0
// ATTEND: checks the command, reads the CONTEXT and HEAD records, checks the former and derives the constants of the
// command (docs/attention.md, sections 1 and 4); then the units run from `start_o` on until everything is written.
// A bad entry of the list ends the command with RANGE when what came before it is written.
`default_nettype none

module sac_attend
  import sac_config_pkg::*, sac_attend_pkg::*, sac_host_pkg::response_t, sac_memory_pkg::request_t, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    command_valid_i,
  output logic                         command_ready_o,
  input  wire attend_command_t         command_i,
  output response_t                    response_o,
  output logic                         busy_o,
  // Memory client: records.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  output logic                         records_o,     // the client is in use
  // The units.
  output job_t                         job_o,
  output logic                         start_o,
  input  wire logic                    walked_i,      // the walker has sent its last step and reads nothing more
  input  wire logic                    walk_silent_i, // with it: there was no step
  input  wire logic                    walk_failed_i, // with it: by a bad entry
  input  wire logic                    finished_i,
  // Heads of the group, a cycle after their index.
  input  wire logic [1:0][5:0]         head_index_i,
  output head_t [1:0]                  head_o
);
  typedef enum logic [3:0] {
    StIdle, StCheck, StContext, StContextData, StVerify, StHead, StHeadData, StStart, StRun, StDone
  } state_e;
  state_e          state_q;
  attend_command_t command_q;
  logic [511:0]    context_q;
  logic [7:0]      code_q;
  logic [31:0]     word_q;
  logic            finished_q, run_over;
  context_record_t head;
  logic            heads_last;

  assign head            = context_record_t'(context_q);
  assign command_ready_o = state_q == StIdle;
  assign busy_o          = state_q != StIdle;
  assign records_o       = state_q != StRun;
  assign start_o         = state_q == StStart;
  assign response_o      = '{done: state_q == StDone, code: code_q, address: word_q};

  // Records come over one client.
  assign read_valid_o   = state_q == StContext || state_q == StHead;
  assign read_request_o = state_q == StContext ? '{address: command_q.context_address, bytes: 16'(4 * CONTEXT_WORDS)}
                                               : '{address: head.head_address, bytes: {5'd0, command_q.group, 3'd0}};
  logic heads_ready;
  assign data_ready_o = state_q == StContextData || (state_q == StHeadData && heads_ready);
  always_ff @(posedge clk_i) begin
    if (data_valid_i && state_q == StContextData) context_q <= 512'({data_i, context_q} >> AxiDataWidth);
  end
  sac_attend_heads u_heads (
    .clk_i, .clear_i(state_q == StContext), .data_valid_i(data_valid_i && state_q == StHeadData),
    .data_ready_o(heads_ready), .data_i, .head_index_i, .head_o
  );
  assign heads_last = data_valid_i && data_ready_o && data_last_i;

  // Checks, in the order of docs/attention.md, section 4.
  logic [7:0]  command_code;
  logic [31:0] command_word;
  always_comb begin
    command_code = ERR_RANGE;
    command_word = '0;
    if (command_q.positions == '0 || command_q.group == '0 || command_q.group > 8'(GroupMax)) command_word = 32'd8;
    else if (command_q.listed && command_q.list_entries == '0) command_word = 32'd11;
    else if (command_q.score_function != 2'd3) command_code = ERR_NONE;
  end

  function automatic logic dimension_bad(input logic [10:0] d);
    return d == '0 || d[3:0] != '0 || 32'(d) > HeadDim;
  endfunction
  localparam logic [511:0] Zeros = CONTEXT_RESERVED | CONTEXT_ALIGN;
  logic        record_bad;
  logic [31:0] record_word;
  logic [15:0] set_words;
  logic [5:0]  output_shift_max;
  assign output_shift_max = command_q.score_function == 2'd1 ? 6'd47 : 6'd15;
  always_comb begin
    for (int i = 0; i < 16; i++) set_words[i] = (context_q[32*i +: 32] & Zeros[32*i +: 32]) != '0;
    record_bad  = 1'b1;
    record_word = '0;
    if (head.magic == CONTEXT_MAGIC_VALUE) begin
      if (set_words != '0) begin
        for (int i = 15; i >= 0; i--) if (set_words[i]) record_word = 32'(i);
      end else if (head.length > 21'h100000 || head.page_log2 > 5'd20) record_word = 32'd1;
      else if (dimension_bad(head.d_k) || dimension_bad(head.d_v)) record_word = 32'd8;
      else if (head.scale_shift > 6'd47 || head.output_shift > output_shift_max) record_word = 32'd9;
      else if (head.softcap_shift > 6'd47) record_word = 32'd10;
      else if (head.softcap_out_shift > 6'd47) record_word = 32'd11;
      else record_bad = 1'b0;
    end
  end

  assign run_over = walked_i && (finished_q || walk_silent_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      finished_q <= 1'b0;
    end else begin
      if (start_o) finished_q <= 1'b0;
      else if (finished_i) finished_q <= 1'b1;
      unique case (state_q)
        StIdle:        if (command_valid_i) state_q <= StCheck;
        StCheck:       state_q <= command_code == ERR_NONE ? StContext : StDone;
        StContext:     if (read_ready_i) state_q <= StContextData;
        StContextData: if (data_valid_i && data_last_i) state_q <= StVerify;
        StVerify:      state_q <= record_bad ? StDone : StHead;
        StHead:        if (read_ready_i) state_q <= StHeadData;
        StHeadData:    if (heads_last) state_q <= StStart;
        StStart:       state_q <= StRun;
        StRun:         if (run_over) state_q <= StDone;
        StDone:        state_q <= StIdle;
        default:       state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: command_q <= command_i;
      StCheck: begin
        code_q <= command_code;
        word_q <= command_code == ERR_NONE ? '0 : command_word;
      end
      StVerify: begin
        code_q <= record_bad ? ERR_RECORD : ERR_NONE;
        word_q <= record_bad ? record_word : '0;
      end
      StRun: if (walk_failed_i) begin
        code_q <= ERR_RANGE;
        word_q <= 32'd10;
      end
      default: ;
    endcase
  end

  // Constants of the command. The registers follow the record while the HEAD records are read.
  function automatic logic [15:0] row_bytes(input logic [10:0] d, input logic [1:0] form, input logic scaled);
    logic [4:0] pairs;  // of scales
    pairs = 5'((d + 11'd63) >> 6);
    return ({4'd0, d, 1'b0} >> form) + (scaled ? {9'd0, pairs, 2'd0} : 16'd0);
  endfunction
  function automatic logic [3:0] merge(input logic [15:0] bytes, input logic [31:0] stride);
    merge = '0;
    for (int unsigned i = 1; i <= 8; i++)
      if (stride == 32'(bytes) && (32'(bytes) << i) <= 32'd1024) merge = 4'(i);
  endfunction
  function automatic logic [$clog2(HeadChunks+1)-1:0] chunks(input logic [10:0] d);
    return ($clog2(HeadChunks+1))'((12'(d) + 12'(Lanes - 1)) >> $clog2(Lanes));
  endfunction
  // Two keys share a word of the KV RAM when each takes half of it or less.
  function automatic logic segments(input logic [10:0] d);
    return Segments == 2 && d <= 11'(sac_dot_pkg::SegmentLanes);
  endfunction
  job_t job_q;
  always_ff @(posedge clk_i) begin
    job_q.command  <= command_q;
    job_q.head     <= head;
    job_q.rows     <= 32'(command_q.positions) * 32'(command_q.group);
    job_q.k_beats  <= head.k_format == 2'd0 || head.k_scaled;
    job_q.v_beats  <= head.v_format == 2'd0 || head.v_scaled;
    job_q.k_segments <= segments(head.d_k);
    job_q.v_segments <= segments(head.d_v);
    job_q.k_chunks <= chunks(head.d_k);
    job_q.v_groups <= chunks(head.d_v);
    job_q.k_bytes  <= row_bytes(head.d_k, head.k_format, head.k_scaled);
    job_q.v_bytes  <= row_bytes(head.d_v, head.v_format, head.v_scaled);
    job_q.k_merge  <= merge(job_q.k_bytes, head.k_stride);
    job_q.v_merge  <= merge(job_q.v_bytes, head.v_stride);
  end
  assign job_o = job_q;
endmodule

`default_nettype wire
