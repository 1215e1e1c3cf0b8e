// SPDX-License-Identifier: Apache-2.0
// Files of ONNX RotaryEmbedding (contract: problem_reader.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem_reader.h"

// Rows of a cache [position][half] for every [batch][token], by position.
static bool look_up(const sac_reader_t *reader, const char *name, const sac_array_t *ids, sac_array_t *out) {
  const sac_problem_t *p = reader->problem;
  const size_t half = p->rotary_dim / 2, shape[3] = {p->batches, p->queries, half};
  const sac_tensor_t *tensor = sac_reader_input(reader, name);
  if (ids->data == NULL) return sac_reader_array(reader, name, true, 3, shape, out);
  if (tensor != NULL && tensor->rank != 2) {
    return sac_reader_bad(reader, "tensor \"%s\": expected 2 axes with \"position_ids\", found %d", name, tensor->rank);
  }
  const size_t table[2] = {tensor == NULL ? 0 : tensor->shape[0], half};
  sac_array_t cache = {0};
  if (!sac_reader_array(reader, name, true, 2, table, &cache)) return false;
  bool good = sac_array_make(out, 3, shape, reader->error) || sac_error_in(reader->error, p->path);
  for (size_t i = 0; good && i < ids->count; i++) {
    if (ids->data[i] < 0.0 || ids->data[i] >= (double)table[0]) {
      good = sac_reader_bad(reader, "tensor \"position_ids\", element %zu: expected 0 to below %zu (rows of \"%s\"), "
                            "found %.0f", i, table[0], name, ids->data[i]);
    } else {
      memcpy(out->data + i * half, cache.data + (size_t)ids->data[i] * half, half * sizeof *out->data);
    }
  }
  sac_array_free(&cache);
  return good;
}

static bool read_caches(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  const size_t tokens[2] = {p->batches, p->queries};
  const sac_tensor_t *tensor = sac_reader_input(reader, "position_ids");
  if (tensor != NULL && tensor->dtype != SAC_DTYPE_I64 && tensor->dtype != SAC_DTYPE_I32) {
    return sac_reader_bad(reader, "tensor \"position_ids\": expected dtype I64 or I32, found %s",
                          sac_dtype_name(tensor->dtype));
  }
  sac_array_t ids = {0};
  const bool good = sac_reader_array(reader, "position_ids", false, 2, tokens, &ids) &&
                    look_up(reader, "cos_cache", &ids, &p->cosine) && look_up(reader, "sin_cache", &ids, &p->sine);
  sac_array_free(&ids);
  return good;
}

bool sac_read_rotary(const sac_reader_t *reader) {
  static const char *const kAttributes[] = {"interleaved", "num_heads", "rotary_embedding_dim", NULL};
  static const char *const kInputs[] = {"input", "cos_cache", "sin_cache", "position_ids", NULL};
  sac_problem_t *p = reader->problem;
  int64_t heads = 0, interleaved = 0, turned = 0;
  if (!sac_reader_names(reader, kAttributes, kInputs) ||
      !sac_reader_integer(reader, "num_heads", 0, INT32_MAX, &heads) ||
      !sac_reader_integer(reader, "interleaved", 0, 1, &interleaved) ||
      !sac_reader_integer(reader, "rotary_embedding_dim", 0, INT32_MAX, &turned)) {
    return false;
  }
  const sac_tensor_t *input = sac_reader_input(reader, "input");
  if (input != NULL && input->rank == 3 && heads == 0) {
    return sac_reader_bad(reader, "attribute \"num_heads\": missing, and \"input\" has 3 axes");
  }
  if (!sac_reader_tokens(reader, "input", 0, (size_t)heads, &p->q)) return false;
  p->packed = input->rank == 3;
  p->dtype = input->dtype;
  p->batches = p->q.shape[0];
  p->q_heads = p->q.shape[1];
  p->queries = p->q.shape[2];
  p->d_k = p->q.shape[3];
  p->interleaved = interleaved != 0;
  p->rotary_dim = turned == 0 ? p->d_k : (size_t)turned;
  if (heads != 0 && p->q_heads != (size_t)heads) {
    return sac_reader_bad(reader, "attribute \"num_heads\": expected %zu as in \"input\", found %lld", p->q_heads,
                          (long long)heads);
  }
  if (p->rotary_dim > p->d_k || p->rotary_dim % 2 != 0) {
    return sac_reader_bad(reader, "attribute \"rotary_embedding_dim\": expected an even number up to %zu channels, "
                          "found %zu", p->d_k, p->rotary_dim);
  }
  const size_t packed[3] = {p->batches, p->queries, p->q_heads * p->d_k};
  const char *text = sac_safetensors_metadata(reader->file, "outputs");
  json_t *outputs = text == NULL ? NULL : json_loads(text, 0, NULL);
  const bool good = read_caches(reader) && sac_reader_output(reader, outputs, "output", p->packed ? 3 : 4,
                                                            p->packed ? packed : p->q.shape);
  json_decref(outputs);
  return good;
}
