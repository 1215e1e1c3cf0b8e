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

scripts/demo_table.py "$out"
