// SPDX-License-Identifier: Apache-2.0
// The rows of a block one after the other: state (or, without a step, what the sink says), reciprocal and log-sum-exp,
// each a row ahead of its O.
`default_nettype none

module sac_attend_states
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::*;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire job_t           job_i,
  input  wire table_word_t    table_word_i,
  input  wire table_control_t table_control_i,
  input  wire logic           start_i,
  input  wire result_t        result_i,      // steady until the last row has gone
  output logic [5:0]          head_index_o,
  input  wire head_t          head_i,
  output state_read_t         state_read_o,
  input  wire logic           state_valid_i,
  input  wire state_t         state_i,
  output logic                row_valid_o,
  input  wire logic           row_ready_i,
  output y_row_t              row_o,
  output logic [31:0]         lse_o
);
  localparam logic [1:0] FunctionSoftmax = 2'd0;
  localparam logic [1:0] FunctionLinear = 2'd1;
  localparam int unsigned RowWidth = sac_dot_pkg::RowWidth;
  typedef enum logic [2:0] {StIdle, StLook, StBlank, StState, StReciprocal, StRow} state_e;
  state_e state_q;

  // Where we are.
  logic [BlockRowsWidth-1:0] left_q;
  logic [RowWidth-1:0]       row_q;
  logic [2:0]                sub_q;
  logic [5:0]                head_q;
  logic                      next, last_row, last_head, present;
  assign next      = row_valid_o && row_ready_i;
  assign last_row  = left_q == BlockRowsWidth'(1);
  assign last_head = 8'(head_q) + 8'd1 == job_i.command.group;
  assign present   = 1'(result_i.subs >> sub_q);
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      left_q <= result_i.rows;
      row_q  <= '0;
      sub_q  <= '0;
      head_q <= result_i.head;
    end else if (next) begin
      left_q <= left_q - 1'b1;
      row_q  <= row_q == RowWidth'(Rows - 1) ? '0 : row_q + 1'b1;
      sub_q  <= sub_q + 3'(row_q == RowWidth'(Rows - 1));
      head_q <= last_head ? '0 : head_q + 1'b1;
    end
  end

  logic   done, busy, linear;
  state_t blank, row_state_q;
  logic [17:0] multiplier;
  logic [5:0]  shift;
  assign linear       = job_i.command.score_function == FunctionLinear;
  assign head_index_o = head_q;
  assign state_read_o = '{valid: state_q == StState, row: row_q, block: result_i.block, sub: sub_q};
  assign blank = '{
    none: 1'b1, maximum: job_i.command.score_function == FunctionSoftmax ? head_i.sink_max : '0,
    sum: linear ? '0 : SumWidth'(head_i.sink_sum)
  };
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StLook;
        StLook:  state_q <= present ? StState : StBlank;
        StBlank: state_q <= StReciprocal;
        StState: if (state_valid_i) state_q <= StReciprocal;
        StReciprocal: if (done) state_q <= StRow;
        StRow:   if (next) state_q <= last_row ? StIdle : StLook;
        default: state_q <= StIdle;
      endcase
    end
    if (state_q == StBlank) row_state_q <= blank;
    else if (state_valid_i) row_state_q <= state_i;
  end

  logic started_q;
  always_ff @(posedge clk_i) started_q <= state_q == StReciprocal;
  sac_attend_reciprocal u_reciprocal (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .linear_i(linear), .output_shift_i(job_i.head.output_shift),
    .start_i(state_q == StReciprocal && !started_q), .state_i(row_state_q), .busy_o(busy), .done_o(done),
    .multiplier_o(multiplier), .shift_o(shift), .lse_o
  );
  assign row_valid_o = state_q == StRow;
  assign row_o = '{last_of_block: last_row, block: result_i.block, sub: sub_q, row: row_q,
                   multiplier: present ? multiplier : '0, shift: shift};

  logic unused;
  assign unused = ^{job_i, result_i, head_i, busy};
endmodule

`default_nettype wire
