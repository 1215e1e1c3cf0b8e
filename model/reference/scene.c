// SPDX-License-Identifier: Apache-2.0
#include "scene.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

// Plane coordinates (u, v) and line coordinate w of planes XY, XZ, YZ.
static const int kU[3] = {0, 0, 1}, kV[3] = {1, 2, 2}, kW[3] = {2, 1, 0};

static bool word_at(const sac_reference_t *reference, uint64_t address, uint32_t *out) {
  if (address + 4 > reference->memory_bytes) return false;
  memcpy(out, reference->memory + address, 4);
  return true;
}

// Decodes one block column set: `sub` blocks of 16 components for each 4 x 4 texels of a plane.
static bool decode_plane(const sac_reference_t *reference, const uint32_t *record, uint32_t *block, int nu, int nv,
                         int sub, int16_t *plane) {
  const uint32_t directory = sac_field_get(record, SAC_SCENE_DIRECTORY_ADDRESS);
  const uint32_t data = sac_field_get(record, SAC_SCENE_BLOCK_ADDRESS);
  const unsigned bits = sac_field_get(record, SAC_SCENE_VALUE_BITS);
  for (int bv = 0; bv < (nv + 3) / 4; bv++) {
    for (int bu = 0; bu < (nu + 3) / 4; bu++) {
      for (int s = 0; s < sub; s++, (*block)++) {
        uint32_t entry, next;
        int16_t values[256];
        if (!word_at(reference, directory + 4ull * *block, &entry)) return false;
        if (!word_at(reference, directory + 4ull * *block + 4, &next)) return false;
        const uint64_t from = data + (uint64_t)(entry & ~3u), to = data + (uint64_t)(next & ~3u);
        if (from > to || to > reference->memory_bytes) return false;
        if (!sac_reference_block_decode(reference->memory + from, to - from, entry & 3, bits, values)) return false;
        for (int e = 0; e < 256; e++) {
          const int u = 4 * bu + e / 16 % 4, v = 4 * bv + e / 64;
          if (u < nu && v < nv) plane[((size_t)v * nu + u) * 16 * sub + 16 * s + e % 16] = values[e];
        }
      }
    }
  }
  return true;
}

static bool read_cells(sac_reference_scene_t *scene) {
  const sac_reference_t *reference = scene->reference;
  const uint32_t walk = sac_field_get(scene->record, SAC_SCENE_WALK_ADDRESS);
  const uint32_t masks = sac_field_get(scene->record, SAC_SCENE_MASK_ADDRESS);
  const int s = scene->side, bytes = s * s * s < 8 ? 1 : s * s * s / 8;
  const int *n = scene->supers;
  for (int z = 0; z < n[2]; z++) for (int y = 0; y < n[1]; y++) for (int x = 0; x < n[0]; x++) {
    uint32_t low, high, offset;
    const uint64_t at = walk + 16ull * ((uint64_t)(z * n[1] + y) * n[0] + x);
    if (!word_at(reference, at, &low) || !word_at(reference, at + 4, &high) || !word_at(reference, at + 8, &offset)) return false;
    const uint64_t bitmap = (uint64_t)high << 32 | low;
    for (int bit = 0; bit < 64; bit++) {
      if (!(bitmap >> bit & 1)) continue;
      if ((uint64_t)masks + offset + bytes > reference->memory_bytes) return false;
      const uint8_t *mask = reference->memory + masks + offset;
      offset += bytes;
      for (int cell = 0; cell < s * s * s; cell++) {
        if (!(mask[cell / 8] >> cell % 8 & 1)) continue;
        const int cx = (4 * x + bit % 4) * s + cell % s, cy = (4 * y + bit / 4 % 4) * s + cell / s % s,
                  cz = (4 * z + bit / 16) * s + cell / s / s;
        if (cx >= scene->vertices[0] - 1 || cy >= scene->vertices[1] - 1 || cz >= scene->vertices[2] - 1) return false;
        scene->active[((size_t)cz * (scene->vertices[1] - 1) + cy) * (scene->vertices[0] - 1) + cx] = 1;
      }
    }
  }
  return true;
}

bool sac_reference_scene_open(sac_reference_scene_t *scene, const sac_reference_t *reference, const uint32_t *record) {
  memset(scene, 0, sizeof *scene);
  if (sac_field_get(record, SAC_SCENE_MAGIC) != SAC_SCENE_MAGIC_VALUE) return false;
  scene->reference = reference;
  scene->record = record;
  scene->vertices[0] = (int)sac_field_get(record, SAC_SCENE_GX);
  scene->vertices[1] = (int)sac_field_get(record, SAC_SCENE_GY);
  scene->vertices[2] = (int)sac_field_get(record, SAC_SCENE_GZ);
  scene->side = 1 << sac_field_get(record, SAC_SCENE_SIDE_LOG2);
  for (int a = 0; a < 3; a++) {
    if (scene->vertices[a] < 2 || scene->vertices[a] > 512) return false;
    scene->cubes[a] = (scene->vertices[a] - 1 + scene->side - 1) / scene->side;
    scene->supers[a] = (scene->cubes[a] + 3) / 4;
  }
  const size_t vertices = (size_t)scene->vertices[0] * scene->vertices[1] * scene->vertices[2];
  scene->active = calloc(vertices, 1);
  scene->vertex_density = malloc(vertices * sizeof *scene->vertex_density);
  scene->vertex_features = calloc(vertices, sizeof *scene->vertex_features);
  for (size_t i = 0; i < vertices; i++) scene->vertex_density[i] = INT32_MIN;
  uint32_t block = 0;
  bool good = true;
  for (int p = 0; p < 3; p++) {
    const int nu = scene->vertices[kU[p]], nv = scene->vertices[kV[p]];
    scene->density[p] = calloc((size_t)nu * nv * 16, sizeof(int16_t));
    good = good && decode_plane(reference, record, &block, nu, nv, 1, scene->density[p]);
  }
  good = good && block == sac_field_get(record, SAC_SCENE_APPEARANCE_BLOCK);
  for (int p = 0; p < 3; p++) {
    const int nu = scene->vertices[kU[p]], nv = scene->vertices[kV[p]];
    scene->appearance[p] = calloc((size_t)nu * nv * 48, sizeof(int16_t));
    good = good && decode_plane(reference, record, &block, nu, nv, 3, scene->appearance[p]);
  }
  return good && read_cells(scene);
}

void sac_reference_scene_close(sac_reference_scene_t *scene) {
  const size_t vertices = (size_t)scene->vertices[0] * scene->vertices[1] * scene->vertices[2];
  for (int p = 0; p < 3; p++) {
    free(scene->density[p]);
    free(scene->appearance[p]);
  }
  for (size_t i = 0; scene->vertex_features && i < vertices; i++) free(scene->vertex_features[i]);
  free(scene->vertex_features);
  free(scene->vertex_density);
  free(scene->active);
}

bool sac_reference_cell_active(const sac_reference_scene_t *scene, const int cell[3]) {
  return scene->active[((size_t)cell[2] * (scene->vertices[1] - 1) + cell[1]) * (scene->vertices[0] - 1) + cell[0]];
}

static int line_row(const sac_reference_scene_t *scene, int plane, int coordinate) {
  static const int kBase[3][2] = {{0, 0}, {1, 0}, {1, 1}};  // gz and gy counted in
  return coordinate + kBase[plane][0] * scene->vertices[2] + kBase[plane][1] * scene->vertices[1];
}

static size_t vertex_index(const sac_reference_scene_t *scene, const int vertex[3]) {
  return ((size_t)vertex[2] * scene->vertices[1] + vertex[1]) * scene->vertices[0] + vertex[0];
}

static int32_t vertex_density(sac_reference_scene_t *scene, const int vertex[3]) {
  int32_t *kept = &scene->vertex_density[vertex_index(scene, vertex)];
  if (*kept != INT32_MIN) return *kept;
  int64_t sum = 0;
  for (int p = 0; p < 3; p++) {
    const int16_t *texel = scene->density[p] + ((size_t)vertex[kV[p]] * scene->vertices[kU[p]] + vertex[kU[p]]) * 16;
    const int16_t *line = scene->reference->density_lines[line_row(scene, p, vertex[kW[p]])];
    for (int c = 0; c < 16; c++) sum += (int64_t)texel[c] * line[c];
  }
  const unsigned shift = sac_field_get(scene->record, SAC_SCENE_DENSITY_SHIFT);
  *kept = (int32_t)sac_reference_saturate(sac_reference_round_even(sum, shift), 16);
  return *kept;
}

static const int16_t *vertex_features(sac_reference_scene_t *scene, const int vertex[3]) {
  int16_t **kept = &scene->vertex_features[vertex_index(scene, vertex)];
  if (*kept) return *kept;
  const sac_reference_t *reference = scene->reference;
  const unsigned shift = sac_field_get(scene->record, SAC_SCENE_PRODUCT_SHIFT);
  int64_t x[144];
  for (int p = 0; p < 3; p++) {
    const int16_t *texel = scene->appearance[p] + ((size_t)vertex[kV[p]] * scene->vertices[kU[p]] + vertex[kU[p]]) * 48;
    const int16_t *line = reference->appearance_lines[line_row(scene, p, vertex[kW[p]])];
    for (int c = 0; c < 48; c++) {
      x[48 * p + c] = sac_reference_saturate(sac_reference_round_even((int64_t)texel[c] * line[c], shift), 16);
    }
  }
  *kept = malloc(27 * sizeof **kept);
  for (unsigned g = 0; g < 27; g++) {
    int64_t sum = 0;
    for (unsigned k = 0; k < 144; k++) {
      sum += x[k] * reference->weights[((size_t)(g / reference->lanes) * 144 + k) * reference->lanes + g % reference->lanes];
    }
    (*kept)[g] = sac_reference_requantise(reference, sum, g, false);
  }
  return *kept;
}

static int16_t lerp(int16_t a, int16_t b, int f) { return (int16_t)((a * (256 - f) + b * f + 128) >> 8); }

static int16_t interpolate(const int16_t corner[8], const int f[3]) {
  int16_t x[4], y[2];
  for (int i = 0; i < 4; i++) x[i] = lerp(corner[2 * i], corner[2 * i + 1], f[0]);
  for (int i = 0; i < 2; i++) y[i] = lerp(x[2 * i], x[2 * i + 1], f[1]);
  return lerp(y[0], y[1], f[2]);
}

int16_t sac_reference_density(sac_reference_scene_t *scene, const int cell[3], const int fraction[3]) {
  int16_t corner[8];
  for (int c = 0; c < 8; c++) {
    const int vertex[3] = {cell[0] + (c & 1), cell[1] + (c >> 1 & 1), cell[2] + (c >> 2)};
    corner[c] = (int16_t)vertex_density(scene, vertex);
  }
  return interpolate(corner, fraction);
}

void sac_reference_features(sac_reference_scene_t *scene, const int cell[3], const int fraction[3], int16_t out[27]) {
  const int16_t *at[8];
  for (int c = 0; c < 8; c++) {
    const int vertex[3] = {cell[0] + (c & 1), cell[1] + (c >> 1 & 1), cell[2] + (c >> 2)};
    at[c] = vertex_features(scene, vertex);
  }
  for (int g = 0; g < 27; g++) {
    int16_t corner[8];
    for (int c = 0; c < 8; c++) corner[c] = at[c][g];
    out[g] = interpolate(corner, fraction);
  }
}
