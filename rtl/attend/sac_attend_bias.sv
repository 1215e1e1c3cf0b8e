// SPDX-License-Identifier: Apache-2.0
// Rows of bias words, or of mask bits, for the lanes of the softmax (docs/attention.md, 4 and 5): a request for each
// row and step with the flag, in order of rows. Rows of all lanes are kept together, twice: `loaded_o` when they are
// there, `free_i` when they have been read. A lane sees the word (or the bit) at its place two cycles later.
`default_nettype none

module sac_attend_bias
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic                         clk_i,
  input  wire logic                         rst_ni,
  input  wire logic                         start_i,
  input  wire job_t                         job_i,
  input  wire logic                         step_valid_i,
  output logic                              step_ready_o,
  input  wire step_t                        step_i,
  // Memory read client.
  output logic                              read_valid_o,
  input  wire logic                         read_ready_i,
  output request_t                          read_request_o,
  input  wire logic                         read_data_valid_i,
  output logic                              read_data_ready_o,
  input  wire logic [AxiDataWidth-1:0]      read_data_i,
  input  wire logic                         read_data_last_i,
  // Lanes.
  output logic                              loaded_o,
  input  wire logic                         free_i,
  input  wire bias_read_t [AttendLanes-1:0] bias_read_i,
  output logic [AttendLanes-1:0][31:0]      bias_o
);
  localparam int unsigned BeatWords = AxiDataWidth / 32;
  localparam int unsigned BeatWordsLog2 = $clog2(BeatWords);
  localparam int unsigned RowBeats = (KvTile + BeatWords - 1) / BeatWords;
  localparam int unsigned BeatWidth = RowBeats > 1 ? $clog2(RowBeats) : 1;
  localparam int unsigned RamWords = 2 * RowBeats;
  localparam int unsigned RamWidth = $clog2(RamWords);
  typedef logic [RamWidth-1:0] address_t;

  function automatic address_t ram_address(input logic buffer, input logic [BeatWidth-1:0] beat);
    return address_t'(beat) + (buffer ? address_t'(RowBeats) : '0);
  endfunction

  // Steps with bias wait here, others pass.
  typedef struct packed {
    logic [31:0]              position;
    logic [5:0]               head;
    logic [20:0]              key;
    logic [CountWidth-1:0]    count;
    logic [RowCountWidth-1:0] rows;
  } bias_step_t;
  logic       wanted, push_ready, valid, pop;
  bias_step_t step;
  assign wanted       = step_i.bias && !step_i.empty;
  assign step_ready_o = push_ready || !wanted;
  sac_ram_fifo #(.Width($bits(bias_step_t)), .Depth(StepDepth)) u_steps (
    .clk_i, .rst_ni, .push_valid_i(step_valid_i && wanted), .push_ready_o(push_ready),
    .push_data_i({step_i.position, step_i.head, step_i.key, step_i.count, step_i.rows}),
    .pop_valid_o(valid), .pop_ready_i(pop), .pop_data_o(step)
  );

  // A request a row, where there is room for the rows of all lanes.
  typedef enum logic [1:0] {StIdle, StPlace, StRows} state_e;
  state_e                   state_q;
  logic [RowCountWidth-1:0] left_q;
  lane_count_t              lane_q, rows;       // rows of the group under way
  logic [1:0]               groups_q;           // that have a buffer
  logic                     place_valid, first_lane, last_lane, request, reserve, order_ready;
  logic [31:0]              base, address;
  logic [9:0]               words;
  assign base       = job_i.head.bias_address +
                      (job_i.head.bias_words ? {9'b0, step.key, 2'b0} : {14'b0, step.key[20:5], 2'b0});
  assign words      = job_i.head.bias_words ? 10'(step.count) : (10'(step.count) + 10'(step.key[4:0]) + 10'd31) >> 5;
  assign rows       = 32'(left_q) + 32'(lane_q) > AttendLanes ? lane_count_t'(AttendLanes)
                                                              : lane_count_t'(32'(left_q) + 32'(lane_q));
  assign first_lane = lane_q == '0;
  assign last_lane  = lane_q + 1'b1 == rows;
  assign request    = read_valid_o && read_ready_i;
  assign reserve    = request && first_lane;
  assign pop        = request && left_q == RowCountWidth'(1);
  assign read_valid_o   = state_q == StRows && place_valid && (!first_lane || (groups_q != 2'd2 && order_ready));
  assign read_request_o = '{address: address, bytes: {4'b0, words, 2'b0}};
  sac_attend_place u_place (
    .clk_i, .rst_ni, .start_i(state_q == StPlace), .base_i(base), .position_i(step.position), .head_i(step.head),
    .position_stride_i(job_i.head.bias_position_stride), .head_stride_i(job_i.head.bias_head_stride),
    .group_i(job_i.command.group), .next_i(request), .valid_o(place_valid), .address_o(address)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      state_q  <= StIdle;
      groups_q <= '0;
    end else begin
      unique case (state_q)
        StIdle:  if (valid) state_q <= StPlace;
        StPlace: state_q <= StRows;
        StRows:  if (pop) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
      groups_q <= groups_q + 2'(reserve) - 2'(free_i);
    end
    if (state_q == StPlace) begin
      left_q <= step.rows;
      lane_q <= '0;
    end else if (request) begin
      left_q <= left_q - 1'b1;
      lane_q <= last_lane ? '0 : lane_q + 1'b1;
    end
  end

  // Beats come in order: the rows of a group, lane by lane.
  logic                 order_valid, row_end, group_end, buffer_q;
  lane_count_t          order_rows, write_lane_q;
  logic [1:0]           order_count;
  logic [BeatWidth-1:0] beat_q;
  sac_fifo #(.Width(LaneCountWidth), .Depth(2)) u_order (
    .clk_i, .rst_ni, .push_valid_i(reserve), .push_ready_o(order_ready), .push_data_i(rows), .pop_valid_o(order_valid),
    .pop_ready_i(group_end), .pop_data_o(order_rows), .count_o(order_count)
  );
  assign read_data_ready_o = 1'b1;
  assign row_end           = read_data_valid_i && read_data_last_i;
  assign group_end         = row_end && write_lane_q + 1'b1 == order_rows;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      beat_q       <= '0;
      write_lane_q <= '0;
      buffer_q     <= 1'b0;
      loaded_o     <= 1'b0;
    end else begin
      if (read_data_valid_i) beat_q <= row_end ? '0 : beat_q + 1'b1;
      if (row_end) write_lane_q <= group_end ? '0 : write_lane_q + 1'b1;
      buffer_q <= buffer_q ^ group_end;
      loaded_o <= group_end;
    end
  end

  // What the lanes see: word by word, or bit by bit.
  for (genvar i = 0; i < int'(AttendLanes); i++) begin : gen_lane
    logic [AxiDataWidth-1:0]   beat;
    logic [BiasPlaceWidth-1:0] place_q1, word_place;
    logic [31:0]               word;
    assign word_place = job_i.head.bias_words ? bias_read_i[i].place : bias_read_i[i].place >> 5;
    sac_ram #(.Width(AxiDataWidth), .Words(RamWords)) u_ram (
      .clk_i, .write_en_i(read_data_valid_i && write_lane_q == lane_count_t'(i)),
      .write_address_i(ram_address(buffer_q, beat_q)), .write_data_i(read_data_i), .read_en_i(bias_read_i[i].valid),
      .read_address_i(ram_address(bias_read_i[i].buffer, BeatWidth'(word_place >> BeatWordsLog2))), .read_data_o(beat)
    );
    if (BeatWords > 1) begin : gen_select
      logic [BeatWordsLog2-1:0] select_q;
      always_ff @(posedge clk_i) select_q <= word_place[BeatWordsLog2-1:0];
      assign word = beat[{select_q, 5'b0} +: 32];
    end else begin : gen_whole
      assign word = beat;
    end
    always_ff @(posedge clk_i) begin
      place_q1  <= bias_read_i[i].place;
      bias_o[i] <= job_i.head.bias_words ? word : {31'b0, word[place_q1[4:0]]};
    end
    logic unused_place;
    assign unused_place = ^place_q1;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    assert (!rst_ni || !read_data_valid_i || order_valid) else $error("sac_attend_bias: a beat without a row");
`endif
  logic unused;
  assign unused = ^{job_i, step_i, order_count, order_valid};
endmodule

`default_nettype wire
