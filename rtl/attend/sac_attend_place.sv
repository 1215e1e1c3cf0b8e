// SPDX-License-Identifier: Apache-2.0
// Addresses of rows: base + position * position_stride + head * head_stride, for the first one bit by bit of position
// and head (until none is left), for those that follow, head after head, by addition.
`default_nettype none

module sac_attend_place (
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire logic        start_i,
  input  wire logic [31:0] base_i,            // with start_i, as position_i and head_i
  input  wire logic [31:0] position_i,
  input  wire logic [5:0]  head_i,
  input  wire logic [31:0] position_stride_i, // steady
  input  wire logic [31:0] head_stride_i,
  input  wire logic [7:0]  group_i,           // heads
  input  wire logic        next_i,            // the next row; only while valid_o
  output logic             valid_o,           // from some cycles after start_i on
  output logic [31:0]      address_o
);
  logic [31:0] position_q, position_stride_q, head_stride_q, base_q, next_base;  // base: of the position
  logic [5:0]  head_bits_q, head_q;
  logic        making_q, last_head;
  assign last_head = 8'(head_q) + 8'd1 == group_i;
  assign next_base = base_q + position_stride_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      making_q <= 1'b0;
      valid_o  <= 1'b0;
    end else if (start_i) begin
      making_q <= 1'b1;
      valid_o  <= 1'b0;
    end else if (making_q && position_q == '0 && head_bits_q == '0) begin
      making_q <= 1'b0;
      valid_o  <= 1'b1;
    end
  end

  // While it is made address_o holds the heads' part alone.
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      position_q        <= position_i;
      position_stride_q <= position_stride_i;
      head_bits_q       <= head_i;
      head_stride_q     <= head_stride_i;
      head_q            <= head_i;
      base_q            <= base_i;
      address_o         <= '0;
    end else if (making_q) begin
      position_q        <= position_q >> 1;
      position_stride_q <= position_stride_q << 1;
      head_bits_q       <= head_bits_q >> 1;
      head_stride_q     <= head_stride_q << 1;
      if (position_q[0]) base_q <= base_q + position_stride_q;
      if (head_bits_q[0]) address_o <= address_o + head_stride_q;
      else if (position_q == '0 && head_bits_q == '0) address_o <= address_o + base_q;
    end else if (next_i) begin
      head_q    <= last_head ? '0 : head_q + 1'b1;
      address_o <= last_head ? next_base : address_o + head_stride_i;
      if (last_head) base_q <= next_base;
    end
  end
endmodule

`default_nettype wire
