// SPDX-License-Identifier: Apache-2.0
// Values of rows on their way through RECODE: sac_kv writes them as it does for the KV RAM, words of `Lanes` bytes,
// row after row to alternate tiles; here they go to RecodeBuffers buffers in turn, are read back `RecodeSlots` at a time
// and shifted. Of every 32 values (the last ones of a row may be 16) the largest magnitude goes out too, behind them.
`default_nettype none

module sac_recode_rows
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::kv_write_t, sac_dot_pkg::KvAddressWidth;
(
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic                                start_i,      // a command: the first row goes to tile 0
  // Steady while a command runs.
  input  wire logic [10:0]                         d_i,
  input  wire logic                                beats_i,      // words in two halves
  input  wire logic [4:0]                          shift_i,
  input  wire kv_write_t                           write_i,
  input  wire logic                                loaded_i,     // a row is complete
  output logic                                     free_o,       // a row has been read
  output logic                                     valid_o,
  input  wire logic                                ready_i,
  output logic signed [RecodeSlots-1:0][15:0]      values_o,
  output logic                                     group_end_o,
  output logic                                     row_end_o,
  output logic                                     largest_valid_o,
  output logic [15:0]                              largest_o
);
  localparam int unsigned Words = RecodeBuffers * HeadChunks;
  localparam int unsigned AddressWidth = $clog2(Words);
  localparam int unsigned LoadedWidth = $clog2(RecodeBuffers + 1);
  localparam int unsigned Slices = Lanes / RecodeSlots;
  localparam int unsigned SliceWidth = Slices > 1 ? $clog2(Slices) : 1;
  typedef logic [AddressWidth-1:0] address_t;
  function automatic address_t next_base(input address_t base);
    return base == address_t'((RecodeBuffers - 1) * HeadChunks) ? '0 : base + address_t'(HeadChunks);
  endfunction

  // Words of all buffers: high and low bytes. The tile tells when a row begins.
  logic                      tile, tile_q, high_write, low_write, read;
  address_t                  write_base, write_base_q, read_base_q;
  logic [KvAddressWidth-1:0] word;
  address_t                  write_address, read_address;
  logic [Lanes*8-1:0]        high, low;
  assign tile          = write_i.address >= KvAddressWidth'(BufferWords);
  assign word          = (tile ? write_i.address - KvAddressWidth'(BufferWords) : write_i.address) >> beats_i;
  assign write_base    = tile == tile_q ? write_base_q : next_base(write_base_q);
  assign write_address = write_base + address_t'(word);
  assign high_write    = write_i.valid && beats_i && !write_i.address[0];
  assign low_write     = write_i.valid && !high_write;
  sac_ram #(.Width(Lanes * 8), .Words(Words)) u_high (
    .clk_i, .write_en_i(high_write), .write_address_i(write_address), .write_data_i(write_i.data), .read_en_i(read),
    .read_address_i(read_address), .read_data_o(high)
  );
  sac_ram #(.Width(Lanes * 8), .Words(Words)) u_low (
    .clk_i, .write_en_i(low_write), .write_address_i(write_address), .write_data_i(write_i.data), .read_en_i(read),
    .read_address_i(read_address), .read_data_o(low)
  );

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      tile_q       <= 1'b0;
      write_base_q <= '0;
    end else if (write_i.valid) begin
      tile_q       <= tile;
      write_base_q <= write_base;
    end
  end

  // Read, choose, shift: all three wait when values are not taken.
  logic                   advance, group_end, row_end;
  logic [LoadedWidth-1:0] rows_q;
  logic [10:0]            element_q, next;
  assign advance      = !valid_o || ready_i;
  assign read         = advance && rows_q != '0;
  assign next         = element_q + 11'(RecodeSlots);
  assign row_end      = next == d_i;
  assign group_end    = row_end || next[4:0] == '0;
  assign free_o       = read && row_end;
  assign read_address = read_base_q + address_t'(element_q >> LaneWidth);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rows_q    <= '0;
      element_q <= '0;
    end else begin
      rows_q <= rows_q + LoadedWidth'(loaded_i) - LoadedWidth'(free_o);
      if (read) element_q <= row_end ? '0 : next;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) read_base_q <= '0;
    else if (free_o) read_base_q <= next_base(read_base_q);
  end

  logic                  valid_q, group_end_q, row_end_q;
  logic [SliceWidth-1:0] slice_q;
  logic signed [RecodeSlots-1:0][15:0] values;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
    end else if (advance) begin
      valid_q <= read;
      valid_o <= valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance) begin
      group_end_q <= group_end;
      row_end_q   <= row_end;
      slice_q     <= SliceWidth'(element_q[LaneWidth-1:0] / LaneWidth'(RecodeSlots));
      group_end_o <= group_end_q;
      row_end_o   <= row_end_q;
      values_o    <= values;
    end
  end
  for (genvar i = 0; i < int'(RecodeSlots); i++) begin : gen_slot
    logic [Slices-1:0][7:0] highs, lows;
    logic signed [15:0]     value;
    logic signed [47:0]     shifted;   // 32 bits of fraction
    for (genvar k = 0; k < int'(Slices); k++) begin : gen_slice
      assign highs[k] = high[8*(k*RecodeSlots+i) +: 8];
      assign lows[k]  = low[8*(k*RecodeSlots+i) +: 8];
    end
    assign value     = {beats_i ? highs[slice_q] : {8{lows[slice_q][7]}}, lows[slice_q]};
    assign shifted   = $signed({value, 32'd0}) >>> shift_i;
    assign values[i] = shifted[47:32] + 16'(shifted[31] && (shifted[30:0] != '0 || shifted[32]));
  end

  // The largest magnitude of values that go out together, then of their group.
  logic                        taken_q, end_q;
  logic [15:0]                 most, most_q, group_q, group;
  assign group = most_q > group_q ? most_q : group_q;
  always_comb begin
    most = '0;
    for (int unsigned i = 0; i < RecodeSlots; i++) begin
      if (values_o[i][15] && -values_o[i] > most) most = -values_o[i];
      if (!values_o[i][15] && values_o[i] > most) most = values_o[i];
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q         <= 1'b0;
      group_q         <= '0;
      largest_valid_o <= 1'b0;
    end else begin
      taken_q         <= valid_o && ready_i;
      largest_valid_o <= taken_q && end_q;
      if (taken_q) group_q <= end_q ? '0 : group;
    end
  end
  always_ff @(posedge clk_i) begin
    most_q    <= most;
    end_q     <= group_end_o;
    largest_o <= group;
  end

  logic unused;
  assign unused = ^word;
endmodule

`default_nettype wire
