// SPDX-License-Identifier: Apache-2.0
// Density vertices of a cube (docs/architecture.md, 1): f = saturate(round_even(sum of 48 products, shift), 16), only for
// the vertices of active cells. Owns the density lines (TABLE target DENSITY_LINE), the patches of plane texels that
// the sparse room has decoded, and the eight parity banks of features.
// `start_i` while idle; cube, mask, grid, shift, bank and set stay steady until `done_o`. Patch texels are counted from
// the cube's origin. Rows of vertices without a needed one cost a cycle, others 48 / Lanes cycles a needed vertex.
// Up to 16 lanes work through the planes one after the other; 48 take all three at once, each from memories of its own.
// With two patch banks the patches of the next cube are written meanwhile; with two sets of features those of the cube
// before are read: eight bank addresses, eight values two cycles later.
`default_nettype none

module sac_vertex import sac_memory_pkg::table_word_t; #(
  parameter int unsigned CubeSide = sac_config_pkg::CubeSide,
  parameter int unsigned Lanes    = sac_config_pkg::DensityLanes,
  parameter int unsigned LineRows = sac_config_pkg::LineRows,
  parameter int unsigned PatchBanks = sac_ray_pkg::PatchBanks,  // 1 or 2
  parameter int unsigned VertexSets = sac_ray_pkg::VertexSets,  // 1 or 2
  parameter int unsigned Readers     = sac_config_pkg::SampleLanes,
  localparam int unsigned Half = CubeSide / 2 + 1,
  localparam int unsigned BankWords = Half * Half * Half,
  localparam int unsigned BankWidth = BankWords > 1 ? $clog2(BankWords) : 1
) (
  input  wire logic                           clk_i,
  input  wire logic                           rst_ni,
  input  wire table_word_t                    table_i,
  // Patches.
  input  wire logic                           patch_valid_i,
  input  wire logic                           patch_bank_i,
  input  wire logic [1:0]                     patch_plane_i,
  input  wire logic [3:0]                     patch_u_i,
  input  wire logic [3:0]                     patch_v_i,
  input  wire logic [15:0][15:0]              patch_values_i,
  // Cube.
  input  wire logic                           start_i,
  input  wire logic                           bank_i,       // of its patches
  input  wire logic                           set_i,        // for its features
  input  wire logic [2:0][9:0]                origin_i,     // x, y, z of its lowest cell
  input  wire logic [1:0]                     side_log2_i,
  input  wire logic [CubeSide*CubeSide*CubeSide-1:0] mask_i,
  input  wire logic [9:0]                     gy_i,
  input  wire logic [9:0]                     gz_i,
  input  wire logic [5:0]                     shift_i,
  output logic                                busy_o,
  output logic                                done_o,
  output logic                                vertex_o,     // counter: a vertex is computed
  // Features: a copy for each reader.
  input  wire logic                           read_set_i,
  input  wire logic [Readers-1:0]             read_i,
  input  wire logic [Readers-1:0][7:0][BankWidth-1:0] read_address_i,
  output logic [Readers-1:0][7:0][15:0]       features_o
);
  localparam int unsigned Side = CubeSide + 1;  // vertices
  localparam int unsigned Columns = Lanes > 16 ? 3 : 1;     // planes taken at once
  localparam int unsigned PlaneLanes = Lanes / Columns;
  localparam int unsigned PatchWords = 3 / Columns * Side * Side;
  localparam int unsigned PatchWidth = $clog2(PatchWords);
  localparam int unsigned Parts = 16 / PlaneLanes;          // steps of a texel
  localparam int unsigned PartWidth = Parts > 1 ? $clog2(Parts) : 1;
  localparam int unsigned LineWords = LineRows * Parts;
  localparam int unsigned LineWidth = $clog2(LineWords);

  typedef logic signed [15:0] value_t;
  typedef logic [PlaneLanes*16-1:0] lanes_t;
  typedef struct packed {
    logic [2:0]           bank;
    logic [BankWidth-1:0] address;
  } vertex_t;

  // A product with a constant: shifts and adds, no multiplier block.
  function automatic logic [31:0] times(input logic [31:0] value, input int unsigned factor);
    logic [31:0] sum;
    sum = '0;
    for (int i = 0; i < 8; i++) if (factor[i]) sum += value << i;
    return sum;
  endfunction

  function automatic logic [PatchWidth-1:0] patch_address(input logic [1:0] plane, input logic [3:0] v,
                                                          input logic [3:0] u);
    return PatchWidth'((Columns > 1 ? '0 : times(32'(plane), Side * Side)) + times(32'(v), Side) + 32'(u));
  endfunction

  // Needed vertices, a row (fixed y, z) a cycle: those beside an active cell of the four rows of cells around.
  function automatic logic [7:0] cell_row(input logic [511:0] mask, input logic [1:0] side_log2,
                                          input logic [3:0] y, input logic [3:0] z);
    if (y >> side_log2 != '0 || z >> side_log2 != '0) return '0;
    unique case (side_log2)
      2'd0:    return {7'b0, mask[0]};
      2'd1:    return {6'b0, mask[9'({z[0], y[0], 1'b0}) +: 2]};
      2'd2:    return {4'b0, mask[9'({z[1:0], y[1:0], 2'b0}) +: 4]};
      default: return CubeSide == 8 ? mask[{z[2:0], y[2:0], 3'b0} +: 8] : '0;
    endcase
  endfunction

  logic [3:0] side;
  logic [3:0] row_y_q, row_z_q, y_q, z_q, x;
  logic       rows_left_q, row_valid_q, row_take;
  logic [8:0] row_d, row_q, need_q, need_rest;
  logic [7:0] cells;
  logic       step, step_last;

  assign side = 4'd1 << side_log2_i;
  assign cells = cell_row(512'(mask_i), side_log2_i, row_y_q, row_z_q) |
                 cell_row(512'(mask_i), side_log2_i, row_y_q - 4'd1, row_z_q) |
                 cell_row(512'(mask_i), side_log2_i, row_y_q, row_z_q - 4'd1) |
                 cell_row(512'(mask_i), side_log2_i, row_y_q - 4'd1, row_z_q - 4'd1);
  assign row_d = {1'b0, cells} | {cells, 1'b0};

  // The row in hand: its vertices one after the other, lowest x first.
  assign step      = need_q != '0;
  assign need_rest = need_q & (need_q - 9'd1);
  assign row_take  = row_valid_q && (!step || (step_last && need_rest == '0));
  always_comb begin
    x = '0;
    for (int i = 8; i >= 0; i--) if (need_q[i]) x = 4'(i);
  end

  logic [3:0] made_y_q, made_z_q;  // of the row that waits in row_q
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rows_left_q <= 1'b0;
      row_valid_q <= 1'b0;
      need_q      <= '0;
    end else begin
      if (start_i) begin
        rows_left_q <= 1'b1;
      end else if (rows_left_q && (!row_valid_q || row_take)) begin
        rows_left_q <= !(row_y_q == side && row_z_q == side);
      end
      if (rows_left_q) row_valid_q <= 1'b1;
      else if (row_take) row_valid_q <= 1'b0;
      if (row_take) need_q <= row_q;
      else if (step_last) need_q <= need_rest;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_y_q <= '0;
      row_z_q <= '0;
    end else if (rows_left_q && (!row_valid_q || row_take)) begin
      row_q    <= row_d;
      made_y_q <= row_y_q;
      made_z_q <= row_z_q;
      row_y_q  <= row_y_q == side ? '0 : row_y_q + 4'd1;
      if (row_y_q == side) row_z_q <= row_z_q + 4'd1;
    end
    if (row_take) begin
      y_q <= made_y_q;
      z_q <= made_z_q;
    end
  end

  // Steps of a vertex: planes 0 to 2 unless they go together, parts of the texel within.
  logic [1:0]            plane_q;
  logic [PartWidth-1:0]  part_q, part_q1, part_q2, part_q3;
  logic                  first_step;
  logic [2:0][10:0]      line_base_q;   // row of the cube's origin, by plane

  assign first_step = plane_q == '0 && part_q == '0;
  assign step_last  = step && (Columns > 1 || plane_q == 2'd2) && part_q == PartWidth'(Parts - 1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      plane_q <= '0;
      part_q  <= '0;
    end else if (step) begin
      part_q <= part_q == PartWidth'(Parts - 1) ? '0 : part_q + 1'b1;
      if (Columns == 1 && part_q == PartWidth'(Parts - 1)) plane_q <= plane_q == 2'd2 ? '0 : plane_q + 2'd1;
    end
    if (start_i) begin
      line_base_q[0] <= 11'(origin_i[2]);
      line_base_q[1] <= 11'(gz_i) + 11'(origin_i[1]);
      line_base_q[2] <= 11'(gz_i) + 11'(gy_i) + 11'(origin_i[0]);
    end
  end

  // 1: addresses. 2: memories. 3: their registers. 4: part of the texel. 5: products. 6: sums of four. 7: accumulate;
  // three planes at once: 7: sums of 16. 8: their sum.
  localparam int unsigned Stages = Columns > 1 ? 8 : 7;
  logic [Stages:1]       valid_q, last_q;  // a step, the last of a vertex
  logic [6:1]            first_q;          // the first of a vertex
  vertex_t               vertex, vertex_q [Stages:1];

  assign vertex.bank    = {z_q[0], y_q[0], x[0]};
  assign vertex.address = BankWidth'(32'(x[3:1]) + times(32'(y_q[3:1]), Half) + times(32'(z_q[3:1]), Half * Half));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Stages-1:1], step};
  end
  always_ff @(posedge clk_i) begin
    first_q     <= {first_q[5:1], first_step};
    last_q      <= {last_q[Stages-1:1], step_last};
    vertex_q[1] <= vertex;
    for (int i = 2; i <= Stages; i++) vertex_q[i] <= vertex_q[i-1];
    part_q1 <= part_q;
    part_q2 <= part_q1;
    part_q3 <= part_q2;
  end

  // Lines: words of the TABLE bus are collected to RAM words.
  logic [PlaneLanes/2-1:0][31:0] collect;
  logic [31:0]              collect_q [PlaneLanes/2];
  logic                     line_word, line_write, unused_last;  // an entry is a whole number of RAM words
  assign unused_last = table_i.last;
  localparam int unsigned PatchAddressWidth = PatchWidth + (PatchBanks > 1 ? 1 : 0);
  localparam int unsigned FeatureWidth = BankWidth + (VertexSets > 1 ? 1 : 0);
  localparam int unsigned CollectWidth = $clog2(PlaneLanes / 2);

  assign line_word  = table_i.valid && table_i.target == sac_spec_pkg::TARGET_DENSITY_LINE;
  assign line_write = line_word && table_i.word[CollectWidth-1:0] == '1;
  always_comb begin
    for (int i = 0; i < PlaneLanes / 2; i++) collect[i] = collect_q[i];
    collect[PlaneLanes/2-1] = table_i.data;
  end
  always_ff @(posedge clk_i) begin
    if (line_word) collect_q[table_i.word[CollectWidth-1:0]] <= table_i.data;
  end

  // A column: memories and products of the plane in turn, or of its own plane. 40 bits hold 48 products.
  logic signed [39:0] column_sum [Columns];  // of a step, at stage 6
  for (genvar column = 0; column < Columns; column++) begin : gen_column
    logic [1:0]            plane;
    logic [3:0]            texel_u, texel_v, line_w;
    logic [PatchWidth-1:0] patch_address_q;
    logic [LineWidth-1:0]  line_address_q;
    lanes_t                line, line_q3, line_q4, patch_q4;
    logic [255:0]          patch, patch_q3;
    logic signed [31:0]    product_q5 [PlaneLanes];
    logic signed [33:0]    four_q6 [PlaneLanes/4];

    assign plane   = Columns > 1 ? 2'(column) : plane_q;
    assign texel_u = plane == 2'd2 ? y_q : x;
    assign texel_v = plane == 2'd0 ? y_q : z_q;
    assign line_w  = plane == 2'd0 ? z_q : plane == 2'd1 ? y_q : x;

    sac_ram #(.Width(PlaneLanes * 16), .Words(LineWords)) u_lines (
      .clk_i, .write_en_i(line_write),
      .write_address_i(LineWidth'(32'(table_i.entry) * Parts + (32'(table_i.word) >> CollectWidth))),
      .write_data_i(collect), .read_en_i(valid_q[1]), .read_address_i(line_address_q), .read_data_o(line)
    );
    sac_ram #(.Width(256), .Words(PatchBanks > 1 ? 2 ** (PatchWidth + 1) : PatchWords)) u_patches (
      .clk_i, .write_en_i(patch_valid_i && (Columns == 1 || patch_plane_i == 2'(column))),
      .write_address_i(PatchAddressWidth'({patch_bank_i, patch_address(patch_plane_i, patch_v_i, patch_u_i)})),
      .write_data_i(patch_values_i), .read_en_i(valid_q[1]),
      .read_address_i(PatchAddressWidth'({bank_i, patch_address_q})), .read_data_o(patch)
    );

    always_comb begin
      column_sum[column] = '0;
      for (int i = 0; i < PlaneLanes / 4; i++) column_sum[column] += 40'(four_q6[i]);
    end
    always_ff @(posedge clk_i) begin
      patch_address_q <= patch_address(plane, texel_v, texel_u);
      line_address_q  <= LineWidth'((32'(line_base_q[plane]) + 32'(line_w)) * Parts + 32'(part_q));
      line_q3         <= line;
      patch_q3        <= patch;
      line_q4         <= line_q3;
      patch_q4        <= patch_q3[part_q3 * (PlaneLanes * 16) +: PlaneLanes * 16];
      for (int i = 0; i < PlaneLanes; i++)
        product_q5[i] <= 32'($signed(patch_q4[16*i +: 16])) * 32'($signed(line_q4[16*i +: 16]));
      for (int i = 0; i < PlaneLanes / 4; i++)
        four_q6[i] <= 34'(product_q5[4*i]) + 34'(product_q5[4*i+1]) + 34'(product_q5[4*i+2]) +
                      34'(product_q5[4*i+3]);
    end
  end

  logic signed [39:0] sum_q;
  if (Columns > 1) begin : gen_planes
    logic signed [39:0] plane_q7 [Columns];
    logic               unused;
    assign unused = first_q[6];  // every step is a vertex
    always_ff @(posedge clk_i) begin
      plane_q7 <= column_sum;
      sum_q    <= plane_q7[0] + plane_q7[1] + plane_q7[Columns-1];
    end
  end else begin : gen_steps
    always_ff @(posedge clk_i) begin
      if (first_q[6]) sum_q <= column_sum[0];
      else if (valid_q[6]) sum_q <= sum_q + column_sum[0];
    end
  end

  // Round half to even and saturate: shift by eights, by ones, add; `sticky` remembers a bit that was dropped.
  logic signed [40:0]   guarded, coarse_q8, fine_q9;
  logic                 sticky_q8, sticky_q9, valid_q8, valid_q9, valid_q10;
  vertex_t              vertex_q8, vertex_q9, vertex_q10;
  logic signed [40:0]   rounded;
  logic [15:0]          feature_q10;
  assign guarded = {sum_q, 1'b0};
  assign rounded = 41'($signed(fine_q9[40:1])) + 41'(fine_q9[0] && (sticky_q9 || fine_q9[1]));

  always_ff @(posedge clk_i) begin
    coarse_q8 <= guarded >>> {shift_i[5:3], 3'b000};
    sticky_q8 <= |(guarded & ~(41'h1ff_ffff_ffff << {shift_i[5:3], 3'b000}));
    fine_q9   <= coarse_q8 >>> shift_i[2:0];
    sticky_q9 <= sticky_q8 || (|(coarse_q8[6:0] & ~(7'h7f << shift_i[2:0])));
    if (rounded > 41'sd32767) feature_q10 <= 16'h7fff;
    else if (rounded < -41'sd32768) feature_q10 <= 16'h8000;
    else feature_q10 <= rounded[15:0];
    vertex_q8  <= vertex_q[Stages];
    vertex_q9  <= vertex_q8;
    vertex_q10 <= vertex_q9;
  end

  logic run_q, active;
  assign active   = rows_left_q || row_valid_q || step || valid_q != '0 || valid_q8 || valid_q9 || valid_q10;
  assign vertex_o = valid_q10;
  assign busy_o   = run_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q8  <= 1'b0;
      valid_q9  <= 1'b0;
      valid_q10 <= 1'b0;
      run_q     <= 1'b0;
      done_o    <= 1'b0;
    end else begin
      valid_q8  <= valid_q[Stages] && last_q[Stages];
      valid_q9  <= valid_q8;
      valid_q10 <= valid_q9;
      run_q     <= start_i || (run_q && active);
      done_o    <= run_q && !active;
    end
  end

  for (genvar reader = 0; reader < Readers; reader++) begin : gen_reader
    for (genvar bank = 0; bank < 8; bank++) begin : gen_bank
      logic [15:0] data;
      sac_ram #(.Width(16), .Words(VertexSets > 1 ? 2 ** (BankWidth + 1) : BankWords)) u_features (
        .clk_i, .write_en_i(valid_q10 && vertex_q10.bank == 3'(bank)),
        .write_address_i(FeatureWidth'({set_i, vertex_q10.address})), .write_data_i(feature_q10),
        .read_en_i(read_i[reader]), .read_address_i(FeatureWidth'({read_set_i, read_address_i[reader][bank]})),
        .read_data_o(data)
      );
      always_ff @(posedge clk_i) features_o[reader][bank] <= data;
    end
  end
endmodule

`default_nettype wire
