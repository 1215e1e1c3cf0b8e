// SPDX-License-Identifier: Apache-2.0
// Rows of O become rows of Y: OutputLanes elements a cycle are read, scaled, rounded to 16 bits, and join a beat. They are
// read where their beat has a place in the queue, so that the pipeline never waits.
`default_nettype none

module sac_attend_normalise
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*;
(
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [10:0]            elements_i,     // of a row
  input  wire logic                   row_valid_i,
  output logic                        row_ready_o,
  input  wire y_row_t                 row_i,
  output logic                        block_read_o,   // the last element of a block is read
  output sum_read_t                   sum_read_o,
  input  wire logic [OutputLanes*OutputWidth-1:0] sum_i,
  output logic                        beat_valid_o,
  input  wire logic                   beat_ready_i,
  output logic [AxiDataWidth-1:0]     beat_o
);
  localparam int unsigned Places = AxiDataWidth / 16;  // elements of a beat
  localparam int unsigned Groups = Places / OutputLanes;  // of elements, a beat
  localparam int unsigned PlaceWidth = Groups > 1 ? $clog2(Groups) : 1;
  // More elements than the pipeline holds, and at least two beats.
  localparam int unsigned Beats = 16 * OutputLanes / Places + 2;
  localparam int unsigned BeatsWidth = $clog2(Beats + 1);
  localparam int unsigned Stages = 2 + ScaleLatency;   // from the read to the value

  logic                    active_q, read, first, last, free;  // first of a beat
  y_row_t                  row_q;
  logic [ElementWidth-1:0] element_q;
  logic [BeatsWidth-1:0]   room_q;
  logic [PlaceWidth-1:0]   place_q;
  assign first       = 32'(element_q) % Places == 0;
  assign read        = active_q && (!first || room_q != '0);
  assign last        = 11'(element_q) + 11'(OutputLanes) == elements_i;
  assign row_ready_o = !active_q || (read && last);
  assign sum_read_o  = '{valid: read && row_q.multiplier != '0, row: row_q.row, block: row_q.block, sub: row_q.sub,
                         element: element_q};
  assign free        = beat_valid_o && beat_ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q     <= 1'b0;
      room_q       <= BeatsWidth'(Beats);
      block_read_o <= 1'b0;
    end else begin
      if (row_ready_o) active_q <= row_valid_i;
      room_q       <= room_q + BeatsWidth'(free) - BeatsWidth'(read && first);
      block_read_o <= read && last && row_q.last_of_block;
    end
    if (row_ready_o) begin
      row_q     <= row_i;
      element_q <= '0;
    end else if (read) begin
      element_q <= element_q + ElementWidth'(OutputLanes);
    end
  end

  // Multiplier and shift arrive with the sum.
  logic [17:0]       multiplier_q1, multiplier_q2;
  logic [5:0]        shift_q1, shift_q2;
  logic [OutputLanes*16-1:0] y;
  logic [Stages-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    valid_q       <= rst_ni ? {valid_q[Stages-2:0], read} : '0;
    multiplier_q1 <= row_q.multiplier;
    multiplier_q2 <= multiplier_q1;
    shift_q1      <= row_q.shift;
    shift_q2      <= shift_q1;
  end
  for (genvar n = 0; n < int'(OutputLanes); n++) begin : gen_scale
    sac_attend_scale #(.InWidth(OutputWidth), .MultiplierWidth(18), .OutWidth(16)) u_scale (
      .clk_i, .x_i(sum_i[n*int'(OutputWidth) +: OutputWidth]), .multiplier_i(multiplier_q2), .shift_i(shift_q2),
      .y_o(y[n*16 +: 16])
    );
  end

  // Beats are whole: a row has a multiple of 16 elements.
  logic                    full_q, ready_unused;
  logic [AxiDataWidth-1:0] beat_q;
  logic [BeatsWidth-1:0]   count;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) place_q <= '0;
    else if (valid_q[Stages-1]) place_q <= 32'(place_q) == Groups - 1 ? '0 : place_q + 1'b1;
    full_q <= rst_ni && valid_q[Stages-1] && 32'(place_q) == Groups - 1;
    if (valid_q[Stages-1]) beat_q <= AxiDataWidth'({y, beat_q} >> (16 * OutputLanes));
  end
  sac_fifo #(.Width(AxiDataWidth), .Depth(Beats)) u_beats (
    .clk_i, .rst_ni, .push_valid_i(full_q), .push_ready_o(ready_unused), .push_data_i(beat_q),
    .pop_valid_o(beat_valid_o), .pop_ready_i(beat_ready_i), .pop_data_o(beat_o), .count_o(count)
  );
  logic unused;
  assign unused = ^{count, ready_unused};
endmodule

`default_nettype wire
