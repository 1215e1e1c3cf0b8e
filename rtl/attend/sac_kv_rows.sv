// SPDX-License-Identifier: Apache-2.0
// Cuts the data of requests into rows: a row's elements begin with a new beat, and so do its scales. What follows the
// last row of a request in its last beat is dropped.
`default_nettype none

module sac_kv_rows
  import sac_config_pkg::*, sac_attend_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  // Requests, in order.
  input  wire logic                    rows_valid_i,
  output logic                         rows_ready_o,
  input  wire rows_t                   rows_i,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  output logic                         beat_valid_o,
  input  wire logic                    beat_ready_i,
  output logic [AxiDataWidth-1:0]      beat_o,
  output beat_info_t                   info_o
);
  localparam int unsigned Words = AxiDataWidth / 32;
  localparam int unsigned HeldWidth = $clog2(Words + 1);

  logic       valid, done;
  rows_t      rows;
  logic [3:0] count_unused;
  sac_fifo #(.Width($bits(rows_t)), .Depth(8)) u_rows (
    .clk_i, .rst_ni, .push_valid_i(rows_valid_i), .push_ready_o(rows_ready_o), .push_data_i(rows_i),
    .pop_valid_o(valid), .pop_ready_i(done), .pop_data_o(rows), .count_o(count_unused)
  );

  // Words of a row: elements, then scales.
  logic        scaled, in_scales_q;
  logic [9:0]  row_words, scale_words, segment;
  assign scaled      = rows.v ? job_i.head.v_scaled : job_i.head.k_scaled;
  assign row_words   = rows.v ? job_i.v_bytes[11:2] : job_i.k_bytes[11:2];
  assign scale_words = 10'(((rows.v ? job_i.head.d_v : job_i.head.d_k) + 11'd63) >> 6);
  assign segment     = in_scales_q ? scale_words : scaled ? row_words - scale_words : row_words;

  // `carry_q` holds `held_q` words that have been taken from the client and not given out.
  logic                      step, from_carry, free, last_beat, last_of_row;
  logic [9:0]                sent_q, left;     // words of the segment
  logic [8:0]                row_q;            // of the request
  logic [HeldWidth-1:0]      held_q, want;
  logic [AxiDataWidth-1:0]   carry_q;
  logic [2*AxiDataWidth-1:0] joined;
  assign left         = segment - sent_q;
  assign last_beat    = left <= 10'(Words);
  assign want         = last_beat ? HeldWidth'(left) : HeldWidth'(Words);
  assign from_carry   = held_q >= want;
  assign free         = !beat_valid_o || beat_ready_i;
  assign step         = valid && free && (from_carry || data_valid_i);
  assign data_ready_o = valid && free && !from_carry;
  assign last_of_row  = last_beat && (in_scales_q || !scaled);
  assign done         = step && last_of_row && row_q + 1'b1 == rows.rows;
  assign joined       = from_carry ? (2*AxiDataWidth)'(carry_q)
                                   : ((2*AxiDataWidth)'(data_i) << {held_q, 5'd0}) | (2*AxiDataWidth)'(carry_q);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_valid_o <= 1'b0;
      in_scales_q  <= 1'b0;
      sent_q       <= '0;
      row_q        <= '0;
      held_q       <= '0;
      carry_q      <= '0;
    end else begin
      if (free) beat_valid_o <= step;
      if (step) begin
        sent_q      <= last_beat ? '0 : sent_q + 10'(Words);
        in_scales_q <= last_beat ? scaled && !in_scales_q : in_scales_q;
        row_q       <= done ? '0 : row_q + 9'(last_of_row);
        held_q      <= done ? '0 : held_q + (from_carry ? '0 : HeldWidth'(Words)) - want;
        carry_q     <= done ? '0 : AxiDataWidth'(joined >> {want, 5'd0});
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (step) begin
      beat_o <= joined[AxiDataWidth-1:0];
      info_o <= '{
        v: rows.v, tile: rows.tile, scales: in_scales_q, last: last_beat,
        last_of_part: rows.last && row_q + 1'b1 == rows.rows
      };
    end
  end

  logic unused;
  assign unused = ^{job_i, count_unused};
endmodule

`default_nettype wire
