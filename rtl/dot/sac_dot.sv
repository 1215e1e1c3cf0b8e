// SPDX-License-Identifier: Apache-2.0
// The dot room: the array, and MATMUL that uses it when RENDER and ATTEND do not (one command at a time, so the array's
// ports are simply switched).
`default_nettype none

module sac_dot
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_host_pkg::*;
  import sac_memory_pkg::*;
  import sac_spec_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire table_word_t       table_word_i,
  input  wire table_control_t    table_control_i,
  // MATMUL.
  input  wire logic              command_valid_i,
  output logic                   command_ready_o,
  input  wire matmul_command_t   command_i,
  output response_t              response_o,
  output logic                   read_valid_o,
  input  wire logic              read_ready_i,
  output request_t               read_request_o,
  input  wire logic              data_valid_i,
  output logic                   data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic              data_last_i,
  output logic                   write_valid_o,
  input  wire logic              write_ready_i,
  output request_t               write_request_o,
  output logic                   write_data_valid_o,
  input  wire logic              write_data_ready_i,
  output logic [AxiDataWidth-1:0] write_data_o,
  input  wire logic              write_done_i,
  // RENDER.
  input  wire logic              render_busy_i,
  input  wire logic              operation_valid_i,
  output logic                   operation_ready_o,
  input  wire operation_t        operation_i,
  output event_t                 read_o,
  output event_t                 done_o,
  input  wire x_write_t          x_write_i,
  input  wire unload_t           unload_i,
  output logic [WordWidth-1:0]   unload_data_o,
  // ATTEND; `read_o` is shared.
  input  wire logic              attend_busy_i,
  input  wire logic              attend_operation_valid_i,
  output logic                   attend_operation_ready_o,
  input  wire operation_t        attend_operation_i,
  input  wire x_write_t          attend_x_write_i,
  input  wire kv_write_t         kv_write_i,
  output raw_t                   score_event_o,
  output logic [ScoresWidth-1:0]           score_o,
  output raw_t                   sum_event_o,
  output logic [Rows*AccumulatorWidth-1:0] sum_o,
  output increments_t            increments_o
);
  logic       matmul, matmul_operation_valid, array_valid, array_ready, beat;
  operation_t matmul_operation, array_operation;
  x_write_t   matmul_x_write, array_x_write;
  unload_t    matmul_unload;
  kind_e      beat_kind;

  sac_matmul u_matmul (
    .clk_i, .rst_ni, .table_word_i, .table_control_i,
    .command_valid_i, .command_ready_o, .command_i, .response_o, .busy_o(matmul),
    .read_valid_o, .read_ready_i, .read_request_o, .data_valid_i, .data_ready_o, .data_i, .data_last_i,
    .write_valid_o, .write_ready_i, .write_request_o,
    .write_data_valid_o, .write_data_ready_i, .write_data_o, .write_done_i,
    .operation_valid_o(matmul_operation_valid), .operation_ready_i(array_ready),
    .operation_o(matmul_operation), .read_i(read_o), .done_i(done_o),
    .x_write_o(matmul_x_write), .unload_o(matmul_unload), .unload_data_i(unload_data_o)
  );

  assign operation_ready_o        = array_ready && !matmul && !attend_busy_i;
  assign attend_operation_ready_o = array_ready && attend_busy_i;
  always_comb begin
    array_valid     = operation_valid_i;
    array_operation = operation_i;
    array_x_write   = x_write_i;
    if (matmul) begin
      array_valid     = matmul_operation_valid;
      array_operation = matmul_operation;
      array_x_write   = matmul_x_write;
    end else if (attend_busy_i) begin
      array_valid     = attend_operation_valid_i;
      array_operation = attend_operation_i;
      array_x_write   = attend_x_write_i;
    end
  end

  sac_array u_array (
    .clk_i, .rst_ni, .table_word_i,
    .operation_valid_i(array_valid), .operation_ready_o(array_ready), .operation_i(array_operation),
    .read_o, .done_o,
    .x_write_i(array_x_write),
    .unload_i(matmul ? matmul_unload : unload_i), .unload_data_o,
    .beat_o(beat), .beat_kind_o(beat_kind),
    .kv_write_i, .score_event_o, .score_o, .sum_event_o, .sum_o
  );

  // The gap before a beat of ATTEND counts with it, so that what follows the last one does not.
  logic        attend_beat, begun_q;
  logic [15:0] gap_q;
  assign attend_beat = beat && beat_kind == KindAttend;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || !attend_busy_i) begin
      begun_q <= 1'b0;
      gap_q   <= '0;
    end else begin
      begun_q <= begun_q || attend_beat;
      if (attend_beat) gap_q <= '0;
      else if (begun_q && gap_q != '1) gap_q <= gap_q + 1'b1;
    end
  end

  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_DOT_NETWORK_BEATS] = 16'(beat && beat_kind == KindNetwork);
    increments_o[COUNTER_DOT_BASIS_BEATS]   = 16'(beat && beat_kind == KindBasis);
    increments_o[COUNTER_DOT_MATMUL_BEATS]  = 16'(beat && beat_kind == KindMatmul);
    increments_o[COUNTER_DOT_ATTEND_BEATS]  = 16'(attend_beat);
    increments_o[COUNTER_DOT_IDLE_CYCLES]   = 16'(render_busy_i && !beat);
    increments_o[COUNTER_DOT_ATTEND_GAP_CYCLES] = attend_beat ? gap_q : '0;
  end
endmodule

`default_nettype wire
