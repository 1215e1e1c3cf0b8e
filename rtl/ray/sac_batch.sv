// SPDX-License-Identifier: Apache-2.0
// Entries into batches (docs/architecture.md, sections 4 to 6): takes the tokens in order and for each group, once its
// features are there, its entries; gives each a row of the open batch in the half of the x RAM that is free. A batch
// closes when full, and at the end of a tile if it holds an entry of an earlier tile or if no later tile can fill it
// (`flush`), never by time; it is offered to the network when its last word is written. Counts blended entries, so
// that tiles are done in order.
`default_nettype none

module sac_batch
  import sac_config_pkg::*, sac_colour_pkg::*, sac_dot_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              scene_start_i,   // tiles are counted from here
  // Tokens in order; the features of a group come later, in order too.
  input  wire logic              token_valid_i,
  output logic                   token_ready_o,
  input  wire token_t            token_i,
  input  wire logic              features_i,      // pulse: of one more group
  input  wire logic              entry_valid_i,
  output logic                   entry_ready_o,
  input  wire entry_t            entry_i,
  // To encode; `written_i`: one more entry lies in the x RAM.
  output logic                   encode_valid_o,
  input  wire logic              encode_ready_i,
  output encode_entry_t          encode_o,
  input  wire logic              written_i,
  // To blend, with the encoding.
  input  wire logic              push_ready_i,
  output blend_entry_t           push_o,          // valid with entry_ready_o
  input  wire logic              blended_i,
  // To the network; the rows of a batch are asked for when its colours are there.
  output logic                   batch_valid_o,
  input  wire logic              batch_ready_i,
  input  wire logic              batch_read_i,    // its half of the x RAM is free
  input  wire logic              batch_done_i,
  output logic [RowWidth:0]      rows_o,
  output logic                   tile_done_o,
  output logic                   busy_o
);
  localparam int unsigned Tiles = 4;
  localparam int unsigned Batches = 8;
  // Entries by number, compared by the sign of a difference: fewer than half the range are under way.
  localparam int unsigned NumberWidth = RowWidth + 5;
  typedef logic [NumberWidth-1:0] number_t;
  function automatic logic reached(input number_t at, input number_t mark);
    number_t difference;
    difference = at - mark;
    return !difference[NumberWidth-1];
  endfunction

  number_t                    taken_q, written_q, blended_q;
  logic [3:0]                 ready_groups_q;
  logic [EntryCountWidth-1:0] count_q;           // entries taken of the group in hand
  logic [RowWidth:0]          rows_q;            // of the open batch
  logic [1:0]                 closed_q;          // batches whose half of the x RAM is not free yet
  logic                       half_q, context_q, old_q;
  feature_set_t               features_q;
  logic                       take, group_end, full, end_tile, close, batch_room, tile_room;

  // Entries.
  logic is_group;
  assign is_group       = token_valid_i && !token_i.last;
  assign encode_valid_o = is_group && ready_groups_q != '0 && entry_valid_i && push_ready_i &&
                          (rows_q != '0 || closed_q != 2'd2);
  assign take           = encode_valid_o && encode_ready_i;
  assign entry_ready_o  = take;
  assign group_end      = take && count_q == token_i.count - 1'b1;
  assign full           = take && 32'(rows_q) == Rows - 1;
  assign encode_o = '{features: features_q, last: count_q == token_i.count - 1'b1, half: half_q, row: RowWidth'(rows_q),
                      context_bit: context_q, pixel: entry_i.pixel, cell_in_cube: entry_i.cell_in_cube,
                      fraction: entry_i.fraction};
  assign push_o = '{context_bit: context_q, pixel: entry_i.pixel, weight: entry_i.weight};

  // Ends of tiles.
  assign end_tile      = token_valid_i && token_i.last && tile_room;
  assign close         = full || (end_tile && rows_q != '0 && (token_i.flush || old_q));
  assign token_ready_o = group_end || end_tile;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q        <= '0;
      written_q      <= '0;
      blended_q      <= '0;
      ready_groups_q <= '0;
      count_q        <= '0;
      rows_q         <= '0;
      closed_q       <= '0;
      half_q         <= 1'b0;
      features_q     <= '0;
      old_q          <= 1'b0;
    end else begin
      taken_q        <= taken_q + number_t'(take);
      written_q      <= written_q + number_t'(written_i);
      blended_q      <= blended_q + number_t'(blended_i);
      ready_groups_q <= ready_groups_q + 4'(features_i) - 4'(group_end);
      closed_q       <= closed_q + 2'(close) - 2'(batch_read_i);
      if (group_end) count_q <= '0;
      else if (take) count_q <= count_q + 1'b1;
      if (group_end) features_q <= features_q + 1'b1;
      if (close) rows_q <= '0;
      else if (take) rows_q <= rows_q + 1'b1;
      if (close) half_q <= !half_q;
      if (close) old_q <= 1'b0;
      else if (end_tile) old_q <= rows_q != '0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || scene_start_i) context_q <= 1'b0;
    else if (end_tile) context_q <= !context_q;
  end

  // Closed batches: first until they are written, then until their colours are there.
  number_t           mark, tile_mark;
  logic              closed_valid, sized_valid, tile_valid, sized_room;
  logic [RowWidth:0] rows;
  logic [1:0]        closed_count;
  logic [$clog2(Batches+1)-1:0] sized_count;
  logic [$clog2(Tiles+1)-1:0]   tile_count;
  assign rows = rows_q + (RowWidth+1)'(full);
  sac_fifo #(.Width(NumberWidth), .Depth(2)) u_closed (
    .clk_i, .rst_ni, .push_valid_i(close), .push_ready_o(batch_room), .push_data_i(taken_q + number_t'(full)),
    .pop_valid_o(closed_valid), .pop_ready_i(batch_ready_i), .pop_data_o(mark), .count_o(closed_count)
  );
  assign batch_valid_o = closed_valid && reached(written_q, mark);
  sac_fifo #(.Width(RowWidth + 1), .Depth(Batches)) u_sizes (
    .clk_i, .rst_ni, .push_valid_i(close), .push_ready_o(sized_room), .push_data_i(rows),
    .pop_valid_o(sized_valid), .pop_ready_i(batch_done_i), .pop_data_o(rows_o), .count_o(sized_count)
  );

  // A tile is done when the entries before its end are blended.
  sac_fifo #(.Width(NumberWidth), .Depth(Tiles)) u_tiles (
    .clk_i, .rst_ni, .push_valid_i(end_tile), .push_ready_o(tile_room), .push_data_i(taken_q),
    .pop_valid_o(tile_valid), .pop_ready_i(tile_done_o), .pop_data_o(tile_mark), .count_o(tile_count)
  );
  assign tile_done_o = tile_valid && reached(blended_q, tile_mark);
  assign busy_o      = token_valid_i || tile_valid || taken_q != blended_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!rst_ni || !close || (batch_room && sized_room)) else $error("a batch is lost");
    assert (!rst_ni || !batch_done_i || sized_valid) else $error("colours without a batch");
  end
`endif
  logic unused;
  assign unused = ^{batch_room, sized_room, sized_valid, closed_count, sized_count, tile_count};
endmodule

`default_nettype wire
