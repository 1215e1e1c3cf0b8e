#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Renders views of the armillary eye as a Blender folder for scripts/train.py.

Writes OUT/transforms_train.json, OUT/transforms_test.json, OUT/train/r_N.png and
OUT/test/r_N.png: 8-bit RGB on white, Blender camera convention (camera to world, looking along
-z, y up), principal point in the middle. The same arguments give the same bytes.
"""
import argparse
import json
import os
import struct
import sys
import zlib

import numpy as np

import tracer

ANGLE_X = 0.6911112070083618    # the field of view of the NeRF synthetic set
RADIUS = 4.031128874
BATCH = 1 << 16


def write_png(path, image):
  """Writes an (h,w,3) uint8 array as PNG."""
  height, width, _ = image.shape
  rows = np.zeros((height, 1 + 3 * width), np.uint8)
  rows[:, 1:] = image.reshape(height, -1)

  def chunk(tag, body):
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

  header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
  with open(path + ".part", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + chunk(b"IEND", b""))
  os.replace(path + ".part", path)


def camera(azimuth, elevation):
  """Camera-to-world matrix of a camera on the sphere that looks at the origin (angles in rad)."""
  back = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth),
                   np.sin(elevation)])
  right = np.cross([0.0, 0.0, 1.0], back)
  right /= np.linalg.norm(right)
  matrix = np.eye(4)
  matrix[:3, 0], matrix[:3, 1] = right, np.cross(back, right)
  matrix[:3, 2], matrix[:3, 3] = back, RADIUS * back
  return matrix


def training_cameras(count, seed):
  """Cameras spread evenly (golden angle) from 25 degrees below to 80 above, slightly jittered."""
  rng = np.random.default_rng(seed)
  low, high = np.sin(np.radians(-25.0)), np.sin(np.radians(80.0))
  for k in range(count):
    height = low + (high - low) * (k + 0.5 + rng.uniform(-0.3, 0.3)) / count
    azimuth = k * np.pi * (3 - np.sqrt(5.0)) + rng.uniform(-0.1, 0.1)
    yield camera(azimuth, np.arcsin(height))


def test_cameras(count):
  """A gaze around the object: a closed path whose height swings between 2 and 44 degrees."""
  for k in range(count):
    turn = 2 * np.pi * k / count
    yield camera(turn - np.radians(70.0), np.radians(23.0 - 21.0 * np.cos(2 * turn + 0.9)))


def render(matrix, width, height, side):
  """One view, `side` x `side` rays per pixel, as an (h,w,3) uint8 array on white."""
  focal = 0.5 * width / np.tan(0.5 * ANGLE_X)
  rotation = matrix[:3, :3].astype(np.float32)
  eye = matrix[:3, 3].astype(np.float32)
  total = np.zeros((height * width, 3), np.float32)
  j, i = np.divmod(np.arange(height * width), width)
  for sub in range(side * side):
    dx, dy = (sub % side + 0.5) / side, (sub // side + 0.5) / side
    d = np.stack([(i + dx - width / 2) / focal, -(j + dy - height / 2) / focal,
                  -np.ones(len(i))], 1).astype(np.float32)
    d = (d / np.linalg.norm(d, axis=1, keepdims=True)) @ rotation.T
    for first in range(0, len(d), BATCH):
      part = d[first:first + BATCH]
      light, cover = tracer.trace(np.broadcast_to(eye, part.shape), part)
      cover = cover[:, None]
      total[first:first + BATCH] += tracer.display(light) * cover + (1 - cover)
  return np.rint(total / (side * side) * 255).astype(np.uint8).reshape(height, width, 3)


def main(argv=None):
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("out", help="folder to write")
  parser.add_argument("--train", type=int, default=90, help="training views (default 90)")
  parser.add_argument("--test", type=int, default=8, help="held-out views (default 8)")
  parser.add_argument("--size", type=int, default=200, help="pixels of a training view's side")
  parser.add_argument("--test-size", type=int, help="pixels of a held-out view's side (as --size)")
  parser.add_argument("--rays", type=int, default=3, help="rays per pixel and axis (default 3)")
  parser.add_argument("--seed", type=int, default=1, help="jitter of the training cameras")
  arguments = parser.parse_args(argv)
  test_size = arguments.test_size or arguments.size
  for name, low, value in (("--train", 0, arguments.train), ("--test", 0, arguments.test),
                           ("--size", 1, arguments.size), ("--test-size", 1, test_size),
                           ("--rays", 1, arguments.rays)):
    if value < low:
      parser.error(f"{name}: expected at least {low}, found {value}")

  sets = (("train", list(training_cameras(arguments.train, arguments.seed)), arguments.size),
          ("test", list(test_cameras(arguments.test)), test_size))
  for name, cameras, size in sets:
    os.makedirs(os.path.join(arguments.out, name), exist_ok=True)
    frames = []
    for k, matrix in enumerate(cameras):
      write_png(os.path.join(arguments.out, name, f"r_{k}.png"),
                render(matrix, size, size, arguments.rays))
      frames.append({"file_path": f"./{name}/r_{k}", "transform_matrix": matrix.tolist()})
      if sys.stderr.isatty():
        print(f"\r{name} {k + 1}/{len(cameras)} ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
      print(file=sys.stderr)
    with open(os.path.join(arguments.out, f"transforms_{name}.json"), "w", encoding="utf-8") as f:
      json.dump({"camera_angle_x": ANGLE_X, "w": size, "h": size, "frames": frames}, f, indent=1)
      f.write("\n")
  print(f"{arguments.out}: {len(sets[0][1])} training and {len(sets[1][1])} held-out views")
  return 0


if __name__ == "__main__":
  sys.exit(main())
