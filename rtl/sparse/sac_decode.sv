// SPDX-License-Identifier: Apache-2.0
// Decoder of embedding blocks (docs/architecture.md, 1.1) in cache lines: texels of 16 signed 16-bit values.
// A command names mode, first word of the block in its line, and the texels (u_first..u_last) x (v_first..v_last);
// they leave row by row with the command's tag. Three stages overlap: the headers (bitmap or coordinates) of the next
// blocks are loaded, the search unit and its tree give masks and ranks of the present one, the extractor reads values.
// With Values = 16 a texel leaves every cycle, but for the reads of headers (8 / Banks a header, one at least).
// `block_long_i` is set for lists of more than 31 coordinates, which are slower.
// `value_bits_i` is steady while anything is under way. A read granted by `read_ready_i` returns its window (Banks
// words from any word on) ReadLatency cycles later. Texels are always accepted.
`default_nettype none

module sac_decode #(
  parameter int unsigned Values      = 4,
  parameter int unsigned Banks       = 2,
  parameter int unsigned Headers     = 1,  // loaded ahead of the search
  parameter int unsigned WordWidth   = 9,
  parameter int unsigned ReadLatency = 4,
  parameter int unsigned TagWidth    = 4
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic [4:0]           value_bits_i,
  input  wire logic                 block_valid_i,
  output logic                      block_ready_o,
  input  wire logic [1:0]           block_mode_i,
  input  wire logic                 block_long_i,
  input  wire logic [WordWidth-1:0] block_word_i,
  input  wire logic [1:0]           block_u_first_i,
  input  wire logic [1:0]           block_u_last_i,
  input  wire logic [1:0]           block_v_first_i,
  input  wire logic [1:0]           block_v_last_i,
  input  wire logic [TagWidth-1:0]  block_tag_i,
  // Line RAM; the tag says which line.
  output logic                      read_valid_o,
  input  wire logic                 read_ready_i,
  output logic [TagWidth-1:0]       read_tag_o,
  output logic [WordWidth-1:0]      read_word_o,
  input  wire logic [Banks*32-1:0]  window_i,
  // Texels.
  output logic                      texel_valid_o,
  output logic [TagWidth-1:0]       texel_tag_o,
  output logic [1:0]                texel_u_o,
  output logic [1:0]                texel_v_o,
  output logic                      texel_last_o,
  output logic [15:0][15:0]         texel_values_o
);
  localparam int unsigned HeadBits = Banks < 8 ? Banks * 32 : 256;  // of a window

  logic                 head_valid, head_ready, head_more, head_long, head_read;
  logic [1:0]           head_mode;
  logic [WordWidth-1:0] head_word, head_read_word;
  logic [TagWidth-1:0]  head_tag, head_read_tag;
  logic [7:0]           head_texels;
  logic [255:0]         head_leaf;
  sac_header #(
    .Depth(Headers), .Banks(Banks), .WordWidth(WordWidth), .ReadLatency(ReadLatency), .TagWidth(TagWidth)
  ) u_header (
    .clk_i, .rst_ni, .block_valid_i, .block_ready_o, .block_mode_i, .block_long_i, .block_word_i,
    .block_tag_i, .block_texels_i({block_u_first_i, block_u_last_i, block_v_first_i, block_v_last_i}),
    .read_valid_o(head_read), .read_ready_i, .read_tag_o(head_read_tag), .read_word_o(head_read_word),
    .window_i(window_i[HeadBits-1:0]),
    .head_valid_o(head_valid), .head_ready_i(head_ready), .head_more_o(head_more), .head_long_o(head_long),
    .head_mode_o(head_mode), .head_word_o(head_word), .head_tag_o(head_tag), .head_texels_o(head_texels),
    .head_leaf_o(head_leaf)
  );

  logic                 mask_valid, mask_ready;
  logic [15:0]          mask;
  logic [8:0]           rank;
  logic [WordWidth+1:0] base;
  logic [TagWidth-1:0]  mask_tag;
  logic [4:0]           mask_place;
  sac_search #(.WordWidth(WordWidth), .TagWidth(TagWidth)) u_search (
    .clk_i, .rst_ni, .head_valid_i(head_valid), .head_ready_o(head_ready), .head_more_i(head_more),
    .head_long_i(head_long), .head_mode_i(head_mode), .head_word_i(head_word), .head_tag_i(head_tag),
    .head_texels_i(head_texels), .head_leaf_i(head_leaf),
    .texel_valid_o(mask_valid), .texel_ready_i(mask_ready), .texel_mask_o(mask), .texel_rank_o(rank),
    .texel_base_o(base), .texel_tag_o(mask_tag), .texel_place_o(mask_place)
  );

  // Reads of headers go first: there are few, and the texels behind them wait for them.
  logic                 value_read;
  logic [TagWidth-1:0]  value_tag;
  logic [WordWidth-1:0] value_word;
  logic [4:0]           texel_place;

  assign read_valid_o = head_read || value_read;
  assign read_word_o  = head_read ? head_read_word : value_word;
  assign read_tag_o   = head_read ? head_read_tag : value_tag;

  sac_values #(
    .Values(Values), .Banks(Banks), .WordWidth(WordWidth), .ReadLatency(ReadLatency), .TagWidth(TagWidth)
  ) u_values (
    .clk_i, .rst_ni, .value_bits_i,
    .texel_valid_i(mask_valid), .texel_ready_o(mask_ready), .texel_mask_i(mask), .texel_rank_i(rank),
    .texel_base_i(base), .texel_tag_i(mask_tag), .texel_place_i(mask_place),
    .read_valid_o(value_read), .read_ready_i(read_ready_i && !head_read), .read_tag_o(value_tag),
    .read_word_o(value_word), .window_i, .texel_valid_o, .texel_tag_o, .texel_place_o(texel_place), .texel_values_o
  );
  assign {texel_v_o, texel_u_o, texel_last_o} = texel_place;
endmodule

`default_nettype wire
