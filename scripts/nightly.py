#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random commands beyond what a test run takes: the Verilated machine, the model and the scalar reference side by side.

nightly.py [--build DIR] [--jobs N] [--seed S] [--commands N] [--configs NAME,...]

For every configuration: N commands, a fifth of them drawn by cosim_attend (ATTEND, with MATMUL and RECODE between),
the others by cosim_commands (COPY, TABLE, MATMUL, MERGE, SELECT, RECODE), in runs of 400 with a seed each: stalls,
latencies and places in memory follow the seed. Seeds count up from S, by default the day, so that every night draws
others. A failing run prints the line that runs it again. Results: DIR/nightly.json; the last line is
`N passed, N failed` (runs); ends with 0 only if none failed.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

RUN = 400
PROGRAMS = {"cosim_commands": 4, "cosim_attend": 1}  # shares of the commands


def run(build, program, config, seed, commands):
  environment = dict(os.environ, SAC_SEED=str(seed), SAC_COMMANDS=str(commands))
  start = time.monotonic()
  done = subprocess.run([os.path.join(build, "tests", program), f"--gtest_filter=*/{config}", "--gtest_color=no"],
                        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
  output = done.stdout.decode(errors="replace")
  told = re.search(rf"^{config}: (\d+) commands in (\d+) cycles$", output, re.M)
  return {"program": program, "config": config, "seed": seed, "commands": int(told.group(1)) if told else 0,
          "cycles": int(told.group(2)) if told else 0, "seconds": round(time.monotonic() - start, 1),
          "passed": done.returncode == 0 and bool(told), "output": "" if done.returncode == 0 else output}


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--build", default="build")
  parser.add_argument("--jobs", type=int, default=2)
  parser.add_argument("--seed", type=int, default=int(time.strftime("%Y%m%d")) * 1000)
  parser.add_argument("--commands", type=int, default=10000)
  parser.add_argument("--configs", default="tiny,odd,ecp5,edge")
  options = parser.parse_args()
  plan, seed = [], options.seed
  for config in options.configs.split(","):
    for program, share in PROGRAMS.items():
      left = options.commands * share // sum(PROGRAMS.values())
      while left > 0:
        plan.append((program, config, seed, min(RUN, left)))
        seed, left = seed + 1, left - RUN
  results = []
  with ThreadPoolExecutor(options.jobs) as pool:
    for job in as_completed([pool.submit(run, options.build, *what) for what in plan]):
      result = job.result()
      results.append(result)
      if not result["passed"]:
        print(f"FAILED {result['program']} {result['config']}\n{result['output'][-4000:]}")
        print(f"  rerun: SAC_COMMANDS={RUN} SAC_SEED={result['seed']} make test T={result['program']}:"
              f"*/{result['config']} WAVE=1", flush=True)
      if sys.stderr.isatty():
        print(f"\r{len(results)} of {len(plan)} runs", end="", file=sys.stderr, flush=True)
  results.sort(key=lambda result: result["seed"])
  with open(os.path.join(options.build, "nightly.json"), "w", encoding="utf-8") as stream:
    json.dump({"seed": options.seed, "runs": results}, stream, indent=1)
    stream.write("\n")
  for config in options.configs.split(","):
    for program in PROGRAMS:
      of = [result for result in results if (result["program"], result["config"]) == (program, config)]
      print(f"{config:6} {program:16} {sum(r['commands'] for r in of):6} commands {sum(r['cycles'] for r in of):12} cycles"
            f" {len(of):4} seeds {sum(not r['passed'] for r in of):3} failed {sum(r['seconds'] for r in of):9.1f} s")
  failed = sum(not result["passed"] for result in results)
  print(f"{len(results) - failed} passed, {failed} failed")
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
