// SPDX-License-Identifier: Apache-2.0
// Values of rows to beats of the destination's rows: elements, packed LSB first, then the scales in pairs if scaled
// (docs/attention.md, section 8). A group's values wait for its scale. A row begins with a new beat.
`default_nettype none

module sac_recode_pack
  import sac_config_pkg::*, sac_attend_pkg::*;
(
  input  wire logic                                 clk_i,
  input  wire logic                                 rst_ni,
  input  wire logic [1:0]                           format_i,    // steady while a command runs
  input  wire logic                                 scaled_i,
  input  wire logic                                 valid_i,
  output logic                                      ready_o,
  input  wire logic signed [RecodeSlots-1:0][15:0]  values_i,
  input  wire logic                                 group_end_i,
  input  wire logic                                 row_end_i,
  input  wire logic                                 scale_valid_i,
  output logic                                      scale_ready_o,
  input  wire recode_scale_t                        scale_i,
  output logic                                      beat_valid_o,
  input  wire logic                                 beat_ready_i,
  output logic [AxiDataWidth-1:0]                   beat_o
);
  localparam int unsigned Scales = (HeadDim + 31) / 32;
  localparam int unsigned Pairs = (Scales + 1) / 2;
  localparam int unsigned PairWidth = Pairs > 1 ? $clog2(Pairs) : 1;
  localparam int unsigned ChunkWidth = RecodeSlots > 2 ? RecodeSlots * 16 : 32;
  localparam int unsigned Places = AxiDataWidth / 4;   // the smallest chunk has 4 bits: two slots of int2
  localparam int unsigned PlaceWidth = $clog2(Places);

  // What enters: values, or after the last ones of a row its scales, which have been kept.
  logic                        advance, take, scales_q, odd_q, pair_last;
  logic [Pairs-1:0][1:0][15:0] kept_q;
  logic [PairWidth-1:0]        pair_q, pairs_q;        // pairs_q: the last pair
  assign take          = advance && !scales_q && valid_i && (!scaled_i || scale_valid_i);
  assign ready_o       = advance && !scales_q && (!scaled_i || scale_valid_i);
  assign scale_ready_o = take && group_end_i;
  assign pair_last     = pair_q == pairs_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      scales_q <= 1'b0;
      odd_q    <= 1'b0;
      pair_q   <= '0;
    end else if (scales_q) begin
      if (advance) begin
        pair_q   <= pair_last ? '0 : pair_q + 1'b1;
        scales_q <= !pair_last;
      end
    end else if (take && group_end_i && scaled_i) begin
      scales_q <= row_end_i;
      odd_q    <= !odd_q && !row_end_i;
      pair_q   <= row_end_i ? '0 : pair_q + PairWidth'(odd_q);
    end
  end
  always_ff @(posedge clk_i) begin
    if (take && group_end_i) begin
      pairs_q <= pair_q;
      // An odd number of scales ends with zeros.
      kept_q[pair_q][odd_q] <= {3'd0, scale_i.exponent, scale_i.mantissa};
      if (!odd_q) kept_q[pair_q][1] <= '0;
    end
  end

  // Products, elements: with a scale v * floor(2^24 / m) * 2^(x - 24) within -q..q, else v within its format.
  logic        valid_q, scales_q1, end_q1, valid_q2, end_q2;
  logic [4:0]  shift_q;
  logic [31:0] word_q1;
  logic [ChunkWidth-1:0] chunk, chunk_q;
  logic [PlaceWidth:0]   places, places_q;
  logic signed [15:0]    most, least;
  assign most  = 16'sh7fff >>> (5'd16 - (5'd16 >> format_i));
  assign least = scaled_i ? -most : ~most;
  logic [RecodeSlots-1:0][15:0] elements;
  for (genvar i = 0; i < int'(RecodeSlots); i++) begin : gen_slot
    logic signed [34:0] product_q;
    logic signed [34:0] rounded;
    logic signed [58:0] shifted;         // 24 bits of fraction
    always_ff @(posedge clk_i) begin
      if (advance)
        product_q <= scaled_i ? 35'($signed(values_i[i])) * 35'($signed({1'b0, scale_i.reciprocal}))
                              : 35'($signed(values_i[i]));
    end
    assign shifted = $signed({product_q, 24'd0}) >>> shift_q;
    assign rounded = shifted[58:24] + 35'(shifted[23] && (shifted[22:0] != '0 || shifted[24]));
    assign elements[i] = rounded > 35'(most) ? most : rounded < 35'(least) ? least : rounded[15:0];
  end
  always_comb begin
    chunk = '0;
    for (int unsigned i = 0; i < RecodeSlots; i++) begin
      unique case (format_i)
        2'd0:    chunk[16*i +: 16] = elements[i];
        2'd1:    chunk[8*i +: 8] = elements[i][7:0];
        2'd2:    chunk[4*i +: 4] = elements[i][3:0];
        default: chunk[2*i +: 2] = elements[i][1:0];
      endcase
    end
    if (scales_q1) chunk = ChunkWidth'(word_q1);
    places = scales_q1 ? (PlaceWidth+1)'(8) : (PlaceWidth+1)'((4 * RecodeSlots) >> format_i);
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q  <= 1'b0;
      valid_q2 <= 1'b0;
    end else if (advance) begin
      valid_q  <= take || scales_q;
      valid_q2 <= valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance) begin
      scales_q1 <= scales_q;
      end_q1    <= scaled_i ? scales_q && pair_last : row_end_i;
      shift_q   <= scaled_i ? 5'd24 - scale_i.exponent : '0;
      word_q1   <= kept_q[pair_q];
      end_q2    <= end_q1;
      chunk_q   <= chunk;
      places_q  <= places;
    end
  end

  // Chunks never lie across beats: their sizes are powers of two, and a row's elements are whole words of 32 bits.
  logic [AxiDataWidth-1:0] data_q, joined;
  logic [PlaceWidth-1:0]   place_q;
  logic [PlaceWidth:0]     place;
  logic                    full;
  assign advance = !beat_valid_o || beat_ready_i;
  assign joined  = data_q | (AxiDataWidth'(chunk_q) << {place_q, 2'b0});
  assign place   = (PlaceWidth+1)'(place_q) + places_q;
  assign full    = end_q2 || place == (PlaceWidth+1)'(Places);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_valid_o <= 1'b0;
      place_q      <= '0;
      data_q       <= '0;
    end else if (advance) begin
      beat_valid_o <= valid_q2 && full;
      if (valid_q2) begin
        place_q <= full ? '0 : PlaceWidth'(place);
        data_q  <= full ? '0 : joined;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance) beat_o <= joined;
  end
endmodule

`default_nettype wire
