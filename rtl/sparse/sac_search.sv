// SPDX-License-Identifier: Apache-2.0
// High-density search unit: for runs of neighbouring texels of one block it gives the mask of non-zero components
// and the rank (number in the list of values) of the first of them, one texel a cycle. The tree is asked for the first
// texel of a run (a row of texels, or all rows if they are whole); from there rank(x+1) = rank(x) + popcount(mask of
// x). The mask of a texel is a part of the bitmap, or comes from comparing all coordinates of the header with it.
// Texels (u_first..u_last) x (v_first..v_last) of the block leave row by row. An empty block is a bitmap of zeros, a
// dense one a bitmap of ones. A list of coordinates that is longer than the 32 leaves comes as several headers
// (`head_more_i`): a texel that may have entries in the next one is asked for again there, which costs a cycle.
`default_nettype none

module sac_search #(
  parameter int unsigned WordWidth = 9,
  parameter int unsigned TagWidth  = 4
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  // Headers.
  input  wire logic                  head_valid_i,
  output logic                       head_ready_o,
  input  wire logic                  head_more_i,
  input  wire logic                  head_long_i,
  input  wire logic [1:0]            head_mode_i,
  input  wire logic [WordWidth-1:0]  head_word_i,
  input  wire logic [TagWidth-1:0]   head_tag_i,
  input  wire logic [7:0]            head_texels_i,  // u_first, u_last, v_first, v_last
  input  wire logic [255:0]          head_leaf_i,
  // Texels.
  output logic                       texel_valid_o,
  input  wire logic                  texel_ready_i,
  output logic [15:0]                texel_mask_o,
  output logic [8:0]                 texel_rank_o,
  output logic [WordWidth+1:0]       texel_base_o,   // byte of value 0 in the line
  output logic [TagWidth-1:0]        texel_tag_o,
  output logic [4:0]                 texel_place_o   // v, u, last of the block
);
  localparam logic [1:0] Empty = 2'd0;
  localparam logic [1:0] Bitmap = 2'd1;
  localparam logic [1:0] Coordinate = 2'd2;
  localparam logic [1:0] Dense = 2'd3;
  localparam int unsigned Latency = 4;  // of the tree

  typedef struct packed {
    logic                 asked;     // of the tree
    logic                 complete;  // no later header has entries of this texel
    logic [3:0]           chunk;     // number of the header in a list
    logic [15:0]          mask;
    logic [WordWidth+1:0] base;
    logic [TagWidth-1:0]  tag;
    logic [4:0]           place;
  } step_t;

  function automatic logic [4:0] ones(input logic [15:0] bits);
    logic [4:0] sum;
    sum = '0;
    for (int i = 0; i < 16; i++) sum += 5'(bits[i]);
    return sum;
  endfunction

  // The header in hand and the texel to look at.
  logic [TagWidth-1:0]  tag_q;
  logic [1:0]           u_first_q, u_last_q, v_last_q;
  logic                 valid_q, waiting_q;  // waiting: for the next header of the list
  logic                 coordinate_q, long_q, ask_q;
  logic [3:0]           chunk_q;
  logic [8:0]           total, total_q;      // bytes of the list from this header on
  logic [31:0]          listed_q;            // bytes of the header that are coordinates
  logic [255:0]         leaf_q;
  logic [WordWidth+1:0] base_q;
  logic [1:0]           u_q, v_q;
  logic [3:0]           texel;
  logic                 go, complete, row_end, block_end, leave, turn, again, pop;

  assign texel        = {v_q, u_q};
  assign total        = head_more_i ? total_q - 9'd32 : 9'(head_leaf_i[7:0]) + 9'd2;
  assign complete     = !(long_q && total_q > 9'd32) || leaf_q[255:252] > texel;
  assign row_end      = u_q == u_last_q;
  assign block_end    = row_end && v_q == v_last_q;
  assign leave        = go && valid_q && complete && block_end;
  assign turn         = go && valid_q && !complete;
  assign again        = turn || waiting_q;  // the next header goes on with this texel
  assign head_ready_o = !valid_q || leave || turn;
  assign pop          = head_valid_i && head_ready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q   <= 1'b0;
      waiting_q <= 1'b0;
    end else begin
      // Headers of a list that the texels did not need are dropped.
      if (pop) valid_q <= again || !head_more_i;
      else if (leave || turn) valid_q <= 1'b0;
      waiting_q <= again && !pop;
    end
  end

  always_ff @(posedge clk_i) begin
    if (go && valid_q) begin
      // A run goes on into the next row if rows are whole.
      ask_q <= row_end && !(u_first_q == 2'd0 && u_last_q == 2'd3);
      if (complete) begin
        u_q <= row_end ? u_first_q : u_q + 1'b1;
        if (row_end) v_q <= v_q + 1'b1;
      end
    end
    if (pop) begin
      leaf_q  <= head_leaf_i;
      ask_q   <= 1'b1;
      total_q <= total;
      for (int unsigned i = 0; i < 32; i++) listed_q[i] <= 9'(i) < total && !(i == 0 && !head_more_i);
      if (head_more_i) begin
        chunk_q <= chunk_q + 1'b1;
      end else begin
        tag_q        <= head_tag_i;
        u_first_q    <= head_texels_i[7:6];
        u_last_q     <= head_texels_i[5:4];
        v_last_q     <= head_texels_i[1:0];
        u_q          <= head_texels_i[7:6];
        v_q          <= head_texels_i[3:2];
        long_q       <= head_long_i;
        coordinate_q <= head_mode_i == Coordinate;
        chunk_q      <= '0;
        unique case (head_mode_i)
          Bitmap:     base_q <= {head_word_i, 2'b0} + (WordWidth + 2)'(32);
          Coordinate: base_q <= {head_word_i, 2'b0} + (WordWidth + 2)'(head_leaf_i[7:0]) + (WordWidth + 2)'(2);
          default:    base_q <= {head_word_i, 2'b0};
        endcase
        if (head_mode_i == Empty) leaf_q <= '0;
        if (head_mode_i == Dense) leaf_q <= '1;
      end
    end
  end

  // Components of the texel; of a coordinate decoded in two halves, which is smaller than all 16 at once.
  logic [15:0] mask, listed;
  logic [3:0]  high [32];
  logic [3:0]  low [32];
  always_comb begin
    listed = '0;
    for (int unsigned i = 0; i < 32; i++) begin
      high[i] = '0;
      low[i]  = '0;
    end
    if (coordinate_q) begin
      for (int unsigned i = 0; i < 32; i++) begin
        if (listed_q[i] && leaf_q[8*i+4 +: 4] == texel) high[i] = 4'(1) << leaf_q[8*i+2 +: 2];
        low[i] = 4'(1) << leaf_q[8*i +: 2];
      end
      for (int unsigned c = 0; c < 16; c++)
        for (int unsigned i = 0; i < 32; i++) listed[c] |= high[i][c/4] && low[i][c%4];
    end
    mask = coordinate_q ? listed : leaf_q[16 * texel +: 16];
  end

  // The mask travels beside the tree.
  logic [Latency-1:0] step_valid_q, asked_q;
  step_t              step_q [Latency];
  step_t              step;
  logic               step_valid;
  logic [4:0]         ones_q;
  assign step       = step_q[Latency-1];
  assign step_valid = step_valid_q[Latency-1];
  assign go         = !texel_valid_o || texel_ready_i;

  logic [8:0] counted;
  sac_tree u_tree (
    .clk_i, .enable_i(go && (ask_q || asked_q != '0)), .leaf_i(leaf_q), .coordinate_i(coordinate_q),
    .listed_i(listed_q), .texel_i(texel), .result_o(counted)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_valid_q <= '0;
      asked_q      <= '0;
    end else if (go) begin
      step_valid_q <= {step_valid_q[Latency-2:0], valid_q};
      asked_q      <= {asked_q[Latency-2:0], valid_q && ask_q};
    end
  end

  always_ff @(posedge clk_i) begin
    if (go) begin
      step_q[0] <= '{asked: ask_q, complete: complete, chunk: chunk_q, mask: mask, base: base_q, tag: tag_q,
                     place: {texel, block_end}};
      for (int i = 1; i < Latency; i++) step_q[i] <= step_q[i-1];
      ones_q <= ones(step_q[Latency-2].mask);
    end
  end

  // Rank: from the tree, or by adding. What earlier headers gave of the texel is held until it is complete.
  logic [8:0]  rank, next_q, held_rank_q;
  logic [15:0] held_mask_q;
  logic        held_q;

  always_comb begin
    rank = next_q;
    if (step.asked) rank = counted + {step.chunk, 5'b0} - 9'(step.chunk != '0);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      texel_valid_o <= 1'b0;
      held_q        <= 1'b0;
    end else if (go) begin
      texel_valid_o <= step_valid && step.complete;
      if (step_valid) held_q <= !step.complete && (held_q || ones_q != '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (go && step_valid) begin
      next_q        <= rank + 9'(ones_q);
      held_mask_q   <= held_q ? held_mask_q | step.mask : step.mask;
      if (!held_q) held_rank_q <= rank;
      texel_mask_o  <= held_q ? held_mask_q | step.mask : step.mask;
      texel_rank_o  <= held_q ? held_rank_q : rank;
      texel_base_o  <= step.base;
      texel_tag_o   <= step.tag;
      texel_place_o <= step.place;
    end
  end
endmodule

`default_nettype wire
