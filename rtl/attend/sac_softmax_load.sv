// SPDX-License-Identifier: Apache-2.0
// Loads the rows of steps into the lanes of the softmax, AttendLanes at a time, a row a cycle, ahead of pass A: head,
// distance of the first key. A block waits for its contexts; an empty step takes them and goes.
`default_nettype none

module sac_softmax_load
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire logic              start_i,
  input  wire logic [7:0]        group_size_i,   // heads
  input  wire logic              step_valid_i,
  output logic                   step_ready_o,
  input  wire step_t             step_i,
  input  wire logic              context_free_i,
  output logic [5:0]             head_index_o,
  input  wire head_t             head_i,
  output logic [AttendLanes-1:0] load_valid_o,
  output row_load_t              load_o,
  output logic                   group_valid_o,
  input  wire logic              group_take_i,
  output a_group_t               group_o
);
  typedef enum logic [1:0] {StIdle, StLoad, StReady} state_e;
  state_e state_q;

  logic       pop, begin_step, block_ok;
  logic [1:0] context_q;
  assign block_ok     = !step_i.first_of_block || context_q != '0;
  assign begin_step   = state_q == StIdle && step_valid_i && block_ok;
  assign pop          = (begin_step && step_i.empty) || (group_take_i && group_o.b.last_of_step);
  assign step_ready_o = pop;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) context_q <= 2'd2;
    else context_q <= context_q + 2'(context_free_i) - 2'(begin_step && step_i.first_of_block);
  end

  // Row by row: position and head, and how many are left.
  logic [RowCountWidth-1:0] left_q;    // rows of the step from this group on
  logic [LaneRowWidth-1:0]  row_q;
  lane_count_t              lane_q, rows;
  logic signed [31:0]       index_q;
  logic [5:0]               head_q;
  logic [3:0]               age_q;     // of the group's first load
  logic                     last_lane, last_head;
  assign rows      = 32'(left_q) > AttendLanes ? lane_count_t'(AttendLanes) : lane_count_t'(left_q);
  assign last_lane = lane_q + 1'b1 == rows;
  assign last_head = 8'(head_q) + 8'd1 == group_size_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (begin_step && !step_i.empty) state_q <= StLoad;
        StLoad:  if (last_lane) state_q <= StReady;
        StReady: if (group_take_i) state_q <= group_o.b.last_of_step ? StIdle : StLoad;
        default: state_q <= StIdle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      left_q  <= step_i.rows;
      row_q   <= '0;
      index_q <= step_i.index;
      head_q  <= step_i.head;
    end else if (state_q == StLoad) begin
      head_q  <= last_head ? '0 : head_q + 1'b1;
      index_q <= index_q + 32'(last_head);
    end else if (group_take_i) begin
      left_q <= left_q - RowCountWidth'(rows);
      row_q  <= row_q + 1'b1;
    end
    lane_q <= state_q == StLoad ? lane_q + 1'b1 : '0;
    if (state_q == StIdle || group_take_i) age_q <= '0;
    else if (age_q != '1) age_q <= age_q + 1'b1;
  end

  // Its head comes a cycle later.
  logic               valid_q;
  logic [LaneNumberWidth-1:0] lane_q1;
  logic signed [31:0] distance_q;
  assign head_index_o = head_q;
  always_ff @(posedge clk_i) begin
    valid_q      <= rst_ni && state_q == StLoad;
    lane_q1      <= LaneNumberWidth'(lane_q);
    distance_q   <= 32'(step_i.key) - index_q;
    load_o       <= '{head: head_i, distance: distance_q};
    load_valid_o <= '0;
    if (rst_ni && valid_q) load_valid_o[lane_q1] <= 1'b1;
  end

  // The token that takes the group is in the lane a cycle later, the load came to it two cycles after age 0.
  assign group_valid_o = state_q == StReady && 32'(age_q) > LoadCycles;
  always_ff @(posedge clk_i) begin
    group_o <= '{
      b: '{
        count: step_i.count, rows: rows, row: row_q, step: step_i.step,
        state: StateWidth'((32'(step_i.sub) + (step_i.block ? QueryBlocks : 0)) * LaneRows + 32'(row_q)),
        last_of_step: left_q == RowCountWidth'(rows)
      },
      begins: step_i.first_of_context, band: step_i.band, bias: step_i.bias, bias_offset: step_i.key[4:0]
    };
  end

  logic unused;
  assign unused = ^step_i;
endmodule

`default_nettype wire
