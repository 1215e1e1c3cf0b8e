// SPDX-License-Identifier: Apache-2.0
// Unsigned restoring division, `Bits` quotient bits a cycle: quotient = floor(numerator / denominator).
// `start_i` is taken when `busy_o` is low; `done_o` pulses ceil(QuotientWidth / Bits) + 1 cycles later and
// the results hold until the next start. Only QuotientWidth bits are computed: if numerator >=
// denominator << QuotientWidth (also denominator 0), `overflow_o` is high with `done_o` and the
// quotient is meaningless.
`default_nettype none

module sac_divide #(
  parameter int unsigned NumeratorWidth   = 32,
  parameter int unsigned DenominatorWidth = 16,
  parameter int unsigned QuotientWidth    = 16,
  parameter int unsigned Bits             = 1
) (
  input  wire logic                        clk_i,
  input  wire logic                        rst_ni,
  input  wire logic                        start_i,
  input  wire logic [NumeratorWidth-1:0]   numerator_i,
  input  wire logic [DenominatorWidth-1:0] denominator_i,
  output logic                             busy_o,
  output logic                             done_o,
  output logic                             overflow_o,
  output logic [QuotientWidth-1:0]         quotient_o
);
  // The remainder stays below the denominator; the numerator above the computed bits starts it. Bits are computed in
  // whole cycles: those above QuotientWidth are zero unless the quotient overflows.
  localparam int unsigned Cycles = (QuotientWidth + Bits - 1) / Bits;
  localparam int unsigned LowWidth = Cycles * Bits;
  localparam int unsigned HighWidth =
      NumeratorWidth > QuotientWidth ? NumeratorWidth - QuotientWidth : 1;
  localparam int unsigned CompareWidth = HighWidth > DenominatorWidth ? HighWidth : DenominatorWidth;
  localparam int unsigned CountWidth = $clog2(Cycles + 1);

  logic [DenominatorWidth-1:0] remainder, remainder_q, denominator_q;
  logic [LowWidth-1:0]         low, low_q;
  logic [CountWidth-1:0]       count_q;

  logic [NumeratorWidth+LowWidth-1:0] padded;
  assign padded = (NumeratorWidth+LowWidth)'(numerator_i);

  always_comb begin
    logic [DenominatorWidth:0] shifted;
    logic                      fits;
    remainder = remainder_q;
    low       = low_q;
    for (int i = 0; i < int'(Bits); i++) begin
      shifted   = {remainder, low[LowWidth-1]};
      fits      = shifted >= {1'b0, denominator_q};
      remainder = DenominatorWidth'(fits ? shifted - {1'b0, denominator_q} : shifted);
      low       = {low[LowWidth-2:0], fits};
    end
  end

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
        remainder_q   <= DenominatorWidth'(padded >> LowWidth);
        low_q         <= padded[LowWidth-1:0];
        denominator_q <= denominator_i;
        count_q       <= CountWidth'(Cycles);
        overflow_o    <= CompareWidth'(padded >> QuotientWidth) >= CompareWidth'(denominator_i);
      end
    end else begin
      remainder_q <= remainder;
      low_q       <= low;
      count_q     <= count_q - 1'b1;
    end
  end

  assign quotient_o = low_q[QuotientWidth-1:0];
endmodule

`default_nettype wire
