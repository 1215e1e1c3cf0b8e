// SPDX-License-Identifier: Apache-2.0
// Projection of the ball of a box of cells onto a tile (docs/architecture.md, 2.2): rectangle and disc. One multiplier, one
// square root and three dividers work through a fixed program; a step's product can be taken two steps later. `done_o`
// comes with the result, which holds until the next start; `none_o`: no pixel of the tile. About 100 cycles.
`default_nettype none

module sac_cover
  import sac_ray_pkg::*, sac_spec_pkg::camera_record_t;
(
  input  wire logic            clk_i,
  input  wire logic            rst_ni,
  input  wire camera_record_t  camera_i,
  input  wire tile_t           tile_i,
  input  wire logic            start_i,
  input  wire logic [2:0][9:0] origin_i,  // lowest cell
  input  wire logic [1:0]      side_log2_i,  // of a cube
  input  wire logic            super_i,   // the ball of a super-cube, else of a cube
  output logic                 busy_o,
  output logic                 done_o,
  output logic                 none_o,
  output cover_t               disc_o
);
  // Steps of the program.
  localparam logic [5:0] Matrix = 6'd0, Depth = 6'd12, Squares = 6'd12, Products = 6'd16, Root = 6'd18,
      DivideFlat = 6'd20, RootWait = 6'd21, Radius = 6'd22, DivideRadius = 6'd24, RadiusWait = 6'd25, Pixels = 6'd27,
      Circle = 6'd32, Rectangle = 6'd33, Corner = 6'd34, Excess = 6'd35, Finish = 6'd40;

  typedef logic signed [31:0] word_t;
  typedef logic signed [33:0] pixel_t;  // .8

  logic [5:0]            step_q;
  word_t                 matrix [9], place [3];
  word_t                 a, b, a_q, b_q;
  logic signed [63:0]    p_q, sum_q;
  logic signed [25:0]    view_q [3];       // X, Y, Z .6
  logic [17:0]           r;
  logic signed [25:0]    r_wide;
  logic [51:0]           q_q;
  logic [55:0]           squares_q;
  logic [51:0]           flat_q [2];       // |X| Z, |Y| Z
  logic [27:0]           root;
  logic                  root_busy_unused, root_done, flat_done;
  logic [2:0]            divide_done, overflow, divide_busy_unused;
  logic [20:0]           quotient [3];
  logic signed [27:0]    offset_q [2];     // f a, f b in pixels .8
  pixel_t                centre [2], radius_q;
  logic                  early, super_q;
  logic [2:0][11:0]      half_q;           // centre of the box in half cells

  assign matrix = '{camera_i.m_right_x, camera_i.m_right_y, camera_i.m_right_z,
                    camera_i.m_down_x, camera_i.m_down_y, camera_i.m_down_z,
                    camera_i.m_forward_x, camera_i.m_forward_y, camera_i.m_forward_z};
  assign place = '{camera_i.b_right, camera_i.b_down, camera_i.b_forward};
  assign r      = super_q ? camera_i.radius_super : camera_i.radius_cube;
  assign r_wide = $signed({8'b0, r});

  function automatic logic [25:0] size(input logic signed [25:0] value);
    return value < 0 ? -value : value;
  endfunction

  // Sequence. Beside or around the eye nothing is projected.
  logic waiting, none_near, whole_near;
  assign none_near  = view_q[2] < -r_wide;
  assign whole_near = !none_near && view_q[2] <= (r_wide <<< 1);
  assign early      = step_q == Depth && (none_near || whole_near);
  assign waiting    = (step_q == RootWait && !(root_done && flat_done)) || (step_q == RadiusWait && !divide_done[2]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      done_o <= 1'b0;
      step_q <= Matrix;
    end else begin
      done_o <= busy_o && (early || step_q == Finish);
      if (!busy_o) begin
        busy_o <= start_i;
        step_q <= Matrix;
      end else if (early || step_q == Finish) begin
        busy_o <= 1'b0;
      end else if (!waiting) begin
        step_q <= step_q + 6'd1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_o) begin
      super_q <= super_i;
      for (int i = 0; i < 3; i++) half_q[i] <= {1'b0, origin_i[i], 1'b0} + ((super_i ? 12'd4 : 12'd1) << side_log2_i);
    end
  end

  // Operands.
  always_comb begin
    a = '0;
    b = '0;
    for (int i = 0; i < 9; i++) begin
      if (step_q == Matrix + 6'(i)) begin
        a = matrix[i];
        b = word_t'({20'b0, half_q[i % 3]});
      end
    end
    unique case (step_q)
      Squares:         begin a = 32'(view_q[2]); b = 32'(view_q[2]); end
      Squares + 6'd1:  begin a = 32'(r_wide); b = 32'(r_wide); end
      Squares + 6'd2:  begin a = 32'(view_q[0]); b = 32'(view_q[0]); end
      Squares + 6'd3:  begin a = 32'(view_q[1]); b = 32'(view_q[1]); end
      Products:        begin a = word_t'({6'b0, size(view_q[0])}); b = 32'(view_q[2]); end
      Products + 6'd1: begin a = word_t'({6'b0, size(view_q[1])}); b = 32'(view_q[2]); end
      Radius:          begin a = 32'(r_wide); b = word_t'({4'b0, root}) + 32'sd1; end
      Pixels:          begin a = word_t'({10'b0, camera_i.focal}); b = word_t'({11'b0, quotient[0]}); end
      Pixels + 6'd1:   begin a = word_t'({10'b0, camera_i.focal}); b = word_t'({11'b0, quotient[1]}); end
      Pixels + 6'd2:   begin a = word_t'({10'b0, camera_i.focal}); b = word_t'({11'b0, quotient[2]}) + 32'sd1; end
      Excess:          begin a = 32'($signed(disc_o.du)); b = 32'($signed(disc_o.du)); end
      Excess + 6'd1:   begin a = 32'($signed(disc_o.dv)); b = 32'($signed(disc_o.dv)); end
      Excess + 6'd2:   begin a = radius_q[31:0]; b = radius_q[31:0]; end
      default: ;
    endcase
  end
  always_ff @(posedge clk_i) begin
    a_q <= a;
    b_q <= b;
    p_q <= a_q * b_q;
  end

  // Camera coordinates, squares, products.
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 9; i++)
      if (step_q == Matrix + 6'd2 + 6'(i))
        sum_q <= (i % 3 == 0 ? 64'(place[i/3]) <<< 7 : sum_q) + p_q;
    for (int i = 0; i < 3; i++)
      if (step_q == Matrix + 6'd5 + 6'(3*i)) view_q[i] <= 26'(sum_q >>> 15);
    if (step_q == Squares + 6'd2) q_q <= p_q[51:0];
    if (step_q == Squares + 6'd3) q_q <= q_q - p_q[51:0];
    if (step_q == Squares + 6'd4) squares_q <= 56'(q_q) + p_q[55:0];
    if (step_q == Squares + 6'd5) squares_q <= squares_q + p_q[55:0];
    if (step_q == Products + 6'd2) flat_q[0] <= p_q[51:0];
    if (step_q == Products + 6'd3) flat_q[1] <= p_q[51:0];
  end

  sac_sqrt #(.RootWidth(28)) u_root (
    .clk_i, .rst_ni, .start_i(busy_o && step_q == Root), .value_i(squares_q),
    .busy_o(root_busy_unused), .done_o(root_done), .root_o(root)
  );
  for (genvar i = 0; i < 3; i++) begin : gen_divide
    logic [67:0] numerator;
    assign numerator = i < 2 ? {flat_q[i % 2], 16'b0} : {p_q[51:0], 16'b0};
    sac_divide #(.NumeratorWidth(68), .DenominatorWidth(52), .QuotientWidth(21)) u_divide (
      .clk_i, .rst_ni, .start_i(busy_o && step_q == (i < 2 ? DivideFlat : DivideRadius)),
      .numerator_i(numerator), .denominator_i(q_q),
      .busy_o(divide_busy_unused[i]), .done_o(divide_done[i]), .overflow_o(overflow[i]), .quotient_o(quotient[i])
    );
  end
  always_ff @(posedge clk_i) begin
    if (step_q == DivideFlat) flat_done <= 1'b0;
    else if (divide_done[0]) flat_done <= 1'b1;
  end

  // Pixels: centre, radius, the rectangle in the tile.
  localparam int unsigned Wide = 27;
  typedef logic signed [Wide-1:0] column_t;
  pixel_t     from [2], to [2];
  column_t    first [2], last [2];
  logic [1:0] outside;
  logic [14:0] corner [2];
  logic [SideWidth-1:0] end_of [2];
  assign corner = '{tile_i.x, tile_i.y};
  assign end_of = '{tile_i.last_x, tile_i.last_y};
  assign centre[0] = 34'(camera_i.cx) + (view_q[0] < 0 ? -34'(offset_q[0]) : 34'(offset_q[0]));
  assign centre[1] = 34'(camera_i.cy) + (view_q[1] < 0 ? -34'(offset_q[1]) : 34'(offset_q[1]));

  always_comb begin
    for (int i = 0; i < 2; i++) begin
      from[i]    = centre[i] - radius_q + 34'sd255;
      to[i]      = centre[i] + radius_q;
      outside[i] = last[i] < 0 || first[i] > column_t'(end_of[i]) || first[i] > last[i];
    end
  end
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 2; i++) begin
      if (step_q == Pixels + 6'd2 + 6'(i)) offset_q[i] <= $signed(p_q[43:16]);
      if (step_q == Circle) begin
        first[i] <= column_t'(from[i] >>> 8) - column_t'(corner[i]);
        last[i]  <= column_t'(to[i] >>> 8) - column_t'(corner[i]);
      end
    end
    if (step_q == Pixels + 6'd4)
      radius_q <= 34'($signed(p_q[43:16])) + 34'sd4 + 34'(camera_i.focal[21:15]);
  end

  function automatic logic [SideWidth-1:0] low(input column_t value);
    return value < 0 ? '0 : SideWidth'(value);
  endfunction
  function automatic logic [SideWidth-1:0] high(input column_t value, input logic [SideWidth-1:0] limit);
    return value > column_t'(limit) ? limit : SideWidth'(value);
  endfunction

  logic whole;
  assign whole = step_q == Depth ? whole_near : overflow[2] || quotient[2] == '1;
  always_ff @(posedge clk_i) begin
    if (step_q == Depth) none_o <= none_near;
    if (step_q == Rectangle) none_o <= overflow[0] || overflow[1] || (!whole && outside != '0);
    if (step_q == Depth || step_q == Rectangle) begin
      disc_o.whole <= whole;
      disc_o.x0 <= whole ? '0 : low(first[0]);
      disc_o.y0 <= whole ? '0 : low(first[1]);
      disc_o.x1 <= whole ? tile_i.last_x : high(last[0], tile_i.last_x);
      disc_o.y1 <= whole ? tile_i.last_y : high(last[1], tile_i.last_y);
    end
    if (step_q == Corner) begin
      disc_o.du <= 30'($signed({11'b0, tile_i.x + 15'(disc_o.x0), 8'b0}) - centre[0]);
      disc_o.dv <= 30'($signed({11'b0, tile_i.y + 15'(disc_o.y0), 8'b0}) - centre[1]);
    end
    if (step_q == Excess + 6'd2) disc_o.excess <= p_q[59:0];
    if (step_q == Excess + 6'd3) disc_o.excess <= disc_o.excess + p_q[59:0];
    if (step_q == Excess + 6'd4) disc_o.excess <= disc_o.excess - p_q[59:0];
  end

  logic unused;
  assign unused = ^{camera_i, root_busy_unused, divide_busy_unused, divide_done[1], p_q[63:60]};
endmodule

`default_nettype wire
