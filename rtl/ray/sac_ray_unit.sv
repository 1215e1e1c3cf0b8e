// SPDX-License-Identifier: Apache-2.0
// Sets up rays (docs/architecture.md, section 2), three at a time: while one has its direction divided and inverted, the
// length of the next is taken and the one before meets the box. One multiplier, one square root and a divider an axis
// work through a fixed program; a step's product can be taken two steps later. A ray is taken where the program begins
// anew (`ready_o`) and leaves as a pulse of `valid_o` a fixed number of cycles later, whatever its value.
`default_nettype none

module sac_ray_unit
  import sac_ray_pkg::*, sac_spec_pkg::scene_record_t, sac_spec_pkg::camera_record_t;
#(
  parameter int unsigned DivideBits = 2  // quotient bits a cycle
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire scene_record_t    scene_i,
  input  wire camera_record_t   camera_i,
  input  wire logic             valid_i,
  output logic                  ready_o,
  input  wire logic [2:0][31:0] v_i,
  output logic                  valid_o,
  output ray_line_t             line_o,
  output sac_colour_pkg::view_t view_o,
  output ray_depth_t            depth_o
);
  // Steps of the program. Of the next ray: squares, root. Of the last ray: faces, entry, positions, and it leaves.
  localparam logic [4:0] Squares = 5'd0, Faces = 5'd3, Root = 5'd5, Enter = 5'd11, Positions = 5'd12, Emit = 5'd17;
  // Of the ray in hand: the division begins with the program; then grid steps, inverses, views.
  localparam logic [4:0] Divide = 5'd0, DivideWait = 5'd18, Steps = 5'd19, Views = 5'd22, Inverse = 5'd24, End = 5'd27;

  typedef logic signed [33:0] operand_t;
  typedef logic signed [31:0] word_t;
  typedef logic signed [47:0] reach_t;

  logic [4:0]         step_q;
  logic               busy_q, shift, waiting;
  logic               next_valid_q, hand_valid_q, last_valid_q;
  word_t              og [3];
  logic [9:0]         vertices [3];
  logic [31:0]        c [3];
  operand_t           a, b, a_q, b_q;
  logic signed [67:0] p_q;
  logic               root_busy, root_done_unused;
  logic [2:0]         divide_busy, divide_done_unused, overflow;
  logic [27:0]        root;
  logic [32:0]        quotient [3];
  // Next ray.
  word_t              next_v_q [3];
  logic [55:0]        squares_q;
  // Ray in hand.
  word_t              v_q [3];
  logic signed [26:0] d_q [3];
  logic signed [32:0] d28_q [3];
  logic [32:0]        size [3];
  logic [2:0][15:0]   view_q;
  // Last ray.
  logic signed [32:0] last_d28_q [3];
  logic [32:0]        inverse_q [3];
  logic [2:0]         constrained_q, bounds_q;
  logic [31:0]        k_in_q;
  reach_t             enter_q, exit_q, reach;

  assign og = '{camera_i.og_x, camera_i.og_y, camera_i.og_z};
  assign c = '{scene_i.step_x, scene_i.step_y, scene_i.step_z};
  assign vertices = '{scene_i.gx, scene_i.gy, scene_i.gz};

  // Sequence.
  assign waiting = (step_q == DivideWait && divide_busy != '0) || (step_q == End && (divide_busy != '0 || root_busy));
  assign shift   = busy_q && step_q == End && !waiting;
  assign ready_o = !busy_q || shift;
  assign valid_o = busy_q && last_valid_q && step_q == Emit;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q       <= 1'b0;
      next_valid_q <= 1'b0;
      hand_valid_q <= 1'b0;
      last_valid_q <= 1'b0;
    end else if (ready_o) begin
      busy_q       <= valid_i || next_valid_q || hand_valid_q;
      next_valid_q <= valid_i;
      hand_valid_q <= next_valid_q;
      last_valid_q <= hand_valid_q;
    end
    if (ready_o) step_q <= Squares;
    else if (!waiting) step_q <= step_q + 5'd1;
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
      if (step_q == Squares + 5'(i)) begin
        a = 34'(next_v_q[i]) >>> 5;
        b = a;
      end
      if (step_q == Faces + 5'(2*i) || step_q == Faces + 5'(2*i+1)) begin
        a = distance(step_q == Faces + 5'(2*i+1), last_d28_q[i] < 0, vertices[i], og[i]);
        b = $signed({1'b0, inverse_q[i]});
      end
      if (step_q == Positions + 5'(i)) begin
        a = $signed({2'b0, k_in_q});
        b = 34'(last_d28_q[i]);
      end
      if (step_q == Steps + 5'(i)) begin
        a = 34'(d_q[i]);
        b = $signed({2'b0, c[i]});
      end
      if (step_q == Views + 5'(i)) begin
        a = 34'(d_q[i]);
        b = 34'sd10680707;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (busy_q) begin
      a_q <= a;
      b_q <= b;
      p_q <= a_q * b_q;
    end
  end

  // Square root and dividers: directions first, then inverses.
  sac_sqrt #(.RootWidth(28)) u_root (
    .clk_i, .rst_ni, .start_i(busy_q && step_q == Root), .value_i(squares_q),
    .busy_o(root_busy), .done_o(root_done_unused), .root_o(root)
  );
  for (genvar i = 0; i < 3; i++) begin : gen_axis
    logic [31:0] v_size;
    assign v_size  = v_q[i] < 0 ? -v_q[i] : v_q[i];
    assign size[i] = d28_q[i] < 0 ? -d28_q[i] : d28_q[i];
    sac_divide #(.NumeratorWidth(51), .DenominatorWidth(33), .QuotientWidth(33), .Bits(DivideBits)) u_divide (
      .clk_i, .rst_ni, .start_i(busy_q && (step_q == Divide || step_q == Inverse)),
      .numerator_i(step_q == Divide ? {v_size, 19'b0} : 51'd1 << 46),
      .denominator_i(step_q == Divide ? 33'(root) : size[i]),
      .busy_o(divide_busy[i]), .done_o(divide_done_unused[i]), .overflow_o(overflow[i]), .quotient_o(quotient[i])
    );
  end

  // Results.
  assign reach = p_q[63:16];
  always_ff @(posedge clk_i) begin
    if (ready_o)
      for (int i = 0; i < 3; i++) begin
        next_v_q[i]      <= v_i[i];
        v_q[i]           <= next_v_q[i];
        last_d28_q[i]    <= d28_q[i];
        inverse_q[i]     <= quotient[i];
        constrained_q[i] <= |size[i][32:14];
        bounds_q[i]      <= |size[i][32:22];
        view_o[i]        <= view_q[i];
      end
    if (step_q == Squares + 5'd2) squares_q <= p_q[55:0];
    if (step_q == Squares + 5'd3 || step_q == Squares + 5'd4) squares_q <= squares_q + p_q[55:0];
    for (int i = 0; i < 3; i++) begin
      if (step_q == DivideWait)
        d_q[i] <= overflow[i] ? '0 : v_q[i] < 0 ? -$signed(quotient[i][26:0]) : $signed(quotient[i][26:0]);
      if (step_q == Steps + 5'd2 + 5'(i)) d28_q[i] <= 33'((p_q + (68'sd1 <<< 19)) >>> 20);
      if (step_q == Views + 5'd2 + 5'(i)) view_q[i] <= 16'((p_q + (68'sd1 <<< 33)) >>> 34);
      if (step_q == Faces + 5'd2 + 5'(2*i) && constrained_q[i] && reach > enter_q) enter_q <= reach;
      if (step_q == Faces + 5'd3 + 5'(2*i) && constrained_q[i] && reach < exit_q) exit_q <= reach;
      if (step_q == Positions + 5'd2 + 5'(i))
        line_o.position[i] <= (og[i] <<< 3) + 32'((p_q + (68'sd1 <<< 21)) >>> 22);
    end
    if (step_q == Faces) begin
      enter_q <= $signed({16'b0, scene_i.near});
      exit_q  <= {1'b0, {47{1'b1}}};
    end
    if (step_q == Enter) k_in_q <= enter_q > $signed({16'b0, scene_i.far}) ? scene_i.far : enter_q[31:0];
    if (step_q == Positions)
      for (int i = 0; i < 3; i++) begin
        line_o.step[i]    <= 20'((last_d28_q[i] + 33'sd512) >>> 10);
        line_o.inverse[i] <= !bounds_q[i] ? '0 : |inverse_q[i][32:24] ? '1 : inverse_q[i][23:6];
      end
  end
  assign depth_o.k_in = k_in_q;
  assign depth_o.hit  = exit_q >= $signed({16'b0, k_in_q});

  logic unused;
  assign unused = ^{scene_i, camera_i, root_done_unused, divide_done_unused};
endmodule

`default_nettype wire
