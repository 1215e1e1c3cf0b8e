// SPDX-License-Identifier: Apache-2.0
// Is a burst inside one memory window that gives the permission? Combinational. A window holds the
// addresses base <= a < limit; a burst that runs past the end of the 32-bit space is outside.
`default_nettype none

module sac_windows
  import sac_memory_pkg::*, sac_host_pkg::*;
(
  input  wire burst_t                   burst_i,
  input  wire logic [Windows-1:0][31:0] base_i,
  input  wire logic [Windows-1:0][31:0] limit_i,
  input  wire logic [Windows-1:0]       allowed_i,
  output logic                          ok_o
);
  logic [32:0] beyond;
  logic        unused_last;

  assign unused_last = burst_i.last;

  always_comb begin
    beyond = 33'(burst_i.address) + 33'(burst_i.bytes);
    ok_o   = 1'b0;
    for (int unsigned i = 0; i < Windows; i++)
      if (allowed_i[i] && burst_i.address >= base_i[i] && beyond <= {1'b0, limit_i[i]}) ok_o = 1'b1;
  end
endmodule

`default_nettype wire
