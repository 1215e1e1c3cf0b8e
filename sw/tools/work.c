// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <stdio.h>

// What one item costs; see docs/architecture.md for what each unit computes.
enum {
  kDensityComponents = 48, kAppearanceComponents = 144, kFeatures = 27, kCorners = 8,
  kLerps = 7,                 // of a trilinear interpolation
  kRayMultiplications = 30,   // squares, directions, steps, entry, anchor
  kCoverMultiplications = 20, // matrix, squares, disc
  kRangeMultiplications = 9,  // six faces, three first positions
  kTableMultiplications = 2,  // softplus and exp2 of a sample
  kUniformTaps = 6,           // four of a plane, two of a line
  kUniformProducts = 7        // four + two weights, plane times line
};

sac_work_counts_t sac_work_rtnerf(const uint32_t c[SAC_COUNTERS]) {
  const uint64_t vertices = c[SAC_COUNTER_VERTEX_VERTICES], features = c[SAC_COUNTER_COLOUR_VERTICES];
  const uint64_t samples = c[SAC_COUNTER_SAMPLE_SAMPLES], entries = c[SAC_COUNTER_COMPOSITE_ENTRIES];
  return (sac_work_counts_t){
      .rays_hit = c[SAC_COUNTER_RAY_HITS],
      .mask_lookups = 0,  // cell masks come with the cubes
      .samples_generated = c[SAC_COUNTER_SAMPLE_CANDIDATES],
      .samples_interpolated = samples,
      .evaluations = entries,
      .values_decoded = (uint64_t)c[SAC_COUNTER_SPARSE_DENSITY_VALUES] + c[SAC_COUNTER_SPARSE_APPEARANCE_VALUES],
      .values_read = 2 * kDensityComponents * vertices + kCorners * samples + 2 * kAppearanceComponents * features +
                     (uint64_t)kCorners * kFeatures * entries,
      .multiplications = (uint64_t)kRayMultiplications * c[SAC_COUNTER_RAY_RAYS] + (uint64_t)kCoverMultiplications * c[SAC_COUNTER_COVER_TESTS] +
                         (uint64_t)kRangeMultiplications * c[SAC_COUNTER_SAMPLE_RAYS] + kDensityComponents * vertices +
                         (kLerps + kTableMultiplications) * samples + (uint64_t)kAppearanceComponents * (1 + kFeatures) * features +
                         (uint64_t)kLerps * kFeatures * entries,
      .dram_bytes = (uint64_t)c[SAC_COUNTER_MEMORY_READ_BYTES] + c[SAC_COUNTER_MEMORY_WRITE_BYTES]};
}

sac_work_counts_t sac_work_uniform(const sac_uniform_work_t *work, double value_bytes) {
  const uint64_t fetched = (uint64_t)kUniformTaps * (kDensityComponents * work->interpolated + kAppearanceComponents * work->evaluations);
  return (sac_work_counts_t){
      .rays_hit = work->hits,
      .mask_lookups = work->mask_lookups,
      .samples_generated = work->mask_lookups,
      .samples_interpolated = work->interpolated,
      .evaluations = work->evaluations,
      .values_decoded = fetched,
      .values_read = fetched,
      .multiplications = (uint64_t)kRayMultiplications * work->rays + (uint64_t)(kUniformProducts * kDensityComponents + kTableMultiplications) * work->interpolated +
                         (uint64_t)kAppearanceComponents * (kUniformProducts + kFeatures) * work->evaluations,
      .dram_bytes = (uint64_t)(value_bytes * (double)fetched)};
}

void sac_work_report(json_t *stats, const sac_work_counts_t *w) {
  const struct { const char *name; uint64_t value; } rows[] = {
      {"rays_hit", w->rays_hit}, {"mask_lookups", w->mask_lookups}, {"samples_generated", w->samples_generated},
      {"samples_interpolated", w->samples_interpolated}, {"evaluations", w->evaluations}, {"values_decoded", w->values_decoded},
      {"values_read", w->values_read}, {"multiplications", w->multiplications}, {"dram_bytes", w->dram_bytes}};
  json_t *object = json_object();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    json_object_set_new(object, rows[i].name, json_integer((json_int_t)rows[i].value));
    printf("  %-22s %14llu  %8.2f a hit ray\n", rows[i].name, (unsigned long long)rows[i].value,
           w->rays_hit ? (double)rows[i].value / (double)w->rays_hit : 0.0);
  }
  json_object_set_new(stats, "work", object);
}
