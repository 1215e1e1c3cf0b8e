// SPDX-License-Identifier: Apache-2.0
// Write streams and the write port, wired as in sac_streams, with the ports of a test: every client may write
// everywhere.
`default_nettype none

module sac_write_bench
  import sac_config_pkg::*, sac_memory_pkg::*, sac_host_pkg::*;
#(
  localparam int unsigned Clients = 2,
  localparam int unsigned Words   = AxiDataWidth / 32
) (
  input  wire logic                                clk_i,
  input  wire logic                                rst_ni,
  input  wire logic [Clients-1:0]                  request_valid_i,
  output logic [Clients-1:0]                       request_ready_o,
  input  wire logic [Clients-1:0][31:0]            address_i,
  input  wire logic [Clients-1:0][15:0]            bytes_i,
  input  wire logic [Clients-1:0]                  data_valid_i,
  output logic [Clients-1:0]                       data_ready_o,
  input  wire logic [Clients-1:0][AxiDataWidth-1:0] data_i,
  output logic [Clients-1:0]                       done_o,
  output logic                                     idle_o,
  output logic                                     awvalid_o,
  input  wire logic                                awready_i,
  output logic [31:0]                              awaddr_o,
  output logic [7:0]                               awlen_o,
  output logic                                     wvalid_o,
  input  wire logic                                wready_i,
  output logic [AxiDataWidth-1:0]                  wdata_o,
  output logic [AxiDataWidth/8-1:0]                wstrb_o,
  output logic                                     wlast_o,
  input  wire logic                                bvalid_i
);
  logic                    burst_valid [Clients], burst_ready [Clients], beat_valid [Clients], beat_ready [Clients];
  logic                    done [Clients];
  burst_t                  burst [Clients];
  logic [AxiDataWidth-1:0] beat [Clients];
  logic [Words-1:0]        strobe [Clients];
  memory_config_t          configuration;
  fault_t                  fault;
  logic                    issue;
  logic [10:0]             issue_bytes;

  always_comb begin
    configuration           = '0;
    configuration.limit     = '1;
    configuration.may_write = '1;
    configuration.timeout   = '1;
  end
  for (genvar i = 0; i < int'(Clients); i++) begin : gen_client
    sac_write_stream #(.DataWidth(AxiDataWidth), .BurstBytes(BurstBytes)) u_stream (
      .clk_i, .rst_ni, .request_valid_i(request_valid_i[i]), .request_ready_o(request_ready_o[i]),
      .request_i('{address: address_i[i], bytes: bytes_i[i]}), .data_valid_i(data_valid_i[i]),
      .data_ready_o(data_ready_o[i]), .data_i(data_i[i]), .burst_valid_o(burst_valid[i]),
      .burst_ready_i(burst_ready[i]), .burst_o(burst[i]), .beat_valid_o(beat_valid[i]), .beat_ready_i(beat_ready[i]),
      .beat_o(beat[i]), .strobe_o(strobe[i])
    );
    assign done_o[i] = done[i];
  end
  sac_write_port #(.Clients(Clients), .DataWidth(AxiDataWidth), .AddressWidth(32), .Outstanding(WriteBursts)) u_port (
    .clk_i, .rst_ni, .config_i(configuration), .stop_i(1'b0), .idle_o, .fault_o(fault),
    .burst_valid_i(burst_valid), .burst_ready_o(burst_ready), .burst_i(burst), .beat_valid_i(beat_valid),
    .beat_ready_o(beat_ready), .beat_i(beat), .strobe_i(strobe), .done_o(done), .issue_o(issue),
    .issue_bytes_o(issue_bytes), .awvalid_o, .awready_i, .awaddr_o, .awlen_o, .wvalid_o, .wready_i, .wdata_o,
    .wstrb_o, .wlast_o, .bvalid_i, .bresp_i(2'b00)
  );
  logic unused;
  assign unused = ^{fault, issue, issue_bytes};
endmodule

`default_nettype wire
