// SPDX-License-Identifier: Apache-2.0
// A batch of sequences with random integer tensors, on a device and as float64; what a policy wrote, what golden says
// of it, and how far apart the two may lie by the number formats.
#ifndef SACCADE_TESTS_POLICY_PROBLEM_H
#define SACCADE_TESTS_POLICY_PROBLEM_H

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

#include "model/golden/masks.h"
#include "model/golden/softmax.h"

extern "C" {
#include "saccade/policies.h"
#include "sw/attention/format.h"
}

struct PolicyShape {
  std::vector<uint32_t> tokens, length;  // of the sequences
  uint32_t q_heads = 1, k_heads = 1, d_k = 16, d_v = 16, page_log2 = 3;
  sac_attention_format_t k_format = {SAC_ELEMENT_INT16, false}, v_format = {SAC_ELEMENT_INT16, false};
};

// What is compared. Bounds are of whole rows, in units of y.
struct PolicyResult {
  std::vector<int16_t> y;
  std::vector<int32_t> lse;
  std::vector<double> golden, golden_lse;  // y: in its units; lse: base 2
  double bound = 0.0, lse_bound = 0.0;

  void Check(double least_db) const {
    ASSERT_EQ(y.size(), golden.size());
    double signal = 0.0, noise = 0.0, largest = 0.0;
    for (size_t i = 0; i < y.size(); i++) {
      ASSERT_LE(std::fabs(y[i] - golden[i]), bound) << "value " << i << ": " << y[i] << ", golden " << golden[i];
      largest = std::max(largest, std::fabs(y[i] - golden[i]));
      signal += golden[i] * golden[i];
      noise += (y[i] - golden[i]) * (y[i] - golden[i]);
    }
    const double ratio = 10.0 * std::log10(signal / (noise + 1e-9));
    EXPECT_GE(ratio, least_db);
    std::printf("  %zu values, %.1f dB, largest error %.2f of at most %.2f\n", y.size(), ratio, largest, bound);
    for (size_t i = 0; i < golden_lse.size(); i++) {
      if (std::isinf(golden_lse[i])) ASSERT_EQ(lse[i], INT32_MIN) << "row " << i;
      else ASSERT_LE(std::fabs(lse[i] / 65536.0 - golden_lse[i]), lse_bound) << "row " << i;
    }
  }
};

class PolicyProblem {
 public:
  static constexpr int kOutputShift = 1;
  PolicyShape shape;
  sac_device_t *device;
  sac_error_t error = {};
  sac_attention_tensors_t tensors = {};
  std::vector<int16_t> q;                 // [token][head][d_k]
  std::vector<int32_t> k, v;              // [sequence's keys][head][d]: as the array sees them
  std::vector<uint32_t> q_begin{0}, key_begin{0}, page_begin{0}, pages;
  std::vector<sac_attention_logit_t> logit;
  std::mt19937 random;

  // scale: standard deviation of the logits.
  PolicyProblem(sac_device_t *on, const PolicyShape &with, uint32_t seed, double spread = 2.0)
      : shape(with), device(on), random(seed) {
    sac_device_free_all(device);
    const size_t sequences = shape.tokens.size();
    const uint32_t page = 1u << shape.page_log2;
    for (size_t s = 0; s < sequences; s++) {
      q_begin.push_back(q_begin[s] + shape.tokens[s]);
      key_begin.push_back(key_begin[s] + shape.length[s]);
      page_begin.push_back(page_begin[s] + (shape.length[s] + page - 1) / page);
    }
    pages.resize(page_begin.back());
    std::iota(pages.begin(), pages.end(), 0u);
    std::shuffle(pages.begin(), pages.end(), random);
    q.resize(q_begin.back() * shape.q_heads * shape.d_k);
    for (int16_t &x : q) x = static_cast<int16_t>(Uniform(4000));
    const double k_rms = FillCache(shape.k_format, shape.d_k, &k, &tensors.k);
    FillCache(shape.v_format, shape.d_v, &v, &tensors.v);
    // q . k of uniform values: q 4000 / sqrt 3.
    const double sum = std::sqrt(shape.d_k) * 4000.0 / std::sqrt(3.0) * k_rms;
    sac_factor_t factor = {};
    EXPECT_TRUE(sac_factor_nearest(spread / std::log(2.0) * 4096.0 / sum, &factor));
    sac_attention_logit_t l = {};
    l.scale = factor.multiplier, l.scale_shift = factor.shift, l.output_shift = kOutputShift;
    logit.assign(sequences * shape.k_heads, l);
    scale = sac_factor_value(factor) / 4096.0 * std::log(2.0);
    tensors.q = {Put(q.data(), 2 * q.size()), shape.q_heads * shape.d_k * 2, shape.d_k * 2};
    tensors.y = {Put(nullptr, YCount() * 2), shape.q_heads * shape.d_v * 2, shape.d_v * 2};
    tensors.lse = Put(nullptr, Rows() * 4);
  }

  double scale = 0.0;  // of golden

  size_t Rows() const { return static_cast<size_t>(q_begin.back()) * shape.q_heads; }
  size_t YCount() const { return Rows() * shape.d_v; }
  uint32_t Group() const { return shape.q_heads / shape.k_heads; }

  sac_attention_setup_t Setup() const {
    sac_attention_setup_t s = {};
    s.sequences = static_cast<uint32_t>(shape.tokens.size());
    s.q_heads = shape.q_heads, s.k_heads = s.v_heads = shape.k_heads;
    s.d_k = shape.d_k, s.d_v = shape.d_v, s.k_format = shape.k_format, s.v_format = shape.v_format;
    s.q_begin = q_begin.data(), s.length = shape.length.data();
    s.page_log2 = shape.page_log2, s.page_begin = page_begin.data(), s.pages = pages.data();
    s.k_cache = Cache(shape.k_format, shape.d_k), s.v_cache = Cache(shape.v_format, shape.d_v);
    s.logit = logit.data();
    return s;
  }

  // Pages of [head][token].
  sac_attention_cache_t Cache(sac_attention_format_t format, uint32_t d) const {
    const uint32_t row = sac_attention_row_bytes(format, d), page = 1u << shape.page_log2;
    return {page * shape.k_heads * row, page * row, row};
  }

  uint32_t Put(const void *data, size_t bytes) {
    uint32_t address = 0;
    const std::vector<uint8_t> zeros(data ? 0 : bytes + 1);
    EXPECT_TRUE(sac_device_alloc(device, bytes + 1, &address, &error) &&
                sac_device_write(device, address, data ? data : zeros.data(), bytes, &error))
        << error.message;
    return address;
  }

  bool Run(sac_attention_plan_t *plan) {
    const bool good = plan && sac_attention_run(plan, &tensors, &error) && sac_queue_wait(device, &error);
    EXPECT_TRUE(good) << error.message;
    sac_attention_plan_free(plan);
    return good;
  }

  bool Run(sac_policy_t *policy, const std::vector<sac_attention_tensors_t> &input) {
    const bool good = policy && sac_policy_run(policy, input.data(), &tensors.y, tensors.lse, &error) &&
                      sac_queue_wait(device, &error);
    EXPECT_TRUE(good) << error.message;
    sac_policy_free(policy);
    return good;
  }

  // Rows of a head of a sequence as float64.
  std::vector<double> Q(size_t s, uint32_t head) const {
    std::vector<double> out;
    for (uint32_t t = q_begin[s]; t < q_begin[s + 1]; t++)
      Append(q, (t * shape.q_heads + head) * shape.d_k, shape.d_k, &out);
    return out;
  }
  std::vector<double> K(size_t s, uint32_t head) const { return Keys(k, s, head, shape.d_k); }
  std::vector<double> V(size_t s, uint32_t head) const { return Keys(v, s, head, shape.d_v); }

  // What the device holds; golden is filled with zeros.
  PolicyResult Read() {
    PolicyResult r;
    r.y.resize(YCount());
    r.lse.resize(Rows());
    r.golden.resize(YCount());
    EXPECT_TRUE(sac_device_read(device, tensors.y.address, r.y.data(), 2 * r.y.size(), &error) &&
                sac_device_read(device, tensors.lse, r.lse.data(), 4 * r.lse.size(), &error));
    return r;
  }

  // Golden rows of a head: out [tokens][d_v], lse [tokens] in natural logarithm, or empty.
  void SetGolden(PolicyResult *r, size_t s, uint32_t head, const std::vector<double> &out,
                 const std::vector<double> &lse) const {
    for (uint32_t t = 0; t < shape.tokens[s]; t++) {
      const size_t row = (q_begin[s] + t) * shape.q_heads + head;
      for (uint32_t e = 0; e < shape.d_v; e++)
        r->golden[row * shape.d_v + e] = out[t * shape.d_v + e] * (1 << kOutputShift);
      if (lse.empty()) continue;
      r->golden_lse.resize(Rows());
      r->golden_lse[(head / Group() * q_begin.back() + q_begin[s] + t) * Group() + head % Group()] =
          lse[t] / std::log(2.0);
    }
  }

  // All heads of all sequences under one kind of mask.
  template <typename Context>
  void SetGoldenHeads(PolicyResult *r, double (*mask)(const void *, size_t, size_t, double), Context context) const {
    for (size_t s = 0; s < shape.tokens.size(); s++) {
      for (uint32_t h = 0; h < shape.q_heads; h++) {
        const auto kept = context(s, h);
        const std::vector<double> qs = Q(s, h), ks = K(s, h / Group()), vs = V(s, h / Group());
        std::vector<double> out(shape.tokens[s] * shape.d_v), lse(shape.tokens[s]);
        const sac_golden_head_t head = {shape.tokens[s], shape.length[s], shape.d_k, shape.d_v, qs.data(), ks.data(),
                                        vs.data(), scale, -INFINITY, mask, &kept};
        sac_golden_head(&head, out.data(), lse.data());
        SetGolden(r, s, h, out, lse);
      }
    }
  }

  // Bounds for at most `keys` keys a state, merged from `states` (1: none), logits up to `largest` (natural). An
  // attention state: a logit is rounded by half of 2^-12, its multiplier and (with temperature) another one by 2^-17; a
  // probability is within 1.7 / 65536 of the largest; a tile rounds sums by half a unit, l by 1 / 65536. MERGE: the
  // log-sum-exp of a state is off by as much as its sum, and by 4.5 / 65536 for table and roundings; a weight by 1.7 /
  // 65536 again.
  void SetBounds(PolicyResult *r, size_t keys, size_t states, double largest = 30.0) const {
    const double most = MostV() * (1 << kOutputShift), logit_error = 0.5 / 4096.0 * std::log(2.0) + largest / 65536.0;
    const double tiles = 1.0 + static_cast<double>(keys) / 8.0, each = 1.7 / 65536.0 * 2.0;
    const double grow = std::exp(logit_error) - 1.0, lost = each * static_cast<double>(keys) + tiles / 65536.0;
    const double sum_error = (grow + lost) / (1.0 - grow - lost);
    r->bound = 2.0 * most * sum_error + most / 32768.0 + 1.0 + 0.01 * tiles;
    r->lse_bound = (sum_error * 1.01) / std::log(2.0) + 4.5 / 65536.0;
    if (states < 2) return;
    const double weight_error = std::exp(r->lse_bound * std::log(2.0) + 4.5 / 65536.0) - 1.0 + 1.7 / 65536.0 * states;
    r->bound += 2.0 * most * weight_error / (1.0 - weight_error) + 1.0;
    r->lse_bound += weight_error / std::log(2.0) + 4.5 / 65536.0;
  }

  double MostV() const {
    int32_t most = 0;
    for (int32_t x : v) most = std::max(most, std::abs(x));
    return most;
  }

  // Packs rows [key][d] of integers, one after another, each in its format.
  std::vector<uint8_t> Pack(sac_attention_format_t format, uint32_t d, const std::vector<double> &x) const {
    const uint32_t bytes = sac_attention_row_bytes(format, d);
    std::vector<uint8_t> out(x.size() / d * bytes);
    for (size_t i = 0; i < x.size() / d; i++) sac_format_pack(format, d, &x[i * d], 1.0, &out[i * bytes]);
    return out;
  }

 private:
  double Uniform(int32_t most) { return static_cast<double>(static_cast<int32_t>(random() % (2 * most + 1)) - most); }

  template <typename T>
  static void Append(const std::vector<T> &from, size_t first, size_t count, std::vector<double> *out) {
    for (size_t i = 0; i < count; i++) out->push_back(static_cast<double>(from[first + i]));
  }

  std::vector<double> Keys(const std::vector<int32_t> &x, size_t s, uint32_t head, uint32_t d) const {
    std::vector<double> out;
    for (uint32_t j = key_begin[s]; j < key_begin[s + 1]; j++) Append(x, (j * shape.k_heads + head) * d, d, &out);
    return out;
  }

  // Random rows in their format into pages; returns their root mean square.
  double FillCache(sac_attention_format_t format, uint32_t d, std::vector<int32_t> *x, uint32_t *address) {
    const int32_t most = std::min(8000, sac_format_value_max(format));
    const sac_attention_cache_t cache = Cache(format, d);
    std::vector<uint8_t> bytes(pages.size() * cache.page_stride + 4);
    std::vector<double> row(d);
    x->resize(key_begin.back() * shape.k_heads * d);
    double squares = 0.0;
    for (size_t s = 0; s < shape.tokens.size(); s++) {
      for (uint32_t j = 0; j < shape.length[s]; j++) {
        const uint32_t page = pages[page_begin[s] + (j >> shape.page_log2)], in = j & ((1u << shape.page_log2) - 1);
        for (uint32_t h = 0; h < shape.k_heads; h++) {
          for (double &each : row) each = Uniform(most);
          uint8_t *place = &bytes.at(page * cache.page_stride + h * cache.head_stride + in * cache.token_stride);
          sac_format_pack(format, d, row.data(), 1.0, place);
          int32_t *values = &(*x)[((key_begin[s] + j) * shape.k_heads + h) * d];
          sac_format_unpack(format, d, place, values);
          for (uint32_t e = 0; e < d; e++) squares += static_cast<double>(values[e]) * values[e];
        }
      }
    }
    *address = Put(bytes.data(), bytes.size());
    return x->empty() ? 1.0 : std::sqrt(squares / static_cast<double>(x->size())) + 1e-9;
  }
};

#endif
