// SPDX-License-Identifier: Apache-2.0
// Packs the beats of rows of X into words of the x RAM. A row starts with a new beat and has `words_i` words, the last
// one padded with whatever: the array does not read it. The words of a row are numbered from 0.
`default_nettype none

module sac_matmul_pack
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
(
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire logic                     clear_i,
  input  wire logic [XAddressWidth-1:0] words_i,
  input  wire logic                     data_valid_i,
  output logic                          data_ready_o,
  input  wire logic [AxiDataWidth-1:0]  data_i,
  input  wire logic                     data_last_i,
  output logic                          valid_o,
  output logic [XAddressWidth-1:0]      word_o,
  output logic                          last_o,
  output logic [WordWidth-1:0]          data_o
);
  logic                     emit;    // a word is complete and goes out in the next cycle
  logic [XAddressWidth-1:0] next_q;  // its number

  if (AxiDataWidth <= WordWidth) begin : gen_collect
    localparam int unsigned Beats = WordWidth / AxiDataWidth;
    localparam int unsigned BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
    logic [BeatWidth-1:0] beat_q;
    assign data_ready_o = 1'b1;
    assign emit         = data_valid_i && (data_last_i || beat_q == BeatWidth'(Beats - 1));
    always_ff @(posedge clk_i) begin
      if (!rst_ni || clear_i) beat_q <= '0;
      else if (data_valid_i) beat_q <= emit ? '0 : beat_q + 1'b1;
    end
    always_ff @(posedge clk_i) begin
      if (data_valid_i) begin
        for (int i = 0; i < int'(Beats); i++)
          if (beat_q == BeatWidth'(i)) data_o[i*int'(AxiDataWidth) +: AxiDataWidth] <= data_i;
      end
    end
  end else begin : gen_split
    localparam int unsigned Parts = AxiDataWidth / WordWidth;
    localparam int unsigned PartWidth = $clog2(Parts);
    logic [PartWidth-1:0] part_q;
    logic                 row_end;
    // The last beat may hold fewer words than it has room for.
    assign row_end      = next_q == words_i - 1'b1;
    assign data_ready_o = part_q == PartWidth'(Parts - 1) || row_end;
    assign emit         = data_valid_i;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || clear_i) part_q <= '0;
      else if (data_valid_i) part_q <= data_ready_o ? '0 : part_q + 1'b1;
    end
    always_ff @(posedge clk_i) begin
      if (data_valid_i) data_o <= data_i[part_q*WordWidth +: WordWidth];
    end
    logic unused_last;
    assign unused_last = data_last_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      valid_o <= 1'b0;
      next_q  <= '0;
    end else begin
      valid_o <= emit;
      if (emit) next_q <= next_q == words_i - 1'b1 ? '0 : next_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (emit) begin
      word_o <= next_q;
      last_o <= next_q == words_i - 1'b1;
    end
  end
endmodule

`default_nettype wire
