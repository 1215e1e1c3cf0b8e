// SPDX-License-Identifier: Apache-2.0
// sac_dot as MATMUL sees it, with its structs taken apart, for tests/dot/matmul_test.cc.
`default_nettype none

module sac_dot_bench
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_host_pkg::*;
  import sac_memory_pkg::*;
(
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  output logic [31:0]       lanes_o,
  output logic [31:0]       rows_o,
  output logic [31:0]       matmul_k_o,
  output logic [31:0]       weight_words_o,
  output logic [31:0]       quant_entries_o,
  output logic [31:0]       beat_bytes_o,
  input  wire logic         table_valid_i,
  input  wire logic [4:0]   table_target_i,
  input  wire logic [15:0]  table_entry_i,
  input  wire logic         table_last_i,
  input  wire logic [31:0]  table_data_i,
  input  wire logic         control_valid_i,
  input  wire logic [23:0]  control_i,
  input  wire logic         command_valid_i,
  output logic              command_ready_o,
  input  wire logic [511:0] command_i,
  output logic              done_o,
  output logic [7:0]        code_o,
  output logic [31:0]       bad_word_o,
  output logic              read_valid_o,
  input  wire logic         read_ready_i,
  output logic [31:0]       read_address_o,
  output logic [15:0]       read_bytes_o,
  input  wire logic         data_valid_i,
  output logic              data_ready_o,
  input  wire logic [255:0] data_i,
  input  wire logic         data_last_i,
  output logic              write_valid_o,
  input  wire logic         write_ready_i,
  output logic [31:0]       write_address_o,
  output logic [15:0]       write_bytes_o,
  output logic              write_data_valid_o,
  input  wire logic         write_data_ready_i,
  output logic [255:0]      write_data_o,
  input  wire logic         write_done_i,
  output logic              beat_o
);
  assign lanes_o         = Lanes;
  assign rows_o          = Rows;
  assign matmul_k_o      = MatmulK;
  assign weight_words_o  = WeightWords;
  assign quant_entries_o = QuantEntries;
  assign beat_bytes_o    = AxiDataWidth / 8;

  response_t   response;
  increments_t increments;
  request_t    read_request, write_request;
  event_t      read, done;
  logic        operation_ready, attend_operation_ready;
  raw_t        score_event, sum_event;
  logic [ScoresWidth-1:0]           score;
  logic [Rows*AccumulatorWidth-1:0] sum;
  logic [WordWidth-1:0]    unload_data;
  logic [AxiDataWidth-1:0] write_data;
  assign done_o          = response.done;
  assign code_o          = response.code;
  assign bad_word_o      = response.address;
  assign read_address_o  = read_request.address;
  assign read_bytes_o    = read_request.bytes;
  assign write_address_o = write_request.address;
  assign write_bytes_o   = write_request.bytes;
  assign write_data_o    = 256'(write_data);
  assign beat_o          = increments[sac_spec_pkg::COUNTER_DOT_MATMUL_BEATS][0];

  sac_dot u_dot (
    .clk_i, .rst_ni,
    .table_word_i('{valid: table_valid_i, target: table_target_i, entry: table_entry_i, word: 6'd0,
                    last: table_last_i, data: table_data_i}),
    .table_control_i('{valid: control_valid_i, target: table_target_i, control: control_i}),
    .command_valid_i, .command_ready_o, .command_i, .response_o(response),
    .read_valid_o, .read_ready_i, .read_request_o(read_request),
    .data_valid_i, .data_ready_o, .data_i(data_i[AxiDataWidth-1:0]), .data_last_i,
    .write_valid_o, .write_ready_i, .write_request_o(write_request),
    .write_data_valid_o, .write_data_ready_i, .write_data_o(write_data), .write_done_i,
    .render_busy_i(1'b0), .operation_valid_i(1'b0), .operation_ready_o(operation_ready), .operation_i('0),
    .read_o(read), .done_o(done), .x_write_i('0), .unload_i('0), .unload_data_o(unload_data),
    .attend_busy_i(1'b0), .attend_operation_valid_i(1'b0), .attend_operation_ready_o(attend_operation_ready),
    .attend_operation_i('0), .attend_x_write_i('0), .kv_write_i('0),
    .score_event_o(score_event), .score_o(score), .sum_event_o(sum_event), .sum_o(sum),
    .increments_o(increments)
  );

  logic unused_bits;
  assign unused_bits = ^{increments, read, done, operation_ready, unload_data, data_i,
                         attend_operation_ready, score_event, score, sum_event, sum};
endmodule

`default_nettype wire
