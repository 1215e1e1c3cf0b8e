// SPDX-License-Identifier: Apache-2.0
// Weights of a Llama from a safetensors file (contract: llama.h).
#include <jansson.h>
#include <stdlib.h>

#include "../scene/safetensors.h"
#include "llama.h"

static bool read_number(const char *path, const json_t *config, const char *name, double least, double *value,
                        sac_error_t *error) {
  const json_t *found = json_object_get(config, name);
  *value = json_number_value(found);
  if (json_is_number(found) && *value >= least && *value <= 1e6) return true;
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: metadata \"config\", \"%s\": expected a number from %g to 1e6", path,
                       name, least);
}

static bool read_config(sac_llama_t *l, const sac_safetensors_t *file, sac_error_t *error) {
  const char *path = sac_safetensors_path(file), *text = sac_safetensors_metadata(file, "config");
  json_t *config = text ? json_loads(text, 0, NULL) : NULL;
  double heads, kv_heads, tokens, bos;
  const bool good = read_number(path, config, "n_heads", 1, &heads, error) &&
                    read_number(path, config, "n_kv_heads", 1, &kv_heads, error) &&
                    read_number(path, config, "max_seq_len", 1, &tokens, error) &&
                    read_number(path, config, "bos", 0, &bos, error) &&
                    read_number(path, config, "rope_theta", 1, &l->rope_theta, error);
  json_decref(config);
  if (!good) return false;
  l->heads = (uint32_t)heads;
  l->kv_heads = (uint32_t)kv_heads;
  l->max_tokens = (uint32_t)tokens;
  l->bos = (uint32_t)bos;
  return true;
}

static bool read_sizes(sac_llama_t *l, const sac_safetensors_t *file, sac_error_t *error) {
  const sac_tensor_t *embedding = sac_safetensors_find(file, "tok_emb"), *gate = sac_safetensors_find(file, "w1");
  if (!embedding || embedding->rank != 2 || !gate || gate->rank != 3)
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: expected tensors \"tok_emb\" of 2 axes, \"w1\" of 3",
                         sac_safetensors_path(file));
  l->vocab = (uint32_t)embedding->shape[0];
  l->dim = (uint32_t)embedding->shape[1];
  l->layers = (uint32_t)gate->shape[0];
  l->hidden = (uint32_t)gate->shape[1];
  l->head_dim = l->dim / l->heads;
  if (l->vocab && l->bos < l->vocab && l->heads % l->kv_heads == 0 && l->head_dim * l->heads == l->dim &&
      l->head_dim % 2 == 0)
    return true;
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: %u channels, %u heads, %u key heads, %u tokens do not fit together",
                       sac_safetensors_path(file), l->dim, l->heads, l->kv_heads, l->vocab);
}

static bool read_tensor(const sac_safetensors_t *file, const char *name, int rank, size_t a, size_t b, size_t c,
                        double **out, sac_error_t *error) {
  const size_t shape[3] = {a, b, c};
  const sac_tensor_t *tensor = sac_safetensors_require(file, name, rank, shape, error);
  if (!tensor) return false;
  *out = malloc(tensor->count * sizeof **out + 1);
  if (!*out) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", sac_safetensors_path(file));
  sac_tensor_doubles(tensor, *out);
  return true;
}

bool sac_llama_load(sac_llama_t *l, const char *path, sac_error_t *error) {
  *l = (sac_llama_t){0};
  sac_safetensors_t *file = sac_safetensors_open(path, error);
  bool good = file && read_config(l, file, error) && read_sizes(l, file, error);
  const size_t n = l->layers, dim = l->dim, kv = (size_t)l->kv_heads * l->head_dim, hidden = l->hidden;
  good = good && read_tensor(file, "tok_emb", 2, l->vocab, dim, 0, &l->tok_emb, error) &&
         read_tensor(file, "wq", 3, n, dim, dim, &l->wq, error) &&
         read_tensor(file, "wk", 3, n, kv, dim, &l->wk, error) &&
         read_tensor(file, "wv", 3, n, kv, dim, &l->wv, error) &&
         read_tensor(file, "wo", 3, n, dim, dim, &l->wo, error) &&
         read_tensor(file, "w1", 3, n, hidden, dim, &l->w1, error) &&
         read_tensor(file, "w2", 3, n, dim, hidden, &l->w2, error) &&
         read_tensor(file, "w3", 3, n, hidden, dim, &l->w3, error) &&
         read_tensor(file, "rms_att", 2, n, dim, 0, &l->rms_att, error) &&
         read_tensor(file, "rms_ffn", 2, n, dim, 0, &l->rms_ffn, error) &&
         read_tensor(file, "rms_final", 1, dim, 0, 0, &l->rms_final, error);
  sac_safetensors_close(file);
  if (!good) sac_llama_free(l);
  return good;
}

void sac_llama_free(sac_llama_t *l) {
  double *const all[] = {l->tok_emb, l->wq, l->wk, l->wv, l->wo, l->w1, l->w2, l->w3, l->rms_att, l->rms_ffn,
                         l->rms_final};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  *l = (sac_llama_t){0};
}
