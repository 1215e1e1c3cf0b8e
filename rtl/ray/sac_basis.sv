// SPDX-License-Identifier: Apache-2.0
// Basis of appearance vertices (docs/architecture.md, sections 5 and 6.1): for each batch of products in the x RAM the
// operations that make its features, a word of the array each, and from out slot 0 into the feature banks,
// EncodeChannels a cycle. An operation is issued while the results of the one before it are awaited or unloaded if
// they are sure to have left the slot before its own arrive; an operation takes at least as long as its products.
`default_nettype none

module sac_basis
  import sac_config_pkg::*, sac_colour_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // Batches, in the two basis halves of the x RAM by turns; before them the vertices of their rows.
  input  wire logic                 place_valid_i,
  input  wire logic [RowWidth-1:0]  place_row_i,
  input  wire place_t               place_i,
  input  wire logic                 place_last_i,    // of its batch
  input  wire logic                 batch_valid_i,
  input  wire basis_batch_t         batch_i,
  output logic                      half_read_o,
  // Array. The unload port is ours whenever we ask.
  output logic                      operation_valid_o,
  input  wire logic                 operation_ready_i,
  output operation_t                operation_o,
  input  wire event_t               array_read_i,
  input  wire event_t               array_done_i,
  output unload_t                   unload_o,
  input  wire logic [WordWidth-1:0] unload_data_i,
  // Feature banks.
  output logic                      write_o,
  output feature_set_t              write_set_o,
  output place_t                    write_place_o,
  output logic [VertexWordWidth-1:0] write_word_o,
  output feature_word_t             write_data_o,
  output logic                      features_o,      // pulse: those of one more group are there
  input  wire logic                 group_read_i     // the oldest group's set is free
);
  localparam int unsigned UnloadLanes = Lanes < 32 ? Lanes : 32;
  localparam int unsigned Steps = UnloadLanes / EncodeChannels;      // a row
  localparam int unsigned StepWidth = Steps > 1 ? $clog2(Steps) : 1;
  localparam int unsigned Slots = 4;                                 // batches whose places are kept
  localparam int unsigned WordNumberWidth = FeatureWords > 1 ? $clog2(FeatureWords) : 1;
  localparam int unsigned Early = (Products - 8) / Steps;            // rows that leave the slot during an operation
  localparam int unsigned BasisWord = 2 * InputWords;
  typedef logic [WordNumberWidth-1:0] word_number_t;
  localparam word_number_t LastWord = word_number_t'(FeatureWords - 1);

  // Batches: to issue, and to unload.
  basis_batch_t issue_batch, unload_batch;
  logic         issue_valid, unload_valid, issue_room, unload_room, issue_last, unload_last;
  logic [1:0]   issue_count;
  logic [2:0]   unload_count;
  sac_fifo #(.Width($bits(basis_batch_t)), .Depth(2)) u_issue (
    .clk_i, .rst_ni, .push_valid_i(batch_valid_i), .push_ready_o(issue_room), .push_data_i(batch_i),
    .pop_valid_o(issue_valid), .pop_ready_i(issue_last), .pop_data_o(issue_batch), .count_o(issue_count)
  );
  sac_fifo #(.Width($bits(basis_batch_t)), .Depth(Slots)) u_unload (
    .clk_i, .rst_ni, .push_valid_i(batch_valid_i), .push_ready_o(unload_room), .push_data_i(batch_i),
    .pop_valid_o(unload_valid), .pop_ready_i(unload_last), .pop_data_o(unload_batch), .count_o(unload_count)
  );

  // Issue.
  word_number_t           word_q, read_word_q;
  logic [1:0]             open_q;              // operations issued and not unloaded
  logic                   half_q, issue, unloaded, set_free, read;
  logic [RowWidth:0]      rows_left;
  logic [FeatureSetWidth:0] held_q;            // sets with features, or being filled with them
  assign operation_valid_o = issue_valid && (open_q == '0 || (open_q == 2'd1 && set_free && 32'(rows_left) <= Early));
  assign issue       = operation_valid_o && operation_ready_i;
  assign issue_last  = issue && word_q == LastWord;
  assign read        = array_read_i.valid && array_read_i.kind == KindBasis;
  assign half_read_o = read && read_word_q == LastWord;
  always_comb begin
    operation_o = '0;
    operation_o.kind        = KindBasis;
    operation_o.source      = 10'(BasisWord) + (half_q ? 10'(ProductWords) : '0);
    operation_o.beats       = 13'(Products);
    operation_o.weight_base = 16'(BasisWeights) + 16'(Products) * 16'(word_q);
    operation_o.quant_base  = 12'(BasisQuant) + 12'({word_q, LanesLog2'(0)});
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      word_q      <= '0;
      read_word_q <= '0;
      open_q      <= '0;
      half_q      <= 1'b0;
    end else begin
      open_q <= open_q + 2'(issue) - 2'(unloaded);
      if (issue) word_q <= word_q == LastWord ? '0 : word_q + 1'b1;
      if (issue_last) half_q <= !half_q;
      if (read) read_word_q <= read_word_q == LastWord ? '0 : read_word_q + 1'b1;
    end
  end

  // Unload: a row every `Steps` cycles. A set is free until the groups before have been read.
  logic                running_q, step_end, row_end, done, begin_unload;
  logic [1:0]          arrived_q;              // operations whose results lie in the slot, or will right away
  word_number_t        unload_word_q;
  logic [RowWidth-1:0] row_q;
  logic [StepWidth-1:0] step_q;
  logic [1:0]          slot_q, place_slot_q;
  feature_set_t        set_q;
  assign set_free     = 32'(held_q) < FeatureSets;
  assign rows_left    = (RowWidth+1)'(unload_batch.last_row) - (running_q ? (RowWidth+1)'(row_q) : '0) + 1'b1;
  assign done         = array_done_i.valid && array_done_i.kind == KindBasis;
  assign begin_unload = !running_q && arrived_q != '0 && set_free;
  assign step_end     = 32'(step_q) == Steps - 1;
  assign row_end      = row_q == unload_batch.last_row;
  assign unloaded     = running_q && step_end && row_end;
  assign unload_last  = unloaded && unload_word_q == LastWord;
  assign unload_o     = '{valid: running_q && step_q == '0, slot: 1'b0, row: row_q};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      running_q     <= 1'b0;
      arrived_q     <= '0;
      unload_word_q <= '0;
      slot_q        <= '0;
      place_slot_q  <= '0;
      set_q         <= '0;
      held_q        <= '0;
    end else begin
      if (begin_unload) running_q <= 1'b1;
      else if (unloaded) running_q <= 1'b0;
      arrived_q <= arrived_q + 2'(done) - 2'(begin_unload);
      if (unloaded) unload_word_q <= unload_word_q == LastWord ? '0 : unload_word_q + 1'b1;
      if (unload_last) slot_q <= slot_q + 1'b1;
      if (place_valid_i && place_last_i) place_slot_q <= place_slot_q + 1'b1;
      if (unload_last && unload_batch.group_end) set_q <= set_q + 1'b1;
      held_q <= held_q + (FeatureSetWidth+1)'(unload_last && unload_batch.group_end) - (FeatureSetWidth+1)'(group_read_i);
    end
    if (!running_q) begin
      step_q <= '0;
      row_q  <= '0;
    end else begin
      step_q <= step_end ? '0 : step_q + 1'b1;
      if (step_end) row_q <= row_q + 1'b1;
    end
  end

  // The vertex of a row comes a cycle after the request, the word `UnloadLatency` cycles after it.
  place_t place, place_q;
  sac_ram #(.Width($bits(place_t)), .Words(Slots * (1 << RowWidth))) u_places (
    .clk_i, .write_en_i(place_valid_i), .write_address_i({place_slot_q, place_row_i}), .write_data_i(place_i),
    .read_en_i(unload_o.valid), .read_address_i({slot_q, row_q}), .read_data_o(place)
  );
  typedef struct packed {
    logic                       valid;
    logic                       group_end;
    feature_set_t               set_number;
    logic [VertexWordWidth-1:0] word;
    logic                       first;
  } step_t;
  step_t at_q [1:UnloadLatency];
  logic [16*UnloadLanes-1:0] rest_q, lanes;
  assign lanes = at_q[UnloadLatency].first ? unload_data_i[16*UnloadLanes-1:0] : rest_q;
  always_ff @(posedge clk_i) begin
    at_q[1] <= '{valid: rst_ni && running_q, group_end: unload_last && unload_batch.group_end, set_number: set_q,
                 word: VertexWordWidth'(32'(unload_word_q) * Steps + 32'(step_q)), first: step_q == '0};
    for (int i = 2; i <= int'(UnloadLatency); i++) begin
      at_q[i]       <= at_q[i-1];
      at_q[i].valid <= rst_ni && at_q[i-1].valid;
    end
    rest_q <= lanes >> (16 * EncodeChannels);
    if (at_q[UnloadLatency-1].first) place_q <= place;
  end
  assign write_o       = at_q[UnloadLatency].valid;
  assign write_set_o   = at_q[UnloadLatency].set_number;
  assign write_place_o = place_q;
  assign write_word_o  = at_q[UnloadLatency].word;
  assign write_data_o  = lanes[16*EncodeChannels-1:0];
  assign features_o    = at_q[UnloadLatency].valid && at_q[UnloadLatency].group_end;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    assert (!rst_ni || !batch_valid_i || (issue_room && unload_room)) else $error("a batch is lost");
`endif
  logic unused;
  assign unused = ^{unload_data_i, issue_room, unload_room, issue_count, unload_count, issue_batch, array_read_i,
                    array_done_i, unload_valid};
endmodule

`default_nettype wire
