// SPDX-License-Identifier: Apache-2.0
// Decode over the keys of largest logits (contract: saccade/policies.h). From: Xu et al., Recycled Attention, 2024. For
// one query the largest logits are the largest probabilities, so no softmax is needed to choose.
#include <stdlib.h>

#include "rows.h"

static bool check(const sac_attention_setup_t *b, uint32_t of, const uint32_t *chosen, sac_error_t *error) {
  if (!sac_rows_check(b, "recycled", error)) return false;
  const uint32_t groups = sac_attention_groups(b->q_heads, b->k_heads, b->v_heads);
  for (uint32_t s = 0; s < b->sequences; s++) {
    if (sac_draft_tokens(b, s) != 1) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "recycled: sequence %u has %u queries, expected 1", s,
                           sac_draft_tokens(b, s));
    }
    for (size_t n = (size_t)s * groups * of; chosen && n < (size_t)(s + 1) * groups * of; n++) {
      if (chosen[n] >= b->length[s])
        return sac_error_set(error, SAC_ERR_ARGUMENT, "recycled: sequence %u: key %u of %u", s, chosen[n],
                             b->length[s]);
    }
  }
  return true;
}

static void draft_chosen(sac_draft_t *d, const uint32_t *chosen, uint32_t of) {
  const sac_attention_setup_t *b = d->base;
  sac_rows_open(d);
  d->setup.own_keys = true;
  uint32_t *pages = calloc((size_t)of + 1, sizeof *pages);
  d->failed |= !pages;
  for (uint32_t s = 0; pages && s < b->sequences; s++) {
    sac_draft_queries(d, s, 1, sac_draft_position(b, s));
    for (uint32_t g = 0; g < d->groups; g++, chosen += of) {
      for (uint32_t n = 0; n < of; n++) pages[n] = sac_rows_page(b, s, chosen[n]);
      sac_draft_keys(d, of, pages, of);
    }
  }
  free(pages);
}

sac_attention_plan_t *sac_policy_gathered(sac_device_t *device, const sac_attention_setup_t *base,
                                          const uint32_t *chosen, uint32_t of, sac_error_t *error) {
  if (!check(base, of, chosen, error)) return NULL;
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  draft_chosen(&draft, chosen, of);
  return sac_draft_plan(&draft, error);
}

// The largest logit of a group's heads, in the place of its first head's.
static bool reduce(sac_device_t *device, uint32_t address, size_t groups, uint32_t group, uint32_t width,
                   sac_error_t *error) {
  const size_t bytes = groups * group * width * sizeof(int32_t);
  int32_t *row = malloc(bytes + 1), *first = row;
  bool good = row || sac_error_set(error, SAC_ERR_MEMORY, "recycled: no memory");
  good = good && sac_queue_wait(device, error) && sac_device_read(device, address, row, bytes, error);
  for (size_t g = 0; good && g < groups; g++, first += (size_t)group * width) {
    for (size_t n = width; n < (size_t)group * width; n++) {
      if (first[n] > first[n % width]) first[n % width] = first[n];
    }
  }
  good = good && sac_device_write(device, address, row, bytes, error);
  free(row);
  return good;
}

// Logits of all heads, [sequences][q_heads][width].
static bool score(sac_draft_t *d, const sac_attention_tensors_t *input, uint32_t address, uint32_t width,
                  sac_error_t *error) {
  sac_device_t *device = d->device;
  const uint32_t row = 4 * width, heads = d->setup.q_heads, group = d->group;
  const size_t groups = (size_t)d->setup.sequences * d->groups;
  sac_attention_tensors_t t = *input;
  t.y = (sac_attention_rows_t){address, heads * row, row};
  t.y_group_stride = 0;
  t.lse = 0;
  t.scores = 3;
  sac_attention_plan_t *plan = sac_draft_plan(d, error);
  bool good = plan && sac_attention_run(plan, &t, error);
  sac_attention_plan_free(plan);
  return good && (group == 1 || reduce(device, address, groups, group, width, error));
}

bool sac_policy_top_keys(sac_device_t *device, const sac_attention_setup_t *base, const sac_attention_tensors_t *input,
                         const uint32_t *chosen, uint32_t of, uint32_t count, uint32_t *keys, sac_error_t *error) {
  if (!check(base, of, chosen, error)) return false;
  uint32_t width = chosen ? of : 0;
  for (uint32_t s = 0; s < base->sequences; s++) {
    const uint32_t own = chosen ? of : base->length[s];
    if (count == 0 || count > own)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "recycled: %u keys of sequence %u's %u", count, s, own);
    if (own > width) width = own;
  }
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  if (chosen) draft_chosen(&draft, chosen, of);
  else sac_draft_all(&draft);
  const uint32_t groups = draft.groups, group = draft.group, heads = base->q_heads;
  const size_t wanted = (size_t)base->sequences * groups * count;
  uint32_t scores, index;
  if (!sac_device_alloc(device, 4 * (size_t)base->sequences * heads * width + 1, &scores, error) ||
      !sac_device_alloc(device, 4 * wanted + 1, &index, error)) {
    sac_draft_close(&draft);
    return false;
  }
  if (!score(&draft, input, scores, width, error)) return false;
  for (uint32_t s = 0; s < base->sequences; s++) {
    const uint32_t own = chosen ? of : base->length[s];
    if (!sac_rows_select(device, scores + 4 * s * heads * width, 4 * group * width, groups, own, count,
                         index + 4 * s * groups * count, error))
      return false;
  }
  if (!sac_queue_wait(device, error) || !sac_device_read(device, index, keys, 4 * wanted, error)) return false;
  for (size_t n = 0; chosen && n < wanted; n++) keys[n] = chosen[n / count * of + keys[n]];
  return true;
}
