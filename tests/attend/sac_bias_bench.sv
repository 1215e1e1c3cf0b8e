// SPDX-License-Identifier: Apache-2.0
// sac_attend_bias with its structs taken apart, for tests/attend/bias_test.cc; fields of a lane have 16 bits each.
`default_nettype none

module sac_bias_bench
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic                         clk_i,
  input  wire logic                         rst_ni,
  input  wire logic                         start_i,
  output logic [31:0]                       rows_o,
  output logic [31:0]                       tile_o,
  output logic [31:0]                       attend_lanes_o,
  input  wire logic                         bias_words_i,
  input  wire logic [31:0]                  bias_address_i,
  input  wire logic [31:0]                  position_stride_i,
  input  wire logic [31:0]                  head_stride_i,
  input  wire logic [7:0]                   group_i,
  input  wire logic                         step_valid_i,
  output logic                              step_ready_o,
  input  wire logic                         empty_i,
  input  wire logic                         bias_i,
  input  wire logic [31:0]                  position_i,
  input  wire logic [5:0]                   head_i,
  input  wire logic [20:0]                  key_i,
  input  wire logic [8:0]                   count_i,
  input  wire logic [7:0]                   step_rows_i,
  output logic                              read_valid_o,
  input  wire logic                         read_ready_i,
  output logic [31:0]                       read_address_o,
  output logic [15:0]                       read_bytes_o,
  input  wire logic                         data_valid_i,
  output logic                              data_ready_o,
  input  wire logic [AxiDataWidth-1:0]      data_i,
  input  wire logic                         data_last_i,
  output logic                              loaded_o,
  input  wire logic                         free_i,
  input  wire logic [AttendLanes-1:0]       place_valid_i,
  input  wire logic [AttendLanes-1:0]       place_buffer_i,
  input  wire logic [AttendLanes-1:0][15:0] place_i,
  output logic [AttendLanes-1:0][31:0]      word_o
);
  assign rows_o         = Rows;
  assign tile_o         = KvTile;
  assign attend_lanes_o = AttendLanes;

  job_t                         job;
  step_t                        step;
  request_t                     request;
  bias_read_t [AttendLanes-1:0] bias_read;
  always_comb begin
    job                           = '0;
    job.command.group             = group_i;
    job.head.bias_words           = bias_words_i;
    job.head.bias_address         = bias_address_i;
    job.head.bias_position_stride = position_stride_i;
    job.head.bias_head_stride     = head_stride_i;
    step                          = '0;
    step.empty                    = empty_i;
    step.bias                     = bias_i;
    step.position                 = position_i;
    step.head                     = head_i;
    step.key                      = key_i;
    step.count                    = CountWidth'(count_i);
    step.rows                     = RowCountWidth'(step_rows_i);
    for (int i = 0; i < int'(AttendLanes); i++)
      bias_read[i] = '{valid: place_valid_i[i], buffer: place_buffer_i[i], place: BiasPlaceWidth'(place_i[i])};
  end
  assign read_address_o = request.address;
  assign read_bytes_o   = request.bytes;
  sac_attend_bias u_bias (
    .clk_i, .rst_ni, .start_i, .job_i(job), .step_valid_i, .step_ready_o, .step_i(step), .read_valid_o, .read_ready_i,
    .read_request_o(request), .read_data_valid_i(data_valid_i), .read_data_ready_o(data_ready_o),
    .read_data_i(data_i), .read_data_last_i(data_last_i), .loaded_o, .free_i, .bias_read_i(bias_read), .bias_o(word_o)
  );

  logic unused;
  assign unused = ^{count_i, step_rows_i, place_i};
endmodule

`default_nettype wire
