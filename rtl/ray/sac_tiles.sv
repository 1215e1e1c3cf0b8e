// SPDX-License-Identifier: Apache-2.0
// The tiles of a RENDER in order, row by row over its rectangle: where one lies, its context (its number mod 2), whether
// it is the last. `start_i` goes to the first, `next_i` to the next. Each stage of the render pipeline counts its own.
`default_nettype none

module sac_tiles
  import sac_config_pkg::*, sac_ray_pkg::*, sac_spec_pkg::render_command_t;
(
  input  wire logic            clk_i,
  input  wire render_command_t command_i,
  input  wire logic            start_i,
  input  wire logic            next_i,
  output tile_t                tile_o,
  output logic                 context_o,
  output logic                 last_o,
  output logic [31:0]          offset_o   // bytes from the rectangle's first pixel to the tile's
);
  logic [13:0] x_q, y_q, width_left, height_left;  // within the rectangle
  logic [31:0] row_offset_q;
  logic        last_column, last_row;

  assign width_left    = command_i.width - x_q;
  assign height_left   = command_i.height - y_q;
  assign last_column   = 32'(width_left) <= Tile;
  assign last_row      = 32'(height_left) <= Tile;
  assign last_o        = last_column && last_row;
  assign tile_o.x      = 15'(command_i.x) + 15'(x_q);
  assign tile_o.y      = 15'(command_i.y) + 15'(y_q);
  assign tile_o.last_x = last_column ? SideWidth'(width_left - 14'd1) : SideWidth'(Tile - 1);
  assign tile_o.last_y = last_row ? SideWidth'(height_left - 14'd1) : SideWidth'(Tile - 1);
  assign offset_o      = row_offset_q + {16'b0, x_q, 2'b0};

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      x_q          <= '0;
      y_q          <= '0;
      row_offset_q <= '0;
      context_o    <= 1'b0;
    end else if (next_i) begin
      context_o <= !context_o;
      x_q       <= last_column ? '0 : x_q + 14'(Tile);
      if (last_column) begin
        y_q          <= y_q + 14'(Tile);
        row_offset_q <= row_offset_q + 32'({command_i.stride, 2'b0}) * 32'(Tile);
      end
    end
  end

  logic unused;
  assign unused = ^command_i;
endmodule

`default_nettype wire
