// SPDX-License-Identifier: Apache-2.0
// sac_array with its structs taken apart, for tests/dot/array_test.cc.
`default_nettype none

module sac_array_bench
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_memory_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  output logic [31:0]      rows_o,
  output logic [31:0]      lanes_o,
  output logic [31:0]      x_words_o,
  output logic [31:0]      h_words_o,
  output logic [31:0]      weight_words_o,
  output logic [31:0]      quant_entries_o,
  output logic [31:0]      kv_words_o,
  output logic [31:0]      segments_o,
  input  wire logic        table_valid_i,
  input  wire logic [4:0]  table_target_i,
  input  wire logic [15:0] table_entry_i,
  input  wire logic        table_last_i,
  input  wire logic [31:0] table_data_i,
  input  wire logic        operation_valid_i,
  output logic             operation_ready_o,
  input  wire logic        attend_i,
  input  wire logic        two_beats_i,
  input  wire logic        x_unsigned_i,
  input  wire logic        segmented_i,
  input  wire logic [15:0] tag_i,
  input  wire logic        reduce_i,
  input  wire logic        relu_i,
  input  wire logic        source_h_i,
  input  wire logic [9:0]  source_i,
  input  wire logic [12:0] beats_i,
  input  wire logic [4:0]  chunks_i,
  input  wire logic [15:0] weight_base_i,
  input  wire logic [11:0] quant_base_i,
  input  wire logic        to_h_i,
  input  wire logic [5:0]  word_i,
  output logic             read_o,
  output logic             done_o,
  output logic             done_to_h_o,
  output logic [5:0]       done_word_o,
  input  wire logic        x_write_i,
  input  wire logic [7:0]  x_row_i,
  input  wire logic [9:0]  x_word_i,
  input  wire logic [2047:0] x_data_i,
  input  wire logic        unload_i,
  input  wire logic        unload_slot_i,
  input  wire logic [7:0]  unload_row_i,
  output logic [2047:0]    unload_data_o,
  input  wire logic        kv_write_i,
  input  wire logic [15:0] kv_address_i,
  input  wire logic [1023:0] kv_data_i,
  output logic [15:0]      read_tag_o,
  output logic             score_valid_o,
  output logic             score_last_o,
  output logic [15:0]      score_tag_o,
  output logic [1279:0]    score_o,
  output logic             sum_valid_o,
  output logic             sum_last_o,
  output logic [15:0]      sum_tag_o,
  output logic [639:0]     sum_o,
  output logic             beat_o
);
  assign rows_o = Rows;
  assign lanes_o = Lanes;
  assign x_words_o = XWords;
  assign h_words_o = HWords;
  assign weight_words_o = WeightWords;
  assign quant_entries_o = QuantEntries;
  assign kv_words_o = KvWords;
  assign segments_o = Segments;

  event_t     read, done;
  operation_t operation;
  logic [WordWidth-1:0] unload_data;
  kind_e      beat_kind;
  raw_t       score_event, sum_event;
  logic [ScoresWidth-1:0]           score;
  logic [Rows*AccumulatorWidth-1:0] sum;

  assign operation = '{kind: attend_i ? KindAttend : KindNetwork, reduce: reduce_i, relu: relu_i, source_h: source_h_i, source: source_i,
                       beats: beats_i, chunks: chunks_i, weight_base: weight_base_i, quant_base: quant_base_i,
                       destination: '{to_h: to_h_i, word: word_i}, two_beats: two_beats_i, x_unsigned: x_unsigned_i,
                       segmented: segmented_i,                       tag: tag_i};
  assign read_o        = read.valid;
  assign done_o        = done.valid;
  assign done_to_h_o   = done.destination.to_h;
  assign done_word_o   = done.destination.word;
  assign unload_data_o = 2048'(unload_data);
  assign read_tag_o    = read.tag;
  assign {score_valid_o, score_last_o, score_tag_o, score_o} = {score_event, 1280'(score)};
  assign {sum_valid_o, sum_last_o, sum_tag_o, sum_o} = {sum_event, 640'(sum)};

  sac_array u_array (
    .clk_i, .rst_ni,
    .table_word_i('{valid: table_valid_i, target: table_target_i, entry: table_entry_i, word: 6'd0,
                    last: table_last_i, data: table_data_i}),
    .operation_valid_i, .operation_ready_o, .operation_i(operation), .read_o(read), .done_o(done),
    .x_write_i('{valid: x_write_i, row: RowWidth'(x_row_i), word: XAddressWidth'(x_word_i),
                 data: x_data_i[WordWidth-1:0]}),
    .unload_i('{valid: unload_i, slot: unload_slot_i, row: RowWidth'(unload_row_i)}),
    .unload_data_o(unload_data), .beat_o, .beat_kind_o(beat_kind),
    .kv_write_i('{valid: kv_write_i, address: KvAddressWidth'(kv_address_i), data: kv_data_i[Lanes*8-1:0]}),
    .score_event_o(score_event), .score_o(score), .sum_event_o(sum_event), .sum_o(sum)
  );

  logic unused_bits;
  assign unused_bits = ^{read, done, beat_kind, x_row_i, x_word_i, x_data_i, unload_row_i, kv_address_i, kv_data_i};
endmodule

`default_nettype wire
