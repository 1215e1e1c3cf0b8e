// SPDX-License-Identifier: Apache-2.0
// A value `Cycles` cycles later (3 or more), always running: a ring in a RAM instead of Cycles registers.
`default_nettype none

module sac_attend_delay #(
  parameter int unsigned Width  = 8,
  parameter int unsigned Cycles = 16
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic [Width-1:0] data_i,
  output logic [Width-1:0]      data_o
);
  localparam int unsigned AddressWidth = $clog2(Cycles);
  typedef logic [AddressWidth-1:0] address_t;

  // One cycle is the RAM's, one the register behind it.
  address_t         write_q, read;
  logic [Width-1:0] read_data;
  assign read = write_q - address_t'(Cycles - 2);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) write_q <= '0;
    else write_q <= write_q + 1'b1;
  end
  always_ff @(posedge clk_i) data_o <= read_data;

  sac_ram #(.Width(Width), .Words(1 << AddressWidth)) u_ram (
    .clk_i, .write_en_i(1'b1), .write_address_i(write_q), .write_data_i(data_i),
    .read_en_i(1'b1), .read_address_i(read), .read_data_o(read_data)
  );
endmodule

`default_nettype wire
