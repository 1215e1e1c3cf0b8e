// SPDX-License-Identifier: Apache-2.0
// The command queue: fetches the descriptor at the head, checks opcode, reserved bits and alignment,
// hands it to its engine, waits for the answer, writes the completion record, moves the head. The first
// error stops the queue with {code, index, address}; an error found in a descriptor is also recorded in
// memory, a memory fault is not (nothing is issued after it). One command at a time, so FENCE has nothing
// to wait for.
`default_nettype none

module sac_ring
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  parameter int unsigned DataWidth = 64
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // registers
  input  wire logic                 enable_i,
  input  wire logic [31:0]          ring_base_i,
  input  wire logic [3:0]           ring_size_i,
  input  wire logic [31:0]          ring_tail_i,
  input  wire logic [31:0]          completion_base_i,
  input  wire logic                 doorbell_i,
  output logic                      busy_o,
  output logic [31:0]               head_o,
  output logic                      fence_o,
  output logic                      error_o,
  output logic                      stopped_o,
  output logic [7:0]                error_code_o,
  output logic [31:0]               error_index_o,
  output logic [31:0]               error_address_o,
  output increments_t               increments_o,
  // memory
  input  wire fault_t               fault_i,
  output logic                      read_request_valid_o,
  input  wire logic                 read_request_ready_i,
  output request_t                  read_request_o,
  input  wire logic                 read_data_valid_i,
  output logic                      read_data_ready_o,
  input  wire logic [DataWidth-1:0] read_data_i,
  input  wire logic                 read_last_i,
  output logic                      write_request_valid_o,
  input  wire logic                 write_request_ready_i,
  output request_t                  write_request_o,
  output logic                      write_data_valid_o,
  input  wire logic                 write_data_ready_i,
  output logic [DataWidth-1:0]      write_data_o,
  input  wire logic                 write_done_i,
  // engines
  output logic [511:0]              command_o,
  output logic [EngineCount-1:0]    command_valid_o,
  input  wire logic [EngineCount-1:0] command_ready_i,
  input  wire response_t [EngineCount-1:0] response_i
);
  localparam int unsigned FetchBeats = 512 / DataWidth;
  localparam int unsigned RecordBeats = DataWidth < 128 ? 128 / DataWidth : 1;
  localparam int unsigned RecordWidth = RecordBeats * DataWidth;

  typedef enum logic [3:0] {
    StIdle, StFetch, StReceive, StCheck, StDecide, StDispatch, StRun,
    StRecord, StRecordData, StRecordDone, StNext, StFail, StStopped
  } state_e;

  state_e             state_q;
  logic [31:0]        head_q, cycles_q, address_q;
  logic [7:0]         code_q;
  logic [FetchBeats-1:0][DataWidth-1:0] descriptor_q;
  logic [3:0]         beat_q;
  logic               overrun_q;
  common_command_t    common;
  fence_command_t     fence;
  completion_record_t record;
  logic [RecordBeats-1:0][DataWidth-1:0] record_beats;
  logic [11:0]        slot;
  logic [EngineCount-1:0] engine_q;
  logic               size_bad;
  logic [7:0]         check_code_q;
  logic [3:0]         check_word_q;
  logic               unused;

  assign common = descriptor_q;
  assign fence  = descriptor_q;
  assign unused = &{1'b0, common, fence, read_last_i};

  // ---- Check of a descriptor by masks
  logic         is_known;
  logic [511:0] reserved, align;
  logic [15:0]  reserved_words, misaligned_words;

  always_comb begin
    is_known = 1'b1;
    reserved = '0;
    align    = '0;
    case (common.opcode)
      OPCODE_NOP:    begin reserved = NOP_RESERVED;    align = NOP_ALIGN;    end
      OPCODE_FENCE:  begin reserved = FENCE_RESERVED;  align = FENCE_ALIGN;  end
      OPCODE_COPY:   begin reserved = COPY_RESERVED;   align = COPY_ALIGN;   end
      OPCODE_TABLE:  begin reserved = TABLE_RESERVED;  align = TABLE_ALIGN;  end
      OPCODE_MATMUL: begin reserved = MATMUL_RESERVED; align = MATMUL_ALIGN; end
      OPCODE_RENDER: begin reserved = RENDER_RESERVED; align = RENDER_ALIGN; end
      OPCODE_ATTEND: begin reserved = ATTEND_RESERVED; align = ATTEND_ALIGN; end
      OPCODE_MERGE:  begin reserved = MERGE_RESERVED;  align = MERGE_ALIGN;  end
      OPCODE_SELECT: begin reserved = SELECT_RESERVED; align = SELECT_ALIGN; end
      OPCODE_RECODE: begin reserved = RECODE_RESERVED; align = RECODE_ALIGN; end
      default:       is_known = 1'b0;
    endcase
    for (int unsigned i = 0; i < 16; i++) begin
      reserved_words[i]   = (command_o[32*i +: 32] & reserved[32*i +: 32]) != '0;
      misaligned_words[i] = (command_o[32*i +: 32] & align[32*i +: 32]) != '0;
    end
  end

  function automatic logic [3:0] lowest(input logic [15:0] words);
    lowest = '0;
    for (int i = 15; i >= 0; i--) if (words[i]) lowest = 4'(i);
  endfunction

  always_ff @(posedge clk_i) begin
    check_word_q <= '0;
    check_code_q <= ERR_NONE;
    if (!is_known) begin
      check_code_q <= ERR_OPCODE;
    end else if (reserved_words != '0) begin
      check_code_q <= ERR_RESERVED;
      check_word_q <= lowest(reserved_words);
    end else if (misaligned_words != '0) begin
      check_code_q <= ERR_ALIGNMENT;
      check_word_q <= lowest(misaligned_words);
    end
  end

  // ---- Engines
  response_t response;
  logic [EngineCount-1:0] engine;

  always_comb begin
    engine = '0;
    case (common.opcode)
      OPCODE_COPY:   engine[EngineCopy] = 1'b1;
      OPCODE_TABLE:  engine[EngineTable] = 1'b1;
      OPCODE_MATMUL: engine[EngineMatmul] = 1'b1;
      OPCODE_RENDER: engine[EngineRender] = 1'b1;
      OPCODE_ATTEND: engine[EngineAttend] = 1'b1;
      OPCODE_MERGE:  engine[EngineMerge] = 1'b1;
      OPCODE_SELECT: engine[EngineSelect] = 1'b1;
      OPCODE_RECODE: engine[EngineRecode] = 1'b1;
      default: ;
    endcase
    response = '0;
    for (int unsigned i = 0; i < EngineCount; i++) if (engine_q[i]) response |= response_i[i];
  end

  assign command_o       = descriptor_q;
  assign command_valid_o = state_q == StDispatch ? engine_q : '0;

  // ---- Memory requests
  assign slot = 12'(head_q) & 12'((13'd1 << ring_size_i) - 13'd1);
  assign read_request_valid_o   = state_q == StFetch;
  assign read_request_o.address = ring_base_i + {14'd0, slot, 6'd0};
  assign read_request_o.bytes   = 16'd64;
  assign read_data_ready_o      = state_q == StReceive;
  assign write_request_valid_o   = state_q == StRecord;
  assign write_request_o.address = completion_base_i + {16'd0, slot, 4'd0};
  assign write_request_o.bytes   = 16'd16;
  assign write_data_valid_o      = state_q == StRecordData;
  assign record_beats            = RecordWidth'(record);
  if (RecordBeats == 1) begin : gen_one_beat
    assign write_data_o = record_beats;
  end else begin : gen_beats
    assign write_data_o = record_beats[beat_q[$clog2(RecordBeats)-1:0]];
  end

  always_comb begin
    record         = '0;
    record.tag     = common.tag;
    record.error   = code_q;
    record.valid   = 1'b1;
    record.cycles  = cycles_q;
    record.index   = head_q;
    record.address = address_q;
  end

  // ---- Sequence
  assign size_bad = ring_size_i == '0 || ring_size_i > 4'd12;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      head_q    <= '0;
      overrun_q <= 1'b0;
      engine_q  <= '0;
    end else begin
      // Judged when the doorbell rings: later the head may have caught up and hide it.
      if (doorbell_i && !size_bad && ring_tail_i - head_q > (32'd1 << ring_size_i))
        overrun_q <= 1'b1;
      case (state_q)
        StIdle:
          if (enable_i && ring_tail_i != head_q) begin
            if (overrun_q || size_bad) state_q <= StFail;
            else state_q <= StFetch;
          end
        StFetch:    if (read_request_ready_i) state_q <= StReceive;
        StReceive:  if (read_data_valid_i && read_last_i) state_q <= StCheck;
        StCheck:    state_q <= StDecide;
        StDecide: begin
          engine_q <= engine;
          state_q  <= check_code_q != ERR_NONE || engine == '0 ? StRecord : StDispatch;
        end
        StDispatch: if ((engine_q & command_ready_i) != '0) state_q <= StRun;
        StRun:      if (response.done) state_q <= StRecord;
        StRecord:   if (write_request_ready_i) state_q <= StRecordData;
        StRecordData:
          if (write_data_ready_i && beat_q == 4'(RecordBeats - 1)) state_q <= StRecordDone;
        StRecordDone: if (write_done_i) state_q <= code_q != ERR_NONE ? StFail : StNext;
        StNext: begin
          head_q  <= head_q + 1'b1;
          state_q <= StIdle;
        end
        StFail:     state_q <= StStopped;
        default:    state_q <= StStopped;
      endcase
      if (fault_i.valid && state_q != StFail && state_q != StStopped) state_q <= StFail;
    end
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      StIdle: begin
        code_q    <= overrun_q ? ERR_OVERRUN : ERR_RANGE;
        address_q <= '0;
      end
      StFetch: beat_q <= '0;
      StReceive:
        if (read_data_valid_i) begin
          descriptor_q[beat_q[$clog2(FetchBeats)-1:0]] <= read_data_i;
          beat_q <= beat_q + 1'b1;
        end
      StDecide: begin
        code_q    <= check_code_q;
        address_q <= 32'(check_word_q);
        cycles_q  <= '0;
      end
      StDispatch: cycles_q <= '0;
      StRun: begin
        cycles_q <= cycles_q + 1'b1;
        if (response.done) begin
          code_q    <= response.code;
          address_q <= response.code != ERR_NONE ? response.address : '0;
        end
      end
      StRecord:     beat_q <= '0;
      StRecordData: if (write_data_ready_i) beat_q <= beat_q + 1'b1;
      default: ;
    endcase
    // A fault of the memory comes before whatever else there is to report.
    if (fault_i.valid && state_q != StFail && state_q != StStopped) begin
      code_q    <= fault_i.code;
      address_q <= fault_i.address;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      stopped_o       <= 1'b0;
      error_code_o    <= ERR_NONE;
      error_index_o   <= '0;
      error_address_o <= '0;
    end else if (state_q == StFail) begin
      stopped_o       <= 1'b1;
      error_code_o    <= code_q;
      error_index_o   <= head_q;
      error_address_o <= address_q;
    end
  end

  assign head_o  = head_q;
  assign busy_o  = ring_tail_i != head_q || !(state_q inside {StIdle, StStopped});
  assign fence_o = state_q == StNext && common.opcode == OPCODE_FENCE && fence.interrupt;
  assign error_o = state_q == StFail;

  always_comb begin
    increments_o = '0;
    increments_o[COUNTER_HOST_CYCLES]   = 16'(state_q == StRun);
    increments_o[COUNTER_HOST_COMMANDS] = 16'(state_q == StNext);
  end
endmodule

`default_nettype wire
