# SPDX-License-Identifier: Apache-2.0
"""Runs Yosys (pyosys) commands in a process of their own, and knows the files of a configuration."""
import glob
import json
import os
import subprocess
import sys

RUNNER = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.argv[1:]:
  libyosys.run_pass(command, design)
"""


class YosysError(Exception):
  """A Yosys script failed; the text has its last words and the log's path."""


def run(commands, log, timeout=600, folder=None):
  """Runs the commands in order; output goes to `log`."""
  with open(log, "w", encoding="utf-8") as stream:
    try:
      done = subprocess.run([sys.executable, "-c", RUNNER, *commands], stdout=stream, stderr=subprocess.STDOUT,
                            timeout=timeout, check=False, cwd=folder)
    except subprocess.TimeoutExpired as error:
      raise YosysError(f"Yosys took more than {timeout} s, see {log}") from error
  if done.returncode:
    with open(log, encoding="utf-8", errors="replace") as stream:
      lines = [line.strip() for line in stream if line.strip()]
    words = [line for line in lines if "rror" in line or "ModuleNotFound" in line][-3:] or lines[-3:]
    raise YosysError(f"{' / '.join(words)} (see {log})")


class Design:
  """The RTL of one configuration."""

  def __init__(self, config, build):
    self.config = os.path.splitext(os.path.basename(config))[0]
    self.build = build
    self.folder = os.path.join(build, self.config, "synthesis")
    os.makedirs(self.folder, exist_ok=True)
    with open("rtl/saccade.f", encoding="utf-8") as stream:
      listed = [line.split("#")[0].strip() for line in stream]
    package = os.path.join(build, self.config, "gen", "sac_config_pkg.sv")
    if not os.path.exists(package):
      raise SystemExit(f"{package} is missing: make {package}")
    listed = [path for path in listed if path]
    # A file that the list lacks is read all the same, and said so: modules are checked before they are wired.
    missing = sorted({os.path.relpath(path) for path in glob.glob("rtl/**/*.sv", recursive=True)} - set(listed))
    for path in missing:
      print(f"{path} is not in rtl/saccade.f", file=sys.stderr)
    self.files = [package] + sorted(listed + missing, key=lambda path: not path.endswith("_pkg.sv"))

  def path(self, *parts):
    path = os.path.join(self.folder, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path

  def read(self, top, options="", extra=(), parameters=()):
    values = " ".join(f"-G {p}" for p in parameters)
    return f"read_slang {options} --top {top} {values} {' '.join([*self.files, *extra])}"

  def modules(self):
    """Every module."""
    names = [os.path.splitext(os.path.basename(path))[0] for path in self.files]
    return [name for name in names if not name.endswith("_pkg")]

  def ports(self, module, parameters=()):
    """[(name, direction, bits)] of a module, in the order of its header."""
    output = self.path("ports", f"{module}.json")
    run([self.read(module, "--ignore-assertions", parameters=parameters), "proc", f"write_json {output}"],
        self.path("ports", f"{module}.log"))
    with open(output, encoding="utf-8") as stream:
      modules = json.load(stream)["modules"]
    ports = next(m for name, m in modules.items() if name.partition("$")[0] == module)["ports"]
    return [(name, port["direction"], len(port["bits"])) for name, port in ports.items()]
