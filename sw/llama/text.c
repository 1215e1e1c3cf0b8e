// SPDX-License-Identifier: Apache-2.0
// Writing and reading with a Llama (contract: text.h).
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int32_t likeliest_of(const double *logits, uint32_t vocab) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < vocab; i++) {
    if (logits[i] > logits[best]) best = i;
  }
  return (int32_t)best;
}

static double sum_of(const double *logits, uint32_t vocab, double top) {
  double sum = 0.0;
  for (uint32_t i = 0; i < vocab; i++) sum += exp(logits[i] - top);
  return sum;
}

// Uniform in [0, 1): Knuth's MMIX generator, its upper bits.
static double draw(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return ldexp((double)(*state >> 11), -53);
}

static int32_t pick(const double *logits, uint32_t vocab, uint64_t *random) {
  const int32_t best = likeliest_of(logits, vocab);
  if (!random) return best;
  double left = draw(random) * sum_of(logits, vocab, logits[best]);
  for (uint32_t i = 0; i < vocab; i++) {
    left -= exp(logits[i] - logits[best]);
    if (left < 0.0) return (int32_t)i;
  }
  return best;
}

bool sac_llama_write(const sac_llama_t *l, const sac_llama_attention_t *attention, uint32_t sequences, uint32_t tokens,
                     uint64_t *random, int32_t *token, sac_error_t *error) {
  double *logits = malloc((size_t)sequences * l->vocab * sizeof *logits + 1);
  int32_t *now = malloc(sequences * sizeof *now + 1);
  bool good = (logits && now) || sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for a text");
  for (uint32_t i = 0; good && i < tokens; i++) {
    for (uint32_t s = 0; s < sequences; s++)
      token[s * tokens + i] = now[s] =
          i == 0 ? (int32_t)l->bos : pick(logits + (size_t)s * l->vocab, l->vocab, random);
    if (i + 1 < tokens) good = sac_llama_forward(l, attention, sequences, i, 1, now, logits, error);
  }
  free(logits);
  free(now);
  return good;
}

bool sac_llama_read(const sac_llama_t *l, const sac_llama_attention_t *attention, uint32_t sequences, uint32_t tokens,
                    uint32_t chunk, const int32_t *token, int32_t *likeliest, double *loss, sac_error_t *error) {
  double *logits = malloc((size_t)sequences * chunk * l->vocab * sizeof *logits + 1);
  int32_t *now = malloc((size_t)sequences * chunk * sizeof *now + 1);
  bool good = (logits && now) || sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for a text");
  for (uint32_t first = 0; good && first < tokens; first += chunk) {
    const uint32_t count = tokens - first < chunk ? tokens - first : chunk;
    for (uint32_t s = 0; s < sequences; s++)
      memcpy(now + s * count, token + s * tokens + first, count * sizeof *now);
    good = sac_llama_forward(l, attention, sequences, first, count, now, logits, error);
    for (uint32_t row = 0; good && row < sequences * count; row++) {
      const uint32_t s = row / count, i = first + row % count;
      const double *of = logits + (size_t)row * l->vocab;
      const int32_t best = likeliest[s * tokens + i] = likeliest_of(of, l->vocab);
      if (i + 1 < tokens)
        loss[s * (tokens - 1) + i] =
            of[best] - of[token[s * tokens + i + 1]] + log(sum_of(of, l->vocab, of[best]));
    }
  }
  free(logits);
  free(now);
  return good;
}
