// SPDX-License-Identifier: Apache-2.0
// The two-level walk of a tile (docs/architecture.md, 2.1): super-cubes, then cubes, by one triple loop ordered
// outward from the eye: front to back for every ray at once, without sorting. Reads the super-cube directory a row (x)
// at a time, and the cell masks of a super-cube in one go. Projects balls through the cover unit; a cube whose cover is
// not empty is offered with `cube_valid_o` (the cover's result then belongs to it) until `cube_done_i`. The walk ends
// early when no pixel is alive, looked at before each directory entry and before each non-zero cube.
`default_nettype none

module sac_walk
  import sac_config_pkg::*, sac_ray_pkg::*, sac_memory_pkg::request_t;
  import sac_spec_pkg::scene_record_t, sac_spec_pkg::camera_record_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire scene_record_t           scene_i,
  input  wire camera_record_t          camera_i,
  input  wire logic                    start_i,
  input  wire logic                    alive_i,       // some pixel of the tile is alive
  output logic                         busy_o,
  output logic                         done_o,
  // Cover.
  output logic                         cover_start_o,
  output logic [2:0][9:0]              cover_origin_o,
  output logic [5:0]                   cover_side_o,
  output logic                         cover_super_o,
  input  wire logic                    cover_done_i,
  input  wire logic                    cover_none_i,
  // Cubes.
  output logic                         cube_valid_o,
  output logic [2:0][9:0]              cube_origin_o,
  output logic [MaskBits-1:0]          cube_mask_o,
  input  wire logic                    cube_done_i,
  // Memory client.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i,
  // Counters.
  output logic                         supercube_o,
  output logic                         cube_o
);
  localparam int unsigned BeatWords = AxiDataWidth / 32;
  localparam int unsigned BeatWidth = BeatWords > 1 ? $clog2(BeatWords) : 1;
  localparam int unsigned MaskWords = MaskBits > 32 ? MaskBits / 32 : 1;
  localparam int unsigned StoreWords = MaskBits >= 8 ? 64 * MaskBits / 32 : 16;  // masks of a super-cube
  localparam int unsigned StoreWidth = $clog2(StoreWords);

  typedef enum logic [3:0] {
    StIdle, StRow, StRowData, StEntry, StEntryRead, StSuper, StSuperCover, StMask, StMaskData, StCube, StCubeCover,
    StMaskLoad, StOffer, StNext
  } state_e;
  typedef logic [9:0] index_t;

  state_e       state_q;
  index_t       super_q [3], cube_q [3];   // in hand
  index_t       supers [3], cubes [3], eye_cube [3], eye_super [3], low [3], high [3], inner_eye [3];
  logic [63:0]  bitmap_q;
  logic [31:0]  offset_q, mask_word;
  logic [1:0]   log2;
  logic [3:0]   load_q;
  logic         row_valid_q;               // the row RAM holds the row of super_q

  // n outward from the eye: eye, eye+1 .. high, eye-1 .. low; `last` at the end.
  function automatic index_t outward(input index_t at, input index_t eye, input index_t top);
    if (at >= eye) return at < top ? at + 10'd1 : eye - 10'd1;
    return at - 10'd1;
  endfunction
  function automatic logic is_last(input index_t at, input index_t eye, input index_t bottom, input index_t top);
    return (at == top && eye == bottom) || (at < eye && at == bottom);
  endfunction

  function automatic logic [6:0] count_ones(input logic [63:0] bits);
    logic [6:0] sum;
    sum = '0;
    for (int i = 0; i < 64; i++) sum += 7'(bits[i]);
    return sum;
  endfunction

  index_t vertices [3];
  logic signed [31:0] eye [3];
  assign vertices = '{scene_i.gx, scene_i.gy, scene_i.gz};
  assign eye = '{camera_i.og_x, camera_i.og_y, camera_i.og_z};
  assign log2 = scene_i.side_log2;
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      index_t cell_of_eye;
      cell_of_eye  = eye[a] < 0 ? '0
                   : (eye[a] >>> 15) > $signed({22'b0, vertices[a]}) - 32'sd2 ? vertices[a] - 10'd2 : 10'(eye[a] >>> 15);
      cubes[a]     = (vertices[a] - 10'd2 + (10'd1 << log2)) >> log2;
      supers[a]    = (cubes[a] + 10'd3) >> 2;
      eye_cube[a]  = cell_of_eye >> log2;
      eye_super[a] = eye_cube[a] >> 2;
      low[a]       = super_q[a] << 2;
      high[a]      = (super_q[a] << 2) + 10'd3 < cubes[a] ? (super_q[a] << 2) + 10'd3 : cubes[a] - 10'd1;
      inner_eye[a] = eye_cube[a] < low[a] ? low[a] : eye_cube[a] > high[a] ? high[a] : eye_cube[a];
    end
  end

  // The cube in hand within its super-cube, and the rank of its mask.
  logic [5:0]  bit_q;
  logic [6:0]  rank;
  logic [63:0] below;
  assign bit_q = {cube_q[2][1:0], cube_q[1][1:0], cube_q[0][1:0]};
  assign below = bitmap_q & ((64'd1 << bit_q) - 64'd1);
  assign rank  = count_ones(below);

  // Memory data, a 32-bit word a cycle.
  logic [BeatWidth-1:0] beat_q;
  logic [31:0]          word;
  logic                 take, beat_end, data_end;
  logic [10:0]          word_q;
  assign word     = data_i[32*beat_q +: 32];
  assign take     = data_valid_i && (state_q == StRowData || state_q == StMaskData);
  assign beat_end = 32'(beat_q) == BeatWords - 1;
  assign data_ready_o = take && beat_end;
  assign data_end = take && beat_end && data_last_i;

  // Directory row: bitmap and offset of each super-cube.
  logic [95:0] entry;
  logic [63:0] entry_build_q;
  logic        entry_write;
  assign entry_write = take && state_q == StRowData && word_q[1:0] == 2'd2;
  sac_ram #(.Width(96), .Words(128)) u_row (
    .clk_i, .write_en_i(entry_write), .write_address_i(word_q[8:2]), .write_data_i({word, entry_build_q}),
    .read_en_i(state_q == StEntry), .read_address_i(super_q[0][6:0]), .read_data_o(entry)
  );

  // Masks of the super-cube in hand.
  logic [StoreWidth-1:0] mask_address;
  always_comb begin
    unique case (log2)
      2'd0, 2'd1: mask_address = StoreWidth'({3'b0, rank} >> 2);
      2'd2:       mask_address = StoreWidth'({3'b0, rank[5:0], 1'b0} + 10'(load_q));
      default:    mask_address = StoreWidth'({rank[5:0], 4'b0} + 10'(load_q));
    endcase
  end
  sac_ram #(.Width(32), .Words(StoreWords)) u_masks (
    .clk_i, .write_en_i(take && state_q == StMaskData), .write_address_i(StoreWidth'(word_q)), .write_data_i(word),
    .read_en_i(state_q == StMaskLoad), .read_address_i(mask_address), .read_data_o(mask_word)
  );

  logic [3:0] load_last;
  always_comb begin
    unique case (log2)
      2'd2:    load_last = 4'd1;
      2'd3:    load_last = 4'd15;
      default: load_last = 4'd0;
    endcase
  end
  logic loaded_q;
  logic [3:0] loaded_word_q;
  logic [1:0] loaded_byte_q;
  logic [MaskWords*32-1:0] mask_q;
  logic [7:0] mask_byte;
  assign mask_byte   = mask_word[8*loaded_byte_q +: 8];
  assign cube_mask_o = mask_q[MaskBits-1:0];
  always_ff @(posedge clk_i) begin
    loaded_q      <= state_q == StMaskLoad;
    loaded_word_q <= load_q;
    loaded_byte_q <= rank[1:0];
    if (loaded_q) begin
      if (log2[1]) begin
        for (int i = 0; i < int'(MaskWords); i++) if (loaded_word_q == 4'(i)) mask_q[32*i +: 32] <= mask_word;
      end else begin
        mask_q <= (MaskWords*32)'(mask_byte);
      end
    end
  end

  // Requests.
  logic [19:0] row_number;
  logic [12:0] mask_bytes;
  assign row_number = 20'(super_q[2]) * 20'(supers[1]) + 20'(super_q[1]);
  always_comb begin
    unique case (log2)
      2'd2:    mask_bytes = {3'b0, count_ones(bitmap_q), 3'b0};
      2'd3:    mask_bytes = {count_ones(bitmap_q), 6'b0};
      default: mask_bytes = (13'(count_ones(bitmap_q)) + 13'd3) & 13'h7c;
    endcase
  end
  assign read_valid_o = state_q == StRow || state_q == StMask;
  assign read_request_o.address = state_q == StRow ? scene_i.walk_address + 32'({row_number * 20'(supers[0]), 4'b0})
                                                   : scene_i.mask_address + offset_q;
  assign read_request_o.bytes = state_q == StRow ? 16'({supers[0], 4'b0}) : 16'(mask_bytes);

  // Cover.
  assign cover_super_o = state_q == StSuper || state_q == StSuperCover;
  assign cover_side_o  = cover_super_o ? 6'd4 << log2 : 6'd1 << log2;
  assign cover_start_o = state_q == StSuper || (state_q == StCube && bitmap_q[bit_q] && alive_i);
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      cover_origin_o[a] = cover_super_o ? low[a] << log2 : cube_q[a] << log2;
      cube_origin_o[a]  = cube_q[a] << log2;
    end
  end
  assign cube_valid_o = state_q == StOffer && !loaded_q;
  assign supercube_o  = state_q == StEntryRead;
  assign cube_o       = state_q == StCube && cover_start_o;
  assign busy_o       = state_q != StIdle;

  logic super_end, cube_end;
  logic [2:0] super_last, cube_last;
  always_comb begin
    for (int a = 0; a < 3; a++) begin
      super_last[a] = is_last(super_q[a], eye_super[a], '0, supers[a] - 10'd1);
      cube_last[a]  = is_last(cube_q[a], inner_eye[a], low[a], high[a]);
    end
  end
  assign super_end = super_last == '1;
  assign cube_end  = cube_last == '1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o  <= 1'b0;
    end else begin
      done_o <= 1'b0;
      unique case (state_q)
        StIdle:       if (start_i) state_q <= StEntry;
        StEntry:
          if (!alive_i) begin
            state_q <= StIdle;
            done_o  <= 1'b1;
          end else begin
            state_q <= row_valid_q ? StEntryRead : StRow;
          end
        StRow:        if (read_ready_i) state_q <= StRowData;
        StRowData:    if (data_end) state_q <= StEntry;
        StEntryRead:  state_q <= entry[63:0] == '0 ? StNext : StSuper;
        StSuper:      state_q <= StSuperCover;
        StSuperCover: if (cover_done_i) state_q <= cover_none_i ? StNext : StMask;
        StMask:       if (read_ready_i) state_q <= StMaskData;
        StMaskData:   if (data_end) state_q <= StCube;
        StCube:
          if (!bitmap_q[bit_q]) begin
            if (cube_end) state_q <= StNext;
          end else if (!alive_i) begin
            state_q <= StIdle;
            done_o  <= 1'b1;
          end else begin
            state_q <= StCubeCover;
          end
        StCubeCover:  if (cover_done_i) state_q <= !cover_none_i ? StMaskLoad : cube_end ? StNext : StCube;
        StMaskLoad:   if (load_q == load_last) state_q <= StOffer;
        StOffer:      if (cube_done_i) state_q <= cube_end ? StNext : StCube;
        StNext: begin
          state_q <= super_end ? StIdle : StEntry;
          done_o  <= super_end;
        end
        default:      state_q <= StIdle;
      endcase
    end
  end

  logic cube_step;
  assign cube_step = (state_q == StCube && !bitmap_q[bit_q]) || (state_q == StCubeCover && cover_done_i && cover_none_i) ||
                     (state_q == StOffer && cube_done_i);
  always_ff @(posedge clk_i) begin
    if (take) begin
      beat_q <= beat_end ? '0 : beat_q + 1'b1;
      word_q <= word_q + 11'd1;
      entry_build_q <= {word, entry_build_q[63:32]};
    end
    if (read_valid_o) begin
      beat_q <= '0;
      word_q <= '0;
    end
    load_q <= state_q == StMaskLoad ? load_q + 4'd1 : '0;
    unique case (state_q)
      StIdle: begin
        for (int a = 0; a < 3; a++) super_q[a] <= eye_super[a];
        row_valid_q <= 1'b0;
      end
      StRowData: if (data_end) row_valid_q <= 1'b1;
      StEntryRead: {offset_q, bitmap_q} <= entry;
      StMask: for (int a = 0; a < 3; a++) cube_q[a] <= inner_eye[a];
      StNext: begin
        row_valid_q <= !super_last[0];
        super_q[0]  <= super_last[0] ? eye_super[0] : outward(super_q[0], eye_super[0], supers[0] - 10'd1);
        if (super_last[0])
          super_q[1] <= super_last[1] ? eye_super[1] : outward(super_q[1], eye_super[1], supers[1] - 10'd1);
        if (super_last[1:0] == '1) super_q[2] <= outward(super_q[2], eye_super[2], supers[2] - 10'd1);
      end
      default: ;
    endcase
    if (cube_step) begin
      cube_q[0] <= cube_last[0] ? inner_eye[0] : outward(cube_q[0], inner_eye[0], high[0]);
      if (cube_last[0]) cube_q[1] <= cube_last[1] ? inner_eye[1] : outward(cube_q[1], inner_eye[1], high[1]);
      if (cube_last[1:0] == '1) cube_q[2] <= outward(cube_q[2], inner_eye[2], high[2]);
    end
  end

  logic unused;
  assign unused = ^{scene_i, camera_i};
endmodule

`default_nettype wire
