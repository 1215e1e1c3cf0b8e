# SPDX-License-Identifier: Apache-2.0
# Measurements kept in docs/results, and the page made from them.

.PHONY: results work quality storage

results:  ## write docs/results.md and the table of README.md from the measurements in docs/results
	$(SYSTEM_PYTHON) scripts/results.py

work: $(BUILD)/saccade  ## work of a frame, rtnerf against uniform
	$(SYSTEM_PYTHON) scripts/measure.py work --build $(BUILD)

quality: $(BUILD)/saccade  ## pictures against golden and the truth (minutes)
	$(SYSTEM_PYTHON) scripts/measure.py quality --build $(BUILD)

storage: $(BUILD)/saccade  ## bytes of embeddings by encoding, and what packing costs (minutes)
	$(SYSTEM_PYTHON) scripts/measure.py storage --build $(BUILD)
