// SPDX-License-Identifier: Apache-2.0
// Numbers and memory of the paged attention of a Llama (contract: paged.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../attention/format.h"
#include "paged_private.h"

// A text may go so much beyond the ranges that others had.
static const double kMargin = 2.0;

static size_t channels_of(const sac_llama_t *l) { return (size_t)l->layers * l->kv_heads * l->head_dim; }

static void set_sizes(sac_llama_paged_t *p, const sac_llama_t *l, const sac_llama_paged_setup_t *setup) {
  p->llama = l;
  p->setup = *setup;
  p->pages = (l->max_tokens + (1u << setup->page_log2) - 1) >> setup->page_log2;
  p->d = sac_pad16(l->head_dim);
  p->k_bytes = sac_attention_row_bytes(setup->k, p->d);
  p->v_bytes = sac_attention_row_bytes(setup->v, p->d);
}

static size_t row_bytes(const sac_llama_paged_t *p) {
  return (size_t)p->setup.sequences * p->llama->max_tokens * p->llama->heads * 2 * p->d;
}

size_t sac_llama_paged_memory(const sac_llama_t *l, const sac_llama_paged_setup_t *setup, uint32_t tokens) {
  sac_llama_paged_t p = {0};
  set_sizes(&p, l, setup);
  const size_t caches = l->layers * (sac_llama_cache_bytes(&p, p.k_bytes) + sac_llama_cache_bytes(&p, p.v_bytes));
  const size_t plan = 8 * l->heads + setup->sequences * (64 * l->kv_heads + 8 * (size_t)p.pages) + 128;
  return caches + 2 * row_bytes(&p) + (l->max_tokens + tokens - 1) / tokens * l->layers * plan + (1 << 20);
}

// Like sw/attention/softmax_condition.c: 16 bits share a channel's range between K and Q, fewer are filled by K.
static void set_numbers(sac_llama_paged_t *p, const sac_llama_ranges_t *r) {
  const sac_llama_t *l = p->llama;
  const bool wide = p->setup.k.element == SAC_ELEMENT_INT16;
  memcpy(p->mean, r->mean, channels_of(l) * sizeof *p->mean);
  for (size_t n = 0; n < channels_of(l); n++) {
    const bool some = r->k[n] > 0.0 && r->q[n] > 0.0;
    double *range = &p->k_unit[n / l->head_dim];
    p->k_factor[n] = !some ? 1.0 : wide ? sqrt(r->k[n] / r->q[n]) : r->k[n];
    p->v_factor[n] = r->v[n] > 0.0 ? r->v[n] : 1.0;
    *range = fmax(*range, r->k[n] / p->k_factor[n]);
  }
  for (size_t i = 0; i < (size_t)l->layers * l->kv_heads; i++) {
    p->k_unit[i] = kMargin * (p->k_unit[i] > 0.0 ? p->k_unit[i] : 1.0) / sac_format_value_max(p->setup.k);
    p->v_unit[i] = kMargin / sac_format_value_max(p->setup.v);
  }
  while (sac_format_value_max(p->setup.v) << (p->output_shift + 1) <= INT16_MAX) p->output_shift++;
}

sac_llama_paged_t *sac_llama_paged(sac_device_t *device, const sac_llama_t *l, const sac_llama_ranges_t *ranges,
                                   const sac_llama_paged_setup_t *setup, sac_error_t *error) {
  const size_t channels = channels_of(l), heads = (size_t)l->layers * l->kv_heads;
  sac_llama_paged_t *p = calloc(1, sizeof *p);
  double *room = calloc(3 * channels + 2 * heads + 1, sizeof *room);
  if (!p || !room) {
    free(p);
    free(room);
    sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for the numbers of %u layers", l->layers);
    return NULL;
  }
  p->device = device;
  p->mean = room;
  p->k_factor = room + channels;
  p->v_factor = room + 2 * channels;
  p->k_unit = room + 3 * channels;
  p->v_unit = p->k_unit + heads;
  set_sizes(p, l, setup);
  set_numbers(p, ranges);
  if (sac_device_alloc(device, l->layers * sac_llama_cache_bytes(p, p->k_bytes), &p->k, error) &&
      sac_device_alloc(device, l->layers * sac_llama_cache_bytes(p, p->v_bytes), &p->v, error) &&
      sac_device_alloc(device, row_bytes(p), &p->q, error) && sac_device_alloc(device, row_bytes(p), &p->y, error) &&
      sac_attention_load_tables(device, error))
    return p;
  sac_llama_paged_free(p);
  return NULL;
}

sac_llama_attention_t sac_llama_paged_attention(sac_llama_paged_t *paged) {
  return (sac_llama_attention_t){paged, sac_llama_paged_attend};
}

uint64_t sac_llama_paged_clipped(const sac_llama_paged_t *paged) { return paged->clipped; }

void sac_llama_paged_free(sac_llama_paged_t *p) {
  if (p) free(p->mean);
  free(p);
}
