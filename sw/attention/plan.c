// SPDX-License-Identifier: Apache-2.0
// Plans (contract: saccade/attention.h): CONTEXT and HEAD records, page tables and tile lists in one piece of device
// memory. Page tables hold offsets in the cache; the cache's address is the records' offset, which a run fills in.
#include "plan.h"

#include <stdlib.h>
#include <string.h>

enum { kGroupMax = 64 };

uint32_t sac_attention_row_bytes(sac_attention_format_t format, uint32_t d) {
  const uint32_t scales = format.scaled ? 2 * ((d + 31) / 32) : 0;
  return (d * (16u >> format.element) / 8 + scales + 3) & ~3u;
}

uint32_t sac_attention_groups(uint32_t q_heads, uint32_t k_heads, uint32_t v_heads) {
  uint32_t groups = k_heads > v_heads ? k_heads : v_heads;
  while (groups < q_heads && (groups % k_heads || groups % v_heads || q_heads % groups || q_heads / groups > kGroupMax))
    groups++;
  return groups;
}

// Where the parts of a plan's records begin, in bytes.
typedef struct {
  uint32_t contexts, heads, k_pages, v_pages, tiles, size;
} places_t;

static bool measure(const sac_attention_setup_t *s, uint32_t commands, places_t *p, sac_error_t *error) {
  const uint64_t pages = s->page_begin[s->own_keys ? commands : s->sequences];
  const uint64_t tiles = s->tile_begin ? s->tile_begin[commands] : 0;
  const uint64_t heads = 64 * (uint64_t)commands, k_pages = heads + 8 * (uint64_t)s->q_heads;
  const uint64_t v_pages = k_pages + 4 * pages, list = (v_pages + 4 * pages + 15) & ~(uint64_t)15,
                 size = list + 16 * tiles;
  if (size > UINT32_MAX)
    return sac_error_set(error, SAC_ERR_CAPACITY, "attention: records of a plan take 4 GiB or more");
  *p = (places_t){.contexts = 0, .heads = (uint32_t)heads, .k_pages = (uint32_t)k_pages, .v_pages = (uint32_t)v_pages,
                  .tiles = (uint32_t)list, .size = (uint32_t)size};
  return true;
}

static void put_context(const sac_attention_setup_t *s, const sac_attention_logit_t *l, const places_t *p,
                        uint32_t base, const sac_attention_command_t *c, uint32_t *w) {
  const uint32_t keys = s->own_keys ? c->context : c->sequence, table = 4 * s->page_begin[keys];
  memset(w, 0, 4 * SAC_CONTEXT_WORDS);
  sac_field_put(w, SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
  sac_field_put(w, SAC_CONTEXT_LENGTH, s->length[keys]);
  sac_field_put(w, SAC_CONTEXT_PAGE_LOG2, s->page_log2);
  sac_field_put(w, SAC_CONTEXT_K_PAGES, base + p->k_pages + table);
  sac_field_put(w, SAC_CONTEXT_V_PAGES, base + p->v_pages + table);
  sac_field_put(w, SAC_CONTEXT_K_STRIDE, s->k_cache.token_stride);
  sac_field_put(w, SAC_CONTEXT_V_STRIDE, s->v_cache.token_stride);
  sac_field_put(w, SAC_CONTEXT_D_K, s->d_k);
  sac_field_put(w, SAC_CONTEXT_D_V, s->d_v);
  sac_field_put(w, SAC_CONTEXT_K_FORMAT, s->k_format.element);
  sac_field_put(w, SAC_CONTEXT_K_SCALED, s->k_format.scaled);
  sac_field_put(w, SAC_CONTEXT_V_FORMAT, s->v_format.element);
  sac_field_put(w, SAC_CONTEXT_V_SCALED, s->v_format.scaled);
  sac_field_put(w, SAC_CONTEXT_SCALE, l->scale);
  sac_field_put(w, SAC_CONTEXT_SCALE_SHIFT, l->scale_shift);
  sac_field_put(w, SAC_CONTEXT_OUTPUT_SHIFT, l->output_shift);
  sac_field_put(w, SAC_CONTEXT_SOFTCAP, l->softcap);
  sac_field_put(w, SAC_CONTEXT_SOFTCAP_SHIFT, l->softcap_shift);
  sac_field_put(w, SAC_CONTEXT_SOFTCAP_SCALE, l->softcap_scale);
  sac_field_put(w, SAC_CONTEXT_SOFTCAP_OUT, l->softcap_out);
  sac_field_put(w, SAC_CONTEXT_SOFTCAP_OUT_SHIFT, l->softcap_out_shift);
  sac_field_put(w, SAC_CONTEXT_BIAS_WORDS, s->bias == SAC_BIAS_WORDS);
  sac_field_put(w, SAC_CONTEXT_HEAD_ADDRESS, base + p->heads + 8 * c->head);
  sac_field_put(w, SAC_CONTEXT_BIAS_POSITION_STRIDE, s->bias_position_stride);
  sac_field_put(w, SAC_CONTEXT_BIAS_HEAD_STRIDE, s->bias_head_stride);
}

static void put_command(const sac_attention_setup_t *s, const places_t *p, uint32_t base, uint32_t index,
                        sac_attention_command_t *c) {
  uint32_t *w = c->words;
  sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
  sac_field_put(w, SAC_ATTEND_SCORE_FUNCTION, s->score_function);
  sac_field_put(w, SAC_ATTEND_CONTEXT_ADDRESS, base + p->contexts + 64 * index);
  sac_field_put(w, SAC_ATTEND_POSITIONS, c->tokens);
  sac_field_put(w, SAC_ATTEND_GROUP, c->group);
  sac_field_put_signed(w, SAC_ATTEND_FIRST_POSITION, s->first_position[c->sequence]);
  sac_field_put_signed(w, SAC_ATTEND_BAND_LOW, s->bands ? s->bands[index].low : s->band_low);
  sac_field_put_signed(w, SAC_ATTEND_BAND_HIGH, s->bands ? s->bands[index].high : s->band_high);
  if (!s->tile_begin) {
    sac_field_put(w, SAC_ATTEND_BAND, s->band);
    sac_field_put(w, SAC_ATTEND_BIAS, s->bias != SAC_BIAS_NONE);
    return;
  }
  sac_field_put(w, SAC_ATTEND_LISTED, 1);
  sac_field_put(w, SAC_ATTEND_LIST_ADDRESS, base + p->tiles + 16 * s->tile_begin[index]);
  sac_field_put(w, SAC_ATTEND_LIST_ENTRIES, s->tile_begin[index + 1] - s->tile_begin[index]);
}

// HEAD records, page tables, lists.
static void put_shared(const sac_attention_setup_t *s, const places_t *p, uint32_t commands, uint8_t *bytes) {
  for (uint32_t h = 0; s->head && h < s->q_heads; h++) {
    uint32_t w[SAC_HEAD_WORDS] = {0};
    sac_field_put_signed(w, SAC_HEAD_SLOPE, s->head[h].slope);
    sac_field_put_signed(w, SAC_HEAD_SINK_MAX, s->head[h].sink_max);
    sac_field_put(w, SAC_HEAD_SINK_SUM, s->head[h].sink_sum);
    memcpy(bytes + p->heads + 8 * h, w, sizeof w);
  }
  for (uint32_t i = 0; i < s->page_begin[s->own_keys ? commands : s->sequences]; i++) {
    const uint32_t k = s->pages[i] * s->k_cache.page_stride, v = s->pages[i] * s->v_cache.page_stride;
    memcpy(bytes + p->k_pages + 4 * i, &k, 4);
    memcpy(bytes + p->v_pages + 4 * i, &v, 4);
  }
  for (uint32_t i = 0; s->tile_begin && i < s->tile_begin[commands]; i++) {
    uint32_t w[SAC_TILE_WORDS] = {0};
    sac_field_put(w, SAC_TILE_BLOCK, s->tiles[i].block);
    sac_field_put(w, SAC_TILE_BAND, s->tiles[i].band);
    sac_field_put(w, SAC_TILE_BIAS, s->tiles[i].bias);
    sac_field_put(w, SAC_TILE_FIRST, s->tiles[i].first);
    sac_field_put(w, SAC_TILE_COUNT, s->tiles[i].count);
    memcpy(bytes + p->tiles + 16 * i, w, sizeof w);
  }
}

static void put_all(sac_attention_plan_t *plan, const sac_attention_setup_t *s, const places_t *p, uint8_t *bytes) {
  const uint32_t groups = sac_attention_groups(s->q_heads, s->k_heads, s->v_heads), group = s->q_heads / groups;
  for (uint32_t i = 0; i < plan->commands; i++) {
    const uint32_t sequence = i / groups, g = i % groups;
    sac_attention_command_t *c = &plan->command[i];
    *c = (sac_attention_command_t){.context = i,
                                   .token = s->q_begin[sequence],
                                   .tokens = s->q_begin[sequence + 1] - s->q_begin[sequence],
                                   .head = g * group,
                                   .group = group,
                                   .k_head = g * s->k_heads / groups,
                                   .v_head = g * s->v_heads / groups,
                                   .sequence = sequence};
    put_context(s, &s->logit[i], p, plan->context_address, c, plan->context + SAC_CONTEXT_WORDS * i);
    put_command(s, p, plan->context_address, i, c);
  }
  memcpy(bytes, plan->context, 4 * SAC_CONTEXT_WORDS * (size_t)plan->commands);
  put_shared(s, p, plan->commands, bytes);
}

sac_attention_plan_t *sac_attention_plan(sac_device_t *device, const sac_attention_setup_t *setup, sac_error_t *error) {
  places_t places = {0};
  if (!sac_attention_check(setup, sac_device_capacities(device), error)) return NULL;
  const uint32_t commands = setup->sequences * sac_attention_groups(setup->q_heads, setup->k_heads, setup->v_heads);
  if (!measure(setup, commands, &places, error)) return NULL;
  sac_attention_plan_t *plan = calloc(1, sizeof *plan);
  uint8_t *bytes = calloc(1, places.size + 1);
  if (plan) {
    *plan = (sac_attention_plan_t){.device = device,
                                   .k_head_stride = setup->k_cache.head_stride,
                                   .v_head_stride = setup->v_cache.head_stride,
                                   .bias_sequence_stride = setup->bias_sequence_stride,
                                   .bias_head_stride = setup->bias_head_stride,
                                   .tokens = setup->q_begin[setup->sequences],
                                   .commands = commands,
                                   .command = calloc(commands + 1, sizeof *plan->command),
                                   .context = calloc(commands + 1, 4 * SAC_CONTEXT_WORDS)};
  }
  bool good = plan && bytes && plan->command && plan->context;
  if (!good) sac_error_set(error, SAC_ERR_MEMORY, "no memory for a plan of %u commands", commands);
  good = good && sac_device_alloc(device, places.size + 1, &plan->context_address, error);
  if (good) {
    put_all(plan, setup, &places, bytes);
    good = sac_device_write(device, plan->context_address, bytes, places.size, error);
  }
  free(bytes);
  if (good) return plan;
  sac_attention_plan_free(plan);
  return NULL;
}

uint32_t sac_attention_commands(const sac_attention_plan_t *plan) {
  uint32_t commands = 0;
  for (uint32_t i = 0; i < plan->commands; i++) commands += plan->command[i].tokens > 0;
  return commands;
}

void sac_attention_plan_free(sac_attention_plan_t *plan) {
  if (!plan) return;
  free(plan->command);
  free(plan->context);
  free(plan);
}
