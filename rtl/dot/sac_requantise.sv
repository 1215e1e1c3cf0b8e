// SPDX-License-Identifier: Apache-2.0
// y = saturate(round_even((acc + bias) * multiplier, shift), 16): one value a cycle, RequantiseLatency cycles.
// acc 40 bits, bias s32, multiplier u16, shift 0..47 (docs/architecture.md, section 5).
`default_nettype none

module sac_requantise (
  input  wire logic         clk_i,
  input  wire logic         en_i,
  input  wire logic [39:0]  accumulator_i,  // signed
  input  wire logic [31:0]  bias_i,         // signed
  input  wire logic [15:0]  multiplier_i,
  input  wire logic [5:0]   shift_i,
  output logic [15:0]       y_o             // signed
);
  // 1: bias.
  logic signed [40:0] sum_q1;
  logic [15:0]        multiplier_q1;
  logic [5:0]         shift_q1, shift_q2;
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      sum_q1        <= 41'($signed(accumulator_i)) + 41'($signed(bias_i));
      multiplier_q1 <= multiplier_i;
      shift_q1      <= shift_i;
    end
  end

  // 2: product, below it a place for the first bit that the shift drops.
  logic signed [57:0] product_q2;
  always_ff @(posedge clk_i) begin
    product_q2 <= 58'(sum_q1) * 58'($signed({1'b0, multiplier_q1}));
    shift_q2   <= shift_q1;
  end

  // 3: shift by eights; `sticky` remembers whether a dropped bit was set.
  logic signed [58:0] guarded, coarse_q3;
  logic               sticky_q3;
  logic [2:0]         shift_q3;
  assign guarded = {product_q2, 1'b0};
  always_ff @(posedge clk_i) begin
    coarse_q3 <= guarded >>> {shift_q2[5:3], 3'b000};
    sticky_q3 <= |(guarded & ~(59'h7ff_ffff_ffff_ffff << {shift_q2[5:3], 3'b000}));
    shift_q3  <= shift_q2[2:0];
  end

  // 4: the rest of the shift.
  logic signed [58:0] fine_q4;
  logic               sticky_q4;
  always_ff @(posedge clk_i) begin
    fine_q4   <= coarse_q3 >>> shift_q3;
    sticky_q4 <= sticky_q3 || (|(coarse_q3[6:0] & ~(7'h7f << shift_q3)));
  end

  // 5: half to even, saturate.
  logic signed [58:0] rounded;
  assign rounded = 59'($signed(fine_q4[58:1])) +
                   59'(fine_q4[0] && (sticky_q4 || fine_q4[1]));
  always_ff @(posedge clk_i) begin
    if (rounded > 59'sd32767) y_o <= 16'h7fff;
    else if (rounded < -59'sd32768) y_o <= 16'h8000;
    else y_o <= rounded[15:0];
  end
endmodule

`default_nettype wire
