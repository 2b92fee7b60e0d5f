# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The gate as tests: one for each figure that is checked in, and that rows have figures at all."""

import warnings

import pytest

import perf_gate

STORED = perf_gate.load()


@pytest.fixture(scope="session")
def found(build):
    """What this build needs."""
    return perf_gate.measure(build)


def judge(check):
    """Passes, fails or skips as the check says."""
    if check.state == "skipped":
        pytest.skip(check.why)
    if check.state == "better":
        warnings.warn(str(check), stacklevel=2)
    assert not check.failed, str(check)


@pytest.mark.parametrize("key", sorted(STORED.instructions))
def test_instructions(found, key):
    judge(perf_gate.check_instructions(key, STORED, found))


@pytest.mark.parametrize("key", sorted(STORED.bus))
def test_bus(found, key):
    judge(perf_gate.check_bus(key, STORED, found))


def test_every_row_has_figures(found):
    lacking = perf_gate.without_figures(STORED, found)
    assert not lacking, "; ".join(str(c) for c in lacking)


def test_the_same_figures_twice(build, found):
    instructions, _, _ = perf_gate.count_instructions(build)
    assert instructions == found.instructions
    bus, _ = perf_gate.count_bus(build)
    assert bus == found.bus
