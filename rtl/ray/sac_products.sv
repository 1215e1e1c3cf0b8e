// SPDX-License-Identifier: Apache-2.0
// Appearance products (docs/architecture.md, section 1): for each needed vertex of a group the 144 products plane times
// line, AppearanceLanes a cycle without a gap between vertices, in a row of the array's x RAM. Up to Rows vertices of one
// group make a batch, in the two basis halves of the x RAM by turns. Owns the patch RAM (two halves, a group each) and
// the appearance lines (TABLE target APPEARANCE_LINE).
`default_nettype none

module sac_products
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic              clk_i,
  input  wire logic              rst_ni,
  input  wire table_word_t       table_word_i,
  input  wire colour_scene_t     scene_i,
  input  wire patch_write_t      patch_write_i,
  input  wire logic              vertices_valid_i,
  output logic                   vertices_ready_o,
  input  wire vertices_t         vertices_i,
  output logic                   free_o,          // the patches of a group have been read
  // Rows of the x RAM.
  output x_write_t               x_write_o,
  input  wire logic              x_ready_i,
  input  wire logic              half_read_i,     // the array has read a batch
  // Which vertex a row holds, and with its batch's last word the batch.
  output logic                   place_valid_o,
  output logic [RowWidth-1:0]    place_row_o,
  output place_t                 place_o,
  output logic                   place_last_o,    // of its batch
  output logic                   batch_valid_o,
  output basis_batch_t           batch_o,
  output logic                   vertex_o         // counter
);
  localparam int unsigned Parts = 16 / AppearanceLanes;
  localparam int unsigned PartWidth = Parts > 1 ? $clog2(Parts) : 1;
  localparam int unsigned WordSteps = Lanes / AppearanceLanes;
  localparam int unsigned WordStepWidth = WordSteps > 1 ? $clog2(WordSteps) : 1;
  localparam int unsigned HalfWords = 9 * VertexSide * VertexSide;
  localparam int unsigned PatchWidth = $clog2(2 * HalfWords);
  localparam int unsigned LineWidth = $clog2(LineRows);
  localparam int unsigned ValueWidth = 16 * AppearanceLanes;
  localparam int unsigned WordCountWidth = $clog2(ProductWords + 1);
  typedef logic [PatchWidth-1:0] patch_address_t;
  typedef logic [LineWidth-1:0]  line_row_t;

  // A needed vertex: texels of the three planes (first sub-word), rows of the three lines.
  typedef struct packed {
    logic                 last;       // of its group
    logic [2:0][PatchWidth-1:0] texel;
    logic [2:0][LineWidth-1:0]  line;
  } vertex_t;

  // Texels arrive group by group, each by planes: plane 0 after plane 2 begins the other half. (The end of a request is
  // told later than the first texel of the next may come.)
  logic       patch_half, patch_half_q;
  logic [1:0] patch_plane_q;
  assign patch_half = patch_half_q ^ (patch_plane_q == 2'd2 && patch_write_i.plane == 2'd0);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      patch_half_q  <= 1'b1;
      patch_plane_q <= 2'd2;
    end else if (patch_write_i.valid) begin
      patch_half_q  <= patch_half;
      patch_plane_q <= patch_write_i.plane;
    end
  end

  // Scan: the bitmap moves down, row (y, z) by row; a row's lowest bit is the next vertex.
  localparam int unsigned Rest = VertexCount - VertexSide;
  logic                   scanning_q, scan_half_q, found, row_empty, scan_push, scan_room, scan_end;
  logic [VertexCount-1:0] needed_q, needed_next;
  logic [VertexSide-1:0]  row, row_next;
  logic [2:0][8:0]        origin_q;
  place_t                 low_q, at;
  logic [3:0]             y_q, z_q;
  vertex_t                scan_vertex, head;
  logic [1:0]             scan_count;
  place_t                 head_place;
  logic                   head_valid, load;
  assign row       = needed_q[VertexSide-1:0];
  assign row_next  = row & (row - 1'b1);
  assign row_empty = row_next == '0;
  assign found     = scanning_q && row != '0;
  always_comb begin
    at = '{z_q, y_q, 4'd0};
    for (int x = int'(VertexSide) - 1; x >= 0; x--) if (row[x]) at[0] = 4'(x);
    needed_next = {needed_q[VertexCount-1:VertexSide], row_next};
    if (row_empty) needed_next = {VertexSide'(0), needed_q[VertexCount-1:VertexSide]};
  end
  assign scan_end  = row_empty && needed_q[VertexCount-1 -: Rest] == '0;
  assign scan_push = found && scan_room;
  assign vertices_ready_o = !scanning_q;

  function automatic patch_address_t texel_address(input logic half, input logic [1:0] plane, input logic [3:0] v,
                                                   input logic [3:0] u);
    return patch_address_t'((half ? HalfWords : 0) + ((32'(plane) * VertexSide + 32'(v)) * VertexSide + 32'(u)) * 3);
  endfunction
  always_comb begin
    place_t from;
    for (int a = 0; a < 3; a++) from[a] = at[a] - low_q[a];
    scan_vertex.last     = scan_end;
    scan_vertex.texel[0] = texel_address(scan_half_q, 2'd0, from[1], from[0]);
    scan_vertex.texel[1] = texel_address(scan_half_q, 2'd1, from[2], from[0]);
    scan_vertex.texel[2] = texel_address(scan_half_q, 2'd2, from[2], from[1]);
    scan_vertex.line[0]  = line_row_t'(32'(origin_q[2]) + 32'(at[2]));
    scan_vertex.line[1]  = line_row_t'(32'(scene_i.vertices[2]) + 32'(origin_q[1]) + 32'(at[1]));
    scan_vertex.line[2]  = line_row_t'(32'(scene_i.vertices[2]) + 32'(scene_i.vertices[1]) + 32'(origin_q[0]) + 32'(at[0]));
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      scanning_q  <= 1'b0;
      scan_half_q <= 1'b1;
    end else if (!scanning_q) begin
      scanning_q <= vertices_valid_i;
      if (vertices_valid_i) scan_half_q <= !scan_half_q;
    end else if (scan_push && scan_end) begin
      scanning_q <= 1'b0;
    end
    if (!scanning_q) begin
      needed_q <= vertices_i.needed;
      origin_q <= vertices_i.origin;
      low_q    <= vertices_i.low;
      y_q      <= '0;
      z_q      <= '0;
    end else if (!found || scan_push) begin
      needed_q <= needed_next;
      if (row_empty) begin
        y_q <= 32'(y_q) == VertexSide - 1 ? '0 : y_q + 1'b1;
        if (32'(y_q) == VertexSide - 1) z_q <= z_q + 1'b1;
      end
    end
  end
  sac_fifo #(.Width($bits(place_t) + $bits(vertex_t)), .Depth(2)) u_scan (
    .clk_i, .rst_ni, .push_valid_i(found), .push_ready_o(scan_room), .push_data_i({at, scan_vertex}),
    .pop_valid_o(head_valid), .pop_ready_i(load), .pop_data_o({head_place, head}),
    .count_o(scan_count)
  );

  // The vertex in hand: steps by plane, sub-word and part of it; the values fill words of the row.
  logic                     busy_q, advance, step_last, word_end, batch_end;
  logic [1:0]               plane_q, sub_q, halves_q;
  logic [PartWidth-1:0]     part_q;
  logic [WordStepWidth-1:0] fill_q;
  logic [WordCountWidth-1:0] word_q;
  logic [RowWidth-1:0]      row_q, next_row_q;
  logic                     half_q, next_half_q, start_batch;
  vertex_t                  vertex_q;
  assign step_last   = plane_q == 2'd2 && sub_q == 2'd2 && 32'(part_q) == Parts - 1;
  assign word_end    = step_last || 32'(fill_q) == WordSteps - 1;
  assign batch_end   = vertex_q.last || 32'(row_q) == Rows - 1;
  assign load        = head_valid && (!busy_q || (step_last && advance)) && (next_row_q != '0 || halves_q != 2'd2);
  assign start_batch = load && next_row_q == '0;
  assign free_o      = busy_q && step_last && advance && vertex_q.last;
  assign vertex_o      = load;
  assign place_valid_o = load;
  assign place_row_o   = next_row_q;
  assign place_o       = head_place;
  assign place_last_o  = head.last || 32'(next_row_q) == Rows - 1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      halves_q    <= '0;
      next_row_q  <= '0;
      next_half_q <= 1'b0;
    end else begin
      if (load) busy_q <= 1'b1;
      else if (step_last && advance) busy_q <= 1'b0;
      halves_q <= halves_q + 2'(start_batch) - 2'(half_read_i);
      if (load) begin
        next_row_q <= place_last_o ? '0 : next_row_q + 1'b1;
        if (place_last_o) next_half_q <= !next_half_q;
      end
    end
    if (load) begin
      vertex_q <= head;
      row_q    <= next_row_q;
      half_q   <= next_half_q;
      {plane_q, sub_q, part_q, fill_q, word_q} <= '0;
    end else if (busy_q && advance) begin
      part_q <= 32'(part_q) == Parts - 1 ? '0 : part_q + 1'b1;
      if (32'(part_q) == Parts - 1) begin
        sub_q <= sub_q == 2'd2 ? '0 : sub_q + 1'b1;
        if (sub_q == 2'd2) plane_q <= plane_q + 1'b1;
      end
      fill_q <= word_end ? '0 : fill_q + 1'b1;
      if (word_end) word_q <= word_q + 1'b1;
    end
  end

  // 1: texel and line. 2: product. 3: value.
  typedef struct packed {
    logic                      word_end;
    logic                      batch_end;
    logic                      group_end;
    logic                      half;
    logic [RowWidth-1:0]       row;
    logic [WordCountWidth-1:0] word;
    logic [WordStepWidth-1:0]  fill;
  } step_t;
  logic                 valid_q [1:3];
  step_t                at_q [1:3];
  logic [1:0]           sub_q1;
  logic [PartWidth-1:0] part_q1;
  logic                 line_write;
  logic [15:0]          line_number;
  logic [767:0]         line_data, line;
  logic [255:0]         texel, line_sub;
  sac_ram #(.Width(256), .Words(2 * HalfWords)) u_patch (
    .clk_i, .write_en_i(patch_write_i.valid),
    .write_address_i(texel_address(patch_half, patch_write_i.plane, patch_write_i.v, patch_write_i.u) +
                     patch_address_t'(patch_write_i.sub)),
    .write_data_i(patch_write_i.values), .read_en_i(busy_q && advance),
    .read_address_i(vertex_q.texel[plane_q] + patch_address_t'(sub_q)), .read_data_o(texel)
  );
  sac_table_entry #(.Target(sac_spec_pkg::TARGET_APPEARANCE_LINE), .Words(24)) u_line_entry (
    .clk_i, .rst_ni, .word_i(table_word_i), .write_o(line_write), .entry_o(line_number), .data_o(line_data)
  );
  sac_ram #(.Width(768), .Words(LineRows)) u_line (
    .clk_i, .write_en_i(line_write), .write_address_i(line_row_t'(line_number)), .write_data_i(line_data),
    .read_en_i(busy_q && advance), .read_address_i(vertex_q.line[plane_q]), .read_data_o(line)
  );

  // round_even, then saturate to 16 bits.
  function automatic logic [15:0] narrow(input logic signed [31:0] product, input logic [5:0] shift);
    logic signed [33:0] sum, bias;
    bias = shift == '0 ? '0 : (34'sd1 <<< (shift - 6'd1)) - 34'sd1 + 34'($signed({1'b0, product[shift[4:0]]}));
    sum  = (34'(product) + bias) >>> shift;
    if (sum > 34'sd32767) return 16'h7fff;
    if (sum < -34'sd32768) return 16'h8000;
    return sum[15:0];
  endfunction

  logic [AppearanceLanes-1:0][15:0] texel_part, line_part, value_q;
  logic signed [31:0]               product_q [AppearanceLanes];
  logic [15:0]                      texel_value [AppearanceLanes], line_value [AppearanceLanes];
  assign line_sub   = line[256*sub_q1 +: 256];
  assign texel_part = texel[ValueWidth*part_q1 +: ValueWidth];
  assign line_part  = line_sub[ValueWidth*part_q1 +: ValueWidth];
  always_comb begin
    for (int i = 0; i < int'(AppearanceLanes); i++) begin
      texel_value[i] = texel_part[i];
      line_value[i]  = line_part[i];
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 1; i <= 3; i++) valid_q[i] <= 1'b0;
    end else if (advance) begin
      valid_q[1] <= busy_q;
      valid_q[2] <= valid_q[1];
      valid_q[3] <= valid_q[2];
    end
    if (advance) begin
      at_q[1] <= '{word_end: word_end, batch_end: step_last && batch_end, group_end: vertex_q.last, half: half_q, row: row_q,
                   word: word_q, fill: fill_q};
      at_q[2] <= at_q[1];
      at_q[3] <= at_q[2];
      sub_q1  <= sub_q;
      part_q1 <= part_q;
      for (int i = 0; i < int'(AppearanceLanes); i++) begin
        product_q[i] <= $signed(texel_value[i]) * $signed(line_value[i]);
        value_q[i]   <= narrow(product_q[i], scene_i.product_shift);
      end
    end
  end

  // Words: one fills, one waits for the port.
  logic [WordSteps-1:0][ValueWidth-1:0] filling_q, filled, out_q;
  logic                                 out_valid_q;
  step_t                                out_at_q;
  assign advance = !(valid_q[3] && at_q[3].word_end && out_valid_q && !x_ready_i);
  always_comb begin
    for (int i = 0; i < int'(WordSteps); i++)
      filled[i] = 32'(at_q[3].fill) == i ? value_q : 32'(at_q[3].fill) > i ? filling_q[i] : '0;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (valid_q[3] && at_q[3].word_end && advance) out_valid_q <= 1'b1;
    else if (x_ready_i) out_valid_q <= 1'b0;
    if (valid_q[3] && advance) begin
      filling_q <= filled;
      if (at_q[3].word_end) begin
        out_q    <= filled;
        out_at_q <= at_q[3];
      end
    end
  end
  assign x_write_o.valid = out_valid_q;
  assign x_write_o.row   = out_at_q.row;
  assign x_write_o.word  = XAddressWidth'(2 * InputWords) + (out_at_q.half ? XAddressWidth'(ProductWords) : '0) +
                           XAddressWidth'(out_at_q.word);
  assign x_write_o.data  = out_q;
  assign batch_valid_o   = out_valid_q && x_ready_i && out_at_q.batch_end;
  assign batch_o         = '{last_row: out_at_q.row, group_end: out_at_q.group_end};

  logic unused;
  assign unused = ^{scene_i, line_number, out_at_q, scan_count};
endmodule

`default_nettype wire
