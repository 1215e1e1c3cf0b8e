// SPDX-License-Identifier: Apache-2.0
// Trilinear interpolation of density at a candidate (docs/architecture.md, 1): reads the eight corners of its cell from
// the parity banks, then three levels of lerp(a, b, f) = a + ((b - a) * f + 128 >> 8). A candidate a cycle; its density
// comes out with it `Latency` cycles later.
`default_nettype none

module sac_interpolate
  import sac_config_pkg::*, sac_ray_pkg::*;
#(
  localparam int unsigned Half = CubeSide / 2 + 1,
  localparam int unsigned BankWords = Half * Half * Half,
  localparam int unsigned BankWidth = BankWords > 1 ? $clog2(BankWords) : 1,
  localparam int unsigned Latency = 6
) (
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire logic                      valid_i,
  input  wire candidate_t                candidate_i,
  // Parity banks: values follow two cycles later.
  output logic                           read_o,
  output logic [7:0][BankWidth-1:0]      read_address_o,
  input  wire logic [7:0][15:0]          features_i,
  output logic                           valid_o,
  output candidate_t                     candidate_o,
  output logic signed [15:0]             density_o
);
  typedef logic signed [15:0] value_t;

  function automatic value_t lerp(input value_t a, input value_t b, input logic [7:0] f);
    logic signed [16:0] difference;
    logic signed [25:0] product;
    difference = 17'(b) - 17'(a);
    product    = difference * $signed({1'b0, f}) + 26'sd128;
    return a + value_t'(product >>> 8);
  endfunction

  candidate_t candidate_q [Latency];
  logic       valid_q [Latency];
  always_ff @(posedge clk_i) begin
    candidate_q[0] <= candidate_i;
    for (int i = 1; i < int'(Latency); i++) candidate_q[i] <= candidate_q[i-1];
    for (int i = 0; i < int'(Latency); i++) valid_q[i] <= rst_ni && (i == 0 ? valid_i : valid_q[(i + Latency - 1) % Latency]);
  end
  assign valid_o     = valid_q[Latency-1];
  assign candidate_o = candidate_q[Latency-1];

  // Bank (px, py, pz) holds the corner whose coordinates have these parities.
  always_comb begin
    for (int bank = 0; bank < 8; bank++) begin
      logic [2:0][3:0] at;
      for (int a = 0; a < 3; a++)
        at[a] = {1'b0, candidate_q[0].place[a]} + 4'(candidate_q[0].place[a][0] != bank[a]);
      read_address_o[bank] = BankWidth'(32'(at[0][3:1]) + Half * (32'(at[1][3:1]) + Half * 32'(at[2][3:1])));
    end
  end
  assign read_o = valid_q[0];

  value_t corner [8], x_q [4], y_q [2];
  always_comb begin
    for (int c = 0; c < 8; c++) begin
      logic [2:0] bank;
      for (int a = 0; a < 3; a++) bank[a] = candidate_q[2].place[a][0] ^ c[a];
      corner[c] = features_i[bank];
    end
  end
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 4; i++) x_q[i] <= lerp(corner[2*i], corner[2*i+1], candidate_q[2].fraction[0]);
    for (int i = 0; i < 2; i++) y_q[i] <= lerp(x_q[2*i], x_q[2*i+1], candidate_q[3].fraction[1]);
    density_o <= lerp(y_q[0], y_q[1], candidate_q[4].fraction[2]);
  end
endmodule

`default_nettype wire
