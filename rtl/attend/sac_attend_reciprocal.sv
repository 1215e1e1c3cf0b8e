// SPDX-License-Identifier: Apache-2.0
// From the state of a row to multiplier and shift of its O, and its log-sum-exp (docs/attention.md, section 3, Y and
// LSE). `start_i` is taken while `busy_o` is low; `done_o` pulses and the results hold until the next start.
`default_nettype none

module sac_attend_reciprocal
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::*;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire table_word_t    table_word_i,
  input  wire table_control_t table_control_i,
  input  wire logic           linear_i,
  input  wire logic [5:0]     output_shift_i,
  input  wire logic           start_i,
  input  wire state_t         state_i,
  output logic                busy_o,
  output logic                done_o,
  output logic [17:0]         multiplier_o,   // 0: Y is zero
  output logic [5:0]          shift_o,
  output logic [31:0]         lse_o
);
  typedef enum logic [2:0] {StIdle, StPlace, StAlign, StDivide, StWait, StDone} state_e;
  state_e state_q;
  assign busy_o = state_q != StIdle;
  assign done_o = state_q == StDone;

  // The highest bit of the sum; the sum without it as 23 bits of fraction.
  logic [SumWidth-1:0] sum_q, aligned;
  logic [5:0]          exponent, exponent_q;
  logic [23:0]         mantissa_q;
  logic                zero_q;
  logic signed [MaximumWidth-1:0] maximum_q;
  always_comb begin
    exponent = '0;
    for (int i = 0; i < int'(SumWidth); i++) if (sum_q[i]) exponent = 6'(i);
  end
  assign aligned = sum_q << (6'(SumWidth - 1) - exponent_q);

  logic               divide_done, divide_busy, overflow, log_valid;
  logic [17:0]        quotient;
  logic signed [39:0] log_y;
  sac_divide #(.NumeratorWidth(41), .DenominatorWidth(24), .QuotientWidth(18), .Bits(2)) u_divide (
    .clk_i, .rst_ni, .start_i(state_q == StDivide), .numerator_i({1'b1, 40'b0}), .denominator_i(mantissa_q),
    .busy_o(divide_busy), .done_o(divide_done), .overflow_o(overflow), .quotient_o(quotient)
  );
  sac_lookup #(.Target(sac_spec_pkg::TARGET_LOG2), .InputWidth(17)) u_log (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(state_q == StDivide), .x_i({1'b0, mantissa_q[22:7]}),
    .valid_o(log_valid), .y_o(log_y)
  );

  logic signed [15:0] whole;        // of the logarithm
  logic [6:0]         shift;
  logic [31:0]        log_q;
  assign whole = 16'(maximum_q) + 16'($signed({1'b0, exponent_q})) - 16'sd16;
  assign shift = 7'(exponent_q) + 7'd9;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:   if (start_i) state_q <= StPlace;
        StPlace:  state_q <= StAlign;
        StAlign:  state_q <= zero_q || linear_i ? StDone : StDivide;
        StDivide: state_q <= StWait;
        StWait:   if (divide_done) state_q <= StDone;
        StDone:   state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle && start_i) begin
      sum_q     <= state_i.sum;
      maximum_q <= state_i.maximum;
    end
    zero_q     <= sum_q == '0;
    exponent_q <= exponent;
    mantissa_q <= aligned[SumWidth-1 -: 24];
    if (log_valid) log_q <= 32'(log_y) + {whole, 16'b0};
  end
  // They are read from StDone on, when nothing changes them until the next start.
  assign multiplier_o = linear_i ? 18'd256 : zero_q ? '0 : quotient;
  assign shift_o      = linear_i ? output_shift_i : shift < 7'(output_shift_i) ? '0 : 6'(shift - 7'(output_shift_i));
  assign lse_o        = zero_q ? 32'h80000000 : log_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    assert (!rst_ni || !divide_done || !overflow) else $error("sac_attend_reciprocal: overflow");
`endif
  logic unused;
  assign unused = ^{state_i, divide_busy, overflow, log_y, aligned};
endmodule

`default_nettype wire
