// SPDX-License-Identifier: Apache-2.0
// A small float scene as a safetensors file that a test can damage before it is written: settings and tensors by name,
// then any text for the header. Written here, apart from the writer under test.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/scene/random_field.h"

struct SceneTensor {
  std::string dtype, bytes;
  std::vector<size_t> shape;
};

struct SceneFile {
  std::map<std::string, std::string> settings;
  std::map<std::string, SceneTensor> tensors;

  explicit SceneFile(uint32_t seed = 7, double near = 1.0) {
    RandomField random(seed);
    const sac_field_t &f = random.field;
    settings = {{"aabb", "[[-1,-1,-1],[1,1.1,1.2]]"}, {"gridSize", "[13,10,11]"}, {"near_far", "[" + std::to_string(near) + ",6]"},
                {"step_ratio", "0.5"}, {"shadingMode", "MLP_Fea"}, {"fea2denseAct", "softplus"}, {"app_dim", "27"},
                {"featureC", "128"}, {"view_pe", "2"}, {"fea_pe", "2"}, {"density_n_comp", "[5,5,5]"},
                {"appearance_n_comp", "[48,48,48]"}, {"density_shift", "-10"}, {"distance_scale", "25"}};
    for (int p = 0; p < 3; p++) {
      int u, v, w;
      sac_field_axes(p, &u, &v, &w);
      const size_t nu = f.grid[u], nv = f.grid[v], nw = f.grid[w];
      const std::string n = std::to_string(p);
      Add("density_plane." + n, {1, 5, nv, nu}, f.density_plane[p]);
      Add("density_line." + n, {1, 5, nw, 1}, f.density_line[p]);
      Add("app_plane." + n, {1, 48, nv, nu}, f.appearance_plane[p]);
      Add("app_line." + n, {1, 48, nw, 1}, f.appearance_line[p]);
    }
    Add("basis_mat.weight", {27, 144}, f.basis);
    Add("renderModule.mlp.0.weight", {128, 150}, f.layer1);
    Add("renderModule.mlp.0.bias", {128}, f.layer1_bias);
    Add("renderModule.mlp.2.weight", {128, 128}, f.layer2);
    Add("renderModule.mlp.2.bias", {128}, f.layer2_bias);
    Add("renderModule.mlp.4.weight", {3, 128}, f.layer3);
    Add("renderModule.mlp.4.bias", {3}, f.layer3_bias);
  }

  void Add(const std::string &name, const std::vector<size_t> &shape, const float *values) {
    size_t count = 1;
    for (size_t side : shape) count *= side;
    tensors[name] = {"F32", std::string((const char *)values, count * sizeof *values), shape};
  }

  void Set(const std::string &name, size_t index, float value) {
    std::memcpy(&tensors.at(name).bytes[index * sizeof value], &value, sizeof value);
  }

  std::string Header() const {
    std::string text = "{\"__metadata__\":{";
    for (const auto &[key, value] : settings) text += (text.back() == '{' ? "\"" : ",\"") + key + "\":\"" + value + "\"";
    text += "}";
    size_t place = 0;
    for (const auto &[name, tensor] : tensors) {
      text += ",\"" + name + "\":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":[";
      for (size_t i = 0; i < tensor.shape.size(); i++) text += (i ? "," : "") + std::to_string(tensor.shape[i]);
      text += "],\"data_offsets\":[" + std::to_string(place) + "," + std::to_string(place + tensor.bytes.size()) + "]}";
      place += tensor.bytes.size();
    }
    return text + "}";
  }

  std::string Data() const {
    std::string data;
    for (const auto &[name, tensor] : tensors) data += tensor.bytes;
    return data;
  }

  static std::string Bytes(const std::string &header, const std::string &data) {
    std::string out;
    for (int i = 0; i < 8; i++) out += (char)(header.size() >> (8 * i));
    return out + header + data;
  }
  std::string Bytes() const { return Bytes(Header(), Data()); }
};

// A transforms.json text: one view from `eye` along -z, turned by `turn` half turns about y.
inline std::string Views(double x, double y, double z, bool turned = false, const std::string &more = "\"camera_angle_x\":0.9,") {
  const std::string sign = turned ? "-1" : "1";
  return "{" + more + "\"w\":16,\"h\":16,\"frames\":[{\"file_path\":\"./r_0\",\"transform_matrix\":[[" + sign + ",0,0," +
         std::to_string(x) + "],[0,1,0," + std::to_string(y) + "],[0,0," + sign + "," + std::to_string(z) + "],[0,0,0,1]]}]}";
}

inline std::string Replaced(std::string text, const std::string &from, const std::string &to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("not in the text: " + from);
  return text.replace(at, from.size(), to);
}
