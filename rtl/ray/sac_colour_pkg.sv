// SPDX-License-Identifier: Apache-2.0
// What passes between the compositor, the colour units and the write-back (docs/architecture.md, sections 4 and 6).
`default_nettype none

package sac_colour_pkg;
  import sac_config_pkg::*;

  localparam int unsigned PixelWidth = $clog2(Tile * Tile);  // pixel = row * Tile + column of the tile
  localparam int unsigned VertexSide = CubeSide + 1;
  localparam int unsigned VertexCount = VertexSide * VertexSide * VertexSide;
  localparam int unsigned BankSide = CubeSide / 2 + 1;       // H of section 6
  localparam int unsigned BankVertices = BankSide * BankSide * BankSide;
  localparam int unsigned PixelColourLatency = 2;            // from a read of a pixel's colour sums to their arrival
  localparam int unsigned EntryCountWidth = $clog2(EntryGroup + 1);

  // Entries come first, then the token that closes them. Bit of vertex (x, y, z) of the cube:
  // x + VertexSide * (y + VertexSide * z). A token without entries only ends the tile.
  typedef struct packed {
    logic                       last;     // of the tile
    logic                       flush;    // with last: the batch under way closes, no later tile will fill it
    logic [EntryCountWidth-1:0] count;
    logic [2:0][8:0]            origin;   // lowest cell of the cube: [0] x, [1] y, [2] z
    logic [VertexCount-1:0]     needed;
  } group_t;

  typedef struct packed {
    logic [PixelWidth-1:0] pixel;
    logic [2:0][2:0]       cell_in_cube;  // [0] x, [1] y, [2] z
    logic [2:0][7:0]       fraction;
    logic [16:0]           weight;
  } entry_t;

  // Features lie in FeatureSets sets of eight parity banks, a set for each group under way: words of EncodeChannels
  // channels, VertexWords a vertex. A wide array finishes a batch sooner than features come, so it wants more sets.
  localparam int unsigned FeatureSets = sac_config_pkg::Lanes >= 64 ? 4 : 2;
  localparam int unsigned FeatureSetWidth = $clog2(FeatureSets);
  localparam int unsigned VertexWords = 32 / EncodeChannels;
  localparam int unsigned VertexWordWidth = $clog2(VertexWords);
  typedef logic [FeatureSetWidth-1:0] feature_set_t;
  typedef logic [EncodeChannels-1:0][15:0] feature_word_t;
  typedef logic [2:0][3:0] place_t;       // vertex in the cube: [0] x, [1] y, [2] z

  // A group whose patches are fetched, with the lowest corner of its needed vertices.
  typedef struct packed {
    logic [2:0][8:0]        origin;
    logic [VertexCount-1:0] needed;
    place_t                 low;
  } vertices_t;

  // Vertices in the x RAM, from row 0, whose features are wanted.
  typedef struct packed {
    logic [sac_dot_pkg::RowWidth-1:0] last_row;
    logic                             group_end;
  } basis_batch_t;

  // A group token once its vertices are on their way.
  typedef struct packed {
    logic                       last;
    logic                       flush;
    logic [EntryCountWidth-1:0] count;
  } token_t;

  // An entry on its way into the x RAM.
  typedef struct packed {
    feature_set_t                      features;
    logic                              last;      // of its group
    logic                              half;      // of the x RAM
    logic [sac_dot_pkg::RowWidth-1:0]  row;
    logic                              context_bit;
    logic [PixelWidth-1:0]             pixel;
    logic [2:0][2:0]                   cell_in_cube;
    logic [2:0][7:0]                   fraction;
  } encode_entry_t;

  // What blending must know of an entry; `context_bit` is its tile's number mod 2.
  typedef struct packed {
    logic                  context_bit;
    logic [PixelWidth-1:0] pixel;
    logic [16:0]           weight;
  } blend_entry_t;

  // Direction of a pixel in turns, signed: [0] x.
  typedef logic [2:0][15:0] view_t;

  // What the colour units know of a pixel when its tile is done: [0] red.
  typedef struct packed {
    logic             coloured;
    logic [2:0][15:0] last;
    logic [2:0][32:0] sum;
  } pixel_colour_t;

  // From the scene record: vertices of the grid, shifts.
  typedef struct packed {
    logic [2:0][9:0] vertices;            // gx, gy, gz
    logic [5:0]      product_shift;
    logic [3:0]      phase_exponent;
  } colour_scene_t;

  // A rectangle of texels of one appearance plane, and what the sparse room writes for it.
  typedef struct packed {
    logic [1:0] plane;
    logic [9:0] u0;
    logic [9:0] v0;
    logic [3:0] nu;
    logic [3:0] nv;
  } patch_request_t;

  typedef struct packed {
    logic         valid;
    logic [1:0]   plane;
    logic [3:0]   v;                      // within the rectangle
    logic [3:0]   u;
    logic [1:0]   sub;                    // components 16 * sub and up
    logic [255:0] values;
  } patch_write_t;
endpackage

`default_nettype wire
