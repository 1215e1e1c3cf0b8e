// SPDX-License-Identifier: Apache-2.0
// saccade render: a view of a scene on a back end, with proofs on request.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../scene/atomic_file.h"
#include "../scene/field.h"
#include "../scene/pack.h"
#include "../scene/picture.h"
#include "backend.h"
#include "model/golden/golden.h"
#include "options.h"
#include "progress.h"
#include "render_job.h"
#include "stats.h"
#include "verbs.h"
#include "work.h"

typedef struct {
  const char *scene, *views, *size, *crop, *backend, *config, *pipeline, *reference, *out, *stats, *trace, *wave, *difference;
  int view, seed;
  double termination, carry;
  bool check;
} request_t;

// Everything the verb holds, so that one place frees it.
typedef struct {
  sac_machine_config_t config;
  sac_field_t field;
  sac_image_t image;
  sac_render_job_t job;
  sac_render_result_t result;
  sac_picture_t picture, truth;
  json_t *stats;
  bool packed;
} state_t;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool load_scene(const request_t *r, state_t *s, sac_error_t *error) {
  const sac_pack_options_t options = sac_pack_defaults();
  s->packed = sac_image_recognise(r->scene);
  if (s->packed && r->check) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: --check needs the float scene: a packed one no longer holds what golden renders", r->scene);
  }
  if (s->packed) return sac_image_load(&s->image, r->scene, error);
  return (sac_field_load(&s->field, r->scene, error) && sac_image_pack(&s->field, &options, &s->image, error)) ||
         sac_error_in(error, r->scene);
}

static bool load_view(const request_t *r, state_t *s, sac_error_t *error) {
  int width = 0, height = 0;
  if (r->size && !sac_options_size(r->size, "--size", &width, &height, error)) return false;
  sac_views_t *views = sac_views_open(r->views, error);
  if (!views) return false;
  const bool good = sac_views_camera(views, r->view, width, height, &s->job.camera, error);
  sac_views_close(views);
  if (!good) return false;
  const int whole[4] = {0, 0, s->job.camera.width, s->job.camera.height};
  memcpy(s->job.crop, whole, sizeof whole);
  if (!r->crop) return true;
  int *c = s->job.crop;
  if (!sac_options_crop(r->crop, c, error)) return false;
  if (c[2] <= whole[2] && c[3] <= whole[3] && c[0] <= whole[2] - c[2] && c[1] <= whole[3] - c[3]) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT, "--crop: %d,%d,%dx%d leaves the picture of %dx%d", c[0], c[1], c[2], c[3], whole[2], whole[3]);
}

// Of 65536, to nearest; a field of 16 bits.
static int threshold(double value) {
  const int nearest = (int)(value * 65536 + 0.5);
  return nearest > 65535 ? 65535 : nearest;
}

static bool check_thresholds(const request_t *r, state_t *s, sac_error_t *error) {
  if (!(r->termination >= 0 && r->termination < 1)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--termination: expected 0 to below 1, found %g", r->termination);
  }
  if (!(r->carry >= 0 && r->carry < 1)) return sac_error_set(error, SAC_ERR_ARGUMENT, "--carry: expected 0 to below 1, found %g", r->carry);
  s->job.termination = threshold(r->termination);
  s->job.carry = threshold(r->carry);
  memset(s->job.background, s->image.white ? 255 : 0, sizeof s->job.background);
  return true;
}

static bool run_on(const char *backend, const request_t *r, const state_t *s, sac_trace_file_t *trace,
                   sac_render_result_t *result, sac_error_t *error) {
  const sac_backend_options_t options = {.name = backend, .memory_bytes = sac_render_job_memory(&s->image, &s->job),
                                         .seed = (unsigned)r->seed, .trace = trace,
                                         .wave = strcmp(backend, r->backend) == 0 ? r->wave : NULL};
  sac_device_t *device = sac_backend_open(&options, &s->config, error);
  if (!device) return false;
  const bool good = sac_render_job_run(device, &s->image, &s->job, result, error);
  sac_device_close(device);
  return good || sac_error_in(error, r->scene);
}

static bool run_traced(const request_t *r, const state_t *s, sac_render_result_t *result, sac_error_t *error) {
  sac_trace_file_t trace;
  if (!r->trace) return run_on(r->backend, r, s, NULL, result, error);
  if (!sac_trace_open(&trace, r->trace, error)) return false;
  if (run_on(r->backend, r, s, &trace, result, error)) return sac_trace_commit(&trace, error);
  sac_trace_abandon(&trace);
  return false;
}

// Renders on the back end, or by the uniform pipeline; prints and keeps the work of either.
static bool run(const request_t *r, state_t *s, sac_error_t *error) {
  sac_work_counts_t work;
  if (strcmp(r->pipeline, "uniform") == 0) {
    sac_uniform_work_t counts;
    if (!sac_render_job_uniform(&s->config, &s->image, &s->job, &s->result, &counts, error)) return sac_error_in(error, r->scene);
    work = sac_work_uniform(&counts, s->image.value_bits);
  } else {
    if (!run_traced(r, s, &s->result, error)) return false;
    work = sac_work_rtnerf(s->result.counters);
  }
  json_object_set_new(s->stats, "pipeline", json_string(r->pipeline));
  sac_work_report(s->stats, &work);
  return true;
}

// The model beside another back end: byte for byte.
static bool check_bytes(const request_t *r, state_t *s, sac_error_t *error) {
  sac_render_result_t model;
  if (!run_on("model", r, s, NULL, &model, error)) return false;
  const size_t bytes = (size_t)s->job.crop[2] * s->job.crop[3] * 4;
  size_t different = 0, first = 0;
  const uint8_t *a[2] = {s->result.rgba, (const uint8_t *)s->result.depth}, *b[2] = {model.rgba, (const uint8_t *)model.depth};
  for (int plane = 1; plane >= 0; plane--) {
    for (size_t i = bytes; i-- > 0;) {
      if (a[plane][i] == b[plane][i]) continue;
      different++;
      first = (size_t)plane * bytes + i;
    }
  }
  json_object_set_new(s->stats, "bytes_different", json_integer((json_int_t)different));
  json_object_set_new(s->stats, "model_cycles", json_integer(model.cycles));
  printf("model: %u cycles, %zu bytes different\n", model.cycles, different);
  if (different) {
    const bool depth = first >= bytes;
    const size_t at = depth ? first - bytes : first, pixel = at / 4;
    sac_error_set(error, SAC_ERR_DEVICE, "RENDER on %s: %zu bytes differ from the model, first in %s at byte %zu (pixel %zu,%zu): found %u, expected %u (seed %d)",
                  r->backend, different, depth ? "depth" : "colour", at, pixel % (size_t)s->job.crop[2], pixel / (size_t)s->job.crop[2],
                  a[depth][at], b[depth][at], r->seed);
  }
  sac_render_result_free(&model);
  return different == 0;
}

static void report_difference(json_t *stats, const char *name, const sac_difference_t *d) {
  json_t *object = json_object();
  json_object_set_new(object, "psnr_db", json_real(d->psnr_db));
  json_object_set_new(object, "largest", json_real(d->largest));
  json_object_set_new(stats, name, object);
  printf("%s: %.2f dB, largest difference %.4f at %d,%d\n", name, d->psnr_db, d->largest, d->at[0], d->at[1]);
}

// |picture - other|, brighter by kGain.
static bool write_difference(const char *path, const state_t *s, const sac_picture_t *other, sac_error_t *error) {
  enum { kGain = 8 };
  sac_picture_t shown = {0};
  const bool good = sac_picture_difference(&s->picture, other, kGain, &shown, error) && sac_picture_write(&shown, path, error);
  sac_picture_free(&shown);
  return good;
}

static bool check_golden(const request_t *r, state_t *s, sac_error_t *error) {
  const int *c = s->job.crop;
  const sac_crop_t crop = {c[0], c[1], c[2], c[3]};
  const double white = s->field.white_background ? 1 : 0, background[3] = {white, white, white};
  double *rgb = malloc((size_t)c[2] * c[3] * 3 * sizeof *rgb);
  sac_golden_work_t work;
  sac_difference_t difference;
  if (!rgb) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for the golden picture");
  bool good = sac_golden_render(&s->field, &s->job.camera, crop, background, rgb, NULL, NULL, &work, sac_progress_rows, "golden", error);
  if (good) {
    sac_picture_compare_real(&s->picture, rgb, &difference);
    report_difference(s->stats, "golden", &difference);
    if (s->truth.pixel) {
      sac_picture_compare_real(&s->truth, rgb, &difference);
      report_difference(s->stats, "golden_reference", &difference);
    }
  }
  if (good && r->difference && !r->reference) {
    sac_picture_t golden = {0};
    good = sac_picture_from_real(&golden, rgb, c[2], c[3], error) && write_difference(r->difference, s, &golden, error);
    sac_picture_free(&golden);
  }
  free(rgb);
  return good;
}

// The true picture: of the view or of the crop.
static bool load_reference(const request_t *r, state_t *s, sac_error_t *error) {
  const sac_camera_t *camera = &s->job.camera;
  const int *c = s->job.crop;
  sac_picture_t *truth = &s->truth;
  if (!sac_picture_read(truth, r->reference, error)) return false;
  sac_picture_on(truth, s->image.white ? 255 : 0);
  if (truth->width == c[2] && truth->height == c[3]) return true;
  if (truth->width == camera->width && truth->height == camera->height) return sac_picture_crop(truth, c[0], c[1], c[2], c[3], error);
  return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: expected a picture of %dx%d like the view, found %dx%d (--size chooses the view's)",
                       r->reference, camera->width, camera->height, truth->width, truth->height);
}

static bool check_reference(const request_t *r, state_t *s, sac_error_t *error) {
  sac_difference_t difference;
  if (!sac_picture_compare(&s->picture, &s->truth, &difference, error)) return false;
  report_difference(s->stats, "reference", &difference);
  return !r->difference || write_difference(r->difference, s, &s->truth, error);
}

static bool make_picture(state_t *s, sac_error_t *error) {
  if (!sac_picture_make(&s->picture, s->job.crop[2], s->job.crop[3], 3, error)) return false;
  for (size_t i = 0; i < (size_t)s->job.crop[2] * s->job.crop[3]; i++) memcpy(s->picture.pixel + 3 * i, s->result.rgba + 4 * i, 3);
  return true;
}

static bool render(const request_t *r, state_t *s, sac_error_t *error) {
  if (!sac_config_load(&s->config, r->config, error) || !load_view(r, s, error) || !load_scene(r, s, error) ||
      !check_thresholds(r, s, error) || (r->reference && !load_reference(r, s, error))) return false;
  s->stats = json_object();
  json_object_set_new(s->stats, "backend", json_string(r->backend));
  json_object_set_new(s->stats, "scene", json_string(r->scene));
  json_object_set_new(s->stats, "seed", json_integer(r->seed));
  sac_stats_config(s->stats, &s->config);
  const double start = seconds();
  if (!run(r, s, error)) return false;
  const double took = seconds() - start;
  json_object_set_new(s->stats, "width", json_integer(s->job.crop[2]));
  json_object_set_new(s->stats, "height", json_integer(s->job.crop[3]));
  json_object_set_new(s->stats, "cycles", json_integer(s->result.cycles));
  json_object_set_new(s->stats, "seconds", json_real(took));
  sac_stats_counters(s->stats, s->result.counters);
  printf("%s %s: %d x %d, %u cycles, %u samples, %u network evaluations, %.2f s\n", r->backend, s->config.name, s->job.crop[2],
         s->job.crop[3], s->result.cycles, s->result.counters[SAC_COUNTER_SAMPLE_SAMPLES],
         s->result.counters[SAC_COUNTER_COMPOSITE_ENTRIES], took);
  bool good = make_picture(s, error) && sac_picture_write(&s->picture, r->out, error);
  if (good && r->check && strcmp(r->backend, "model") != 0) good = check_bytes(r, s, error);
  else if (good) json_object_set_new(s->stats, "bytes_different", json_integer(0));
  if (r->check && s->picture.pixel) good = check_golden(r, s, good ? error : NULL) && good;
  if (good && r->reference) good = check_reference(r, s, error);
  if (r->stats) good = sac_stats_write(json_incref(s->stats), r->stats, good ? error : NULL) && good;
  return good;
}

// What can be refused before anything is read.
static bool check_request(const request_t *r, sac_error_t *error) {
  const bool uniform = strcmp(r->pipeline, "uniform") == 0;
  if (!uniform && strcmp(r->pipeline, "rtnerf") != 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--pipeline: expected rtnerf or uniform, found '%s'", r->pipeline);
  }
  if (!sac_backend_check(r->backend, error)) return false;
  if (uniform && strcmp(r->backend, "model") != 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--pipeline uniform: only the model counts it, found --backend %s", r->backend);
  }
  if (r->wave && (uniform || strcmp(r->backend, "rtl") != 0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--wave: only rtl has waves, found --backend %s", r->backend);
  }
  if (r->trace && (uniform || strcmp(r->backend, "model") != 0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--trace: only the model's pipeline has spans, found %s %s",
                         uniform ? "--pipeline" : "--backend", uniform ? r->pipeline : r->backend);
  }
  if (r->difference && !r->check && !r->reference) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--difference: expected --check or --reference, to differ from");
  }
  if (r->seed < 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "--seed: expected 0 or more, found %d", r->seed);
  return sac_atomic_check(r->out, error) && (!r->stats || sac_atomic_check(r->stats, error)) &&
         (!r->trace || sac_atomic_check(r->trace, error)) && (!r->difference || sac_atomic_check(r->difference, error));
}

bool sac_verb_render(int argc, char **argv, sac_error_t *error) {
  request_t r = {.backend = "model", .config = "configs/tiny.yaml", .pipeline = "rtnerf", .seed = 1, .termination = 1e-3, .carry = 2e-2};
  state_t state = {0};
  int positional = 0;
  const sac_option_t options[] = {
      {"o", SAC_OPTION_TEXT, &r.out, "OUT.png", "picture to write"},
      {"views", SAC_OPTION_TEXT, &r.views, "FILE", "transforms.json with the cameras"},
      {"view", SAC_OPTION_INTEGER, &r.view, "N", "which of them (default 0)"},
      {"size", SAC_OPTION_TEXT, &r.size, "WxH", "size of the picture, same field of view (default: the file's)"},
      {"crop", SAC_OPTION_TEXT, &r.crop, "X,Y,WxH", "only this part of it"},
      {"backend", SAC_OPTION_TEXT, &r.backend, "NAME", "model or rtl (default model)"},
      {"config", SAC_OPTION_TEXT, &r.config, "FILE", "design point (default configs/tiny.yaml)"},
      {"pipeline", SAC_OPTION_TEXT, &r.pipeline, "NAME", "rtnerf (default) or uniform, the baseline (model only)"},
      {"check", SAC_OPTION_FLAG, &r.check, NULL, "compare with golden; on rtl also with the model, byte for byte"},
      {"reference", SAC_OPTION_TEXT, &r.reference, "FILE", "compare with a true picture"},
      {"difference", SAC_OPTION_TEXT, &r.difference, "D.png", "write |difference| times 8: to --reference, or to golden with --check"},
      {"termination", SAC_OPTION_REAL, &r.termination, "T", "stop a ray at this transmittance (default 0.001)"},
      {"carry", SAC_OPTION_REAL, &r.carry, "W", "colour a sample when this weight is carried (default 0.02)"},
      {"seed", SAC_OPTION_INTEGER, &r.seed, "N", "of random stalls on rtl (0: none; default 1)"},
      {"trace", SAC_OPTION_TEXT, &r.trace, "T.json", "record what the units do, for Perfetto (model)"},
      {"wave", SAC_OPTION_TEXT, &r.wave, "W.fst", "record waves (rtl)"},
      {"stats", SAC_OPTION_TEXT, &r.stats, "FILE", "write results as JSON"},
      {0}};
  const sac_command_line_t line = {"render", "SCENE --views transforms.json -o OUT.png", "Renders a view of a float or packed scene.", options};
  const sac_options_result_t parsed = sac_options_parse(&line, argc, argv, &positional, error);
  if (parsed != SAC_OPTIONS_GOOD) return parsed == SAC_OPTIONS_HELP;
  if (!sac_options_scene(positional, argv, error)) return false;
  if (!r.views) return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: no cameras given (--views transforms.json)", argv[0]);
  if (!r.out || !*r.out) return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: no output given (-o OUT.png)", argv[0]);
  r.scene = argv[0];
  const bool good = check_request(&r, error) && render(&r, &state, error);
  sac_render_result_free(&state.result);
  sac_picture_free(&state.picture);
  sac_picture_free(&state.truth);
  sac_image_free(&state.image);
  sac_field_free(&state.field);
  json_decref(state.stats);
  return good;
}
