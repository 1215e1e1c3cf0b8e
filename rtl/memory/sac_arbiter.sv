// SPDX-License-Identifier: Apache-2.0
// Fixed priority, client 0 first: chooses one burst of those offered, checks it against the windows and
// hands it on {client, burst, ok}. Two register stages, one burst a cycle. The choice is made once a
// burst, when it is taken from its client.
`default_nettype none

module sac_arbiter
  import sac_memory_pkg::*, sac_host_pkg::*;
#(
  parameter int unsigned Clients = 8,
  localparam int unsigned ClientWidth = Clients > 1 ? $clog2(Clients) : 1
) (
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire logic [Windows-1:0][31:0] base_i,
  input  wire logic [Windows-1:0][31:0] limit_i,
  input  wire logic [Windows-1:0]       allowed_i,
  input  wire logic                     burst_valid_i [Clients],
  output logic                          burst_ready_o [Clients],
  input  wire burst_t                   burst_i [Clients],
  output logic                          valid_o,
  input  wire logic                     ready_i,
  output logic [ClientWidth-1:0]        client_o,
  output burst_t                        burst_o,
  output logic                          ok_o
);
  logic                   any, take, move, ok, chosen_valid_q;
  logic [ClientWidth-1:0] choice, chosen_client_q;
  burst_t                 chosen_q;

  assign move = chosen_valid_q && (!valid_o || ready_i);
  assign take = any && (!chosen_valid_q || move);

  always_comb begin
    any    = 1'b0;
    choice = '0;
    for (int i = int'(Clients) - 1; i >= 0; i--)
      if (burst_valid_i[i]) begin
        any    = 1'b1;
        choice = ClientWidth'(i);
      end
    for (int unsigned i = 0; i < Clients; i++)
      burst_ready_o[i] = take && choice == ClientWidth'(i);
  end

  sac_windows u_windows (
    .burst_i  (chosen_q),
    .base_i,
    .limit_i,
    .allowed_i,
    .ok_o     (ok)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      chosen_valid_q <= 1'b0;
      valid_o        <= 1'b0;
    end else begin
      if (take) chosen_valid_q <= 1'b1;
      else if (move) chosen_valid_q <= 1'b0;
      if (move) valid_o <= 1'b1;
      else if (ready_i) valid_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      chosen_q        <= burst_i[choice];
      chosen_client_q <= choice;
    end
    if (move) begin
      burst_o  <= chosen_q;
      client_o <= chosen_client_q;
      ok_o     <= ok;
    end
  end
endmodule

`default_nettype wire
