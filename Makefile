# SPDX-License-Identifier: Apache-2.0
# The one entry point. `make` lists the targets and builds the command; everything that is built goes to build/.
# No target uses the network; scripts/setup.sh installs what is needed.

.DEFAULT_GOAL := first
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

BUILD := build
comma := ,
CONFIGS := $(basename $(notdir $(wildcard configs/*.yaml)))
# Configurations built as RTL; cloud is model only.
RTL_CONFIGS ?= tiny odd ecp5 edge
CC := gcc
CXX := g++
VERILATOR ?= verilator
CCACHE := $(shell command -v ccache)
# Debian's Python has the modules that setup.sh installs; another python3 may come first on the path.
python_with = $(firstword $(shell for p in $(1); do $$p -c 'import $(2)' 2>/dev/null && echo $$p; done) python3)
SYSTEM_PYTHON := $(call python_with,python3 /usr/bin/python3,yaml)
PYTHON := $(call python_with,.venv/bin/python python3 /usr/bin/python3,yaml$(comma) numpy)
JOBS ?= 2
OPTIMISE := -O2
# V=1 prints every command.
Q := $(if $(V),,@)
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
  MAKEFLAGS += -j$(JOBS)
endif

.SECONDEXPANSION:
include scripts/make/c.mk
include scripts/make/rtl.mk
include scripts/make/test.mk
include scripts/make/checks.mk
include scripts/make/measure.mk

.PHONY: first help all demo docs picture clean

first: help all

help:  ## this list
	@echo "Saccade: make TARGET [NAME=value]"
	@grep -hE '^[a-z-]+:.*## ' Makefile scripts/make/*.mk | sed 's/:.*## /\t/' | sort | \
	  awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'
	@echo "RTL_CONFIGS=\"$(RTL_CONFIGS)\" chooses the configurations built as RTL; JOBS=$(JOBS) tests run at a time."

all: $(BUILD)/saccade  ## the saccade command with model and RTL back ends, and the static libraries

demo:  ## install what is missing, build, render our scene on RTL and model, compare
	scripts/setup.sh --minimal
	$(MAKE) $(BUILD)/saccade RTL_CONFIGS=tiny
	scripts/demo.sh

docs:  ## regenerate what follows from scripts/spec (RTL package, C header, docs/spec.md) and the lists of units
	$(SYSTEM_PYTHON) scripts/spec/generate.py
	$(SYSTEM_PYTHON) scripts/rooms.py

picture: $(BUILD)/saccade  ## render the README's picture again: docs/armillary.png
	$< render scenes/armillary.safetensors --views scenes/armillary/transforms_test.json --view 1 --size 400x400 \
	  --config configs/edge.yaml -o docs/armillary.png

clean:  ## remove build/
	rm -rf $(BUILD)
