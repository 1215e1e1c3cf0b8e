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

# run NAME WHAT ARGUMENT...: renders with seconds on a terminal; a failure shows what was said and how to run it again.
run() {
  local name=$1 what=$2 start=$SECONDS
  shift 2
  local command=(build/saccade render "$scene" --views "$views" "$@" --check -o "$out/$name.png"
    --difference "$out/${name}_difference.png" --stats "$out/$name.json")
  echo "$what"
  "${command[@]}" > "$out/$name.log" 2>&1 &
  local job=$!
  while [ -t 1 ] && kill -0 "$job" 2> /dev/null; do
    printf '\r  %d s ' $((SECONDS - start))
    sleep 1
  done
  if wait "$job"; then
    [ ! -t 1 ] || printf '\r'
    grep -E '^(model|rtl|golden)' "$out/$name.log" | sed 's/^/  /'
  else
    cat "$out/$name.log"
    echo "demo: failed; run again: ${command[*]}"
    exit 1
  fi
}
run rtl "1 of 2: RTL, tiny, 100 x 100, Verilated (a minute or two) ..." --size 100x100 --backend rtl --config configs/tiny.yaml
run model "2 of 2: model, edge, 800 x 800, with the float64 golden renderer beside it ..." --size 800x800 --backend model \
  --config configs/edge.yaml

/usr/bin/env python3 - "$out" <<'PYTHON'
import json
import sys

out = sys.argv[1]
print(f"\n{'back end':10}{'machine':9}{'size':>11}{'cycles':>12}{'samples':>10}{'networks':>10}{'golden dB':>11}{'bytes differ':>14}{'seconds':>9}")
for name in ("rtl", "model"):
  with open(f"{out}/{name}.json", encoding="utf-8") as stream:
    s = json.load(stream)
  counters = s["counters"]
  differ = s["bytes_different"] if name == "rtl" else "-"
  print(f"{name:10}{s['config']:9}{s['width']:>5} x {s['height']:<4}{s['cycles']:>11}{counters['sample']['samples']:>10}"
        f"{counters['composite']['entries']:>10}{s['golden']['psnr_db']:>11.2f}{differ:>14}{s['seconds']:>9.1f}")
print("cycles: of the machine (RTL: exact, model: approximate); networks: evaluations of the colour network;")
print("golden dB: PSNR against the float64 renderer; bytes differ: RTL from model, colour and depth")
for name in ("rtl", "model"):
  print(f"{name + ':':7}{out}/{name}.png   difference to golden, times 8: {out}/{name}_difference.png")
PYTHON
