// SPDX-License-Identifier: Apache-2.0
// Dual-purpose adder and search tree (RT-NeRF) over one 256-bit header of an embedding block: the number of entries
// that lie before the first component of texel `texel_i`.
// Bitmap: the tree adds the bits of `leaf_i` below that position. Coordinates: 32 comparators search the sorted bytes
// of `leaf_i`, and the same adders count those that are smaller, among the bytes that are listed.
// The leaves are read in the cycle of the query only. One query a cycle; the result comes four cycles later, where
// only cycles count in which `enable_i` is high.
`default_nettype none

module sac_tree (
  input  wire logic         clk_i,
  input  wire logic         enable_i,
  input  wire logic [255:0] leaf_i,
  input  wire logic         coordinate_i,
  input  wire logic [31:0]  listed_i,
  input  wire logic [3:0]   texel_i,
  output logic [8:0]        result_o
);
  logic [255:0] counted;
  logic [2:0]   sum4_q [64];
  logic [4:0]   sum16_q [16];
  logic [6:0]   sum64_q [4];
  logic [8:0]   sum256_q;

  always_comb begin
    for (int unsigned i = 0; i < 256; i++) counted[i] = !coordinate_i && leaf_i[i] && 4'(i / 16) < texel_i;
    for (int unsigned i = 0; i < 32; i++)
      if (coordinate_i) counted[8*i] = listed_i[i] && leaf_i[8*i+4 +: 4] < texel_i;
  end

  // Four sums a node, a register at each of the four levels.
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      for (int i = 0; i < 64; i++)
        sum4_q[i] <= 3'(counted[4*i]) + 3'(counted[4*i+1]) + 3'(counted[4*i+2]) + 3'(counted[4*i+3]);
      for (int i = 0; i < 16; i++)
        sum16_q[i] <= 5'(sum4_q[4*i]) + 5'(sum4_q[4*i+1]) + 5'(sum4_q[4*i+2]) + 5'(sum4_q[4*i+3]);
      for (int i = 0; i < 4; i++)
        sum64_q[i] <= 7'(sum16_q[4*i]) + 7'(sum16_q[4*i+1]) + 7'(sum16_q[4*i+2]) + 7'(sum16_q[4*i+3]);
      sum256_q <= 9'(sum64_q[0]) + 9'(sum64_q[1]) + 9'(sum64_q[2]) + 9'(sum64_q[3]);
    end
  end

  assign result_o = sum256_q;
endmodule

`default_nettype wire
