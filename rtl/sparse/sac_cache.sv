// SPDX-License-Identifier: Apache-2.0
// Direct-mapped cache of encoded blocks: line = the `Sub` consecutive blocks of one texel block, at most
// Sub * BlockBytes bytes, as they lie in memory. Index = (block_u + 7 * block_v + 19 * plane) mod Lines.
// Tags, directory information of a line (Sub times offset in words and mode) and bytes are three memories:
// - look-up: pulse with the block; some cycles later `lookup_done_o` with `hit_o`, `line_o`, `row_o` (held until the
//   next look-up). `allocate_i` then gives the line to that block. One look-up at a time;
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
  parameter int unsigned Banks      = 2,   // 2, 4 or 8; DataWidth / 32 or more
  localparam int unsigned LineWords = line_words(Sub, BlockBytes),
  localparam int unsigned LineRows  = line_rows(LineWords, Banks),
  localparam int unsigned WordWidth = word_width(LineWords),
  localparam int unsigned LineWidth = $clog2(Lines),
  localparam int unsigned RowWidth  = $clog2(Lines * LineRows),
  localparam int unsigned BeatWidth = $clog2(LineWords * 32 / DataWidth + 2),
  localparam int unsigned InfoWidth = Sub * (WordWidth + 2)
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  invalidate_i,
  output logic                       busy_o,
  // Look-up.
  input  wire logic                  lookup_i,
  input  wire logic [1:0]            plane_i,
  input  wire logic [6:0]            block_u_i,
  input  wire logic [6:0]            block_v_i,
  output logic                       lookup_done_o,
  output logic                       hit_o,
  output logic [LineWidth-1:0]       line_o,
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
  localparam int unsigned SumWidth = 11;
  localparam int unsigned LargestSum = 127 + 7 * 127 + 19 * 2;
  // The sum is reduced by Lines << Steps-1, ..., Lines << 0: one a cycle.
  localparam int unsigned Steps = Lines > LargestSum ? 0 : $clog2((LargestSum + 1 + Lines - 1) / Lines);
  localparam int unsigned StepWidth = $clog2(Steps + 2);

  typedef struct packed {
    logic       valid;
    logic [1:0] plane;
    logic [6:0] block_u;
    logic [6:0] block_v;
  } tag_t;

  typedef enum logic [2:0] {StIdle, StReduce, StRead, StCompare, StDone, StSweep} state_e;

  // Look-up: sum, reduce, read the tag, compare.
  state_e               state_q;
  logic [SumWidth-1:0]  sum_q;
  logic [StepWidth-1:0] step_q;
  logic [LineWidth-1:0] sweep_q;
  tag_t                 wanted_q, found, written;
  logic                 tag_write;
  logic [LineWidth-1:0] tag_address;
  logic [SumWidth+12:0] multiple;

  assign busy_o    = state_q == StSweep;
  assign line_o    = LineWidth'(sum_q);
  assign multiple  = (SumWidth + 13)'(Lines) << step_q;
  assign tag_write = allocate_i || busy_o;
  assign written   = busy_o ? '0 : wanted_q;
  assign tag_address = busy_o ? sweep_q : line_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StSweep;
      sweep_q <= '0;
      lookup_done_o <= 1'b0;
    end else begin
      lookup_done_o <= state_q == StCompare;
      unique case (state_q)
        StIdle: begin
          sweep_q <= '0;
          if (invalidate_i) state_q <= StSweep;
          else if (lookup_i) state_q <= Steps == 0 ? StRead : StReduce;
        end
        StReduce: if (step_q == '0) state_q <= StRead;
        StRead: state_q <= StCompare;
        StCompare: state_q <= StDone;
        StSweep: begin
          sweep_q <= sweep_q + 1'b1;
          if (sweep_q == LineWidth'(Lines - 1)) state_q <= StIdle;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      if (lookup_i) begin
        sum_q    <= SumWidth'(block_u_i) + (SumWidth'(block_v_i) << 3) - SumWidth'(block_v_i) +
                    (plane_i[0] ? SumWidth'(19) : '0) + (plane_i[1] ? SumWidth'(38) : '0);
        wanted_q <= '{valid: 1'b1, plane: plane_i, block_u: block_u_i, block_v: block_v_i};
      end
      step_q <= StepWidth'(Steps) - StepWidth'(1);
    end
    if (state_q == StReduce) begin
      if ((SumWidth + 13)'(sum_q) >= multiple) sum_q <= sum_q - SumWidth'(multiple);
      step_q <= step_q - 1'b1;
    end
    if (state_q == StCompare) begin
      hit_o <= found == wanted_q;
      row_o <= RowWidth'(times(32'(line_o), LineRows));
    end
  end

  sac_ram #(.Width($bits(tag_t)), .Words(Lines)) u_tags (
    .clk_i, .write_en_i(tag_write), .write_address_i(tag_address), .write_data_i(written),
    .read_en_i(state_q == StRead), .read_address_i(line_o), .read_data_o(found)
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
