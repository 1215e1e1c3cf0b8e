#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthesis: synthesis.py check|area|verilog|netlist|pnr [--config NAME] [--build DIR] [options]

check    slang reads every module alone; check -assert; no latch
area     the whole configuration for ECP5 (synth_ecp5): LUT4, FF, MULT18X18D, DP16KD of each room, JSON and text
verilog  plain Verilog for older tools: BUILD/NAME/saccade.v
netlist  netlists of leaf modules of lib, sparse and dot simulate like their RTL (Icarus against Verilator)
pnr      place and route of a module between registers (nextpnr-ecp5), several seeds: fmax

Yosys 0.70 with slang (pyosys) and nextpnr come from PyPI, see scripts/setup.sh. Results lie in BUILD/NAME/synthesis.
Ends with 0 only if everything passed.
"""
import argparse
import importlib.util
import json
import os
import re
import sys

import results
import synthesis_netlist
import synthesis_pnr
from synthesis_yosys import Design, run, YosysError

LATCHES = "t:$dlatch t:$adlatch t:$dlatchsr t:$sr"
KINDS = ("LUT4", "CCU2C", "TRELLIS_FF", "MULT18X18D", "DP16KD")


def check(design, only):
  """Every module alone, with its default parameters."""
  failed = 0
  modules = [m for m in design.modules() if not only or m in only]
  for module in modules:
    log = design.path("check", f"{module}.log")
    try:
      run([design.read(module, "--keep-hierarchy"), "hierarchy -check", "proc", "opt_clean", "check -assert",
           f"select -assert-none {LATCHES}"], log, timeout=600)
    except YosysError as error:
      failed += 1
      print(f"{module}: {error}")
  print(f"check: {len(modules) - failed} modules passed, {failed} failed")
  return failed == 0


def unit_name(path):
  """saccade.u_render.u_cover -> render.cover, the rooms and units of the area table."""
  return ".".join(part.removeprefix("u_") for part in path.split(".")[1:]) or "saccade (wiring)"


def area(design, top):
  """Rooms, and units of the render room, keep their bounds; everything below is flattened."""
  names_file = design.path("modules.txt")
  run([design.read(top, "--keep-hierarchy --ignore-assertions"), f"tee -o {names_file} ls"],
      design.path("area_read.log"), timeout=1200)
  with open(names_file, encoding="utf-8") as stream:
    names = re.findall(r"^\s+(\S+)\s*$", stream.read(), re.M)
  kept = {}
  for name in names:
    module, _, path = name.partition("$")
    depth = path.count(".")
    if depth == 1 or (depth == 2 and any(n.partition("$")[2] == path.rpartition(".")[0] and
                                         n.startswith("sac_render_room") for n in names)):
      kept[name] = (module, path)
  stat_file = design.path(f"area_{top}.stat.json")
  marks = [f"setattr -mod -set keep_hierarchy 1 {name}" for name in kept]
  run([design.read(top, "--keep-hierarchy --ignore-assertions"), *marks,
       f"synth_ecp5 -top {top} -json {design.path(top + '.json')}", f"tee -o {stat_file} stat -json"],
      design.path("area.log"), timeout=7200)
  with open(stat_file, encoding="utf-8") as stream:
    modules = json.load(stream)["modules"]
  rows, total = [], dict.fromkeys(KINDS, 0)
  for name, module in modules.items():
    name = name.lstrip("\\")
    cells = module.get("num_cells_by_type", {})
    if name not in kept and name != top:
      continue
    row = {kind: cells.get(kind, 0) for kind in KINDS}
    for kind in KINDS:
      total[kind] += row[kind]
    rows.append({"unit": unit_name(kept[name][1]) if name in kept else f"{top} (wiring)",
                 "module": name.partition("$")[0], **row})
  rows.sort(key=lambda row: row["unit"])
  rows.append({"unit": "total", "module": top, **total})
  with open(design.path("area.json"), "w", encoding="utf-8") as stream:
    json.dump({"config": design.config, "target": "ecp5", "units": rows}, stream, indent=2)
    stream.write("\n")
  text = table(rows)
  with open(design.path("area.txt"), "w", encoding="utf-8") as stream:
    stream.write(text)
  print(f"area of {design.config} on ECP5 (CCU2C = two LUT4 with carry)\n{text}", end="")
  if top == "saccade":
    results.store(f"area-{design.config}", section(design.config, rows))
  return True


def section(config, rows):
  """The measurement as a section of docs/results.md."""
  return {"title": f"Area of {config} on ECP5", "order": 70, "command": "make synth",
          "about": ["Yosys `synth_ecp5`, each room and each unit of the render room by itself. A CCU2C is two LUT4 with carry; "
                    "an LFE5U-85F has 83 640 LUT4, as many flip-flops, 156 MULT18 and 208 DP16KD."],
          "tables": [{"columns": ["unit", "LUT4", "CCU2C", "FF", "MULT18", "DP16KD"],
                      "rows": [[row["unit"], *(row[kind] for kind in KINDS)] for row in rows]}],
          "data": rows}


def table(rows):
  lines = [f"{'unit':<28}{'LUT4':>8}{'CCU2C':>8}{'FF':>8}{'MULT18':>8}{'DP16KD':>8}"]
  for row in rows:
    lines.append(f"{row['unit']:<28}" + "".join(f"{row[kind]:>8}" for kind in KINDS))
  return "\n".join(lines) + "\n"


def verilog(design, top):
  output = os.path.join(design.build, design.config, f"{top}.v")
  run([design.read(top, "--keep-hierarchy --ignore-assertions"), "hierarchy -check", "proc", "opt", "bwmuxmap",
       f"write_verilog -noattr {output}.part"], design.path("verilog.log"), timeout=3600)
  os.replace(f"{output}.part", output)
  print(f"{output}: {os.path.getsize(output)} bytes")
  return True


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("verb", choices=("check", "area", "verilog", "netlist", "pnr"))
  parser.add_argument("--config", default="tiny", help="name or path of a configuration")
  parser.add_argument("--build", default="build")
  parser.add_argument("--module", action="append", default=[], help="only this module (check, netlist, pnr, area)")
  parser.add_argument("--seeds", type=int, default=1, help="pnr: placements tried")
  parser.add_argument("--cycles", type=int, default=500, help="netlist: random cycles")
  arguments = parser.parse_args()
  if importlib.util.find_spec("pyosys") is None:
    parser.exit(1, f"synthesis: {sys.executable} does not know pyosys: run scripts/setup.sh (without --minimal)\n")
  design = Design(arguments.config, arguments.build)
  top = arguments.module[0] if arguments.module else "saccade"
  try:
    if arguments.verb == "check":
      good = check(design, arguments.module)
    elif arguments.verb == "area":
      good = area(design, top)
    elif arguments.verb == "verilog":
      good = verilog(design, top)
    elif arguments.verb == "netlist":
      good = synthesis_netlist.compare_all(design, arguments.module, arguments.cycles)
    else:
      good = synthesis_pnr.place(design, arguments.module[0] if arguments.module else "sac_row", arguments.seeds)
  except YosysError as error:
    print(error, file=sys.stderr)
    good = False
  return 0 if good else 1


if __name__ == "__main__":
  sys.exit(main())
