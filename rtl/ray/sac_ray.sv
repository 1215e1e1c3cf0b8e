// SPDX-License-Identifier: Apache-2.0
// Ray set-up (docs/architecture.md, section 2): from `start_i` on, the rays of a tile leave one after the other, row by
// row, as `valid_o` pulses; `done_o` follows the last. One multiplier, one square root and a divider an axis work
// through a fixed program of steps; a step's product can be taken two steps later. About 135 cycles a ray.
`default_nettype none

module sac_ray
  import sac_ray_pkg::*, sac_spec_pkg::scene_record_t, sac_spec_pkg::camera_record_t;
(
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
  // Steps of the program.
  localparam logic [5:0] Squares = 6'd0, Root = 6'd5, RootWait = 6'd6, Divide = 6'd7, DivideWait = 6'd8,
      Signs = 6'd9, Views = 6'd10, Steps = 6'd13, Inverse = 6'd18, InverseWait = 6'd19, Faces = 6'd20, Enter = 6'd28,
      Positions = 6'd29, Emit = 6'd34, Corner = 6'd40, CornerEnd = 6'd48;
  localparam int unsigned PixelWidth = sac_colour_pkg::PixelWidth;

  typedef logic signed [33:0] operand_t;
  typedef logic signed [31:0] word_t;
  typedef logic signed [47:0] reach_t;

  logic [5:0]           step_q;
  logic [PixelWidth-1:0] row_pixel_q;
  word_t                v_q [3], row_q [3];
  word_t                v0 [3], vx [3], vy [3], og [3];
  logic [9:0]           vertices [3];
  logic [31:0]          c [3];
  operand_t             a, b, a_q, b_q;
  logic signed [67:0]   p_q;
  logic [55:0]          squares_q;
  logic [27:0]          root;
  logic                 root_busy_unused, root_done;
  logic [2:0]           busy_unused, divide_done, overflow;
  logic [32:0]          quotient [3];
  logic signed [26:0]   d_q [3];
  logic signed [32:0]   d28_q [3];
  logic [32:0]          size [3];
  logic [31:0]          k_in_q;
  reach_t               enter_q, exit_q, reach;
  logic [2:0]           constrained;

  assign v0 = '{camera_i.v0_x, camera_i.v0_y, camera_i.v0_z};
  assign vx = '{camera_i.vx_x, camera_i.vx_y, camera_i.vx_z};
  assign vy = '{camera_i.vy_x, camera_i.vy_y, camera_i.vy_z};
  assign og = '{camera_i.og_x, camera_i.og_y, camera_i.og_z};
  assign c = '{scene_i.step_x, scene_i.step_y, scene_i.step_z};
  assign vertices = '{scene_i.gx, scene_i.gy, scene_i.gz};

  // Sequence.
  logic waiting, last_x, last_y;
  assign waiting = (step_q == RootWait && !root_done) ||
                   ((step_q == DivideWait || step_q == InverseWait) && !divide_done[0]);
  assign last_x  = x_o == tile_i.last_x;
  assign last_y  = y_o == tile_i.last_y;
  assign valid_o = busy_o && step_q == Emit;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      done_o <= 1'b0;
      step_q <= Squares;
    end else begin
      done_o <= valid_o && last_x && last_y;
      if (!busy_o) begin
        busy_o <= start_i;
        step_q <= Corner;
      end else if (valid_o) begin
        step_q <= Squares;
        busy_o <= !(last_x && last_y);
      end else if (step_q == CornerEnd) begin
        step_q <= Squares;
      end else if (!waiting) begin
        step_q <= step_q + 6'd1;
      end
    end
  end

  // Pixels, and directions by addition.
  always_ff @(posedge clk_i) begin
    if (!busy_o) begin
      x_o         <= '0;
      y_o         <= '0;
      pixel_o     <= '0;
      row_pixel_q <= '0;
      row_q       <= v0;
    end else if (step_q > Corner + 6'd1 && step_q < CornerEnd) begin
      for (int i = 0; i < 3; i++)
        if (step_q == Corner + 6'd2 + 6'(i) || step_q == Corner + 6'd5 + 6'(i)) row_q[i] <= row_q[i] + p_q[31:0];
    end else if (step_q == CornerEnd) begin
      v_q <= row_q;
    end else if (valid_o) begin
      x_o     <= last_x ? '0 : x_o + 1'b1;
      pixel_o <= last_x ? row_pixel_q + PixelWidth'(sac_config_pkg::Tile) : pixel_o + 1'b1;
      for (int i = 0; i < 3; i++) v_q[i] <= last_x ? row_q[i] + vy[i] : v_q[i] + vx[i];
      if (last_x) begin
        y_o         <= y_o + 1'b1;
        row_pixel_q <= row_pixel_q + PixelWidth'(sac_config_pkg::Tile);
        for (int i = 0; i < 3; i++) row_q[i] <= row_q[i] + vy[i];
      end
    end
  end

  // Faces of the box along an axis, seen along the ray: distances .10 with the ray's sign.
  function automatic operand_t distance(input logic far, input logic negative, input logic [9:0] count,
                                        input word_t origin);
    logic signed [35:0] face;
    logic signed [27:0] gap;
    face = (far != negative) ? 36'({count - 10'd1, 18'b0}) : '0;
    gap  = 28'((face - (36'(origin) <<< 3)) >>> 8);
    return negative ? -34'(gap) : 34'(gap);
  endfunction

  // Operands.
  always_comb begin
    a = '0;
    b = '0;
    for (int i = 0; i < 3; i++) begin
      if (step_q == Squares + 6'(i)) begin
        a = 34'(v_q[i]) >>> 5;
        b = a;
      end
      if (step_q == Views + 6'(i)) begin
        a = 34'(d_q[i]);
        b = 34'sd10680707;
      end
      if (step_q == Steps + 6'(i)) begin
        a = 34'(d_q[i]);
        b = $signed({2'b0, c[i]});
      end
      if (step_q == Faces + 6'(2*i) || step_q == Faces + 6'(2*i+1)) begin
        a = distance(step_q[0], d28_q[i] < 0, vertices[i], og[i]);
        b = $signed({1'b0, quotient[i]});
      end
      if (step_q == Positions + 6'(i)) begin
        a = $signed({2'b0, k_in_q});
        b = 34'(d28_q[i]);
      end
      if (step_q == Corner + 6'(i)) begin
        a = 34'(vx[i]);
        b = $signed({19'b0, tile_i.x});
      end
      if (step_q == Corner + 6'd3 + 6'(i)) begin
        a = 34'(vy[i]);
        b = $signed({19'b0, tile_i.y});
      end
    end
  end
  always_ff @(posedge clk_i) begin
    a_q <= a;
    b_q <= b;
    p_q <= a_q * b_q;
  end

  // Square root and dividers: directions first, then inverses.
  sac_sqrt #(.RootWidth(28)) u_root (
    .clk_i, .rst_ni, .start_i(busy_o && step_q == Root), .value_i(squares_q),
    .busy_o(root_busy_unused), .done_o(root_done), .root_o(root)
  );
  for (genvar i = 0; i < 3; i++) begin : gen_axis
    logic [31:0] v_size;
    assign v_size = v_q[i] < 0 ? -v_q[i] : v_q[i];
    assign size[i] = d28_q[i] < 0 ? -d28_q[i] : d28_q[i];
    assign constrained[i] = |size[i][32:14];
    sac_divide #(.NumeratorWidth(51), .DenominatorWidth(33), .QuotientWidth(33)) u_divide (
      .clk_i, .rst_ni, .start_i(busy_o && (step_q == Divide || step_q == Inverse)),
      .numerator_i(step_q == Divide ? {v_size, 19'b0} : 51'd1 << 46),
      .denominator_i(step_q == Divide ? 33'(root) : size[i]),
      .busy_o(busy_unused[i]), .done_o(divide_done[i]), .overflow_o(overflow[i]), .quotient_o(quotient[i])
    );
  end

  // Results.
  assign reach = p_q[63:16];
  always_ff @(posedge clk_i) begin
    if (step_q == Squares + 6'd2) squares_q <= p_q[55:0];
    if (step_q == Squares + 6'd3 || step_q == Squares + 6'd4) squares_q <= squares_q + p_q[55:0];
    for (int i = 0; i < 3; i++) begin
      if (step_q == Signs)
        d_q[i] <= overflow[i] ? '0 : v_q[i] < 0 ? -$signed(quotient[i][26:0]) : $signed(quotient[i][26:0]);
      if (step_q == Views + 6'd2 + 6'(i)) view_o[i] <= 16'((p_q + (68'sd1 <<< 33)) >>> 34);
      if (step_q == Steps + 6'd2 + 6'(i)) d28_q[i] <= 33'((p_q + (68'sd1 <<< 19)) >>> 20);
      if (step_q == Positions + 6'd2 + 6'(i))
        line_o.position[i] <= (og[i] <<< 3) + 32'((p_q + (68'sd1 <<< 21)) >>> 22);
      if (step_q == Enter) begin
        line_o.step[i]    <= 20'((d28_q[i] + 33'sd512) >>> 10);
        line_o.inverse[i] <= size[i][32:22] == '0 ? '0 : |quotient[i][32:24] ? '1 : quotient[i][23:6];
      end
      if (step_q == Faces + 6'd2 + 6'(2*i) && constrained[i] && reach > enter_q) enter_q <= reach;
      if (step_q == Faces + 6'd3 + 6'(2*i) && constrained[i] && reach < exit_q) exit_q <= reach;
    end
    if (step_q == Inverse) begin
      enter_q <= $signed({16'b0, scene_i.near});
      exit_q  <= {1'b0, {47{1'b1}}};
    end
    if (step_q == Enter) k_in_q <= enter_q > $signed({16'b0, scene_i.far}) ? scene_i.far : enter_q[31:0];
  end
  assign depth_o.k_in = k_in_q;
  assign depth_o.hit  = exit_q >= $signed({16'b0, k_in_q});

  logic unused;
  assign unused = ^{scene_i, camera_i, root_busy_unused, busy_unused, divide_done[2:1]};
endmodule

`default_nettype wire
