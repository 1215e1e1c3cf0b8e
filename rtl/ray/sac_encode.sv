// SPDX-License-Identifier: Apache-2.0
// Encoding of entries (docs/architecture.md, section 4): 27 features interpolated from the eight corners, EncodeChannels
// a cycle, then the three of the view; of each five values (itself, sin p, sin 2p, cos p, cos 2p) enter the input
// vector, which goes to the entry's row of the x RAM word by word. Entries follow each other every `Spacing` cycles;
// nothing waits inside, so the x port must take a word whenever one comes.
`default_nettype none

module sac_encode
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                          clk_i,
  input  wire logic                          rst_ni,
  input  wire table_word_t                   table_word_i,
  input  wire table_control_t                table_control_i,
  input  wire logic [3:0]                    phase_exponent_i,
  input  wire logic                          entry_valid_i,
  output logic                               entry_ready_o,
  input  wire encode_entry_t                 entry_i,
  // Features: the words of the eight corners two cycles later.
  output logic                               read_o,
  output feature_set_t                       read_set_o,
  output logic [2:0][2:0]                    read_cell_o,
  output logic [VertexWordWidth-1:0]         read_word_o,
  input  wire logic [7:0][16*EncodeChannels-1:0] corner_i,
  output logic                               group_read_o,   // the last word of a group
  // View of a pixel: one cycle later, held.
  output logic                               view_en_o,
  output logic                               view_context_o,
  output logic [PixelWidth-1:0]              view_pixel_o,
  input  wire view_t                         view_i,
  output x_write_t                           x_write_o,
  output logic                               written_o       // the last word of an entry is being written
);
  localparam int unsigned Channels = Features + 3;
  localparam int unsigned Steps = (Channels + EncodeChannels - 1) / EncodeChannels;
  // Two cycles an entry are left to the products, which share the x port.
  localparam int unsigned Spacing = Steps > InputWords + 2 ? Steps : InputWords + 2;
  localparam int unsigned StepWidth = $clog2(Spacing);
  localparam int unsigned ViewStep = Features / EncodeChannels;
  localparam int unsigned Before = 5;                        // cycles from read to interpolated value
  localparam int unsigned Latency = Before + LookupLatency;
  localparam int unsigned Values = 5 * EncodeChannels;       // a step
  typedef logic signed [15:0] value_t;
  typedef logic [StepWidth-1:0] step_t;

  function automatic value_t lerp(input value_t a, input value_t b, input logic [7:0] f);
    logic signed [16:0] difference;
    logic signed [25:0] product;
    difference = 17'(b) - 17'(a);
    product    = difference * $signed({1'b0, f}) + 26'sd128;
    return a + value_t'(product >>> 8);
  endfunction

  // The entry in hand, its steps one a cycle.
  logic          running_q;
  step_t         step_q;
  encode_entry_t entry_q;
  logic          last_step;
  assign entry_ready_o = !running_q || step_q == step_t'(Spacing - 1);
  assign last_step     = step_q == step_t'(Steps - 1);
  assign read_o        = running_q && 32'(step_q) < Steps;
  assign read_set_o    = entry_q.features;
  assign read_cell_o   = entry_q.cell_in_cube;
  assign read_word_o   = VertexWordWidth'(step_q);
  assign group_read_o  = running_q && last_step && entry_q.last;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) running_q <= 1'b0;
    else if (entry_ready_o) running_q <= entry_valid_i;
    step_q <= entry_ready_o ? '0 : step_q + 1'b1;
    if (entry_ready_o) entry_q <= entry_i;
  end

  // What travels with a step; index = cycles after the read.
  typedef struct packed {
    logic                half;
    logic [RowWidth-1:0] row;
  } target_t;
  logic    valid_q [1:Latency];
  logic    last_q [1:Latency];
  target_t target_q [1:Latency];
  step_t   number_q [1:Before];
  logic [2:0][7:0]       fraction_q [1:Before-1];
  logic                  context_q [1:Before-1];
  logic [PixelWidth-1:0] pixel_q [1:Before-1];
  always_ff @(posedge clk_i) begin
    valid_q[1]    <= rst_ni && read_o;
    last_q[1]     <= last_step;
    target_q[1]   <= '{half: entry_q.half, row: entry_q.row};
    number_q[1]   <= step_q;
    fraction_q[1] <= entry_q.fraction;
    context_q[1]  <= entry_q.context_bit;
    pixel_q[1]    <= entry_q.pixel;
    for (int i = 2; i <= int'(Latency); i++) begin
      valid_q[i]  <= rst_ni && valid_q[i-1];
      last_q[i]   <= last_q[i-1];
      target_q[i] <= target_q[i-1];
    end
    for (int i = 2; i <= int'(Before); i++) number_q[i] <= number_q[i-1];
    for (int i = 2; i < int'(Before); i++) begin
      fraction_q[i] <= fraction_q[i-1];
      context_q[i]  <= context_q[i-1];
      pixel_q[i]    <= pixel_q[i-1];
    end
  end
  // The view comes with the first step that encodes it and holds to the entry's last.
  assign view_en_o      = valid_q[Before-1] && number_q[Before-1] == step_t'(ViewStep);
  assign view_context_o = context_q[Before-1];
  assign view_pixel_o   = pixel_q[Before-1];

  // A channel of each step: interpolation, phases, sines.
  logic [EncodeChannels-1:0][4:0][15:0] encoded;
  for (genvar c = 0; c < int'(EncodeChannels); c++) begin : gen_channel
    value_t             corner [8], x_q [4], y_q [2], z_q, value, value_q [LookupLatency];
    logic               of_view;
    logic [5:0]         channel;
    logic [15:0]        phase, phases [4];
    logic [3:0]         sine_valid;
    logic signed [39:0] sine [4];
    always_comb for (int k = 0; k < 8; k++) corner[k] = corner_i[k][16*c +: 16];
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < 4; i++) x_q[i] <= lerp(corner[2*i], corner[2*i+1], fraction_q[2][0]);
      for (int i = 0; i < 2; i++) y_q[i] <= lerp(x_q[2*i], x_q[2*i+1], fraction_q[3][1]);
      z_q <= lerp(y_q[0], y_q[1], fraction_q[4][2]);
    end
    assign channel = 6'(32'(number_q[Before]) * EncodeChannels + 32'(c));
    assign of_view = 32'(channel) >= Features;
    assign value   = !of_view ? z_q : value_t'(view_i[32'(channel) == Features ? 0 : 32'(channel) == Features + 1 ? 1 : 2]);
    assign phase   = of_view ? value : value << phase_exponent_i;
    assign phases  = '{phase, phase << 1, phase + 16'd16384, (phase << 1) + 16'd16384};
    for (genvar i = 0; i < 4; i++) begin : gen_sine
      sac_lookup #(.Target(sac_spec_pkg::TARGET_SINE), .InputWidth(17)) u_sine (
        .clk_i, .rst_ni, .table_word_i, .table_control_i, .valid_i(valid_q[Before]), .x_i({1'b0, phases[i]}),
        .valid_o(sine_valid[i]), .y_o(sine[i])
      );
      assign encoded[c][1+i] = sine[i][15:0];
    end
    always_ff @(posedge clk_i) begin
      value_q[0] <= value;
      for (int i = 1; i < int'(LookupLatency); i++) value_q[i] <= value_q[i-1];
    end
    assign encoded[c][0] = value_q[LookupLatency-1];
    logic unused;
    assign unused = ^{sine_valid, sine[0][39:16], sine[1][39:16], sine[2][39:16], sine[3][39:16]};
  end

  // Values shift in from the top: the first channel ends at the bottom. The first word is written from there, the
  // rest moves on, so that the next entry can shift in behind it.
  localparam int unsigned WordNumberWidth = $clog2(InputWords);
  logic [16*Values*Steps-1:0]            vector_q;
  logic [InputWords*WordWidth-1:0]       padded;
  logic [(InputWords-1)*WordWidth-1:0]   rest_q;
  logic [WordNumberWidth-1:0]            word_q;
  logic                                  complete_q, writing_q;
  target_t                               at_q;
  assign padded = (InputWords*WordWidth)'(vector_q);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      complete_q <= 1'b0;
      writing_q  <= 1'b0;
    end else begin
      complete_q <= valid_q[Latency] && last_q[Latency];
      if (complete_q) writing_q <= 1'b1;
      else if (written_o) writing_q <= 1'b0;
    end
    if (valid_q[Latency]) vector_q <= (16*Values*Steps)'({encoded, vector_q} >> (16 * Values));
    if (valid_q[Latency] && last_q[Latency]) at_q <= target_q[Latency];
    if (complete_q) rest_q <= padded[InputWords*WordWidth-1:WordWidth];
    else rest_q <= rest_q >> WordWidth;
    word_q <= complete_q ? WordNumberWidth'(1) : word_q + 1'b1;
  end
  assign written_o       = writing_q && word_q == WordNumberWidth'(InputWords - 1);
  assign x_write_o.valid = complete_q || writing_q;
  assign x_write_o.row   = at_q.row;
  assign x_write_o.word  = (at_q.half ? XAddressWidth'(InputWords) : '0) + (complete_q ? '0 : XAddressWidth'(word_q));
  assign x_write_o.data  = complete_q ? padded[WordWidth-1:0] : rest_q[WordWidth-1:0];
endmodule

`default_nettype wire
