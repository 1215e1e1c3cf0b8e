// SPDX-License-Identifier: Apache-2.0
// SELECT: top k of rows of s32 values, or a stable sort by their low byte (docs/attention.md, section 7). Passes over a
// row take a value a cycle; after each but the last the counts are looked at. Reads run ahead of the passes and writes
// after them, also into the next row.
`default_nettype none

module sac_select
  import sac_config_pkg::*, sac_host_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    command_valid_i,
  output logic                         command_ready_o,
  input  wire select_command_t         command_i,
  output response_t                    response_o,
  output logic                         busy_o,
  // Memory clients.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i,
  output increments_t                  increments_o
);
  localparam logic [2:0] TopPasses = 3'd4;   // number of the last pass: a byte each, then it is written
  localparam logic [2:0] SortPasses = 3'd1;

  typedef enum logic [2:0] {StIdle, StCheck, StPass, StSettle, StScan, StFinish, StDone} state_e;
  state_e          state_q;
  select_command_t command_q;
  logic [7:0]      code, code_q;
  logic [31:0]     word, word_q;
  logic            start, passing, last_pass;
  logic [2:0]      pass_q, last_pass_number;
  logic [23:0]     rows_q;

  assign command_ready_o = state_q == StIdle;
  assign busy_o          = state_q != StIdle;
  assign response_o      = '{done: state_q == StDone, code: code_q, address: word_q};
  assign start           = state_q == StCheck && code == ERR_NONE;
  assign passing         = state_q == StPass;
  assign last_pass_number = command_q.sort ? SortPasses : TopPasses;
  assign last_pass       = pass_q == last_pass_number;

  always_comb begin
    code = ERR_RANGE;
    word = '0;
    if (command_q.rows == '0) word = 32'd7;
    else if (command_q.count == '0 || command_q.count > 21'h100000) word = 32'd8;
    else if (!command_q.sort && (command_q.k == '0 || command_q.k > command_q.count)) word = 32'd9;
    else code = ERR_NONE;
  end

  logic        value_valid, value_ready, value_last, take;
  logic [31:0] value;
  sac_select_read u_read (
    .clk_i, .rst_ni, .start_i(start), .command_i(command_q), .last_pass_i(last_pass_number), .read_valid_o,
    .read_ready_i, .read_request_o, .data_valid_i, .data_ready_o, .data_i, .value_valid_o(value_valid),
    .value_ready_i(value_ready), .value_o(value), .value_last_o(value_last)
  );

  // Values in the order of unsigned numbers; `found` holds the bytes of the k-th largest that are known.
  logic [31:0] key, found_q, known;
  logic [7:0]  bin;
  logic        candidate;
  logic [20:0] need_q, need;      // of the values that begin like `found`
  assign key = {!value[31], value[30:0]};
  always_comb begin
    unique case (pass_q[1:0])
      2'd0: begin
        known = 32'h00000000;
        bin   = key[31:24];
      end
      2'd1: begin
        known = 32'hff000000;
        bin   = key[23:16];
      end
      2'd2: begin
        known = 32'hffff0000;
        bin   = key[15:8];
      end
      default: begin
        known = 32'hffffff00;
        bin   = key[7:0];
      end
    endcase
    if (command_q.sort) bin = value[7:0];
    candidate = command_q.sort || ((key ^ found_q) & known) == '0;
  end

  // Last pass of top k: all that are larger, and of the equal ones the first `need`.
  logic choose, equal, before_valid, advance, counting, placed, done, settled, row_end;
  logic item_valid, item_ready, finished;
  logic [20:0] earlier;
  logic [7:0]  found_bin;
  logic [19:0] place_q, placed_q;
  assign counting    = command_q.sort || !last_pass;
  assign placed      = command_q.sort && last_pass && before_valid;
  assign equal       = key == found_q;
  assign choose      = passing && !counting && value_valid && (key > found_q || (equal && need_q != '0));
  assign advance     = !placed || item_ready;
  assign value_ready = passing && (counting ? advance : !choose || item_ready);
  assign take        = value_valid && value_ready;
  assign item_valid  = choose || placed;
  assign settled     = state_q == StSettle && !before_valid;
  assign row_end     = settled && last_pass;
  sac_select_counts u_counts (
    .clk_i, .rst_ni, .clear_i(start || row_end || (done && !command_q.sort)),
    .add_valid_i(take && counting && candidate), .add_bin_i(bin), .advance_i(advance), .before_valid_o(before_valid),
    .before_o(earlier), .find_i(settled && !last_pass && !command_q.sort), .need_i(need_q),
    .sum_i(settled && !last_pass && command_q.sort), .done_o(done), .bin_o(found_bin), .need_o(need)
  );
  sac_select_write u_write (
    .clk_i, .rst_ni, .start_i(start), .command_i(command_q), .finished_o(finished), .item_valid_i(item_valid),
    .item_ready_o(item_ready), .item_place_i(command_q.sort ? placed_q : place_q), .item_value_i(value),
    .item_position_i(earlier), .write_valid_o, .write_ready_i, .write_request_o, .write_data_valid_o,
    .write_data_ready_i, .write_data_o, .write_done_i
  );

  // A pass, its last values through the counts, the look at the counts.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:   if (command_valid_i) state_q <= StCheck;
        StCheck:  state_q <= code == ERR_NONE ? StPass : StDone;
        StPass:   if (take && value_last) state_q <= StSettle;
        StSettle: if (!before_valid) state_q <= !last_pass ? StScan : rows_q == 24'd1 ? StFinish : StPass;
        StScan:   if (done) state_q <= StPass;
        StFinish: if (finished) state_q <= StDone;
        StDone:   state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) command_q <= command_i;
    if (state_q == StCheck) begin
      code_q <= code;
      word_q <= word;
      rows_q <= command_q.rows;
    end else if (row_end) begin
      rows_q <= rows_q - 1'b1;
    end
    if (start || row_end) begin
      pass_q  <= '0;
      need_q  <= command_q.k;
      found_q <= '0;
    end else if (state_q == StScan && done) begin
      pass_q <= pass_q + 1'b1;
      need_q <= need;
      for (int unsigned i = 0; i < 4; i++) if (pass_q[1:0] == 2'(i)) found_q[8*(3-i) +: 8] <= found_bin;
    end else if (take && choose && equal) begin
      need_q <= need_q - 1'b1;
    end
    if (!passing) place_q <= '0;
    else if (take) place_q <= place_q + 1'b1;
    if (advance) placed_q <= place_q;
  end

  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_SELECT_VALUES]      = 16'(take && pass_q == '0);
    increments_o[COUNTER_SELECT_BUSY_CYCLES] = 16'(busy_o);
  end
endmodule

`default_nettype wire
