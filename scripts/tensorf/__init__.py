# SPDX-License-Identifier: Apache-2.0
"""TensoRF scenes in Python: files (numpy), and a field that learns (PyTorch)."""
