# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Sphinx configuration of the guides: sphinx-build -W doc/guides OUT."""

from pathlib import Path

project = 'oriel'
author = 'The oriel authors'
copyright = '2026, The oriel authors'
release = (Path(__file__).resolve().parents[2] / 'VERSION').read_text().strip()
version = release
root_doc = 'index'
html_theme = 'alabaster'
highlight_language = 'none'
