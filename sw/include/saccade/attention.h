// SPDX-License-Identifier: Apache-2.0
// Attention by plan and run. A plan says once what a batch of sequences looks like: lengths, page tables, heads,
// formats, masks. A run hands it tensors, as often as wanted, and submits one ATTEND for each sequence and group of
// query heads that share a key and a value head. Numbers are the machine's integers (docs/attention.md); who starts
// from floats quantises first (sw/attention).
//
//   sac_attention_load_tables(device, &error);            // once after each reset
//   sac_attention_plan_t *plan = sac_attention_plan(device, &setup, &error);
//   sac_attention_run(plan, &tensors, &error) && sac_queue_wait(device, &error);
//   sac_attention_plan_free(plan);
#ifndef SACCADE_ATTENTION_H
#define SACCADE_ATTENTION_H

#include "saccade/saccade.h"

#ifdef __cplusplus
extern "C" {
#endif

// Elements of K and V in memory; values are those of the CONTEXT record.
typedef enum { SAC_ELEMENT_INT16, SAC_ELEMENT_INT8, SAC_ELEMENT_INT4, SAC_ELEMENT_INT2 } sac_element_t;

typedef struct {
  sac_element_t element;
  bool scaled;  // a scale for every 32 elements behind each row
} sac_attention_format_t;

// Bytes of a row of d elements (a multiple of 16).
uint32_t sac_attention_row_bytes(sac_attention_format_t format, uint32_t d);

// Bytes between pages, heads and tokens of a cache; all multiples of 4. Tokens of a page and head lie token_stride
// apart.
typedef struct {
  uint32_t page_stride, head_stride, token_stride;
} sac_attention_cache_t;

// Numbers of the logits and outputs of a key head (docs/attention.md, section 3).
typedef struct {
  uint16_t scale;        // logit .12 in base 2 = sum * scale / 2^scale_shift
  uint8_t scale_shift;
  uint8_t output_shift;  // linear: of Y; else fraction bits of Y beyond V's
  bool softcap;
  uint16_t softcap_scale, softcap_out;
  uint8_t softcap_shift, softcap_out_shift;
} sac_attention_logit_t;

// Of a query head. slope: .24 base 2 for each key after the query. sink_sum 0: no sink.
typedef struct {
  int32_t slope;
  int16_t sink_max;
  uint16_t sink_sum;
} sac_attention_head_t;

// A range of keys that block `block` of a command's query rows visits (docs/attention.md, section 2).
typedef struct {
  uint32_t block, first, count;
  bool band, bias;
} sac_attention_tile_t;

typedef enum { SAC_BIAS_NONE, SAC_BIAS_BITS, SAC_BIAS_WORDS } sac_attention_bias_t;
typedef enum { SAC_ATTENTION_SOFTMAX, SAC_ATTENTION_LINEAR, SAC_ATTENTION_POLYNOMIAL } sac_attention_function_t;

// An open end of a band.
enum { SAC_BAND_OPEN = 1 << 30 };

typedef struct {
  int32_t low, high;
} sac_attention_band_t;

typedef struct {
  uint32_t sequences;
  uint32_t q_heads, k_heads, v_heads;  // query head h reads key head h * k_heads / q_heads; numbers divide q_heads
  uint32_t d_k, d_v;                   // multiples of 16
  sac_attention_format_t k_format, v_format;
  const uint32_t *q_begin;             // [sequences + 1] query tokens of sequence s: q_begin[s] .. q_begin[s + 1] - 1
  const uint32_t *length;              // [sequences] keys
  uint32_t page_log2;                  // log2 of the keys of a page
  const uint32_t *page_begin;          // [sequences + 1] entries of `pages` that are a sequence's
  const uint32_t *pages;               // page numbers
  sac_attention_cache_t k_cache, v_cache;
  const sac_attention_logit_t *logit;  // [sequences][groups]; groups: see sac_attention_groups
  const sac_attention_head_t *head;    // [q_heads], or NULL: no slopes, no sinks
  sac_attention_function_t score_function;
  const int32_t *first_position;       // [sequences] index of the first query among the keys, within +-2^29
  bool band;                           // keys with j - i outside band_low .. band_high are masked
  int32_t band_low, band_high;         // -SAC_BAND_OPEN, SAC_BAND_OPEN: open
  sac_attention_bias_t bias;           // rows of bits or words in device memory, strides in bytes
  uint32_t bias_sequence_stride, bias_head_stride, bias_position_stride;
  const uint32_t *tile_begin;          // [sequences * groups + 1] list entries of each command, or NULL: no lists
  const sac_attention_tile_t *tiles;
  const sac_attention_band_t *bands;   // [sequences * groups] instead of band_low and band_high, or NULL
  bool own_keys;                       // length and page_begin are of the commands, [sequences * groups] (and + 1), not
                                       // of the sequences: every key head has its own keys
} sac_attention_setup_t;

// Rows of token t and head h: address + t * token_stride + h * head_stride.
typedef struct {
  uint32_t address, token_stride, head_stride;
} sac_attention_rows_t;

typedef struct {
  sac_attention_rows_t q, y;
  uint32_t k, v;      // caches: page 0, head 0, token 0
  uint32_t bias;      // sequence 0, head 0, position 0
  uint32_t lse;       // 0: none; else s32 [groups][tokens of all sequences][heads of a group], .16 base 2
  uint32_t scores;    // 0: Y; 1, 2, 3: y takes s32 logits instead (field scores of ATTEND), V is not read
  uint32_t y_group_stride;  // of y, bytes from group to group of heads; 0: the group's heads times head_stride
} sac_attention_tensors_t;

typedef struct sac_attention_plan sac_attention_plan_t;

// Groups of query heads, each with one key and one value head and at most 64 heads: commands of a sequence.
uint32_t sac_attention_groups(uint32_t q_heads, uint32_t k_heads, uint32_t v_heads);

// Loads the function tables of ATTEND.
bool sac_attention_load_tables(sac_device_t *device, sac_error_t *error);

// Checks the setup against the machine and writes its records to device memory. Nothing of the setup is kept.
sac_attention_plan_t *sac_attention_plan(sac_device_t *device, const sac_attention_setup_t *setup, sac_error_t *error);
// Submits the commands; sequences without queries have none. Waits for the queue first where the caches are others than
// those of the run before.
bool sac_attention_run(sac_attention_plan_t *plan, const sac_attention_tensors_t *tensors, sac_error_t *error);
uint32_t sac_attention_commands(const sac_attention_plan_t *plan);
// Does not give device memory back; NULL is fine.
void sac_attention_plan_free(sac_attention_plan_t *plan);

#ifdef __cplusplus
}
#endif

#endif
