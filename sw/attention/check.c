// SPDX-License-Identifier: Apache-2.0
// What a plan refuses (contract: plan.h).
#include "plan.h"

enum { kLengthMax = 1 << 20, kPageLog2Max = 20, kShiftMax = 47, kFractionMax = 15, kPositionsMax = (1 << 24) - 1 };

static bool check_heads(const sac_attention_setup_t *s, const sac_capacities_t *capacities, sac_error_t *error) {
  const uint32_t most = capacities->value[SAC_CAPACITY_HEAD_DIM];
  if (s->q_heads == 0 || s->k_heads == 0 || s->v_heads == 0 || s->q_heads % s->k_heads || s->q_heads % s->v_heads) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: %u key and %u value heads do not divide %u query heads",
                         s->k_heads, s->v_heads, s->q_heads);
  }
  const struct {
    const char *name;
    uint32_t d, row;
    const sac_attention_cache_t *cache;
  } side[2] = {{"k", s->d_k, sac_attention_row_bytes(s->k_format, s->d_k), &s->k_cache},
               {"v", s->d_v, sac_attention_row_bytes(s->v_format, s->d_v), &s->v_cache}};
  for (int i = 0; i < 2; i++) {
    if (side[i].d == 0 || side[i].d % 16) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: d_%s is %u, expected a multiple of 16", side[i].name,
                           side[i].d);
    }
    if (side[i].d > most) {
      return sac_error_set(error, SAC_ERR_CAPACITY, "attention: d_%s is %u, this machine has room for %u", side[i].name,
                           side[i].d, most);
    }
    const sac_attention_cache_t *c = side[i].cache;
    if (c->token_stride < side[i].row || (c->token_stride | c->head_stride | c->page_stride) % 4) {
      return sac_error_set(error, SAC_ERR_ARGUMENT,
                           "attention: %s cache strides %u, %u, %u (page, head, token): expected multiples of 4, "
                           "tokens at least %u apart",
                           side[i].name, c->page_stride, c->head_stride, c->token_stride, side[i].row);
    }
  }
  return true;
}

static bool check_sequence(const sac_attention_setup_t *s, uint32_t q, sac_error_t *error) {
  if (s->q_begin[q + 1] < s->q_begin[q] || s->q_begin[q + 1] - s->q_begin[q] > kPositionsMax) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "attention: sequence %u: queries %u to %u, expected a rising range of at most %d", q,
                         s->q_begin[q], s->q_begin[q + 1], kPositionsMax);
  }
  if (s->first_position[q] > SAC_BAND_OPEN / 2 || s->first_position[q] < -SAC_BAND_OPEN / 2) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: sequence %u: first position %d, expected within +-2^29",
                         q, s->first_position[q]);
  }
  return true;
}

// Keys of sequence n, or of command n where they have their own.
static bool check_keys(const sac_attention_setup_t *s, uint32_t n, sac_error_t *error) {
  const char *of = s->own_keys ? "command" : "sequence";
  if (s->length[n] > kLengthMax) {
    return sac_error_set(error, SAC_ERR_CAPACITY, "attention: %s %u has %u keys, expected at most %d", of, n,
                         s->length[n], kLengthMax);
  }
  const uint64_t pages = s->page_begin[n + 1] >= s->page_begin[n] ? s->page_begin[n + 1] - s->page_begin[n] : 0;
  if (pages << s->page_log2 < s->length[n]) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: %s %u has %u keys beyond its %u pages of %u", of, n,
                         s->length[n], (uint32_t)pages, 1u << s->page_log2);
  }
  const uint32_t k_stride = s->k_cache.page_stride, v_stride = s->v_cache.page_stride;
  const uint32_t stride = k_stride > v_stride ? k_stride : v_stride;
  for (uint32_t i = s->page_begin[n]; i < s->page_begin[n + 1]; i++) {
    if ((uint64_t)s->pages[i] * stride <= UINT32_MAX) continue;
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: %s %u, page %u: number %u lies beyond 4 GiB", of, n,
                         i - s->page_begin[n], s->pages[i]);
  }
  return true;
}

static bool check_logit(const sac_attention_setup_t *s, uint32_t i, sac_error_t *error) {
  const sac_attention_logit_t *l = &s->logit[i];
  const uint32_t output_max = s->score_function == SAC_ATTENTION_LINEAR ? kShiftMax : kFractionMax;
  if (l->scale_shift > kShiftMax || l->output_shift > output_max || l->softcap_shift > kShiftMax ||
      l->softcap_out_shift > kShiftMax) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "attention: logit %u: shifts %u, %u, %u, %u (scale, output, softcap in and out): expected at "
                         "most 47, %u, 47, 47",
                         i, l->scale_shift, l->output_shift, l->softcap_shift, l->softcap_out_shift, output_max);
  }
  return true;
}

// Entries of one command: blocks exist, and no block visits more keys than its sums can hold.
static bool check_list(const sac_attention_setup_t *s, uint32_t command, uint64_t rows, uint32_t length,
                       uint32_t block_rows, sac_error_t *error) {
  const uint32_t begin = s->tile_begin[command], end = s->tile_begin[command + 1];
  if (end < begin || (end == begin && rows > 0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: list %u: entries %u to %u, expected one or more", command,
                         begin, end);
  }
  const uint64_t blocks = (rows + block_rows - 1) / block_rows;
  uint64_t visited = 0;
  for (uint32_t i = begin; i < end; i++) {
    const sac_attention_tile_t *t = &s->tiles[i];
    if (i == begin || t->block != s->tiles[i - 1].block) visited = 0;
    if (t->block >= blocks) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: list %u, entry %u: block %u, expected less than %u",
                           command, i - begin, t->block, (uint32_t)blocks);
    }
    if (t->first > kLengthMax || t->count > kLengthMax) {
      return sac_error_set(error, SAC_ERR_ARGUMENT,
                           "attention: list %u, entry %u: keys %u + %u, expected at most %d of each", command,
                           i - begin, t->first, t->count, kLengthMax);
    }
    const uint32_t left = t->first < length ? length - t->first : 0;
    visited += t->count < left ? t->count : left;
    if (visited > kLengthMax) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: list %u, entry %u: block %u visits more than %d keys",
                           command, i - begin, t->block, kLengthMax);
    }
  }
  return true;
}

bool sac_attention_check(const sac_attention_setup_t *s, const sac_capacities_t *capacities, sac_error_t *error) {
  if (!check_heads(s, capacities, error)) return false;
  if (s->page_log2 > kPageLog2Max) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: page_log2 is %u, expected at most %d", s->page_log2,
                         kPageLog2Max);
  }
  if (s->bias != SAC_BIAS_NONE && (s->bias_sequence_stride | s->bias_head_stride | s->bias_position_stride) % 4) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: bias strides %u, %u, %u: expected multiples of 4",
                         s->bias_sequence_stride, s->bias_head_stride, s->bias_position_stride);
  }
  const uint32_t groups = sac_attention_groups(s->q_heads, s->k_heads, s->v_heads);
  const uint32_t block_rows = capacities->value[SAC_CAPACITY_ROWS] * capacities->value[SAC_CAPACITY_QUERY_BLOCKS];
  for (uint32_t q = 0; q < s->sequences; q++) {
    if (!check_sequence(s, q, error)) return false;
    for (uint32_t n = s->own_keys ? q * groups : q; n < (s->own_keys ? (q + 1) * groups : q + 1); n++) {
      if (!check_keys(s, n, error)) return false;
    }
    for (uint32_t g = 0; g < groups; g++) {
      const uint32_t i = q * groups + g;
      const uint64_t rows = (uint64_t)(s->q_begin[q + 1] - s->q_begin[q]) * (s->q_heads / groups);
      if (rows > UINT32_MAX)
        return sac_error_set(error, SAC_ERR_CAPACITY, "attention: sequence %u has 2^32 or more query rows", q);
      const uint32_t length = s->length[s->own_keys ? i : q];
      if (!check_logit(s, i, error) || (s->tile_begin && !check_list(s, i, rows, length, block_rows, error)))
        return false;
    }
  }
  return true;
}
