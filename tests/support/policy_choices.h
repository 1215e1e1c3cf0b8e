// SPDX-License-Identifier: Apache-2.0
// Cases of policies that choose their keys (policy_cases.h).
#ifndef SACCADE_TESTS_POLICY_CHOICES_H
#define SACCADE_TESTS_POLICY_CHOICES_H

#include "model/golden/buckets.h"
#include "model/golden/recycled.h"
#include "tests/support/policy_masks.h"

namespace policies {

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

}  // namespace policies

#endif
