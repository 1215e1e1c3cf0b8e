// SPDX-License-Identifier: Apache-2.0
// Dual-purpose adder & search tree (RT-NeRF) over one 256-bit header of an embedding block.
// Bitmap: leaf to root, the tree adds the bits of `leaf_i` below position `query_key_i`: the rank of that position.
// Coordinates: root to leaf, it searches 32 sorted bytes of `leaf_i` for the first that is >= `query_key_i`; the
// result is its number, `count_i` if there is none. Leaf 0 counts as smaller than any key when `below_i` (the count
// byte of the list lies there); only the first `count_i` leaves are valid.
// One query a cycle; the result comes Latency cycles later, in order. The owner keeps the leaves, `count_i` and
// `below_i` steady while queries are under way.
`default_nettype none

module sac_tree #(
  localparam int unsigned Latency = 4
) (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic [255:0] leaf_i,
  input  wire logic         coordinate_i,
  input  wire logic         below_i,
  input  wire logic [5:0]   count_i,
  input  wire logic         query_valid_i,
  input  wire logic [7:0]   query_key_i,
  output logic              result_valid_o,
  output logic [8:0]        result_o
);
  logic [Latency-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], query_valid_i};
  end
  assign result_valid_o = valid_q[Latency-1];

  // Leaf to root: four leaves a node, a register at each level.
  logic [255:0] masked;
  logic [2:0]   sum4_q [64];
  logic [4:0]   sum16_q [16];
  logic [6:0]   sum64_q [4];
  logic [8:0]   sum256_q;

  always_comb begin
    for (int unsigned i = 0; i < 256; i++) masked[i] = leaf_i[i] && 8'(i) < query_key_i;
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 64; i++)
      sum4_q[i] <= 3'(masked[4*i]) + 3'(masked[4*i+1]) + 3'(masked[4*i+2]) + 3'(masked[4*i+3]);
    for (int i = 0; i < 16; i++)
      sum16_q[i] <= 5'(sum4_q[4*i]) + 5'(sum4_q[4*i+1]) + 5'(sum4_q[4*i+2]) + 5'(sum4_q[4*i+3]);
    for (int i = 0; i < 4; i++)
      sum64_q[i] <= 7'(sum16_q[4*i]) + 7'(sum16_q[4*i+1]) + 7'(sum16_q[4*i+2]) + 7'(sum16_q[4*i+3]);
    sum256_q <= 9'(sum64_q[0]) + 9'(sum64_q[1]) + 9'(sum64_q[2]) + 9'(sum64_q[3]);
  end

  // Root to leaf: the path so far is the number of leaves known to be smaller. Two levels a register, the last
  // two compare leaves (step 1, then the one leaf left).
  function automatic logic smaller(input logic [4:0] index, input logic [7:0] key, input logic [255:0] leaf,
                                   input logic below, input logic [5:0] count);
    return (below && index == '0) || ({1'b0, index} < count && leaf[8*index +: 8] < key);
  endfunction

  logic [4:0] path1_d, path1_q, path2_d, path2_q, path3_d, path3_q;
  logic [5:0] path4_q;
  logic [7:0] key1_q, key2_q, key3_q;

  always_comb begin
    path1_d = '0;
    path1_d[4] = smaller(5'd15, query_key_i, leaf_i, below_i, count_i);
    path1_d[3] = smaller(path1_d + 5'd7, query_key_i, leaf_i, below_i, count_i);
    path2_d = path1_q;
    path2_d[2] = smaller(path1_q + 5'd3, key1_q, leaf_i, below_i, count_i);
    path2_d[1] = smaller(path2_d + 5'd1, key1_q, leaf_i, below_i, count_i);
    path3_d = path2_q;
    path3_d[0] = smaller(path2_q, key2_q, leaf_i, below_i, count_i);
  end

  always_ff @(posedge clk_i) begin
    path1_q <= path1_d;
    key1_q  <= query_key_i;
    path2_q <= path2_d;
    key2_q  <= key1_q;
    path3_q <= path3_d;
    key3_q  <= key2_q;
    path4_q <= {1'b0, path3_q} + 6'(smaller(path3_q, key3_q, leaf_i, below_i, count_i));
  end

  assign result_o = coordinate_i ? 9'(path4_q) : sum256_q;
endmodule

`default_nettype wire
