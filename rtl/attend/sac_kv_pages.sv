// SPDX-License-Identifier: Apache-2.0
// Page tables of a context: a tile's keys of K, then of V, in runs that lie in one page each, with their addresses. The
// tables are read ahead, as far as the queues go. With scores there are no runs of V.
`default_nettype none

module sac_kv_pages
  import sac_config_pkg::*, sac_attend_pkg::*, sac_memory_pkg::request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    step_valid_i,
  output logic                         step_ready_o,
  input  wire step_t                   step_i,
  output logic                         run_valid_o,
  input  wire logic                    run_ready_i,
  output run_t                         run_o,
  // Memory client: page addresses.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i
);
  localparam int unsigned Ahead = 8;

  typedef struct packed {
    logic                  tile;
    logic [20:0]           key;
    logic [CountWidth-1:0] count;
  } keys_t;

  // Tiles.
  logic       tile_valid, tile_done, scores;
  keys_t      pushed, tile;
  logic [2:0] tile_count_unused;
  assign scores = job_i.command.scores != '0;
  assign pushed = '{tile: step_i.tile, key: step_i.key, count: step_i.count};
  sac_fifo #(.Width($bits(keys_t)), .Depth(4)) u_tiles (
    .clk_i, .rst_ni, .push_valid_i(step_valid_i && step_i.first_of_tile && !step_i.empty), .push_ready_o(step_ready_o),
    .push_data_i(pushed), .pop_valid_o(tile_valid), .pop_ready_i(tile_done), .pop_data_o(tile),
    .count_o(tile_count_unused)
  );

  // Requests: the keys that are left of K or V of the tile.
  typedef struct packed {
    logic [19:0] depth;  // keys of its page before the run
    run_t        run;     // without its address
  } asked_t;
  logic                  busy_q, v_q, request, last, ask_ready;
  logic [20:0]           key_q, depth, page_left, page;
  logic [CountWidth-1:0] left_q, rows;
  logic [21:0]           page_keys;
  asked_t                ask, asked;
  assign page_keys  = 22'd1 << job_i.head.page_log2;
  assign depth     = key_q & 21'(page_keys - 1'b1);
  assign page_left  = 21'(page_keys - 22'(depth));
  assign page       = key_q >> job_i.head.page_log2;
  assign rows       = 21'(left_q) < page_left ? left_q : CountWidth'(page_left);
  assign last       = rows == left_q;
  assign read_valid_o   = busy_q && ask_ready;
  assign read_request_o = '{
    address: (v_q ? job_i.head.v_pages : job_i.head.k_pages) + {9'd0, page, 2'd0}, bytes: 16'd4
  };
  assign request    = read_valid_o && read_ready_i;
  assign tile_done  = request && last && (v_q || scores);
  assign ask = '{depth: depth[19:0], run: '{v: v_q, tile: tile.tile, last: last, rows: rows, address: '0}};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      v_q    <= 1'b0;
    end else begin
      busy_q <= busy_q ? !tile_done : tile_valid;
      if (request && last) v_q <= !v_q && !scores;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!busy_q || (request && last)) begin
      key_q  <= tile.key;
      left_q <= tile.count;
    end else if (request) begin
      key_q  <= key_q + 21'(rows);
      left_q <= left_q - rows;
    end
  end

  // Page addresses as they come: page + offset + depth * stride, in two stages.
  logic        asked_valid, take, move, product_valid_q;
  logic [31:0] base_q, product_q;
  run_t        product_run_q;
  logic [3:0]  asked_count_unused;
  sac_fifo #(.Width($bits(asked_t)), .Depth(Ahead)) u_asked (
    .clk_i, .rst_ni, .push_valid_i(request), .push_ready_o(ask_ready), .push_data_i(ask), .pop_valid_o(asked_valid),
    .pop_ready_i(take), .pop_data_o(asked), .count_o(asked_count_unused)
  );
  assign move         = !run_valid_o || run_ready_i;
  assign data_ready_o = !product_valid_q || move;
  assign take         = data_valid_i && data_ready_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      product_valid_q <= 1'b0;
      run_valid_o     <= 1'b0;
    end else begin
      if (data_ready_o) product_valid_q <= data_valid_i;
      if (move) run_valid_o <= product_valid_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (take) begin
      base_q        <= data_i[31:0] + (asked.run.v ? job_i.head.v_offset : job_i.head.k_offset);
      product_q     <= 32'(asked.depth) * (asked.run.v ? job_i.head.v_stride : job_i.head.k_stride);
      product_run_q <= asked.run;
    end
    if (move) begin
      run_o         <= product_run_q;
      run_o.address <= base_q + product_q;
    end
  end

  logic unused;
  assign unused = ^{job_i, step_i, data_i, page_left, asked_valid, tile_count_unused, asked_count_unused};
endmodule

`default_nettype wire
