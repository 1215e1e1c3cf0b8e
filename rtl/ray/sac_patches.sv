// SPDX-License-Identifier: Apache-2.0
// Patches of appearance groups (docs/architecture.md, sections 1 and 6): takes the tokens, requests for each group the three
// rectangles of texels that bound its needed vertices, and hands the group on when they lie in the patch RAM. Two
// groups have patches at a time, in the halves of that RAM by turns, so that a group is fetched while products of
// the one before are formed. The token itself goes on at once.
`default_nettype none

module sac_patches
  import sac_config_pkg::*, sac_colour_pkg::*;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire logic           group_valid_i,
  output logic                group_ready_o,
  input  wire group_t         group_i,
  output logic                token_valid_o,
  input  wire logic           token_ready_i,
  output token_t              token_o,
  output logic                patch_valid_o,
  input  wire logic           patch_ready_i,
  output patch_request_t      patch_o,
  input  wire logic           patch_done_i,
  // Groups with patches; `free_i`: the products of the oldest have read theirs.
  output logic                vertices_valid_o,
  input  wire logic           vertices_ready_i,
  output vertices_t           vertices_o,
  input  wire logic           free_i,
  output logic                group_o          // counter
);
  typedef enum logic [1:0] {StIdle, StExtent, StRequest} state_e;

  state_e     state_q;
  group_t     group_q;
  logic [1:0] count;
  place_t     low, high, low_q, high_q;
  logic [1:0] plane_q, arrived_q, used_q, fetched_q;
  logic       push, push_ready, pop_valid, last_patch, taken;

  // A token; one that ends the tile only passes.
  assign group_ready_o = state_q == StIdle && token_ready_i;
  assign token_valid_o = state_q == StIdle && group_valid_i;
  assign token_o       = '{last: group_i.last, flush: group_i.flush, count: group_i.count};
  assign group_o       = group_ready_o && group_valid_i && !group_i.last;

  // Extent of the needed vertices.
  typedef logic [VertexSide-1:0] side_t;
  side_t [2:0] present;
  always_comb begin
    present = '0;
    for (int z = 0; z < int'(VertexSide); z++)
      for (int y = 0; y < int'(VertexSide); y++) begin
        side_t row;
        row           = group_q.needed[VertexSide*(y+VertexSide*z) +: VertexSide];
        present[0]    |= row;
        present[1][y] |= row != '0;
        present[2][z] |= row != '0;
      end
    for (int a = 0; a < 3; a++) begin
      low[a]  = '1;
      high[a] = '0;
      for (int i = 0; i < int'(VertexSide); i++) begin
        if (present[a][i]) high[a] = 4'(i);
        if (present[a][int'(VertexSide)-1-i]) low[a] = 4'(int'(VertexSide) - 1 - i);
      end
    end
  end

  // Requests, when a half of the patch RAM is free.
  function automatic logic [1:0] axis_u(input logic [1:0] plane);
    return plane == 2'd2 ? 2'd1 : 2'd0;
  endfunction
  function automatic logic [1:0] axis_v(input logic [1:0] plane);
    return plane == 2'd0 ? 2'd1 : 2'd2;
  endfunction
  assign patch_valid_o = state_q == StRequest && (plane_q != '0 || (used_q != 2'd2 && push_ready));
  assign patch_o.plane = plane_q;
  assign patch_o.u0 = {1'b0, group_q.origin[axis_u(plane_q)]} + 10'(low_q[axis_u(plane_q)]);
  assign patch_o.v0 = {1'b0, group_q.origin[axis_v(plane_q)]} + 10'(low_q[axis_v(plane_q)]);
  assign patch_o.nu = high_q[axis_u(plane_q)] - low_q[axis_u(plane_q)] + 4'd1;
  assign patch_o.nv = high_q[axis_v(plane_q)] - low_q[axis_v(plane_q)] + 4'd1;
  assign push       = patch_valid_o && patch_ready_i && plane_q == 2'd2;

  sac_fifo #(.Width($bits(vertices_t)), .Depth(2)) u_groups (
    .clk_i, .rst_ni, .push_valid_i(push), .push_ready_o(push_ready),
    .push_data_i({group_q.origin, group_q.needed, low_q}),
    .pop_valid_o(pop_valid), .pop_ready_i(taken), .pop_data_o(vertices_o), .count_o(count)
  );
  assign last_patch       = patch_done_i && arrived_q == 2'd2;
  assign vertices_valid_o = pop_valid && fetched_q != '0;
  assign taken            = vertices_valid_o && vertices_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      arrived_q <= '0;
      used_q    <= '0;
      fetched_q <= '0;
    end else begin
      unique case (state_q)
        StIdle:   if (group_o) state_q <= StExtent;
        StExtent: state_q <= StRequest;
        default:  if (push) state_q <= StIdle;
      endcase
      if (patch_done_i) arrived_q <= last_patch ? '0 : arrived_q + 2'd1;
      used_q    <= used_q + 2'(push) - 2'(free_i);
      fetched_q <= fetched_q + 2'(last_patch) - 2'(taken);
    end
    if (state_q == StIdle) group_q <= group_i;
    low_q  <= low;
    high_q <= high;
    if (state_q != StRequest) plane_q <= '0;
    else if (patch_valid_o && patch_ready_i) plane_q <= plane_q + 2'd1;
  end

  logic unused;
  assign unused = ^{group_q.last, group_q.flush, group_q.count, count};
endmodule

`default_nettype wire
