// SPDX-License-Identifier: Apache-2.0
// What MERGE reads, in order: the log-sum-exps of row 0, then for every row those of the next one and its own states.
// Each of these is a turn of n requests; a queue tells the receiver whose turn it is.
`default_nettype none

module sac_attend_merge_requests
  import sac_config_pkg::*, sac_memory_pkg::request_t, sac_spec_pkg::merge_command_t;
(
  input  wire logic           clk_i,
  input  wire logic           rst_ni,
  input  wire logic           start_i,
  input  wire merge_command_t command_i,
  output logic                read_valid_o,
  input  wire logic           read_ready_i,
  output request_t            read_request_o,
  output logic                turn_valid_o,
  input  wire logic           turn_ready_i,
  output logic                turn_logs_o     // log-sum-exps, else states
);
  localparam int unsigned Turns = 6;  // that may be on their way
  localparam int unsigned CountWidth = $clog2(Turns + 1);

  logic        active_q, logs_q, first_q, turn_ready, fire, last;
  logic [5:0]  state_q;
  logic [23:0] rows_q;                // states still to ask for
  logic [31:0] log_q, log_row_q, y_q, y_row_q, log_row, y_row;
  logic [CountWidth-1:0] turns;
  assign read_valid_o   = active_q && (state_q != '0 || turn_ready);
  assign read_request_o = logs_q ? '{address: log_q, bytes: 16'd4}
                                 : '{address: y_q, bytes: {4'd0, command_i.d, 1'b0}};
  assign fire    = read_valid_o && read_ready_i;
  assign last    = state_q == command_i.states - 1'b1;
  assign log_row = log_row_q + 32'd4;
  assign y_row   = y_row_q + command_i.y_stride;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else if (start_i) begin
      active_q <= 1'b1;
    end else if (fire && last && !logs_q && rows_q == 24'd1) begin
      active_q <= 1'b0;
    end
    if (start_i) begin
      logs_q    <= 1'b1;
      first_q   <= 1'b1;
      state_q   <= '0;
      rows_q    <= command_i.rows;
      log_q     <= command_i.lse_address;
      log_row_q <= command_i.lse_address;
      y_q       <= command_i.y_address;
      y_row_q   <= command_i.y_address;
    end else if (fire && !last) begin
      state_q <= state_q + 1'b1;
      if (logs_q) log_q <= log_q + command_i.lse_state_stride;
      else y_q <= y_q + command_i.y_state_stride;
    end else if (fire) begin
      state_q <= '0;
      if (logs_q) begin
        log_q     <= log_row;
        log_row_q <= log_row;
        first_q   <= 1'b0;
        logs_q    <= first_q && rows_q != 24'd1;
      end else begin
        y_q     <= y_row;
        y_row_q <= y_row;
        rows_q  <= rows_q - 1'b1;
        logs_q  <= rows_q > 24'd2;
      end
    end
  end

  sac_fifo #(.Width(1), .Depth(Turns)) u_turns (
    .clk_i, .rst_ni, .push_valid_i(fire && state_q == '0), .push_ready_o(turn_ready), .push_data_i(logs_q),
    .pop_valid_o(turn_valid_o), .pop_ready_i(turn_ready_i), .pop_data_o(turn_logs_o), .count_o(turns)
  );
  logic unused;
  assign unused = ^{command_i, turns};
endmodule

`default_nettype wire
