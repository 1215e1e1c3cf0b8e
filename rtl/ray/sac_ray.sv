// SPDX-License-Identifier: Apache-2.0
// Ray set-up (docs/architecture.md, section 2): from `start_i` on, the rays of a tile leave one after the other, row by
// row, as `valid_o` pulses; `done_o` follows the last. A stepper hands direction vectors to `Units` units, one a cycle at
// most; a unit works for a fixed time, so that rays leave in the order in which they were handed out, one a cycle at
// most. About 43 / Units cycles a ray. `tile_i` holds until `done_o`.
`default_nettype none

module sac_ray
  import sac_ray_pkg::*, sac_spec_pkg::scene_record_t, sac_spec_pkg::camera_record_t;
#(
  parameter int unsigned Units = sac_config_pkg::RayUnits
) (
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire scene_record_t  scene_i,
  input  wire camera_record_t camera_i,
  input  wire logic           start_i,
  input  wire tile_t          tile_i,
  output logic                busy_o,
  output logic                done_o,
  output logic                valid_o,
  output logic [sac_colour_pkg::PixelWidth-1:0] pixel_o,
  output logic [SideWidth-1:0] x_o,
  output logic [SideWidth-1:0] y_o,
  output ray_line_t           line_o,
  output sac_colour_pkg::view_t view_o,
  output ray_depth_t          depth_o
);
  localparam int unsigned PixelWidth = sac_colour_pkg::PixelWidth;

  logic                  v_valid;
  logic [2:0][31:0]      v;
  logic [Units-1:0]      ready, grant, emit;
  ray_line_t             line [Units], line_d;
  sac_colour_pkg::view_t view [Units], view_d;
  ray_depth_t            depth [Units], depth_d;

  sac_ray_step u_step (
    .clk_i, .rst_ni, .camera_i, .start_i(start_i && !busy_o), .tile_i, .valid_o(v_valid), .ready_i(ready != '0), .v_o(v)
  );

  // The lowest unit that is ready takes the vector.
  assign grant = v_valid ? ready & (~ready + 1'b1) : '0;
  for (genvar i = 0; i < int'(Units); i++) begin : gen_unit
    sac_ray_unit u_unit (
      .clk_i, .rst_ni, .scene_i, .camera_i, .valid_i(grant[i]), .ready_o(ready[i]), .v_i(v),
      .valid_o(emit[i]), .line_o(line[i]), .view_o(view[i]), .depth_o(depth[i])
    );
  end

  always_comb begin
    line_d  = '0;
    view_d  = '0;
    depth_d = '0;
    for (int i = 0; i < int'(Units); i++)
      if (emit[i]) begin
        line_d  = line_d | line[i];
        view_d  = view_d | view[i];
        depth_d = depth_d | depth[i];
      end
  end

  // Pixels are counted where they leave.
  logic                  last_x, last_y;
  logic [PixelWidth-1:0] row_pixel_q;
  assign last_x = x_o == tile_i.last_x;
  assign last_y = y_o == tile_i.last_y;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o  <= 1'b0;
      done_o  <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      valid_o <= emit != '0;
      done_o  <= valid_o && last_x && last_y;
      if (!busy_o) busy_o <= start_i;
      else if (valid_o && last_x && last_y) busy_o <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    line_o  <= line_d;
    view_o  <= view_d;
    depth_o <= depth_d;
    if (!busy_o) begin
      x_o         <= '0;
      y_o         <= '0;
      pixel_o     <= '0;
      row_pixel_q <= '0;
    end else if (valid_o) begin
      x_o     <= last_x ? '0 : x_o + 1'b1;
      pixel_o <= last_x ? row_pixel_q + PixelWidth'(sac_config_pkg::Tile) : pixel_o + 1'b1;
      if (last_x) begin
        y_o         <= y_o + 1'b1;
        row_pixel_q <= row_pixel_q + PixelWidth'(sac_config_pkg::Tile);
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    assert (!rst_ni || (emit & (emit - 1'b1)) == '0) else $error("two rays leave in one cycle");
`endif
endmodule

`default_nettype wire
