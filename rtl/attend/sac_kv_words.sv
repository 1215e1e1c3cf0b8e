// SPDX-License-Identifier: Apache-2.0
// Collects values, some of a row at a time, to words of `Lanes` bytes and writes them into the KV RAM: of 16-bit values
// the signed high bytes, then, in the next cycle, the low ones; of others one word. The values that end a word come at
// least as many cycles after those that ended the one before. The end of a row ends a word; lanes beyond it are zero.
`default_nettype none

module sac_kv_words
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::kv_write_t;
#(
  parameter int unsigned Slots = 8   // values at a time, at most: a power of two
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic                   valid_i,
  input  wire logic [Slots-1:0][15:0] values_i,
  input  wire values_t                info_i,
  output kv_write_t                   write_o,
  output logic                        k_loaded_o,
  output logic                        v_loaded_o
);
  logic [Lanes-1:0][15:0] word_q;
  values_t                info_q;
  logic                   full_q, second_q, part_end_q, part_v_q, end_k_q, end_v_q;
  logic [Lanes*8-1:0]     high, low, low_q;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (info_i.lane == '0) word_q[i] <= '0;
        // Slot i mod n of n values goes to lane i if i / n is their place.
        for (int unsigned k = 0; k <= $clog2(Slots); k++)
          if (info_i.values_log2 == 3'(k) && (LaneWidth'(i) >> k) == (info_i.lane >> k))
            word_q[i] <= values_i[i % (1 << k)];
      end
      info_q <= info_i;
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      high[8*i +: 8] = word_q[i][15:8];
      low[8*i +: 8]  = word_q[i][7:0];
    end
  end
  always_ff @(posedge clk_i) begin
    if (full_q) low_q <= low;
  end
  always_ff @(posedge clk_i) begin
    write_o.address <= full_q ? info_q.address : write_o.address + 1'b1;
    write_o.data    <= full_q ? (info_q.beats ? high : low) : low_q;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q        <= 1'b0;
      second_q      <= 1'b0;
      write_o.valid <= 1'b0;
      end_k_q       <= 1'b0;
      end_v_q       <= 1'b0;
      k_loaded_o    <= 1'b0;
      v_loaded_o    <= 1'b0;
    end else begin
      full_q        <= valid_i && info_i.word_end;
      second_q      <= full_q && info_q.beats;
      write_o.valid <= full_q || second_q;
      // With the write that completes K or V of a tile; the event comes a cycle after it.
      end_k_q    <= (full_q && !info_q.beats && info_q.part_end && !info_q.v) || (second_q && part_end_q && !part_v_q);
      end_v_q    <= (full_q && !info_q.beats && info_q.part_end && info_q.v) || (second_q && part_end_q && part_v_q);
      k_loaded_o <= end_k_q;
      v_loaded_o <= end_v_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (full_q) begin
      part_end_q <= info_q.part_end;
      part_v_q   <= info_q.v;
    end
  end

  logic unused;
  assign unused = ^info_q;
endmodule

`default_nettype wire
