// SPDX-License-Identifier: Apache-2.0
// Every policy as a case: it runs on a device, small (for simulation) or at middle size, and gives what it wrote beside
// golden.
#ifndef SACCADE_TESTS_POLICY_CASES_H
#define SACCADE_TESTS_POLICY_CASES_H

#include <string>

#include "model/golden/buckets.h"
#include "model/golden/channels.h"
#include "model/golden/recycled.h"
#include "model/golden/shared.h"
#include "model/golden/taylor.h"
#include "tests/support/policy_problem.h"

namespace policies {

struct Case {
  const char *name;
  PolicyResult (*run)(sac_device_t *device, bool small);
};

inline PolicyShape Ragged(bool small) {
  PolicyShape shape;
  shape.tokens = small ? std::vector<uint32_t>{5, 0, 9} : std::vector<uint32_t>{37, 0, 100, 1};
  shape.length = small ? std::vector<uint32_t>{5, 7, 40} : std::vector<uint32_t>{37, 20, 400, 300};
  shape.q_heads = 4, shape.k_heads = 2;
  shape.d_k = 32, shape.d_v = 16;
  return shape;
}

inline size_t Longest(const PolicyShape &shape) { return *std::max_element(shape.length.begin(), shape.length.end()); }

inline PolicyResult Window(sac_device_t *device, const PolicyShape &shape, uint32_t sinks, uint32_t recent,
                           const std::vector<uint8_t> &full) {
  PolicyProblem p(device, shape, 1);
  const sac_attention_setup_t base = p.Setup();
  bool flags[64] = {};
  for (size_t g = 0; g < full.size(); g++) flags[g] = full[g];
  if (full.empty()) p.Run(sac_policy_window(device, &base, sinks, recent, &p.error));
  else p.Run(sac_policy_heads(device, &base, flags, sinks, recent, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, sac_golden_window, [&](size_t s, uint32_t h) {
    const bool all = !full.empty() && full[h / p.Group()];
    return sac_golden_window_t{shape.length[s] - shape.tokens[s], all ? 0 : sinks, all ? SIZE_MAX : recent};
  });
  p.SetBounds(&r, Longest(shape), 1);
  return r;
}

inline PolicyResult Prefill(sac_device_t *device, bool small) {
  const PolicyShape shape = Ragged(small);
  PolicyProblem p(device, shape, 2);
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_prefill(device, &base, true, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, sac_golden_window, [&](size_t s, uint32_t) {
    return sac_golden_window_t{shape.length[s] - shape.tokens[s], 0, SIZE_MAX};
  });
  p.SetBounds(&r, Longest(shape), 1);
  return r;
}

inline PolicyResult Decode(sac_device_t *device, bool small) {
  PolicyShape shape;
  shape.tokens = {1, 0, 1, 1};
  shape.length = small ? std::vector<uint32_t>{17, 5, 40, 1} : std::vector<uint32_t>{517, 5, 1000, 1};
  shape.q_heads = 8, shape.k_heads = 2;
  shape.d_k = 64, shape.d_v = 48;
  shape.k_format = {SAC_ELEMENT_INT8, true}, shape.v_format = {SAC_ELEMENT_INT4, true};
  PolicyProblem p(device, shape, 3);
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_decode(device, &base, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, nullptr, [](size_t, uint32_t) { return 0; });
  p.SetBounds(&r, Longest(shape), 1);
  return r;
}

inline PolicyResult Sinks(sac_device_t *device, bool small) {
  return small ? Window(device, Ragged(small), 3, 6, {}) : Window(device, Ragged(small), 9, 33, {});
}
// More sinks than recent keys.
inline PolicyResult ManySinks(sac_device_t *device, bool small) { return Window(device, Ragged(small), 12, 3, {}); }
inline PolicyResult Heads(sac_device_t *device, bool small) {
  return small ? Window(device, Ragged(small), 4, 8, {0, 1}) : Window(device, Ragged(small), 16, 64, {1, 0});
}

inline PolicyResult Blocks(sac_device_t *device, bool small, bool causal) {
  PolicyShape shape = Ragged(small);
  const uint32_t side = small ? 7 : 16, key_blocks = static_cast<uint32_t>(Longest(shape)) / side + 1;
  PolicyProblem p(device, shape, 4);
  std::vector<uint8_t> on(key_blocks * 32);
  for (uint8_t &each : on) each = p.random() % 3 == 0;
  std::fill(on.begin() + key_blocks, on.begin() + 2 * key_blocks, uint8_t{0});  // a block of queries without keys
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_blocks(device, &base, side, key_blocks, on.data(), causal, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, sac_golden_blocks, [&](size_t s, uint32_t) {
    return sac_golden_blocks_t{shape.length[s] - shape.tokens[s], side, key_blocks, on.data(), causal};
  });
  p.SetBounds(&r, Longest(shape), 1);
  return r;
}
inline PolicyResult BlockSparse(sac_device_t *device, bool small) { return Blocks(device, small, false); }
inline PolicyResult BlockSparseCausal(sac_device_t *device, bool small) { return Blocks(device, small, true); }

inline PolicyResult Tree(sac_device_t *device, bool small) {
  PolicyShape shape = Ragged(small);
  if (!small) shape.tokens = {37, 0, 81, 9};
  PolicyProblem p(device, shape, 5);
  std::vector<int32_t> parent;
  for (uint32_t tokens : shape.tokens) {
    for (uint32_t i = 0; i < tokens; i++) parent.push_back(static_cast<int32_t>(p.random() % (i + 1)) - 1);
  }
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_tree(device, &base, parent.data(), &p.tensors.bias, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, sac_golden_tree, [&](size_t s, uint32_t) {
    return sac_golden_tree_t{shape.length[s] - shape.tokens[s], parent.data() + p.q_begin[s]};
  });
  p.SetBounds(&r, Longest(shape), 1);
  return r;
}

// The parts of a sequence: pages of other sequences of the same problem, which have no queries.
inline sac_golden_part_t Part(const PolicyProblem &p, size_t s, const std::vector<double> &k,
                              const std::vector<double> &v) {
  return {p.shape.length[s], k.data(), v.data()};
}

// Two levels: one prefix for all, two for one and two sequences. Sequences 0 .. 2 have the queries, 3 .. 5 are the
// prefixes.
inline PolicyResult SharedPrefix(sac_device_t *device, bool small) {
  PolicyShape shape;
  shape.tokens = {2, 1, 3, 0, 0, 0};
  shape.length = small ? std::vector<uint32_t>{4, 1, 9, 20, 7, 0} : std::vector<uint32_t>{44, 1, 129, 300, 70, 17};
  shape.q_heads = 4, shape.k_heads = 2;
  shape.d_v = 32;
  PolicyProblem p(device, shape, 6);
  sac_attention_setup_t base = p.Setup();
  base.sequences = 3;
  const uint32_t all[] = {0, 3}, some[] = {0, 1, 3};
  const sac_policy_level_t level[] = {{1, all, &shape.length[3], &p.page_begin[3], p.pages.data()},
                                      {2, some, &shape.length[4], &p.page_begin[4], p.pages.data()}};
  p.Run(sac_policy_shared_prefix(device, &base, 2, level, &p.error), {p.tensors, p.tensors, p.tensors});
  PolicyResult r = p.Read();
  for (size_t s = 0; s < 3; s++) {
    for (uint32_t h = 0; h < shape.q_heads; h++) {
      const size_t of[] = {3, s == 0 ? 4u : 5u, s};
      std::vector<double> k[3], v[3], qs = p.Q(s, h), out(shape.tokens[s] * shape.d_v), lse(shape.tokens[s]);
      sac_golden_part_t part[3];
      for (int n = 0; n < 3; n++) {
        k[n] = p.K(of[n], h / p.Group()), v[n] = p.V(of[n], h / p.Group());
        part[n] = Part(p, of[n], k[n], v[n]);
      }
      const sac_golden_shared_t shared = {shape.tokens[s], shape.d_k, shape.d_v, 3, qs.data(), p.scale, part};
      EXPECT_TRUE(sac_golden_shared_prefix(&shared, out.data(), lse.data()));
      p.SetGolden(&r, s, h, out, lse);
    }
  }
  p.SetBounds(&r, Longest(shape), 3);
  return r;
}

// Sequence 0 has the query, sequences 1 to 3 are its contexts.
inline PolicyResult Contexts(sac_device_t *device, bool small) {
  PolicyShape shape;
  shape.tokens = {3, 0, 0, 0};
  shape.length = small ? std::vector<uint32_t>{6, 13, 8, 1} : std::vector<uint32_t>{40, 113, 80, 201};
  shape.q_heads = 2;
  PolicyProblem p(device, shape, 7);
  sac_attention_setup_t base = p.Setup();
  base.sequences = 1;
  const uint32_t begin[] = {0, 3};
  const double temperature = 0.9, scaling = 0.8;
  const sac_policy_contexts_t contexts = {begin, &shape.length[1], &p.pages[p.page_begin[1]], temperature, scaling};
  p.Run(sac_policy_parallel_contexts(device, &base, &contexts, &p.error), {p.tensors, p.tensors});
  PolicyResult r = p.Read();
  for (uint32_t h = 0; h < shape.q_heads; h++) {
    std::vector<double> k[4], v[4], qs = p.Q(0, h), out(shape.tokens[0] * shape.d_v);
    sac_golden_part_t part[4];
    for (size_t n = 0; n < 4; n++) {
      const size_t of = (n + 1) % 4;  // the query's own keys come last
      k[n] = p.K(of, 0), v[n] = p.V(of, 0);
      part[n] = Part(p, of, k[n], v[n]);
    }
    const sac_golden_shared_t shared = {shape.tokens[0], shape.d_k, shape.d_v, 4, qs.data(), p.scale, part};
    EXPECT_TRUE(sac_golden_parallel_contexts(&shared, temperature, scaling, out.data()));
    p.SetGolden(&r, 0, h, out, {});
  }
  p.SetBounds(&r, 3 * Longest(shape), 2);
  return r;
}

// A full step chooses keys, the next step attends to them and the newest, and chooses again.
inline PolicyResult Recycled(sac_device_t *device, bool small) {
  PolicyShape shape;
  shape.tokens = {1, 1};
  shape.length = small ? std::vector<uint32_t>{30, 41} : std::vector<uint32_t>{700, 411};
  shape.q_heads = 4, shape.k_heads = 2;
  const uint32_t capacity = small ? 9 : 64, rows = 4;
  PolicyProblem p(device, shape, 8);
  const sac_attention_setup_t base = p.Setup();
  std::vector<uint32_t> kept(rows * capacity), more, next(rows * capacity);
  EXPECT_TRUE(sac_policy_top_keys(device, &base, &p.tensors, nullptr, 0, capacity, kept.data(), &p.error))
      << p.error.message;
  for (uint32_t n = 0; n < rows; n++) {
    std::vector<uint32_t> own(kept.begin() + n * capacity, kept.begin() + (n + 1) * capacity);
    const uint32_t newest = shape.length[n / 2] - 1;
    if (std::find(own.begin(), own.end(), newest) != own.end()) own.pop_back(), own.insert(own.begin(), 0);
    own.push_back(newest);
    more.insert(more.end(), own.begin(), own.end());
  }
  p.Run(sac_policy_gathered(device, &base, more.data(), capacity + 1, &p.error));
  PolicyResult r = p.Read();
  EXPECT_TRUE(
      sac_policy_top_keys(device, &base, &p.tensors, more.data(), capacity + 1, capacity, next.data(), &p.error))
      << p.error.message;
  for (uint32_t n = 0; n < rows; n++) {
    const size_t s = n / 2;
    const uint32_t g = n % 2;
    std::vector<double> qs, ks = p.K(s, g), vs = p.V(s, g), out(p.Group() * shape.d_v);
    for (uint32_t h = 0; h < p.Group(); h++) {
      const std::vector<double> one = p.Q(s, g * p.Group() + h);
      qs.insert(qs.end(), one.begin(), one.end());
    }
    const sac_golden_decode_t step = {p.Group(), shape.length[s], shape.d_k, shape.d_v, qs.data(), ks.data(), vs.data(),
                                      p.scale};
    // Logits of the machine have 12 fraction bits: keys that golden would choose otherwise lie within that of its last.
    auto score = [&](size_t key) {
      double best = -INFINITY;
      for (uint32_t h = 0; h < p.Group(); h++) {
        best = std::max(best, p.scale * sac_golden_dot(shape.d_k, &qs[h * shape.d_k], &ks[key * shape.d_k]));
      }
      return best;
    };
    const auto first = more.begin() + n * (capacity + 1);
    std::vector<size_t> top(capacity), index(first, first + capacity + 1);
    EXPECT_EQ(sac_golden_top_keys(&step, capacity, top.data()), capacity);
    double last = INFINITY;
    for (size_t key : top) last = std::min(last, score(key));
    for (uint32_t i = 0; i < capacity; i++) {
      EXPECT_GE(score(kept[n * capacity + i]), last - 1.0 / 4096.0) << "group " << n;
      if (i) EXPECT_LT(kept[n * capacity + i - 1], kept[n * capacity + i]);
    }
    size_t dropped = 0;  // one of the capacity + 1
    double least = INFINITY;
    for (size_t key : index) {
      const bool stays = std::find(&next[n * capacity], &next[(n + 1) * capacity], key) != &next[(n + 1) * capacity];
      if (!stays) dropped = key;
      least = std::min(least, score(key));
    }
    EXPECT_LE(score(dropped), least + 1.0 / 4096.0);
    sac_golden_gathered(&step, index.data(), index.size(), out.data());
    for (uint32_t h = 0; h < p.Group(); h++) {
      p.SetGolden(&r, s, g * p.Group() + h, {out.begin() + h * shape.d_v, out.begin() + (h + 1) * shape.d_v}, {});
    }
  }
  p.SetBounds(&r, capacity + 1, 1);
  return r;
}

// Keys in two caches of int8: the older ones without two fifths of the channels.
inline PolicyResult Channels(sac_device_t *device, bool small) {
  PolicyShape shape;
  shape.tokens = {1};
  shape.length = {small ? 40u : 600u};
  shape.q_heads = 2;
  shape.d_k = 48;
  shape.k_format = {SAC_ELEMENT_INT8, false};
  const uint32_t recent = small ? 8 : 32, old = shape.length[0] - recent;
  PolicyProblem p(device, shape, 9);
  const std::vector<double> ks = p.K(0, 0);
  const std::vector<int16_t> k16(ks.begin(), ks.end());
  bool kept[48];
  uint8_t golden_kept[48];
  const uint32_t left = sac_policy_weakest_channels(48, 2, p.q.data(), shape.length[0], k16.data(), 0.4, kept);
  std::vector<double> all_q = p.Q(0, 0), second = p.Q(0, 1);
  all_q.insert(all_q.end(), second.begin(), second.end());
  sac_golden_channels(48, 2, all_q.data(), shape.length[0], ks.data(), 0.4, golden_kept);
  for (int c = 0; c < 48; c++) EXPECT_EQ(kept[c], golden_kept[c] != 0) << c;
  EXPECT_EQ(left, 29u);
  const uint32_t narrow = sac_pad16(left), zero = 0, one[] = {0, 1};
  std::vector<int16_t> q(2 * narrow), k(old * narrow);
  sac_policy_gather_channels(48, kept, 2, p.q.data(), q.data());
  sac_policy_gather_channels(48, kept, old, k16.data(), k.data());
  const std::vector<uint8_t> old_k = p.Pack(shape.k_format, narrow, {k.begin(), k.end()});
  const std::vector<uint8_t> new_k = p.Pack(shape.k_format, 48, {ks.begin() + old * 48, ks.end()});
  const std::vector<double> vs = p.V(0, 0);
  const std::vector<int16_t> v(vs.begin(), vs.end());
  sac_attention_tensors_t parts[2] = {p.tensors, p.tensors};
  parts[0].q = {p.Put(q.data(), 2 * q.size()), 0, 2 * narrow};
  parts[0].k = p.Put(old_k.data(), old_k.size());
  parts[1].k = p.Put(new_k.data(), new_k.size());
  parts[0].v = p.Put(v.data(), 2 * v.size());
  parts[1].v = parts[0].v + old * shape.d_v * 2;
  sac_attention_setup_t setup[2] = {p.Setup(), p.Setup()};
  const uint32_t lengths[2] = {old, recent};
  for (int n = 0; n < 2; n++) {
    setup[n].d_k = n ? 48 : narrow;
    setup[n].length = &lengths[n];
    setup[n].page_log2 = 10, setup[n].page_begin = one, setup[n].pages = &zero;
    setup[n].k_cache.token_stride = setup[n].d_k;
  }
  p.Run(sac_policy_channels(device, &setup[0], &setup[1], &p.error), {parts[0], parts[1]});
  PolicyResult r = p.Read();
  for (uint32_t h = 0; h < 2; h++) {
    const std::vector<double> qs = p.Q(0, h);
    std::vector<double> out(shape.d_v), lse(1);
    const sac_golden_head_t head = {1, shape.length[0], 48, shape.d_v, qs.data(), ks.data(), vs.data(), p.scale,
                                    -INFINITY, nullptr, nullptr};
    sac_golden_pruned(&head, golden_kept, recent, out.data(), lse.data());
    p.SetGolden(&r, 0, h, out, lse);
  }
  p.SetBounds(&r, Longest(shape), 2);
  return r;
}

inline PolicyResult Taylor(sac_device_t *device, bool small) {
  PolicyShape shape = Ragged(small);
  PolicyProblem p(device, shape, 10, 0.4);
  for (auto &l : p.logit) {  // logits are s, not s * log2 e
    sac_factor_t factor = {};
    EXPECT_TRUE(sac_factor_nearest(p.scale * 4096.0, &factor));
    l.scale = factor.multiplier, l.scale_shift = factor.shift;
  }
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_taylor(device, &base, SAC_POLICY_ALL, &p.error));
  PolicyResult r = p.Read();
  for (size_t s = 0; s < shape.tokens.size(); s++) {
    for (uint32_t h = 0; h < shape.q_heads; h++) {
      const std::vector<double> qs = p.Q(s, h), ks = p.K(s, h / p.Group()), vs = p.V(s, h / p.Group());
      std::vector<double> out(shape.tokens[s] * shape.d_v);
      const sac_golden_head_t head = {shape.tokens[s], shape.length[s], shape.d_k, shape.d_v, qs.data(), ks.data(),
                                      vs.data(), p.scale, -INFINITY, nullptr, nullptr};
      sac_golden_taylor(&head, shape.length[s] - shape.tokens[s], 1e-12, out.data());
      p.SetGolden(&r, s, h, out, {});
    }
  }
  // A weight 1 + s + s^2 / 2 is at least a half; s is off by half of 2^-12 and 2^-16 of itself, |s| < 4, the square's
  // rounding by as much again; then the sums and y as for a softmax.
  const double grow = (0.5 / 4096.0 * 5.0 + 4.0 * 5.0 / 65536.0 + 0.5 / 4096.0) / 0.5;
  const double most = p.MostV() * (1 << PolicyProblem::kOutputShift);
  r.bound = 2.0 * most * grow / (1.0 - grow) + most / 32768.0 + 1.0 + 0.01 * static_cast<double>(Longest(shape)) / 8.0;
  return r;
}

// Places from a generator that both sides start alike.
inline void Draw(void *context, size_t keys, size_t samples, size_t *place) {
  auto *random = static_cast<std::mt19937 *>(context);
  for (size_t i = 0; i < samples; i++) place[i] = (*random)() % keys;
}

inline PolicyResult Buckets(sac_device_t *device, bool small, bool causal) {
  PolicyShape shape;
  const uint32_t keys = small ? 61 : 500;
  shape.tokens = {causal ? keys : keys / 2};
  shape.length = {keys};
  PolicyProblem p(device, shape, 11, 1.0);
  const uint32_t projections = 4, block = small ? 8 : 32, samples = small ? 6 : 40, exact = small ? 16 : 64;
  std::vector<int16_t> projection(projections * shape.d_k);
  std::vector<double> columns(projections * shape.d_k);
  for (size_t n = 0; n < projection.size(); n++) {
    projection[n] = static_cast<int16_t>(p.random() % 401) - 200;
    columns[n % shape.d_k * projections + n / shape.d_k] = projection[n];
  }
  std::mt19937 draws(12), golden_draws(12);
  const sac_policy_buckets_t buckets = {projections, block, samples, exact, projection.data(), Draw, &draws};
  const sac_attention_setup_t base = p.Setup();
  EXPECT_TRUE(sac_policy_bucketed(device, &base, &buckets, causal, &p.tensors, &p.error)) << p.error.message;
  PolicyResult r = p.Read();
  const std::vector<double> qs = p.Q(0, 0), ks = p.K(0, 0), vs = p.V(0, 0);
  std::vector<double> out(shape.tokens[0] * shape.d_v), lse(shape.tokens[0]);
  const sac_golden_head_t head = {shape.tokens[0], keys, shape.d_k, shape.d_v, qs.data(), ks.data(), vs.data(), p.scale,
                                  -INFINITY, nullptr, nullptr};
  const sac_golden_buckets_t golden = {projections, block, samples, exact, columns.data(), Draw, &golden_draws};
  EXPECT_TRUE(sac_golden_bucketed(&golden, &head, causal, out.data(), lse.data()));
  p.SetGolden(&r, 0, 0, out, lse);
  p.SetBounds(&r, std::max(block + samples, exact), 2);
  const double levels = causal ? std::ceil(std::log2(keys)) + 1 : 1;  // merges one after another
  r.bound *= levels, r.lse_bound *= levels;
  return r;
}
inline PolicyResult Bucketed(sac_device_t *device, bool small) { return Buckets(device, small, false); }
inline PolicyResult BucketedCausal(sac_device_t *device, bool small) { return Buckets(device, small, true); }

constexpr Case kCases[] = {{"prefill", Prefill}, {"decode", Decode}, {"sinks", Sinks}, {"many_sinks", ManySinks},
                           {"heads", Heads}, {"blocks", BlockSparse}, {"blocks_causal", BlockSparseCausal},
                           {"tree", Tree}, {"shared_prefix", SharedPrefix}, {"contexts", Contexts},
                           {"recycled", Recycled}, {"channels", Channels}, {"taylor", Taylor},
                           {"bucketed", Bucketed}, {"bucketed_causal", BucketedCausal}};

}  // namespace policies

#endif
