// SPDX-License-Identifier: Apache-2.0
// MATMUL: Y = requantise(X . W^T + bias), relu, general table (docs/architecture.md, section 5). Rows of X come in
// batches of `Rows` into two halves of the x RAM; each batch gets one accumulate operation for each `Lanes` outputs;
// sac_matmul_output writes their results. Loading, computing and writing run side by side.
`default_nettype none

module sac_matmul
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_host_pkg::response_t;
  import sac_memory_pkg::*;
  import sac_spec_pkg::matmul_command_t;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire table_word_t       table_word_i,
  input  wire table_control_t    table_control_i,
  input  wire logic              command_valid_i,
  output logic                   command_ready_o,
  input  wire matmul_command_t   command_i,
  output response_t              response_o,
  output logic                   busy_o,
  // Memory.
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
  // Array.
  output logic                   operation_valid_o,
  input  wire logic              operation_ready_i,
  output operation_t             operation_o,
  input  wire event_t            read_i,
  input  wire event_t            done_i,
  output x_write_t               x_write_o,
  output unload_t                unload_o,
  input  wire logic [WordWidth-1:0] unload_data_i
);
  localparam int unsigned HalfWords = XWords / 2;
  localparam logic [31:0] WordK = 32'd6, WordM = 32'd5, WordBases = 32'd7;

  typedef enum logic [1:0] {StIdle, StSize, StCheck, StRun} state_e;
  state_e          state_q;
  matmul_command_t command_q;
  logic [16:0]     groups;
  logic [13:0]     groups_q;      // of Lanes outputs
  logic [32:0]     weights_q;     // words
  logic            start_q;       // of a run
  logic            finished;
  logic [7:0]      code;
  logic [31:0]     bad_word;

  assign busy_o          = state_q != StIdle;
  assign command_ready_o = state_q == StIdle;
  assign groups          = (17'(command_q.n) + 17'(Lanes - 1)) >> LanesLog2;

  always_comb begin
    code     = sac_spec_pkg::ERR_RANGE;
    bad_word = WordBases;
    if (command_q.m == '0) bad_word = WordM;
    else if (command_q.k == '0 || command_q.k > 16'(MatmulK) || command_q.n == '0) bad_word = WordK;
    else if (33'(command_q.weight_base) + weights_q <= 33'(WeightWords) &&
             17'(command_q.quant_base) + 17'(command_q.n) <= 17'(QuantEntries)) begin
      code     = sac_spec_pkg::ERR_NONE;
      bad_word = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      start_q    <= 1'b0;
      response_o <= '0;
    end else begin
      start_q         <= 1'b0;
      response_o.done <= 1'b0;
      unique case (state_q)
        StIdle: if (command_valid_i) state_q <= StSize;
        StSize: state_q <= StCheck;
        StCheck: begin
          response_o <= '{done: code != sac_spec_pkg::ERR_NONE, code: code, address: bad_word};
          start_q    <= code == sac_spec_pkg::ERR_NONE;
          state_q    <= code == sac_spec_pkg::ERR_NONE ? StRun : StIdle;
        end
        StRun: if (finished) begin
          response_o <= '{done: 1'b1, default: '0};
          state_q    <= StIdle;
        end
        default: state_q <= StIdle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (command_ready_o) command_q <= command_i;
    if (state_q == StSize) begin
      groups_q  <= groups[13:0];
      weights_q <= 33'(groups) * 33'(command_q.k);
    end
  end

  // Halves of the x RAM: `spare_q` may be requested into, `loaded_q` wait for their operations.
  logic [1:0] spare_q, loaded_q;
  logic       batch_request, batch_loaded, batch_issued, batch_read;

  // Requests, one a row.
  logic [23:0]         request_left_q;
  logic [RowWidth-1:0] request_row_q;
  logic [31:0]         request_address_q;
  logic                take_request;
  assign read_valid_o   = state_q == StRun && request_left_q != '0 && (request_row_q != '0 || spare_q != '0);
  assign read_request_o = '{address: request_address_q, bytes: 16'({command_q.k + 16'd1, 1'b0}) & 16'hfffc};
  assign take_request   = read_valid_o && read_ready_i;
  assign batch_request  = take_request && request_row_q == '0;

  // Zero from reset on: a command that a soft reset ended must leave nothing that the next one would request first.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) request_left_q <= '0;
    else if (start_q) request_left_q <= command_q.m;
    else if (take_request) request_left_q <= request_left_q - 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (start_q) begin
      request_row_q     <= '0;
      request_address_q <= command_q.x_address;
    end else if (take_request) begin
      request_row_q     <= request_row_q == RowWidth'(Rows - 1) ? '0 : request_row_q + 1'b1;
      request_address_q <= request_address_q + command_q.x_stride;
    end
  end

  // Data.
  logic                     load_half_q, load_valid, load_last;
  logic [RowWidth-1:0]      load_row_q;
  logic [XAddressWidth-1:0] load_word;
  logic [23:0]              load_left_q;
  sac_matmul_pack u_pack (
    .clk_i, .rst_ni, .clear_i(start_q),
    .words_i(XAddressWidth'((command_q.k + 16'(Lanes - 1)) >> LanesLog2)),
    .data_valid_i, .data_ready_o, .data_i, .data_last_i,
    .valid_o(load_valid), .word_o(load_word), .last_o(load_last), .data_o(x_write_o.data)
  );
  assign x_write_o.valid = load_valid;
  assign x_write_o.row   = load_row_q;
  assign x_write_o.word  = load_word + (load_half_q ? XAddressWidth'(HalfWords) : '0);
  assign batch_loaded    = load_valid && load_last && (load_row_q == RowWidth'(Rows - 1) || load_left_q == 24'd1);
  always_ff @(posedge clk_i) begin
    if (start_q) begin
      load_left_q <= command_q.m;
      load_row_q  <= '0;
      load_half_q <= 1'b0;
    end else if (load_valid && load_last) begin
      load_left_q <= load_left_q - 1'b1;
      load_row_q  <= batch_loaded ? '0 : load_row_q + 1'b1;
      load_half_q <= load_half_q ^ batch_loaded;
    end
  end

  // Operations; the two out slots take turns.
  logic [13:0] issue_group_q, read_group_q;
  logic        issue_half_q, slot_q;
  logic [1:0]  slot_free_q;
  logic [15:0] weight_address_q;
  logic [11:0] quant_address_q;
  logic        take_operation, last_issue, slot_done, slot_done_number;
  assign operation_valid_o = state_q == StRun && loaded_q != '0 && slot_free_q[slot_q];
  assign operation_o = '{
    kind: KindMatmul, reduce: 1'b0, relu: command_q.relu, source_h: 1'b0,
    source: issue_half_q ? 10'(HalfWords) : '0, beats: command_q.k[12:0], chunks: '0,
    weight_base: weight_address_q, quant_base: quant_address_q,
    destination: '{to_h: 1'b0, word: 6'(slot_q)}, two_beats: 1'b0, x_unsigned: 1'b0, segmented: 1'b0, tag: '0
  };
  assign take_operation = operation_valid_o && operation_ready_i;
  assign last_issue     = issue_group_q == 14'd1;
  assign batch_issued   = take_operation && last_issue;
  assign batch_read     = read_i.valid && read_i.kind == KindMatmul && read_group_q == 14'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_q) begin
      spare_q     <= 2'd2;
      loaded_q    <= '0;
      slot_free_q <= '1;
    end else begin
      spare_q  <= spare_q + 2'(batch_read) - 2'(batch_request);
      loaded_q <= loaded_q + 2'(batch_loaded) - 2'(batch_issued);
      if (slot_done) slot_free_q[slot_done_number] <= 1'b1;
      if (take_operation) slot_free_q[slot_q] <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_q || batch_issued) begin
      issue_group_q    <= groups_q;
      weight_address_q <= command_q.weight_base;
      quant_address_q  <= command_q.quant_base[11:0];
    end else if (take_operation) begin
      issue_group_q    <= issue_group_q - 1'b1;
      weight_address_q <= weight_address_q + command_q.k;
      quant_address_q  <= quant_address_q + 12'(Lanes);
    end
    if (start_q) issue_half_q <= 1'b0;
    else if (batch_issued) issue_half_q <= !issue_half_q;
    if (start_q) slot_q <= 1'b0;
    else if (take_operation) slot_q <= !slot_q;
    if (start_q || batch_read) read_group_q <= groups_q;
    else if (read_i.valid && read_i.kind == KindMatmul) read_group_q <= read_group_q - 1'b1;
  end

  sac_matmul_output u_output (
    .clk_i, .rst_ni, .table_word_i, .table_control_i,
    .start_i(start_q), .command_i(command_q), .groups_i(groups_q), .finished_o(finished),
    .result_i(done_i.valid && done_i.kind == KindMatmul),
    .slot_done_o(slot_done), .slot_o(slot_done_number), .unload_o, .unload_data_i,
    .write_valid_o, .write_ready_i, .write_request_o,
    .write_data_valid_o, .write_data_ready_i, .write_data_o, .write_done_i
  );

  logic unused_bits;
  assign unused_bits = ^{groups, command_q, read_i, done_i};
endmodule

`default_nettype wire
