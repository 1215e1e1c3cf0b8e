# SPDX-License-Identifier: Apache-2.0
# Checks that need no simulation, and synthesis.

LINT_CONFIGS ?= tiny odd ecp5 edge

LEAF_CONFIG ?= tiny

.PHONY: lint check synth-check synth netlist pnr verilog bench bench-attention parity mutants

lint: $(foreach name,$(LINT_CONFIGS),$(call package,$(name)))  ## Verilator -Wall: every module alone, the top for every configuration
	scripts/lint.sh $(BUILD) $(LINT_CONFIGS)

check:  ## generated files current, layers, licence lines, file lengths, paths, planted faults fit
	$(SYSTEM_PYTHON) scripts/spec/generate.py --check
	$(SYSTEM_PYTHON) scripts/check_layers.py
	scripts/check_repo.sh
	$(SYSTEM_PYTHON) scripts/results.py --check
	$(SYSTEM_PYTHON) scripts/rooms.py --check
	$(SYSTEM_PYTHON) scripts/mutants.py --apply

synth-check: $(call package,tiny)  ## slang reads every module, check -assert, no latches
	$(PYTHON) scripts/synthesis.py check --build $(BUILD) --config tiny

synth: $(call package,tiny) $(call package,ecp5)  ## synthesise tiny and ecp5 for ECP5: area per room
	$(PYTHON) scripts/synthesis.py area --build $(BUILD) --config tiny
	$(PYTHON) scripts/synthesis.py area --build $(BUILD) --config ecp5

netlist: $(call package,$(LEAF_CONFIG))  ## netlists of leaf modules simulate like their RTL
	$(PYTHON) scripts/synthesis.py netlist --build $(BUILD) --config $(LEAF_CONFIG)

pnr: $(call package,ecp5)  ## place and route of a row of ecp5's array: fmax
	$(PYTHON) scripts/synthesis.py pnr --build $(BUILD) --config ecp5

verilog: $(foreach name,$(RTL_CONFIGS),$(call package,$(name)))  ## plain Verilog for older tools: build/NAME/saccade.v
	$(foreach name,$(RTL_CONFIGS),$(PYTHON) scripts/synthesis.py verilog --build $(BUILD) --config $(name) &&) true

bench: $(BUILD)/saccade  ## speed of model, published renderer and Verilated RTL; BENCH="--edge-crop 352,352,64x64" measures edge too
	$(PYTHON) scripts/bench.py $(BENCH)
	$(MAKE) bench-attention

bench-attention:  ## how busy attention keeps array and memory
	$(MAKE) BUILD=$(BUILD)/attention RTL_CONFIGS="tiny wide" $(BUILD)/attention/examples/attention_speed
	$(SYSTEM_PYTHON) scripts/bench_attention.py --build $(BUILD)/attention

parity: $(BUILD)/tests/parity_parity  ## cycles of model and RTL, command by command and unit by unit
	$(PYTHON) scripts/parity.py --units

mutants:  ## planted faults, each must be caught
	$(PYTHON) scripts/mutants.py
