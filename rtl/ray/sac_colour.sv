// SPDX-License-Identifier: Apache-2.0
// Colour of a tile's entries (docs/architecture.md, section 4): for each group token the appearance vertices, then entry by
// entry interpolation and encoding into a row of the array's x RAM; a full batch, or what is left at the end of the
// tile, runs through the network and is blended. `tile_done_o` follows the end-of-tile token.
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
  output logic [PixelWidth-1:0]     view_pixel_o,
  input  wire view_t                view_i,
  // Array.
  output logic                      operation_valid_o,
  input  wire logic                 operation_ready_i,
  output operation_t                operation_o,
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
  typedef enum logic [3:0] {
    StIdle, StVertices, StEntry, StEncode, StWrite, StNetwork, StNetworkDone, StBlendDone, StTileDone
  } state_e;

  state_e                     state_q;
  logic [EntryCountWidth-1:0] left_q;
  logic [RowWidth:0]          rows_q;
  logic [RowWidth:0]          blended_q;
  logic                       clear_context_q, context_q, blended;
  blend_entry_t               blend_entry;
  logic [4:0]                 word_q;
  logic                       ending_q, vertices_done, encode_done, network_done, blend_done, push_ready, unloaded;
  logic                       read, operation_valid_basis, operation_valid_network, word_last;
  logic [4:0]                 channel;
  logic [7:0][15:0]           corners;
  logic [NetworkInputs-1:0][15:0] vector;
  operation_t                 operation_basis, operation_network;
  x_write_t                   x_write_basis;
  unload_t                    unload_basis, unload_blend;

  sac_appearance u_appearance (
    .clk_i, .rst_ni, .table_word_i, .scene_i, .start_i(group_o), .group_i, .done_o(vertices_done),
    .patch_valid_o, .patch_ready_i, .patch_o, .patch_done_i, .patch_write_i,
    .operation_valid_o(operation_valid_basis), .operation_ready_i, .operation_o(operation_basis), .array_done_i,
    .x_write_o(x_write_basis), .unload_o(unload_basis), .unload_data_i,
    .read_i(read), .read_cell_i(entry_i.cell_in_cube), .read_channel_i(channel), .features_o(corners), .vertex_o
  );
  sac_encode u_encode (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .phase_exponent_i(scene_i.phase_exponent),
    .start_i(view_en_o), .fraction_i(entry_i.fraction), .view_i, .read_o(read), .channel_o(channel), .corner_i(corners),
    .done_o(encode_done), .vector_o(vector)
  );
  sac_network u_network (
    .clk_i, .rst_ni, .start_i(state_q == StNetwork), .half_i(1'b0), .done_o(network_done),
    .operation_valid_o(operation_valid_network), .operation_ready_i, .operation_o(operation_network), .array_done_i
  );
  assign blend_entry = '{context_bit: context_q, pixel: entry_i.pixel, weight: entry_i.weight};
  sac_blend u_blend (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .clear_i(tile_start_i), .clear_context_i(clear_context_q),
    .push_valid_i(entry_ready_o), .push_ready_o(push_ready), .push_i(blend_entry),
    .start_i(network_done), .rows_i(rows_q), .unloaded_o(unloaded), .unload_o(unload_blend),
    .unload_ready_i(!unload_basis.valid), .unload_data_i, .blended_o(blended),
    .read_i, .read_context_i, .read_pixel_i, .pixel_o
  );
  assign blend_done = state_q == StBlendDone && blended_q == rows_q;

  // Basis and network never run at the same time.
  assign operation_valid_o = operation_valid_basis || operation_valid_network;
  assign operation_o = operation_valid_basis ? operation_basis : operation_network;
  assign unload_o    = unload_basis.valid ? unload_basis : unload_blend;

  // The input vector, a word a cycle.
  logic [InputWords*WordWidth-1:0] padded;
  assign padded    = (InputWords*WordWidth)'(vector);
  assign word_last = 32'(word_q) == InputWords - 1;
  always_comb begin
    x_write_o = x_write_basis;
    if (state_q == StWrite) begin
      x_write_o.valid = 1'b1;
      x_write_o.row   = RowWidth'(rows_q);
      x_write_o.word  = XAddressWidth'(word_q);
      x_write_o.data  = padded[WordWidth*word_q +: WordWidth];
    end
  end

  assign group_o       = state_q == StIdle && group_valid_i && !group_i.last;
  assign view_en_o     = state_q == StEntry && entry_valid_i;
  assign view_pixel_o  = entry_i.pixel;
  assign entry_ready_o = state_q == StWrite && word_last;
  assign group_ready_o = (state_q == StEntry && left_q == '0) || state_q == StTileDone;
  assign tile_done_o   = state_q == StTileDone;
  assign row_o         = entry_ready_o;
  assign busy_o        = state_q != StIdle;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:
          if (group_valid_i) state_q <= !group_i.last ? StVertices : rows_q != '0 ? StNetwork : StTileDone;
        StVertices:    if (vertices_done) state_q <= StEntry;
        StEntry:       if (left_q == '0) state_q <= StIdle; else if (entry_valid_i) state_q <= StEncode;
        StEncode:      if (encode_done) state_q <= StWrite;
        StWrite:       if (word_last) state_q <= 32'(rows_q) == Rows - 1 ? StNetwork : StEntry;
        StNetwork:     state_q <= StNetworkDone;
        StNetworkDone: if (network_done) state_q <= StBlendDone;
        StBlendDone:   if (blend_done) state_q <= ending_q ? StTileDone : StEntry;
        StTileDone:    state_q <= StIdle;
        default:       state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || blend_done) rows_q <= '0;
    else if (entry_ready_o) rows_q <= rows_q + 1'b1;
    if (state_q == StIdle) begin
      left_q   <= group_i.count;
      ending_q <= group_i.last;
    end else if (entry_ready_o) begin
      left_q <= left_q - 1'b1;
    end
    word_q <= state_q == StWrite ? word_q + 5'd1 : '0;
    blended_q <= state_q == StBlendDone ? blended_q + (RowWidth+1)'(blended) : '0;
  end

  // Contexts: tiles start and end in order.
  always_ff @(posedge clk_i) begin
    if (!rst_ni || scene_start_i) begin
      clear_context_q <= 1'b0;
      context_q       <= 1'b0;
    end else begin
      if (tile_start_i) clear_context_q <= !clear_context_q;
      if (tile_done_o) context_q <= !context_q;
    end
  end

  logic unused;
  assign unused = ^{push_ready, unloaded, group_i.flush};
endmodule

`default_nettype wire
