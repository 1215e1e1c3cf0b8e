# SPDX-License-Identifier: Apache-2.0
# Measurements kept in docs/results, and the page made from them.

.PHONY: results demo-table work quality storage policies

.PHONY: accuracy
accuracy: $(BUILD)/examples/accuracy  ## what number formats cost attention, by tensors and texts (minutes)
	$(SYSTEM_PYTHON) scripts/accuracy.py --build $(BUILD)

results:  ## write docs/results.md and the tables of README.md from the measurements in docs/results
	$(SYSTEM_PYTHON) scripts/results.py

demo-table:  ## keep the table of the last `make demo` for the README
	$(SYSTEM_PYTHON) scripts/demo_table.py $(BUILD)/demo --store

work: $(BUILD)/saccade  ## work of a frame, rtnerf against uniform
	$(SYSTEM_PYTHON) scripts/measure.py work --build $(BUILD)

quality: $(BUILD)/saccade  ## pictures against golden and the truth (minutes)
	$(SYSTEM_PYTHON) scripts/measure.py quality --build $(BUILD)

storage: $(BUILD)/saccade  ## bytes of embeddings by encoding, and what packing costs (minutes)
	$(SYSTEM_PYTHON) scripts/measure.py storage --build $(BUILD)

MEASURE_SOURCES := $(wildcard tests/measure/*.c)
$(BUILD)/measure/policies: $(call object,$(MEASURE_SOURCES)) $(C_LIBRARIES)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CXX) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBRARIES)
-include $(patsubst %.o,%.d,$(call object,$(MEASURE_SOURCES)))

policies: $(BUILD)/measure/policies  ## figures of attention papers by counters of the model (minutes)
	$(SYSTEM_PYTHON) scripts/measure.py policies --build $(BUILD)
