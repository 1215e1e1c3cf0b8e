// SPDX-License-Identifier: Apache-2.0
// The accelerator: AXI4-Lite slave for the host, AXI4 master for memory, one interrupt. Only wiring.
`default_nettype none

module saccade
  import sac_memory_pkg::*, sac_host_pkg::*, sac_config_pkg::*;
(
  input  wire logic                       clk_i,
  input  wire logic                       rst_ni,
  // AXI4-Lite slave
  input  wire logic                       s_axil_awvalid_i,
  output logic                            s_axil_awready_o,
  input  wire logic [11:0]                s_axil_awaddr_i,
  input  wire logic                       s_axil_wvalid_i,
  output logic                            s_axil_wready_o,
  input  wire logic [31:0]                s_axil_wdata_i,
  input  wire logic [3:0]                 s_axil_wstrb_i,
  output logic                            s_axil_bvalid_o,
  input  wire logic                       s_axil_bready_i,
  output logic [1:0]                      s_axil_bresp_o,
  input  wire logic                       s_axil_arvalid_i,
  output logic                            s_axil_arready_o,
  input  wire logic [11:0]                s_axil_araddr_i,
  output logic                            s_axil_rvalid_o,
  input  wire logic                       s_axil_rready_i,
  output logic [31:0]                     s_axil_rdata_o,
  output logic [1:0]                      s_axil_rresp_o,
  // AXI4 master
  output logic                            m_axi_awvalid_o,
  input  wire logic                       m_axi_awready_i,
  output logic [AxiIdWidth-1:0]           m_axi_awid_o,
  output logic [AxiAddressWidth-1:0]      m_axi_awaddr_o,
  output logic [7:0]                      m_axi_awlen_o,
  output logic [2:0]                      m_axi_awsize_o,
  output logic [1:0]                      m_axi_awburst_o,
  output logic                            m_axi_wvalid_o,
  input  wire logic                       m_axi_wready_i,
  output logic [AxiDataWidth-1:0]         m_axi_wdata_o,
  output logic [AxiDataWidth/8-1:0]       m_axi_wstrb_o,
  output logic                            m_axi_wlast_o,
  input  wire logic                       m_axi_bvalid_i,
  output logic                            m_axi_bready_o,
  input  wire logic [AxiIdWidth-1:0]      m_axi_bid_i,
  input  wire logic [1:0]                 m_axi_bresp_i,
  output logic                            m_axi_arvalid_o,
  input  wire logic                       m_axi_arready_i,
  output logic [AxiIdWidth-1:0]           m_axi_arid_o,
  output logic [AxiAddressWidth-1:0]      m_axi_araddr_o,
  output logic [7:0]                      m_axi_arlen_o,
  output logic [2:0]                      m_axi_arsize_o,
  output logic [1:0]                      m_axi_arburst_o,
  input  wire logic                       m_axi_rvalid_i,
  output logic                            m_axi_rready_o,
  input  wire logic [AxiIdWidth-1:0]      m_axi_rid_i,
  input  wire logic [AxiDataWidth-1:0]    m_axi_rdata_i,
  input  wire logic [1:0]                 m_axi_rresp_i,
  input  wire logic                       m_axi_rlast_i,
  output logic                            irq_o
);
  localparam logic [1:0] BurstIncrement = 2'b01;

  logic                             rooms_rst_n;
  memory_config_t                   memory_config;
  logic                             memory_hold, memory_idle;
  fault_t                           fault;
  increments_t                      memory_increments, increments;
  logic [511:0]                     command;
  logic [EngineCount-1:0]           command_valid, command_ready;
  response_t [EngineCount-1:0]      response;
  table_word_t                      table_word;
  table_control_t                   table_control;

  logic                    read_request_valid [ReadClients];
  logic                    read_request_ready [ReadClients];
  request_t                read_request [ReadClients];
  logic                    read_data_valid [ReadClients];
  logic                    read_data_ready [ReadClients];
  logic [AxiDataWidth-1:0] read_data [ReadClients];
  logic                    read_last [ReadClients];
  logic                    write_request_valid [WriteClients];
  logic                    write_request_ready [WriteClients];
  request_t                write_request [WriteClients];
  logic                    write_data_valid [WriteClients];
  logic                    write_data_ready [WriteClients];
  logic [AxiDataWidth-1:0] write_data [WriteClients];
  logic                    write_done [WriteClients];

  localparam int unsigned RenderClients = ReadAttend - ReadRender;
  localparam int unsigned AttendClients = ReadClients - ReadAttend;
  logic [RenderClients-1:0] render_read_valid, render_read_ready;
  logic [RenderClients-1:0] render_data_valid, render_data_ready, render_data_last;
  request_t [RenderClients-1:0] render_read_request;
  logic [RenderClients-1:0][AxiDataWidth-1:0] render_data;
  logic [AttendClients-1:0] attend_read_valid, attend_read_ready;
  logic [AttendClients-1:0] attend_data_valid, attend_data_ready, attend_data_last;
  request_t [AttendClients-1:0] attend_read_request;
  logic [AttendClients-1:0][AxiDataWidth-1:0] attend_data;

  // All bursts have id 0: answers come in order, ids carry nothing.
  logic unused_ids;
  assign unused_ids      = &{1'b0, m_axi_bid_i, m_axi_rid_i};
  assign m_axi_awid_o    = '0;
  assign m_axi_arid_o    = '0;
  assign m_axi_awsize_o  = 3'($clog2(AxiDataWidth / 8));
  assign m_axi_arsize_o  = 3'($clog2(AxiDataWidth / 8));
  assign m_axi_awburst_o = BurstIncrement;
  assign m_axi_arburst_o = BurstIncrement;
  assign m_axi_bready_o  = 1'b1;
  assign m_axi_rready_o  = 1'b1;

  // Clients that live inside the memory room.
  assign read_request_valid[ReadCopy]    = 1'b0;
  assign read_request[ReadCopy]          = '0;
  assign read_data_ready[ReadCopy]       = 1'b0;
  assign read_request_valid[ReadTable]   = 1'b0;
  assign read_request[ReadTable]         = '0;
  assign read_data_ready[ReadTable]      = 1'b0;
  assign write_request_valid[WriteCopy]  = 1'b0;
  assign write_request[WriteCopy]        = '0;
  assign write_data_valid[WriteCopy]     = 1'b0;
  assign write_data[WriteCopy]           = '0;

  sac_host u_host (
    .clk_i,
    .rst_ni,
    .awvalid_i            (s_axil_awvalid_i),
    .awready_o            (s_axil_awready_o),
    .awaddr_i             (s_axil_awaddr_i),
    .wvalid_i             (s_axil_wvalid_i),
    .wready_o             (s_axil_wready_o),
    .wdata_i              (s_axil_wdata_i),
    .wstrb_i              (s_axil_wstrb_i),
    .bvalid_o             (s_axil_bvalid_o),
    .bready_i             (s_axil_bready_i),
    .bresp_o              (s_axil_bresp_o),
    .arvalid_i            (s_axil_arvalid_i),
    .arready_o            (s_axil_arready_o),
    .araddr_i             (s_axil_araddr_i),
    .rvalid_o             (s_axil_rvalid_o),
    .rready_i             (s_axil_rready_i),
    .rdata_o              (s_axil_rdata_o),
    .rresp_o              (s_axil_rresp_o),
    .irq_o,
    .rooms_rst_no         (rooms_rst_n),
    .increments_i         (increments),
    .memory_config_o      (memory_config),
    .memory_hold_o        (memory_hold),
    .memory_idle_i        (memory_idle),
    .fault_i              (fault),
    .read_request_valid_o (read_request_valid[ReadRing]),
    .read_request_ready_i (read_request_ready[ReadRing]),
    .read_request_o       (read_request[ReadRing]),
    .read_data_valid_i    (read_data_valid[ReadRing]),
    .read_data_ready_o    (read_data_ready[ReadRing]),
    .read_data_i          (read_data[ReadRing]),
    .read_last_i          (read_last[ReadRing]),
    .write_request_valid_o(write_request_valid[WriteCompletion]),
    .write_request_ready_i(write_request_ready[WriteCompletion]),
    .write_request_o      (write_request[WriteCompletion]),
    .write_data_valid_o   (write_data_valid[WriteCompletion]),
    .write_data_ready_i   (write_data_ready[WriteCompletion]),
    .write_data_o         (write_data[WriteCompletion]),
    .write_done_i         (write_done[WriteCompletion]),
    .command_o            (command),
    .command_valid_o      (command_valid),
    .command_ready_i      (command_ready),
    .response_i           (response)
  );

  sac_memory u_memory (
    .clk_i,
    .rst_ni               (rooms_rst_n),
    .config_i             (memory_config),
    .hold_i               (memory_hold),
    .idle_o               (memory_idle),
    .fault_o              (fault),
    .increments_o         (memory_increments),
    .command_i            (command),
    .copy_valid_i         (command_valid[EngineCopy]),
    .copy_ready_o         (command_ready[EngineCopy]),
    .copy_response_o      (response[EngineCopy]),
    .table_valid_i        (command_valid[EngineTable]),
    .table_ready_o        (command_ready[EngineTable]),
    .table_response_o     (response[EngineTable]),
    .table_word_o         (table_word),
    .table_control_o      (table_control),
    .read_request_valid_i (read_request_valid),
    .read_request_ready_o (read_request_ready),
    .read_request_i       (read_request),
    .read_data_valid_o    (read_data_valid),
    .read_data_ready_i    (read_data_ready),
    .read_data_o          (read_data),
    .read_last_o          (read_last),
    .write_request_valid_i(write_request_valid),
    .write_request_ready_o(write_request_ready),
    .write_request_i      (write_request),
    .write_data_valid_i   (write_data_valid),
    .write_data_ready_o   (write_data_ready),
    .write_data_i         (write_data),
    .write_done_o         (write_done),
    .arvalid_o            (m_axi_arvalid_o),
    .arready_i            (m_axi_arready_i),
    .araddr_o             (m_axi_araddr_o),
    .arlen_o              (m_axi_arlen_o),
    .rvalid_i             (m_axi_rvalid_i),
    .rdata_i              (m_axi_rdata_i),
    .rresp_i              (m_axi_rresp_i),
    .rlast_i              (m_axi_rlast_i),
    .awvalid_o            (m_axi_awvalid_o),
    .awready_i            (m_axi_awready_i),
    .awaddr_o             (m_axi_awaddr_o),
    .awlen_o              (m_axi_awlen_o),
    .wvalid_o             (m_axi_wvalid_o),
    .wready_i             (m_axi_wready_i),
    .wdata_o              (m_axi_wdata_o),
    .wstrb_o              (m_axi_wstrb_o),
    .wlast_o              (m_axi_wlast_o),
    .bvalid_i             (m_axi_bvalid_i),
    .bresp_i              (m_axi_bresp_i)
  );

  // Dot room, shared by MATMUL, RENDER and ATTEND.
  logic                          operation_valid, operation_ready, render_busy;
  sac_dot_pkg::operation_t       operation;
  sac_dot_pkg::event_t           array_read, array_done;
  sac_dot_pkg::x_write_t         x_write;
  sac_dot_pkg::unload_t          unload;
  logic [sac_dot_pkg::WordWidth-1:0] unload_data;
  logic                          attend_operation_valid, attend_operation_ready, attend_busy;
  sac_dot_pkg::operation_t       attend_operation;
  sac_dot_pkg::x_write_t         attend_x_write;
  sac_dot_pkg::kv_write_t        kv_write;
  sac_dot_pkg::raw_t             score_event, sum_event;
  logic [sac_dot_pkg::ScoresWidth-1:0]           score;
  logic [Rows*sac_dot_pkg::AccumulatorWidth-1:0] sum;
  increments_t                   dot_increments, render_increments, attend_increments;

  sac_dot u_dot (
    .clk_i,
    .rst_ni             (rooms_rst_n),
    .table_word_i       (table_word),
    .table_control_i    (table_control),
    .command_valid_i    (command_valid[EngineMatmul]),
    .command_ready_o    (command_ready[EngineMatmul]),
    .command_i          (command),
    .response_o         (response[EngineMatmul]),
    .read_valid_o       (read_request_valid[ReadMatmul]),
    .read_ready_i       (read_request_ready[ReadMatmul]),
    .read_request_o     (read_request[ReadMatmul]),
    .data_valid_i       (read_data_valid[ReadMatmul]),
    .data_ready_o       (read_data_ready[ReadMatmul]),
    .data_i             (read_data[ReadMatmul]),
    .data_last_i        (read_last[ReadMatmul]),
    .write_valid_o      (write_request_valid[WriteMatmul]),
    .write_ready_i      (write_request_ready[WriteMatmul]),
    .write_request_o    (write_request[WriteMatmul]),
    .write_data_valid_o (write_data_valid[WriteMatmul]),
    .write_data_ready_i (write_data_ready[WriteMatmul]),
    .write_data_o       (write_data[WriteMatmul]),
    .write_done_i       (write_done[WriteMatmul]),
    .render_busy_i      (render_busy),
    .operation_valid_i  (operation_valid),
    .operation_ready_o  (operation_ready),
    .operation_i        (operation),
    .read_o             (array_read),
    .done_o             (array_done),
    .x_write_i          (x_write),
    .unload_i           (unload),
    .unload_data_o      (unload_data),
    .attend_busy_i      (attend_busy),
    .attend_operation_valid_i(attend_operation_valid),
    .attend_operation_ready_o(attend_operation_ready),
    .attend_operation_i (attend_operation),
    .attend_x_write_i   (attend_x_write),
    .kv_write_i         (kv_write),
    .score_event_o      (score_event),
    .score_o            (score),
    .sum_event_o        (sum_event),
    .sum_o              (sum),
    .increments_o       (dot_increments)
  );

  sac_render_room u_render_room (
    .clk_i,
    .rst_ni             (rooms_rst_n),
    .table_word_i       (table_word),
    .table_control_i    (table_control),
    .command_valid_i    (command_valid[EngineRender]),
    .command_ready_o    (command_ready[EngineRender]),
    .command_i          (command),
    .response_o         (response[EngineRender]),
    .busy_o             (render_busy),
    .read_valid_o       (render_read_valid),
    .read_ready_i       (render_read_ready),
    .read_request_o     (render_read_request),
    .data_valid_i       (render_data_valid),
    .data_ready_o       (render_data_ready),
    .data_i             (render_data),
    .data_last_i        (render_data_last),
    .write_valid_o      (write_request_valid[WriteRender]),
    .write_ready_i      (write_request_ready[WriteRender]),
    .write_request_o    (write_request[WriteRender]),
    .write_data_valid_o (write_data_valid[WriteRender]),
    .write_data_ready_i (write_data_ready[WriteRender]),
    .write_data_o       (write_data[WriteRender]),
    .write_done_i       (write_done[WriteRender]),
    .operation_valid_o  (operation_valid),
    .operation_ready_i  (operation_ready),
    .operation_o        (operation),
    .array_read_i       (array_read),
    .array_done_i       (array_done),
    .x_write_o          (x_write),
    .unload_o           (unload),
    .unload_data_i      (unload_data),
    .increments_o       (render_increments)
  );

  sac_attend_room u_attend_room (
    .clk_i,
    .rst_ni             (rooms_rst_n),
    .table_word_i       (table_word),
    .table_control_i    (table_control),
    .command_valid_i    (command_valid[EngineCount-1:EngineAttend]),
    .command_ready_o    (command_ready[EngineCount-1:EngineAttend]),
    .command_i          (command),
    .response_o         (response[EngineCount-1:EngineAttend]),
    .busy_o             (attend_busy),
    .read_valid_o       (attend_read_valid),
    .read_ready_i       (attend_read_ready),
    .read_request_o     (attend_read_request),
    .data_valid_i       (attend_data_valid),
    .data_ready_o       (attend_data_ready),
    .data_i             (attend_data),
    .data_last_i        (attend_data_last),
    .write_valid_o      (write_request_valid[WriteAttend]),
    .write_ready_i      (write_request_ready[WriteAttend]),
    .write_request_o    (write_request[WriteAttend]),
    .write_data_valid_o (write_data_valid[WriteAttend]),
    .write_data_ready_i (write_data_ready[WriteAttend]),
    .write_data_o       (write_data[WriteAttend]),
    .write_done_i       (write_done[WriteAttend]),
    .operation_valid_o  (attend_operation_valid),
    .operation_ready_i  (attend_operation_ready),
    .operation_o        (attend_operation),
    .array_read_i       (array_read),
    .x_write_o          (attend_x_write),
    .kv_write_o         (kv_write),
    .score_event_i      (score_event),
    .score_i            (score),
    .sum_event_i        (sum_event),
    .sum_i              (sum),
    .increments_o       (attend_increments)
  );

  // The render room's clients: records, walk, density, appearance.
  for (genvar i = 0; i < int'(RenderClients); i++) begin : gen_render_client
    assign read_request_valid[ReadRender+i] = render_read_valid[i];
    assign read_request[ReadRender+i]       = render_read_request[i];
    assign read_data_ready[ReadRender+i]    = render_data_ready[i];
    assign render_read_ready[i] = read_request_ready[ReadRender+i];
    assign render_data_valid[i] = read_data_valid[ReadRender+i];
    assign render_data[i]       = read_data[ReadRender+i];
    assign render_data_last[i]  = read_last[ReadRender+i];
  end

  // The attend room's clients: records and list, page tables, query rows, bias, rows of K and V.
  for (genvar i = 0; i < int'(AttendClients); i++) begin : gen_attend_client
    assign read_request_valid[ReadAttend+i] = attend_read_valid[i];
    assign read_request[ReadAttend+i]       = attend_read_request[i];
    assign read_data_ready[ReadAttend+i]    = attend_data_ready[i];
    assign attend_read_ready[i] = read_request_ready[ReadAttend+i];
    assign attend_data_valid[i] = read_data_valid[ReadAttend+i];
    assign attend_data[i]       = read_data[ReadAttend+i];
    assign attend_data_last[i]  = read_last[ReadAttend+i];
  end

  assign increments = memory_increments | dot_increments | render_increments | attend_increments;
endmodule

`default_nettype wire
