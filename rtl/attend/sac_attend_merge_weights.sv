// SPDX-License-Identifier: Apache-2.0
// Weights of the states of a row of MERGE from their log-sum-exps (docs/attention.md, section 6): first z and its
// maximum, then w and its sum; the reciprocal of a row runs beside the z of the next one. Weights are kept for two rows
// by turns; whoever sends log-sum-exps of row r + 2 has seen the states of row r pass.
`default_nettype none

module sac_attend_merge_weights
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::*;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire table_word_t    table_word_i,
  input  wire table_control_t table_control_i,
  input  wire logic           start_i,
  input  wire logic [5:0]     states_i,
  input  wire logic           affine_valid_i,  // words of the AFFINE records
  input  wire logic [6:0]     affine_index_i,
  input  wire logic [31:0]    affine_i,
  input  wire logic           log_valid_i,
  output logic                log_ready_o,
  input  wire logic [31:0]    log_i,
  input  wire merge_weight_t  weight_read_i,
  output logic [16:0]         weight_o,        // a cycle later
  output logic                row_valid_o,
  input  wire logic           row_ready_i,
  output merge_row_t          row_o
);
  localparam int unsigned LookupLatency = sac_dot_pkg::LookupLatency;
  localparam int unsigned StatesMax = 64;
  localparam logic [4:0] ShiftAll = 5'd18;     // 65536 / 2^18 is less than a half
  localparam logic [31:0] Empty = 32'h80000000;
  localparam int unsigned SumBits = 23;
  typedef enum logic [1:0] {StTake, StSettle, StWeigh, StHand} state_e;
  state_e state_q;

  logic       take, z_last, w_last, hand, buffer_q;
  logic [5:0] place_q, z_place_q, w_place_q;   // taken or read; written
  assign log_ready_o = state_q == StTake;
  assign take        = log_valid_i && log_ready_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      state_q  <= StTake;
      place_q  <= '0;
      buffer_q <= 1'b0;
    end else begin
      if (take || state_q == StWeigh) place_q <= place_q == states_i - 1'b1 ? '0 : place_q + 1'b1;
      unique case (state_q)
        StTake:   if (take && place_q == states_i - 1'b1) state_q <= StSettle;
        StSettle: if (z_last) state_q <= StWeigh;
        StWeigh:  if (place_q == states_i - 1'b1) state_q <= StHand;
        StHand:   if (hand) state_q <= StTake;
        default:  state_q <= StTake;
      endcase
      if (hand) buffer_q <= !buffer_q;
    end
  end

  // z: 0 read a and b, 1 operands, 2 product, 3 round, 4 sum, 5 write.
  logic [31:0]        a_read, b_read, x_q1;
  logic signed [31:0] a_q2, b_q2, b_q3, b_q4, x_q2, z_q5, maximum_q;
  logic signed [63:0] product_q3;
  logic signed [48:0] rounded_q4, sum;
  logic               none_q3, none_q4, none_q5, any_q;
  logic [5:1]         z_valid_q;
  for (genvar i = 0; i < 2; i++) begin : gen_affine
    logic [31:0] read_data;
    sac_ram #(.Width(32), .Words(StatesMax)) u_ram (
      .clk_i, .write_en_i(affine_valid_i && affine_index_i[0] == 1'(i)), .write_address_i(affine_index_i[6:1]),
      .write_data_i(affine_i), .read_en_i(take), .read_address_i(place_q), .read_data_o(read_data)
    );
  end
  assign a_read = gen_affine[0].read_data;
  assign b_read = gen_affine[1].read_data;
  assign sum    = rounded_q4 + 49'(b_q4);
  assign z_last = z_valid_q[5] && z_place_q == states_i - 1'b1;
  always_ff @(posedge clk_i) begin
    x_q1       <= log_i;
    a_q2       <= a_read;
    b_q2       <= b_read;
    x_q2       <= x_q1;
    product_q3 <= 64'(a_q2) * 64'(x_q2);
    b_q3       <= b_q2;
    none_q3    <= x_q2 == Empty;
    rounded_q4 <= 49'($signed(product_q3[63:16])) + 49'(product_q3[15] && (product_q3[16] || (|product_q3[14:0])));
    b_q4       <= b_q3;
    none_q4    <= none_q3;
    if (sum > 49'sh7fffffff) z_q5 <= 32'sh7fffffff;
    else if (sum < -49'sh80000000) z_q5 <= 32'sh80000000;
    else z_q5 <= sum[31:0];
    none_q5 <= none_q4;
    if (!rst_ni || start_i || hand) any_q <= 1'b0;
    else if (z_valid_q[5] && !none_q5) any_q <= 1'b1;
    if (z_valid_q[5] && !none_q5 && (!any_q || z_q5 > maximum_q)) maximum_q <= z_q5;
    z_valid_q <= rst_ni ? {z_valid_q[4:1], take} : '0;
    if (!rst_ni || start_i || z_last) z_place_q <= '0;
    else if (z_valid_q[5]) z_place_q <= z_place_q + 1'b1;
  end

  // w: 0 read z, 1 subtract, 2 table, 10 shift, 11 write.
  logic               none_read, power_valid, w_end_q;
  logic signed [31:0] z_read;
  logic [32:0]        t_q2;
  logic               none_q2;
  logic [4:0]         shift, shift_q [LookupLatency+1];
  logic signed [39:0] power;
  logic [16:0]        power_q10, weight_q11;
  logic [17:0]        shifted;
  logic [2:1]         read_q;
  logic [11:10]       w_valid_q;
  logic [SumBits-1:0] sum_q;
  sac_ram #(.Width(33), .Words(StatesMax)) u_z (
    .clk_i, .write_en_i(z_valid_q[5]), .write_address_i(z_place_q), .write_data_i({none_q5, z_q5}),
    .read_en_i(state_q == StWeigh), .read_address_i(place_q), .read_data_o({none_read, z_read})
  );
  assign shift = none_q2 || t_q2[32:16] > 17'(ShiftAll) ? ShiftAll : t_q2[20:16];
  sac_lookup #(.Target(sac_spec_pkg::TARGET_POWER), .InputWidth(17)) u_power (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(read_q[2]), .x_i({1'b0, t_q2[15:0]}),
    .valid_o(power_valid), .y_o(power)
  );
  assign shifted = {power_q10, 1'b0} >> shift_q[LookupLatency];
  assign w_last  = w_valid_q[11] && w_place_q == states_i - 1'b1;
  always_ff @(posedge clk_i) begin
    read_q     <= rst_ni ? {read_q[1], state_q == StWeigh} : '0;
    t_q2       <= 33'(maximum_q) - 33'(z_read);
    none_q2    <= none_read;
    shift_q[0] <= shift;
    for (int i = 1; i <= int'(LookupLatency); i++) shift_q[i] <= shift_q[i-1];
    power_q10  <= power[16:0];
    weight_q11 <= shifted[17:1] + 17'(shifted[0]);
    w_valid_q  <= rst_ni ? {w_valid_q[10], power_valid} : '0;
    if (!rst_ni || start_i || w_last) w_place_q <= '0;
    else if (w_valid_q[11]) w_place_q <= w_place_q + 1'b1;
    if (!rst_ni || start_i || hand) sum_q <= '0;
    else if (w_valid_q[11]) sum_q <= sum_q + SumBits'(weight_q11);
    if (!rst_ni || start_i || hand) w_end_q <= 1'b0;
    else if (w_last) w_end_q <= 1'b1;
  end
  sac_ram #(.Width(17), .Words(2 * StatesMax)) u_weights (
    .clk_i, .write_en_i(w_valid_q[11]), .write_address_i({buffer_q, w_place_q}), .write_data_i(weight_q11),
    .read_en_i(weight_read_i.valid), .read_address_i({weight_read_i.buffer, weight_read_i.state}),
    .read_data_o(weight_o)
  );

  // The reciprocal, held until the row is taken. Its shift is for sums with 8 bits less.
  logic               dividing_q, held_q, divide_busy, divide_done, none_q;
  logic signed [31:0] base_q;
  logic signed [32:0] lse;
  logic [31:0]        log;
  logic [17:0]        multiplier;
  logic [5:0]         divide_shift;
  assign hand = state_q == StHand && w_end_q && !dividing_q && !held_q;
  sac_attend_reciprocal u_reciprocal (
    .clk_i, .rst_ni, .table_word_i, .table_control_i, .linear_i(1'b0), .output_shift_i('0), .start_i(hand),
    .state_i('{none: 1'b0, maximum: '0, sum: SumWidth'(sum_q)}), .busy_o(divide_busy), .done_o(divide_done),
    .multiplier_o(multiplier), .shift_o(divide_shift), .lse_o(log)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      dividing_q <= 1'b0;
      held_q     <= 1'b0;
    end else begin
      if (hand) dividing_q <= 1'b1;
      else if (divide_done) dividing_q <= 1'b0;
      if (divide_done) held_q <= 1'b1;
      else if (row_ready_i) held_q <= 1'b0;
    end
    if (hand) begin
      base_q <= maximum_q;
      none_q <= !any_q;
    end
  end
  assign lse         = 33'(base_q) + 33'($signed(log));
  assign row_valid_o = held_q;
  always_comb begin
    row_o = '{multiplier: multiplier, shift: divide_shift + 6'd8, lse: lse[31:0]};
    if (none_q) row_o.lse = Empty;
    else if (lse[32] != lse[31]) row_o.lse = lse[32] ? 32'h80000000 : 32'h7fffffff;
  end

  logic unused;
  assign unused = ^{power[39:17], divide_busy};
endmodule

`default_nettype wire
