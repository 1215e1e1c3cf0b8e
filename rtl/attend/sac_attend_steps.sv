// SPDX-License-Identifier: Apache-2.0
// Takes tiles from the walker and sends their steps, a step a cycle. Where the sub-blocks lie is kept from the first
// tile of a block on, so that the walker may work out the next block meanwhile.
`default_nettype none

module sac_attend_steps
  import sac_config_pkg::*, sac_attend_pkg::*, sac_host_pkg::increments_t, sac_spec_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire job_t              job_i,
  input  wire logic              start_i,      // of the command
  output logic                   idle_o,
  input  wire logic              tile_valid_i,
  output logic                   tile_ready_o,
  input  wire tile_t             tile_i,
  input  wire logic [31:0]       row_i,        // of its block: R of row 0
  input  wire sub_t [QueryBlocks-1:0] subs_i,  // and the sub-blocks
  output logic                   step_valid_o,
  input  wire logic              step_ready_i,
  output step_t                  step_o,
  output increments_t            increments_o
);
  tile_t                    tile_q;
  sub_t [QueryBlocks-1:0]   subs_q;
  logic [31:0]              row_q;
  logic                     busy_q, first_q;   // first_q: no step of the tile has been sent
  logic [QueryBlocks-1:0]   left_q, left, begun_q;
  logic                     block_parity_q, tile_parity_q;
  step_number_t             step_number_q;
  logic                     take, send, last;
  logic [2:0]               sub;
  logic [31:0]              row, rows_left;
  sub_t                     place;
  step_t                    step;

  // Not `step_valid_o`: the units hold the last steps long after.
  assign idle_o       = !busy_q && !step_valid_o;
  assign send         = busy_q && (!step_valid_o || step_ready_i);
  assign tile_ready_o = !busy_q || (send && last);
  assign take         = tile_valid_i && tile_ready_o;

  always_comb begin
    sub = '0;
    for (int i = int'(QueryBlocks) - 1; i >= 0; i--) if (left_q[i]) sub = 3'(i);
    left = left_q;
    place = subs_q[0];
    for (int unsigned i = 0; i < QueryBlocks; i++)
      if (sub == 3'(i)) begin
        left[i] = 1'b0;
        place   = subs_q[i];
      end
    last      = left == '0;
    row       = row_q + 32'(sub) * 32'(Rows);
    rows_left = job_i.rows - row;
    step = '{
      last_of_command: tile_q.last_of_command && last, empty: tile_q.empty,
      first_of_block: tile_q.first_of_block && first_q, last_of_block: tile_q.last_of_block && last,
      first_of_tile: first_q, last_of_tile: last, first_of_context: 1'b1,
      block: block_parity_q, tile: tile_parity_q, step: step_number_q,
      block_row: row_q, block_position: subs_q[0].position, block_head: subs_q[0].head,
      sub: sub, rows: rows_left < 32'(Rows) ? RowCountWidth'(rows_left) : RowCountWidth'(Rows),
      row: row, position: place.position, head: place.head, index: place.first,
      key: tile_q.key, count: tile_q.count, band: tile_q.band, bias: tile_q.bias
    };
    for (int unsigned i = 0; i < QueryBlocks; i++) if (sub == 3'(i) && begun_q[i]) step.first_of_context = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      busy_q         <= 1'b0;
      step_valid_o   <= 1'b0;
      block_parity_q <= 1'b0;
      tile_parity_q  <= 1'b0;
      step_number_q  <= '0;
      begun_q        <= '0;
    end else begin
      if (take) busy_q <= 1'b1;
      else if (send && last) busy_q <= 1'b0;
      if (send) step_valid_o <= 1'b1;
      else if (step_ready_i) step_valid_o <= 1'b0;
      if (send) begin
        step_number_q  <= step_number_q + step_number_t'(!tile_q.empty);
        tile_parity_q  <= tile_parity_q ^ (last && !tile_q.empty);
        block_parity_q <= block_parity_q ^ step.last_of_block;
        begun_q        <= step.last_of_block ? '0 : begun_q | (left_q & ~left);
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (take) begin
      tile_q  <= tile_i;
      left_q  <= tile_i.subs;
      first_q <= 1'b1;
      if (tile_i.first_of_block) begin
        row_q  <= row_i;
        subs_q <= subs_i;
      end
    end else if (send) begin
      left_q  <= left;
      first_q <= 1'b0;
    end
    if (send) step_o <= step;
  end

  logic keys;
  assign keys = take && !tile_i.empty;
  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_ATTEND_TILES]  = 16'(keys);
    increments_o[COUNTER_ATTEND_KEYS]   = keys ? 16'(tile_i.count) : '0;
    increments_o[COUNTER_ATTEND_SCORES] = send && !tile_q.empty ? 16'(step.rows) * 16'(step.count) : '0;
  end

  logic unused;
  assign unused = ^{job_i, subs_q, tile_q, place};
endmodule

`default_nettype wire
