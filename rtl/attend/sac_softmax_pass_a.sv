// SPDX-License-Identifier: Apache-2.0
// Leads pass A: a key a cycle of the rows that the loader has ready, where scores, bias and room for the logits are
// there. A row follows the one before without a gap; one that is shorter than RowSpacing waits for it to be as long.
`default_nettype none

module sac_softmax_pass_a
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*;
(
  input  wire logic     clk_i,
  input  wire logic     rst_ni,
  input  wire logic     start_i,
  input  wire logic     bias_words_i,
  input  wire logic     group_valid_i,
  output logic          group_take_o,
  input  wire a_group_t group_i,
  input  wire logic     scores_ready_i,
  output logic          scores_free_o,
  input  wire logic     bias_loaded_i,
  output logic          bias_free_o,
  output a_read_t       read_o,
  output a_late_t       late_o,
  // Pass B: its groups, each when it begins here and again when its logits are complete; what it gives back.
  output logic          row_begin_o,
  output logic          row_complete_o,
  input  wire logic     logit_free_i,
  input  wire logic     row_free_i,
  input  wire logic     b_last_i          // late token of pass B: last of a row
);
  typedef logic [KeyWidth-1:0] key_t;
  localparam int unsigned FillWidth = $clog2(RingWords + 1);
  localparam int unsigned RowsWidth = $clog2(RowsUnderWay + 1);
  localparam int unsigned SpacingWidth = $clog2(RowSpacing + 1);

  // Credits.
  a_group_t                group_q, group;
  logic                    emit, emit_last, emit_step;
  logic [2:0]              scores_q;
  logic [1:0]              bias_q;
  logic                    buffer_q;
  logic [FillWidth-1:0]    fill_q;
  logic [RowsWidth-1:0]    rows_q;
  logic [SpacingWidth-1:0] since_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      scores_q <= '0;
      bias_q   <= '0;
      buffer_q <= 1'b0;
      fill_q   <= '0;
      rows_q   <= '0;
      since_q  <= SpacingWidth'(RowSpacing);
    end else begin
      scores_q <= scores_q + 3'(scores_ready_i) - 3'(emit_step);
      bias_q   <= bias_q + 2'(bias_loaded_i) - 2'(emit_last && group.bias);
      buffer_q <= buffer_q ^ (emit_last && group.bias);
      fill_q   <= fill_q + FillWidth'(emit) - FillWidth'(logit_free_i);
      rows_q   <= rows_q + RowsWidth'(row_begin_o) - RowsWidth'(row_free_i);
      if (emit_last) since_q <= '0;
      else if (since_q != SpacingWidth'(RowSpacing)) since_q <= since_q + 1'b1;
    end
  end

  // State begins in a cycle without another write of state: those follow the late tokens.
  logic [StateCycles-2:0] a_last_q, b_last_q;
  logic                   blocked;
  assign blocked = group_i.begins && (a_last_q[StateCycles-2] || b_last_q[StateCycles-2]);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a_last_q <= '0;
      b_last_q <= '0;
    end else begin
      a_last_q <= {a_last_q[StateCycles-3:0], late_o.valid && late_o.last};
      b_last_q <= {b_last_q[StateCycles-3:0], b_last_i};
    end
  end

  // Key by key: the first one straight from the loader.
  logic     active_q, may_begin;
  key_t     key_q, key;
  assign may_begin    = group_valid_i && scores_q != '0 && (!group_i.bias || bias_q != '0) &&
                        rows_q != RowsWidth'(RowsUnderWay) && !blocked &&
                        (32'(group_i.b.count) >= RowSpacing || since_q == SpacingWidth'(RowSpacing));
  assign group        = active_q ? group_q : group_i;
  assign key          = active_q ? key_q : '0;
  assign emit         = (active_q || may_begin) && fill_q != FillWidth'(RingWords);
  assign emit_last    = emit && CountWidth'(key) + 1'b1 == group.b.count;
  assign emit_step    = emit_last && group.b.last_of_step;
  assign group_take_o = emit && !active_q;
  assign row_begin_o  = group_take_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) active_q <= 1'b0;
    else if (emit) active_q <= !emit_last;
  end
  always_ff @(posedge clk_i) begin
    if (emit) begin
      key_q   <= key + 1'b1;
      group_q <= group;
    end
    read_o <= '{
      valid: rst_ni && emit, first: !active_q, last: emit_last, begins: group.begins, step: group.b.step,
      row: group.b.row, key: key, band: group.band, bias: group.bias, buffer: buffer_q,
      place: BiasPlaceWidth'(key) + (bias_words_i ? '0 : BiasPlaceWidth'(group.bias_offset)),
      state: group.b.state, rows: group.b.rows
    };
  end

  // Late tokens.
  a_late_t late_q [LogitCycle];
  logic [RowCycles-1:0] complete_q;
  always_ff @(posedge clk_i) begin
    late_q[0] <= '{valid: rst_ni && read_o.valid, first: read_o.first, last: read_o.last, state: read_o.state,
                   rows: read_o.rows};
    for (int i = 1; i < int'(LogitCycle); i++) begin
      late_q[i]       <= late_q[i-1];
      late_q[i].valid <= rst_ni && late_q[i-1].valid;
    end
    complete_q <= rst_ni ? {complete_q[RowCycles-2:0], late_o.valid && late_o.last} : '0;
  end
  assign late_o         = late_q[LogitCycle-1];
  assign row_complete_o = complete_q[RowCycles-1];

  // The last lane has read.
  logic [AttendLanes:0] step_q, row_q;
  always_ff @(posedge clk_i) begin
    step_q <= rst_ni ? {step_q[AttendLanes-1:0], emit_step} : '0;
    row_q  <= rst_ni ? {row_q[AttendLanes-1:0], emit_last && group.bias} : '0;
  end
  assign scores_free_o = step_q[AttendLanes];
  assign bias_free_o   = row_q[AttendLanes];
endmodule

`default_nettype wire
