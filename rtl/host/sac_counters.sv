// SPDX-License-Identifier: Apache-2.0
// The work and time counters: 32 bits each, wrapping, cleared by reset. A value is read a cycle after its
// index is given.
`default_nettype none

module sac_counters
  import sac_host_pkg::*, sac_spec_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire increments_t increments_i,
  input  wire logic [$clog2(Counters)-1:0] index_i,
  output logic [31:0]      value_o
);
  logic [Counters-1:0][31:0] counts_q;
  increments_t               increments_q;

  always_ff @(posedge clk_i) begin
    increments_q <= increments_i;
    if (!rst_ni) begin
      counts_q     <= '0;
      increments_q <= '0;
    end else if (increments_q != '0) begin
      for (int unsigned i = 0; i < Counters; i++)
        counts_q[i] <= counts_q[i] + 32'(increments_q[i]);
    end
    value_o <= counts_q[index_i];
  end
endmodule

`default_nettype wire
