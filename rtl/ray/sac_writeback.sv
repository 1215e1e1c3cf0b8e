// SPDX-License-Identifier: Apache-2.0
// Write-back of a tile (docs/architecture.md, section 4): colour rows, then depth rows if asked, a pixel a cycle and one
// request a row. A pixel's compositing state, colour sums and ray are read; the rest of the carried weight goes to the
// last colour, what is clear to the background, and one rounding makes 8 bits. Everything about the tile is taken with
// `start_i`; `done_o` follows the answer to the last request.
`default_nettype none

module sac_writeback
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    start_i,
  input  wire tile_t                   tile_i,
  input  wire logic                    depth_i,         // also write depth
  input  wire logic [31:0]             colour_address_i, // of the tile's first pixel
  input  wire logic [31:0]             depth_address_i,
  input  wire logic [13:0]             stride_i,        // pixels
  input  wire logic [23:0]             background_i,
  output logic                         busy_o,
  output logic                         done_o,
  // State of a pixel: compositing and ray one cycle later, colour `PixelColourLatency` cycles later.
  output logic                         read_o,
  output logic [PixelWidth-1:0]        pixel_o,
  output logic [SideWidth-1:0]         x_o,             // of the same pixel
  output logic [SideWidth-1:0]         y_o,
  input  wire pixel_t                  state_i,
  input  wire ray_depth_t              ray_i,
  input  wire pixel_colour_t           colour_i,
  // Memory client.
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i,
  // Counter.
  output logic                         written_o
);
  localparam int unsigned BeatPixels = AxiDataWidth / 32;
  localparam int unsigned BeatWidth = BeatPixels > 1 ? $clog2(BeatPixels) : 1;
  // Pixels on their way, each with a place in the queue: more than the pipeline holds, so that it never waits.
  localparam int unsigned Ways = 16;
  localparam int unsigned Stages = PixelColourLatency + 4;

  typedef struct packed {
    logic valid;
    logic depth;    // of the depth pass
    logic row_end;
  } tag_t;

  // Pixels are read while there is room for them.
  logic [SideWidth-1:0]  last_x_q, last_y_q, x_q, y_q;
  logic [PixelWidth-1:0] row_pixel_q;
  logic                  reading_q, pass_q, row_end, all_end, pop;
  logic [4:0]            ways_q;
  assign row_end = x_q == last_x_q;
  assign all_end = row_end && y_q == last_y_q;
  assign read_o  = reading_q && 32'(ways_q) != Ways;
  assign pixel_o = row_pixel_q + PixelWidth'(x_q);
  assign x_o     = x_q;
  assign y_o     = y_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      reading_q <= 1'b0;
      ways_q    <= '0;
    end else begin
      if (start_i) reading_q <= 1'b1;
      else if (read_o && all_end && (pass_q || !depth_i)) reading_q <= 1'b0;
      ways_q <= ways_q + 5'(read_o) - 5'(pop);
    end
    if (start_i) begin
      last_x_q    <= tile_i.last_x;
      last_y_q    <= tile_i.last_y;
      x_q         <= '0;
      y_q         <= '0;
      row_pixel_q <= '0;
      pass_q      <= 1'b0;
    end else if (read_o) begin
      x_q <= row_end ? '0 : x_q + 1'b1;
      if (row_end) begin
        y_q         <= all_end ? '0 : y_q + 1'b1;
        row_pixel_q <= all_end ? '0 : row_pixel_q + PixelWidth'(Tile);
        pass_q      <= pass_q || all_end;
      end
    end
  end

  tag_t tag_q [Stages];
  always_ff @(posedge clk_i) begin
    tag_q[0] <= '{valid: rst_ni && read_o, depth: pass_q, row_end: row_end};
    for (int i = 1; i < int'(Stages); i++) tag_q[i] <= rst_ni ? tag_q[i-1] : '0;
  end

  // State and ray wait for the colour.
  pixel_t     state_q [PixelColourLatency];
  ray_depth_t ray_q [PixelColourLatency];
  pixel_t     state;
  ray_depth_t ray;
  always_comb begin
    state_q[0] = state_i;
    ray_q[0]   = ray_i;
  end
  for (genvar i = 1; i < int'(PixelColourLatency); i++) begin : gen_wait
    always_ff @(posedge clk_i) begin
      state_q[i] <= state_q[i-1];
      ray_q[i]   <= ray_q[i-1];
    end
  end
  assign state = state_q[PixelColourLatency-1];
  assign ray   = ray_q[PixelColourLatency-1];

  // Operands. Colour: sum + left * last + behind * background. Depth: (depth << 12) + opaque * k_in in halves.
  tag_t              tag_in, tag_product, tag_total, tag_out;
  logic [16:0]       opaque, left_q, behind_q;
  logic [2:0][15:0]  last_q, ground_q;
  logic [2:0][39:0]  base_q, base_product_q;
  logic [24:0]       alpha;
  logic [7:0]        alpha_q [4];
  assign tag_in      = tag_q[PixelColourLatency-1];
  assign tag_product = tag_q[PixelColourLatency+1];
  assign tag_total   = tag_q[PixelColourLatency+2];
  assign tag_out     = tag_q[PixelColourLatency+3];
  assign opaque      = 17'd65536 - state.clear;
  assign alpha       = 25'(opaque) * 25'd255 + 25'd32768;
  always_ff @(posedge clk_i) begin
    if (tag_in.depth) begin
      left_q   <= ray.hit ? opaque : '0;
      behind_q <= ray.hit ? opaque : '0;
    end else begin
      left_q   <= colour_i.coloured ? state.carried : '0;
      behind_q <= state.clear + (colour_i.coloured ? '0 : state.carried);
    end
    last_q <= colour_i.last;
    for (int ch = 0; ch < 3; ch++) begin
      ground_q[ch] <= {2{background_i[8*ch +: 8]}};
      base_q[ch]   <= 40'(colour_i.sum[ch]);
    end
    if (tag_in.depth) begin
      last_q[0]   <= ray.k_in[15:0];
      ground_q[0] <= ray.k_in[31:16];
      base_q[0]   <= ray.hit ? {state.depth, 12'b0} : '0;
    end
    alpha_q[0] <= alpha[23:16];
    for (int i = 1; i < 4; i++) alpha_q[i] <= alpha_q[i-1];
  end

  // Products, total, and one rounding.
  logic [2:0][32:0]  last_part_q, ground_part_q;
  logic [2:0][48:0]  total_q, scaled_q;
  always_ff @(posedge clk_i) begin
    base_product_q <= base_q;
    for (int ch = 0; ch < 3; ch++) begin
      last_part_q[ch]   <= 33'(left_q) * 33'(last_q[ch]);
      ground_part_q[ch] <= 33'(behind_q) * 33'(ground_q[ch]);
      total_q[ch]       <= 49'(base_product_q[ch]) + 49'(last_part_q[ch]) +
                           (tag_product.depth && ch == 0 ? {ground_part_q[ch], 16'b0} : 49'(ground_part_q[ch]));
      scaled_q[ch]      <= tag_total.depth ? total_q[ch] : (total_q[ch] << 8) - total_q[ch] + 49'h80000000;
    end
  end
  logic [31:0] word;
  always_comb begin
    for (int ch = 0; ch < 3; ch++) word[8*ch +: 8] = scaled_q[ch][41:40] != '0 ? 8'hff : scaled_q[ch][39:32];
    word[31:24] = alpha_q[3];
    if (tag_out.depth) word = scaled_q[0][47:16];
  end
  assign written_o = tag_out.valid && !tag_out.depth;

  // Pixels queue up, and fill beats.
  logic                        push_ready, pixel_valid, pixel_end, beat_end;
  logic [31:0]                 pixel;
  logic [$clog2(Ways+1)-1:0]   count_unused;
  logic [BeatWidth-1:0]        place_q;
  logic [BeatPixels-1:0][31:0] beat_q;
  sac_fifo #(.Width(33), .Depth(Ways)) u_pixels (
    .clk_i, .rst_ni, .push_valid_i(tag_out.valid), .push_ready_o(push_ready), .push_data_i({tag_out.row_end, word}),
    .pop_valid_o(pixel_valid), .pop_ready_i(pop), .pop_data_o({pixel_end, pixel}), .count_o(count_unused)
  );
  assign pop          = pixel_valid && (!write_data_valid_o || write_data_ready_i);
  assign beat_end     = pixel_end || 32'(place_q) == BeatPixels - 1;
  assign write_data_o = beat_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) write_data_valid_o <= 1'b0;
    else if (pop) write_data_valid_o <= beat_end;
    else if (write_data_ready_i) write_data_valid_o <= 1'b0;
    if (!rst_ni) place_q <= '0;
    else if (pop) place_q <= beat_end ? '0 : place_q + 1'b1;
    if (pop) begin
      if (place_q == '0) beat_q <= '0;
      beat_q[place_q] <= pixel;
    end
  end

  // Requests run ahead of their data.
  logic [SideWidth-1:0] request_y_q;
  logic                 asking_q, request_pass_q, request_end;
  logic [31:0]          address_q, depth_address_q;
  logic [7:0]           open_q;               // rows not answered
  assign request_end     = request_y_q == last_y_q;
  assign write_valid_o   = asking_q;
  assign write_request_o = '{address: address_q, bytes: 16'({last_x_q, 2'b0}) + 16'd4};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o   <= 1'b0;
      done_o   <= 1'b0;
      asking_q <= 1'b0;
      open_q   <= '0;
    end else begin
      if (start_i) asking_q <= 1'b1;
      else if (write_ready_i && request_end && (request_pass_q || !depth_i)) asking_q <= 1'b0;
      open_q <= open_q + 8'(write_valid_o && write_ready_i) - 8'(write_done_i);
      done_o <= busy_o && !asking_q && open_q == '0;
      if (start_i) busy_o <= 1'b1;
      else if (!asking_q && open_q == '0) busy_o <= 1'b0;
    end
    if (start_i) begin
      request_y_q     <= '0;
      request_pass_q  <= 1'b0;
      address_q       <= colour_address_i;
      depth_address_q <= depth_address_i;
    end else if (write_valid_o && write_ready_i) begin
      request_y_q    <= request_end ? '0 : request_y_q + 1'b1;
      request_pass_q <= request_pass_q || request_end;
      address_q      <= request_end ? depth_address_q : address_q + {16'b0, stride_i, 2'b0};
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) assert (!rst_ni || !tag_out.valid || push_ready) else $error("a pixel is lost");
`endif
  logic unused;
  assign unused = ^{tile_i, state, alpha, push_ready, count_unused, scaled_q, tag_in, tag_product, tag_total};
endmodule

`default_nettype wire
