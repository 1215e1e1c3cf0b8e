// SPDX-License-Identifier: Apache-2.0
// One function table of 256 segments with linear interpolation (docs/architecture.md, section 3):
//   x' = x - offset, i = x' >> shift, frac = the rest, y = base[i] + round_up(delta[i] * frac, shift)
// with the ends saturating, wrapping, or (high) extrapolating. Loaded by TABLE: word 0 of an entry is the base (s26),
// word 1 the delta (s20), both sign-extended. One value a cycle, LookupLatency cycles; users delay what goes with it.
`default_nettype none

module sac_lookup
  import sac_memory_pkg::*;
#(
  parameter logic [4:0]  Target     = 5'd0,
  parameter int unsigned InputWidth = 16,
  localparam int unsigned OutputWidth = 40
) (
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire table_word_t             table_word_i,
  input  wire table_control_t          table_control_i,
  input  wire logic                    valid_i,
  input  wire logic [InputWidth-1:0]   x_i,       // signed
  output logic                         valid_o,
  output logic signed [OutputWidth-1:0] y_o
);
  localparam int unsigned PlaceWidth = (InputWidth > 16 ? InputWidth : 16) + 1;
  localparam int unsigned LookupFlags = sac_dot_pkg::LookupLatency;
  localparam logic [1:0] EndWrap = 2'd1;
  localparam logic [1:0] EndExtrapolate = 2'd2;

  typedef logic signed [PlaceWidth-1:0] place_t;
  typedef logic signed [OutputWidth-1:0] value_t;

  // Control and entries.
  logic signed [15:0] offset_q;
  logic [3:0]         shift_q;
  logic [1:0]         low_q, high_q;
  logic               entry_write;
  logic [15:0]        entry_number;
  logic [63:0]        entry_data;

  always_ff @(posedge clk_i) begin
    if (table_control_i.valid && table_control_i.target == Target)
      {high_q, low_q, shift_q, offset_q} <= table_control_i.control;
  end

  sac_table_entry #(.Target(Target), .Words(2)) u_entry (
    .clk_i, .rst_ni, .word_i(table_word_i),
    .write_o(entry_write), .entry_o(entry_number), .data_o(entry_data)
  );

  // 1: place on the table's axis.
  place_t place_q;
  always_ff @(posedge clk_i) if (valid_i) place_q <= place_t'($signed(x_i)) - place_t'(offset_q);

  // 2: segment and the way into it.
  place_t     segment, rest, rest_q;
  logic [7:0] index, index_q;
  always_comb begin
    segment = place_q >>> shift_q;
    rest    = place_q - (segment <<< shift_q);
    index   = segment[7:0];
    if (segment < 0 && low_q != EndWrap) begin
      index = '0;
      rest  = '0;
    end else if (segment > place_t'(255)) begin
      if (high_q == EndExtrapolate) begin
        index = '1;
        rest  = place_q - (place_t'(255) <<< shift_q);
      end else if (high_q != EndWrap) begin
        index = '1;
        rest  = place_t'(1) <<< shift_q;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    index_q <= index;
    rest_q  <= rest;
  end

  // 3, 4: read, register.
  logic [LookupFlags-1:0] valid_q;
  logic signed [25:0] base_read, base_q4, base_q5, base_q6;
  logic signed [19:0] delta_read, delta_q4;
  place_t rest_q3, rest_q4;
  sac_ram #(.Width(46), .Words(256)) u_ram (
    .clk_i,
    .write_en_i(entry_write), .write_address_i(entry_number[7:0]),
    .write_data_i({entry_data[25:0], entry_data[51:32]}),
    .read_en_i(valid_q[1]), .read_address_i(index_q), .read_data_o({base_read, delta_read})
  );
  always_ff @(posedge clk_i) begin
    rest_q3  <= rest_q;
    rest_q4  <= rest_q3;
    base_q4  <= base_read;
    delta_q4 <= delta_read;
  end

  // 5: product. 6: rounded shift. 7: sum.
  value_t product_q5, slope_q6;
  always_ff @(posedge clk_i) begin
    product_q5 <= value_t'(delta_q4) * value_t'(rest_q4);
    base_q5    <= base_q4;
    slope_q6   <= (product_q5 + value_t'((40'd1 << shift_q) >> 1)) >>> shift_q;
    base_q6    <= base_q5;
    y_o        <= value_t'(base_q6) + slope_q6;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[LookupFlags-2:0], valid_i};
  end
  assign valid_o = valid_q[LookupFlags-1];

  logic unused_bits;
  assign unused_bits = ^{entry_number[15:8], entry_data[63:52], entry_data[31:26]};
endmodule

`default_nettype wire
