// SPDX-License-Identifier: Apache-2.0
// Map of the alive pixels of a tile, banked by sample lane (docs/architecture.md, 2.3): a pixel is alive when its ray hits
// the grid, until its lane reports that its T fell to the termination threshold. Queries are combinational and see what
// was reported up to the cycle before.
`default_nettype none

module sac_alive
  import sac_config_pkg::*, sac_ray_pkg::*;
(
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  // New tile: `clear_i`, then its rays in any order.
  input  wire logic                                    clear_i,
  input  wire logic                                    ray_valid_i,
  input  wire logic [SideWidth-1:0]                    ray_x_i,
  input  wire logic [SideWidth-1:0]                    ray_y_i,
  input  wire logic                                    ray_hit_i,
  // Deaths: of a lane's own pixels, each once.
  input  wire logic [SampleLanes-1:0]                  died_valid_i,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   died_x_i,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   died_y_i,
  // A row by column of the tile, and for each lane a row by column of the lane.
  input  wire logic [SideWidth-1:0]                    row_i,
  output logic [Tile-1:0]                              row_alive_o,
  input  wire logic [SampleLanes-1:0][SideWidth-1:0]   lane_row_i,
  output logic [SampleLanes-1:0][LaneColumns-1:0]      lane_alive_o,
  output logic                                         alive_o       // any pixel
);
  localparam int unsigned CountWidth = $clog2(Tile * Tile + 1);

  logic [SampleLanes-1:0][LaneColumns-1:0] decision;
  for (genvar lane = 0; lane < SampleLanes; lane++) begin : gen_lane
    logic [LaneColumns-1:0] alive_q [Tile];
    logic                   ray;
    assign ray = ray_valid_i && lane_of(ray_x_i) == LaneWidth'(lane);
    assign decision[lane]     = alive_q[row_i];
    assign lane_alive_o[lane] = alive_q[lane_row_i[lane]];
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < int'(LaneColumns); i++) begin
        if (ray && ray_x_i >> LaneBits == SideWidth'(i)) alive_q[ray_y_i][i] <= ray_hit_i;
        else if (died_valid_i[lane] && died_x_i[lane] >> LaneBits == SideWidth'(i))
          alive_q[died_y_i[lane]][i] <= 1'b0;
      end
    end
  end

  always_comb
    for (int x = 0; x < int'(Tile); x++) row_alive_o[x] = decision[x % SampleLanes][x / SampleLanes];

  logic [CountWidth-1:0] count_q, deaths;
  always_comb begin
    deaths = '0;
    for (int lane = 0; lane < int'(SampleLanes); lane++) deaths += CountWidth'(died_valid_i[lane]);
  end
  assign alive_o = count_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) count_q <= '0;
    else count_q <= count_q + CountWidth'(ray_valid_i && ray_hit_i) - deaths;
  end
endmodule

`default_nettype wire
