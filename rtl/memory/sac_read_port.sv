// SPDX-License-Identifier: Apache-2.0
// AXI4 read channels: arbiter, AR, and R handed to the clients in the order of issue (all bursts have id
// 0). RREADY is always high: clients reserve room for a burst before they offer it. `stop_i` keeps new
// bursts from being issued; `idle_o` tells that nothing is outstanding. `fault_o` pulses for a window
// violation, an error response or a time-out, with the first requested byte of the burst concerned.
`default_nettype none

module sac_read_port
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  parameter int unsigned Clients      = 8,
  parameter int unsigned DataWidth    = 64,
  parameter int unsigned AddressWidth = 32,
  parameter int unsigned Outstanding  = 4
) (
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire memory_config_t          config_i,
  input  wire logic                    stop_i,
  output logic                         idle_o,
  output fault_t                       fault_o,
  // clients
  input  wire logic                    burst_valid_i [Clients],
  output logic                         burst_ready_o [Clients],
  input  wire burst_t                  burst_i [Clients],
  output logic                         beat_valid_o [Clients],
  output logic [DataWidth-1:0]         beat_o,
  // counters: a burst issued, its bytes, an address waiting
  output logic                         issue_o,
  output logic [10:0]                  issue_bytes_o,
  output logic                         stall_o,
  // bus
  output logic                         arvalid_o,
  input  wire logic                    arready_i,
  output logic [AddressWidth-1:0]      araddr_o,
  output logic [7:0]                   arlen_o,
  input  wire logic                    rvalid_i,
  input  wire logic [DataWidth-1:0]    rdata_i,
  input  wire logic [1:0]              rresp_i,
  input  wire logic                    rlast_i
);
  localparam int unsigned ClientWidth = Clients > 1 ? $clog2(Clients) : 1;
  localparam int unsigned BeatShift   = $clog2(DataWidth / 8);

  typedef struct packed {
    logic [ClientWidth-1:0] client;
    logic [31:0]            address;
  } order_t;

  logic                   next_valid, next_ok, issue, order_ready, order_valid;
  logic [ClientWidth-1:0] next_client;
  burst_t                 next;
  order_t                 oldest;
  logic                   beat_valid_q, beat_last_q, waiting, late;
  logic [1:0]             beat_resp_q;
  logic [31:0]            waited_q;
  logic [63:0]            bus_address;
  logic                   unused;
  logic [$clog2(Outstanding+1)-1:0] count_unused;

  sac_arbiter #(
    .Clients(Clients)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .base_i   (config_i.base),
    .limit_i  (config_i.limit),
    .allowed_i(config_i.may_read),
    .burst_valid_i,
    .burst_ready_o,
    .burst_i,
    .valid_o  (next_valid),
    .ready_i  (issue),
    .client_o (next_client),
    .burst_o  (next),
    .ok_o     (next_ok)
  );

  sac_fifo #(
    .Width($bits(order_t)),
    .Depth(Outstanding)
  ) u_order (
    .clk_i,
    .rst_ni,
    .push_valid_i(issue),
    .push_ready_o(order_ready),
    .push_data_i ({next_client, next.address}),
    .pop_valid_o (order_valid),
    .pop_ready_i (beat_valid_q && beat_last_q),
    .pop_data_o  (oldest),
    .count_o     (count_unused)
  );

  assign issue         = next_valid && next_ok && !stop_i && order_ready
                         && (!arvalid_o || arready_i);
  assign issue_o       = issue;
  assign issue_bytes_o = next.bytes;
  assign stall_o       = arvalid_o && !arready_i;
  assign bus_address   = config_i.memory_base + 64'(next.address);
  assign waiting       = arvalid_o || order_valid;
  assign late          = waiting && waited_q >= config_i.timeout;
  assign idle_o        = !arvalid_o && !order_valid && !beat_valid_q;
  assign unused        = &{1'b0, config_i.may_write, bus_address, next.last};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arvalid_o    <= 1'b0;
      beat_valid_q <= 1'b0;
      waited_q     <= '0;
    end else begin
      if (issue) arvalid_o <= 1'b1;
      else if (arready_i) arvalid_o <= 1'b0;
      beat_valid_q <= rvalid_i;
      if (!waiting || (arvalid_o && arready_i) || beat_valid_q) waited_q <= '0;
      else if (!late) waited_q <= waited_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      araddr_o <= {bus_address[AddressWidth-1:BeatShift], BeatShift'(0)};
      arlen_o  <= 8'((32'(next.address[BeatShift-1:0]) + 32'(next.bytes) - 32'd1) >> BeatShift);
    end
    if (rvalid_i) begin
      beat_o      <= rdata_i;
      beat_resp_q <= rresp_i;
      beat_last_q <= rlast_i;
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < Clients; i++)
      beat_valid_o[i] = beat_valid_q && oldest.client == ClientWidth'(i);
  end

  always_comb begin
    fault_o.address = oldest.address;
    fault_o.code    = ERR_NONE;
    if (beat_valid_q && beat_resp_q[1]) begin
      fault_o.code = beat_resp_q[0] ? ERR_DECERR : ERR_SLVERR;
    end else if (next_valid && !next_ok) begin
      fault_o.code    = ERR_WINDOW;
      fault_o.address = next.address;
    end else if (late) begin
      fault_o.code = ERR_TIMEOUT;
    end
    fault_o.valid = fault_o.code != ERR_NONE;
  end
endmodule

`default_nettype wire
