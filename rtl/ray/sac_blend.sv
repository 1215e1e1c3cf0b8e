// SPDX-License-Identifier: Apache-2.0
// Blending (docs/architecture.md, section 4): colours of a batch, unloaded row by row, go through the sigmoid table and
// are added, weighted, to the sums of their pixels; the last colour of a pixel is kept. One row after the other, so
// that neighbours of one pixel never meet. `clear_i` zeroes the tile (one pixel a cycle), `cleared_o` pulses at its end.
`default_nettype none

module sac_blend
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                           clk_i,
  input  wire logic                           rst_ni,
  input  wire table_word_t                    table_word_i,
  input  wire table_control_t                 table_control_i,
  input  wire logic                           clear_i,
  output logic                                cleared_o,
  input  wire logic                           start_i,
  input  wire logic [RowWidth:0]              rows_i,       // entries of the batch, steady until done
  output logic                                done_o,
  output logic [RowWidth-1:0]                 row_o,        // whose pixel and weight are asked for
  input  wire logic [PixelWidth-1:0]          pixel_i,
  input  wire logic [16:0]                    weight_i,
  output unload_t                             unload_o,
  input  wire logic [WordWidth-1:0]           unload_data_i,
  // Write-back, while no batch is under way: two cycles later.
  input  wire logic                           read_i,
  input  wire logic [PixelWidth-1:0]          read_pixel_i,
  output pixel_colour_t                       pixel_o
);
  typedef enum logic [3:0] {StIdle, StClear, StUnload, StWord0, StWord1, StLookup, StColours, StAdd, StStore} state_e;

  state_e                state_q;
  logic [PixelWidth-1:0] clear_q;
  logic [RowWidth-1:0]   row_q;
  logic [1:0]            channel_q, arrived_q;
  logic [2:0][15:0]      outputs_q, colour_q;
  pixel_colour_t         stored, made_q;
  logic                  sigmoid_valid, clear_last;
  logic signed [39:0]    sigmoid;

  assign clear_last = 32'(clear_q) == Tile * Tile - 1;
  assign row_o    = row_q;
  assign unload_o = '{valid: state_q == StUnload, slot: 1'b1, row: row_q};

  sac_lookup #(.Target(sac_spec_pkg::TARGET_SIGMOID), .InputWidth(16)) u_sigmoid (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(state_q == StLookup), .x_i(outputs_q[0]),
    .valid_o(sigmoid_valid), .y_o(sigmoid)
  );

  logic                  write;
  logic [PixelWidth-1:0] write_pixel, read_pixel;
  assign write       = state_q == StClear || state_q == StStore;
  assign write_pixel = state_q == StClear ? clear_q : pixel_i;
  assign read_pixel  = read_i ? read_pixel_i : pixel_i;
  sac_ram #(.Width($bits(pixel_colour_t)), .Words(Tile * Tile)) u_colour (
    .clk_i, .write_en_i(write), .write_address_i(write_pixel), .write_data_i(state_q == StClear ? '0 : made_q),
    .read_en_i(read_i || state_q == StColours), .read_address_i(read_pixel), .read_data_o(stored)
  );
  always_ff @(posedge clk_i) pixel_o <= stored;

  always_ff @(posedge clk_i) begin
    if (state_q == StWord1) outputs_q <= unload_data_i[47:0];
    else if (state_q == StLookup) outputs_q <= {16'b0, outputs_q[2:1]};
    if (sigmoid_valid)
      colour_q <= {sigmoid < 0 ? 16'd0 : sigmoid > 40'sd65535 ? 16'hffff : sigmoid[15:0], colour_q[2:1]};
    if (state_q == StUnload) arrived_q <= '0;
    else if (sigmoid_valid) arrived_q <= arrived_q + 2'd1;
    channel_q <= state_q == StLookup ? channel_q + 2'd1 : '0;
    made_q.coloured <= 1'b1;
    made_q.last     <= colour_q;
    for (int ch = 0; ch < 3; ch++) made_q.sum[ch] <= stored.sum[ch] + 33'(weight_i) * 33'(colour_q[ch]);
    clear_q <= state_q == StClear ? clear_q + 1'b1 : '0;
    if (state_q == StIdle) row_q <= '0;
    else if (state_q == StStore) row_q <= row_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      done_o    <= 1'b0;
      cleared_o <= 1'b0;
    end else begin
      done_o    <= 1'b0;
      cleared_o <= state_q == StClear && clear_last;
      unique case (state_q)
        StIdle:    if (clear_i) state_q <= StClear; else if (start_i) state_q <= StUnload;
        StClear:   if (clear_last) state_q <= StIdle;
        StUnload:  state_q <= StWord0;
        StWord0:   state_q <= StWord1;
        StWord1:   state_q <= StLookup;
        StLookup:  if (channel_q == 2'd2) state_q <= StColours;
        StColours: if (arrived_q == 2'd3) state_q <= StAdd;
        StAdd:     state_q <= StStore;
        StStore: begin
          state_q <= 32'(row_q) == 32'(rows_i) - 1 ? StIdle : StUnload;
          done_o  <= 32'(row_q) == 32'(rows_i) - 1;
        end
        default:   state_q <= StIdle;
      endcase
    end
  end
  logic unused;
  assign unused = ^unload_data_i;
endmodule

`default_nettype wire
