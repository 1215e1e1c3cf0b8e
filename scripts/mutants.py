#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Planted faults: every patch of tests/mutants must make the test that it names fail.

mutants.py [NAME...] [--build DIR] [--apply]

A patch begins with two lines, then comes a unified diff against the root of the repository:
  Fault: what is wrong now, in one sentence
  Caught by: PROGRAM[:FILTER] [MAKE_VARIABLE=VALUE...]
The sources are copied to DIR/mutants/tree and built there. Each test first passes without the fault; then it must fail
with it, and the program must still build: a fault that no compiler accepts proves nothing.
--apply only checks that every patch fits the sources (make check). Results: DIR/mutants/mutants.json.
Ends with 0 only if every fault was caught.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

FOLDER = "tests/mutants"


class Mutant:
  """One patch file."""

  def __init__(self, path):
    self.path = path
    self.name = os.path.basename(path)[:-len(".patch")]
    with open(path, encoding="utf-8") as stream:
      text = stream.read()
    fault = re.match(r"Fault: (.+)\nCaught by: (\S+)(.*)\n", text)
    if not fault:
      raise SystemExit(f"{path}: expected the lines 'Fault: ...' and 'Caught by: PROGRAM' at the top")
    self.fault, self.test, variables = fault.groups()
    self.variables = variables.split()
    self.files = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)


def patch(tree, mutant, *options):
  return subprocess.run(["patch", "-p1", "--silent", "--forward", "--no-backup-if-mismatch", *options, "-i",
                         os.path.abspath(mutant.path)], cwd=tree, capture_output=True, text=True, check=False)


def apply_all(mutants):
  """Whether every patch fits."""
  wrong = 0
  for mutant in mutants:
    done = patch(".", mutant, "--dry-run")
    if done.returncode:
      wrong += 1
      print(f"{mutant.path}: does not fit the sources: {(done.stdout + done.stderr).strip()}")
  print(f"mutants: {len(mutants)} patches, {wrong} do not fit")
  return wrong == 0


def copy_sources(tree):
  """The tracked files as they are now; build products of an earlier run stay, so that only what changed is rebuilt."""
  listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
  for name in filter(None, listed):
    target = os.path.join(tree, name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.exists(name) and not same(name, target):
      shutil.copy(name, target)
  shared = os.path.abspath("../shared")
  link = os.path.join(os.path.dirname(tree), "shared")
  if os.path.isdir(shared) and not os.path.islink(link):
    os.symlink(shared, link)


def same(a, b):
  if not os.path.exists(b):
    return False
  with open(a, "rb") as one, open(b, "rb") as other:
    return one.read() == other.read()


def run_test(tree, mutant, log):
  """'passed', 'failed', or 'does not build'."""
  with open(log, "w", encoding="utf-8") as stream:
    done = subprocess.run(["make", "test", f"T={mutant.test}", *mutant.variables], cwd=tree, stdout=stream,
                          stderr=subprocess.STDOUT, check=False, env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0"})
  with open(log, encoding="utf-8", errors="replace") as stream:
    text = stream.read()
  if "some test programs do not build" in text or "no test is called" in text:
    return "does not build"
  return "passed" if done.returncode == 0 else "failed"


def hunt(tree, folder, mutant, clean):
  """Verdict on one mutant, and whether it was caught."""
  key = (mutant.test, *mutant.variables)
  if key not in clean:
    clean[key] = run_test(tree, mutant, os.path.join(folder, f"clean_{mutant.test.replace(':', '_')}.log"))
  if clean[key] != "passed":
    return f"the test itself {clean[key]} without the fault", False
  done = patch(tree, mutant)
  if done.returncode:
    return f"the patch does not fit: {(done.stdout + done.stderr).strip()}", False
  try:
    verdict = run_test(tree, mutant, os.path.join(folder, f"{mutant.name}.log"))
  finally:
    for name in mutant.files:
      shutil.copy(name, os.path.join(tree, name))
  return ("caught", True) if verdict == "failed" else (f"NOT caught: the test {verdict}", False)


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("names", nargs="*", help="mutants to hunt (default: all)")
  parser.add_argument("--build", default="build")
  parser.add_argument("--apply", action="store_true", help="only check that the patches fit")
  options = parser.parse_args()
  mutants = [Mutant(path) for path in sorted(glob.glob(f"{FOLDER}/*.patch"))]
  unknown = set(options.names) - {mutant.name for mutant in mutants}
  if unknown:
    raise SystemExit(f"no mutant is called {', '.join(sorted(unknown))}; there are: {', '.join(m.name for m in mutants)}")
  mutants = [mutant for mutant in mutants if not options.names or mutant.name in options.names]
  if options.apply:
    return 0 if apply_all(mutants) else 1
  folder = os.path.abspath(os.path.join(options.build, "mutants"))
  tree = os.path.join(folder, "tree")
  os.makedirs(tree, exist_ok=True)
  copy_sources(tree)
  results, clean = [], {}
  for mutant in mutants:
    start = time.monotonic()
    verdict, caught = hunt(tree, folder, mutant, clean)
    seconds = time.monotonic() - start
    results.append({"mutant": mutant.name, "fault": mutant.fault, "test": mutant.test, "verdict": verdict, "caught": caught})
    print(f"{'ok    ' if caught else 'FAILED'} {mutant.name:32} {mutant.test:28} {seconds:6.1f} s  {verdict}", flush=True)
  with open(os.path.join(folder, "mutants.json"), "w", encoding="utf-8") as stream:
    json.dump(results, stream, indent=2)
    stream.write("\n")
  caught = sum(result["caught"] for result in results)
  print(f"{caught} passed, {len(results) - caught} failed")
  return 0 if caught == len(results) else 1


if __name__ == "__main__":
  sys.exit(main())
