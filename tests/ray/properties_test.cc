// SPDX-License-Identifier: Apache-2.0
// What rendering in cube order rests on, on random cameras, boxes, cells and rays: the cover holds every pixel with a
// sample in the box, the walk goes front to back, interpolation never leaves its corners, weights and transmittance
// sum to one, and the two tables of compositing are close to their functions.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "tests/reference/integer_scene.h"
#include "tests/reference/witness.h"
#include "tests/support/eye.h"

extern "C" {
#include "model/reference/scene.h"
#include "sw/driver/tables.h"
}
// Model and software share names of types; no C file sees both.
namespace model {
extern "C" {
#include "model/ray/cover.h"
#include "model/ray/ray.h"
#include "model/ray/sample.h"
#include "model/ray/tile.h"
}
}  // namespace model
using namespace model;

namespace {

constexpr uint32_t kSeed = 2024;

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int Whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  double Real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }

 private:
  std::mt19937 engine_;
};

// Geometry alone of a scene with boxes of any shape, and a camera around or in it.
struct View {
  sac_image_t image = {};
  sac_camera_t camera = {};
  uint32_t scene[SAC_SCENE_WORDS] = {}, record[SAC_CAMERA_WORDS] = {};
  int side = 1;

  explicit View(Random &random) {
    const double size = random.Real(0.5, 3);
    double mean = 0;
    for (int a = 0; a < 3; a++) {
      image.grid[a] = random.Whole(2, random.Whole(0, 3) ? 60 : 400);
      image.aabb[0][a] = -size * random.Real(0.4, 1);
      image.aabb[1][a] = size * random.Real(0.4, 1);
      mean += (image.aabb[1][a] - image.aabb[0][a]) / (image.grid[a] - 1) / 3;
    }
    image.step = mean * random.Real(0.2, 1);
    side = 1 << random.Whole(0, 3);
    const double away = random.Whole(0, 3) ? random.Real(1.5, 4) : random.Real(0, 1);
    Place eye, at;
    for (int a = 0; a < 3; a++) {
      eye[a] = size * away * random.Real(-1, 1);
      at[a] = size * random.Real(-0.7, 0.7);
    }
    const int width = random.Whole(20, 900);
    camera = LookAt(eye, at, width, random.Whole(20, 900), random.Real(0.5, 3));
    sac_field_put(scene, SAC_SCENE_GX, (uint32_t)image.grid[0]);
    sac_field_put(scene, SAC_SCENE_GY, (uint32_t)image.grid[1]);
    sac_field_put(scene, SAC_SCENE_GZ, (uint32_t)image.grid[2]);
    sac_field_put(scene, SAC_SCENE_FAR, 4095u << 12);
    for (int a = 0; a < 3; a++) {
      const double unit = (image.aabb[1][a] - image.aabb[0][a]) / (image.grid[a] - 1);
      scene[5 + a] = (uint32_t)std::lround(std::ldexp(image.step / unit, 24));
    }
  }
  bool Make() {
    for (int a = 0; a < 3; a++) if (scene[5 + a] >= 1u << 26) return false;
    return sac_camera_record(&camera, &image, side, record, nullptr);
  }
};

TEST(Cover, HoldsEveryPixelWithASampleInTheBox) {
  Random random(kSeed);
  size_t samples = 0, boxes = 0;
  for (int v = 0; v < 3000; v++) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", view " + std::to_string(v));
    View view(random);
    if (!view.Make()) continue;
    const int tile = 8 << random.Whole(0, 3);
    for (int n = 0; n < 25; n++) {
      const int i = random.Whole(0, view.camera.width - 1), j = random.Whole(0, view.camera.height - 1);
      const sac_rectangle_t area = {i / tile * tile, j / tile * tile, i / tile * tile + tile - 1, j / tile * tile + tile - 1};
      sac_ray_t ray;
      sac_ray_setup(&ray, view.scene, view.record, i, j);
      if (!ray.hit) continue;
      int last[3] = {-1, -1, -1};
      for (int k = 0; k < 4095; k++) {
        int cube[3];
        bool inside = true, same = true;
        for (int a = 0; a < 3; a++) {
          const int64_t p = ray.position[a] + (int64_t)k * ray.step[a];
          inside = inside && p >= 0 && p >> 18 < view.image.grid[a] - 1;
          cube[a] = (int)(p >> 18) / view.side;
          same = same && cube[a] == last[a];
        }
        if (!inside && k > 2) break;
        if (!inside) continue;
        samples++;
        if (same) continue;
        boxes++;
        std::copy_n(cube, 3, last);
        int low[3], super[3];
        for (int a = 0; a < 3; a++) {
          low[a] = cube[a] * view.side;
          super[a] = cube[a] / 4 * 4 * view.side;
        }
        const struct { const int *low; int side; uint32_t radius; } balls[] = {
            {low, view.side, sac_field_get(view.record, SAC_CAMERA_RADIUS_CUBE)},
            {super, 4 * view.side, sac_field_get(view.record, SAC_CAMERA_RADIUS_SUPER)}};
        for (const auto &ball : balls) {
          const sac_cover_t cover = sac_cover(view.record, ball.low, ball.side, ball.radius, area);
          ASSERT_TRUE(!cover.empty && sac_cover_pixel(&cover, i, j) && i >= cover.rectangle.x0 && i <= cover.rectangle.x1 &&
                      j >= cover.rectangle.y0 && j <= cover.rectangle.y1)
              << "pixel " << i << "," << j << " sample " << k << " side " << ball.side;
        }
      }
    }
  }
  EXPECT_GT(boxes, 200000u);
  EXPECT_GT(samples, 1000000u);
}

// A scene whose cells are all active, opened by the model.
class OpenScene {
 public:
  OpenScene(const WitnessJob &job) : memory_(job) {
    const auto &render_command = memory_.commands.back();
    uint32_t record[SAC_SCENE_WORDS];
    memcpy(record, &memory_.bytes[sac_field_get(render_command.data(), SAC_RENDER_SCENE_ADDRESS)], sizeof record);
    memcpy(render->camera, &memory_.bytes[sac_field_get(render_command.data(), SAC_RENDER_CAMERA_ADDRESS)], sizeof render->camera);
    weights_.resize(65536 * 16);
    quant_.resize(4096);
    density_.resize(2048);
    appearance_.resize(2048);
    tables_.weights = weights_.data();
    tables_.quant = quant_.data();
    tables_.density_lines = reinterpret_cast<int16_t(*)[16]>(density_.data());
    tables_.appearance_lines = reinterpret_cast<int16_t(*)[48]>(appearance_.data());
    std::fill_n(tables_.lookup[SAC_TARGET_EXP2].base, 256, 65536);
    render->tables = &tables_;
    render->carry = 65535;
    render->entry_group = 64;
    render->sample_lanes = 2;
    EXPECT_EQ(sac_scene_open(&render->scene, record, memory_.bytes.data(), memory_.bytes.size(), &tables_, 16, 2048), SAC_SCENE_GOOD);
    for (int a = 0; a < 3; a++) {
      const int cell = (int32_t)render->camera[9 + a] >> 15;
      render->eye_cube[a] = std::min(std::max(cell, 0), render->scene.vertices[a] - 2) >> render->scene.side_log2;
    }
  }
  ~OpenScene() { sac_scene_close(&render->scene); }

  std::unique_ptr<sac_render_t> render{new sac_render_t()};  // softplus is zero: nothing ever hides anything

 private:
  WitnessMemory memory_;
  sac_tables_t tables_ = {};
  std::vector<int8_t> weights_;
  std::vector<model::sac_quant_t> quant_;
  std::vector<std::array<int16_t, 16>> density_;
  std::vector<std::array<int16_t, 48>> appearance_;
};

TEST(Walk, MeetsTheCubesOfEveryRayFrontToBack) {
  Random random(kSeed + 1);
  IntegerScene::Shape shape;
  const int grid[3] = {27, 22, 37};
  std::copy_n(grid, 3, shape.grid);
  IntegerScene scene(3, shape);
  for (size_t bit = 0; bit < 26u * 21 * 36; bit++) scene.image.cells[bit >> 3] |= (uint8_t)(1u << (bit & 7));
  size_t steps = 0;
  for (int n = 0; n < 24; n++) {
    WitnessJob job;
    Place eye, at;
    for (int a = 0; a < 3; a++) {
      eye[a] = random.Real(-1, 1) * (n % 2 ? 1.0 : 4.0);  // the box is about -1.6 .. 1.6
      at[a] = random.Real(-1, 1);
    }
    job.image = &scene.image;
    job.camera = LookAt(eye, at, 16, 16, 0.7);
    job.side = 1 << random.Whole(0, 3);
    job.crop[2] = job.crop[3] = 16;
    const OpenScene open(job);
    sac_tile_t tile;
    ASSERT_TRUE(sac_tile_run(&tile, open.render.get(), {0, 0, 15, 15}));
    std::map<std::array<int, 3>, size_t> order;
    for (size_t c = 0; c < tile.work.cube_count; c++) {
      const uint16_t *cube = tile.work.cubes[c].cube;
      EXPECT_TRUE(order.insert({{cube[0], cube[1], cube[2]}, c}).second) << "a cube is visited once";
    }
    for (int pixel = 0; pixel < 256; pixel++) {
      const sac_ray_t &ray = tile.pixels[pixel].ray;
      size_t before = 0;
      for (int k = 0; ray.hit && k < 4095; k++) {
        std::array<int, 3> cube;
        bool inside = true;
        for (int a = 0; a < 3; a++) {
          const int64_t p = ray.position[a] + (int64_t)k * ray.step[a];
          inside = inside && p >= 0 && p >> 18 < grid[a] - 1;
          cube[a] = (int)(p >> 18) / job.side;
        }
        if (!inside && k > 2) break;
        if (!inside) continue;
        ASSERT_EQ(order.count(cube), 1u);
        ASSERT_GE(order[cube], before) << "pixel " << pixel << " sample " << k << " case " << n;
        before = order[cube];
        steps++;
      }
    }
    free(tile.work.cubes);
    free(tile.work.groups);
    sac_tile_close(&tile);
  }
  EXPECT_GT(steps, 50000u);
}

// One cell with given corners, interpolated by the model: softplus is the identity, so S is the density.
class OneCell {
 public:
  OneCell() {
    for (int i = 0; i < 65536; i++) render->softplus[i] = i;
    render->tables = &tables;
    render->scene.vertices[0] = render->scene.vertices[1] = render->scene.vertices[2] = 2;
    render->scene.density = corner;
    std::fill_n(tables.lookup[SAC_TARGET_EXP2].base, 256, 65536);
    tables.lookup[SAC_TARGET_EXP2].shift = 12;
    reference.vertices[0] = reference.vertices[1] = reference.vertices[2] = 2;
    reference.vertex_density = kept_;
  }
  int Model(const int fraction[3]) const {
    sac_pixel_t pixel = {};
    pixel.clear = 65536;
    sac_sample_composite(render.get(), &pixel, 0, 0, fraction);
    return pixel.exponent - 32768;
  }
  int Reference(const int fraction[3]) {
    const int cell[3] = {0, 0, 0};
    std::copy_n(corner, 8, kept_);
    return sac_reference_density(&reference, cell, fraction);
  }

  int16_t corner[8] = {};
  std::unique_ptr<sac_render_t> render{new sac_render_t()};
  sac_reference_scene_t reference = {};
  sac_tables_t tables = {};

 private:
  int32_t kept_[8] = {};
};

TEST(Interpolation, StaysBetweenItsCornersAndWithinTwoUnitsOfTheRealOne) {
  Random random(kSeed + 2);
  OneCell cell;
  for (int n = 0; n < 200000; n++) {
    const int range = 1 << random.Whole(0, 15);
    for (int16_t &corner : cell.corner) corner = (int16_t)random.Whole(-range, range - 1);
    int fraction[3];
    for (int &f : fraction) f = random.Whole(0, 4) ? random.Whole(0, 255) : 255 * random.Whole(0, 1);
    const int value = cell.Model(fraction);
    ASSERT_EQ(value, cell.Reference(fraction));
    ASSERT_LE(value, *std::max_element(cell.corner, cell.corner + 8));
    ASSERT_GE(value, *std::min_element(cell.corner, cell.corner + 8));
    double truth = 0;
    for (int c = 0; c < 8; c++) {
      double weight = 1;
      for (int a = 0; a < 3; a++) weight *= (c >> a & 1 ? fraction[a] : 256 - fraction[a]) / 256.0;
      truth += weight * cell.corner[c];
    }
    ASSERT_NEAR(value, truth, 1.5 + 1e-9);
  }
}

void Load(sac_lookup_t *lookup, const sac_function_table_t &table) {
  std::copy_n(table.base, 256, lookup->base);
  std::copy_n(table.delta, 256, lookup->delta);
  lookup->offset = table.offset;
  lookup->shift = table.shift;
  lookup->low_end = table.low_end;
  lookup->high_end = table.high_end;
}

TEST(Compositing, WeightsAndTransmittanceSumToExactlyOneAndFollowTheExponential) {
  Random random(kSeed + 3);
  sac_function_table_t softplus, exp2;
  OneCell cell;
  sac_lookup_t slope = {};
  sac_table_exp2(&exp2);
  Load(&cell.tables.lookup[SAC_TARGET_EXP2], exp2);
  for (int n = 0; n < 400; n++) {
    if (n % 40 == 0) {
      sac_table_softplus(&softplus, std::exp2(random.Real(-5, 3)), -10, 9);
      Load(&slope, softplus);
      for (int i = 0; i < 65536; i++) cell.render->softplus[i] = (int32_t)std::max<int64_t>(0, sac_lookup(&slope, i - 32768));
    }
    sac_pixel_t pixel = {};
    pixel.clear = 65536;
    int64_t sum = 0;
    const int level = random.Whole(-3000, 9000);
    for (int k = 0; k < 120; k++) {
      std::fill_n(cell.corner, 8, (int16_t)(level + random.Whole(-3000, 3000)));
      const int fraction[3] = {0, 0, 0};
      const int32_t before = pixel.clear, weight = sac_sample_composite(cell.render.get(), &pixel, k, 0, fraction);
      sum += weight;
      ASSERT_GE(weight, 0);
      ASSERT_LE(pixel.clear, before);
      ASSERT_GE(pixel.clear, 0);
      ASSERT_EQ(sum + pixel.clear, 65536);
      ASSERT_EQ(pixel.carried, sum);
      ASSERT_NEAR(pixel.clear, 65536 * std::exp2(-pixel.exponent / 1048576.0), 1.6);
    }
  }
}

TEST(Compositing, AlphaOfEveryDensityIsWithinAThousandthOfThePublishedOne) {
  sac_function_table_t softplus, exp2;
  sac_table_exp2(&exp2);
  for (double distance : {0.02, 0.1, 0.2064, 0.5, 2.0}) {
    for (int fraction : {8, 9, 10, 11}) {
      sac_table_softplus(&softplus, distance, -10, fraction);
      for (int f = -32768; f <= 32767; f += 3) {
        const int32_t s = std::min(std::max(sac_table_evaluate(&softplus, f), 0), (1 << 25) - 1);
        const double clear = std::ldexp(sac_table_evaluate(&exp2, s & 0xfffff), -(s >> 20)) / 65536;
        const double truth = std::exp(-distance * std::log1p(std::exp(std::ldexp(f, -fraction) - 10)));
        ASSERT_NEAR(clear, truth, 1e-3) << "f " << f << " distance " << distance << " fraction " << fraction;
      }
    }
  }
}

}  // namespace
