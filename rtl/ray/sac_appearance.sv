// SPDX-License-Identifier: Apache-2.0
// Appearance vertices of groups as a pipeline (docs/architecture.md, sections 1, 5 and 6): patches of one group are
// fetched while products of the group before are formed, the array applies the basis to an earlier batch of vertices, and
// features of still earlier groups wait for their entries. Wiring of these four units.
`default_nettype none

module sac_appearance
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire table_word_t            table_word_i,
  input  wire colour_scene_t          scene_i,
  // Tokens in, and on in order at once.
  input  wire logic                   group_valid_i,
  output logic                        group_ready_o,
  input  wire group_t                 group_i,
  output logic                        token_valid_o,
  input  wire logic                   token_ready_i,
  output token_t                      token_o,
  // Patches.
  output logic                        patch_valid_o,
  input  wire logic                   patch_ready_i,
  output patch_request_t              patch_o,
  input  wire logic                   patch_done_i,
  input  wire patch_write_t           patch_write_i,
  // Array. The unload port is ours whenever we ask; the x port when it is ready.
  output logic                        operation_valid_o,
  input  wire logic                   operation_ready_i,
  output operation_t                  operation_o,
  input  wire event_t                 array_read_i,
  input  wire event_t                 array_done_i,
  output x_write_t                    x_write_o,
  input  wire logic                   x_ready_i,
  output unload_t                     unload_o,
  input  wire logic [WordWidth-1:0]   unload_data_i,
  // Features: a pulse a group when they are there; words of the corners of a cell, two cycles later.
  output logic                        features_o,
  input  wire logic                   group_read_i,     // the oldest group needs them no longer
  input  wire logic                   read_i,
  input  wire feature_set_t           read_set_i,
  input  wire logic [2:0][2:0]        read_cell_i,
  input  wire logic [VertexWordWidth-1:0] read_word_i,
  output logic [7:0][16*EncodeChannels-1:0] corner_o,
  // Counters.
  output logic                        group_o,
  output logic                        vertex_o
);
  logic                       vertices_valid, vertices_ready, free, half_read, write;
  logic                       place_valid, place_last, batch_valid;
  logic [RowWidth-1:0]        place_row;
  place_t                     place, write_place;
  vertices_t                  vertices;
  basis_batch_t               batch;
  feature_set_t               write_set;
  logic [VertexWordWidth-1:0] write_word;
  feature_word_t              write_data;

  sac_patches u_patches (
    .clk_i, .rst_ni, .group_valid_i, .group_ready_o, .group_i, .token_valid_o, .token_ready_i, .token_o,
    .patch_valid_o, .patch_ready_i, .patch_o, .patch_done_i,
    .vertices_valid_o(vertices_valid), .vertices_ready_i(vertices_ready), .vertices_o(vertices), .free_i(free), .group_o
  );
  sac_products u_products (
    .clk_i, .rst_ni, .table_word_i, .scene_i, .patch_write_i,
    .vertices_valid_i(vertices_valid), .vertices_ready_o(vertices_ready), .vertices_i(vertices), .free_o(free),
    .x_write_o, .x_ready_i, .half_read_i(half_read),
    .place_valid_o(place_valid), .place_row_o(place_row), .place_o(place), .place_last_o(place_last),
    .batch_valid_o(batch_valid), .batch_o(batch), .vertex_o
  );
  sac_basis u_basis (
    .clk_i, .rst_ni, .place_valid_i(place_valid), .place_row_i(place_row), .place_i(place), .place_last_i(place_last),
    .batch_valid_i(batch_valid), .batch_i(batch), .half_read_o(half_read),
    .operation_valid_o, .operation_ready_i, .operation_o, .array_read_i, .array_done_i, .unload_o, .unload_data_i,
    .write_o(write), .write_set_o(write_set), .write_place_o(write_place), .write_word_o(write_word),
    .write_data_o(write_data), .features_o, .group_read_i
  );
  sac_features u_features (
    .clk_i, .write_i(write), .write_set_i(write_set), .write_place_i(write_place), .write_word_i(write_word),
    .write_data_i(write_data), .read_i, .read_set_i, .read_cell_i, .read_word_i, .corner_o
  );
endmodule

`default_nettype wire
