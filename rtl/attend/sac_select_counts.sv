// SPDX-License-Identifier: Apache-2.0
// The 256 counts of SELECT: a value a cycle is added, and told how many its bin held before. Between passes either the
// bin is found that holds the `need`-th largest value, or every count gives way to the sum of those below it; both
// look at a bin a cycle, and pass 16 that no value has met in one.
`default_nettype none

module sac_select_counts #(
  localparam int unsigned Bins = 256,
  localparam int unsigned BinWidth = $clog2(Bins),
  localparam int unsigned CountWidth = 21
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  clear_i,     // all counts are zero
  // Values: the count of the one taken last is there while before_valid_o, until advance_i.
  input  wire logic                  add_valid_i, // with advance_i
  input  wire logic [BinWidth-1:0]   add_bin_i,
  input  wire logic                  advance_i,
  output logic                       before_valid_o,
  output logic [CountWidth-1:0]      before_o,
  // Scans, when no value is under way.
  input  wire logic                  find_i,
  input  wire logic [CountWidth-1:0] need_i,      // with find_i
  input  wire logic                  sum_i,
  output logic                       done_o,      // a pulse; what follows counts with it
  output logic [BinWidth-1:0]        bin_o,
  output logic [CountWidth-1:0]      need_o       // what is needed of this bin
);
  localparam logic [BinWidth-1:0] LastBin = BinWidth'(Bins - 1);
  localparam int unsigned Group = 16;
  localparam int unsigned GroupWidth = $clog2(Group);

  logic                  finding_q, summing_q, scanning, issue, step, valid_q, forward_q, write, found, sum_end;
  logic                  skip, end_q;
  logic [BinWidth-1:0]   scan_bin_q, issue_bin, bin_q;
  logic [CountWidth-1:0] read, count, written_q, write_data, need_q, sum_q;
  logic [Bins-1:0]       touched_q;   // the RAM holds the bin's count: it is zero else

  // First stage: which bin. Second stage: its count, and what becomes of it.
  assign scanning  = finding_q || summing_q;
  assign step      = scanning || advance_i;
  assign issue     = scanning || add_valid_i;
  assign issue_bin = scanning ? scan_bin_q : add_bin_i;
  // A count that is being written is taken from the write.
  assign count      = forward_q ? written_q : touched_q[bin_q] ? read : '0;
  assign found      = finding_q && valid_q && count >= need_q;
  assign sum_end    = summing_q && valid_q && end_q;
  assign write      = valid_q && step && !finding_q;
  assign write_data = summing_q ? sum_q : count + 1'b1;
  assign before_valid_o = valid_q && !scanning;
  assign before_o       = count;

  sac_ram #(.Width(CountWidth), .Words(Bins)) u_ram (
    .clk_i, .write_en_i(write), .write_address_i(bin_q), .write_data_i(write_data),
    .read_en_i(issue && step && !(write && bin_q == issue_bin)), .read_address_i(issue_bin), .read_data_o(read)
  );

  // Bins of the scan: of a group without a count only the first one that it comes to.
  logic [BinWidth-1:0] scan_next;
  assign skip = Group'(touched_q >> {scan_bin_q[BinWidth-1:GroupWidth], GroupWidth'(0)}) == '0;
  always_comb begin
    scan_next = finding_q ? scan_bin_q - 1'b1 : scan_bin_q + 1'b1;
    if (skip) begin
      scan_next[GroupWidth-1:0] = finding_q ? '1 : '0;
      scan_next[BinWidth-1:GroupWidth] = finding_q ? scan_bin_q[BinWidth-1:GroupWidth] - 1'b1
                                                   : scan_bin_q[BinWidth-1:GroupWidth] + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      finding_q <= 1'b0;
      summing_q <= 1'b0;
      valid_q   <= 1'b0;
      done_o    <= 1'b0;
    end else begin
      if (find_i) finding_q <= 1'b1;
      else if (found) finding_q <= 1'b0;
      if (sum_i) summing_q <= 1'b1;
      else if (sum_end) summing_q <= 1'b0;
      if (found || sum_end) valid_q <= 1'b0;
      else if (step) valid_q <= issue;
      done_o <= found || sum_end;
    end
    if (step) begin
      bin_q     <= issue_bin;
      forward_q <= write && bin_q == issue_bin;
      written_q <= write_data;
    end
    if (find_i) scan_bin_q <= LastBin;
    else if (sum_i) scan_bin_q <= '0;
    else scan_bin_q <= scan_next;
    end_q <= scan_bin_q == LastBin || (skip && scan_bin_q[BinWidth-1:GroupWidth] == '1);

    if (find_i) need_q <= need_i;
    else if (finding_q && valid_q && !found) need_q <= need_q - count;
    if (sum_i) sum_q <= '0;
    else if (summing_q && valid_q) sum_q <= sum_q + count;
    if (found) bin_o <= bin_q;
    if (clear_i) touched_q <= '0;
    else if (write) touched_q[bin_q] <= 1'b1;
  end
  assign need_o = need_q;
endmodule

`default_nettype wire
