// SPDX-License-Identifier: Apache-2.0
// One lane of the softmax: a score a cycle (pass A: logits into a ring, their maximum) beside a probability a cycle
// (pass B: into words of the x RAM, their sum), led by tokens from sac_softmax_lanes that go on to the next lane a
// cycle later. The late tokens come LogitCycle, ProbabilityCycle cycles after the read tokens.
`default_nettype none

module sac_softmax
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_dot_pkg::WordWidth, sac_memory_pkg::*;
(
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  start_i,
  input  wire logic [$bits(job_t)-1:0] job_i,
  input  wire logic [$bits(table_word_t)-1:0] table_word_i,
  input  wire logic [$bits(table_control_t)-1:0] table_control_i,
  input  wire logic                  load_valid_i,
  input  wire logic [$bits(row_load_t)-1:0] load_i,
  input  wire logic [$bits(a_read_t)-1:0] a_read_i,
  input  wire logic [$bits(a_late_t)-1:0] a_late_i,
  input  wire logic [$bits(b_read_t)-1:0] b_read_i,
  input  wire logic [$bits(b_late_t)-1:0] b_late_i,
  output logic [$bits(a_read_t)-1:0] a_read_o,
  output logic [$bits(a_late_t)-1:0] a_late_o,
  output logic [$bits(b_read_t)-1:0] b_read_o,
  output logic [$bits(b_late_t)-1:0] b_late_o,
  output logic [$bits(score_read_t)-1:0] score_read_o,
  input  wire logic [ScoreWidth-1:0] score_i,
  output logic [$bits(bias_read_t)-1:0] bias_read_o,
  input  wire logic [31:0]           bias_i,
  output logic [$bits(rescale_t)-1:0] rescale_o,
  // A word of probabilities: it must be taken at once.
  output logic                       word_valid_o,
  output logic [LaneRowWidth-1:0]    word_row_o,
  output step_number_t               word_step_o,
  output logic [WordIndexWidth-1:0]  word_number_o,
  output logic [WordWidth-1:0]       word_o,
  output logic                       logit_valid_o,
  output logic [31:0]                logit_o,
  input  wire logic                  state_read_i,
  input  wire logic [StateWidth-1:0] state_address_i,
  output logic                       state_valid_o,
  output logic [$bits(state_t)-1:0] state_o,
  output logic                       masked_o
);
  /*verilator hier_block*/
  // A block of its own for Verilator, whose ports are plain: here they get their types.
  job_t      job;
  row_load_t load;
  a_read_t   a_read, a_read_q;
  a_late_t   a_late, a_late_q;
  b_read_t   b_read, b_read_q;
  b_late_t   b_late, b_late_q;
  assign job      = job_i;
  assign load     = load_i;
  assign a_read   = a_read_i;
  assign a_late   = a_late_i;
  assign b_read   = b_read_i;
  assign b_late   = b_late_i;
  assign a_read_o = a_read_q;
  assign a_late_o = a_late_q;
  assign b_read_o = b_read_q;
  assign b_late_o = b_late_q;
  typedef logic signed [LogitWidth-1:0] logit_t;

  function automatic lane_count_t one_less(input lane_count_t count);
    return count == '0 ? '0 : count - 1'b1;
  endfunction

  // On to the next lane.
  always_ff @(posedge clk_i) begin
    a_read_q      <= a_read;
    a_late_q      <= a_late;
    b_read_q      <= b_read;
    b_late_q      <= b_late;
    a_read_q.rows <= one_less(a_read.rows);
    a_late_q.rows <= one_less(a_late.rows);
    b_read_q.skip <= b_read.skip - 1'b1;
    b_late_q.rows <= one_less(b_late.rows);
    if (!rst_ni) begin
      a_read_q.valid <= 1'b0;
      a_late_q.valid <= 1'b0;
      b_read_q.valid <= 1'b0;
      b_late_q.valid <= 1'b0;
    end
  end

  // Pass A.
  logic [15:0]             sink_sum_q;
  logic [MaximumWidth-1:0] sink_max_q;
  logic signed [PositionWidth-1:0] position;
  logic   position_masked, masked_late, logit_masked;
  logit_t logit;
  assign score_read_o = score_read_t'{valid: a_read.valid, row: a_read.row, step: a_read.step, key: a_read.key};
  assign bias_read_o  = bias_read_t'{valid: a_read.valid && a_read.bias, buffer: a_read.buffer, place: a_read.place};
  always_ff @(posedge clk_i) begin
    if (load_valid_i) sink_sum_q <= load.head.sink_sum;
    if (load_valid_i) sink_max_q <= load.head.sink_max;
  end
  sac_softmax_position u_position (
    .clk_i, .band_low_i(job.command.band_low), .band_high_i(job.command.band_high),
    .bias_words_i(job.head.bias_words), .load_valid_i, .slope_i(load.head.slope), .distance_i(load.distance),
    .token_i(a_read_i), .bias_i, .position_o(position), .masked_o(position_masked)
  );
  sac_softmax_logit u_logit (
    .clk_i, .rst_ni, .scores_i(job.command.scores), .context_i(job.head), .table_word_i, .table_control_i,
    .valid_i(a_read.valid), .score_i, .position_i(position), .masked_i(position_masked), .masked_late_o(masked_late),
    .logit_o(logit), .masked_o(logit_masked)
  );
  always_ff @(posedge clk_i) masked_o <= rst_ni && a_late.valid && a_late.rows != '0 && masked_late;

  // The logit comes two cycles after its late token: into the ring, and the maximum.
  logic                 scores, a_end_q1, valid_q1, valid_q2, first_q1, first_q2, any_q, any;
  logic [StateWidth-1:0] a_state_q1;
  logic [RingWidth-1:0] tail_q;
  logit_t               maximum_q;
  assign scores = job.command.scores != '0;
  assign any    = any_q && !first_q2;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a_end_q1 <= 1'b0;
      valid_q1 <= 1'b0;
      valid_q2 <= 1'b0;
    end else begin
      a_end_q1 <= a_late.valid && a_late.last && !scores;
      valid_q1 <= a_late.valid;
      valid_q2 <= valid_q1;
    end
    if (!rst_ni || start_i) tail_q <= '0;
    else if (valid_q2) tail_q <= tail_q + 1'b1;
  end
  always_ff @(posedge clk_i) begin
    a_state_q1 <= a_late.state;
    first_q1   <= a_late.first;
    first_q2   <= first_q1;
    if (valid_q2) begin
      any_q <= any || !logit_masked;
      if (!logit_masked && (!any || logit > maximum_q)) maximum_q <= logit;
    end
  end

  logic   ring_masked, masked_q2;
  logit_t ring_logit, logit_q2;
  sac_ram #(.Width(LogitWidth + 1), .Words(RingWords)) u_ring (
    .clk_i, .write_en_i(valid_q2), .write_address_i(tail_q), .write_data_i({logit_masked, logit}),
    .read_en_i(b_read.valid), .read_address_i(b_read.place), .read_data_o({ring_masked, ring_logit})
  );

  // Pass B: the maximum is taken a cycle after its row's first token, for the logit that comes a cycle later.
  logic b_valid_q1, b_valid_q2, b_logit_q1, b_take_q;
  logic signed [MaximumWidth-1:0] maximum, maximum_q2;
  logic [15:0] probability;
  always_ff @(posedge clk_i) begin
    b_valid_q1 <= rst_ni && b_read.valid && !b_read.logit;
    b_logit_q1 <= rst_ni && b_read.valid && b_read.logit && b_read.skip == '0;
    b_take_q   <= rst_ni && b_read.valid && b_read.first && !b_read.logit;
    b_valid_q2 <= rst_ni && b_valid_q1;
    logit_valid_o <= rst_ni && b_logit_q1;
    logit_q2   <= ring_logit;
    masked_q2  <= ring_masked;
    if (b_take_q) maximum_q2 <= maximum;
  end
  assign logit_o = masked_q2 ? 32'h80000000 : 32'(logit_q2);
  sac_softmax_probability u_probability (
    .clk_i, .rst_ni, .function_i(job.command.score_function), .table_word_i, .table_control_i,
    .valid_i(b_valid_q2), .maximum_i(maximum_q2), .logit_i(logit_q2), .masked_i(masked_q2), .probability_o(probability)
  );

  // Words and sum.
  logic [23:0] sum_q, sum_q2;
  always_ff @(posedge clk_i) begin
    if (b_late.valid) begin
      word_o[{b_late.position, 4'b0} +: 16] <= probability;
      sum_q <= (b_late.first ? '0 : sum_q) + 24'(probability);
    end
    sum_q2       <= sum_q;
    word_valid_o <= rst_ni && b_late.valid && b_late.word_end && b_late.rows != '0;
    word_row_o   <= b_late.row;
    word_step_o   <= b_late.step;
    word_number_o <= b_late.word;
  end

  // State; the shift goes to the row.
  logic                    shift_valid, exists_q1, exists_q2;
  step_number_t            step_q1, step_q2;
  logic [LaneRowWidth-1:0] row_q2;
  logic [RescaleWidth-1:0] shift;
  always_ff @(posedge clk_i) begin
    exists_q1 <= b_late.rows != '0;
    exists_q2 <= exists_q1;
    step_q1   <= b_late.step;
    step_q2   <= step_q1;
    row_q2    <= word_row_o;
  end
  assign rescale_o = rescale_t'{valid: shift_valid && exists_q2, row: row_q2, step: step_q2, shift: shift};
  sac_softmax_state u_state (
    .clk_i, .rst_ni, .function_i(job.command.score_function),
    .begin_i(a_read.valid && a_read.first && a_read.begins), .begin_state_i(a_read.state),
    .sink_max_i(sink_max_q), .sink_sum_i(sink_sum_q),
    .a_end_i(a_end_q1), .a_state_i(a_state_q1), .a_maximum_i(maximum_q), .a_any_i(any_q),
    .b_take_i(b_take_q), .b_maximum_o(maximum), .b_end_i(b_late.valid && b_late.last), .b_state_i(b_late.state),
    .b_sum_i(sum_q2), .shift_valid_o(shift_valid), .shift_o(shift), .read_i(state_read_i),
    .read_state_i(state_address_i), .read_valid_o(state_valid_o), .read_o(state_o)
  );

  logic unused;
  assign unused = ^job;
endmodule

`default_nettype wire
