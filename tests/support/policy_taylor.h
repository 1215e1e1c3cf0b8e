// SPDX-License-Identifier: Apache-2.0
// Cases of Taylor linear attention, parallel and with a state (policy_cases.h).
#ifndef SACCADE_TESTS_POLICY_TAYLOR_H
#define SACCADE_TESTS_POLICY_TAYLOR_H

#include "model/golden/taylor.h"
#include "tests/support/policy_masks.h"

namespace policies {

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

// Taylor attention of the last of 40 tokens by a state that took in 20 and 20; the last column of V is all ones. Units:
// features 2^-11, values 2^-12, state 2^-9: a sum of features times values is shifted by 14 into the state, whose unit
// keys are 2^14 for it.
inline PolicyResult TaylorState(sac_device_t *device, bool) {
  constexpr uint32_t kD = 8, kRows = 48, kDv = 16, kTokens = 20, kShift = 14;
  PolicyShape shape;
  shape.tokens = {1}, shape.length = {1};
  PolicyProblem p(device, shape, 13);
  const double scale = 1.0 / std::sqrt(8.0);
  std::vector<double> k(2 * kTokens * kD), v(2 * kTokens * kDv), q(kD), phi(sac_policy_taylor_features(kD)), out(kDv);
  EXPECT_EQ(phi.size(), 45u);
  auto real = [&] { return static_cast<double>(p.random() % 2001) / 1000.0 - 1.0; };
  for (double &x : k) x = real();
  for (double &x : q) x = real();
  for (size_t i = 0; i < v.size(); i++) v[i] = i % kDv == kDv - 1 ? 1.0 : std::lround(real() * 4096.0) / 4096.0;
  auto map = [&](const double *x, int16_t *row) {
    sac_policy_taylor_map(kD, scale, x, phi.data());
    for (size_t f = 0; f < phi.size(); f++) row[f] = static_cast<int16_t>(std::lround(phi[f] * 2048.0));
  };
  // Keys: unit rows, then tokens. Values: state, then tokens. Queries: unit rows; the outputs are the next state.
  const uint32_t keys = p.Put(nullptr, (kRows + kTokens) * kRows * 2), units = p.Put(nullptr, kRows * kRows * 2);
  const uint32_t small_units = p.Put(nullptr, kRows * kRows / 4);
  const uint32_t rows = (kRows + kTokens) * kDv * 2, values[2] = {p.Put(nullptr, rows), p.Put(nullptr, rows)};
  const sac_attention_format_t wide = {SAC_ELEMENT_INT16, false}, narrow = {SAC_ELEMENT_INT2, false};
  EXPECT_TRUE(sac_policy_put_units(device, kRows, wide, 1 << kShift, keys, &p.error) &&
              sac_policy_put_units(device, kRows, wide, 1 << kShift, units, &p.error) &&
              sac_policy_put_units(device, kRows, narrow, 1, small_units, &p.error));
  const uint32_t begin[] = {0, kRows}, one[] = {0, 1}, length = kRows + kTokens, zero = 0, few[] = {0, 1};
  sac_attention_logit_t logit = {};
  logit.scale = 1, logit.scale_shift = kShift, logit.output_shift = kShift;  // q . k / 2^14: what the unit row picks
  sac_attention_setup_t s = {};
  s.sequences = 1, s.q_heads = s.k_heads = s.v_heads = 1, s.d_k = kRows, s.d_v = kDv;
  s.q_begin = begin, s.length = &length, s.page_log2 = 7, s.page_begin = one, s.pages = &zero, s.logit = &logit;
  s.k_cache = {0, 0, kRows * 2}, s.v_cache = {0, 0, kDv * 2};
  for (uint32_t part = 0; part < 2; part++) {
    std::vector<int16_t> new_k(kTokens * kRows), new_v(kTokens * kDv);
    for (uint32_t t = 0; t < kTokens; t++) map(&k[(part * kTokens + t) * kD], &new_k[t * kRows]);
    for (size_t i = 0; i < new_v.size(); i++)
      new_v[i] = static_cast<int16_t>(std::lround(v[part * new_v.size() + i] * 4096.0));
    EXPECT_TRUE(
        sac_device_write(device, keys + kRows * kRows * 2, new_k.data(), 2 * new_k.size(), &p.error) &&
        sac_device_write(device, values[part] + kRows * kDv * 2, new_v.data(), 2 * new_v.size(), &p.error));
    sac_attention_tensors_t t = {};
    t.q = {units, kRows * 2, 0}, t.y = {values[1 - part], kDv * 2, 0}, t.k = keys, t.v = values[part];
    sac_attention_plan_t *plan = sac_policy_sums(device, &s, &p.error);
    EXPECT_TRUE(plan && sac_attention_run(plan, &t, &p.error) && sac_queue_wait(device, &p.error)) << p.error.message;
    sac_attention_plan_free(plan);
  }
  // Features of the query times unit rows of one; values of 2^-11 * 2^-9, shifted by 13 to 2^-7.
  std::vector<int16_t> row(kRows);
  map(q.data(), row.data());
  const uint32_t length_state = kRows;
  s.q_begin = few, s.length = &length_state;
  s.k_format = narrow, s.k_cache.token_stride = kRows / 4;
  logit.scale_shift = 0, logit.output_shift = 13;
  p.tensors.q = {p.Put(row.data(), 2 * row.size()), 0, 0}, p.tensors.k = small_units, p.tensors.v = values[0];
  p.Run(sac_policy_sums(device, &s, &p.error));
  PolicyResult r = p.Read();
  const double denominator = r.y[kDv - 1];
  for (int16_t &x : r.y) x = static_cast<int16_t>(std::lround(x / denominator * 8192.0));
  const sac_golden_head_t head = {1, 2 * kTokens, kD, kDv, q.data(), k.data(), v.data(), scale, -INFINITY, nullptr,
                                  nullptr};
  sac_golden_taylor(&head, 2 * kTokens - 1, 1e-12, out.data());
  for (uint32_t e = 0; e < kDv; e++) r.golden[e] = out[e] * 8192.0;
  // An element of the state is off by 40 tokens' halves of a feature's unit and two roundings, a feature of the query
  // by half a unit; |features| of one vector sum to at most 1 + 8 / 8^(1/4) + 36 / 8^(1/2). Denominators are 20 or
  // more.
  const double features = 1.0 + 8.0 * std::pow(8.0, -0.25) + 36.0 / std::sqrt(8.0), feature = std::ldexp(0.5, -11);
  const double state = 40.0 * feature + 2.0 * std::ldexp(0.5, -9);
  const double sum = features * state + 45.0 * feature * 40.0 + 0.01;
  r.bound = 2.0 * 8192.0 * sum / (20.0 - sum) + 1.0;
  return r;
}

}  // namespace policies

#endif
