// SPDX-License-Identifier: Apache-2.0
// The softmax of ATTEND (docs/attention.md, 5 and 5.1): AttendLanes lanes, row r of a step in lane r mod AttendLanes.
// Loader (rows into lanes), pass A and pass B are led from here by tokens that reach each lane a cycle after the one
// before, so that their words come one after the other to the port of the x RAM, where query rows fill the gaps. What
// this unit says to others it says when the last lane is done.
`default_nettype none

module sac_softmax_lanes
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_dot_pkg::x_write_t, sac_memory_pkg::*;
(
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic                                start_i,
  input  wire job_t                                job_i,
  input  wire table_word_t                         table_word_i,
  input  wire table_control_t                      table_control_i,
  input  wire logic                                step_valid_i,
  output logic                                     step_ready_o,
  input  wire step_t                               step_i,
  // HEAD records: a head, a cycle after its index.
  output logic [5:0]                               head_index_o,
  input  wire head_t                               head_i,
  // sac_attend_issue, rows and array.
  input  wire logic                                scores_ready_i,
  output logic                                     scores_free_o,
  output logic                                     probabilities_ready_o,
  input  wire logic                                probabilities_free_i,
  output score_read_t [AttendLanes-1:0]            score_read_o,
  input  wire logic [AttendLanes-1:0][ScoreWidth-1:0] score_i,
  output rescale_t [AttendLanes-1:0]               rescale_o,
  input  wire x_write_t                            query_write_i,
  output logic                                     query_write_ready_o,
  output x_write_t                                 x_write_o,
  // sac_attend_bias: rows of all lanes at a time.
  input  wire logic                                bias_loaded_i,
  output logic                                     bias_free_o,
  output bias_read_t [AttendLanes-1:0]             bias_read_o,
  input  wire logic [AttendLanes-1:0][31:0]        bias_i,
  // sac_attend_output: with scores logits in order of rows; state of a row on demand.
  output logic                                     logit_valid_o,
  input  wire logic                                logit_ready_i,
  output logic [31:0]                              logit_o,
  input  wire state_read_t                         state_read_i,
  output logic                                     state_valid_o,
  output state_t                                   state_o,
  input  wire logic                                context_free_i,
  // Counter.
  output lane_count_t                              masked_o
);
  localparam int unsigned LogitRoom = 16;

  // Steps wait, rows are loaded, pass A and pass B are led.
  logic                   step_valid, step_take, group_valid, group_take, row_begin, row_complete, logit_free, row_free;
  logic                   b_last, logit_taken;
  logic [AttendLanes-1:0] load_valid;
  row_load_t              load;
  step_t                  step;
  a_group_t               group;
  a_read_t [AttendLanes:0] a_read;
  a_late_t [AttendLanes:0] a_late;
  b_read_t [AttendLanes:0] b_read;
  b_late_t [AttendLanes:0] b_late;
  sac_ram_fifo #(.Width($bits(step_t)), .Depth(StepDepth)) u_steps (
    .clk_i, .rst_ni, .push_valid_i(step_valid_i), .push_ready_o(step_ready_o), .push_data_i(step_i),
    .pop_valid_o(step_valid), .pop_ready_i(step_take), .pop_data_o(step)
  );
  sac_softmax_load u_load (
    .clk_i, .rst_ni, .start_i, .group_size_i(job_i.command.group), .step_valid_i(step_valid), .step_ready_o(step_take),
    .step_i(step), .context_free_i, .head_index_o, .head_i, .load_valid_o(load_valid), .load_o(load),
    .group_valid_o(group_valid), .group_take_i(group_take), .group_o(group)
  );
  sac_softmax_pass_a u_pass_a (
    .clk_i, .rst_ni, .start_i, .bias_words_i(job_i.head.bias_words), .group_valid_i(group_valid),
    .group_take_o(group_take), .group_i(group), .scores_ready_i, .scores_free_o, .bias_loaded_i, .bias_free_o,
    .read_o(a_read[0]), .late_o(a_late[0]), .row_begin_o(row_begin), .row_complete_o(row_complete),
    .logit_free_i(logit_free), .row_free_i(row_free), .b_last_i(b_last)
  );
  sac_softmax_pass_b #(.LogitRoom(LogitRoom)) u_pass_b (
    .clk_i, .rst_ni, .start_i, .scores_i(job_i.command.scores != '0), .row_begin_i(row_begin), .group_i(group.b),
    .row_complete_i(row_complete), .logit_free_o(logit_free), .row_free_o(row_free), .last_o(b_last),
    .probabilities_free_i, .probabilities_ready_o, .logit_taken_i(logit_taken), .read_o(b_read[0]), .late_o(b_late[0])
  );

  // Where a row's state lies.
  logic [AttendLanes-1:0] state_read, state_valid;
  logic [StateWidth-1:0]  state_address;
  state_t                 state [AttendLanes];
  assign state_address = StateWidth'((32'(state_read_i.sub) + (state_read_i.block ? QueryBlocks : 0)) * LaneRows +
                                     32'(state_read_i.row) / AttendLanes);
  always_comb begin
    for (int i = 0; i < int'(AttendLanes); i++)
      state_read[i] = state_read_i.valid && 32'(state_read_i.row) % AttendLanes == 32'(i);
  end

  logic [AttendLanes-1:0]      word_valid, logit_valid, masked;
  logic [LaneRowWidth-1:0]     word_row [AttendLanes];
  step_number_t                word_step [AttendLanes];
  logic [WordIndexWidth-1:0]   word_number [AttendLanes];
  logic [sac_dot_pkg::WordWidth-1:0] word [AttendLanes];
  logic [31:0]                 logit [AttendLanes];
  for (genvar i = 0; i < int'(AttendLanes); i++) begin : gen_lane
    sac_softmax u_lane (
      .clk_i, .rst_ni, .start_i, .job_i, .table_word_i, .table_control_i, .load_valid_i(load_valid[i]), .load_i(load),
      .a_read_i(a_read[i]), .a_late_i(a_late[i]), .b_read_i(b_read[i]), .b_late_i(b_late[i]),
      .a_read_o(a_read[i+1]), .a_late_o(a_late[i+1]), .b_read_o(b_read[i+1]), .b_late_o(b_late[i+1]),
      .score_read_o(score_read_o[i]), .score_i(score_i[i]), .bias_read_o(bias_read_o[i]), .bias_i(bias_i[i]),
      .rescale_o(rescale_o[i]), .word_valid_o(word_valid[i]), .word_row_o(word_row[i]), .word_step_o(word_step[i]),
      .word_number_o(word_number[i]), .word_o(word[i]), .logit_valid_o(logit_valid[i]), .logit_o(logit[i]), .state_read_i(state_read[i]),
      .state_address_i(state_address), .state_valid_o(state_valid[i]), .state_o(state[i]), .masked_o(masked[i])
    );
  end

  // At most one lane has a word, or a logit, or a state.
  x_write_t    word_write;
  logic [31:0] logit_one;
  lane_count_t masked_sum;
  always_comb begin
    word_write    = '0;
    logit_one     = '0;
    state_o       = '0;
    masked_sum    = '0;
    state_valid_o = |state_valid;
    for (int i = 0; i < int'(AttendLanes); i++) begin
      if (word_valid[i]) begin
        word_write.valid |= 1'b1;
        word_write.row   |= sac_dot_pkg::RowWidth'(32'(word_row[i]) * AttendLanes + 32'(i));
        word_write.word  |= sac_dot_pkg::XAddressWidth'(
            ProbabilityBase + 32'(word_step[i]) * ProbabilityWords + 32'(word_number[i]));
        word_write.data  |= word[i];
      end
      if (logit_valid[i]) logit_one |= logit[i];
      if (state_valid[i]) state_o |= state[i];
      masked_sum = masked_sum + lane_count_t'(masked[i]);
    end
  end
  assign query_write_ready_o = !word_write.valid;
  always_ff @(posedge clk_i) begin
    x_write_o       <= word_write.valid ? word_write : query_write_i;
    x_write_o.valid <= rst_ni && (word_write.valid || query_write_i.valid);
    masked_o        <= rst_ni ? masked_sum : '0;
  end

  logic                         logit_push_ready;
  logic [$clog2(LogitRoom+1)-1:0] logit_count;
  sac_fifo #(.Width(32), .Depth(LogitRoom)) u_logits (
    .clk_i, .rst_ni, .push_valid_i(|logit_valid), .push_ready_o(logit_push_ready), .push_data_i(logit_one),
    .pop_valid_o(logit_valid_o), .pop_ready_i(logit_ready_i), .pop_data_o(logit_o), .count_o(logit_count)
  );
  assign logit_taken = logit_valid_o && logit_ready_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert ((word_valid & (word_valid - 1'b1)) == '0) else $error("sac_softmax_lanes: two words");
      assert ((logit_valid & (logit_valid - 1'b1)) == '0) else $error("sac_softmax_lanes: two logits");
      assert (!(|logit_valid) || logit_push_ready) else $error("sac_softmax_lanes: a logit is lost");
    end
  end
`endif
  logic unused;
  assign unused = ^{logit_count, logit_push_ready, step, a_read[AttendLanes], a_late[AttendLanes],
                    b_read[AttendLanes], b_late[AttendLanes], job_i};
endmodule

`default_nettype wire
