// SPDX-License-Identifier: Apache-2.0
// The attend room: ATTEND (docs/attention.md, section 5) and the engines that share its memory clients, MERGE, SELECT
// and RECODE; one of the four runs at a time. Only wiring, and the increments of the counters.
// Memory clients: [0] records and list, [1] page tables, [2] query rows, [3] bias, [4] rows of K and V: what little is
// read goes before what much is read ahead.
`default_nettype none

module sac_attend_room
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
  import sac_dot_pkg::operation_t, sac_dot_pkg::event_t, sac_dot_pkg::raw_t, sac_dot_pkg::x_write_t;
  import sac_dot_pkg::kv_write_t, sac_dot_pkg::AccumulatorWidth, sac_dot_pkg::ScoresWidth;
#(
  localparam int unsigned Clients = 5,
  localparam int unsigned Engines = EngineCount - EngineAttend
) (
  input  wire logic                         clk_i,
  input  wire logic                         rst_ni,
  input  wire table_word_t                  table_word_i,
  input  wire table_control_t               table_control_i,
  input  wire logic [Engines-1:0]           command_valid_i,
  output logic [Engines-1:0]                command_ready_o,
  input  wire logic [511:0]                 command_i,
  output response_t [Engines-1:0]           response_o,
  output logic                              busy_o,        // ATTEND: it has the array
  output logic [Clients-1:0]                read_valid_o,
  input  wire logic [Clients-1:0]           read_ready_i,
  output request_t [Clients-1:0]            read_request_o,
  input  wire logic [Clients-1:0]           data_valid_i,
  output logic [Clients-1:0]                data_ready_o,
  input  wire logic [Clients-1:0][AxiDataWidth-1:0] data_i,
  input  wire logic [Clients-1:0]           data_last_i,
  output logic                              write_valid_o,
  input  wire logic                         write_ready_i,
  output request_t                          write_request_o,
  output logic                              write_data_valid_o,
  input  wire logic                         write_data_ready_i,
  output logic [AxiDataWidth-1:0]           write_data_o,
  input  wire logic                         write_done_i,
  // The array.
  output logic                              operation_valid_o,
  input  wire logic                         operation_ready_i,
  output operation_t                        operation_o,
  input  wire event_t                       array_read_i,
  output x_write_t                          x_write_o,
  output kv_write_t                         kv_write_o,
  input  wire raw_t                         score_event_i,
  input  wire logic [ScoresWidth-1:0]           score_i,
  input  wire raw_t                         sum_event_i,
  input  wire logic [Rows*AccumulatorWidth-1:0] sum_i,
  output increments_t                       increments_o
);
  // The engine that runs has the write client and read client 0; every engine drives its element of these.
  localparam int unsigned Attend = 0;
  localparam int unsigned Merge = EngineMerge - EngineAttend;
  localparam int unsigned Select = EngineSelect - EngineAttend;
  localparam int unsigned Recode = EngineRecode - EngineAttend;
  logic [Engines-1:0]                   busy, write_valid, write_ready, write_data_valid, write_data_ready, write_done;
  request_t [Engines-1:0]               write_request;
  logic [Engines-1:0][AxiDataWidth-1:0] write_data;
  logic [Engines-1:0]                   read_valid, read_ready, data_valid, data_ready;
  request_t [Engines-1:0]               read_request;
  increments_t                          merge_increments, select_increments;
  assign busy_o           = busy[Attend];
  assign read_ready       = busy & {Engines{read_ready_i[0]}};
  assign data_valid       = busy & {Engines{data_valid_i[0]}};
  assign write_ready      = busy & {Engines{write_ready_i}};
  assign write_data_ready = busy & {Engines{write_data_ready_i}};
  assign write_done       = busy & {Engines{write_done_i}};
  always_comb begin
    read_valid_o[0]    = |(busy & read_valid);
    data_ready_o[0]    = |(busy & data_ready);
    read_request_o[0]  = '0;
    write_valid_o      = |(busy & write_valid);
    write_data_valid_o = |(busy & write_data_valid);
    write_request_o    = '0;
    write_data_o       = '0;
    for (int unsigned i = 0; i < Engines; i++) begin
      if (busy[i]) read_request_o[0] |= read_request[i];
      if (busy[i]) write_request_o |= write_request[i];
      if (busy[i]) write_data_o |= write_data[i];
    end
  end

  sac_attend_merge u_merge (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .command_valid_i(command_valid_i[Merge]),
    .command_ready_o(command_ready_o[Merge]), .command_i, .response_o(response_o[Merge]), .busy_o(busy[Merge]),
    .read_valid_o(read_valid[Merge]), .read_ready_i(read_ready[Merge]), .read_request_o(read_request[Merge]),
    .data_valid_i(data_valid[Merge]), .data_ready_o(data_ready[Merge]), .data_i(data_i[0]),
    .data_last_i(data_last_i[0]), .write_valid_o(write_valid[Merge]), .write_ready_i(write_ready[Merge]),
    .write_request_o(write_request[Merge]), .write_data_valid_o(write_data_valid[Merge]),
    .write_data_ready_i(write_data_ready[Merge]), .write_data_o(write_data[Merge]),
    .write_done_i(write_done[Merge]), .increments_o(merge_increments)
  );
  sac_select u_select (
    .clk_i, .rst_ni, .command_valid_i(command_valid_i[Select]), .command_ready_o(command_ready_o[Select]), .command_i,
    .response_o(response_o[Select]), .busy_o(busy[Select]), .read_valid_o(read_valid[Select]),
    .read_ready_i(read_ready[Select]), .read_request_o(read_request[Select]), .data_valid_i(data_valid[Select]),
    .data_ready_o(data_ready[Select]), .data_i(data_i[0]), .write_valid_o(write_valid[Select]),
    .write_ready_i(write_ready[Select]), .write_request_o(write_request[Select]),
    .write_data_valid_o(write_data_valid[Select]), .write_data_ready_i(write_data_ready[Select]),
    .write_data_o(write_data[Select]), .write_done_i(write_done[Select]), .increments_o(select_increments)
  );

  job_t              job;
  logic              start, walked, silent, failed, finished;
  logic [1:0][5:0]   head_index;
  head_t [1:0]       head;

  // Command, then steps. Records and list share a client.
  logic     records, record_valid, record_data_ready, list_valid, list_data_ready;
  request_t record_request, list_request;
  assign read_valid[Attend]   = records ? record_valid : list_valid;
  assign read_request[Attend] = records ? record_request : list_request;
  assign data_ready[Attend]   = records ? record_data_ready : list_data_ready;
  sac_attend u_attend (
    .clk_i, .rst_ni, .command_valid_i(command_valid_i[Attend]), .command_ready_o(command_ready_o[Attend]), .command_i,
    .response_o(response_o[Attend]), .busy_o(busy[Attend]), .read_valid_o(record_valid),
    .read_ready_i(read_ready[Attend] && records), .read_request_o(record_request),
    .data_valid_i(data_valid[Attend] && records), .data_ready_o(record_data_ready), .data_i(data_i[0]),
    .data_last_i(data_last_i[0]), .records_o(records), .job_o(job), .start_o(start), .walked_i(walked),
    .walk_silent_i(silent), .walk_failed_i(failed),
    .finished_i(finished), .head_index_i(head_index), .head_o(head)
  );

  // A step goes to all units at once.
  typedef enum logic [2:0] {ToQuery, ToKv, ToIssue, ToSoftmax, ToBias, ToOutput} unit_e;
  localparam int unsigned Units = 6;
  step_t            step;
  logic             step_valid, step_fire;
  logic [Units-1:0] step_ready;
  increments_t      walk_increments;
  assign step_fire = step_valid && (&step_ready);
  sac_attend_walk u_walk (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .walked_o(walked), .silent_o(silent), .failed_o(failed),
    .step_valid_o(step_valid), .step_ready_i(&step_ready), .step_o(step), .read_valid_o(list_valid),
    .read_ready_i(read_ready[Attend] && !records), .read_request_o(list_request),
    .data_valid_i(data_valid[Attend] && !records), .data_ready_o(list_data_ready), .data_i(data_i[0]),
    .data_last_i(data_last_i[0]), .increments_o(walk_increments)
  );

  logic     query_loaded, query_free, query_write_ready;
  x_write_t query_write;
  sac_attend_query u_query (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .step_valid_i(step_fire), .step_ready_o(step_ready[ToQuery]),
    .step_i(step), .query_loaded_o(query_loaded), .query_free_i(query_free), .x_write_o(query_write),
    .x_write_ready_i(query_write_ready), .read_valid_o(read_valid_o[2]), .read_ready_i(read_ready_i[2]),
    .read_request_o(read_request_o[2]), .data_valid_i(data_valid_i[2]), .data_ready_o(data_ready_o[2]),
    .data_i(data_i[2]), .data_last_i(data_last_i[2])
  );

  // RECODE has the unpacker and its read client.
  logic        k_loaded, v_loaded, k_free, v_free, rows_valid, recode_read_valid, recode_written;
  logic        recode_row_valid, recode_row_ready;
  request_t    rows_request, recode_request;
  recode_row_t recode_row;
  kv_write_t   kv_write;
  assign read_valid_o[4]     = busy[Recode] ? recode_read_valid : rows_valid;
  assign read_request_o[4]   = busy[Recode] ? recode_request : rows_request;
  assign read_valid[Recode]   = 1'b0;
  assign read_request[Recode] = '0;
  assign data_ready[Recode]   = 1'b0;
  always_comb begin
    kv_write_o       = kv_write;
    kv_write_o.valid = kv_write.valid && !busy[Recode];
  end
  sac_kv u_kv (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .step_valid_i(step_fire), .step_ready_o(step_ready[ToKv]),
    .step_i(step), .k_loaded_o(k_loaded), .v_loaded_o(v_loaded), .k_free_i(k_free), .v_free_i(v_free),
    .write_o(kv_write), .recode_row_i(recode_row), .recode_valid_i(recode_row_valid),
    .recode_ready_o(recode_row_ready), .page_valid_o(read_valid_o[1]), .page_ready_i(read_ready_i[1]),
    .page_request_o(read_request_o[1]), .page_data_valid_i(data_valid_i[1]), .page_data_ready_o(data_ready_o[1]),
    .page_data_i(data_i[1]), .read_valid_o(rows_valid), .read_ready_i(read_ready_i[4] && !busy[Recode]),
    .read_request_o(rows_request), .data_valid_i(data_valid_i[4]), .data_ready_o(data_ready_o[4]), .data_i(data_i[4])
  );
  sac_recode u_recode (
    .clk_i, .rst_ni, .command_valid_i(command_valid_i[Recode]), .command_ready_o(command_ready_o[Recode]), .command_i,
    .response_o(response_o[Recode]), .busy_o(busy[Recode]), .written_o(recode_written),
    .read_valid_o(recode_read_valid), .read_ready_i(read_ready_i[4]), .read_request_o(recode_request),
    .row_o(recode_row), .row_valid_o(recode_row_valid), .row_ready_i(recode_row_ready), .write_i(kv_write),
    .loaded_i(k_loaded), .write_valid_o(write_valid[Recode]), .write_ready_i(write_ready[Recode]),
    .write_request_o(write_request[Recode]), .write_data_valid_o(write_data_valid[Recode]),
    .write_data_ready_i(write_data_ready[Recode]), .write_data_o(write_data[Recode]),
    .write_done_i(write_done[Recode])
  );

  logic scores_ready, scores_free, probabilities_ready, probabilities_free, block_summed, context_free;
  sac_attend_issue u_issue (
    .clk_i, .rst_ni, .start_i(start), .job_i(job), .step_valid_i(step_fire), .step_ready_o(step_ready[ToIssue]),
    .step_i(step), .query_loaded_i(query_loaded), .query_free_o(query_free),
    .k_loaded_i(k_loaded && !busy[Recode]), .k_free_o(k_free),
    .v_loaded_i(v_loaded), .v_free_o(v_free), .scores_ready_o(scores_ready), .scores_free_i(scores_free),
    .probabilities_ready_i(probabilities_ready), .probabilities_free_o(probabilities_free),
    .block_summed_o(block_summed), .context_free_i(context_free), .operation_valid_o, .operation_ready_i, .operation_o,
    .read_i(array_read_i), .score_event_i, .sum_event_i
  );

  score_read_t [AttendLanes-1:0]            score_read;
  logic [AttendLanes-1:0][ScoreWidth-1:0]   score;
  rescale_t [AttendLanes-1:0]               rescale;
  sum_read_t                                sum_read;
  logic [OutputLanes*OutputWidth-1:0]       sum;
  sac_attend_rows u_rows (
    .clk_i, .rst_ni, .k_segments_i(job.k_segments), .score_event_i, .score_i, .sum_event_i, .sum_i,
    .score_read_i(score_read), .score_o(score), .rescale_i(rescale), .sum_read_i(sum_read), .sum_o(sum)
  );

  logic                         bias_loaded, bias_free, logit_valid, logit_ready, state_valid;
  bias_read_t [AttendLanes-1:0] bias_read;
  logic [AttendLanes-1:0][31:0] bias;
  logic [31:0]                  logit;
  state_read_t                  state_read;
  state_t                       state;
  lane_count_t                  masked;
  sac_softmax_lanes u_softmax (
    .clk_i, .rst_ni, .start_i(start), .job_i(job), .table_word_i, .table_control_i, .step_valid_i(step_fire),
    .step_ready_o(step_ready[ToSoftmax]), .step_i(step), .head_index_o(head_index[0]), .head_i(head[0]),
    .scores_ready_i(scores_ready), .scores_free_o(scores_free), .probabilities_ready_o(probabilities_ready),
    .probabilities_free_i(probabilities_free), .score_read_o(score_read), .score_i(score), .rescale_o(rescale),
    .query_write_i(query_write), .query_write_ready_o(query_write_ready), .x_write_o, .bias_loaded_i(bias_loaded),
    .bias_free_o(bias_free), .bias_read_o(bias_read), .bias_i(bias), .logit_valid_o(logit_valid),
    .logit_ready_i(logit_ready), .logit_o(logit), .state_read_i(state_read), .state_valid_o(state_valid),
    .state_o(state), .context_free_i(context_free), .masked_o(masked)
  );
  sac_attend_bias u_bias (
    .clk_i, .rst_ni, .start_i(start), .job_i(job), .step_valid_i(step_fire), .step_ready_o(step_ready[ToBias]),
    .step_i(step), .read_valid_o(read_valid_o[3]), .read_ready_i(read_ready_i[3]), .read_request_o(read_request_o[3]),
    .read_data_valid_i(data_valid_i[3]), .read_data_ready_o(data_ready_o[3]), .read_data_i(data_i[3]),
    .read_data_last_i(data_last_i[3]), .loaded_o(bias_loaded), .free_i(bias_free), .bias_read_i(bias_read),
    .bias_o(bias)
  );

  logic block_written;
  sac_attend_output u_output (
    .clk_i, .rst_ni, .start_i(start), .job_i(job), .table_word_i, .table_control_i, .step_valid_i(step_fire),
    .step_ready_o(step_ready[ToOutput]), .step_i(step), .head_index_o(head_index[1]), .head_i(head[1]),
    .block_summed_i(block_summed), .context_free_o(context_free), .sum_read_o(sum_read), .sum_i(sum),
    .state_read_o(state_read), .state_valid_i(state_valid), .state_i(state), .logit_valid_i(logit_valid),
    .logit_ready_o(logit_ready), .logit_i(logit), .write_valid_o(write_valid[Attend]),
    .write_ready_i(write_ready[Attend]), .write_request_o(write_request[Attend]),
    .write_data_valid_o(write_data_valid[Attend]), .write_data_ready_i(write_data_ready[Attend]),
    .write_data_o(write_data[Attend]), .write_done_i(write_done[Attend]), .finished_o(finished),
    .block_written_o(block_written)
  );

  always_comb begin
    increments_o = walk_increments | merge_increments | select_increments;
    increments_o[COUNTER_ATTEND_BLOCKS]      = 16'(block_written);
    increments_o[COUNTER_ATTEND_MASKED]      = 16'(masked);
    increments_o[COUNTER_ATTEND_BUSY_CYCLES] = 16'(busy_o);
    increments_o[COUNTER_RECODE_ROWS]        = 16'(recode_written);
    increments_o[COUNTER_RECODE_BUSY_CYCLES] = 16'(busy[Recode]);
  end

  logic unused;
  assign unused = ^{data_last_i[1], data_last_i[4]};
endmodule

`default_nettype wire
