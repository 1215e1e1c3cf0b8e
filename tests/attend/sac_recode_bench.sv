// SPDX-License-Identifier: Apache-2.0
// RECODE with the unpacker of K and V as the attend room wires them, structs taken apart. For
// tests/attend/recode_test.cc.
`default_nettype none

module sac_recode_bench
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::kv_write_t, sac_host_pkg::response_t;
  import sac_memory_pkg::request_t;
(
  input  wire logic          clk_i,
  input  wire logic          rst_ni,
  output logic [31:0]        lanes_o,
  output logic [31:0]        head_dim_o,
  output logic [31:0]        data_width_o,
  output logic [31:0]        slots_o,
  input  wire logic          command_valid_i,
  output logic               command_ready_o,
  input  wire logic [511:0]  command_i,
  output logic               done_o,
  output logic [7:0]         code_o,
  output logic [31:0]        address_o,
  output logic               busy_o,
  output logic               written_o,
  output logic               read_valid_o,
  input  wire logic          read_ready_i,
  output logic [31:0]        read_address_o,
  output logic [15:0]        read_bytes_o,
  input  wire logic          data_valid_i,
  output logic               data_ready_o,
  input  wire logic [255:0]  data_i,
  output logic               write_valid_o,
  input  wire logic          write_ready_i,
  output logic [31:0]        write_address_o,
  output logic [15:0]        write_bytes_o,
  output logic               write_data_valid_o,
  input  wire logic          write_data_ready_i,
  output logic [255:0]       write_data_o,
  input  wire logic          write_done_i
);
  assign lanes_o      = Lanes;
  assign head_dim_o   = HeadDim;
  assign data_width_o = AxiDataWidth;
  assign slots_o      = RecodeSlots;

  response_t   response;
  request_t    read_request, write_request, page_request, rows_request;
  recode_row_t row;
  kv_write_t   kv_write;
  logic        row_valid, row_ready, loaded, v_loaded, step_ready, page_valid, page_data_ready, rows_valid;
  logic [AxiDataWidth-1:0] write_data;
  assign done_o          = response.done;
  assign code_o          = response.code;
  assign address_o       = response.address;
  assign read_address_o  = read_request.address;
  assign read_bytes_o    = read_request.bytes;
  assign write_address_o = write_request.address;
  assign write_bytes_o   = write_request.bytes;
  assign write_data_o    = 256'(write_data);

  sac_recode u_recode (
    .clk_i, .rst_ni, .command_valid_i, .command_ready_o, .command_i, .response_o(response), .busy_o, .written_o,
    .read_valid_o, .read_ready_i, .read_request_o(read_request), .row_o(row), .row_valid_o(row_valid),
    .row_ready_i(row_ready), .write_i(kv_write), .loaded_i(loaded), .write_valid_o, .write_ready_i,
    .write_request_o(write_request), .write_data_valid_o, .write_data_ready_i, .write_data_o(write_data), .write_done_i
  );
  sac_kv u_kv (
    .clk_i, .rst_ni, .job_i('0), .start_i(1'b0), .step_valid_i(1'b0), .step_ready_o(step_ready), .step_i('0),
    .k_loaded_o(loaded), .v_loaded_o(v_loaded), .k_free_i(1'b0), .v_free_i(1'b0), .write_o(kv_write),
    .recode_row_i(row), .recode_valid_i(row_valid), .recode_ready_o(row_ready), .page_valid_o(page_valid),
    .page_ready_i(1'b0), .page_request_o(page_request), .page_data_valid_i(1'b0), .page_data_ready_o(page_data_ready),
    .page_data_i('0), .read_valid_o(rows_valid), .read_ready_i(1'b0), .read_request_o(rows_request), .data_valid_i,
    .data_ready_o, .data_i(data_i[AxiDataWidth-1:0])
  );

  logic unused;
  assign unused = ^{data_i, v_loaded, step_ready, page_valid, page_request, page_data_ready, rows_valid, rows_request};
endmodule

`default_nettype wire
