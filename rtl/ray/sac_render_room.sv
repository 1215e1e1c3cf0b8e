// SPDX-License-Identifier: Apache-2.0
// Ray and sparse rooms wired for RENDER (docs/architecture.md, section 6): the controller, ray set-up and store, walk and
// cover, density and appearance embeddings, vertices, samples, compositing, colour, write-back. Only wiring, and the
// increments of the counters. Memory clients: [0] records, [1] walk, [2] density, [3] appearance.
`default_nettype none

module sac_render_room
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  localparam int unsigned Clients = 4
) (
  input  wire logic                         clk_i,
  input  wire logic                         rst_ni,
  input  wire table_word_t                  table_word_i,
  input  wire table_control_t               table_control_i,
  input  wire logic                         command_valid_i,
  output logic                              command_ready_o,
  input  wire render_command_t              command_i,
  output response_t                         response_o,
  output logic                              busy_o,
  output logic [Clients-1:0]                read_valid_o,
  input  wire logic [Clients-1:0]           read_ready_i,
  output request_t [Clients-1:0]            read_request_o,
  input  wire logic [Clients-1:0]           data_valid_i,
  output logic [Clients-1:0]                data_ready_o,
  input  wire logic [Clients-1:0][AxiDataWidth-1:0] data_i,
  input  wire logic [Clients-1:0]           data_last_i,
  output logic                              write_valid_o,
  input  wire logic                         write_ready_i,
  output request_t                          write_request_o,
  output logic                              write_data_valid_o,
  input  wire logic                         write_data_ready_i,
  output logic [AxiDataWidth-1:0]           write_data_o,
  input  wire logic                         write_done_i,
  output logic                              operation_valid_o,
  input  wire logic                         operation_ready_i,
  output sac_dot_pkg::operation_t           operation_o,
  input  wire sac_dot_pkg::event_t          array_read_i,
  input  wire sac_dot_pkg::event_t          array_done_i,
  output sac_dot_pkg::x_write_t             x_write_o,
  output sac_dot_pkg::unload_t              unload_o,
  input  wire logic [sac_dot_pkg::WordWidth-1:0] unload_data_i,
  output increments_t                       increments_o
);
  localparam int unsigned BankWidth = BankVertices > 1 ? $clog2(BankVertices) : 1;
  localparam int unsigned DecodeValues = DensityLanes > 16 ? 16 : DensityLanes;

  render_command_t command;
  scene_record_t   scene;
  camera_record_t  camera;
  tile_t           rays_tile, cubes_tile, write_tile;
  logic [31:0]     colour_address, depth_address;
  logic            scene_start, rays_start, rays_context, rays_done, cubes_start, cubes_context, cubes_done;
  logic            tile_end, flush, closed, tile_done, write_start, write_context, write_done;

  sac_render u_render (
    .clk_i, .rst_ni, .command_valid_i, .command_ready_o, .command_i, .response_o, .busy_o,
    .read_valid_o(read_valid_o[0]), .read_ready_i(read_ready_i[0]), .read_request_o(read_request_o[0]),
    .data_valid_i(data_valid_i[0]), .data_ready_o(data_ready_o[0]), .data_i(data_i[0]), .data_last_i(data_last_i[0]),
    .command_o(command), .scene_o(scene), .camera_o(camera), .scene_start_o(scene_start),
    .rays_start_o(rays_start), .rays_tile_o(rays_tile), .rays_context_o(rays_context), .rays_done_i(rays_done),
    .cubes_start_o(cubes_start), .cubes_tile_o(cubes_tile), .cubes_context_o(cubes_context),
    .cubes_done_i(cubes_done), .end_o(tile_end), .flush_o(flush), .closed_i(closed), .tile_done_i(tile_done),
    .write_start_o(write_start), .write_tile_o(write_tile), .write_context_o(write_context),
    .colour_address_o(colour_address), .depth_address_o(depth_address), .write_done_i(write_done)
  );

  // Rays.
  logic                  ray_valid, ray_busy, view_en, view_context, depth_en;
  logic [PixelWidth-1:0] ray_pixel, view_pixel, depth_pixel;
  logic [SideWidth-1:0]  ray_x, ray_y;
  logic [SampleLanes-1:0] line_en;
  logic [SampleLanes-1:0][LaneWordWidth-1:0] line_word;
  ray_line_t             ray_line;
  ray_line_t [SampleLanes-1:0] line;
  view_t                 ray_view, view;
  ray_depth_t            ray_depth, pixel_depth;
  sac_ray u_ray (
    .clk_i, .rst_ni, .scene_i(scene), .camera_i(camera), .start_i(rays_start), .tile_i(rays_tile),
    .busy_o(ray_busy), .done_o(rays_done), .valid_o(ray_valid), .pixel_o(ray_pixel), .x_o(ray_x), .y_o(ray_y),
    .line_o(ray_line), .view_o(ray_view), .depth_o(ray_depth)
  );
  sac_ray_store u_ray_store (
    .clk_i, .write_context_i(rays_context), .write_i(ray_valid), .write_pixel_i(ray_pixel), .write_x_i(ray_x),
    .write_y_i(ray_y), .write_line_i(ray_line), .write_view_i(ray_view), .write_depth_i(ray_depth),
    .line_context_i(cubes_context), .line_en_i(line_en), .line_word_i(line_word), .line_o(line),
    .view_context_i(view_context), .view_en_i(view_en), .view_pixel_i(view_pixel), .view_o(view),
    .depth_context_i(write_context), .depth_en_i(depth_en), .depth_pixel_i(depth_pixel), .depth_o(pixel_depth)
  );

  // Walk and cover.
  grid_t           grid;
  logic            walk_start, walk_stop, uppers_busy, lowers_busy, cover_busy;
  logic            super_test, super_test_ready, super_test_done, super_test_none, super_valid, super_ready, release_mask;
  logic            cube_test, cube_test_ready, cube_test_done, cube_test_take, cube_test_none, mask_write, mask_end;
  logic            step_valid, step_ready;
  logic [2:0][9:0] super_test_origin, cube_test_origin;
  logic [9:0]      mask_word;
  logic [31:0]     mask_data;
  logic [3:0]      rows_begun;
  super_t          super_cube;
  cover_t          cube_test_disc;
  walk_step_t           step;
  assign grid = walk_grid({scene.gz, scene.gy, scene.gx}, {camera.og_z, camera.og_y, camera.og_x}, scene.side_log2);
  sac_walk u_walk (
    .clk_i, .rst_ni, .scene_i(scene), .grid_i(grid), .start_i(walk_start), .stop_i(walk_stop), .rows_i(rows_begun),
    .busy_o(uppers_busy), .cover_valid_o(super_test), .cover_ready_i(super_test_ready),
    .cover_origin_o(super_test_origin), .cover_done_i(super_test_done), .cover_none_i(super_test_none),
    .super_valid_o(super_valid), .super_ready_i(super_ready), .super_o(super_cube),
    .mask_write_o(mask_write), .mask_word_o(mask_word), .mask_data_o(mask_data), .mask_end_o(mask_end),
    .release_i(release_mask),
    .read_valid_o(read_valid_o[1]), .read_ready_i(read_ready_i[1]), .read_request_o(read_request_o[1]),
    .data_valid_i(data_valid_i[1]), .data_ready_o(data_ready_o[1]), .data_i(data_i[1]), .data_last_i(data_last_i[1])
  );
  sac_walk_cubes u_walk_cubes (
    .clk_i, .rst_ni, .grid_i(grid), .side_log2_i(scene.side_log2), .stop_i(walk_stop), .busy_o(lowers_busy),
    .super_valid_i(super_valid), .super_ready_o(super_ready), .super_i(super_cube),
    .mask_write_i(mask_write), .mask_word_i(mask_word), .mask_data_i(mask_data), .mask_end_i(mask_end),
    .release_o(release_mask), .cover_valid_o(cube_test), .cover_ready_i(cube_test_ready),
    .cover_origin_o(cube_test_origin), .cover_done_i(cube_test_done), .cover_take_o(cube_test_take),
    .cover_none_i(cube_test_none), .cover_disc_i(cube_test_disc),
    .step_valid_o(step_valid), .step_ready_i(step_ready), .step_o(step)
  );
  sac_covers u_covers (
    .clk_i, .rst_ni, .camera_i(camera), .tile_i(cubes_tile), .side_log2_i(scene.side_log2), .busy_o(cover_busy),
    .super_valid_i(super_test), .super_ready_o(super_test_ready), .super_origin_i(super_test_origin),
    .super_done_o(super_test_done), .super_none_o(super_test_none),
    .cube_valid_i(cube_test), .cube_ready_o(cube_test_ready), .cube_origin_i(cube_test_origin),
    .cube_done_o(cube_test_done), .cube_take_i(cube_test_take), .cube_none_o(cube_test_none),
    .cube_disc_o(cube_test_disc)
  );

  // Cubes, and the pixels that are alive for them.
  logic                 alive_ready, alive_any, counted, visited, dead, patch_valid, patch_ready, patch_done;
  logic                 vertex_start, vertex_bank, vertex_set, vertex_done, sample_start, sample_set, sample_done;
  logic [SideWidth-1:0] row;
  logic [Tile-1:0]      row_alive;
  logic [SampleLanes-1:0]                  died_valid;
  logic [SampleLanes-1:0][SideWidth-1:0]   died_x, died_y, lane_row;
  logic [SampleLanes-1:0][LaneColumns-1:0] lane_alive;
  patch_request_t       patch;
  cube_t                vertex_cube, cube;
  sac_cube u_cube (
    .clk_i, .rst_ni, .scene_i(scene), .start_i(cubes_start), .done_o(cubes_done),
    .walk_start_o(walk_start), .walk_stop_o(walk_stop), .walk_busy_i(uppers_busy || lowers_busy),
    .step_valid_i(step_valid), .step_ready_o(step_ready), .step_i(step), .counted_o(counted),
    .alive_ready_i(alive_ready), .alive_any_i(alive_any), .row_o(row), .row_alive_i(row_alive),
    .visited_o(visited), .dead_o(dead),
    .patch_valid_o(patch_valid), .patch_ready_i(patch_ready), .patch_o(patch), .patch_done_i(patch_done),
    .vertex_start_o(vertex_start), .vertex_bank_o(vertex_bank), .vertex_set_o(vertex_set),
    .vertex_cube_o(vertex_cube), .vertex_done_i(vertex_done),
    .sample_start_o(sample_start), .sample_set_o(sample_set), .sample_cube_o(cube), .sample_done_i(sample_done)
  );
  assign rows_begun = counted ? step.rows : '0;
  sac_alive u_alive (
    .clk_i, .rst_ni, .ray_context_i(rays_context), .clear_i(rays_start), .ray_valid_i(ray_valid), .ray_x_i(ray_x),
    .ray_y_i(ray_y), .ray_hit_i(ray_depth.hit), .context_i(cubes_context), .next_i(tile_end && closed),
    .died_valid_i(died_valid), .died_x_i(died_x), .died_y_i(died_y),
    .cube_start_i(sample_start), .cube_done_i(sample_done), .visited_i(visited), .ready_o(alive_ready),
    .alive_o(alive_any), .row_i(row), .row_alive_o(row_alive), .lane_row_i(lane_row), .lane_alive_o(lane_alive)
  );

  // Density: patches, vertices.
  logic              density_write, density_hit, density_miss, density_busy, vertex_busy, vertex_made;
  logic [1:0]        density_plane, density_sub;
  logic [3:0]        density_u, density_v;
  logic [15:0][15:0] density_values;
  logic [SampleLanes-1:0] feature_read;
  logic [SampleLanes-1:0][7:0][BankWidth-1:0] feature_address;
  logic [SampleLanes-1:0][7:0][15:0] features;
  sac_sparse #(.Sub(1), .Lines(DensityCacheLines), .Values(DecodeValues)) u_density (
    .clk_i, .rst_ni, .start_i(scene_start), .busy_o(density_busy),
    .gx_i(scene.gx), .gy_i(scene.gy), .gz_i(scene.gz), .value_bits_i(scene.value_bits),
    .directory_address_i(scene.directory_address), .block_address_i(scene.block_address), .first_block_i('0),
    .request_valid_i(patch_valid), .request_ready_o(patch_ready), .request_plane_i(patch.plane),
    .request_u_i(patch.u0), .request_v_i(patch.v0), .request_nu_i(patch.nu), .request_nv_i(patch.nv),
    .done_o(patch_done),
    .patch_valid_o(density_write), .patch_plane_o(density_plane), .patch_u_o(density_u), .patch_v_o(density_v),
    .patch_sub_o(density_sub), .patch_values_o(density_values),
    .read_valid_o(read_valid_o[2]), .read_ready_i(read_ready_i[2]), .read_request_o(read_request_o[2]),
    .data_valid_i(data_valid_i[2]), .data_ready_o(data_ready_o[2]), .data_i(data_i[2]), .data_last_i(data_last_i[2]),
    .hit_o(density_hit), .miss_o(density_miss)
  );
  // The planes of a cube are written in order: plane 0 after plane 2 begins the next bank.
  logic       density_bank, density_bank_q;
  logic [1:0] density_plane_q;
  assign density_bank = density_bank_q ^ (density_plane_q == 2'd2 && density_plane == 2'd0);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      density_bank_q  <= 1'b1;
      density_plane_q <= 2'd2;
    end else if (density_write) begin
      density_bank_q  <= density_bank;
      density_plane_q <= density_plane;
    end
  end
  sac_vertex u_vertex (
    .clk_i, .rst_ni, .table_i(table_word_i),
    .patch_valid_i(density_write), .patch_bank_i(density_bank), .patch_plane_i(density_plane), .patch_u_i(density_u), .patch_v_i(density_v),
    .patch_values_i(density_values),
    .start_i(vertex_start), .bank_i(vertex_bank), .set_i(vertex_set), .origin_i(vertex_cube.origin),
    .side_log2_i(scene.side_log2), .mask_i(vertex_cube.mask),
    .gy_i(scene.gy), .gz_i(scene.gz), .shift_i(scene.density_shift),
    .busy_o(vertex_busy), .done_o(vertex_done), .vertex_o(vertex_made),
    .read_i(feature_read), .read_set_i(sample_set), .read_address_i(feature_address), .features_o(features)
  );

  // Sample lanes: samples, compositing, entries.
  logic                  sample_busy, entry_valid, entry_ready, group_valid, group_ready, state_read;
  logic [3:0]            rays_visited, candidates, samples, contributing, entries;
  logic [PixelWidth-1:0] state_pixel;
  logic [SideWidth-1:0]  state_x, state_y;
  entry_t                entry;
  group_t                group;
  pixel_t                state;
  sac_lanes u_lanes (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .termination_i(command.termination), .carry_i(command.carry),
    .ray_context_i(rays_context), .ray_valid_i(ray_valid), .ray_x_i(ray_x), .ray_y_i(ray_y),
    .context_i(cubes_context), .start_i(sample_start), .cube_i(cube), .side_log2_i(scene.side_log2), .samples_i(scene.samples),
    .busy_o(sample_busy), .done_o(sample_done), .end_i(tile_end), .flush_i(flush), .ended_o(closed),
    .row_o(lane_row), .alive_i(lane_alive), .died_valid_o(died_valid), .died_x_o(died_x), .died_y_o(died_y),
    .line_en_o(line_en), .line_word_o(line_word), .line_i(line),
    .read_o(feature_read), .read_address_o(feature_address), .features_i(features),
    .entry_valid_o(entry_valid), .entry_ready_i(entry_ready), .entry_o(entry),
    .group_valid_o(group_valid), .group_ready_i(group_ready), .group_o(group),
    .state_context_i(write_context), .state_read_i(state_read), .state_x_i(state_x), .state_y_i(state_y), .state_o(state),
    .visited_o(rays_visited), .candidates_o(candidates), .samples_o(samples), .contributing_o(contributing),
    .entries_o(entries)
  );

  // Colour: appearance patches, features, network, blend.
  logic           appearance_valid, appearance_ready, appearance_done, appearance_hit, appearance_miss, appearance_busy;
  logic           colour_busy, group_taken, appearance_vertex, network_row, pixel_read;
  patch_request_t appearance_patch;
  patch_write_t   appearance_write;
  pixel_colour_t  pixel_colour;
  colour_scene_t  colour_scene;
  assign colour_scene = '{vertices: {scene.gz, scene.gy, scene.gx}, product_shift: scene.product_shift,
                          phase_exponent: scene.phase_exponent};
  sac_sparse #(.Sub(3), .Lines(AppearanceCacheLines), .Values(DecodeValues)) u_appearance (
    .clk_i, .rst_ni, .start_i(scene_start), .busy_o(appearance_busy),
    .gx_i(scene.gx), .gy_i(scene.gy), .gz_i(scene.gz), .value_bits_i(scene.value_bits),
    .directory_address_i(scene.directory_address), .block_address_i(scene.block_address),
    .first_block_i(scene.appearance_block),
    .request_valid_i(appearance_valid), .request_ready_o(appearance_ready), .request_plane_i(appearance_patch.plane),
    .request_u_i(appearance_patch.u0), .request_v_i(appearance_patch.v0), .request_nu_i(appearance_patch.nu),
    .request_nv_i(appearance_patch.nv), .done_o(appearance_done),
    .patch_valid_o(appearance_write.valid), .patch_plane_o(appearance_write.plane), .patch_u_o(appearance_write.u),
    .patch_v_o(appearance_write.v), .patch_sub_o(appearance_write.sub), .patch_values_o(appearance_write.values),
    .read_valid_o(read_valid_o[3]), .read_ready_i(read_ready_i[3]), .read_request_o(read_request_o[3]),
    .data_valid_i(data_valid_i[3]), .data_ready_o(data_ready_o[3]), .data_i(data_i[3]), .data_last_i(data_last_i[3]),
    .hit_o(appearance_hit), .miss_o(appearance_miss)
  );
  sac_colour u_colour (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .scene_i(colour_scene),
    .scene_start_i(scene_start), .tile_start_i(rays_start), .tile_done_o(tile_done),
    .group_valid_i(group_valid), .group_ready_o(group_ready), .group_i(group),
    .entry_valid_i(entry_valid), .entry_ready_o(entry_ready), .entry_i(entry),
    .patch_valid_o(appearance_valid), .patch_ready_i(appearance_ready), .patch_o(appearance_patch),
    .patch_done_i(appearance_done), .patch_write_i(appearance_write),
    .view_en_o(view_en), .view_context_o(view_context), .view_pixel_o(view_pixel), .view_i(view),
    .operation_valid_o, .operation_ready_i, .operation_o, .array_read_i, .array_done_i, .x_write_o, .unload_o,
    .unload_data_i,
    .read_i(pixel_read), .read_context_i(write_context), .read_pixel_i(state_pixel), .pixel_o(pixel_colour),
    .busy_o(colour_busy), .group_o(group_taken), .vertex_o(appearance_vertex), .row_o(network_row)
  );

  // Write-back.
  logic pixel_written, writeback_busy;
  assign state_read  = pixel_read;
  assign depth_en    = pixel_read;
  assign depth_pixel = state_pixel;
  sac_writeback u_writeback (
    .clk_i, .rst_ni, .start_i(write_start), .tile_i(write_tile), .depth_i(command.depth),
    .colour_address_i(colour_address), .depth_address_i(depth_address), .stride_i(command.stride),
    .background_i(command.background), .busy_o(writeback_busy), .done_o(write_done),
    .read_o(pixel_read), .pixel_o(state_pixel), .x_o(state_x), .y_o(state_y), .state_i(state),
    .ray_i(pixel_depth), .colour_i(pixel_colour),
    .write_valid_o, .write_ready_i, .write_request_o, .write_data_valid_o, .write_data_ready_i, .write_data_o,
    .write_done_i, .written_o(pixel_written)
  );

  logic [SideWidth:0] disc_width, disc_height;  // pixels
  assign disc_width  = (SideWidth+1)'(cube.disc.x1 - cube.disc.x0) + 1'b1;
  assign disc_height = (SideWidth+1)'(cube.disc.y1 - cube.disc.y0) + 1'b1;

  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_RAY_RAYS]                = 16'(ray_valid);
    increments_o[COUNTER_RAY_HITS]                = 16'(ray_valid && ray_depth.hit);
    increments_o[COUNTER_RAY_BUSY_CYCLES]         = 16'(ray_busy);
    if (counted) begin
      increments_o[COUNTER_WALK_SUPERCUBES]       = 16'(step.supers);
      increments_o[COUNTER_WALK_CUBES]            = 16'(step.empty) + 16'(step.covered);
      increments_o[COUNTER_COVER_TESTS]           = 16'(step.tests) + 16'(step.empty) + 16'(step.covered);
    end
    increments_o[COUNTER_WALK_BUSY_CYCLES]        = 16'(uppers_busy || lowers_busy);
    increments_o[COUNTER_COVER_BUSY_CYCLES]       = 16'(cover_busy);
    increments_o[COUNTER_RENDER_CUBES_VISITED]    = 16'(visited);
    increments_o[COUNTER_RENDER_CUBES_DEAD]       = 16'(dead);
    increments_o[COUNTER_RENDER_PIXELS_TESTED]    = sample_start ? 16'(disc_width) * 16'(disc_height) : '0;
    increments_o[COUNTER_SPARSE_DENSITY_HITS]     = 16'(density_hit);
    increments_o[COUNTER_SPARSE_DENSITY_MISSES]   = 16'(density_miss);
    increments_o[COUNTER_SPARSE_DENSITY_VALUES]   = density_write ? 16'd16 : '0;
    increments_o[COUNTER_SPARSE_APPEARANCE_HITS]  = 16'(appearance_hit);
    increments_o[COUNTER_SPARSE_APPEARANCE_MISSES] = 16'(appearance_miss);
    increments_o[COUNTER_SPARSE_APPEARANCE_VALUES] = appearance_write.valid ? 16'd16 : '0;
    increments_o[COUNTER_SPARSE_BUSY_CYCLES]      = 16'(density_busy);
    increments_o[COUNTER_VERTEX_VERTICES]         = 16'(vertex_made);
    increments_o[COUNTER_VERTEX_BUSY_CYCLES]      = 16'(vertex_busy);
    increments_o[COUNTER_SAMPLE_RAYS]             = 16'(rays_visited);
    increments_o[COUNTER_SAMPLE_CANDIDATES]       = 16'(candidates);
    increments_o[COUNTER_SAMPLE_SAMPLES]          = 16'(samples);
    increments_o[COUNTER_SAMPLE_BUSY_CYCLES]      = 16'(sample_busy);
    increments_o[COUNTER_COMPOSITE_CONTRIBUTING]  = 16'(contributing);
    increments_o[COUNTER_COMPOSITE_ENTRIES]       = 16'(entries);
    increments_o[COUNTER_COLOUR_GROUPS]           = 16'(group_taken);
    increments_o[COUNTER_COLOUR_VERTICES]         = 16'(appearance_vertex);
    increments_o[COUNTER_COLOUR_BUSY_CYCLES]      = 16'(colour_busy);
    increments_o[COUNTER_DOT_NETWORK_ROWS]        = 16'(network_row);
    increments_o[COUNTER_WRITEBACK_PIXELS]        = 16'(pixel_written);
  end

  logic unused;
  assign unused = ^{command, density_sub, vertex_cube.disc, appearance_busy, writeback_busy};
endmodule

`default_nettype wire
