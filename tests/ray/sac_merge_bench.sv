// SPDX-License-Identifier: Apache-2.0
// sac_merge with its structs taken apart, for tests/ray/merge_test.cc: items come as lane, end, row and a number of 16 bits
// that stands for the entry's weight; the cell is the number's low bits. Eight lanes of ports, SampleLanes of them used.
`default_nettype none

module sac_merge_bench
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  output logic [31:0]            lanes_o,
  output logic [31:0]            entry_group_o,
  output logic [31:0]            vertex_side_o,
  output logic [31:0]            tile_o,
  input  wire logic              work_valid_i,
  output logic                   work_ready_o,
  input  wire logic              tile_end_i,
  input  wire logic [8:0]        origin_x_i,
  input  wire logic [7:0]        push_i,
  output logic [7:0]             room_o,
  input  wire logic [7:0]        last_i,
  input  wire logic [7:0][7:0]   row_i,
  input  wire logic [7:0][15:0]  number_i,
  input  wire logic [7:0][7:0]   progress_i,
  output logic                   entry_valid_o,
  input  wire logic              entry_ready_i,
  output logic [16:0]            entry_weight_o,
  output logic                   group_valid_o,
  input  wire logic              group_ready_i,
  output logic                   group_last_o,
  output logic                   group_flush_o,
  output logic [15:0]            group_count_o,
  output logic [8:0]             group_origin_o,
  output logic [767:0]           group_needed_o
);
  assign lanes_o       = SampleLanes;
  assign entry_group_o = EntryGroup;
  assign vertex_side_o = VertexSide;
  assign tile_o        = Tile;

  localparam logic [2:0] CellMask = 3'(CubeSide - 1);
  logic [SampleLanes-1:0]                item_valid, item_ready, waiting;
  logic [SampleLanes-1:0][SideWidth-1:0] progress;
  lane_item_t [SampleLanes-1:0]          pushed, item;
  logic [SampleLanes-1:0]                room;
  assign room_o = 8'(room);
  for (genvar lane = 0; lane < SampleLanes; lane++) begin : gen_lane
    logic [5:0] count_q;
    logic       push_ready;
    assign pushed[lane] = '{
      last: last_i[lane], row: row_i[lane][SideWidth-1:0],
      entry: '{
        pixel: '0, fraction: '0, weight: {1'b0, number_i[lane]},
        cell_in_cube: {number_i[lane][8:6] & CellMask, number_i[lane][5:3] & CellMask, number_i[lane][2:0] & CellMask}
      }
    };
    sac_ram_fifo #(.Width($bits(lane_item_t)), .Depth(8)) u_items (
      .clk_i, .rst_ni, .push_valid_i(push_i[lane]), .push_ready_o(push_ready), .push_data_i(pushed[lane]),
      .pop_valid_o(item_valid[lane]), .pop_ready_i(item_ready[lane]), .pop_data_o(item[lane])
    );
    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q <= '0;
      else count_q <= count_q + 6'(push_i[lane] && push_ready) - 6'(item_valid[lane] && item_ready[lane]);
      if (!rst_ni || (push_i[lane] && last_i[lane])) progress[lane] <= '0;
      else progress[lane] <= progress_i[lane][SideWidth-1:0];
    end
    assign waiting[lane] = count_q != '0 && !item_valid[lane];
    assign room[lane]    = push_ready;
  end

  merge_work_t work;
  entry_t      entry;
  group_t      group;
  assign work = '{tile_end: tile_end_i, flush: origin_x_i[0], origin: {9'd3, 9'd2, origin_x_i}};
  sac_merge u_merge (
    .clk_i, .rst_ni, .work_valid_i, .work_ready_o, .work_i(work), .item_valid_i(item_valid), .item_ready_o(item_ready),
    .item_i(item), .waiting_i(waiting), .progress_i(progress), .entry_valid_o, .entry_ready_i, .entry_o(entry),
    .group_valid_o, .group_ready_i, .group_o(group)
  );
  assign entry_weight_o = entry.weight;
  assign group_last_o   = group.last;
  assign group_flush_o  = group.flush;
  assign group_count_o  = 16'(group.count);
  assign group_origin_o = group.origin[0];
  assign group_needed_o = 768'(group.needed);

  logic unused;
  assign unused = ^{entry, group, push_i, last_i, row_i, number_i, progress_i};
endmodule

`default_nettype wire
