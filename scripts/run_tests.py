#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs GoogleTest programs and the Python tests of tests/scripts, sums up, and says how to run a failure again.

A program that is missing or dies counts as one failure. The last line is `N passed, N failed[, N skipped]`;
the exit status is 0 only when nothing failed. JUnit reports go to BUILD/junit.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


class Result:
  """Counts, and failures as (name to rerun, output)."""

  def __init__(self):
    self.passed = 0
    self.skipped = 0
    self.failures = []
    self.reasons = []


def run(command, limit):
  start = time.monotonic()
  try:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), time.monotonic() - start
  except subprocess.TimeoutExpired as error:
    text = (error.stdout or b"").decode(errors="replace")
    return -1, text + f"\nstopped after {limit} seconds\n", limit
  except OSError as error:
    return -1, f"{command[0]}: {error.strerror}\n", 0.0


def google(program, pattern, build, limit):
  """One GoogleTest program."""
  name = os.path.basename(program)
  report = os.path.join(build, "junit", name + ".json")
  if os.path.exists(report):
    os.remove(report)
  command = [program, f"--gtest_output=json:{report}", "--gtest_color=no"]
  if pattern:
    command.append(f"--gtest_filter={pattern}")
  status, output, seconds = run(command, limit)
  result = Result()
  try:
    with open(report, encoding="utf-8") as stream:
      suites = json.load(stream)["testsuites"]
  except (OSError, ValueError):
    suites = []
  for suite in suites:
    for test in suite["testsuite"]:
      full = f"{suite['name']}.{test['name']}"
      if test.get("result") == "SUPPRESSED" or test["status"] == "NOTRUN":
        continue
      if test.get("failures"):
        text = "\n".join(item["failure"] for item in test["failures"])
        result.failures.append((f"{name}:{full}", text))
      elif test.get("result") == "SKIPPED":
        result.skipped += 1
        result.reasons.append(full)
      else:
        result.passed += 1
  if status != 0 and not result.failures:
    running = re.findall(r"\[ RUN      \] (\S+)", output)
    where = f"{name}:{running[-1]}" if running else name
    result.failures.append((where, f"exit status {status}\n" + output[-4000:]))
  return name, result, seconds


def python(path, limit):
  """One file of Python unittests."""
  name = "scripts_" + os.path.basename(path)[:-3]
  status, output, seconds = run([sys.executable, "-m", "unittest", "-v", path], limit)
  result = Result()
  for line in output.splitlines():
    if re.search(r"\.\.\. ok$", line):
      result.passed += 1
    elif re.search(r"\.\.\. skipped", line):
      result.skipped += 1
      result.reasons.append(line)
  if status != 0:
    failed = re.findall(r"^(?:FAIL|ERROR): (\w+)", output, re.M) or [""]
    for test in failed:
      result.failures.append((name, output[-4000:] if test == failed[0] else test))
  return name, result, seconds


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--build", default="build")
  parser.add_argument("--jobs", type=int, default=2)
  parser.add_argument("--limit", type=int, default=900, help="seconds a program may take")
  parser.add_argument("--only", default="", help="program, program:filter, or a GoogleTest filter")
  parser.add_argument("--incomplete", action="store_true",
                      help="the build failed: that is a failure, whatever programs of an earlier build say")
  parser.add_argument("programs", nargs="*")
  options = parser.parse_args()
  os.makedirs(os.path.join(options.build, "junit"), exist_ok=True)
  program_part, _, pattern = options.only.partition(":")
  scripts = sorted(glob.glob("tests/scripts/*_test.py"))
  names = [os.path.basename(p) for p in options.programs]
  if options.only:
    chosen = [s for s in scripts if program_part in "scripts_" + os.path.basename(s)]
    if not any(program_part in name for name in names):
      if chosen:
        options.programs = []
      else:
        pattern = options.only if "*" in options.only else f"*{options.only}*"
    scripts = chosen
  total = Result()
  if options.incomplete:
    total.failures.append((options.only, "some test programs do not build"))
  began = time.time()
  with ThreadPoolExecutor(options.jobs) as pool:
    jobs = [pool.submit(google, p, pattern, options.build, options.limit) for p in options.programs]
    jobs += [pool.submit(python, s, options.limit) for s in scripts]
    for job in jobs:
      name, result, seconds = job.result()
      count = result.passed + result.skipped + len(result.failures)
      if count == 0:
        continue
      state = "FAILED" if result.failures else "ok"
      skipped = f", {result.skipped} skipped" if result.skipped else ""
      print(f"{state:6} {name:40} {count:4} tests{skipped} {seconds:8.1f} s", flush=True)
      for where, text in result.failures:
        print(f"  FAILED {where}\n    " + text.strip().replace("\n", "\n    "))
        print(f"    rerun: make test T={where} WAVE=1", flush=True)
      total.passed += result.passed
      total.skipped += result.skipped
      total.failures += result.failures
  for wave in sorted(glob.glob(os.path.join(options.build, "waves", "*.fst"))):
    if os.path.getmtime(wave) >= began:
      print(f"waves: {wave}")
  if total.failures:
    print("failed:")
    for where, _ in total.failures:
      print(f"  make test T={where} WAVE=1")
  if total.passed + total.skipped + len(total.failures) == 0:
    print(f"no test is called {options.only}")
    return 1
  print(f"{total.passed} passed, {len(total.failures)} failed"
        + (f", {total.skipped} skipped" if total.skipped else ""))
  return 1 if total.failures else 0


if __name__ == "__main__":
  sys.exit(main())
