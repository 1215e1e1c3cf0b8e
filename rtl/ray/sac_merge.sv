// SPDX-License-Identifier: Apache-2.0
// One order for the entries of all lanes (docs/architecture.md, 2.3 and 6): row by row, within a row lane by lane, as each
// lane leaves them. Makes the group tokens: closed at EntryGroup entries and at the end of a cube, which is when every
// lane has come to its end; and the token without entries at the end of a tile. Cubes and ends of tiles are announced
// in order at `work_*`; what the lanes leave belongs to the first cube that is not closed. An entry a cycle.
`default_nettype none

module sac_merge
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*;
(
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  input  wire logic                                    work_valid_i,
  output logic                                         work_ready_o,
  input  wire merge_work_t                             work_i,
  // Lanes (sac_lane).
  input  wire logic [SampleLanes-1:0]                  item_valid_i,
  output logic [SampleLanes-1:0]                       item_ready_o,
  input  wire lane_item_t [SampleLanes-1:0]            item_i,
  input  wire logic [SampleLanes-1:0]                  waiting_i,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   progress_i,
  // To colour: entries come before the token that closes them.
  output logic                                         entry_valid_o,
  input  wire logic                                    entry_ready_i,
  output entry_t                                       entry_o,
  output logic                                         group_valid_o,
  input  wire logic                                    group_ready_i,
  output group_t                                       group_o
);
  // Groups that wait to be coloured: the walk fills them while the array is busy, and crosses empty space meanwhile.
  localparam int unsigned EntryDepth = 8 * EntryGroup;
  localparam int unsigned GroupDepth = 16;
  localparam int unsigned WorkDepth = 4;

  logic        work_valid, work_take;
  merge_work_t work;
  logic [$clog2(WorkDepth+1)-1:0]  work_count;
  sac_fifo #(.Width($bits(merge_work_t)), .Depth(WorkDepth)) u_work (
    .clk_i, .rst_ni, .push_valid_i(work_valid_i), .push_ready_o(work_ready_o), .push_data_i(work_i),
    .pop_valid_o(work_valid), .pop_ready_i(work_take), .pop_data_o(work), .count_o(work_count)
  );

  // The lane whose next entry comes first: the lowest row, of equals the lowest lane. Of a lane without an item the row is
  // a lower bound, and if it wins, all wait for it. A lane at the end of the cube comes last.
  typedef logic [SideWidth:0] key_t;
  key_t                   best_key;
  logic [SampleLanes-1:0] best;
  logic                   chosen, ended;
  lane_item_t             item;
  always_comb begin
    best_key = '1;
    best     = '0;
    item     = item_i[0];
    for (int lane = 0; lane < int'(SampleLanes); lane++) begin
      key_t key;
      key = {1'b0, progress_i[lane]};
      if (waiting_i[lane]) key = '0;
      if (item_valid_i[lane]) key = item_i[lane].last ? '1 : {1'b0, item_i[lane].row};
      if (key < best_key) begin
        best_key   = key;
        best       = '0;
        best[lane] = 1'b1;
        item       = item_i[lane];
      end
    end
    chosen = (best & item_valid_i) != '0;
    ended  = best_key == '1;
  end

  // The chosen one, or an end, in hand.
  logic                       held_q, held_entry_q, move, accept;
  merge_work_t                held_work_q;
  entry_t                     held_item_q;
  logic                       entry_push_ready, group_push, group_push_ready, full;
  logic [EntryCountWidth-1:0] open_q;
  logic [VertexCount-1:0]     needed_q, corners;
  group_t                     group;
  assign move   = held_q && entry_push_ready && group_push_ready;
  assign accept = work_valid && (!held_q || move);
  assign work_take    = accept && (work.tile_end || ended);
  assign item_ready_o = !accept || work.tile_end ? '0 : ended ? '1 : best;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) held_q <= 1'b0;
    else if (accept) held_q <= work.tile_end || ended || chosen;
    else if (move) held_q <= 1'b0;
    if (accept) begin
      held_entry_q <= !work.tile_end && !ended;
      held_work_q  <= work;
      held_item_q <= item.entry;
    end
  end

  // Groups: the vertices that the entries need.
  typedef logic [VertexSide-1:0] side_t;
  side_t [2:0] span;  // on each axis the two vertices of the cell
  always_comb begin
    for (int a = 0; a < 3; a++)
      span[a] = (side_t'(1) << held_item_q.cell_in_cube[a]) | (side_t'(2) << held_item_q.cell_in_cube[a]);
    for (int z = 0; z < int'(VertexSide); z++)
      for (int y = 0; y < int'(VertexSide); y++)
        corners[VertexSide*(y+VertexSide*z) +: VertexSide] = span[1][y] && span[2][z] ? span[0] : '0;
  end
  assign full       = held_entry_q && open_q == EntryCountWidth'(EntryGroup - 1);
  assign group_push = move && (held_entry_q ? full : held_work_q.tile_end || open_q != '0);
  always_comb begin
    group.last   = held_work_q.tile_end;
    group.flush  = held_work_q.tile_end && held_work_q.flush;
    group.count  = open_q + EntryCountWidth'(full);
    group.origin = held_work_q.origin;
    group.needed = needed_q | (full ? corners : '0);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || group_push) begin
      open_q   <= '0;
      needed_q <= '0;
    end else if (move && held_entry_q) begin
      open_q   <= open_q + 1'b1;
      needed_q <= needed_q | corners;
    end
  end
  sac_ram_fifo #(.Width($bits(entry_t)), .Depth(EntryDepth)) u_entries (
    .clk_i, .rst_ni, .push_valid_i(move && held_entry_q), .push_ready_o(entry_push_ready),
    .push_data_i(held_item_q), .pop_valid_o(entry_valid_o), .pop_ready_i(entry_ready_i), .pop_data_o(entry_o)
  );
  sac_ram_fifo #(.Width($bits(group_t)), .Depth(GroupDepth)) u_groups (
    .clk_i, .rst_ni, .push_valid_i(group_push), .push_ready_o(group_push_ready), .push_data_i(group),
    .pop_valid_o(group_valid_o), .pop_ready_i(group_ready_i), .pop_data_o(group_o)
  );

  logic unused;
  assign unused = ^{work_count, item.row, item.last};
endmodule

`default_nettype wire
