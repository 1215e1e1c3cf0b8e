// SPDX-License-Identifier: Apache-2.0
// sac_dot with sac_attend_issue and sac_attend_rows, structs taken apart, for tests/attend/core_test.cc, which plays
// all other units of the attend room. A lane's fields are bytes.
`default_nettype none

module sac_attend_core_bench
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_attend_pkg::*;
(
  input  wire logic             clk_i,
  input  wire logic             rst_ni,
  output logic [31:0]           rows_o,
  output logic [31:0]           lanes_o,
  output logic [31:0]           head_dim_o,
  output logic [31:0]           kv_tile_o,
  output logic [31:0]           query_blocks_o,
  output logic [31:0]           attend_lanes_o,
  input  wire logic             start_i,
  input  wire logic             scores_i,
  input  wire logic [1:0]       score_function_i,
  input  wire logic             k_beats_i,
  input  wire logic             v_beats_i,
  input  wire logic [7:0]       k_chunks_i,
  input  wire logic [7:0]       v_groups_i,
  // Flags: last of command, empty, first and last of block, first and last of tile, first of context; parities of
  // block, tile, step.
  input  wire logic             step_valid_i,
  output logic                  step_ready_o,
  input  wire logic [9:0]       step_flags_i,
  input  wire logic [2:0]       step_sub_i,
  input  wire logic [15:0]      step_count_i,
  input  wire logic             query_loaded_i,
  output logic                  query_free_o,
  input  wire logic             k_loaded_i,
  output logic                  k_free_o,
  input  wire logic             v_loaded_i,
  output logic                  v_free_o,
  output logic                  scores_ready_o,
  input  wire logic             scores_free_i,
  input  wire logic             probabilities_ready_i,
  output logic                  probabilities_free_o,
  output logic                  block_summed_o,
  input  wire logic             context_free_i,
  input  wire logic             x_write_i,
  input  wire logic [7:0]       x_row_i,
  input  wire logic [15:0]      x_word_i,
  input  wire logic [2047:0]    x_data_i,
  input  wire logic             kv_write_i,
  input  wire logic [15:0]      kv_address_i,
  input  wire logic [1023:0]    kv_data_i,
  input  wire logic [31:0]      read_valid_i,
  input  wire logic [31:0]      read_step_i,
  input  wire logic [31:0][7:0] read_row_i,
  input  wire logic [31:0][7:0] read_key_i,
  output logic [31:0][63:0]     score_o,
  input  wire logic [31:0]      rescale_valid_i,
  input  wire logic [31:0]      rescale_step_i,
  input  wire logic [31:0][7:0] rescale_row_i,
  input  wire logic [31:0][7:0] rescale_shift_i,
  input  wire logic             sum_valid_i,
  input  wire logic             sum_block_i,
  input  wire logic [2:0]       sum_sub_i,
  input  wire logic [7:0]       sum_row_i,
  input  wire logic [15:0]      sum_element_i,
  output logic [63:0]           sum_o,
  output logic                  beat_o
);
  assign rows_o         = Rows;
  assign lanes_o        = Lanes;
  assign head_dim_o     = HeadDim;
  assign kv_tile_o      = KvTile;
  assign query_blocks_o = QueryBlocks;
  assign attend_lanes_o = AttendLanes;

  job_t  job;
  step_t step;
  always_comb begin
    job                        = '0;
    job.command.scores         = 2'(scores_i);
    job.command.score_function = score_function_i;
    job.k_beats                = k_beats_i;
    job.v_beats                = v_beats_i;
    job.k_chunks               = $bits(job.k_chunks)'(k_chunks_i);
    job.v_groups               = $bits(job.v_groups)'(v_groups_i);
    step                       = '0;
    {step.last_of_command, step.empty, step.first_of_block, step.last_of_block, step.first_of_tile, step.last_of_tile,
     step.first_of_context, step.block, step.tile, step.step} = step_flags_i;
    step.sub                   = step_sub_i;
    step.count                 = CountWidth'(step_count_i);
  end

  operation_t operation;
  event_t     read;
  raw_t       score_event, sum_event;
  logic       operation_valid, operation_ready;
  logic [ScoresWidth-1:0]           array_score;
  logic [Rows*AccumulatorWidth-1:0] array_sum;
  sac_host_pkg::increments_t        increments;

  sac_attend_issue u_issue (
    .clk_i, .rst_ni, .start_i, .job_i(job), .step_valid_i, .step_ready_o, .step_i(step),
    .query_loaded_i, .query_free_o, .k_loaded_i, .k_free_o, .v_loaded_i, .v_free_o,
    .scores_ready_o, .scores_free_i, .probabilities_ready_i, .probabilities_free_o, .block_summed_o, .context_free_i,
    .operation_valid_o(operation_valid), .operation_ready_i(operation_ready), .operation_o(operation),
    .read_i(read), .score_event_i(score_event), .sum_event_i(sum_event)
  );

  // MATMUL and RENDER are not there; RENDER's ports must not matter.
  sac_dot u_dot (
    .clk_i, .rst_ni, .table_word_i('0), .table_control_i('0),
    .command_valid_i(1'b0), .command_ready_o(), .command_i('0), .response_o(),
    .read_valid_o(), .read_ready_i(1'b0), .read_request_o(), .data_valid_i(1'b0), .data_ready_o(), .data_i('0),
    .data_last_i(1'b0), .write_valid_o(), .write_ready_i(1'b0), .write_request_o(),
    .write_data_valid_o(), .write_data_ready_i(1'b0), .write_data_o(), .write_done_i(1'b0),
    .render_busy_i(1'b0), .operation_valid_i(1'b1), .operation_ready_o(), .operation_i('1),
    .read_o(read), .done_o(), .x_write_i('1), .unload_i('0), .unload_data_o(),
    .attend_busy_i(rst_ni), .attend_operation_valid_i(operation_valid), .attend_operation_ready_o(operation_ready),
    .attend_operation_i(operation),
    .attend_x_write_i('{valid: x_write_i, row: RowWidth'(x_row_i), word: XAddressWidth'(x_word_i),
                 data: x_data_i[WordWidth-1:0]}),
    .kv_write_i('{valid: kv_write_i, address: KvAddressWidth'(kv_address_i), data: kv_data_i[Lanes*8-1:0]}),
    .score_event_o(score_event), .score_o(array_score), .sum_event_o(sum_event), .sum_o(array_sum),
    .increments_o(increments)
  );
  assign beat_o = increments[sac_spec_pkg::COUNTER_DOT_ATTEND_BEATS][0];

  score_read_t [AttendLanes-1:0]          score_read;
  rescale_t [AttendLanes-1:0]             rescale;
  logic [AttendLanes-1:0][ScoreWidth-1:0] score;
  logic [OutputLanes*OutputWidth-1:0]     sum;
  logic [15:0]                            element_q1, element_q2;
  for (genvar l = 0; l < int'(AttendLanes); l++) begin : gen_lane
    assign score_read[l] = '{valid: read_valid_i[l], row: LaneRowWidth'(read_row_i[l]), step: read_step_i[l],
                             key: KeyWidth'(read_key_i[l])};
    assign rescale[l]    = '{valid: rescale_valid_i[l], row: LaneRowWidth'(rescale_row_i[l]), step: rescale_step_i[l],
                             shift: RescaleWidth'(rescale_shift_i[l])};
  end
  always_comb begin
    score_o = '0;
    for (int l = 0; l < int'(AttendLanes); l++) score_o[l] = 64'($signed(score[l]));
  end
  always_ff @(posedge clk_i) begin
    element_q1 <= sum_element_i;
    element_q2 <= element_q1;
  end
  assign sum_o = 64'($signed(sum[32'(element_q2) % OutputLanes * OutputWidth +: OutputWidth]));

  sac_attend_rows u_rows (
    .clk_i, .rst_ni, .k_segments_i(job.k_segments), .score_event_i(score_event), .score_i(array_score), .sum_event_i(sum_event), .sum_i(array_sum),
    .score_read_i(score_read), .score_o(score), .rescale_i(rescale),
    .sum_read_i('{valid: sum_valid_i, row: RowWidth'(sum_row_i), block: sum_block_i, sub: sum_sub_i,
                  element: ElementWidth'(sum_element_i)}),
    .sum_o(sum)
  );
endmodule

`default_nettype wire
