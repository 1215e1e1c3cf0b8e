// SPDX-License-Identifier: Apache-2.0
// RENDER (docs/architecture.md, 2.3 and 6): checks the command, reads its scene and camera records, and takes the tiles
// through a pipeline: the rays of one are set up while the cubes of the one before are walked and composited (sac_cube)
// and the one before that is coloured and written back. A tile keeps its context from its set-up until it is written:
// two are under way at most. Each stage counts the tiles for itself.
`default_nettype none

module sac_render
  import sac_config_pkg::*, sac_ray_pkg::*, sac_host_pkg::response_t, sac_memory_pkg::request_t, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    command_valid_i,
  output logic                         command_ready_o,
  input  wire render_command_t         command_i,
  output response_t                    response_o,
  output logic                         busy_o,
  // Memory client: records.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  // What all units of the room see.
  output render_command_t              command_o,
  output scene_record_t                scene_o,
  output camera_record_t               camera_o,
  output logic                         scene_start_o,     // the scene record is there: caches begin anew, tiles are counted
  // Set-up: clear the pixels of a context, set up its rays.
  output logic                         rays_start_o,
  output tile_t                        rays_tile_o,
  output logic                         rays_context_o,
  input  wire logic                    rays_done_i,
  // Cubes: walk, visit, composite.
  output logic                         cubes_start_o,
  output tile_t                        cubes_tile_o,
  output logic                         cubes_context_o,
  input  wire logic                    cubes_done_i,
  output logic                         end_o,             // end-of-tile token, until `closed_i`
  output logic                         flush_o,           // with it: of the last tile
  input  wire logic                    closed_i,
  // Colour: the next tile in order is blended.
  input  wire logic                    tile_done_i,
  // Write-back.
  output logic                         write_start_o,
  output tile_t                        write_tile_o,
  output logic                         write_context_o,
  output logic [31:0]                  colour_address_o,  // of the tile's first pixel
  output logic [31:0]                  depth_address_o,
  input  wire logic                    write_done_i
);
  typedef enum logic [3:0] {
    StIdle, StCheck, StScene, StSceneData, StCamera, StCameraData, StVerify, StTiles, StDone
  } state_e;
  typedef enum logic [1:0] {WalkIdle, WalkCubes, WalkEnd} walk_e;

  state_e               state_q;
  render_command_t      command_q;
  logic [511:0]         scene_q;
  logic [1023:0]        camera_q;
  logic [7:0]           code_q;
  logic [31:0]          word_q;

  assign command_o = command_q;
  assign scene_o   = scene_record_t'(scene_q);
  assign camera_o  = camera_record_t'(camera_q);
  assign command_ready_o = state_q == StIdle;
  assign busy_o = state_q != StIdle;

  // Checks.
  logic        record_bad;
  logic [11:0] rows_of_lines;
  function automatic logic size_bad(input logic [9:0] size);
    return size < 10'd2 || size > 10'd512;
  endfunction
  assign rows_of_lines = 12'(scene_o.gx) + 12'(scene_o.gy) + 12'(scene_o.gz);
  assign record_bad = scene_o.magic != SCENE_MAGIC_VALUE || size_bad(scene_o.gx) || size_bad(scene_o.gy) ||
                      size_bad(scene_o.gz) || scene_o.samples == '0 || 32'(rows_of_lines) > LineRows ||
                      !(scene_o.value_bits == 5'd16 || (scene_o.value_bits >= 5'd4 && scene_o.value_bits <= 5'd8)) ||
                      (32'd1 << scene_o.side_log2) > CubeSide;

  // Records.
  assign read_valid_o = state_q == StScene || state_q == StCamera;
  assign read_request_o = state_q == StScene ? '{address: command_q.scene_address, bytes: 16'(4 * SCENE_WORDS)}
                                             : '{address: command_q.camera_address, bytes: 16'(4 * CAMERA_WORDS)};
  assign data_ready_o = 1'b1;
  always_ff @(posedge clk_i) begin
    if (data_valid_i && state_q == StSceneData) scene_q <= {data_i, scene_q[511:AxiDataWidth]};
    if (data_valid_i && state_q == StCameraData) camera_q <= {data_i, camera_q[1023:AxiDataWidth]};
  end

  // Tiles by stage.
  walk_e       walk_q;
  logic        rays_busy_q, rays_over_q, write_busy_q, tiles_start, walk_next, rays_last, write_last, tiles_done;
  logic [1:0]  held_q;                        // tiles that have a context
  logic [1:0]  ready_q;                       // of them: set up, and not walked to their end
  logic [1:0]  blended_q;                     // blended, write-back not begun
  logic [31:0] write_offset, rays_offset, cubes_offset;
  assign tiles_start   = state_q == StVerify;
  assign rays_start_o  = state_q == StTiles && !rays_busy_q && !rays_over_q && held_q != 2'd2;
  assign cubes_start_o = state_q == StTiles && walk_q == WalkIdle && ready_q != '0;
  assign end_o         = walk_q == WalkEnd;
  assign walk_next     = end_o && closed_i;
  assign write_start_o = state_q == StTiles && !write_busy_q && blended_q != '0;
  assign tiles_done    = write_busy_q && write_done_i && write_last;
  sac_tiles u_rays (
    .clk_i, .command_i(command_q), .start_i(tiles_start), .next_i(rays_done_i), .tile_o(rays_tile_o),
    .context_o(rays_context_o), .last_o(rays_last), .offset_o(rays_offset)
  );
  sac_tiles u_cubes (
    .clk_i, .command_i(command_q), .start_i(tiles_start), .next_i(walk_next), .tile_o(cubes_tile_o),
    .context_o(cubes_context_o), .last_o(flush_o), .offset_o(cubes_offset)
  );
  sac_tiles u_write (
    .clk_i, .command_i(command_q), .start_i(tiles_start), .next_i(write_done_i), .tile_o(write_tile_o),
    .context_o(write_context_o), .last_o(write_last), .offset_o(write_offset)
  );
  assign colour_address_o = command_q.colour_address + write_offset;
  assign depth_address_o  = command_q.depth_address + write_offset;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || tiles_start) begin
      rays_busy_q  <= 1'b0;
      rays_over_q  <= 1'b0;
      write_busy_q <= 1'b0;
      held_q       <= '0;
      ready_q      <= '0;
      blended_q    <= '0;
      walk_q       <= WalkIdle;
    end else begin
      if (rays_start_o) rays_busy_q <= 1'b1;
      else if (rays_done_i) rays_busy_q <= 1'b0;
      if (rays_done_i && rays_last) rays_over_q <= 1'b1;
      if (write_start_o) write_busy_q <= 1'b1;
      else if (write_done_i) write_busy_q <= 1'b0;
      held_q    <= held_q + 2'(rays_start_o) - 2'(write_done_i);
      ready_q   <= ready_q + 2'(rays_done_i) - 2'(walk_next);
      blended_q <= blended_q + 2'(tile_done_i) - 2'(write_start_o);
      unique case (walk_q)
        WalkIdle:  if (cubes_start_o) walk_q <= cubes_done_i ? WalkEnd : WalkCubes;
        WalkCubes: if (cubes_done_i) walk_q <= WalkEnd;
        WalkEnd:   if (closed_i) walk_q <= WalkIdle;
        default:   walk_q <= WalkIdle;
      endcase
    end
  end

  assign scene_start_o = state_q == StVerify && !record_bad;
  assign response_o    = '{done: state_q == StDone, code: code_q, address: word_q};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:       if (command_valid_i) state_q <= StCheck;
        StCheck:      state_q <= code_q == ERR_NONE ? StScene : StDone;
        StScene:      if (read_ready_i) state_q <= StSceneData;
        StSceneData:  if (data_valid_i && data_last_i) state_q <= StCamera;
        StCamera:     if (read_ready_i) state_q <= StCameraData;
        StCameraData: if (data_valid_i && data_last_i) state_q <= StVerify;
        StVerify:     state_q <= record_bad ? StDone : StTiles;
        StTiles:      if (tiles_done) state_q <= StDone;
        StDone:       state_q <= StIdle;
        default:      state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        command_q <= command_i;
        code_q    <= command_i.width == '0 || command_i.height == '0 || command_i.stride < command_i.width
                     ? ERR_RANGE : ERR_NONE;
        word_q    <= command_i.width == '0 || command_i.height == '0 ? 32'd5
                   : command_i.stride < command_i.width ? 32'd7 : '0;
      end
      StVerify: if (record_bad) begin
        code_q <= ERR_RECORD;
        word_q <= command_q.scene_address;
      end
      default: ;
    endcase
  end

  logic unused;
  assign unused = ^{command_q, camera_q, scene_q, rays_offset, cubes_offset};
endmodule

`default_nettype wire
