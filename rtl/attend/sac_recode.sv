// SPDX-License-Identifier: Apache-2.0
// RECODE: rows of one element format to another (docs/attention.md, section 8). Requests run ahead of the data; sac_kv
// expands a row as it does for ATTEND as soon as a buffer for it is free; its values are shifted, scaled and packed.
// Done when the last row is answered by the memory.
`default_nettype none

module sac_recode
  import sac_config_pkg::*, sac_attend_pkg::*, sac_host_pkg::response_t, sac_memory_pkg::request_t, sac_spec_pkg::*;
  import sac_dot_pkg::kv_write_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire logic                    command_valid_i,
  output logic                         command_ready_o,
  input  wire recode_command_t         command_i,
  output response_t                    response_o,
  output logic                         busy_o,
  output logic                         written_o,       // a row
  // Read client; its data go to sac_kv.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  // sac_kv: rows that it may expand, and their values.
  output recode_row_t                  row_o,
  output logic                         row_valid_o,
  input  wire logic                    row_ready_i,
  input  wire kv_write_t               write_i,
  input  wire logic                    loaded_i,
  // Write client.
  output logic                         write_valid_o,
  input  wire logic                    write_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i
);
  // Values wait until the scale of their group is known: a group and the time to find it.
  localparam int unsigned Depth = 32 / RecodeSlots + 20;
  localparam int unsigned FreeWidth = $clog2(RecodeBuffers + 1);
  localparam int unsigned Groups = (Depth + 8) * RecodeSlots / 16 + 2;

  typedef enum logic [1:0] {StIdle, StCheck, StRun, StDone} state_e;
  state_e          state_q;
  recode_command_t command_q;
  logic [23:0]     reads_q, rows_q, writes_q;   // still to be asked for
  logic [15:0]     unanswered_q;
  logic [31:0]     source_q, target_q, word;
  logic [7:0]      code, code_q;
  logic [31:0]     word_q;
  logic            read, row, write, d_bad, run_over;
  assign command_ready_o = state_q == StIdle;
  assign busy_o          = state_q != StIdle;
  assign response_o      = '{done: state_q == StDone, code: code_q, address: word_q};
  assign written_o       = write_done_i;

  assign d_bad = command_q.d == '0 || command_q.d[3:0] != '0 || 32'(command_q.d) > HeadDim;
  assign code  = command_q.rows == '0 || d_bad ? ERR_RANGE : ERR_NONE;
  assign word  = code == ERR_NONE ? '0 : command_q.rows == '0 ? 32'd5 : 32'd6;
  assign run_over = writes_q == '0 && unanswered_q == '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (command_valid_i) state_q <= StCheck;
        StCheck: state_q <= code == ERR_NONE ? StRun : StDone;
        StRun:   if (run_over) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) command_q <= command_i;
    if (state_q == StCheck) begin
      code_q <= code;
      word_q <= word;
    end
  end

  function automatic logic [15:0] row_bytes(input logic [10:0] d, input logic [1:0] form, input logic scaled);
    return ({4'd0, d, 1'b0} >> form) + (scaled ? {9'd0, 5'((d + 11'd63) >> 6), 2'd0} : 16'd0);
  endfunction
  assign read_valid_o    = state_q == StRun && reads_q != '0;
  assign read            = read_valid_o && read_ready_i;
  assign read_request_o  = '{address: source_q, bytes: row_o.bytes};
  assign write_valid_o   = state_q == StRun && writes_q != '0;
  assign write           = write_valid_o && write_ready_i;
  assign write_request_o = '{
    address: target_q, bytes: row_bytes(command_q.d, command_q.destination_format, command_q.destination_scaled)
  };
  always_ff @(posedge clk_i) begin
    if (!rst_ni) unanswered_q <= '0;
    else unanswered_q <= unanswered_q + 16'(write) - 16'(write_done_i);
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StCheck) begin
      reads_q  <= command_q.rows;
      rows_q   <= command_q.rows;
      writes_q <= command_q.rows;
      source_q <= command_q.source_address;
      target_q <= command_q.destination_address;
    end else begin
      if (read) begin
        reads_q  <= reads_q - 1'b1;
        source_q <= source_q + command_q.source_stride;
      end
      if (row) rows_q <= rows_q - 1'b1;
      if (write) begin
        writes_q <= writes_q - 1'b1;
        target_q <= target_q + command_q.destination_stride;
      end
    end
  end

  // Rows to expand, as far as buffers are free; tiles take turns.
  logic [FreeWidth-1:0] free_q;
  logic                 row_free, tile_q;
  assign row_valid_o = state_q == StRun && rows_q != '0 && free_q != '0;
  assign row         = row_valid_o && row_ready_i;
  assign row_o       = '{
    active: busy_o, tile: tile_q, d: command_q.d, form: command_q.source_format, scaled: command_q.source_scaled,
    beats: command_q.source_format == 2'd0 || command_q.source_scaled,
    bytes: row_bytes(command_q.d, command_q.source_format, command_q.source_scaled)
  };
  always_ff @(posedge clk_i) begin
    if (!rst_ni || state_q == StCheck) begin
      free_q <= FreeWidth'(RecodeBuffers);
      tile_q <= 1'b0;
    end else begin
      free_q <= free_q - FreeWidth'(row) + FreeWidth'(row_free);
      tile_q <= tile_q ^ row;
    end
  end
  kv_write_t row_write;
  logic      loaded;
  assign loaded = loaded_i && busy_o;
  always_comb begin
    row_write       = write_i;
    row_write.valid = write_i.valid && busy_o;
  end

  typedef struct packed {
    logic                          group_end;
    logic                          row_end;
    logic [RecodeSlots-1:0][15:0]  values;
  } slots_t;
  slots_t        pushed, popped;
  logic          push_valid, push_ready, pop_valid, pop_ready, largest_valid, found, scale_valid, scale_ready;
  logic          scale_room;
  logic [15:0]   largest;
  recode_scale_t scale, scale_popped;
  sac_recode_rows u_rows (
    .clk_i, .rst_ni, .start_i(state_q == StCheck), .d_i(command_q.d), .beats_i(row_o.beats), .shift_i(command_q.shift),
    .write_i(row_write), .loaded_i(loaded), .free_o(row_free), .valid_o(push_valid), .ready_i(push_ready),
    .values_o(pushed.values), .group_end_o(pushed.group_end), .row_end_o(pushed.row_end),
    .largest_valid_o(largest_valid), .largest_o(largest)
  );
  sac_ram_fifo #(.Width($bits(slots_t)), .Depth(Depth)) u_slots (
    .clk_i, .rst_ni, .push_valid_i(push_valid), .push_ready_o(push_ready), .push_data_i(pushed),
    .pop_valid_o(pop_valid), .pop_ready_i(pop_ready), .pop_data_o(popped)
  );
  // Each group whose values wait has one scale at most: there is room.
  sac_recode_scale u_scale (
    .clk_i, .rst_ni, .valid_i(largest_valid && command_q.destination_scaled), .largest_i(largest),
    .format_i(command_q.destination_format), .valid_o(found), .mantissa_o(scale.mantissa), .exponent_o(scale.exponent),
    .reciprocal_o(scale.reciprocal)
  );
  sac_ram_fifo #(.Width($bits(recode_scale_t)), .Depth(Groups)) u_scales (
    .clk_i, .rst_ni, .push_valid_i(found), .push_ready_o(scale_room), .push_data_i(scale), .pop_valid_o(scale_valid),
    .pop_ready_i(scale_ready), .pop_data_o(scale_popped)
  );
  sac_recode_pack u_pack (
    .clk_i, .rst_ni, .format_i(command_q.destination_format), .scaled_i(command_q.destination_scaled),
    .valid_i(pop_valid), .ready_o(pop_ready), .values_i(popped.values), .group_end_i(popped.group_end),
    .row_end_i(popped.row_end), .scale_valid_i(scale_valid), .scale_ready_o(scale_ready), .scale_i(scale_popped),
    .beat_valid_o(write_data_valid_o), .beat_ready_i(write_data_ready_i), .beat_o(write_data_o)
  );

  logic unused;
  assign unused = &{1'b0, command_q, scale_room};
endmodule

`default_nettype wire
