// SPDX-License-Identifier: Apache-2.0
// Drafts of setups (contract: draft.h).
#include "draft.h"

#include <stdlib.h>
#include <string.h>

static void *add(sac_draft_t *d, sac_vector_t *v, size_t count, const void *items) {
  if (v->count + count > v->room && !d->failed) {
    const size_t room = 2 * (v->count + count) + 16;
    void *data = realloc(v->data, room * v->size);
    d->failed = !data;
    if (data) {
      v->data = data;
      v->room = room;
    }
  }
  if (d->failed) return NULL;
  void *place = (char *)v->data + v->count * v->size;
  if (items && count) memcpy(place, items, count * v->size);
  v->count += count;
  return place;
}

void sac_draft_open(sac_draft_t *d, sac_device_t *device, const sac_attention_setup_t *base) {
  const uint32_t *capacity = sac_device_capacities(device)->value;
  *d = (sac_draft_t){.device = device, .base = base, .setup = *base};
  sac_attention_setup_t *s = &d->setup;
  s->sequences = 0;
  s->score_function = SAC_ATTENTION_SOFTMAX;
  s->band = s->own_keys = false;
  s->band_low = -SAC_BAND_OPEN;
  s->band_high = SAC_BAND_OPEN;
  s->bias = SAC_BIAS_NONE;
  s->bias_sequence_stride = s->bias_head_stride = s->bias_position_stride = 0;
  s->tile_begin = NULL;
  s->tiles = NULL;
  s->bands = NULL;
  d->groups = base->q_heads && base->k_heads && base->v_heads
                  ? sac_attention_groups(base->q_heads, base->k_heads, base->v_heads)
                  : 1;  // refused by the plan
  d->group = base->q_heads / d->groups;
  d->block_rows = capacity[SAC_CAPACITY_ROWS] * capacity[SAC_CAPACITY_QUERY_BLOCKS];
  sac_vector_t *words[] = {&d->q_begin, &d->length, &d->page_begin, &d->pages, &d->position, &d->tile_begin};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) words[i]->size = sizeof(uint32_t);
  d->logit.size = sizeof(sac_attention_logit_t);
  d->bands.size = sizeof(sac_attention_band_t);
  d->tiles.size = sizeof(sac_attention_tile_t);
  const uint32_t zero = 0;
  add(d, &d->q_begin, 1, &base->q_begin[0]);
  add(d, &d->page_begin, 1, &zero);
  add(d, &d->tile_begin, 1, &zero);
}

void sac_draft_close(sac_draft_t *d) {
  sac_vector_t *all[] = {&d->q_begin, &d->length, &d->page_begin, &d->pages, &d->position, &d->logit, &d->bands,
                         &d->tile_begin, &d->tiles};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]->data);
  *d = (sac_draft_t){0};
}

void sac_draft_queries(sac_draft_t *d, uint32_t of, uint32_t tokens, int32_t position) {
  if (d->failed) return;
  const uint32_t end = ((const uint32_t *)d->q_begin.data)[d->setup.sequences] + tokens;
  add(d, &d->q_begin, 1, &end);
  add(d, &d->position, 1, &position);
  add(d, &d->logit, d->groups, &d->base->logit[(size_t)of * d->groups]);
  d->setup.sequences++;
}

void sac_draft_keys(sac_draft_t *d, uint32_t length, const uint32_t *pages, size_t count) {
  add(d, &d->length, 1, &length);
  add(d, &d->pages, count, pages);
  const uint32_t end = (uint32_t)d->pages.count;
  add(d, &d->page_begin, 1, &end);
}

void sac_draft_sequence(sac_draft_t *d, uint32_t of, uint32_t tokens, int32_t position) {
  const sac_attention_setup_t *b = d->base;
  sac_draft_queries(d, of, tokens, position);
  sac_draft_keys(d, b->length[of], b->pages + b->page_begin[of], b->page_begin[of + 1] - b->page_begin[of]);
}

void sac_draft_all(sac_draft_t *d) {
  for (uint32_t s = 0; s < d->base->sequences; s++)
    sac_draft_sequence(d, s, sac_draft_tokens(d->base, s), sac_draft_position(d->base, s));
}

void sac_draft_tile(sac_draft_t *d, uint32_t block, int64_t first, int64_t end, bool band, bool bias) {
  if (first < 0) first = 0;
  const sac_attention_tile_t tile = {.block = block,
                                     .first = end > first ? (uint32_t)first : 0,
                                     .count = end > first ? (uint32_t)(end - first) : 0,
                                     .band = band,
                                     .bias = bias};
  add(d, &d->tiles, 1, &tile);
}

void sac_draft_end_list(sac_draft_t *d) {
  const uint32_t end = (uint32_t)d->tiles.count;
  add(d, &d->tile_begin, 1, &end);
}

void sac_draft_band(sac_draft_t *d, int32_t low, int32_t high) {
  const sac_attention_band_t band = {low, high};
  add(d, &d->bands, 1, &band);
}

uint32_t sac_draft_blocks(const sac_draft_t *d, uint32_t tokens) {
  return (uint32_t)(((uint64_t)tokens * d->group + d->block_rows - 1) / d->block_rows);
}

void sac_draft_block(const sac_draft_t *d, uint32_t tokens, uint32_t block, uint32_t *first, uint32_t *last) {
  const uint64_t rows = (uint64_t)tokens * d->group, begin = (uint64_t)block * d->block_rows;
  const uint64_t end = begin + d->block_rows < rows ? begin + d->block_rows : rows;
  *first = (uint32_t)(begin / d->group);
  *last = (uint32_t)((end - 1) / d->group);
}

bool sac_draft_finish(sac_draft_t *d, sac_error_t *error) {
  // Arrays that are empty have a place all the same.
  add(d, &d->pages, 0, NULL);
  if (d->failed) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for the setup of a policy");
  sac_attention_setup_t *s = &d->setup;
  s->q_begin = d->q_begin.data;
  s->length = d->length.data;
  s->page_begin = d->page_begin.data;
  s->pages = d->pages.data;
  s->first_position = d->position.data;
  s->logit = d->logit.data;
  s->bands = d->bands.count ? d->bands.data : NULL;
  s->tile_begin = d->tile_begin.count > 1 ? d->tile_begin.data : NULL;
  s->tiles = d->tiles.data;
  return true;
}

sac_attention_plan_t *sac_draft_plan(sac_draft_t *d, sac_error_t *error) {
  sac_attention_plan_t *plan = sac_draft_finish(d, error) ? sac_attention_plan(d->device, &d->setup, error) : NULL;
  sac_draft_close(d);
  return plan;
}

bool sac_draft_check_heads(const sac_attention_setup_t *b, const char *policy, sac_error_t *error) {
  if (b->q_heads == 0 || b->k_heads == 0 || b->v_heads == 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: %u query, %u key, %u value heads, expected 1 or more of each",
                         policy, b->q_heads, b->k_heads, b->v_heads);
  }
  for (uint32_t h = 0; b->head && h < b->q_heads; h++) {
    if (b->head[h].slope)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: head %u has a slope, expected none", policy, h);
  }
  return true;
}

uint32_t sac_draft_tokens(const sac_attention_setup_t *b, uint32_t s) { return b->q_begin[s + 1] - b->q_begin[s]; }

int32_t sac_draft_position(const sac_attention_setup_t *b, uint32_t s) {
  return (int32_t)(b->length[s] - sac_draft_tokens(b, s));
}
