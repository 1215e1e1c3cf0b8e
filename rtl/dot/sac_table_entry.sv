// SPDX-License-Identifier: Apache-2.0
// Collects the 32-bit words of TABLE for one target into entries of `Words` words: `write_o` pulses with the entry
// number and its data (word 0 lowest) one cycle after the last word. Words come in rising order.
`default_nettype none

module sac_table_entry
  import sac_memory_pkg::*;
#(
  parameter logic [4:0]  Target = 5'd0,
  parameter int unsigned Words  = 2
) (
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire table_word_t    word_i,
  output logic                write_o,
  output logic [15:0]         entry_o,
  output logic [Words*32-1:0] data_o
);
  logic take;
  assign take = word_i.valid && word_i.target == Target;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) write_o <= 1'b0;
    else write_o <= take && word_i.last;
  end

  // Words shift in from the top, so word 0 ends at the bottom.
  always_ff @(posedge clk_i) begin
    if (take) begin
      data_o  <= (Words*32)'({word_i.data, data_o} >> 32);
      entry_o <= word_i.entry;
    end
  end

  logic unused_word;
  assign unused_word = ^word_i.word;
endmodule

`default_nettype wire
