// SPDX-License-Identifier: Apache-2.0
// Results of MATMUL: unloads the rows of each finished operation, passes them through the general function table if
// asked, and writes the values of a row and group, padded with zero to 4 bytes, as one request.
// `result_i` pulses when an operation is done; slots take turns; `slot_done_o` frees one.
`default_nettype none

module sac_matmul_output
  import sac_config_pkg::*;
  import sac_dot_pkg::*;
  import sac_memory_pkg::*;
  import sac_spec_pkg::matmul_command_t;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire table_word_t       table_word_i,
  input  wire table_control_t    table_control_i,
  input  wire logic              start_i,
  input  wire matmul_command_t   command_i,     // steady while it runs
  input  wire logic [13:0]       groups_i,
  output logic                   finished_o,
  input  wire logic              result_i,
  output logic                   slot_done_o,
  output logic                   slot_o,
  output unload_t                unload_o,
  input  wire logic [WordWidth-1:0] unload_data_i,
  output logic                   write_valid_o,
  input  wire logic              write_ready_i,
  output request_t               write_request_o,
  output logic                   write_data_valid_o,
  input  wire logic              write_data_ready_i,
  output logic [AxiDataWidth-1:0] write_data_o,
  input  wire logic              write_done_i
);
  localparam int unsigned BeatBytes = AxiDataWidth / 8;
  localparam int unsigned CountWidth = LanesLog2 + 1;
  localparam int unsigned WideWidth = WordWidth > AxiDataWidth ? WordWidth : AxiDataWidth;

  typedef enum logic [2:0] {StIdle, StFetch, StWait, StTake, StTable, StRequest, StData} state_e;
  state_e state_q;

  // Where we are.
  logic [23:0]           left_q;                  // rows from this batch on
  logic [13:0]           group_q;                 // groups left in the batch
  logic [RowWidth-1:0]   row_q;
  logic [15:0]           outputs_q;               // from this group on
  logic [31:0]           base_q, row_address_q, column_q;
  logic [1:0]            results_q;
  logic                  last_row, last_group, next_row, next_group, next_batch;
  logic [CountWidth-1:0] count;                   // values of this group
  assign last_row   = row_q == RowWidth'(Rows - 1) || left_q == 24'(row_q) + 24'd1;
  assign last_group = group_q == 14'd1;
  assign next_group = next_row && last_row;
  assign next_batch = next_group && last_group;
  assign count      = outputs_q > 16'(Lanes) ? CountWidth'(Lanes) : CountWidth'(outputs_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) results_q <= '0;
    else results_q <= results_q + 2'(result_i) - 2'(next_group);
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      left_q        <= command_i.m;
      slot_o        <= 1'b0;
      base_q        <= command_i.y_address;
      row_address_q <= command_i.y_address;
    end else if (next_row) begin
      if (next_batch) left_q <= left_q - 24'(row_q) - 24'd1;
      if (next_batch) base_q <= row_address_q + command_i.y_stride;
      slot_o        <= slot_o ^ last_row;
      row_address_q <= (next_group && !last_group) ? base_q : row_address_q + command_i.y_stride;
    end
    if (start_i || next_batch) begin
      group_q   <= groups_i;
      column_q  <= '0;
      outputs_q <= command_i.n;
    end else if (next_group) begin
      group_q   <= group_q - 1'b1;
      column_q  <= column_q + 32'(2 * Lanes);
      outputs_q <= outputs_q - 16'(Lanes);
    end
    if (start_i || next_group) row_q <= '0;
    else if (next_row) row_q <= row_q + 1'b1;
  end
  assign slot_done_o = next_group;
  assign unload_o    = '{valid: state_q == StFetch, slot: slot_o, row: row_q};

  // Function table: the word goes round, one value a cycle.
  logic [WordWidth-1:0] feed_q;
  logic [CountWidth-1:0] fed_q, returned_q;
  logic                 lookup_valid, feed;
  logic signed [39:0]   lookup_y;
  logic [15:0]          lookup_value;
  assign feed = state_q == StTable && fed_q != CountWidth'(Lanes);
  sac_lookup #(.Target(sac_spec_pkg::TARGET_GENERAL), .InputWidth(16)) u_lookup (
    .clk_i, .rst_ni, .table_word_i, .table_control_i,
    .valid_i(feed), .x_i(feed_q[15:0]), .valid_o(lookup_valid), .y_o(lookup_y)
  );
  assign lookup_value = lookup_y > 40'sd32767 ? 16'h7fff : lookup_y < -40'sd32768 ? 16'h8000 : lookup_y[15:0];

  // Values beyond `count` are zero.
  logic [WideWidth-1:0] word_q;
  logic [WordWidth-1:0] taken;
  always_comb begin
    for (int i = 0; i < int'(Lanes); i++)
      taken[i*16 +: 16] = CountWidth'(i) < count ? unload_data_i[i*16 +: 16] : '0;
  end
  logic [15:0] bytes, sent_q;
  logic        last_beat, take_beat;
  assign bytes              = 16'({count + 1'b1, 1'b0}) & 16'hfffc;
  assign last_beat          = sent_q + 16'(BeatBytes) >= bytes;
  assign write_valid_o      = state_q == StRequest;
  assign write_request_o    = '{address: row_address_q + column_q, bytes: bytes};
  assign write_data_valid_o = state_q == StData;
  assign write_data_o       = word_q[AxiDataWidth-1:0];
  assign take_beat          = write_data_valid_o && write_data_ready_i;
  assign next_row           = take_beat && last_beat;

  always_ff @(posedge clk_i) begin
    if (state_q == StTake) begin
      word_q     <= WideWidth'(taken);
      feed_q     <= unload_data_i;
      fed_q      <= '0;
      returned_q <= '0;
      sent_q     <= '0;
    end else begin
      if (feed) begin
        feed_q <= feed_q >> 16;
        fed_q  <= fed_q + 1'b1;
      end
      if (lookup_valid) begin
        returned_q <= returned_q + 1'b1;
        word_q     <= WideWidth'({returned_q < count ? lookup_value : 16'd0, word_q[WordWidth-1:16]});
      end
      if (take_beat) begin
        word_q <= word_q >> AxiDataWidth;
        sent_q <= sent_q + 16'(BeatBytes);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (results_q != '0) state_q <= StFetch;
        StFetch: state_q <= StWait;
        StWait:  state_q <= StTake;
        StTake:  state_q <= command_i.through_table ? StTable : StRequest;
        StTable: if (lookup_valid && returned_q == CountWidth'(Lanes - 1)) state_q <= StRequest;
        StRequest: if (write_ready_i) state_q <= StData;
        StData: if (next_row) state_q <= last_row ? StIdle : StFetch;
        default: state_q <= StIdle;
      endcase
    end
  end

  // Done when every write has been answered.
  logic [23:0] unanswered_q;
  logic        running_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      unanswered_q <= '0;
      running_q    <= 1'b0;
    end else begin
      unanswered_q <= unanswered_q + 24'(write_valid_o && write_ready_i) - 24'(write_done_i);
      running_q    <= start_i || (running_q && !finished_o);
    end
  end
  assign finished_o = running_q && left_q == '0 && unanswered_q == '0;

  logic unused_bits;
  assign unused_bits = ^command_i;
endmodule

`default_nettype wire
