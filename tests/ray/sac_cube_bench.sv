// SPDX-License-Identifier: Apache-2.0
// Walk, covers, alive map and sac_cube as the room wires them, with structs taken apart, for tests/ray/cube_test.cc.
`default_nettype none

module sac_cube_bench
  import sac_config_pkg::*, sac_ray_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::scene_record_t;
  import sac_spec_pkg::camera_record_t, sac_colour_pkg::patch_request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  output logic [31:0]                  tile_side_o,
  output logic [31:0]                  lag_o,
  output logic [31:0]                  data_width_o,
  output logic [31:0]                  cube_side_o,
  input  wire logic [511:0]            scene_i,
  input  wire logic [1023:0]           camera_i,
  input  wire logic [14:0]             tile_x_i,
  input  wire logic [14:0]             tile_y_i,
  input  wire logic [SideWidth-1:0]    last_x_i,
  input  wire logic [SideWidth-1:0]    last_y_i,
  input  wire logic                    clear_i,
  input  wire logic                    ray_valid_i,
  input  wire logic [SideWidth-1:0]    ray_x_i,
  input  wire logic [SideWidth-1:0]    ray_y_i,
  input  wire logic                    ray_hit_i,
  input  wire logic                    start_i,
  output logic                         done_o,
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output logic [31:0]                  read_address_o,
  output logic [15:0]                  read_bytes_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  output logic                         visited_o,
  output logic                         dead_o,
  output logic                         counted_o,
  output logic [10:0]                  supers_o,
  output logic [10:0]                  tests_o,
  output logic [8:0]                   empty_o,
  output logic                         covered_o,
  output logic                         patch_valid_o,
  input  wire logic                    patch_ready_i,
  output logic [1:0]                   patch_plane_o,
  output logic [9:0]                   patch_u_o,
  output logic [9:0]                   patch_v_o,
  output logic [3:0]                   patch_nu_o,
  output logic [3:0]                   patch_nv_o,
  input  wire logic                    patch_done_i,
  output logic                         vertex_start_o,
  output logic                         vertex_bank_o,
  output logic                         vertex_set_o,
  output logic [29:0]                  vertex_origin_o,
  input  wire logic                    vertex_done_i,
  output logic                         sample_start_o,
  output logic                         sample_set_o,
  output logic [29:0]                  sample_origin_o,
  output logic [MaskBits-1:0]          sample_mask_o,
  output logic [SideWidth-1:0]         x0_o,
  output logic [SideWidth-1:0]         x1_o,
  output logic [SideWidth-1:0]         y0_o,
  output logic [SideWidth-1:0]         y1_o,
  input  wire logic                    sample_done_i,
  input  wire logic [SideWidth-1:0]    sample_row_i,
  output logic [Tile-1:0]              sample_row_alive_o,
  input  wire logic                    died_valid_i,
  input  wire logic [SideWidth-1:0]    died_x_i,
  input  wire logic [SideWidth-1:0]    died_y_i
);
  scene_record_t        scene;
  camera_record_t       camera;
  grid_t                grid;
  tile_t                tile;
  request_t             read_request;
  logic                 walk_start, walk_stop, uppers_busy, lowers_busy, cover_busy_unused;
  logic                 super_test, super_test_ready, super_test_done, super_test_none, super_valid, super_ready;
  logic                 cube_test, cube_test_ready, cube_test_done, cube_test_take, cube_test_none, mask_write, mask_end;
  logic                 release_mask, step_valid, step_ready, alive_ready, alive_any;
  logic [2:0][9:0]      super_test_origin, cube_test_origin;
  logic [9:0]           mask_word;
  logic [31:0]          mask_data;
  super_t               super_cube;
  cover_t               cube_test_disc;
  walk_step_t           step;
  logic [SideWidth-1:0] row;
  logic [Tile-1:0]      row_alive;
  patch_request_t       patch;
  cube_t                vertex_cube, cube;

  assign scene  = scene_record_t'(scene_i);
  assign camera = camera_record_t'(camera_i);
  assign grid   = walk_grid({scene.gz, scene.gy, scene.gx}, {camera.og_z, camera.og_y, camera.og_x}, scene.side_log2);
  assign tile   = '{x: tile_x_i, y: tile_y_i, last_x: last_x_i, last_y: last_y_i};
  assign tile_side_o    = Tile;
  assign lag_o          = AliveLag;
  assign data_width_o   = AxiDataWidth;
  assign cube_side_o    = CubeSide;
  assign read_address_o = read_request.address;
  assign read_bytes_o   = read_request.bytes;
  assign supers_o       = step.supers;
  assign tests_o        = step.tests;
  assign empty_o        = step.empty;
  assign covered_o      = step.covered;
  assign {patch_plane_o, patch_u_o, patch_v_o, patch_nu_o, patch_nv_o} =
         {patch.plane, patch.u0, patch.v0, patch.nu, patch.nv};
  assign vertex_origin_o = vertex_cube.origin;
  assign sample_origin_o = cube.origin;
  assign sample_mask_o   = cube.mask;
  assign {x0_o, x1_o, y0_o, y1_o} = {cube.disc.x0, cube.disc.x1, cube.disc.y0, cube.disc.y1};

  sac_walk u_walk (
    .clk_i, .rst_ni, .scene_i(scene), .grid_i(grid), .start_i(walk_start), .stop_i(walk_stop),
    .rows_i(counted_o ? step.rows : '0), .busy_o(uppers_busy), .cover_valid_o(super_test),
    .cover_ready_i(super_test_ready), .cover_origin_o(super_test_origin), .cover_done_i(super_test_done),
    .cover_none_i(super_test_none), .super_valid_o(super_valid), .super_ready_i(super_ready), .super_o(super_cube),
    .mask_write_o(mask_write), .mask_word_o(mask_word), .mask_data_o(mask_data), .mask_end_o(mask_end),
    .release_i(release_mask), .read_valid_o, .read_ready_i, .read_request_o(read_request),
    .data_valid_i, .data_ready_o, .data_i, .data_last_i
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
    .clk_i, .rst_ni, .camera_i(camera), .tile_i(tile), .side_log2_i(scene.side_log2), .busy_o(cover_busy_unused),
    .super_valid_i(super_test), .super_ready_o(super_test_ready), .super_origin_i(super_test_origin),
    .super_done_o(super_test_done), .super_none_o(super_test_none),
    .cube_valid_i(cube_test), .cube_ready_o(cube_test_ready), .cube_origin_i(cube_test_origin),
    .cube_done_o(cube_test_done), .cube_take_i(cube_test_take), .cube_none_o(cube_test_none),
    .cube_disc_o(cube_test_disc)
  );
  sac_cube u_cube (
    .clk_i, .rst_ni, .scene_i(scene), .start_i, .done_o,
    .walk_start_o(walk_start), .walk_stop_o(walk_stop), .walk_busy_i(uppers_busy || lowers_busy),
    .step_valid_i(step_valid), .step_ready_o(step_ready), .step_i(step), .counted_o,
    .alive_ready_i(alive_ready), .alive_any_i(alive_any), .row_o(row), .row_alive_i(row_alive), .visited_o, .dead_o,
    .patch_valid_o, .patch_ready_i, .patch_o(patch), .patch_done_i,
    .vertex_start_o, .vertex_bank_o, .vertex_set_o, .vertex_cube_o(vertex_cube), .vertex_done_i,
    .sample_start_o, .sample_set_o, .sample_cube_o(cube), .sample_done_i
  );
  logic [SampleLanes-1:0]                  died_valid;
  logic [SampleLanes-1:0][LaneColumns-1:0] lane_alive;
  always_comb begin
    for (int lane = 0; lane < int'(SampleLanes); lane++)
      died_valid[lane] = died_valid_i && lane_of(died_x_i) == LaneWidth'(lane);
    for (int x = 0; x < int'(Tile); x++) sample_row_alive_o[x] = lane_alive[x % SampleLanes][x / SampleLanes];
  end
  sac_alive u_alive (
    .clk_i, .rst_ni, .ray_context_i(1'b0), .clear_i, .ray_valid_i, .ray_x_i, .ray_y_i, .ray_hit_i,
    .context_i(1'b0), .next_i(clear_i), .died_valid_i(died_valid),
    .died_x_i({SampleLanes{died_x_i}}), .died_y_i({SampleLanes{died_y_i}}),
    .cube_start_i(sample_start_o), .cube_done_i(sample_done_i), .visited_i(visited_o), .ready_o(alive_ready),
    .alive_o(alive_any), .row_i(row), .row_alive_o(row_alive),
    .lane_row_i({SampleLanes{sample_row_i}}), .lane_alive_o(lane_alive)
  );
endmodule

`default_nettype wire
