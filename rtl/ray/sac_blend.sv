// SPDX-License-Identifier: Apache-2.0
// Blending (docs/architecture.md, section 4): colours of a batch, unloaded row by row, go through three sigmoid tables and
// are added, weighted, to the sums of their pixels; the last colour of a pixel is kept. One entry a cycle in entry
// order: what the two entries before made of the same pixel is forwarded. Keeps the pixels of two tiles (contexts);
// a pixel counts as zero until its first entry, so that a new tile costs one cycle.
`default_nettype none

module sac_blend
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                           clk_i,
  input  wire logic                           rst_ni,
  input  wire table_word_t                    table_word_i,
  input  wire table_control_t                 table_control_i,
  // Start of a tile, with its context: its pixels are forgotten.
  input  wire logic                           clear_i,
  input  wire logic                           clear_context_i,
  // Entries in order, before their batch.
  input  wire logic                           push_valid_i,
  output logic                                push_ready_o,
  input  wire blend_entry_t                   push_i,
  // The colours of a batch lie in out slot 1; `unloaded_o` frees the slot.
  input  wire logic                           start_i,
  input  wire logic [RowWidth:0]              rows_i,
  output logic                                unloaded_o,
  output unload_t                             unload_o,
  input  wire logic                           unload_ready_i,
  input  wire logic [WordWidth-1:0]           unload_data_i,
  output logic                                blended_o,     // an entry is in its pixel
  // Write-back of a tile whose entries are all blended: two cycles later.
  input  wire logic                           read_i,
  input  wire logic                           read_context_i,
  input  wire logic [PixelWidth-1:0]          read_pixel_i,
  output pixel_colour_t                       pixel_o
);
  localparam int unsigned Batches = 6;                      // open, waiting, three layers, blending
  localparam int unsigned Pixels = Tile * Tile;

  typedef logic [PixelWidth-1:0] pixel_number_t;
  typedef struct packed {
    logic [2:0][15:0] last;
    logic [2:0][32:0] sum;
  } sums_t;

  // Unload, a row a cycle while the port is ours.
  logic                     unloading_q;
  logic [RowWidth:0]        left_q;
  logic [RowWidth-1:0]      row_q;
  logic                     take;
  logic [UnloadLatency-1:0] word_valid_q;
  assign unload_o = '{valid: unloading_q, slot: 1'b1, row: row_q};
  assign take     = unloading_q && unload_ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      unloading_q  <= 1'b0;
      word_valid_q <= '0;
      unloaded_o   <= 1'b0;
    end else begin
      if (start_i) unloading_q <= 1'b1;
      else if (take && left_q == (RowWidth+1)'(1)) unloading_q <= 1'b0;
      word_valid_q <= {word_valid_q[UnloadLatency-2:0], take};
      unloaded_o   <= take && left_q == (RowWidth+1)'(1);
    end
    if (start_i) begin
      row_q  <= '0;
      left_q <= rows_i;
    end else if (take) begin
      row_q  <= row_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
  end

  // Colours.
  logic [2:0]         sigmoid_valid;
  logic signed [39:0] sigmoid [3];
  logic [2:0][15:0]   colour;
  for (genvar ch = 0; ch < 3; ch++) begin : gen_sigmoid
    sac_lookup #(.Target(sac_spec_pkg::TARGET_SIGMOID), .InputWidth(16)) u_sigmoid (
      .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(word_valid_q[UnloadLatency-1]),
      .x_i(unload_data_i[16*ch +: 16]), .valid_o(sigmoid_valid[ch]), .y_o(sigmoid[ch])
    );
    assign colour[ch] = sigmoid[ch] < 0 ? 16'd0 : sigmoid[ch] > 40'sd65535 ? 16'hffff : sigmoid[ch][15:0];
  end

  blend_entry_t entry;
  logic         entry_valid;
  sac_ram_fifo #(.Width($bits(blend_entry_t)), .Depth(Batches * Rows)) u_entries (
    .clk_i, .rst_ni, .push_valid_i, .push_ready_o, .push_data_i(push_i),
    .pop_valid_o(entry_valid), .pop_ready_i(sigmoid_valid[0]), .pop_data_o(entry)
  );

  // 1: read the pixel, multiply. 2: add. 3: write. A pixel read while it is written is taken from stage 4.
  logic             valid_q [1:4];
  logic             context_q [1:4];
  pixel_number_t    pixel_q [1:4];
  logic [16:0]      weight_q1;
  logic [2:0][15:0] colour_q1, colour_q2;
  logic [2:0][32:0] product_q2;
  logic [2:0][32:0] base, sum_q4;
  sums_t            stored [2], made_q3;
  logic             same3, same4, known, written;
  logic [1:0]       read_blend, read_back;
  assign written = valid_q[3] && context_q[1] == context_q[3] && pixel_q[1] == pixel_q[3];
  always_ff @(posedge clk_i) begin
    valid_q[1] <= rst_ni && sigmoid_valid[0];
    for (int i = 2; i < 5; i++) valid_q[i] <= rst_ni && valid_q[i-1];
    context_q[1] <= entry.context_bit;
    pixel_q[1]   <= entry.pixel;
    weight_q1    <= entry.weight;
    for (int i = 2; i < 5; i++) begin
      context_q[i] <= context_q[i-1];
      pixel_q[i]   <= pixel_q[i-1];
    end
    colour_q1 <= colour;
    colour_q2 <= colour_q1;
    for (int ch = 0; ch < 3; ch++) product_q2[ch] <= 33'(weight_q1) * 33'(colour_q1[ch]);
    made_q3.last <= colour_q2;
    for (int ch = 0; ch < 3; ch++) made_q3.sum[ch] <= base[ch] + product_q2[ch];
    sum_q4 <= made_q3.sum;
  end

  // Pixels that have had an entry, by context.
  logic [Pixels-1:0] touched_q [2];
  always_ff @(posedge clk_i) begin
    if (clear_i) touched_q[clear_context_i] <= '0;
    if (valid_q[3]) touched_q[context_q[3]][pixel_q[3]] <= 1'b1;
  end

  assign same3 = valid_q[3] && context_q[2] == context_q[3] && pixel_q[2] == pixel_q[3];
  assign same4 = valid_q[4] && context_q[2] == context_q[4] && pixel_q[2] == pixel_q[4];
  assign known = touched_q[context_q[2]][pixel_q[2]];
  assign base  = same3 ? made_q3.sum : same4 ? sum_q4 : known ? stored[context_q[2]].sum : '0;
  assign blended_o = valid_q[3];

  for (genvar c = 0; c < 2; c++) begin : gen_context
    localparam logic Context = 1'(c);
    assign read_blend[c] = valid_q[1] && !written && context_q[1] == Context;
    assign read_back[c]  = read_i && read_context_i == Context;
    sac_ram #(.Width($bits(sums_t)), .Words(Pixels)) u_sums (
      .clk_i, .write_en_i(valid_q[3] && context_q[3] == Context), .write_address_i(pixel_q[3]),
      .write_data_i(made_q3), .read_en_i(read_blend[c] || read_back[c]),
      .read_address_i(read_back[c] ? read_pixel_i : pixel_q[1]), .read_data_o(stored[c])
    );
  end

  logic                  read_context_q;
  logic [PixelWidth-1:0] read_pixel_q;
  always_ff @(posedge clk_i) begin
    read_context_q   <= read_context_i;
    read_pixel_q     <= read_pixel_i;
    pixel_o.coloured <= touched_q[read_context_q][read_pixel_q];
    pixel_o.last     <= stored[read_context_q].last;
    pixel_o.sum      <= touched_q[read_context_q][read_pixel_q] ? stored[read_context_q].sum : '0;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!rst_ni || !sigmoid_valid[0] || entry_valid) else $error("a colour without an entry");
    assert (!rst_ni || (read_blend & read_back) == '0) else $error("a tile is written back and blended");
  end
`endif
  logic unused;
  assign unused = ^{unload_data_i, sigmoid_valid, entry_valid};
endmodule

`default_nettype wire
