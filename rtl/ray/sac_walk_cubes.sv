// SPDX-License-Identifier: Apache-2.0
// The lower level of a tile's walk (docs/architecture.md, 2.1): the cubes of each super-cube that meets the tile, by the
// triple loop outward from the eye's cube. Has their balls projected, several ahead of the decisions, and leaves steps to
// decide on: a cube whose cover is not empty, with its cell mask and disc, and the counts of what was passed before it.
// Holds the cell masks of the next super-cubes. While `stop_i` everything is dropped; `release_o` frees mask slots.
`default_nettype none

module sac_walk_cubes
  import sac_ray_pkg::*;
#(
  parameter int unsigned MaskSlots = MaskBits > 64 ? 2 : 4,
  parameter int unsigned Tests     = 2 * sac_config_pkg::CoverUnits + 2,  // cubes between their test and their step
  parameter int unsigned Steps     = sac_config_pkg::CoverUnits > 1 ? 16 : 2
) (
  input  wire logic            clk_i,
  input  wire logic            rst_ni,
  input  wire grid_t           grid_i,
  input  wire logic [1:0]      side_log2_i,
  input  wire logic            stop_i,
  output logic                 busy_o,
  // Super-cubes and their masks.
  input  wire logic            super_valid_i,
  output logic                 super_ready_o,
  input  wire super_t          super_i,
  input  wire logic            mask_write_i,
  input  wire logic [9:0]      mask_word_i,
  input  wire logic [31:0]     mask_data_i,
  input  wire logic            mask_end_i,
  output logic                 release_o,
  // Cover.
  output logic                 cover_valid_o,
  input  wire logic            cover_ready_i,
  output logic [2:0][9:0]      cover_origin_o,
  input  wire logic            cover_done_i,   // held until taken
  output logic                 cover_take_o,
  input  wire logic            cover_none_i,
  input  wire cover_t          cover_disc_i,
  // Steps.
  output logic                 step_valid_o,
  input  wire logic            step_ready_i,
  output walk_step_t                step_o
);
  localparam int unsigned MaskWords  = MaskBits > 32 ? MaskBits / 32 : 1;
  localparam int unsigned StoreWords = MaskBits >= 8 ? 64 * MaskBits / 32 : 16;  // masks of a super-cube
  localparam int unsigned StoreWidth = $clog2(StoreWords);
  localparam int unsigned SlotWidth  = $clog2(MaskSlots);
  localparam int unsigned SlotCount  = $clog2(MaskSlots + 1);

  // What is under way, in order: a cube under test, counts, or the end of a super-cube.
  typedef struct packed {
    logic            cube;
    logic            ends;
    logic            last;
    logic            begins;
    logic [7:0]      supers;
    logic [7:0]      tests;
    logic [2:0][8:0] index;
    logic [5:0]      rank;   // of the cube's mask
  } item_t;
  typedef enum logic [1:0] {StTake, StCube, StEnd} state_e;

  state_e          state_q;
  super_t          next, super_q;
  logic            next_valid, next_pop, item_valid, item_pop, push_valid, push_ready;
  logic [2:0][9:0] cube_q, low, high, inner_eye;
  logic [2:0]      last_of;
  logic [5:0]      cube_bit;
  logic            present, advance, first_q;
  item_t           push, item;
  logic [2:0]      next_count_unused;
  logic [$clog2(Tests+1)-1:0] item_count_unused;
  logic [$clog2(Steps+1)-1:0] step_count;
  logic            steps_ready;

  // ---- Super-cubes wait, so that their masks come meanwhile.
  sac_fifo #(.Width($bits(super_t)), .Depth(4)) u_supers (
    .clk_i, .rst_ni, .push_valid_i(super_valid_i), .push_ready_o(super_ready_o), .push_data_i(super_i),
    .pop_valid_o(next_valid), .pop_ready_i(next_pop), .pop_data_o(next), .count_o(next_count_unused)
  );
  assign next_pop = next_valid && state_q == StTake && push_ready;

  // ---- Cubes of the super-cube in hand: one position a cycle.
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      low[a]       = {1'b0, super_q.index[a], 2'b00};
      high[a]      = low[a] + 10'd3 < grid_i.cubes[a] ? low[a] + 10'd3 : grid_i.cubes[a] - 10'd1;
      inner_eye[a] = grid_i.eye_cube[a] < low[a] ? low[a] : grid_i.eye_cube[a] > high[a] ? high[a] : grid_i.eye_cube[a];
      last_of[a]   = is_last(cube_q[a], inner_eye[a], low[a], high[a]);
      cover_origin_o[a] = cube_q[a] << side_log2_i;
    end
  end
  function automatic logic [6:0] count_ones(input logic [63:0] bits);
    logic [6:0] sum;
    sum = '0;
    for (int i = 0; i < 64; i++) sum += 7'(bits[i]);
    return sum;
  endfunction
  assign cube_bit      = {cube_q[2][1:0], cube_q[1][1:0], cube_q[0][1:0]};
  assign present       = super_q.bitmap[cube_bit];
  assign cover_valid_o = state_q == StCube && present && !first_q && !stop_i && push_ready;
  assign advance       = state_q == StCube && !first_q && (!present || (cover_valid_o && cover_ready_i));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StTake;
    end else begin
      unique case (state_q)
        StTake:  if (next_pop && next.meets) state_q <= StCube;
        StCube:  if (stop_i || (advance && last_of == '1)) state_q <= StEnd;
        StEnd:   if (push_ready) state_q <= StTake;
        default: state_q <= StTake;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    first_q <= state_q == StTake;  // the first cube follows from the super-cube taken a cycle ago
    if (state_q == StTake) super_q <= next;
    if (first_q) begin
      cube_q <= inner_eye;
    end else if (advance) begin
      cube_q[0] <= last_of[0] ? inner_eye[0] : outward(cube_q[0], inner_eye[0], high[0]);
      if (last_of[0]) cube_q[1] <= last_of[1] ? inner_eye[1] : outward(cube_q[1], inner_eye[1], high[1]);
      if (last_of[1:0] == '1) cube_q[2] <= outward(cube_q[2], inner_eye[2], high[2]);
    end
  end

  assign push_valid = next_pop || (cover_valid_o && cover_ready_i) || state_q == StEnd;
  assign push = '{
    cube: state_q == StCube, ends: state_q == StEnd, last: next_pop && next.last, begins: next_pop && next.begins,
    supers: next_pop ? next.supers : '0, tests: next_pop ? next.tests : '0, index: {cube_q[2][8:0], cube_q[1][8:0], cube_q[0][8:0]},
    rank: 6'(count_ones(super_q.bitmap & ((64'd1 << cube_bit) - 64'd1)))
  };
  sac_fifo #(.Width($bits(item_t)), .Depth(Tests)) u_items (
    .clk_i, .rst_ni, .push_valid_i(push_valid), .push_ready_o(push_ready), .push_data_i(push),
    .pop_valid_o(item_valid), .pop_ready_i(item_pop), .pop_data_o(item), .count_o(item_count_unused)
  );

  // ---- Masks: written and released in the order of the super-cubes.
  logic [SlotWidth-1:0]  write_slot_q, read_slot_q;
  logic [SlotCount-1:0]  there_q;
  logic [StoreWidth-1:0] mask_address;
  logic [31:0]           mask_word;
  logic [3:0]            load_q, load_last, loaded_word_q;
  logic                  loading, loading_q, all_q;
  logic [MaskWords*32-1:0] mask_q;
  logic [7:0]            mask_byte;
  assign release_o = item_valid && item.ends && there_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_slot_q <= '0;
      read_slot_q  <= '0;
      there_q      <= '0;
    end else begin
      if (mask_end_i) write_slot_q <= write_slot_q + 1'b1;
      if (release_o) read_slot_q <= read_slot_q + 1'b1;
      there_q <= there_q + SlotCount'(mask_end_i) - SlotCount'(release_o);
    end
  end
  always_comb begin
    unique case (side_log2_i)
      2'd0, 2'd1: mask_address = StoreWidth'({4'b0, item.rank[5:2]});
      2'd2:       mask_address = StoreWidth'({3'b0, item.rank, 1'b0} + 10'(load_q));
      default:    mask_address = StoreWidth'({item.rank, 4'b0} + 10'(load_q));
    endcase
    unique case (side_log2_i)
      2'd2:    load_last = 4'd1;
      2'd3:    load_last = 4'd15;
      default: load_last = 4'd0;
    endcase
  end
  sac_ram #(.Width(32), .Words(MaskSlots * StoreWords)) u_masks (
    .clk_i, .write_en_i(mask_write_i), .write_address_i({write_slot_q, StoreWidth'(mask_word_i)}),
    .write_data_i(mask_data_i), .read_en_i(loading), .read_address_i({read_slot_q, mask_address}),
    .read_data_o(mask_word)
  );
  // The mask of the oldest cube is loaded while its answer is on the way.
  assign loading   = item_valid && item.cube && there_q != '0 && !all_q;
  assign mask_byte = mask_word[8*item.rank[1:0] +: 8];
  always_ff @(posedge clk_i) begin
    loading_q     <= loading;
    loaded_word_q <= load_q;
    if (!rst_ni || item_pop) begin
      load_q <= '0;
      all_q  <= 1'b0;
    end else if (loading) begin
      load_q <= load_q + 4'd1;
      all_q  <= load_q == load_last;
    end
    if (loading_q) begin
      if (side_log2_i[1]) begin
        for (int i = 0; i < int'(MaskWords); i++) if (loaded_word_q == 4'(i)) mask_q[32*i +: 32] <= mask_word;
      end else begin
        mask_q <= (MaskWords*32)'(mask_byte);
      end
    end
  end

  // ---- Steps. What holds no cube is counted, and leaves by itself only when nothing else is there to decide on.
  logic        push_cube, push_last, push_counts, step_push, counting;
  logic [3:0]  rows_q;
  logic [10:0] supers_q, tests_q;
  logic [8:0]  empty_q;
  walk_step_t       step;
  logic [2:0][9:0] item_origin;
  always_comb for (int a = 0; a < 3; a++) item_origin[a] = {1'b0, item.index[a]} << side_log2_i;
  assign counting    = item_valid && !item.cube && !item.ends;
  assign push_cube   = item_valid && item.cube && cover_done_i && !cover_none_i && all_q && !loading_q && !stop_i;
  assign push_last   = counting && item.last && !stop_i;
  assign push_counts = !stop_i && !push_cube && !push_last && (empty_q[8] || (step_count == '0 &&
                       (rows_q != '0 || supers_q != '0 || empty_q != '0)));
  assign step_push   = push_cube || push_last || push_counts;
  assign item_pop = item_valid && (
    item.ends ? there_q != '0 :
    item.cube ? cover_done_i && (stop_i || (cover_none_i ? !empty_q[8] : push_cube && steps_ready)) :
                !push_last || steps_ready);
  assign cover_take_o = item_pop && item.cube;
  always_comb begin
    step.covered = push_cube;
    step.last    = push_last;
    step.rows    = rows_q + 4'(push_last && item.begins);
    step.supers  = supers_q + (push_last ? 11'(item.supers) : '0);
    step.tests   = tests_q + (push_last ? 11'(item.tests) : '0);
    step.empty   = empty_q;
    step.cube    = '{origin: item_origin, mask: mask_q[MaskBits-1:0],
                     disc: cover_disc_i};
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || stop_i) begin
      rows_q   <= '0;
      supers_q <= '0;
      tests_q  <= '0;
      empty_q  <= '0;
    end else begin
      rows_q   <= (step_push && steps_ready ? '0 : rows_q) + 4'(counting && !item.last && item.begins);
      supers_q <= (step_push && steps_ready ? '0 : supers_q) + (counting && !item.last ? 11'(item.supers) : '0);
      tests_q  <= (step_push && steps_ready ? '0 : tests_q) + (counting && !item.last ? 11'(item.tests) : '0);
      empty_q  <= (step_push && steps_ready ? '0 : empty_q) + 9'(cover_take_o && cover_none_i);
    end
  end
  sac_fifo #(.Width($bits(walk_step_t)), .Depth(Steps)) u_steps (
    .clk_i, .rst_ni, .push_valid_i(step_push), .push_ready_o(steps_ready), .push_data_i(step),
    .pop_valid_o(step_valid_o), .pop_ready_i(step_ready_i), .pop_data_o(step_o), .count_o(step_count)
  );
  assign busy_o = state_q != StTake || next_valid || item_valid;

  logic unused;
  assign unused = ^{grid_i, mask_word_i, super_q};
endmodule

`default_nettype wire
