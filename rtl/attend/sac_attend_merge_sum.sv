// SPDX-License-Identifier: Apache-2.0
// Weighted sums of the states of a row, a beat a cycle, in two buffers by turns: one is summed while the other is
// written to memory. A state that has fewer beats than the adder has stages waits for the sums of the one before.
`default_nettype none

module sac_attend_merge_sum
  import sac_config_pkg::*, sac_attend_pkg::*;
(
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire logic                      start_i,
  input  wire logic [5:0]                states_i,
  input  wire logic [MergeBeatWidth-1:0] beats_i,        // of a row
  input  wire logic                      row_valid_i,
  output logic                           row_ready_o,
  input  wire merge_row_t                row_i,
  output merge_weight_t                  weight_read_o,
  input  wire logic [16:0]               weight_i,       // a cycle later
  input  wire logic                      beat_valid_i,
  output logic                           beat_ready_o,
  input  wire logic [AxiDataWidth-1:0]   beat_i,
  // Rows that are summed; the buffer is free when one is taken.
  output logic                           result_valid_o,
  input  wire logic                      result_ready_i,
  output merge_row_t                     result_o,
  input  wire logic                      read_i,
  input  wire logic [MergeBeatWidth-1:0] read_beat_i,
  output merge_sums_t                    sums_o          // a cycle later
);
  localparam int unsigned Words = HeadDim / MergePlaces;
  localparam int unsigned AddressWidth = Words > 1 ? $clog2(Words) : 1;
  localparam logic [2:0] Stages = 3'd4;                  // from a read of the sums to the next one

  logic                      active_q, buffer_q, take, beat_end, state_end, row_take, queue_ready, queue_valid;
  logic [MergeBeatWidth-1:0] beat_q;
  logic [5:0]                state_q;
  logic [2:0]                gap_q;
  logic [1:0]                used_q, summed_q, queued;
  logic                      summed, result_take;
  assign row_ready_o  = !active_q && used_q != 2'd2;
  assign row_take     = row_valid_i && row_ready_o;
  assign beat_ready_o = active_q && gap_q == '0;
  assign take         = beat_valid_i && beat_ready_o;
  assign beat_end     = beat_q == beats_i - 1'b1;
  assign state_end    = state_q == states_i - 1'b1;
  assign weight_read_o = '{valid: take, buffer: buffer_q, state: state_q};
  assign result_take   = result_valid_o && result_ready_i;
  assign result_valid_o = summed_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      active_q <= 1'b0;
      buffer_q <= 1'b0;
      used_q   <= '0;
      summed_q <= '0;
      beat_q   <= '0;
      state_q  <= '0;
      gap_q    <= '0;
    end else begin
      active_q <= row_take || (active_q && !(take && beat_end && state_end));
      used_q   <= used_q + 2'(row_take) - 2'(result_take);
      summed_q <= summed_q + 2'(summed) - 2'(result_take);
      if (take) beat_q <= beat_end ? '0 : beat_q + 1'b1;
      if (take && beat_end) state_q <= state_end ? '0 : state_q + 1'b1;
      if (take && beat_end && state_end) buffer_q <= !buffer_q;
      if (take && beat_end) gap_q <= 32'(beats_i) < 32'(Stages) ? Stages - 3'(beats_i) : '0;
      else if (gap_q != '0) gap_q <= gap_q - 1'b1;
    end
  end
  sac_fifo #(.Width($bits(merge_row_t)), .Depth(2)) u_rows (
    .clk_i, .rst_ni, .push_valid_i(row_take), .push_ready_o(queue_ready), .push_data_i(row_i),
    .pop_valid_o(queue_valid), .pop_ready_i(result_take), .pop_data_o(result_o), .count_o(queued)
  );

  // 1: weight, read of the sums. 2: product. 3: sum. 4: write.
  typedef struct packed {
    logic                    valid;
    logic                    first;  // state 0: sums begin
    logic                    last;
    logic                    buffer;
    logic [AddressWidth-1:0] address;
  } flags_t;
  typedef logic signed [15:0] value_t;
  typedef logic signed [33:0] product_t;
  flags_t                       flags_q [1:4];
  logic signed [17:0]           weight_q2;
  value_t [MergePlaces-1:0]     y_q1, y_q2;
  product_t [MergePlaces-1:0]   product_q3;
  merge_sums_t                  old_q3, sum_q4, old [2];
  assign summed = flags_q[4].valid && flags_q[4].last;
  always_ff @(posedge clk_i) begin
    flags_q[1] <= '{valid: rst_ni && take, first: state_q == '0, last: beat_end && state_end, buffer: buffer_q,
                    address: AddressWidth'(beat_q)};
    for (int i = 2; i <= 4; i++) begin
      flags_q[i]       <= flags_q[i-1];
      flags_q[i].valid <= rst_ni && flags_q[i-1].valid;
    end
    y_q1      <= beat_i;
    y_q2      <= y_q1;
    weight_q2 <= $signed({1'b0, weight_i});
    old_q3    <= flags_q[2].first ? '0 : old[flags_q[2].buffer];
    for (int i = 0; i < int'(MergePlaces); i++) begin
      product_q3[i] <= product_t'(weight_q2) * product_t'(y_q2[i]);
      sum_q4[i]     <= old_q3[i] + merge_sum_t'(product_q3[i]);
    end
  end

  logic read_buffer_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) read_buffer_q <= 1'b0;
    else if (result_take) read_buffer_q <= !read_buffer_q;
  end
  for (genvar i = 0; i < 2; i++) begin : gen_buffer
    logic add_read;
    assign add_read = flags_q[1].valid && !flags_q[1].first && flags_q[1].buffer == 1'(i);
    sac_ram #(.Width($bits(merge_sums_t)), .Words(Words)) u_ram (
      .clk_i, .write_en_i(flags_q[4].valid && flags_q[4].buffer == 1'(i)), .write_address_i(flags_q[4].address),
      .write_data_i(sum_q4), .read_en_i(add_read || (read_i && read_buffer_q == 1'(i))),
      .read_address_i(add_read ? flags_q[1].address : AddressWidth'(read_beat_i)), .read_data_o(old[i])
    );
  end
  assign sums_o = old[read_buffer_q];

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    assert (!rst_ni || !row_take || queue_ready) else $error("sac_attend_merge_sum: a third row");
`endif
  logic unused;
  assign unused = ^{queue_ready, queue_valid, queued, read_beat_i};
endmodule

`default_nettype wire
