// SPDX-License-Identifier: Apache-2.0
// Write-back of a tile (docs/architecture.md, section 4): colour rows, then depth rows if asked. A pixel takes a few
// cycles: its compositing state, colour sums and ray are read, the rest of the carried weight goes to the last colour,
// what is clear to the background, and one rounding makes 8 bits. One request a row.
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
  // State of a pixel: compositing and ray one cycle later, colour `ColourLatency` cycles later.
  output logic                         read_o,
  output logic [PixelWidth-1:0]        pixel_o,
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

  typedef enum logic [3:0] {StIdle, StRequest, StRead, StWait, StSum, StScale, StRound, StPut, StSend, StAnswers} state_e;

  state_e               state_q;
  logic                 pass_q;               // 0 colour, 1 depth
  logic [SideWidth-1:0] x_q, y_q;
  logic [31:0]          row_address_q;
  logic [7:0]           open_q;               // rows not answered
  logic [1:0]           channel_q, wait_q;
  logic [BeatWidth-1:0] place_q;
  logic                 row_end, all_end;
  logic                 finished_q;           // the last pixel of the last pass has been put

  assign row_end = x_q == tile_i.last_x;
  assign all_end = row_end && y_q == tile_i.last_y;
  assign busy_o  = state_q != StIdle;
  assign read_o  = state_q == StRead;
  assign pixel_o = PixelWidth'(PixelWidth'(y_q) * PixelWidth'(Tile)) + PixelWidth'(x_q);
  assign write_valid_o   = state_q == StRequest;
  assign write_request_o = '{address: row_address_q, bytes: 16'({tile_i.last_x, 2'b0}) + 16'd4};
  assign written_o       = state_q == StPut && !pass_q;

  // Sums, then 8 bits, a channel at a time.
  logic [16:0] opaque, behind, left;
  logic [33:0] total_q;
  logic [41:0] scaled_q;
  logic [7:0]  background;
  logic [31:0] word_q;
  logic [48:0] entry_part, depth_sum;
  assign opaque     = 17'd65536 - state_i.clear;
  assign left       = colour_i.coloured ? state_i.carried : '0;
  assign behind     = state_i.clear + (colour_i.coloured ? '0 : state_i.carried);
  assign background = background_i[8*channel_q +: 8];
  assign entry_part = 49'(ray_i.k_in) * 49'(opaque);
  assign depth_sum  = entry_part + {9'b0, state_i.depth, 12'b0};

  logic [24:0] alpha;
  logic [41:0] rounded;
  assign alpha   = 25'(opaque) * 25'd255 + 25'd32768;
  assign rounded = scaled_q + 42'h80000000;

  always_ff @(posedge clk_i) begin
    if (state_q == StSum)
      total_q <= 34'(colour_i.sum[channel_q]) + 34'(left) * 34'(colour_i.last[channel_q]) +
                 34'(behind) * (34'(background) * 34'd257);
    if (state_q == StScale) scaled_q <= 42'(total_q) * 42'd255;
    if (state_q == StRound) begin
      if (pass_q) begin
        word_q <= ray_i.hit ? 32'(depth_sum >> 16) : '0;
      end else begin
        for (int ch = 0; ch < 3; ch++)
          if (channel_q == 2'(ch)) word_q[8*ch +: 8] <= rounded[41:40] != '0 ? 8'hff : rounded[39:32];
        word_q[31:24] <= alpha[23:16];
      end
    end
  end

  logic [BeatPixels-1:0][31:0] beat_q;
  assign write_data_o       = beat_q;
  assign write_data_valid_o = state_q == StSend;

  always_ff @(posedge clk_i) begin
    if (state_q == StPut) begin
      if (place_q == '0) beat_q <= '0;
      beat_q[place_q] <= word_q;
    end
    if (state_q == StRequest) place_q <= '0;
    else if (state_q == StPut) place_q <= 32'(place_q) == BeatPixels - 1 ? '0 : place_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o  <= 1'b0;
      open_q  <= '0;
    end else begin
      done_o <= 1'b0;
      open_q <= open_q + 8'(write_valid_o && write_ready_i) - 8'(write_done_i);
      unique case (state_q)
        StIdle:    if (start_i) state_q <= StRequest;
        StRequest: if (write_ready_i) state_q <= StRead;
        StRead:    state_q <= StWait;
        StWait:    if (wait_q == 2'd3) state_q <= StSum;
        StSum:     state_q <= StScale;
        StScale:   state_q <= StRound;
        StRound:   state_q <= pass_q || channel_q == 2'd2 ? StPut : StSum;
        StPut:     state_q <= row_end || 32'(place_q) == BeatPixels - 1 ? StSend : StRead;
        StSend:
          if (write_data_ready_i)
            state_q <= x_q != '0 ? StRead : finished_q ? StAnswers : StRequest;
        StAnswers: if (open_q == '0) begin
          state_q <= StIdle;
          done_o  <= 1'b1;
        end
        default:   state_q <= StIdle;
      endcase
    end
  end

  // Pixel, row and pass in hand move on when a pixel has been put.
  always_ff @(posedge clk_i) begin
    wait_q <= state_q == StWait ? wait_q + 2'd1 : '0;
    if (state_q == StRead) channel_q <= '0;
    else if (state_q == StRound) channel_q <= channel_q + 2'd1;
    if (state_q == StIdle) begin
      x_q           <= '0;
      y_q           <= '0;
      pass_q        <= 1'b0;
      finished_q   <= 1'b0;
      row_address_q <= colour_address_i;
    end else if (state_q == StPut) begin
      x_q <= row_end ? '0 : x_q + 1'b1;
      if (row_end) begin
        y_q           <= all_end ? '0 : y_q + 1'b1;
        row_address_q <= all_end ? depth_address_i : row_address_q + {16'b0, stride_i, 2'b0};
      end
      if (all_end) begin
        pass_q      <= 1'b1;
        finished_q <= pass_q || !depth_i;
      end
    end
  end

  logic unused;
  assign unused = ^{alpha, rounded, depth_sum, tile_i, state_i};
endmodule

`default_nettype wire
