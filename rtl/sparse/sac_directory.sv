// SPDX-License-Identifier: Apache-2.0
// Fetches cache lines: for each request it reads Sub + 1 consecutive directory entries (u32: mode in bits 1:0, offset
// in units of 4 bytes above), then, in one request, the bytes of the Sub blocks between them, if there are any.
// Directory reads and block reads of up to `Outstanding` requests overlap on the one read client, whose data come in
// order. Per request, in order: `info_o` (for each block: offset in words from the line's start, whether it has a list
// of more than 31 coordinates, mode), fill beats, then one `filled_o` pulse. Lengths beyond the line (a corrupt
// directory) are cut to it.
`default_nettype none

module sac_directory import sac_sparse_pkg::*; import sac_memory_pkg::request_t; #(
  parameter int unsigned Sub         = 1,
  parameter int unsigned LineWords   = 128,  // capacity of a line
  parameter int unsigned DataWidth   = 64,
  parameter int unsigned LineWidth   = 4,
  parameter int unsigned RowWidth    = 10,
  parameter int unsigned BeatWidth   = 8,
  parameter int unsigned Outstanding = 4,
  localparam int unsigned WordWidth  = word_width(LineWords),
  localparam int unsigned InfoWidth  = info_width(Sub, WordWidth)
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic [4:0]           value_bits_i,
  input  wire logic [31:0]          directory_address_i,
  input  wire logic [31:0]          block_address_i,
  // A line to fetch: directory index of its first block, and where it lives in the cache.
  input  wire logic                 fetch_valid_i,
  output logic                      fetch_ready_o,
  input  wire logic [29:0]          fetch_index_i,
  input  wire logic [LineWidth-1:0] fetch_line_i,
  input  wire logic [RowWidth-1:0]  fetch_row_i,
  // Memory client.
  output logic                      read_valid_o,
  input  wire logic                 read_ready_i,
  output request_t                  read_request_o,
  input  wire logic                 data_valid_i,
  output logic                      data_ready_o,
  input  wire logic [DataWidth-1:0] data_i,
  input  wire logic                 data_last_i,
  // To the cache.
  output logic                      info_valid_o,
  output logic [LineWidth-1:0]      info_line_o,
  output logic [InfoWidth-1:0]      info_o,
  output logic                      fill_valid_o,
  output logic [RowWidth-1:0]       fill_row_o,
  output logic [BeatWidth-1:0]      fill_beat_o,
  output logic [DataWidth-1:0]      fill_data_o,
  output logic                      filled_o
);
  localparam int unsigned BeatWords = DataWidth / 32;
  localparam int unsigned EntryBeats = (Sub + BeatWords) / BeatWords;  // beats of Sub + 1 words
  localparam int unsigned CreditWidth = $clog2(Outstanding + 1);

  typedef struct packed {
    logic [LineWidth-1:0] line;
    logic [RowWidth-1:0]  row;
  } place_t;
  typedef struct packed {
    logic [31:0]          address;
    logic [WordWidth-1:0] words;
    logic [RowWidth-1:0]  row;
  } job_t;
  typedef enum logic [1:0] {KindDirectory, KindBlock, KindNothing} kind_e;
  typedef struct packed {
    kind_e               kind;
    logic [RowWidth-1:0] row;
  } order_t;

  // Fill levels that nobody asks: the credits bound them.
  logic                                 unused_wait_valid, unused_job_ready;
  logic [$clog2(2*Outstanding+1)-1:0]   unused_order_count;
  logic [CreditWidth-1:0]               unused_wait_count, unused_job_count;

  // Requests: one register before the client, loaded with a block job if there is one, else with a directory read.
  logic     slot_free, job_valid, job_take, fetch_take, order_ready, order_valid, order_pop;
  job_t     job, new_job;
  order_t   order, new_order;
  request_t block_request, entry_request;

  logic [CreditWidth-1:0] credit_q;
  logic                   wait_ready;

  assign slot_free     = !read_valid_o || read_ready_i;
  assign job_take      = job_valid && slot_free && order_ready;
  assign fetch_ready_o = !job_valid && slot_free && order_ready && wait_ready &&
                         credit_q != CreditWidth'(Outstanding);
  assign fetch_take    = fetch_valid_i && fetch_ready_o;
  assign block_request = '{address: job.address, bytes: {14'(job.words), 2'b0}};
  assign entry_request = '{address: directory_address_i + {fetch_index_i, 2'b0}, bytes: 16'(4 * (Sub + 1))};
  assign new_order.row = job.row;
  always_comb begin
    if (!job_valid) new_order.kind = KindDirectory;
    else if (job.words == '0) new_order.kind = KindNothing;
    else new_order.kind = KindBlock;
  end

  // A credit is held from the directory read until the block request has left, so no queue can overflow.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      read_valid_o <= 1'b0;
      credit_q     <= '0;
    end else begin
      if (slot_free) read_valid_o <= (job_take && job.words != '0) || fetch_take;
      credit_q <= credit_q + CreditWidth'(fetch_take) - CreditWidth'(job_take);
    end
  end

  always_ff @(posedge clk_i) begin
    if (slot_free) read_request_o <= job_valid ? block_request : entry_request;
  end

  sac_fifo #(.Width($bits(order_t)), .Depth(2 * Outstanding)) u_order (
    .clk_i, .rst_ni,
    .push_valid_i(job_take || fetch_take), .push_ready_o(order_ready), .push_data_i(new_order),
    .pop_valid_o(order_valid), .pop_ready_i(order_pop), .pop_data_o(order), .count_o(unused_order_count)
  );

  // Data: directory words are collected, block words go straight into the line.
  logic                            take, collected_q;
  logic [EntryBeats*DataWidth-1:0] entry_q;
  logic [BeatWidth-1:0]            beat_q;

  assign data_ready_o = order_valid && order.kind != KindNothing;
  assign take         = data_valid_i && data_ready_o;
  assign order_pop    = order_valid && (order.kind == KindNothing || (data_valid_i && data_last_i));
  assign fill_valid_o = take && order.kind == KindBlock;
  assign fill_row_o   = order.row;
  assign fill_beat_o  = beat_q;
  assign fill_data_o  = data_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      collected_q <= 1'b0;
      filled_o    <= 1'b0;
      beat_q      <= '0;
    end else begin
      collected_q <= take && data_last_i && order.kind == KindDirectory;
      filled_o    <= order_pop && order.kind != KindDirectory;
      if (take) beat_q <= data_last_i ? '0 : beat_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take && order.kind == KindDirectory)
      entry_q <= (EntryBeats*DataWidth)'({data_i, entry_q} >> DataWidth);
  end

  place_t place;
  sac_fifo #(.Width($bits(place_t)), .Depth(Outstanding)) u_wait (
    .clk_i, .rst_ni, .push_valid_i(fetch_take), .push_ready_o(wait_ready),
    .push_data_i({fetch_line_i, fetch_row_i}),
    .pop_valid_o(unused_wait_valid), .pop_ready_i(collected_q), .pop_data_o(place), .count_o(unused_wait_count)
  );

  // Entries to offsets within the line and the block request.
  logic [Sub:0][29:0] offset;
  logic [29:0]        length;
  logic               longer;
  always_comb begin
    for (int i = 0; i <= Sub; i++) offset[i] = entry_q[32*i+2 +: 30];
    length = offset[Sub] - offset[0];
    if (length > 30'(LineWords)) length = 30'(LineWords);
    new_job = '{address: block_address_i + {offset[0], 2'b0}, words: WordWidth'(length), row: place.row};
    // A list of 31 coordinates and its values take 8 + value_bits words, whatever the width; one more takes more.
    for (int i = 0; i < Sub; i++) begin
      longer = WordWidth'(offset[i+1]) - WordWidth'(offset[i]) > WordWidth'(8) + WordWidth'(value_bits_i);
      info_o[i*(WordWidth+3) +: WordWidth+3] = {WordWidth'(offset[i] - offset[0]), longer, entry_q[32*i +: 2]};
    end
  end
  assign info_valid_o = collected_q;
  assign info_line_o  = place.line;

  sac_fifo #(.Width($bits(job_t)), .Depth(Outstanding)) u_jobs (
    .clk_i, .rst_ni, .push_valid_i(collected_q), .push_ready_o(unused_job_ready), .push_data_i(new_job),
    .pop_valid_o(job_valid), .pop_ready_i(job_take), .pop_data_o(job), .count_o(unused_job_count)
  );
endmodule

`default_nettype wire
