#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures speed, all in one run, and writes docs/results/bench.json: bench.py [--stride N] [--rtl-size WxH]
[--edge-crop X,Y,WxH]

  model      an 800 x 800 frame on `edge`, in seconds and CPU seconds, against the published renderer in PyTorch on the
             same scene and cores (every --stride-th row of it, scaled up; needs PyTorch: scripts/setup.sh --train);
             of both the fastest of five runs, for PyTorch's times differ by half between one run and the next
  simulator  the Verilated `tiny` on a small view, in thousand cycles a second
  array      beats of the array against cycles over that frame (model) or, with --edge-crop, over a part of it on the
             Verilated edge (minutes to hours), and the useful share of its products
The shared lego scene is used where it lies beside the repository, else our own.
"""
import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import results

LEGO = "../shared/data/scenes/lego"
RUNS = 5
GOAL_RATIO, GOAL_KCYCLES, GOAL_ARRAY = 100, 500, 0.95
PRODUCTS = {"entry": 150 * 128 + 128 * 128 + 128 * 3, "vertex": 144 * 27}


def saccade(arguments, stats):
  """Runs the command; returns its results and the CPU seconds it took."""
  before = resource.getrusage(resource.RUSAGE_CHILDREN)
  subprocess.run(["build/saccade", *arguments, "--stats", stats], check=True, stdout=subprocess.DEVNULL)
  after = resource.getrusage(resource.RUSAGE_CHILDREN)
  with open(stats, encoding="utf-8") as stream:
    return json.load(stream), after.ru_utime - before.ru_utime


def published(scene, views, size, stride):
  """Seconds and CPU seconds of a whole frame by the published renderer, or None without PyTorch."""
  try:
    import torch
  except ImportError:
    print("bench: PyTorch is not installed, so nothing is compared with it (scripts/setup.sh --train)")
    return None
  import numpy as np
  from tensorf.published import Published
  with open(views, encoding="utf-8") as stream:
    content = json.load(stream)
  matrix = np.array(content["frames"][0]["transform_matrix"])
  focal = 0.5 * size / np.tan(0.5 * content["camera_angle_x"])
  j, i = np.meshgrid(np.arange(stride // 2, size, stride), np.arange(size), indexing="ij")
  d = np.stack([(i + 0.5 - size / 2) / focal, -(j + 0.5 - size / 2) / focal, -np.ones(i.shape)], -1).reshape(-1, 3)
  d = (d / np.linalg.norm(d, axis=1, keepdims=True)) @ matrix[:3, :3].T
  torch.set_num_threads(os.cpu_count())
  field = Published(scene)
  origin, direction = torch.tensor(matrix[:3, 3]).float(), torch.from_numpy(d).float()
  field.render(origin, direction[:64])
  measured = []
  for _ in range(RUNS):
    start, cpu = time.monotonic(), time.process_time()
    field.render(origin, direction)
    measured.append((time.monotonic() - start, time.process_time() - cpu))
  seconds, cpu = (min(column) * size * size / len(direction) for column in zip(*measured))
  return {"seconds": seconds, "cpu_seconds": cpu, "rays_measured": len(direction), "torch": torch.__version__}


def array_use(stats):
  counters, capacities = stats["counters"], stats["capacities"]
  beats = counters["dot"]["network_beats"] + counters["dot"]["basis_beats"]
  useful = counters["composite"]["entries"] * PRODUCTS["entry"] + counters["colour"]["vertices"] * PRODUCTS["vertex"]
  return {"cycles": stats["cycles"], "beats": beats, "busy": beats / stats["cycles"],
          "useful_of_beats": useful / (beats * capacities["rows"] * capacities["lanes"])}


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--stride", type=int, default=16, help="the published renderer renders every N-th row")
  parser.add_argument("--rtl-size", default="64x64", help="view of the Verilated machine")
  parser.add_argument("--edge-crop", help="measure the array of the Verilated edge over this part of the frame")
  options = parser.parse_args()
  lego = os.path.exists(f"{LEGO}/scene.safetensors")
  scene = f"{LEGO}/scene.safetensors" if lego else "scenes/armillary.safetensors"
  views = f"{LEGO}/transforms_test.json" if lego else "scenes/armillary/transforms_test.json"
  work = "build/bench"
  os.makedirs(work, exist_ok=True)
  print(f"bench: {'lego' if lego else 'our armillary scene (shared lego absent)'}, {os.cpu_count()} cores")
  subprocess.run(["build/saccade", "pack", scene, "-o", f"{work}/image.safetensors"], check=True, stdout=subprocess.DEVNULL)
  frame = ["render", f"{work}/image.safetensors", "--views", views, "-o", f"{work}/frame.png"]
  runs = [saccade([*frame, "--size", "800x800", "--config", "configs/edge.yaml"], f"{work}/model.json") for _ in range(RUNS)]
  model, cpu = min((run[0] for run in runs), key=lambda stats: stats["seconds"]), min(run[1] for run in runs)
  print(f"model, edge, 800 x 800: {model['seconds']:.2f} s, {cpu:.2f} CPU s")
  result = {"scene": "lego" if lego else "armillary", "cores": os.cpu_count(), "processor": processor(),
            "model": {"seconds": model["seconds"], "cpu_seconds": cpu}, "array": array_use(model)}
  other = published(scene, views, 800, options.stride)
  if other:
    other["ratio"], other["cpu_ratio"] = other["seconds"] / model["seconds"], other["cpu_seconds"] / cpu
    result["published"] = other
    print(f"published renderer (PyTorch {other['torch']}): {other['seconds']:.1f} s, {other['cpu_seconds']:.1f} CPU s: "
          f"{other['ratio']:.0f} times the model's, {other['cpu_ratio']:.0f} times in CPU seconds (goal {GOAL_RATIO})")
  rtl, cpu = saccade([*frame, "--size", options.rtl_size, "--seed", "0", "--backend", "rtl", "--config", "configs/tiny.yaml"], f"{work}/rtl.json")
  result["simulator"] = {"cycles": rtl["cycles"], "seconds": rtl["seconds"], "cpu_seconds": cpu,
                         "kcycles_per_second": rtl["cycles"] / rtl["seconds"] / 1e3, "kcycles_per_cpu_second": rtl["cycles"] / cpu / 1e3}
  print(f"Verilated tiny: {rtl['cycles']} cycles, {result['simulator']['kcycles_per_second']:.0f} kcycles/s, "
        f"{result['simulator']['kcycles_per_cpu_second']:.0f} a CPU second (goal {GOAL_KCYCLES})")
  if options.edge_crop:
    edge, _ = saccade([*frame, "--size", "800x800", "--crop", options.edge_crop, "--seed", "0", "--backend", "rtl", "--config", "configs/edge.yaml"],
                      f"{work}/edge.json")
    result["array_rtl"] = array_use(edge) | {"crop": options.edge_crop}
    print(f"array of the Verilated edge over {options.edge_crop}: busy {100 * result['array_rtl']['busy']:.1f} % of {edge['cycles']} cycles, "
          f"{100 * result['array_rtl']['useful_of_beats']:.1f} % of its products useful")
  use = result["array"]
  print(f"array of edge over the frame (model): busy {100 * use['busy']:.1f} % of {use['cycles']} cycles, "
        f"{100 * use['useful_of_beats']:.1f} % of its products useful")
  results.store("bench", section(result))
  print("bench: docs/results/bench.json")


def section(result):
  """The measurement as a section of docs/results.md."""
  model, simulator, other = result["model"], result["simulator"], result.get("published")
  arrays = [("model, whole frame", result["array"])]
  if "array_rtl" in result:
    arrays.append((f"Verilated RTL, part {result['array_rtl']['crop']}", result["array_rtl"]))
  held = lambda good: "held" if good else "missed"
  rows = [["C model, seconds", model["seconds"], model["cpu_seconds"]]]
  goals = []
  if other:
    rows.append([f"published renderer, PyTorch {other['torch']}, seconds", other["seconds"], other["cpu_seconds"]])
    rows.append(["ratio", other["ratio"], other["cpu_ratio"]])
    goals.append([f"C model at least {GOAL_RATIO} times faster than the published renderer in PyTorch on the same cores",
                  f"{other['ratio']:.0f} times ({other['cpu_ratio']:.0f} in CPU seconds): {held(other['ratio'] >= GOAL_RATIO)}"])
  goals.append([f"Verilated tiny at least {GOAL_KCYCLES} kcycles/s",
                f"{simulator['kcycles_per_second']:.0f} ({simulator['kcycles_per_cpu_second']:.0f} a CPU second): "
                f"{held(simulator['kcycles_per_second'] >= GOAL_KCYCLES)}"])
  for by, use in arrays:
    goals.append([f"array of edge busy in at least {100 * GOAL_ARRAY:.0f} % of a frame's cycles ({by})",
                  f"{100 * use['busy']:.1f} %: {held(use['busy'] >= GOAL_ARRAY)}"])
  return {
      "title": "Speed", "order": 10, "command": "make bench",
      "about": [f"Scene {result['scene']}, view 0, 800 x 800, on {result['cores']} cores ({result['processor']}), everything in one run. "
                "CPU seconds leave out what other work took from the machine. The published renderer renders every n-th row, scaled up. "
                f"Of model and published renderer the fastest of {RUNS} runs."],
      "tables": [{"caption": "A frame", "columns": ["what", "wall", "CPU"], "rows": rows},
                 {"caption": "Verilated tiny, without random stalls", "columns": ["cycles", "seconds", "kcycles/s", "kcycles a CPU second"],
                  "rows": [[simulator["cycles"], simulator["seconds"], simulator["kcycles_per_second"], simulator["kcycles_per_cpu_second"]]]},
                 {"caption": "The array of edge over that frame", "columns": ["by", "cycles", "beats", "busy", "useful share of its products"],
                  "rows": [[by, use["cycles"], use["beats"], use["busy"], use["useful_of_beats"]] for by, use in arrays]},
                 {"columns": ["goal", ""], "rows": goals}],
      "data": result}


def processor():
  try:
    with open("/proc/cpuinfo", encoding="utf-8") as stream:
      return next(line.split(":", 1)[1].strip() for line in stream if line.startswith("model name"))
  except (OSError, StopIteration):
    return platform.machine()


if __name__ == "__main__":
  main()
