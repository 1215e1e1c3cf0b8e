// SPDX-License-Identifier: Apache-2.0
// The colour network on the array for one batch (docs/architecture.md, section 5): layer 1 and 2 as operations of one
// word of outputs each, layer 3 as one reduction; a layer starts when all results of the one before it are there.
`default_nettype none

module sac_network
  import sac_dot_pkg::*, sac_config_pkg::Lanes;
(
  input  wire logic         clk_i,
  input  wire logic         rst_ni,
  input  wire logic         start_i,
  input  wire logic         half_i,             // which half of the x RAM holds the batch
  output logic              done_o,             // colours lie in out slot 1
  output logic              operation_valid_o,
  input  wire logic         operation_ready_i,
  output operation_t        operation_o,
  input  wire event_t       array_done_i
);
  localparam int unsigned Layer2Words = 2 * HiddenWords;  // of the h RAM
  typedef enum logic [1:0] {StIdle, StIssue, StDrain} state_e;

  state_e     state_q;
  logic [1:0] layer_q;
  logic [4:0] group_q, open_q, last_group;
  logic       half_q, issue, arrive;

  assign last_group = layer_q == 2'd2 ? '0 : 5'(HiddenWords - 1);
  assign operation_valid_o = state_q == StIssue;
  assign issue  = operation_valid_o && operation_ready_i;
  assign arrive = array_done_i.valid && array_done_i.kind == KindNetwork;

  always_comb begin
    operation_o = '0;
    operation_o.kind = KindNetwork;
    unique case (layer_q)
      2'd0: begin
        operation_o.relu        = 1'b1;
        operation_o.source      = half_q ? 10'(InputWords) : '0;
        operation_o.beats       = 13'(NetworkInputs);
        operation_o.weight_base = 16'(Layer1Weights) + 16'(group_q) * 16'(NetworkInputs);
        operation_o.quant_base  = 12'(Layer1Quant) + 12'(group_q) * 12'(Lanes);
        operation_o.destination = '{to_h: 1'b1, word: 6'(group_q)};
      end
      2'd1: begin
        operation_o.relu        = 1'b1;
        operation_o.source_h    = 1'b1;
        operation_o.beats       = 13'(Hidden);
        operation_o.weight_base = 16'(Layer2Weights) + 16'(group_q) * 16'(Hidden);
        operation_o.quant_base  = 12'(Layer2Quant) + 12'(group_q) * 12'(Lanes);
        operation_o.destination = '{to_h: 1'b1, word: 6'(Layer2Words) + 6'(group_q)};
      end
      default: begin
        operation_o.reduce      = 1'b1;
        operation_o.source_h    = 1'b1;
        operation_o.source      = 10'(Layer2Words);
        operation_o.beats       = 13'(ReduceOutputs * HiddenWords);
        operation_o.chunks      = 5'(HiddenWords);
        operation_o.weight_base = 16'(Layer3Weights);
        operation_o.quant_base  = 12'(Layer3Quant);
        operation_o.destination = '{to_h: 1'b0, word: 6'd1};
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o  <= 1'b0;
    end else begin
      done_o <= 1'b0;
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StIssue;
        StIssue: if (issue && group_q == last_group) state_q <= StDrain;
        StDrain: if (open_q == '0) begin
          state_q <= layer_q == 2'd2 ? StIdle : StIssue;
          done_o  <= layer_q == 2'd2;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      layer_q <= '0;
      half_q  <= half_i;
      open_q  <= '0;
    end else begin
      open_q <= open_q + 5'(issue) - 5'(arrive);
    end
    if (state_q != StIssue) group_q <= '0;
    else if (issue) group_q <= group_q + 5'd1;
    if (state_q == StDrain && open_q == '0) layer_q <= layer_q + 2'd1;
  end

  logic unused;
  assign unused = ^array_done_i.destination;
endmodule

`default_nettype wire
