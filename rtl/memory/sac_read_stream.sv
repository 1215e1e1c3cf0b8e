// SPDX-License-Identifier: Apache-2.0
// One read client: cuts requests into bursts at multiples of BurstBytes, offers a burst only when the
// buffer has room for all its beats (so the bus never waits for the client), and shifts the bus beats so
// that byte 0 of the first one is the requested address. Bytes beyond the request are zero. Requests may
// follow each other before their data are taken; data come in order.
`default_nettype none

module sac_read_stream
  import sac_memory_pkg::*;
#(
  parameter int unsigned DataWidth  = 64,
  parameter int unsigned BurstBytes = 256,
  parameter int unsigned Depth      = 64   // beats of buffer: at least one burst
) (
  input  wire logic                 clk_i,
  input  wire logic                 rst_ni,
  // client
  input  wire logic                 request_valid_i,
  output logic                      request_ready_o,
  input  wire request_t             request_i,
  output logic                      data_valid_o,
  input  wire logic                 data_ready_i,
  output logic [DataWidth-1:0]      data_o,
  output logic                      last_o,
  // bus: bursts to issue, and their beats as they come back
  output logic                      burst_valid_o,
  input  wire logic                 burst_ready_i,
  output burst_t                    burst_o,
  input  wire logic                 beat_valid_i,
  input  wire logic [DataWidth-1:0] beat_i
);
  localparam int unsigned Words       = DataWidth / 32;
  localparam int unsigned OffsetWidth = Words > 1 ? $clog2(Words) : 1;
  localparam int unsigned BeatShift   = $clog2(DataWidth / 8);
  localparam int unsigned BurstShift  = $clog2(BurstBytes);
  localparam int unsigned SpaceWidth  = $clog2(Depth + 1);
  localparam int unsigned Jobs        = 8;

  typedef struct packed {
    logic [OffsetWidth-1:0] offset;  // words before the requested address in its beat
    logic [13:0]            words;
  } job_t;

  // ---- Cutting
  logic                  cut_valid_q, burst_valid_q;
  logic [31:0]           cut_address_q;
  logic [15:0]           cut_left_q;
  burst_t                burst_d, burst_q;
  logic [SpaceWidth-1:0] beats_d, beats_q, space_q;
  logic [15:0]           room;
  logic                  take_request, take_cut, take_burst, job_ready, pop;

  assign request_ready_o = !cut_valid_q && job_ready;
  assign take_request    = request_valid_i && request_ready_o;
  assign burst_valid_o   = burst_valid_q && space_q >= beats_q;
  assign burst_o         = burst_q;
  assign take_burst      = burst_valid_o && burst_ready_i;
  assign take_cut        = cut_valid_q && (!burst_valid_q || take_burst);

  always_comb begin
    room            = 16'(BurstBytes) - 16'(cut_address_q[BurstShift-1:0]);
    burst_d.address = cut_address_q;
    burst_d.last    = cut_left_q <= room;
    burst_d.bytes   = 11'(burst_d.last ? cut_left_q : room);
    beats_d = SpaceWidth'((16'(cut_address_q[BeatShift-1:0]) + 16'(burst_d.bytes)
                           + 16'(DataWidth / 8 - 1)) >> BeatShift);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cut_valid_q   <= 1'b0;
      burst_valid_q <= 1'b0;
      space_q       <= SpaceWidth'(Depth);
    end else begin
      if (take_request) cut_valid_q <= 1'b1;
      else if (take_cut && burst_d.last) cut_valid_q <= 1'b0;
      if (take_cut) burst_valid_q <= 1'b1;
      else if (take_burst) burst_valid_q <= 1'b0;
      if (take_burst || pop)
        space_q <= space_q - (take_burst ? beats_q : '0) + SpaceWidth'(pop);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_request) begin
      cut_address_q <= request_i.address;
      cut_left_q    <= request_i.bytes;
    end else if (take_cut) begin
      cut_address_q <= cut_address_q + 32'(burst_d.bytes);
      cut_left_q    <= cut_left_q - 16'(burst_d.bytes);
    end
    if (take_cut) begin
      burst_q <= burst_d;
      beats_q <= beats_d;
    end
  end

  // ---- Realigning
  logic [DataWidth-1:0]   beat, hold_q, shifted;
  logic                   beat_valid, beat_ready_unused;
  logic                   next_valid, next_ready, job_valid_q, primed_q;
  job_t                   job_push, next_job, job_q;
  logic [13:0]            in_hold;  // words of the request that the held or only beat can give
  logic                   enough, final_word, step, prime, free;
  logic [3:0]             job_count_unused;

  assign job_push.offset = OffsetWidth'(32'(request_i.address[BeatShift-1:0]) >> 2);
  assign job_push.words  = request_i.bytes[15:2];

  sac_fifo #(
    .Width($bits(job_t)),
    .Depth(Jobs)
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .push_valid_i(take_request),
    .push_ready_o(job_ready),
    .push_data_i (job_push),
    .pop_valid_o (next_valid),
    .pop_ready_i (next_ready),
    .pop_data_o  (next_job),
    .count_o     (job_count_unused)
  );

  sac_ram_fifo #(
    .Width(DataWidth),
    .Depth(Depth)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .push_valid_i(beat_valid_i),
    .push_ready_o(beat_ready_unused),
    .push_data_i (beat_i),
    .pop_valid_o (beat_valid),
    .pop_ready_i (pop),
    .pop_data_o  (beat)
  );

  always_comb begin
    in_hold    = 14'(Words) - 14'(job_q.offset);
    enough     = job_q.words <= in_hold;
    final_word = job_q.words <= 14'(Words);
    free       = !data_valid_o || data_ready_i;
    // A step gives one output beat; priming only takes the first bus beat of an unaligned request.
    prime      = job_valid_q && beat_valid && !primed_q && job_q.offset != '0 && !enough;
    step       = job_valid_q && free && !prime && (beat_valid || (primed_q && enough));
    pop        = prime || (step && !(primed_q && enough));
    next_ready = !job_valid_q || (step && final_word);
    if (Words == 1) shifted = beat;
    else shifted = DataWidth'({beat, primed_q ? hold_q : beat} >> {job_q.offset, 5'd0});
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_valid_q  <= 1'b0;
      primed_q     <= 1'b0;
      data_valid_o <= 1'b0;
    end else begin
      if (next_ready) job_valid_q <= next_valid;
      if (prime) primed_q <= 1'b1;
      else if (step && final_word) primed_q <= 1'b0;
      if (free) data_valid_o <= step;
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_ready) job_q <= next_job;
    else if (step) job_q.words <= job_q.words - 14'(Words);
    if (pop) hold_q <= beat;
    if (step) begin
      last_o <= final_word;
      for (int unsigned i = 0; i < Words; i++)
        data_o[32*i +: 32] <= 14'(i) < job_q.words ? shifted[32*i +: 32] : '0;
    end
  end
endmodule

`default_nettype wire
