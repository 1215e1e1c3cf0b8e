// SPDX-License-Identifier: Apache-2.0
// Direct-mapped cache of encoded blocks: line = the `Sub` consecutive blocks of one texel block, at most
// Sub * BlockBytes bytes, as they lie in memory. The owner knows the line of a block (docs/architecture.md, 6).
// Tags, directory information of a line (Sub times offset in words, whether its list is long, and mode) and bytes are
// three memories:
// - look-up: pulse with line and block, steady until the answer; two cycles later `hit_o` and `row_o` (held until the
//   next look-up). `allocate_i` then gives the line to that block;
// - information: written at any time, read one cycle after `info_read_i`;
// - fill: beat `fill_beat_i` of the line that starts at row `fill_row_i`;
// - window: `Banks` words from any word of a line on, ReadLatency cycles after `read_valid_i`; words past the end of
//   the line are undefined.
// `invalidate_i` empties the cache in Lines cycles (`busy_o`), and so does reset.
`default_nettype none

module sac_cache import sac_sparse_pkg::*; #(
  parameter int unsigned Sub        = 1,
  parameter int unsigned Lines      = 16,
  parameter int unsigned BlockBytes = 512,
  parameter int unsigned DataWidth  = 64,
  parameter int unsigned Banks      = 2,   // 2, 4, 8 or 16; DataWidth / 32 or more
  localparam int unsigned LineWords = line_words(Sub, BlockBytes),
  localparam int unsigned LineRows  = line_rows(LineWords, Banks),
  localparam int unsigned WordWidth = word_width(LineWords),
  localparam int unsigned LineWidth = $clog2(Lines),
  localparam int unsigned RowWidth  = $clog2(Lines * LineRows),
  localparam int unsigned BeatWidth = $clog2(LineWords * 32 / DataWidth + 2),
  localparam int unsigned InfoWidth = info_width(Sub, WordWidth)
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  invalidate_i,
  output logic                       busy_o,
  // Look-up.
  input  wire logic                  lookup_i,
  input  wire logic [LineWidth-1:0]  line_i,
  input  wire logic [1:0]            plane_i,
  input  wire logic [6:0]            block_u_i,
  input  wire logic [6:0]            block_v_i,
  output logic                       hit_o,
  output logic [RowWidth-1:0]        row_o,
  input  wire logic                  allocate_i,
  // Information.
  input  wire logic                  info_write_i,
  input  wire logic [LineWidth-1:0]  info_write_line_i,
  input  wire logic [InfoWidth-1:0]  info_write_data_i,
  input  wire logic                  info_read_i,
  input  wire logic [LineWidth-1:0]  info_read_line_i,
  output logic [InfoWidth-1:0]       info_read_data_o,
  // Fill and window.
  input  wire logic                  fill_i,
  input  wire logic [RowWidth-1:0]   fill_row_i,
  input  wire logic [BeatWidth-1:0]  fill_beat_i,
  input  wire logic [DataWidth-1:0]  fill_data_i,
  input  wire logic                  read_valid_i,
  input  wire logic [RowWidth-1:0]   read_row_i,
  input  wire logic [WordWidth-1:0]  read_word_i,
  output logic [Banks*32-1:0]        window_o
);
  localparam int unsigned BankWidth = $clog2(Banks);

  typedef struct packed {
    logic       valid;
    logic [1:0] plane;
    logic [6:0] block_u;
    logic [6:0] block_v;
  } tag_t;

  logic                 compare_q, tag_write;
  logic [LineWidth-1:0] sweep_q, tag_address;
  tag_t                 wanted, found, written;

  assign wanted      = '{valid: 1'b1, plane: plane_i, block_u: block_u_i, block_v: block_v_i};
  assign tag_write   = allocate_i || busy_o;
  assign written     = busy_o ? '0 : wanted;
  assign tag_address = busy_o ? sweep_q : line_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o    <= 1'b1;
      sweep_q   <= '0;
      compare_q <= 1'b0;
    end else begin
      compare_q <= lookup_i;
      sweep_q   <= busy_o ? sweep_q + 1'b1 : '0;
      if (invalidate_i) busy_o <= 1'b1;
      else if (sweep_q == LineWidth'(Lines - 1)) busy_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (compare_q) begin
      hit_o <= found == wanted;
      row_o <= RowWidth'(times(32'(line_i), LineRows));
    end
  end

  sac_ram #(.Width($bits(tag_t)), .Words(Lines)) u_tags (
    .clk_i, .write_en_i(tag_write), .write_address_i(tag_address), .write_data_i(written),
    .read_en_i(lookup_i), .read_address_i(line_i), .read_data_o(found)
  );

  sac_ram #(.Width(InfoWidth), .Words(Lines)) u_info (
    .clk_i, .write_en_i(info_write_i), .write_address_i(info_write_line_i), .write_data_i(info_write_data_i),
    .read_en_i(info_read_i), .read_address_i(info_read_line_i), .read_data_o(info_read_data_o)
  );

  // Window: row of each bank, memory, output register, rotation.
  logic [BankWidth-1:0]  rotate_q [ReadLatency-1];
  logic [Banks*32-1:0]   bank_q;

  always_ff @(posedge clk_i) begin
    rotate_q[0] <= read_word_i[BankWidth-1:0];
    for (int i = 1; i < ReadLatency - 1; i++) rotate_q[i] <= rotate_q[i-1];
    window_o <= (Banks*32)'({bank_q, bank_q} >> {rotate_q[ReadLatency-2], 5'b0});
  end

  localparam int unsigned BeatWords = DataWidth / 32;
  localparam int unsigned BeatsPerRow = Banks / BeatWords;

  for (genvar bank = 0; bank < Banks; bank++) begin : gen_bank
    logic [WordWidth-1:0] in_line;
    logic                 enable_q, write;
    logic [RowWidth-1:0]  row_q, write_row;
    logic [31:0]          data, write_data;

    assign in_line = (read_word_i + WordWidth'(Banks - 1 - bank)) >> BankWidth;

    always_ff @(posedge clk_i) begin
      enable_q <= read_valid_i && in_line < WordWidth'(LineRows);
      row_q    <= read_row_i + RowWidth'(in_line);
      bank_q[32*bank +: 32] <= data;
    end

    if (BeatsPerRow == 1) begin : gen_whole
      assign write = fill_i;
    end else begin : gen_part
      assign write = fill_i && fill_beat_i[$clog2(BeatsPerRow)-1:0] == ($clog2(BeatsPerRow))'(bank / BeatWords);
    end
    assign write_row  = fill_row_i + RowWidth'(fill_beat_i[BeatWidth-1:$clog2(BeatsPerRow)]);
    assign write_data = fill_data_i[32 * (bank % BeatWords) +: 32];

    sac_ram #(.Width(32), .Words(Lines * LineRows)) u_bytes (
      .clk_i, .write_en_i(write), .write_address_i(write_row), .write_data_i(write_data),
      .read_en_i(enable_q), .read_address_i(row_q), .read_data_o(data)
    );
  end
endmodule

`default_nettype wire
