// SPDX-License-Identifier: Apache-2.0
// Value extractor of the decoder: from the mask of a texel's non-zero components and the rank of the first of them
// to 16 signed 16-bit values. Value i of a block starts at bit `base * 8 + i * value_bits` of the line.
// `Values` components a step, a cycle each, up to the last non-zero one; when values have 16 bits, half as many for
// Values = 4 and 8, and all 16 for Values = 16, so that every texel is one step there. Reads go to the line RAM as
// windows of `Banks` 32-bit words from any word on; a granted read returns ReadLatency cycles later, and from there on
// nothing stalls: the receiver always accepts.
`default_nettype none

module sac_values #(
  parameter int unsigned Values      = 4,   // 4, 8 or 16
  parameter int unsigned Banks       = 2,   // bank_count(Values, ...) or more
  parameter int unsigned WordWidth   = 9,   // of a word number within a line
  parameter int unsigned ReadLatency = 4,
  parameter int unsigned TagWidth    = 4
) (
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [4:0]             value_bits_i,  // 4 to 8 or 16, steady
  input  wire logic                   texel_valid_i,
  output logic                        texel_ready_o,
  input  wire logic [15:0]            texel_mask_i,
  input  wire logic [8:0]             texel_rank_i,
  input  wire logic [WordWidth+1:0]   texel_base_i,  // byte of value 0 in the line
  input  wire logic [TagWidth-1:0]    texel_tag_i,   // of the block; says which line
  input  wire logic [4:0]             texel_place_i, // travels with the texel
  // Line RAM.
  output logic                        read_valid_o,
  input  wire logic                   read_ready_i,
  output logic [TagWidth-1:0]         read_tag_o,
  output logic [WordWidth-1:0]        read_word_o,
  input  wire logic [Banks*32-1:0]    window_i,
  // Texels.
  output logic                        texel_valid_o,
  output logic [TagWidth-1:0]         texel_tag_o,
  output logic [4:0]                  texel_place_o,
  output logic [15:0][15:0]           texel_values_o
);
  localparam int unsigned Wide = Values == 16 ? 16 : Values / 2;  // components a step when values have 16 bits
  localparam int unsigned Ratio = Values / Wide;
  localparam int unsigned Units = 16 / Wide;  // a texel in units of wide steps
  localparam int unsigned UnitWidth = Units > 1 ? $clog2(Units) : 1;
  localparam int unsigned AlignedBits = Wide * 16 > Values * 8 ? Wide * 16 : Values * 8;

  typedef logic signed [15:0] value_t;
  typedef struct packed {
    logic                 first;
    logic                 last;
    logic [UnitWidth-1:0] unit;
    logic [TagWidth-1:0]  tag;
    logic [4:0]           texel;
  } place_t;
  typedef struct packed {
    logic [Values-1:0] mask;
    logic [4:0]        bit_offset;
    place_t            place;
  } step_t;

  function automatic logic [4:0] ones(input logic [Values-1:0] bits);
    logic [4:0] sum;
    sum = '0;
    for (int i = 0; i < Values; i++) sum += 5'(bits[i]);
    return sum;
  endfunction

  logic wide;
  assign wide = value_bits_i[4];

  // The texel in hand, cut into steps.
  logic                  busy_q, advance, first_q;
  logic [15:0]           mask_q, mask_rest;
  logic [8:0]            rank_q;
  logic [WordWidth+1:0]  base_q;
  logic [TagWidth-1:0]   tag_q;
  logic [4:0]            place_q;
  logic [UnitWidth-1:0]  unit_q;
  logic [Values-1:0]     step_mask;
  logic                  step_last;

  assign step_mask     = wide ? Values'(mask_q[Wide-1:0]) : mask_q[Values-1:0];
  assign mask_rest     = wide ? mask_q >> Wide : mask_q >> Values;
  assign step_last     = mask_rest == '0;
  assign texel_ready_o = !busy_q || (advance && step_last);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (texel_ready_o) busy_q <= texel_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (texel_ready_o) begin
      mask_q  <= texel_mask_i;
      rank_q  <= texel_rank_i;
      base_q  <= texel_base_i;
      tag_q   <= texel_tag_i;
      place_q <= texel_place_i;
      unit_q  <= '0;
      first_q <= 1'b1;
    end else if (advance) begin
      mask_q  <= mask_rest;
      rank_q  <= rank_q + 9'(ones(step_mask));
      unit_q  <= unit_q + (wide ? UnitWidth'(1) : UnitWidth'(Ratio));
      first_q <= 1'b0;
    end
  end

  // Address of the step: one register, then the request. A texel without values still passes through.
  logic [WordWidth+4:0] address_q;
  logic                 request_q, empty_q, sent;
  logic [Values-1:0]    request_mask_q;
  place_t               request_place_q;

  // rank * value_bits: 16, 8, or 4 to 7.
  logic [12:0] value_offset;
  always_comb begin
    if (wide) value_offset = {rank_q, 4'b0};
    else if (value_bits_i[3]) value_offset = {1'b0, rank_q, 3'b0};
    else
      value_offset = {2'b0, rank_q, 2'b0} + (value_bits_i[1] ? {3'b0, rank_q, 1'b0} : 13'd0) +
                     (value_bits_i[0] ? {4'b0, rank_q} : 13'd0);
  end

  assign advance      = busy_q && (!request_q || sent);
  assign read_valid_o = request_q && !empty_q;
  assign read_word_o  = address_q[WordWidth+4:5];
  assign read_tag_o   = request_place_q.tag;
  assign sent         = request_q && (empty_q || read_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) request_q <= 1'b0;
    else if (advance) request_q <= 1'b1;
    else if (sent) request_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (advance) begin
      address_q       <= {base_q, 3'b0} + (WordWidth + 5)'(value_offset);
      empty_q         <= step_mask == '0;
      request_mask_q  <= step_mask;
      request_place_q <= '{first: first_q, last: step_last, unit: unit_q, tag: tag_q, texel: place_q};
    end
  end

  // What travels beside the read.
  logic [ReadLatency-1:0] flight_valid_q;
  step_t                  flight_q [ReadLatency];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) flight_valid_q <= '0;
    else flight_valid_q <= {flight_valid_q[ReadLatency-2:0], sent};
  end

  always_ff @(posedge clk_i) begin
    flight_q[0] <= '{mask: request_mask_q, bit_offset: address_q[4:0], place: request_place_q};
    for (int i = 1; i < ReadLatency; i++) flight_q[i] <= flight_q[i-1];
  end

  // The window has come: shift it so that the first value starts at bit 0.
  step_t                  step;
  logic [AlignedBits-1:0] aligned_q;
  logic [Values-1:0]      aligned_mask_q;
  place_t                 aligned_place_q, placed_place_q;
  logic                   aligned_valid_q, placed_valid_q;

  assign step = flight_q[ReadLatency-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aligned_valid_q <= 1'b0;
      placed_valid_q  <= 1'b0;
    end else begin
      aligned_valid_q <= flight_valid_q[ReadLatency-1];
      placed_valid_q  <= aligned_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    aligned_q       <= AlignedBits'(window_i >> step.bit_offset);
    aligned_mask_q  <= step.mask;
    aligned_place_q <= step.place;
    placed_place_q  <= aligned_place_q;
  end

  // Unpack: value i at bit i * value_bits; then each component takes the value whose number is its rank.
  value_t packed_value [Values];
  value_t placed_q [Values];

  for (genvar i = 0; i < Values; i++) begin : gen_unpack
    always_comb begin
      unique case (value_bits_i)
        5'd4:    packed_value[i] = 16'($signed(aligned_q[4*i +: 4]));
        5'd5:    packed_value[i] = 16'($signed(aligned_q[5*i +: 5]));
        5'd6:    packed_value[i] = 16'($signed(aligned_q[6*i +: 6]));
        5'd7:    packed_value[i] = 16'($signed(aligned_q[7*i +: 7]));
        5'd8:    packed_value[i] = 16'($signed(aligned_q[8*i +: 8]));
        default: packed_value[i] = $signed(aligned_q[16*(i % Wide) +: 16]);
      endcase
    end
  end

  // Number of values before each component.
  logic [4:0] place [Values];
  always_comb begin
    place[0] = '0;
    for (int i = 1; i < int'(Values); i++) place[i] = place[i-1] + 5'(aligned_mask_q[i-1]);
  end

  for (genvar i = 0; i < Values; i++) begin : gen_place
    always_ff @(posedge clk_i) begin
      if (aligned_valid_q) begin
        placed_q[i] <= '0;
        for (int j = 0; j <= i; j++) if (aligned_mask_q[i] && place[i] == 5'(j)) placed_q[i] <= packed_value[j];
      end
    end
  end

  // Assemble: the first step clears what it does not write.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) texel_valid_o <= 1'b0;
    else texel_valid_o <= placed_valid_q && placed_place_q.last;
  end

  always_ff @(posedge clk_i) begin
    if (placed_valid_q) begin
      texel_tag_o   <= placed_place_q.tag;
      texel_place_o <= placed_place_q.texel;
      for (int unsigned unit = 0; unit < Units; unit++) begin
        for (int unsigned i = 0; i < Wide; i++) begin
          if (wide || Ratio == 1 ? placed_place_q.unit == UnitWidth'(unit)
                                 : placed_place_q.unit >> 1 == UnitWidth'(unit >> 1))
            texel_values_o[unit*Wide+i] <= placed_q[(wide ? 0 : unit % Ratio * Wide) + i];
          else if (placed_place_q.first)
            texel_values_o[unit*Wide+i] <= '0;
        end
      end
    end
  end
endmodule

`default_nettype wire
