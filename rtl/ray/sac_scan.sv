// SPDX-License-Identifier: Apache-2.0
// Scan of a cube's rectangle by one sample lane (docs/architecture.md, 2.3): offers the covered, alive pixels of the
// lane's columns (x mod SampleLanes = lane), row by row, left to right. A pixel a cycle; what is left of a row is passed
// over at once where none of it is alive or all of it lies to the right of the disc.
// `start_i` while idle; the disc stays steady until `busy_o` falls.
`default_nettype none

module sac_scan
  import sac_config_pkg::*, sac_ray_pkg::*;
(
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire logic [LaneWidth-1:0]   lane_i,
  input  wire logic                   start_i,
  input  wire cover_t                 disc_i,
  output logic                        busy_o,
  // Alive pixels of a row, by column of the lane.
  output logic [SideWidth-1:0]        row_o,
  input  wire logic [LaneColumns-1:0] alive_i,
  output logic                        valid_o,
  input  wire logic                   ready_i,
  output logic [SideWidth-1:0]        x_o,
  output logic [SideWidth-1:0]        y_o
);
  typedef logic signed [31:0] distance_t;
  typedef logic signed [59:0] excess_t;
  localparam logic [2:0] LaneMask = 3'(SampleLanes - 1);

  // Where the lane's columns begin: `skip` pixels right of the rectangle's edge, distances and squares grow with them.
  logic [2:0]             skip;
  logic [5:0]             skip_square;
  distance_t              lane_du;
  excess_t                lane_excess;
  logic [SideWidth:0]     column_begin, column_end;
  logic [LaneColumns-1:0] columns;
  assign skip        = (3'(lane_i) - 3'(disc_i.x0)) & LaneMask;
  assign skip_square = 6'(skip) * 6'(skip);
  assign lane_du     = distance_t'($signed(disc_i.du)) + distance_t'({skip, 8'b0});
  always_comb begin
    lane_excess = excess_t'($signed(disc_i.excess)) + excess_t'({skip_square, 16'b0});
    for (int i = 0; i < 3; i++)
      if (skip[i] && LaneMask[i]) lane_excess += excess_t'($signed(disc_i.du)) <<< (9 + i);
    column_begin = ((SideWidth+1)'(disc_i.x0) + (SideWidth+1)'(skip)) >> LaneBits;
    column_end   = ((SideWidth+1)'(disc_i.x1) >> LaneBits) + (SideWidth+1)'((3'(disc_i.x1) & LaneMask) >= 3'(lane_i));
    for (int i = 0; i < int'(LaneColumns); i++)
      columns[i] = (SideWidth+1)'(i) >= column_begin && (SideWidth+1)'(i) < column_end;
  end

  logic                   scan_q;
  logic [SideWidth-1:0]   x_q, y_q, row_x_q;
  distance_t              du_q, dv_q, row_du_q;
  excess_t                excess_q, row_excess_q, row_excess;
  logic [LaneColumns-1:0] columns_q, open_q, rest, here;  // columns; not yet passed; of them alive; the one in hand
  logic                   outside, covered, later, advance, row_end;
  assign rest    = alive_i & open_q;
  assign here    = LaneColumns'(1) << (x_q >> LaneBits);
  assign outside = !disc_i.whole && excess_q > 0;
  assign covered = (rest & here) != '0 && !outside;
  assign later   = (rest & ~here) != '0 && !(outside && du_q > 0);
  assign advance = scan_q && (!covered || ready_i);
  assign row_end = advance && !later;
  assign row_excess = row_excess_q + (excess_t'(dv_q) <<< 9) + 60'sd65536;
  assign row_o   = y_q;
  assign valid_o = scan_q && covered;
  assign x_o     = x_q;
  assign y_o     = y_q;
  assign busy_o  = scan_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) scan_q <= 1'b0;
    else scan_q <= start_i || (scan_q && !(row_end && y_q == disc_i.y1));
  end
  always_ff @(posedge clk_i) begin
    if (!scan_q) begin
      x_q          <= disc_i.x0 + SideWidth'(skip);
      row_x_q      <= disc_i.x0 + SideWidth'(skip);
      y_q          <= disc_i.y0;
      du_q         <= lane_du;
      row_du_q     <= lane_du;
      dv_q         <= distance_t'($signed(disc_i.dv));
      excess_q     <= lane_excess;
      row_excess_q <= lane_excess;
      columns_q    <= columns;
      open_q       <= columns;
    end else if (row_end) begin
      x_q          <= row_x_q;
      y_q          <= y_q + 1'b1;
      du_q         <= row_du_q;
      dv_q         <= dv_q + 32'sd256;
      excess_q     <= row_excess;
      row_excess_q <= row_excess;
      open_q       <= columns_q;
    end else if (advance) begin
      x_q      <= x_q + SideWidth'(SampleLanes);
      du_q     <= du_q + distance_t'(256 * SampleLanes);
      excess_q <= excess_q + (excess_t'(du_q) <<< (9 + LaneBits)) + excess_t'(65536 * SampleLanes * SampleLanes);
      open_q   <= open_q & ~here;
    end
  end
endmodule

`default_nettype wire
