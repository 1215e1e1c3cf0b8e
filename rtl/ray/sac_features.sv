// SPDX-License-Identifier: Apache-2.0
// Features of appearance vertices (docs/architecture.md, section 6): eight parity banks, FeatureSets groups in each,
// a vertex as words of EncodeChannels channels. Reads the same word of the eight corners of a cell.
`default_nettype none

module sac_features
  import sac_config_pkg::*, sac_colour_pkg::*;
(
  input  wire logic                       clk_i,
  input  wire logic                       write_i,
  input  wire feature_set_t               write_set_i,
  input  wire place_t                     write_place_i,
  input  wire logic [VertexWordWidth-1:0] write_word_i,
  input  wire feature_word_t              write_data_i,
  // The words of the corners two cycles later: corner x + 2 y + 4 z.
  input  wire logic                       read_i,
  input  wire feature_set_t               read_set_i,
  input  wire logic [2:0][2:0]            read_cell_i,
  input  wire logic [VertexWordWidth-1:0] read_word_i,
  output logic [7:0][16*EncodeChannels-1:0] corner_o
);
  localparam int unsigned BankWords = FeatureSets * BankVertices * VertexWords;
  localparam int unsigned BankWidth = $clog2(BankWords);
  typedef logic [BankWidth-1:0] address_t;

  function automatic address_t address(input feature_set_t number, input logic [2:0] x, input logic [2:0] y,
                                       input logic [2:0] z, input logic [VertexWordWidth-1:0] word);
    return address_t'(32'(number) * BankVertices * VertexWords +
                      (32'(x) + BankSide * (32'(y) + BankSide * 32'(z))) * VertexWords + 32'(word));
  endfunction

  address_t      write_address;
  logic [2:0]    write_bank;
  logic [2:0][2:0] cell_q, cell_q2;
  feature_word_t bank_value [8], bank_value_q [8];
  assign write_bank    = {write_place_i[2][0], write_place_i[1][0], write_place_i[0][0]};
  assign write_address = address(write_set_i, write_place_i[0][3:1], write_place_i[1][3:1], write_place_i[2][3:1],
                                 write_word_i);
  for (genvar bank = 0; bank < 8; bank++) begin : gen_bank
    localparam logic [2:0] Parity = 3'(bank);
    place_t at;
    always_comb
      for (int a = 0; a < 3; a++) at[a] = {1'b0, read_cell_i[a]} + 4'(read_cell_i[a][0] != Parity[a]);
    sac_ram #(.Width(16 * EncodeChannels), .Words(BankWords)) u_bank (
      .clk_i, .write_en_i(write_i && write_bank == Parity), .write_address_i(write_address),
      .write_data_i(write_data_i), .read_en_i(read_i),
      .read_address_i(address(read_set_i, at[0][3:1], at[1][3:1], at[2][3:1], read_word_i)),
      .read_data_o(bank_value[bank])
    );
    logic unused;
    assign unused = ^{at[0][0], at[1][0], at[2][0]};
  end
  always_ff @(posedge clk_i) begin
    cell_q       <= read_cell_i;
    cell_q2      <= cell_q;
    bank_value_q <= bank_value;
  end
  always_comb begin
    for (int c = 0; c < 8; c++) begin
      logic [2:0] bank;
      for (int a = 0; a < 3; a++) bank[a] = cell_q2[a][0] ^ c[a];
      corner_o[c] = bank_value_q[bank];
    end
  end
  logic unused;
  assign unused = ^cell_q2;
endmodule

`default_nettype wire
