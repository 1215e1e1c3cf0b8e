// SPDX-License-Identifier: Apache-2.0
// Random steps of ATTEND for the softmax lanes, and what docs/attention.md, section 3, makes of them: probabilities,
// shifts, logits, masks and the states at the end of every block.
#ifndef SACCADE_TESTS_SOFTMAX_STEPS_H
#define SACCADE_TESTS_SOFTMAX_STEPS_H

#include <map>

#include "tests/attend/numbers.h"
#include "tests/lib/random.h"

struct Row {
  int32_t index;
  unsigned head;
  std::vector<int64_t> score;
  std::vector<uint32_t> word;  // bias, a word or a bit a key
  // Expected.
  std::vector<uint16_t> p;
  unsigned shift;
};

struct Step {
  bool empty, first_of_block, last_of_block, first_of_context, block, parity, band, bias;
  unsigned sub, head, key;
  int32_t index;
  std::vector<Row> rows;
  size_t count;
};

struct SoftmaxSteps {
  unsigned blocks = 0, rows = 0, tile = 0;      // the machine's: sub-blocks, rows of one, keys
  Random random{21, "softmax_test"};
  Numbers numbers;
  std::vector<Head> heads;
  std::vector<Step> steps;
  std::vector<uint32_t> logits;                 // expected
  std::map<size_t, std::vector<State>> states;  // by step that ends a block: [sub * rows + row]
  std::map<size_t, std::vector<bool>> begun;
  uint64_t masked = 0;

  // Expected values of all steps, in order.
  void Expect() {
    std::vector<State> state(2 * blocks * rows);
    std::vector<bool> seen;
    masked = 0;
    logits.clear();
    states.clear();
    begun.clear();
    for (size_t s = 0; s < steps.size(); s++) {
      Step &step = steps[s];
      if (step.first_of_block) seen.assign(blocks * rows, false);
      for (size_t r = 0; r < step.rows.size(); r++) {
        Row &row = step.rows[r];
        State &mine = state[(step.block * blocks + step.sub) * rows + r];
        if (step.first_of_context) mine = FirstState(numbers.function, heads[row.head]);
        seen[step.sub * rows + r] = true;
        std::vector<int64_t> z;
        std::vector<bool> hidden;
        for (size_t j = 0; j < step.count; j++) {
          const auto distance = static_cast<int32_t>(static_cast<uint32_t>(step.key + j) -
                                                     static_cast<uint32_t>(row.index));
          const Place place = {distance, step.band, step.bias, row.word[j]};
          z.push_back(Logit(numbers, heads[row.head], place, row.score[j]));
          hidden.push_back(place.Masked(numbers));
          masked += hidden.back();
          if (numbers.scores)
            logits.push_back(numbers.scores == 3 && hidden.back()
                                 ? 0x80000000u
                                 : static_cast<uint32_t>(z.back()));
        }
        row.shift = Probabilities(numbers.function, z, hidden, &mine, &row.p);
      }
      if (step.last_of_block) {
        for (unsigned i = 0; i < blocks * rows; i++)
          states[s].push_back(state[step.block * blocks * rows + i]);
        begun[s] = seen;
      }
    }
  }

  // Logits up to the end of a step; steps with keys up to it.
  size_t Logits(size_t last) {
    size_t n = 0;
    for (size_t s = 0; s <= last; s++) n += steps[s].rows.size() * steps[s].count;
    return n;
  }
  size_t Real(size_t last) {
    size_t n = 0;
    for (size_t s = 0; s <= last; s++) n += !steps[s].empty;
    return n;
  }

  void RandomHeads(size_t n) {
    heads.clear();
    for (size_t i = 0; i < n; i++) {
      Head head;
      if (random.Chance(60)) head.slope = static_cast<int32_t>(random()) >> random.Pick(0, 31);
      if (random.Chance(50))
        head.sink_sum = random.Pick(1, 65535),
        head.sink_max = static_cast<int>(random.Pick(0, random.Chance(50) ? 8191 : 15)) -
                        (random.Chance(50) ? 4096 : 8);
      if (head.sink_max > 4095) head.sink_max = 4095;
      heads.push_back(head);
    }
  }

  void RandomNumbers() {
    numbers = {};
    numbers.scale = random.Chance(10) ? random.Pick(0, 65535) : random.Pick(1, 300);
    numbers.scale_shift = random.Pick(0, 47);
    numbers.softcap = random.Chance(40);
    numbers.softcap_scale = random.Pick(0, 65535);
    numbers.softcap_shift = random.Pick(8, 30);
    numbers.softcap_out = random.Pick(0, 65535);
    numbers.softcap_out_shift = random.Pick(0, 30);
    numbers.bias_words = random.Chance(50);
    numbers.band_low = static_cast<int>(random.Pick(0, 40)) - 30;
    numbers.band_high = numbers.band_low + static_cast<int>(random.Pick(0, 40)) - 2;
  }

  // Scores of one command are alike: of any size, or around what gives useful logits.
  void RandomSteps(size_t count_blocks) {
    steps.clear();
    const unsigned style = random.Pick(0, 3);
    unsigned parity = 0;
    for (size_t b = 0; b < count_blocks; b++) {
      if (random.Chance(15)) {
        steps.push_back(
            {true, true, true, false, b % 2 == 1, false, false, false, 0, 0, 0, 0, {}, 0});
        continue;
      }
      const unsigned subs = random.Pick(1, blocks), tiles = random.Pick(1, 3),
                     first_sub = random.Pick(0, subs - 1);
      const unsigned last_rows = random.Pick(1, rows);
      std::vector<bool> begun(subs, false);
      const size_t from = steps.size();
      unsigned key = random.Pick(0, 100);
      // j - i wraps where i is near the lowest index.
      const int32_t start = random.Chance(10)
                                ? INT32_MIN + static_cast<int32_t>(random.Pick(0, 120))
                            : random.Chance(5) ? INT32_MAX - 7
                                               : static_cast<int32_t>(random.Pick(0, 120));
      for (unsigned t = 0; t < tiles; t++) {
        const size_t count = random.Chance(60) ? tile : random.Pick(1, tile);
        const bool band = random.Chance(40), bias = random.Chance(40);
        for (unsigned c = first_sub; c < subs; c++) {
          Step step = {};
          step.block = b % 2;
          step.sub = c;
          step.first_of_context = !begun[c];
          begun[c] = true;
          step.parity = parity++ % 2;
          step.band = band;
          step.bias = bias;
          step.key = key;
          step.count = count;
          const unsigned row0 = c * rows;
          step.head = row0 % heads.size();
          step.index = static_cast<int32_t>(static_cast<uint32_t>(start) + row0 / heads.size());
          for (unsigned r = 0; r < (c == subs - 1 ? last_rows : rows); r++) {
            Row row = {};
            row.head = (step.head + r) % heads.size();
            row.index = static_cast<int32_t>(static_cast<uint32_t>(step.index) +
                                             (step.head + r) / heads.size());
            const unsigned hidden = random.Chance(25) ? 100 : random.Pick(0, 60);
            for (size_t j = 0; j < count; j++) {
              row.score.push_back(Score(style));
              if (!numbers.bias_words)
                row.word.push_back(random.Chance(hidden) ? 0 : 1);
              else
                row.word.push_back(random.Chance(hidden)
                                       ? 0x80000000u
                                       : static_cast<uint32_t>(static_cast<int32_t>(random()) >>
                                                               random.Pick(0, 31)));
            }
            step.rows.push_back(row);
          }
          steps.push_back(step);
        }
        key += count;
      }
      steps[from].first_of_block = true;
      steps.back().last_of_block = true;
    }
  }
  int64_t Score(unsigned style) {
    const int64_t limit = int64_t{1} << 39;
    if (style == 0) return random.Chance(50) ? limit - 1 : -limit;
    if (style == 1) return static_cast<int64_t>(random()) >> random.Pick(24, 63);
    // Logits of a few thousand units, now and then a step up.
    const Wide unit = (Wide{1} << numbers.scale_shift) / std::max(1u, numbers.scale) + 1;
    const Wide wanted = static_cast<int64_t>(random.Pick(0, style == 2 ? 40000 : 2000000)) -
                        (style == 2 ? 20000 : 1000000);
    return Saturate(unit * wanted, 40);
  }
};

#endif
