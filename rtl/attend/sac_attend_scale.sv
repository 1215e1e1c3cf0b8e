// SPDX-License-Identifier: Apache-2.0
// y = saturate(round_even(x * multiplier, shift), OutWidth): one value a cycle, ScaleLatency cycles. x is signed, the
// multiplier not, shift 0..47. (sac_requantise, with a bias and 16 bits, is the array's.)
`default_nettype none

module sac_attend_scale #(
  parameter int unsigned InWidth         = 40,
  parameter int unsigned MultiplierWidth = 16,
  parameter int unsigned OutWidth        = 24
) (
  input  wire logic                       clk_i,
  input  wire logic [InWidth-1:0]         x_i,           // signed
  input  wire logic [MultiplierWidth-1:0] multiplier_i,
  input  wire logic [5:0]                 shift_i,
  output logic [OutWidth-1:0]             y_o            // signed
);
  localparam int unsigned ProductWidth = InWidth + MultiplierWidth;
  typedef logic signed [ProductWidth-1:0] product_t;
  typedef logic signed [ProductWidth:0]   guarded_t;  // below it a place for the first bit that the shift drops
  localparam guarded_t High = guarded_t'((guarded_t'(1) <<< (OutWidth - 1)) - 1);
  localparam guarded_t Low  = ~High;

  // 1: operands. 2: product.
  logic signed [InWidth-1:0]  x_q1;
  logic [MultiplierWidth-1:0] multiplier_q1;
  logic [5:0]                 shift_q1, shift_q2;
  product_t                   product_q2;
  always_ff @(posedge clk_i) begin
    x_q1          <= x_i;
    multiplier_q1 <= multiplier_i;
    shift_q1      <= shift_i;
    product_q2    <= product_t'(x_q1) * product_t'($signed({1'b0, multiplier_q1}));
    shift_q2      <= shift_q1;
  end

  // 3: shift by eights; `sticky` remembers whether a dropped bit was set. 4: the rest of the shift.
  guarded_t   guarded, dropped, coarse_q3, fine_q4;
  logic       sticky_q3, sticky_q4;
  logic [2:0] shift_q3;
  assign guarded = {product_q2, 1'b0};
  assign dropped = ~(guarded_t'(-1) <<< {shift_q2[5:3], 3'b000});
  always_ff @(posedge clk_i) begin
    coarse_q3 <= guarded >>> {shift_q2[5:3], 3'b000};
    sticky_q3 <= |(guarded & dropped);
    shift_q3  <= shift_q2[2:0];
    fine_q4   <= coarse_q3 >>> shift_q3;
    sticky_q4 <= sticky_q3 || (|(coarse_q3[6:0] & ~(7'h7f << shift_q3)));
  end

  // 5: half to even, saturate.
  guarded_t rounded;
  assign rounded = guarded_t'($signed(fine_q4[ProductWidth:1])) + guarded_t'(fine_q4[0] && (sticky_q4 || fine_q4[1]));
  always_ff @(posedge clk_i) begin
    if (rounded > High) y_o <= High[OutWidth-1:0];
    else if (rounded < Low) y_o <= Low[OutWidth-1:0];
    else y_o <= rounded[OutWidth-1:0];
  end
endmodule

`default_nettype wire
