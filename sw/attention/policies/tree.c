// SPDX-License-Identifier: Apache-2.0
// Verification of token trees (contract: saccade/policies.h). All nodes visit the past without a mask, and the tree's
// own keys with mask bits. Bits of key j are in word j / 32 of a row: only the words of the tree's keys are there, and
// rows of a sequence begin where word 0 would be. So that no two rows meet, sequences are as far apart as their rows
// need and the pasts differ.
#include <stdlib.h>
#include <string.h>

#include "draft.h"

typedef struct {
  uint32_t row, sequence, size;  // bytes from row to row and from sequence to sequence, and of all
} places_t;

static uint32_t past_of(const sac_attention_setup_t *b, uint32_t s) { return (uint32_t)sac_draft_position(b, s); }

static bool measure(const sac_attention_setup_t *b, places_t *p, sac_error_t *error) {
  uint64_t tokens = 0, least = UINT64_MAX, most = 0;
  for (uint32_t s = 0; s < b->sequences; s++) {
    const uint32_t own = sac_draft_tokens(b, s);
    if (own > b->length[s]) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "tree: sequence %u has %u nodes, expected at most its %u keys", s,
                           own, b->length[s]);
    }
    const uint64_t word = 4 * (uint64_t)(past_of(b, s) / 32);
    if (own > tokens) tokens = own;
    if (word < least) least = word;
    if (word > most) most = word;
  }
  const uint64_t row = 4 * ((tokens + 31) / 32 + 1), sequence = row * tokens + (b->sequences ? most - least : 0);
  const uint64_t size = sequence * b->sequences + most + row;
  if (size > UINT32_MAX) return sac_error_set(error, SAC_ERR_CAPACITY, "tree: mask bits take 4 GiB or more");
  *p = (places_t){(uint32_t)row, (uint32_t)sequence, (uint32_t)size};
  return true;
}

static bool put_bits(const sac_attention_setup_t *b, const places_t *p, const int32_t *parent, uint8_t *bytes,
                     sac_error_t *error) {
  for (uint32_t s = 0; s < b->sequences; s++) {
    const int32_t *up = parent + b->q_begin[s];
    for (uint32_t i = 0; i < sac_draft_tokens(b, s); i++) {
      if (up[i] >= (int32_t)i || up[i] < -1) {
        return sac_error_set(error, SAC_ERR_ARGUMENT, "tree: sequence %u: parent of node %u is %d, expected -1 to %d",
                             s, i, up[i], (int32_t)i - 1);
      }
      uint8_t *row = bytes + (size_t)s * p->sequence + (size_t)i * p->row;
      for (uint32_t j = past_of(b, s) / 32 * 32; j < past_of(b, s); j++) row[j / 8] |= (uint8_t)(1u << j % 8);
      for (int32_t node = (int32_t)i; node >= 0; node = up[node]) {
        const uint32_t j = past_of(b, s) + (uint32_t)node;
        row[j / 8] |= (uint8_t)(1u << j % 8);
      }
    }
  }
  return true;
}

sac_attention_plan_t *sac_policy_tree(sac_device_t *device, const sac_attention_setup_t *base, const int32_t *parent,
                                      uint32_t *bias, sac_error_t *error) {
  places_t places = {0};
  if (!measure(base, &places, error)) return NULL;
  uint8_t *bytes = calloc(1, (size_t)places.size + 1);
  if (!bytes) {
    sac_error_set(error, SAC_ERR_MEMORY, "tree: no memory");
    return NULL;
  }
  const bool good = put_bits(base, &places, parent, bytes, error) &&
                    sac_device_alloc(device, places.size, bias, error) &&
                    sac_device_write(device, *bias, bytes, places.size, error);
  free(bytes);
  if (!good) return NULL;
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  sac_draft_all(&draft);
  draft.setup.bias = SAC_BIAS_BITS;
  draft.setup.bias_sequence_stride = places.sequence;
  draft.setup.bias_position_stride = places.row;
  for (uint32_t n = 0; n < base->sequences * draft.groups; n++) {
    const uint32_t s = n / draft.groups, tokens = sac_draft_tokens(base, s), past = past_of(base, s);
    for (uint32_t block = 0; block < sac_draft_blocks(&draft, tokens); block++) {
      if (past) sac_draft_tile(&draft, block, 0, past, false, false);
      sac_draft_tile(&draft, block, past, base->length[s], false, true);
    }
    sac_draft_end_list(&draft);
  }
  return sac_draft_plan(&draft, error);
}
