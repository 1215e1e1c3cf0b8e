// SPDX-License-Identifier: Apache-2.0
// Cases of policies that merge states (policy_cases.h).
#ifndef SACCADE_TESTS_POLICY_STATES_H
#define SACCADE_TESTS_POLICY_STATES_H

#include "model/golden/channels.h"
#include "model/golden/shared.h"
#include "tests/support/policy_masks.h"

namespace policies {

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

}  // namespace policies

#endif
