#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cycles of the model beside the RTL's: runs the parity test on every built configuration and prints a table.

parity.py [--build DIR] [--units]

Every command once on both, without random stalls of the memory. error = (model - RTL) / RTL. --units adds the time
counters of each unit. Raw numbers: DIR/parity.json. Ends with 0 if the work counters agree; cycles have no gate yet.
"""
import argparse
import json
import os
import subprocess
import sys

TEST = "parity_parity"


def error(model, rtl):
  return f"{100 * (model - rtl) / rtl:+8.2f} %" if rtl else f"{'exact' if model == rtl else 'RTL 0':>10}"


def table(rows, units):
  print(f"{'config':8}{'command':28}{'model':>12}{'RTL':>12}  {'error':>10}")
  for row in rows:
    print(f"{row['config']:8}{row['command']:28}{row['model_cycles']:12}{row['rtl_cycles']:12}  "
          f"{error(row['model_cycles'], row['rtl_cycles'])}")
    if not units:
      continue
    for name, rtl in row["rtl"].items():
      model = row["model"][name]
      if name.endswith("cycles") and (rtl or model):
        print(f"{'':8}  {name:26}{model:12}{rtl:12}  {error(model, rtl)}")


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--build", default="build")
  parser.add_argument("--units", action="store_true", help="the time counters of each unit too")
  options = parser.parse_args()
  program = os.path.join(options.build, "tests", TEST)
  if not os.path.exists(program):
    raise SystemExit(f"{program} is missing: make parity builds it")
  done = subprocess.run([program, "--gtest_also_run_disabled_tests", "--gtest_filter=Parity.DISABLED_Table"],
                        capture_output=True, text=True, check=False)
  if done.returncode:
    print(done.stdout[-4000:])
  with open(os.path.join(options.build, "parity.json"), encoding="utf-8") as stream:
    table(json.load(stream), options.units)
  return done.returncode


if __name__ == "__main__":
  sys.exit(main())
