// SPDX-License-Identifier: Apache-2.0
// Which pixels of the tile are alive, as known with a lag (docs/architecture.md, 2.3): of visited cubes 1, 2, ..., cube n
// knows the deaths in cubes m <= n - AliveLag. Decisions run ahead of the samples: the next cube to decide on is number
// i + 1 when i have been visited, and may be decided on (`ready_o`) when everything that it knows has happened; the
// cube that is sampled, or was last, lies up to AliveLag behind. The deaths in the cubes between are kept apart.
// A pixel that is reported dead again stays as it is. Two contexts: the rays of the next tile are set up while the
// cubes of this one are walked.
`default_nettype none

module sac_alive
  import sac_config_pkg::*, sac_ray_pkg::*;
#(
  parameter int unsigned Columns = SampleLanes  // lanes
) (
  input  wire logic                             clk_i,
  input  wire logic                             rst_ni,
  // Set-up of a tile: `clear_i`, then its rays.
  input  wire logic                             ray_context_i,
  input  wire logic                             clear_i,
  input  wire logic                             ray_valid_i,
  input  wire logic [SideWidth-1:0]             ray_x_i,
  input  wire logic [SideWidth-1:0]             ray_y_i,
  input  wire logic                             ray_hit_i,
  // The tile that is walked; `next_i`: the walk goes to the next.
  input  wire logic                             context_i,
  input  wire logic                             next_i,
  // Deaths in the cube that is sampled, by lane; lanes own different columns.
  input  wire logic [Columns-1:0]                 died_valid_i,
  input  wire logic [Columns-1:0][SideWidth-1:0]  died_x_i,
  input  wire logic [Columns-1:0][SideWidth-1:0]  died_y_i,
  input  wire logic                             cube_start_i,  // the next visited cube is sampled from now on
  input  wire logic                             cube_done_i,   // all its deaths have been reported
  // Decisions: the row as known to the next cube, in the same cycle.
  input  wire logic                             visited_i,     // it is visited
  output logic                                  ready_o,
  output logic                                  any_o,         // some pixel of the tile is alive
  input  wire logic [SideWidth-1:0]             row_i,
  output logic [Tile-1:0]                       row_alive_o,
  // Samples: the rows as known to the cube that is sampled.
  input  wire logic [Columns-1:0][SideWidth-1:0]  sample_row_i,
  output logic [Columns-1:0][Tile-1:0]            sample_row_alive_o
);
  localparam int unsigned CountWidth = $clog2(Tile * Tile + 1);
  localparam int unsigned AheadWidth = $clog2(AliveLag + 2);

  logic [Tile-1:0]       alive_q [2][Tile];         // now
  logic [Tile-1:0]       died_q [AliveLag][Tile];   // in the cube that is sampled, in those before it
  logic [AliveLag-1:0]   some_died_q;
  logic [CountWidth-1:0] count_q [2];
  logic [AheadWidth-1:0] ahead_q;                   // of the cube to decide on, before the one that is sampled
  logic                  sampling_q;
  logic [Columns-1:0]      dies;

  always_comb begin
    for (int i = 0; i < int'(Columns); i++) dies[i] = died_valid_i[i] && alive_q[context_i][died_y_i[i]][died_x_i[i]];
  end

  assign ready_o = 32'(ahead_q) < AliveLag || (32'(ahead_q) == AliveLag && !sampling_q);
  always_comb begin
    row_alive_o = alive_q[context_i][row_i];
    any_o       = count_q[context_i] != '0;
    for (int k = 0; k < int'(AliveLag) - 1; k++) begin
      if (32'(ahead_q) + 32'(k) < AliveLag) begin
        row_alive_o |= died_q[k][row_i];
        any_o       |= some_died_q[k];
      end
    end
    for (int i = 0; i < int'(Columns); i++) begin
      sample_row_alive_o[i] = alive_q[context_i][sample_row_i[i]];
      for (int k = 1; k < int'(AliveLag); k++) sample_row_alive_o[i] |= died_q[k][sample_row_i[i]];
    end
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
      if (!rst_ni || (clear_i && 1'(c) == ray_context_i)) count_q[c] <= '0;
      else if (ray_valid_i && 1'(c) == ray_context_i) count_q[c] <= count_q[c] + CountWidth'(ray_hit_i);
      else if (1'(c) == context_i) count_q[c] <= count_q[c] - count_dead(dies);
    end
  end

  function automatic logic [CountWidth-1:0] count_dead(input logic [Columns-1:0] lanes);
    logic [CountWidth-1:0] sum;
    sum = '0;
    for (int i = 0; i < int'(Columns); i++) sum += CountWidth'(lanes[i]);
    return sum;
  endfunction

  always_ff @(posedge clk_i) begin
    if (ray_valid_i) alive_q[ray_context_i][ray_y_i][ray_x_i] <= ray_hit_i;
    for (int i = 0; i < int'(Columns); i++) if (dies[i]) alive_q[context_i][died_y_i[i]][died_x_i[i]] <= 1'b0;
    for (int y = 0; y < int'(Tile); y++) begin
      if (!rst_ni || next_i) begin
        for (int k = 0; k < int'(AliveLag); k++) died_q[k][y] <= '0;
      end else if (cube_start_i) begin
        died_q[0][y] <= '0;
        for (int k = 1; k < int'(AliveLag); k++) died_q[k][y] <= died_q[k-1][y];
      end
    end
    for (int i = 0; i < int'(Columns); i++) if (dies[i]) died_q[0][died_y_i[i]][died_x_i[i]] <= 1'b1;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!rst_ni || !visited_i || ready_o) else $error("a cube is visited before what it knows has happened");
    assert (!rst_ni || dies == '0 || !cube_start_i) else $error("a death between two cubes");
  end
`endif
  logic unused;
  assign unused = ^{died_q[AliveLag-1][0], some_died_q};
endmodule

`default_nettype wire
