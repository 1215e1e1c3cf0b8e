// SPDX-License-Identifier: Apache-2.0
// Decoder of one embedding block (docs/architecture.md, 1.1) in a cache line: texels of 16 signed 16-bit values.
// A command names mode, first word of the block in its line, and the texels (u_first..u_last) x (v_first..v_last);
// they leave row by row with the command's tag. Three stages overlap: the header (bitmap or coordinates) of the next
// block is loaded, the tree and the search unit give masks and ranks of the present one, the extractor reads values.
// `value_bits_i` is steady while anything is under way. A read granted by `read_ready_i` returns its window (Banks
// words from any word on) ReadLatency cycles later. Texels are always accepted.
`default_nettype none

module sac_decode #(
  parameter int unsigned Values      = 4,
  parameter int unsigned Banks       = 2,
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
  localparam logic [1:0] Bitmap = 2'd1;
  localparam logic [1:0] Coordinate = 2'd2;
  localparam int unsigned Loads = 8 / Banks;  // windows of a 256-bit header
  localparam int unsigned LoadWidth = $clog2(Loads + 1);

  typedef struct packed {
    logic [1:0]          mode;
    logic [1:0]          u_first;
    logic [1:0]          u_last;
    logic [1:0]          v_first;
    logic [1:0]          v_last;
    logic [TagWidth-1:0] tag;
  } block_t;

  typedef enum logic [1:0] {
    StIdle,  // no block
    StRead,  // reading 32 bytes of header
    StFull   // header (or chunk of coordinates) ready for the search
  } state_e;

  // Loader: the header after the one being searched.
  state_e               state_q;
  block_t               block_q;
  logic [255:0]         next_leaf_q;
  logic [8:0]           rest_q;        // coordinate: leaves (count byte and coordinates) of this chunk and later
  logic [3:0]           chunk_q;
  logic [LoadWidth-1:0] asked_q, loaded_q;
  logic                 head_read, head_sent, head_back;
  logic [ReadLatency-1:0] head_flight_q;
  logic [WordWidth-1:0] word_q, head_word_q;

  // Search: the present block.
  block_t               present_q;
  logic [255:0]         leaf_q;
  logic [5:0]           count_q;
  logic [3:0]           present_chunk_q;
  logic                 chunk_last_q;
  logic [WordWidth+1:0] base_q;
  logic                 start_q, busy, more_valid, more_ready, hand_over, drop;

  logic       query_valid, result_valid;
  logic [7:0] query_key;
  logic [8:0] result;
  logic        mask_valid, mask_ready, mask_last;
  logic [1:0]  mask_u, mask_v;
  logic [15:0] mask;
  logic [8:0]  rank;

  assign block_ready_o = state_q == StIdle;
  assign hand_over     = state_q == StFull && chunk_q == '0 && !busy && !start_q &&
                         (!mask_valid || mask_ready);
  assign more_ready    = state_q == StFull && chunk_q != '0;
  assign drop          = more_ready && !busy && !start_q;
  assign head_back     = head_flight_q[ReadLatency-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q       <= StIdle;
      head_flight_q <= '0;
      start_q       <= 1'b0;
    end else begin
      head_flight_q <= {head_flight_q[ReadLatency-2:0], head_sent};
      start_q       <= hand_over;
      unique case (state_q)
        StIdle: begin
          if (block_valid_i)
            state_q <= block_mode_i inside {Bitmap, Coordinate} ? StRead : StFull;
        end
        StRead: begin
          if (head_back && loaded_q == LoadWidth'(Loads - 1)) state_q <= StFull;
        end
        default: begin
          if (hand_over || (more_valid && more_ready))
            state_q <= block_q.mode == Coordinate && rest_q > 9'd32 ? StRead : StIdle;
          else if (drop) state_q <= StIdle;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      block_q     <= '{mode: block_mode_i, u_first: block_u_first_i,
                       u_last: block_u_last_i, v_first: block_v_first_i, v_last: block_v_last_i,
                       tag: block_tag_i};
      word_q      <= block_word_i;
      head_word_q <= block_word_i;
      chunk_q     <= '0;
    end
    if (state_q != StRead) begin
      asked_q  <= '0;
      loaded_q <= '0;
    end
    if (head_sent) begin
      asked_q     <= asked_q + 1'b1;
      head_word_q <= head_word_q + WordWidth'(Banks);
    end
    if (head_back) begin
      loaded_q    <= loaded_q + 1'b1;
      next_leaf_q <= 256'({window_i, next_leaf_q} >> (32 * Banks));
      if (loaded_q == '0 && chunk_q == '0) rest_q <= 9'(window_i[7:0]) + 9'd2;
    end
    if (hand_over) begin
      present_q <= block_q;
      unique case (block_q.mode)
        Bitmap:     base_q <= {word_q, 2'b0} + (WordWidth + 2)'(32);
        Coordinate: base_q <= {word_q, 2'b0} + (WordWidth + 2)'(rest_q);
        default:    base_q <= {word_q, 2'b0};
      endcase
    end
    if (hand_over || (more_valid && more_ready)) begin
      leaf_q          <= next_leaf_q;
      count_q         <= rest_q > 9'd32 ? 6'd32 : rest_q[5:0];
      chunk_last_q    <= rest_q <= 9'd32;
      present_chunk_q <= chunk_q;
      chunk_q         <= chunk_q + 1'b1;
      rest_q          <= rest_q - 9'd32;
    end
  end

  sac_tree u_tree (
    .clk_i, .rst_ni,
    .leaf_i(leaf_q), .coordinate_i(present_q.mode == Coordinate), .below_i(present_chunk_q == '0),
    .count_i(count_q), .query_valid_i(query_valid), .query_key_i(query_key),
    .result_valid_o(result_valid), .result_o(result)
  );

  sac_search u_search (
    .clk_i, .rst_ni, .start_i(start_q), .busy_o(busy),
    .mode_i(present_q.mode), .u_first_i(present_q.u_first), .u_last_i(present_q.u_last),
    .v_first_i(present_q.v_first), .v_last_i(present_q.v_last), .leaf_i(leaf_q), .count_i(count_q),
    .chunk_i(present_chunk_q), .chunk_last_i(chunk_last_q),
    .more_valid_o(more_valid), .more_ready_i(more_ready),
    .query_valid_o(query_valid), .query_key_o(query_key),
    .result_valid_i(result_valid), .result_i(result),
    .texel_valid_o(mask_valid), .texel_ready_i(mask_ready), .texel_u_o(mask_u), .texel_v_o(mask_v),
    .texel_mask_o(mask), .texel_rank_o(rank), .texel_last_o(mask_last)
  );

  // The extractor's reads go first: a header is only wanted when its block is next.
  logic [TagWidth-1:0]  value_tag;
  logic                 value_read;
  logic [WordWidth-1:0] value_word;

  assign head_read    = state_q == StRead && asked_q != LoadWidth'(Loads);
  assign head_sent    = head_read && read_ready_i && !value_read;
  assign read_valid_o = head_read || value_read;
  assign read_word_o  = value_read ? value_word : head_word_q;
  assign read_tag_o   = value_read ? value_tag : block_q.tag;

  sac_values #(
    .Values(Values), .Banks(Banks), .WordWidth(WordWidth), .ReadLatency(ReadLatency), .TagWidth(TagWidth)
  ) u_values (
    .clk_i, .rst_ni, .value_bits_i,
    .texel_valid_i(mask_valid), .texel_ready_o(mask_ready), .texel_mask_i(mask), .texel_rank_i(rank),
    .texel_base_i(base_q), .texel_tag_i(present_q.tag), .texel_place_i({mask_u, mask_v, mask_last}),
    .read_valid_o(value_read), .read_ready_i(read_ready_i), .read_tag_o(value_tag), .read_word_o(value_word),
    .window_i, .texel_valid_o, .texel_tag_o, .texel_place_o({texel_u_o, texel_v_o, texel_last_o}),
    .texel_values_o
  );
endmodule

`default_nettype wire
