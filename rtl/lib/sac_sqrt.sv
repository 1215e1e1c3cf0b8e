// SPDX-License-Identifier: Apache-2.0
// Integer square root, one result bit a cycle: root = floor(sqrt(value)), value of 2 * RootWidth bits.
// `start_i` is taken when `busy_o` is low; `done_o` pulses RootWidth + 1 cycles later; the root holds
// until the next start.
`default_nettype none

module sac_sqrt #(
  parameter int unsigned RootWidth = 16
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   start_i,
  input  wire logic [2*RootWidth-1:0] value_i,
  output logic                        busy_o,
  output logic                        done_o,
  output logic [RootWidth-1:0]        root_o
);
  localparam int unsigned CountWidth = $clog2(RootWidth + 1);

  logic [2*RootWidth-1:0] value_q;
  logic [RootWidth+1:0]   shifted, trial;
  logic [RootWidth-1:0]   remainder_q;  // at most 2 * root; the last one, a bit wider, is not needed
  logic [CountWidth-1:0]  count_q;
  logic                   fits;

  // Digit by digit: append two bits of the value to the remainder, subtract 4*root + 1 if it fits.
  assign shifted = {remainder_q, value_q[2*RootWidth-1 -: 2]};
  assign trial   = {root_o, 2'b01};
  assign fits    = shifted >= trial;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      done_o <= 1'b0;
    end else begin
      done_o <= 1'b0;
      if (!busy_o) begin
        busy_o <= start_i;
      end else if (count_q == CountWidth'(1)) begin
        busy_o <= 1'b0;
        done_o <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_o) begin
      if (start_i) begin
        value_q     <= value_i;
        remainder_q <= '0;
        root_o      <= '0;
        count_q     <= CountWidth'(RootWidth);
      end
    end else begin
      remainder_q <= RootWidth'(fits ? shifted - trial : shifted);
      root_o      <= {root_o[RootWidth-2:0], fits};
      value_q     <= value_q << 2;
      count_q     <= count_q - 1'b1;
    end
  end
endmodule

`default_nettype wire
