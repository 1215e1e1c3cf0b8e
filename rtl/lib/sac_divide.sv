// SPDX-License-Identifier: Apache-2.0
// Unsigned restoring division, one quotient bit a cycle: quotient = floor(numerator / denominator).
// `start_i` is taken when `busy_o` is low; `done_o` pulses QuotientWidth + 1 cycles later and the
// results hold until the next start. Only QuotientWidth bits are computed: if numerator >=
// denominator << QuotientWidth (also denominator 0), `overflow_o` is high with `done_o` and the
// quotient is meaningless.
`default_nettype none

module sac_divide #(
  parameter int unsigned NumeratorWidth   = 32,
  parameter int unsigned DenominatorWidth = 16,
  parameter int unsigned QuotientWidth    = 16
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
  // The remainder stays below the denominator; the numerator above QuotientWidth bits starts it.
  localparam int unsigned HighWidth =
      NumeratorWidth > QuotientWidth ? NumeratorWidth - QuotientWidth : 1;
  localparam int unsigned CompareWidth = HighWidth > DenominatorWidth ? HighWidth : DenominatorWidth;
  localparam int unsigned CountWidth = $clog2(QuotientWidth + 1);

  logic [DenominatorWidth:0]   shifted;
  logic [DenominatorWidth-1:0] remainder_q, denominator_q;
  logic [QuotientWidth-1:0]    low_q;
  logic [CountWidth-1:0]       count_q;
  logic                        fits;

  logic [NumeratorWidth+QuotientWidth-1:0] padded;
  assign padded = (NumeratorWidth+QuotientWidth)'(numerator_i);

  assign shifted = {remainder_q, low_q[QuotientWidth-1]};
  assign fits    = shifted >= {1'b0, denominator_q};

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
        remainder_q   <= DenominatorWidth'(padded >> QuotientWidth);
        low_q         <= padded[QuotientWidth-1:0];
        denominator_q <= denominator_i;
        count_q       <= CountWidth'(QuotientWidth);
        overflow_o    <= CompareWidth'(padded >> QuotientWidth) >= CompareWidth'(denominator_i);
      end
    end else begin
      remainder_q <= DenominatorWidth'(fits ? shifted - {1'b0, denominator_q} : shifted);
      low_q       <= {low_q[QuotientWidth-2:0], fits};
      count_q     <= count_q - 1'b1;
    end
  end

  assign quotient_o = low_q;
endmodule

`default_nettype wire
