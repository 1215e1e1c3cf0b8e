# SPDX-License-Identifier: Apache-2.0
# C objects, the static libraries and the saccade command.

WARNINGS := -Wall -Wextra -Werror
INCLUDES := -I. -Isw/include
CFLAGS := -std=gnu11 $(OPTIMISE) -g $(WARNINGS) $(INCLUDES)
CXXFLAGS := -std=gnu++17 $(OPTIMISE) -g $(WARNINGS) $(INCLUDES)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBRARIES := -lcyaml -lyaml -ljansson -lpng -lz -lm -lpthread

TOOL_MAIN := $(wildcard sw/tools/main.c)
C_SOURCES := $(shell find sw model sim -name '*.c' 2>/dev/null | sort)
SW_SOURCES := $(filter-out sw/tools/% sw/examples/%,$(filter sw/%,$(C_SOURCES)))
TOOL_SOURCES := $(filter-out $(TOOL_MAIN),$(filter sw/tools/%,$(C_SOURCES)))
MODEL_SOURCES := $(filter model/%,$(C_SOURCES))
SIM_SOURCES := $(filter sim/%,$(C_SOURCES))
EXAMPLES := $(patsubst sw/examples/%.c,$(BUILD)/examples/%,$(filter sw/examples/%,$(C_SOURCES)))

object = $(patsubst %,$(BUILD)/obj/%.o,$(1))
asan_object = $(patsubst %,$(BUILD)/asan/%.o,$(1))

SACCADE_LIBRARY := $(BUILD)/libsaccade.a
MODEL_LIBRARY := $(BUILD)/libmodel.a
TOOLS_LIBRARY := $(BUILD)/libtools.a
SIM_LIBRARY := $(BUILD)/libsim.a
C_LIBRARIES := $(TOOLS_LIBRARY) $(MODEL_LIBRARY) $(SACCADE_LIBRARY)

# A file that changes when its text changes, so that what depends on flags is rebuilt with them.
# $(call stamp,NAME,TEXT)
define stamp
$(shell mkdir -p $(BUILD)/stamps; echo '$(subst ','\'',$(2))' > $(BUILD)/stamps/$(1).new; \
  cmp -s $(BUILD)/stamps/$(1).new $(BUILD)/stamps/$(1) && rm $(BUILD)/stamps/$(1).new || \
  mv $(BUILD)/stamps/$(1).new $(BUILD)/stamps/$(1))
endef
$(call stamp,c,$(CC) $(CFLAGS) $(CXX) $(CXXFLAGS) $(SANITIZE))
$(call stamp,sources,$(C_SOURCES))
C_STAMP := $(BUILD)/stamps/c

$(BUILD)/obj/%.c.o: %.c $(C_STAMP)
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)$(CCACHE) $(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/asan/%.c.o: %.c $(C_STAMP)
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)$(CCACHE) $(CC) $(CFLAGS) $(SANITIZE) -O1 -MMD -MP -c $< -o $@

# Members of one name in different folders must all stay: append to a fresh archive.
define archive
@mkdir -p $(@D)
@rm -f $@
@echo "  AR $@"
$(Q)ar qcs $@ $(filter %.o,$^)
endef

$(SACCADE_LIBRARY): $(call object,$(SW_SOURCES)) $(BUILD)/stamps/sources
	$(archive)
$(MODEL_LIBRARY): $(call object,$(MODEL_SOURCES)) $(BUILD)/stamps/sources
	$(archive)
$(TOOLS_LIBRARY): $(call object,$(TOOL_SOURCES)) $(BUILD)/stamps/sources
	$(archive)
$(SIM_LIBRARY): $(call object,$(SIM_SOURCES)) $(BUILD)/stamps/sources
	$(archive)
$(BUILD)/libasan.a: $(call asan_object,$(SW_SOURCES) $(MODEL_SOURCES) $(TOOL_SOURCES)) $(BUILD)/stamps/sources
	$(archive)

$(BUILD)/saccade: $(call object,$(TOOL_MAIN)) $(C_LIBRARIES) $$(RTL_LINK)
	@echo "  LINK $@"
	$(Q)$(CXX) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBRARIES)

# The command with sanitizers, for the tests of room cli; the Verilated RTL is linked as it is.
$(BUILD)/asan/saccade: $(call asan_object,$(TOOL_MAIN)) $(BUILD)/libasan.a $$(RTL_LINK)
	@echo "  LINK $@"
	$(Q)$(CXX) $(SANITIZE) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBRARIES)

$(BUILD)/examples/%: $(BUILD)/obj/sw/examples/%.c.o $(C_LIBRARIES) $$(RTL_LINK)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CXX) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBRARIES)

-include $(patsubst %.o,%.d,$(call object,$(C_SOURCES)) $(call asan_object,$(C_SOURCES)))
