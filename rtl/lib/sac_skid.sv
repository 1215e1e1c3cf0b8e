// SPDX-License-Identifier: Apache-2.0
// Two-entry buffer that registers both directions of a valid/ready handshake: full throughput, one cycle of
// latency, and no combinational path from `pop_ready_i` to `push_ready_o`.
`default_nettype none

module sac_skid #(
  parameter int unsigned Width = 8
) (
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  input  wire logic             push_valid_i,
  output logic                  push_ready_o,
  input  wire logic [Width-1:0] push_data_i,
  output logic                  pop_valid_o,
  input  wire logic             pop_ready_i,
  output logic [Width-1:0]      pop_data_o
);
  logic             spare_valid_q;
  logic [Width-1:0] spare_q;

  assign push_ready_o = !spare_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pop_valid_o   <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (!pop_valid_o || pop_ready_i) begin
      pop_valid_o   <= spare_valid_q || push_valid_i;
      spare_valid_q <= 1'b0;
    end else if (push_valid_i && push_ready_o) begin
      spare_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!pop_valid_o || pop_ready_i) pop_data_o <= spare_valid_q ? spare_q : push_data_i;
    if (push_valid_i && push_ready_o) spare_q <= push_data_i;
  end
endmodule

`default_nettype wire
