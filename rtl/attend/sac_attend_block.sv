// SPDX-License-Identifier: Apache-2.0
// Where the sub-blocks of a block of query rows lie: position, head and indices of their first and last rows. A block
// takes one division, R of its row 0 by the group; from there on positions and heads advance by Rows / group and
// Rows % group, which is divided once a command.
`default_nettype none

module sac_attend_block
  import sac_config_pkg::*, sac_attend_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire job_t        job_i,
  input  wire logic        start_i,      // of the command
  // A cycle after its number: is there such a block, is it the last one.
  input  wire logic [23:0] block_i,
  output logic             exists_o,
  output logic             last_o,
  // `set_i`, when `ready_o`: work out the sub-blocks of the block that is at `block_i`, until `ready_o` again.
  input  wire logic        set_i,
  output logic             ready_o,
  output logic [31:0]      row_o,
  output sub_t [QueryBlocks-1:0] subs_o,
  output logic signed [31:0] first_index_o, // i of the block's first and last row
  output logic signed [31:0] last_index_o
);
  localparam int unsigned BlockRows = Rows * QueryBlocks;
  localparam int unsigned SubWidth = QueryBlocks > 1 ? $clog2(QueryBlocks) : 1;
  localparam int unsigned PositionWidth = 24;

  typedef enum logic [2:0] {StIdle, StAdvance, StAdvanceDone, StDivide, StDivideDone, StSubs} state_e;
  state_e state_q;

  logic [33:0] row_q;
  assign exists_o = row_q < 34'(job_i.rows);
  assign last_o   = row_q + 34'(BlockRows) >= 34'(job_i.rows);
  always_ff @(posedge clk_i) row_q <= 34'(block_i) * 34'(BlockRows);

  // R / group, and R % group from its low bits.
  logic                     divide_start, divide_done, busy_unused, overflow_unused;
  logic [31:0]              numerator;
  logic [5:0]               numerator_low_q;
  logic [PositionWidth-1:0] quotient;
  logic [5:0]               remainder;
  assign divide_start = state_q == StAdvance || state_q == StDivide;
  assign numerator    = state_q == StAdvance ? 32'(Rows) : row_o;
  assign remainder    = numerator_low_q - 6'(12'(quotient[5:0]) * 12'(job_i.command.group[5:0]));
  always_ff @(posedge clk_i) if (divide_start) numerator_low_q <= numerator[5:0];
  sac_divide #(.NumeratorWidth(32), .DenominatorWidth(7), .QuotientWidth(PositionWidth), .Bits(2)) u_divide (
    .clk_i, .rst_ni, .start_i(divide_start), .numerator_i(numerator), .denominator_i(job_i.command.group[6:0]),
    .busy_o(busy_unused), .done_o(divide_done), .overflow_o(overflow_unused), .quotient_o(quotient)
  );

  // One sub-block a cycle.
  logic [SubWidth-1:0]      sub_q;
  logic [32:0]              sub_row_q;
  logic [PositionWidth-1:0] position_q, position_next, advance_q, last_position;
  logic [5:0]               head_q, head_next, advance_head_q;
  logic [6:0]               head_sum;
  logic                     wrap, whole;
  sub_t                     sub;
  always_comb begin
    head_sum      = 7'(head_q) + 7'(advance_head_q);
    wrap          = 8'(head_sum) >= job_i.command.group;
    head_next     = 6'(wrap ? head_sum - job_i.command.group[6:0] : head_sum);
    position_next = position_q + advance_q + PositionWidth'(wrap);
    whole         = sub_row_q + 33'(Rows) <= 33'(job_i.rows);
    last_position = !whole ? job_i.command.positions - 1'b1 : position_next - PositionWidth'(head_next == '0);
    sub.exists    = sub_row_q < 33'(job_i.rows);
    sub.position  = 32'(position_q);
    sub.head      = head_q;
    sub.first     = job_i.command.first_position + $signed(32'(position_q));
    sub.last      = job_i.command.first_position + $signed(32'(last_position));
  end

  assign ready_o = state_q == StIdle;
  assign first_index_o = subs_o[0].first;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else unique case (state_q)
      StIdle:        if (start_i) state_q <= StAdvance;
                     else if (set_i) state_q <= StDivide;
      StAdvance:     state_q <= StAdvanceDone;
      StAdvanceDone: if (divide_done) state_q <= StIdle;
      StDivide:      state_q <= StDivideDone;
      StDivideDone:  if (divide_done) state_q <= StSubs;
      StSubs:        if (sub_q == SubWidth'(QueryBlocks - 1)) state_q <= StIdle;
      default:       state_q <= StIdle;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (ready_o && set_i) row_o <= row_q[31:0];
    if (divide_done && state_q == StAdvanceDone) begin
      advance_q      <= quotient;
      advance_head_q <= remainder;
    end
    if (divide_done) begin
      sub_q      <= '0;
      sub_row_q  <= {1'b0, row_o};
      position_q <= quotient;
      head_q     <= remainder;
    end else if (state_q == StSubs) begin
      sub_q      <= sub_q + 1'b1;
      sub_row_q  <= sub_row_q + 33'(Rows);
      position_q <= position_next;
      head_q     <= head_next;
      subs_o[sub_q] <= sub;
      if (sub.exists) last_index_o <= sub.last;
    end
  end

  logic unused;
  assign unused = ^{busy_unused, overflow_unused, job_i};
endmodule

`default_nettype wire
