#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table that `make demo` ends with, from build/demo/{rtl,model}.json, the statistics of its two renderings.

  demo_table.py FOLDER           prints the table and the paths of the pictures
  demo_table.py FOLDER --store   keeps the table as docs/results/demo.json, from which README.md shows it
"""
import json
import os
import sys

import results

NAMES = ("rtl", "model")
COLUMNS = (("back end", "<10"), ("machine", "<9"), ("size", ">11"), ("cycles", ">12"), ("samples", ">10"), ("networks", ">10"),
           ("golden dB", ">11"), ("bytes differ", ">14"), ("seconds", ">9"))


def row(folder, name):
  path = os.path.join(folder, f"{name}.json")
  try:
    with open(path, encoding="utf-8") as stream:
      s = json.load(stream)
  except OSError as error:
    sys.exit(f"{path}: {error.strerror}: run make demo first")
  counters = s["counters"]
  return [name, s["config"], f"{s['width']} x {s['height']}", s["cycles"], counters["sample"]["samples"],
          counters["composite"]["entries"], f"{s['golden']['psnr_db']:.2f}", s["bytes_different"] if name == "rtl" else "-",
          f"{s['seconds']:.1f}"]


def main():
  folder = sys.argv[1]
  rows = [row(folder, name) for name in NAMES]
  titles = [title for title, _ in COLUMNS]
  if "--store" in sys.argv:
    results.store("demo", {
      "title": "The demo", "order": 5, "command": "make demo && make demo-table",
      "about": ["Our scene on the Verilated RTL and on the model. Networks: evaluations of the colour network. Golden dB: "
                "PSNR against the float64 renderer. Bytes differ: RTL from model, colour and depth."],
      "tables": [{"columns": titles, "rows": rows}]})
    return
  print()
  for line in (titles, *rows):
    print("".join(format(value, width) for value, (_, width) in zip(line, COLUMNS)).rstrip())
  print("cycles: of the machine (RTL: exact, model: approximate); networks: evaluations of the colour network;")
  print("golden dB: PSNR against the float64 renderer; bytes differ: RTL from model, colour and depth")
  for name in NAMES:
    print(f"{name + ':':7}{folder}/{name}.png   difference to golden, times 8: {folder}/{name}_difference.png")


if __name__ == "__main__":
  main()
