// SPDX-License-Identifier: Apache-2.0
// verilate: sac_colour_bench tiny
// verilate: sac_colour_bench odd
// verilate: sac_colour_bench ecp5
// Colour of random entries on the array: sums and last colours of every pixel against the model's layers and tables,
// applied entry by entry here; work counters against the rules of docs/architecture.md. Tiles one by one and
// overlapping, with and without stalls.
#include "Vsac_colour_bench.h"
#include "colour_driver.h"

extern "C" {
#include "model/dot/lookup.h"
#include "model/dot/network.h"
#include "sw/include/saccade/regs.h"
}

namespace {

class Colour : public ColourDriver<Vsac_colour_bench> {
 protected:
  std::vector<int8_t> weights;
  std::vector<sac_quant_t> quant;
  sac_lookup_t sine{}, sigmoid{};
  std::vector<std::array<int16_t, 48>> lines;
  sac_layer_t basis{}, layer[3] = {};

  void TearDown() override {
    sac_layer_close(&basis);
    for (auto &l : layer) sac_layer_close(&l);
  }

  void load_tables() {
    const unsigned g27 = (27 + lanes - 1) / lanes, g128 = 128 / lanes;
    const unsigned base1 = g27 * 144, base2 = base1 + g128 * 150, base3 = base2 + g128 * 128, words = base3 + 3 * g128;
    weights.resize(words * lanes);
    for (auto &w : weights) w = static_cast<int8_t>(pick(0, 255));
    for (unsigned w = 0; w < words; w++) {
      std::vector<uint32_t> data(lanes / 4);
      for (int i = 0; i < lanes; i++) data[i / 4] |= uint32_t{uint8_t(weights[w * lanes + i])} << 8 * (i % 4);
      table_entry(SAC_TARGET_WEIGHT, w, data);
    }
    quant.resize(g27 * lanes + 2 * 128 + 3);
    for (size_t q = 0; q < quant.size(); q++) {
      quant[q] = {static_cast<int32_t>(random()) >> 8, static_cast<uint16_t>(pick(20000, 65535)), static_cast<uint8_t>(pick(25, 28))};
      table_entry(SAC_TARGET_QUANT, q, {uint32_t(quant[q].bias), uint32_t(quant[q].multiplier | quant[q].shift << 16)});
    }
    sine.shift = 8, sine.low_end = sine.high_end = SAC_END_WRAP;
    sigmoid.shift = 8, sigmoid.offset = -32768;
    for (int i = 0; i < 256; i++) {
      sine.base[i] = static_cast<int>(pick(0, 60000)) - 30000, sine.delta[i] = static_cast<int>(pick(0, 4000)) - 2000;
      sigmoid.base[i] = 270 * i - 1700, sigmoid.delta[i] = 270 + static_cast<int>(pick(0, 100)) - 50;
      table_entry(SAC_TARGET_SINE, i, {uint32_t(sine.base[i]), uint32_t(sine.delta[i])});
      table_entry(SAC_TARGET_SIGMOID, i, {uint32_t(sigmoid.base[i]), uint32_t(sigmoid.delta[i])});
    }
    for (auto [target, table] : {std::pair{SAC_TARGET_SINE, &sine}, std::pair{SAC_TARGET_SIGMOID, &sigmoid}})
      table_control(target, uint16_t(table->offset) | table->shift << 16 | table->low_end << 20 | table->high_end << 22);
    lines.resize(size[0] + size[1] + size[2]);
    for (size_t row = 0; row < lines.size(); row++) {
      std::vector<uint32_t> data(24);
      for (int c = 0; c < 48; c++) {
        lines[row][c] = static_cast<int16_t>(colour_hash(99, row, c, 0)) >> 2;
        data[c / 2] |= uint32_t{uint16_t(lines[row][c])} << 16 * (c % 2);
      }
      table_entry(SAC_TARGET_APPEARANCE_LINE, row, data);
    }
    dut.product_shift_i = product_shift, dut.phase_exponent_i = phase_exponent;
    tick();
    ASSERT_TRUE(sac_layer_open(&basis, weights.data(), lanes, 0, 144, 27, quant.data(), false));
    ASSERT_TRUE(sac_layer_open(&layer[0], weights.data(), lanes, base1, 150, 128, &quant[g27 * lanes], true));
    ASSERT_TRUE(sac_layer_open(&layer[1], weights.data(), lanes, base2, 128, 128, &quant[g27 * lanes + 128], true));
    ASSERT_TRUE(sac_layer_open_reduce(&layer[2], weights.data(), lanes, base3, 128, 3, &quant[g27 * lanes + 256]));
  }

  std::array<int16_t, 27> feature(int x, int y, int z) {
    const int at[3] = {x, y, z}, u[3] = {0, 0, 1}, v[3] = {1, 2, 2}, w[3] = {2, 1, 0};
    const int base[3] = {0, size[2], size[2] + size[1]};
    int16_t products[144];
    for (int p = 0; p < 3; p++)
      for (int c = 0; c < 48; c++)
        products[48 * p + c] = sac_saturate16(
            sac_round_even(int64_t{colour_texel(p, at[v[p]], at[u[p]], c)} * lines[base[p] + at[w[p]]][c], product_shift));
    int16_t out[32];
    sac_layer_run(&basis, products, 144, out, 32, 1);
    std::array<int16_t, 27> result;
    std::copy(out, out + 27, result.begin());
    return result;
  }

  static int lerp(int a, int b, int f) { return (a * (256 - f) + b * f + 128) >> 8; }

  void encode(int value, int exponent, int16_t *x) {
    const uint16_t phase = static_cast<uint16_t>(value << exponent);
    const uint16_t phases[4] = {phase, uint16_t(2 * phase), uint16_t(phase + 16384), uint16_t(2 * phase + 16384)};
    x[0] = static_cast<int16_t>(value);
    for (int i = 0; i < 4; i++) x[1 + i] = static_cast<int16_t>(sac_lookup(&sine, phases[i]));
  }

  void blend(int tile, const ColourGroup &group, const ColourEntry &e, std::map<std::array<int, 3>, std::array<int16_t, 27>> &known,
             ColourPixel &pixel) {
    const std::array<int16_t, 27> *corner[8];
    for (int c = 0; c < 8; c++) {
      std::array<int, 3> at;
      for (int a = 0; a < 3; a++) at[a] = group.origin[a] + e.cell[a] + (c >> a & 1);
      auto found = known.find(at);
      if (found == known.end()) found = known.emplace(at, feature(at[0], at[1], at[2])).first;
      corner[c] = &found->second;
    }
    int16_t x[150], h1[128], h2[128], out[3];
    for (int g = 0; g < 27; g++) {
      int a[4], b[2];
      for (int i = 0; i < 4; i++) a[i] = lerp((*corner[2 * i])[g], (*corner[2 * i + 1])[g], e.fraction[0]);
      for (int i = 0; i < 2; i++) b[i] = lerp(a[2 * i], a[2 * i + 1], e.fraction[1]);
      encode(lerp(b[0], b[1], e.fraction[2]), phase_exponent, x + 5 * g);
    }
    for (int a = 0; a < 3; a++) encode(colour_view(tile, e.pixel, a), 0, x + 135 + 5 * a);
    sac_layer_run(&layer[0], x, 150, h1, 128, 1);
    sac_layer_run(&layer[1], h1, 128, h2, 128, 1);
    sac_layer_run(&layer[2], h2, 128, out, 3, 1);
    for (int ch = 0; ch < 3; ch++) {
      pixel.last[ch] = static_cast<unsigned>(std::clamp<int64_t>(sac_lookup(&sigmoid, out[ch]), 0, 65535));
      // 33 bits hold what a ray can carry; random weights carry more.
      pixel.sum[ch] = (pixel.sum[ch] + uint64_t(e.weight) * pixel.last[ch]) & 0x1ffffffff;
    }
    pixel.coloured = true;
  }

  void check() {
    std::map<std::array<int, 3>, std::array<int16_t, 27>> known;
    for (size_t t = 0; t < tiles.size(); t++) {
      std::vector<ColourPixel> expected(tile_side * tile_side);
      for (const ColourGroup &group : tiles[t])
        for (const ColourEntry &e : group.entries) blend(static_cast<int>(t), group, e, known, expected[e.pixel]);
      for (int p = 0; p < tile_side * tile_side; p++) {
        ASSERT_EQ(pictures[t][p].coloured, expected[p].coloured) << "tile " << t << " pixel " << p;
        if (!expected[p].coloured) continue;
        for (int ch = 0; ch < 3; ch++) {
          ASSERT_EQ(pictures[t][p].sum[ch], expected[p].sum[ch]) << "tile " << t << " pixel " << p;
          ASSERT_EQ(pictures[t][p].last[ch], expected[p].last[ch]) << "tile " << t << " pixel " << p;
        }
      }
    }
  }

  void check_counters() {
    const uint64_t g27 = (27 + lanes - 1) / lanes, g128 = 128 / lanes;
    uint64_t batches = 0, basis = 0, made = 0, taken = 0, tokens = 0;
    int open = 0;
    bool old = false;
    for (const auto &tile : tiles)
      for (const ColourGroup &group : tile) {
        if (group.last) {
          if (open && (group.flush || old)) batches++, open = 0;
          old = open != 0;
          continue;
        }
        tokens++, taken += group.entries.size();
        const uint64_t count = needed(group).size();
        made += count, basis += (count + rows - 1) / rows * g27 * 144;
        for (size_t i = 0; i < group.entries.size(); i++)
          if (++open == rows) batches++, open = 0, old = false;
      }
    EXPECT_EQ(groups, tokens);
    EXPECT_EQ(vertices, made);
    EXPECT_EQ(entries, taken);
    EXPECT_EQ(basis_beats, basis);
    EXPECT_EQ(network_beats, batches * g128 * (150 + 128 + 3));
  }

  void random_tiles(int count, bool flush_all, int most_entries) {
    tiles.clear();
    for (int t = 0; t < count; t++) {
      std::vector<ColourGroup> tile;
      for (unsigned g = pick(0, 4); g; g--)
        tile.push_back(random_group(pick(1, std::min(entry_group, most_entries)), pick(1, 4)));
      ColourGroup end{};
      end.last = true, end.flush = flush_all || t == count - 1 || pick(0, 3) == 0;
      tile.push_back(end);
      tiles.push_back(tile);
    }
  }
};

TEST_F(Colour, BlendsWhatTheModelsLayersSay) {
  for (unsigned seed = 1; seed <= 3; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    if (seed == 1) load_tables();
    stall = seed == 1 ? 0 : seed == 2 ? 3 : 20;
    const bool overlap = seed != 1;
    network_beats = basis_beats = entries = vertices = groups = 0;
    random_tiles(seed == 1 ? 3 : 6, !overlap, seed == 3 ? 6 : 40);
    run(overlap);
    if (HasFatalFailure()) return;
    check();
    check_counters();
    if (HasFailure()) return;
  }
}

}  // namespace
