// SPDX-License-Identifier: Apache-2.0
// From rectangles of texels to their blocks, in order: rows of blocks, left to right. Each block with its number in
// the directory (counted in texel blocks of the plane-set), its cache line and its part of the patch. Two requests are
// under way: the blocks of one are handed out, a cycle each, while first number and line of the next are worked out
// serially (at most 12 cycles).
// Cache line = (block_u + 7 * block_v + 19 * plane) mod Lines.
// `start_i` (while idle) takes in the grid; planes 0, 1, 2 are XY, XZ, YZ, their blocks follow each other.
`default_nettype none

module sac_blocks import sac_sparse_pkg::*; #(
  parameter int unsigned Lines = 16,
  localparam int unsigned LineWidth = $clog2(Lines),
  localparam int unsigned IndexWidth = 16  // blocks of a plane-set: 3 * 128 * 128
) (
  input  wire logic                  clk_i,
  input  wire logic                  rst_ni,
  input  wire logic                  start_i,
  output logic                       busy_o,
  input  wire logic [9:0]            gx_i,
  input  wire logic [9:0]            gy_i,
  input  wire logic [9:0]            gz_i,
  // Requests.
  input  wire logic                  request_valid_i,
  output logic                       request_ready_o,
  input  wire logic [1:0]            request_plane_i,
  input  wire logic [9:0]            request_u_i,
  input  wire logic [9:0]            request_v_i,
  input  wire logic [3:0]            request_nu_i,
  input  wire logic [3:0]            request_nv_i,
  // Blocks; steady until taken.
  output logic                       block_valid_o,
  input  wire logic                  block_ready_i,
  output logic [IndexWidth-1:0]      block_index_o,
  output logic [LineWidth-1:0]       block_line_o,
  output logic [6:0]                 block_u_o,
  output logic [6:0]                 block_v_o,
  output part_t                      block_part_o
);
  localparam int unsigned SumWidth = 11;
  localparam int unsigned LargestSum = 127 + 7 * 127 + 19 * 2;
  localparam bit          Power = (Lines & (Lines - 1)) == 0;
  // Where Lines is no power of two the sum is reduced by Lines << Steps-1, ..., Lines << 0: one a cycle.
  localparam int unsigned Steps = Power || Lines > LargestSum ? 0 : $clog2((LargestSum + Lines) / Lines);
  localparam int unsigned StepWidth = $clog2(Steps + 2);

  typedef enum logic [2:0] {StIdle, StPlane1, StPlane2, StSetup, StReady} state_e;
  typedef struct packed {
    logic [1:0] plane;
    logic [8:0] u;
    logic [8:0] v;
    logic [8:0] u_end;
    logic [8:0] v_end;
  } rectangle_t;

  // The line `step` blocks on.
  function automatic logic [LineWidth-1:0] advance(input logic [LineWidth-1:0] line, input int unsigned step);
    logic [LineWidth:0] sum;
    sum = {1'b0, line} + (LineWidth + 1)'(step % Lines);
    if (sum >= (LineWidth + 1)'(Lines)) sum -= (LineWidth + 1)'(Lines);
    return LineWidth'(sum);
  endfunction

  // Blocks along x and y, z.
  logic [7:0] blocks_x, blocks_y, blocks_z;
  assign blocks_x = 8'((gx_i + 10'd3) >> 2);
  assign blocks_y = 8'((gy_i + 10'd3) >> 2);
  assign blocks_z = 8'((gz_i + 10'd3) >> 2);

  // Set-up. Serial multiplier: `sum_q` += factor * other, one bit of `other` a cycle.
  state_e                state_q;
  rectangle_t            next_q;
  logic [IndexWidth-1:0] sum_q, factor_q, plane1_q, plane2_q;  // plane1, plane2: their first block
  logic [7:0]            other_q;
  logic [SumWidth-1:0]   line_sum_q;
  logic [StepWidth-1:0]  steps_q;
  logic [SumWidth+12:0]  multiple;
  logic                  multiplied, reduced, hand_over;

  assign multiplied      = other_q == '0;
  assign reduced         = steps_q == '0;
  assign multiple        = (SumWidth + 13)'(Lines) << (steps_q - 1'b1);
  assign request_ready_o = state_q == StIdle && !start_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle: begin
          if (start_i) state_q <= StPlane1;
          else if (request_valid_i) state_q <= StSetup;
        end
        StPlane1: if (multiplied) state_q <= StPlane2;
        StPlane2: if (multiplied) state_q <= StIdle;
        StSetup:  if (multiplied && reduced) state_q <= StReady;
        default:  if (hand_over) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    // Multiplier and reduction run by themselves until they are done.
    if (other_q[0]) sum_q <= sum_q + factor_q;
    factor_q <= factor_q << 1;
    other_q  <= other_q >> 1;
    if (!reduced) begin
      if ((SumWidth + 13)'(line_sum_q) >= multiple) line_sum_q <= line_sum_q - SumWidth'(multiple);
      steps_q <= steps_q - 1'b1;
    end
    unique case (state_q)
      StIdle: begin
        next_q <= '{plane: request_plane_i, u: request_u_i[8:0], v: request_v_i[8:0],
                    u_end: 9'(request_u_i + 10'(request_nu_i) - 10'd1),
                    v_end: 9'(request_v_i + 10'(request_nv_i) - 10'd1)};
        line_sum_q <= SumWidth'(request_u_i[8:2]) + (SumWidth'(request_v_i[8:2]) << 3) -
                      SumWidth'(request_v_i[8:2]) + (request_plane_i[0] ? SumWidth'(19) : '0) +
                      (request_plane_i[1] ? SumWidth'(38) : '0);
        steps_q    <= StepWidth'(Steps);
        if (start_i) begin
          sum_q    <= '0;
          factor_q <= IndexWidth'(blocks_x);
          other_q  <= blocks_y;
        end else begin
          sum_q    <= IndexWidth'(request_u_i[8:2]) +
                      (request_plane_i == 2'd2 ? plane2_q : request_plane_i == 2'd1 ? plane1_q : '0);
          factor_q <= request_plane_i == 2'd2 ? IndexWidth'(blocks_y) : IndexWidth'(blocks_x);
          other_q  <= {1'b0, request_v_i[8:2]};
        end
      end
      StPlane1: begin
        if (multiplied) begin
          plane1_q <= sum_q;
          factor_q <= IndexWidth'(blocks_x);
          other_q  <= blocks_z;
        end
      end
      StPlane2: if (multiplied) plane2_q <= sum_q;
      default: ;
    endcase
  end

  // The blocks of the request before.
  rectangle_t            now_q;
  logic                  walking_q, last_u, last_v, take;
  logic [IndexWidth-1:0] row_index_q;
  logic [LineWidth-1:0]  row_line_q;
  logic [7:0]            blocks_u;

  assign blocks_u      = now_q.plane == 2'd2 ? blocks_y : blocks_x;
  assign last_u        = block_u_o == now_q.u_end[8:2];
  assign last_v        = block_v_o == now_q.v_end[8:2];
  assign take          = walking_q && block_ready_i;
  assign hand_over     = state_q == StReady && (!walking_q || (take && last_u && last_v));
  assign block_valid_o = walking_q;
  assign busy_o        = walking_q || state_q != StIdle;
  assign block_part_o  = '{
    last: last_u && last_v, plane: now_q.plane,
    u: {block_u_o[1:0], 2'b0} - now_q.u[3:0], v: {block_v_o[1:0], 2'b0} - now_q.v[3:0],
    u_first: block_u_o == now_q.u[8:2] ? now_q.u[1:0] : 2'd0, u_last: last_u ? now_q.u_end[1:0] : 2'd3,
    v_first: block_v_o == now_q.v[8:2] ? now_q.v[1:0] : 2'd0, v_last: last_v ? now_q.v_end[1:0] : 2'd3
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) walking_q <= 1'b0;
    else if (hand_over) walking_q <= 1'b1;
    else if (take && last_u && last_v) walking_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (hand_over) begin
      now_q         <= next_q;
      block_u_o     <= next_q.u[8:2];
      block_v_o     <= next_q.v[8:2];
      block_index_o <= sum_q;
      row_index_q   <= sum_q;
      block_line_o  <= LineWidth'(line_sum_q);
      row_line_q    <= LineWidth'(line_sum_q);
    end else if (take) begin
      block_u_o     <= block_u_o + 1'b1;
      block_index_o <= block_index_o + 1'b1;
      block_line_o  <= advance(block_line_o, 1);
      if (last_u) begin
        block_u_o     <= now_q.u[8:2];
        block_v_o     <= block_v_o + 1'b1;
        block_index_o <= row_index_q + IndexWidth'(blocks_u);
        row_index_q   <= row_index_q + IndexWidth'(blocks_u);
        block_line_o  <= advance(row_line_q, 7);
        row_line_q    <= advance(row_line_q, 7);
      end
    end
  end
endmodule

`default_nettype wire
