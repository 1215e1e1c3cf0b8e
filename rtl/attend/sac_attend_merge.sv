// SPDX-License-Identifier: Apache-2.0
// MERGE: n attention states of every row become one (docs/attention.md, section 6). Checks the command, reads the
// AFFINE records; then log-sum-exps, a row ahead, go to the weights, rows of the states to the sums, and sums to memory.
`default_nettype none

module sac_attend_merge
  import sac_config_pkg::*, sac_attend_pkg::*, sac_host_pkg::*, sac_memory_pkg::*, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire table_word_t             table_word_i,
  input  wire table_control_t          table_control_i,
  input  wire logic                    command_valid_i,
  output logic                         command_ready_o,
  input  wire merge_command_t          command_i,
  output response_t                    response_o,
  output logic                         busy_o,
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i,
  output increments_t                  increments_o
);
  localparam int unsigned BeatWords = AxiDataWidth / 32;
  typedef enum logic [2:0] {StIdle, StCheck, StAffine, StAffineData, StStart, StRun, StDone} state_e;
  state_e         state_q;
  merge_command_t command_q;
  logic [7:0]     code, code_q;
  logic [31:0]    word, word_q;
  logic           start, finished, row_done;

  assign command_ready_o = state_q == StIdle;
  assign busy_o          = state_q != StIdle;
  assign start           = state_q == StStart;
  assign response_o      = '{done: state_q == StDone, code: code_q, address: word_q};
  always_comb begin
    code = ERR_RANGE;
    word = '0;
    if (command_q.states != '0) begin
      if (command_q.rows == '0) word = 32'd10;
      else if (command_q.d == '0 || command_q.d[3:0] != '0 || 32'(command_q.d) > HeadDim) word = 32'd11;
      else code = ERR_NONE;
    end
  end

  // AFFINE records: a word a cycle. What follows the last one in its beat is written too, and never read.
  logic [6:0] affine_q;
  logic       beat_end, affine_end;
  assign beat_end   = BeatWords == 1 || (affine_q & 7'(BeatWords - 1)) == 7'(BeatWords - 1);
  assign affine_end = data_valid_i && data_last_i && beat_end;
  always_ff @(posedge clk_i) begin
    if (state_q != StAffineData) affine_q <= '0;
    else if (data_valid_i) affine_q <= affine_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:       if (command_valid_i) state_q <= StCheck;
        StCheck:      state_q <= code == ERR_NONE ? StAffine : StDone;
        StAffine:     if (read_ready_i) state_q <= StAffineData;
        StAffineData: if (affine_end) state_q <= StStart;
        StStart:      state_q <= StRun;
        StRun:        if (finished) state_q <= StDone;
        StDone:       state_q <= StIdle;
        default:      state_q <= StIdle;
      endcase
    end
    if (state_q == StIdle) command_q <= command_i;
    if (state_q == StCheck) begin
      code_q <= code;
      word_q <= code == ERR_NONE ? '0 : word;
    end
  end

  // What is read, and to whom it goes: the log-sum-exps of a row, or its states.
  logic     list_valid, turn_valid, turn_logs, turn_end, logs_ready, beat_ready;
  request_t list_request;
  logic [5:0] answered_q;
  sac_attend_merge_requests u_requests (
    .clk_i, .rst_ni, .start_i(start), .command_i(command_q), .read_valid_o(list_valid),
    .read_ready_i(read_ready_i && state_q == StRun), .read_request_o(list_request), .turn_valid_o(turn_valid),
    .turn_ready_i(turn_end), .turn_logs_o(turn_logs)
  );
  assign read_valid_o   = state_q == StAffine || (state_q == StRun && list_valid);
  assign read_request_o = state_q == StAffine
                          ? '{address: command_q.affine_address, bytes: {7'd0, command_q.states, 3'd0}} : list_request;
  assign data_ready_o   = state_q == StAffineData ? beat_end : turn_valid && (turn_logs ? logs_ready : beat_ready);
  assign turn_end = state_q == StRun && data_valid_i && data_ready_o && data_last_i
                    && answered_q == command_q.states - 1'b1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start || turn_end) answered_q <= '0;
    else if (state_q == StRun && data_valid_i && data_ready_o && data_last_i) answered_q <= answered_q + 1'b1;
  end

  logic        row_valid, row_ready, result_valid, read_sum;
  merge_row_t  row, result;
  merge_weight_t weight_read;
  logic [16:0] weight;
  merge_sums_t sums;
  logic [MergeBeatWidth-1:0] sum_beat, beats;
  assign beats = MergeBeatWidth'(command_q.d >> $clog2(MergePlaces));
  sac_attend_merge_weights u_weights (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .start_i(start), .states_i(command_q.states),
    .affine_valid_i(data_valid_i && state_q == StAffineData), .affine_index_i(affine_q),
    .affine_i(32'(data_i >> {affine_q & 7'(BeatWords - 1), 5'd0})),
    .log_valid_i(data_valid_i && turn_valid && turn_logs), .log_ready_o(logs_ready), .log_i(data_i[31:0]),
    .weight_read_i(weight_read), .weight_o(weight), .row_valid_o(row_valid), .row_ready_i(row_ready), .row_o(row)
  );
  sac_attend_merge_sum u_sum (
    .clk_i, .rst_ni, .start_i(start), .states_i(command_q.states), .beats_i(beats), .row_valid_i(row_valid),
    .row_ready_o(row_ready), .row_i(row), .weight_read_o(weight_read), .weight_i(weight),
    .beat_valid_i(data_valid_i && turn_valid && !turn_logs), .beat_ready_o(beat_ready), .beat_i(data_i),
    .result_valid_o(result_valid), .result_ready_i(row_done), .result_o(result), .read_i(read_sum),
    .read_beat_i(sum_beat), .sums_o(sums)
  );
  sac_attend_merge_output u_output (
    .clk_i, .rst_ni, .start_i(start), .command_i(command_q), .beats_i(beats), .result_valid_i(result_valid),
    .result_i(result), .row_done_o(row_done), .read_o(read_sum), .read_beat_o(sum_beat), .sums_i(sums),
    .write_valid_o, .write_ready_i, .write_request_o, .write_data_valid_o, .write_data_ready_i, .write_data_o,
    .write_done_i, .finished_o(finished)
  );

  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_MERGE_ROWS]        = 16'(row_done);
    increments_o[COUNTER_MERGE_STATES]      = row_done ? 16'(command_q.states) : '0;
    increments_o[COUNTER_MERGE_BUSY_CYCLES] = 16'(busy_o);
  end

  logic unused;
  assign unused = ^command_q;
endmodule

`default_nettype wire
