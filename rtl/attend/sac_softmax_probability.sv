// SPDX-License-Identifier: Apache-2.0
// Probabilities of one lane: from Z and the row's maximum, by score function (docs/attention.md, section 3). Z comes
// two cycles after the read token of pass B, the probability leaves ProbabilityCycle cycles after it. The maximum is
// read with Z.
`default_nettype none

module sac_softmax_probability
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*;
(
  input  wire logic                           clk_i,
  input  wire logic                           rst_ni,
  input  wire logic [1:0]                     function_i,
  input  wire table_word_t                    table_word_i,
  input  wire table_control_t                 table_control_i,
  input  wire logic                           valid_i,       // of the read token, two cycles later
  input  wire logic signed [MaximumWidth-1:0] maximum_i,
  input  wire logic signed [LogitWidth-1:0]   logit_i,
  input  wire logic                           masked_i,
  output logic [15:0]                         probability_o
);
  localparam int unsigned LookupLatency = sac_dot_pkg::LookupLatency;
  localparam logic [1:0] FunctionSoftmax = 2'd0;
  localparam logic [1:0] FunctionLinear = 2'd1;
  // A shift that leaves nothing: 65536 / 2^18 is less than a half.
  localparam logic [4:0] ShiftAll = 5'd18;

  // 2: t, at most 25 bits; the others need but 16 bits of Z: what saturates them saturates the polynomial.
  logic [25:0]        t_q3;
  logic signed [15:0] z_q3;
  logic               masked_q3, valid_q3;
  always_ff @(posedge clk_i) begin
    t_q3      <= {maximum_i[MaximumWidth-1], maximum_i, 12'b0} - 26'(logit_i);
    masked_q3 <= masked_i;
    valid_q3  <= rst_ni && valid_i;
    if (logit_i > 24'sd32767) z_q3 <= 16'sh7fff;
    else if (logit_i < -24'sd32768) z_q3 <= 16'sh8000;
    else z_q3 <= logit_i[15:0];
  end

  // Softmax: table, whose input is .16, then the rounded shift.
  logic [4:0]         shift, shift_q [LookupLatency];
  logic               valid_unused;
  logic signed [39:0] power;
  logic [16:0]        power_q11;
  logic [4:0]         shift_q11;
  logic [17:0]        shifted;
  logic [16:0]        rounded;
  assign shift = masked_q3 || t_q3[25:12] > 14'(ShiftAll) ? ShiftAll : t_q3[16:12];
  always_ff @(posedge clk_i) begin
    shift_q[0] <= shift;
    for (int i = 1; i < int'(LookupLatency); i++) shift_q[i] <= shift_q[i-1];
    shift_q11 <= shift_q[LookupLatency-1];
    power_q11 <= power[16:0];
  end
  sac_lookup #(.Target(sac_spec_pkg::TARGET_POWER), .InputWidth(17)) u_power (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(valid_q3), .x_i({1'b0, t_q3[11:0], 4'b0}),
    .valid_o(valid_unused), .y_o(power)
  );
  assign shifted = {power_q11, 1'b0} >> shift_q11;
  assign rounded = shifted[17:1] + 17'(shifted[0]);

  // Linear, polynomial: 3 square, 4 round, 5 sum, 6 clamp; then they wait.
  logic signed [31:0] square_q4;
  logic signed [19:0] rounded_q5, sum_q6;
  logic signed [15:0] z_q4, z_q5, z_q6;
  logic [3:0]         masked_q;                // from 4 on
  logic [15:0]        other_q [7:11];
  always_ff @(posedge clk_i) begin
    square_q4  <= z_q3 * z_q3;
    z_q4       <= z_q3;
    rounded_q5 <= 20'($signed(square_q4[31:13])) + 20'(square_q4[12] && (square_q4[13] || (|square_q4[11:0])));
    z_q5       <= z_q4;
    sum_q6     <= rounded_q5 + 20'(z_q5) + 20'sd4096;
    z_q6       <= z_q5;
    masked_q   <= {masked_q[2:0], masked_q3};
    if (masked_q[2]) other_q[7] <= '0;
    else if (function_i == FunctionLinear) other_q[7] <= z_q6;
    else if (sum_q6 < 0) other_q[7] <= '0;
    else other_q[7] <= sum_q6 > 20'sd65535 ? 16'hffff : sum_q6[15:0];
    for (int i = 8; i <= 11; i++) other_q[i] <= other_q[i-1];
  end

  always_ff @(posedge clk_i) begin
    if (function_i != FunctionSoftmax) probability_o <= other_q[11];
    else probability_o <= rounded[16] ? 16'hffff : rounded[15:0];
  end

  logic unused;
  assign unused = ^{valid_unused, power[39:17], masked_q[3], t_q3};
endmodule

`default_nettype wire
