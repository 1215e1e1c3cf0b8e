// SPDX-License-Identifier: Apache-2.0
// What passes between the units of the ray room up to the compositor (docs/architecture.md, sections 2 and 3). Axis
// vectors have x at [0]. Pixels of a tile: number = row * Tile + column (sac_colour_pkg::PixelWidth bits).
`default_nettype none

package sac_ray_pkg;
  import sac_config_pkg::*;

  localparam int unsigned SideWidth = $clog2(Tile);
  localparam int unsigned MaskBits = CubeSide * CubeSide * CubeSide;
  // A cube is sampled while the vertices of the next one are computed, and the patches of the one after are fetched, as
  // far as the lag lets decisions run ahead.
  localparam int unsigned VertexSets = AliveLag > 1 ? 2 : 1;
  localparam int unsigned PatchBanks = AliveLag > 2 ? 2 : 1;
  // Directory rows that the walk reads from the one whose super-cubes are decided on.
  localparam int unsigned WalkRows = 8;

  // Sample lanes: lane = column of the tile mod SampleLanes. A lane keeps what it knows of its pixels by lane_word.
  localparam int unsigned LaneBits = $clog2(SampleLanes);
  localparam int unsigned LaneWidth = LaneBits > 0 ? LaneBits : 1;
  localparam int unsigned LaneColumns = (Tile + SampleLanes - 1) / SampleLanes;
  localparam int unsigned LaneWords = Tile * LaneColumns;
  localparam int unsigned LaneWordWidth = $clog2(LaneWords);

  function automatic logic [LaneWidth-1:0] lane_of(input logic [SideWidth-1:0] x);
    return LaneWidth'(x & SideWidth'(SampleLanes - 1));
  endfunction

  function automatic logic [LaneWordWidth-1:0] lane_word(input logic [SideWidth-1:0] x, input logic [SideWidth-1:0] y);
    return LaneWordWidth'(LaneWordWidth'(y) * LaneWordWidth'(LaneColumns)) + (LaneWordWidth'(x) >> LaneBits);
  endfunction

  function automatic logic [sac_colour_pkg::PixelWidth-1:0] tile_pixel(input logic [SideWidth-1:0] x,
                                                                       input logic [SideWidth-1:0] y);
    return sac_colour_pkg::PixelWidth'(sac_colour_pkg::PixelWidth'(y) * sac_colour_pkg::PixelWidth'(Tile)) +
           sac_colour_pkg::PixelWidth'(x);
  endfunction

  // A tile: image pixel of its upper left corner, last column and row.
  typedef struct packed {
    logic [14:0]          x;
    logic [14:0]          y;
    logic [SideWidth-1:0] last_x;
    logic [SideWidth-1:0] last_y;
  } tile_t;

  // What sampling needs of a ray: P s13.18, D s2.18, inv12 u6.12.
  typedef struct packed {
    logic [2:0][31:0] position;
    logic [2:0][19:0] step;
    logic [2:0][17:0] inverse;
  } ray_line_t;

  // What write-back needs of a ray: entry in steps .12.
  typedef struct packed {
    logic        hit;
    logic [31:0] k_in;
  } ray_depth_t;

  // A projected ball within a tile, corners included. For a disc, from the first pixel of the rectangle: distances
  // 256 i - cu and 256 j - cv (pixels .8) and excess = du^2 + dv^2 - rad^2, covered where it is not positive.
  typedef struct packed {
    logic                 whole;
    logic [SideWidth-1:0] x0;
    logic [SideWidth-1:0] x1;
    logic [SideWidth-1:0] y0;
    logic [SideWidth-1:0] y1;
    logic [29:0]          du;      // signed
    logic [29:0]          dv;      // signed
    logic [59:0]          excess;  // signed
  } cover_t;

  // A cube in hand.
  typedef struct packed {
    logic [2:0][9:0]     origin;   // lowest cell
    logic [MaskBits-1:0] mask;     // bit x + side * (y + side * z)
    cover_t              disc;
  } cube_t;

  // A super-cube that meets the tile, with what was passed since the last one; or only that.
  typedef struct packed {
    logic            meets;
    logic            last;     // the walk ends
    logic            begins;   // a directory row is begun
    logic [7:0]      supers;   // directory entries looked at, its own included
    logic [7:0]      tests;    // of them projected
    logic [2:0][6:0] index;
    logic [63:0]     bitmap;
  } super_t;

  // A step of the walk to decide on: what was passed since the last one, then a cube whose cover is not empty, or the
  // end of the walk, or neither.
  typedef struct packed {
    logic        covered;  // `cube` is there
    logic        last;
    logic [3:0]  rows;     // directory rows begun
    logic [10:0] supers;   // directory entries looked at
    logic [10:0] tests;    // of them projected
    logic [8:0]  empty;    // cubes whose cover is empty
    cube_t       cube;
  } walk_step_t;

  // Numbers of the walk, by axis: cubes and super-cubes of the grid, those of the eye.
  typedef logic [9:0] index_t;
  typedef struct packed {
    logic [2:0][9:0] cubes;
    logic [2:0][9:0] supers;
    logic [2:0][9:0] eye_cube;
    logic [2:0][9:0] eye_super;
  } grid_t;

  // Of a grid of `vertices` seen from `eye` (s16.15).
  function automatic grid_t walk_grid(input logic [2:0][9:0] vertices, input logic [2:0][31:0] eye,
                                      input logic [1:0] side_log2);
    grid_t grid;
    for (int a = 0; a < 3; a++) begin
      logic signed [31:0] cell_of_eye;
      cell_of_eye = $signed(eye[a]) >>> 15;
      if (cell_of_eye < 0) cell_of_eye = '0;
      if (cell_of_eye > $signed({22'b0, vertices[a]}) - 32'sd2) cell_of_eye = $signed({22'b0, vertices[a]}) - 32'sd2;
      grid.cubes[a]     = (vertices[a] - 10'd2 + (10'd1 << side_log2)) >> side_log2;
      grid.supers[a]    = (grid.cubes[a] + 10'd3) >> 2;
      grid.eye_cube[a]  = 10'(cell_of_eye) >> side_log2;
      grid.eye_super[a] = grid.eye_cube[a] >> 2;
    end
    return grid;
  endfunction

  // The next index outward from the eye: eye, eye + 1 .. top, eye - 1 .. bottom; and whether it is the last.
  function automatic index_t outward(input index_t at, input index_t eye, input index_t top);
    if (at >= eye) return at < top ? at + 10'd1 : eye - 10'd1;
    return at - 10'd1;
  endfunction
  function automatic logic is_last(input index_t at, input index_t eye, input index_t bottom, input index_t top);
    return (at == top && eye == bottom) || (at < eye && at == bottom);
  endfunction

  // A candidate position of a ray in a cube; `hit` iff it is a sample. `first` and `last` of its pixel's visit.
  typedef struct packed {
    logic                 hit;
    logic                 first;
    logic                 last;
    logic [SideWidth-1:0] x;         // pixel in the tile
    logic [SideWidth-1:0] y;
    logic [11:0]          k;
    logic [2:0][2:0]      place;     // cell in the cube
    logic [2:0][7:0]      fraction;
  } candidate_t;

  // What a lane leaves of a cube: entries by rising row, then an end (`last`, nothing else of it counts).
  typedef struct packed {
    logic                   last;
    logic [SideWidth-1:0]   row;
    sac_colour_pkg::entry_t entry;
  } lane_item_t;

  // What the merge works on: a cube, or the end of a tile.
  typedef struct packed {
    logic            tile_end;
    logic            flush;    // with it: group_t's
    logic [2:0][8:0] origin;  // lowest cell
  } merge_work_t;

  // Compositing state of a pixel.
  typedef struct packed {
    logic [24:0] exponent;  // S, u5.20
    logic [16:0] clear;     // T, 65536 = clear
    logic [16:0] carried;
    logic [27:0] depth;
  } pixel_t;
endpackage

`default_nettype wire
