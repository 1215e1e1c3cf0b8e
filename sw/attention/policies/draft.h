// SPDX-License-Identifier: Apache-2.0
// A setup that a policy writes, piece by piece: sequences (whole ones of the base, or pieces of their queries), lists,
// bands, page tables. It grows as needed; what fails for lack of memory is said when the plan is made.
#ifndef SACCADE_POLICIES_DRAFT_H
#define SACCADE_POLICIES_DRAFT_H

#include "saccade/policies.h"

typedef struct {
  void *data;
  size_t count, room, size;  // items; bytes of one
} sac_vector_t;

typedef struct {
  sac_device_t *device;
  const sac_attention_setup_t *base;
  sac_attention_setup_t setup;  // its pointers are set by sac_draft_finish
  uint32_t groups, group;       // of heads; heads of one
  uint32_t block_rows;          // of the machine
  sac_vector_t q_begin, length, page_begin, pages, position, logit, bands, tile_begin, tiles;
  bool failed;
} sac_draft_t;

// Shapes, formats, caches and heads of the base; no masks, no sequences.
void sac_draft_open(sac_draft_t *draft, sac_device_t *device, const sac_attention_setup_t *base);
void sac_draft_close(sac_draft_t *draft);

// The next sequence: `tokens` queries, the first at `position`, keys and multipliers of the base's sequence `of`.
void sac_draft_sequence(sac_draft_t *draft, uint32_t of, uint32_t tokens, int32_t position);
// The same in two steps, with other keys: queries, then keys (for each group where the setup has own keys).
void sac_draft_queries(sac_draft_t *draft, uint32_t of, uint32_t tokens, int32_t position);
void sac_draft_keys(sac_draft_t *draft, uint32_t length, const uint32_t *pages, size_t count);
// All sequences of the base as they are.
void sac_draft_all(sac_draft_t *draft);

// List and band of the next command (sequence by sequence, group by group), for drafts that have lists, or bands.
void sac_draft_tile(sac_draft_t *draft, uint32_t block, int64_t first, int64_t end, bool band, bool bias);
void sac_draft_end_list(sac_draft_t *draft);
void sac_draft_band(sac_draft_t *draft, int32_t low, int32_t high);

// Blocks of a command of so many tokens, and the first and last token of one.
uint32_t sac_draft_blocks(const sac_draft_t *draft, uint32_t tokens);
void sac_draft_block(const sac_draft_t *draft, uint32_t tokens, uint32_t block, uint32_t *first, uint32_t *last);

// Completes the setup, which lives as long as the draft. False: no memory.
bool sac_draft_finish(sac_draft_t *draft, sac_error_t *error);
// Finishes, plans and closes.
sac_attention_plan_t *sac_draft_plan(sac_draft_t *draft, sac_error_t *error);

// For policies that give keys other places: heads there are, and slopes there are none; `policy` names the caller.
bool sac_draft_check_heads(const sac_attention_setup_t *base, const char *policy, sac_error_t *error);

uint32_t sac_draft_tokens(const sac_attention_setup_t *base, uint32_t sequence);
// Index of the first query: queries are the last tokens.
int32_t sac_draft_position(const sac_attention_setup_t *base, uint32_t sequence);

#endif
