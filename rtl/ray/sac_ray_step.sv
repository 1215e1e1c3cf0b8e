// SPDX-License-Identifier: Apache-2.0
// Direction vectors of a tile's pixels (docs/architecture.md, section 2), row by row: v(i,j) = v0 + i*vx + j*vy. After
// `start_i` the corner is made by shifting and adding (16 cycles), then every vector is an addition away from the one
// before; one leaves a cycle at most (valid/ready). `tile_i` holds until the last has left.
`default_nettype none

module sac_ray_step
  import sac_ray_pkg::*, sac_spec_pkg::camera_record_t;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire camera_record_t camera_i,
  input  wire logic           start_i,
  input  wire tile_t          tile_i,
  output logic                valid_o,
  input  wire logic           ready_i,
  output logic [2:0][31:0]    v_o
);
  localparam int unsigned CornerBits = 15;  // of a pixel number

  logic [3:0]           corner_q;           // bits of the corner that are still to be added, and v0
  logic                 corner_busy_q, last_x, last_y;
  logic [SideWidth-1:0] x_q, y_q;
  logic [2:0][31:0]     v0, vx, vy, row_q, row_next;

  assign v0 = {camera_i.v0_z, camera_i.v0_y, camera_i.v0_x};
  assign vx = {camera_i.vx_z, camera_i.vx_y, camera_i.vx_x};
  assign vy = {camera_i.vy_z, camera_i.vy_y, camera_i.vy_x};
  assign last_x = x_q == tile_i.last_x;
  assign last_y = y_q == tile_i.last_y;

  // The corner grows in `row_q`, highest bit first.
  logic bit_x, bit_y;
  assign bit_x = tile_i.x[corner_q - 4'd1];
  assign bit_y = tile_i.y[corner_q - 4'd1];
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      if (!corner_busy_q) row_next[a] = row_q[a] + vy[a];
      else if (corner_q == '0) row_next[a] = row_q[a] + v0[a];
      else row_next[a] = {row_q[a][30:0], 1'b0} + (bit_x ? vx[a] : '0) + (bit_y ? vy[a] : '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_o       <= 1'b0;
      corner_busy_q <= 1'b0;
    end else if (start_i) begin
      corner_busy_q <= 1'b1;
    end else if (corner_busy_q && corner_q == '0) begin
      corner_busy_q <= 1'b0;
      valid_o       <= 1'b1;
    end else if (valid_o && ready_i && last_x && last_y) begin
      valid_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      corner_q <= 4'(CornerBits);
      row_q    <= '0;
    end else if (corner_busy_q) begin
      corner_q <= corner_q - 4'd1;
      row_q    <= row_next;
      v_o      <= row_next;
      x_q      <= '0;
      y_q      <= '0;
    end else if (valid_o && ready_i) begin
      x_q <= last_x ? '0 : x_q + 1'b1;
      for (int a = 0; a < 3; a++) v_o[a] <= last_x ? row_next[a] : v_o[a] + vx[a];
      if (last_x) begin
        y_q   <= y_q + 1'b1;
        row_q <= row_next;
      end
    end
  end

  logic unused;
  assign unused = ^camera_i;
endmodule

`default_nettype wire
