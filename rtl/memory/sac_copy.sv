// SPDX-License-Identifier: Apache-2.0
// COPY: rows from a source to a destination, with gather or scatter row numbers from a list of u32, read
// 16 at a time through the same client (their data arrive when all rows before have passed). Row data go
// straight from the read stream to the write stream, both aligned to their own row. Done when the last
// row is answered by the memory. Source and destination must not overlap.
`default_nettype none

module sac_copy
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  parameter int unsigned DataWidth = 64
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  input  wire logic                 command_valid_i,
  output logic                      command_ready_o,
  input  wire copy_command_t        command_i,
  output response_t                 response_o,
  output logic                      busy_o,
  // read client
  output logic                      read_request_valid_o,
  input  wire logic                 read_request_ready_i,
  output request_t                  read_request_o,
  input  wire logic                 read_data_valid_i,
  output logic                      read_data_ready_o,
  input  wire logic [DataWidth-1:0] read_data_i,
  input  wire logic                 read_last_i,
  // write client
  output logic                      write_request_valid_o,
  input  wire logic                 write_request_ready_i,
  output request_t                  write_request_o,
  output logic                      write_data_valid_o,
  input  wire logic                 write_data_ready_i,
  output logic [DataWidth-1:0]      write_data_o,
  input  wire logic                 write_done_i
);
  localparam int unsigned Chunk       = 16;  // row numbers read at a time
  localparam int unsigned Words       = DataWidth / 32;
  localparam int unsigned ChunkBeats  = Chunk / Words;
  localparam int unsigned BeatWidth   = $clog2(ChunkBeats);
  localparam int unsigned NumberWidth = $clog2(Chunk);

  typedef enum logic [2:0] {
    StIdle, StCheck, StList, StCollect, StFirst, StMultiply, StRow, StDrain
  } state_e;

  state_e                 state_q;
  copy_command_t          command_q;
  logic [23:0]            left_q;
  logic [31:0]            list_q, source_q, destination_q, product_q;
  logic [NumberWidth-1:0] number_q;      // within the chunk
  logic [BeatWidth-1:0]   beat_q;
  logic [ChunkBeats-1:0][DataWidth-1:0] chunk_q;
  logic [Chunk-1:0][31:0] numbers;
  logic [7:0]             reading_q, writing_q;  // rows whose data have not passed; not answered
  logic                   read_sent_q, write_sent_q;
  logic                   listed, forward, take_read, take_write, row_sent;
  logic [7:0]             code;
  logic [31:0]            code_word;
  logic                   unused;

  assign unused  = &{1'b0, command_q};
  assign listed  = command_q.gather || command_q.scatter;
  assign numbers = chunk_q;
  assign busy_o  = state_q != StIdle;
  assign command_ready_o = state_q == StIdle;

  assign forward            = reading_q != '0;
  assign write_data_valid_o = read_data_valid_i && forward;
  assign write_data_o       = read_data_i;
  assign read_data_ready_o  = forward ? write_data_ready_i : state_q == StCollect;

  assign read_request_valid_o  = state_q == StList || (state_q == StRow && !read_sent_q);
  assign write_request_valid_o = state_q == StRow && !write_sent_q;
  assign take_read             = read_request_valid_o && read_request_ready_i;
  assign take_write            = write_request_valid_o && write_request_ready_i;
  assign row_sent = state_q == StRow && (read_sent_q || take_read) && (write_sent_q || take_write);

  always_comb begin
    read_request_o.address = source_q;
    read_request_o.bytes   = command_q.row_bytes;
    if (state_q == StList) begin
      read_request_o.address = list_q;
      read_request_o.bytes   = left_q < 24'(Chunk) ? 16'(left_q) << 2 : 16'(4 * Chunk);
    end
    write_request_o.address = destination_q;
    write_request_o.bytes   = command_q.row_bytes;
  end

  always_comb begin
    code      = ERR_NONE;
    code_word = '0;
    if (command_q.gather && command_q.scatter) begin
      code = ERR_RANGE;
    end else if (command_q.row_bytes == '0 || command_q.row_bytes > 16'd32768) begin
      code      = ERR_RANGE;
      code_word = 32'd3;
    end else if (command_q.rows == '0) begin
      code      = ERR_RANGE;
      code_word = 32'd4;
    end
    response_o.done    = (state_q == StCheck && code != ERR_NONE)
                         || (state_q == StDrain && writing_q == '0);
    response_o.code    = code;
    response_o.address = code_word;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      reading_q    <= '0;
      writing_q    <= '0;
      read_sent_q  <= 1'b0;
      write_sent_q <= 1'b0;
    end else begin
      case (state_q)
        StIdle:     if (command_valid_i) state_q <= StCheck;
        StCheck:    if (code != ERR_NONE) state_q <= StIdle;
                    else state_q <= listed ? StList : StRow;
        StList:     if (take_read) state_q <= StCollect;
        StCollect:  if (!forward && read_data_valid_i && read_last_i) state_q <= StFirst;
        StFirst:    state_q <= StMultiply;
        StMultiply: state_q <= StRow;
        StRow:
          if (row_sent) begin
            if (left_q == 24'd1) state_q <= StDrain;
            else if (listed) state_q <= number_q == NumberWidth'(Chunk - 1) ? StList : StFirst;
          end
        StDrain:    if (writing_q == '0) state_q <= StIdle;
        default:    state_q <= StIdle;
      endcase
      read_sent_q  <= state_q == StRow && !row_sent && (read_sent_q || take_read);
      write_sent_q <= state_q == StRow && !row_sent && (write_sent_q || take_write);
      reading_q <= reading_q + 8'(state_q == StRow && take_read)
                   - 8'(forward && read_data_valid_i && read_data_ready_o && read_last_i);
      writing_q <= writing_q + 8'(take_write) - 8'(write_done_i);
    end
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      StIdle: command_q <= command_i;
      StCheck: begin
        left_q        <= command_q.rows;
        list_q        <= command_q.index_address;
        source_q      <= command_q.source_address;
        destination_q <= command_q.destination_address;
        number_q      <= '0;
      end
      StList: begin
        beat_q <= '0;
        if (take_read) list_q <= list_q + 32'(4 * Chunk);
      end
      StCollect:
        if (!forward && read_data_valid_i) begin
          chunk_q[beat_q] <= read_data_i;
          beat_q          <= beat_q + 1'b1;
        end
      StFirst:
        product_q <= numbers[number_q]
                     * (command_q.gather ? command_q.source_stride : command_q.destination_stride);
      StMultiply:
        if (command_q.gather) source_q <= command_q.source_address + product_q;
        else destination_q <= command_q.destination_address + product_q;
      StRow:
        if (row_sent) begin
          left_q   <= left_q - 1'b1;
          number_q <= number_q + 1'b1;
          if (!command_q.gather) source_q <= source_q + command_q.source_stride;
          if (!command_q.scatter) destination_q <= destination_q + command_q.destination_stride;
        end
      default: ;
    endcase
  end
endmodule

`default_nettype wire
