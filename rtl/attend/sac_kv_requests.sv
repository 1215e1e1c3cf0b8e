// SPDX-License-Identifier: Apache-2.0
// Requests for the rows of runs: several rows in one request where they follow each other in memory. K and V of a tile
// are begun when their buffer is free: two of each.
`default_nettype none

module sac_kv_requests
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic        clk_i,
  input  wire logic        rst_ni,
  input  wire job_t        job_i,
  input  wire logic        start_i,
  input  wire logic        k_free_i,
  input  wire logic        v_free_i,
  input  wire logic        run_valid_i,
  output logic             run_ready_o,
  input  wire run_t        run_i,
  // What has been requested, for sac_kv_rows.
  output logic             rows_valid_o,
  input  wire logic        rows_ready_i,
  output rows_t            rows_o,
  // Memory client.
  output logic             read_valid_o,
  input  wire logic        read_ready_i,
  output request_t         read_request_o
);
  logic        inside_q, begin_part, next, take, fits;
  logic [1:0]  k_spare_q, v_spare_q;
  logic [15:0] bytes;
  logic [3:0]  merge;
  logic [8:0]  most, rows;
  logic        run_valid_q;
  run_t        run_q;
  logic [8:0]  left_q;
  request_t    request_q;
  rows_t       request_rows_q;
  logic        request_valid_q;

  // A run at a time; each cycle gives a request.
  assign bytes       = run_q.v ? job_i.v_bytes : job_i.k_bytes;
  assign merge       = run_q.v ? job_i.v_merge : job_i.k_merge;
  assign most        = 9'd1 << merge;
  assign fits        = left_q <= most;
  assign rows        = fits ? left_q : most;
  // `inside_q`: the part that the run belongs to has its buffer.
  assign begin_part  = !inside_q && (run_q.v ? v_spare_q != '0 : k_spare_q != '0);
  assign next        = run_valid_q && inside_q && (!request_valid_q || take);
  assign run_ready_o = !run_valid_q || (next && fits);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      run_valid_q <= 1'b0;
      inside_q    <= 1'b0;
      k_spare_q   <= 2'd2;
      v_spare_q   <= 2'd2;
    end else begin
      if (run_ready_o) run_valid_q <= run_valid_i;
      if (run_valid_q && begin_part) inside_q <= 1'b1;
      else if (next && fits && run_q.last) inside_q <= 1'b0;
      k_spare_q <= k_spare_q + 2'(k_free_i) - 2'(run_valid_q && begin_part && !run_q.v);
      v_spare_q <= v_spare_q + 2'(v_free_i) - 2'(run_valid_q && begin_part && run_q.v);
    end
  end
  always_ff @(posedge clk_i) begin
    if (run_ready_o) begin
      run_q  <= run_i;
      left_q <= 9'(run_i.rows);
    end else if (next) begin
      left_q        <= left_q - rows;
      run_q.address <= run_q.address + 32'(rows) * (run_q.v ? job_i.head.v_stride : job_i.head.k_stride);
    end
  end

  assign read_valid_o   = request_valid_q && rows_ready_i;
  assign read_request_o = request_q;
  assign take           = read_valid_o && read_ready_i;
  assign rows_valid_o   = request_valid_q && read_ready_i;
  assign rows_o         = request_rows_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) request_valid_q <= 1'b0;
    else if (next) request_valid_q <= 1'b1;
    else if (take) request_valid_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (next) begin
      request_q      <= '{address: run_q.address, bytes: 16'(rows) * bytes};
      request_rows_q <= '{v: run_q.v, tile: run_q.tile, last: fits && run_q.last, rows: rows};
    end
  end

  logic unused;
  assign unused = ^{job_i, run_q};
endmodule

`default_nettype wire
