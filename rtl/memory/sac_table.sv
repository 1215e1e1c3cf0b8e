// SPDX-License-Identifier: Apache-2.0
// TABLE: reads entries and sends them as 32-bit words over the table bus, one word a cycle; a function
// table first gets its control word. Reads in requests that end at multiples of 16 KiB.
`default_nettype none

module sac_table
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  parameter int unsigned DataWidth    = 64,
  parameter int unsigned Lanes        = 16,
  parameter int unsigned WeightWords  = 4096,
  parameter int unsigned QuantEntries = 512,
  parameter int unsigned LineRows     = 768
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 command_valid_i,
  output logic                      command_ready_o,
  input  wire table_command_t       command_i,
  output response_t                 response_o,
  output table_word_t               word_o,
  output table_control_t            control_o,
  // read client
  output logic                      read_request_valid_o,
  input  wire logic                 read_request_ready_i,
  output request_t                  read_request_o,
  input  wire logic                 read_data_valid_i,
  output logic                      read_data_ready_o,
  input  wire logic [DataWidth-1:0] read_data_i
);
  localparam int unsigned Words      = DataWidth / 32;
  localparam int unsigned IndexWidth = Words > 1 ? $clog2(Words) : 1;

  typedef enum logic [2:0] {StIdle, StLook, StCheck, StAsk, StRun} state_e;

  state_e                state_q;
  table_command_t        command_q;
  logic                  known_q, function_q, known, is_function;
  logic [5:0]            entry_words_q, entry_words;
  logic [16:0]           entries_q, entries;
  logic [31:0]           address_q;
  logic [21:0]           left_q;              // words not requested yet
  logic [12:0]           room, ask, request_left_q;
  logic [15:0]           entry_q;
  logic [5:0]            word_q;
  logic [IndexWidth-1:0] index_q;             // word within the beat
  logic                  send, last_of_entry, last_of_request;
  logic [7:0]            code;
  logic [31:0]           code_word;
  logic                  unused;

  assign unused = &{1'b0, command_q};

  always_comb begin
    known       = 1'b1;
    is_function = 1'b0;
    entry_words = 6'd2;
    entries     = 17'd256;
    case (command_q.target)
      TARGET_SOFTPLUS, TARGET_EXP2, TARGET_SINE, TARGET_SIGMOID, TARGET_GENERAL, TARGET_TANH, TARGET_POWER, TARGET_LOG2:
        is_function = 1'b1;
      TARGET_WEIGHT: begin
        entry_words = 6'(Lanes / 4);
        entries     = 17'(WeightWords);
      end
      TARGET_QUANT: entries = 17'(QuantEntries);
      TARGET_DENSITY_LINE: begin
        entry_words = 6'(TARGET_DENSITY_LINE_BYTES / 4);
        entries     = 17'(LineRows);
      end
      TARGET_APPEARANCE_LINE: begin
        entry_words = 6'(TARGET_APPEARANCE_LINE_BYTES / 4);
        entries     = 17'(LineRows);
      end
      default: known = 1'b0;
    endcase
  end

  always_comb begin
    code      = ERR_NONE;
    code_word = '0;
    if (!known_q) begin
      code      = ERR_RANGE;
      code_word = 32'd2;
    end else if (command_q.count == '0
                 || 17'(command_q.first) + 17'(command_q.count) > entries_q) begin
      code      = ERR_RANGE;
      code_word = 32'd3;
    end else if (function_q && (command_q.shift > 4'd12 || command_q.low_end > 2'd1
                                || command_q.high_end > 2'd2)) begin
      code      = ERR_RANGE;
      code_word = 32'd4;
    end
  end

  assign command_ready_o      = state_q == StIdle;
  assign room                 = 13'd4096 - 13'(address_q[13:2]);
  assign ask                  = left_q < 22'(room) ? 13'(left_q) : room;
  assign read_request_valid_o = state_q == StAsk;
  assign read_request_o       = {address_q, 1'b0, ask, 2'b00};
  assign send                 = state_q == StRun && read_data_valid_i;
  assign last_of_entry        = word_q == entry_words_q - 1'b1;
  assign last_of_request      = request_left_q == 13'd1;
  assign read_data_ready_o    = send && (32'(index_q) == Words - 1 || last_of_request);

  always_comb begin
    word_o.valid  = send;
    word_o.target = command_q.target;
    word_o.entry  = entry_q;
    word_o.word   = word_q;
    word_o.last   = last_of_entry;
    if (Words == 1) word_o.data = read_data_i[31:0];
    else word_o.data = 32'(read_data_i >> {index_q, 5'd0});
    control_o.valid   = state_q == StCheck && code == ERR_NONE && function_q;
    control_o.target  = command_q.target;
    control_o.control = {command_q.high_end, command_q.low_end, command_q.shift, command_q.offset};
    response_o.done    = (state_q == StCheck && code != ERR_NONE)
                         || (send && last_of_request && left_q == '0);
    response_o.code    = state_q == StCheck ? code : ERR_NONE;
    response_o.address = code_word;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      case (state_q)
        StIdle:  if (command_valid_i) state_q <= StLook;
        StLook:  state_q <= StCheck;
        StCheck: state_q <= code == ERR_NONE ? StAsk : StIdle;
        StAsk:   if (read_request_ready_i) state_q <= StRun;
        StRun:   if (send && last_of_request) state_q <= left_q == '0 ? StIdle : StAsk;
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      StIdle: command_q <= command_i;
      StLook: begin
        known_q       <= known;
        function_q    <= is_function;
        entry_words_q <= entry_words;
        entries_q     <= entries;
        left_q        <= 22'(command_q.count) * 22'(entry_words);
        address_q     <= command_q.source_address;
        entry_q       <= command_q.first;
        word_q        <= '0;
      end
      StAsk:
        if (read_request_ready_i) begin
          address_q      <= address_q + {17'd0, ask, 2'b00};
          left_q         <= left_q - 22'(ask);
          request_left_q <= ask;
          index_q        <= '0;
        end
      StRun:
        if (send) begin
          request_left_q <= request_left_q - 1'b1;
          index_q        <= read_data_ready_o ? '0 : index_q + 1'b1;
          word_q         <= last_of_entry ? '0 : word_q + 1'b1;
          entry_q        <= entry_q + 16'(last_of_entry);
        end
      default: ;
    endcase
  end
endmodule

`default_nettype wire
