// SPDX-License-Identifier: Apache-2.0
// Files of softmax attention: ONNX Attention, FlexAttention, raw Q, K, V (contract: problem_reader.h).
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem_reader.h"

static const char *const kNames[3] = {"Q", "K", "V"};

static bool no_memory(const sac_reader_t *reader) {
  return sac_error_set(reader->error, SAC_ERR_MEMORY, "%s: no memory", reader->problem->path);
}

// Puts past tokens [B][H][P][d] in front of those of `now`.
static bool prepend(const sac_reader_t *reader, const char *name, size_t past, sac_array_t *now) {
  const size_t *s = now->shape, shape[4] = {s[0], s[1], past, s[3]}, both[4] = {s[0], s[1], past + s[2], s[3]};
  sac_array_t before = {0}, out = {0};
  bool good = sac_reader_array(reader, name, true, 4, shape, &before);
  if (good && !sac_array_make(&out, 4, both, reader->error)) good = sac_error_in(reader->error, reader->problem->path);
  for (size_t head = 0; good && head < s[0] * s[1]; head++) {
    double *at = out.data + head * both[2] * s[3];
    memcpy(at, before.data + head * past * s[3], past * s[3] * sizeof *at);
    memcpy(at + past * s[3], now->data + head * s[2] * s[3], s[2] * s[3] * sizeof *at);
  }
  sac_array_free(&before);
  if (!good) return false;
  sac_array_free(now);
  *now = out;
  return true;
}

static bool read_past(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  const sac_tensor_t *key = sac_reader_input(reader, "past_key"), *value = sac_reader_input(reader, "past_value");
  if (key == NULL && value == NULL) return true;
  if (key == NULL || value == NULL) {
    return sac_reader_bad(reader, "inputs \"past_key\" and \"past_value\": expected both or none");
  }
  if (sac_reader_input(reader, "nonpad_kv_seqlen") != NULL) {
    return sac_reader_bad(reader, "inputs \"past_key\" and \"nonpad_kv_seqlen\": expected at most one of them");
  }
  if (key->rank != 4) return sac_reader_bad(reader, "tensor \"past_key\": expected 4 axes, found %d", key->rank);
  p->past = key->shape[2];
  if (!prepend(reader, "past_key", p->past, &p->k) || !prepend(reader, "past_value", p->past, &p->v)) return false;
  p->keys += p->past;
  return true;
}

// Lengths and offsets of the batches; after the past has been read.
static bool read_lengths(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  sac_array_t lengths = {0};
  p->length = calloc(p->batches + 1, sizeof *p->length);
  p->offset = calloc(p->batches + 1, sizeof *p->offset);
  if (p->length == NULL || p->offset == NULL) return no_memory(reader);
  const sac_tensor_t *tensor = sac_reader_input(reader, "nonpad_kv_seqlen");
  if (tensor != NULL && tensor->dtype != SAC_DTYPE_I64 && tensor->dtype != SAC_DTYPE_I32) {
    return sac_reader_bad(reader, "tensor \"nonpad_kv_seqlen\": expected dtype I64 or I32, found %s",
                          sac_dtype_name(tensor->dtype));
  }
  if (!sac_reader_array(reader, "nonpad_kv_seqlen", false, 1, &p->batches, &lengths)) return false;
  bool good = true;
  for (size_t b = 0; good && b < p->batches; b++) {
    const double length = lengths.data == NULL ? (double)p->keys : lengths.data[b];
    if (length < 0.0 || length > (double)p->keys) {
      good = sac_reader_bad(reader, "tensor \"nonpad_kv_seqlen\", element %zu: expected 0 to %zu (the keys), found "
                            "%.0f", b, p->keys, length);
      break;
    }
    p->length[b] = (size_t)length;
    p->offset[b] = lengths.data == NULL ? (int64_t)p->past : (int64_t)length - (int64_t)p->queries;
  }
  sac_array_free(&lengths);
  return good;
}

static bool note_outputs(const sac_reader_t *reader, const char *name) {
  const sac_problem_t *p = reader->problem;
  const char *text = sac_safetensors_metadata(reader->file, "outputs");
  json_t *outputs = text == NULL ? NULL : json_loads(text, 0, NULL);
  const size_t packed[3] = {p->batches, p->queries, p->q_heads * p->d_v};
  const size_t y[4] = {p->batches, p->q_heads, p->queries, p->d_v};
  const size_t qk[4] = {p->batches, p->q_heads, p->queries, p->keys};
  const bool good = sac_reader_output(reader, outputs, name, p->packed ? 3 : 4, p->packed ? packed : y) &&
                    sac_reader_output(reader, outputs, "present_key", 4, p->k.shape) &&
                    sac_reader_output(reader, outputs, "present_value", 4, p->v.shape) &&
                    sac_reader_output(reader, outputs, "qk_matmul_output", 4, qk) &&
                    sac_reader_output(reader, outputs, "LSE", 3, y);
  json_decref(outputs);
  return good;
}

static void defaults(sac_problem_t *p) {
  p->scale = 1.0 / sqrt((double)p->d_k);
  p->left_window = p->right_window = -1;
}

bool sac_read_attention(const sac_reader_t *reader) {
  static const char *const kAttributes[] = {"is_causal", "kv_num_heads", "left_window_size", "q_num_heads",
                                            "qk_matmul_output_mode", "right_window_size", "scale", "softcap",
                                            "softmax_precision", NULL};
  static const char *const kInputs[] = {"Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen",
                                        "sinks", "alibi_slopes", NULL};
  sac_problem_t *p = reader->problem;
  int64_t q_heads = 0, kv_heads = 0, causal = 0, mode = SAC_QK_RAW, precision = 1;
  if (!sac_reader_names(reader, kAttributes, kInputs) ||
      !sac_reader_integer(reader, "q_num_heads", 1, INT32_MAX, &q_heads) ||
      !sac_reader_integer(reader, "kv_num_heads", 1, INT32_MAX, &kv_heads)) {
    return false;
  }
  const sac_tensor_t *query = sac_reader_input(reader, "Q");
  if (query != NULL && query->rank == 3 && (q_heads == 0 || kv_heads == 0)) {
    return sac_reader_bad(reader, "attribute \"%s\": missing, and \"Q\" has 3 axes", q_heads == 0 ? "q_num_heads"
                                                                                                  : "kv_num_heads");
  }
  if (!sac_read_heads(reader, kNames, 0, (size_t)q_heads, (size_t)kv_heads)) return false;
  if ((q_heads != 0 && p->q_heads != (size_t)q_heads) || (kv_heads != 0 && p->k_heads != (size_t)kv_heads)) {
    return sac_reader_bad(reader, "attributes \"q_num_heads\", \"kv_num_heads\": expected %zu and %zu, as in \"Q\" and "
                          "\"K\", found %lld and %lld", p->q_heads, p->k_heads, (long long)q_heads,
                          (long long)kv_heads);
  }
  if (p->k_heads != p->v_heads) {
    return sac_reader_bad(reader, "tensor \"V\": expected %zu heads as in \"K\", found %zu", p->k_heads, p->v_heads);
  }
  defaults(p);
  if (!sac_reader_number(reader, "scale", 0.0, &p->scale) || !sac_reader_number(reader, "softcap", 0.0, &p->softcap) ||
      !sac_reader_integer(reader, "is_causal", 0, 1, &causal) ||
      !sac_reader_integer(reader, "left_window_size", -1, INT32_MAX, &p->left_window) ||
      !sac_reader_integer(reader, "right_window_size", -1, INT32_MAX, &p->right_window) ||
      !sac_reader_integer(reader, "qk_matmul_output_mode", SAC_QK_RAW, SAC_QK_PROBABILITIES, &mode) ||
      !sac_reader_integer(reader, "softmax_precision", 1, 16, &precision)) {
    return false;
  }
  if (precision != 1 && precision != 10 && precision != 11 && precision != 16) {
    return sac_reader_bad(reader, "attribute \"softmax_precision\": expected 1, 10, 11 or 16, found %lld",
                          (long long)precision);
  }
  p->causal = causal != 0;
  p->qk_mode = (sac_qk_mode_t)mode;
  if (!read_past(reader) || !read_lengths(reader) || !sac_read_extras(reader)) return false;
  const sac_tensor_t *mask = sac_reader_input(reader, "attn_mask");
  return (mask == NULL || sac_read_mask(reader, mask)) && note_outputs(reader, "Y");
}

static bool read_modifier(const sac_reader_t *reader, const char *name, sac_modifier_t *modifier) {
  static const char *const kKinds[] = {"none", "add", "mul", "softcap", "relative", "causal"};
  const json_t *found = json_object_get(reader->attributes, name);
  if (found == NULL) return true;
  const char *kind = json_string_value(json_object_get(found, "kind"));
  for (int i = SAC_MODIFIER_ADD; kind != NULL && i <= SAC_MODIFIER_CAUSAL; i++) {
    if (strcmp(kKinds[i], kind) == 0) modifier->kind = (sac_modifier_kind_t)i;
  }
  if (modifier->kind == SAC_MODIFIER_NONE) {
    return sac_reader_bad(reader, "attribute \"%s\": expected \"kind\" add, mul, softcap, relative or causal, found "
                          "%.40s", name, kind == NULL ? "none" : kind);
  }
  const bool needed = modifier->kind <= SAC_MODIFIER_SOFTCAP;
  const json_t *value = json_object_get(found, "value");
  if (json_object_size(found) != (needed ? 2 : 1) || needed != json_is_number(value)) {
    return sac_reader_bad(reader, "attribute \"%s\": expected %s \"kind\" %s", name,
                          needed ? "a number \"value\" beside" : "nothing beside", kind);
  }
  modifier->value = json_number_value(value);
  if (modifier->kind != SAC_MODIFIER_SOFTCAP || modifier->value > 0.0) return true;
  return sac_reader_bad(reader, "attribute \"%s\": expected a \"value\" above 0, found %g", name, modifier->value);
}

bool sac_read_flex_attention(const sac_reader_t *reader) {
  static const char *const kAttributes[] = {"scale", "score_mod", "prob_mod", NULL};
  static const char *const kInputs[] = {"Q", "K", "V", NULL};
  sac_problem_t *p = reader->problem;
  if (!sac_reader_names(reader, kAttributes, kInputs) || !sac_read_heads(reader, kNames, 4, 0, 0)) return false;
  defaults(p);
  if (!sac_reader_number(reader, "scale", 0.0, &p->scale) ||
      !read_modifier(reader, "score_mod", &p->score_modifier) ||
      !read_modifier(reader, "prob_mod", &p->probability_modifier)) {
    return false;
  }
  if (p->probability_modifier.kind == SAC_MODIFIER_CAUSAL) {
    return sac_reader_bad(reader, "attribute \"prob_mod\": expected a \"kind\" other than causal");
  }
  return read_lengths(reader) && note_outputs(reader, "Y");
}

// A number of the metadata, also as NumPy prints its scalars: np.float64(0.5).
static bool metadata_number(const sac_reader_t *reader, const char *key, double *value) {
  const char *text = sac_safetensors_metadata(reader->file, key);
  if (text == NULL) return true;
  const char *open = strncmp(text, "np.float", 8) == 0 ? strchr(text, '(') : NULL;
  const char *begin = open == NULL ? text : open + 1;
  char *end;
  *value = strtod(begin, &end);
  if (end != begin && isfinite(*value) && strcmp(end, open == NULL ? "" : ")") == 0) return true;
  return sac_reader_bad(reader, "metadata \"%s\": expected a number, found %.40s", key, text);
}

bool sac_read_raw_attention(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  double causal = 0.0, heads[2] = {0.0, 0.0};
  if (!sac_read_heads(reader, kNames, 4, 0, 0)) return false;
  defaults(p);
  if (!metadata_number(reader, "scale", &p->scale) || !metadata_number(reader, "causal", &causal) ||
      !metadata_number(reader, "q_num_heads", &heads[0]) || !metadata_number(reader, "kv_num_heads", &heads[1])) {
    return false;
  }
  if (causal != 0.0 && causal != 1.0) return sac_reader_bad(reader, "metadata \"causal\": expected 0 or 1");
  if (p->scale < 0.0) return sac_reader_bad(reader, "metadata \"scale\": expected a number from 0, found %g", p->scale);
  if ((heads[0] != 0.0 && heads[0] != (double)p->q_heads) || (heads[1] != 0.0 && heads[1] != (double)p->k_heads)) {
    return sac_reader_bad(reader, "metadata \"q_num_heads\", \"kv_num_heads\": expected %zu and %zu, as in \"Q\" and "
                          "\"K\", found %g and %g", p->q_heads, p->k_heads, heads[0], heads[1]);
  }
  p->causal = causal != 0.0;
  if (!read_lengths(reader) || !sac_read_extras(reader)) return false;
  const size_t shape[2] = {p->batches, p->keys};
  sac_error_t *error = reader->error;
  const sac_tensor_t *mask = sac_safetensors_find(reader->file, "key_mask");
  if (mask != NULL) {
    if (sac_safetensors_require(reader->file, "key_mask", 2, shape, error) == NULL ||
        !sac_tensor_require_dtype(mask, SAC_DTYPE_BOOL, error) ||
        !sac_array_read(&p->mask, mask, SAC_VALUES_FINITE, error)) {
      return false;
    }
    const size_t axes[4] = {p->batches, 1, 1, p->keys};
    p->mask.rank = 4;
    memcpy(p->mask.shape, axes, sizeof axes);
    p->mask_kind = SAC_MASK_BOOL;
  }
  return note_outputs(reader, "O");
}
