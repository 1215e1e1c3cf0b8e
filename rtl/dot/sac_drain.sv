// SPDX-License-Identifier: Apache-2.0
// Decides when an operation may start, and drains its results (docs/architecture.md, section 5): reads the quant
// entries, steps the rows' requantisers, writes the word, reports `done`. Results leave in the order of operations.
// An accumulate operation ending at issue cycle e needs the shadow from e + 5 on, a reduce operation only the
// requantiser, when its sums are complete. `left_q` counts until an accumulate operation may end again, so an
// operation is refused only if the drain before it would be late; the drain itself never waits for a started one.
// KindAttend: an accumulate operation steps the shadow in the same way, but its sums leave as they are; the sums of a
// reduce operation leave the rows as they come and concern the drain not at all.
`default_nettype none

module sac_drain
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_memory_pkg::*;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire table_word_t    table_word_i,
  // The operation that wants to start, and whether it does.
  input  wire operation_t     operation_i,
  input  wire logic           start_i,
  output logic                allowed_o,
  // The last beat of an operation is issued.
  input  wire logic           end_i,
  input  wire operation_t     end_operation_i,
  // Rows.
  output logic                copy_o,
  output logic                drain_en_o,
  output logic                drain_reduce_o,
  output logic                drain_segments_o,
  output quant_t              quant_o,
  output logic                assemble_en_o,
  output logic                assemble_reduce_o,
  output logic                relu_o,
  output logic                h_write_en_o,
  output logic [HAddressWidth-1:0] h_write_address_o,
  output logic [1:0]          out_write_en_o,
  output event_t              done_o,
  output raw_t                sum_o
);
  localparam int unsigned LeftWidth = 15;
  localparam int unsigned QuantAddressWidth = $clog2(QuantEntries);
  localparam int unsigned CountWidth = LanesLog2;
  localparam int unsigned Start = 3;                  // drain start after the last beat
  localparam int unsigned Tail = 2 + RequantiseLatency;
  typedef logic [LeftWidth-1:0] left_t;

  typedef struct packed {
    kind_e        kind;
    logic         reduce;
    logic         relu;
    logic         segmented;
    destination_t destination;
    logic [11:0]  quant_base;
    tag_t         tag;
  } result_t;

  // Reservation of the drain.
  left_t left_q, left, ready;
  logic  reduce_busy_q;
  logic  reduce_finished, staged;
  assign staged    = operation_i.reduce && operation_i.kind != KindAttend;
  assign left      = left_q == '0 ? '0 : left_q - 1'b1;
  assign ready     = left_t'(operation_i.beats) + left_t'(LanesLog2);
  assign allowed_o = operation_i.reduce ? !staged || !reduce_busy_q : left_t'(operation_i.beats) >= left_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q        <= '0;
      reduce_busy_q <= 1'b0;
    end else begin
      if (!start_i || (operation_i.reduce && !staged)) left_q <= left;
      else if (operation_i.reduce)
        left_q <= (ready > left_q ? ready : left_q) + left_t'(ReduceOutputs - 1);
      else left_q <= left_t'(operation_i.beats) + left_t'((Segments == 2 && operation_i.segmented ? SegmentLanes : Lanes) - 1);
      if (start_i && staged) reduce_busy_q <= 1'b1;
      else if (reduce_finished) reduce_busy_q <= 1'b0;
    end
  end

  // The end of an operation travels along; a reduce operation then waits for its sums and for its turn.
  logic [Start+LanesLog2:0] end_q, reduce_end_q;
  result_t result_q [Start];
  result_t reduce_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      end_q        <= '0;
      reduce_end_q <= '0;
    end else begin
      end_q        <= (Start+LanesLog2+1)'({end_q, end_i && !end_operation_i.reduce});
      reduce_end_q <= (Start+LanesLog2+1)'({reduce_end_q, end_i && end_operation_i.reduce &&
                                                         end_operation_i.kind != KindAttend});
    end
  end
  always_ff @(posedge clk_i) begin
    result_q[0] <= '{kind: end_operation_i.kind, reduce: end_operation_i.reduce, relu: end_operation_i.relu,
                     segmented: Segments == 2 && end_operation_i.segmented, destination: end_operation_i.destination, quant_base: end_operation_i.quant_base,
                     tag: end_operation_i.tag};
    for (int i = 1; i < int'(Start); i++) result_q[i] <= result_q[i-1];
    if (reduce_end_q[Start-1]) reduce_q <= result_q[Start-1];
  end
  assign copy_o = end_q[4];

  // The engine: one quant entry a cycle.
  logic                  run_q, reduce_wait_q, free, start_accumulate, start_reduce, last;
  logic [CountWidth-1:0] count_q;
  result_t               run_result_q;
  assign last             = count_q == (run_result_q.reduce ? CountWidth'(ReduceOutputs - 1)
                                                            : CountWidth'((run_result_q.segmented ? SegmentLanes
                                                                                                  : Lanes) - 1));
  assign free             = !run_q || last;
  assign start_accumulate = end_q[Start-1];
  assign start_reduce     = (reduce_wait_q || reduce_end_q[Start+LanesLog2-1]) && free && !start_accumulate;
  assign reduce_finished  = run_q && last && run_result_q.reduce;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q         <= 1'b0;
      reduce_wait_q <= 1'b0;
    end else begin
      if (start_accumulate || start_reduce) run_q <= 1'b1;
      else if (last) run_q <= 1'b0;
      if (start_reduce) reduce_wait_q <= 1'b0;
      else if (reduce_end_q[Start+LanesLog2-1]) reduce_wait_q <= 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_accumulate || start_reduce) begin
      run_result_q <= start_accumulate ? result_q[Start-1] : reduce_q;
      count_q      <= '0;
    end else begin
      count_q <= count_q + 1'b1;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && start_accumulate)
      assert (free) else $error("sac_drain: results come before the drain is free");
  end
`endif

  // Quant entries, loaded by TABLE.
  logic        entry_write;
  logic [15:0] entry_number;
  logic [63:0] entry_data;
  quant_t      quant_read;
  logic [11:0] quant_address;
  sac_table_entry #(.Target(sac_spec_pkg::TARGET_QUANT), .Words(2)) u_entry (
    .clk_i, .rst_ni, .word_i(table_word_i),
    .write_o(entry_write), .entry_o(entry_number), .data_o(entry_data)
  );
  assign quant_address = run_result_q.quant_base + 12'(count_q);
  sac_ram #(.Width($bits(quant_t)), .Words(QuantEntries)) u_quant (
    .clk_i,
    .write_en_i(entry_write), .write_address_i(entry_number[QuantAddressWidth-1:0]),
    .write_data_i({entry_data[31:0], entry_data[47:32], entry_data[53:48]}),
    .read_en_i(run_q && run_result_q.kind != KindAttend),
    .read_address_i(quant_address[QuantAddressWidth-1:0]), .read_data_o(quant_read)
  );
  always_ff @(posedge clk_i) quant_o <= quant_read;

  // Control of the rows, delayed to where the value is. Raw sums end where the others enter the requantisers.
  logic [Tail:0] valid_q, last_q;
  result_t       tail_q [Tail+1];
  logic          raw;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      last_q  <= '0;
    end else begin
      valid_q <= {valid_q[Tail-1:2], valid_q[1] && !raw, valid_q[0], run_q};
      last_q  <= {last_q[Tail-1:2], last_q[1] && !raw, last_q[0], run_q && last};
    end
  end
  always_ff @(posedge clk_i) begin
    tail_q[0] <= run_result_q;
    for (int i = 1; i <= int'(Tail); i++) tail_q[i] <= tail_q[i-1];
  end

  assign raw               = tail_q[1].kind == KindAttend;
  assign sum_o             = '{valid: valid_q[1] && raw, last: last_q[1], tag: tail_q[1].tag};
  assign drain_en_o        = valid_q[1];
  assign drain_reduce_o    = tail_q[1].reduce;
  assign drain_segments_o  = tail_q[1].segmented;
  assign assemble_en_o     = valid_q[Tail-1];
  assign assemble_reduce_o = tail_q[Tail-1].reduce;
  assign relu_o            = tail_q[Tail-1].relu;
  assign h_write_en_o      = last_q[Tail] && tail_q[Tail].destination.to_h;
  assign h_write_address_o = tail_q[Tail].destination.word[HAddressWidth-1:0];
  assign out_write_en_o[0] = last_q[Tail] && !tail_q[Tail].destination.to_h && !tail_q[Tail].destination.word[0];
  assign out_write_en_o[1] = last_q[Tail] && !tail_q[Tail].destination.to_h && tail_q[Tail].destination.word[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) done_o <= '0;
    else done_o <= '{valid: last_q[Tail], kind: tail_q[Tail].kind, destination: tail_q[Tail].destination,
                 tag: tail_q[Tail].tag};
  end

  logic unused_bits;
  assign unused_bits = ^{entry_number, entry_data[63:54], quant_address, end_q, reduce_end_q, tail_q[Tail],
                         operation_i, end_operation_i, valid_q[Tail]};
endmodule

`default_nettype wire
