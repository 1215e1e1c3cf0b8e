// SPDX-License-Identifier: Apache-2.0
// `Units` cover units for two clients: super-cubes, whose tests are few and urgent, go before cubes. Units take turns,
// so that results come in the order of the tests: that of a super-cube as a pulse, that of a cube held until it is
// taken. A result that waits keeps its unit and those behind it, never the other client's next test for long: whoever
// asks for a super-cube has room for the answer.
`default_nettype none

module sac_covers
  import sac_ray_pkg::*, sac_spec_pkg::camera_record_t;
#(
  parameter int unsigned Units = sac_config_pkg::CoverUnits
) (
  input  wire logic            clk_i,
  input  wire logic            rst_ni,
  input  wire camera_record_t  camera_i,
  input  wire tile_t           tile_i,
  input  wire logic [1:0]      side_log2_i,
  output logic                 busy_o,      // a ball is projected
  // Super-cubes.
  input  wire logic            super_valid_i,
  output logic                 super_ready_o,
  input  wire logic [2:0][9:0] super_origin_i,
  output logic                 super_done_o,
  output logic                 super_none_o,
  // Cubes.
  input  wire logic            cube_valid_i,
  output logic                 cube_ready_o,
  input  wire logic [2:0][9:0] cube_origin_i,
  output logic                 cube_done_o,
  input  wire logic            cube_take_i,
  output logic                 cube_none_o,
  output cover_t               cube_disc_o
);
  localparam int unsigned UnitWidth = Units > 1 ? $clog2(Units) : 1;
  typedef logic [UnitWidth-1:0] unit_t;

  unit_t            issue_q, take_q;
  logic [Units-1:0] used_q, super_q, finished_q, busy, done, none;
  cover_t           disc [Units];
  logic             issue, take;

  function automatic unit_t next_unit(input unit_t unit);
    return unit == unit_t'(Units - 1) ? '0 : unit + 1'b1;
  endfunction

  assign super_ready_o = !used_q[issue_q];
  assign cube_ready_o  = !used_q[issue_q] && !super_valid_i;
  assign issue         = !used_q[issue_q] && (super_valid_i || cube_valid_i);
  assign super_done_o  = finished_q[take_q] && super_q[take_q];
  assign cube_done_o   = finished_q[take_q] && !super_q[take_q];
  assign take          = super_done_o || (cube_done_o && cube_take_i);
  assign super_none_o  = none[take_q];
  assign cube_none_o   = none[take_q];
  assign cube_disc_o   = disc[take_q];
  assign busy_o        = busy != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      issue_q    <= '0;
      take_q     <= '0;
      used_q     <= '0;
      finished_q <= '0;
    end else begin
      finished_q <= finished_q | done;
      if (issue) begin
        issue_q         <= next_unit(issue_q);
        used_q[issue_q] <= 1'b1;
      end
      if (take) begin
        take_q             <= next_unit(take_q);
        used_q[take_q]     <= 1'b0;
        finished_q[take_q] <= 1'b0;
      end
    end
  end
  always_ff @(posedge clk_i) if (issue) super_q[issue_q] <= super_valid_i;

  for (genvar i = 0; i < int'(Units); i++) begin : gen_unit
    sac_cover u_cover (
      .clk_i, .rst_ni, .camera_i, .tile_i, .start_i(issue && issue_q == unit_t'(i)),
      .origin_i(super_valid_i ? super_origin_i : cube_origin_i), .side_log2_i, .super_i(super_valid_i),
      .busy_o(busy[i]), .done_o(done[i]), .none_o(none[i]), .disc_o(disc[i])
    );
  end
endmodule

`default_nettype wire
