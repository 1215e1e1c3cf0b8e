// SPDX-License-Identifier: Apache-2.0
// Brings one row's out slot to the array's port: the request is decoded and registered, the rows answer in the next
// cycle (all others with zero), the word is registered after the OR: UnloadLatency cycles, one word a cycle. The
// word holds until the next one.
`default_nettype none

module sac_unload
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
(
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire unload_t                   request_i,
  output logic [Rows-1:0]                row_en_o,
  output logic                           row_slot_o,
  input  wire logic [Rows*WordWidth-1:0] row_data_i,
  output logic [WordWidth-1:0]           data_o
);
  logic                 valid_q;
  logic [WordWidth-1:0] word;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q  <= 1'b0;
      row_en_o <= '0;
    end else begin
      valid_q <= request_i.valid;
      for (int r = 0; r < int'(Rows); r++)
        row_en_o[r] <= request_i.valid && request_i.row == RowWidth'(r);
    end
  end

  always_comb begin
    word = '0;
    for (int r = 0; r < int'(Rows); r++) word |= row_data_i[r*int'(WordWidth) +: WordWidth];
  end

  always_ff @(posedge clk_i) begin
    row_slot_o <= request_i.slot;
    if (valid_q) data_o <= word;
  end
endmodule

`default_nettype wire
