// SPDX-License-Identifier: Apache-2.0
// What the place of a key adds to its logit, in one lane: clamp24(round_even(slope * (j - i), 12)) + bias, and whether
// band, bits or bias mask it: PlaceLatency cycles after the read token. A row is loaded LoadCycles before its first
// token; its product slope * (j - i) is made a byte a cycle meanwhile, from there on each key adds the slope.
`default_nettype none

module sac_softmax_position
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*;
(
  input  wire logic                     clk_i,
  input  wire logic signed [31:0]       band_low_i,
  input  wire logic signed [31:0]       band_high_i,
  input  wire logic                     bias_words_i,
  input  wire logic                     load_valid_i,
  input  wire logic signed [31:0]       slope_i,
  input  wire logic signed [31:0]       distance_i,
  input  wire a_read_t                  token_i,
  input  wire logic [31:0]              bias_i,       // two cycles after the token
  output logic signed [PositionWidth-1:0] position_o,
  output logic                          masked_o
);
  // The next row.
  logic signed [31:0] next_slope_q, next_distance_q;
  logic signed [40:0] part_q;
  logic signed [63:0] product_q;
  logic [31:0]        bytes_q;
  logic [5:0]         make_q;     // one bit a byte, then for the sum
  always_ff @(posedge clk_i) begin
    make_q  <= {make_q[4:0], load_valid_i};
    bytes_q <= bytes_q << 8;
    if (load_valid_i) begin
      next_slope_q    <= slope_i;
      next_distance_q <= distance_i;
      bytes_q         <= distance_i;
    end
    // The highest byte has the sign.
    part_q <= 41'(next_slope_q) * 41'($signed({make_q[0] && bytes_q[31], bytes_q[31:24]}));
    if (make_q[1]) product_q <= 64'(part_q);
    else if (|make_q[4:2]) product_q <= (product_q <<< 8) + 64'(part_q);
  end

  // 0: key by key. The distance wraps, and the product with it.
  logic signed [31:0] slope_q, distance_q1;
  logic signed [63:0] sum_q1, slope_step;
  assign slope_step = distance_q1 == 32'sh7fffffff ? 64'(slope_q) - {slope_q, 32'b0} : 64'(slope_q);
  always_ff @(posedge clk_i) begin
    if (token_i.valid) begin
      if (token_i.first) begin
        slope_q     <= next_slope_q;
        distance_q1 <= next_distance_q;
        sum_q1      <= product_q;
      end else begin
        distance_q1 <= distance_q1 + 32'sd1;
        sum_q1      <= sum_q1 + slope_step;
      end
    end
  end

  // 1: round, half to even; band.
  logic               band_q1, bias_q1, bias_q2, outside_q2, outside_q3;
  logic signed [52:0] rounded_q2;
  always_ff @(posedge clk_i) begin
    band_q1    <= token_i.band;
    bias_q1    <= token_i.bias;
    bias_q2    <= bias_q1;
    rounded_q2 <= 53'($signed(sum_q1[63:12])) + 53'(sum_q1[11] && (sum_q1[12] || (|sum_q1[10:0])));
    outside_q2 <= band_q1 && (distance_q1 < band_low_i || distance_q1 > band_high_i);
    outside_q3 <= outside_q2;
  end

  // 2: saturate. A bias beyond 26 bits saturates every logit, as its 26 bits do.
  logic signed [LogitWidth-1:0] slope_q3;
  logic signed [25:0]           bias_q3;
  logic                         bias_masks_q3;
  always_ff @(posedge clk_i) begin
    if (rounded_q2 > 53'sh7fffff) slope_q3 <= 24'sh7fffff;
    else if (rounded_q2 < -53'sh800000) slope_q3 <= 24'sh800000;
    else slope_q3 <= rounded_q2[23:0];
    if (!bias_q2 || !bias_words_i) bias_q3 <= '0;
    else if (bias_i[31:25] == {7{bias_i[31]}}) bias_q3 <= bias_i[25:0];
    else bias_q3 <= {bias_i[31], {25{!bias_i[31]}}};
    bias_masks_q3 <= bias_q2 && (bias_words_i ? bias_i == 32'h80000000 : !bias_i[0]);
  end

  // 3: add.
  always_ff @(posedge clk_i) begin
    position_o <= 27'(slope_q3) + 27'(bias_q3);
    masked_o   <= outside_q3 || bias_masks_q3;
  end

  logic unused;
  assign unused = ^{token_i, make_q[5]};
endmodule

`default_nettype wire
