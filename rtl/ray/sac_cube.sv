// SPDX-License-Identifier: Apache-2.0
// The cubes of a tile (docs/architecture.md, 2.3), as stages that work on different cubes at the same time: the decision
// over the steps of the walk, density patches, vertices, samples. A visited cube keeps its place in a ring of AliveLag
// cubes until it has been sampled: the lag of sac_alive lets no more be under way. From
// `start_i` (the tile's rays are there) to `done_o`.
`default_nettype none

module sac_cube
  import sac_config_pkg::*, sac_ray_pkg::*, sac_spec_pkg::scene_record_t, sac_colour_pkg::patch_request_t;
(
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire scene_record_t        scene_i,
  input  wire logic                 start_i,
  output logic                      done_o,
  // Walk.
  output logic                      walk_start_o,
  output logic                      walk_stop_o,   // no pixel is alive: drop what is left
  input  wire logic                 walk_busy_i,
  input  wire logic                 step_valid_i,
  output logic                      step_ready_o,
  input  wire walk_step_t                step_i,
  output logic                      counted_o,     // counts of the step in hand hold
  // Alive pixels.
  input  wire logic                 alive_ready_i,
  input  wire logic                 alive_any_i,
  output logic [SideWidth-1:0]      row_o,
  input  wire logic [Tile-1:0]      row_alive_i,
  output logic                      visited_o,
  output logic                      dead_o,
  // Patches.
  output logic                      patch_valid_o,
  input  wire logic                 patch_ready_i,
  output patch_request_t            patch_o,
  input  wire logic                 patch_done_i,
  // Vertices.
  output logic                      vertex_start_o,
  output logic                      vertex_bank_o,
  output logic                      vertex_set_o,
  output cube_t                     vertex_cube_o,
  input  wire logic                 vertex_done_i,
  // Samples, up to the last one composited and its death reported.
  output logic                      sample_start_o,
  output logic                      sample_set_o,
  output cube_t                     sample_cube_o,
  input  wire logic                 sample_done_i
);
  localparam int unsigned Places = AliveLag;
  localparam int unsigned PlaceWidth = Places > 1 ? $clog2(Places) : 1;
  localparam int unsigned CountWidth = $clog2(Places + 1);
  typedef logic [PlaceWidth-1:0] place_t;
  typedef logic [CountWidth-1:0] count_t;
  typedef enum logic [2:0] {StIdle, StStep, StRow, StStop, StDrain} decide_e;
  typedef enum logic [1:0] {StWait, StStart, StSample} sample_e;

  function automatic place_t next_place(input place_t place);
    return place == place_t'(Places - 1) ? '0 : place + 1'b1;
  endfunction

  cube_t  cubes_q [Places];
  place_t decide_q, patch_q, vertex_q, sample_q;   // each stage's cube
  count_t flying_q;                                // cubes that are visited and not finished

  // ---- Decision.
  decide_e              state_q;
  logic [SideWidth-1:0] row_q;
  logic [Tile-1:0]      columns;
  logic                 row_alive, checks, ended;
  always_comb begin
    for (int i = 0; i < int'(Tile); i++)
      columns[i] = SideWidth'(i) >= step_i.cube.disc.x0 && SideWidth'(i) <= step_i.cube.disc.x1;
  end
  assign row_o     = row_q;
  assign row_alive = (row_alive_i & columns) != '0;
  assign checks    = step_i.covered || step_i.supers != '0 || step_i.empty != '0;  // the walk looks for alive pixels
  assign ended     = checks && !alive_any_i;
  assign visited_o = state_q == StRow && row_alive;
  assign dead_o    = state_q == StRow && !row_alive && row_q == step_i.cube.disc.y1;
  assign counted_o = state_q == StStep && step_valid_i && alive_ready_i && !ended;
  assign step_ready_o = (counted_o && !step_i.covered) || visited_o || dead_o || state_q == StStop;
  assign walk_start_o = state_q == StIdle && start_i && alive_any_i;
  assign walk_stop_o  = state_q == StStop;
  assign done_o = (state_q == StDrain && flying_q == '0) || (state_q == StIdle && start_i && !alive_any_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (walk_start_o) state_q <= StStep;
        StStep:
          if (step_valid_i && alive_ready_i) begin
            if (ended || step_i.last) state_q <= StStop;
            else if (step_i.covered) state_q <= StRow;
          end
        StRow:   if (visited_o || dead_o) state_q <= StStep;
        StStop:  if (!walk_busy_i && !step_valid_i) state_q <= StDrain;
        StDrain: if (flying_q == '0) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    row_q <= state_q == StRow ? row_q + 1'b1 : step_i.cube.disc.y0;
    if (visited_o) cubes_q[decide_q] <= step_i.cube;
  end

  // ---- Patches: all texels of the cube, clipped to the grid.
  count_t          waiting_q;                      // visited, not all asked for
  logic [1:0]      plane_q, banks_q, arrived_q;    // banks in use; planes that have arrived
  logic            asked, arrived;
  logic [9:0]      vertices [3];
  logic [3:0]      extent [3];
  logic [2:0][9:0] origin;
  assign origin   = cubes_q[patch_q].origin;
  assign vertices = '{scene_i.gx, scene_i.gy, scene_i.gz};
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      logic [9:0] rest;
      rest = vertices[a] - origin[a];
      extent[a] = rest > (10'd1 << scene_i.side_log2) ? (4'd1 << scene_i.side_log2) + 4'd1 : 4'(rest);
    end
    patch_o.plane = plane_q;
    patch_o.u0    = plane_q == 2'd2 ? origin[1] : origin[0];
    patch_o.nu    = plane_q == 2'd2 ? extent[1] : extent[0];
    patch_o.v0    = plane_q == 2'd0 ? origin[1] : origin[2];
    patch_o.nv    = plane_q == 2'd0 ? extent[1] : extent[2];
  end
  assign patch_valid_o = waiting_q != '0 && (plane_q != '0 || 32'(banks_q) < PatchBanks);
  assign asked   = patch_valid_o && patch_ready_i && plane_q == 2'd2;
  assign arrived = patch_done_i && arrived_q == 2'd2;

  // ---- Vertices.
  count_t     fetched_q, made_q;                   // patches are there; vertices are there
  logic [1:0] sets_q;                              // sets of features in use
  logic       computing_q, bank_q, set_q, sampled;
  assign vertex_start_o = fetched_q != '0 && !computing_q && 32'(sets_q) < VertexSets;
  assign vertex_bank_o  = bank_q;
  assign vertex_set_o   = set_q;
  assign vertex_cube_o  = cubes_q[vertex_q];

  // ---- Samples.
  sample_e sample_state_q;
  logic    sample_set_q;
  assign sample_start_o = sample_state_q == StStart;
  assign sample_set_o   = sample_set_q;
  assign sample_cube_o  = cubes_q[sample_q];
  assign sampled        = sample_state_q == StSample && sample_done_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      decide_q       <= '0;
      patch_q        <= '0;
      vertex_q       <= '0;
      sample_q       <= '0;
      flying_q       <= '0;
      waiting_q      <= '0;
      plane_q        <= '0;
      banks_q        <= '0;
      arrived_q      <= '0;
      fetched_q      <= '0;
      made_q         <= '0;
      sets_q         <= '0;
      computing_q    <= 1'b0;
      bank_q         <= 1'b0;
      set_q          <= 1'b0;
      sample_set_q   <= 1'b0;
      sample_state_q <= StWait;
    end else begin
      flying_q  <= flying_q + count_t'(visited_o) - count_t'(sampled);
      waiting_q <= waiting_q + count_t'(visited_o) - count_t'(asked);
      fetched_q <= fetched_q + count_t'(arrived) - count_t'(vertex_start_o);
      made_q    <= made_q + count_t'(vertex_done_i) - count_t'(sample_start_o);
      banks_q   <= banks_q + 2'(patch_valid_o && patch_ready_i && plane_q == '0) - 2'(vertex_done_i);
      sets_q    <= sets_q + 2'(vertex_start_o) - 2'(sampled);
      if (visited_o) decide_q <= next_place(decide_q);
      if (patch_valid_o && patch_ready_i) plane_q <= asked ? '0 : plane_q + 2'd1;
      if (asked) patch_q <= next_place(patch_q);
      if (patch_done_i) arrived_q <= arrived ? '0 : arrived_q + 2'd1;
      if (vertex_start_o) computing_q <= 1'b1;
      else if (vertex_done_i) computing_q <= 1'b0;
      if (vertex_done_i) begin
        vertex_q <= next_place(vertex_q);
        bank_q   <= !bank_q;
        set_q    <= !set_q;
      end
      if (sampled) begin
        sample_q     <= next_place(sample_q);
        sample_set_q <= !sample_set_q;
      end
      unique case (sample_state_q)
        StWait:   if (made_q != '0) sample_state_q <= StStart;
        StStart:  sample_state_q <= StSample;
        default:  if (sample_done_i) sample_state_q <= StWait;
      endcase
    end
  end

  logic unused;
  assign unused = ^{scene_i, step_i};
endmodule

`default_nettype wire
