// SPDX-License-Identifier: Apache-2.0
// Cycles of the sparse room for one plane-set (rtl/sparse/sac_sparse.sv), block by block: looked up in order, three
// cycles each; a miss waits for its line, reads its directory entries, then its bytes; decoded in order. A block begins
// when its unit, its slot and its data are there.
#ifndef SACCADE_MODEL_SPARSE_TIMING_H
#define SACCADE_MODEL_SPARSE_TIMING_H

#include "../memory/timing.h"

// Slots of the widest decoder; lines of three rectangles of 15 x 15 texels, each of which may touch 5 x 5 blocks.
enum { SAC_SPARSE_SLOTS = 16, SAC_SPARSE_BLOCKS = 3 * 5 * 5 };

// A line that a request looks at.
typedef struct {
  uint32_t line;
  uint32_t entry, address, bytes;  // where it is missed: its directory entries, its blocks
  uint16_t steps;     // of the extractor for the texels asked for
  uint8_t headers;    // bitmaps and lists of coordinates read
  uint8_t set_up;     // cycles before the first block of a request; 0 for the others
  bool missed;
} sac_sparse_block_t;

typedef struct {
  uint32_t count;
  sac_sparse_block_t block[SAC_SPARSE_BLOCKS];
} sac_sparse_request_t;

// A line looked up and not decoded yet.
typedef struct {
  sac_sparse_block_t block;
  uint64_t ready;     // a hit: to be decoded; a miss: its bytes may be asked for, then filled
} sac_sparse_pending_t;

typedef struct {
  sac_memory_timing_t *memory;
  uint32_t sub, slots, outstanding, values, parts;
  uint64_t accept, look;                      // a request may be set up; a look-up may begin
  uint64_t asked, data;                       // the client's request register is free; its last beat came
  sac_memory_client_t port;
  uint64_t decode;                            // the decoder has the blocks before
  sac_sparse_pending_t pending[SAC_SPARSE_SLOTS];
  uint64_t pushed, decoded, bytes_asked;      // lines looked up, decoded, whose bytes have been asked for (hits too)
  uint64_t slot[SAC_SPARSE_SLOTS];            // each is free
  uint64_t *line;                             // its last block has been decoded
} sac_sparse_timing_t;

// False if memory runs out.
bool sac_sparse_timing_open(sac_sparse_timing_t *t, sac_memory_timing_t *memory, const sac_machine_config_t *config,
                            uint32_t lines, uint32_t sub);
void sac_sparse_timing_close(sac_sparse_timing_t *t);
// Three rectangles, asked for from `now` on: when their last texel is in the patch RAM.
uint64_t sac_sparse_timing_run(sac_sparse_timing_t *t, uint64_t now, const sac_sparse_request_t *request);

#endif
