// SPDX-License-Identifier: Apache-2.0
// What ATTEND keeps of the array's rows (docs/attention.md, 5 and 5.1): takes the raw results of the array, shows
// scores to the lanes and O to sac_attend_output two cycles after they ask, keeps the shifts that lanes write. Row r
// belongs to lane r mod AttendLanes. A sum is in O, where it can be read from, AddLatency cycles after it came.
`default_nettype none

module sac_attend_rows
  import sac_config_pkg::*;
  import sac_attend_pkg::*;
  import sac_dot_pkg::raw_t, sac_dot_pkg::AccumulatorWidth, sac_dot_pkg::ScoresWidth, sac_dot_pkg::LanesLog2;
  import sac_dot_pkg::RowWidth;
(
  input  wire logic                                    clk_i,
  input  wire logic                                    rst_ni,
  input  wire logic                                    k_segments_i,
  // Array.
  input  wire raw_t                                    score_event_i,
  input  wire logic [ScoresWidth-1:0]                  score_i,
  input  wire raw_t                                    sum_event_i,
  input  wire logic [Rows*AccumulatorWidth-1:0]        sum_i,
  // Lanes.
  input  wire score_read_t [AttendLanes-1:0]           score_read_i,
  output logic [AttendLanes-1:0][ScoreWidth-1:0]       score_o,
  input  wire rescale_t [AttendLanes-1:0]              rescale_i,
  // Output.
  input  wire sum_read_t                               sum_read_i,
  output logic [OutputLanes*OutputWidth-1:0]           sum_o
);
  // Place in the score RAM, in O.
  function automatic logic [ScoreAddressWidth-1:0] score_address(input step_number_t step, input logic [KeyWidth-1:0] key);
    return ScoreAddressWidth'(32'(step) * ScoreWords + 32'(key) / Segments);
  endfunction
  function automatic logic [Segments-1:0] score_bank(input logic [KeyWidth-1:0] key);
    return Segments'(1) << (32'(key) % Segments);
  endfunction
  function automatic logic [OAddressWidth-1:0] o_address(input logic [2:0] sub, input logic [GroupWidth-1:0] group,
                                                         input logic [LanesLog2-1:0] index);
    return OAddressWidth'((32'(sub) * HeadChunks + 32'(group)) * Lanes + 32'(index));
  endfunction

  // Scores of a step come key by key, or two by two, sums of an operation lane by lane.
  attend_tag_t          score_tag, sum_tag;
  logic [KeyWidth-1:0]  key_q;
  logic [LanesLog2-1:0] index_q;
  logic                 segmented;
  logic [Segments-1:0]  score_write;
  assign segmented   = Segments == 2 && k_segments_i;
  assign score_write = {Segments{score_event_i.valid}} & (segmented ? '1 : score_bank(key_q));
  assign score_tag = score_event_i.tag[$bits(attend_tag_t)-1:0];
  assign sum_tag   = sum_event_i.tag[$bits(attend_tag_t)-1:0];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      key_q   <= '0;
      index_q <= '0;
    end else begin
      if (score_event_i.valid) key_q <= score_event_i.last ? '0 : key_q + (segmented ? KeyWidth'(2) : KeyWidth'(1));
      if (sum_event_i.valid) index_q <= sum_event_i.last ? '0 : index_q + 1'b1;
    end
  end

  // The addition of a sum: bit c-1, or entry c-1, is at cycle c of the rows.
  logic [4:0]               add_q;
  attend_tag_t              add_tag_q;
  logic [4:0]               add_block_q;
  logic [OAddressWidth-1:0] address, address_q [5];
  assign address = o_address(sum_tag.sub, sum_tag.group, index_q);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) add_q <= '0;
    else add_q <= {add_q[3:0], sum_event_i.valid};
  end
  always_ff @(posedge clk_i) begin
    add_tag_q    <= sum_tag;
    add_block_q  <= {add_block_q[3:0], sum_tag.block};
    address_q[0] <= address;
    for (int i = 1; i < 5; i++) address_q[i] <= address_q[i-1];
  end

  logic [1:0]                    add_read, add_write;
  logic [1:0][OAddressWidth-1:0] read_address;
  logic [OAddressWidth-1:0]      output_address;
  logic [GroupWidth-1:0]         output_group;
  if (HeadChunks > 1) begin : gen_group
    assign output_group = GroupWidth'(sum_read_i.element >> LanesLog2);
  end else begin : gen_no_group
    assign output_group = '0;
  end
  assign output_address = o_address(sum_read_i.sub, output_group, sum_read_i.element[LanesLog2-1:0]);
  assign add_read       = sum_event_i.valid ? {sum_tag.block, !sum_tag.block} : 2'b00;
  assign add_write      = add_q[4] ? {add_block_q[4], !add_block_q[4]} : 2'b00;
  for (genvar b = 0; b < 2; b++) begin : gen_address
    assign read_address[b] = add_read[b] ? address : output_address;
  end

  logic [AttendLanes-1:0][ScoreAddressWidth-1:0] lane_address;
  logic [AttendLanes-1:0][Segments-1:0]          lane_bank;
  for (genvar l = 0; l < int'(AttendLanes); l++) begin : gen_lane_address
    assign lane_address[l] = score_address(score_read_i[l].step, score_read_i[l].key);
    assign lane_bank[l]    = score_bank(score_read_i[l].key);
  end

  logic [Rows-1:0][ScoreWidth-1:0]  row_score;
  logic [Rows-1:0][OutputLanes*OutputWidth-1:0] row_sum;
  for (genvar r = 0; r < int'(Rows); r++) begin : gen_row
    localparam int unsigned Lane = r % AttendLanes;
    localparam int unsigned Number = r / AttendLanes;
    logic output_en;
    logic [Segments-1:0][ScoreWidth-1:0] scores;
    for (genvar b = 0; b < int'(Segments); b++) begin : gen_bank
      assign scores[b] = score_i[(r*int'(Segments)+(segmented ? b : 0))*int'(AccumulatorWidth) +: AccumulatorWidth];
    end
    assign output_en = sum_read_i.valid && sum_read_i.row == RowWidth'(r);
    sac_attend_row u_row (
      .clk_i,
      .score_write_en_i(score_write), .score_write_address_i(score_address(score_tag.step, key_q)), .score_i(scores),
      .score_read_en_i(score_read_i[Lane].valid && score_read_i[Lane].row == LaneRowWidth'(Number) ? lane_bank[Lane] : '0),
      .score_read_address_i(lane_address[Lane]), .score_o(row_score[r]),
      .rescale_en_i(rescale_i[Lane].valid && rescale_i[Lane].row == LaneRowWidth'(Number)),
      .rescale_step_i(rescale_i[Lane].step), .rescale_shift_i(rescale_i[Lane].shift),
      .read_en_i(add_read | (output_en ? {sum_read_i.block, !sum_read_i.block} : 2'b00)),
      .read_address_i(read_address), .output_en_i(output_en), .output_block_i(sum_read_i.block), .sum_o(row_sum[r]),
      .sum_i(sum_i[r*int'(AccumulatorWidth) +: AccumulatorWidth]),
      .add_block_i(add_block_q[0]), .add_step_i(add_tag_q.step), .add_first_i(add_tag_q.first_of_context),
      .write_en_i(add_write), .write_address_i(address_q[4])
    );
  end

  // One row of a lane answers, all others with zero.
  for (genvar l = 0; l < int'(AttendLanes); l++) begin : gen_score
    logic [ScoreWidth-1:0] score;
    always_comb begin
      score = '0;
      for (int r = l; r < int'(Rows); r += int'(AttendLanes)) score |= row_score[r];
    end
    always_ff @(posedge clk_i) score_o[l] <= score;
  end
  logic [OutputLanes*OutputWidth-1:0] sum;
  always_comb begin
    sum = '0;
    for (int r = 0; r < int'(Rows); r++) sum |= row_sum[r];
  end
  always_ff @(posedge clk_i) sum_o <= sum;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && sum_event_i.valid && sum_read_i.valid)
      assert (sum_read_i.block != sum_tag.block) else $error("sac_attend_rows: O is read while sums are added to it");
  end
`endif

  logic unused_bits;
  assign unused_bits = ^{score_event_i, sum_event_i, score_tag, sum_tag, add_tag_q, sum_read_i};
endmodule

`default_nettype wire
