// SPDX-License-Identifier: Apache-2.0
// sac_sample with its structs taken apart, its rays and its map of alive pixels, for tests/ray/sample_test.cc.
`default_nettype none

module sac_sample_bench
  import sac_config_pkg::*, sac_ray_pkg::*;
(
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  output logic [31:0]       tile_o,
  output logic [31:0]       lanes_o,
  output logic [31:0]       cube_side_o,
  // A pixel: its ray, whether it is alive.
  input  wire logic         write_i,
  input  wire logic [5:0]   write_x_i,
  input  wire logic [5:0]   write_y_i,
  input  wire logic         alive_i,
  input  wire logic [2:0][31:0] position_i,
  input  wire logic [2:0][31:0] step_i,
  input  wire logic [2:0][31:0] inverse_i,
  input  wire logic         start_i,
  input  wire logic [2:0]   lane_i,
  input  wire logic [2:0][9:0] origin_i,
  input  wire logic [511:0] mask_i,
  input  wire logic         whole_i,
  input  wire logic [5:0]   x0_i,
  input  wire logic [5:0]   x1_i,
  input  wire logic [5:0]   y0_i,
  input  wire logic [5:0]   y1_i,
  input  wire logic [31:0]  du_i,
  input  wire logic [31:0]  dv_i,
  input  wire logic [63:0]  excess_i,
  input  wire logic [1:0]   side_log2_i,
  input  wire logic [11:0]  samples_i,
  input  wire logic         ready_i,
  output logic              busy_o,
  output logic              done_o,
  output logic              visited_o,
  output logic              valid_o,
  output logic              hit_o,
  output logic              first_o,
  output logic              last_o,
  output logic [5:0]        x_o,
  output logic [5:0]        y_o,
  output logic [11:0]       k_o,
  output logic [8:0]        place_o,
  output logic [23:0]       fraction_o
);
  assign tile_o      = Tile;
  assign lanes_o     = SampleLanes;
  assign cube_side_o = CubeSide;

  logic [LaneColumns-1:0]   alive_q [Tile];
  logic [SideWidth-1:0]     row;
  logic                     line_en, write;
  logic [LaneWordWidth-1:0] line_word;
  ray_line_t                written, line;
  cube_t                    cube;
  candidate_t               candidate;
  assign write = write_i && (3'(write_x_i) & 3'(SampleLanes - 1)) == lane_i;
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(LaneColumns); i++)
      if (write && write_x_i >> LaneBits == 6'(i)) alive_q[write_y_i[SideWidth-1:0]][i] <= alive_i;
  end
  assign written = '{
    position: position_i, inverse: {inverse_i[2][17:0], inverse_i[1][17:0], inverse_i[0][17:0]},
    step: {step_i[2][19:0], step_i[1][19:0], step_i[0][19:0]}
  };
  sac_ram #(.Width($bits(ray_line_t)), .Words(LaneWords)) u_line (
    .clk_i, .write_en_i(write), .write_address_i(lane_word(write_x_i[SideWidth-1:0], write_y_i[SideWidth-1:0])),
    .write_data_i(written), .read_en_i(line_en), .read_address_i(line_word), .read_data_o(line)
  );

  assign cube.origin = origin_i;
  assign cube.mask   = mask_i[MaskBits-1:0];
  assign cube.disc   = '{
    whole: whole_i, x0: x0_i[SideWidth-1:0], x1: x1_i[SideWidth-1:0], y0: y0_i[SideWidth-1:0],
    y1: y1_i[SideWidth-1:0], du: du_i[29:0], dv: dv_i[29:0], excess: excess_i[59:0]
  };
  sac_sample u_sample (
    .clk_i, .rst_ni, .lane_i(lane_i[LaneWidth-1:0]), .start_i, .cube_i(cube), .side_log2_i, .samples_i, .ready_i,
    .busy_o, .done_o, .row_o(row), .alive_i(alive_q[row]), .line_en_o(line_en), .line_word_o(line_word), .line_i(line),
    .valid_o, .candidate_o(candidate), .visited_o
  );
  assign hit_o      = candidate.hit;
  assign first_o    = candidate.first;
  assign last_o     = candidate.last;
  assign x_o        = 6'(candidate.x);
  assign y_o        = 6'(candidate.y);
  assign k_o        = candidate.k;
  assign place_o    = candidate.place;
  assign fraction_o = candidate.fraction;
endmodule

`default_nettype wire
