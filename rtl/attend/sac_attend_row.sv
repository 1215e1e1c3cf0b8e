// SPDX-License-Identifier: Apache-2.0
// What ATTEND keeps of one row of the array (docs/attention.md, section 5): scores of StepBuffers steps, running outputs O of
// the contexts of two blocks, the shifts of as many steps. O = round_up(O, shift) + round_up(sum, 8): a sum a cycle; for the
// output OutputLanes elements a cycle.
// sac_attend_rows runs all rows in lockstep; its control arrives at the cycle named here, cycle 0 bringing a sum.
// A sum may come for the same element again from cycle 6 on.
`default_nettype none

module sac_attend_row
  import sac_config_pkg::*;
  import sac_attend_pkg::*;
(
  input  wire logic                         clk_i,
  input  wire logic [Segments-1:0]          score_write_en_i,    // of each bank
  input  wire logic [ScoreAddressWidth-1:0] score_write_address_i,
  input  wire logic [Segments-1:0][ScoreWidth-1:0] score_i,
  input  wire logic [Segments-1:0]          score_read_en_i,     // of one bank at most
  input  wire logic [ScoreAddressWidth-1:0] score_read_address_i,
  output logic [ScoreWidth-1:0]             score_o,            // a cycle later; zero unless score_read_en_i
  input  wire logic                         rescale_en_i,
  input  wire step_number_t                 rescale_step_i,
  input  wire logic [RescaleWidth-1:0]      rescale_shift_i,
  input  wire logic [1:0]                   read_en_i,          // cycle 0, or a read of sum_o; bit: the block's parity
  input  wire logic [2*OAddressWidth-1:0]   read_address_i,     // of parity 1 above that of 0
  input  wire logic                         output_en_i,        // sum_o is read for the output ..
  input  wire logic                         output_block_i,     // .. from this parity
  output logic [OutputLanes*OutputWidth-1:0] sum_o,             // a cycle later; zero unless output_en_i
  input  wire logic [ScoreWidth-1:0]        sum_i,              // cycle 0
  input  wire logic                         add_block_i,        // cycle 1
  input  wire step_number_t                 add_step_i,
  input  wire logic                         add_first_i,        // O begins at zero
  input  wire logic [1:0]                   write_en_i,         // cycle 5
  input  wire logic [OAddressWidth-1:0]     write_address_i
);
  /*verilator hier_block*/
  typedef logic signed [OutputWidth-1:0] output_t;
  typedef logic signed [OutputWidth:0]   guarded_t;             // below it a place for the first bit that a shift drops
  typedef logic signed [32:0]            part_t;

  logic [Segments-1:0]                 score_en_q;
  logic [Segments-1:0][ScoreWidth-1:0] score_read;
  for (genvar b = 0; b < int'(Segments); b++) begin : gen_score
    sac_ram #(.Width(ScoreWidth), .Words(StepBuffers * ScoreWords)) u_score (
      .clk_i, .write_en_i(score_write_en_i[b]), .write_address_i(score_write_address_i), .write_data_i(score_i[b]),
      .read_en_i(score_read_en_i[b]), .read_address_i(score_read_address_i), .read_data_o(score_read[b])
    );
  end
  always_ff @(posedge clk_i) score_en_q <= score_read_en_i;
  always_comb begin
    score_o = '0;
    for (int b = 0; b < int'(Segments); b++) if (score_en_q[b]) score_o |= score_read[b];
  end

  logic [RescaleWidth-1:0] shift_q [StepBuffers];
  always_ff @(posedge clk_i) begin
    if (rescale_en_i) shift_q[rescale_step_i] <= rescale_shift_i;
  end

  // O by parity of blocks: one is read for the output while sums are added to the other. A sum needs one of its banks.
  localparam int unsigned BankAddressWidth = OAddressWidth - OutputLanesLog2;
  typedef logic [OAddressWidth-1:0] address_t;
  function automatic logic in_bank(input address_t address, input int bank);
    return (32'(address) & (OutputLanes - 1)) == 32'(bank);
  endfunction
  output_t                             o_q5;
  logic [OutputLanes*OutputWidth-1:0]  word [2];
  logic [OutputWidth-1:0]              o_read [2];
  logic                                output_en_q, output_block_q;
  for (genvar b = 0; b < 2; b++) begin : gen_block
    address_t read_address, read_address_q;
    logic     output_read;
    assign read_address = read_address_i[b*int'(OAddressWidth) +: OAddressWidth];
    assign output_read  = output_en_i && output_block_i == 1'(b);
    for (genvar n = 0; n < int'(OutputLanes); n++) begin : gen_bank
      sac_ram #(.Width(OutputWidth), .Words(QueryBlocks * HeadDim / OutputLanes)) u_o (
        .clk_i, .write_en_i(write_en_i[b] && in_bank(write_address_i, n)),
        .write_address_i(write_address_i[OAddressWidth-1 -: BankAddressWidth]), .write_data_i(o_q5),
        .read_en_i(read_en_i[b] && (output_read || in_bank(read_address, n))),
        .read_address_i(read_address[OAddressWidth-1 -: BankAddressWidth]),
        .read_data_o(word[b][n*int'(OutputWidth) +: OutputWidth])
      );
    end
    always_ff @(posedge clk_i) read_address_q <= read_address;
    always_comb begin
      o_read[b] = '0;
      for (int n = 0; n < int'(OutputLanes); n++)
        if (in_bank(read_address_q, n)) o_read[b] = word[b][n*int'(OutputWidth) +: OutputWidth];
    end
  end
  always_ff @(posedge clk_i) begin
    output_en_q    <= output_en_i;
    output_block_q <= output_block_i;
  end
  assign sum_o = output_en_q ? word[output_block_q] : '0;

  // 1: the old O comes beside the sum. 2: shift by eights. 3: the rest. 4: add; a dropped half (guard bit) rounds up.
  logic signed [ScoreWidth-1:0] sum_q1;
  output_t                 o_q2;
  part_t                   part_q2, part_q3, part_q4;
  logic [RescaleWidth-1:0] shift_q2;
  logic [2:0]              shift_q3;
  guarded_t                guarded, coarse_q3, fine_q4;
  assign guarded = {o_q2, 1'b0};
  always_ff @(posedge clk_i) begin
    sum_q1    <= sum_i;
    o_q2      <= add_first_i ? '0 : o_read[add_block_i];
    shift_q2  <= shift_q[add_step_i];
    part_q2   <= 33'(sum_q1 >>> 8) + 33'($signed({1'b0, sum_q1[7]}));
    coarse_q3 <= guarded >>> {shift_q2[5:3], 3'b000};
    shift_q3  <= shift_q2[2:0];
    part_q3   <= part_q2;
    fine_q4   <= coarse_q3 >>> shift_q3;
    part_q4   <= part_q3;
    o_q5      <= $signed(fine_q4[OutputWidth:1]) + 44'($signed({1'b0, fine_q4[0]})) + 44'(part_q4);
  end
endmodule

`default_nettype wire
