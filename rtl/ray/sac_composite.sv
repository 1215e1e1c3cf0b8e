// SPDX-License-Identifier: Apache-2.0
// Compositing in the log domain (docs/architecture.md, section 3): s by the softplus table, S += s without feedback, T by
// the exp2 table, then weight, carried weight and depth in order of k. Keeps the state of every pixel of the tile and
// the map of alive pixels; leaves entries to be coloured and the group tokens that close them. `ready_o` promises room
// for what may still be in the pipeline. A pixel's candidates come together, flagged first and last.
`default_nettype none

module sac_composite
  import sac_config_pkg::*, sac_ray_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*;
(
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire table_word_t           table_word_i,
  input  wire table_control_t        table_control_i,
  input  wire logic [15:0]           termination_i,
  input  wire logic [15:0]           carry_i,
  // New tile: rays one made the other (their order is free); `clear_i` old the first.
  input  wire logic                  clear_i,
  input  wire logic                  ray_valid_i,
  input  wire logic [PixelWidth-1:0] ray_pixel_i,
  input  wire logic [SideWidth-1:0]  ray_x_i,
  input  wire logic [SideWidth-1:0]  ray_y_i,
  input  wire logic                  ray_hit_i,
  // Alive pixels: of a row, and whether there are any.
  input  wire logic [SideWidth-1:0]  row_i,
  output logic [Tile-1:0]            row_alive_o,
  input  wire logic [SideWidth-1:0]  sample_row_i,
  output logic [Tile-1:0]            sample_row_alive_o,
  output logic                       alive_o,
  // Candidates with their density, of the cube at `origin_i`.
  input  wire logic [2:0][9:0]       origin_i,
  input  wire logic                  issue_i,     // a candidate has set out towards us
  input  wire logic                  valid_i,
  input  wire candidate_t            candidate_i,
  input  wire logic signed [15:0]    density_i,
  output logic                       ready_o,
  output logic                       idle_o,      // nothing in the pipeline
  // End of a cube (closes its group) and of the tile (a token without entries); held until `closed_o`.
  input  wire logic                  close_i,
  input  wire logic                  end_i,
  input  wire logic                  flush_i,     // with `end_i`: no later tile fills the batch under way
  output logic                       closed_o,
  // To colour.
  output logic                       entry_valid_o,
  input  wire logic                  entry_ready_i,
  output entry_t                     entry_o,
  output logic                       group_valid_o,
  input  wire logic                  group_ready_i,
  output group_t                     group_o,
  // Write-back reads a pixel while nothing is composited: state one cycle later.
  input  wire logic                  read_i,
  input  wire logic [PixelWidth-1:0] read_pixel_i,
  output pixel_t                     pixel_o,
  // Counters.
  output logic                       contributing_o,
  output logic                       entry_made_o
);
  localparam int unsigned LookupLatency = sac_dot_pkg::LookupLatency;
  localparam int unsigned InFlight = 32;                    // more than the pipeline holds
  localparam int unsigned EntryDepth = 2 * EntryGroup + InFlight;
  localparam int unsigned GroupDepth = 4;
  localparam int unsigned CountWidth = $clog2(EntryDepth + 1);
  localparam int unsigned AliveWidth = $clog2(Tile * Tile + 1);
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
  logic [PixelWidth-1:0]    state_pixel, weigh_pixel;
  pixel_t                   state, state_made;
  always_ff @(posedge clk_i) early_valid_q <= rst_ni ? {early_valid_q[LookupLatency-3:0], valid_i} : '0;
  assign state_read  = (early_valid_q[LookupLatency-2] && soft_line_q[LookupLatency-2].first) || read_i;
  assign state_pixel = read_i ? read_pixel_i
                              : tile_pixel(soft_line_q[LookupLatency-2].x, soft_line_q[LookupLatency-2].y);
  sac_ram #(.Width($bits(pixel_t)), .Words(Tile * Tile)) u_state (
    .clk_i, .write_en_i(state_write || ray_valid_i), .write_address_i(ray_valid_i ? ray_pixel_i : weigh_pixel),
    .write_data_i(ray_valid_i ? Fresh : state_made),
    .read_en_i(state_read), .read_address_i(state_pixel), .read_data_o(state)
  );
  assign pixel_o = state;

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
  assign weigh_pixel = tile_pixel(at_weight.x, at_weight.y);
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
  assign entry_made_o   = emit;

  // Alive pixels.
  logic [Tile-1:0]       alive_q [Tile];
  logic [AliveWidth-1:0] alive_count_q;
  logic                  dies;
  logic [SideWidth-1:0]  die_x, die_y;
  assign die_y = at_weight.y;
  assign die_x = at_weight.x;
  assign dies  = state_write && !(made.clear > 17'(termination_i));
  assign row_alive_o        = alive_q[row_i];
  assign sample_row_alive_o = alive_q[sample_row_i];
  assign alive_o = alive_count_q != '0;
  always_ff @(posedge clk_i) begin
    if (ray_valid_i) alive_q[ray_y_i][ray_x_i] <= ray_hit_i;
    else if (dies) alive_q[die_y][die_x] <= 1'b0;
    if (!rst_ni || clear_i) alive_count_q <= '0;
    else if (ray_valid_i && ray_hit_i) alive_count_q <= alive_count_q + 1'b1;
    else if (dies) alive_count_q <= alive_count_q - 1'b1;
  end

  // Pipeline occupancy.
  logic [5:0] flying_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) flying_q <= '0;
    else flying_q <= flying_q + 6'(issue_i) - 6'(weigh_valid_q);
  end
  assign idle_o = flying_q == '0 && !issue_i;

  // Entries and groups.
  logic [CountWidth-1:0]      entry_count;
  logic [$clog2(GroupDepth+1)-1:0] group_count;
  logic                       entry_push_ready, group_push, group_push_ready, group_full, close_group;
  logic [EntryCountWidth-1:0] open_q;
  logic [VertexCount-1:0]     needed_q, corners;
  group_t                     group;
  entry_t                     entry;
  always_comb begin
    corners = '0;
    for (int c = 0; c < 8; c++) begin
      logic [3:0] x, y, z;
      x = {1'b0, at_weight.place[0]} + 4'(c[0]);
      y = {1'b0, at_weight.place[1]} + 4'(c[1]);
      z = {1'b0, at_weight.place[2]} + 4'(c[2]);
      for (int i = 0; i < int'(VertexCount); i++)
        if (32'(x) + VertexSide * (32'(y) + VertexSide * 32'(z)) == i) corners[i] = 1'b1;
    end
  end
  assign entry = '{pixel: weigh_pixel, cell_in_cube: at_weight.place, fraction: at_weight.fraction, weight: carried};
  assign group_full  = emit && open_q == EntryCountWidth'(EntryGroup - 1);
  assign close_group = close_i && idle_o && open_q != '0 && group_push_ready;
  assign group_push  = group_full || close_group || (end_i && group_push_ready);
  assign closed_o    = (close_i && idle_o && (open_q == '0 || group_push_ready)) || (end_i && group_push_ready);
  always_comb begin
    group.last   = end_i;
    group.flush  = end_i && flush_i;
    group.count  = end_i ? '0 : open_q + EntryCountWidth'(group_full);
    for (int a = 0; a < 3; a++) group.origin[a] = origin_i[a][8:0];
    group.needed = end_i ? '0 : needed_q | (group_full ? corners : '0);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || group_push) begin
      open_q   <= '0;
      needed_q <= '0;
    end else if (emit) begin
      open_q   <= open_q + 1'b1;
      needed_q <= needed_q | corners;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) entry_count <= '0;
    else entry_count <= entry_count + CountWidth'(emit) - CountWidth'(entry_valid_o && entry_ready_i);
  end
  sac_ram_fifo #(.Width($bits(entry_t)), .Depth(EntryDepth)) u_entries (
    .clk_i, .rst_ni, .push_valid_i(emit), .push_ready_o(entry_push_ready), .push_data_i(entry),
    .pop_valid_o(entry_valid_o), .pop_ready_i(entry_ready_i), .pop_data_o(entry_o)
  );
  sac_fifo #(.Width($bits(group_t)), .Depth(GroupDepth)) u_groups (
    .clk_i, .rst_ni, .push_valid_i(group_push), .push_ready_o(group_push_ready), .push_data_i(group),
    .pop_valid_o(group_valid_o), .pop_ready_i(group_ready_i), .pop_data_o(group_o), .count_o(group_count)
  );
  // Room for a pipeline full of entries, and for the groups that these may fill.
  assign ready_o = 32'(entry_count) + InFlight <= EntryDepth && 32'(group_count) + 2 < GroupDepth;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!rst_ni || !emit || entry_push_ready) else $error("an entry is lost");
    assert (!rst_ni || !group_full || group_push_ready) else $error("a group is lost");
  end
`endif
  logic unused;
  assign unused = ^{power[39:17], entry_push_ready, weigh_q.exponent, origin_i};
endmodule

`default_nettype wire
