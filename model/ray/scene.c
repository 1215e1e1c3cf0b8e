// SPDX-License-Identifier: Apache-2.0
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/parallel.h"
#include "../sparse/decode.h"
#include "vertex.h"

typedef struct {
  sac_scene_t *scene;
  const uint8_t *memory;
  size_t memory_bytes;
  sac_planes_t planes;
} opening_t;

static bool read_word(const opening_t *o, uint64_t address, uint32_t *word) {
  if (address + 4 > o->memory_bytes) return false;
  memcpy(word, o->memory + address, 4);
  return true;
}

static bool decode_planes(opening_t *o, int sub, int16_t *planes[3], uint32_t block) {
  const uint32_t *record = o->scene->record;
  const uint64_t directory = sac_field_get(record, SAC_SCENE_DIRECTORY_ADDRESS);
  const uint64_t data = sac_field_get(record, SAC_SCENE_BLOCK_ADDRESS);
  const unsigned bits = sac_field_get(record, SAC_SCENE_VALUE_BITS);
  int16_t values[256];
  for (int p = 0; p < 3; p++) {
    const int nu = o->scene->vertices[kPlaneU[p]], nv = o->scene->vertices[kPlaneV[p]];
    for (int first_v = 0; first_v < nv; first_v += 4) for (int first_u = 0; first_u < nu; first_u += 4) {
      for (int s = 0; s < sub; s++, block++) {
        uint32_t here, next;
        if (!read_word(o, directory + 4ull * block, &here) || !read_word(o, directory + 4ull * block + 4, &next)) return false;
        const uint64_t from = data + (here & ~3u), to = data + (next & ~3u);
        if (from > to || to > o->memory_bytes) return false;
        if (!sac_decode_block(o->memory + from, to - from, here & 3, bits, values)) return false;
        if (to - from > o->scene->block_bytes) o->scene->block_bytes = to - from;
        for (int t = 0; t < 16; t++) {
          const int u = first_u + t % 4, v = first_v + t / 4;
          if (u >= nu || v >= nv) continue;
          memcpy(planes[p] + (((size_t)v * nu + u) * sub + s) * 16, values + 16 * t, 16 * sizeof *values);
        }
      }
    }
  }
  return true;
}

// Reads the two-level walk and gives every vertex of an active cell a feature slot.
static bool read_walk(opening_t *o) {
  sac_scene_t *scene = o->scene;
  const uint64_t walk = sac_field_get(scene->record, SAC_SCENE_WALK_ADDRESS);
  const uint64_t masks = sac_field_get(scene->record, SAC_SCENE_MASK_ADDRESS);
  const int s = scene->side, cells = s * s * s, mask_bytes = cells < 8 ? 1 : cells / 8;
  size_t index = 0;
  for (int z = 0; z < scene->supers[2]; z++) for (int y = 0; y < scene->supers[1]; y++) for (int x = 0; x < scene->supers[0]; x++, index++) {
    uint32_t low, high, offset;
    const uint64_t at = walk + 16 * index;
    if (!read_word(o, at, &low) || !read_word(o, at + 4, &high) || !read_word(o, at + 8, &offset)) return false;
    scene->bitmaps[index] = (uint64_t)high << 32 | low;
    scene->offsets[index] = offset;
    for (uint64_t left = scene->bitmaps[index]; left; left &= left - 1, offset += mask_bytes) {
      const int bit = __builtin_ctzll(left), cx = 4 * x + bit % 4, cy = 4 * y + bit / 4 % 4, cz = 4 * z + bit / 16;
      if (cx >= scene->cubes[0] || cy >= scene->cubes[1] || cz >= scene->cubes[2]) return false;
      if (masks + offset + mask_bytes > o->memory_bytes) return false;
      const uint8_t *mask = o->memory + masks + offset;
      scene->masks[sac_scene_cube(scene, cx, cy, cz)] = mask;
      for (int cell = 0; cell < cells; cell++) {
        if (!(mask[cell >> 3] >> (cell & 7) & 1)) continue;
        const int vx = cx * s + cell % s, vy = cy * s + cell / s % s, vz = cz * s + cell / s / s;
        if (vx >= scene->vertices[0] - 1 || vy >= scene->vertices[1] - 1 || vz >= scene->vertices[2] - 1) return false;
        for (int c = 0; c < 8; c++) {
          int32_t *slot = &scene->slot[sac_scene_vertex(scene, vx + (c & 1), vy + (c >> 1 & 1), vz + (c >> 2))];
          if (*slot < 0) *slot = (int32_t)scene->slots++;
        }
      }
    }
  }
  return true;
}

bool sac_scene_record_good(const uint32_t record[SAC_SCENE_WORDS], unsigned line_rows) {
  const uint32_t bits = sac_field_get(record, SAC_SCENE_VALUE_BITS), gx = sac_field_get(record, SAC_SCENE_GX);
  const uint32_t gy = sac_field_get(record, SAC_SCENE_GY), gz = sac_field_get(record, SAC_SCENE_GZ);
  return sac_field_get(record, SAC_SCENE_MAGIC) == SAC_SCENE_MAGIC_VALUE && (bits == 16 || (bits >= 4 && bits <= 8)) &&
         gx >= 2 && gx <= 512 && gy >= 2 && gy <= 512 && gz >= 2 && gz <= 512 && gx + gy + gz <= line_rows &&
         sac_field_get(record, SAC_SCENE_SAMPLES) > 0;
}

static bool read_record(sac_scene_t *scene, unsigned line_rows) {
  const uint32_t *record = scene->record;
  if (!sac_scene_record_good(record, line_rows)) return false;
  scene->vertices[0] = (int)sac_field_get(record, SAC_SCENE_GX);
  scene->vertices[1] = (int)sac_field_get(record, SAC_SCENE_GY);
  scene->vertices[2] = (int)sac_field_get(record, SAC_SCENE_GZ);
  scene->side_log2 = (int)sac_field_get(record, SAC_SCENE_SIDE_LOG2);
  scene->side = 1 << scene->side_log2;
  for (int a = 0; a < 3; a++) {
    scene->cubes[a] = (scene->vertices[a] - 2 + scene->side) >> scene->side_log2;
    scene->supers[a] = (scene->cubes[a] + 3) / 4;
  }
  return true;
}

sac_scene_result_t sac_scene_open(sac_scene_t *scene, const uint32_t record[SAC_SCENE_WORDS], const uint8_t *memory,
                                  size_t memory_bytes, const sac_tables_t *tables, unsigned lanes, unsigned line_rows) {
  memset(scene, 0, sizeof *scene);
  memcpy(scene->record, record, sizeof scene->record);
  if (!read_record(scene, line_rows)) return SAC_SCENE_RECORD;
  const size_t vertices = (size_t)scene->vertices[0] * scene->vertices[1] * scene->vertices[2];
  const size_t cubes = (size_t)scene->cubes[0] * scene->cubes[1] * scene->cubes[2];
  const size_t supers = (size_t)scene->supers[0] * scene->supers[1] * scene->supers[2];
  opening_t o = {scene, memory, memory_bytes, {.tables = tables, .lanes = lanes}};
  scene->bitmaps = calloc(supers, sizeof *scene->bitmaps);
  scene->offsets = calloc(supers, sizeof *scene->offsets);
  scene->masks = calloc(cubes, sizeof *scene->masks);
  scene->density = calloc(vertices, sizeof *scene->density);
  scene->slot = malloc(vertices * sizeof *scene->slot);
  memset(scene->slot, 0xff, vertices * sizeof *scene->slot);
  for (int p = 0; p < 3; p++) {
    const size_t texels = (size_t)scene->vertices[kPlaneU[p]] * scene->vertices[kPlaneV[p]];
    o.planes.density[p] = calloc(texels * 16, sizeof(int16_t));
    o.planes.appearance[p] = calloc(texels * 48, sizeof(int16_t));
  }
  bool good = read_walk(&o) && decode_planes(&o, 1, o.planes.density, 0) &&
              decode_planes(&o, 3, o.planes.appearance, sac_field_get(scene->record, SAC_SCENE_APPEARANCE_BLOCK));
  scene->features = malloc((scene->slots + 1) * SAC_FEATURE_STRIDE * sizeof *scene->features);
  good = good && sac_vertices_compute(scene, &o.planes);
  for (int p = 0; p < 3; p++) {
    free(o.planes.density[p]);
    free(o.planes.appearance[p]);
  }
  if (!good) sac_scene_close(scene);
  return good ? SAC_SCENE_GOOD : SAC_SCENE_MEMORY;
}

void sac_scene_close(sac_scene_t *scene) {
  free(scene->bitmaps);
  free(scene->offsets);
  free(scene->masks);
  free(scene->density);
  free(scene->slot);
  free(scene->features);
  memset(scene, 0, sizeof *scene);
}
