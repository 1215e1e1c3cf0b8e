// SPDX-License-Identifier: Apache-2.0
// Waves for unit tests of modules: with WAVE=1 the header VMODULE.h of a test is a generated one that makes VMODULE a
// Waved<VMODULE_raw>. Every instance writes a file of its own, SAC_WAVE.fst, SAC_WAVE-1.fst, ...; each eval() is one
// step of time.
#ifndef TESTS_SUPPORT_WAVE_H
#define TESTS_SUPPORT_WAVE_H

#include <cstdio>
#include <string>

#include "verilated_fst_c.h"

template <class Raw>
class Waved : public Raw {
 public:
  explicit Waved(VerilatedContext *context = Verilated::threadContextp(), const char *name = "TOP")
      : Raw(context, name) {
    context->traceEverOn(true);
    static int instances = 0;
    const std::string number = instances++ ? "-" + std::to_string(instances - 1) : "";
    const std::string path = SAC_WAVE + number + ".fst";
    Raw::trace(&wave_, kDepth);
    wave_.open(path.c_str());
  }
  ~Waved() { wave_.close(); }

  void eval() {
    Raw::eval();
    wave_.dump(++steps_);
    // What led to an abort is what somebody wants to see.
    if (steps_ % kFlush == 0) wave_.flush();
  }

 private:
  static constexpr int kDepth = 99;
  static constexpr uint64_t kFlush = 8192;
  VerilatedFstC wave_;
  uint64_t steps_ = 0;
};

#endif
