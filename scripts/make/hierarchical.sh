#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes a whole design into one file for Verilator's --hierarchical: hierarchical.sh OUT FILE...
# Each block is Verilated with its own file in front of the others, so packages must be in that file; the guard
# makes the second reading of it empty.
set -euo pipefail
out=$1
shift
{
  echo '`ifndef SAC_DESIGN'
  echo '`define SAC_DESIGN'
  cat "$@"
  echo '`endif'
} > "$out"
