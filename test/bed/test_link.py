# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The link under strain, flow control by PAUSE frames, and rate limits of TX queues."""

import json
import socket
import threading
import time

import pytest

import conftest
import frames
from test_queues import logs

ONLY_TWIN = "QEMU keeps the registers of flow control and has no rate scheduler"
TWIN = pytest.mark.corners(beds=("twin",), drivers=("oriel",), why=ONLY_TWIN)
CTRL, FCTTV, FCRTL, FCRTH, RCTL = 0x0000, 0x0170, 0x2160, 0x2168, 0x0100
RFCE, TFCE, PMCF, XONE = 1 << 27, 1 << 28, 1 << 23, 1 << 31
PAUSE_TO = bytes.fromhex("0180c2000001")
FIXED_100 = 1 << 0 | 1 << 4


# --- link flaps -----------------------------------------------------------------------------------


class Cable:
    """The cable of port 0 of a twin, moved as fast as the twin answers."""

    def __init__(self, bed):
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.settimeout(10)
        self._sock.connect(str(bed.control_path))
        self._lines = self._sock.makefile()

    def move(self, states):
        """Each of these, one after the other."""
        for first in range(0, len(states), 100):
            part = states[first:first + 100]
            self._sock.sendall(b"".join(
                json.dumps({"cmd": "link", "port": 0, "up": up}).encode() + b"\n" for up in part))
            for _ in part:
                assert json.loads(self._lines.readline())["ok"]

    def close(self):
        """No more of it."""
        self._lines.close()
        self._sock.close()


def settled(bed, up, timeout_ms=5000):
    """The port says in the end what the cable is, and an event has said so if it can."""
    bed.agent("link_wait", port=0, up=up, timeout_ms=timeout_ms)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="a guest's cable is moved by QMP, a "
                     "hundred times slower: test_flaps_by_qmp; upstream forces no such speed")
@pytest.mark.parametrize("lsc", [True, False], ids=["interrupt", "polled"])
def test_flap_storm(bed, rng, lsc):
    """Ten thousand link changes: the last one counts, whichever it is; then frames flow."""
    # A forced link follows the cable at once, so that each change is one of the link.
    bed.setup(link_speeds=FIXED_100, lsc=lsc)
    cable = Cable(bed)
    started = time.monotonic()
    for last in (False, True):
        cable.move([number % 2 == 1 for number in range(5000)] + [last])
        if lsc:
            # What callbacks have seen, without asking the device.
            deadline = time.monotonic() + 5
            while bed.agent("events", port=0)["link_up"] != last:
                assert time.monotonic() < deadline, "the last state was not told"
        settled(bed, last)
    assert time.monotonic() - started < 60
    if lsc:
        assert bed.agent("events", port=0)["lsc"] > 10
    cable.close()
    frame = frames.raw(bed.mac(), 100, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="as test_flap_storm")
def test_flaps_while_starting(bed, rng):
    """The cable moves all the time while the port starts and stops: each start sees the truth."""
    bed.setup(lsc=True)
    cable, end = Cable(bed), threading.Event()

    def storm():
        while not end.is_set():
            cable.move([False, True])

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        for _ in range(30):
            bed.agent("stop", port=0)
            assert not bed.agent("link", port=0)["up"]
            bed.agent("start", port=0)
    finally:
        end.set()
        thread.join()
    for up in (False, True, False, True):
        cable.move([up])
        settled(bed, up, 10000)
    cable.close()
    frame = frames.raw(bed.mac(), 100, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


@pytest.mark.corners(beds=("vm",), drivers=("oriel",), why="the twin has test_flap_storm")
def test_flaps_by_qmp(bed, rng):
    """Changes without waiting for what becomes of them; the last one counts."""
    bed.setup(lsc=True)
    for last in (False, True, False, True):
        for number in range(10):
            bed.cable(number % 2 == 1)
        bed.cable(last)
        settled(bed, last, 10000)
    frame = frames.raw(bed.mac(), 100, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


# --- flow control ---------------------------------------------------------------------------------


def register(bed, offset, port=0):
    """A register of the twin."""
    return bed.control("regs", port=port, offset=offset)["values"][0]


def in_force(bed):
    """What CTRL has, by the words of fc_get."""
    ctrl = register(bed, CTRL)
    return {0: "none", RFCE: "rx", TFCE: "tx", RFCE | TFCE: "full"}[ctrl & (RFCE | TFCE)]


@pytest.mark.corners(drivers=("oriel",), why="upstream says what CTRL has, and knows no more")
def test_flow_control_settings(bed):
    """What is set is what is read, stopped or running, and after stop, start and reset."""
    bed.setup(link=False, start=False)
    first = bed.agent("fc_get", port=0)
    assert (first["mode"], first["autoneg"], first["xon"]) == ("none", True, True)
    wanted = {"mode": "full", "high": 40000, "low": 20000, "pause_time": 0x1234, "xon": False,
              "forward": True, "autoneg": False}
    for running in (False, True):
        if running:
            bed.agent("start", port=0)
            bed.agent("link_wait", port=0, timeout_ms=10000)
            wanted |= {"mode": "tx", "high": 30016, "low": 16, "xon": True}
        bed.agent("fc_set", port=0, **wanted)
        got = bed.agent("fc_get", port=0)
        assert {key: got[key] for key in wanted} == wanted
    bed.agent("stop", port=0)
    bed.agent("reset", port=0)
    bed.setup()
    got = bed.agent("fc_get", port=0)
    assert {key: got[key] for key in wanted} == wanted
    # 0 is the default, and steps are 16 bytes.
    bed.agent("fc_set", port=0, high=0, low=0, pause_time=0)
    assert {key: bed.agent("fc_get", port=0)[key] for key in ("high", "low", "pause_time")} == \
        {key: first[key] for key in ("high", "low", "pause_time")}
    bed.agent("fc_set", port=0, high=1055, low=1039)
    assert bed.agent("fc_get", port=0)["high"] == 1040


@TWIN
def test_flow_control_registers(bed):
    """Marks, pause time, XON and MAC control frames reach the device, at each start."""
    bed.setup(start=False)
    bed.agent("fc_set", port=0, mode="full", high=40000, low=20000, pause_time=0x1234,
              forward=True)
    for _ in range(2):
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0, timeout_ms=10000)
        assert [register(bed, offset) for offset in (FCTTV, FCRTL, FCRTH)] == \
            [0x1234, 20000 | XONE, 40000]
        assert register(bed, RCTL) & PMCF
        assert in_force(bed) == "full"
        bed.agent("stop", port=0)
    bed.agent("start", port=0)
    bed.agent("fc_set", port=0, mode="rx", forward=False, xon=False)
    assert register(bed, FCRTH) == register(bed, FCRTL) == 0
    assert not register(bed, RCTL) & PMCF


# 802.3 table 28B-3 by what each end asks for; the partner's words are those of the twin.
AGREED = {
    "none": {"none": "none", "pause": "none", "asym": "none", "both": "none"},
    "rx": {"none": "none", "pause": "rx", "asym": "rx", "both": "rx"},
    "tx": {"none": "none", "pause": "none", "asym": "none", "both": "tx"},
    "full": {"none": "none", "pause": "full", "asym": "rx", "both": "full"},
}


@pytest.mark.twin
@TWIN
@pytest.mark.parametrize("device", ["10c9", "10e7"], ids=["copper", "serdes"])
def test_flow_control_agreed(request, device):
    """What is in force is what both ends agree upon, also with another partner later."""
    if request.config.getoption("--driver") == "net_e1000_igb":
        pytest.skip("oriel on the twin only: " + ONLY_TWIN)
    bed = conftest.beds.TwinBed(request.config.oriel_build, "oriel",
                                options=["--device-id", device])
    try:
        bed.setup(lsc=True)
        for mode, partners in AGREED.items():
            bed.agent("fc_set", port=0, mode=mode)
            for partner, agreed in partners.items():
                bed.control("link", port=0, up=True, pause=partner)
                deadline = time.monotonic() + 5
                while (in_force(bed), bed.agent("fc_get", port=0)["mode"]) != (agreed, agreed):
                    bed.agent("link_wait", port=0, timeout_ms=5000)
                    assert time.monotonic() < deadline, (mode, partner, agreed, in_force(bed))
        # Forced: no matter what the partner says.
        bed.control("link", port=0, up=True, pause="none")
        bed.agent("fc_set", port=0, mode="full", autoneg=False)
        bed.agent("link_wait", port=0, timeout_ms=5000)
        assert bed.agent("fc_get", port=0)["mode"] == in_force(bed) == "full"
    finally:
        conftest.finish(request, bed)


@TWIN
def test_half_duplex_has_no_pause(bed):
    """PAUSE needs full duplex."""
    bed.setup(link_speeds=1 << 3)
    bed.agent("fc_set", port=0, mode="full", autoneg=False)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    assert bed.agent("fc_get", port=0)["mode"] == in_force(bed) == "none"


@pytest.mark.twin
@TWIN
@pytest.mark.parametrize("pause", [True, False], ids=["pause", "none"])
def test_slow_receiver(request, pause):
    """With PAUSE nobody loses a frame to a receiver that sleeps; without, frames are dropped."""
    if request.config.getoption("--driver") == "net_e1000_igb":
        pytest.skip("oriel on the twin only: " + ONLY_TWIN)
    bed = conftest.beds.TwinBed(request.config.oriel_build, "oriel", nports=2,
                                wires=["pair:0,1"])
    count = 4000
    try:
        for port in (0, 1):
            bed.setup(port, nb_rxd=128, nb_txd=512, link=False)
            if pause:
                bed.agent("fc_set", port=port, mode="full")
        for port in (0, 1):
            bed.agent("link_wait", port=port, timeout_ms=10000)
        stream = {"count": count, "sizes": [1514, 60, 700], "dst": bed.mac(1).hex(":")}
        job = bed.job("generate", port=0, **stream)
        # Without PAUSE all is sent, and most of it lost, before the receiver takes anything.
        sent = None if pause else bed.job_end(job)
        time.sleep(0.05)
        assert (bed.agent("xstats", port=1)["xstats"]["tx_xoff_packets"] > 0) == pause
        if pause:
            assert bed.agent("job_status", job=job)["running"]
        taken = bed.job("verify", port=1, idle_ms=700, **stream)
        sent = sent or bed.job_end(job)
        got = bed.job_end(taken)
        assert sent["tx"] == count and got["bad"] == 0
        missed = bed.agent("stats", port=1)["imissed"]
        assert got["good"] + missed == count
        if pause:
            assert (missed, got["lost"], got["late"]) == (0, 0, 0)
            mine, theirs = (bed.agent("xstats", port=port)["xstats"] for port in (1, 0))
            assert mine["tx_xon_packets"] > 0
            for kind in ("xon", "xoff"):
                assert mine[f"tx_{kind}_packets"] == theirs[f"rx_{kind}_packets"]
        else:
            assert missed > 0 and got["lost"] > 0
    finally:
        conftest.finish(request, bed)


@TWIN
def test_obeys_pause(bed, rng):
    """A PAUSE frame stops the transmitter as long as it says, XON ends it; without, neither."""
    bed.setup()
    mine = bed.mac()
    frame = frames.raw(frames.PEER, 100, rng)

    def pause(quanta):
        bed.wires[0].send(PAUSE_TO + mine + bytes.fromhex("88080001") + quanta.to_bytes(2, "big")
                          + bytes(42))
        time.sleep(0.02)

    pause(0xffff)
    bed.tx(frame)
    assert bed.wires[0].recv() == frame
    bed.agent("fc_set", port=0, mode="rx")
    bed.agent("link_wait", port=0, timeout_ms=10000)
    pause(0xffff)  # 33 ms
    pause(0xffff)
    started = time.monotonic()
    bed.tx(frame)
    assert bed.wires[0].recv() == frame
    assert time.monotonic() - started > 0.005
    assert bed.agent("xstats", port=0)["xstats"]["rx_xoff_packets"] == 2
    pause(0xffff)
    pause(0)
    bed.tx(frame)
    assert bed.wires[0].recv() == frame
    assert bed.agent("xstats", port=0)["xstats"]["rx_xon_packets"] == 1
    # The host is shown such frames only if it asks for them.
    bed.rx_none(quiet_ms=30)
    bed.agent("fc_set", port=0, forward=True)
    bed.agent("promisc", port=0, on=True)
    pause(0)
    assert bed.rx_one()["data"][:6] == PAUSE_TO


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="refused before the device is touched")
def test_flow_control_refused(bed):
    """Modes and marks that cannot be, with the log's reason; nothing is changed by it."""
    bed.setup(link=False)

    def kept():
        return bed.agent("fc_get", port=0), [register(bed, n) for n in (FCTTV, FCRTL, FCRTH, CTRL)]

    before = kept()
    for arguments, text in (
            ({"mode": "4"}, "mode 4"), ({"mode": "77"}, "mode 77"),
            ({"high": 64019, "low": 100}, "64019"), ({"high": 0xffffffff, "low": 16}, "4294967295"),
            ({"high": 1000, "low": 1000}, "1000"), ({"high": 1000, "low": 2000}, "2000"),
            ({"high": 1000, "low": 0}, "low_water 0"), ({"high": 0, "low": 500}, "500")):
        logged = len(bed.log())
        assert bed.agent.ask("fc_set", port=0, **arguments)["errno"] == 22, arguments
        assert text in bed.log()[logged:]
        assert kept() == before


@pytest.mark.corners(drivers=("oriel",), why="the log's reason is this driver's")
def test_priority_flow_control_refused(bed):
    """The 82576 has one packet buffer for all priorities."""
    logged = len(bed.log())
    assert bed.agent.ask("pfc_set", port=0, priority=3)["errno"] == 95
    logs(bed, logged, "one packet buffer for all priorities")


# --- rate limits ----------------------------------------------------------------------------------


def rate(bed, queue=0, seconds=0.4):
    """Mb/s of frames with CRC that a queue sends in the long run."""
    def now():
        queues = {q["queue"]: q for q in bed.counters()["tx_queues"]}
        return time.monotonic(), queues[queue]["bytes"] + 4 * queues[queue]["frames"]

    first = now()
    time.sleep(seconds)
    last = now()
    return (last[1] - first[1]) * 8 / (last[0] - first[0]) / 1e6


def limited(bed, limit, queue=0):
    """AssertionError if a queue's rate is not its limit in Mb/s within 3 %."""
    seconds = 0.8
    # What the queue may have saved up at the beginning: 20 KiB.
    saved = 20 * 1024 * 8 / seconds / 1e6
    seen = []
    # A machine that is busy may take from it for a while, nothing may add to it.
    for _ in range(6):
        seen.append(rate(bed, queue, seconds))
        assert seen[-1] < limit * 1.03 + saved, seen
        if seen[-1] > limit * 0.97:
            return
    raise AssertionError(f"{seen} Mb/s for a limit of {limit}")


@pytest.mark.twin
@TWIN
def test_rate_limit(request):
    """A queue sends what it may, others what they can; over stop, start, another link speed."""
    if request.config.getoption("--driver") == "net_e1000_igb":
        pytest.skip("oriel on the twin only: " + ONLY_TWIN)
    bed = conftest.beds.TwinBed(request.config.oriel_build, "oriel", wires=["none:0"])
    try:
        bed.setup(txq=2)
        bed.agent("rate_set", port=0, queue=0, rate=4)
        job = bed.job("generate", queue=0, sizes=[1514, 500])
        other = bed.job("generate", queue=1, sizes=[1514])
        limited(bed, 4)
        assert rate(bed, queue=1, seconds=0.2) > 20
        bed.job_end(other, stop=True)
        bed.agent("rate_set", port=0, queue=0, rate=2)
        limited(bed, 2)
        bed.agent("rate_set", port=0, queue=0, rate=0)
        assert rate(bed, seconds=0.2) > 20
        bed.agent("rate_set", port=0, queue=0, rate=3)
        bed.job_end(job, stop=True)
        bed.agent("stop", port=0)
        # The factor is relative to the link's speed.
        bed.setup(txq=2, link_speeds=1 << 4)
        assert bed.agent("link", port=0)["speed"] == 100
        job = bed.job("generate", queue=0, sizes=[1514, 500])
        limited(bed, 3)
        bed.job_end(job, stop=True)
    finally:
        conftest.finish(request, bed)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="refused before the device is touched")
def test_rate_limit_refused(bed):
    """Queues and rates that are not there; nothing is changed by it."""
    bed.setup(txq=2, link=False)
    for queue, limit in ((2, 10), (16, 10), (0, 1001), (0, 0xffffffff)):
        assert bed.agent.ask("rate_set", port=0, queue=queue, rate=limit)["errno"] == 22
