// SPDX-License-Identifier: Apache-2.0
// Map of the alive pixels of a tile, as known with a lag and banked by sample lane (docs/architecture.md, 2.3): of visited
// cubes 1, 2, ..., cube n knows the deaths in cubes m <= n - AliveLag. Decisions run ahead of the samples: the next cube
// to decide on is number i + 1 when i have been visited, and may be decided on (`ready_o`) when everything that it
// knows has happened; the cube that is sampled, or was last, lies up to AliveLag behind. The deaths in the cubes
// between are kept apart. Queries are combinational. A pixel that is reported dead again stays as it is.
// Two contexts: the rays of the next tile are set up while the cubes of this one are walked.
`default_nettype none

module sac_alive
  import sac_config_pkg::*, sac_ray_pkg::*;
(
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  // Set-up of a tile: `clear_i`, then its rays in any order.
  input  wire logic                                    ray_context_i,
  input  wire logic                                    clear_i,
  input  wire logic                                    ray_valid_i,
  input  wire logic [SideWidth-1:0]                    ray_x_i,
  input  wire logic [SideWidth-1:0]                    ray_y_i,
  input  wire logic                                    ray_hit_i,
  // The tile that is walked; `next_i`: the walk goes to the next.
  input  wire logic                                    context_i,
  input  wire logic                                    next_i,
  // Deaths of a lane's own pixels, in the cube that is sampled.
  input  wire logic [SampleLanes-1:0]                  died_valid_i,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   died_x_i,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   died_y_i,
  input  wire logic                                    cube_start_i,  // the next visited cube is sampled from now on
  input  wire logic                                    cube_done_i,   // all its deaths have been reported
  // Decisions: a row by column of the tile, and whether any pixel is alive, as the next cube knows.
  input  wire logic                                    visited_i,     // it is visited
  output logic                                         ready_o,
  output logic                                         alive_o,
  input  wire logic [SideWidth-1:0]                    row_i,
  output logic [Tile-1:0]                              row_alive_o,
  // Samples: for each lane a row by column of the lane, as the cube that is sampled knows.
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   lane_row_i,
  output logic [SampleLanes-1:0][LaneColumns-1:0]      lane_alive_o
);
  localparam int unsigned CountWidth = $clog2(Tile * Tile + 1);
  localparam int unsigned AheadWidth = $clog2(AliveLag + 2);

  logic [AliveLag-1:0]    some_died_q;  // in the cube that is sampled, in those before it
  logic [CountWidth-1:0]  count_q [2];  // alive now
  logic [AheadWidth-1:0]  ahead_q;      // of the cube to decide on, before the one that is sampled
  logic                   sampling_q;
  logic [AliveLag-1:0]    unseen;       // deaths that the cube to decide on does not know
  logic [SampleLanes-1:0] dies;
  logic [SampleLanes-1:0][LaneColumns-1:0] decision;

  assign ready_o = 32'(ahead_q) < AliveLag || (32'(ahead_q) == AliveLag && !sampling_q);
  always_comb for (int k = 0; k < int'(AliveLag); k++) unseen[k] = 32'(ahead_q) + 32'(k) < AliveLag;

  for (genvar lane = 0; lane < SampleLanes; lane++) begin : gen_lane
    logic [LaneColumns-1:0] alive_q [2][Tile];        // now
    logic [LaneColumns-1:0] died_q [AliveLag][Tile];  // as some_died_q
    logic [SideWidth-1:0]   ray_column, died_column;
    logic                   ray, unused;
    assign ray         = ray_valid_i && lane_of(ray_x_i) == LaneWidth'(lane);
    assign ray_column  = ray_x_i >> LaneBits;
    assign died_column = died_x_i[lane] >> LaneBits;
    always_comb begin
      dies[lane] = 1'b0;
      for (int i = 0; i < int'(LaneColumns); i++)
        if (died_column == SideWidth'(i)) dies[lane] = died_valid_i[lane] && alive_q[context_i][died_y_i[lane]][i];
      decision[lane]     = alive_q[context_i][row_i];
      lane_alive_o[lane] = alive_q[context_i][lane_row_i[lane]];
      for (int k = 0; k < int'(AliveLag) - 1; k++) if (unseen[k]) decision[lane] |= died_q[k][row_i];
      for (int k = 1; k < int'(AliveLag); k++) lane_alive_o[lane] |= died_q[k][lane_row_i[lane]];
    end
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < int'(LaneColumns); i++) begin
        if (ray && ray_column == SideWidth'(i)) alive_q[ray_context_i][ray_y_i][i] <= ray_hit_i;
        if (dies[lane] && died_column == SideWidth'(i)) alive_q[context_i][died_y_i[lane]][i] <= 1'b0;
      end
      for (int y = 0; y < int'(Tile); y++) begin
        if (!rst_ni || next_i) begin
          for (int k = 0; k < int'(AliveLag); k++) died_q[k][y] <= '0;
        end else if (cube_start_i) begin
          died_q[0][y] <= '0;
          for (int k = 1; k < int'(AliveLag); k++) died_q[k][y] <= died_q[k-1][y];
        end
      end
      for (int i = 0; i < int'(LaneColumns); i++)
        if (dies[lane] && died_column == SideWidth'(i)) died_q[0][died_y_i[lane]][i] <= 1'b1;
    end
    assign unused = ^died_q[AliveLag-1][0];
  end

  always_comb begin
    for (int x = 0; x < int'(Tile); x++) row_alive_o[x] = decision[x % SampleLanes][x / SampleLanes];
    alive_o = count_q[context_i] != '0 || (unseen & some_died_q) != '0;
  end

  logic [CountWidth-1:0] deaths;
  always_comb begin
    deaths = '0;
    for (int lane = 0; lane < int'(SampleLanes); lane++) deaths += CountWidth'(dies[lane]);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || next_i) begin
      ahead_q     <= AheadWidth'(1);
      sampling_q  <= 1'b0;
      some_died_q <= '0;
    end else begin
      ahead_q <= ahead_q + AheadWidth'(visited_i) - AheadWidth'(cube_start_i);
      if (cube_start_i) sampling_q <= 1'b1;
      else if (cube_done_i) sampling_q <= 1'b0;
      if (cube_start_i) some_died_q <= some_died_q << 1;
      else if (dies != '0) some_died_q[0] <= 1'b1;
    end
    for (int c = 0; c < 2; c++) begin
      if (!rst_ni || (clear_i && ray_context_i == 1'(c))) count_q[c] <= '0;
      else count_q[c] <= count_q[c] + CountWidth'(ray_valid_i && ray_hit_i && ray_context_i == 1'(c)) -
                         (context_i == 1'(c) ? deaths : '0);
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!rst_ni || !visited_i || ready_o) else $error("a cube is visited before what it knows has happened");
    assert (!rst_ni || dies == '0 || !cube_start_i) else $error("a death between two cubes");
  end
`endif
endmodule

`default_nettype wire
