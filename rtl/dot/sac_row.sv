// SPDX-License-Identifier: Apache-2.0
// One row of the array, datapath only: operand RAMs, `Lanes` multipliers 17 x 9, 40-bit accumulators with a shadow,
// the adder tree of the reduce mode, one requantiser, and the assembly of result words. A segmented beat works at two
// keys, each in half the lanes (sac_dot_pkg). Sums also leave as they are
// (docs/attention.md, section 5): `sum_o` at drain_en_i, `score_o` a cycle after sum_last. sac_array runs all rows in
// lockstep; its control arrives at the cycle named here, cycle 0 reading the operand word of a beat.
`default_nettype none

module sac_row
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
(
  input  wire logic                     clk_i,
  input  wire logic                     x_write_en_i,
  input  wire logic [XAddressWidth-1:0] x_write_address_i,
  input  wire logic [WordWidth-1:0]     x_write_data_i,
  input  wire logic                     x_read_en_i,          // cycle 0
  input  wire logic                     h_read_en_i,
  input  wire logic [XAddressWidth-1:0] x_read_address_i,
  input  wire logic [HAddressWidth-1:0] h_read_address_i,
  input  wire logic                     load_i,               // cycle 1: a word has been read
  input  wire logic                     step_i,               // cycle 1: next element of the word
  input  wire logic                     step_two_i,           // by two elements
  input  wire logic                     source_h_i,
  input  wire logic                     operand_en_i,         // cycle 2
  input  wire logic                     vector_i,             // each lane its own element, else the first for all
  input  wire logic                     segments_i,           // not a vector: the second element for the second segment
  input  wire logic                     x_unsigned_i,
  input  wire logic [Lanes*8-1:0]       weight_i,
  input  wire logic                     weight_unsigned_i,    // low bytes of elements of two beats
  input  wire logic                     product_en_i,         // cycle 3
  input  wire logic                     accumulate_en_i,      // cycle 4
  input  wire logic                     accumulate_first_i,
  input  wire logic                     accumulate_high_i,    // products of high bytes: times 256
  input  wire logic [LanesLog2-1:0]     tree_en_i,            // bit l: cycle 4 + l
  input  wire logic                     tree_segments_i,      // with the last bit: a sum for each segment
  input  wire logic                     sum_en_i,             // cycle 4 + LanesLog2
  input  wire logic                     sum_first_i,
  input  wire logic                     sum_high_i,
  input  wire logic                     sum_stage_i,          // the sum is complete and waits for the drain
  input  wire logic                     copy_i,               // cycle 5: accumulators to shadow
  input  wire logic                     drain_en_i,           // one output into the requantiser
  input  wire logic                     drain_reduce_i,
  input  wire logic                     drain_segments_i,     // sum_o: of both segments
  input  wire logic [31:0]              bias_i,
  input  wire logic [15:0]              multiplier_i,
  input  wire logic [5:0]               shift_i,
  input  wire logic                     assemble_en_i,        // drain + RequantiseLatency
  input  wire logic                     assemble_reduce_i,
  input  wire logic                     relu_i,
  input  wire logic                     h_write_en_i,         // a cycle after the word is complete
  input  wire logic [HAddressWidth-1:0] h_write_address_i,
  input  wire logic [1:0]               out_write_en_i,       // bit = slot
  input  wire logic                     unload_en_i,
  input  wire logic                     unload_slot_i,
  output logic [WordWidth-1:0]          unload_data_o,        // zero unless unload_en_i
  output logic [Segments*AccumulatorWidth-1:0] score_o,
  output logic [AccumulatorWidth-1:0]   sum_o
);
  /*verilator hier_block*/
  typedef logic signed [16:0] operand_t;
  typedef logic signed [8:0]  weight_t;
  typedef logic signed [25:0] product_t;
  typedef logic signed [AccumulatorWidth-1:0] accumulator_t;

  // Operands: an accumulate beat takes the lowest element of a shift register.
  logic [WordWidth-1:0] x_read, h_read, elements_q, word_q;
  sac_ram #(.Width(WordWidth), .Words(XWords)) u_x (
    .clk_i, .write_en_i(x_write_en_i), .write_address_i(x_write_address_i), .write_data_i(x_write_data_i),
    .read_en_i(x_read_en_i), .read_address_i(x_read_address_i), .read_data_o(x_read)
  );
  sac_ram #(.Width(WordWidth), .Words(HWords)) u_h (
    .clk_i, .write_en_i(h_write_en_i), .write_address_i(h_write_address_i), .write_data_i(word_q),
    .read_en_i(h_read_en_i), .read_address_i(h_read_address_i), .read_data_o(h_read)
  );
  always_ff @(posedge clk_i) begin
    if (load_i) elements_q <= source_h_i ? h_read : x_read;
    else if (step_i) elements_q <= step_two_i ? elements_q >> 32 : elements_q >> 16;
  end

  function automatic operand_t extend(input logic [15:0] value, input logic no_sign);
    return {!no_sign && value[15], value};
  endfunction

  operand_t operand_q [Lanes];
  weight_t  weight_q [Lanes];
  product_t product_q [Lanes];
  always_ff @(posedge clk_i) begin
    if (operand_en_i) begin
      for (int i = 0; i < int'(Lanes); i++) begin
        operand_q[i] <= extend(vector_i ? elements_q[i*16 +: 16] :
                               segments_i && i >= int'(SegmentLanes) ? elements_q[31:16] : elements_q[15:0],
                               x_unsigned_i);
        weight_q[i]  <= $signed({!weight_unsigned_i && weight_i[i*8+7], weight_i[i*8 +: 8]});
      end
    end
    if (product_en_i) begin
      for (int i = 0; i < int'(Lanes); i++) product_q[i] <= 26'(operand_q[i]) * 26'(weight_q[i]);
    end
  end

  // Accumulate mode.
  accumulator_t accumulator_q [Lanes];
  accumulator_t shadow_q [Lanes];
  always_ff @(posedge clk_i) begin
    if (accumulate_en_i) begin
      for (int i = 0; i < int'(Lanes); i++)
        accumulator_q[i] <= (accumulate_first_i ? 40'sd0 : accumulator_q[i]) +
                            (accumulate_high_i ? 40'(product_q[i]) <<< 8 : 40'(product_q[i]));
    end
    if (copy_i) begin
      for (int i = 0; i < int'(Lanes); i++) shadow_q[i] <= accumulator_q[i];
    end else if (drain_en_i && !drain_reduce_i) begin
      for (int i = 0; i < int'(Lanes) - 1; i++) shadow_q[i] <= shadow_q[i+1];
    end
  end

  // Reduce mode: a heap of registered sums, node i adds 2i and 2i+1, the products are nodes Lanes and up.
  accumulator_t node_q [Lanes];
  always_ff @(posedge clk_i) begin
    for (int level = 0; level < int'(LanesLog2); level++) begin
      if (tree_en_i[level]) begin
        for (int i = int'(Lanes) >> (level + 1); i < int'(Lanes) >> level; i++) begin
          if (level == 0) node_q[i] <= 40'(product_q[2*i-int'(Lanes)]) + 40'(product_q[2*i-int'(Lanes)+1]);
          else node_q[i] <= node_q[2*i] + (i == 1 && tree_segments_i ? 40'sd0 : node_q[2*i+1]);
        end
      end
    end
  end

  // Finished sums wait in a stage of their own, so that they never need the shadow.
  accumulator_t partial_q, sum;
  accumulator_t stage_q [ReduceOutputs];
  assign sum = (sum_first_i ? 40'sd0 : partial_q) + (sum_high_i ? node_q[1] <<< 8 : node_q[1]);
  always_ff @(posedge clk_i) begin
    if (sum_en_i) partial_q <= sum;
    if (sum_stage_i || (drain_en_i && drain_reduce_i)) begin
      for (int i = 0; i < int'(ReduceOutputs) - 1; i++) stage_q[i] <= stage_q[i+1];
      stage_q[ReduceOutputs-1] <= sum;
    end
  end

  // The second segment's sum, beside that of the first.
  assign score_o[AccumulatorWidth-1:0] = partial_q;
  if (Segments == 2) begin : gen_segment
    accumulator_t second_q, partial_second_q;
    always_ff @(posedge clk_i) begin
      if (tree_en_i[LanesLog2-1]) second_q <= node_q[3];
      if (sum_en_i) partial_second_q <= (sum_first_i ? 40'sd0 : partial_second_q) +
                                        (sum_high_i ? second_q <<< 8 : second_q);
    end
    assign score_o[2*AccumulatorWidth-1 -: AccumulatorWidth] = partial_second_q;
    assign sum_o = shadow_q[0] + (drain_segments_i ? shadow_q[SegmentLanes] : 40'sd0);
  end else begin : gen_no_segment
    logic unused;
    assign unused = drain_segments_i;
    assign sum_o  = shadow_q[0];
  end

  // Drain: one output a cycle, a word shifts together.
  logic [15:0] requantised, result;
  sac_requantise u_requantise (
    .clk_i, .en_i(drain_en_i), .accumulator_i(drain_reduce_i ? stage_q[0] : shadow_q[0]),
    .bias_i, .multiplier_i, .shift_i, .y_o(requantised)
  );
  assign result = (relu_i && requantised[15]) ? 16'd0 : requantised;
  always_ff @(posedge clk_i) begin
    if (assemble_en_i) begin
      if (assemble_reduce_i)
        word_q[ReduceOutputs*16-1:0] <= {result, word_q[ReduceOutputs*16-1:16]};
      else
        word_q <= {result, word_q[WordWidth-1:16]};
    end
  end

  logic [WordWidth-1:0] out_q [2];
  always_ff @(posedge clk_i) begin
    if (out_write_en_i[0]) out_q[0] <= word_q;
    if (out_write_en_i[1]) out_q[1] <= word_q;
  end
  assign unload_data_o = unload_en_i ? out_q[unload_slot_i] : '0;
endmodule

`default_nettype wire
