// SPDX-License-Identifier: Apache-2.0
// Sums of a row of MERGE to memory: times the reciprocal, rounded to 16 bits, a beat a cycle; then its log-sum-exp if
// asked. Sums are read where their beat has a place in the queue, so that the pipeline never waits.
`default_nettype none

module sac_attend_merge_output
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::merge_command_t;
(
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire logic                      start_i,
  input  wire merge_command_t            command_i,
  input  wire logic [MergeBeatWidth-1:0] beats_i,
  input  wire logic                      result_valid_i,
  input  wire merge_row_t                result_i,
  output logic                           row_done_o,     // takes the result
  output logic                           read_o,
  output logic [MergeBeatWidth-1:0]      read_beat_o,
  input  wire merge_sums_t               sums_i,         // a cycle later
  output logic                           write_valid_o,
  input  wire logic                      write_ready_i,
  output request_t                       write_request_o,
  output logic                           write_data_valid_o,
  input  wire logic                      write_data_ready_i,
  output logic [AxiDataWidth-1:0]        write_data_o,
  input  wire logic                      write_done_i,
  output logic                           finished_o
);
  localparam int unsigned Stages = 1 + sac_softmax_pkg::ScaleLatency;  // from the read to the values
  localparam int unsigned Beats  = Stages + 3;
  localparam int unsigned RoomWidth = $clog2(Beats + 1);
  typedef enum logic [2:0] {StIdle, StRequest, StData, StLogRequest, StLog} state_e;
  state_e state_q;

  logic                      reading_q, beat_valid, beat_ready, beat_take, beat_end, push_ready;
  logic [MergeBeatWidth-1:0] read_q, written_q;
  logic [RoomWidth-1:0]      room_q, count;
  logic [Stages-1:0]         valid_q;
  logic [AxiDataWidth-1:0]   values, beat;
  assign read_o      = reading_q && room_q != '0;
  assign read_beat_o = read_q;
  assign beat_ready  = state_q == StData && write_data_ready_i;
  assign beat_take   = beat_valid && beat_ready;
  assign beat_end    = beat_take && written_q == beats_i - 1'b1;
  assign row_done_o  = (beat_end && !command_i.lse) || (state_q == StLog && write_data_ready_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      reading_q <= 1'b0;
      room_q    <= RoomWidth'(Beats);
      valid_q   <= '0;
    end else begin
      unique case (state_q)
        StIdle:       if (result_valid_i) state_q <= StRequest;
        StRequest:    if (write_ready_i) state_q <= StData;
        StData:       if (beat_end) state_q <= command_i.lse ? StLogRequest : StIdle;
        StLogRequest: if (write_ready_i) state_q <= StLog;
        StLog:        if (write_data_ready_i) state_q <= StIdle;
        default:      state_q <= StIdle;
      endcase
      if (state_q == StIdle) reading_q <= result_valid_i;
      else if (read_o && read_q == beats_i - 1'b1) reading_q <= 1'b0;
      room_q  <= room_q + RoomWidth'(beat_take) - RoomWidth'(read_o);
      valid_q <= {valid_q[Stages-2:0], read_o};
    end
    if (state_q == StIdle) read_q <= '0;
    else if (read_o) read_q <= read_q + 1'b1;
    if (state_q == StIdle) written_q <= '0;
    else if (beat_take) written_q <= written_q + 1'b1;
  end

  for (genvar i = 0; i < int'(MergePlaces); i++) begin : gen_scale
    sac_attend_scale #(.InWidth(MergeSumWidth), .MultiplierWidth(18), .OutWidth(16)) u_scale (
      .clk_i, .x_i(sums_i[i]), .multiplier_i(result_i.multiplier), .shift_i(result_i.shift),
      .y_o(values[16*i +: 16])
    );
  end
  sac_fifo #(.Width(AxiDataWidth), .Depth(Beats)) u_beats (
    .clk_i, .rst_ni, .push_valid_i(valid_q[Stages-1]), .push_ready_o(push_ready), .push_data_i(values),
    .pop_valid_o(beat_valid), .pop_ready_i(beat_ready), .pop_data_o(beat), .count_o(count)
  );

  logic [31:0] address_q, log_address_q;
  logic [23:0] rows_q;
  logic [15:0] unanswered_q;
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      address_q     <= command_i.output_address;
      log_address_q <= command_i.output_lse_address;
      rows_q        <= command_i.rows;
    end else if (row_done_o) begin
      address_q     <= address_q + command_i.output_stride;
      log_address_q <= log_address_q + 32'd4;
      rows_q        <= rows_q - 1'b1;
    end
    if (!rst_ni) unanswered_q <= '0;
    else unanswered_q <= unanswered_q + 16'(write_valid_o && write_ready_i) - 16'(write_done_i);
  end
  assign finished_o      = rows_q == '0 && unanswered_q == '0;
  assign write_valid_o   = state_q == StRequest || state_q == StLogRequest;
  assign write_request_o = state_q == StLogRequest ? '{address: log_address_q, bytes: 16'd4}
                                                   : '{address: address_q, bytes: {4'd0, command_i.d, 1'b0}};
  assign write_data_valid_o = state_q == StLog || (state_q == StData && beat_valid);
  assign write_data_o       = state_q == StLog ? AxiDataWidth'(result_i.lse) : beat;

  logic unused;
  assign unused = ^{command_i, push_ready, count};
endmodule

`default_nettype wire
