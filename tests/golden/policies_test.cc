// SPDX-License-Identifier: Apache-2.0
// Golden policies: what each is at the ends of its parameters, by hand, and against another form of its definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

extern "C" {
#include "model/golden/buckets.h"
#include "model/golden/channels.h"
#include "model/golden/columns.h"
#include "model/golden/masks.h"
#include "model/golden/recycled.h"
#include "model/golden/shared.h"
#include "model/golden/taylor.h"
}

namespace {

constexpr double kTiny = 1e-11;
using Values = std::vector<double>;

class Policies : public testing::Test {
 protected:
  Values Random(size_t count) {
    Values values(count);
    for (double &value : values) value = std::normal_distribution<double>(0.0, 1.5)(random_);
    return values;
  }

  // One head of random rows.
  void Make(size_t queries, size_t keys, size_t d_k = 6, size_t d_v = 5) {
    q_ = Random(queries * d_k);
    k_ = Random(keys * d_k);
    v_ = Random(keys * d_v);
    head_ = {queries, keys, d_k, d_v, q_.data(), k_.data(), v_.data(), 0.4, -INFINITY, nullptr, nullptr};
  }

  Values Attend(double (*logit)(const void *, size_t, size_t, double) = nullptr, const void *context = nullptr) {
    Values out(head_.queries * head_.d_v);
    head_.logit = logit;
    head_.context = context;
    lse_.resize(head_.queries);
    sac_golden_head(&head_, out.data(), lse_.data());
    return out;
  }

  // Attention of one query to these keys, by the textbook.
  Values Textbook(size_t query, const std::vector<size_t> &keys) const {
    double sum = 0.0;
    Values out(head_.d_v);
    for (size_t j : keys) {
      double s = 0.0;
      for (size_t c = 0; c < head_.d_k; c++) s += q_[query * head_.d_k + c] * k_[j * head_.d_k + c];
      const double weight = std::exp(head_.scale * s);
      sum += weight;
      for (size_t e = 0; e < head_.d_v; e++) out[e] += weight * v_[j * head_.d_v + e];
    }
    for (double &value : out) value = sum > 0.0 ? value / sum : 0.0;
    return out;
  }

  static void Near(const double *found, const Values &expected, double tolerance = kTiny) {
    for (size_t i = 0; i < expected.size(); i++) EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
  }

  std::mt19937 random_{11};
  Values q_, k_, v_, lse_;
  sac_golden_head_t head_ = {};
};

TEST_F(Policies, AStreamingHeadSeesSinksAndTheRecentKeys) {
  Make(4, 12);
  const sac_golden_window_t window = {8, 2, 3};
  const Values out = Attend(sac_golden_window, &window);
  Near(&out[0], Textbook(0, {0, 1, 6, 7, 8}));
  Near(&out[3 * 5], Textbook(3, {0, 1, 9, 10, 11}));
  const sac_golden_window_t full = {8, 0, SIZE_MAX};
  Near(Attend(sac_golden_window, &full).data() + 5, Textbook(1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(Policies, ATreesNodeSeesThePastAndItsAncestors) {
  Make(5, 7);
  const int parents[5] = {-1, 0, 0, 1, -1};
  const sac_golden_tree_t tree = {2, parents};
  const Values out = Attend(sac_golden_tree, &tree);
  Near(&out[0], Textbook(0, {0, 1, 2}));
  Near(&out[2 * 5], Textbook(2, {0, 1, 2, 4}));
  Near(&out[3 * 5], Textbook(3, {0, 1, 2, 3, 5}));
  Near(&out[4 * 5], Textbook(4, {0, 1, 6}));
  const int chain[5] = {-1, 0, 1, 2, 3};
  const sac_golden_tree_t line = {2, chain};
  const sac_golden_window_t causal = {2, 0, SIZE_MAX};
  EXPECT_EQ(Attend(sac_golden_tree, &line), Attend(sac_golden_window, &causal));
}

TEST_F(Policies, BlocksThatAreOffAreNotSeen) {
  Make(5, 6);
  const uint8_t on[9] = {1, 0, 1, 0, 0, 0, 1, 1, 0};
  sac_golden_blocks_t blocks = {0, 2, 3, on, false};
  const Values out = Attend(sac_golden_blocks, &blocks);
  Near(&out[1 * 5], Textbook(1, {0, 1, 4, 5}));
  Near(&out[2 * 5], Values(5, 0.0));
  Near(&out[4 * 5], Textbook(4, {0, 1, 2, 3}));
  EXPECT_EQ(lse_[3], -INFINITY);
  blocks.causal = true;
  Near(Attend(sac_golden_blocks, &blocks).data(), Textbook(0, {0}));
}

TEST_F(Policies, ASharedPrefixMergesWithWhatIsASequencesOwn) {
  Make(3, 9);  // prefix of two levels, 4 and 2 keys; 3 own keys
  const sac_golden_part_t parts[3] = {{4, &k_[0], &v_[0]}, {2, &k_[4 * 6], &v_[4 * 5]}, {3, &k_[6 * 6], &v_[6 * 5]}};
  const sac_golden_shared_t shared = {3, 6, 5, 3, q_.data(), 0.4, parts};
  Values out(15), lse(3);
  ASSERT_TRUE(sac_golden_shared_prefix(&shared, out.data(), lse.data()));
  Near(&out[5], Textbook(1, {0, 1, 2, 3, 4, 5, 6, 7}));
  // The paper's way: each level for all queries, then a merge.
  const sac_golden_window_t causal = {0, 0, SIZE_MAX};
  Values part[3] = {Values(15), Values(15), Values(15)}, sums[3] = {Values(3), Values(3), Values(3)};
  for (int n = 0; n < 3; n++) {
    const sac_golden_head_t head = {3,   parts[n].keys, 6, 5, q_.data(), parts[n].k, parts[n].v,
                                    0.4, -INFINITY,     n == 2 ? sac_golden_window : nullptr, &causal};
    sac_golden_head(&head, part[n].data(), sums[n].data());
  }
  for (size_t i = 0; i < 3; i++) {
    const double of_row[3] = {sums[0][i], sums[1][i], sums[2][i]};
    const double *rows[3] = {&part[0][i * 5], &part[1][i * 5], &part[2][i * 5]};
    Values merged(5);
    EXPECT_NEAR(sac_golden_merge(3, 5, of_row, nullptr, nullptr, rows, merged.data()), lse[i], kTiny);
    Near(&out[i * 5], merged);
  }
}

TEST_F(Policies, ParallelContextsAtTemperatureAndScaleOneAreOrdinaryAttention) {
  Make(2, 8);
  const sac_golden_part_t parts[3] = {{3, &k_[0], &v_[0]}, {2, &k_[3 * 6], &v_[3 * 5]}, {3, &k_[5 * 6], &v_[5 * 5]}};
  const sac_golden_shared_t shared = {2, 6, 5, 3, q_.data(), 0.4, parts};
  Values out(10), whole(10);
  ASSERT_TRUE(sac_golden_parallel_contexts(&shared, 1.0, 1.0, out.data()));
  ASSERT_TRUE(sac_golden_shared_prefix(&shared, whole.data(), nullptr));
  Near(out.data(), whole);
}

TEST_F(Policies, ParallelContextsScaleTheLogSumNotTheLogits) {
  // Two context keys of logit 0 (log-sum ln 2 at any temperature), one own key of logit 0.
  const double q = 0.0, k[3] = {1, 2, 3}, v[3] = {0.0, 2.0, 9.0};
  const sac_golden_part_t parts[2] = {{2, k, v}, {1, k + 2, v + 2}};
  const sac_golden_shared_t shared = {1, 1, 1, 2, &q, 1.0, parts};
  double out;
  ASSERT_TRUE(sac_golden_parallel_contexts(&shared, 0.5, 3.0, &out));
  const double weight = std::pow(2.0, 1.5);  // S * T
  EXPECT_NEAR(out, (weight * 1.0 + 9.0) / (weight + 1.0), kTiny);
  // One context key of logit s: exp(S * T * s / T).
  const double two = 2.0;
  const sac_golden_part_t single[2] = {{1, k, v + 1}, {1, k + 2, v + 2}};
  const sac_golden_shared_t other = {1, 1, 1, 2, &two, 0.5, single};  // logits 1 and 3
  ASSERT_TRUE(sac_golden_parallel_contexts(&other, 0.8, 0.9, &out));
  EXPECT_NEAR(out, (std::exp(0.9) * 2.0 + std::exp(3.0) * 9.0) / (std::exp(0.9) + std::exp(3.0)), kTiny);
}

TEST_F(Policies, RecycledStepsSeeTheBestKeysOfTheLastFullOne) {
  // One channel: a key's score is its value times the query.
  const Values k = {5, 1, 4, 1, 3, 0.5, 9}, v = {0, 1, 2, 3, 4, 5, 6};
  const double one = 1.0;
  sac_golden_decode_t step = {1, 5, 1, 1, &one, k.data(), v.data(), 1.0};
  size_t kept[4], count = 0;
  double out;
  sac_golden_recycle(&step, 1, 3, kept, &count, &out);
  EXPECT_EQ(std::vector<size_t>(kept, kept + count), (std::vector<size_t>{0, 2, 4}));
  step.keys = 6;  // the new key is seen, and is the weakest
  sac_golden_recycle(&step, 0, 3, kept, &count, &out);
  const double sum = std::exp(5) + std::exp(4) + std::exp(3) + std::exp(0.5);
  EXPECT_NEAR(out, (2 * std::exp(4) + 4 * std::exp(3) + 5 * std::exp(0.5)) / sum, kTiny);
  EXPECT_EQ(std::vector<size_t>(kept, kept + count), (std::vector<size_t>{0, 2, 4}));
  step.keys = 7;
  sac_golden_recycle(&step, 0, 3, kept, &count, &out);
  EXPECT_EQ(std::vector<size_t>(kept, kept + count), (std::vector<size_t>{0, 2, 6}));
  size_t top[4];  // among equals the earlier
  EXPECT_EQ(sac_golden_top_keys(&step, 4, top), 4u);
  step.keys = 4;
  EXPECT_EQ(sac_golden_top_keys(&step, 3, top), 3u);
  EXPECT_EQ(std::vector<size_t>(top, top + 3), (std::vector<size_t>{0, 1, 2}));
  const Values equal = {2, 1, 1, 3};
  const sac_golden_decode_t ties = {1, 4, 1, 1, &one, equal.data(), v.data(), 1.0};
  size_t three[4] = {0, 1, 2};
  count = 3;
  sac_golden_recycle(&ties, 0, 3, three, &count, &out);
  EXPECT_EQ(std::vector<size_t>(three, three + count), (std::vector<size_t>{0, 1, 3}));
}

TEST_F(Policies, RecycledKeysAreScoredByTheBestHeadOfTheGroup) {
  const double q[2] = {1.0, -1.0}, k[4] = {0.5, -3.0, 2.0, -1.0}, v[4] = {1, 2, 3, 4};
  const sac_golden_decode_t step = {2, 4, 1, 1, q, k, v, 1.0};
  size_t top[2];
  EXPECT_EQ(sac_golden_top_keys(&step, 2, top), 2u);
  EXPECT_EQ(top[0], 1u);
  EXPECT_EQ(top[1], 2u);
}

TEST_F(Policies, TheWeakestChannelsAreLeftOutOfOldKeysOnly) {
  const Values q = {1, 2, 0, 1, 3, 1, 2, 0, 1, 3}, k = {1, 1, 9, 2, 0.1, 1, 1, 9, 2, 0.1, 1, 1, 9, 2, 0.1};
  uint8_t kept[5];
  sac_golden_channels(5, 2, q.data(), 3, k.data(), 0.5, kept);  // scores 1, 4, 0, 4, 0.09: two go
  EXPECT_EQ(std::vector<uint8_t>(kept, kept + 5), (std::vector<uint8_t>{1, 1, 0, 1, 0}));
  sac_golden_channels(5, 2, q.data(), 3, k.data(), 0.8, kept);  // of the equals the later
  EXPECT_EQ(std::vector<uint8_t>(kept, kept + 5), (std::vector<uint8_t>{0, 1, 0, 0, 0}));

  Make(2, 6);
  const Values full = Attend();
  Values out(10);
  const uint8_t some[6] = {1, 0, 1, 1, 0, 1};
  sac_golden_pruned(&head_, some, 6, out.data(), nullptr);
  EXPECT_EQ(out, full);
  sac_golden_pruned(&head_, some, 2, out.data(), nullptr);
  for (size_t j = 0; j < 4; j++) k_[j * 6 + 1] = k_[j * 6 + 4] = 0.0;  // the same as zeros in the old keys
  Near(out.data(), Attend());
}

TEST_F(Policies, ColumnsSumTheProbabilitiesThatKeysGet) {
  // Logits 0, ln 2, ln 3 for a query of 1; the second query (0) gives all keys the same, the third sees none.
  const Values q = {1, 0, 1}, k = {0, std::log(2.0), std::log(3.0)}, v = {1, 1, 1};
  const uint8_t on[3] = {1, 1, 0};
  const sac_golden_blocks_t rows = {0, 1, 1, on, false};
  const auto row_is_on = [](const void *context, size_t i, size_t, double s) {
    return sac_golden_blocks(context, i, 0, s);
  };
  head_ = {3, 3, 1, 1, q.data(), k.data(), v.data(), 1.0, -INFINITY, nullptr, nullptr};
  Attend(row_is_on, &rows);
  Values sum(3), largest(3);
  std::vector<size_t> best(3);
  const sac_golden_columns_t columns = {sum.data(), largest.data(), best.data()};
  sac_golden_columns(&head_, lse_.data(), &columns);
  const double third = 1.0 / 3.0;
  Near(sum.data(), {1.0 / 6.0 + third, 2.0 / 6.0 + third, 3.0 / 6.0 + third});
  Near(largest.data(), {third, third, 0.5});
  EXPECT_EQ(best, (std::vector<size_t>{2, 0, SIZE_MAX}));
}

TEST_F(Policies, TheTaylorKernelIsAStateOfConstantSize) {
  Make(7, 7);
  const size_t features = 1 + 6 + 36;
  Values out(7 * 5), phi(features), state(features * 5), norm(features);
  sac_golden_taylor(&head_, 0, 1e-12, out.data());
  for (size_t t = 0; t < 7; t++) {
    sac_golden_taylor_features(6, head_.scale, &k_[t * 6], phi.data());
    for (size_t f = 0; f < features; f++) {
      norm[f] += phi[f];
      for (size_t e = 0; e < 5; e++) state[f * 5 + e] += phi[f] * v_[t * 5 + e];
    }
    sac_golden_taylor_features(6, head_.scale, &q_[t * 6], phi.data());
    const double sum = sac_golden_dot(features, phi.data(), norm.data());
    for (size_t e = 0; e < 5; e++) {
      double y = 0.0;
      for (size_t f = 0; f < features; f++) y += phi[f] * state[f * 5 + e];
      EXPECT_NEAR(out[t * 5 + e], y / sum, 1e-9);
    }
  }
}

class Buckets : public Policies {
 protected:
  void SetUp() override {
    Make(48, 48);
    projection_ = Random(6 * 3);
    buckets_ = {3, 8, 0, 4, projection_.data(), EachOnce, nullptr};
  }
  static void EachOnce(void *, size_t keys, size_t samples, size_t *place) {
    for (size_t s = 0; s < samples; s++) place[s] = s % keys;
  }
  Values Run(bool causal) {
    Values out(48 * 5);
    lse_.assign(48, 0.0);
    EXPECT_TRUE(sac_golden_bucketed(&buckets_, &head_, causal, out.data(), lse_.data()));
    return out;
  }

  Values projection_;
  sac_golden_buckets_t buckets_;
};

TEST_F(Buckets, NeighboursInTheOrderOfBucketsDifferInOneSign) {
  std::vector<double> axes = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const sac_golden_buckets_t three = {3, 1, 0, 0, axes.data(), nullptr, nullptr};
  std::vector<unsigned> codes;
  for (unsigned n = 0; n < 8; n++) {
    const double x[3] = {n & 1 ? 1.0 : -1.0, n & 2 ? 1.0 : 0.0, n & 4 ? 1.0 : -1.0};
    codes.push_back(sac_golden_bucket(&three, 3, x));
  }
  EXPECT_EQ(codes, (std::vector<unsigned>{0, 1, 3, 2, 6, 7, 5, 4}));
}

TEST_F(Buckets, EveryKeySampledOnceIsOrdinaryAttention) {
  buckets_.samples = 48;
  Near(Run(false).data(), Attend());
  const Values sums = lse_;
  Run(false);
  Near(lse_.data(), sums);
  // Causal: quarters of 24 and 12 keys, sampled in full by a draw of their own size or a multiple of it.
  const sac_golden_window_t causal = {0, 0, SIZE_MAX};
  const Values exact = Attend(sac_golden_window, &causal), exact_sums = lse_;
  buckets_.exact_below = 12;
  const Values out = Run(true);
  Near(lse_.data(), exact_sums);
  Near(out.data(), exact);
}

TEST_F(Buckets, WithoutSamplesARowSeesItsBlock) {
  const Values out = Run(false);
  std::vector<size_t> queries(48), keys(48);
  std::iota(queries.begin(), queries.end(), 0);
  keys = queries;
  const auto by = [&](const Values &x) {
    return [&](size_t a, size_t b) {
      return sac_golden_bucket(&buckets_, 6, &x[a * 6]) < sac_golden_bucket(&buckets_, 6, &x[b * 6]);
    };
  };
  std::stable_sort(queries.begin(), queries.end(), by(q_));
  std::stable_sort(keys.begin(), keys.end(), by(k_));
  for (size_t n = 0; n < 48; n++) {
    const auto first = keys.begin() + (long)(n / 8 * 8);
    Near(&out[queries[n] * 5], Textbook(queries[n], std::vector<size_t>(first, first + 8)));
  }
}

TEST_F(Buckets, FewQueriesAreExact) {
  buckets_.exact_below = 49;
  EXPECT_EQ(Run(false), Attend());
  buckets_.exact_below = 48;
  EXPECT_NE(Run(false), Attend());
}

TEST_F(Buckets, RandomSamplesEstimateTheWhole) {
  // Mean over many draws of the merged weight: exp(lse) is an unbiased estimate of the exact sum.
  buckets_.samples = 12;
  buckets_.context = &random_;
  buckets_.draw = [](void *context, size_t keys, size_t samples, size_t *place) {
    for (size_t s = 0; s < samples; s++) {
      place[s] = std::uniform_int_distribution<size_t>(0, keys - 1)(*(std::mt19937 *)context);
    }
  };
  Attend();
  const Values exact = lse_;
  Values mean(48);
  const int draws = 4000;
  for (int n = 0; n < draws; n++) {
    Run(false);
    for (size_t i = 0; i < 48; i++) mean[i] += std::exp(lse_[i] - exact[i]) / draws;
  }
  for (size_t i = 0; i < 48; i++) EXPECT_NEAR(mean[i], 1.0, 0.1) << i;
}

}  // namespace
