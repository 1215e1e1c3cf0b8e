#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns an official TensoRF checkpoint (.th) into a safetensors scene.

  import_tensorf.py SCENE.th -o SCENE.safetensors

Never executes what the file says (see tensorf/checkpoint.py) and needs numpy only. Planes and
lines become float16 where that loses nothing, or with --half; otherwise they stay float32. The
model must be a TensorVMSplit with MLP_Fea in the published shape; anything else is refused by
name, with exit code 1 and nothing written.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
  import numpy as np
except ImportError:
  sys.exit("import_tensorf.py: numpy is not installed: run scripts/setup.sh")

from tensorf import checkpoint, scene_file
from tensorf.scene_file import SceneError

EXPECTED = {
  "density_n_comp": [16, 16, 16], "appearance_n_comp": [48, 48, 48], "app_dim": 27,
  "shadingMode": "MLP_Fea", "view_pe": 2, "fea_pe": 2, "featureC": 128,
  "fea2denseAct": "softplus",
}
KEPT = ("density_shift", "alphaMask_thres", "distance_scale", "rayMarch_weight_thres",
        "fea2denseAct", "near_far", "step_ratio", "shadingMode", "pos_pe", "view_pe", "fea_pe",
        "featureC")


def _field(content, path, name):
  if not isinstance(content, dict) or name not in content:
    raise SceneError(f"{path}: {name}: missing")
  return content[name]


def _box(value, path, name):
  box = np.asarray(value, np.float64)
  if box.shape != (2, 3) or not np.isfinite(box).all() or not (box[1] > box[0]).all():
    raise SceneError(f"{path}: {name}: not a box of two corners")
  return box


def _numbers(array, half):
  """The array as float32, or float16 where that is exact or wished for."""
  wide = np.asarray(array, np.float32)
  with np.errstate(over="ignore"):
    narrow = wide.astype("<f2")
  return narrow if half or np.array_equal(narrow.astype(np.float32), wide) else wide


def _text(value):
  return value if isinstance(value, str) else json.dumps(value)


def convert(path, half, name):
  """Reads the checkpoint; returns the tensors and metadata of a scene file."""
  content = checkpoint.load(path)
  kwargs, state = _field(content, path, "kwargs"), _field(content, path, "state_dict")
  for key, value in EXPECTED.items():
    if _field(kwargs, path, key) != value:
      raise SceneError(f"{path}: kwargs.{key}: expected {value}, found {kwargs[key]}")
  grid = _field(kwargs, path, "gridSize")
  if not isinstance(grid, list) or len(grid) != 3 \
      or not all(isinstance(g, int) and 2 <= g <= 4096 for g in grid):
    raise SceneError(f"{path}: kwargs.gridSize: expected three sizes of 2 to 4096, found {grid}")
  box = _box(_field(kwargs, path, "aabb"), path, "kwargs.aabb")

  tensors = {}
  for tensor in scene_file.tensor_shapes(grid):
    factor = tensor.startswith(("density_", "app_"))
    value = _field(state, path, tensor)
    if not isinstance(value, np.ndarray):
      raise SceneError(f"{path}: {tensor}: not a tensor")
    tensors[tensor] = _numbers(value, half) if factor else np.asarray(value, np.float32)

  if "alphaMask.mask" in content:
    shape = [int(n) for n in _field(content, path, "alphaMask.shape")][-3:]
    mask = np.asarray(content["alphaMask.mask"], np.uint8).reshape(-1)
    mask_box = _box(_field(content, path, "alphaMask.aabb"), path, "alphaMask.aabb")
    if min(shape) < 2 or mask.size != (int(np.prod(shape)) + 7) // 8:
      raise SceneError(f"{path}: alphaMask.mask: {mask.size} bytes do not make shape {shape}")
  else:                                 # trained without a mask: all cells count
    shape, mask_box = list(reversed(grid)), box
    mask = np.packbits(np.ones(int(np.prod(shape)), bool))
  tensors["alphaMask.mask"] = mask
  tensors["alphaMask.aabb"] = mask_box.astype("<f4")
  scene_file.check(path, tensors, grid)

  metadata = scene_file.settings(box, grid, name)
  metadata["alphaMask_shape"] = json.dumps(shape)
  for key in KEPT:
    metadata[key] = _text(_field(kwargs, path, key))
  ratio = float(kwargs["step_ratio"])
  size = (box[1] - box[0]).astype(np.float32)
  step = float(np.mean(size / (np.asarray(grid, np.float32) - 1)) * np.float32(ratio))
  if not step > 0:
    raise SceneError(f"{path}: kwargs.step_ratio: expected a positive number, found {ratio}")
  metadata["stepSize"] = repr(step)
  metadata["nSamples"] = str(int(float(np.sqrt(np.sum(size * size))) / step) + 1)
  return tensors, metadata


def main(argv=None):
  parser = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("checkpoint", help="file written by the official TensorBase.save")
  parser.add_argument("-o", "--output", required=True, help="scene file to write")
  parser.add_argument("--half", action="store_true", help="round planes and lines to float16")
  parser.add_argument("--name", help="name of the scene (default: from the output's name)")
  arguments = parser.parse_args(argv)
  name = arguments.name or os.path.basename(arguments.output).removesuffix(".safetensors")
  try:
    tensors, metadata = convert(arguments.checkpoint, arguments.half, name)
    scene_file.write(arguments.output, tensors, metadata)
  except SceneError as e:
    print(f"import_tensorf.py: {e}", file=sys.stderr)
    return 1
  print(f"{arguments.output}: gridSize {metadata['gridSize']}, "
        f"{os.path.getsize(arguments.output)} bytes")
  return 0


if __name__ == "__main__":
  sys.exit(main())
