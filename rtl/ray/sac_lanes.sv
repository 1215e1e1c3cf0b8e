// SPDX-License-Identifier: Apache-2.0
// The sample lanes of the machine and their merge (docs/architecture.md, 2.3 to 3 and 6): lane = column of the tile mod
// SampleLanes. `start_i` while idle, the cube steady until `done_o`: all its candidates are composited, the state of their
// pixels written, deaths reported. Its entries may still be on their way to colour.
`default_nettype none

module sac_lanes
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*;
#(
  localparam int unsigned BankWidth = BankVertices > 1 ? $clog2(BankVertices) : 1
) (
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  input  wire table_word_t                             table_word_i,
  input  wire table_control_t                          table_control_i,
  input  wire logic [15:0]                             termination_i,
  input  wire logic [15:0]                             carry_i,
  // Tile of the cubes; a pixel of a tile that is set up.
  input  wire logic                                    context_i,
  input  wire logic                                    ray_context_i,
  input  wire logic                                    ray_valid_i,
  input  wire logic [SideWidth-1:0]                    ray_x_i,
  input  wire logic [SideWidth-1:0]                    ray_y_i,
  // Cube, and the end of the tile: `end_i` is held until `ended_o`.
  input  wire logic                                    start_i,
  input  wire cube_t                                   cube_i,
  input  wire logic [1:0]                              side_log2_i,
  input  wire logic [11:0]                             samples_i,
  output logic                                         busy_o,
  output logic                                         done_o,
  input  wire logic                                    end_i,
  input  wire logic                                    flush_i,    // with it: no later tile fills the batch under way
  output logic                                         ended_o,
  // By lane: alive pixels, deaths, rays, density vertices.
  output logic [SampleLanes-1:0][SideWidth-1:0]        row_o,
  input  wire logic [SampleLanes-1:0][LaneColumns-1:0] alive_i,
  output logic [SampleLanes-1:0]                       died_valid_o,
  output logic [SampleLanes-1:0][SideWidth-1:0]        died_x_o,
  output logic [SampleLanes-1:0][SideWidth-1:0]        died_y_o,
  output logic [SampleLanes-1:0]                       line_en_o,
  output logic [SampleLanes-1:0][LaneWordWidth-1:0]    line_word_o,
  input  wire ray_line_t [SampleLanes-1:0]             line_i,
  output logic [SampleLanes-1:0]                       read_o,
  output logic [SampleLanes-1:0][7:0][BankWidth-1:0]   read_address_o,
  input  wire logic [SampleLanes-1:0][7:0][15:0]       features_i,
  // To colour.
  output logic                                         entry_valid_o,
  input  wire logic                                    entry_ready_i,
  output entry_t                                       entry_o,
  output logic                                         group_valid_o,
  input  wire logic                                    group_ready_i,
  output group_t                                       group_o,
  // Write-back of a tile: state of a pixel one cycle later, while the context holds.
  input  wire logic                                    state_context_i,
  input  wire logic                                    state_read_i,
  input  wire logic [SideWidth-1:0]                    state_x_i,
  input  wire logic [SideWidth-1:0]                    state_y_i,
  output pixel_t                                       state_o,
  // Counters: how many.
  output logic [3:0]                                   visited_o,
  output logic [3:0]                                   candidates_o,
  output logic [3:0]                                   samples_o,
  output logic [3:0]                                   contributing_o,
  output logic [3:0]                                   entries_o
);
  function automatic logic [3:0] count(input logic [SampleLanes-1:0] bits);
    logic [3:0] sum;
    sum = '0;
    for (int i = 0; i < int'(SampleLanes); i++) sum += 4'(bits[i]);
    return sum;
  endfunction

  logic [SampleLanes-1:0] item_valid, item_ready, waiting, lane_done, running_q;
  logic [SampleLanes-1:0] visited, candidate, sample, contributing, entry;
  logic [SampleLanes-1:0][SideWidth-1:0] progress;
  lane_item_t [SampleLanes-1:0] item;
  pixel_t [SampleLanes-1:0]     state;
  logic                   pending_q, lane_start, work_ready;
  merge_work_t            work;

  // The merge hears of a cube before its first entry. The tile's end follows its last cube.
  assign lane_start = pending_q && work_ready;
  assign ended_o    = end_i && work_ready;
  assign busy_o     = pending_q || running_q != '0;
  always_comb begin
    work.tile_end = !pending_q;
    work.flush    = flush_i;
    for (int a = 0; a < 3; a++) work.origin[a] = cube_i.origin[a][8:0];
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q <= 1'b0;
      running_q <= '0;
      done_o    <= 1'b0;
    end else begin
      pending_q <= start_i || (pending_q && !work_ready);
      running_q <= lane_start ? '1 : running_q & ~lane_done;
      done_o    <= running_q != '0 && (running_q & ~lane_done) == '0;
    end
  end

  for (genvar lane = 0; lane < SampleLanes; lane++) begin : gen_lane
    sac_lane u_lane (
      .clk_i, .rst_ni, .lane_i(LaneWidth'(lane)), .table_word_i, .table_control_i, .termination_i, .carry_i,
      .context_i, .ray_context_i, .ray_valid_i(ray_valid_i && lane_of(ray_x_i) == LaneWidth'(lane)), .ray_word_i(lane_word(ray_x_i, ray_y_i)),
      .start_i(lane_start), .cube_i, .side_log2_i, .samples_i, .done_o(lane_done[lane]),
      .row_o(row_o[lane]), .alive_i(alive_i[lane]),
      .line_en_o(line_en_o[lane]), .line_word_o(line_word_o[lane]), .line_i(line_i[lane]),
      .read_o(read_o[lane]), .read_address_o(read_address_o[lane]), .features_i(features_i[lane]),
      .died_valid_o(died_valid_o[lane]), .died_x_o(died_x_o[lane]), .died_y_o(died_y_o[lane]),
      .item_valid_o(item_valid[lane]), .item_ready_i(item_ready[lane]), .item_o(item[lane]),
      .waiting_o(waiting[lane]), .progress_o(progress[lane]),
      .state_context_i, .state_read_i, .state_word_i(lane_word(state_x_i, state_y_i)), .state_o(state[lane]),
      .visited_o(visited[lane]), .candidate_o(candidate[lane]), .sample_o(sample[lane]),
      .contributing_o(contributing[lane]), .entry_o(entry[lane])
    );
  end

  sac_merge u_merge (
    .clk_i, .rst_ni, .work_valid_i(pending_q || end_i), .work_ready_o(work_ready), .work_i(work),
    .item_valid_i(item_valid), .item_ready_o(item_ready), .item_i(item), .waiting_i(waiting), .progress_i(progress),
    .entry_valid_o, .entry_ready_i, .entry_o, .group_valid_o, .group_ready_i, .group_o
  );

  logic [LaneWidth-1:0] state_lane_q;
  always_ff @(posedge clk_i) if (state_read_i) state_lane_q <= lane_of(state_x_i);
  always_comb begin
    state_o = state[0];
    for (int lane = 0; lane < int'(SampleLanes); lane++)
      if (state_lane_q == LaneWidth'(lane)) state_o = state[lane];
  end

  assign visited_o      = count(visited);
  assign candidates_o   = count(candidate);
  assign samples_o      = count(sample);
  assign contributing_o = count(contributing);
  assign entries_o      = count(entry);
endmodule

`default_nettype wire
