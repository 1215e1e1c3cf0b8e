// SPDX-License-Identifier: Apache-2.0
// sac_attend_output with its structs taken apart, for tests/attend/output_test.cc.
`default_nettype none

module sac_output_bench
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*;
(
  input  wire logic               clk_i,
  input  wire logic               rst_ni,
  input  wire logic               start_i,
  output logic [31:0]             rows_o,
  output logic [31:0]             tile_o,
  output logic [31:0]             blocks_o,
  output logic [31:0]             elements_o,
  output logic [31:0]             lanes_o,
  // TABLE.
  input  wire logic               table_valid_i,
  input  wire logic               control_valid_i,
  input  wire logic [4:0]         target_i,
  input  wire logic [15:0]        entry_i,
  input  wire logic               word_i,
  input  wire logic [31:0]        data_i,
  // The command.
  input  wire logic [1:0]         function_i,
  input  wire logic [1:0]         scores_mode_i,
  input  wire logic               lse_i,
  input  wire logic [7:0]         group_i,
  input  wire logic [31:0]        job_rows_i,
  input  wire logic [31:0]        y_address_i,
  input  wire logic [31:0]        y_position_stride_i,
  input  wire logic [31:0]        y_head_stride_i,
  input  wire logic [31:0]        lse_address_i,
  input  wire logic [5:0]         output_shift_i,
  input  wire logic [10:0]        d_v_i,
  // Steps.
  input  wire logic               step_valid_i,
  output logic                    step_ready_o,
  input  wire logic               last_of_command_i,
  input  wire logic               empty_i,
  input  wire logic               first_of_block_i,
  input  wire logic               last_of_block_i,
  input  wire logic               block_i,
  input  wire logic [31:0]        block_row_i,
  input  wire logic [2:0]         sub_i,
  input  wire logic [7:0]         step_rows_i,
  input  wire logic [31:0]        row_i,          // of the step; position and head follow from the rows
  input  wire logic [20:0]        key_i,
  input  wire logic [8:0]         count_i,
  // Others.
  output logic [5:0]              head_index_o,
  input  wire logic [12:0]        sink_max_i,
  input  wire logic [15:0]        sink_sum_i,
  input  wire logic               block_summed_i,
  output logic                    context_free_o,
  output logic                    sum_valid_o,
  output logic [7:0]              sum_row_o,
  output logic                    sum_block_o,
  output logic [2:0]              sum_sub_o,
  output logic [15:0]             sum_element_o,
  input  wire logic [OutputLanes-1:0][63:0] sum_i,
  output logic                    state_read_o,
  output logic [7:0]              state_row_o,
  output logic                    state_block_o,
  output logic [2:0]              state_sub_o,
  input  wire logic               state_valid_i,
  input  wire logic [12:0]        state_maximum_i,
  input  wire logic [37:0]        state_sum_i,
  input  wire logic               logit_valid_i,
  output logic                    logit_ready_o,
  input  wire logic [31:0]        logit_i,
  output logic                    write_valid_o,
  input  wire logic               write_ready_i,
  output logic [31:0]             write_address_o,
  output logic [15:0]             write_bytes_o,
  output logic                    write_data_valid_o,
  input  wire logic               write_data_ready_i,
  output logic [AxiDataWidth-1:0] write_data_o,
  input  wire logic               write_done_i,
  output logic                    finished_o,
  output logic                    block_written_o
);
  assign rows_o     = Rows;
  assign tile_o     = KvTile;
  assign blocks_o   = QueryBlocks;
  assign elements_o = HeadDim;
  assign lanes_o    = OutputLanes;

  logic [OutputLanes*OutputWidth-1:0] sums;
  always_comb begin
    for (int n = 0; n < int'(OutputLanes); n++) sums[n*int'(OutputWidth) +: OutputWidth] = sum_i[n][OutputWidth-1:0];
  end

  job_t  job;
  step_t step;
  always_comb begin
    job                           = '0;
    job.rows                      = job_rows_i;
    job.command.score_function    = function_i;
    job.command.scores            = scores_mode_i;
    job.command.lse               = lse_i;
    job.command.group             = group_i;
    job.command.y_address         = y_address_i;
    job.command.y_position_stride = y_position_stride_i;
    job.command.y_head_stride     = y_head_stride_i;
    job.command.lse_address       = lse_address_i;
    job.head.output_shift         = output_shift_i;
    job.head.d_v                  = d_v_i;
    step                          = '0;
    step.last_of_command          = last_of_command_i;
    step.empty                    = empty_i;
    step.first_of_block           = first_of_block_i;
    step.last_of_block            = last_of_block_i;
    step.block                    = block_i;
    step.block_row                = block_row_i;
    step.block_position           = block_row_i / 32'(group_i);
    step.block_head               = 6'(block_row_i % 32'(group_i));
    step.sub                      = sub_i;
    step.rows                     = RowCountWidth'(step_rows_i);
    step.row                      = row_i;
    step.position                 = row_i / 32'(group_i);
    step.head                     = 6'(row_i % 32'(group_i));
    step.key                      = key_i;
    step.count                    = CountWidth'(count_i);
  end

  sum_read_t   sum_read;
  state_read_t state_read;
  request_t    request;
  assign sum_valid_o     = sum_read.valid;
  assign sum_row_o       = 8'(sum_read.row);
  assign sum_block_o     = sum_read.block;
  assign sum_sub_o       = sum_read.sub;
  assign sum_element_o   = 16'(sum_read.element);
  assign state_read_o    = state_read.valid;
  assign state_row_o     = 8'(state_read.row);
  assign state_block_o   = state_read.block;
  assign state_sub_o     = state_read.sub;
  assign write_address_o = request.address;
  assign write_bytes_o   = request.bytes;

  sac_attend_output u_output (
    .clk_i, .rst_ni, .start_i, .job_i(job),
    .table_word_i('{valid: table_valid_i, target: target_i, entry: entry_i, word: {5'b0, word_i}, last: word_i,
                    data: data_i}),
    .table_control_i('{valid: control_valid_i, target: target_i, control: data_i[23:0]}),
    .step_valid_i, .step_ready_o, .step_i(step), .head_index_o,
    .head_i('{slope: '0, sink_max: sink_max_i, sink_sum: sink_sum_i}), .block_summed_i, .context_free_o,
    .sum_read_o(sum_read), .sum_i(sums), .state_read_o(state_read), .state_valid_i,
    .state_i('{none: state_sum_i == '0, maximum: state_maximum_i, sum: state_sum_i}), .logit_valid_i, .logit_ready_o,
    .logit_i, .write_valid_o, .write_ready_i, .write_request_o(request), .write_data_valid_o, .write_data_ready_i,
    .write_data_o, .write_done_i, .finished_o, .block_written_o
  );

  logic unused;
  assign unused = ^{step_rows_i, count_i};
endmodule

`default_nettype wire
