# SPDX-License-Identifier: Apache-2.0
"""Reads a build configuration (configs/*.yaml) and checks it against parameters.yaml.

The hash is FNV-1a (32 bits) over the lines 'key=value\\n' of section `build`, in the order of parameters.yaml.
"""
import os

from source import SpecError, check_keys, load_yaml


def build_hash(spec, build):
  value = 0x811C9DC5
  for item in spec.parameters:
    for byte in f"{item['name']}={build[item['name']]}\n".encode():
      value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
  return value


def _words(elements, lanes):
  return -(-elements // lanes)


def _relations(build):
  """Relations between parameters: (holds, key to blame, message)."""
  lanes = build["lanes"]
  groups = _words(128, lanes)
  weights = _words(27, lanes) * 144 + groups * (150 + 128 + 3)
  quant = (_words(27, lanes) + 2 * groups) * lanes + 3
  operands = 2 * (_words(150, lanes) + _words(144, lanes))
  longest = build["x_words"] // 2 * lanes
  beat = build["axi_data_width"] // 8
  chunks = _words(build["head_dim"], lanes)
  steps = 4 if lanes >= 32 else 2  # step buffers: where a KV word may hold two keys (docs/attention.md, 5)
  attend = 2 * build["query_blocks"] * chunks + steps * _words(build["kv_tile"], lanes)
  return [
      (build["weight_words"] >= weights, "weight_words", f"RENDER needs {weights} with lanes {lanes}"),
      (build["quant_entries"] >= quant, "quant_entries", f"RENDER needs {quant} with lanes {lanes}"),
      (build["x_words"] >= operands, "x_words", f"RENDER needs {operands} with lanes {lanes}"),
      (build["matmul_k"] <= longest, "matmul_k", f"half of x_words holds {longest} values"),
      (build["x_words"] >= attend, "x_words", f"ATTEND needs {attend} with lanes {lanes}"),
      (build["head_dim"] % 16 == 0 and build["head_dim"] % lanes == 0, "head_dim", f"expected a multiple of 16 and of lanes {lanes}"),
      (chunks < 32, "head_dim", f"at most 31 times the lanes {lanes}"),
      (2 * build["kv_tile"] * chunks < 8192, "kv_tile", f"at most {8191 // (2 * chunks)} with head_dim {build['head_dim']}"),
      (build["appearance_lanes"] <= lanes, "appearance_lanes", f"at most the lanes {lanes}"),
      (build["attend_lanes"] <= build["rows"], "attend_lanes", f"at most the rows {build['rows']}"),
      (build["output_lanes"] <= build["axi_data_width"] // 16, "output_lanes", f"at most the {build['axi_data_width'] // 16} elements of a beat"),
      (build["block_bytes"] % 4 == 0, "block_bytes", "blocks are multiples of 4 bytes"),
      (build["burst_bytes"] // beat <= 256, "burst_bytes", f"a burst has at most 256 beats of {beat} bytes"),
  ]


def load_config(spec, path, shown=None):
  """The configuration with keys name, build, memory, clock_mhz and hash."""
  shown = shown or path
  data = load_yaml(path, shown)
  check_keys(data, shown, ["name", "build", "memory", "clock_mhz"])
  stem = os.path.splitext(os.path.basename(path))[0]
  if data["name"] != stem:
    raise SpecError(f"{data.where('name')}: name is {data['name']}, expected {stem} as the file is called")
  build = data["build"]
  check_keys(build, data.where("build"), [item["name"] for item in spec.parameters])
  check_keys(data["memory"], data.where("memory"), ["latency_cycles", "bytes_per_cycle"])
  for item in spec.parameters:
    name = item["name"]
    value = build[name]
    where = build.where(name)
    if isinstance(value, bool) or not isinstance(value, int):
      raise SpecError(f"{where}: {name} is {value}, expected an integer")
    if "values" in item and value not in item["values"]:
      raise SpecError(f"{where}: {name} is {value}, expected one of {', '.join(map(str, item['values']))}")
    if "min" in item and not item["min"] <= value <= item["max"]:
      raise SpecError(f"{where}: {name} is {value}, expected {item['min']} to {item['max']}")
  for holds, name, message in _relations(build):
    if not holds:
      raise SpecError(f"{build.where(name)}: {name} is {build[name]}: {message}")
  for section, key in ((data["memory"], "latency_cycles"), (data["memory"], "bytes_per_cycle"), (data, "clock_mhz")):
    if isinstance(section[key], bool) or not isinstance(section[key], int) or section[key] < 1:
      raise SpecError(f"{section.where(key)}: {key} is {section[key]}, expected an integer of 1 or more")
  return {**data, "hash": build_hash(spec, build)}
