// SPDX-License-Identifier: Apache-2.0
// Beats of rows of K and V to values of 16 bits: elements of 16, 8, 4 or 2 bits, unscaled as they are, scaled ones
// times the scales, which follow the elements in memory: two rows are buffered, so that the scales of one are complete
// while the row before it is unpacked. A cycle takes a beat, but no more than AxiDataWidth / 4 elements, or
// AxiDataWidth / 8 scaled ones, or a word of the KV RAM.
`default_nettype none

module sac_kv_unpack
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::kv_write_t, sac_dot_pkg::KvAddressWidth;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    beat_valid_i,
  output logic                         beat_ready_o,
  input  wire logic [AxiDataWidth-1:0] beat_i,
  input  wire beat_info_t              info_i,
  output kv_write_t                    write_o,
  output logic                         k_loaded_o,
  output logic                         v_loaded_o
);
  localparam int unsigned Slots = AxiDataWidth / 4 < Lanes ? AxiDataWidth / 4 : Lanes;
  localparam int unsigned ScaledSlots = AxiDataWidth / 8 < Lanes ? AxiDataWidth / 8 : Lanes;
  localparam int unsigned Segment = Slots < Lanes / 2 ? Slots : Lanes / 2;
  localparam int unsigned ScaledSegment = ScaledSlots < Lanes / 2 ? ScaledSlots : Lanes / 2;
  localparam int unsigned Depth = 2 * HeadDim * 16 / AxiDataWidth;
  localparam int unsigned Latency = 3;       // from the elements of a beat to values

  // Elements wait in a queue, scales of two rows beside it.
  typedef struct packed {
    beat_info_t              info;
    logic [AxiDataWidth-1:0] data;
  } queued_t;
  logic       queue_ready, queue_valid, queue_take, scales_ready, scales_complete, scales_done;
  queued_t    queued;
  logic [7:0] mantissa;
  logic [4:0] exponent;
  logic [10:0] element_q;                    // elements of the row that have been taken
  assign beat_ready_o = info_i.scales ? scales_ready : queue_ready;
  sac_ram_fifo #(.Width($bits(queued_t)), .Depth(Depth)) u_queue (
    .clk_i, .rst_ni, .push_valid_i(beat_valid_i && !info_i.scales), .push_ready_o(queue_ready),
    .push_data_i({info_i, beat_i}), .pop_valid_o(queue_valid), .pop_ready_i(queue_take), .pop_data_o(queued)
  );
  sac_kv_scales u_scales (
    .clk_i, .rst_ni, .valid_i(beat_valid_i && info_i.scales), .ready_o(scales_ready), .beat_i, .last_i(info_i.last),
    .complete_o(scales_complete), .element_i(element_q), .mantissa_o(mantissa), .exponent_o(exponent),
    .done_i(scales_done)
  );

  // The beat under way; a cycle takes `count` elements from below. Element number mod Lanes is their lane; of a row whose
  // word is shared, the odd ones of its part lie half a word higher.
  logic                    have_q, go, beat_end, row_end, word_end, scaled, beats, gap_q;
  logic [AxiDataWidth-1:0] data_q;
  beat_info_t              info_q;
  logic [1:0]              form;
  logic [2:0]              of_beat_log2, most_log2, count_log2;
  logic                    segments, odd_q;
  logic [LaneWidth-1:0]    lane;
  logic [10:0]             left;
  logic [7:0]              count, parts, part_q;
  assign form         = info_q.v ? job_i.head.v_format : job_i.head.k_format;
  assign scaled       = info_q.v ? job_i.head.v_scaled : job_i.head.k_scaled;
  assign beats        = info_q.v ? job_i.v_beats : job_i.k_beats;
  assign of_beat_log2 = 3'($clog2(AxiDataWidth / 16)) + 3'(form);
  assign segments     = Segments == 2 && (info_q.v ? job_i.v_segments : job_i.k_segments);
  assign lane         = element_q[LaneWidth-1:0] + (segments && odd_q ? LaneWidth'(Lanes / 2) : '0);
  assign most_log2    = scaled ? segments ? 3'($clog2(ScaledSegment)) : 3'($clog2(ScaledSlots))
                               : segments ? 3'($clog2(Segment)) : 3'($clog2(Slots));
  assign count_log2   = of_beat_log2 < most_log2 ? of_beat_log2 : most_log2;
  assign count        = 8'd1 << count_log2;
  assign parts        = 8'd1 << (of_beat_log2 - count_log2);
  assign left         = (info_q.v ? job_i.head.d_v : job_i.head.d_k) - element_q;
  assign row_end      = left <= 11'(count);
  assign beat_end     = row_end || part_q + 1'b1 == parts;
  assign word_end     = segments ? row_end && (odd_q || info_q.last_of_part)
                                 : row_end || element_q[LaneWidth-1:0] + LaneWidth'(count) == '0;
  // A word of two beats is written in two cycles.
  assign go           = have_q && (!scaled || scales_complete) && !(word_end && gap_q);
  assign queue_take   = !have_q || (go && beat_end);
  assign scales_done  = go && row_end && scaled;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      have_q    <= 1'b0;
      gap_q     <= 1'b0;
      part_q    <= '0;
      element_q <= '0;
      odd_q     <= 1'b0;
    end else begin
      if (queue_take) have_q <= queue_valid;
      gap_q <= go && word_end && beats;
      if (go) begin
        part_q    <= beat_end ? '0 : part_q + 1'b1;
        element_q <= row_end ? '0 : element_q + 11'(count);
        if (row_end) odd_q <= segments && !odd_q && !info_q.last_of_part;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (queue_take) begin
      data_q <= queued.data;
      info_q <= queued.info;
    end else if (go) begin
      data_q <= data_q >> (9'd1 << (4'd4 + 4'(count_log2) - 4'(form)));
    end
  end

  // Where words go: K one after the other, the words of a row of V a group apart.
  logic                      part_begin_q;
  logic [KvAddressWidth-1:0] base, address, row_address, address_q, row_address_q;
  assign base        = (info_q.v ? KvAddressWidth'(2 * BufferWords) : '0) +
                       (info_q.tile ? KvAddressWidth'(BufferWords) : '0);
  assign address     = part_begin_q ? base : address_q;
  assign row_address = (part_begin_q ? base : row_address_q) + (KvAddressWidth'(1) << beats);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) part_begin_q <= 1'b1;
    else if (go && word_end) part_begin_q <= row_end && info_q.last_of_part;
  end
  always_ff @(posedge clk_i) begin
    if (go && word_end) begin
      if (!info_q.v) address_q <= address + (KvAddressWidth'(1) << beats);
      else address_q <= row_end ? row_address : address + KvAddressWidth'(GroupWords);
      if (row_end || part_begin_q) row_address_q <= row_end ? row_address : base;
    end
  end

  // Elements, then values.
  logic [Slots-1:0][15:0] elements, elements_q, values;
  logic [7:0]             mantissa_q;
  logic [4:0]             exponent_q;
  logic [Latency-1:0]     valid_q;
  values_t                info [Latency];
  for (genvar i = 0; i < int'(Slots); i++) begin : gen_slot
    localparam int unsigned Of16 = i < int'(AxiDataWidth / 16) ? i : 0;
    localparam int unsigned Of8 = i < int'(AxiDataWidth / 8) ? i : 0;
    always_comb begin
      unique case (form)
        2'd0:    elements[i] = data_q[16*Of16 +: 16];
        2'd1:    elements[i] = 16'($signed(data_q[8*Of8 +: 8]));
        2'd2:    elements[i] = 16'($signed(data_q[4*i +: 4]));
        default: elements[i] = 16'($signed(data_q[2*i +: 2]));
      endcase
      if (11'(i) >= left) elements[i] = '0;
    end
    if (i < int'(ScaledSlots)) begin : gen_scale
      sac_kv_scale u_scale (
        .clk_i, .element_i(elements_q[i]), .mantissa_i(mantissa_q), .exponent_i(exponent_q), .value_o(values[i])
      );
    end else begin : gen_delay
      logic [15:0] element_q2, element_q3;
      always_ff @(posedge clk_i) begin
        element_q2 <= elements_q[i];
        element_q3 <= element_q2;
      end
      assign values[i] = element_q3;
    end
  end
  always_ff @(posedge clk_i) begin
    elements_q <= elements;
    mantissa_q <= scaled ? mantissa : 8'd1;
    exponent_q <= scaled ? exponent : '0;
    info[0]    <= '{
      v: info_q.v, part_end: row_end && info_q.last_of_part, beats: beats, word_end: word_end,
      lane: lane, values_log2: count_log2, address: address
    };
    for (int unsigned i = 1; i < Latency; i++) info[i] <= info[i-1];
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], go};
  end
  sac_kv_words #(.Slots(Slots)) u_words (
    .clk_i, .rst_ni, .valid_i(valid_q[Latency-1]), .values_i(values), .info_i(info[Latency-1]), .write_o, .k_loaded_o,
    .v_loaded_o
  );

  logic unused;
  assign unused = ^{job_i, info_q};
endmodule

`default_nettype wire
