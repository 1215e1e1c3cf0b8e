// SPDX-License-Identifier: Apache-2.0
// The host room: registers, command queue, counters and the soft reset, which first keeps the memory room
// from issuing, waits until nothing is outstanding, and then resets every room (`rooms_rst_no`).
`default_nettype none

module sac_host
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*, sac_config_pkg::*;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  // AXI4-Lite
  input  wire logic                    awvalid_i,
  output logic                         awready_o,
  input  wire logic [11:0]             awaddr_i,
  input  wire logic                    wvalid_i,
  output logic                         wready_o,
  input  wire logic [31:0]             wdata_i,
  input  wire logic [3:0]              wstrb_i,
  output logic                         bvalid_o,
  input  wire logic                    bready_i,
  output logic [1:0]                   bresp_o,
  input  wire logic                    arvalid_i,
  output logic                         arready_o,
  input  wire logic [11:0]             araddr_i,
  output logic                         rvalid_o,
  input  wire logic                    rready_i,
  output logic [31:0]                  rdata_o,
  output logic [1:0]                   rresp_o,
  output logic                         irq_o,
  // all rooms
  output logic                         rooms_rst_no,
  input  wire increments_t             increments_i,
  // memory room
  output memory_config_t               memory_config_o,
  output logic                         memory_hold_o,
  input  wire logic                    memory_idle_i,
  input  wire fault_t                  fault_i,
  output logic                         read_request_valid_o,
  input  wire logic                    read_request_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    read_data_valid_i,
  output logic                         read_data_ready_o,
  input  wire logic [AxiDataWidth-1:0] read_data_i,
  input  wire logic                    read_last_i,
  output logic                         write_request_valid_o,
  input  wire logic                    write_request_ready_i,
  output request_t                     write_request_o,
  output logic                         write_data_valid_o,
  input  wire logic                    write_data_ready_i,
  output logic [AxiDataWidth-1:0]      write_data_o,
  input  wire logic                    write_done_i,
  // engines
  output logic [511:0]                 command_o,
  output logic [EngineCount-1:0]       command_valid_o,
  input  wire logic [EngineCount-1:0]  command_ready_i,
  input  wire response_t [EngineCount-1:0] response_i
);
  localparam int unsigned ResetCycles = 8;

  typedef enum logic [1:0] {StRun, StHold, StReset} state_e;

  state_e      state_q;
  logic [3:0]  count_q;
  logic        soft_reset, clear, doorbell, enable, busy, fence, error, stopped;
  logic [31:0] ring_base, ring_tail, completion_base, head, error_index, error_address;
  logic [3:0]  ring_size;
  logic [7:0]  error_code;
  increments_t ring_increments;
  logic [$clog2(Counters)-1:0] counter_index;
  logic [31:0] counter_value;

  assign clear         = state_q == StReset;
  assign memory_hold_o = state_q != StRun;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q      <= StRun;
      rooms_rst_no <= 1'b0;
    end else begin
      rooms_rst_no <= state_q != StReset;
      case (state_q)
        StRun:   if (soft_reset) state_q <= StHold;
        // An issue that was under way when the hold began is seen in the next cycle at the latest.
        StHold:  if (memory_idle_i && count_q == '0) state_q <= StReset;
        StReset: if (count_q == '0) state_q <= StRun;
        default: state_q <= StRun;
      endcase
      if (state_q == StRun || (state_q == StHold && memory_idle_i && count_q == '0))
        count_q <= 4'(ResetCycles);
      else if (count_q != '0) count_q <= count_q - 1'b1;
    end
  end

  sac_registers u_registers (
    .clk_i, .rst_ni,
    .awvalid_i, .awready_o, .awaddr_i, .wvalid_i, .wready_o, .wdata_i, .wstrb_i,
    .bvalid_o, .bready_i, .bresp_o, .arvalid_i, .arready_o, .araddr_i,
    .rvalid_o, .rready_i, .rdata_o, .rresp_o, .irq_o,
    .soft_reset_o     (soft_reset),
    .resetting_i      (memory_hold_o || soft_reset),
    .clear_i          (clear),
    .memory_config_o,
    .enable_o         (enable),
    .ring_base_o      (ring_base),
    .ring_size_o      (ring_size),
    .ring_tail_o      (ring_tail),
    .completion_base_o(completion_base),
    .doorbell_o       (doorbell),
    .busy_i           (busy),
    .ring_head_i      (head),
    .fence_i          (fence),
    .error_i          (error),
    .stopped_i        (stopped),
    .error_code_i     (error_code),
    .error_index_i    (error_index),
    .error_address_i  (error_address),
    .counter_index_o  (counter_index),
    .counter_value_i  (counter_value)
  );

  sac_ring #(
    .DataWidth(AxiDataWidth)
  ) u_ring (
    .clk_i,
    .rst_ni           (rooms_rst_no),
    .enable_i         (enable),
    .ring_base_i      (ring_base),
    .ring_size_i      (ring_size),
    .ring_tail_i      (ring_tail),
    .completion_base_i(completion_base),
    .doorbell_i       (doorbell),
    .busy_o           (busy),
    .head_o           (head),
    .fence_o          (fence),
    .error_o          (error),
    .stopped_o        (stopped),
    .error_code_o     (error_code),
    .error_index_o    (error_index),
    .error_address_o  (error_address),
    .increments_o     (ring_increments),
    .fault_i,
    .read_request_valid_o, .read_request_ready_i, .read_request_o,
    .read_data_valid_i, .read_data_ready_o, .read_data_i, .read_last_i,
    .write_request_valid_o, .write_request_ready_i, .write_request_o,
    .write_data_valid_o, .write_data_ready_i, .write_data_o, .write_done_i,
    .command_o, .command_valid_o, .command_ready_i, .response_i
  );

  sac_counters u_counters (
    .clk_i,
    .rst_ni      (rooms_rst_no),
    .increments_i(increments_i | ring_increments),
    .index_i     (counter_index),
    .value_o     (counter_value)
  );
endmodule

`default_nettype wire
