// SPDX-License-Identifier: Apache-2.0
// One write port, one read port, one clock. Read data is valid one cycle after `read_en_i` and is held until the
// next read. Reading the address being written in the same cycle is an error of the user (asserted): block RAMs
// of different makers return different data. No reset: contents and read register are undefined at start.
`default_nettype none

module sac_ram #(
  parameter int unsigned Width = 8,
  parameter int unsigned Words = 16,
  localparam int unsigned AddressWidth = Words > 1 ? $clog2(Words) : 1
) (
  input  wire logic                    clk_i,
  input  wire logic                    write_en_i,
  input  wire logic [AddressWidth-1:0] write_address_i,
  input  wire logic [Width-1:0]        write_data_i,
  input  wire logic                    read_en_i,
  input  wire logic [AddressWidth-1:0] read_address_i,
  output logic [Width-1:0]             read_data_o
);
  (* no_rw_check, ram_style = "block" *)
  logic [Width-1:0] memory [Words];

  always_ff @(posedge clk_i) begin
    if (write_en_i) memory[write_address_i] <= write_data_i;
    if (read_en_i) read_data_o <= memory[read_address_i];
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (write_en_i && read_en_i)
      assert (write_address_i != read_address_i)
        else $error("sac_ram: address %0d read and written in one cycle", read_address_i);
  end
`endif
endmodule

`default_nettype wire
