// SPDX-License-Identifier: Apache-2.0
// The values of SELECT: every row as often as there are passes, in requests of up to 1024 bytes from its beginning,
// read ahead of the pass that takes them; a value a cycle.
`default_nettype none

module sac_select_read
  import sac_config_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::select_command_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    start_i,
  input  wire select_command_t         command_i,    // steady from start_i on
  input  wire logic [2:0]              last_pass_i,
  // Memory client.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  // Values in order.
  output logic                         value_valid_o,
  input  wire logic                    value_ready_i,
  output logic [31:0]                  value_o,
  output logic                         value_last_o  // of a pass
);
  localparam int unsigned Chunk = 256;  // values of a request
  localparam int unsigned Words = AxiDataWidth / 32;
  localparam int unsigned LaneWidth = Words > 1 ? $clog2(Words) : 1;

  // Requests.
  logic        active_q, take, chunk_last, row_end;
  logic [31:0] row_q, address_q;
  logic [23:0] rows_q;
  logic [20:0] left_q;       // values of the pass that have not been asked for
  logic [2:0]  pass_q;
  assign read_valid_o   = active_q;
  assign chunk_last     = left_q <= 21'(Chunk);
  assign read_request_o = '{address: address_q, bytes: chunk_last ? {4'd0, left_q[9:0], 2'd0} : 16'(4 * Chunk)};
  assign take           = active_q && read_ready_i;
  assign row_end        = pass_q == last_pass_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) active_q <= 1'b0;
    else if (start_i) active_q <= 1'b1;
    else if (take && chunk_last && row_end && rows_q == 24'd1) active_q <= 1'b0;

    if (start_i) begin
      row_q     <= command_i.source_address;
      address_q <= command_i.source_address;
      rows_q    <= command_i.rows;
      left_q    <= command_i.count;
      pass_q    <= '0;
    end else if (take && !chunk_last) begin
      address_q <= address_q + 32'(4 * Chunk);
      left_q    <= left_q - 21'(Chunk);
    end else if (take) begin
      left_q    <= command_i.count;
      pass_q    <= row_end ? '0 : pass_q + 1'b1;
      address_q <= row_end ? row_q + command_i.source_stride : row_q;
      if (row_end) begin
        row_q  <= row_q + command_i.source_stride;
        rows_q <= rows_q - 1'b1;
      end
    end
  end

  // Beats to values: a request begins at lane 0 and all but a pass's last one fill their beats.
  logic                 step, last_lane, last_value;
  logic [LaneWidth-1:0] lane_q;
  logic [20:0]          values_q;  // of the pass, still to come
  assign step         = data_valid_i && (!value_valid_o || value_ready_i);
  assign last_value   = values_q == 21'd1;
  assign last_lane    = lane_q == LaneWidth'(Words - 1) || last_value;
  assign data_ready_o = step && last_lane;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) value_valid_o <= 1'b0;
    else if (step) value_valid_o <= 1'b1;
    else if (value_ready_i) value_valid_o <= 1'b0;

    if (start_i) begin
      lane_q   <= '0;
      values_q <= command_i.count;
    end else if (step) begin
      lane_q   <= last_lane ? '0 : lane_q + 1'b1;
      values_q <= last_value ? command_i.count : values_q - 1'b1;
    end
    if (step) begin
      value_last_o <= last_value;
      for (int unsigned i = 0; i < Words; i++) if (lane_q == LaneWidth'(i)) value_o <= data_i[32*i +: 32];
    end
  end

  logic unused;
  assign unused = ^command_i;
endmodule

`default_nettype wire
