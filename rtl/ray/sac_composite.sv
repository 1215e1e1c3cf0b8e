// SPDX-License-Identifier: Apache-2.0
// Compositing in the log domain (docs/architecture.md, section 3) of the pixels of one lane: s by the softplus table,
// S += s without feedback, T by the exp2 table, then weight, carried weight and depth in order of k. Keeps the state of
// the lane's pixels; leaves entries to be coloured, and the deaths of pixels. Nothing holds it back: who sends
// candidates has room for their entries. A pixel's candidates come together, flagged first and last.
`default_nettype none

module sac_composite
  import sac_ray_pkg::*, sac_memory_pkg::*;
(
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire table_word_t              table_word_i,
  input  wire table_control_t           table_control_i,
  input  wire logic [15:0]              termination_i,
  input  wire logic [15:0]              carry_i,
  // Tile of the candidates.
  input  wire logic                     context_i,
  // Set-up of a tile: each of its pixels begins anew.
  input  wire logic                     ray_context_i,
  input  wire logic                     ray_valid_i,
  input  wire logic [LaneWordWidth-1:0] ray_word_i,
  // Candidates with their density.
  input  wire logic                     valid_i,
  input  wire candidate_t               candidate_i,
  input  wire logic signed [15:0]       density_i,
  // A candidate is done: whether it leaves an entry (the row of `item_o` is the candidate's either way), whether its
  // pixel has died.
  output logic                          composed_o,
  output logic                          entry_valid_o,
  output lane_item_t                    item_o,
  output logic                          died_valid_o,
  output logic [SideWidth-1:0]          died_x_o,
  output logic [SideWidth-1:0]          died_y_o,
  // Write-back of a tile: state of a pixel one cycle later, while the context holds.
  input  wire logic                     state_context_i,
  input  wire logic                     state_read_i,
  input  wire logic [LaneWordWidth-1:0] state_word_i,
  output pixel_t                        state_o,
  output logic                          contributing_o  // counter
);
  localparam int unsigned LookupLatency = sac_dot_pkg::LookupLatency;
  localparam pixel_t Fresh = '{exponent: '0, clear: 17'd65536, carried: '0, depth: '0};

  // Softplus; the candidate waits beside it.
  logic               soft_valid, power_valid;
  logic signed [39:0] s_value, power;
  candidate_t         soft_line_q [LookupLatency];
  candidate_t         at_sum, at_weight, sum_candidate_q;
  sac_lookup #(.Target(sac_spec_pkg::TARGET_SOFTPLUS), .InputWidth(16)) u_softplus (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i, .x_i(density_i), .valid_o(soft_valid), .y_o(s_value)
  );
  always_ff @(posedge clk_i) begin
    soft_line_q[0] <= candidate_i;
    for (int i = 1; i < int'(LookupLatency); i++) soft_line_q[i] <= soft_line_q[i-1];
  end
  assign at_sum = soft_line_q[LookupLatency-1];

  // State of the pixel, read so that it arrives with its first candidate.
  logic [LookupLatency-2:0] early_valid_q;
  logic                     state_read, state_write;
  logic [LaneWordWidth-1:0] state_word;
  candidate_t               early;
  pixel_t                   state, states [2], state_made;
  always_ff @(posedge clk_i) early_valid_q <= rst_ni ? {early_valid_q[LookupLatency-3:0], valid_i} : '0;
  assign early      = soft_line_q[LookupLatency-2];
  assign state_read = early_valid_q[LookupLatency-2] && early.first;
  assign state_word = lane_word(early.x, early.y);
  for (genvar c = 0; c < 2; c++) begin : gen_context
    logic set_up, composited, written_back;
    assign set_up       = ray_valid_i && ray_context_i == 1'(c);
    assign composited   = context_i == 1'(c);
    assign written_back = state_read_i && state_context_i == 1'(c);
    sac_ram #(.Width($bits(pixel_t)), .Words(LaneWords)) u_state (
      .clk_i, .write_en_i(set_up || (state_write && composited)),
      .write_address_i(set_up ? ray_word_i : lane_word(at_weight.x, at_weight.y)),
      .write_data_i(set_up ? Fresh : state_made),
      .read_en_i(written_back || (state_read && composited)),
      .read_address_i(written_back ? state_word_i : state_word), .read_data_o(states[c])
    );
  end
  assign state   = states[context_i];
  assign state_o = states[state_context_i];

  // S: one addition in the loop.
  logic [24:0] sum_base, sum_next, sum_q;
  logic [39:0] sum_wide;
  logic        sum_valid_q;
  pixel_t      sum_state_q;
  assign sum_base = at_sum.first ? state.exponent : sum_q;
  assign sum_wide = 40'(sum_base) + (s_value < 0 ? 40'd0 : 40'(s_value));
  assign sum_next = sum_wide > 40'h1ffffff ? 25'h1ffffff : sum_wide[24:0];
  always_ff @(posedge clk_i) begin
    sum_valid_q <= rst_ni && soft_valid;
    if (soft_valid) begin
      sum_q           <= at_sum.hit ? sum_next : sum_base;
      sum_candidate_q <= at_sum;
      if (at_sum.first) sum_state_q <= state;
    end
  end

  // T' = round_up(2^-fraction, integer part).
  typedef struct packed {
    candidate_t  candidate;
    logic [24:0] exponent;
    pixel_t      state;
  } travel_t;
  travel_t travel_q [LookupLatency];
  travel_t shifted_q, weigh_q;
  sac_lookup #(.Target(sac_spec_pkg::TARGET_EXP2), .InputWidth(21)) u_exp2 (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(sum_valid_q), .x_i({1'b0, sum_q[19:0]}),
    .valid_o(power_valid), .y_o(power)
  );
  always_ff @(posedge clk_i) begin
    travel_q[0] <= '{candidate: sum_candidate_q, exponent: sum_q, state: sum_state_q};
    for (int i = 1; i < int'(LookupLatency); i++) travel_q[i] <= travel_q[i-1];
  end
  assign shifted_q = travel_q[LookupLatency-1];

  function automatic logic [16:0] shift_round(input logic [16:0] value, input logic [4:0] amount);
    if (amount == '0) return value;
    if (amount > 5'd18) return '0;
    return 17'((19'(value) + (19'd1 << (amount - 5'd1))) >> amount);
  endfunction

  logic        weigh_valid_q;
  logic [16:0] clear_next_q;
  always_ff @(posedge clk_i) begin
    weigh_valid_q <= rst_ni && power_valid;
    weigh_q       <= shifted_q;
    clear_next_q  <= shift_round(power[16:0], shifted_q.exponent[24:20]);
  end

  // Weight, carry and depth, in order.
  pixel_t      running_q, old, made;
  logic        contributes, emit;
  logic [16:0] weight, carried, threshold;
  assign at_weight   = weigh_q.candidate;
  assign old      = at_weight.first ? weigh_q.state : running_q;
  assign contributes = weigh_valid_q && at_weight.hit && old.clear > 17'(termination_i);
  assign weight      = old.clear - clear_next_q;
  assign carried     = old.carried + weight;
  assign threshold   = carry_i == '0 ? 17'd1 : 17'(carry_i);
  assign emit        = contributes && carried >= threshold;
  always_comb begin
    made = old;
    if (contributes) begin
      made.exponent = weigh_q.exponent;
      made.clear    = clear_next_q;
      made.carried  = emit ? '0 : carried;
      made.depth    = old.depth + 28'(weight) * 28'(at_weight.k);
    end
  end
  always_ff @(posedge clk_i) if (weigh_valid_q) running_q <= made;
  assign state_write = weigh_valid_q && at_weight.last;
  assign state_made  = made;
  assign contributing_o = contributes;

  assign composed_o    = weigh_valid_q;
  assign entry_valid_o = emit;
  assign item_o.last   = 1'b0;
  assign item_o.row    = at_weight.y;
  assign item_o.entry  = '{pixel: tile_pixel(at_weight.x, at_weight.y), cell_in_cube: at_weight.place,
                           fraction: at_weight.fraction, weight: carried};
  assign died_valid_o  = state_write && !(made.clear > 17'(termination_i));
  assign died_x_o      = at_weight.x;
  assign died_y_o      = at_weight.y;

  logic unused;
  assign unused = ^{power[39:17], weigh_q.exponent, early};
endmodule

`default_nettype wire
