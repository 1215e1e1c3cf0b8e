// SPDX-License-Identifier: Apache-2.0
// Settings of a float scene (contract: settings.h).
#include "settings.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool sac_settings_refuse(const sac_safetensors_t *file, const char *key, const char *expected,
                         sac_error_t *error) {
  const char *found = sac_safetensors_metadata(file, key);
  return sac_error_set(error, SAC_ERR_FORMAT,
                       "%s: setting \"%s\" of a TensoRF scene: expected %s, found %s%.80s%s",
                       sac_safetensors_path(file), key, expected, found == NULL ? "" : "\"",
                       found == NULL ? "none" : found, found == NULL ? "" : "\"");
}

static bool take_number(const json_t *value, double *out) {
  if (!json_is_number(value)) return false;
  *out = json_number_value(value);
  return isfinite(*out);
}

static bool take_list(const json_t *list, int count, double *out) {
  if (!json_is_array(list) || json_array_size(list) != (size_t)count) return false;
  for (int i = 0; i < count; i++) {
    if (!take_number(json_array_get(list, (size_t)i), &out[i])) return false;
  }
  return true;
}

static bool take(const json_t *value, int count, double *out) {
  if (count == 1) return take_number(value, out);
  if (count != 6) return take_list(value, count, out);
  return json_array_size(value) == 2 && take_list(json_array_get(value, 0), 3, out) &&
         take_list(json_array_get(value, 1), 3, out + 3);
}

bool sac_settings_numbers(const sac_safetensors_t *file, const char *key, int count, double *out,
                          sac_error_t *error) {
  const char *text = sac_safetensors_metadata(file, key);
  json_t *value = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
  const bool good = value != NULL && take(value, count, out);
  json_decref(value);
  if (good) return true;
  char expected[40];
  snprintf(expected, sizeof expected, count == 1 ? "a number" : "a list of %d numbers", count);
  return sac_settings_refuse(file, key, count == 6 ? "two lists of three numbers" : expected,
                             error);
}

bool sac_settings_integers(const sac_safetensors_t *file, const char *key, int count, int low,
                           int high, int *out, sac_error_t *error) {
  double number[6];
  char expected[80];
  snprintf(expected, sizeof expected, "%d whole number%s from %d to %d", count,
           count == 1 ? "" : "s", low, high);
  if (!sac_settings_numbers(file, key, count, number, NULL)) {
    return sac_settings_refuse(file, key, expected, error);
  }
  for (int i = 0; i < count; i++) {
    if (!(number[i] >= low && number[i] <= high) || number[i] != floor(number[i])) {
      return sac_settings_refuse(file, key, expected, error);
    }
    out[i] = (int)number[i];
  }
  return true;
}

bool sac_settings_word(const sac_safetensors_t *file, const char *key, const char *word,
                       bool may_be_absent, sac_error_t *error) {
  const char *found = sac_safetensors_metadata(file, key);
  if (found == NULL ? may_be_absent : strcmp(found, word) == 0) return true;
  sac_settings_refuse(file, key, word, error);
  if (error != NULL && found != NULL) error->code = SAC_ERR_UNSUPPORTED;
  return false;
}

bool sac_settings_flag(const sac_safetensors_t *file, const char *key, bool *out,
                       sac_error_t *error) {
  const char *found = sac_safetensors_metadata(file, key);
  if (found == NULL) return true;
  *out = strcmp(found, "true") == 0;
  return *out || strcmp(found, "false") == 0 ||
         sac_settings_refuse(file, key, "true or false", error);
}
