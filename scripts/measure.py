#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures scenes with the saccade command and stores what it finds in docs/results.

  measure.py work      work of a frame, rtnerf against uniform, one section a scene
  measure.py quality   pictures of the model against golden and the truth, default packing
  measure.py storage   bytes of every factor under each encoding, and what packing costs in quality
  measure.py policies  figures of attention papers that do not depend on hardware, by counters (no scenes)

Scenes: the shipped one, and lego and chair of ../shared/data/scenes where they are there (else their sections stay
as they are). Exit status 1 when a stated goal is missed.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import results

SHARED = os.path.join(results.ROOT, "..", "shared", "data", "scenes")
# Folder, float scene, views with a true picture.
SCENES = {"armillary": (os.path.join("scenes", "armillary"), "scenes/armillary.safetensors", (0, 1, 4)),
          "lego": (os.path.join(SHARED, "lego"), os.path.join(SHARED, "lego", "scene.safetensors"), range(5)),
          "chair": (os.path.join(SHARED, "chair"), os.path.join(SHARED, "chair", "scene.safetensors"), range(6))}
SIDE = {"armillary": 240, "lego": 400, "chair": 200}  # of the true pictures


class Saccade:
  """Runs verbs of the command in a folder of its own; each returns the stats."""

  def __init__(self, options):
    self.options = options
    self.folder = tempfile.TemporaryDirectory()

  def file(self, name):
    return os.path.join(self.folder.name, name)

  def run(self, *arguments):
    command = [os.path.join(self.options.build, "saccade"), *map(str, arguments), "--stats", self.file("stats.json")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=results.ROOT)
    if done.returncode:
      raise SystemExit(" ".join(command) + "\n" + done.stdout.decode(errors="replace"))
    with open(self.file("stats.json"), encoding="utf-8") as stream:
      return json.load(stream)

  def pack(self, scene, name, *arguments):
    return self.run("pack", scene, "-o", self.file(name), *arguments)

  def render(self, scene, folder, view, *arguments):
    return self.run("render", scene, "--views", os.path.join(folder, "transforms_test.json"), "--view", view,
                    "--config", self.options.config, "-o", self.file("out.png"), *arguments)


def there(names):
  for name in names:
    if os.path.exists(os.path.join(results.ROOT, SCENES[name][1])):
      yield (name, *SCENES[name])
    else:
      print(f"{name}: not there, its results stay as they are")


def goal(text, held, scene, missed):
  if not held:
    missed.append(f"{scene}: {text}")
  return [text, "held" if held else "MISSED"]


def work(saccade, options, missed):
  for name, folder, scene, _ in there(SCENES):
    packed = saccade.pack(scene, "image.safetensors")
    runs = {p: saccade.render(saccade.file("image.safetensors"), folder, 0, "--size", options.size, "--pipeline", p)
            for p in ("uniform", "rtnerf")}
    ours, base = runs["rtnerf"]["work"], runs["uniform"]["work"]
    rows = []
    for quantity, count in ours.items():
      rows.append([quantity, base[quantity], count, "" if not count else f"{base[quantity] / count:.1f}",
                   f"{base[quantity] / base['rays_hit']:.2f}", f"{count / ours['rays_hit']:.2f}"])
    decoded = base["values_decoded"] / ours["values_decoded"]
    multiplications = base["multiplications"] / ours["multiplications"]
    evaluations = ours["evaluations"] / ours["rays_hit"]
    goals = [goal(f"values decoded at least 50 times fewer: {decoded:.0f}", decoded >= 50, name, missed),
             goal(f"multiplications outside the network at least 10 times fewer: {multiplications:.1f}",
                  multiplications >= 10, name, missed),
             goal(f"at most 3 network evaluations a ray that hits the box: {evaluations:.2f}", evaluations <= 3, name,
                  missed)]
    config = f"{runs['rtnerf']['config']} (hash {runs['rtnerf']['config_hash']})"
    results.store(f"work-{name}", {
        "title": f"Work of a frame: {name}, {options.size}", "order": 20, "command": "make work",
        "about": ["`uniform`, the pipeline that RT-NeRF replaces, against `rtnerf`, view 0, the same packed scene "
                  f"({packed['bits']} bits), configuration {config}. Every quantity is defined in [spec.md](spec.md), "
                  "\"Work of a frame\".",
                  "The baseline interpolates samples in active cells only, fewer than TensoRF's own mask keeps, and "
                  "gathers every value of every sample from memory; with a cache that never misses twice it would read "
                  f"the packed planes once, {packed['block_bytes']} bytes."],
        "tables": [{"columns": ["quantity", "uniform", "rtnerf", "uniform / rtnerf", "uniform a hit ray",
                                "rtnerf a hit ray"], "rows": rows}, {"columns": ["goal", ""], "rows": goals}],
        "data": {pipeline: {k: runs[pipeline][k] for k in ("work", "counters")} for pipeline in runs}})


def quality(saccade, options, missed):
  rows = []
  for name, folder, scene, views in there(SCENES):
    data = []
    for view in views:
      truth = truth_of(folder, view)
      size = f"{SIDE[name]}x{SIDE[name]}"
      stats = saccade.render(scene, folder, view, "--size", size, "--check", "--reference", truth)
      data.append((view, stats["golden"]["psnr_db"], stats["golden"]["largest"], stats["reference"]["psnr_db"],
                   stats["golden_reference"]["psnr_db"]))
      rows.append([name, view, size, *data[-1][1:], data[-1][3] - data[-1][4]])
      print(rows[-1], flush=True)
    mean = [sum(d[i] for d in data) / len(data) for i in range(1, 5)]
    rows.append([name, "mean", "", mean[0], max(d[2] for d in data), mean[2], mean[3], mean[2] - mean[3]])
    goal("at least 45 dB against golden", min(d[1] for d in data) >= 45, name, missed)
    goal("at most 0.1 dB under golden's", mean[2] - mean[3] >= -0.1, name, missed)
  for row in rows:
    row[1] = str(row[1])
  results.store("quality", {
      "title": "Picture quality", "order": 10, "command": "make quality",
      "about": ["The model, with default packing and thresholds, against golden (float64, as published) and against the "
                "true pictures, in dB (PSNR). The true pictures of chair are renders of the network that it was distilled "
                "from."],
      "tables": [{"columns": ["scene", "view", "size", "against golden", "largest difference", "against the truth",
                              "golden against the truth", "difference"], "rows": rows}]})


KINDS = ("dense", "bitmap", "coordinate", "hybrid", "bitmap_flag")


def density(factor):
  return f"{100 * factor['nonzero'] / factor['entries']:.1f} %"


def truth_of(folder, view):
  with open(os.path.join(results.ROOT, folder, "transforms_test.json"), encoding="utf-8") as stream:
    return os.path.join(folder, json.load(stream)["frames"][view]["file_path"] + ".png")


def storage(saccade, options, missed):
  tables, summary = [], []
  for name, folder, scene, views in there(SCENES):
    files = [("scene", scene)]
    if name != "armillary":
      files.append(("pruned", os.path.join(SHARED, name, "pruned.safetensors")))
    for file, path in files:
      def pictures(image):
        out = []
        for view in views:
          stats = saccade.render(saccade.file(image), folder, view, "--size", f"{SIDE[name]}x{SIDE[name]}",
                                 "--reference", truth_of(folder, view))
          out.append(stats["reference"]["psnr_db"])
        return sum(out) / len(out)
      saccade.pack(path, "fine.safetensors", "--prune", 0, "--bits", 16)
      stats = saccade.pack(path, "image.safetensors")
      loss = pictures("fine.safetensors") - pictures("image.safetensors")
      total = stats["total"]
      single = min(total["bitmap_bytes"], total["coordinate_bytes"], total["dense_bytes"])
      hybrid = total["hybrid_bytes"]
      label = f"{name}, {file}"
      summary.append([label, stats["bits"], density(total), f"{hybrid / single:.3f}",
                      f"{hybrid / total['dense8_bytes']:.3f}", f"{hybrid / total['bitmap_flag_bytes']:.3f}",
                      f"{loss:.3f}"])
      print(summary[-1], flush=True)
      if name != "armillary":
        pruned = file == "pruned"
        goal("hybrid of the better single format", hybrid / single <= (0.90 if pruned else 0.93), label, missed)
        goal("hybrid of dense 8-bit", hybrid / total["dense8_bytes"] <= (0.37 if pruned else 0.49), label, missed)
        goal("loss", loss <= 0.1, label, missed)
      rows = [[f["factor"], f["entries"], density(f), *(f[f"{kind}_bytes"] for kind in KINDS),
               " / ".join(str(f[f"{mode}_blocks"]) for mode in ("empty", "bitmap", "coordinate", "dense"))]
              for f in [*stats["factors"], total]]
      tables.append({"caption": f"{label}: directory of {stats['directory_bytes']} bytes not counted",
                     "columns": ["factor", "entries", "density", "dense", "bitmap", "coordinate", "hybrid",
                                 "bitmap with a flag for empty blocks", "empty / bitmap / coordinate / dense blocks"],
                     "rows": rows})
  results.store("storage", {
      "title": "Storage of embeddings", "order": 12, "command": "make storage",
      "about": ["Default packing; loss in dB against the true pictures, compared with the same file unpruned at 16 bits. "
                "A bitmap with one flag for empty blocks is nearly as small: what the hybrid has beyond it are coordinate "
                "lists and dense blocks."],
      "tables": [{"columns": ["scene", "bits", "density", "of the better single format", "of dense 8-bit",
                              "of a bitmap with a flag", "loss"], "rows": summary}, *tables]})


def policies(_, options, missed):
  command = [os.path.join(options.build, "measure", "policies")]
  measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=results.ROOT).stdout)
  rows, headline = [], {}
  for row in measured:
    ours, figure = row["without"] / row["with"], row.get("figure")
    rows.append([row["paper"], row["what"], int(row["without"]), int(row["with"]), f"{ours:.2f}",
                 f"{figure:.2f}" if figure else "", f"{ours / figure:.3f}" if figure else ""])
    if figure:
      headline[row["paper"]] = [f"{row['paper']}: {row['what']}", f"{ours:.2f} times fewer; by definition {figure:.2f}"]
      goal("at least 0.8 of the figure", ours / figure >= 0.8, row["what"], missed)
  results.store("policies", {
      "title": "Attention policies", "order": 40, "command": "make policies",
      "headline": [headline[paper] for paper in ("Hydragen", "DuoAttention", "Recycled", "HyperAttention")],
      "about": ["What a method saves, in quantities that do not depend on hardware, counted by the model (attend.keys, "
                "attend.scores, attend.masked, memory.read_bytes, dot.attend_beats) for one head, configuration edge "
                "(ThinK: tiny, whose array is 16 lanes wide). *Figure*: the paper's ratio, or what its definition "
                "gives at these sizes. What is counted without a method is run too, but for HyperAttention, whose "
                "whole triangle is n (n + 1) / 2.",
                "Hydragen: the prefix is read once for each block of 512 query rows, so twice for 1024. ThinK: 77 of "
                "128 channels are left, rows hold 80; on arrays of 128 lanes no beats are saved. Based: the state "
                "takes a token in with 161 rows and is read with 160; by symmetry it has 153 features where the paper "
                "counts 273. Recycled: the step that attends to all keys and the 49 others each choose again, by "
                "another pass over their K. Token Recycling: a path of 3 is given, not measured."],
      "tables": [{"columns": ["paper", "what", "without", "with", "ratio", "figure", "of the figure"], "rows": rows}],
      "data": measured})


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("what", choices=("work", "quality", "storage", "policies"))
  parser.add_argument("--build", default="build")
  parser.add_argument("--config", default="configs/edge.yaml")
  parser.add_argument("--size", default="800x800", help="of the frame whose work is counted")
  options = parser.parse_args()
  missed = []
  measures = {"work": work, "quality": quality, "storage": storage, "policies": policies}
  measures[options.what](Saccade(options), options, missed)
  for text in missed:
    print(f"missed: {text}")
  return 1 if missed else 0


if __name__ == "__main__":
  sys.exit(main())
