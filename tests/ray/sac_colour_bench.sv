// SPDX-License-Identifier: Apache-2.0
// sac_colour on the array, with its structs taken apart, for tests/ray/colour_test.cc and colour_rate_test.cc.
`default_nettype none

module sac_colour_bench
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  output logic [31:0]       rows_o,
  output logic [31:0]       lanes_o,
  output logic [31:0]       tile_o,
  output logic [31:0]       side_o,
  output logic [31:0]       entry_group_o,
  input  wire logic         table_valid_i,
  input  wire logic [4:0]   table_target_i,
  input  wire logic [15:0]  table_entry_i,
  input  wire logic         table_last_i,
  input  wire logic [31:0]  table_data_i,
  input  wire logic         control_valid_i,
  input  wire logic [9:0]   gx_i,
  input  wire logic [9:0]   gy_i,
  input  wire logic [9:0]   gz_i,
  input  wire logic [5:0]   product_shift_i,
  input  wire logic [3:0]   phase_exponent_i,
  input  wire logic         scene_start_i,
  input  wire logic         tile_start_i,
  output logic              tile_done_o,
  input  wire logic         group_valid_i,
  output logic              group_ready_o,
  input  wire logic         group_last_i,
  input  wire logic         group_flush_i,
  input  wire logic [15:0]  group_count_i,
  input  wire logic [26:0]  group_origin_i,
  input  wire logic [735:0] group_needed_i,
  input  wire logic         entry_valid_i,
  output logic              entry_ready_o,
  input  wire logic [15:0]  entry_pixel_i,
  input  wire logic [8:0]   entry_cell_i,
  input  wire logic [23:0]  entry_fraction_i,
  input  wire logic [16:0]  entry_weight_i,
  output logic              patch_valid_o,
  input  wire logic         patch_ready_i,
  output logic [1:0]        patch_plane_o,
  output logic [9:0]        patch_u0_o,
  output logic [9:0]        patch_v0_o,
  output logic [3:0]        patch_nu_o,
  output logic [3:0]        patch_nv_o,
  input  wire logic         patch_done_i,
  input  wire logic         write_valid_i,
  input  wire logic [1:0]   write_plane_i,
  input  wire logic [3:0]   write_v_i,
  input  wire logic [3:0]   write_u_i,
  input  wire logic [1:0]   write_sub_i,
  input  wire logic [255:0] write_values_i,
  output logic              view_en_o,
  output logic              view_context_o,
  output logic [15:0]       view_pixel_o,
  input  wire logic [47:0]  view_i,
  input  wire logic         read_i,
  input  wire logic         read_context_i,
  input  wire logic [15:0]  read_pixel_i,
  output logic              coloured_o,
  output logic [47:0]       last_o,
  output logic [98:0]       sum_o,
  output logic              busy_o,
  output logic              group_o,
  output logic              vertex_o,
  output logic              row_o,
  output logic              network_beat_o,
  output logic              basis_beat_o
);
  assign rows_o        = Rows;
  assign lanes_o       = Lanes;
  assign tile_o        = Tile;
  assign side_o        = CubeSide;
  assign entry_group_o = EntryGroup;

  table_word_t    table_word;
  table_control_t table_control;
  assign table_word    = '{valid: table_valid_i, target: table_target_i, entry: table_entry_i, word: 6'd0,
                           last: table_last_i, data: table_data_i};
  assign table_control = '{valid: control_valid_i, target: table_target_i, control: table_data_i[23:0]};

  group_t               group;
  entry_t               entry;
  patch_request_t       patch;
  patch_write_t         patch_write;
  pixel_colour_t        pixel;
  operation_t           operation;
  event_t               array_read, array_done;
  x_write_t             x_write;
  unload_t              unload;
  kind_e                beat_kind;
  raw_t                 score_event, sum_event;
  logic [ScoresWidth-1:0]           score;
  logic [Rows*AccumulatorWidth-1:0] sum;
  logic                 operation_valid, operation_ready, beat;
  logic [WordWidth-1:0] unload_data;
  logic [PixelWidth-1:0] view_pixel;
  assign group = '{last: group_last_i, flush: group_flush_i, count: EntryCountWidth'(group_count_i),
                   origin: group_origin_i, needed: VertexCount'(group_needed_i)};
  assign entry = '{pixel: PixelWidth'(entry_pixel_i), cell_in_cube: entry_cell_i, fraction: entry_fraction_i,
                   weight: entry_weight_i};
  assign patch_write = '{valid: write_valid_i, plane: write_plane_i, v: write_v_i, u: write_u_i, sub: write_sub_i,
                         values: write_values_i};
  assign {patch_plane_o, patch_u0_o, patch_v0_o, patch_nu_o, patch_nv_o} = patch;
  assign {coloured_o, last_o, sum_o} = pixel;
  assign view_pixel_o = 16'(view_pixel);

  sac_colour u_colour (
    .clk_i, .rst_ni, .table_word_i(table_word), .table_control_i(table_control),
    .scene_i('{vertices: {gz_i, gy_i, gx_i}, product_shift: product_shift_i, phase_exponent: phase_exponent_i}),
    .scene_start_i, .tile_start_i, .tile_done_o, .group_valid_i, .group_ready_o, .group_i(group),
    .entry_valid_i, .entry_ready_o, .entry_i(entry),
    .patch_valid_o, .patch_ready_i, .patch_o(patch), .patch_done_i, .patch_write_i(patch_write),
    .view_en_o, .view_context_o, .view_pixel_o(view_pixel), .view_i,
    .operation_valid_o(operation_valid), .operation_ready_i(operation_ready), .operation_o(operation),
    .array_read_i(array_read), .array_done_i(array_done), .x_write_o(x_write), .unload_o(unload),
    .unload_data_i(unload_data), .read_i, .read_context_i, .read_pixel_i(PixelWidth'(read_pixel_i)), .pixel_o(pixel),
    .busy_o, .group_o, .vertex_o, .row_o
  );
  sac_array u_array (
    .clk_i, .rst_ni, .table_word_i(table_word),
    .operation_valid_i(operation_valid), .operation_ready_o(operation_ready), .operation_i(operation),
    .read_o(array_read), .done_o(array_done), .x_write_i(x_write), .unload_i(unload), .unload_data_o(unload_data),
    .beat_o(beat), .beat_kind_o(beat_kind), .kv_write_i('0),
    .score_event_o(score_event), .score_o(score), .sum_event_o(sum_event), .sum_o(sum)
  );
  assign network_beat_o = beat && beat_kind == KindNetwork;
  assign basis_beat_o   = beat && beat_kind == KindBasis;
endmodule

`default_nettype wire
