// SPDX-License-Identifier: Apache-2.0
// Loads the query rows of a block into the x RAM when its first step comes: sub-block c, row r to row r of the array,
// words context * HeadChunks on, in both segments if keys share words. One request a row; up to two blocks ahead of their last QK.
`default_nettype none

module sac_attend_query
  import sac_config_pkg::*, sac_attend_pkg::*, sac_dot_pkg::x_write_t, sac_memory_pkg::request_t;
(
  input  wire logic                    clk_i,
  input  wire logic                    rst_ni,
  input  wire job_t                    job_i,
  input  wire logic                    start_i,
  input  wire logic                    step_valid_i,
  output logic                         step_ready_o,
  input  wire step_t                   step_i,
  output logic                         query_loaded_o,
  input  wire logic                    query_free_i,
  // x RAM: a word moves when valid and ready.
  output x_write_t                     x_write_o,
  input  wire logic                    x_write_ready_i,
  // Memory client.
  output logic                         read_valid_o,
  input  wire logic                    read_ready_i,
  output request_t                     read_request_o,
  input  wire logic                    data_valid_i,
  output logic                         data_ready_o,
  input  wire logic [AxiDataWidth-1:0] data_i,
  input  wire logic                    data_last_i
);
  localparam int unsigned BlockRows = Rows * QueryBlocks;
  localparam int unsigned BlockRowWidth = $clog2(BlockRows + 1);
  localparam int unsigned XAddressWidth = sac_dot_pkg::XAddressWidth;
  localparam int unsigned RowWidth = sac_dot_pkg::RowWidth;

  // Of a block's first step.
  typedef struct packed {
    logic        block;
    logic [31:0] row;
    logic [31:0] position;
    logic [5:0]  head;
  } block_t;

  // Blocks: a queue, then the one whose rows are requested.
  logic       block_valid, block_take;
  block_t     pushed, block;
  logic [2:0] count_unused;
  assign pushed = '{
    block: step_i.block, row: step_i.block_row, position: step_i.block_position, head: step_i.block_head
  };
  sac_fifo #(.Width($bits(block_t)), .Depth(4)) u_blocks (
    .clk_i, .rst_ni, .push_valid_i(step_valid_i && step_i.first_of_block), .push_ready_o(step_ready_o),
    .push_data_i(pushed), .pop_valid_o(block_valid), .pop_ready_i(block_take), .pop_data_o(block),
    .count_o(count_unused)
  );

  // Blocks whose rows come.
  typedef struct packed {
    logic                     block;
    logic [BlockRowWidth-1:0] rows;
  } load_t;
  logic       load_ready, load_valid, load_done;
  logic [31:0] rows_left;
  logic [BlockRowWidth-1:0] block_rows;
  load_t      load;
  assign rows_left  = job_i.rows - block.row;
  assign block_rows = rows_left < 32'(BlockRows) ? BlockRowWidth'(rows_left) : BlockRowWidth'(BlockRows);
  logic [1:0] load_count_unused;
  sac_fifo #(.Width($bits(load_t)), .Depth(2)) u_loads (
    .clk_i, .rst_ni, .push_valid_i(block_take), .push_ready_o(load_ready),
    .push_data_i({block.block, block_rows}),
    .pop_valid_o(load_valid), .pop_ready_i(load_done), .pop_data_o(load), .count_o(load_count_unused)
  );

  // Addresses: those of the block's first row are products; from there on strides are added.
  typedef enum logic [1:0] {StBlock, StProduct, StSum, StRows} state_e;
  state_e                   state_q;
  logic [1:0]               free_q;            // contexts
  logic [31:0]              position_product_q, head_product_q, base_q, address_q;
  logic [5:0]               head_q;
  logic [BlockRowWidth-1:0] left_q;
  logic                     request, last_head;
  assign block_take     = state_q == StSum;
  assign read_valid_o   = state_q == StRows;
  assign read_request_o = '{address: address_q, bytes: {4'd0, job_i.head.d_k, 1'b0}};
  assign request        = read_valid_o && read_ready_i;
  assign last_head      = 8'(head_q) + 8'd1 == job_i.command.group;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      state_q <= StBlock;
      free_q  <= 2'd2;
    end else begin
      free_q <= free_q + 2'(query_free_i) - 2'(block_take);
      unique case (state_q)
        StBlock:   if (block_valid && free_q != '0 && load_ready) state_q <= StProduct;
        StProduct: state_q <= StSum;
        StSum:     state_q <= StRows;
        StRows:    if (request && left_q == BlockRowWidth'(1)) state_q <= StBlock;
        default:   state_q <= StBlock;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StProduct: begin
        position_product_q <= 32'(block.position[23:0] * job_i.command.q_position_stride);
        head_product_q     <= 32'(32'(block.head) * job_i.command.q_head_stride);
      end
      StSum: begin
        base_q    <= job_i.command.q_address + position_product_q;
        address_q <= job_i.command.q_address + position_product_q + head_product_q;
        head_q    <= block.head;
        left_q    <= block_rows;
      end
      StRows: if (request) begin
        left_q <= left_q - 1'b1;
        head_q <= last_head ? '0 : head_q + 1'b1;
        if (last_head) base_q <= base_q + job_i.command.q_position_stride;
        address_q <= last_head ? base_q + job_i.command.q_position_stride : address_q + job_i.command.q_head_stride;
      end
      default: ;
    endcase
  end

  // Words of rows; the x RAM may not take one at once, so a beat is taken only when there is room for its word.
  typedef struct packed {
    logic     last;    // of its block
    x_write_t write;
  } queued_t;
  logic                     word_valid, word_last, room, pack_ready, push_ready_unused, queued_valid;
  logic [XAddressWidth-1:0] word, word_base_q;
  logic [sac_dot_pkg::WordWidth-1:0] word_data, word_data_written;
  logic [1:0]               count;
  queued_t                  queued;
  logic [BlockRowWidth-1:0] done_q;            // rows of the block that are complete
  logic [RowWidth-1:0]      row_q;
  logic                     row_done;
  assign room         = count == '0 || (count == 2'd1 && !word_valid);
  assign data_ready_o = pack_ready && room;
  assign row_done     = word_valid && word_last;
  assign load_done    = row_done && done_q + 1'b1 == load.rows;
  sac_matmul_pack u_pack (
    .clk_i, .rst_ni, .clear_i(start_i), .words_i(XAddressWidth'(job_i.k_chunks)),
    .data_valid_i(data_valid_i && room), .data_ready_o(pack_ready), .data_i, .data_last_i,
    .valid_o(word_valid), .word_o(word), .last_o(word_last), .data_o(word_data)
  );
  sac_fifo #(.Width($bits(queued_t)), .Depth(2)) u_words (
    .clk_i, .rst_ni, .push_valid_i(word_valid), .push_ready_o(push_ready_unused),
    .push_data_i({load_done, 1'b1, row_q, word_base_q + word, word_data_written}),
    .pop_valid_o(queued_valid), .pop_ready_i(x_write_ready_i), .pop_data_o(queued), .count_o(count)
  );
  if (Segments == 2) begin : gen_segments
    localparam int unsigned SegmentWidth = sac_dot_pkg::WordWidth / 2;
    assign word_data_written = {job_i.k_segments ? word_data[SegmentWidth-1:0] : word_data[2*SegmentWidth-1:SegmentWidth],
                                word_data[SegmentWidth-1:0]};
  end else begin : gen_no_segments
    assign word_data_written = word_data;
  end
  always_comb begin
    x_write_o       = queued.write;
    x_write_o.valid = queued_valid;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) query_loaded_o <= 1'b0;
    else query_loaded_o <= queued_valid && x_write_ready_i && queued.last;
  end

  // Row and context of the words that come.
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      done_q      <= '0;
      row_q       <= '0;
      word_base_q <= '0;
    end else if (load_done) begin
      done_q      <= '0;
      row_q       <= '0;
      word_base_q <= load.block ? '0 : XAddressWidth'(QueryBlocks * HeadChunks);
    end else if (row_done) begin
      done_q <= done_q + 1'b1;
      row_q  <= row_q == RowWidth'(Rows - 1) ? '0 : row_q + 1'b1;
      if (row_q == RowWidth'(Rows - 1)) word_base_q <= word_base_q + XAddressWidth'(HeadChunks);
    end
  end

  logic unused;
  assign unused = ^{job_i, step_i, load_valid, count_unused, load_count_unused, push_ready_unused};
endmodule

`default_nettype wire
