// SPDX-License-Identifier: Apache-2.0
// A sample lane (docs/architecture.md, 2.3 to 3 and 6): the pixels of its columns through samples, interpolation and
// compositing, entries to the merge. For each cube its entries by rising row, then an end. `done_o` when the last
// candidate of the cube is composited, its state written and its death reported.
// A candidate leaves only while the queue has room for all that are under way and the end, so the lane never waits for
// anything but its own queue: a lane whose queue is empty gets on.
`default_nettype none

module sac_lane
  import sac_config_pkg::*, sac_ray_pkg::*, sac_memory_pkg::*;
#(
  localparam int unsigned BankWidth = sac_colour_pkg::BankVertices > 1 ? $clog2(sac_colour_pkg::BankVertices) : 1
) (
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire logic [LaneWidth-1:0]     lane_i,
  input  wire table_word_t              table_word_i,
  input  wire table_control_t           table_control_i,
  input  wire logic [15:0]              termination_i,
  input  wire logic [15:0]              carry_i,
  input  wire logic                     context_i,     // tile of the cubes
  input  wire logic                     ray_context_i,
  input  wire logic                     ray_valid_i,   // a pixel of the lane begins anew
  input  wire logic [LaneWordWidth-1:0] ray_word_i,
  // Cube: steady until done.
  input  wire logic                     start_i,
  input  wire cube_t                    cube_i,
  input  wire logic [1:0]               side_log2_i,
  input  wire logic [11:0]              samples_i,
  output logic                          done_o,
  // Alive pixels of a row, rays, density vertices (two cycles later).
  output logic [SideWidth-1:0]          row_o,
  input  wire logic [LaneColumns-1:0]   alive_i,
  output logic                          line_en_o,
  output logic [LaneWordWidth-1:0]      line_word_o,
  input  wire ray_line_t                line_i,
  output logic                          read_o,
  output logic [7:0][BankWidth-1:0]     read_address_o,
  input  wire logic [7:0][15:0]         features_i,
  output logic                          died_valid_o,
  output logic [SideWidth-1:0]          died_x_o,
  output logic [SideWidth-1:0]          died_y_o,
  // To the merge. While there is no item and none `waiting` behind, the next one is of row `progress` or below it.
  output logic                          item_valid_o,
  input  wire logic                     item_ready_i,
  output lane_item_t                    item_o,
  output logic                          waiting_o,
  output logic [SideWidth-1:0]          progress_o,
  // Write-back of a tile: state of a pixel one cycle later, while the context holds.
  input  wire logic                     state_context_i,
  input  wire logic                     state_read_i,
  input  wire logic [LaneWordWidth-1:0] state_word_i,
  output pixel_t                        state_o,
  // Counters.
  output logic                          visited_o,
  output logic                          candidate_o,
  output logic                          sample_o,
  output logic                          contributing_o,
  output logic                          entry_o
);
  localparam int unsigned InFlight = 32;  // more than interpolation and compositing hold
  localparam int unsigned Depth = 2 * InFlight;
  localparam int unsigned CountWidth = $clog2(Depth + 2);

  logic               candidate_valid, placed_valid, sample_busy, sample_done, ready, composed, entry_valid, push_ready;
  candidate_t         candidate, placed;
  lane_item_t         item, entry;
  logic signed [15:0] density;
  sac_sample u_sample (
    .clk_i, .rst_ni, .lane_i, .start_i, .cube_i, .side_log2_i, .samples_i, .ready_i(ready), .busy_o(sample_busy),
    .done_o(sample_done), .row_o, .alive_i, .line_en_o, .line_word_o, .line_i,
    .valid_o(candidate_valid), .candidate_o(candidate), .visited_o
  );
  sac_interpolate u_interpolate (
    .clk_i, .rst_ni, .valid_i(candidate_valid), .candidate_i(candidate), .read_o, .read_address_o, .features_i,
    .valid_o(placed_valid), .candidate_o(placed), .density_o(density)
  );
  sac_composite u_composite (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .termination_i, .carry_i,
    .context_i, .ray_context_i, .ray_valid_i, .ray_word_i,
    .valid_i(placed_valid), .candidate_i(placed), .density_i(density),
    .composed_o(composed), .entry_valid_o(entry_valid), .item_o(entry), .died_valid_o, .died_x_o, .died_y_o,
    .state_context_i, .state_read_i, .state_word_i, .state_o, .contributing_o
  );
  assign candidate_o = candidate_valid;
  assign sample_o    = candidate_valid && candidate.hit;
  assign entry_o     = entry_valid;

  // The end follows the last candidate.
  logic [5:0] flying_q;
  logic       left_q, ending;  // the last candidate has left the sampling
  assign ending = left_q && flying_q == '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      flying_q <= '0;
      left_q   <= 1'b0;
      done_o   <= 1'b0;
    end else begin
      flying_q <= flying_q + 6'(candidate_valid) - 6'(composed);
      left_q   <= sample_done || (left_q && !ending);
      done_o   <= ending;
    end
  end

  // Queue of items; `count_q` counts the one at its output, too.
  logic [CountWidth-1:0] count_q;
  logic                  push;
  always_comb begin
    item = entry;
    item.last = ending;
  end
  assign push      = entry_valid || ending;
  assign waiting_o = count_q != '0 && !item_valid_o;
  assign ready     = 32'(count_q) + InFlight < Depth;
  sac_ram_fifo #(.Width($bits(lane_item_t)), .Depth(Depth)) u_items (
    .clk_i, .rst_ni, .push_valid_i(push), .push_ready_o(push_ready), .push_data_i(item),
    .pop_valid_o(item_valid_o), .pop_ready_i(item_ready_i), .pop_data_o(item_o)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + CountWidth'(push) - CountWidth'(item_valid_o && item_ready_i);
    if (!rst_ni || ending) progress_o <= '0;
    else if (composed) progress_o <= entry.row;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) assert (!rst_ni || !push || push_ready) else $error("an entry is lost");
`endif
  logic unused;
  assign unused = push_ready ^ sample_busy;
endmodule

`default_nettype wire
