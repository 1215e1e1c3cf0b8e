# SPDX-License-Identifier: Apache-2.0
"""The generator refuses what does not make sense, and what it writes is what the sources say."""
import contextlib
import io
import os
import shutil
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = os.path.join(ROOT, "scripts", "spec")
sys.path.insert(0, SPEC)

import config as build_config
import emit_c
import emit_sv
import generate
import source


class Sources(unittest.TestCase):
  """A copy of the sources with one thing changed."""

  def setUp(self):
    self.folder = tempfile.mkdtemp()
    self.addCleanup(shutil.rmtree, self.folder)
    for name in os.listdir(SPEC):
      if name.endswith(".yaml"):
        shutil.copy(os.path.join(SPEC, name), self.folder)

  def change(self, name, old, new):
    path = os.path.join(self.folder, name)
    with open(path, encoding="utf-8") as stream:
      text = stream.read()
    self.assertIn(old, text)
    with open(path, "w", encoding="utf-8") as stream:
      stream.write(text.replace(old, new, 1))

  def refused(self, pattern):
    with self.assertRaisesRegex(source.SpecError, pattern):
      source.load_spec(self.folder)


class Refusals(Sources):
  def test_the_sources_as_they_are_are_accepted(self):
    source.load_spec(self.folder)

  def test_an_unknown_key_is_named_with_its_line(self):
    self.change("errors.yaml", "OPCODE: {code: 1,", "OPCODE: {colour: red, code: 1,")
    self.refused(r"errors\.yaml:\d+: unknown key colour")

  def test_a_key_given_twice(self):
    self.change("errors.yaml", "OPCODE: {code: 1,", "NONE: {code: 1,")
    self.refused(r"errors\.yaml:\d+: NONE is given twice")

  def test_overlapping_fields(self):
    self.change("commands.yaml", "scatter: {word: 0, high: 9, low: 9", "scatter: {word: 0, high: 9, low: 8")
    self.refused(r"commands\.yaml:\d+: scatter overlaps gather")

  def test_a_field_over_the_common_ones(self):
    self.change("commands.yaml", "gather: {word: 0, high: 8, low: 8", "gather: {word: 0, high: 16, low: 16")
    self.refused("gather overlaps tag")

  def test_two_commands_with_one_opcode(self):
    self.change("commands.yaml", "opcode: 4", "opcode: 3")
    self.refused("MATMUL has the opcode of TABLE: 3")

  def test_overlapping_registers(self):
    self.change("registers.yaml", "offset: 0x014", "offset: 0x010")
    self.refused("RING_SIZE overlaps RING_BASE at 0x10")

  def test_an_array_of_registers_over_another(self):
    self.change("registers.yaml", "offset: 0x0fc", "offset: 0x078")
    self.refused("overlaps WINDOW_ACCESS|overlaps CONFIG_HASH")

  def test_counters_over_capacities(self):
    self.change("registers.yaml", "counters_offset: 0x200", "counters_offset: 0x110")
    self.refused("counters overlap capacities")

  def test_a_field_without_a_doc(self):
    self.change("commands.yaml", ', doc: "clamp results below at zero"', "")
    self.refused("relu needs a doc")

  def test_a_field_beyond_its_record(self):
    self.change("records.yaml", "cycles: {word: 0,", "cycles: {word: 4,")
    self.refused("word is 4, expected an integer from 0 to 3")

  def test_a_name_that_a_language_reserves(self):
    self.change("commands.yaml", "through_table:", "table:")
    self.refused("table cannot be a name")

  def test_a_missing_key(self):
    self.change("counters.yaml", "ray.rays: {kind: work, ", "ray.rays: {")
    self.refused("kind is missing")

  def test_a_counter_of_no_kind(self):
    self.change("counters.yaml", "kind: work", "kind: play")
    self.refused("kind is play, expected work or time")

  def test_text_that_is_not_yaml(self):
    self.change("errors.yaml", "NONE: {code: 0", "NONE: {code: 0]")
    self.refused(r"errors\.yaml:\d+: not YAML")


class Outputs(unittest.TestCase):
  def setUp(self):
    self.spec = source.load_spec(SPEC)

  def test_reserved_and_fields_cover_every_bit_once(self):
    for block in [*self.spec.commands, *self.spec.records]:
      total = block.reserved()
      for item in block.fields:
        mask = ((1 << item.width) - 1) << item.low
        self.assertEqual(total & mask, 0, block.name)
        total |= mask
      self.assertEqual(total, (1 << 32 * block.words) - 1, block.name)

  def test_every_name_is_in_the_package_and_in_the_header(self):
    package = emit_sv.spec_package(self.spec)
    header = emit_c.header(self.spec)
    for reg in self.spec.registers:
      self.assertIn(f" REG_{reg['name']} = 12'h{reg['offset']:03x};", package)
      self.assertIn(f"#define SAC_REG_{reg['name']} 0x{reg['offset']:03x}u", header)
    for index, counter in enumerate(self.spec.counters):
      name = counter["name"].replace(".", "_").upper()
      self.assertIn(f"COUNTER_{name} = {index};", package)
      self.assertIn(f"SAC_COUNTER_{name} = {index},", header)
    for error in self.spec.errors:
      self.assertIn(f"ERR_{error['name']} = 8'd{error['code']};", package)
      self.assertIn(f"SAC_HW_ERR_{error['name']} = {error['code']},", header)

  def test_a_struct_runs_from_the_top_bit_down(self):
    package = emit_sv.spec_package(self.spec)
    start = package.index("// Completes when every command")
    struct = package[start:package.index("} fence_command_t;")]
    names = [line.split(";")[0].split()[-1] for line in struct.splitlines() if ";" in line and "logic" in line]
    self.assertEqual(names, ["reserved_1", "tag", "reserved_0", "interrupt", "opcode"])

  def test_a_stale_file_is_found(self):
    with tempfile.TemporaryDirectory() as root, contextlib.redirect_stderr(io.StringIO()) as messages:
      self.assertEqual(generate.main(["--root", root]), 0)
      self.assertEqual(generate.main(["--root", root, "--check"]), 0)
      with open(os.path.join(root, "docs/spec.md"), "a", encoding="utf-8") as stream:
        stream.write("x")
      self.assertEqual(generate.main(["--root", root, "--check"]), 1)
      self.assertIn("docs/spec.md is stale", messages.getvalue())


class Configurations(unittest.TestCase):
  def setUp(self):
    self.spec = source.load_spec(SPEC)
    self.folder = tempfile.mkdtemp()
    self.addCleanup(shutil.rmtree, self.folder)

  def load(self, old="", new="", name="tiny.yaml"):
    with open(os.path.join(ROOT, "configs", name), encoding="utf-8") as stream:
      text = stream.read()
    self.assertIn(old, text)
    path = os.path.join(self.folder, name)
    with open(path, "w", encoding="utf-8") as stream:
      stream.write(text.replace(old, new, 1))
    return build_config.load_config(self.spec, path, name)

  def test_every_configuration_of_the_repository_is_legal(self):
    names = [name for name in os.listdir(os.path.join(ROOT, "configs")) if name.endswith(".yaml")]
    self.assertIn("tiny.yaml", names)
    for name in names:
      build_config.load_config(self.spec, os.path.join(ROOT, "configs", name))

  def test_the_hash_is_fnv1a_of_the_lines(self):
    build = {item["name"]: 0 for item in self.spec.parameters}
    spec = type("Two", (), {"parameters": [{"name": "a"}, {"name": "b"}]})
    # FNV-1a of the 8 bytes "a=1\nb=2\n", computed step by step.
    value = 2166136261
    for byte in b"a=1\nb=2\n":
      value = (value ^ byte) * 16777619 % 2**32
    self.assertEqual(build_config.build_hash(spec, {"a": 1, "b": 2}), value)
    self.assertNotEqual(build_config.build_hash(self.spec, build), build_config.build_hash(self.spec, {**build, "rows": 1}))

  def test_memory_and_clock_do_not_change_the_hash(self):
    self.assertEqual(self.load()["hash"], self.load("clock_mhz: 100", "clock_mhz: 200")["hash"])

  def test_a_value_out_of_range_is_named_with_its_line(self):
    for old, new, message in (("rows: 4", "rows: 0", r"tiny\.yaml:\d+: rows is 0, expected 1 to 128"),
                              ("lanes: 16", "lanes: 12", "lanes is 12, expected one of 8, 16, 32"),
                              ("rows: 4", "rows: many", "rows is many, expected an integer"),
                              ("rows: 4", "rows: 4\n  columns: 4", "unknown key columns"),
                              ("  rows: 4\n", "", "rows is missing"),
                              ("name: tiny", "name: big", "name is big, expected tiny"),
                              ("matmul_k: 512", "matmul_k: 577", "matmul_k is 577: half of x_words holds 576 values"),
                              ("x_words: 72", "x_words: 37", "x_words is 37: RENDER needs 38"),
                              ("weight_words: 4096", "weight_words: 256", "weight_words is 256: RENDER needs 2536"),
                              ("clock_mhz: 100", "clock_mhz: 0", "clock_mhz is 0")):
      with self.subTest(new), self.assertRaisesRegex(source.SpecError, message):
        self.load(old, new)
    with self.assertRaisesRegex(source.SpecError, r"odd\.yaml:\d+: appearance_lanes is 16: at most the lanes 8"):
      self.load("appearance_lanes: 1", "appearance_lanes: 16", "odd.yaml")

  def test_the_package_has_every_parameter_and_the_capacities_in_order(self):
    config = self.load()
    package = emit_sv.config_package(self.spec, config)
    self.assertIn("Rows = 4;", package)
    self.assertIn("AxiDataWidth = 64;", package)
    self.assertIn(f"ConfigHash = 32'h{config['hash']:08x};", package)
    values = [int(line.strip(" ,").removeprefix("32'd")) for line in package.splitlines() if line.startswith("    32'd")]
    self.assertEqual(values[::-1], [config["build"][item["name"]] for item in self.spec.parameters])


if __name__ == "__main__":
  unittest.main()
