// SPDX-License-Identifier: Apache-2.0
// The smallest scale m * 2^-x (m = 128..255, x = 0..22) with q * m * 2^-x >= A, q = 2^(b-1) - 1, and the reciprocal
// floor(2^24 / m), one group a cycle, `Latency` cycles later (docs/attention.md, section 8). x puts the leading one of
// A * 2^x where that of q * 255 is, or one lower; then the bits of m are found, highest first.
`default_nettype none

module sac_recode_scale (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        valid_i,
  input  wire logic [15:0] largest_i,      // A, to 32768
  input  wire logic [1:0]  format_i,       // of the elements; steady
  output logic             valid_o,
  output logic [7:0]       mantissa_o,
  output logic [4:0]       exponent_o,
  output logic [17:0]      reciprocal_o
);
  localparam int unsigned Steps = 7;
  localparam int unsigned Latency = Steps + 3;

  // q * m, 23 bits.
  logic [3:0] bits_less;                   // b - 1
  assign bits_less = 4'd15 >> format_i;
  function automatic logic [22:0] product(input logic [7:0] m, input logic [3:0] places);
    return (23'(m) << places) - 23'(m);
  endfunction

  logic [Latency-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], valid_i};
  end
  assign valid_o = valid_q[Latency-1];

  // The exponent that would do if the leading bits decided; none below zero, nor for A = 0.
  logic [15:0] largest_q;
  logic [4:0]  exponent_q, lead;
  always_comb begin
    lead = '0;
    for (int unsigned i = 0; i < 16; i++) if (largest_i[i]) lead = 5'(i);
  end
  always_ff @(posedge clk_i) begin
    largest_q  <= largest_i;
    exponent_q <= largest_i == '0 || lead > 5'(bits_less) + 5'd7 ? '0 : 5'(bits_less) + 5'd7 - lead;
  end

  logic [23:0] shifted;
  logic        over;
  assign shifted = 24'(largest_q) << exponent_q;
  assign over    = shifted > 24'(product(8'd255, bits_less)) && exponent_q != '0;

  // Of step s: A * 2^x, x, and m - 128 as far as it is known.
  logic [Steps:0][23:0] wanted_q;
  logic [Steps:0][4:0]  exponents_q;
  logic [Steps:0][6:0]  mantissas_q;
  always_ff @(posedge clk_i) begin
    wanted_q[0]    <= over ? shifted >> 1 : shifted;
    exponents_q[0] <= exponent_q - 5'(over);
    mantissas_q[0] <= '0;
  end
  for (genvar s = 0; s < int'(Steps); s++) begin : gen_step
    localparam logic [6:0] Bit = 7'd64 >> s;
    logic [7:0] below;                     // the largest m with this bit clear
    assign below = {1'b1, mantissas_q[s]} + 8'(Bit) - 8'd1;
    always_ff @(posedge clk_i) begin
      wanted_q[s+1]    <= wanted_q[s];
      exponents_q[s+1] <= exponents_q[s];
      mantissas_q[s+1] <= 24'(product(below, bits_less)) < wanted_q[s] ? mantissas_q[s] | Bit : mantissas_q[s];
    end
  end

  localparam int unsigned Reciprocals = 128;
  typedef logic [Reciprocals-1:0][17:0] reciprocals_t;
  function automatic reciprocals_t reciprocals();
    for (int unsigned i = 0; i < Reciprocals; i++) reciprocals[i] = 18'((32'd1 << 24) / (32'd128 + i));
  endfunction
  localparam reciprocals_t Table = reciprocals();
  always_ff @(posedge clk_i) begin
    mantissa_o   <= {1'b1, mantissas_q[Steps]};
    exponent_o   <= exponents_q[Steps];
    reciprocal_o <= Table[mantissas_q[Steps]];
  end

  logic unused;
  assign unused = ^wanted_q[Steps];
endmodule

`default_nettype wire
