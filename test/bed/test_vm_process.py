# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What a driver's process holds under the real VFIO: its mappings, and nothing more after many
starts and stops, or closes and probes, of a port."""

import os

import pytest

import beds

pytestmark = pytest.mark.corners(beds=("vm",), why="it is about what the real VFIO gives and takes")

# Fewer with the control, which is to show only that the tests are sound.
STARTS = {"oriel": 100, "net_e1000_igb": 10}
PROBES = {"oriel": 20, "net_e1000_igb": 4}
# A start that waits for the link, half a second in QEMU, and moves frames: each so-manieth.
WITH_TRAFFIC = 5
FRAMES = 32


def agent_pid(bed):
    """Number of the agent's process in the guest."""
    return int(bed.guest.run(["pidof", os.path.basename(beds.GUEST_AGENT)]).check().out)


def held(bed):
    """What the agent says that it holds, and what Linux says: open files by number."""
    resources = bed.resources()
    listing = bed.guest.run(["ls", f"/proc/{agent_pid(bed)}/fd"]).check().out.split()
    return dict(resources, proc_fds=len(listing))


def move_frames(bed):
    """Some frames each way, all of them to arrive."""
    wire = bed.wires[0]
    wire.flush()
    for number in range(FRAMES):
        frame = bed.mac() + bytes.fromhex("0200000000ee88b5") + bytes([number]) * 100
        wire.send(frame)
        bed.tx(frame)
    assert len(bed.rx(FRAMES, timeout_ms=5000)) == FRAMES
    assert len(wire.recv_many(FRAMES)) == FRAMES


def test_bar_mapping(bed):
    """The NIC's registers are mapped shared, to read and write and not to execute; no mapping of
    the process is both writable and executable."""
    bed.setup()
    lines = bed.guest.read_file(f"/proc/{agent_pid(bed)}/maps").decode().splitlines()
    bars = [line for line in lines if "vfio-device" in line]
    print("\n".join(bars))
    assert bars
    assert {line.split()[1] for line in bars} == {"rw-s"}
    sizes = [int(end, 16) - int(start, 16) for start, end in
             (line.split()[0].split("-") for line in bars)]
    assert 128 << 10 in sizes, "no mapping as large as BAR 0"
    assert [line for line in lines if {"w", "x"} <= set(line.split()[1])] == []
    bed.agent("stop", port=0)


def test_start_stop(bed):
    """After 100 (control: 10) starts and stops the process holds what it held after the first."""
    bed.setup()
    move_frames(bed)
    bed.agent("stop", port=0)
    first = held(bed)
    for number in range(1, STARTS[bed.driver]):
        bed.agent("start", port=0)
        if number % WITH_TRAFFIC == 0:
            bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
            move_frames(bed)
        bed.agent("stop", port=0)
    assert held(bed) == first


def test_close_probe(bed):
    """After 20 (control: 4) closes and probes the process holds what it held after the first."""
    bed.setup()
    move_frames(bed)
    levels = []
    for _ in range(PROBES[bed.driver] + 1):
        bed.agent("stop", port=0)
        bed.agent("close", port=0)
        bed.agent("detach", name=bed.pci[0])
        assert bed.ports() == []
        levels.append(held(bed))
        bed.agent("attach", devargs=bed.pci[0])
        bed.setup()
        move_frames(bed)
    bed.agent("stop", port=0)
    assert levels[-1] == levels[0]
    assert levels[0]["mbufs"][bed.pool] == 0
