// SPDX-License-Identifier: Apache-2.0
// High-density search unit: for runs of neighbouring texels of one block it gives the mask of non-zero components
// and the rank (number in the list of values) of the first of them. The tree is asked once a row of texels; from
// there a bitmap run continues with rank(x+1) = rank(x) + popcount(its 16 bits), one texel a cycle, and a coordinate
// run walks on through the list with four comparators.
// `start_i` (while `busy_o` is low) begins the texels (u_first..u_last) x (v_first..v_last) of the block; block
// inputs and leaves are steady while busy. Lists longer than the 32 leaves come in chunks: when `more_valid_o` and
// `more_ready_i` are high, the next cycle shows the next chunk. Texels leave row by row.
`default_nettype none

module sac_search (
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         start_i,
  output logic              busy_o,
  // The block: mode (0 empty, 1 bitmap, 2 coordinate, 3 dense), texels, leaves of the tree.
  input  wire logic [1:0]   mode_i,
  input  wire logic [1:0]   u_first_i,
  input  wire logic [1:0]   u_last_i,
  input  wire logic [1:0]   v_first_i,
  input  wire logic [1:0]   v_last_i,
  input  wire logic [255:0] leaf_i,
  input  wire logic [5:0]   count_i,
  input  wire logic [3:0]   chunk_i,
  input  wire logic         chunk_last_i,
  output logic              more_valid_o,
  input  wire logic         more_ready_i,
  // To and from the tree.
  output logic              query_valid_o,
  output logic [7:0]        query_key_o,
  input  wire logic         result_valid_i,
  input  wire logic [8:0]   result_i,
  // Texels.
  output logic              texel_valid_o,
  input  wire logic         texel_ready_i,
  output logic [1:0]        texel_u_o,
  output logic [1:0]        texel_v_o,
  output logic [15:0]       texel_mask_o,
  output logic [8:0]        texel_rank_o,
  output logic              texel_last_o
);
  localparam logic [1:0] Empty = 2'd0;
  localparam logic [1:0] Coordinate = 2'd2;
  localparam logic [1:0] Dense = 2'd3;

  function automatic logic [4:0] ones(input logic [15:0] bits);
    logic [4:0] sum;
    sum = '0;
    for (int i = 0; i < 16; i++) sum += 5'(bits[i]);
    return sum;
  endfunction

  logic [1:0]  u_q, v_q;
  logic [2:0]  query_row_q, result_row_q;
  logic [8:0]  row_rank_q [4];
  logic        started_q;  // the run of this row is under way: `place_q` holds its next rank (or leaf)
  logic [8:0]  place_q, place, place_d;
  logic [15:0] found_q;    // coordinate: components of this texel found so far, and the rank of the first
  logic [8:0]  found_rank_q;

  logic [3:0]  texel;
  logic        uses_tree, known, space, step, texel_done, texel_out;
  logic [15:0] mask;
  logic [8:0]  rank;

  assign uses_tree = mode_i != Empty && mode_i != Dense;
  assign texel     = {v_q, u_q};
  assign known     = !uses_tree || started_q || result_row_q > {1'b0, v_q};
  assign space     = !texel_valid_o || texel_ready_i;
  assign step      = busy_o && known && space;
  assign place     = started_q ? place_q : row_rank_q[v_q];

  assign query_valid_o = busy_o && uses_tree && query_row_q <= {1'b0, v_last_i};
  assign query_key_o   = {query_row_q[1:0], u_first_i, 4'b0};

  // Four leaves at `place`: those of earlier texels are passed over, those of this texel taken.
  logic [31:0] four;
  logic [2:0]  passed, taken;
  logic        beyond, at_end;
  logic [15:0] new_mask;
  logic [8:0]  next_place;

  assign four = leaf_i[32 * place[4:2] +: 32];
  always_comb begin
    passed   = '0;
    taken    = '0;
    beyond   = 1'b0;
    new_mask = '0;
    for (int unsigned j = 0; j < 4; j++) begin
      automatic logic [5:0] index = {1'b0, place[4:2], 2'(j)};
      if (!place[5] && index >= place[5:0] && index < count_i) begin
        if (four[8*j+4 +: 4] < texel) begin
          passed += 1'b1;
        end else if (four[8*j+4 +: 4] == texel) begin
          taken += 1'b1;
          new_mask[four[8*j +: 4]] = 1'b1;
        end else begin
          beyond = 1'b1;
        end
      end
    end
  end
  assign next_place = place + 9'(passed) + 9'(taken);
  assign at_end     = next_place[5:0] >= count_i;

  always_comb begin
    mask       = '0;
    rank       = place;
    place_d    = place;
    texel_done = 1'b1;
    if (mode_i == Coordinate) begin
      mask       = found_q | new_mask;
      rank       = found_q != '0 ? found_rank_q : {chunk_i, 5'b0} + place + 9'(passed) - 9'd1;
      place_d    = next_place;
      texel_done = beyond || (at_end && chunk_last_i);
    end else if (mode_i == Dense) begin
      mask = '1;
      rank = {1'b0, texel, 4'b0};
    end else if (mode_i != Empty) begin
      mask    = leaf_i[16 * texel +: 16];
      place_d = place + 9'(ones(mask));
    end
  end
  assign texel_out = step && texel_done;

  // A chunk is given up only when no query is under way.
  assign more_valid_o = step && mode_i == Coordinate && !beyond && at_end && !chunk_last_i &&
                        result_row_q > {1'b0, v_last_i};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o        <= 1'b0;
      texel_valid_o <= 1'b0;
      query_row_q   <= '0;
      result_row_q  <= '0;
      started_q     <= 1'b0;
    end else begin
      if (texel_ready_i) texel_valid_o <= 1'b0;
      if (query_valid_o) query_row_q <= query_row_q + 1'b1;
      if (result_valid_i) result_row_q <= result_row_q + 1'b1;
      if (step) started_q <= 1'b1;
      if (texel_out) begin
        texel_valid_o <= 1'b1;
        if (u_q == u_last_i) begin
          started_q <= 1'b0;
          if (v_q == v_last_i) busy_o <= 1'b0;
        end
      end else if (more_valid_o && more_ready_i) begin
        // The later rows are searched again among the new leaves; this one walks on from leaf 0.
        query_row_q  <= 3'(v_q) + 3'd1;
        result_row_q <= 3'(v_q) + 3'd1;
      end
      if (!busy_o && start_i) begin
        busy_o       <= 1'b1;
        started_q    <= 1'b0;
        query_row_q  <= 3'(v_first_i);
        result_row_q <= 3'(v_first_i);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (result_valid_i) row_rank_q[result_row_q[1:0]] <= result_i;
    if (step) begin
      place_q      <= place_d;
      found_q      <= mask;
      found_rank_q <= rank;
    end
    if (texel_out) begin
      found_q      <= '0;
      texel_u_o    <= u_q;
      texel_v_o    <= v_q;
      texel_mask_o <= mask;
      texel_rank_o <= rank;
      texel_last_o <= u_q == u_last_i && v_q == v_last_i;
      u_q          <= u_q == u_last_i ? u_first_i : u_q + 1'b1;
      if (u_q == u_last_i) v_q <= v_q + 1'b1;
    end else if (more_valid_o && more_ready_i) begin
      place_q <= '0;
    end
    if (!busy_o && start_i) begin
      found_q <= '0;
      u_q     <= u_first_i;
      v_q     <= v_first_i;
    end
  end
endmodule

`default_nettype wire
