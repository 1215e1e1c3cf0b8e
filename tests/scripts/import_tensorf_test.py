# SPDX-License-Identifier: Apache-2.0
"""The importer keeps every number of a checkpoint and executes nothing of it.

Run: python3 -m unittest tests/scripts/import_tensorf_test.py (numpy only).
"""
import contextlib
import io
import json
import os
import pickle
import sys
import tempfile
import unittest
import zipfile

import numpy as np

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SCENES = os.path.join(ROOT, "..", "shared", "data", "scenes")
sys.path.insert(0, os.path.join(ROOT, "scripts"))

import import_tensorf
from tensorf import scene_file


class Trap:
  """Pickles as a call of os.mkdir(path): a foreign global."""

  def __init__(self, path):
    self.path = path

  def __reduce__(self):
    return os.mkdir, (self.path,)


class Import(unittest.TestCase):
  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.folder = folder.name
    self.out = os.path.join(self.folder, "out.safetensors")

  def run_on(self, path):
    errors, texts = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(texts):
      code = import_tensorf.main([path, "-o", self.out])
    return code, errors.getvalue()

  def archive(self, body):
    path = os.path.join(self.folder, "scene.th")
    with zipfile.ZipFile(path, "w") as z:
      z.writestr("scene/data.pkl", body)
      z.writestr("scene/byteorder", "little")
    return path

  def refused(self, path, *words):
    code, message = self.run_on(path)
    self.assertEqual(code, 1, message)
    for word in words:
      self.assertIn(word, message)
    self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("out")], [])

  def test_keeps_every_number_of_official_checkpoints(self):
    for scene in ("chair", "lego"):
      with self.subTest(scene=scene):
        source = os.path.join(SCENES, scene)
        if not os.path.exists(os.path.join(source, "scene.th")):
          self.skipTest(f"{scene}: the shared scenes are absent")
        self.assertEqual(self.run_on(os.path.join(source, "scene.th")), (0, ""))
        mine, settings = scene_file.read(self.out)
        theirs, wanted = scene_file.read(os.path.join(source, "scene.safetensors"))
        self.assertEqual(sorted(mine), sorted(theirs))
        for name in mine:
          self.assertEqual(mine[name].dtype, theirs[name].dtype, name)
          np.testing.assert_array_equal(mine[name], theirs[name], name)
        self.assertEqual(sorted(settings), sorted(wanted))
        for key in set(settings) - {"scene"}:
          try:
            left, right = json.loads(settings[key]), json.loads(wanted[key])
          except ValueError:
            left, right = settings[key], wanted[key]
          if isinstance(left, float):
            self.assertAlmostEqual(left, right, places=8, msg=key)
          else:
            self.assertEqual(left, right, key)

  def test_refuses_a_foreign_global_by_name_and_does_not_call_it(self):
    trap = os.path.join(self.folder, "trap")
    for protocol in (0, 1, 2):
      body = pickle.dumps({"kwargs": Trap(trap)}, protocol)
      self.refused(self.archive(body), "scene.th", "foreign")
      self.assertFalse(os.path.exists(trap))
    module = os.mkdir.__module__
    self.refused(self.archive(pickle.dumps(Trap(trap), 2)), f"foreign global {module}.mkdir")

  def test_refuses_a_foreign_opcode_by_name(self):
    trap = os.path.join(self.folder, "trap")
    self.refused(self.archive(pickle.dumps(Trap(trap), 4)), "foreign pickle opcode")
    self.refused(self.archive(b"(S'/trap'\nios\nmkdir\n."), "foreign pickle opcode", "STRING")
    self.refused(self.archive(b"\x80\x02(ios\nmkdir\n."), "foreign pickle opcode INST")
    self.refused(self.archive(b"\x80\x02\x82\x01."), "foreign pickle opcode EXT1")

  def test_refuses_the_globals_behind_the_allowed_ones(self):
    dotted = b"\x80\x02cnumpy\nndarray.tofile\n."
    self.refused(self.archive(dotted), "foreign global numpy.ndarray.tofile")
    called = b"\x80\x02cnumpy\nndarray\n)R."
    self.refused(self.archive(called), "ndarray")

  def test_refuses_what_is_no_checkpoint(self):
    plain = os.path.join(self.folder, "plain.th")
    with open(plain, "wb") as f:
      f.write(b"no zip")
    self.refused(plain, "plain.th", "not a zip")
    self.refused(os.path.join(self.folder, "absent.th"), "absent.th", "No such file")
    self.refused(self.archive(b"\x80\x02}"), "not a complete pickle")
    self.refused(self.archive(pickle.dumps({}, 2)), "kwargs: missing")

  def test_refuses_another_shading_mode_by_name(self):
    kwargs = dict(import_tensorf.EXPECTED, shadingMode="SH")
    body = pickle.dumps({"kwargs": kwargs, "state_dict": {}}, 2)
    self.refused(self.archive(body), "shadingMode", "MLP_Fea", "SH")


if __name__ == "__main__":
  unittest.main()
