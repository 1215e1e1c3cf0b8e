#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One archive of shim objects and every archive that Verilator left under a folder: merge.sh OUT FOLDER OBJECT...
set -euo pipefail
out=$1
folder=$2
shift 2
{
  echo "create $out"
  for object in "$@"; do echo "addmod $object"; done
  find "$folder" -name '*.a' | sort | sed 's/^/addlib /'
  echo save
  echo end
} | ar -M
# Verilator puts the archives of blocks into the archive of the top as they are: the linker cannot read them there.
ar t "$out" | { grep '\.a$' || true; } | while read -r member; do ar d "$out" "$member"; done
ar s "$out"
