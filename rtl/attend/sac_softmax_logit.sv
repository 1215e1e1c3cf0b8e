// SPDX-License-Identifier: Apache-2.0
// Logits of one lane: a score becomes L, the softcap makes L', slope and bias are added: docs/attention.md, section 3.
// The score comes two cycles after the read token, the position PlaceLatency cycles after it; the logit leaves
// LogitCycle + 2 cycles after it. With scores the logit is the one they ask for.
`default_nettype none

module sac_softmax_logit
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*;
(
  input  wire logic                            clk_i,
  input  wire logic                            rst_ni,
  input  wire logic [1:0]                      scores_i,
  input  wire sac_spec_pkg::context_record_t   context_i,
  input  wire table_word_t                     table_word_i,
  input  wire table_control_t                  table_control_i,
  input  wire logic                            valid_i,        // of the read token
  input  wire logic [ScoreWidth-1:0]           score_i,
  input  wire logic signed [PositionWidth-1:0] position_i,
  input  wire logic                            masked_i,
  output logic                                 masked_late_o,  // LogitCycle cycles after the read token
  output logic signed [LogitWidth-1:0]         logit_o,
  output logic                                 masked_o        // with the logit
);
  localparam int unsigned ScaledCycle = 2 + ScaleLatency;
  localparam int unsigned CapCycle = ScaledCycle + ScaleLatency;
  localparam logic [1:0] ScoresScaled = 2'd1;
  localparam logic [1:0] ScoresWhole = 2'd3;

  logic signed [LogitWidth-1:0] scaled, scaled_late, capped;
  sac_attend_scale #(.InWidth(ScoreWidth), .OutWidth(LogitWidth)) u_scale (
    .clk_i, .x_i(score_i), .multiplier_i(context_i.scale), .shift_i(context_i.scale_shift), .y_o(scaled)
  );
  sac_attend_delay #(.Width(LogitWidth), .Cycles(LogitCycle - ScaledCycle)) u_scaled (
    .clk_i, .rst_ni, .data_i(scaled), .data_o(scaled_late)
  );

  // Softcap: the table has one half of tanh, its sign goes round it.
  localparam int unsigned LookupLatency = sac_dot_pkg::LookupLatency;
  logic signed [15:0]       u;
  logic [15:0]              magnitude;
  logic [LookupLatency-1:0] negative_q;
  logic [CapCycle-1:0]      valid_q;
  logic                     valid_unused;
  logic signed [39:0]       tangent;
  logic signed [17:0]       signed_tangent;
  sac_attend_scale #(.InWidth(LogitWidth), .OutWidth(16)) u_softcap (
    .clk_i, .x_i(scaled), .multiplier_i(context_i.softcap_scale), .shift_i(context_i.softcap_shift), .y_o(u)
  );
  assign magnitude = u == 16'sh8000 ? 16'h7fff : u[15] ? -u : u;
  always_ff @(posedge clk_i) begin
    negative_q <= {negative_q[LookupLatency-2:0], u[15]};
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[CapCycle-2:0], valid_i};
  end
  sac_lookup #(.Target(sac_spec_pkg::TARGET_TANH), .InputWidth(16)) u_tanh (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(valid_q[CapCycle-1]), .x_i(magnitude),
    .valid_o(valid_unused), .y_o(tangent)
  );
  assign signed_tangent = negative_q[LookupLatency-1] ? -tangent[17:0] : tangent[17:0];
  sac_attend_scale #(.InWidth(18), .OutWidth(LogitWidth)) u_capped (
    .clk_i, .x_i(signed_tangent), .multiplier_i(context_i.softcap_out), .shift_i(context_i.softcap_out_shift),
    .y_o(capped)
  );

  // Slope and bias wait meanwhile.
  logic signed [PositionWidth-1:0] position;
  sac_attend_delay #(.Width(PositionWidth + 1), .Cycles(LogitCycle - PlaceLatency)) u_position (
    .clk_i, .rst_ni, .data_i({masked_i, position_i}), .data_o({masked_late_o, position})
  );

  // LogitCycle: add. Then saturate.
  logic                         whole, masked_q;
  logic signed [LogitWidth-1:0] logit;
  logic signed [27:0]           sum_q;
  assign whole = scores_i == '0 || scores_i == ScoresWhole;
  assign logit = context_i.softcap && scores_i != ScoresScaled ? capped : scaled_late;
  always_ff @(posedge clk_i) begin
    sum_q    <= 28'(logit) + (whole ? 28'(position) : '0);
    masked_q <= masked_late_o && whole;
    masked_o <= masked_q;
    if (sum_q > 28'sh7fffff) logit_o <= 24'sh7fffff;
    else if (sum_q < -28'sh800000) logit_o <= 24'sh800000;
    else logit_o <= sum_q[23:0];
  end

  logic unused;
  assign unused = ^{context_i, valid_unused, tangent[39:18]};
endmodule

`default_nettype wire
