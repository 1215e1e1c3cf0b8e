// SPDX-License-Identifier: Apache-2.0
// One write client: takes requests and their data (byte 0 of the first beat goes to the requested
// address), shifts the words to their bus lanes and offers a burst only when all its beats are collected,
// so that the bus never waits for the client. Bursts end at multiples of BurstBytes. A beat a cycle, also from
// one request to the next.
`default_nettype none

module sac_write_stream
  import sac_memory_pkg::*;
#(
  parameter int unsigned DataWidth  = 64,
  parameter int unsigned BurstBytes = 256,
  localparam int unsigned Words     = DataWidth / 32
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // client
  input  wire logic                 request_valid_i,
  output logic                      request_ready_o,
  input  wire request_t             request_i,
  input  wire logic                 data_valid_i,
  output logic                      data_ready_o,
  input  wire logic [DataWidth-1:0] data_i,
  // bus: collected bursts, and their beats with one strobe a word
  output logic                      burst_valid_o,
  input  wire logic                 burst_ready_i,
  output burst_t                    burst_o,
  output logic                      beat_valid_o,
  input  wire logic                 beat_ready_i,
  output logic [DataWidth-1:0]      beat_o,
  output logic [Words-1:0]          strobe_o
);
  localparam int unsigned OffsetWidth = Words > 1 ? $clog2(Words) : 1;
  localparam int unsigned BeatShift   = $clog2(DataWidth / 8);
  localparam int unsigned BurstShift  = $clog2(BurstBytes);
  localparam int unsigned Depth       = 2 * BurstBytes / (DataWidth / 8);

  logic                   active_q, first_q;
  logic [31:0]            address_q, address_d;  // of the next word to place
  logic [31:0]            burst_address_q;
  logic [13:0]            left_q, taken;         // words of the request still to place; placed now
  logic [OffsetWidth-1:0] offset_q;              // lane of the request's first word
  logic [13:0]            limit;
  logic [DataWidth-1:0]   hold_q, lanes;
  logic [Words-1:0]       strobe;
  logic                   from_hold, step, last, burst_end, take_request;
  logic                   buffer_ready, bursts_ready;
  burst_t                 burst;
  logic [2:0]             burst_count_unused;

  assign request_ready_o = !active_q || (step && last);
  assign take_request    = request_valid_i && request_ready_o;

  always_comb begin
    // After the first beat the held client beat has `offset` words left: the last bus beat may need no more.
    from_hold    = !first_q && left_q <= 14'(offset_q);
    step         = active_q && buffer_ready && bursts_ready && (from_hold || data_valid_i);
    data_ready_o = active_q && buffer_ready && bursts_ready && !from_hold;
    limit        = first_q ? 14'(Words) - 14'(offset_q) : 14'(Words);
    last         = left_q <= limit;
    taken        = last ? left_q : limit;
    address_d    = address_q + {16'd0, taken, 2'b00};
    burst_end    = last || address_d[BurstShift-1:0] == '0;
    burst.address = burst_address_q;
    burst.bytes   = 11'(address_d - burst_address_q);
    burst.last    = last;
    for (int unsigned i = 0; i < Words; i++)
      strobe[i] = (!first_q || OffsetWidth'(i) >= offset_q)
                  && 14'(i) < (first_q ? 14'(offset_q) : 14'd0) + left_q;
    if (Words == 1) lanes = data_i;
    else lanes = DataWidth'(({data_i, hold_q} << {offset_q, 5'd0}) >> DataWidth);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) active_q <= 1'b0;
    else if (take_request) active_q <= 1'b1;
    else if (step && last) active_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (take_request) begin
      address_q       <= request_i.address;
      burst_address_q <= request_i.address;
      left_q          <= request_i.bytes[15:2];
      offset_q        <= OffsetWidth'(32'(request_i.address[BeatShift-1:0]) >> 2);
      first_q         <= 1'b1;
    end else if (step) begin
      address_q <= address_d;
      left_q    <= left_q - taken;
      first_q   <= 1'b0;
      if (burst_end) burst_address_q <= address_d;
    end
    if (step) hold_q <= data_i;
  end

  sac_ram_fifo #(
    .Width(DataWidth + Words),
    .Depth(Depth)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .push_valid_i(step),
    .push_ready_o(buffer_ready),
    .push_data_i ({strobe, lanes}),
    .pop_valid_o (beat_valid_o),
    .pop_ready_i (beat_ready_i),
    .pop_data_o  ({strobe_o, beat_o})
  );

  sac_fifo #(
    .Width($bits(burst_t)),
    .Depth(4)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .push_valid_i(step && burst_end),
    .push_ready_o(bursts_ready),
    .push_data_i (burst),
    .pop_valid_o (burst_valid_o),
    .pop_ready_i (burst_ready_i),
    .pop_data_o  (burst_o),
    .count_o     (burst_count_unused)
  );
endmodule

`default_nettype wire
