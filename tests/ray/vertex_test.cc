// SPDX-License-Identifier: Apache-2.0
// verilate: sac_vertex tiny CubeSide=4 Lanes=16 LineRows=300 PatchBanks=1 VertexSets=1 Readers=1
// verilate: sac_vertex ecp5 CubeSide=4 Lanes=8 LineRows=768 PatchBanks=1 VertexSets=2 Readers=1
// verilate: sac_vertex odd CubeSide=8 Lanes=4 LineRows=700 PatchBanks=2 VertexSets=2 Readers=2
// verilate: sac_vertex edge CubeSide=4 Lanes=48 LineRows=300 PatchBanks=2 VertexSets=2 Readers=1
// Density vertices against the formula of docs/architecture.md 1: exactly the corners of active cells are computed,
// with the right value, for every cube side; a bank word that is not needed keeps what it held. With two patch banks
// and two sets of features, patches come and features are read while a cube is computed.
#include <array>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_vertex.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr int Half = G_CubeSide / 2 + 1;
constexpr int BankWords = Half * Half * Half;
constexpr int Side = G_CubeSide + 1;

int bits_for(int words) {
  int bits = 0;
  while ((1 << bits) < words) bits++;
  return bits > 0 ? bits : 1;
}

int64_t round_even(int64_t x, int n) {
  if (n == 0) return x;
  int64_t floor = n > 62 ? (x < 0 ? -1 : 0) : x >> n;
  if (n > 62) return 0;
  int64_t rest = x - (floor << n), half = int64_t{1} << (n - 1);
  return floor + (rest > half || (rest == half && (floor & 1)));
}

class Vertex : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_vertex dut{&context};
  std::mt19937 random;
  int n[3] = {90, 80, 70};
  std::vector<std::array<int16_t, 16>> lines;
  std::array<int16_t, 16> patch[3][Side][Side];
  std::map<std::array<int, 3>, int16_t> sets[2];  // what the banks hold, by local vertex
  int bank = 0, set = 0;
  int counted = 0;
  bool finished = false;
  uint64_t cycles = 0;

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
    counted += dut.rst_ni && dut.vertex_o;
    finished |= dut.done_o;
    cycles++;
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = 0;
    set_table(0, 0, 0, 0, 0, 0);
    dut.patch_valid_i = dut.start_i = dut.read_i = 0;
    dut.patch_bank_i = dut.bank_i = dut.set_i = dut.read_set_i = 0;
    dut.eval();
    tick();
    tick();
    dut.rst_ni = 1;
  }

  void set_table(int valid, int target, int entry, int word, int last, uint32_t data) {
    // valid, target[4:0], entry[15:0], word[5:0], last, data[31:0] from the top: 61 bits.
    dut.table_i = (uint64_t(valid) << 60) | (uint64_t(target) << 55) | (uint64_t(entry) << 39) | (uint64_t(word) << 33) |
                  (uint64_t(last) << 32) | data;
  }

  void load_lines(int range) {
    std::uniform_int_distribution<int> value(-range, range - 1);
    lines.assign(n[0] + n[1] + n[2], {});
    for (size_t entry = 0; entry < lines.size(); entry++) {
      for (auto &x : lines[entry]) x = static_cast<int16_t>(value(random));
      for (int word = 0; word < 8; word++) {
        uint32_t data = uint16_t(lines[entry][2 * word]) | uint32_t(uint16_t(lines[entry][2 * word + 1])) << 16;
        set_table(1, 10, entry, word, word == 7, data);
        tick();
        // A word for another table, and an idle cycle: neither may leak in.
        set_table(random() % 2, 11, random() % 64, random() % 24, 0, random());
        if (random() % 4 == 0) tick();
      }
    }
    set_table(0, 0, 0, 0, 0, 0);
  }

  // The next cube's patches, into the other bank where there are two.
  void load_patches(int range) {
    std::uniform_int_distribution<int> value(-range, range - 1);
    bank = (bank + 1) % G_PatchBanks;
    dut.patch_bank_i = bank;
    for (int plane = 0; plane < 3; plane++)
      for (int v = 0; v < Side; v++)
        for (int u = 0; u < Side; u++) {
          for (int c = 0; c < 16; c++) {
            patch[plane][v][u][c] = static_cast<int16_t>(value(random));
            uint32_t word = port_word(dut.patch_values_i, c / 2);
            word = c % 2 ? (word & 0xffff) | uint32_t(uint16_t(patch[plane][v][u][c])) << 16 : uint16_t(patch[plane][v][u][c]);
            set_port_word(dut.patch_values_i, c / 2, word);
          }
          dut.patch_valid_i = 1;
          dut.patch_plane_i = plane, dut.patch_u_i = u, dut.patch_v_i = v;
          tick();
        }
    dut.patch_valid_i = 0;
  }

  int16_t expected(const int *origin, int x, int y, int z, int shift) {
    int local[3] = {x, y, z}, at_u[3] = {0, 0, 1}, at_v[3] = {1, 2, 2}, at_w[3] = {2, 1, 0};
    int base[3] = {0, n[2], n[2] + n[1]};
    int64_t sum = 0;
    for (int p = 0; p < 3; p++) {
      const auto &texel = patch[p][local[at_v[p]]][local[at_u[p]]];
      const auto &line = lines[base[p] + origin[at_w[p]] + local[at_w[p]]];
      for (int c = 0; c < 16; c++) sum += int64_t{texel[c]} * line[c];
    }
    int64_t value = round_even(sum, shift);
    return static_cast<int16_t>(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
  }

  // A patch write that must not be seen: into the other bank.
  void disturb() {
    dut.patch_bank_i = !bank;
    dut.patch_valid_i = G_PatchBanks > 1 && random() % 2;
    dut.patch_plane_i = random() % 3, dut.patch_u_i = random() % Side, dut.patch_v_i = random() % Side;
    for (int i = 0; i < 8; i++) set_port_word(dut.patch_values_i, i, random());
  }

  int run(const int *origin, int side_log2, const std::vector<bool> &mask, int shift) {
    int s = 1 << side_log2, needed = 0;
    set = (set + 1) % G_VertexSets;
    auto &banks = sets[set];
    for (int z = 0; z <= s; z++)
      for (int y = 0; y <= s; y++)
        for (int x = 0; x <= s; x++) {
          bool need = false;
          for (int corner = 0; corner < 8; corner++) {
            int cx = x - (corner & 1), cy = y - (corner >> 1 & 1), cz = z - (corner >> 2);
            if (cx >= 0 && cy >= 0 && cz >= 0 && cx < s && cy < s && cz < s && mask[cx + s * (cy + s * cz)]) need = true;
          }
          if (need) banks[{x, y, z}] = expected(origin, x, y, z, shift), needed++;
        }
    dut.origin_i = uint32_t(origin[0]) | uint32_t(origin[1]) << 10 | uint32_t(origin[2]) << 20;
    dut.side_log2_i = side_log2;
    for (unsigned i = 0; i < sizeof(dut.mask_i) / 4; i++) {
      uint32_t word = 0;
      for (unsigned b = 0; b < 32; b++) if (32 * i + b < mask.size() && mask[32 * i + b]) word |= 1u << b;
      set_port_word(dut.mask_i, i, word);
    }
    dut.gy_i = n[1], dut.gz_i = n[2], dut.shift_i = shift;
    counted = 0;
    finished = false;
    dut.start_i = 1;
    dut.bank_i = bank, dut.set_i = set;
    tick();
    dut.start_i = 0;
    int wait = 0;
    while (!finished && wait < 20000) {
      disturb();
      if (G_VertexSets > 1 && !sets[!set].empty()) {
        expect_feature(!set, *std::next(sets[!set].begin(), random() % sets[!set].size()));
        wait += 2;
      } else {
        tick();
        wait++;
      }
    }
    dut.patch_valid_i = 0;
    dut.patch_bank_i = bank;
    EXPECT_TRUE(finished);
    EXPECT_EQ(counted, needed);
    for (auto &feature : banks) expect_feature(set, feature);
    return wait;
  }

  void expect_feature(int of_set, const std::pair<const std::array<int, 3>, int16_t> &feature) {
    const auto &[where, value] = feature;
    int parity = (where[0] & 1) + 2 * (where[1] & 1) + 4 * (where[2] & 1);
    dut.read_set_i = of_set;
    EXPECT_EQ(read(parity, (where[0] >> 1) + Half * ((where[1] >> 1) + Half * (where[2] >> 1))), value)
        << where[0] << " " << where[1] << " " << where[2];
  }

  int16_t read(int bank, int address) {
    static const int width = bits_for(BankWords);
    // All readers at once, each with addresses of its own in the other banks.
    uint64_t bits[8] = {};
    for (int reader = 0; reader < G_Readers; reader++)
      for (int b = 0; b < 8; b++) {
        const int at = b == bank ? address : static_cast<int>(random() % BankWords);
        for (int i = 0; i < width; i++) {
          const int bit = (reader * 8 + b) * width + i;
          if (at >> i & 1) bits[bit / 64] |= uint64_t{1} << bit % 64;
        }
      }
    for (unsigned i = 0; i < sizeof(dut.read_address_i) / 4; i++)
      set_port_word(dut.read_address_i, i, static_cast<uint32_t>(bits[i / 2] >> 32 * (i % 2)));
    dut.read_i = (1 << G_Readers) - 1;
    tick();
    dut.read_i = 0;
    tick();
    const int16_t value = port_half(dut.features_o, bank);
    for (int reader = 1; reader < G_Readers; reader++) EXPECT_EQ(port_half(dut.features_o, 8 * reader + bank), value);
    return value;
  }
};

TEST_F(Vertex, ComputesExactlyTheCornersOfActiveCells) {
  for (unsigned seed = 1; seed <= 30; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    bool small = seed % 3 == 0;
    if (seed % 5 == 1) load_lines(small ? 40 : 32768);
    load_patches(seed % 2 ? 128 : 32768);
    int largest = G_CubeSide == 8 ? 3 : 2, side_log2 = random() % (largest + 1), s = 1 << side_log2;
    std::vector<bool> mask(s * s * s);
    int kind = random() % 4;
    for (size_t i = 0; i < mask.size(); i++) mask[i] = kind == 0 || (kind == 1 ? random() % 2 : random() % 12 == 0);
    if (kind == 3) mask.assign(mask.size(), false), mask[random() % mask.size()] = true;
    int origin[3];
    for (int a = 0; a < 3; a++) origin[a] = random() % ((n[a] - 1) / s) * s;
    run(origin, side_log2, mask, random() % 40);
    if (HasFailure()) return;
  }
}

TEST_F(Vertex, RoundsHalvesToEvenAndSaturates) {
  load_lines(1);
  for (auto &x : lines[0]) x = 0;
  load_patches(1);
  // A cube of one cell at the origin: the lines and patches are set so that the sum is a chosen number.
  int origin[3] = {0, 0, 0};
  for (int64_t sum : {1, 2, 3, 5, 6, 7, -1, -2, -3, -5, -6, 32767 * 2 + 1, 65533, 70000, -70000, -65536, -65537})
    for (int shift : {0, 1, 2}) {
      for (int entry : {0, 1, n[2], n[2] + 1, n[2] + n[1], n[2] + n[1] + 1})
        for (int word = 0; word < 8; word++) {
          bool one = entry < 2 && word == 0;
          lines[entry][2 * word] = one ? static_cast<int16_t>(sum % 1000) : 0;
          lines[entry][2 * word + 1] = one ? static_cast<int16_t>(sum / 1000) : 0;
          set_table(1, 10, entry, word, word == 7, uint16_t(lines[entry][2 * word]) | uint32_t(uint16_t(lines[entry][2 * word + 1])) << 16);
          tick();
        }
      set_table(0, 0, 0, 0, 0, 0);
      for (auto &row : patch[0]) for (auto &texel : row) texel = {1, 1000};
      for (int v = 0; v < Side; v++)
        for (int u = 0; u < Side; u++) {
          set_port_word(dut.patch_values_i, 0, 1 | 1000u << 16);
          for (int i = 1; i < 8; i++) set_port_word(dut.patch_values_i, i, 0);
          dut.patch_valid_i = 1;
          dut.patch_plane_i = 0, dut.patch_u_i = u, dut.patch_v_i = v;
          tick();
        }
      dut.patch_valid_i = 0;
      sets[0].clear();
      sets[1].clear();
      run(origin, 0, {true}, shift);
      int64_t half_up = round_even(sum, shift);
      EXPECT_EQ(read(0, 0), std::max<int64_t>(-32768, std::min<int64_t>(32767, half_up)));
      if (HasFailure()) return;
    }
}

TEST_F(Vertex, TakesNoLongerThanItsProducts) {
  load_lines(100);
  load_patches(100);
  int origin[3] = {4, 4, 4};
  int waited = run(origin, 2, std::vector<bool>(64, true), 4);
  EXPECT_LE(waited, 125 * 48 / G_Lanes + 20);
  waited = run(origin, 2, [] { std::vector<bool> m(64); m[63] = true; return m; }(), 4);
  EXPECT_LE(waited, 8 * 48 / G_Lanes + 25 + 20);
}

}  // namespace
