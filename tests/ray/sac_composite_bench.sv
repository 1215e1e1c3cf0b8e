// SPDX-License-Identifier: Apache-2.0
// sac_composite with its structs taken apart, for tests/ray/composite_test.cc.
`default_nettype none

module sac_composite_bench
  import sac_config_pkg::*, sac_ray_pkg::*, sac_memory_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  output logic [31:0]      tile_o,
  output logic [31:0]      lanes_o,
  input  wire logic        table_valid_i,
  input  wire logic        control_valid_i,
  input  wire logic [4:0]  target_i,
  input  wire logic [15:0] entry_i,
  input  wire logic        word_i,
  input  wire logic [31:0] data_i,
  input  wire logic [15:0] termination_i,
  input  wire logic [15:0] carry_i,
  input  wire logic        context_i,
  input  wire logic        other_i,       // ray and state are of the other context
  input  wire logic        ray_valid_i,
  input  wire logic        valid_i,
  input  wire logic        hit_i,
  input  wire logic        first_i,
  input  wire logic        last_i,
  input  wire logic [5:0]  x_i,           // of a candidate, a ray or the state to be read
  input  wire logic [5:0]  y_i,
  input  wire logic [11:0] k_i,
  input  wire logic [8:0]  place_i,
  input  wire logic [23:0] fraction_i,
  input  wire logic [15:0] density_i,
  output logic             composed_o,
  output logic             contributing_o,
  output logic             entry_valid_o,
  output logic [5:0]       row_o,
  output logic [11:0]      pixel_o,
  output logic [8:0]       place_o,
  output logic [23:0]      fraction_o,
  output logic [16:0]      weight_o,
  output logic             died_valid_o,
  output logic [5:0]       died_x_o,
  output logic [5:0]       died_y_o,
  input  wire logic        state_read_i,
  output logic [24:0]      exponent_o,
  output logic [16:0]      clear_o,
  output logic [16:0]      carried_o,
  output logic [27:0]      depth_o
);
  assign tile_o  = Tile;
  assign lanes_o = SampleLanes;

  logic [LaneWordWidth-1:0] word;
  logic [SideWidth-1:0]     died_x, died_y;
  candidate_t               candidate;
  lane_item_t               item;
  pixel_t                   state;
  assign word      = lane_word(x_i[SideWidth-1:0], y_i[SideWidth-1:0]);
  assign candidate = '{
    hit: hit_i, first: first_i, last: last_i, x: x_i[SideWidth-1:0], y: y_i[SideWidth-1:0], k: k_i, place: place_i,
    fraction: fraction_i
  };
  sac_composite u_composite (
    .clk_i, .rst_ni,
    .table_word_i('{valid: table_valid_i, target: target_i, entry: entry_i, word: {5'b0, word_i}, last: word_i,
                    data: data_i}),
    .table_control_i('{valid: control_valid_i, target: target_i, control: data_i[23:0]}),
    .termination_i, .carry_i, .ray_context_i(context_i ^ other_i), .ray_valid_i, .ray_word_i(word), .context_i, .valid_i,
    .candidate_i(candidate), .density_i,
    .composed_o, .entry_valid_o, .item_o(item), .died_valid_o, .died_x_o(died_x), .died_y_o(died_y),
    .state_context_i(context_i ^ other_i), .state_read_i, .state_word_i(word), .state_o(state), .contributing_o
  );
  assign row_o      = 6'(item.row);
  assign pixel_o    = 12'(item.entry.pixel);
  assign place_o    = item.entry.cell_in_cube;
  assign fraction_o = item.entry.fraction;
  assign weight_o   = item.entry.weight;
  assign died_x_o   = 6'(died_x);
  assign died_y_o   = 6'(died_y);
  assign exponent_o = state.exponent;
  assign clear_o    = state.clear;
  assign carried_o  = state.carried;
  assign depth_o    = state.depth;

  logic unused;
  assign unused = ^{item.last, x_i, y_i};
endmodule

`default_nettype wire
