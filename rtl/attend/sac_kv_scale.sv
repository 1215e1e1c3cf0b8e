// SPDX-License-Identifier: Apache-2.0
// saturate(round_even(element * mantissa, exponent), 16), two cycles later.
`default_nettype none

module sac_kv_scale (
  input  wire logic               clk_i,
  input  wire logic signed [15:0] element_i,
  input  wire logic [7:0]         mantissa_i,
  input  wire logic [4:0]         exponent_i,
  output logic signed [15:0]      value_o
);
  logic signed [24:0] product_q, rounded;
  logic [4:0]         exponent_q;
  logic signed [56:0] shifted;  // 32 bits of fraction
  always_ff @(posedge clk_i) begin
    product_q  <= 25'(element_i) * 25'($signed({1'b0, mantissa_i}));
    exponent_q <= exponent_i;
  end
  assign shifted = $signed({product_q, 32'd0}) >>> exponent_q;
  assign rounded = shifted[56:32] + 25'(shifted[31] && (shifted[30:0] != '0 || shifted[32]));
  always_ff @(posedge clk_i) begin
    if (rounded > 25'sd32767) value_o <= 16'sh7fff;
    else if (rounded < -25'sd32768) value_o <= 16'sh8000;
    else value_o <= rounded[15:0];
  end
endmodule

`default_nettype wire
