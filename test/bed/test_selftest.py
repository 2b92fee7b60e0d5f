# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The self-test by telemetry: what it finds, and that it leaves the port as it was."""

import json
import pathlib
import socket
import threading

import pytest

from test_telemetry import ask, traffic

pytestmark = [
    pytest.mark.telemetry,
    pytest.mark.corners(drivers=("oriel",), why="upstream has no self-test"),
]

ITEMS = ("link", "eeprom", "registers", "interrupt", "loopback")


def results(shown):
    return {item: shown[item] for item in ITEMS}


def test_offline(bed):
    """All tests pass on a healthy port, never started or stopped; it then starts as configured."""
    shown = ask(bed, "/oriel/selftest,0,offline", timeout=60)
    assert results(shown) == dict.fromkeys(ITEMS, "pass"), shown
    assert (shown["mode"], shown["result"]) == ("offline", "pass")
    bed.setup(lsc=True)
    bed.agent("mac_add", port=0, mac="02:aa:bb:cc:dd:ee")
    traffic(bed, 3)
    bed.agent("stop", port=0)
    stats, held = bed.agent("stats", port=0), bed.resources()
    shown = ask(bed, "/oriel/selftest,0,offline", timeout=60)
    assert results(shown) == dict.fromkeys(ITEMS, "pass"), shown
    # Nothing of it reaches the wire, the counters or the application's memory.
    assert bed.wires[0].quiet(0.05) == []
    assert bed.agent("stats", port=0) == stats
    assert bed.resources() == held
    assert not bed.agent("link", port=0)["up"]
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
    assert "02:aa:bb:cc:dd:ee" in [mac.lower() for mac in
                                   ask(bed, "/oriel/filters,0")["mac"].values()]
    traffic(bed, 3)


def test_online(bed):
    """A port that runs: link and EEPROM, without a reset; offline is refused."""
    bed.setup()
    before = bed.counters()["resets"] if bed.name == "twin" else 0
    for mode in ("", ",online"):
        shown = ask(bed, f"/oriel/selftest,0{mode}")
        assert results(shown) == {"link": "pass", "eeprom": "pass", "registers": "skip",
                                  "interrupt": "skip", "loopback": "skip"}
        assert (shown["mode"], shown["result"]) == ("online", "pass")
    for words in (",offline", ",Offline", ",off", ",online,", ",", ",offline,yes"):
        assert ask(bed, f"/oriel/selftest,0{words}") is None
    assert "the port is started, stop it first" in bed.log()
    if bed.name == "twin":
        assert bed.counters()["resets"] == before
    traffic(bed, 2)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU's PHY has no link in loopback "
                     "unless its cable has one")
def test_no_cable(bed):
    """Without a cable the link fails, the PHY's loopback does not."""
    bed.cable(False)
    shown = ask(bed, "/oriel/selftest,0,offline", timeout=60)
    assert results(shown) == dict(dict.fromkeys(ITEMS, "pass"), link="fail"), shown
    assert (shown["result"], shown["link_why"]) == ("fail", "no link")
    bed.cable(True)
    bed.setup()
    traffic(bed, 2)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU has one PCI id, a copper one")
@pytest.mark.twin_options("--device-id", "10e6")
def test_serdes(bed):
    """Without a PHY the frames go through the MAC's loopback."""
    for _ in range(2):
        shown = ask(bed, "/oriel/selftest,0,offline", timeout=60)
        assert results(shown) == dict.fromkeys(ITEMS, "pass"), shown
        bed.setup()
        traffic(bed, 2)
        bed.agent("stop", port=0)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="needs a client beside the agent")
def test_start_waits(bed):
    """The application starts, stops and closes the port while the test runs: one waits for the
    other."""
    path = next(pathlib.Path(bed.dir).rglob("dpdk_telemetry.v2*"))
    replies = []

    def client():
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.settimeout(60)
            sock.connect(str(path))
            sock.recv(1024)
            for _ in range(3):
                sock.send(b"/oriel/selftest,0,offline")
                replies.append(json.loads(sock.recv(1 << 16))["/oriel/selftest"])

    bed.setup(start=False)
    thread = threading.Thread(target=client)
    thread.start()
    for _ in range(2):
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
        traffic(bed, 2)
        bed.agent("stop", port=0)
    bed.agent("close", port=0)
    thread.join()
    assert len(replies) == 3
    for reply in replies:  # null: it came while the port ran, or after its end
        assert reply is None or results(reply) == dict.fromkeys(ITEMS, "pass"), reply
