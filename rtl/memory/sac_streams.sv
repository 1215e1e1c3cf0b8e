// SPDX-License-Identifier: Apache-2.0
// The memory room without its engines: a stream for each client, the two AXI4 ports, and the first fault.
// After a fault nothing more is issued until reset; `idle_o` tells when a reset is safe. `hold_i` keeps
// the room from issuing (a soft reset is being prepared).
`default_nettype none

module sac_streams
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*, sac_config_pkg::*;
(
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire memory_config_t            config_i,
  input  wire logic                      hold_i,
  output logic                           idle_o,
  output fault_t                         fault_o,
  output increments_t                    increments_o,
  // read clients
  input  wire logic                      read_request_valid_i [ReadClients],
  output logic                           read_request_ready_o [ReadClients],
  input  wire request_t                  read_request_i [ReadClients],
  output logic                           read_data_valid_o [ReadClients],
  input  wire logic                      read_data_ready_i [ReadClients],
  output logic [AxiDataWidth-1:0]        read_data_o [ReadClients],
  output logic                           read_last_o [ReadClients],
  // write clients
  input  wire logic                      write_request_valid_i [WriteClients],
  output logic                           write_request_ready_o [WriteClients],
  input  wire request_t                  write_request_i [WriteClients],
  input  wire logic                      write_data_valid_i [WriteClients],
  output logic                           write_data_ready_o [WriteClients],
  input  wire logic [AxiDataWidth-1:0]   write_data_i [WriteClients],
  output logic                           write_done_o [WriteClients],
  // AXI4
  output logic                           arvalid_o,
  input  wire logic                      arready_i,
  output logic [AxiAddressWidth-1:0]     araddr_o,
  output logic [7:0]                     arlen_o,
  input  wire logic                      rvalid_i,
  input  wire logic [AxiDataWidth-1:0]   rdata_i,
  input  wire logic [1:0]                rresp_i,
  input  wire logic                      rlast_i,
  output logic                           awvalid_o,
  input  wire logic                      awready_i,
  output logic [AxiAddressWidth-1:0]     awaddr_o,
  output logic [7:0]                     awlen_o,
  output logic                           wvalid_o,
  input  wire logic                      wready_i,
  output logic [AxiDataWidth-1:0]        wdata_o,
  output logic [AxiDataWidth/8-1:0]      wstrb_o,
  output logic                           wlast_o,
  input  wire logic                      bvalid_i,
  input  wire logic [1:0]                bresp_i
);
  localparam int unsigned BurstBeats = BurstBytes / (AxiDataWidth / 8);
  localparam int unsigned Words      = AxiDataWidth / 32;
  // Bursts that a stream buffers: enough to keep the bus busy over its latency.
  localparam int unsigned StreamBursts = 4;

  logic                    read_burst_valid [ReadClients];
  logic                    read_burst_ready [ReadClients];
  burst_t                  read_burst [ReadClients];
  logic                    read_beat_valid [ReadClients];
  logic [AxiDataWidth-1:0] read_beat;
  logic                    write_burst_valid [WriteClients];
  logic                    write_burst_ready [WriteClients];
  burst_t                  write_burst [WriteClients];
  logic                    write_beat_valid [WriteClients];
  logic                    write_beat_ready [WriteClients];
  logic [AxiDataWidth-1:0] write_beat [WriteClients];
  logic [Words-1:0]        write_strobe [WriteClients];

  logic        stop, read_idle, write_idle, read_issue, write_issue, read_stall, client_stall;
  logic [10:0] read_issue_bytes, write_issue_bytes;
  fault_t      read_fault, write_fault, fault_q;

  for (genvar i = 0; i < int'(ReadClients); i++) begin : gen_read
    sac_read_stream #(
      .DataWidth (AxiDataWidth),
      .BurstBytes(BurstBytes),
      .Depth     (i == int'(ReadRing) ? BurstBeats : StreamBursts * BurstBeats)
    ) u_stream (
      .clk_i,
      .rst_ni,
      .request_valid_i(read_request_valid_i[i]),
      .request_ready_o(read_request_ready_o[i]),
      .request_i      (read_request_i[i]),
      .data_valid_o   (read_data_valid_o[i]),
      .data_ready_i   (read_data_ready_i[i]),
      .data_o         (read_data_o[i]),
      .last_o         (read_last_o[i]),
      .burst_valid_o  (read_burst_valid[i]),
      .burst_ready_i  (read_burst_ready[i]),
      .burst_o        (read_burst[i]),
      .beat_valid_i   (read_beat_valid[i]),
      .beat_i         (read_beat)
    );
  end

  for (genvar i = 0; i < int'(WriteClients); i++) begin : gen_write
    sac_write_stream #(
      .DataWidth (AxiDataWidth),
      .BurstBytes(BurstBytes)
    ) u_stream (
      .clk_i,
      .rst_ni,
      .request_valid_i(write_request_valid_i[i]),
      .request_ready_o(write_request_ready_o[i]),
      .request_i      (write_request_i[i]),
      .data_valid_i   (write_data_valid_i[i]),
      .data_ready_o   (write_data_ready_o[i]),
      .data_i         (write_data_i[i]),
      .burst_valid_o  (write_burst_valid[i]),
      .burst_ready_i  (write_burst_ready[i]),
      .burst_o        (write_burst[i]),
      .beat_valid_o   (write_beat_valid[i]),
      .beat_ready_i   (write_beat_ready[i]),
      .beat_o         (write_beat[i]),
      .strobe_o       (write_strobe[i])
    );
  end

  sac_read_port #(
    .Clients     (ReadClients),
    .DataWidth   (AxiDataWidth),
    .AddressWidth(AxiAddressWidth),
    .Outstanding (ReadBursts)
  ) u_read_port (
    .clk_i,
    .rst_ni,
    .config_i,
    .stop_i       (stop),
    .idle_o       (read_idle),
    .fault_o      (read_fault),
    .burst_valid_i(read_burst_valid),
    .burst_ready_o(read_burst_ready),
    .burst_i      (read_burst),
    .beat_valid_o (read_beat_valid),
    .beat_o       (read_beat),
    .issue_o      (read_issue),
    .issue_bytes_o(read_issue_bytes),
    .stall_o      (read_stall),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o,
    .rvalid_i, .rdata_i, .rresp_i, .rlast_i
  );

  sac_write_port #(
    .Clients     (WriteClients),
    .DataWidth   (AxiDataWidth),
    .AddressWidth(AxiAddressWidth),
    .Outstanding (WriteBursts)
  ) u_write_port (
    .clk_i,
    .rst_ni,
    .config_i,
    .stop_i       (stop),
    .idle_o       (write_idle),
    .fault_o      (write_fault),
    .burst_valid_i(write_burst_valid),
    .burst_ready_o(write_burst_ready),
    .burst_i      (write_burst),
    .beat_valid_i (write_beat_valid),
    .beat_ready_o (write_beat_ready),
    .beat_i       (write_beat),
    .strobe_i     (write_strobe),
    .done_o       (write_done_o),
    .issue_o      (write_issue),
    .issue_bytes_o(write_issue_bytes),
    .awvalid_o, .awready_i, .awaddr_o, .awlen_o,
    .wvalid_o, .wready_i, .wdata_o, .wstrb_o, .wlast_o,
    .bvalid_i, .bresp_i
  );

  assign stop    = hold_i || fault_q.valid;
  assign idle_o  = read_idle && write_idle;
  assign fault_o = fault_q;

  // A read and a write that fail in one cycle: the read is reported.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) fault_q <= '0;
    else if (!fault_q.valid) fault_q <= read_fault.valid ? read_fault : write_fault;
  end

  always_comb begin
    client_stall = 1'b0;
    for (int unsigned i = 0; i < ReadClients; i++)
      if (read_data_valid_o[i] && !read_data_ready_i[i]) client_stall = 1'b1;
    increments_o = '0;
    increments_o[COUNTER_MEMORY_READ_BYTES]        = read_issue ? 16'(read_issue_bytes) : 16'd0;
    increments_o[COUNTER_MEMORY_WRITE_BYTES]       = write_issue ? 16'(write_issue_bytes) : 16'd0;
    increments_o[COUNTER_MEMORY_READ_BURSTS]       = 16'(read_issue);
    increments_o[COUNTER_MEMORY_WRITE_BURSTS]      = 16'(write_issue);
    increments_o[COUNTER_MEMORY_READ_STALL_CYCLES] = 16'(read_stall || client_stall);
  end
endmodule

`default_nettype wire
