// SPDX-License-Identifier: Apache-2.0
// Section 3 of docs/attention.md in wide integers, as the tests of softmax and output want it: one
// value at a time.
#ifndef SACCADE_TESTS_ATTEND_NUMBERS_H
#define SACCADE_TESTS_ATTEND_NUMBERS_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using Wide = __int128;

inline Wide RoundEven(Wide x, unsigned n) {
  const Wide unit = Wide{1} << n;
  Wide quotient = x / unit, rest = x % unit;
  if (rest < 0) rest += unit, quotient--;
  return quotient + (2 * rest > unit || (2 * rest == unit && quotient % 2 != 0));
}
inline Wide RoundUp(Wide x, unsigned n) { return n == 0 ? x : (x + (Wide{1} << (n - 1))) >> n; }
inline int64_t Saturate(Wide x, unsigned bits) {
  const Wide top = (Wide{1} << (bits - 1)) - 1;
  return static_cast<int64_t>(x > top ? top : x < -top - 1 ? -top - 1 : x);
}

// A function table whose nodes lie on the function: 256 segments from 0 on, saturating.
struct Table {
  unsigned target, shift;
  int32_t base[256], delta[256];

  template <typename Function>
  Table(unsigned target, unsigned shift, Function function) : target(target), shift(shift) {
    for (int i = 0; i < 256; i++) {
      base[i] = static_cast<int32_t>(std::lround(function(std::ldexp(i, shift))));
      delta[i] = static_cast<int32_t>(std::lround(function(std::ldexp(i + 1, shift)))) - base[i];
    }
  }
  int64_t operator()(int64_t x) const {
    const int64_t i = x >> shift;
    return i > 255 ? base[255] + delta[255]
                   : base[i] +
                         static_cast<int64_t>(RoundUp(Wide{delta[i]} * (x - (i << shift)), shift));
  }
  uint32_t control() const { return shift << 16; }
};
inline const Table &Tanh() {
  static const Table table(5, 7, [](double x) { return 65536 * std::tanh(x / 4096); });
  return table;
}
inline const Table &Power() {
  static const Table table(6, 8, [](double x) { return 65536 * std::exp2(-x / 65536); });
  return table;
}
inline const Table &Log2() {
  static const Table table(7, 8, [](double x) { return 65536 * std::log2(1 + x / 65536); });
  return table;
}

enum { kSoftmax, kLinear, kPolynomial };

struct Numbers {
  unsigned function = kSoftmax, scores = 0;
  unsigned scale = 1, scale_shift = 0, softcap_scale = 1, softcap_shift = 0, softcap_out = 1,
           softcap_out_shift = 0;
  bool softcap = false, bias_words = false;
  int32_t band_low = 0, band_high = 0;
};

struct Head {
  int32_t slope = 0, sink_max = 0;
  unsigned sink_sum = 0;
};

struct State {
  bool none = true;
  int64_t maximum = 0, sum = 0;
};

inline State FirstState(unsigned function, const Head &head) {
  if (function == kLinear) return {false, 0, 0};
  if (function == kPolynomial) return {false, 0, head.sink_sum};
  return {head.sink_sum == 0, head.sink_sum ? head.sink_max : 0, head.sink_sum};
}

// What a key's place gives: j - i (wraps), the word of its bias (or its bit).
struct Place {
  int32_t distance;
  bool band, bias;
  uint32_t word;

  bool Masked(const Numbers &n) const {
    return (band && (distance < n.band_low || distance > n.band_high)) ||
           (bias && (n.bias_words ? word == 0x80000000u : (word & 1) == 0));
  }
};

inline int64_t Logit(const Numbers &n, const Head &head, const Place &place, int64_t score) {
  int64_t logit = Saturate(RoundEven(Wide{score} * n.scale, n.scale_shift), 24);
  if (n.softcap && n.scores != 1) {
    const int64_t u = Saturate(RoundEven(Wide{logit} * n.softcap_scale, n.softcap_shift), 16);
    const int64_t h = Tanh()(std::min<int64_t>(std::abs(u), 32767));
    logit =
        Saturate((u < 0 ? -1 : 1) * RoundEven(Wide{h} * n.softcap_out, n.softcap_out_shift), 24);
  }
  if (n.scores == 1 || n.scores == 2) return logit;
  const int64_t slope = Saturate(RoundEven(Wide{head.slope} * place.distance, 12), 24);
  return Saturate(
      Wide{logit} + slope + (place.bias && n.bias_words ? static_cast<int32_t>(place.word) : 0),
      24);
}

// Probabilities of a row of a step, the new state, and dm (63: all gone).
inline unsigned Probabilities(unsigned function, const std::vector<int64_t> &z,
                              const std::vector<bool> &masked, State *state,
                              std::vector<uint16_t> *p) {
  p->assign(z.size(), 0);
  bool any = false;
  int64_t highest = 0;
  for (size_t j = 0; j < z.size(); j++) {
    if (masked[j]) continue;
    highest = any ? std::max(highest, z[j]) : z[j];
    any = true;
  }
  if (!any) return 0;
  const int64_t ceiling = (highest + 4095) >> 12;
  const int64_t maximum = function != kSoftmax ? 0
                          : state->none        ? ceiling
                                               : std::max(state->maximum, ceiling);
  const int64_t moved = function != kSoftmax || state->none ? 0 : maximum - state->maximum;
  int64_t sum = 0;
  for (size_t j = 0; j < z.size(); j++) {
    if (masked[j]) continue;
    int64_t value;
    if (function == kLinear) {
      value = Saturate(z[j], 16);
    } else if (function == kPolynomial) {
      value = std::clamp<int64_t>(
          4096 + z[j] + static_cast<int64_t>(RoundEven(Wide{z[j]} * z[j], 13)), 0, 65535);
    } else {
      const int64_t t = maximum * 4096 - z[j];
      value = t >> 12 >= 32 ? 0
                            : std::min<int64_t>(
                                  65535, static_cast<int64_t>(RoundUp(
                                             Power()((t & 4095) * 16), static_cast<unsigned>(t >> 12))));
    }
    (*p)[j] = static_cast<uint16_t>(value);
    sum += value;
  }
  const auto dm = static_cast<unsigned>(std::min<int64_t>(moved, 63));
  if (function != kLinear)
    state->sum = (dm == 63 ? 0 : static_cast<int64_t>(RoundUp(state->sum, dm))) + sum;
  state->maximum = maximum;
  state->none = false;
  return dm;
}

inline int32_t LogSumExp(const State &state) {
  if (state.sum == 0) return INT32_MIN;
  const int e = 63 - __builtin_clzll(static_cast<uint64_t>(state.sum));
  const int64_t n = e > 23 ? state.sum >> (e - 23) : state.sum << (23 - e);
  return static_cast<int32_t>((state.maximum + e - 16) * 65536 + Log2()((n - (1 << 23)) >> 7));
}

inline int16_t Output(unsigned function, const State &state, int64_t o, unsigned output_shift) {
  if (function == kLinear)
    return static_cast<int16_t>(Saturate(RoundEven(Wide{o} * 256, output_shift), 16));
  if (state.sum == 0) return 0;
  const int e = 63 - __builtin_clzll(static_cast<uint64_t>(state.sum));
  const int64_t n = e > 23 ? state.sum >> (e - 23) : state.sum << (23 - e);
  const int64_t r = (int64_t{1} << 40) / n;
  return static_cast<int16_t>(Saturate(
      RoundEven(Wide{o} * r,
                static_cast<unsigned>(std::max(0, e + 9 - static_cast<int>(output_shift)))),
      16));
}

#endif
