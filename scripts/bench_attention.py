#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how busy attention keeps array and memory, and writes docs/results/bench-attention.json:
bench_attention.py [--build BUILD] [--quick]

Each case is a run of BUILD/examples/attention_speed on the Verilated `tiny` or `wide` (which must be in RTL_CONFIGS),
without random stalls, or on the model of `edge`. Array use is dot.attend_beats / (dot.attend_beats +
dot.attend_gap_cycles), the share of the cycles between the first beat of a command and its last that have one.
  --quick  the Verilated cases on the model instead; nothing is written
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import results

# A memory that nothing waits for: what a run loses with it is not the memory's.
FREE = {"latency_cycles": 1, "bytes_per_cycle": 1000}
GOAL_FULL, GOAL_CAUSAL, GOAL_BANDWIDTH, GOAL_LIST = 0.98, 0.95, 0.95, 0.12


class Run:
  """One run of attention_speed: its settings, and what the machine counted."""

  def __init__(self, options, backend, config, free=False, **settings):
    self.again = lambda: Run(options, backend, config, free=True, **settings)
    self.settings = {"queries": 512, "keys": 512, "d": 64, "k_bits": 8, "v_bits": 8, "group": 1, "kv_heads": 1,
                     "sequences": 1, "causal": 0, **settings}
    backend = "model" if options.quick else backend
    self.by = f"{'RTL' if backend == 'rtl' else 'model'}, {config}"
    with tempfile.TemporaryDirectory() as folder:
      stats, design = os.path.join(folder, "stats.json"), os.path.join(results.ROOT, "configs", f"{config}.yaml")
      if free:
        with open(design, encoding="utf-8") as stream:
          text = stream.read()
        for name, value in FREE.items():
          text = re.sub(rf"{name}: \d+", f"{name}: {value}", text)
        design = os.path.join(folder, "design.yaml")
        with open(design, "w", encoding="utf-8") as stream:
          stream.write(text)
      words = [f"{name}={value}" for name, value in self.settings.items()]
      subprocess.run([os.path.join(options.build, "examples", "attention_speed"), stats, f"backend={backend}",
                      f"config={design}", *words], check=True, cwd=results.ROOT)
      with open(stats, encoding="utf-8") as stream:
        found = json.load(stream)
    self.machine = found["capacities"]
    self.peak = found["bytes_per_cycle"]
    self.counters = found["counters"]
    self.cycles = self.counters["attend"]["busy_cycles"]
    self.beats = self.counters["dot"]["attend_beats"]
    self.scores = self.counters["attend"]["scores"]
    self.span = self.beats + self.counters["dot"]["attend_gap_cycles"]
    self.use = self.beats / self.span
    memory = self.counters["memory"]
    self.bandwidth = (memory["read_bytes"] + memory["write_bytes"]) / (self.cycles * self.peak)
    print(f"{self.label()}, {self.by}{', free memory' if free else ''}: {self.cycles} cycles, array {self.use:.4f}, "
          f"memory {self.bandwidth:.4f}", flush=True)

  def label(self):
    s = self.settings
    shape = f"{s['sequences']} x " if s["sequences"] > 1 else ""
    shape += f"{s['queries']} x {s['keys']}, d = {s['d']}, K{s['k_bits']} V{s['v_bits']}"
    if s["group"] * s["kv_heads"] > 1:
      shape += f", {s['group'] * s['kv_heads']} heads over {s['kv_heads']}"
    if "page_log2" in s:
      shape += f", pages of {1 << s['page_log2']}"
    if s["causal"]:
      shape += ", causal"
    return shape + (f", {s['kept']} tiles a block" if s.get("kept") else "")

  def products(self):
    """Share of the products of those cycles that belong to a query and a key, each format's beats counted once."""
    s = self.settings
    beats = (s["d"] * (2 if s["k_bits"] == 16 else 1) + s["d"] * (2 if s["v_bits"] == 16 else 1))
    return self.scores * beats / (self.span * self.machine["rows"] * self.machine["lanes"])

  def diagonal(self):
    """Share of the scores in steps that the diagonal cuts (docs/attention.md, 2), one head, queries = keys."""
    rows, blocks, tile = self.machine["rows"], self.machine["query_blocks"], self.machine["kv_tile"]
    tokens = self.settings["keys"]
    every = cut = 0
    for first in range(0, tokens, rows * blocks):
      end = min(first + rows * blocks, tokens)
      for key in range(0, end, tile):
        count = min(tile, end - key)
        for i in range(first, end, rows):
          if key > min(i + rows, end) - 1:
            continue
          scores = count * (min(i + rows, end) - i)
          every += scores
          cut += scores if key + count - 1 > i else 0
    if every != self.scores:
      raise SystemExit(f"{self.label()}: {self.scores} scores, expected {every}")
    return cut / every

  def row(self):
    return [self.label(), self.by, self.cycles, self.span, self.beats, self.use, self.products(), self.bandwidth]


def held(good):
  return "held" if good else "missed"


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--build", default="build")
  parser.add_argument("--quick", action="store_true", help="everything on the model; nothing is written")
  options = parser.parse_args()

  def tiny(**settings):
    return Run(options, "rtl", "tiny", **settings)

  def wide(**settings):
    return Run(options, "rtl", "wide", **settings)

  def edge(**settings):
    return Run(options, "model", "edge", **{"queries": 4096, "keys": 4096, **settings})

  goals = []
  def goal(text, value, good):
    goals.append([text, f"{100 * value:.1f} %: {held(good)}"])

  full = [tiny(), tiny(k_bits=16, v_bits=16), tiny(d=32), tiny(d=128)]
  full += [wide(), wide(k_bits=16, v_bits=16), wide(d=32), wide(d=128)]
  full += [edge(d=128), edge(d=64), edge(d=128, k_bits=16, v_bits=16)]
  lost = []

  def explain(run):
    free = run.again()
    steps = run.scores / (run.machine["rows"] * run.machine["kv_tile"])
    lost.append([run.label(), run.by, run.span - run.beats, run.span - free.span, free.span - free.beats,
                 run.beats / steps, free.span / steps, run.settings["queries"] * run.settings["d"]])

  for run in full:
    goal(f"array use of {run.label()} ({run.by}) at least {100 * GOAL_FULL:.0f} %", run.use, run.use >= GOAL_FULL)
    if run.use < GOAL_FULL:
      explain(run)
  causal = [tiny(causal=1), tiny(causal=1, k_bits=16, v_bits=16), wide(causal=1), edge(causal=1, d=128), edge(causal=1)]
  cut = []
  for run in causal:
    share = run.diagonal()
    use = run.use * (1 - share / 2)
    masked = run.counters["attend"]["masked"] / run.scores
    if use < GOAL_CAUSAL:
      explain(run)
    cut.append([run.label(), run.by, run.span, run.use, share, masked, use])
    goal(f"array use of {run.label()} ({run.by}), steps on the diagonal counted as half, at least "
         f"{100 * GOAL_CAUSAL:.0f} %", use, use >= GOAL_CAUSAL)
  decode = [tiny(sequences=2, queries=1, keys=2048, group=4, kv_heads=2, page_log2=4, k_bits=bits, v_bits=bits)
            for bits in (8, 16)]
  for run in decode:
    goal(f"{run.label()} ({run.by}): at least {100 * GOAL_BANDWIDTH:.0f} % of the memory's peak", run.bandwidth,
         run.bandwidth >= GOAL_BANDWIDTH)
  # As many tiles as the list drops nine tenths of.
  lists = [tiny(keys=640), tiny(keys=640, kept=2)]
  share = lists[1].cycles / lists[0].cycles
  goal(f"a list with 90 % of the tiles dropped takes at most {100 * GOAL_LIST:.0f} % of the time", share,
       share <= GOAL_LIST)
  columns = ["attention", "by", "cycles", "from first to last beat", "beats", "array use", "useful share of products",
             "of the memory's peak"]
  section = {
      "title": "Attention: array and memory", "order": 11, "command": "make bench-attention",
      "about": ["Random integers without scales, the memory of the configuration without random stalls. Array use is "
                "the share of the cycles between the first beat of a command and its last that have one, "
                "`dot.attend_beats` / (`dot.attend_beats` + `dot.attend_gap_cycles`); `cycles` are those of the whole "
                "command, with the queries read before and the rows of Y written after. The useful share leaves out "
                "lanes beyond d and rows without a query. Memory: bytes read and written over what the bus takes at its "
                "peak in all cycles."],
      "tables": [{"caption": "All keys, decode, lists", "columns": columns,
                  "rows": [run.row() for run in [*full, *decode, *lists]]},
                 {"caption": "Causal: steps above the diagonal do not exist; in those that it cuts keys are masked",
                  "columns": ["attention", "by", "from first to last beat", "array use",
                              "of the scores in steps that it cuts", "of the scores masked",
                              "array use, those steps as half"], "rows": cut},
                 {"caption": "Where array use is missed: cycles between the first beat and the last without one, and "
                             "how many of them a memory without latency and limit saves. On `edge` a block of 512 rows "
                             "moves K and V of 4096 keys, its queries and Y: 10240 d bytes with 8 bits, 602 d cycles at "
                             "17 bytes a cycle, while its products take 512 d: 85 % at best (16 bits: 1084 d and 1024 d, "
                             "94 %); causal 6656 d bytes on average, 391 d cycles for 288 d: 74 %. (The free memory "
                             "still has a bus of 16 bytes a cycle.)",
                  "columns": ["attention", "by", "cycles without a beat", "by memory", "by the rest", "beats a step",
                              "cycles a step without the memory's", "elements of Y"], "rows": lost},
                 {"columns": ["goal", ""], "rows": goals}],
      "data": [{"by": run.by, "settings": run.settings, "counters": {unit: run.counters[unit] for unit in
                ("attend", "dot", "memory")}} for run in [*full, *causal, *decode, *lists]]}
  for text, result in goals:
    print(f"{text}: {result}")
  if not options.quick:
    results.store("bench-attention", section)
  return 0


if __name__ == "__main__":
  sys.exit(main())
