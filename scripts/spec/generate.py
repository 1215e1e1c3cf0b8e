#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates what follows from scripts/spec/*.yaml.

  generate.py                          writes the checked-in files (RTL package, C header and tables, docs)
  generate.py --check                  exits 1 when one of them is stale
  generate.py --config FILE --out DIR  writes DIR/sac_config_pkg.sv for a build configuration
  generate.py --config FILE --hash     prints the hash of the configuration
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import emit_c
import emit_docs
import emit_sv
import emit_work
from config import load_config
from source import SpecError, load_spec

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

OUTPUTS = {
    "rtl/spec/sac_spec_pkg.sv": emit_sv.spec_package,
    "sw/include/saccade/regs.h": emit_c.header,
    "sw/driver/regs.c": emit_c.source,
    "sw/tools/work_spec.h": emit_work.header,
    "docs/spec.md": emit_docs.document,
}


def read(path):
  try:
    with open(path, encoding="utf-8") as stream:
      return stream.read()
  except FileNotFoundError:
    return None


def write(path, text):
  """Writes through a temporary file, and only when something changes, so that nothing rebuilds for nothing."""
  if read(path) == text:
    return
  os.makedirs(os.path.dirname(path), exist_ok=True)
  with open(path + ".tmp", "w", encoding="utf-8") as stream:
    stream.write(text)
  os.replace(path + ".tmp", path)


def main(arguments=None):
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--spec", default=HERE, help="folder of the YAML sources")
  parser.add_argument("--root", default=ROOT, help="where the checked-in files lie")
  parser.add_argument("--check", action="store_true", help="only compare")
  parser.add_argument("--config", metavar="FILE", help="build configuration")
  parser.add_argument("--out", metavar="DIR", help="folder for the configuration package")
  parser.add_argument("--hash", action="store_true", help="print the configuration's hash")
  options = parser.parse_args(arguments)
  try:
    spec = load_spec(options.spec, os.path.relpath(options.spec))
    if options.config:
      config = load_config(spec, options.config)
      if options.out:
        write(os.path.join(options.out, "sac_config_pkg.sv"), emit_sv.config_package(spec, config))
      if options.hash:
        print(f"{config['hash']:08x}")
      return 0
  except SpecError as error:
    print(error, file=sys.stderr)
    return 1
  stale = 0
  for name, emit in OUTPUTS.items():
    path = os.path.join(options.root, name)
    text = emit(spec)
    if not options.check:
      write(path, text)
    elif read(path) != text:
      print(f"{name} is stale: run scripts/spec/generate.py", file=sys.stderr)
      stale = 1
  return stale


if __name__ == "__main__":
  sys.exit(main())
