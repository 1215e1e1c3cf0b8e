# SPDX-License-Identifier: Apache-2.0
# Test programs (rules by test_rules.py), and running them.

T ?=
WAVE ?= 0
RTL_SOURCES := $(shell find rtl -name '*.sv' | sort)
TEST_VERILATED_FLAGS = $(VERILATED_FLAGS) -DVM_TRACE=$(WAVE) -DVM_TRACE_FST=$(WAVE) \
  -isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd
TEST_FLAGS := -std=gnu++17 $(OPTIMISE) -g -Wall -Wextra -Werror -Wno-dangling-else -DSAC_SHARED_DATA='"$(abspath ../shared/data)"' \
  -DSAC_BUILD='"$(BUILD)"'
$(call stamp,tests,$(TEST_FLAGS))
TEST_RULES := $(BUILD)/stamps/tests_$(WAVE).mk
IGNORED := $(shell $(SYSTEM_PYTHON) scripts/make/test_rules.py $(BUILD) $(WAVE) > $(TEST_RULES) || rm -f $(TEST_RULES))

define test_link
@mkdir -p $(@D)
@echo "  LINK $@"
$(Q)$(CXX) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lgtest -lgtest_main $(LIBRARIES)
endef

-include $(TEST_RULES)

# T may name programs (exactly, or a part), optionally :FILTER of GoogleTest; anything else is a GoogleTest filter.
T_PROGRAM := $(firstword $(subst :, ,$(T)))
CHOSEN := $(if $(T),$(or $(filter %/$(T_PROGRAM),$(TEST_PROGRAMS)),\
  $(foreach p,$(TEST_PROGRAMS),$(if $(findstring $(T_PROGRAM),$(notdir $(p))),$(p))),$(TEST_PROGRAMS)),$(TEST_PROGRAMS))

.PHONY: test tests
test:  ## build and run all tests; T=name runs one (program, program:filter or filter), WAVE=1 writes waves
	@$(MAKE) --no-print-directory -k tests T='$(T)' WAVE=$(WAVE) || { echo "some test programs do not build"; built=--incomplete; }; \
	  $(PYTHON) scripts/run_tests.py --build $(BUILD) --jobs $(JOBS) --only '$(T)' $$built $(CHOSEN)
tests: $(CHOSEN) $(if $(T),,$(if $(TOOL_MAIN),$(BUILD)/saccade))

.PHONY: nightly
nightly: $(BUILD)/tests/cosim_commands $(BUILD)/tests/cosim_attend  ## 10,000 random commands on every configuration (hours); NIGHTLY="--commands 100000"
	$(SYSTEM_PYTHON) scripts/nightly.py --build $(BUILD) --jobs $(JOBS) $(NIGHTLY)
