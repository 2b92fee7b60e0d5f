# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""MAC loopback, lpbk_mode 1: what is sent comes back and never reaches the wire."""

import pytest

import frames

pytestmark = pytest.mark.corners(drivers=("oriel",), why="upstream ignores lpbk_mode")


def test_loopback(bed, rng):
    """In loopback, and after a configuration without it on the wire again."""
    for loopback in (1, 0, 1, 0):
        bed.setup(loopback=loopback)
        sent = [frames.raw(bed.mac(), rng.randrange(60, 1515), rng) for _ in range(20)]
        bed.tx(*sent)
        if loopback:
            assert [f["data"] for f in bed.rx(len(sent))] == sent
            assert bed.wires[0].quiet(0.05) == []
        else:
            assert bed.wires[0].recv_many(len(sent)) == sent
            bed.rx_none()
        bed.agent("stop", port=0)


def test_no_other_mode(bed):
    """There is one loopback mode."""
    assert not bed.agent.ask("configure", port=0, loopback=2)["ok"]
