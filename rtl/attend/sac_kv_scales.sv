// SPDX-License-Identifier: Apache-2.0
// Scales of two rows of K or V: one being filled, beat by beat, while the other one is used.
`default_nettype none

module sac_kv_scales
  import sac_config_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    valid_i,
  output logic                         ready_o,
  input  wire logic [AxiDataWidth-1:0] beat_i,
  input  wire logic                    last_i,      // of the row
  // The older row: its scales are all there; the one of an element; the row is not needed any more.
  output logic                         complete_o,
  input  wire logic [10:0]             element_i,
  output logic [7:0]                   mantissa_o,
  output logic [4:0]                   exponent_o,
  input  wire logic                    done_i
);
  localparam int unsigned Scales = (HeadDim + 31) / 32;
  localparam int unsigned ScaleWidth = Scales > 1 ? $clog2(Scales) : 1;
  localparam int unsigned BeatScales = AxiDataWidth / 16;

  logic [1:0][Scales-1:0][12:0] scales_q;
  logic                         write_q, read_q, push;
  logic [1:0]                   rows_q;
  logic [5:0]                   beat_q;
  logic [12:0]                  scale;
  assign ready_o    = rows_q != 2'd2;
  assign push       = valid_i && ready_o;
  assign complete_o = rows_q != '0;
  assign scale      = scales_q[read_q][ScaleWidth'(element_i >> 5)];
  assign mantissa_o = scale[7:0];
  assign exponent_o = scale[12:8];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 1'b0;
      read_q  <= 1'b0;
      rows_q  <= '0;
      beat_q  <= '0;
    end else begin
      if (push) beat_q <= last_i ? '0 : beat_q + 1'b1;
      write_q <= write_q ^ (push && last_i);
      read_q  <= read_q ^ done_i;
      rows_q  <= rows_q + 2'(push && last_i) - 2'(done_i);
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) begin
      for (int unsigned i = 0; i < Scales; i++)
        if (beat_q == 6'(i / BeatScales)) scales_q[write_q][i] <= beat_i[16*(i % BeatScales) +: 13];
    end
  end
endmodule

`default_nettype wire
