// SPDX-License-Identifier: Apache-2.0
// Reads the list of ATTEND: TILE records in order, up to 16 a request, ahead of their use. `stop_i` ends it early: what
// has been requested is still taken from the client. `over_o`: nothing is outstanding and nothing will be requested.
`default_nettype none

module sac_attend_list
  import sac_config_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    start_i,
  input  wire logic [31:0]             address_i,
  input  wire logic [23:0]             entries_i,
  input  wire logic                    stop_i,
  output logic                         over_o,
  output logic                         valid_o,
  input  wire logic                    ready_i,
  output tile_record_t                 entry_o,
  output logic                         last_o,
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i
);
  localparam logic [23:0] RequestEntries = 24'd16;

  logic [31:0] address_q;
  logic [23:0] left_q, taken_q;      // entries not requested; entries that the user has not taken
  logic [4:0]  ask;
  logic [1:0]  flying_q;             // requests whose last beat has not come
  logic        stopped_q, stopped, full_q, take_data, request, complete, end_of_request;

  assign ask            = left_q < RequestEntries ? left_q[4:0] : 5'(RequestEntries);
  assign read_valid_o   = left_q != '0 && flying_q < 2'd2;
  assign read_request_o = '{address: address_q, bytes: {7'd0, ask, 4'd0}};
  assign request        = read_valid_o && read_ready_i;
  assign stopped        = stop_i || stopped_q;
  assign over_o         = left_q == '0 && flying_q == '0 && !(full_q && !stopped);

  // An entry at a time in `entry_q`. Requests end with whole entries, so beats of the next one begin a new entry.
  logic [127:0] entry_q;
  assign valid_o      = full_q && !stopped;
  assign entry_o      = tile_record_t'(entry_q);
  assign last_o       = taken_q == 24'd1;
  if (AxiDataWidth <= 128) begin : gen_collect
    localparam int unsigned Beats = 128 / AxiDataWidth;
    localparam int unsigned BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
    logic [BeatWidth-1:0] beat_q;
    assign data_ready_o = !full_q || ready_i || stopped;
    assign take_data    = data_valid_i && data_ready_o;
    assign complete     = take_data && beat_q == BeatWidth'(Beats - 1);
    assign end_of_request = take_data && data_last_i;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || start_i) beat_q <= '0;
      else if (take_data) beat_q <= complete ? '0 : beat_q + 1'b1;
      if (take_data) begin
        for (int i = 0; i < int'(Beats); i++)
          if (beat_q == BeatWidth'(i)) entry_q[i*int'(AxiDataWidth) +: AxiDataWidth] <= data_i;
      end
    end
  end else begin : gen_split
    // Two entries a beat; an odd number of them leaves the second half of the last beat out.
    logic       high_q, odd;
    logic [23:0] come_q;              // entries that have not come
    assign odd          = come_q == 24'd1;
    assign take_data    = data_valid_i && (!full_q || ready_i || stopped);
    assign data_ready_o = (!full_q || ready_i || stopped) && (high_q || odd);
    assign complete     = take_data;
    assign end_of_request = take_data && data_ready_o && data_last_i;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || start_i) high_q <= 1'b0;
      else if (take_data) high_q <= !data_ready_o;
      if (start_i) come_q <= entries_i;
      else if (take_data && data_ready_o) come_q <= come_q - (odd ? 24'd1 : 24'd2);
      if (take_data) entry_q <= high_q ? data_i[255:128] : data_i[127:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q    <= '0;
      flying_q  <= '0;
      full_q    <= 1'b0;
      stopped_q <= 1'b1;
    end else begin
      if (start_i) left_q <= entries_i;
      else if (stopped) left_q <= '0;
      else if (request) left_q <= left_q - 24'(ask);
      flying_q  <= flying_q + 2'(request) - 2'(end_of_request);
      full_q    <= complete || (full_q && !ready_i && !stopped);
      stopped_q <= stopped && !start_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      address_q <= address_i;
      taken_q   <= entries_i;
    end else begin
      if (request) address_q <= address_q + {23'd0, ask, 4'd0};
      if (valid_o && ready_i) taken_q <= taken_q - 1'b1;
    end
  end
endmodule

`default_nettype wire
