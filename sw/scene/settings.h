// SPDX-License-Identifier: Apache-2.0
// The settings of a float scene, which its file holds as JSON texts in the string metadata:
// numbers, lists of numbers, words. Every error names file and key, what was expected and what was
// found.
#ifndef SACCADE_SETTINGS_H
#define SACCADE_SETTINGS_H

#include "safetensors.h"

// `count` numbers (a bare number where count is 1), or rows of three where count is 6.
bool sac_settings_numbers(const sac_safetensors_t *file, const char *key, int count, double *out,
                          sac_error_t *error);

// The same for whole numbers, each from `low` to `high`.
bool sac_settings_integers(const sac_safetensors_t *file, const char *key, int count, int low,
                           int high, int *out, sac_error_t *error);

// True where the setting says `word`, or is absent and may be.
bool sac_settings_word(const sac_safetensors_t *file, const char *key, const char *word,
                       bool may_be_absent, sac_error_t *error);

// true or false; leaves `out` as it is where the setting is absent.
bool sac_settings_flag(const sac_safetensors_t *file, const char *key, bool *out,
                       sac_error_t *error);

// Refuses a setting.
bool sac_settings_refuse(const sac_safetensors_t *file, const char *key, const char *expected,
                         sac_error_t *error);

#endif
