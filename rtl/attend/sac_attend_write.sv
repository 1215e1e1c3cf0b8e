// SPDX-License-Identifier: Apache-2.0
// Writes the rows of a result, each a request of its own: Y, then its log-sum-exp if asked; with scores the logits.
`default_nettype none

module sac_attend_write
  import sac_config_pkg::*, sac_attend_pkg::*, sac_softmax_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    start_i,         // with rows
  input  wire result_t                 result_i,        // steady until done_o
  output logic                         done_o,          // with the last beat
  input  wire logic                    beat_valid_i,    // Y
  output logic                         beat_ready_o,
  input  wire logic [AxiDataWidth-1:0] beat_i,
  input  wire logic                    lse_valid_i,
  output logic                         lse_ready_o,
  input  wire logic [31:0]             lse_i,
  input  wire logic                    logit_valid_i,
  output logic                         logit_ready_o,
  input  wire logic [31:0]             logit_i,
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o
);
  localparam int unsigned BeatWords = AxiDataWidth / 32;
  localparam int unsigned BeatWordsLog2 = $clog2(BeatWords);
  localparam int unsigned PlaceWidth = BeatWords > 1 ? BeatWordsLog2 : 1;
  typedef enum logic [2:0] {StIdle, StRequest, StData, StSumRequest, StSum} state_e;
  state_e state_q;

  logic        scores, last_row, row_end, place_valid, take_data, last_beat;
  logic [31:0] row_address, sum_address_q;
  logic [11:0] words, left_q;          // of a row, in 32 bits
  logic [BlockRowsWidth-1:0] rows_q;
  assign scores    = job_i.command.scores != '0;
  assign words     = scores ? 12'(result_i.count) : 12'(job_i.head.d_v[10:1]);
  assign last_beat = left_q <= 12'(BeatWords);
  assign last_row  = rows_q == BlockRowsWidth'(1);
  assign take_data = write_data_valid_o && write_data_ready_i;
  assign row_end   = take_data && (state_q == StSum || (last_beat && !(job_i.command.lse && !scores)));
  assign done_o    = row_end && last_row;
  sac_attend_place u_place (
    .clk_i, .rst_ni, .start_i, .base_i(job_i.command.y_address + (scores ? {9'b0, result_i.key, 2'b0} : '0)),
    .position_i(result_i.position), .head_i(result_i.head), .position_stride_i(job_i.command.y_position_stride),
    .head_stride_i(job_i.command.y_head_stride), .group_i(job_i.command.group), .next_i(row_end),
    .valid_o(place_valid), .address_o(row_address)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:    if (start_i) state_q <= StRequest;
        StRequest: if (write_valid_o && write_ready_i) state_q <= StData;
        StData:
          if (row_end) state_q <= last_row ? StIdle : StRequest;
          else if (take_data && last_beat) state_q <= StSumRequest;
        StSumRequest: if (write_ready_i) state_q <= StSum;
        StSum:     if (row_end) state_q <= last_row ? StIdle : StRequest;
        default:   state_q <= StIdle;
      endcase
    end
    if (start_i) begin
      rows_q        <= result_i.rows;
      sum_address_q <= job_i.command.lse_address + {result_i.row[29:0], 2'b0};
    end else if (row_end) begin
      rows_q        <= rows_q - 1'b1;
      sum_address_q <= sum_address_q + 32'd4;
    end
    if (state_q == StRequest) left_q <= words;
    else if (take_data) left_q <= left_q - 12'(BeatWords);
  end
  assign write_valid_o   = (state_q == StRequest && place_valid) || state_q == StSumRequest;
  assign write_request_o = state_q == StSumRequest ? '{address: sum_address_q, bytes: 16'd4}
                                                   : '{address: row_address, bytes: {2'b0, words, 2'b0}};

  // Logits join beats; a row begins a new one.
  logic                    join_q, logit_take;
  logic [PlaceWidth-1:0]   place_q;
  logic [11:0]             joined_q;       // words of the row
  logic [AxiDataWidth-1:0] logits_q;
  logic                    logit_end;
  assign logit_end     = joined_q + 12'd1 == words || 32'(place_q) == BeatWords - 1;
  assign logit_ready_o = scores && state_q == StData && !(join_q && !write_data_ready_i) && joined_q != words;
  assign logit_take    = logit_valid_i && logit_ready_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || state_q != StData) begin
      join_q   <= 1'b0;
      place_q  <= '0;
      joined_q <= '0;
    end else begin
      if (logit_take) begin
        join_q   <= logit_end;
        place_q  <= logit_end ? '0 : place_q + 1'b1;
        joined_q <= joined_q + 1'b1;
      end else if (write_data_ready_i) begin
        join_q <= 1'b0;
      end
    end
    if (logit_take) begin
      for (int i = 0; i < int'(BeatWords); i++) if (32'(place_q) == 32'(i)) logits_q[i*32 +: 32] <= logit_i;
    end
  end

  always_comb begin
    write_data_valid_o = 1'b0;
    write_data_o       = beat_i;
    beat_ready_o       = 1'b0;
    lse_ready_o        = 1'b0;
    if (state_q == StSum) begin
      write_data_valid_o = lse_valid_i;
      write_data_o       = AxiDataWidth'(lse_i);
      lse_ready_o        = write_data_ready_i;
    end else if (state_q == StData && scores) begin
      write_data_valid_o = join_q;
      write_data_o       = logits_q;
    end else if (state_q == StData) begin
      write_data_valid_o = beat_valid_i;
      beat_ready_o       = write_data_ready_i;
    end
  end

  logic unused;
  assign unused = ^{job_i, result_i};
endmodule

`default_nettype wire
