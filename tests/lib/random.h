// SPDX-License-Identifier: Apache-2.0
// What tests of small modules share: a clock, a reset, and random numbers whose seed can be given again.
#ifndef SACCADE_TESTS_LIB_RANDOM_H
#define SACCADE_TESTS_LIB_RANDOM_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "verilated.h"

struct Random {
  uint32_t seed;
  std::string rerun;  // for SCOPED_TRACE
  std::mt19937_64 engine;

  Random(uint32_t own, const std::string &program) : seed(own) {
    if (const char *text = std::getenv("SAC_SEED")) seed = static_cast<uint32_t>(std::strtoul(text, nullptr, 0));
    rerun = "seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) + " make test T=" + program;
    engine.seed(seed);
  }
  uint64_t operator()() { return engine(); }
  uint64_t Pick(uint64_t low, uint64_t high) { return std::uniform_int_distribution<uint64_t>(low, high)(engine); }
  bool Chance(unsigned percent) { return Pick(0, 99) < percent; }
  // A number of a random length up to `bits`: short ones are as likely as long ones.
  uint64_t Bits(unsigned bits) {
    const unsigned length = static_cast<unsigned>(Pick(0, bits));
    return length == 0 ? 0 : engine() >> (64 - length);
  }
};

// A module with clk_i and rst_ni. Inputs are set between clocks; outputs are read after eval().
template <class Module>
class Clocked {
 public:
  Clocked() : module_(std::make_unique<Module>(&context_)) {
    module_->clk_i = 0;
    module_->rst_ni = 0;
    module_->eval();
  }
  Module *operator->() { return module_.get(); }
  Module &operator*() { return *module_; }
  void Tick() {
    module_->clk_i = 1;
    module_->eval();
    module_->clk_i = 0;
    module_->eval();
  }
  void Reset() {
    module_->rst_ni = 0;
    Tick();
    Tick();
    module_->rst_ni = 1;
    module_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Module> module_;
};

#endif
