# SPDX-License-Identifier: Apache-2.0
"""A tiny training run lowers the loss, and the command renders its file. Needs PyTorch and Pillow; skips without.

Run: python3 -m unittest tests/scripts/train_test.py
"""
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SACCADE = os.path.join(ROOT, "build", "saccade")
MISSING = [name for name in ("torch", "PIL") if importlib.util.find_spec(name) is None]


class Train(unittest.TestCase):
  def run_script(self, *words):
    done = subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    self.assertEqual(done.returncode, 0, done.stderr)
    return done.stdout

  def test_train_says_what_is_missing(self):
    if not MISSING:
      self.skipTest("PyTorch and Pillow are installed")
    done = subprocess.run([sys.executable, "scripts/train.py", "nowhere", "-o", "x"], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    self.assertEqual(done.returncode, 1)
    self.assertIn("scripts/setup.sh --train", done.stderr)

  @unittest.skipIf(MISSING, f"{', '.join(MISSING)} not installed: scripts/setup.sh --train")
  def test_a_tiny_run_lowers_the_loss_and_its_file_renders(self):
    with tempfile.TemporaryDirectory() as folder:
      views, scene = os.path.join(folder, "views"), os.path.join(folder, "tiny.safetensors")
      self.run_script("scenes/make_views.py", views, "--train", "8", "--test", "1", "--size", "32")
      text = self.run_script("scripts/train.py", views, "-o", scene, "--iterations", "120", "--grid", "24", "--rays", "512")
      first, last = map(float, re.search(r"loss ([0-9.]+) -> ([0-9.]+)", text).groups())
      self.assertLess(last, 0.5 * first, text)
      text = self.run_script("scripts/train.py", views, "--evaluate", scene)
      self.assertGreater(float(re.search(r"held-out views: ([0-9.]+) dB", text).group(1)), 10)
      if not os.path.exists(SACCADE):
        self.skipTest("build/saccade is not built: the file was not rendered")
      stats = os.path.join(folder, "stats.json")
      subprocess.run([SACCADE, "render", scene, "--views", os.path.join(views, "transforms_test.json"), "--size", "24x24", "--check",
                      "-o", os.path.join(folder, "p.png"), "--stats", stats], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
      with open(stats, encoding="utf-8") as stream:
        result = json.load(stream)
      self.assertGreater(result["counters"]["composite"]["entries"], 10)
      self.assertGreater(result["golden"]["psnr_db"], 25)


if __name__ == "__main__":
  unittest.main()
