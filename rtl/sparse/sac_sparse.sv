// SPDX-License-Identifier: Apache-2.0
// Sparse room for one plane-set (Sub = 1: density, 3: appearance): turns requests for rectangles of texels into
// decoded texels. Blocks are looked up ahead of the decoder, also those of requests that are accepted while the ones
// before are still decoded: directory and block reads of several misses overlap with each other and with decoding.
// Blocks are decoded in the order of the requests (rows of blocks, in a block rows of texels, each for all Sub blocks
// in turn), and looked up in the same order, one by one, so that hits and misses are those of a sequential cache.
// `start_i` begins a RENDER: it empties the cache; scene inputs are steady from then on. Texels asked for lie within
// their plane, 1 <= nu, nv <= 15. Each decoded texel leaves as one patch write (always accepted), u and v counted from
// the request's first texel; `done_o` pulses after the last write of a request. Hits and misses count lines.
// Rate with Values = 16: a texel a cycle and a cycle for each bitmap or list of coordinates; with less, a texel takes
// up to 16 / Values cycles (twice that for values of 16 bits) and small blocks wait for their headers.
`default_nettype none

module sac_sparse import sac_sparse_pkg::*; import sac_memory_pkg::request_t; #(
  parameter int unsigned Sub        = 1,
  parameter int unsigned Lines      = sac_config_pkg::DensityCacheLines,
  parameter int unsigned BlockBytes = sac_config_pkg::BlockBytes,
  parameter int unsigned Values     = sac_config_pkg::DensityLanes,  // components a cycle: 4, 8 or 16
  parameter int unsigned DataWidth  = sac_config_pkg::AxiDataWidth
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 start_i,
  output logic                      busy_o,
  // Scene.
  input  wire logic [9:0]           gx_i,
  input  wire logic [9:0]           gy_i,
  input  wire logic [9:0]           gz_i,
  input  wire logic [4:0]           value_bits_i,
  input  wire logic [31:0]          directory_address_i,
  input  wire logic [31:0]          block_address_i,
  input  wire logic [31:0]          first_block_i,
  // Requests.
  input  wire logic                 request_valid_i,
  output logic                      request_ready_o,
  input  wire logic [1:0]           request_plane_i,
  input  wire logic [9:0]           request_u_i,
  input  wire logic [9:0]           request_v_i,
  input  wire logic [3:0]           request_nu_i,
  input  wire logic [3:0]           request_nv_i,
  output logic                      done_o,
  // Patch writes.
  output logic                      patch_valid_o,
  output logic [1:0]                patch_plane_o,
  output logic [3:0]                patch_u_o,
  output logic [3:0]                patch_v_o,
  output logic [1:0]                patch_sub_o,
  output logic [15:0][15:0]         patch_values_o,
  // Memory client.
  output logic                      read_valid_o,
  input  wire logic                 read_ready_i,
  output request_t                  read_request_o,
  input  wire logic                 data_valid_i,
  output logic                      data_ready_o,
  input  wire logic [DataWidth-1:0] data_i,
  input  wire logic                 data_last_i,
  // Counters.
  output logic                      hit_o,
  output logic                      miss_o
);
  localparam int unsigned Banks = bank_count(Values, DataWidth);
  localparam int unsigned LineWords = line_words(Sub, BlockBytes);
  localparam int unsigned WordWidth = word_width(LineWords);
  localparam int unsigned LineWidth = $clog2(Lines);
  localparam int unsigned RowWidth = $clog2(Lines * line_rows(LineWords, Banks));
  localparam int unsigned BeatWidth = $clog2(LineWords * 32 / DataWidth + 2);
  localparam int unsigned InfoWidth = info_width(Sub, WordWidth);
  localparam int unsigned SlotWidth = Values == 16 ? 4 : 3;
  localparam int unsigned Slots = 1 << SlotWidth;         // blocks between look-up and their last texel
  localparam int unsigned Outstanding = Slots / 2;        // misses being fetched
  localparam int unsigned Headers = Values == 16 ? 3 : 1; // loaded ahead of the search
  localparam int unsigned IndexWidth = 16;                // texel blocks of a plane-set: 3 * 128 * 128

  typedef struct packed {
    logic                 miss;
    logic [LineWidth-1:0] line;
    logic [RowWidth-1:0]  row;
    part_t                part;
  } work_t;

  typedef enum logic [1:0] {StLookup, StCompare, StPush} state_e;

  // Look-up side: the next block of the requests, three cycles each (more where a miss waits).
  state_e                state_q;
  logic                  blocks_busy, next_valid, lookup, hit, allocate, cache_busy, conflict, push, push_room;
  logic                  fetch_ready;
  logic [IndexWidth-1:0] next_index;
  logic [6:0]            next_u, next_v;
  logic [LineWidth-1:0]  line;
  logic [RowWidth-1:0]   row;
  logic [29:0]           fetch_index;
  part_t                 next_part;
  work_t                 new_work;

  sac_blocks #(.Lines(Lines)) u_blocks (
    .clk_i, .rst_ni, .start_i, .busy_o(blocks_busy), .gx_i, .gy_i, .gz_i,
    .request_valid_i, .request_ready_o, .request_plane_i, .request_u_i, .request_v_i, .request_nu_i, .request_nv_i,
    .block_valid_o(next_valid), .block_ready_i(push), .block_index_o(next_index), .block_line_o(line),
    .block_u_o(next_u), .block_v_o(next_v), .block_part_o(next_part)
  );

  assign lookup      = state_q == StLookup && next_valid && push_room && !cache_busy;
  assign allocate    = state_q == StPush && !hit && !conflict && fetch_ready;
  assign push        = state_q == StPush && (hit || allocate);
  assign hit_o       = push && hit;
  assign miss_o      = allocate;
  assign new_work    = '{miss: !hit, line: line, row: row, part: next_part};
  assign fetch_index = 30'(first_block_i + times(32'(next_index), Sub));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StLookup;
    end else begin
      unique case (state_q)
        StLookup:  if (lookup) state_q <= StCompare;
        StCompare: state_q <= StPush;
        default:   if (push) state_q <= StLookup;
      endcase
    end
  end

  // Work: a ring of slots from look-up to the last texel. A line may be given away only when no slot uses it.
  work_t                slot_q [Slots];
  logic [Slots-1:0]     used_q;
  logic [SlotWidth-1:0] push_q, issue_q;
  logic [SlotWidth:0]   ahead_q;   // blocks looked up that have not been issued
  logic [SlotWidth:0]   filled_q;  // lines filled whose block has not been issued
  logic [SlotWidth-1:0] texel_slot, read_slot;
  logic [1:0]           texel_sub, texel_u, texel_v, unused_read_sub;
  logic                 texel_valid, texel_last, filled, retire, finish;
  logic [15:0][15:0]    texel_values;

  assign push_room = !used_q[push_q];
  assign retire    = texel_valid && texel_last && texel_sub == 2'(Sub - 1);
  assign finish    = retire && slot_q[texel_slot].part.last;
  always_comb begin
    conflict = 1'b0;
    for (int i = 0; i < Slots; i++) conflict |= used_q[i] && slot_q[i].line == line;
  end

  // Issue: read the information of the next block's line when it is filled, then hand its Sub blocks to the decoder;
  // the information of the block after is read while the last one leaves.
  logic                 issue, block_valid_q, block_ready, block_last;
  logic [SlotWidth-1:0] block_slot_q;
  logic [1:0]           sub_q;
  assign block_last = block_ready && sub_q == 2'(Sub - 1);
  assign issue      = ahead_q != '0 && (!slot_q[issue_q].miss || filled_q != '0) && (!block_valid_q || block_last);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      used_q        <= '0;
      push_q        <= '0;
      issue_q       <= '0;
      ahead_q       <= '0;
      filled_q      <= '0;
      block_valid_q <= 1'b0;
    end else begin
      if (push) begin
        used_q[push_q] <= 1'b1;
        push_q         <= push_q + 1'b1;
      end
      if (retire) used_q[texel_slot] <= 1'b0;
      if (issue) issue_q <= issue_q + 1'b1;
      ahead_q  <= ahead_q + (SlotWidth + 1)'(push) - (SlotWidth + 1)'(issue);
      filled_q <= filled_q + (SlotWidth + 1)'(filled) - (SlotWidth + 1)'(issue && slot_q[issue_q].miss);
      if (issue) block_valid_q <= 1'b1;
      else if (block_last) block_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) slot_q[push_q] <= new_work;
    if (issue) block_slot_q <= issue_q;
    if (issue) sub_q <= '0;
    else if (block_ready) sub_q <= sub_q + 1'b1;
  end

  // Cache, fetch, decode.
  logic                 info_write, fill;
  logic [LineWidth-1:0] info_line;
  logic [InfoWidth-1:0] info_data, info;
  logic [RowWidth-1:0]  fill_row;
  logic [BeatWidth-1:0] fill_beat;
  logic [DataWidth-1:0] fill_data;
  logic                 window_read;
  logic [WordWidth-1:0] window_word, block_word;
  logic [Banks*32-1:0]  window;
  logic [1:0]           block_mode;
  logic                 block_long;

  sac_cache #(
    .Sub(Sub), .Lines(Lines), .BlockBytes(BlockBytes), .DataWidth(DataWidth), .Banks(Banks)
  ) u_cache (
    .clk_i, .rst_ni, .invalidate_i(start_i), .busy_o(cache_busy),
    .lookup_i(lookup), .line_i(line), .plane_i(next_part.plane), .block_u_i(next_u), .block_v_i(next_v),
    .hit_o(hit), .row_o(row), .allocate_i(allocate),
    .info_write_i(info_write), .info_write_line_i(info_line), .info_write_data_i(info_data),
    .info_read_i(issue), .info_read_line_i(slot_q[issue_q].line), .info_read_data_o(info),
    .fill_i(fill), .fill_row_i(fill_row), .fill_beat_i(fill_beat), .fill_data_i(fill_data),
    .read_valid_i(window_read), .read_row_i(slot_q[read_slot].row), .read_word_i(window_word),
    .window_o(window)
  );

  sac_directory #(
    .Sub(Sub), .LineWords(LineWords), .DataWidth(DataWidth), .LineWidth(LineWidth), .RowWidth(RowWidth),
    .BeatWidth(BeatWidth), .Outstanding(Outstanding)
  ) u_directory (
    .clk_i, .rst_ni, .value_bits_i, .directory_address_i, .block_address_i,
    .fetch_valid_i(state_q == StPush && !hit && !conflict), .fetch_ready_o(fetch_ready), .fetch_index_i(fetch_index),
    .fetch_line_i(line), .fetch_row_i(row),
    .read_valid_o, .read_ready_i, .read_request_o, .data_valid_i, .data_ready_o, .data_i, .data_last_i,
    .info_valid_o(info_write), .info_line_o(info_line), .info_o(info_data),
    .fill_valid_o(fill), .fill_row_o(fill_row), .fill_beat_o(fill_beat), .fill_data_o(fill_data),
    .filled_o(filled)
  );

  always_comb begin
    {block_word, block_long, block_mode} = info[WordWidth+2:0];
    for (int unsigned i = 1; i < Sub; i++)
      if (sub_q == 2'(i)) {block_word, block_long, block_mode} = info[i*(WordWidth+3) +: WordWidth+3];
  end

  sac_decode #(
    .Values(Values), .Banks(Banks), .Headers(Headers), .WordWidth(WordWidth), .ReadLatency(ReadLatency),
    .TagWidth(SlotWidth + 2)
  ) u_decode (
    .clk_i, .rst_ni, .value_bits_i,
    .block_valid_i(block_valid_q), .block_ready_o(block_ready), .block_mode_i(block_mode), .block_long_i(block_long),
    .block_word_i(block_word), .block_tag_i({block_slot_q, sub_q}),
    .block_u_first_i(slot_q[block_slot_q].part.u_first), .block_u_last_i(slot_q[block_slot_q].part.u_last),
    .block_v_first_i(slot_q[block_slot_q].part.v_first), .block_v_last_i(slot_q[block_slot_q].part.v_last),
    .read_valid_o(window_read), .read_ready_i(1'b1), .read_tag_o({read_slot, unused_read_sub}),
    .read_word_o(window_word), .window_i(window),
    .texel_valid_o(texel_valid), .texel_tag_o({texel_slot, texel_sub}), .texel_u_o(texel_u), .texel_v_o(texel_v),
    .texel_last_o(texel_last), .texel_values_o(texel_values)
  );

  // Patch writes, and the end of a request a cycle after its last.
  logic finished_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      patch_valid_o <= 1'b0;
      finished_q    <= 1'b0;
      done_o        <= 1'b0;
    end else begin
      patch_valid_o <= texel_valid;
      finished_q    <= finish;
      done_o        <= finished_q;
    end
  end

  always_ff @(posedge clk_i) begin
    patch_plane_o  <= slot_q[texel_slot].part.plane;
    patch_u_o      <= slot_q[texel_slot].part.u + 4'(texel_u);
    patch_v_o      <= slot_q[texel_slot].part.v + 4'(texel_v);
    patch_sub_o    <= texel_sub;
    patch_values_o <= texel_values;
  end

  assign busy_o = blocks_busy || cache_busy || used_q != '0 || finished_q;
endmodule

`default_nettype wire
