#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verilator -Wall over every module alone (first configuration) and over the whole machine for every configuration:
# lint.sh BUILD CONFIG...  Prints every warning; exits 1 when there is one. Waivers: rtl/lint/waivers.vlt.
set -uo pipefail
build=$1
shift
verilator=${VERILATOR:-verilator}
mkdir -p "$build/lint"
mapfile -t listed < <(sed 's/#.*//; /^\s*$/d' rtl/saccade.f)
mapfile -t packages < <({ printf '%s\n' "${listed[@]}"; find rtl -name '*.sv' | sort; } | grep '_pkg\.sv$' | awk '!seen[$0]++')
mapfile -t modules < <(find rtl -name '*.sv' | sort | grep -v '_pkg\.sv$')
folders=()
for folder in rtl/*/; do folders+=(-y "${folder%/}"); done
waivers=()
[ -f rtl/lint/waivers.vlt ] && waivers=(rtl/lint/waivers.vlt)
passed=0
failed=0

# lint NAME ARGUMENT...
lint() {
  local name=$1
  shift
  if "$verilator" --lint-only -Wall --unroll-count 4096 --unroll-stmts 1000000 "${waivers[@]}" "$@" \
      > "$build/lint/$name.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "lint: $name"
    cat "$build/lint/$name.log"
  fi
}

while read -r file; do
  # No pipe: grep ends at the first match, and what still writes to it would fail.
  if ! grep -qxF "$file" <<< "$(printf '%s\n' "${listed[@]}")"; then
    echo "lint: $file is not in rtl/saccade.f"
    failed=$((failed + 1))
  fi
done < <(find rtl -name '*.sv' | sort)

for file in "${modules[@]}"; do
  module=$(basename "$file" .sv)
  lint "$module" --top-module "$module" "$build/$1/gen/sac_config_pkg.sv" "${packages[@]}" "${folders[@]}" "$file"
done
if [ -f rtl/saccade.sv ]; then
  for config in "$@"; do
    lint "saccade_$config" --top-module saccade "$build/$config/gen/sac_config_pkg.sv" -f rtl/saccade.f
  done
fi
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
