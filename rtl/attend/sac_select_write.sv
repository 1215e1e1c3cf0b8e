// SPDX-License-Identifier: Apache-2.0
// Writes what SELECT has found, row by row, in the order in which it comes. Top k: up to 64 places in a request, then
// with `values` their values in another. Sort: each place by itself, at its position in the order.
`default_nettype none

module sac_select_write
  import sac_config_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::select_command_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    start_i,
  input  wire select_command_t         command_i,       // steady from start_i on
  output logic                         finished_o,      // all rows are written and answered
  input  wire logic                    item_valid_i,
  output logic                         item_ready_o,
  input  wire logic [19:0]             item_place_i,
  input  wire logic [31:0]             item_value_i,    // top k
  input  wire logic [20:0]             item_position_i, // sort
  // Memory client.
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i
);
  localparam int unsigned Chunk = 64;  // words of a request
  localparam int unsigned Words = AxiDataWidth / 32;
  localparam int unsigned LaneWidth = Words > 1 ? $clog2(Words) : 1;
  localparam int unsigned Depth = 2 * Chunk / Words;

  logic [20:0] row_items;
  assign row_items = command_i.sort ? command_i.count : command_i.k;

  // Items to beats. A row begins a new one; sort has an item a beat, with its position in place of a value.
  logic                    take, beat_end, places_ready, values_ready;
  logic [LaneWidth-1:0]    lane_q;
  logic [20:0]             packed_q;  // items of the row still to come
  logic [AxiDataWidth-1:0] places_q, values_q, places, values;
  assign beat_end     = command_i.sort || lane_q == LaneWidth'(Words - 1) || packed_q == 21'd1;
  assign item_ready_o = !beat_end || (places_ready && values_ready);
  assign take         = item_valid_i && item_ready_o;
  always_comb begin
    places = places_q;
    values = values_q;
    for (int unsigned i = 0; i < Words; i++) begin
      if (lane_q == LaneWidth'(i)) begin
        places[32*i +: 32] = 32'(item_place_i);
        values[32*i +: 32] = command_i.sort ? 32'(item_position_i) : item_value_i;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      lane_q   <= '0;
      packed_q <= row_items;
    end else if (take) begin
      lane_q   <= beat_end ? '0 : lane_q + 1'b1;
      packed_q <= packed_q == 21'd1 ? row_items : packed_q - 1'b1;
    end
    if (take) begin
      places_q <= places;
      values_q <= values;
    end
  end

  logic                    place_valid, value_valid, place_pop, value_pop;
  logic [AxiDataWidth-1:0] place_beat, value_beat;
  sac_ram_fifo #(.Width(AxiDataWidth), .Depth(Depth)) u_places (
    .clk_i, .rst_ni, .push_valid_i(take && beat_end), .push_ready_o(places_ready), .push_data_i(places),
    .pop_valid_o(place_valid), .pop_ready_i(place_pop), .pop_data_o(place_beat)
  );
  // Room for the values of a request while its places are sent.
  sac_ram_fifo #(.Width(AxiDataWidth), .Depth(Depth)) u_values (
    .clk_i, .rst_ni, .push_valid_i(take && beat_end && (command_i.sort || command_i.values)),
    .push_ready_o(values_ready), .push_data_i(values),
    .pop_valid_o(value_valid), .pop_ready_i(value_pop), .pop_data_o(value_beat)
  );

  // Requests.
  typedef enum logic [1:0] {StIdle, StRequest, StData} state_e;
  state_e      state_q;
  logic        values_turn_q, last_beat, request_end, chunk_end, row_end, take_request, take_data;
  logic [23:0] rows_q;
  logic [20:0] left_q;       // items of the row that are not in requests before this one
  logic [6:0]  words_q, chunk;
  logic [31:0] place_row_q, value_row_q, place_at_q, value_at_q;
  logic [7:0]  open_q;       // requests that are not answered
  assign chunk = command_i.sort ? 7'd1 : left_q < 21'(Chunk) ? 7'(left_q) : 7'(Chunk);
  assign write_valid_o = state_q == StRequest && (!command_i.sort || (place_valid && value_valid));
  always_comb begin
    write_request_o.bytes   = {7'd0, chunk, 2'd0};
    write_request_o.address = values_turn_q ? value_at_q : place_at_q;
    if (command_i.sort) write_request_o.address = place_row_q + {9'd0, value_beat[20:0], 2'd0};
  end
  assign write_data_valid_o = state_q == StData && (values_turn_q ? value_valid : place_valid);
  assign write_data_o       = values_turn_q ? value_beat : place_beat;
  assign take_request       = write_valid_o && write_ready_i;
  assign take_data          = write_data_valid_o && write_data_ready_i;
  assign place_pop          = take_data && !values_turn_q;
  assign value_pop          = take_data && (values_turn_q || command_i.sort);
  assign last_beat          = words_q <= 7'(Words);
  assign request_end        = take_data && last_beat;
  assign chunk_end          = request_end && (values_turn_q || !command_i.values || command_i.sort);
  assign row_end            = chunk_end && left_q == 21'(chunk);
  assign finished_o         = state_q == StIdle && open_q == '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      open_q  <= '0;
    end else begin
      unique case (state_q)
        StIdle:    if (start_i) state_q <= StRequest;
        StRequest: if (take_request) state_q <= StData;
        StData:    if (request_end) state_q <= row_end && rows_q == 24'd1 ? StIdle : StRequest;
        default:   state_q <= StIdle;
      endcase
      open_q <= open_q + 8'(take_request) - 8'(write_done_i);
    end
    if (take_request) words_q <= chunk;
    else if (take_data) words_q <= words_q - 7'(Words);
    if (start_i || chunk_end) values_turn_q <= 1'b0;
    else if (request_end) values_turn_q <= 1'b1;

    if (start_i) begin
      rows_q      <= command_i.rows;
      left_q      <= row_items;
      place_row_q <= command_i.index_address;
      place_at_q  <= command_i.index_address;
      value_row_q <= command_i.value_address;
      value_at_q  <= command_i.value_address;
    end else if (row_end) begin
      rows_q      <= rows_q - 1'b1;
      left_q      <= row_items;
      place_row_q <= place_row_q + command_i.index_stride;
      place_at_q  <= place_row_q + command_i.index_stride;
      value_row_q <= value_row_q + command_i.value_stride;
      value_at_q  <= value_row_q + command_i.value_stride;
    end else if (chunk_end) begin
      left_q     <= left_q - 21'(chunk);
      place_at_q <= place_at_q + 32'(4 * Chunk);
      value_at_q <= value_at_q + 32'(4 * Chunk);
    end
  end

  logic unused;
  assign unused = ^command_i;
endmodule

`default_nettype wire
