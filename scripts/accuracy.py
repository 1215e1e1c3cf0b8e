#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what number formats of K and V cost attention, on tensors of trained models and on the texts of a small
language model, and stores it in docs/results (sections accuracy and stories).

Data: ../shared/data/attention; without it the sections stay as they are. Exit status 1 when a stated goal is missed.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import results

SHARED = os.path.join("..", "shared", "data", "attention")
STORIES = os.path.join(SHARED, "stories260k")
# Of real tensors: file, and dB by format of a float64 prototype of the number path, as the data's README gives them:
# formats with K scaled by channel where it has such a row, else as near as it comes.
TENSORS = {"stories260k layer 0": ("stories260k/qkv_layer0", (69, 44, 31, 18, 4)),
           "stories260k layer 1": ("stories260k/qkv_layer1", (66, 44, 28, 18, 2)),
           "minilm layer 0": ("minilm/qkv_layer0", (82, 46, 41, 20, 16)),
           "minilm layer 3": ("minilm/qkv_layer3", (80, 49, 43, 23, 17))}
# Same likeliest token as float64, percent, by format: the README's.
SAME = {("16", "8"): 100.0, ("8", "8"): 98.7, ("8", "4"): 95.8, ("4", "4"): 66.0}


def measure(options):
  with tempfile.TemporaryDirectory() as folder:
    stats = os.path.join(folder, "stats.json")
    files = [os.path.join(SHARED, f"{file}.safetensors") for file, _ in TENSORS.values()]
    command = [os.path.join(options.build, "examples", "accuracy"), options.config, stats, STORIES, *files]
    subprocess.run(command, check=True, cwd=results.ROOT)
    with open(stats, encoding="utf-8") as stream:
      return json.load(stream)


def goal(text, held, missed):
  if not held:
    missed.append(text)
  return [text, "held" if held else "MISSED"]


def percent(share):
  return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def store_tensors(found, missed):
  rows, least16, worst = [], None, 0.0
  for at, one in enumerate(found["tensors"]):
    name, (_, readme) = list(TENSORS.items())[at // 5]
    theirs = readme[at % 5]
    rows.append([name, f"K{one['k']} V{one['v']}", one["snr_db"], one["format_snr_db"],
                 f"{round(one['snr_db'] - one['format_snr_db'], 2) + 0.0:.2f}", percent(one["largest_error"]), theirs])
    if one["k"] == one["v"] == "16":
      least16 = one["snr_db"] - theirs if least16 is None else min(least16, one["snr_db"] - theirs)
    elif one["v"] == "8":
      worst = min(worst, one["snr_db"] - one["format_snr_db"])
  goals = [goal(f"K16 V16 at most 1 dB under the prototype: {least16:+.1f} dB at least", least16 >= -1, missed),
           goal(f"K16 V8 and K8 V8 within 0.5 dB of float64 on the same K and V: {worst:.2f} dB at worst",
                worst >= -0.5, missed)]
  results.store("accuracy", {
      "title": "Accuracy of attention", "order": 30, "command": "make accuracy",
      "about": ["Output of the model against float64 on Q, K and V of two trained models, by bits of K and V (fewer "
                "than 16: a scale for 32 elements of each row); Q has 16. *Format alone*: float64 attention on the "
                "same K and V. *Largest error*: as a share of the largest output. Channels are scaled and keys lose "
                "their mean, which changes no result but for rounding; rows that are padding are left out. "
                "*Prototype*: a float64 emulation of such a number path, as the data's README gives it (K8 V8: its "
                "best row).",
                f"Configuration {found['config']} (hash {found['config_hash']})."],
      "tables": [{"columns": ["tensors", "format", "dB", "format alone, dB", "difference", "largest error",
                              "prototype, dB"], "rows": rows}, {"columns": ["goal", ""], "rows": goals}],
      "data": found["tensors"]})


def store_stories(found, missed):
  rows, by = [], {}
  for one in found["stories"]:
    share = 100 * one["same"] / one["tokens"]
    key = one["k"], one["v"]
    by[(*key, one["centred"])] = one["greedy"], share
    rows.append([f"K{one['k']} V{one['v']}", "less their mean" if one["centred"] else "as they are", one["greedy"],
                 f"{one['same']} of {one['tokens']}", f"{share:.2f} %", f"{SAME[key]:.1f} %" if key in SAME else "",
                 f"{one['loss']:.4f}", one["clipped"]])
  greedy, share = by[("16", "8", True)][0], by[("8", "8", True)][1]
  goals = [goal(f"256 greedy tokens as float64 writes them, K16 V8: {greedy}", greedy == 256, missed),
           goal(f"at least 98.5 % of likeliest tokens, K8 V8: {share:.2f} %", share >= 98.5, missed)]
  results.store("stories", {
      "title": "A language model on the machine", "order": 31, "command": "make accuracy",
      "about": ["stories260K, a trained Llama of 5 layers, 8 query heads over 4 key heads: attention of all layers by "
                "ATTEND on the model, with paged caches that are written once, everything else float64 on the host. "
                "*Greedy*: tokens before the written text differs from that of float64, of 256. *Likeliest*: four "
                "texts of 512 tokens are read; tokens after which the same one is the likeliest. *Loss*: mean -log of "
                f"the probability of the texts' tokens; float64 {found['stories'][0]['exact_loss']:.4f}.",
                "Channels of K and V have fixed factors, and keys lose a fixed vector, both set before the first "
                "token: largest values and mean of texts that float64 draws from the model itself. A vector taken from "
                "all keys moves all logits of a row alike, so any is allowed, as long as it stays. *Clipped*: values "
                "beyond twice those ranges. *Prototype*: same likeliest token, as the data's README gives it."],
      "tables": [{"columns": ["format", "keys", "greedy", "likeliest", "share", "prototype", "loss", "clipped"],
                  "rows": rows}, {"columns": ["goal", ""], "rows": goals}],
      "data": found["stories"]})


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--build", default="build")
  parser.add_argument("--config", default="configs/edge.yaml")
  options = parser.parse_args()
  if not os.path.exists(os.path.join(results.ROOT, STORIES)):
    print(f"{STORIES}: not there, results stay as they are")
    return 0
  found, missed = measure(options), []
  store_tensors(found, missed)
  store_stories(found, missed)
  for text in missed:
    print(f"missed: {text}")
  return 1 if missed else 0


if __name__ == "__main__":
  sys.exit(main())
