// SPDX-License-Identifier: Apache-2.0
// Shapes that the units of the sparse room share. A cache line holds `sub` encoded blocks as 32-bit words, spread
// over `banks` memories so that a window of `banks` words can start at any word.
`default_nettype none

package sac_sparse_pkg;
  localparam int unsigned ReadLatency = 4;   // cycles from a granted window read to its words

  // A block of a request: which texels of it, and where they lie in the patch.
  typedef struct packed {
    logic       last;     // block of the request
    logic [1:0] plane;
    logic [3:0] u;        // of texel (0, 0) of the block, from the request's first (modulo 16)
    logic [3:0] v;
    logic [1:0] u_first;
    logic [1:0] u_last;
    logic [1:0] v_first;
    logic [1:0] v_last;
  } part_t;

  // Banks for `values` 8-bit values at any bit offset within a word (for 16 values: also of 16 bits), and for a whole
  // beat of memory at once.
  function automatic int unsigned bank_count(input int unsigned values, input int unsigned data_width);
    int unsigned need;
    need = 1 << $clog2((values * (values == 16 ? 16 : 8) + 31 + 31) / 32);
    return need > data_width / 32 ? need : data_width / 32;
  endfunction

  function automatic int unsigned line_words(input int unsigned sub, input int unsigned block_bytes);
    return sub * ((block_bytes + 3) / 4);
  endfunction

  function automatic int unsigned line_rows(input int unsigned words, input int unsigned banks);
    return (words + banks - 1) / banks;
  endfunction

  // Directory information of a line: for each block first word, whether its list is long, mode.
  function automatic int unsigned info_width(input int unsigned sub, input int unsigned words_width);
    return sub * (words_width + 3);
  endfunction

  // value * factor for a constant factor: shifts and adds, no multiplier block.
  function automatic logic [31:0] times(input logic [31:0] value, input int unsigned factor);
    logic [31:0] sum;
    sum = '0;
    for (int i = 0; i < 16; i++) if (factor[i]) sum += value << i;
    return sum;
  endfunction

  // A word number within a line; a corrupt block may ask up to 256 words beyond.
  function automatic int unsigned word_width(input int unsigned words);
    return $clog2(words + 256);
  endfunction
endpackage

`default_nettype wire
