// SPDX-License-Identifier: Apache-2.0
// The HEAD records of a command: written in order as they come from memory, read by index of the group at two ports.
`default_nettype none

module sac_attend_heads
  import sac_config_pkg::*, sac_attend_pkg::*, sac_spec_pkg::head_record_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    clear_i,      // before the first record
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  // Heads, a cycle after their index.
  input  wire logic [1:0][5:0]         head_index_i,
  output head_t [1:0]                  head_o
);
  logic         write, last_part;
  head_record_t record;
  head_t        head;
  logic [5:0]   index_q;

  // A record is two beats, or a beat one or several records.
  if (AxiDataWidth < 64) begin : gen_collect
    logic        high_q;
    logic [31:0] low_q;
    assign record    = {data_i, low_q};
    assign write     = data_valid_i && high_q;
    assign last_part = 1'b1;
    always_ff @(posedge clk_i) begin
      if (clear_i) high_q <= 1'b0;
      else if (data_valid_i) high_q <= !high_q;
      if (data_valid_i) low_q <= data_i;
    end
  end else begin : gen_split
    localparam int unsigned Parts = AxiDataWidth / 64;
    localparam int unsigned PartWidth = Parts > 1 ? $clog2(Parts) : 1;
    logic [PartWidth-1:0] part_q;
    assign record    = 64'(data_i >> {part_q, 6'd0});
    assign write     = data_valid_i;
    assign last_part = part_q == PartWidth'(Parts - 1);
    always_ff @(posedge clk_i) begin
      if (clear_i || (data_valid_i && last_part)) part_q <= '0;
      else if (data_valid_i) part_q <= part_q + 1'b1;
    end
  end
  assign data_ready_o = last_part;

  assign head = '{slope: record.slope, sink_max: record.sink_max, sink_sum: record.sink_sum};
  always_ff @(posedge clk_i) begin
    if (clear_i) index_q <= '0;
    else if (write) index_q <= index_q + 1'b1;
  end
  for (genvar i = 0; i < 2; i++) begin : gen_port
    sac_ram #(.Width($bits(head_t)), .Words(GroupMax)) u_ram (
      .clk_i, .write_en_i(write), .write_address_i(index_q), .write_data_i(head),
      .read_en_i(!write), .read_address_i(head_index_i[i]), .read_data_o(head_o[i])
    );
  end
  logic unused;
  assign unused = ^record;
endmodule

`default_nettype wire
