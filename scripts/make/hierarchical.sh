#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the archives of a design Verilated with --hierarchical: hierarchical.sh FOLDER PREFIX
# Verilator's *_hier.mk Verilates and compiles the blocks, then the top. Flags come as OPT_FAST etc. in the environment.
set -euo pipefail
folder=$1
prefix=$2
make -C "$folder" -f "${prefix}_hier.mk" hier_build
