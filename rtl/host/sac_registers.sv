// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite slave with the register map of scripts/spec/registers.yaml: one write and one read at a time.
// An address without a register reads zero and ignores writes; a write that does not give all four bytes
// is refused with SLVERR. A soft reset resets everything here but windows and MEMORY_BASE.
`default_nettype none

module sac_registers
  import sac_host_pkg::*, sac_spec_pkg::*, sac_config_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  // AXI4-Lite
  input  wire logic        awvalid_i,
  output logic             awready_o,
  input  wire logic [11:0] awaddr_i,
  input  wire logic        wvalid_i,
  output logic             wready_o,
  input  wire logic [31:0] wdata_i,
  input  wire logic [3:0]  wstrb_i,
  output logic             bvalid_o,
  input  wire logic        bready_i,
  output logic [1:0]       bresp_o,
  input  wire logic        arvalid_i,
  output logic             arready_o,
  input  wire logic [11:0] araddr_i,
  output logic             rvalid_o,
  input  wire logic        rready_i,
  output logic [31:0]      rdata_o,
  output logic [1:0]       rresp_o,
  output logic             irq_o,
  // soft reset: asked for by a pulse, under way while resetting_i, done by clear_i
  output logic             soft_reset_o,
  input  wire logic        resetting_i,
  input  wire logic        clear_i,
  // queue
  output memory_config_t   memory_config_o,
  output logic             enable_o,
  output logic [31:0]      ring_base_o,
  output logic [3:0]       ring_size_o,
  output logic [31:0]      ring_tail_o,
  output logic [31:0]      completion_base_o,
  output logic             doorbell_o,
  input  wire logic        busy_i,
  input  wire logic [31:0] ring_head_i,
  input  wire logic        fence_i,
  input  wire logic        error_i,
  input  wire logic        stopped_i,
  input  wire logic [7:0]  error_code_i,
  input  wire logic [31:0] error_index_i,
  input  wire logic [31:0] error_address_i,
  // counters
  output logic [$clog2(Counters)-1:0] counter_index_o,
  input  wire logic [31:0] counter_value_i
);
  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;
  localparam int unsigned CounterWidth = $clog2(Counters);
  localparam int unsigned CapacityWidth = $clog2(Capacities);
  localparam int unsigned WindowWidth = $clog2(Windows);

  // ---- Writes
  logic        write, interrupt_enable_q;
  logic [1:0]  irq_q;
  logic [WindowWidth-1:0] write_window;
  logic [11:0] window_register;
  logic        in_windows;

  assign write        = awvalid_i && wvalid_i && awready_o && wstrb_i == 4'hf;
  assign wready_o     = awready_o;
  // The windows lie side by side, each with its registers at the offsets of window 0.
  assign in_windows   = awaddr_i >= REG_WINDOW_BASE
                        && awaddr_i < REG_WINDOW_BASE + 12'(Windows * REG_WINDOW_BASE_STRIDE);
  assign write_window = WindowWidth'((awaddr_i - REG_WINDOW_BASE) / 12'(REG_WINDOW_BASE_STRIDE));
  assign window_register = awaddr_i - 12'(write_window) * 12'(REG_WINDOW_BASE_STRIDE);
  assign irq_o        = interrupt_enable_q && irq_q != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awready_o <= 1'b0;
      bvalid_o  <= 1'b0;
    end else begin
      // Taken one cycle after both are seen, so that nothing combinational leads from bus to bus.
      awready_o <= awvalid_i && wvalid_i && !awready_o && !bvalid_o;
      if (awready_o) bvalid_o <= 1'b1;
      else if (bready_i) bvalid_o <= 1'b0;
      if (awready_o) bresp_o <= wstrb_i == 4'hf ? Okay : SlaveError;
    end
  end

  always_ff @(posedge clk_i) begin
    soft_reset_o <= 1'b0;
    doorbell_o   <= 1'b0;
    if (write) begin
      case (awaddr_i)
        REG_CONTROL: begin
          enable_o           <= wdata_i[CONTROL_ENABLE_BIT];
          interrupt_enable_q <= wdata_i[CONTROL_INTERRUPT_ENABLE_BIT];
          soft_reset_o       <= wdata_i[CONTROL_SOFT_RESET_BIT];
        end
        REG_RING_BASE:       ring_base_o <= {wdata_i[31:6], 6'd0};
        REG_RING_SIZE:       ring_size_o <= wdata_i[3:0];
        REG_RING_TAIL: begin
          ring_tail_o <= wdata_i;
          doorbell_o  <= 1'b1;
        end
        REG_COMPLETION_BASE: completion_base_o <= {wdata_i[31:4], 4'd0};
        default: ;
      endcase
    end
    irq_q[IRQ_STATUS_FENCE_BIT] <= fence_i || (irq_q[IRQ_STATUS_FENCE_BIT]
        && !(write && awaddr_i == REG_IRQ_STATUS && wdata_i[IRQ_STATUS_FENCE_BIT]));
    irq_q[IRQ_STATUS_ERROR_BIT] <= error_i || (irq_q[IRQ_STATUS_ERROR_BIT]
        && !(write && awaddr_i == REG_IRQ_STATUS && wdata_i[IRQ_STATUS_ERROR_BIT]));
    if (!rst_ni || clear_i) begin
      enable_o           <= 1'b0;
      interrupt_enable_q <= 1'b0;
      ring_base_o        <= '0;
      ring_size_o        <= '0;
      ring_tail_o        <= '0;
      completion_base_o  <= '0;
      irq_q              <= '0;
    end
    if (!rst_ni) soft_reset_o <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      memory_config_o.base        <= '0;
      memory_config_o.limit       <= '0;
      memory_config_o.may_read    <= '0;
      memory_config_o.may_write   <= '0;
      memory_config_o.memory_base <= '0;
    end else if (write) begin
      if (awaddr_i == REG_MEMORY_BASE_LOW)
        memory_config_o.memory_base[31:0] <= {wdata_i[31:12], 12'd0};
      if (awaddr_i == REG_MEMORY_BASE_HIGH) memory_config_o.memory_base[63:32] <= wdata_i;
      if (in_windows) begin
        case (window_register)
          REG_WINDOW_BASE:  memory_config_o.base[write_window] <= wdata_i;
          REG_WINDOW_LIMIT: memory_config_o.limit[write_window] <= wdata_i;
          REG_WINDOW_ACCESS: begin
            memory_config_o.may_read[write_window]  <= wdata_i[0];
            memory_config_o.may_write[write_window] <= wdata_i[1];
          end
          default: ;
        endcase
      end
    end
    if (!rst_ni || clear_i) memory_config_o.timeout <= REG_TIMEOUT_RESET;
    else if (write && awaddr_i == REG_TIMEOUT) memory_config_o.timeout <= wdata_i;
  end

  // ---- Reads: address in the first cycle, the counter's value is there in the second, answer in the third
  logic [11:0] read_address_q;
  logic        looking_q, answer_q;
  logic [31:0] value, window_value;
  logic [WindowWidth-1:0] read_window;
  logic [11:0] window_offset;
  logic [11:0] counter_offset, capacity_offset;

  assign counter_offset  = read_address_q - REG_COUNTERS;
  assign capacity_offset = read_address_q - REG_CAPACITIES;
  assign counter_index_o = CounterWidth'(counter_offset >> 2);
  assign read_window     = WindowWidth'((read_address_q - REG_WINDOW_BASE)
                                        / 12'(REG_WINDOW_BASE_STRIDE));
  assign window_offset   = read_address_q - 12'(read_window) * 12'(REG_WINDOW_BASE_STRIDE);
  assign rresp_o         = Okay;

  always_comb begin
    case (window_offset)
      REG_WINDOW_BASE:   window_value = memory_config_o.base[read_window];
      REG_WINDOW_LIMIT:  window_value = memory_config_o.limit[read_window];
      REG_WINDOW_ACCESS: window_value = {30'd0, memory_config_o.may_write[read_window],
                                         memory_config_o.may_read[read_window]};
      default:           window_value = '0;
    endcase
  end

  always_comb begin
    value = '0;
    case (read_address_q)
      REG_ID:      value = REG_ID_RESET;
      REG_VERSION: value = REG_VERSION_RESET;
      REG_CONTROL: begin
        value[CONTROL_ENABLE_BIT]           = enable_o;
        value[CONTROL_INTERRUPT_ENABLE_BIT] = interrupt_enable_q;
      end
      REG_STATUS: begin
        value[STATUS_BUSY_BIT]      = busy_i;
        value[STATUS_STOPPED_BIT]   = stopped_i;
        value[STATUS_RESETTING_BIT] = resetting_i;
      end
      REG_RING_BASE:        value = ring_base_o;
      REG_RING_SIZE:        value = 32'(ring_size_o);
      REG_RING_TAIL:        value = ring_tail_o;
      REG_RING_HEAD:        value = ring_head_i;
      REG_COMPLETION_BASE:  value = completion_base_o;
      REG_IRQ_STATUS:       value = 32'(irq_q);
      REG_ERROR_CODE:       value = 32'(error_code_i);
      REG_ERROR_INDEX:      value = error_index_i;
      REG_ERROR_ADDRESS:    value = error_address_i;
      REG_TIMEOUT:          value = memory_config_o.timeout;
      REG_MEMORY_BASE_LOW:  value = memory_config_o.memory_base[31:0];
      REG_MEMORY_BASE_HIGH: value = memory_config_o.memory_base[63:32];
      REG_CONFIG_HASH:      value = ConfigHash;
      default: begin
        if (read_address_q[1:0] != '0) value = '0;
        else if (read_address_q >= REG_COUNTERS && counter_offset < 12'(4 * Counters))
          value = counter_value_i;
        else if (read_address_q >= REG_CAPACITIES && capacity_offset < 12'(4 * Capacities))
          value = CapacityValues[CapacityWidth'(capacity_offset >> 2)];
        else if (read_address_q >= REG_WINDOW_BASE
                 && read_address_q < REG_WINDOW_BASE + 12'(Windows * REG_WINDOW_BASE_STRIDE))
          value = window_value;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arready_o <= 1'b0;
      looking_q <= 1'b0;
      answer_q  <= 1'b0;
      rvalid_o  <= 1'b0;
    end else begin
      arready_o <= arvalid_i && !arready_o && !looking_q && !answer_q && !rvalid_o;
      looking_q <= arready_o && arvalid_i;
      answer_q  <= looking_q;
      if (answer_q) rvalid_o <= 1'b1;
      else if (rready_i) rvalid_o <= 1'b0;
    end
    if (arready_o) read_address_q <= araddr_i;
    if (answer_q) rdata_o <= value;
  end
endmodule

`default_nettype wire
