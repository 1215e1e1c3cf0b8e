// SPDX-License-Identifier: Apache-2.0
// Cases of policies that are one plan under a mask (policy_cases.h).
#ifndef SACCADE_TESTS_POLICY_MASKS_H
#define SACCADE_TESTS_POLICY_MASKS_H

#include "tests/support/policy_problem.h"

namespace policies {

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

}  // namespace policies

#endif
