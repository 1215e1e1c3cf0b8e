// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue in block RAM: `Depth` words (any number >= 2) plus one at the output. A word
// appears at `pop_data_o` two cycles after its push at the earliest; one word a cycle.
`default_nettype none

module sac_ram_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16
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
  localparam int unsigned PointerWidth = $clog2(Depth);
  localparam int unsigned CountWidth   = $clog2(Depth + 1);
  typedef logic [PointerWidth-1:0] pointer_t;

  pointer_t              write_q, read_q;
  logic [CountWidth-1:0] stored_q;  // words in the RAM that have not been read yet
  logic                  push, read;

  function automatic pointer_t next_pointer(input pointer_t pointer);
    return (pointer == pointer_t'(Depth - 1)) ? '0 : pointer + 1'b1;
  endfunction

  assign push_ready_o = stored_q != CountWidth'(Depth);
  assign push         = push_valid_i && push_ready_o;
  assign read         = stored_q != '0 && (!pop_valid_o || pop_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q     <= '0;
      read_q      <= '0;
      stored_q    <= '0;
      pop_valid_o <= 1'b0;
    end else begin
      if (push) write_q <= next_pointer(write_q);
      if (read) read_q <= next_pointer(read_q);
      if (push != read) stored_q <= push ? stored_q + 1'b1 : stored_q - 1'b1;
      if (read) pop_valid_o <= 1'b1;
      else if (pop_ready_i) pop_valid_o <= 1'b0;
    end
  end

  // The pointers meet only when the RAM is empty (nothing is read) or full (nothing is written).
  sac_ram #(
    .Width(Width),
    .Words(Depth)
  ) u_ram (
    .clk_i,
    .write_en_i     (push),
    .write_address_i(write_q),
    .write_data_i   (push_data_i),
    .read_en_i      (read),
    .read_address_i (read_q),
    .read_data_o    (pop_data_o)
  );
endmodule

`default_nettype wire
