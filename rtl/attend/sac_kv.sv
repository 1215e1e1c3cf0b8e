// SPDX-License-Identifier: Apache-2.0
// K and V of tiles from memory into the KV RAM (docs/attention.md, sections 1, 4 and 5): page tables, requests for
// rows, rows cut out of their data, values. Everything runs ahead of its use as far as buffers are free: those of two
// tiles.
`default_nettype none

module sac_kv
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::kv_write_t, sac_memory_pkg::request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    start_i,
  input  wire logic                    step_valid_i,
  output logic                         step_ready_o,
  input  wire step_t                   step_i,
  output logic                         k_loaded_o,
  output logic                         v_loaded_o,
  input  wire logic                    k_free_i,
  input  wire logic                    v_free_i,
  output kv_write_t                    write_o,
  // RECODE: its rows instead, each as K of a tile of one key; its requests are made elsewhere.
  input  wire recode_row_t             recode_row_i,
  input  wire logic                    recode_valid_i,
  output logic                         recode_ready_o,
  // Memory client: page tables.
  output logic                         page_valid_o,
  input  wire logic                    page_ready_i,
  output request_t                     page_request_o,
  input  wire logic                    page_data_valid_i,
  output logic                         page_data_ready_o,
  input  wire logic [AxiDataWidth-1:0] page_data_i,
  // Memory client: rows.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i
);
  logic                    run_valid, run_ready, rows_valid, rows_ready, beat_valid, beat_ready;
  run_t                    run;
  rows_t                   rows, row;
  job_t                    row_job;
  logic [AxiDataWidth-1:0] beat;
  beat_info_t              beat_info;

  sac_kv_pages u_pages (
    .clk_i, .rst_ni, .job_i, .step_valid_i, .step_ready_o, .step_i, .run_valid_o(run_valid), .run_ready_i(run_ready),
    .run_o(run), .read_valid_o(page_valid_o), .read_ready_i(page_ready_i), .read_request_o(page_request_o),
    .data_valid_i(page_data_valid_i), .data_ready_o(page_data_ready_o), .data_i(page_data_i)
  );
  sac_kv_requests u_requests (
    .clk_i, .rst_ni, .job_i, .start_i, .k_free_i, .v_free_i, .run_valid_i(run_valid), .run_ready_o(run_ready),
    .run_i(run), .rows_valid_o(rows_valid), .rows_ready_i(rows_ready), .rows_o(rows), .read_valid_o, .read_ready_i,
    .read_request_o
  );
  always_comb begin
    row_job = job_i;
    if (recode_row_i.active) begin
      row_job.head.d_k      = recode_row_i.d;
      row_job.head.k_format = recode_row_i.form;
      row_job.head.k_scaled = recode_row_i.scaled;
      row_job.k_beats       = recode_row_i.beats;
      row_job.k_segments    = 1'b0;
      row_job.k_bytes       = recode_row_i.bytes;
    end
  end
  assign row            = recode_row_i.active ? '{v: 1'b0, tile: recode_row_i.tile, last: 1'b1, rows: 9'd1} : rows;
  assign recode_ready_o = rows_ready;
  sac_kv_rows u_rows (
    .clk_i, .rst_ni, .job_i(row_job), .rows_valid_i(recode_row_i.active ? recode_valid_i : rows_valid),
    .rows_ready_o(rows_ready), .rows_i(row), .data_valid_i, .data_ready_o, .data_i, .beat_valid_o(beat_valid),
    .beat_ready_i(beat_ready), .beat_o(beat), .info_o(beat_info)
  );
  sac_kv_unpack u_unpack (
    .clk_i, .rst_ni, .job_i(row_job), .beat_valid_i(beat_valid), .beat_ready_o(beat_ready), .beat_i(beat),
    .info_i(beat_info), .write_o, .k_loaded_o, .v_loaded_o
  );
endmodule

`default_nettype wire
