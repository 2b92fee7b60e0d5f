# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""DPDK's own programs on the twin: autotests of dpdk-test, and examples that forward.

The examples' sources are the distribution's (devtools/get-examples), built here unchanged.
"""

import re
import signal
import struct

import pytest

import beds
import clients
import frames

FRAMES = 1000  # each way


@pytest.fixture(name="start")
def start_fixture(request, build):
    """Starts a program in a bed: start(driver, program, arguments...) -> ClientBed."""
    made = []

    def make(driver, program, *arguments, **more):
        if build.missing(driver, "twin"):
            pytest.skip(build.missing(driver, "twin"))
        bed = clients.ClientBed(build, driver, program, arguments, **more)
        made.append(bed)
        return bed
    yield make
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    for bed in made:
        if failed:
            print(f"---- {bed.program} on {bed.corner} ----\n{bed.terminal.text[-4000:]}\n----")
        bed.close(check=not failed)


# --- dpdk-test ------------------------------------------------------------------------------------

def autotest(bed, name, timeout=60):
    """Run an autotest; what it printed. AssertionError unless it passed."""
    bed.terminal.wait("RTE>>")
    bed.terminal.say(name)
    text = bed.terminal.wait(r"^Test (OK|Failed|Skipped).*\n", timeout)
    assert text.rstrip().endswith("Test OK"), text
    bed.terminal.say("quit")
    assert bed.terminal.end() == 0
    return text


@pytest.mark.twin
def test_ethdev_link_status(start):
    """dpdk-test's ethdev_link_status on a port of oriel's."""
    text = autotest(start("oriel", "dpdk-test", nports=1), "ethdev_link_status")
    assert re.search(r"Tests Passed :\s+4$", text, re.MULTILINE), text


@pytest.mark.twin
def test_pmd_perf(build, start):
    """dpdk-test's pmd_perf_autotest: 3 million frames circle, twice what a second at line rate has.

    It asks for loopback in the MAC, so that nothing is on the wire.
    """
    if build.sanitizers:
        pytest.skip("two seconds at line rate become many under sanitizers")
    bed = start("oriel", "dpdk-test", nports=1, workers=1, memory=512, mmio="fast")
    text = autotest(bed, "pmd_perf_autotest")
    count, drop = map(int, re.search(r"^(\d+) packet, (\d+) drop", text, re.MULTILINE).groups())
    cycles = int(re.search(r"^Result: (\d+) cycles per packet", text, re.MULTILINE)[1])
    wanted = int(re.search(r"after at least (\d+) packets", text)[1])
    assert count >= wanted > 2_000_000
    assert 0 < cycles
    assert drop < 1024  # The ring was filled to the brim at the start, 1024 descriptors.
    assert bed.wires[0].quiet(0.02) == []
    assert "pthresh 32; 31 is used" in text
    port = bed.stats()["ports"][0]
    assert port["rx"]["frames"] >= count and port["tx"]["frames"] >= count
    print(f"{count} frames, {cycles} cycles a packet")


# --- examples that forward ------------------------------------------------------------------------

def with_checksum(header):
    """An IPv4 header with its checksum in order."""
    header = header[:10] + bytes(2) + header[12:]
    return header[:10] + (0xffff ^ frames.ones_sum(header)).to_bytes(2, "big") + header[12:]


def stream(bed, rng, src, dst):
    """Frames for a forwarder: from port `src` to a network that is reached by port `dst`."""
    made = []
    for number in range(FRAMES):
        size = rng.choice((18, 22, 100, 512, 1000, 1472))
        header = struct.pack("!BxHHxxBBxx4s4s", 0x45, 28 + size, number, rng.randrange(2, 256), 17,
                             bytes([10, 1, 2, 3]), bytes([198, 18, dst, 1 + number % 200]))
        made.append(bed.mac(src) + frames.mac_bytes(frames.PEER) + b"\x08\x00"
                    + with_checksum(header) + struct.pack("!HHHH", 9, 9, 8 + size, 0)
                    + number.to_bytes(4, "big") + rng.randbytes(size - 4))
    return made


def rewritten(kind, frame, dst_mac):
    """What an example makes of a frame that leaves by the port with the address `dst_mac`."""
    if kind == "same":
        return frame
    # Both: the address 02:00:00:00:00:<port>, and the port's own.
    ether = bytes([2, 0, 0, 0, 0, dst_mac[5] - 1]) + dst_mac
    if kind == "macs":
        return ether + frame[12:]
    # And a router's: TTL less by one, the header's checksum in order.
    ttl = bytes([frame[22] - 1])
    return ether + frame[12:14] + with_checksum(frame[14:22] + ttl + frame[23:34]) + frame[34:]


# Example: (what it prints when it is ready, what it does to frames, workers, its arguments).
FORWARDERS = {
    "skeleton": (r"forwarding packets", "same", 0, []),
    "l2fwd": (r"Port 1 Link up", "macs", 1, ["-p", "3", "-T", "0"]),
    "l3fwd": (r"Port 1 Link up", "router", 1, ["-p", "3", "--config=(0,0,1),(1,0,1)",
                                               "--lookup=lpm"]),
}


@pytest.mark.twin
@pytest.mark.parametrize("driver", beds.DRIVERS)
@pytest.mark.parametrize("example", FORWARDERS)
def test_forwarding_example(build, start, rng, example, driver):
    """Frames in at each port come out at the other, each byte of them as the example has it."""
    ready, kind, workers, arguments = FORWARDERS[example]
    bed = start(driver, clients.build_example(build, example), *arguments, workers=workers,
                mmio="fast")
    bed.terminal.wait(ready)
    for src, dst in ((0, 1), (1, 0)):
        sent = stream(bed, rng, src, dst)
        got = []
        for at in range(0, FRAMES, 100):
            bed.wires[src].send_all(sent[at:at + 100])
            got += bed.wires[dst].recv_many(100)
        assert got == [rewritten(kind, frame, bed.mac(dst)) for frame in sent]
        assert bed.wires[src].quiet(0.02) == []
    # The example's own end; basicfwd has no handler and dies of the signal.
    code = bed.terminal.end(signal.SIGINT)
    assert code == (128 + signal.SIGINT if example == "skeleton" else 0)
    for port in bed.stats()["ports"]:
        assert port["rx"]["frames"] == port["tx"]["frames"] == FRAMES
