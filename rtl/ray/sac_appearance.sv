// SPDX-License-Identifier: Apache-2.0
// Appearance vertices of a group (docs/architecture.md, sections 1 and 5): fetches the patches of the rectangle that bounds
// the needed vertices, forms the 144 products plane times line of each needed vertex in a row of the array's x RAM,
// lets the array apply the basis, and keeps the 27 features in eight parity banks. Owns the appearance lines (TABLE
// target APPEARANCE_LINE). One batch of up to Rows vertices after the other.
`default_nettype none

module sac_appearance
  import sac_config_pkg::*, sac_colour_pkg::*, sac_memory_pkg::*, sac_dot_pkg::*;
(
  input  wire logic                   clk_i,
  input  wire logic                   rst_ni,
  input  wire table_word_t            table_word_i,
  input  wire colour_scene_t          scene_i,
  input  wire logic                   start_i,
  input  wire group_t                 group_i,          // steady until done
  output logic                        done_o,
  // Patches.
  output logic                        patch_valid_o,
  input  wire logic                   patch_ready_i,
  output patch_request_t              patch_o,
  input  wire logic                   patch_done_i,
  input  wire patch_write_t           patch_write_i,
  // Array.
  output logic                        operation_valid_o,
  input  wire logic                   operation_ready_i,
  output operation_t                  operation_o,
  input  wire event_t                 array_done_i,
  output x_write_t                    x_write_o,
  output unload_t                     unload_o,
  input  wire logic [WordWidth-1:0]   unload_data_i,
  // Features: corner banks of the cell at `read_cell_i`, channel by channel; values two cycles later, by corner.
  input  wire logic                   read_i,
  input  wire logic [2:0][2:0]        read_cell_i,
  input  wire logic [4:0]             read_channel_i,
  output logic [7:0][15:0]            features_o,
  output logic                        vertex_o          // counter
);
  localparam int unsigned Parts = 16 / AppearanceLanes;
  localparam int unsigned PartWidth = Parts > 1 ? $clog2(Parts) : 1;
  localparam int unsigned Steps = Products / AppearanceLanes;
  localparam int unsigned WordSteps = Lanes / AppearanceLanes;
  localparam int unsigned PatchWords = 9 * VertexSide * VertexSide;
  localparam int unsigned PatchWidth = $clog2(PatchWords);
  localparam int unsigned BankWords = BankVertices * 32;
  localparam int unsigned BankWidth = $clog2(BankWords);
  localparam int unsigned LineWidth = $clog2(LineRows);
  localparam int unsigned BasisWord = 2 * InputWords;

  typedef enum logic [3:0] {
    StIdle, StPatch, StPatchDone, StScan, StProducts, StFlush, StOperation, StArray, StUnload, StWord0, StWord1, StStore
  } state_e;
  typedef logic [2:0][3:0] place_t;

  state_e               state_q;
  place_t               at_q, low, high;
  logic [1:0]           plane_q, patches_q;
  logic [RowWidth:0]    rows_q;
  place_t               row_place_q [Rows];
  logic                 scan_end_q, needed;

  // Extent of the needed vertices.
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      low[a]  = '1;
      high[a] = '0;
    end
    for (int z = 0; z < int'(VertexSide); z++)
      for (int y = 0; y < int'(VertexSide); y++)
        for (int x = 0; x < int'(VertexSide); x++)
          if (group_i.needed[x + VertexSide * (y + VertexSide * z)]) begin
            if (4'(x) < low[0]) low[0] = 4'(x);
            if (4'(y) < low[1]) low[1] = 4'(y);
            if (4'(z) < low[2]) low[2] = 4'(z);
            if (4'(x) > high[0]) high[0] = 4'(x);
            if (4'(y) > high[1]) high[1] = 4'(y);
            if (4'(z) > high[2]) high[2] = 4'(z);
          end
  end
  localparam int unsigned NeedWidth = $clog2(VertexCount);
  logic [NeedWidth-1:0] need_index;
  assign need_index = NeedWidth'(32'(at_q[0]) + VertexSide * (32'(at_q[1]) + VertexSide * 32'(at_q[2])));
  assign needed = group_i.needed[need_index];

  // Patch requests.
  function automatic logic [1:0] axis_u(input logic [1:0] plane);
    return plane == 2'd2 ? 2'd1 : 2'd0;
  endfunction
  function automatic logic [1:0] axis_v(input logic [1:0] plane);
    return plane == 2'd0 ? 2'd1 : 2'd2;
  endfunction
  assign patch_valid_o = state_q == StPatch;
  assign patch_o.plane = plane_q;
  assign patch_o.u0 = {1'b0, group_i.origin[axis_u(plane_q)]} + 10'(low[axis_u(plane_q)]);
  assign patch_o.v0 = {1'b0, group_i.origin[axis_v(plane_q)]} + 10'(low[axis_v(plane_q)]);
  assign patch_o.nu = high[axis_u(plane_q)] - low[axis_u(plane_q)] + 4'd1;
  assign patch_o.nv = high[axis_v(plane_q)] - low[axis_v(plane_q)] + 4'd1;

  function automatic logic [PatchWidth-1:0] patch_address(input logic [1:0] plane, input logic [3:0] v, input logic [3:0] u,
                                                          input logic [1:0] sub);
    return PatchWidth'(((32'(plane) * VertexSide + 32'(v)) * VertexSide + 32'(u)) * 3 + 32'(sub));
  endfunction

  // Products: a step reads a texel and a line, then multiplies, rounds, and places AppearanceLanes values.
  logic [7:0]                  step_q;
  logic [1:0]                  sub, walk_plane;
  logic [PartWidth-1:0]        part, part_q;
  logic [1:0]                  sub_q;
  logic                        step_valid, step_valid_q, product_valid_q, value_valid_q;
  logic [LineWidth-1:0]        line_row;
  logic [255:0]                texel;
  logic [767:0]                line;
  logic                        line_write;
  logic [15:0]                 line_number;
  logic [767:0]                line_data;
  assign step_valid = state_q == StProducts;
  assign walk_plane = 2'(32'(step_q) / (3 * Parts));
  assign sub        = 2'(32'(step_q) / Parts % 3);
  assign part       = PartWidth'(32'(step_q) % Parts);
  always_comb begin
    unique case (walk_plane)
      2'd0:    line_row = LineWidth'(32'(group_i.origin[2]) + 32'(at_q[2]));
      2'd1:    line_row = LineWidth'(32'(scene_i.vertices[2]) + 32'(group_i.origin[1]) + 32'(at_q[1]));
      default: line_row = LineWidth'(32'(scene_i.vertices[2]) + 32'(scene_i.vertices[1]) + 32'(group_i.origin[0]) + 32'(at_q[0]));
    endcase
  end
  sac_ram #(.Width(256), .Words(PatchWords)) u_patch (
    .clk_i, .write_en_i(patch_write_i.valid),
    .write_address_i(patch_address(patch_write_i.plane, patch_write_i.v, patch_write_i.u, patch_write_i.sub)),
    .write_data_i(patch_write_i.values), .read_en_i(step_valid),
    .read_address_i(patch_address(walk_plane, at_q[axis_v(walk_plane)] - low[axis_v(walk_plane)],
                                  at_q[axis_u(walk_plane)] - low[axis_u(walk_plane)], sub)),
    .read_data_o(texel)
  );
  sac_table_entry #(.Target(sac_spec_pkg::TARGET_APPEARANCE_LINE), .Words(24)) u_line_entry (
    .clk_i, .rst_ni, .word_i(table_word_i), .write_o(line_write), .entry_o(line_number), .data_o(line_data)
  );
  sac_ram #(.Width(768), .Words(LineRows)) u_line (
    .clk_i, .write_en_i(line_write), .write_address_i(LineWidth'(line_number)), .write_data_i(line_data),
    .read_en_i(step_valid), .read_address_i(line_row), .read_data_o(line)
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
  logic [255:0]                     line_sub;
  logic [15:0]                      texel_value [AppearanceLanes], line_value [AppearanceLanes];
  assign line_sub   = line[256*sub_q +: 256];
  assign texel_part = texel[16*AppearanceLanes*part_q +: 16*AppearanceLanes];
  assign line_part  = line_sub[16*AppearanceLanes*part_q +: 16*AppearanceLanes];
  always_comb begin
    for (int i = 0; i < int'(AppearanceLanes); i++) begin
      texel_value[i] = texel_part[i];
      line_value[i]  = line_part[i];
    end
  end
  always_ff @(posedge clk_i) begin
    step_valid_q    <= rst_ni && step_valid;
    product_valid_q <= rst_ni && step_valid_q;
    value_valid_q   <= rst_ni && product_valid_q;
    part_q          <= part;
    sub_q           <= sub;
    for (int i = 0; i < int'(AppearanceLanes); i++) begin
      product_q[i] <= $signed(texel_value[i]) * $signed(line_value[i]);
      value_q[i]   <= narrow(product_q[i], scene_i.product_shift);
    end
  end

  // Words of the row.
  logic [WordSteps-1:0][16*AppearanceLanes-1:0] word_q;
  logic [7:0]             filled_q;   // values of AppearanceLanes in the row so far
  logic                   word_full, word_write_q;
  logic [XAddressWidth-1:0] word_number_q;
  logic [RowWidth-1:0]    word_row_q;
  assign word_full = value_valid_q && (32'(filled_q) % WordSteps == WordSteps - 1 || 32'(filled_q) == Steps - 1);
  always_ff @(posedge clk_i) begin
    word_write_q <= rst_ni && word_full;
    if (word_full) begin
      word_number_q <= XAddressWidth'(BasisWord + 32'(filled_q) / WordSteps);
      word_row_q    <= RowWidth'(rows_q);
    end
    if (state_q == StScan) begin
      filled_q <= '0;
    end else if (value_valid_q) begin
      filled_q <= filled_q + 8'd1;
      for (int i = 0; i < int'(WordSteps); i++)
        if (32'(filled_q) % WordSteps == 32'(i)) word_q[i] <= value_q;
        else if (32'(filled_q) % WordSteps == 0) word_q[i] <= '0;
    end
  end
  assign x_write_o = '{valid: word_write_q, row: word_row_q, word: word_number_q, data: word_q};

  // Basis operations, one word of features at a time.
  logic [4:0]            feature_word_q;
  logic [RowWidth-1:0]   unload_row_q;
  logic [LanesLog2-1:0]  lane_q;
  logic [WordWidth-1:0]  features_q;
  logic [7:0]            channel;
  assign operation_valid_o = state_q == StOperation;
  always_comb begin
    operation_o = '0;
    operation_o.kind        = KindBasis;
    operation_o.source      = 10'(BasisWord);
    operation_o.beats       = 13'(Products);
    operation_o.weight_base = 16'(BasisWeights) + 16'(Products) * 16'(feature_word_q);
    operation_o.quant_base  = 12'(BasisQuant) + 12'({feature_word_q, LanesLog2'(0)});
  end
  assign unload_o = '{valid: state_q == StUnload, slot: 1'b0, row: unload_row_q};
  assign channel  = 8'({feature_word_q, lane_q});

  // Banks.
  place_t               store_place;
  logic [2:0]           store_bank;
  logic [BankWidth-1:0] store_address;
  logic                 store;
  function automatic logic [BankWidth-1:0] bank_address(input place_t at, input logic [4:0] number);
    return BankWidth'({(32'(at[0][3:1]) + BankSide * (32'(at[1][3:1]) + BankSide * 32'(at[2][3:1]))), number});
  endfunction
  assign store_place   = row_place_q[unload_row_q];
  assign store_bank    = {store_place[2][0], store_place[1][0], store_place[0][0]};
  assign store_address = bank_address(store_place, channel[4:0]);
  assign store         = state_q == StStore && channel < 8'(Features);
  logic [2:0][2:0]  cell_q, cell_q2;
  logic [7:0][15:0] bank_value, bank_value_q;
  for (genvar bank = 0; bank < 8; bank++) begin : gen_bank
    place_t read_place;
    localparam logic [2:0] Parity = 3'(bank);
    always_comb
      for (int a = 0; a < 3; a++) read_place[a] = {1'b0, read_cell_i[a]} + 4'(read_cell_i[a][0] != Parity[a]);
    sac_ram #(.Width(16), .Words(BankWords)) u_bank (
      .clk_i, .write_en_i(store && store_bank == Parity), .write_address_i(store_address),
      .write_data_i(features_q[15:0]), .read_en_i(read_i), .read_address_i(bank_address(read_place, read_channel_i)),
      .read_data_o(bank_value[bank])
    );
  end
  always_ff @(posedge clk_i) begin
    cell_q       <= read_cell_i;
    cell_q2      <= cell_q;
    bank_value_q <= bank_value;
  end
  always_comb begin
    for (int c = 0; c < 8; c++) begin
      logic [2:0] bank;
      for (int a = 0; a < 3; a++) bank[a] = cell_q2[a][0] ^ c[a];
      features_o[c] = bank_value_q[bank];
    end
  end

  logic scan_last, rows_full, drained, lane_last, row_last, word_last;
  assign scan_last = at_q == high;
  assign rows_full = 32'(rows_q) == Rows;
  assign drained   = !step_valid_q && !product_valid_q && !value_valid_q && !word_write_q;
  assign lane_last = lane_q == '1 || channel == 8'(Features - 1);
  assign row_last  = 32'(unload_row_q) == 32'(rows_q) - 1;
  assign word_last = 32'(feature_word_q) == FeatureWords - 1;
  assign vertex_o  = state_q == StScan && needed && !scan_end_q && !rows_full;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o  <= 1'b0;
    end else begin
      done_o <= 1'b0;
      unique case (state_q)
        StIdle:      if (start_i) state_q <= StPatch;
        StPatch:     if (patch_ready_i && plane_q == 2'd2) state_q <= StPatchDone;
        StPatchDone: if (patches_q == 2'd3) state_q <= StScan;
        StScan:
          if (scan_end_q || rows_full) begin
            state_q <= rows_q == '0 ? StIdle : StOperation;
            done_o  <= rows_q == '0;
          end else if (needed) begin
            state_q <= StProducts;
          end
        StProducts:  if (32'(step_q) == Steps - 1) state_q <= StFlush;
        StFlush:     if (drained) state_q <= StScan;
        StOperation: if (operation_ready_i) state_q <= StArray;
        StArray:     if (array_done_i.valid && array_done_i.kind == KindBasis) state_q <= StUnload;
        StUnload:    state_q <= StWord0;
        StWord0:     state_q <= StWord1;
        StWord1:     state_q <= StStore;
        StStore:
          if (lane_last) begin
            if (!row_last) state_q <= StUnload;
            else if (!word_last) state_q <= StOperation;
            else begin
              state_q <= scan_end_q ? StIdle : StScan;
              done_o  <= scan_end_q;
            end
          end
        default:     state_q <= StIdle;
      endcase
    end
  end

  logic advance;
  assign advance = (state_q == StScan && !needed && !scan_end_q && !rows_full) ||
                   (state_q == StFlush && drained);
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      at_q       <= low;
      plane_q    <= '0;
      rows_q     <= '0;
      scan_end_q <= 1'b0;
    end
    if (state_q == StPatch && patch_ready_i) plane_q <= plane_q + 2'd1;
    if (state_q == StIdle) patches_q <= '0;
    else if (patch_done_i) patches_q <= patches_q + 2'd1;
    step_q <= state_q == StProducts ? step_q + 8'd1 : '0;
    if (vertex_o) row_place_q[RowWidth'(rows_q)] <= at_q;
    if (advance) begin
      if (scan_last) scan_end_q <= 1'b1;
      at_q[0] <= at_q[0] == high[0] ? low[0] : at_q[0] + 4'd1;
      if (at_q[0] == high[0]) at_q[1] <= at_q[1] == high[1] ? low[1] : at_q[1] + 4'd1;
      if (at_q[0] == high[0] && at_q[1] == high[1]) at_q[2] <= at_q[2] + 4'd1;
    end
    if (state_q == StFlush && drained) rows_q <= rows_q + 1'b1;
    if (state_q == StScan && (scan_end_q || rows_full)) begin
      feature_word_q <= '0;
      unload_row_q   <= '0;
    end
    if (state_q == StUnload) lane_q <= '0;
    if (state_q == StWord1) features_q <= unload_data_i;
    if (state_q == StStore) begin
      lane_q     <= lane_q + 1'b1;
      features_q <= features_q >> 16;
      if (lane_last) begin
        unload_row_q <= row_last ? '0 : unload_row_q + 1'b1;
        if (row_last) begin
          feature_word_q <= word_last ? '0 : feature_word_q + 5'd1;
          if (word_last) rows_q <= '0;
        end
      end
    end
  end
  logic unused;
  assign unused = ^{scene_i, group_i, array_done_i, line_number};
endmodule

`default_nettype wire
