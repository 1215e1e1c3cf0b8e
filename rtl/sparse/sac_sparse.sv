// SPDX-License-Identifier: Apache-2.0
// Sparse room for one plane-set (Sub = 1: density, 3: appearance): turns requests for rectangles of texels into
// decoded texels. Blocks are looked up ahead of the decoder, so directory and block reads of several misses overlap
// with each other and with decoding; blocks are decoded in the order of the request (rows of blocks, in a block rows
// of texels, each for all Sub blocks in turn).
// `start_i` begins a RENDER: it empties the cache; scene inputs are steady from then on. Texels asked for lie within
// their plane, 1 <= nu, nv <= 15. Each decoded texel leaves as one patch write (always accepted), u and v counted from
// the request's first texel; `done_o` pulses after the last write of a request. Hits and misses count lines.
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
  localparam int unsigned InfoWidth = Sub * (WordWidth + 2);
  localparam int unsigned Slots = 8;  // blocks between look-up and their last texel
  localparam int unsigned SlotWidth = 3;
  localparam int unsigned IndexWidth = 16;  // blocks of a plane-set: 3 * 128 * 128

  typedef struct packed {
    logic                 miss;
    logic                 last;  // of the request
    logic [LineWidth-1:0] line;
    logic [RowWidth-1:0]  row;
    logic [1:0]           plane;
    logic [3:0]           u;     // of texel (0, 0) of the block, from the request's first (modulo 16)
    logic [3:0]           v;
    logic [1:0]           u_first;
    logic [1:0]           u_last;
    logic [1:0]           v_first;
    logic [1:0]           v_last;
  } work_t;

  typedef enum logic [2:0] {StIdle, StPlane1, StPlane2, StRow, StLookup, StCompare, StFetch} state_e;
  typedef enum logic [1:0] {StWait, StInfo, StBlock} issue_e;

  // Blocks along u: planes XY and XZ run along x, YZ along y.
  logic [7:0] blocks_x, blocks_y, blocks_z, blocks_u;
  assign blocks_x = 8'((gx_i + 10'd3) >> 2);
  assign blocks_y = 8'((gy_i + 10'd3) >> 2);
  assign blocks_z = 8'((gz_i + 10'd3) >> 2);

  // Serial multiplier: `sum_q` += factor * other, one bit of `other` a cycle.
  logic [IndexWidth-1:0] sum_q, factor_q;
  logic [7:0]            other_q;
  logic                  multiplied;
  assign multiplied = other_q == '0;

  // Look-up side.
  state_e                state_q;
  logic [IndexWidth-1:0] plane1_q, plane2_q;      // first block of plane 1, 2
  logic [1:0]            plane_q;
  logic [8:0]            u_q, v_q, u_end_q, v_end_q;
  logic [6:0]            block_u_q, block_v_q;
  logic [IndexWidth-1:0] row_index_q;             // of the first block of this row
  logic                  lookup, lookup_done, hit, allocate, cache_busy, conflict, push, push_room;
  logic                  fetch_ready, last_u, last_v;
  logic [LineWidth-1:0]  line;
  logic [RowWidth-1:0]   row;
  work_t                 new_work;

  assign blocks_u        = plane_q == 2'd2 ? blocks_y : blocks_x;
  assign last_u          = block_u_q == u_end_q[8:2];
  assign last_v          = block_v_q == v_end_q[8:2];
  assign request_ready_o = state_q == StIdle && !cache_busy && !start_i;
  assign lookup          = state_q == StLookup && push_room && !cache_busy;
  assign allocate        = state_q == StFetch && !conflict && fetch_ready;
  assign push            = allocate || (state_q == StCompare && lookup_done && hit);
  assign hit_o           = push && !allocate;
  assign miss_o          = allocate;
  assign new_work = '{
    miss: allocate, last: last_u && last_v, line: line, row: row, plane: plane_q,
    u: {block_u_q[1:0], 2'b0} - u_q[3:0], v: {block_v_q[1:0], 2'b0} - v_q[3:0],
    u_first: block_u_q == u_q[8:2] ? u_q[1:0] : 2'd0, u_last: last_u ? u_end_q[1:0] : 2'd3,
    v_first: block_v_q == v_q[8:2] ? v_q[1:0] : 2'd0, v_last: last_v ? v_end_q[1:0] : 2'd3
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle: begin
          if (start_i) state_q <= StPlane1;
          else if (request_valid_i && request_ready_o) state_q <= StRow;
        end
        StPlane1:  if (multiplied) state_q <= StPlane2;
        StPlane2:  if (multiplied) state_q <= StIdle;
        StRow:     if (multiplied) state_q <= StLookup;
        StLookup:  if (lookup) state_q <= StCompare;
        StCompare: if (lookup_done && !hit) state_q <= StFetch;
        default:   ;
      endcase
      if (push) state_q <= last_u && last_v ? StIdle : StLookup;
    end
  end

  always_ff @(posedge clk_i) begin
    // The multiplier runs by itself until its bits are used up.
    if (other_q[0]) sum_q <= sum_q + factor_q;
    factor_q <= factor_q << 1;
    other_q  <= other_q >> 1;
    unique case (state_q)
      StIdle: begin
        plane_q   <= request_plane_i;
        u_q       <= request_u_i[8:0];
        v_q       <= request_v_i[8:0];
        u_end_q   <= 9'(request_u_i + 10'(request_nu_i) - 10'd1);
        v_end_q   <= 9'(request_v_i + 10'(request_nv_i) - 10'd1);
        block_u_q <= request_u_i[8:2];
        block_v_q <= request_v_i[8:2];
        sum_q     <= '0;
        if (start_i) begin
          factor_q <= IndexWidth'(blocks_x);
          other_q  <= blocks_y;
        end else begin
          sum_q    <= IndexWidth'(request_u_i[8:2]) +
                      (request_plane_i == 2'd2 ? plane2_q : request_plane_i == 2'd1 ? plane1_q : '0);
          factor_q <= request_plane_i == 2'd2 ? IndexWidth'(blocks_y) : IndexWidth'(blocks_x);
          other_q  <= {1'b0, request_v_i[8:2]};
        end
      end
      StPlane1: begin
        if (multiplied) begin
          plane1_q <= sum_q;
          factor_q <= IndexWidth'(blocks_x);
          other_q  <= blocks_z;
        end
      end
      StPlane2: if (multiplied) plane2_q <= sum_q;
      StRow: row_index_q <= sum_q;
      default: begin
        if (push) begin
          block_u_q <= last_u ? u_q[8:2] : block_u_q + 1'b1;
          if (last_u) begin
            block_v_q   <= block_v_q + 1'b1;
            row_index_q <= row_index_q + IndexWidth'(blocks_u);
          end
        end
      end
    endcase
  end

  logic [IndexWidth-1:0] index;
  logic [29:0]           fetch_index;
  assign index       = row_index_q + IndexWidth'(block_u_q) - IndexWidth'(u_q[8:2]);
  assign fetch_index = 30'(first_block_i + times(32'(index), Sub));

  // Work: a ring of slots from look-up to the last texel. A line may be given away only when no slot uses it.
  work_t                slot_q [Slots];
  logic [Slots-1:0]     used_q;
  logic [SlotWidth-1:0] push_q, issue_q;
  logic [SlotWidth:0]   filled_q;  // lines filled whose block has not been issued
  issue_e               issue_state_q;
  logic [1:0]           sub_q;
  logic                 issue_now, filled, block_valid, block_ready, block_last, retire;

  assign push_room = !used_q[push_q];
  always_comb begin
    conflict = 1'b0;
    for (int i = 0; i < Slots; i++) conflict |= used_q[i] && slot_q[i].line == line;
  end
  assign issue_now   = issue_state_q == StWait && used_q[issue_q] && (!slot_q[issue_q].miss || filled_q != '0);
  assign block_valid = issue_state_q == StBlock;
  assign block_last  = sub_q == 2'(Sub - 1);

  logic [SlotWidth-1:0] texel_slot, read_slot;
  logic [1:0]           texel_sub, texel_u, texel_v, unused_read_sub;
  logic                 texel_valid, texel_last;
  logic [15:0][15:0]    texel_values;
  assign retire = texel_valid && texel_last && texel_sub == 2'(Sub - 1);

  // After the last block of the ring the issue pointer meets a slot that is still used, by a block already issued.
  logic [Slots-1:0] issued_q;
  logic             issue_free;
  assign issue_free = issue_now && !issued_q[issue_q];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      used_q        <= '0;
      issued_q      <= '0;
      push_q        <= '0;
      issue_q       <= '0;
      filled_q      <= '0;
      issue_state_q <= StWait;
    end else begin
      if (push) begin
        used_q[push_q]   <= 1'b1;
        issued_q[push_q] <= 1'b0;
        push_q           <= push_q + 1'b1;
      end
      if (retire) used_q[texel_slot] <= 1'b0;
      filled_q <= filled_q + (SlotWidth + 1)'(filled) - (SlotWidth + 1)'(issue_free && slot_q[issue_q].miss);
      unique case (issue_state_q)
        StWait: if (issue_free) issue_state_q <= StInfo;
        StInfo: issue_state_q <= StBlock;
        default: begin
          if (block_ready && block_last) begin
            issue_state_q     <= StWait;
            issued_q[issue_q] <= 1'b1;
            issue_q           <= issue_q + 1'b1;
          end
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) slot_q[push_q] <= new_work;
    if (issue_state_q != StBlock) sub_q <= '0;
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

  sac_cache #(
    .Sub(Sub), .Lines(Lines), .BlockBytes(BlockBytes), .DataWidth(DataWidth), .Banks(Banks)
  ) u_cache (
    .clk_i, .rst_ni, .invalidate_i(start_i), .busy_o(cache_busy),
    .lookup_i(lookup), .plane_i(plane_q), .block_u_i(block_u_q), .block_v_i(block_v_q),
    .lookup_done_o(lookup_done), .hit_o(hit), .line_o(line), .row_o(row), .allocate_i(allocate),
    .info_write_i(info_write), .info_write_line_i(info_line), .info_write_data_i(info_data),
    .info_read_i(issue_free), .info_read_line_i(slot_q[issue_q].line), .info_read_data_o(info),
    .fill_i(fill), .fill_row_i(fill_row), .fill_beat_i(fill_beat), .fill_data_i(fill_data),
    .read_valid_i(window_read), .read_row_i(slot_q[read_slot].row), .read_word_i(window_word),
    .window_o(window)
  );

  sac_directory #(
    .Sub(Sub), .LineWords(LineWords), .DataWidth(DataWidth), .LineWidth(LineWidth), .RowWidth(RowWidth),
    .BeatWidth(BeatWidth)
  ) u_directory (
    .clk_i, .rst_ni, .directory_address_i, .block_address_i,
    .fetch_valid_i(state_q == StFetch && !conflict), .fetch_ready_o(fetch_ready), .fetch_index_i(fetch_index),
    .fetch_line_i(line), .fetch_row_i(row),
    .read_valid_o, .read_ready_i, .read_request_o, .data_valid_i, .data_ready_o, .data_i, .data_last_i,
    .info_valid_o(info_write), .info_line_o(info_line), .info_o(info_data),
    .fill_valid_o(fill), .fill_row_o(fill_row), .fill_beat_o(fill_beat), .fill_data_o(fill_data),
    .filled_o(filled)
  );

  always_comb begin
    {block_word, block_mode} = info[WordWidth+1:0];
    for (int unsigned i = 1; i < Sub; i++)
      if (sub_q == 2'(i)) {block_word, block_mode} = info[i*(WordWidth+2) +: WordWidth+2];
  end

  sac_decode #(
    .Values(Values), .Banks(Banks), .WordWidth(WordWidth), .ReadLatency(ReadLatency), .TagWidth(SlotWidth + 2)
  ) u_decode (
    .clk_i, .rst_ni, .value_bits_i,
    .block_valid_i(block_valid), .block_ready_o(block_ready), .block_mode_i(block_mode),
    .block_word_i(block_word), .block_u_first_i(slot_q[issue_q].u_first), .block_u_last_i(slot_q[issue_q].u_last),
    .block_v_first_i(slot_q[issue_q].v_first), .block_v_last_i(slot_q[issue_q].v_last), .block_tag_i({issue_q, sub_q}),
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
      finished_q    <= retire && slot_q[texel_slot].last;
      done_o        <= finished_q;
    end
  end

  always_ff @(posedge clk_i) begin
    patch_plane_o  <= slot_q[texel_slot].plane;
    patch_u_o      <= slot_q[texel_slot].u + 4'(texel_u);
    patch_v_o      <= slot_q[texel_slot].v + 4'(texel_v);
    patch_sub_o    <= texel_sub;
    patch_values_o <= texel_values;
  end

  assign busy_o = state_q != StIdle || cache_busy || used_q != '0 || finished_q;
endmodule

`default_nettype wire
