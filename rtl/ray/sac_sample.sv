// SPDX-License-Identifier: Apache-2.0
// Samples of a cube (docs/architecture.md, 2.3): visits the covered, alive pixels of the cube's rectangle row by row;
// of each it takes the range of candidate positions from the cube's slabs, and offers the candidates one a cycle, in
// rising k, marked as samples where they lie in an active cell of the cube. A candidate leaves only while `ready_i`
// promises room for everything that is under way; after that nothing holds it back.
`default_nettype none

module sac_sample
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::PixelWidth;
(
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  start_i,
  input  wire cube_t                 cube_i,       // steady until done
  input  wire logic [1:0]            side_log2_i,
  input  wire logic [11:0]           samples_i,
  input  wire logic                  ready_i,
  output logic                       busy_o,
  output logic                       done_o,       // the last candidate has left
  // Alive pixels of a row, rays.
  output logic [SideWidth-1:0]       row_o,
  input  wire logic [Tile-1:0]       alive_i,
  output logic                       line_en_o,
  output logic [PixelWidth-1:0]      line_pixel_o,
  input  wire ray_line_t             line_i,
  output logic                       valid_o,
  output candidate_t                 candidate_o,
  // Counters.
  output logic                       tested_o,     // a pixel of the rectangle
  output logic                       visited_o     // a covered, alive pixel
);
  typedef enum logic [3:0] {StIdle, StScan, StRead, StRange, StFirst, StPlace, StStart, StWalk, StNext} state_e;
  typedef logic signed [43:0] wide_t;

  state_e               state_q;
  logic [SideWidth-1:0] x_q, y_q;
  logic signed [31:0]   du_q, dv_q;
  logic signed [59:0]   excess_q, row_excess_q;
  logic [2:0]           step_q;                    // of the range and place programs: axis and pipeline
  logic                 covered, row_end, all_end;
  logic [PixelWidth-1:0] pixel;

  assign row_o   = y_q;
  assign pixel   = PixelWidth'(PixelWidth'(y_q) * PixelWidth'(Tile)) + PixelWidth'(x_q);
  assign covered = alive_i[x_q] && (cube_i.disc.whole || excess_q <= 0);
  assign row_end = x_q == cube_i.disc.x1;
  assign all_end = row_end && y_q == cube_i.disc.y1;
  assign line_en_o    = state_q == StScan && covered;
  assign line_pixel_o = pixel;
  assign tested_o  = (state_q == StScan && !covered) || line_en_o;
  assign visited_o = line_en_o;
  assign busy_o    = state_q != StIdle;

  // Scan of the rectangle: the distances grow by 256 a pixel, their squares by additions.
  logic advance;
  assign advance = (state_q == StScan && !covered) || state_q == StNext;
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      x_q          <= cube_i.disc.x0;
      y_q          <= cube_i.disc.y0;
      du_q         <= 32'($signed(cube_i.disc.du));
      dv_q         <= 32'($signed(cube_i.disc.dv));
      excess_q     <= $signed(cube_i.disc.excess);
      row_excess_q <= $signed(cube_i.disc.excess);
    end else if (advance) begin
      if (row_end) begin
        x_q          <= cube_i.disc.x0;
        y_q          <= y_q + 1'b1;
        du_q         <= 32'($signed(cube_i.disc.du));
        dv_q         <= dv_q + 32'sd256;
        excess_q     <= row_excess_q + (60'(dv_q) <<< 9) + 60'sd65536;
        row_excess_q <= row_excess_q + (60'(dv_q) <<< 9) + 60'sd65536;
      end else begin
        x_q      <= x_q + 1'b1;
        du_q     <= du_q + 32'sd256;
        excess_q <= excess_q + (60'(du_q) <<< 9) + 60'sd65536;
      end
    end
  end

  // One axis a step through two multipliers: slab bounds, then the first position.
  logic signed [31:0] position [3];
  logic signed [19:0] stride [3];
  logic [17:0]        inverse [3];
  logic signed [28:0] low_face [3], high_face [3];
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      position[a]  = line_i.position[a];
      stride[a]    = line_i.step[a];
      inverse[a]   = line_i.inverse[a];
      low_face[a]  = {1'b0, cube_i.origin[a], 18'b0};
      high_face[a] = {1'b0, cube_i.origin[a] + (10'd1 << side_log2_i), 18'b0};
    end
  end

  logic [1:0]         axis, axis_q;
  logic               down, bound_q, second_q;
  logic signed [24:0] near_q, far_q, near_way, far_way;
  logic signed [18:0] slope_q;
  wide_t              near_p_q, far_p_q;
  logic signed [21:0] near_k, far_k;
  logic signed [22:0] first_q, last_q;
  assign axis = step_q[1:0];
  assign down = stride[axis] < 0;
  logic signed [28:0] near_face, far_face;
  assign near_face = down ? high_face[axis] : low_face[axis];
  assign far_face  = down ? low_face[axis] : high_face[axis];
  assign near_way = 25'((33'(near_face) - 33'(position[axis])) >>> 8);
  assign far_way  = 25'((33'(far_face) - 33'(position[axis])) >>> 8);
  assign near_k = 22'(near_p_q >>> 22);
  assign far_k  = 22'(far_p_q >>> 22);

  always_ff @(posedge clk_i) begin
    near_q   <= near_way;
    far_q    <= far_way;
    slope_q  <= down ? -$signed({1'b0, inverse[axis]}) : $signed({1'b0, inverse[axis]});
    bound_q  <= state_q == StRange && axis != 2'd3 && inverse[axis] != '0;
    near_p_q <= near_q * slope_q;
    far_p_q  <= far_q * slope_q;
    second_q <= bound_q;
    if (state_q == StRead) begin
      first_q <= '0;
      last_q  <= 23'($signed({1'b0, samples_i})) - 23'sd1;
    end else if (second_q) begin
      if (23'(near_k) > first_q) first_q <= 23'(near_k);
      if (23'(far_k) + 23'sd1 < last_q) last_q <= 23'(far_k) + 23'sd1;
    end
  end

  // Places relative to the cube.
  logic signed [33:0] place_q [3];
  logic [11:0]        k_q;
  logic signed [32:0] product_q;
  always_ff @(posedge clk_i) begin
    axis_q    <= axis;
    product_q <= stride[axis] * $signed({1'b0, first_q[11:0]});
    if (state_q == StPlace) begin
      for (int a = 0; a < 3; a++)
        if (axis_q == 2'(a)) place_q[a] <= 34'(position[a]) + 34'(product_q) - 34'(low_face[a]);
    end else if (valid_o) begin
      for (int a = 0; a < 3; a++) place_q[a] <= place_q[a] + 34'(stride[a]);
    end
    if (state_q == StStart) k_q <= first_q[11:0];
    else if (valid_o) k_q <= k_q + 12'd1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o  <= 1'b0;
    end else begin
      done_o <= 1'b0;
      step_q <= step_q + 3'd1;
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StScan;
        StScan:
          if (line_en_o) begin
            state_q <= StRead;
          end else if (!covered && all_end) begin
            state_q <= StIdle;
            done_o  <= 1'b1;
          end
        StRead: begin
          state_q <= StRange;
          step_q  <= '0;
        end
        StRange: if (step_q == 3'd5) state_q <= StFirst;
        StFirst: begin
          state_q <= last_q < first_q ? StNext : StPlace;
          step_q  <= '0;
        end
        StPlace: if (step_q == 3'd4) state_q <= StStart;
        StStart: state_q <= StWalk;
        StWalk:  if (ready_i && 23'($signed({1'b0, k_q})) == last_q) state_q <= StNext;
        StNext: begin
          state_q <= all_end ? StIdle : StScan;
          done_o  <= all_end;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  // Candidates.
  logic [2:0]        inside_cube;
  logic [8:0]        mask_bit;
  logic [2:0][2:0]   cell_of;
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      cell_of[a]     = place_q[a][20:18];
      inside_cube[a] = place_q[a] >= 0 && (place_q[a] >>> (5'd18 + 5'(side_log2_i))) == '0;
    end
    mask_bit = 9'(cell_of[0]) | 9'(cell_of[1]) << side_log2_i | 9'(cell_of[2]) << {side_log2_i, 1'b0};
  end
  assign valid_o = state_q == StWalk && ready_i;
  logic [511:0] mask;
  assign mask = 512'(cube_i.mask);
  assign candidate_o.hit   = inside_cube == '1 && mask[mask_bit];
  assign candidate_o.first = 23'($signed({1'b0, k_q})) == first_q;
  assign candidate_o.last  = 23'($signed({1'b0, k_q})) == last_q;
  assign candidate_o.pixel = pixel;
  assign candidate_o.k     = k_q;
  assign candidate_o.place = cell_of;
  always_comb for (int a = 0; a < 3; a++) candidate_o.fraction[a] = place_q[a][17:10];
endmodule

`default_nettype wire
