// SPDX-License-Identifier: Apache-2.0
// Attention of a Llama on a machine: a paged cache for each layer, one ATTEND for each sequence and key head a step.
//
// Keys and values become elements when they are appended, and stay: what conditions them is fixed before the first
// token. It comes from ranges (exact.h), whose channel factors and mean hold for any text; only how well they fit, and
// with that how fine the steps are, depends on the text that they were taken from.
//   keys    less a constant of each channel, which moves all logits of a row alike and so no probability; then divided
//           by a factor of each channel, which the queries are multiplied by
//   values  divided by a factor of each channel, which the output is multiplied by
//   queries 16 bits, with a unit of each step, sequence and key head, as large as its rows need
// Values beyond kMargin times their range would be clipped: sac_llama_paged_clipped counts them.
#ifndef SACCADE_LLAMA_PAGED_H
#define SACCADE_LLAMA_PAGED_H

#include "exact.h"
#include "saccade/attention.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  sac_attention_format_t k, v;
  uint32_t sequences, page_log2;
} sac_llama_paged_setup_t;

typedef struct sac_llama_paged sac_llama_paged_t;

// Device memory that a run over all tokens needs when they come `tokens` at a time.
size_t sac_llama_paged_memory(const sac_llama_t *llama, const sac_llama_paged_setup_t *setup, uint32_t tokens);
// On a device whose memory is free. Ranges are copied.
sac_llama_paged_t *sac_llama_paged(sac_device_t *device, const sac_llama_t *llama, const sac_llama_ranges_t *ranges,
                                   const sac_llama_paged_setup_t *setup, sac_error_t *error);
sac_llama_attention_t sac_llama_paged_attention(sac_llama_paged_t *paged);
uint64_t sac_llama_paged_clipped(const sac_llama_paged_t *paged);
void sac_llama_paged_free(sac_llama_paged_t *paged);

#ifdef __cplusplus
}
#endif

#endif
