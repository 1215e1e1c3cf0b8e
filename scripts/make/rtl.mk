# SPDX-License-Identifier: Apache-2.0
# Verilated RTL: one archive and one shim for each configuration, and single modules for unit tests.
# The shim (sim/*.cpp) is compiled once for each configuration with
#   SAC_CONFIG=tiny SAC_PREFIX=Vsac_tiny SAC_HEADER="Vsac_tiny.h" SAC_TRACE=0|1
# and build/rtl_configs.c lists the configurations by the macros of sim/rtl_configs.h.

RTL_LIST := rtl/saccade.f
RTL_FILES := $(shell sed 's/\#.*//' $(RTL_LIST))
# Single modules need the packages only; one that is not listed yet (lint complains) comes last.
RTL_PACKAGES := $(filter %_pkg.sv,$(RTL_FILES)) $(filter-out $(RTL_FILES),$(wildcard rtl/*/*_pkg.sv))
RTL_FOLDERS := $(filter-out rtl/spec rtl/lint,$(patsubst %/,%,$(wildcard rtl/*/)))
RTL_TOP := $(wildcard rtl/saccade.sv)
WAIVERS := $(wildcard rtl/lint/waivers.vlt)
SHIM_SOURCES := $(wildcard sim/*.cpp)
# Configurations too wide to be Verilated flat: each row of the array becomes a block of its own, and no waves.
HIERARCHICAL := edge

VERILATE := $(VERILATOR) --cc -O3 --assert --x-assign unique --x-initial unique --unroll-count 4096 \
  --unroll-stmts 1000000
# Run once a cycle: -O2. Set-up: -O1.
VERILATED_MAKE := OBJCACHE="$(CCACHE)" OPT_FAST="-O2" OPT_SLOW="-O1" OPT_GLOBAL="-O2"
VERILATOR_INCLUDE = $(shell $(VERILATOR) --getenv VERILATOR_ROOT)/include
VERILATED_FLAGS := -std=gnu++17 -O2 -DVM_COVERAGE=0 -DVM_SC=0
$(call stamp,verilator,$(VERILATOR) $(VERILATE) $(VERILATED_MAKE))
$(call stamp,rtl_configs,$(RTL_CONFIGS))
RTL_STAMP := $(BUILD)/stamps/verilator

package = $(BUILD)/$(1)/gen/sac_config_pkg.sv

$(BUILD)/%/gen/sac_config_pkg.sv: configs/%.yaml $(wildcard scripts/spec/*.py scripts/spec/*.yaml)
	$(SYSTEM_PYTHON) scripts/spec/generate.py --config $< --out $(@D)
	@touch $@

# Verilator's own runtime, with waves.
RUNTIME_OBJECTS := $(patsubst %,$(BUILD)/verilated/%.o,verilated verilated_dpi verilated_fst_c verilated_threads)
$(BUILD)/verilated/%.o:
	@mkdir -p $(@D)
	@echo "  CXX $@"
	$(Q)$(CCACHE) $(CXX) $(VERILATED_FLAGS) -DVM_TRACE=1 -DVM_TRACE_FST=1 -I$(VERILATOR_INCLUDE) \
	  -I$(VERILATOR_INCLUDE)/vltstd -c $(VERILATOR_INCLUDE)/$*.cpp -o $@
$(BUILD)/libverilated.a: $(RUNTIME_OBJECTS)
	$(archive)

# $(call configuration,NAME): archive build/NAME/libdesign.a, shim objects, archive build/NAME/librtl.a of both.
define configuration
$(BUILD)/$(1)/rtl/Vsac_$(1).mk: $(call package,$(1)) $(RTL_LIST) $(RTL_FILES) $(WAIVERS) $(RTL_STAMP) \
    scripts/make/hierarchical.sh
	@rm -rf $$(@D)
	@mkdir -p $$(@D)
	@echo "  VERILATE $(1)"
	$(Q)$(if $(filter $(1),$(HIERARCHICAL)),scripts/make/hierarchical.sh $$(@D)/design.sv $(call package,$(1)) $(RTL_FILES))
	$(Q)$(VERILATE) --prefix Vsac_$(1) --Mdir $$(@D) --top-module saccade $(WAIVERS) \
	  $(if $(filter $(1),$(HIERARCHICAL)),--hierarchical $$(@D)/design.sv,\
	    --trace-fst $(call package,$(1)) -f $(RTL_LIST)) > $$(@D)/verilator.log 2>&1 || \
	  { cat $$(@D)/verilator.log; rm -f $$@; false; }
	@touch $$@

$(BUILD)/$(1)/rtl/done: $(BUILD)/$(1)/rtl/Vsac_$(1).mk
	@echo "  MAKE $$(@D)"
	+$(Q)$(MAKE) -s -C $(BUILD)/$(1)/rtl $(VERILATED_MAKE) \
	  $(if $(filter $(1),$(HIERARCHICAL)),-f Vsac_$(1)_hier.mk hier_build,-f Vsac_$(1).mk Vsac_$(1)__ALL.a) > \
	  $$(@D)/make.log 2>&1 || { cat $$(@D)/make.log; false; }
	@touch $$@

$(BUILD)/$(1)/sim/%.cpp.o: sim/%.cpp $(BUILD)/$(1)/rtl/Vsac_$(1).mk $(C_STAMP)
	@mkdir -p $$(@D)
	@echo "  CXX $$@"
	$(Q)$(CCACHE) $(CXX) $(CXXFLAGS) $(VERILATED_FLAGS) -DSAC_CONFIG=$(1) -DSAC_PREFIX=Vsac_$(1) \
	  -DSAC_HEADER='"Vsac_$(1).h"' -DSAC_TRACE=$(if $(filter $(1),$(HIERARCHICAL)),0,1) \
	  -DVM_TRACE=$(if $(filter $(1),$(HIERARCHICAL)),0,1) -DVM_TRACE_FST=$(if $(filter $(1),$(HIERARCHICAL)),0,1) \
	  -I$(BUILD)/$(1)/rtl -isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd -MMD -MP -c $$< -o $$@

$(BUILD)/$(1)/librtl.a: $(patsubst sim/%,$(BUILD)/$(1)/sim/%.o,$(SHIM_SOURCES)) $(BUILD)/$(1)/rtl/done
	@rm -f $$@
	$(Q)scripts/make/merge.sh $$@ $(BUILD)/$(1)/rtl $$(filter %.o,$$^)

-include $(patsubst sim/%,$(BUILD)/$(1)/sim/%.d,$(SHIM_SOURCES))
endef
$(foreach name,$(RTL_CONFIGS),$(eval $(call configuration,$(name))))

# The table of configurations. Without a top there are none yet, and tools know only the model.
BUILT_CONFIGS := $(if $(RTL_TOP),$(if $(SHIM_SOURCES),$(RTL_CONFIGS)))
RTL_LINK := $(if $(SHIM_SOURCES),$(BUILD)/rtl_configs.o $(SIM_LIBRARY) \
  $(BUILT_CONFIGS:%=$(BUILD)/%/librtl.a) $(BUILD)/libverilated.a)

$(BUILD)/rtl_configs.c: $(foreach name,$(BUILT_CONFIGS),$(call package,$(name))) $(BUILD)/stamps/rtl_configs \
    scripts/make/rtl_configs.sh
	scripts/make/rtl_configs.sh $(BUILD) $(BUILT_CONFIGS) > $@
$(BUILD)/rtl_configs.o: $(BUILD)/rtl_configs.c sim/rtl_configs.h $(C_STAMP)
	$(CC) $(CFLAGS) -c $< -o $@

.PHONY: rtl
rtl: $(BUILT_CONFIGS:%=$(BUILD)/%/librtl.a)  ## only the Verilated configurations
