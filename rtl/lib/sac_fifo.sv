// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue of `Depth` entries (any number >= 1), registers inside; the head is visible at
// `pop_data_o` while `pop_valid_o`. Push and pop in one cycle are allowed at any fill, also when full
// (`push_ready_o` does not depend on `pop_ready_i`: a full queue refuses until the pop has happened).
`default_nettype none

module sac_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4,
  localparam int unsigned CountWidth = $clog2(Depth + 1)
) (
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              push_valid_i,
  output logic                   push_ready_o,
  input  wire logic [Width-1:0]  push_data_i,
  output logic                   pop_valid_o,
  input  wire logic              pop_ready_i,
  output logic [Width-1:0]       pop_data_o,
  output logic [CountWidth-1:0]  count_o
);
  localparam int unsigned PointerWidth = Depth > 1 ? $clog2(Depth) : 1;
  typedef logic [PointerWidth-1:0] pointer_t;

  logic [Width-1:0]      data_q [Depth];
  pointer_t              head_q, tail_q;
  logic [CountWidth-1:0] count_q;
  logic                  push, pop;

  function automatic pointer_t next_pointer(input pointer_t pointer);
    return (pointer == pointer_t'(Depth - 1)) ? '0 : pointer + 1'b1;
  endfunction

  assign push_ready_o = count_q != CountWidth'(Depth);
  assign pop_valid_o  = count_q != '0;
  assign pop_data_o   = data_q[head_q];
  assign count_o      = count_q;
  assign push         = push_valid_i && push_ready_o;
  assign pop          = pop_valid_o && pop_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) tail_q <= next_pointer(tail_q);
      if (pop) head_q <= next_pointer(head_q);
      count_q <= count_q + CountWidth'(push) - CountWidth'(pop);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) data_q[tail_q] <= push_data_i;
  end
endmodule

`default_nettype wire
