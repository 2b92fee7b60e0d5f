# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What all folders of tests share: the build under test (test/bed has an option for it)."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def build():
    """A folder in which everything is built: $ORIEL_BUILD, or build/gcc of the project."""
    folder = pathlib.Path(os.environ.get("ORIEL_BUILD", ROOT / "build" / "gcc"))
    if not (folder / "build.ninja").exists():
        pytest.fail(f"no build in {folder}: run test/all, or set ORIEL_BUILD")
    return folder
