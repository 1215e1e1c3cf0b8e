// SPDX-License-Identifier: Apache-2.0
// Samples of a cube on one lane (docs/architecture.md, 2.3): of each covered, alive pixel it takes the range of
// candidate positions from the cube's slabs, and offers the candidates one a cycle, in rising k, marked as samples where
// they lie in an active cell of the cube. A candidate leaves only while `ready_i` promises room for everything that is
// under way; after that nothing holds it back.
// Ranges of the next pixels are made while candidates leave: three cycles a pixel (an axis a cycle), up to `Slots` pixels
// ahead. `start_i` while idle; the cube stays steady until done.
`default_nettype none

module sac_sample
  import sac_config_pkg::*, sac_ray_pkg::*;
#(
  parameter int unsigned Slots = 4
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [LaneWidth-1:0]   lane_i,
  input  wire logic                   start_i,
  input  wire cube_t                  cube_i,
  input  wire logic [1:0]             side_log2_i,
  input  wire logic [11:0]            samples_i,
  input  wire logic                   ready_i,
  output logic                        busy_o,
  output logic                        done_o,       // the last candidate has left
  // Alive pixels of a row by column of the lane; rays.
  output logic [SideWidth-1:0]        row_o,
  input  wire logic [LaneColumns-1:0] alive_i,
  output logic                        line_en_o,
  output logic [LaneWordWidth-1:0]    line_word_o,
  input  wire ray_line_t              line_i,
  output logic                        valid_o,
  output candidate_t                  candidate_o,
  output logic                        visited_o     // counter: a covered, alive pixel
);
  localparam int unsigned SlotWidth = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned CountWidth = $clog2(Slots + 1);
  localparam logic [1:0] NoAxis = 2'd3;
  typedef logic [SlotWidth-1:0] slot_t;
  typedef logic signed [43:0] wide_t;

  // An axis of a pixel on its way.
  typedef struct packed {
    logic [1:0] axis;      // NoAxis: nothing
    slot_t      slot;
  } step_t;

  function automatic slot_t next_slot(input slot_t slot);
    return slot == slot_t'(Slots - 1) ? '0 : slot + 1'b1;
  endfunction

  // Pixels. One takes a slot when its ray is read, and leaves it when its first candidate is in hand.
  logic                  scan_valid, scan_busy, issue;
  logic [SideWidth-1:0]  scan_x, scan_y;
  logic [CountWidth-1:0] used_q;
  slot_t                 tail_q;
  step_t                 bound_q1, bound_q2, bound_q3, place_q7, place_q8, place_q9;
  sac_scan u_scan (
    .clk_i, .rst_ni, .lane_i, .start_i, .disc_i(cube_i.disc), .busy_o(scan_busy), .row_o, .alive_i,
    .valid_o(scan_valid), .ready_i(issue), .x_o(scan_x), .y_o(scan_y)
  );
  assign issue       = scan_valid && used_q != CountWidth'(Slots) && bound_q1.axis[1];  // the last axis, or none
  assign line_en_o   = issue;
  assign line_word_o = lane_word(scan_x, scan_y);
  assign visited_o   = issue;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bound_q1.axis <= NoAxis;
      bound_q2.axis <= NoAxis;
      bound_q3.axis <= NoAxis;
      tail_q        <= '0;
    end else begin
      if (issue) bound_q1 <= '{axis: 2'd0, slot: tail_q};
      else if (bound_q1.axis != NoAxis) bound_q1.axis <= bound_q1.axis + 2'd1;
      bound_q2 <= bound_q1;
      bound_q3 <= bound_q2;
      if (issue) tail_q <= next_slot(tail_q);
    end
  end

  // 1: an axis of the ray, its way to the cube's faces.
  logic [1:0]         axis;
  logic signed [31:0] position [4];
  logic signed [19:0] stride [4];
  logic [17:0]        inverse [4];
  logic [9:0]         origin [4];
  logic signed [28:0] low_face, near_face, far_face;
  logic               down;
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      position[a] = line_i.position[a];
      stride[a]   = line_i.step[a];
      inverse[a]  = line_i.inverse[a];
      origin[a]   = cube_i.origin[a];
    end
    position[3] = line_i.position[2];
    stride[3]   = line_i.step[2];
    inverse[3]  = line_i.inverse[2];
    origin[3]   = cube_i.origin[2];
  end
  assign axis      = bound_q1.axis;
  assign down      = stride[axis] < 0;
  assign low_face  = {1'b0, origin[axis], 18'b0};
  assign near_face = {1'b0, origin[axis] + (down ? 10'd1 << side_log2_i : '0), 18'b0};
  assign far_face  = {1'b0, origin[axis] + (down ? '0 : 10'd1 << side_log2_i), 18'b0};

  // 2: products. 3: floors; the range so far. 4: the range of the pixel.
  logic signed [24:0] near_q, far_q;
  logic signed [18:0] slope_q;
  logic               bounds_q2, bounds_q3, whole_q;
  wide_t              near_p_q, far_p_q;
  logic signed [21:0] near_k, far_k;
  logic signed [22:0] first_q, last_q, first_before, last_before, first_bound, last_bound;
  slot_t              whole_slot_q;
  assign near_k = 22'(near_p_q >>> 22);
  assign far_k  = 22'(far_p_q >>> 22);
  assign first_before = bound_q3.axis == '0 ? '0 : first_q;
  assign last_before  = bound_q3.axis == '0 ? 23'($signed({1'b0, samples_i})) - 23'sd1 : last_q;
  assign first_bound  = 23'(near_k);
  assign last_bound   = 23'(far_k) + 23'sd1;
  always_ff @(posedge clk_i) begin
    near_q    <= 25'((33'(near_face) - 33'(position[axis])) >>> 8);
    far_q     <= 25'((33'(far_face) - 33'(position[axis])) >>> 8);
    slope_q   <= down ? -$signed({1'b0, inverse[axis]}) : $signed({1'b0, inverse[axis]});
    bounds_q2 <= inverse[axis] != '0;
    near_p_q  <= near_q * slope_q;
    far_p_q   <= far_q * slope_q;
    bounds_q3 <= bounds_q2;
    if (bound_q3.axis != NoAxis) begin
      first_q <= bounds_q3 && first_bound > first_before ? first_bound : first_before;
      last_q  <= bounds_q3 && last_bound < last_before ? last_bound : last_before;
    end
    whole_q      <= rst_ni && bound_q3.axis == 2'd2;
    whole_slot_q <= bound_q3.slot;
  end

  // 7: an axis of the step. 8: times the first k. 9: the place of the first candidate relative to the cube.
  logic signed [33:0] place_q [Slots][3];
  logic signed [19:0] step_q [Slots][3];
  logic [11:0]        slot_first_q [Slots], slot_last_q [Slots], held_first_q, factor_q;
  logic [SideWidth-1:0] slot_x_q [Slots], slot_y_q [Slots];
  logic [Slots-1:0]   slot_empty_q;
  logic signed [19:0] step_q8;
  logic signed [32:0] product_q9;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      place_q7.axis <= NoAxis;
      place_q8.axis <= NoAxis;
      place_q9.axis <= NoAxis;
    end else begin
      if (whole_q) place_q7 <= '{axis: 2'd0, slot: whole_slot_q};
      else if (place_q7.axis != NoAxis) place_q7.axis <= place_q7.axis + 2'd1;
      place_q8 <= place_q7;
      place_q9 <= place_q8;
    end
    if (whole_q) held_first_q <= first_q[11:0];
    factor_q   <= held_first_q;
    step_q8    <= place_q7.axis == 2'd0 ? step_q[place_q7.slot][0] :
                  place_q7.axis == 2'd1 ? step_q[place_q7.slot][1] : step_q[place_q7.slot][2];
    product_q9 <= step_q8 * $signed({1'b0, factor_q});
    if (issue) begin
      slot_x_q[tail_q] <= scan_x;
      slot_y_q[tail_q] <= scan_y;
    end
    if (whole_q) begin
      slot_first_q[whole_slot_q] <= first_q[11:0];
      slot_last_q[whole_slot_q]  <= last_q[11:0];
      slot_empty_q[whole_slot_q] <= last_q < first_q;
    end
    for (int a = 0; a < 3; a++) begin
      if (bound_q1.axis == 2'(a)) begin
        place_q[bound_q1.slot][a] <= 34'(position[axis]) - 34'(low_face);
        step_q[bound_q1.slot][a]  <= stride[axis];
      end
      if (place_q9.axis == 2'(a))
        place_q[place_q9.slot][a] <= place_q[place_q9.slot][a] + 34'(product_q9);
    end
  end

  // Slots: all in use, and those whose places are known.
  logic [CountWidth-1:0] known_q;
  slot_t                 head_q;
  logic                  known, taken, dropped, walk_q, walk_end;
  assign known   = place_q9.axis == 2'd2;
  assign taken   = known_q != '0 && !slot_empty_q[head_q] && (!walk_q || walk_end);
  assign dropped = known_q != '0 && slot_empty_q[head_q];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      used_q  <= '0;
      known_q <= '0;
      head_q  <= '0;
      walk_q  <= 1'b0;
    end else begin
      used_q  <= used_q + CountWidth'(issue) - CountWidth'(taken || dropped);
      known_q <= known_q + CountWidth'(known) - CountWidth'(taken || dropped);
      if (taken || dropped) head_q <= next_slot(head_q);
      walk_q <= taken || (walk_q && !walk_end);
    end
  end

  // Candidates.
  logic signed [33:0]   walk_place_q [3];
  logic signed [19:0]   walk_step_q [3];
  logic [11:0]          k_q, k_last_q;
  logic                 first_candidate_q;
  logic [SideWidth-1:0] x_q, y_q;
  assign walk_end = valid_o && k_q == k_last_q;
  assign valid_o  = walk_q && ready_i;
  always_ff @(posedge clk_i) begin
    if (taken) begin
      for (int a = 0; a < 3; a++) begin
        walk_place_q[a] <= place_q[head_q][a];
        walk_step_q[a]  <= step_q[head_q][a];
      end
      k_q      <= slot_first_q[head_q];
      k_last_q <= slot_last_q[head_q];
      x_q      <= slot_x_q[head_q];
      y_q      <= slot_y_q[head_q];
      first_candidate_q <= 1'b1;
    end else if (valid_o) begin
      for (int a = 0; a < 3; a++) walk_place_q[a] <= walk_place_q[a] + 34'(walk_step_q[a]);
      k_q <= k_q + 12'd1;
      first_candidate_q <= 1'b0;
    end
  end

  logic [2:0]      inside_cube;
  logic [8:0]      mask_bit;
  logic [2:0][2:0] cell_of;
  logic [511:0]    mask;
  assign mask = 512'(cube_i.mask);
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      cell_of[a]     = walk_place_q[a][20:18];
      inside_cube[a] = walk_place_q[a] >= 0 && (walk_place_q[a] >>> (5'd18 + 5'(side_log2_i))) == '0;
      candidate_o.fraction[a] = walk_place_q[a][17:10];
    end
    mask_bit = 9'(cell_of[0]) | 9'(cell_of[1]) << side_log2_i | 9'(cell_of[2]) << {side_log2_i, 1'b0};
    candidate_o.hit   = inside_cube == '1 && mask[mask_bit];
    candidate_o.first = first_candidate_q;
    candidate_o.last  = k_q == k_last_q;
    candidate_o.x     = x_q;
    candidate_o.y     = y_q;
    candidate_o.k     = k_q;
    candidate_o.place = cell_of;
  end

  // The cube is done when nothing of it is left.
  logic active;
  assign active = scan_busy || used_q != '0 || walk_q;
  always_ff @(posedge clk_i) begin
    busy_o <= rst_ni && (start_i || (busy_o && active));
    done_o <= rst_ni && busy_o && !active;
  end

  logic unused;
  assign unused = ^{first_q[22:12], last_q[22:12], mask};
endmodule

`default_nettype wire
