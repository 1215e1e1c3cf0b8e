// SPDX-License-Identifier: Apache-2.0
// The trained scenes of tests: ours, and those of the test data where they are there.
#ifndef SACCADE_TESTS_TEST_SCENES_H
#define SACCADE_TESTS_TEST_SCENES_H

#include <gtest/gtest.h>

#include <fstream>
#include <string>

struct TestScene {
  std::string name, field, pruned, views, folder;  // `pruned` may be empty

  static TestScene Named(const std::string &name) {
    if (name == "armillary") {
      return {name, "scenes/armillary.safetensors", "", "scenes/armillary/transforms_test.json", "scenes/armillary"};
    }
    const std::string folder = std::string(SAC_SHARED_DATA) + "/scenes/" + name;
    return {name, folder + "/scene.safetensors", folder + "/pruned.safetensors", folder + "/transforms_test.json", folder};
  }
  bool There() const { return std::ifstream(field).good(); }
};

#define SKIP_WITHOUT_SCENE(scene) \
  if (!(scene).There()) GTEST_SKIP() << "no test scene at " << (scene).field

#endif
