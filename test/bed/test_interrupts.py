# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Interrupts of RX queues: who sleeps is woken, by the right queue, once."""

import time

import pytest

import frames

QUIET_MS, SOON_MS = 100, 5000


def udp(mine, port):
    return bytes(frames.ether(mine) / frames.network(False)
                 / frames.UDP(sport=port, dport=9) / frames.Raw(bytes(20)))


def test_wakes(bed):
    """Asleep without frames; woken by each one; what came while nobody slept wakes at once."""
    bed.setup(rxq_intr=True)
    mine = bed.mac()
    for number in range(20):
        quiet = QUIET_MS if number < 3 else 1
        assert bed.agent("rx_wait", port=0, timeout_ms=quiet)["queues"] == []
        frame = frames.raw(mine, 60 + number)
        bed.wires[0].send(frame)
        assert bed.agent("rx_wait", port=0, timeout_ms=SOON_MS)["queues"] == [0]
        assert bed.rx_one()["data"] == frame


def test_right_queue(bed, rng):
    """With RSS over several queues the one that has the frame wakes."""
    bed.setup(rxq=4, rxq_intr=True, rx_mq=["rss"], rss=["ipv4", "ipv4-udp"])
    mine, seen = bed.mac(), set()
    for _ in range(60):
        packet = udp(mine, rng.randrange(1, 65536))
        bed.wires[0].send(packet)
        woken = bed.agent("rx_wait", port=0, timeout_ms=SOON_MS)["queues"]
        got = bed.rx_one()
        assert got["data"] == packet and woken == [got["queue"]]
        seen.add(got["queue"])
    assert seen == set(range(4))
    assert bed.agent("rx_wait", port=0, timeout_ms=QUIET_MS)["queues"] == []


@pytest.mark.corners(drivers=("oriel",), why="upstream asks for more vectors than the 82576 has")
def test_more_queues_than_vectors(bed, rng):
    """The last vector stands for all queues that have none of their own."""
    bed.setup(rxq=16, nb_rxd=128, rxq_intr=True, rx_mq=["rss"], rss=["ipv4", "ipv4-udp"])
    mine, seen = bed.mac(), set()
    for _ in range(300):
        packet = udp(mine, rng.randrange(1, 65536))
        bed.wires[0].send(packet)
        woken = bed.agent("rx_wait", port=0, timeout_ms=SOON_MS)["queues"]
        queue = bed.rx_one()["queue"]
        assert len(woken) == 1 and min(woken[0], 8) == min(queue, 8)
        seen.add(queue)
        if len(seen) == 16:
            break
    assert seen == set(range(16))


def test_with_link_interrupt(bed):
    """Link changes and frames wake side by side, before and after a stop."""
    for _ in range(3):
        bed.setup(rxq_intr=True, lsc=True)
        before = bed.agent("events", port=0)["lsc"]
        bed.cable(False)
        assert not bed.agent("events", port=0, lsc=before + 1, timeout_ms=5000)["link_up"]
        bed.cable(True)
        assert bed.agent("events", port=0, lsc=before + 2, timeout_ms=10000)["link_up"]
        bed.wires[0].send(frames.raw(bed.mac(), 60))
        assert bed.agent("rx_wait", port=0, timeout_ms=SOON_MS)["queues"] == [0]
        bed.rx_one()
        bed.agent("stop", port=0)


def test_not_configured(bed):
    """Without rxq_intr there is nothing to wait for, and that is said."""
    bed.setup()
    assert not bed.agent.ask("rx_wait", port=0, timeout_ms=1)["ok"]


@pytest.mark.corners(drivers=("oriel",), why="upstream has no get_monitor_addr")
def test_monitored_address(bed):
    """A core may sleep on the address until a frame is there, on all places of the ring."""
    bed.setup(nb_rxd=32)
    mine = bed.mac()
    for number in range(70):
        assert bed.agent("monitor", port=0, queue=0)["may_sleep"], number
        frame = frames.raw(mine, 60 + number)
        bed.wires[0].send(frame)
        deadline = time.monotonic() + 5
        while bed.agent("monitor", port=0, queue=0)["may_sleep"]:
            assert time.monotonic() < deadline, f"frame {number} does not wake"
        assert bed.rx_one()["data"] == frame
