// SPDX-License-Identifier: Apache-2.0
// The upper level of a tile's walk (docs/architecture.md, 2.1): super-cubes by a triple loop ordered outward from the
// eye: front to back for every ray at once, without sorting. Runs ahead of the decisions: reads directory rows (x)
// before they are walked, has the balls of non-empty super-cubes projected, fetches the cell masks of those that meet
// the tile, and hands them to sac_walk_cubes with the number of entries passed. `rows_i` tells how many rows the
// decisions have begun: at most WalkRows from there are read. After `stop_i`, which holds until the walk is idle,
// exactly these are still read and tested, so that what is read depends on the scene alone.
`default_nettype none

module sac_walk
  import sac_config_pkg::*, sac_ray_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::scene_record_t;
#(
  parameter int unsigned MaskSlots = MaskBits > 64 ? 2 : 4  // super-cubes whose masks are held
) (
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire scene_record_t           scene_i,
  input  wire grid_t                   grid_i,
  input  wire logic                    start_i,
  input  wire logic                    stop_i,
  input  wire logic [3:0]              rows_i,
  output logic                         busy_o,        // walking, or an answer is on its way
  // Cover: room for the answer is kept.
  output logic                         cover_valid_o,
  input  wire logic                    cover_ready_i,
  output logic [2:0][9:0]              cover_origin_o,
  input  wire logic                    cover_done_i,
  input  wire logic                    cover_none_i,
  // Super-cubes that meet the tile, and counts.
  output logic                         super_valid_o,
  input  wire logic                    super_ready_i,
  output super_t                       super_o,
  // Masks: words of the next super-cube's; a slot for them comes free with `release_i`.
  output logic                         mask_write_o,
  output logic [9:0]                   mask_word_o,
  output logic [31:0]                  mask_data_o,
  output logic                         mask_end_o,
  input  wire logic                    release_i,
  // Memory client.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i
);
  localparam int unsigned BeatWords = AxiDataWidth / 32;
  localparam int unsigned BeatWidth = BeatWords > 1 ? $clog2(BeatWords) : 1;
  localparam int unsigned Chunk     = BeatWords > 4 ? 4 : BeatWords;  // directory words a cycle
  localparam int unsigned Tests     = 4;                              // super-cubes between entry and answer
  localparam int unsigned Requests  = 8;
  localparam int unsigned SlotCount = $clog2(MaskSlots + 1);

  typedef struct packed {
    logic            test;     // a super-cube, else the end of a row or of the walk
    logic            last;
    logic            begins;   // the row's first entry is among the counted
    logic [7:0]      supers;   // entries since the one before
    logic [2:0][6:0] index;
    logic [31:0]     offset;
    logic [63:0]     bitmap;
  } entry_t;
  typedef enum logic [2:0] {StIdle, StRow, StRead, StTake, StRowEnd, StLast} state_e;

  // ---- Rows: requested ahead, released when walked.
  logic [2:0]  slot_log2, slot_mask;      // entries of a slot; slots less one
  logic [14:0] begun_q, requested_q;      // rows that the decisions have begun, that have been asked for
  logic [3:0]  held_q, ready_q;           // of them not walked yet; there
  index_t      row_y_q, row_z_q;          // next to ask for
  logic        rows_end_q, may_request, row_request, row_ready, row_walked, mask_request, order_ready, idle;
  always_comb begin
    slot_log2 = '0;
    for (int i = 0; i < 7; i++) if (grid_i.supers[0] > 10'(1 << i)) slot_log2 = 3'(i + 1);
    slot_mask = slot_log2 <= 3'd5 ? 3'd7 : slot_log2 == 3'd6 ? 3'd3 : 3'd1;
  end
  assign may_request = !idle && !rows_end_q && requested_q < begun_q + 15'(WalkRows);
  assign row_request = may_request && held_q <= {1'b0, slot_mask} && order_ready && !mask_request;

  // ---- Memory: masks go before rows; data come in the order of the requests.
  logic        order_valid, order_mask, take, take_row, chunk_end, data_end;
  logic [2:0]  order_slot;
  logic [BeatWidth-1:0] beat_q;
  logic [10:0] word_q;                    // within the request
  logic [$clog2(Requests+1)-1:0] order_count_unused;
  logic [19:0] row_number;
  logic [12:0] mask_bytes;
  entry_t      oldest;
  state_e      state_q;
  assign row_number   = 20'(row_z_q) * 20'(grid_i.supers[1]) + 20'(row_y_q);
  assign read_valid_o = row_request || mask_request;
  assign read_request_o.address = mask_request ? scene_i.mask_address + oldest.offset
                                : scene_i.walk_address + 32'({row_number * 20'(grid_i.supers[0]), 4'b0});
  assign read_request_o.bytes = mask_request ? 16'(mask_bytes) : 16'({grid_i.supers[0], 4'b0});
  sac_fifo #(.Width(4), .Depth(Requests)) u_order (
    .clk_i, .rst_ni, .push_valid_i(read_valid_o && read_ready_i), .push_ready_o(order_ready),
    .push_data_i({mask_request, requested_q[2:0] & slot_mask}), .pop_valid_o(order_valid), .pop_ready_i(data_end),
    .pop_data_o({order_mask, order_slot}), .count_o(order_count_unused)
  );
  assign take      = data_valid_i && order_valid;
  assign take_row  = take && !order_mask;
  assign chunk_end = 32'(beat_q) + (order_mask ? 32'd1 : Chunk) >= BeatWords;
  assign data_ready_o = take && chunk_end;
  assign data_end  = take && chunk_end && data_last_i;
  assign row_ready = data_end && !order_mask;
  assign mask_write_o = take && order_mask;
  assign mask_word_o  = 10'(word_q);
  assign mask_data_o  = data_i[32*beat_q +: 32];
  assign mask_end_o   = data_end && order_mask;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_q <= '0;
      word_q <= '0;
    end else if (take) begin
      beat_q <= chunk_end ? '0 : beat_q + (order_mask ? BeatWidth'(1) : BeatWidth'(Chunk));
      word_q <= data_end ? '0 : word_q + (order_mask ? 11'd1 : 11'(Chunk));
    end
  end

  // Directory entries: bitmap and offset of each super-cube; the fourth word is nothing.
  logic [Chunk*32-1:0] chunk;
  logic [95:0]         entry, entry_read;
  logic                entry_write;
  logic [7:0]          entry_address, read_address;
  assign chunk = data_i[32*beat_q +: 32*Chunk];
  if (Chunk == 4) begin : gen_whole
    logic unused;
    assign entry       = chunk[95:0];
    assign entry_write = take_row && 10'(word_q[10:2]) < grid_i.supers[0];  // a wide beat may go on with zeros
    assign unused      = ^chunk[127:96];
  end else begin : gen_parts
    logic [63:0] build_q;
    always_ff @(posedge clk_i) if (take) build_q <= 64'({chunk, build_q} >> (Chunk * 32));
    assign entry       = {chunk[31:0], build_q};
    assign entry_write = take_row && word_q[1:0] == 2'd2;
  end
  assign entry_address = 8'(8'(order_slot) << slot_log2) | 8'(word_q[8:2]);
  sac_ram #(.Width(96), .Words(256)) u_rows (
    .clk_i, .write_en_i(entry_write), .write_address_i(entry_address), .write_data_i(entry),
    .read_en_i(state_q == StRead), .read_address_i(read_address), .read_data_o(entry_read)
  );

  // ---- The walk.
  logic [2:0][9:0] at_q;                  // super-cube in hand
  logic [2:0]      slot_q, last_of, row_last;
  logic [7:0]      supers_q;
  logic            begins_q, push_valid, push_ready, taken;
  entry_t          push;
  logic [$clog2(Tests+1)-1:0] tests_count_unused, bits_count_unused;
  always_comb begin
    for (int a = 0; a < 3; a++)
      last_of[a] = is_last(at_q[a], grid_i.eye_super[a], '0, grid_i.supers[a] - 10'd1);
    row_last[0] = 1'b1;
    row_last[1] = is_last(row_y_q, grid_i.eye_super[1], '0, grid_i.supers[1] - 10'd1);
    row_last[2] = is_last(row_z_q, grid_i.eye_super[2], '0, grid_i.supers[2] - 10'd1);
    for (int a = 0; a < 3; a++) cover_origin_o[a] = at_q[a] << (3'd2 + 3'(scene_i.side_log2));
  end
  assign read_address  = 8'(8'(slot_q) << slot_log2) | at_q[0][7:0];
  assign cover_valid_o = state_q == StTake && entry_read[63:0] != '0 && push_ready;
  assign taken         = state_q == StTake && (entry_read[63:0] == '0 || (cover_valid_o && cover_ready_i));
  assign push_valid    = (cover_valid_o && cover_ready_i) || state_q == StRowEnd || state_q == StLast;
  assign push = '{test: state_q == StTake, last: state_q == StLast, begins: begins_q && state_q != StLast,
                  supers: supers_q + 8'(state_q == StTake), index: {at_q[2][6:0], at_q[1][6:0], at_q[0][6:0]},
                  offset: entry_read[95:64], bitmap: entry_read[63:0]};
  assign row_walked = state_q == StRowEnd && push_ready;
  assign idle       = state_q == StIdle;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:   if (start_i) state_q <= StRow;
        StRow:
          if (ready_q != '0) state_q <= StRead;
          else if (stop_i && !may_request && held_q == '0) state_q <= StIdle;
        StRead:   state_q <= StTake;
        StTake:   if (taken) state_q <= last_of[0] ? StRowEnd : StRead;
        StRowEnd: if (push_ready) state_q <= last_of[2:1] == '1 ? StLast : StRow;
        StLast:   if (push_ready) state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (idle) begin
      at_q        <= grid_i.eye_super;
      row_y_q     <= grid_i.eye_super[1];
      row_z_q     <= grid_i.eye_super[2];
      slot_q      <= '0;
      rows_end_q  <= 1'b0;
      begun_q     <= '0;
      requested_q <= '0;
      held_q      <= '0;
      ready_q     <= '0;
    end else begin
      begun_q <= begun_q + 15'(rows_i);
      held_q  <= held_q + 4'(row_request && read_ready_i) - 4'(row_walked);
      ready_q <= ready_q + 4'(row_ready) - 4'(row_walked);
      if (row_request && read_ready_i) begin
        requested_q <= requested_q + 15'd1;
        row_y_q     <= row_last[1] ? grid_i.eye_super[1] : outward(row_y_q, grid_i.eye_super[1], grid_i.supers[1] - 10'd1);
        if (row_last[1]) row_z_q <= outward(row_z_q, grid_i.eye_super[2], grid_i.supers[2] - 10'd1);
        rows_end_q  <= row_last == '1;
      end
      if (row_walked) slot_q <= (slot_q + 3'd1) & slot_mask;
      if (taken) at_q[0] <= last_of[0] ? grid_i.eye_super[0]
                                       : outward(at_q[0], grid_i.eye_super[0], grid_i.supers[0] - 10'd1);
      if (row_walked) begin
        at_q[1] <= last_of[1] ? grid_i.eye_super[1] : outward(at_q[1], grid_i.eye_super[1], grid_i.supers[1] - 10'd1);
        if (last_of[1]) at_q[2] <= outward(at_q[2], grid_i.eye_super[2], grid_i.supers[2] - 10'd1);
      end
    end
    if (state_q == StRow) begins_q <= 1'b1;
    else if (push_valid && push_ready) begins_q <= 1'b0;
    if (state_q == StRow || (push_valid && push_ready)) supers_q <= '0;
    else if (taken) supers_q <= supers_q + 8'd1;
  end

  // ---- Entries wait for their answers; what is not handed on is counted with the next.
  logic       oldest_valid, oldest_pop, answer_valid, answer_none, answer_ready_unused, passes, counts;
  logic [7:0] passed_q, tested_q;
  logic       begun_row_q;
  logic [SlotCount-1:0] slots_q;          // masks asked for and not released
  sac_fifo #(.Width($bits(entry_t)), .Depth(Tests)) u_entries (
    .clk_i, .rst_ni, .push_valid_i(push_valid), .push_ready_o(push_ready), .push_data_i(push),
    .pop_valid_o(oldest_valid), .pop_ready_i(oldest_pop), .pop_data_o(oldest), .count_o(tests_count_unused)
  );
  sac_fifo #(.Width(1), .Depth(Tests)) u_answers (
    .clk_i, .rst_ni, .push_valid_i(cover_done_i), .push_ready_o(answer_ready_unused), .push_data_i(cover_none_i),
    .pop_valid_o(answer_valid), .pop_ready_i(oldest_pop && oldest.test), .pop_data_o(answer_none),
    .count_o(bits_count_unused)
  );
  assign passes       = oldest_valid && oldest.test && answer_valid && !answer_none;
  assign mask_request = passes && super_ready_i && 32'(slots_q) < MaskSlots && order_ready;
  assign counts       = super_o.last || super_o.begins || super_o.supers != '0;
  assign super_valid_o = (mask_request && read_ready_i) || (oldest_valid && !oldest.test && counts);
  assign super_o = '{meets: oldest.test, last: oldest.last, begins: begun_row_q || oldest.begins,
                     supers: passed_q + oldest.supers, tests: tested_q + 8'(oldest.test), index: oldest.index,
                     bitmap: oldest.bitmap};
  assign oldest_pop = oldest_valid && (oldest.test ? answer_valid && (answer_none || (super_valid_o && super_ready_i))
                                                   : super_ready_i || !counts);
  always_ff @(posedge clk_i) begin
    if (start_i || (super_valid_o && super_ready_i)) begin
      begun_row_q <= 1'b0;
      passed_q    <= '0;
      tested_q    <= '0;
    end else if (oldest_pop) begin
      begun_row_q <= super_o.begins;
      passed_q    <= super_o.supers;
      tested_q    <= super_o.tests;
    end
    if (!rst_ni) slots_q <= '0;
    else slots_q <= slots_q + SlotCount'(mask_request && read_ready_i) - SlotCount'(release_i);
  end

  function automatic logic [6:0] count_ones(input logic [63:0] bits);
    logic [6:0] sum;
    sum = '0;
    for (int i = 0; i < 64; i++) sum += 7'(bits[i]);
    return sum;
  endfunction
  always_comb begin
    unique case (scene_i.side_log2)
      2'd2:    mask_bytes = {3'b0, count_ones(oldest.bitmap), 3'b0};
      2'd3:    mask_bytes = {count_ones(oldest.bitmap), 6'b0};
      default: mask_bytes = (13'(count_ones(oldest.bitmap)) + 13'd3) & 13'h7c;
    endcase
  end
  assign busy_o = !idle || oldest_valid || order_valid;

  logic unused;
  assign unused = ^{scene_i, grid_i, answer_ready_unused};
endmodule

`default_nettype wire
