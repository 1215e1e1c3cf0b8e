// SPDX-License-Identifier: Apache-2.0
// A command as sac_attend_issue sees it, with operands, and what scores and O must become: for core_test.cc.
#ifndef SAC_TESTS_ATTEND_CORE_JOB_H
#define SAC_TESTS_ATTEND_CORE_JOB_H

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace core {

struct Shape {
  unsigned rows, lanes, head_dim, kv_tile, query_blocks, attend_lanes;
  unsigned chunks() const { return head_dim / lanes; }
};

using Row = std::vector<int32_t>;
using Sums = std::vector<std::vector<int64_t>>;  // [row][key or element]

struct Step {
  unsigned block = 0, tile = 0, number = 0, sub = 0, count = 0;
  bool last_of_command = false, empty = false, first_of_block = false, last_of_block = false;
  bool first_of_tile = false, last_of_tile = false, first_of_context = false;
  std::vector<Row> p;  // [row], padded to words of the x RAM
  std::vector<unsigned> shift;
  Sums score;
};

struct Job {
  bool scores, linear;
  unsigned k_halves, v_halves, k_chunks, v_groups, blocks, tiles = 0;
  std::vector<Step> steps;
  std::vector<size_t> real_steps;              // that are not empty
  std::vector<std::vector<std::vector<Row>>> q;  // [block][sub-block][row]
  std::vector<std::vector<Row>> k, v;            // [tile][key]
  std::vector<std::vector<Sums>> o;              // [block][sub-block]; empty if it has no step

  size_t beats() const {
    size_t sum = 0;
    for (const auto &s : steps) sum += s.count * (k_chunks * k_halves + (scores ? 0 : v_groups * v_halves));
    return sum;
  }
};

inline unsigned pick(std::mt19937 &random, unsigned low, unsigned high) {
  return std::uniform_int_distribution<unsigned>(low, high)(random);
}

// `size` values from -range to range - 1; one value in a few at the ends.
inline Row random_row(std::mt19937 &random, size_t size, int range) {
  Row row(size);
  for (auto &value : row) {
    value = std::uniform_int_distribution<int>(-range, range - 1)(random);
    if (pick(random, 0, 7) == 0) value = value < 0 ? -range : range - 1;
  }
  return row;
}

inline int64_t round_up(int64_t value, unsigned shift) {
  if (shift == 0) return value;
  return shift >= 63 ? 0 : (value + (int64_t{1} << (shift - 1))) >> shift;
}

// `subs`: bits of the sub-blocks that have a step.
inline void add_tile(Job &job, const Shape &shape, std::mt19937 &random, unsigned block, unsigned subs,
                     unsigned count) {
  std::vector<Row> k, v;
  for (unsigned key = 0; key < count; key++) {
    k.push_back(random_row(random, job.k_chunks * shape.lanes, job.k_halves == 2 ? 32768 : 128));
    v.push_back(random_row(random, job.v_groups * shape.lanes, job.v_halves == 2 ? 32768 : 128));
  }
  job.k.push_back(k), job.v.push_back(v);
  const size_t first = job.steps.size();
  for (unsigned sub = 0; sub < shape.query_blocks; sub++) {
    if (!(subs >> sub & 1)) continue;
    Step s;
    s.block = block, s.tile = job.tiles, s.sub = sub, s.count = count;
    s.number = static_cast<unsigned>(job.real_steps.size());
    s.first_of_context = job.o[block][sub].empty();
    auto &o = job.o[block][sub];
    if (s.first_of_context) o.assign(shape.rows, std::vector<int64_t>(job.v_groups * shape.lanes));
    const unsigned padded = (count + shape.lanes - 1) / shape.lanes * shape.lanes;
    for (unsigned r = 0; r < shape.rows; r++) {
      s.p.push_back(random_row(random, padded, 32768));
      if (!job.linear)
        for (auto &p : s.p[r]) p += 32768;
      s.shift.push_back(pick(random, 0, 3) ? pick(random, 0, 3) : pick(random, 0, 63));
      s.score.emplace_back(count);
      for (unsigned key = 0; key < count; key++)
        for (unsigned e = 0; e < k[key].size(); e++) s.score[r][key] += int64_t{job.q[block][sub][r][e]} * k[key][e];
      for (unsigned e = 0; e < o[r].size(); e++) {
        int64_t sum = 0;
        for (unsigned key = 0; key < count; key++) sum += int64_t{s.p[r][key]} * v[key][e];
        o[r][e] = round_up(o[r][e], s.shift[r]) + round_up(sum, 8);
      }
    }
    job.real_steps.push_back(job.steps.size());
    job.steps.push_back(s);
  }
  job.steps[first].first_of_tile = job.steps.back().last_of_tile = true;
  job.tiles++;
}

inline void begin_block(Job &job, const Shape &shape, std::mt19937 &random) {
  job.q.emplace_back(shape.query_blocks);
  for (auto &sub : job.q.back())
    for (unsigned r = 0; r < shape.rows; r++) sub.push_back(random_row(random, job.k_chunks * shape.lanes, 32768));
  job.o.emplace_back(shape.query_blocks);
}

inline void end_block(Job &job, size_t first, unsigned block) {
  if (job.steps.size() == first) {
    Step s;
    s.block = block, s.empty = true;
    job.steps.push_back(s);
  }
  job.steps[first].first_of_block = job.steps.back().last_of_block = true;
}

inline Job random_job(const Shape &shape, std::mt19937 &random) {
  Job job{};
  job.scores = pick(random, 0, 4) == 0, job.linear = pick(random, 0, 1);
  job.k_halves = pick(random, 1, 2), job.v_halves = pick(random, 1, 2);
  job.k_chunks = pick(random, 1, shape.chunks()), job.v_groups = pick(random, 1, shape.chunks());
  job.blocks = pick(random, 1, 6);
  const bool small = pick(random, 0, 1);  // few keys, so that drains and credits are what counts
  for (unsigned block = 0; block < job.blocks; block++) {
    const size_t first = job.steps.size();
    begin_block(job, shape, random);
    for (unsigned tiles = pick(random, 0, 3); tiles; tiles--)
      add_tile(job, shape, random, block, pick(random, 1, (1u << shape.query_blocks) - 1),
               small ? pick(random, 1, 3) : pick(random, 0, 1) ? shape.kv_tile : pick(random, 1, shape.kv_tile));
    end_block(job, first, block);
  }
  job.steps.back().last_of_command = true;
  return job;
}

// One block, all its sub-blocks, tiles of all keys, rows as long as they may be, one beat an element.
inline Job full_job(const Shape &shape, std::mt19937 &random, unsigned tiles) {
  Job job{};
  job.k_halves = job.v_halves = 1, job.k_chunks = job.v_groups = shape.chunks(), job.blocks = 1;
  begin_block(job, shape, random);
  for (unsigned t = 0; t < tiles; t++) add_tile(job, shape, random, 0, (1u << shape.query_blocks) - 1, shape.kv_tile);
  end_block(job, 0, 0);
  job.steps.back().last_of_command = true;
  return job;
}

}  // namespace core

#endif
