// SPDX-License-Identifier: Apache-2.0
// Loader of block headers: reads the 32 bytes of a bitmap or of a list of coordinates ahead of the search, which takes
// them in order. Blocks without a header (empty, dense) pass through the same queue of `Depth` places, so that blocks
// stay in order. A place is reserved before its reads are asked for, so what returns always has room.
// A list of more than 31 coordinates (`block_long_i`) leaves as several headers of 32 bytes each, `head_more_o` on all
// but the first, as many as its first byte says; blocks behind it wait until they are asked for.
// A read granted by `read_ready_i` returns its window (Banks words from any word on) ReadLatency cycles later.
`default_nettype none

module sac_header #(
  parameter int unsigned Depth       = 3,
  parameter int unsigned Banks       = 2,
  parameter int unsigned WordWidth   = 9,
  parameter int unsigned ReadLatency = 4,
  parameter int unsigned TagWidth    = 4,
  localparam int unsigned Parts = Banks < 8 ? 8 / Banks : 1,  // windows of a header
  localparam int unsigned PartBits = 256 / Parts
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  block_valid_i,
  output logic                       block_ready_o,
  input  wire logic [1:0]            block_mode_i,
  input  wire logic                  block_long_i,
  input  wire logic [WordWidth-1:0]  block_word_i,
  input  wire logic [TagWidth-1:0]   block_tag_i,
  input  wire logic [7:0]            block_texels_i,  // travel with the block
  // Line RAM; the tag says which line.
  output logic                       read_valid_o,
  input  wire logic                  read_ready_i,
  output logic [TagWidth-1:0]        read_tag_o,
  output logic [WordWidth-1:0]       read_word_o,
  input  wire logic [PartBits-1:0]   window_i,        // of the window, what a header takes
  // Headers.
  output logic                       head_valid_o,
  input  wire logic                  head_ready_i,
  output logic                       head_more_o,
  output logic                       head_long_o,
  output logic [1:0]                 head_mode_o,
  output logic [WordWidth-1:0]       head_word_o,
  output logic [TagWidth-1:0]        head_tag_o,
  output logic [7:0]                 head_texels_o,
  output logic [255:0]               head_leaf_o
);
  localparam logic [1:0] Bitmap = 2'd1;
  localparam logic [1:0] Coordinate = 2'd2;
  localparam int unsigned PartWidth = Parts > 1 ? $clog2(Parts) : 1;
  localparam int unsigned IndexWidth = Depth > 1 ? $clog2(Depth) : 1;

  typedef logic [IndexWidth-1:0] index_t;
  typedef logic [PartWidth-1:0] part_t;
  typedef struct packed {
    logic                 more;
    logic                 longer;
    logic [1:0]           mode;
    logic [WordWidth-1:0] word;
    logic [TagWidth-1:0]  tag;
    logic [7:0]           texels;
  } entry_t;
  typedef struct packed {
    index_t index;
    part_t  part;
  } landing_t;
  typedef enum logic [1:0] {StShort, StLength, StChunks} state_e;

  function automatic index_t next_index(input index_t index);
    return index == index_t'(Depth - 1) ? '0 : index + 1'b1;
  endfunction

  // The ring: places are taken at the tail, filled in any order of landing, given away at the head.
  entry_t           entry_q [Depth];
  logic [255:0]     leaf_q [Depth];
  logic [Depth-1:0] used_q, full_q;
  index_t           head_q, tail_q;
  state_e           state_q;
  logic [8:0]       rest_q;      // bytes of the list beyond the headers asked for
  index_t           long_q;      // place of the first header of a long list
  entry_t           chunk_q;     // its block

  logic   room, take, push, with_header, pop, read_free;
  entry_t new_entry;

  // Reads of the header in hand.
  logic                   reading_q, sent;
  part_t                  part_q;
  index_t                 index_q;
  logic [WordWidth-1:0]   word_q;
  logic [TagWidth-1:0]    tag_q;
  logic [ReadLatency-1:0] flight_valid_q;
  landing_t               flight_q [ReadLatency];
  landing_t               landing;
  logic                   landed;

  assign room          = !used_q[tail_q];
  assign sent          = reading_q && read_ready_i;
  assign read_free     = !reading_q || (sent && part_q == part_t'(Parts - 1));
  assign block_ready_o = room && read_free && state_q == StShort;
  assign take          = block_valid_i && block_ready_o;
  assign push          = take || (state_q == StChunks && room && read_free);
  assign with_header   = !take || block_mode_i inside {Bitmap, Coordinate};
  assign pop           = head_valid_o && head_ready_i;

  always_comb begin
    new_entry = chunk_q;
    new_entry.more = 1'b1;
    if (take)
      new_entry = '{more: 1'b0, longer: block_long_i && block_mode_i == Coordinate, mode: block_mode_i,
                    word: block_word_i, tag: block_tag_i, texels: block_texels_i};
  end

  assign landing = flight_q[ReadLatency-1];
  assign landed  = flight_valid_q[ReadLatency-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      used_q         <= '0;
      full_q         <= '0;
      head_q         <= '0;
      tail_q         <= '0;
      reading_q      <= 1'b0;
      flight_valid_q <= '0;
      state_q        <= StShort;
    end else begin
      flight_valid_q <= {flight_valid_q[ReadLatency-2:0], sent};
      if (read_free) reading_q <= push && with_header;
      if (landed && landing.part == part_t'(Parts - 1)) full_q[landing.index] <= 1'b1;
      if (push) begin
        used_q[tail_q] <= 1'b1;
        full_q[tail_q] <= !with_header;
        tail_q         <= next_index(tail_q);
      end
      if (pop) begin
        used_q[head_q] <= 1'b0;
        full_q[head_q] <= 1'b0;
        head_q         <= next_index(head_q);
      end
      unique case (state_q)
        StShort:  if (take && new_entry.longer) state_q <= StLength;
        StLength: if (landed && landing.index == long_q && landing.part == '0)
                    state_q <= window_i[7:0] > 8'd30 ? StChunks : StShort;
        default:  if (push && rest_q <= 9'd32) state_q <= StShort;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) entry_q[tail_q] <= new_entry;
    if (take) begin
      long_q  <= tail_q;
      chunk_q <= new_entry;
    end
    if (state_q == StLength) rest_q <= 9'(window_i[7:0]) + 9'd2 - 9'd32;
    else if (push) rest_q <= rest_q - 9'd32;

    // The headers of a long list follow each other: the word goes on.
    if (sent) word_q <= word_q + WordWidth'(PartBits / 32);
    if (take) word_q <= block_word_i;
    if (read_free) begin
      part_q  <= '0;
      index_q <= tail_q;
      tag_q   <= new_entry.tag;
    end else if (sent) begin
      part_q <= part_q + 1'b1;
    end
    flight_q[0] <= '{index: index_q, part: part_q};
    for (int i = 1; i < ReadLatency; i++) flight_q[i] <= flight_q[i-1];
    for (int unsigned i = 0; i < Depth; i++)
      for (int unsigned p = 0; p < Parts; p++)
        if (landed && landing.index == index_t'(i) && landing.part == part_t'(p))
          leaf_q[i][PartBits*p +: PartBits] <= window_i;
  end

  assign read_valid_o = reading_q;
  assign read_word_o  = word_q;
  assign read_tag_o   = tag_q;
  assign head_valid_o = full_q[head_q];
  assign head_more_o  = entry_q[head_q].more;
  assign head_long_o  = entry_q[head_q].longer;
  assign head_mode_o  = entry_q[head_q].mode;
  assign head_word_o  = entry_q[head_q].word;
  assign head_tag_o   = entry_q[head_q].tag;
  assign head_texels_o = entry_q[head_q].texels;
  assign head_leaf_o  = leaf_q[head_q];
endmodule

`default_nettype wire
