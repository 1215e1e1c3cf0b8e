// SPDX-License-Identifier: Apache-2.0
// The front of the attend room as the room wires it, with structs taken apart: command, walk, query rows, K and V. Read
// clients: 0 records and list, 1 pages, 2 query, 3 rows of K and V. For tests/attend/walk_test.cc and kv_test.cc.
`default_nettype none

module sac_front_bench
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::x_write_t, sac_dot_pkg::kv_write_t, sac_dot_pkg::RowWidth;
  import sac_dot_pkg::XAddressWidth, sac_dot_pkg::KvAddressWidth, sac_dot_pkg::WordWidth, sac_host_pkg::response_t;
  import sac_host_pkg::increments_t, sac_memory_pkg::request_t, sac_spec_pkg::*;
#(
  localparam int unsigned Clients = 4
) (
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  output logic [31:0]                    rows_o,
  output logic [31:0]                    lanes_o,
  output logic [31:0]                    head_dim_o,
  output logic [31:0]                    kv_tile_o,
  output logic [31:0]                    query_blocks_o,
  output logic [31:0]                    data_width_o,
  input  wire logic                      command_valid_i,
  output logic                           command_ready_o,
  input  wire logic [511:0]              command_i,
  output logic                           done_o,
  output logic [7:0]                     code_o,
  output logic [31:0]                    address_o,
  output logic [Clients-1:0]             read_valid_o,
  input  wire logic [Clients-1:0]        read_ready_i,
  output logic [Clients-1:0][31:0]       read_address_o,
  output logic [Clients-1:0][15:0]       read_bytes_o,
  input  wire logic [Clients-1:0]        data_valid_i,
  output logic [Clients-1:0]             data_ready_o,
  input  wire logic [Clients-1:0][255:0] data_i,
  input  wire logic [Clients-1:0]        data_last_i,
  output logic                           step_valid_o,
  input  wire logic                      step_ready_i,
  output logic [9:0]                     step_flags_o,   // from last_of_command down to the step's number mod 2
  output logic [31:0]                    step_block_row_o,
  output logic [31:0]                    step_block_position_o,
  output logic [5:0]                     step_block_head_o,
  output logic [2:0]                     step_sub_o,
  output logic [7:0]                     step_rows_o,
  output logic [31:0]                    step_row_o,
  output logic [31:0]                    step_position_o,
  output logic [5:0]                     step_head_o,
  output logic [31:0]                    step_index_o,
  output logic [20:0]                    step_key_o,
  output logic [8:0]                     step_count_o,
  output logic                           step_band_o,
  output logic                           step_bias_o,
  input  wire logic                      finished_i,
  output logic                           query_loaded_o,
  input  wire logic                      query_free_i,
  output logic                           k_loaded_o,
  output logic                           v_loaded_o,
  input  wire logic                      k_free_i,
  input  wire logic                      v_free_i,
  output logic                           x_valid_o,
  input  wire logic                      x_ready_i,
  output logic [RowWidth-1:0]            x_row_o,
  output logic [XAddressWidth-1:0]       x_word_o,
  output logic [WordWidth-1:0]           x_data_o,
  output logic                           kv_valid_o,
  output logic [KvAddressWidth-1:0]      kv_address_o,
  output logic [Lanes*8-1:0]             kv_data_o,
  input  wire logic [5:0]                head_index_i,
  output logic [31:0]                    head_slope_o,
  output logic [12:0]                    head_sink_max_o,
  output logic [15:0]                    head_sink_sum_o,
  output logic [15:0]                    tiles_o,
  output logic [15:0]                    keys_o,
  output logic [15:0]                    scores_o
);
  assign rows_o         = Rows;
  assign lanes_o        = Lanes;
  assign head_dim_o     = HeadDim;
  assign kv_tile_o      = KvTile;
  assign query_blocks_o = QueryBlocks;
  assign data_width_o   = AxiDataWidth;

  job_t        job;
  step_t       step;
  head_t [1:0] head;
  response_t   response;
  x_write_t    x_write;
  kv_write_t   kv_write;
  increments_t increments;
  request_t [Clients-1:0] request;
  request_t    record_request, list_request;
  logic        start, walked, silent, failed, records, record_valid, record_data_ready, list_valid, list_data_ready;
  logic        step_valid, step_fire, query_ready, kv_ready, busy_unused, recode_unused;

  assign done_o    = response.done;
  assign code_o    = response.code;
  assign address_o = response.address;
  for (genvar i = 0; i < int'(Clients); i++) begin : gen_client
    assign read_address_o[i] = request[i].address;
    assign read_bytes_o[i]   = request[i].bytes;
  end
  assign read_valid_o[0] = records ? record_valid : list_valid;
  assign request[0]      = records ? record_request : list_request;
  assign data_ready_o[0] = records ? record_data_ready : list_data_ready;
  sac_attend u_attend (
    .clk_i, .rst_ni, .command_valid_i, .command_ready_o, .command_i, .response_o(response), .busy_o(busy_unused),
    .read_valid_o(record_valid), .read_ready_i(read_ready_i[0]), .read_request_o(record_request),
    .data_valid_i(data_valid_i[0]), .data_ready_o(record_data_ready), .data_i(data_i[0][AxiDataWidth-1:0]),
    .data_last_i(data_last_i[0]), .records_o(records), .job_o(job), .start_o(start), .walked_i(walked),
    .walk_silent_i(silent), .walk_failed_i(failed), .finished_i, .head_index_i({2{head_index_i}}), .head_o(head)
  );
  sac_attend_walk u_walk (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .walked_o(walked), .silent_o(silent), .failed_o(failed),
    .step_valid_o(step_valid), .step_ready_i(step_ready_i && query_ready && kv_ready), .step_o(step),
    .read_valid_o(list_valid), .read_ready_i(read_ready_i[0]), .read_request_o(list_request),
    .data_valid_i(data_valid_i[0] && !records), .data_ready_o(list_data_ready), .data_i(data_i[0][AxiDataWidth-1:0]),
    .data_last_i(data_last_i[0]), .increments_o(increments)
  );
  assign step_fire    = step_valid && step_ready_i && query_ready && kv_ready;
  assign step_valid_o = step_fire;
  sac_attend_query u_query (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .step_valid_i(step_fire), .step_ready_o(query_ready), .step_i(step),
    .query_loaded_o, .query_free_i, .x_write_o(x_write), .x_write_ready_i(x_ready_i), .read_valid_o(read_valid_o[2]),
    .read_ready_i(read_ready_i[2]), .read_request_o(request[2]), .data_valid_i(data_valid_i[2]),
    .data_ready_o(data_ready_o[2]), .data_i(data_i[2][AxiDataWidth-1:0]), .data_last_i(data_last_i[2])
  );
  sac_kv u_kv (
    .clk_i, .rst_ni, .job_i(job), .start_i(start), .step_valid_i(step_fire), .step_ready_o(kv_ready), .step_i(step),
    .k_loaded_o, .v_loaded_o, .k_free_i, .v_free_i, .write_o(kv_write), .recode_row_i('0), .recode_valid_i(1'b0),
    .recode_ready_o(recode_unused), .page_valid_o(read_valid_o[1]),
    .page_ready_i(read_ready_i[1]), .page_request_o(request[1]), .page_data_valid_i(data_valid_i[1]),
    .page_data_ready_o(data_ready_o[1]), .page_data_i(data_i[1][AxiDataWidth-1:0]), .read_valid_o(read_valid_o[3]),
    .read_ready_i(read_ready_i[3]), .read_request_o(request[3]), .data_valid_i(data_valid_i[3]),
    .data_ready_o(data_ready_o[3]), .data_i(data_i[3][AxiDataWidth-1:0])
  );

  assign step_flags_o = {
    step.last_of_command, step.empty, step.first_of_block, step.last_of_block, step.first_of_tile, step.last_of_tile,
    step.first_of_context, step.block, step.tile, step.step[0]
  };
  assign step_block_row_o      = step.block_row;
  assign step_block_position_o = step.block_position;
  assign step_block_head_o     = step.block_head;
  assign step_sub_o            = step.sub;
  assign step_rows_o           = 8'(step.rows);
  assign step_row_o            = step.row;
  assign step_position_o       = step.position;
  assign step_head_o           = step.head;
  assign step_index_o          = step.index;
  assign step_key_o            = step.key;
  assign step_count_o          = 9'(step.count);
  assign step_band_o           = step.band;
  assign step_bias_o           = step.bias;
  assign x_valid_o       = x_write.valid;
  assign x_row_o         = x_write.row;
  assign x_word_o        = x_write.word;
  assign x_data_o        = x_write.data;
  assign kv_valid_o      = kv_write.valid;
  assign kv_address_o    = kv_write.address;
  assign kv_data_o       = kv_write.data;
  assign head_slope_o    = head[0].slope;
  assign head_sink_max_o = head[1].sink_max;
  assign head_sink_sum_o = head[0].sink_sum;
  assign tiles_o         = increments[COUNTER_ATTEND_TILES];
  assign keys_o          = increments[COUNTER_ATTEND_KEYS];
  assign scores_o        = increments[COUNTER_ATTEND_SCORES];

  logic unused;
  assign unused = ^{data_i, data_last_i, increments, head};
endmodule

`default_nettype wire
