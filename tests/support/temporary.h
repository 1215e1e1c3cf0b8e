// SPDX-License-Identifier: Apache-2.0
// A folder for the files of one test; it goes away with the test.
#ifndef SACCADE_TESTS_TEMPORARY_H
#define SACCADE_TESTS_TEMPORARY_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "saccade.XXXXXX").string();
    if (mkdtemp(&pattern[0]) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string File(const std::string &name) const { return path_ + "/" + name; }

  std::string Write(const std::string &name, const std::string &bytes) const {
    std::ofstream(File(name), std::ios::binary) << bytes;
    return File(name);
  }

  static std::string Read(const std::string &path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }

  size_t Files() const {
    size_t count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(path_)) count += entry.exists();
    return count;
  }

 private:
  std::string path_;
};

#endif
