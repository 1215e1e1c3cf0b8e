// SPDX-License-Identifier: Apache-2.0
// Colour of entries as a pipeline (docs/architecture.md, sections 4 to 6): appearance vertices of later groups, encoding of
// the entries of one group into a batch, the network's layers of three earlier batches, and blending, all at the same
// time. Basis operations go before the network's, input vectors before products at the x port, features before
// colours at the unload port. `tile_done_o` pulses in the order of tiles, when all entries of one are blended.
`default_nettype none

module sac_colour
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire table_word_t          table_word_i,
  input  wire table_control_t       table_control_i,
  input  wire colour_scene_t        scene_i,
  input  wire logic                 scene_start_i,  // tiles are counted from here
  input  wire logic                 tile_start_i,
  output logic                      tile_done_o,    // all entries of the next tile in order are blended
  input  wire logic                 group_valid_i,
  output logic                      group_ready_o,
  input  wire group_t               group_i,
  input  wire logic                 entry_valid_i,
  output logic                      entry_ready_o,
  input  wire entry_t               entry_i,
  // Appearance patches.
  output logic                      patch_valid_o,
  input  wire logic                 patch_ready_i,
  output patch_request_t            patch_o,
  input  wire logic                 patch_done_i,
  input  wire patch_write_t         patch_write_i,
  // Views: one cycle later, held.
  output logic                      view_en_o,
  output logic                      view_context_o,
  output logic [PixelWidth-1:0]     view_pixel_o,
  input  wire view_t                view_i,
  // Array.
  output logic                      operation_valid_o,
  input  wire logic                 operation_ready_i,
  output operation_t                operation_o,
  input  wire event_t               array_read_i,
  input  wire event_t               array_done_i,
  output x_write_t                  x_write_o,
  output unload_t                   unload_o,
  input  wire logic [WordWidth-1:0] unload_data_i,
  // Write-back of a tile that is done: two cycles later.
  input  wire logic                 read_i,
  input  wire logic                 read_context_i,
  input  wire logic [PixelWidth-1:0] read_pixel_i,
  output pixel_colour_t             pixel_o,
  // Counters.
  output logic                      busy_o,
  output logic                      group_o,
  output logic                      vertex_o,
  output logic                      row_o
);
  localparam int unsigned Tokens = 16;              // on their way from patches to entries

  logic              token_valid, token_room, token_next_valid, token_take, features, group_read, read;
  token_t            token, token_next;
  feature_set_t      read_set;
  logic [2:0][2:0]   read_cell;
  logic [VertexWordWidth-1:0] read_word;
  logic [7:0][16*EncodeChannels-1:0] corner;
  logic              basis_valid, network_valid, network_ready;
  operation_t        basis_operation, network_operation;
  x_write_t          product_write, vector_write;
  unload_t           basis_unload, blend_unload;
  logic              encode_valid, encode_ready, written, push_ready, blended, clear_context_q;
  encode_entry_t     encode;
  blend_entry_t      push;
  logic              batch_valid, batch_ready, batch_read, batch_done, unloaded;
  logic [RowWidth:0] rows;
  logic [$clog2(Tokens+1)-1:0] token_count;

  sac_appearance u_appearance (
    .clk_i, .rst_ni, .table_word_i, .scene_i, .group_valid_i, .group_ready_o, .group_i,
    .token_valid_o(token_valid), .token_ready_i(token_room), .token_o(token),
    .patch_valid_o, .patch_ready_i, .patch_o, .patch_done_i, .patch_write_i,
    .operation_valid_o(basis_valid), .operation_ready_i, .operation_o(basis_operation), .array_read_i, .array_done_i,
    .x_write_o(product_write), .x_ready_i(!vector_write.valid), .unload_o(basis_unload), .unload_data_i,
    .features_o(features), .group_read_i(group_read), .read_i(read), .read_set_i(read_set), .read_cell_i(read_cell),
    .read_word_i(read_word), .corner_o(corner), .group_o, .vertex_o
  );
  sac_fifo #(.Width($bits(token_t)), .Depth(Tokens)) u_tokens (
    .clk_i, .rst_ni, .push_valid_i(token_valid), .push_ready_o(token_room), .push_data_i(token),
    .pop_valid_o(token_next_valid), .pop_ready_i(token_take), .pop_data_o(token_next), .count_o(token_count)
  );
  sac_batch u_batch (
    .clk_i, .rst_ni, .scene_start_i, .token_valid_i(token_next_valid), .token_ready_o(token_take), .token_i(token_next),
    .features_i(features), .entry_valid_i, .entry_ready_o, .entry_i,
    .encode_valid_o(encode_valid), .encode_ready_i(encode_ready), .encode_o(encode), .written_i(written),
    .push_ready_i(push_ready), .push_o(push), .blended_i(blended),
    .batch_valid_o(batch_valid), .batch_ready_i(batch_ready), .batch_read_i(batch_read), .batch_done_i(batch_done),
    .rows_o(rows), .tile_done_o, .busy_o
  );
  sac_encode u_encode (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .phase_exponent_i(scene_i.phase_exponent),
    .entry_valid_i(encode_valid), .entry_ready_o(encode_ready), .entry_i(encode),
    .read_o(read), .read_set_o(read_set), .read_cell_o(read_cell), .read_word_o(read_word), .corner_i(corner),
    .group_read_o(group_read), .view_en_o, .view_context_o, .view_pixel_o, .view_i,
    .x_write_o(vector_write), .written_o(written)
  );
  sac_network u_network (
    .clk_i, .rst_ni, .batch_valid_i(batch_valid), .batch_ready_o(batch_ready), .read_o(batch_read),
    .done_o(batch_done), .unloaded_i(unloaded), .operation_valid_o(network_valid), .operation_ready_i(network_ready),
    .operation_o(network_operation), .array_read_i, .array_done_i
  );
  sac_blend u_blend (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .clear_i(tile_start_i), .clear_context_i(clear_context_q),
    .push_valid_i(entry_ready_o), .push_ready_o(push_ready), .push_i(push), .start_i(batch_done), .rows_i(rows),
    .unloaded_o(unloaded), .unload_o(blend_unload), .unload_ready_i(!basis_unload.valid), .unload_data_i,
    .blended_o(blended), .read_i, .read_context_i, .read_pixel_i, .pixel_o
  );

  assign operation_valid_o = basis_valid || network_valid;
  assign operation_o       = basis_valid ? basis_operation : network_operation;
  assign network_ready     = operation_ready_i && !basis_valid;
  assign x_write_o         = vector_write.valid ? vector_write : product_write;
  assign unload_o          = basis_unload.valid ? basis_unload : blend_unload;
  assign row_o             = entry_ready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || scene_start_i) clear_context_q <= 1'b0;
    else if (tile_start_i) clear_context_q <= !clear_context_q;
  end

  logic unused;
  assign unused = ^token_count;
endmodule

`default_nettype wire
