// SPDX-License-Identifier: Apache-2.0
// Leads pass B: a logit a cycle of the rows that pass A has completed. Words of a lane end at least AttendLanes cycles
// apart, so that every lane's has the port of the x RAM in time; rows RowSpacing cycles. With scores the rows of the
// lanes go one after the other to the output, where there is room for them.
`default_nettype none

module sac_softmax_pass_b
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_dot_pkg::LanesLog2;
#(
  parameter int unsigned LogitRoom = 16
) (
  input  wire logic     clk_i,
  input  wire logic     rst_ni,
  input  wire logic     start_i,
  input  wire logic     scores_i,
  // Pass A.
  input  wire logic     row_begin_i,
  input  wire b_group_t group_i,
  input  wire logic     row_complete_i,
  output logic          logit_free_o,
  output logic          row_free_o,
  output logic          last_o,             // late token, last of a row
  input  wire logic     probabilities_free_i,
  output logic          probabilities_ready_o,
  input  wire logic     logit_taken_i,      // by the output
  output b_read_t       read_o,
  output b_late_t       late_o
);
  typedef logic [KeyWidth-1:0] key_t;
  localparam int unsigned RowsWidth = $clog2(RowsUnderWay + 1);
  localparam int unsigned GapWidth = $clog2(AttendLanes + 1);
  localparam int unsigned RestWidth = $clog2(RowSpacing);
  localparam int unsigned RoomWidth = $clog2(LogitRoom + 1);
  // The last lane's last word is in the x RAM so many cycles after the token was sent.
  localparam int unsigned ReadyCycles = ProbabilityCycle + AttendLanes + 3;

  logic                 group_valid, group_ready, row_end;
  b_group_t             group;
  logic [RowsWidth-1:0] group_count, complete_q;
  sac_fifo #(.Width($bits(b_group_t)), .Depth(RowsUnderWay)) u_groups (
    .clk_i, .rst_ni, .push_valid_i(row_begin_i), .push_ready_o(group_ready), .push_data_i(group_i),
    .pop_valid_o(group_valid), .pop_ready_i(row_end), .pop_data_o(group), .count_o(group_count)
  );

  // Key by key, with scores lane by lane.
  logic                 emit, last_key, last_lane, word_end;
  key_t                 key_q;
  lane_count_t          lane_q;
  logic [2:0]           probability_q;
  logic [GapWidth-1:0]  gap_q;              // before the next end of a word; scores: row of lane 0
  logic [RestWidth-1:0] rest_q;             // and of a row
  logic [RoomWidth-1:0] room_q;
  logic [RingWidth-1:0] base_q;
  assign last_key  = CountWidth'(key_q) + 1'b1 == group.count;
  assign last_lane = !scores_i || lane_q + 1'b1 == group.rows;
  assign word_end  = last_key || LanesLog2'(key_q) == '1;
  assign emit      = group_valid && complete_q != '0 &&
                     (scores_i ? room_q != '0 && gap_q == '0
                               : probability_q != '0 && (!word_end || gap_q == '0) && (!last_key || rest_q == '0));
  assign row_end      = emit && last_key && last_lane;
  assign logit_free_o = emit && last_lane;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      key_q         <= '0;
      lane_q        <= '0;
      complete_q    <= '0;
      probability_q <= 3'(StepBuffers);
      gap_q         <= '0;
      rest_q        <= '0;
      room_q        <= RoomWidth'(LogitRoom);
      base_q        <= '0;
    end else begin
      if (emit) key_q <= last_key ? '0 : key_q + 1'b1;
      if (emit && last_key) lane_q <= last_lane ? '0 : lane_q + 1'b1;
      if (row_end) base_q <= base_q + RingWidth'(group.count);
      complete_q    <= complete_q + RowsWidth'(row_complete_i) - RowsWidth'(row_end);
      probability_q <= probability_q + 3'(probabilities_free_i) -
                       3'(row_end && group.last_of_step && !scores_i);
      if (emit && last_key) rest_q <= RestWidth'(RowSpacing - 1);
      else if (rest_q != '0) rest_q <= rest_q - 1'b1;
      if (scores_i ? row_end : emit && word_end) gap_q <= GapWidth'(AttendLanes - 1);
      else if (gap_q != '0) gap_q <= gap_q - 1'b1;
      room_q <= room_q + RoomWidth'(logit_taken_i) - RoomWidth'(emit && scores_i);
    end
  end

  b_late_t late, late_q [ProbabilityCycle];
  logic    free_q;
  always_ff @(posedge clk_i) begin
    read_o <= '{valid: rst_ni && emit, first: key_q == '0, logit: scores_i, skip: lane_q,
                place: base_q + RingWidth'(key_q)};
    late   <= '{
      valid: rst_ni && emit && !scores_i, first: key_q == '0, last: last_key, word_end: word_end, step: group.step,
      row: group.row, position: LanesLog2'(key_q), word: WordIndexWidth'(32'(key_q) >> LanesLog2), state: group.state,
      rows: group.rows
    };
    late_q[0] <= late;
    for (int i = 0; i < int'(ProbabilityCycle); i++) begin
      if (i > 0) late_q[i] <= late_q[i-1];
      if (!rst_ni) late_q[i].valid <= 1'b0;
    end
    free_q <= rst_ni && last_o;
  end
  assign late_o     = late_q[ProbabilityCycle-1];
  assign last_o     = late_o.valid && late_o.last;
  assign row_free_o = scores_i ? row_end : free_q;

  logic [ReadyCycles-1:0] ready_q;
  always_ff @(posedge clk_i) begin
    ready_q <= rst_ni ? {ready_q[ReadyCycles-2:0], row_end && group.last_of_step && !scores_i} : '0;
  end
  assign probabilities_ready_o = ready_q[ReadyCycles-1];

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) assert (!rst_ni || !row_begin_i || group_ready) else $error("a row is lost");
`endif
  logic unused;
  assign unused = ^{group_count, group_ready};
endmodule

`default_nettype wire
