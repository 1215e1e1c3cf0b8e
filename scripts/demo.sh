#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Renders our scene on the Verilated RTL (tiny, 100 x 100, random memory stalls) and on the model (edge, 800 x 800), and
# ends with a table of both and the paths of the pictures. Fails when the RTL differs from the model in a byte.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/demo
scene=scenes/armillary.safetensors
views=scenes/armillary/transforms_test.json
mkdir -p "$out"
echo "RTL, tiny, 100 x 100 (about two minutes) ..."
build/saccade render "$scene" --views "$views" --size 100x100 --backend rtl --config configs/tiny.yaml --check \
  -o "$out/rtl.png" --stats "$out/rtl.json"
echo "model, edge, 800 x 800, with golden beside it ..."
build/saccade render "$scene" --views "$views" --size 800x800 --backend model --config configs/edge.yaml --check \
  -o "$out/model.png" --stats "$out/model.json"
python3 - "$out" <<'PYTHON'
import json
import sys

out = sys.argv[1]
print(f"\n{'back end':10}{'size':>11}{'cycles':>12}{'samples':>10}{'networks':>10}{'golden dB':>11}{'bytes differ':>14}{'seconds':>9}")
for name in ("rtl", "model"):
  with open(f"{out}/{name}.json", encoding="utf-8") as stream:
    s = json.load(stream)
  counters = s["counters"]
  print(f"{name:10}{s['width']:>5} x {s['height']:<4}{s['cycles']:>11}{counters['sample']['samples']:>10}"
        f"{counters['composite']['entries']:>10}{s['golden']['psnr_db']:>11.2f}{s['bytes_different']:>14}{s['seconds']:>9.1f}")
print(f"pictures: {out}/rtl.png {out}/model.png")
PYTHON
