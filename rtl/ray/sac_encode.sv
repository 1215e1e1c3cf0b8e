// SPDX-License-Identifier: Apache-2.0
// Encoding of one entry (docs/architecture.md, section 4): 27 features interpolated from the eight corners, a channel a
// cycle, then the three of the view; of each five values (itself, sin p, sin 2p, cos p, cos 2p) enter the input vector,
// which ends in order at `vector_o` with `done_o`.
`default_nettype none

module sac_encode
  import sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,
  input  wire table_word_t                   table_word_i,
  input  wire table_control_t                table_control_i,
  input  wire logic [3:0]                    phase_exponent_i,
  input  wire logic                          start_i,
  input  wire logic [2:0][7:0]               fraction_i,   // steady until done
  input  wire view_t                         view_i,       // steady from three cycles after start
  output logic                               read_o,
  output logic [4:0]                         channel_o,
  input  wire logic [7:0][15:0]              corner_i,     // two cycles after the read
  output logic                               done_o,
  output logic [NetworkInputs-1:0][15:0]     vector_o
);
  localparam int unsigned Channels = Features + 3;
  localparam int unsigned Before = 5;                      // cycles from read to interpolated value
  typedef logic signed [15:0] value_t;

  function automatic value_t lerp(input value_t a, input value_t b, input logic [7:0] f);
    logic signed [16:0] difference;
    logic signed [25:0] product;
    difference = 17'(b) - 17'(a);
    product    = difference * $signed({1'b0, f}) + 26'sd128;
    return a + value_t'(product >>> 8);
  endfunction

  // Channels set out one a cycle.
  logic       running_q;
  logic [4:0] channel_q;
  assign read_o    = running_q;
  assign channel_o = channel_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) running_q <= 1'b0;
    else if (start_i) running_q <= 1'b1;
    else if (32'(channel_q) == Channels - 1) running_q <= 1'b0;
    channel_q <= start_i || !running_q ? '0 : channel_q + 5'd1;
  end

  logic       valid_q [Before + LookupLatency];
  logic [4:0] number_q [Before];
  value_t     corner [8], x_q [4], y_q [2], z_q, value;
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(Before + LookupLatency); i++)
      valid_q[i] <= rst_ni && (i == 0 ? running_q : valid_q[(i + Before + LookupLatency - 1) % (Before + LookupLatency)]);
    number_q[0] <= channel_q;
    for (int i = 1; i < int'(Before); i++) number_q[i] <= number_q[i-1];
  end
  always_comb for (int c = 0; c < 8; c++) corner[c] = corner_i[c];
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 4; i++) x_q[i] <= lerp(corner[2*i], corner[2*i+1], fraction_i[0]);
    for (int i = 0; i < 2; i++) y_q[i] <= lerp(x_q[2*i], x_q[2*i+1], fraction_i[1]);
    z_q <= lerp(y_q[0], y_q[1], fraction_i[2]);
  end

  // Phases.
  logic        of_view;
  logic [15:0] phase, phases [4];
  logic [1:0]  view_axis;
  assign of_view   = 32'(number_q[Before-1]) >= Features;
  assign view_axis = 2'(32'(number_q[Before-1]) - Features);
  assign value     = of_view ? value_t'(view_i[view_axis]) : z_q;
  assign phase     = of_view ? value : value << phase_exponent_i;
  assign phases    = '{phase, phase << 1, phase + 16'd16384, (phase << 1) + 16'd16384};
  logic [3:0]         sine_valid;
  logic signed [39:0] sine [4];
  for (genvar i = 0; i < 4; i++) begin : gen_sine
    sac_lookup #(.Target(sac_spec_pkg::TARGET_SINE), .InputWidth(17)) u_sine (
      .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(valid_q[Before-1]), .x_i({1'b0, phases[i]}),
      .valid_o(sine_valid[i]), .y_o(sine[i])
    );
  end
  value_t value_q [LookupLatency];
  always_ff @(posedge clk_i) begin
    value_q[0] <= value;
    for (int i = 1; i < int'(LookupLatency); i++) value_q[i] <= value_q[i-1];
  end

  // Five values at a time shift in from the top: the first channel ends at the bottom.
  logic [4:0] arrived_q;
  always_ff @(posedge clk_i) begin
    done_o <= rst_ni && sine_valid[0] && 32'(arrived_q) == Channels - 1;
    if (start_i) arrived_q <= '0;
    else if (sine_valid[0]) arrived_q <= arrived_q + 5'd1;
    if (sine_valid[0])
      vector_o <= {sine[3][15:0], sine[2][15:0], sine[1][15:0], sine[0][15:0], value_q[LookupLatency-1],
                   vector_o[NetworkInputs-1:5]};
  end

  logic unused;
  assign unused = ^{sine_valid[3:1], valid_q[Before + LookupLatency - 1], sine[0][39:16], sine[1][39:16],
                    sine[2][39:16], sine[3][39:16]};
endmodule

`default_nettype wire
