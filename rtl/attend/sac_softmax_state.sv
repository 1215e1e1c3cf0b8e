// SPDX-License-Identifier: Apache-2.0
// State of the rows of one lane: running maximum and sum (docs/attention.md, section 3). Pass A gives a row's largest
// logit, StateCycles later the maximum is written, and goes with the shift dm to pass B, which gives the sum and takes
// the shift. Rows end at least RowSpacing cycles apart, and their state begins in cycles without another write: the
// sequencers see to it.
`default_nettype none

module sac_softmax_state
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*;
(
  input  wire logic                           clk_i,
  input  wire logic                           rst_ni,
  input  wire logic [1:0]                     function_i,
  // State begins, by the sink.
  input  wire logic                           begin_i,
  input  wire logic [StateWidth-1:0]          begin_state_i,
  input  wire logic [MaximumWidth-1:0]        sink_max_i,
  input  wire logic [15:0]                    sink_sum_i,
  // Pass A: a cycle after the late token that ends a row; the maximum two cycles later.
  input  wire logic                           a_end_i,
  input  wire logic [StateWidth-1:0]          a_state_i,
  input  wire logic signed [LogitWidth-1:0]   a_maximum_i,
  input  wire logic                           a_any_i,       // a key was not masked
  // Pass B: the maximum of its next row; late token that ends a row; its sum two cycles later.
  input  wire logic                           b_take_i,
  output logic signed [MaximumWidth-1:0]      b_maximum_o,
  input  wire logic                           b_end_i,
  input  wire logic [StateWidth-1:0]          b_state_i,
  input  wire logic [23:0]                    b_sum_i,
  output logic                                shift_valid_o, // two cycles after b_end_i
  output logic [RescaleWidth-1:0]             shift_o,
  // sac_attend_output: held until the answer.
  input  wire logic                           read_i,
  input  wire logic [StateWidth-1:0]          read_state_i,
  output logic                                read_valid_o,
  output state_t                              read_o
);
  localparam logic [1:0] FunctionSoftmax = 2'd0;
  localparam logic [1:0] FunctionLinear = 2'd1;
  typedef logic signed [MaximumWidth-1:0] maximum_t;

  logic softmax, linear;
  assign softmax = function_i == FunctionSoftmax;
  assign linear  = function_i == FunctionLinear;

  // Pass A. Cycles from the late token on: 1 read, 3 maximum, 4 shift and write, 5 hand over.
  logic                    maximum_write, none_read, none_q3, none_q4;
  logic [StateWidth-1:0]   maximum_address, a_state_q2, a_state_q3, a_state_q4;
  logic [MaximumWidth:0]   maximum_data;
  logic [3:0]              a_end_q;                  // bit k: cycle k + 2
  maximum_t                maximum_read, maximum_q3, maximum_q4, new_q4, new_q5, highest;
  logic signed [LogitWidth:0] raised;
  logic signed [MaximumWidth:0] moved;
  logic [RescaleWidth-1:0] shift_q5;
  logic                    any_q4;
  assign raised  = 25'(a_maximum_i) + 25'sd4095;     // rounds up
  assign highest = maximum_t'(raised >>> 12);
  assign moved   = 14'(new_q4) - 14'(maximum_q4);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) a_end_q <= '0;
    else a_end_q <= {a_end_q[2:0], a_end_i};
  end
  always_ff @(posedge clk_i) begin
    a_state_q2 <= a_state_i;
    a_state_q3 <= a_state_q2;
    a_state_q4 <= a_state_q3;
    maximum_q3 <= maximum_read;
    none_q3    <= none_read;
    maximum_q4 <= maximum_q3;
    none_q4    <= none_q3;
    any_q4     <= a_any_i && softmax;
    new_q4     <= a_any_i && softmax && (none_q3 || highest > maximum_q3) ? highest : maximum_q3;
    new_q5     <= new_q4;
    shift_q5   <= none_q4 ? '0 : moved > 14'sd63 ? 6'd63 : moved[5:0];
  end
  assign maximum_write   = begin_i || a_end_q[2];
  assign maximum_address = begin_i ? begin_state_i : a_state_q4;
  assign maximum_data    = begin_i ? {softmax && sink_sum_i == '0, softmax && sink_sum_i != '0 ? sink_max_i : '0}
                                   : {none_q4 && !any_q4, new_q4};

  logic                            maximum_ready, maximum_valid, shift_ready, shift_valid;
  logic [$clog2(RowsUnderWay+1)-1:0] maximum_count, shift_count;
  logic [RescaleWidth-1:0]         shift;
  logic                            b_end_q1;
  sac_fifo #(.Width(MaximumWidth), .Depth(RowsUnderWay)) u_maximum_fifo (
    .clk_i, .rst_ni, .push_valid_i(a_end_q[3]), .push_ready_o(maximum_ready), .push_data_i(new_q5),
    .pop_valid_o(maximum_valid), .pop_ready_i(b_take_i), .pop_data_o(b_maximum_o), .count_o(maximum_count)
  );
  sac_fifo #(.Width(RescaleWidth), .Depth(RowsUnderWay)) u_shift_fifo (
    .clk_i, .rst_ni, .push_valid_i(a_end_q[3]), .push_ready_o(shift_ready), .push_data_i(shift_q5),
    .pop_valid_o(shift_valid), .pop_ready_i(b_end_q1), .pop_data_o(shift), .count_o(shift_count)
  );

  // Pass B. Cycles from its late token on: 0 read, 2 shift, 3 add, 4 write.
  logic                  sum_write, b_end_q2, b_end_q3, b_end_q4;
  logic [StateWidth-1:0] sum_address, b_state_q1, b_state_q2, b_state_q3, b_state_q4;
  logic [SumWidth-1:0]   sum_data, sum_read, sum_q2, new_sum_q4;
  logic [SumWidth:0]     shifted_q3;
  logic [23:0]           added_q3;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {b_end_q4, b_end_q3, b_end_q2, b_end_q1} <= '0;
    else {b_end_q4, b_end_q3, b_end_q2, b_end_q1} <= {b_end_q3, b_end_q2, b_end_q1, b_end_i};
  end
  always_ff @(posedge clk_i) begin
    {b_state_q4, b_state_q3, b_state_q2, b_state_q1} <= {b_state_q3, b_state_q2, b_state_q1, b_state_i};
    sum_q2     <= sum_read;
    shift_o    <= shift;
    shifted_q3 <= {sum_q2, 1'b0} >> shift_o;
    added_q3   <= linear ? '0 : b_sum_i;
    new_sum_q4 <= shifted_q3[SumWidth:1] + SumWidth'(added_q3) + SumWidth'(shifted_q3[0]);
  end
  assign shift_valid_o = b_end_q2;
  assign sum_write     = begin_i || b_end_q4;
  assign sum_address   = begin_i ? begin_state_i : b_state_q4;
  assign sum_data      = !begin_i ? new_sum_q4 : linear ? '0 : SumWidth'(sink_sum_i);

  // The output reads when no row does.
  logic grant, grant_q;
  assign grant = read_i && !a_end_i && !b_end_i && !grant_q && !read_valid_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {read_valid_o, grant_q} <= '0;
    else {read_valid_o, grant_q} <= {grant_q, grant};
  end
  always_ff @(posedge clk_i) read_o <= '{none: none_read, maximum: maximum_read, sum: sum_read};

  sac_ram #(.Width(MaximumWidth + 1), .Words(StateWords)) u_maximum (
    .clk_i, .write_en_i(maximum_write), .write_address_i(maximum_address), .write_data_i(maximum_data),
    .read_en_i(a_end_i || grant), .read_address_i(a_end_i ? a_state_i : read_state_i),
    .read_data_o({none_read, maximum_read})
  );
  sac_ram #(.Width(SumWidth), .Words(StateWords)) u_sum (
    .clk_i, .write_en_i(sum_write), .write_address_i(sum_address), .write_data_i(sum_data),
    .read_en_i(b_end_i || grant), .read_address_i(b_end_i ? b_state_i : read_state_i), .read_data_o(sum_read)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!begin_i || (!a_end_q[2] && !b_end_q4)) else $error("sac_softmax_state: two writes");
      assert (!a_end_q[3] || (maximum_ready && shift_ready)) else $error("sac_softmax_state: a row is lost");
      assert ((!b_take_i || maximum_valid) && (!b_end_q1 || shift_valid)) else $error("sac_softmax_state: no row");
    end
  end
`endif
  logic unused;
  assign unused = ^{maximum_count, shift_count, maximum_ready, shift_ready, maximum_valid, shift_valid, raised, moved};
endmodule

`default_nettype wire
