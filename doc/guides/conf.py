# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Sphinx configuration of the guides: sphinx-build -W doc/guides OUT."""

import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

ROOT = Path(__file__).resolve().parents[2]

project = 'oriel'
author = 'The oriel authors'
copyright = '2026, The oriel authors'
release = (ROOT / 'VERSION').read_text().strip()
version = release
root_doc = 'index'
html_theme = 'alabaster'
highlight_language = 'none'


class FeatureTable(Directive):
    """``.. feature-table::`` - each feature with the tests that show it, read from the tests."""

    def run(self):
        sys.path.insert(0, str(ROOT / 'test/bed'))
        import feature_clients
        import feature_table
        import test_features
        rows = feature_table.rows(test_features.SHOWN, feature_clients.CLIENTS,
                                  feature_clients.NO_CLIENT)
        node = nodes.Element()
        self.state.nested_parse(StringList(feature_table.rst(rows), 'test_features.py'),
                                self.content_offset, node)
        return node.children


def setup(app):
    """Sphinx calls this."""
    app.add_directive('feature-table', FeatureTable)
