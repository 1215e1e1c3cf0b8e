// SPDX-License-Identifier: Apache-2.0
// Runs the saccade command as a user does. SAC_COMMAND is the binary: build/saccade, or the one with sanitizers where
// the test is built a second time.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "temporary.h"

struct Outcome {
  int status;  // exit status; 128 and more: died by a signal
  std::string out, err;
};

class Cli : public testing::Test {
 protected:
  static std::string Quote(const std::string &word) {
    std::string quoted = "'";
    for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
  }

  Outcome Run(const std::vector<std::string> &words) {
    std::string line = SAC_COMMAND;
    for (const auto &word : words) line += " " + Quote(word);
    line += " > " + Quote(log_.File("out")) + " 2> " + Quote(log_.File("err")) + " < /dev/null";
    const int status = std::system(line.c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, TemporaryFolder::Read(log_.File("out")), TemporaryFolder::Read(log_.File("err"))};
  }

  Outcome Good(const std::vector<std::string> &words) {
    const Outcome outcome = Run(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome;
  }

  // Exit status 1, one line of message with all the `says`, and no file more or less than before.
  void Refused(const std::vector<std::string> &words, const std::vector<std::string> &says) {
    std::string shown;
    for (const auto &word : words) shown += word + " ";
    SCOPED_TRACE(shown);
    const size_t files = folder_.Files();
    const Outcome outcome = Run(words);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_EQ(outcome.err.rfind("saccade " + words[0] + ": ", 0), 0u) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const auto &text : says) EXPECT_NE(outcome.err.find(text), std::string::npos) << "wanted: " << text << "\nfound: " << outcome.err;
    EXPECT_EQ(folder_.Files(), files) << "a file was left behind";
  }

  TemporaryFolder folder_;

 private:
  TemporaryFolder log_;
};
