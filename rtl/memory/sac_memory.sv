// SPDX-License-Identifier: Apache-2.0
// The memory room: streams of all clients over one AXI4 master, and the engines COPY and TABLE, which own
// read clients 1 and 2 and write client 1. The array ports have an element for every client; those of the
// two engines are not used from outside (their inputs are ignored, their outputs are idle).
`default_nettype none

module sac_memory
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*, sac_config_pkg::*;
(
  input  wire logic                      clk_i,
  input  wire logic                      rst_ni,
  input  wire memory_config_t            config_i,
  input  wire logic                      hold_i,
  output logic                           idle_o,
  output fault_t                         fault_o,
  output increments_t                    increments_o,
  // commands
  input  wire logic [511:0]              command_i,
  input  wire logic                      copy_valid_i,
  output logic                           copy_ready_o,
  output response_t                      copy_response_o,
  input  wire logic                      table_valid_i,
  output logic                           table_ready_o,
  output response_t                      table_response_o,
  // table bus
  output table_word_t                    table_word_o,
  output table_control_t                 table_control_o,
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
  // AXI4, id 0
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
  // Between engines and streams: the outside's signals with those of COPY and TABLE put in.
  logic                    read_request_valid [ReadClients];
  logic                    read_request_ready [ReadClients];
  request_t                read_request [ReadClients];
  logic                    read_data_valid [ReadClients];
  logic                    read_data_ready [ReadClients];
  logic                    write_request_valid [WriteClients];
  logic                    write_request_ready [WriteClients];
  request_t                write_request [WriteClients];
  logic                    write_data_valid [WriteClients];
  logic                    write_data_ready [WriteClients];
  logic [AxiDataWidth-1:0] write_data [WriteClients];
  logic                    write_done [WriteClients];

  logic                    copy_busy, copy_read_valid, copy_read_ready, copy_write_valid;
  logic                    copy_data_valid, table_read_valid, table_read_ready;
  request_t                copy_read, copy_write, table_read;
  logic [AxiDataWidth-1:0] copy_data;
  increments_t             stream_increments;

  for (genvar i = 0; i < int'(ReadClients); i++) begin : gen_read
    if (i == int'(ReadCopy)) begin : gen_copy
      assign read_request_valid[i]   = copy_read_valid;
      assign read_request[i]         = copy_read;
      assign read_data_ready[i]      = copy_read_ready;
      assign read_request_ready_o[i] = 1'b0;
      assign read_data_valid_o[i]    = 1'b0;
    end else if (i == int'(ReadTable)) begin : gen_table
      assign read_request_valid[i]   = table_read_valid;
      assign read_request[i]         = table_read;
      assign read_data_ready[i]      = table_read_ready;
      assign read_request_ready_o[i] = 1'b0;
      assign read_data_valid_o[i]    = 1'b0;
    end else begin : gen_outside
      assign read_request_valid[i]   = read_request_valid_i[i];
      assign read_request[i]         = read_request_i[i];
      assign read_data_ready[i]      = read_data_ready_i[i];
      assign read_request_ready_o[i] = read_request_ready[i];
      assign read_data_valid_o[i]    = read_data_valid[i];
    end
  end

  for (genvar i = 0; i < int'(WriteClients); i++) begin : gen_write
    if (i == int'(WriteCopy)) begin : gen_copy
      assign write_request_valid[i]   = copy_write_valid;
      assign write_request[i]         = copy_write;
      assign write_data_valid[i]      = copy_data_valid;
      assign write_data[i]            = copy_data;
      assign write_request_ready_o[i] = 1'b0;
      assign write_data_ready_o[i]    = 1'b0;
      assign write_done_o[i]          = 1'b0;
    end else begin : gen_outside
      assign write_request_valid[i]   = write_request_valid_i[i];
      assign write_request[i]         = write_request_i[i];
      assign write_data_valid[i]      = write_data_valid_i[i];
      assign write_data[i]            = write_data_i[i];
      assign write_request_ready_o[i] = write_request_ready[i];
      assign write_data_ready_o[i]    = write_data_ready[i];
      assign write_done_o[i]          = write_done[i];
    end
  end

  sac_copy #(
    .DataWidth(AxiDataWidth)
  ) u_copy (
    .clk_i,
    .rst_ni,
    .command_valid_i      (copy_valid_i),
    .command_ready_o      (copy_ready_o),
    .command_i,
    .response_o           (copy_response_o),
    .busy_o               (copy_busy),
    .read_request_valid_o (copy_read_valid),
    .read_request_ready_i (read_request_ready[ReadCopy]),
    .read_request_o       (copy_read),
    .read_data_valid_i    (read_data_valid[ReadCopy]),
    .read_data_ready_o    (copy_read_ready),
    .read_data_i          (read_data_o[ReadCopy]),
    .read_last_i          (read_last_o[ReadCopy]),
    .write_request_valid_o(copy_write_valid),
    .write_request_ready_i(write_request_ready[WriteCopy]),
    .write_request_o      (copy_write),
    .write_data_valid_o   (copy_data_valid),
    .write_data_ready_i   (write_data_ready[WriteCopy]),
    .write_data_o         (copy_data),
    .write_done_i         (write_done[WriteCopy])
  );

  sac_table #(
    .DataWidth   (AxiDataWidth),
    .Lanes       (Lanes),
    .WeightWords (WeightWords),
    .QuantEntries(QuantEntries),
    .LineRows    (LineRows)
  ) u_table (
    .clk_i,
    .rst_ni,
    .command_valid_i     (table_valid_i),
    .command_ready_o     (table_ready_o),
    .command_i,
    .response_o          (table_response_o),
    .word_o              (table_word_o),
    .control_o           (table_control_o),
    .read_request_valid_o(table_read_valid),
    .read_request_ready_i(read_request_ready[ReadTable]),
    .read_request_o      (table_read),
    .read_data_valid_i   (read_data_valid[ReadTable]),
    .read_data_ready_o   (table_read_ready),
    .read_data_i         (read_data_o[ReadTable])
  );

  sac_streams u_streams (
    .clk_i,
    .rst_ni,
    .config_i,
    .hold_i,
    .idle_o,
    .fault_o,
    .increments_o         (stream_increments),
    .read_request_valid_i (read_request_valid),
    .read_request_ready_o (read_request_ready),
    .read_request_i       (read_request),
    .read_data_valid_o    (read_data_valid),
    .read_data_ready_i    (read_data_ready),
    .read_data_o,
    .read_last_o,
    .write_request_valid_i(write_request_valid),
    .write_request_ready_o(write_request_ready),
    .write_request_i      (write_request),
    .write_data_valid_i   (write_data_valid),
    .write_data_ready_o   (write_data_ready),
    .write_data_i         (write_data),
    .write_done_o         (write_done),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o,
    .rvalid_i, .rdata_i, .rresp_i, .rlast_i,
    .awvalid_o, .awready_i, .awaddr_o, .awlen_o,
    .wvalid_o, .wready_i, .wdata_o, .wstrb_o, .wlast_o,
    .bvalid_i, .bresp_i
  );

  always_comb begin
    increments_o = stream_increments;
    increments_o[COUNTER_MEMORY_COPY_BUSY_CYCLES] = 16'(copy_busy);
  end
endmodule

`default_nettype wire
