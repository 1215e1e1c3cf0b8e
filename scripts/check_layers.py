#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom. Dependencies point one way: sim -> model -> sw/include; sw depends on nothing above it.

  sw/ (driver, scene)   standard headers, its libraries, sw
  sw/tools              also model and sim: the command chooses among the back ends
  model/                also sw
  sim/                  also model, and the only room that knows Verilator
Nothing includes a header generated for one build configuration: capacities are read at run time.
"""
import glob
import os
import re
import sys

RULES = [
    # folder, what it must not include, why
    ("sw/tools/", r"[Vv]erilated|^V\w+\.h", "only sim/ knows Verilator; add a function to sim's C surface instead"),
    ("sw/examples/", r"[Vv]erilated|^V\w+\.h", "only sim/ knows Verilator"),
    ("sw/", r"(^|/)(model|sim|rtl|build)/|saccade_model\.h|[Vv]erilated|^V\w+\.h",
     "the driver knows machines only through sac_hal_t; the caller hands it the back end"),
    ("model/", r"(^|/)(sim|rtl|build)/|[Vv]erilated|^V\w+\.h",
     "the model is a back end like the RTL: it must not know that the other exists"),
    ("model/reference/", r"\.\./(ray|dot|sparse|memory|host|lib)/|model/(ray|dot|sparse|memory|host|lib)/",
     "the scalar reference is a witness: it shares no code with the model"),
    ("model/golden/", r"\.\./(ray|dot|sparse|memory|host|reference)/|regs\.h",
     "the golden renderer has no notion of hardware"),
    ("", r"config_pkg|gen/sac_config", "software reads capacities from registers, never a build configuration"),
]
# The command and the examples choose the back end, so they may see the model's and the simulator's C surface.
OPEN = ("sw/tools/", "sw/examples/")


def main():
  wrong = 0
  files = [path for room in ("sw", "model", "sim") for kind in ("c", "h", "cpp")
           for path in glob.glob(f"{room}/**/*.{kind}", recursive=True)]
  for path in sorted(files):
    with open(path, encoding="utf-8") as stream:
      lines = stream.read().splitlines()
    for number, line in enumerate(lines, 1):
      match = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
      if not match:
        continue
      header = match.group(1)
      # A relative path is judged as the place it leads to.
      place = os.path.normpath(os.path.join(os.path.dirname(path), header))
      seen = place if header.startswith("..") else header
      for folder, pattern, why in RULES:
        if not path.startswith(folder) or (folder == "sw/" and path.startswith(OPEN)):
          continue
        if re.search(pattern, header) or re.search(pattern, seen):
          print(f"{path}:{number}: includes {header}: {why}")
          wrong += 1
  print(f"layers: {len(files)} files, {wrong} forbidden includes")
  return 1 if wrong else 0


if __name__ == "__main__":
  sys.exit(main())
