# SPDX-License-Identifier: Apache-2.0
"""Scene files: safetensors with TensoRF's tensor names and its settings as metadata strings.

A safetensors file is an 8-byte little-endian length, a JSON header of that length (name ->
dtype, shape, byte range; `__metadata__` -> strings) and the raw tensors. numpy only. Errors are
`SceneError`s that name file and field; files are written aside and renamed when complete.
"""
import json
import os
import struct

import numpy as np

DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "U8": np.dtype("u1")}
PAIRS = ((0, 1, 2), (0, 2, 1), (1, 2, 0))   # per plane: its x axis, its y axis, the line's axis
DENSITY, APPEARANCE, FEATURES, WIDTH = 16, 48, 27, 128


class SceneError(Exception):
  """A message for the user: which file, which field, what was expected and found."""


def settings(aabb, grid, name):
  """The metadata of a scene with the model shape that Saccade renders."""
  size = np.asarray(aabb[1], np.float64) - np.asarray(aabb[0], np.float64)
  step = float(np.mean(size / (np.asarray(grid) - 1)) * 0.5)
  samples = int(np.sqrt(np.sum(size * size)) / step) + 1
  return {
    "format": "TensoRF TensorVMSplit", "model": "TensorVMSplit",
    "aabb": json.dumps(np.asarray(aabb, np.float32).astype(float).tolist()),
    "gridSize": json.dumps([int(g) for g in grid]),
    "density_n_comp": "[16, 16, 16]", "appearance_n_comp": "[48, 48, 48]", "app_dim": "27",
    "density_shift": "-10", "alphaMask_thres": "0.0001", "distance_scale": "25",
    "rayMarch_weight_thres": "0.0001", "fea2denseAct": "softplus", "near_far": "[2.0, 6.0]",
    "step_ratio": "0.5", "shadingMode": "MLP_Fea", "pos_pe": "6", "view_pe": "2", "fea_pe": "2",
    "featureC": "128", "alphaMask_shape": json.dumps([int(g) for g in reversed(grid)]),
    "alphaMask_bit_order":
      "numpy.packbits (most significant bit first), C order z,y,x",
    "stepSize": repr(step), "nSamples": str(samples), "white_background": "true", "scene": name,
  }


def tensor_shapes(grid):
  """Name -> shape of every tensor but the mask, for gridSize (gx, gy, gz)."""
  shapes = {}
  for kind, count in (("density", DENSITY), ("app", APPEARANCE)):
    for i, (x, y, line) in enumerate(PAIRS):
      shapes[f"{kind}_plane.{i}"] = (1, count, grid[y], grid[x])
      shapes[f"{kind}_line.{i}"] = (1, count, grid[line], 1)
  shapes["basis_mat.weight"] = (FEATURES, 3 * APPEARANCE)
  for layer, (rows, columns) in ((0, (WIDTH, 150)), (2, (WIDTH, WIDTH)), (4, (3, WIDTH))):
    shapes[f"renderModule.mlp.{layer}.weight"] = (rows, columns)
    shapes[f"renderModule.mlp.{layer}.bias"] = (rows,)
  return shapes


def write(path, tensors, metadata):
  """Writes the arrays (float32, float16 or uint8) and the metadata."""
  names = {v: k for k, v in DTYPES.items()}
  order = sorted(tensors, key=lambda n: (-tensors[n].dtype.itemsize, n))
  header, at = {"__metadata__": metadata}, 0
  for name in order:
    a = tensors[name]
    header[name] = {"dtype": names[a.dtype], "shape": list(a.shape),
                    "data_offsets": [at, at + a.nbytes]}
    at += a.nbytes
  text = json.dumps(header).encode()
  text += b" " * (-len(text) % 8)
  aside = f"{path}.part"
  try:
    with open(aside, "wb") as f:
      f.write(struct.pack("<Q", len(text)) + text)
      for name in order:
        f.write(np.ascontiguousarray(tensors[name]).tobytes())
    os.replace(aside, path)
  except OSError as e:
    if os.path.exists(aside):
      os.remove(aside)
    raise SceneError(f"{path}: cannot write: {e.strerror}") from e


def read(path):
  """Reads a scene; returns (tensors, metadata). Checks header, names, dtypes and shapes."""
  try:
    with open(path, "rb") as f:
      data = f.read()
  except OSError as e:
    raise SceneError(f"{path}: cannot read: {e.strerror}") from e
  if len(data) < 8 or struct.unpack("<Q", data[:8])[0] > len(data) - 8:
    raise SceneError(f"{path}: header: the file is shorter ({len(data)} bytes) than it says")
  length = struct.unpack("<Q", data[:8])[0]
  try:
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    grid = json.loads(metadata["gridSize"])
    tensors = {}
    for name, entry in header.items():
      first, last = entry["data_offsets"]
      dtype = DTYPES[entry["dtype"]]
      size = int(np.prod(entry["shape"])) * dtype.itemsize
      if not 0 <= first <= last <= len(data) - 8 - length or last - first != size:
        raise SceneError(f"{path}: {name}: data_offsets [{first}, {last}] do not fit its shape "
                         f"or leave the file")
      body = data[8 + length + first:8 + length + last]
      tensors[name] = np.frombuffer(body, dtype).reshape(entry["shape"])
  except (ValueError, KeyError, TypeError, AttributeError) as e:
    raise SceneError(f"{path}: header: not a safetensors scene ({type(e).__name__}: {e})") from e
  check(path, tensors, grid)
  return tensors, metadata


def check(path, tensors, grid):
  """Refuses a scene that lacks a tensor or has one of another shape."""
  for name, shape in tensor_shapes(grid).items():
    if name not in tensors:
      raise SceneError(f"{path}: {name}: missing")
    if tensors[name].shape != shape:
      raise SceneError(f"{path}: {name}: expected shape {list(shape)}, "
                       f"found {list(tensors[name].shape)}")
    if not np.isfinite(tensors[name]).all():
      raise SceneError(f"{path}: {name}: holds NaN or infinity")
  for name in ("alphaMask.mask", "alphaMask.aabb"):
    if name not in tensors:
      raise SceneError(f"{path}: {name}: missing")
