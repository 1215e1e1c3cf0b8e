#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a TensoRF scene from a Blender folder, or evaluates one against its held-out views.

  train.py FOLDER -o SCENE.safetensors [--prune]   learns from transforms_train.json
  train.py FOLDER --evaluate SCENE.safetensors     PSNR against transforms_test.json

The field is the official TensorVMSplit with MLP_Fea (16x3 and 48x3 components); mathematics and
schedule: Chen et al., TensoRF, ECCV 2022. Needs PyTorch and Pillow (scripts/setup.sh --train).
On a terminal a progress line is shown; in a pipe only the results are printed.
"""
import argparse
import math
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
  import torch
  import PIL  # noqa: F401  (used when pictures are read)
except ImportError as e:
  sys.exit(f"train.py: {e.name} is not installed: run scripts/setup.sh --train")

from tensorf.field import Field
from tensorf.march import Occupancy, picture
from tensorf.scene_file import SceneError
from tensorf.training import Trainer
from tensorf.views import Views


def psnr(error):
  return -10 * math.log10(max(error, 1e-12))


def progress(trainer):
  """A bar on a terminal, nothing elsewhere."""
  if not sys.stderr.isatty() or (trainer.done % 20 and trainer.done != trainer.total):
    return
  recent = trainer.losses[-100:]
  filled = round(24 * trainer.done / trainer.total)
  seconds = time.monotonic() - trainer.begun
  left = seconds / trainer.done * (trainer.total - trainer.done)
  print(f"\r[{'#' * filled}{'.' * (24 - filled)}] {trainer.done}/{trainer.total}  "
        f"{psnr(sum(recent) / len(recent)):5.2f} dB  grid {'x'.join(map(str, trainer.field.grid))}"
        f"  {trainer.samples_per_ray:5.1f} samples/ray  {seconds:4.0f} s, {left:4.0f} s left ",
        end="\n" if trainer.done == trainer.total else "", file=sys.stderr, flush=True)


def train(arguments):
  begun = time.monotonic()
  torch.manual_seed(arguments.seed)
  views = Views(arguments.folder, "train")
  trainer = Trainer(views, arguments.iterations, arguments.grid, arguments.rays, progress)
  trainer.run()
  part = max(1, min(20, len(trainer.losses) // 4))
  first, last = sum(trainer.losses[:part]) / part, sum(trainer.losses[-part:]) / part
  print(f"loss {first:.6f} -> {last:.6f} ({psnr(last):.2f} dB on training rays), "
        f"{arguments.iterations} iterations, seed {arguments.seed}")
  if arguments.prune:
    zeros = trainer.prune()
    last = sum(trainer.losses[-part:]) / part
    print(f"pruned: {100 * zeros['density_plane']:.1f} % of density and "
          f"{100 * zeros['app_plane']:.1f} % of appearance plane entries are zero, "
          f"{psnr(last):.2f} dB on training rays")
  name = os.path.basename(arguments.output).removesuffix(".safetensors")
  trainer.field.save(arguments.output, trainer.final_mask(), name)
  print(f"{arguments.output}: grid {'x'.join(map(str, trainer.field.grid))}, "
        f"{os.path.getsize(arguments.output)} bytes, {time.monotonic() - begun:.0f} s")


def evaluate(arguments):
  field, vertices, box = Field.load(arguments.evaluate)
  mask = Occupancy(vertices, box)
  views = Views(arguments.folder, "test", arguments.views)
  total = 0.0
  for k, name in enumerate(views.names):
    begun = time.monotonic()
    origin, direction = views.rays(k)
    rendered = picture(field, mask, torch.from_numpy(origin), torch.from_numpy(direction))
    seconds = time.monotonic() - begun
    truth = torch.from_numpy(views.pictures[k]).reshape(-1, 3)
    value = psnr(float((rendered - truth).square().mean()))
    total += value
    print(f"{name}  {views.width}x{views.height}  {value:.2f} dB  {seconds:.2f} s")
    if arguments.pictures:
      from PIL import Image
      os.makedirs(arguments.pictures, exist_ok=True)
      image = (rendered * 255).round().to(torch.uint8).reshape(views.height, views.width, 3)
      path = os.path.join(arguments.pictures, os.path.basename(name).removesuffix(".png"))
      Image.fromarray(image.numpy()).save(path + ".png")
  print(f"mean over {len(views.names)} held-out views: {total / len(views.names):.2f} dB")


def main(argv=None):
  parser = argparse.ArgumentParser(description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("folder", help="Blender folder: transforms_train.json or _test, pictures")
  what = parser.add_mutually_exclusive_group(required=True)
  what.add_argument("-o", "--output", help="scene file to write")
  what.add_argument("--evaluate", metavar="SCENE", help="scene file to compare with the truth")
  parser.add_argument("--iterations", type=int, default=4000)
  parser.add_argument("--grid", type=int, default=96, metavar="N",
                      help="final size: N^3 voxels over the shrunk box (default 96)")
  parser.add_argument("--rays", type=int, default=2048, help="rays per iteration")
  parser.add_argument("--seed", type=int, default=1)
  parser.add_argument("--prune", action="store_true",
                      help="zero most plane entries and fine-tune (a fifth more iterations)")
  parser.add_argument("--views", type=int, help="evaluate at most this many views")
  parser.add_argument("--pictures", metavar="DIR", help="write the evaluated pictures")
  parser.add_argument("--threads", type=int, default=1, help="processor threads (default 1)")
  arguments = parser.parse_args(argv)
  for name, low in (("iterations", 4), ("grid", 8), ("rays", 64), ("threads", 1), ("views", 1)):
    value = getattr(arguments, name)
    if value is not None and value < low:
      parser.error(f"--{name}: expected at least {low}, found {value}")
  torch.set_num_threads(arguments.threads)
  try:
    evaluate(arguments) if arguments.evaluate else train(arguments)
  except SceneError as e:
    print(f"train.py: {e}", file=sys.stderr)
    return 1
  return 0


if __name__ == "__main__":
  sys.exit(main())
