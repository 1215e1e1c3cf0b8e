// SPDX-License-Identifier: Apache-2.0
// From the list, or from the bands of all blocks, to steps (docs/attention.md, section 2). Ranges are cut into tiles, a
// tile is looked at in two cycles; one that has a step is held until it is known whether another one of its block
// follows. So the walk is always ahead of its steps, and the last step of a block and of the command says so.
`default_nettype none

module sac_attend_walk
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::request_t, sac_host_pkg::increments_t, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    start_i,
  output logic                         walked_o,     // since the last step was sent, until the next start
  output logic                         silent_o,     // there was no step
  output logic                         failed_o,     // an entry names no block, or its block visits too many keys
  output logic                         step_valid_o,
  input  wire logic                    step_ready_i,
  output step_t                        step_o,
  // Memory client: the list.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  output increments_t                  increments_o
);
  localparam logic [21:0] KeysMax = 22'h100000;

  typedef enum logic [3:0] {
    StIdle, StEntry, StLook, StCheck, StFlush, StSet, StSubs, StRange, StVisit, StReach, StTile, StEnd, StOver
  } state_e;
  state_e state_q;

  // Entries: of the list, or one for each block.
  tile_record_t entry, listed;
  logic         listed_valid, listed_last, list_over, list_stop, take_entry, subs_ready, over_q;
  logic [23:0]  block_q;          // of the entry under way
  logic         band_q, bias_q;
  logic [21:0]  first_q, end_q;   // keys of its range
  assign entry = job_i.command.listed ? listed : '{
    block: block_q + 1'b1, band: job_i.command.band, bias: job_i.command.bias, first: '0, count: job_i.head.length,
    default: '0
  };
  assign take_entry = state_q == StEntry && subs_ready && !over_q && (!job_i.command.listed || listed_valid);
  assign list_stop  = state_q == StEnd;
  sac_attend_list u_list (
    .clk_i, .rst_ni, .start_i, .address_i(job_i.command.list_address),
    .entries_i(job_i.command.listed ? job_i.command.list_entries : '0), .stop_i(list_stop), .over_o(list_over),
    .valid_o(listed_valid), .ready_i(take_entry), .entry_o(listed), .last_o(listed_last),
    .read_valid_o, .read_ready_i, .read_request_o, .data_valid_i, .data_ready_o, .data_i, .data_last_i
  );

  // The block under way.
  logic         exists, last_block, known_q, new_block;
  logic [23:0]  known_block_q;
  logic [31:0]  row;
  sub_t [QueryBlocks-1:0] subs;
  logic signed [31:0] first_index, last_index;
  assign new_block = !known_q || known_block_q != block_q;
  sac_attend_block u_block (
    .clk_i, .rst_ni, .job_i, .start_i, .block_i(block_q), .exists_o(exists), .last_o(last_block),
    .set_i(state_q == StSet), .ready_o(subs_ready), .row_o(row), .subs_o(subs), .first_index_o(first_index),
    .last_index_o(last_index)
  );

  // Its range: what the entry says, or what the band leaves; cut at the length. An empty one has `end` <= `first`.
  logic signed [33:0] reach_low, reach_high;
  logic [21:0]        first, stop, length;
  assign length     = 22'(job_i.head.length);
  assign reach_low  = 34'(first_index) + 34'($signed(job_i.command.band_low));
  assign reach_high = 34'(last_index) + 34'($signed(job_i.command.band_high)) + 34'sd1;
  always_comb begin
    first = first_q;
    stop  = end_q < length ? end_q : length;
    if (!job_i.command.listed && band_q) begin
      if (reach_low > 34'(signed'({1'b0, first_q}))) first = reach_low > 34'sh100000 ? KeysMax : reach_low[21:0];
      if (reach_high < 34'(signed'({1'b0, stop}))) stop = reach_high < 34'sd0 ? '0 : reach_high[21:0];
    end
  end

  // Keys that the block has visited with this range.
  logic [21:0] keys_q, range_keys;
  logic [22:0] keys;
  logic        range_empty;
  assign range_empty = end_q <= first_q;
  assign range_keys  = end_q - first_q;
  assign keys        = 23'(keys_q) + 23'(range_keys);

  // A tile: from its first key to the range's end; which sub-blocks does its band reach? j - i wraps at 32 bits.
  logic [21:0]           left;
  logic [CountWidth-1:0] count;
  logic [20:0]           last_key;
  logic [QueryBlocks-1:0][31:0] low_q, high_q;    // j - i of the sub-block's last row and the first key, and so on
  logic [QueryBlocks-1:0] reached;
  logic                  band_some;
  assign left      = end_q - first_q;
  assign count     = left < 22'(KvTile) ? CountWidth'(left) : CountWidth'(KvTile);
  assign last_key  = first_q[20:0] + 21'(count) - 1'b1;
  assign band_some = job_i.command.band_low <= job_i.command.band_high;
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < QueryBlocks; i++) begin
      low_q[i]  <= 32'(first_q) - 32'(subs[i].last);
      high_q[i] <= 32'(last_key) - 32'(subs[i].first);
    end
  end
  always_comb begin
    for (int unsigned i = 0; i < QueryBlocks; i++)
      reached[i] = subs[i].exists && (!band_q || (
        band_some && $signed(low_q[i]) <= job_i.command.band_high && job_i.command.band_low <= $signed(high_q[i]) &&
        $signed(low_q[i]) <= $signed(high_q[i])));
  end

  // The tile that is held. A block without any gives one that is empty.
  tile_t held_q, tile;
  logic  held_valid_q, begun_q, tile_valid, tile_ready, tile_some, tile_next, close, steps_idle;
  assign tile_some = reached != '0;
  assign close     = (state_q == StFlush || state_q == StEnd) && known_q;
  assign tile_valid = close || (state_q == StTile && tile_some && held_valid_q);
  assign tile_next = !tile_some || !held_valid_q || tile_ready;
  always_comb begin
    tile = '0;
    if (held_valid_q) tile = held_q;
    else tile.subs = QueryBlocks'(1);
    tile.first_of_block  = !begun_q;
    tile.last_of_block   = close;
    tile.last_of_command = state_q == StEnd;
    tile.empty           = !held_valid_q;
  end
  sac_attend_steps u_steps (
    .clk_i, .rst_ni, .job_i, .start_i, .idle_o(steps_idle), .tile_valid_i(tile_valid), .tile_ready_o(tile_ready),
    .tile_i(tile), .row_i(row), .subs_i(subs), .step_valid_o, .step_ready_i, .step_o, .increments_o
  );

  assign walked_o = state_q == StOver && steps_idle && list_over;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle: ;
        StEntry: if (over_q) state_q <= StEnd;
                 else if (take_entry) state_q <= StLook;
        StLook:  state_q <= StCheck;
        StCheck: state_q <= !exists ? StEnd : !new_block ? StRange : known_q ? StFlush : StSet;
        StFlush: if (tile_ready) state_q <= StSet;
        StSet:   state_q <= StSubs;
        StSubs:  if (subs_ready) state_q <= StRange;
        StRange: state_q <= StVisit;
        StVisit: state_q <= range_empty ? StEntry : keys > 23'(KeysMax) ? StEnd : StReach;
        StReach: state_q <= StTile;
        StTile:  if (tile_next) state_q <= left > 22'(KvTile) ? StReach : StEntry;
        StEnd:   if (!known_q || tile_ready) state_q <= StOver;
        StOver:  ;
        default: state_q <= StIdle;
      endcase
      if (start_i) state_q <= StEntry;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      over_q       <= 1'b0;
      known_q      <= 1'b0;
      held_valid_q <= 1'b0;
      begun_q      <= 1'b0;
      silent_o     <= 1'b1;
      failed_o     <= 1'b0;
      block_q      <= '1;
    end else begin
      unique case (state_q)
        StEntry: if (take_entry) begin
          block_q <= entry.block;
          band_q  <= entry.band;
          bias_q  <= entry.bias;
          first_q <= 22'(entry.first);
          end_q   <= 22'(entry.first) + 22'(entry.count);
          over_q  <= listed_last;
        end
        StCheck: begin
          if (!job_i.command.listed) over_q <= last_block;
          if (!exists) failed_o <= 1'b1;
        end
        StFlush: if (tile_ready) begin
          held_valid_q <= 1'b0;
          begun_q      <= 1'b0;
        end
        StSet: begin
          known_q       <= 1'b1;
          known_block_q <= block_q;
          keys_q        <= '0;
          silent_o      <= 1'b0;
        end
        StRange: begin
          first_q <= first;
          end_q   <= stop;
        end
        StVisit: if (!range_empty) begin
          keys_q <= keys[21:0];
          if (keys > 23'(KeysMax)) failed_o <= 1'b1;
        end
        StTile: if (tile_next) begin
          first_q <= first_q + 22'(KvTile);
          if (tile_some) begin
            held_q <= '{key: first_q[20:0], count: count, band: band_q, bias: bias_q, subs: reached, default: '0};
            held_valid_q <= 1'b1;
            begun_q      <= begun_q || held_valid_q;
          end
        end
        default: ;
      endcase
    end
  end

  logic unused;
  assign unused = ^{job_i, entry};
endmodule

`default_nettype wire
