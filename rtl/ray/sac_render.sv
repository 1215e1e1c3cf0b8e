// SPDX-License-Identifier: Apache-2.0
// RENDER (docs/architecture.md, 2.3 and 6): checks the command, reads its scene and camera records, and takes tile by tile
// through ray set-up, the walk, and for each cube with an alive pixel in its rectangle: density patches, vertices,
// samples. A tile ends when its last entry has been blended and its pixels are written.
`default_nettype none

module sac_render
  import sac_config_pkg::*, sac_ray_pkg::*, sac_host_pkg::response_t, sac_memory_pkg::request_t, sac_spec_pkg::*;
  import sac_colour_pkg::patch_request_t;
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
  output tile_t                        tile_o,
  output logic [31:0]                  colour_address_o,  // of the tile's first pixel
  output logic [31:0]                  depth_address_o,
  output logic                         scene_start_o,     // the scene record is there: caches begin anew
  // Tile.
  output logic                         tile_start_o,      // clear pixels, set up rays
  input  wire logic                    rays_done_i,
  output logic                         walk_start_o,
  input  wire logic                    walk_done_i,
  output logic                         end_o,             // end-of-tile token
  output logic                         flush_o,           // with it: no later tile comes before this one is blended
  input  wire logic                    closed_i,
  input  wire logic                    tile_done_i,       // blended
  output logic                         write_start_o,
  output logic                         write_context_o,   // number of the tile that is written, mod 2
  input  wire logic                    write_done_i,
  // Cube.
  input  wire logic                    cube_valid_i,
  input  wire logic [2:0][9:0]         origin_i,
  input  wire cover_t                  disc_i,
  output logic                         cube_done_o,
  output logic [SideWidth-1:0]         row_o,
  input  wire logic [Tile-1:0]         row_alive_i,
  output logic                         patch_valid_o,
  input  wire logic                    patch_ready_i,
  output patch_request_t               patch_o,
  input  wire logic                    patch_done_i,
  output logic                         vertex_start_o,
  input  wire logic                    vertex_done_i,
  output logic                         sample_start_o,
  input  wire logic                    sample_done_i,
  // Counters.
  output logic                         visited_o,
  output logic                         dead_o
);
  typedef enum logic [4:0] {
    StIdle, StCheck, StScene, StSceneData, StCamera, StCameraData, StVerify, StTile, StRays, StWalk, StCube, StAlive,
    StPatch, StPatchDone, StVertex, StVertexDone, StSample, StSampleDone, StEnd, StBlend, StWrite, StWriteDone,
    StNext, StDone
  } state_e;

  state_e               state_q;
  render_command_t      command_q;
  logic [511:0]         scene_q;
  logic [1023:0]        camera_q;
  logic [13:0]          x_q, y_q;             // tile within the rectangle
  logic [31:0]          row_offset_q;         // bytes from the rectangle's first pixel to the tile row's
  logic [SideWidth-1:0] row_q;
  logic [1:0]           plane_q, patches_q;
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

  // Tile in hand.
  logic [13:0] width_left, height_left;
  logic        last_column, last_row;
  assign width_left  = command_q.width - x_q;
  assign height_left = command_q.height - y_q;
  assign last_column = 32'(width_left) <= Tile;
  assign last_row    = 32'(height_left) <= Tile;
  assign tile_o.x      = 15'(command_q.x) + 15'(x_q);
  assign tile_o.y      = 15'(command_q.y) + 15'(y_q);
  assign tile_o.last_x = last_column ? SideWidth'(width_left - 14'd1) : SideWidth'(Tile - 1);
  assign tile_o.last_y = last_row ? SideWidth'(height_left - 14'd1) : SideWidth'(Tile - 1);
  assign colour_address_o = command_q.colour_address + row_offset_q + {16'b0, x_q, 2'b0};
  assign depth_address_o  = command_q.depth_address + row_offset_q + {16'b0, x_q, 2'b0};

  // Rectangle rows with an alive pixel.
  logic [Tile-1:0] columns;
  logic            row_alive;
  always_comb begin
    for (int i = 0; i < int'(Tile); i++)
      columns[i] = SideWidth'(i) >= disc_i.x0 && SideWidth'(i) <= disc_i.x1;
  end
  assign row_o     = row_q;
  assign row_alive = (row_alive_i & columns) != '0;

  // Patches: all texels of the cube, clipped to the grid.
  logic [9:0] vertices [3];
  logic [3:0] extent [3];
  assign vertices = '{scene_o.gx, scene_o.gy, scene_o.gz};
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      logic [9:0] rest;
      rest = vertices[a] - origin_i[a];
      extent[a] = rest > (10'd1 << scene_o.side_log2) ? (4'd1 << scene_o.side_log2) + 4'd1 : 4'(rest);
    end
    patch_o.plane = plane_q;
    patch_o.u0    = plane_q == 2'd2 ? origin_i[1] : origin_i[0];
    patch_o.nu    = plane_q == 2'd2 ? extent[1] : extent[0];
    patch_o.v0    = plane_q == 2'd0 ? origin_i[1] : origin_i[2];
    patch_o.nv    = plane_q == 2'd0 ? extent[1] : extent[2];
  end

  assign scene_start_o  = state_q == StVerify && !record_bad;
  assign tile_start_o   = state_q == StTile;
  assign walk_start_o   = state_q == StWalk;
  assign patch_valid_o  = state_q == StPatch;
  assign vertex_start_o = state_q == StVertex;
  assign sample_start_o = state_q == StSample;
  assign end_o          = state_q == StEnd;
  assign flush_o        = 1'b1;
  assign write_start_o  = state_q == StWrite;
  assign visited_o      = state_q == StAlive && row_alive;
  assign dead_o         = state_q == StAlive && !row_alive && row_q == disc_i.y1;
  assign cube_done_o    = dead_o || (state_q == StSampleDone && sample_done_i);
  assign response_o     = '{done: state_q == StDone, code: code_q, address: word_q};

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
        StVerify:     state_q <= record_bad ? StDone : StTile;
        StTile:       state_q <= StRays;
        StRays:       if (rays_done_i) state_q <= StWalk;
        StWalk:       state_q <= StCube;
        StCube:       if (cube_valid_i) state_q <= StAlive; else if (walk_done_i) state_q <= StEnd;
        StAlive:      if (row_alive) state_q <= StPatch; else if (dead_o) state_q <= StCube;
        StPatch:      if (patch_ready_i && plane_q == 2'd2) state_q <= StPatchDone;
        StPatchDone:  if (patches_q == 2'd3) state_q <= StVertex;
        StVertex:     state_q <= StVertexDone;
        StVertexDone: if (vertex_done_i) state_q <= StSample;
        StSample:     state_q <= StSampleDone;
        StSampleDone: if (sample_done_i) state_q <= StCube;
        StEnd:        if (closed_i) state_q <= StBlend;
        StBlend:      if (tile_done_i) state_q <= StWrite;
        StWrite:      state_q <= StWriteDone;
        StWriteDone:  if (write_done_i) state_q <= StNext;
        StNext:       state_q <= last_column && last_row ? StDone : StTile;
        StDone:       state_q <= StIdle;
        default:      state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (scene_start_o) write_context_o <= 1'b0;
    else if (write_done_i) write_context_o <= !write_context_o;
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        command_q    <= command_i;
        x_q          <= '0;
        y_q          <= '0;
        row_offset_q <= '0;
        code_q       <= command_i.width == '0 || command_i.height == '0 || command_i.stride < command_i.width
                        ? ERR_RANGE : ERR_NONE;
        word_q       <= command_i.width == '0 || command_i.height == '0 ? 32'd5
                      : command_i.stride < command_i.width ? 32'd7 : '0;
      end
      StVerify: if (record_bad) begin
        code_q <= ERR_RECORD;
        word_q <= command_q.scene_address;
      end
      StCube: row_q <= disc_i.y0;
      StAlive: begin
        row_q     <= row_q + 1'b1;
        plane_q   <= '0;
      end
      StPatch: if (patch_ready_i) plane_q <= plane_q + 2'd1;
      StNext: begin
        x_q <= last_column ? '0 : x_q + 14'(Tile);
        if (last_column) begin
          y_q          <= y_q + 14'(Tile);
          row_offset_q <= row_offset_q + 32'({command_q.stride, 2'b0}) * 32'(Tile);
        end
      end
      default: ;
    endcase
    if (state_q == StAlive) patches_q <= '0;
    else if (patch_done_i) patches_q <= patches_q + 2'd1;
  end

  logic unused;
  assign unused = ^{command_q, camera_q, scene_q, disc_i};
endmodule

`default_nettype wire
