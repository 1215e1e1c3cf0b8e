// SPDX-License-Identifier: Apache-2.0
// saccade pack: a float scene becomes the packed scene that machines read; prints the size of every factor.
#include <stdio.h>

#include "../scene/atomic_file.h"
#include "../scene/field.h"
#include "../scene/pack.h"
#include "options.h"
#include "stats.h"
#include "verbs.h"

static bool encoding_of(const char *text, sac_encoding_t *encoding, sac_error_t *error) {
  const int found = sac_encoding_find(text);
  if (found >= 0) {
    *encoding = (sac_encoding_t)found;
    return true;
  }
  return sac_error_set(error, SAC_ERR_ARGUMENT, "--encoding: expected hybrid, bitmap, coordinate or dense, found '%s'", text);
}

static void print_row(const char *name, const sac_factor_sizes_t *s) {
  printf("%-16s %9zu %7.1f%% %10zu %10zu %10zu %10zu %12zu\n", name, s->entries, 100.0 * (double)s->nonzero / (double)s->entries,
         s->dense, s->bitmap, s->coordinate, s->hybrid, s->bitmap_flag);
}

static json_t *row_of(const sac_factor_sizes_t *s) {
  const struct { const char *name; size_t value; } members[] = {
      {"entries", s->entries}, {"nonzero", s->nonzero}, {"dense_bytes", s->dense}, {"bitmap_bytes", s->bitmap},
      {"coordinate_bytes", s->coordinate}, {"hybrid_bytes", s->hybrid}, {"bitmap_flag_bytes", s->bitmap_flag},
      {"dense8_bytes", s->dense8}, {"empty_blocks", s->modes[0]}, {"bitmap_blocks", s->modes[1]},
      {"coordinate_blocks", s->modes[2]}, {"dense_blocks", s->modes[3]}};
  json_t *row = json_object();
  json_object_set_new(row, "factor", json_string(s->name));
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    json_object_set_new(row, members[i].name, json_integer((json_int_t)members[i].value));
  }
  return row;
}

static json_t *stats_of(const char *scene, const sac_image_t *image, const sac_factor_sizes_t sizes[6], const sac_factor_sizes_t *total) {
  json_t *root = json_object(), *rows = json_array();
  json_object_set_new(root, "scene", json_string(scene));
  json_object_set_new(root, "encoding", json_string(sac_encoding_name(image->encoding)));
  json_object_set_new(root, "bits", json_integer(image->value_bits));
  json_object_set_new(root, "prune", json_real(image->prune));
  json_object_set_new(root, "occupancy", json_real(image->occupancy));
  json_object_set_new(root, "block_bytes", json_integer((json_int_t)image->block_bytes));
  json_object_set_new(root, "directory_bytes", json_integer((json_int_t)(4 * (image->blocks + 1))));
  for (int i = 0; i < 6; i++) json_array_append_new(rows, row_of(&sizes[i]));
  json_object_set_new(root, "factors", rows);
  json_object_set_new(root, "total", row_of(total));
  return root;
}

// Prints the sizes of the factors; gives the same as JSON.
static bool print_sizes(const char *scene, const sac_image_t *image, json_t **stats, sac_error_t *error) {
  sac_factor_sizes_t sizes[6], total = {.name = "total"};
  if (!sac_image_sizes(image, sizes, error)) return false;
  printf("%-16s %9s %8s %10s %10s %10s %10s %12s\n", "factor", "entries", "density", "dense B", "bitmap B", "coordinate", "hybrid B", "bitmap+flag");
  for (int i = 0; i < 6; i++) {
    print_row(sizes[i].name, &sizes[i]);
    total.entries += sizes[i].entries;
    total.nonzero += sizes[i].nonzero;
    total.dense += sizes[i].dense;
    total.bitmap += sizes[i].bitmap;
    total.coordinate += sizes[i].coordinate;
    total.hybrid += sizes[i].hybrid;
    total.bitmap_flag += sizes[i].bitmap_flag;
    total.dense8 += sizes[i].dense8;
    for (int m = 0; m < 4; m++) total.modes[m] += sizes[i].modes[m];
  }
  print_row(total.name, &total);
  size_t single = total.bitmap < total.coordinate ? total.bitmap : total.coordinate;
  if (total.dense < single) single = total.dense;
  printf("blocks: %zu empty, %zu bitmap, %zu coordinate, %zu dense; directory %zu bytes\n", total.modes[0], total.modes[1],
         total.modes[2], total.modes[3], 4 * (image->blocks + 1));
  printf("hybrid: %.3f of the better single format, %.3f of dense 8-bit, %.3f of a bitmap with an empty-block flag\n",
         (double)total.hybrid / (double)single, (double)total.hybrid / (double)total.dense8, (double)total.hybrid / (double)total.bitmap_flag);
  *stats = stats_of(scene, image, sizes, &total);
  return true;
}

bool sac_verb_pack(int argc, char **argv, sac_error_t *error) {
  sac_pack_options_t pack = sac_pack_defaults();
  const char *out = NULL, *encoding = "hybrid", *stats_path = NULL;
  int positional = 0;
  const sac_option_t options[] = {
      {"o", SAC_OPTION_TEXT, &out, "IMAGE", "packed scene to write (safetensors)"},
      {"prune", SAC_OPTION_REAL, &pack.prune, "T", "drop values of less influence than T"},
      {"bits", SAC_OPTION_INTEGER, &pack.bits, "N", "bits of a plane value: 4 to 8 or 16"},
      {"encoding", SAC_OPTION_TEXT, &encoding, "NAME", "hybrid (default), bitmap, coordinate or dense"},
      {"stats", SAC_OPTION_TEXT, &stats_path, "FILE", "write the sizes as JSON"},
      {"occupancy", SAC_OPTION_REAL, &pack.occupancy, "ALPHA", "a cell is active above this alpha"},
      {0}};
  const sac_command_line_t line = {"pack", "SCENE.safetensors -o IMAGE.safetensors", "Prunes, quantises and encodes a scene.", options};
  const sac_options_result_t parsed = sac_options_parse(&line, argc, argv, &positional, error);
  if (parsed != SAC_OPTIONS_GOOD) return parsed == SAC_OPTIONS_HELP;
  if (!sac_options_scene(positional, argv, error)) return false;
  if (!out || !*out) return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: no output given (-o IMAGE.safetensors)", argv[0]);
  if (!encoding_of(encoding, &pack.encoding, error) || !sac_atomic_check(out, error) ||
      (stats_path && !sac_atomic_check(stats_path, error))) return false;
  sac_field_t field = {0};
  sac_image_t image = {0};
  json_t *stats = NULL;
  const bool packed = sac_field_load(&field, argv[0], error) && sac_image_pack(&field, &pack, &image, error);
  if (!packed) sac_error_in(error, argv[0]);
  bool good = packed && sac_image_save(&image, out, error) && print_sizes(argv[0], &image, &stats, error);
  if (good && stats_path) good = sac_stats_write(json_incref(stats), stats_path, error);
  json_decref(stats);
  sac_field_free(&field);
  sac_image_free(&image);
  return good;
}
