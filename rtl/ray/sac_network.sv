// SPDX-License-Identifier: Apache-2.0
// The colour network on the array (docs/architecture.md, sections 5 and 6.1): the layers of up to three batches follow
// each other, so that none waits for the drain of another: a layer is issued whole as soon as its operands are written
// and what its results overwrite has been read, the layer of the oldest batch first. Batches alternate between the halves
// of the x RAM and of the h RAM words of each layer.
`default_nettype none

module sac_network
  import sac_dot_pkg::*, sac_config_pkg::Lanes;
(
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  // A batch lies in the x RAM: the first in half 0, the next in half 1, and so on.
  input  wire logic         batch_valid_i,
  output logic              batch_ready_o,
  output logic              read_o,             // its half of the x RAM is free again
  output logic              done_o,             // the colours of a batch lie in out slot 1
  input  wire logic         unloaded_i,         // and have been taken
  // Array.
  output logic              operation_valid_o,
  input  wire logic         operation_ready_i,
  output operation_t        operation_o,
  input  wire event_t       array_read_i,
  input  wire event_t       array_done_i
);
  localparam int unsigned Layer2Words = 2 * HiddenWords;  // of the h RAM: layer 2 from here on
  typedef logic [1:0] count_t;                            // batches, mod 4
  typedef logic [4:0] group_t;

  // Batches whose layer has been issued whole, or whose results are all there.
  count_t issued1_q, issued2_q, issued3_q, done1_q, done2_q;
  group_t group_q, read_q, done_group1_q, done_group2_q;
  logic   slot_busy_q, ready1, ready2, ready3, last, issue, half;
  logic [1:0] layer_q, layer;
  logic   locked_q;

  assign ready3 = issued3_q != done2_q && !slot_busy_q;
  assign ready2 = issued2_q != done1_q && count_t'(issued2_q - issued3_q) < 2'd2;
  assign ready1 = batch_valid_i && count_t'(issued1_q - issued2_q) < 2'd2;
  assign layer  = locked_q ? layer_q : ready3 ? 2'd3 : ready2 ? 2'd2 : 2'd1;
  assign operation_valid_o = locked_q || ready1 || ready2 || ready3;
  assign issue         = operation_valid_o && operation_ready_i;
  assign last          = layer == 2'd3 || group_q == group_t'(HiddenWords - 1);
  assign batch_ready_o = issue && last && layer == 2'd1;

  always_comb begin
    operation_o = '0;
    operation_o.kind = KindNetwork;
    half = layer == 2'd1 ? issued1_q[0] : layer == 2'd2 ? issued2_q[0] : issued3_q[0];
    unique case (layer)
      2'd1: begin
        operation_o.relu        = 1'b1;
        operation_o.source      = half ? 10'(InputWords) : '0;
        operation_o.beats       = 13'(NetworkInputs);
        operation_o.weight_base = 16'(Layer1Weights) + 16'(group_q) * 16'(NetworkInputs);
        operation_o.quant_base  = 12'(Layer1Quant) + 12'(group_q) * 12'(Lanes);
        operation_o.destination = '{to_h: 1'b1, word: (half ? 6'(HiddenWords) : '0) + 6'(group_q)};
      end
      2'd2: begin
        operation_o.relu        = 1'b1;
        operation_o.source_h    = 1'b1;
        operation_o.source      = half ? 10'(HiddenWords) : '0;
        operation_o.beats       = 13'(Hidden);
        operation_o.weight_base = 16'(Layer2Weights) + 16'(group_q) * 16'(Hidden);
        operation_o.quant_base  = 12'(Layer2Quant) + 12'(group_q) * 12'(Lanes);
        operation_o.destination = '{to_h: 1'b1, word: 6'(Layer2Words) + (half ? 6'(HiddenWords) : '0) + 6'(group_q)};
      end
      default: begin
        operation_o.reduce      = 1'b1;
        operation_o.source_h    = 1'b1;
        operation_o.source      = 10'(Layer2Words) + (half ? 10'(HiddenWords) : '0);
        operation_o.beats       = 13'(ReduceOutputs * HiddenWords);
        operation_o.chunks      = 5'(HiddenWords);
        operation_o.weight_base = 16'(Layer3Weights);
        operation_o.quant_base  = 12'(Layer3Quant);
        operation_o.destination = '{to_h: 1'b0, word: 6'd1};
      end
    endcase
  end

  // What the array has read and written, counted by layer.
  logic read1, done1, done2;
  assign read1  = array_read_i.valid && array_read_i.kind == KindNetwork && array_read_i.destination.to_h &&
                  array_read_i.destination.word < 6'(Layer2Words);
  assign done1  = array_done_i.valid && array_done_i.kind == KindNetwork && array_done_i.destination.to_h &&
                  array_done_i.destination.word < 6'(Layer2Words);
  assign done2  = array_done_i.valid && array_done_i.kind == KindNetwork && array_done_i.destination.to_h &&
                  array_done_i.destination.word >= 6'(Layer2Words);
  assign done_o = array_done_i.valid && array_done_i.kind == KindNetwork && !array_done_i.destination.to_h;
  assign read_o = read1 && read_q == group_t'(HiddenWords - 1);

  function automatic group_t next_group(input group_t group);
    return group == group_t'(HiddenWords - 1) ? '0 : group + 1'b1;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {issued1_q, issued2_q, issued3_q, done1_q, done2_q} <= '0;
      {group_q, read_q, done_group1_q, done_group2_q}     <= '0;
      slot_busy_q <= 1'b0;
      locked_q    <= 1'b0;
    end else begin
      // A layer that has been offered stays, also while it is not taken.
      locked_q <= operation_valid_o && !(issue && last);
      if (issue) group_q <= last ? '0 : group_q + 1'b1;
      if (issue && last) begin
        unique case (layer)
          2'd1:    issued1_q <= issued1_q + 1'b1;
          2'd2:    issued2_q <= issued2_q + 1'b1;
          default: issued3_q <= issued3_q + 1'b1;
        endcase
      end
      if (read1) read_q <= next_group(read_q);
      if (done1) done_group1_q <= next_group(done_group1_q);
      if (done2) done_group2_q <= next_group(done_group2_q);
      if (done1 && done_group1_q == group_t'(HiddenWords - 1)) done1_q <= done1_q + 1'b1;
      if (done2 && done_group2_q == group_t'(HiddenWords - 1)) done2_q <= done2_q + 1'b1;
      if (issue && layer == 2'd3) slot_busy_q <= 1'b1;
      else if (unloaded_i) slot_busy_q <= 1'b0;
    end
    layer_q <= layer;
  end

  logic unused_bits;
  assign unused_bits = ^{array_read_i, array_done_i};
endmodule

`default_nettype wire
