// SPDX-License-Identifier: Apache-2.0
// Case of what a causal pass says of its keys (policy_cases.h): y is the pass's, the log-sum-exps are those of columns.
#ifndef SACCADE_TESTS_POLICY_COLUMNS_H
#define SACCADE_TESTS_POLICY_COLUMNS_H

#include "model/golden/columns.h"
#include "tests/support/policy_masks.h"

namespace policies {

inline PolicyResult Columns(sac_device_t *device, bool small) {
  PolicyShape shape = Ragged(small);
  shape.k_format = {SAC_ELEMENT_INT8, true};
  PolicyProblem p(device, shape, 14);
  const sac_attention_setup_t base = p.Setup();
  p.Run(sac_policy_prefill(device, &base, true, &p.error));
  PolicyResult r = p.Read();
  p.SetGoldenHeads(&r, sac_golden_window, [&](size_t s, uint32_t) {
    return sac_golden_window_t{shape.length[s] - shape.tokens[s], 0, SIZE_MAX};
  });
  p.SetBounds(&r, Longest(shape), 1);
  const size_t width = Longest(shape) + 3, heads = shape.tokens.size() * shape.q_heads;
  std::vector<int32_t> sum(heads * width), largest(heads * width);
  EXPECT_TRUE(sac_policy_columns(device, &base, &p.tensors, true, static_cast<uint32_t>(width), sum.data(),
                                 largest.data(), &p.error))
      << p.error.message;
  // A probability is off by a logit of either pass, each rounded by half of 2^-12 and 2^-16 of itself, by the first
  // pass's log-sum-exp and its rounding to .12.
  const double one = r.lse_bound + 3.0 * 0.5 / 4096.0 + 2.0 * 30.0 / 65536.0 / std::log(2.0);
  std::vector<double> golden_sum;
  for (size_t s = 0; s < shape.tokens.size(); s++) {
    for (uint32_t h = 0; h < shape.q_heads; h++) {
      const sac_golden_window_t context = {shape.length[s] - shape.tokens[s], 0, SIZE_MAX};
      const std::vector<double> qs = p.Q(s, h), ks = p.K(s, h / p.Group()), vs = p.V(s, h / p.Group());
      std::vector<double> out(shape.tokens[s] * shape.d_v), lse(shape.tokens[s]), total(shape.length[s] + 1),
          most(shape.length[s] + 1);
      const sac_golden_head_t head = {shape.tokens[s], shape.length[s], shape.d_k, shape.d_v, qs.data(), ks.data(),
                                      vs.data(), p.scale, -INFINITY, sac_golden_window, &context};
      sac_golden_head(&head, out.data(), lse.data());
      std::vector<size_t> best(shape.tokens[s] + 1);
      const sac_golden_columns_t columns = {total.data(), most.data(), best.data()};
      sac_golden_columns(&head, lse.data(), &columns);
      for (size_t j = 0; j < width; j++) {
        const size_t at = (s * shape.q_heads + h) * width + j;
        const bool seen = j < shape.length[s] && total[j] > 0.0;
        golden_sum.push_back(seen ? std::log2(total[j]) : -INFINITY);
        if (seen) EXPECT_NEAR(largest[at] / 4096.0, std::log2(most[j]), one) << "key " << j << " head " << h;
        else EXPECT_EQ(largest[at], INT32_MIN) << "key " << j << " head " << h;
      }
    }
  }
  r.lse = sum;
  r.golden_lse = golden_sum;
  r.lse_bound = one + r.lse_bound;
  return r;
}

}  // namespace policies

#endif
