// SPDX-License-Identifier: Apache-2.0
// The array: rows, weight and KV RAM, and the beat sequencer (docs/architecture.md, sections 5 and 6.1). Operations
// queue one deep and follow each other without a bubble unless the drain of the one before would be late (sac_drain).
// The user keeps operands in place: x words from acceptance to the `read` pulse, h words until read (wait for the
// `done` of the operation that writes them), an out slot until it is unloaded. KindAttend (docs/attention.md, 5) reads
// its second operand from the KV RAM, at the same rate, and leaves raw results (`raw_t`): KV words, like x words, stay
// until `read`.
`default_nettype none

module sac_array
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_memory_pkg::*;
(
  input  wire logic          clk_i,
  input  wire logic          rst_ni,
  input  wire table_word_t   table_word_i,
  input  wire logic          operation_valid_i,
  output logic               operation_ready_o,
  input  wire operation_t    operation_i,
  output event_t             read_o,
  output event_t             done_o,
  input  wire x_write_t      x_write_i,
  input  wire unload_t       unload_i,
  output logic [WordWidth-1:0] unload_data_o,
  output logic               beat_o,            // counters: a beat is issued, of this kind
  output kind_e              beat_kind_o,
  input  wire kv_write_t     kv_write_i,
  output raw_t               score_event_o,     // KindAttend, reduce: a sum of every row
  output logic [ScoresWidth-1:0] score_o,
  output raw_t               sum_event_o,       // KindAttend, accumulate
  output logic [Rows*AccumulatorWidth-1:0] sum_o
);
  localparam int unsigned WeightAddressWidth = $clog2(WeightWords);
  localparam int unsigned Deep = 4 + LanesLog2;

  // The next operation waits here, so that nothing is lost between two.
  operation_t next_q, run_q;
  logic       next_valid_q, active_q, begin_run, last_beat, allowed;

  assign operation_ready_o = !next_valid_q || begin_run;
  assign begin_run         = next_valid_q && allowed && (!active_q || last_beat);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      next_valid_q <= 1'b0;
      active_q     <= 1'b0;
    end else begin
      if (operation_ready_o) next_valid_q <= operation_valid_i;
      if (begin_run) active_q <= 1'b1;
      else if (last_beat) active_q <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (operation_ready_o) next_q <= operation_i;
    if (begin_run) run_q <= next_q;
  end

  // Beats: cycle 0 of the rows. `lane_q` is the element in the word, the first of two if a beat is `segmented`, `chunk_q`
  // the word in an output. Elements of two beats stay for the second, `half_q`.
  logic [12:0]          left_q;
  logic [15:0]          weight_address_q;
  logic [9:0]           source_q;
  logic [LanesLog2-1:0] lane_q, next_lane;
  logic [4:0]           chunk_q;
  logic                 first_q, half_q, last_half, last_chunk, read_word, attend, segmented;

  assign last_beat  = active_q && left_q == 13'd1;
  assign last_half  = half_q || !run_q.two_beats;
  assign last_chunk = chunk_q == run_q.chunks - 1'b1;
  assign read_word  = active_q && !half_q && (run_q.reduce || lane_q == '0);
  assign attend     = run_q.kind == KindAttend;
  assign segmented  = Segments == 2 && run_q.segmented;
  assign next_lane  = lane_q + (segmented && !run_q.reduce ? LanesLog2'(2) : LanesLog2'(1));

  always_ff @(posedge clk_i) begin
    if (begin_run) begin
      left_q           <= next_q.beats;
      weight_address_q <= next_q.weight_base;
      source_q         <= next_q.source;
      lane_q           <= '0;
      chunk_q          <= '0;
      first_q          <= 1'b1;
      half_q           <= 1'b0;
    end else if (active_q) begin
      left_q           <= left_q - 1'b1;
      weight_address_q <= weight_address_q + 1'b1;
      first_q          <= 1'b0;
      half_q           <= !last_half;
      if (last_half) begin
        lane_q <= next_lane;
        if (run_q.reduce) begin
          chunk_q  <= last_chunk ? '0 : chunk_q + 1'b1;
          source_q <= last_chunk ? run_q.source : source_q + 1'b1;
        end else if (next_lane == '0) begin
          source_q <= source_q + 1'b1;
        end
      end
    end
  end

  // Weights: read in cycle 0, registered, in cycle 2 at the rows.
  logic               entry_write;
  logic [15:0]        entry_number;
  logic [Lanes*8-1:0] entry_data, weight_read, kv_read, weight_q;
  logic               attend_q;
  sac_table_entry #(.Target(sac_spec_pkg::TARGET_WEIGHT), .Words(Lanes / 4)) u_entry (
    .clk_i, .rst_ni, .word_i(table_word_i),
    .write_o(entry_write), .entry_o(entry_number), .data_o(entry_data)
  );
  sac_ram #(.Width(Lanes * 8), .Words(WeightWords)) u_weight (
    .clk_i,
    .write_en_i(entry_write), .write_address_i(entry_number[WeightAddressWidth-1:0]), .write_data_i(entry_data),
    .read_en_i(active_q && !attend), .read_address_i(weight_address_q[WeightAddressWidth-1:0]),
    .read_data_o(weight_read)
  );
  sac_ram #(.Width(Lanes * 8), .Words(KvWords)) u_kv (
    .clk_i,
    .write_en_i(kv_write_i.valid), .write_address_i(kv_write_i.address), .write_data_i(kv_write_i.data),
    .read_en_i(active_q && attend), .read_address_i(weight_address_q[KvAddressWidth-1:0]), .read_data_o(kv_read)
  );
  always_ff @(posedge clk_i) begin
    attend_q <= attend;
    weight_q <= attend_q ? kv_read : weight_read;
  end

  // Control of the rows by cycle. Bit c-1 of a vector is its value at cycle c.
  logic [Deep-1:0] valid_q, reduce_q, first_chunk_q, last_chunk_q, raw_q, high_q, finish_q, segmented_q;
  logic [3:0]      start_q;
  logic [1:0]      low_q, x_unsigned_q;
  logic            load_q, step_q, source_h_q, sum_en;
  tag_t            tag_q [Deep];
  logic [LanesLog2-1:0] tree_en;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Deep-2:0], active_q};
  end
  always_ff @(posedge clk_i) begin
    reduce_q      <= {reduce_q[Deep-2:0], run_q.reduce};
    first_chunk_q <= {first_chunk_q[Deep-2:0], chunk_q == '0 && !half_q};
    last_chunk_q  <= {last_chunk_q[Deep-2:0], last_chunk && last_half};
    raw_q         <= {raw_q[Deep-2:0], attend};
    high_q        <= {high_q[Deep-2:0], !last_half};
    finish_q      <= {finish_q[Deep-2:0], last_beat};
    segmented_q   <= {segmented_q[Deep-2:0], segmented};
    start_q       <= {start_q[2:0], first_q};
    low_q         <= {low_q[0], half_q};
    x_unsigned_q  <= {x_unsigned_q[0], run_q.x_unsigned};
    tag_q[0]      <= run_q.tag;
    for (int i = 1; i < int'(Deep); i++) tag_q[i] <= tag_q[i-1];
    load_q        <= read_word;
    step_q        <= active_q && !half_q;
    source_h_q    <= run_q.source_h;
  end
  for (genvar l = 0; l < int'(LanesLog2); l++) begin : gen_tree_en
    assign tree_en[l] = valid_q[3+l] && reduce_q[3+l];
  end

  logic     copy, drain_en, drain_reduce, drain_segments, assemble_en, assemble_reduce, relu, h_write_en;
  quant_t   quant;
  logic [1:0] out_write_en;
  logic [HAddressWidth-1:0] h_write_address;
  sac_drain u_drain (
    .clk_i, .rst_ni, .table_word_i,
    .operation_i(next_q), .start_i(begin_run), .allowed_o(allowed),
    .end_i(last_beat), .end_operation_i(run_q),
    .copy_o(copy), .drain_en_o(drain_en), .drain_reduce_o(drain_reduce), .drain_segments_o(drain_segments),
    .quant_o(quant),
    .assemble_en_o(assemble_en), .assemble_reduce_o(assemble_reduce), .relu_o(relu),
    .h_write_en_o(h_write_en), .h_write_address_o(h_write_address), .out_write_en_o(out_write_en),
    .done_o, .sum_o(sum_event_o)
  );

  // Raw sums of reduce operations: in the rows' registers a cycle after they are complete.
  assign sum_en = valid_q[Deep-1] && reduce_q[Deep-1];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) score_event_o <= '0;
    else score_event_o <= '{valid: sum_en && last_chunk_q[Deep-1] && raw_q[Deep-1], last: finish_q[Deep-1],
                            tag: tag_q[Deep-1]};
  end

  logic [Rows-1:0]           unload_en;
  logic                      unload_slot;
  logic [Rows*WordWidth-1:0] unload_data;
  for (genvar r = 0; r < int'(Rows); r++) begin : gen_row
    sac_row u_row (
      .clk_i,
      .x_write_en_i(x_write_i.valid && x_write_i.row == RowWidth'(r)),
      .x_write_address_i(x_write_i.word), .x_write_data_i(x_write_i.data),
      .x_read_en_i(read_word && !run_q.source_h), .h_read_en_i(read_word && run_q.source_h),
      .x_read_address_i(source_q[XAddressWidth-1:0]), .h_read_address_i(source_q[HAddressWidth-1:0]),
      .load_i(load_q), .step_i(step_q), .step_two_i(segmented_q[0]), .source_h_i(source_h_q),
      .operand_en_i(valid_q[1]), .vector_i(reduce_q[1]), .segments_i(segmented_q[1]), .x_unsigned_i(x_unsigned_q[1]),
      .weight_i(weight_q), .weight_unsigned_i(low_q[1]),
      .product_en_i(valid_q[2]),
      .accumulate_en_i(valid_q[3] && !reduce_q[3]), .accumulate_first_i(start_q[3]), .accumulate_high_i(high_q[3]),
      .tree_en_i(tree_en), .tree_segments_i(segmented_q[Deep-2]),
      .sum_en_i(sum_en), .sum_first_i(first_chunk_q[Deep-1]), .sum_high_i(high_q[Deep-1]),
      .sum_stage_i(sum_en && last_chunk_q[Deep-1] && !raw_q[Deep-1]),
      .copy_i(copy), .drain_en_i(drain_en), .drain_reduce_i(drain_reduce), .drain_segments_i(drain_segments),
      .bias_i(quant.bias), .multiplier_i(quant.multiplier), .shift_i(quant.shift),
      .assemble_en_i(assemble_en), .assemble_reduce_i(assemble_reduce), .relu_i(relu),
      .h_write_en_i(h_write_en), .h_write_address_i(h_write_address), .out_write_en_i(out_write_en),
      .unload_en_i(unload_en[r]), .unload_slot_i(unload_slot),
      .unload_data_o(unload_data[r*int'(WordWidth) +: WordWidth]),
      .score_o(score_o[r*int'(Segments*AccumulatorWidth) +: Segments*AccumulatorWidth]),
      .sum_o(sum_o[r*int'(AccumulatorWidth) +: AccumulatorWidth])
    );
  end

  sac_unload u_unload (
    .clk_i, .rst_ni, .request_i(unload_i), .row_en_o(unload_en), .row_slot_o(unload_slot),
    .row_data_i(unload_data), .data_o(unload_data_o)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) read_o <= '0;
    else read_o <= '{valid: last_beat, kind: run_q.kind, destination: run_q.destination, tag: run_q.tag};
  end
  assign beat_o      = active_q;
  assign beat_kind_o = run_q.kind;

  logic unused_bits;
  assign unused_bits = ^{entry_number, weight_address_q, source_q, run_q};
endmodule

`default_nettype wire
