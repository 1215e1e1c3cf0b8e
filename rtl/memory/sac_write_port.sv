// SPDX-License-Identifier: Apache-2.0
// AXI4 write channels: arbiter, AW, W straight after it from the client's collected beats, and B in the
// order of issue (all bursts have id 0), a beat a cycle across bursts; `done_o` pulses for a client when the
// last burst of a request is answered. BREADY is always high. `stop_i`, `idle_o`, `fault_o` as in sac_read_port: a burst that has
// started is finished.
`default_nettype none

module sac_write_port
  import sac_memory_pkg::*, sac_host_pkg::*, sac_spec_pkg::*;
#(
  parameter int unsigned Clients      = 4,
  parameter int unsigned DataWidth    = 64,
  parameter int unsigned AddressWidth = 32,
  parameter int unsigned Outstanding  = 4,
  localparam int unsigned Words       = DataWidth / 32
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
  input  wire logic                    beat_valid_i [Clients],
  output logic                         beat_ready_o [Clients],
  input  wire logic [DataWidth-1:0]    beat_i [Clients],
  input  wire logic [Words-1:0]        strobe_i [Clients],
  output logic                         done_o [Clients],
  // counters
  output logic                         issue_o,
  output logic [10:0]                  issue_bytes_o,
  // bus
  output logic                         awvalid_o,
  input  wire logic                    awready_i,
  output logic [AddressWidth-1:0]      awaddr_o,
  output logic [7:0]                   awlen_o,
  output logic                         wvalid_o,
  input  wire logic                    wready_i,
  output logic [DataWidth-1:0]         wdata_o,
  output logic [DataWidth/8-1:0]       wstrb_o,
  output logic                         wlast_o,
  input  wire logic                    bvalid_i,
  input  wire logic [1:0]              bresp_i
);
  localparam int unsigned ClientWidth = Clients > 1 ? $clog2(Clients) : 1;
  localparam int unsigned BeatShift   = $clog2(DataWidth / 8);

  typedef struct packed {
    logic [ClientWidth-1:0] client;
    logic                   last;
    logic [31:0]            address;
  } order_t;

  logic                   next_valid, next_ok, issue, order_ready, order_valid;
  logic [ClientWidth-1:0] next_client, source_q;
  burst_t                 next;
  order_t                 oldest;
  logic                   streaming_q, beat, burst_end, answer_q, waiting, late;
  logic [7:0]             left_q, next_len;
  logic [1:0]             answer_resp_q;
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
    .allowed_i(config_i.may_write),
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
    .push_data_i ({next_client, next.last, next.address}),
    .pop_valid_o (order_valid),
    .pop_ready_i (answer_q),
    .pop_data_o  (oldest),
    .count_o     (count_unused)
  );

  // One beat moves from the client's buffer to the W register.
  assign beat          = streaming_q && beat_valid_i[source_q] && (!wvalid_o || wready_i);
  assign burst_end     = beat && left_q == '0;
  assign issue         = next_valid && next_ok && !stop_i && order_ready && (!streaming_q || burst_end)
                         && (!awvalid_o || awready_i);
  assign issue_o       = issue;
  assign issue_bytes_o = next.bytes;
  assign bus_address   = config_i.memory_base + 64'(next.address);
  assign next_len      = 8'((32'(next.address[BeatShift-1:0]) + 32'(next.bytes) - 32'd1)
                            >> BeatShift);
  assign waiting       = order_valid;
  assign late          = waiting && waited_q >= config_i.timeout;
  assign idle_o        = !awvalid_o && !wvalid_o && !streaming_q && !order_valid && !answer_q;
  assign unused        = &{1'b0, config_i.may_read, bus_address, next.last};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awvalid_o   <= 1'b0;
      wvalid_o    <= 1'b0;
      streaming_q <= 1'b0;
      answer_q    <= 1'b0;
      waited_q    <= '0;
    end else begin
      if (issue) awvalid_o <= 1'b1;
      else if (awready_i) awvalid_o <= 1'b0;
      if (issue) streaming_q <= 1'b1;
      else if (burst_end) streaming_q <= 1'b0;
      if (beat) wvalid_o <= 1'b1;
      else if (wready_i) wvalid_o <= 1'b0;
      answer_q <= bvalid_i;
      if (!waiting || (awvalid_o && awready_i) || (wvalid_o && wready_i) || answer_q) waited_q <= '0;
      else if (!late) waited_q <= waited_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      awaddr_o <= {bus_address[AddressWidth-1:BeatShift], BeatShift'(0)};
      awlen_o  <= next_len;
      source_q <= next_client;
      left_q   <= next_len;
    end else if (beat) begin
      left_q <= left_q - 1'b1;
    end
    if (beat) begin
      wdata_o <= beat_i[source_q];
      wlast_o <= left_q == '0;
      for (int unsigned i = 0; i < Words; i++) wstrb_o[4*i +: 4] <= {4{strobe_i[source_q][i]}};
    end
    if (bvalid_i) answer_resp_q <= bresp_i;
  end

  always_comb begin
    for (int unsigned i = 0; i < Clients; i++) begin
      beat_ready_o[i] = beat && source_q == ClientWidth'(i);
      done_o[i]       = answer_q && !answer_resp_q[1] && oldest.last
                        && oldest.client == ClientWidth'(i);
    end
  end

  always_comb begin
    fault_o.address = oldest.address;
    fault_o.code    = ERR_NONE;
    if (answer_q && answer_resp_q[1]) begin
      fault_o.code = answer_resp_q[0] ? ERR_DECERR : ERR_SLVERR;
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
