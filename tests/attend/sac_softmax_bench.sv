// SPDX-License-Identifier: Apache-2.0
// sac_softmax_lanes with its structs taken apart, for tests/attend/softmax_test.cc; fields of a lane have 32 bits each.
`default_nettype none

module sac_softmax_bench
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_dot_pkg::x_write_t, sac_memory_pkg::*;
(
  input  wire logic                     clk_i,
  input  wire logic                     rst_ni,
  input  wire logic                     start_i,
  output logic [31:0]                   rows_o,
  output logic [31:0]                   lanes_o,
  output logic [31:0]                   tile_o,
  output logic [31:0]                   blocks_o,
  output logic [31:0]                   attend_lanes_o,
  output logic [31:0]                   probability_base_o,
  // TABLE.
  input  wire logic                     table_valid_i,
  input  wire logic                     control_valid_i,
  input  wire logic [4:0]               target_i,
  input  wire logic [15:0]              entry_i,
  input  wire logic                     word_i,
  input  wire logic [31:0]              data_i,
  // The command.
  input  wire logic [1:0]               function_i,
  input  wire logic [1:0]               scores_mode_i,
  input  wire logic [31:0]              band_low_i,
  input  wire logic [31:0]              band_high_i,
  input  wire logic [7:0]               group_i,
  input  wire logic [15:0]              scale_i,
  input  wire logic [5:0]               scale_shift_i,
  input  wire logic                     softcap_i,
  input  wire logic [15:0]              softcap_scale_i,
  input  wire logic [5:0]               softcap_shift_i,
  input  wire logic [15:0]              softcap_out_i,
  input  wire logic [5:0]               softcap_out_shift_i,
  input  wire logic                     bias_words_i,
  // Steps.
  input  wire logic                     step_valid_i,
  output logic                          step_ready_o,
  input  wire logic                     empty_i,
  input  wire logic                     first_of_block_i,
  input  wire logic                     first_of_context_i,
  input  wire logic                     block_i,
  input  wire logic                     step_i,
  input  wire logic [2:0]               sub_i,
  input  wire logic [7:0]               step_rows_i,
  input  wire logic [5:0]               step_head_i,
  input  wire logic [31:0]              index_i,
  input  wire logic [20:0]              key_i,
  input  wire logic [8:0]               count_i,
  input  wire logic                     band_i,
  input  wire logic                     bias_flag_i,
  // Others.
  output logic [5:0]                    head_index_o,
  input  wire logic [31:0]              slope_i,
  input  wire logic [12:0]              sink_max_i,
  input  wire logic [15:0]              sink_sum_i,
  input  wire logic                     scores_ready_i,
  output logic                          scores_free_o,
  output logic                          probabilities_ready_o,
  input  wire logic                     probabilities_free_i,
  output logic [AttendLanes-1:0]        score_valid_o,
  output logic [AttendLanes-1:0][31:0]  score_row_o,
  output logic [AttendLanes-1:0]        score_step_o,
  output logic [AttendLanes-1:0][31:0]  score_key_o,
  input  wire logic [AttendLanes-1:0][31:0] score_low_i,
  input  wire logic [AttendLanes-1:0][31:0] score_high_i,
  output logic [AttendLanes-1:0]        rescale_valid_o,
  output logic [AttendLanes-1:0][31:0]  rescale_row_o,
  output logic [AttendLanes-1:0]        rescale_step_o,
  output logic [AttendLanes-1:0][31:0]  rescale_shift_o,
  input  wire logic                     query_valid_i,
  input  wire logic [31:0]              query_i,
  output logic                          query_ready_o,
  output logic                          x_valid_o,
  output logic [7:0]                    x_row_o,
  output logic [15:0]                   x_word_o,
  output logic [sac_dot_pkg::WordWidth-1:0] x_data_o,
  input  wire logic                     bias_loaded_i,
  output logic                          bias_free_o,
  output logic [AttendLanes-1:0]        bias_valid_o,
  output logic [AttendLanes-1:0]        bias_buffer_o,
  output logic [AttendLanes-1:0][31:0]  bias_place_o,
  input  wire logic [AttendLanes-1:0][31:0] bias_i,
  output logic                          logit_valid_o,
  input  wire logic                     logit_ready_i,
  output logic [31:0]                   logit_o,
  input  wire logic                     state_read_i,
  input  wire logic [7:0]               state_row_i,
  input  wire logic                     state_block_i,
  input  wire logic [2:0]               state_sub_i,
  output logic                          state_valid_o,
  output logic                          state_none_o,
  output logic [15:0]                   state_maximum_o,
  output logic [63:0]                   state_sum_o,
  input  wire logic                     context_free_i,
  output logic [7:0]                    masked_o
);
  assign rows_o             = Rows;
  assign lanes_o            = Lanes;
  assign tile_o             = KvTile;
  assign blocks_o           = QueryBlocks;
  assign attend_lanes_o     = AttendLanes;
  assign probability_base_o = ProbabilityBase;

  job_t  job;
  step_t step;
  always_comb begin
    job                         = '0;
    job.command.score_function  = function_i;
    job.command.scores          = scores_mode_i;
    job.command.band_low        = band_low_i;
    job.command.band_high       = band_high_i;
    job.command.group           = group_i;
    job.head.scale              = scale_i;
    job.head.scale_shift        = scale_shift_i;
    job.head.softcap            = softcap_i;
    job.head.softcap_scale      = softcap_scale_i;
    job.head.softcap_shift      = softcap_shift_i;
    job.head.softcap_out        = softcap_out_i;
    job.head.softcap_out_shift  = softcap_out_shift_i;
    job.head.bias_words         = bias_words_i;
    step                        = '0;
    step.empty                  = empty_i;
    step.first_of_block         = first_of_block_i;
    step.first_of_context       = first_of_context_i;
    step.block                  = block_i;
    step.step                   = step_i;
    step.sub                    = sub_i;
    step.rows                   = RowCountWidth'(step_rows_i);
    step.head                   = step_head_i;
    step.index                  = index_i;
    step.key                    = key_i;
    step.count                  = CountWidth'(count_i);
    step.band                   = band_i;
    step.bias                   = bias_flag_i;
  end

  score_read_t [AttendLanes-1:0]           score_read;
  rescale_t [AttendLanes-1:0]              rescale;
  bias_read_t [AttendLanes-1:0]            bias_read;
  logic [AttendLanes-1:0][ScoreWidth-1:0]  score;
  x_write_t                                query, x_write;
  state_read_t                             state_read;
  state_t                                  state;
  lane_count_t                             masked;
  always_comb begin
    for (int i = 0; i < int'(AttendLanes); i++) begin
      score_valid_o[i]   = score_read[i].valid;
      score_row_o[i]     = 32'(score_read[i].row);
      score_step_o[i]    = score_read[i].step;
      score_key_o[i]     = 32'(score_read[i].key);
      score[i]           = {score_high_i[i][7:0], score_low_i[i]};
      rescale_valid_o[i] = rescale[i].valid;
      rescale_row_o[i]   = 32'(rescale[i].row);
      rescale_step_o[i]  = rescale[i].step;
      rescale_shift_o[i] = 32'(rescale[i].shift);
      bias_valid_o[i]    = bias_read[i].valid;
      bias_buffer_o[i]   = bias_read[i].buffer;
      bias_place_o[i]    = 32'(bias_read[i].place);
    end
    query           = '0;
    query.valid     = query_valid_i;
    query.data      = sac_dot_pkg::WordWidth'(query_i);
    x_valid_o       = x_write.valid;
    x_row_o         = 8'(x_write.row);
    x_word_o        = 16'(x_write.word);
    x_data_o        = x_write.data;
    state_read      = '{valid: state_read_i, row: sac_dot_pkg::RowWidth'(state_row_i), block: state_block_i,
                        sub: state_sub_i};
    state_none_o    = state.none;
    state_maximum_o = 16'(state.maximum);
    state_sum_o     = 64'(state.sum);
    masked_o        = 8'(masked);
  end

  sac_softmax_lanes u_lanes (
    .clk_i, .rst_ni, .start_i, .job_i(job),
    .table_word_i('{valid: table_valid_i, target: target_i, entry: entry_i, word: {5'b0, word_i}, last: word_i,
                    data: data_i}),
    .table_control_i('{valid: control_valid_i, target: target_i, control: data_i[23:0]}),
    .step_valid_i, .step_ready_o, .step_i(step), .head_index_o,
    .head_i('{slope: slope_i, sink_max: sink_max_i, sink_sum: sink_sum_i}), .scores_ready_i, .scores_free_o,
    .probabilities_ready_o, .probabilities_free_i, .score_read_o(score_read), .score_i(score), .rescale_o(rescale),
    .query_write_i(query), .query_write_ready_o(query_ready_o), .x_write_o(x_write), .bias_loaded_i, .bias_free_o,
    .bias_read_o(bias_read), .bias_i, .logit_valid_o, .logit_ready_i, .logit_o, .state_read_i(state_read),
    .state_valid_o, .state_o(state), .context_free_i, .masked_o(masked)
  );

  logic unused;
  assign unused = ^{step_rows_i, count_i, state_row_i, score_high_i};
endmodule

`default_nettype wire
