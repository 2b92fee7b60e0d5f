# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""A device that hangs, loses its state or goes: noticed, told once, brought back as it was."""

import time

import pytest

import frames

PERIOD_MS = 25
WATCHED = pytest.mark.devargs(f"watch_ms={PERIOD_MS}")
FAULTS = pytest.mark.corners(beds=("twin",), drivers=("oriel",),
                             why="QEMU's device has no such faults; upstream's driver no watch")
# For what must not be told: more than the three looks that a hang takes.
QUIET_S = 6 * PERIOD_MS / 1000

GROUP = "01:00:5e:01:02:03"
KEY = bytes(range(7, 47))
EXTRA = "02:aa:00:00:00:01"


def counted(bed):
    """The watch's counters that are not 0."""
    names = ("tx_hangs", "dma_out_of_step_events", "unexpected_resets", "device_lost_events",
             "resets")
    stats = bed.agent("xstats", port=0)["xstats"]
    return {name: stats[name] for name in names if stats[name]}


def told(bed, **wanted):
    """Wait for these events; then there must be no more of any."""
    bed.agent("events", port=0, timeout_ms=5000, **wanted)
    time.sleep(QUIET_S)
    events = bed.agent("events", port=0)
    assert {name: events[name] for name in ("rmv", "reset")} == {"rmv": 0, "reset": 0, **wanted}


def set_up(bed, **more):
    """A port with much of what can be set."""
    bed.setup(rxq=2, txq=2, nb_rxd=128, rx_mq=["rss"], rss=["ipv4", "ipv4-udp"],
              rx_offloads=["VLAN_FILTER"], mtu=2000, pool={"data_room": 128 + 4096}, rmv=True,
              **more)
    bed.agent("mac_add", port=0, mac=EXTRA)
    bed.agent("mc_list", port=0, macs=[GROUP])
    bed.agent("vlan_filter", port=0, vlan=77, on=True)
    bed.agent("rss_set", port=0, types=["ipv4-udp"], key=KEY.hex())
    bed.agent("reta_set", port=0, reta=[1] * 128)


def in_force(bed):
    """What set_up() set is what the device does, in both directions and on all queues."""
    mine = bed.mac()
    sent = [frames.raw(mine, 100), frames.raw(EXTRA, 100), frames.raw(GROUP, 100),
            frames.raw(frames.OTHER, 100), frames.raw("01:00:5e:7f:00:01", 100),
            bytes(frames.ether(mine, vlan=77) / bytes(60)),
            bytes(frames.ether(mine, vlan=78) / bytes(60)), frames.raw(mine, 2014)]
    bed.wires[0].send_all(sent)
    wanted = [sent[n] for n in (0, 1, 2, 5, 7)]
    assert [f["data"] for f in bed.rx(len(wanted))] == wanted
    packet = bytes(frames.ether(mine) / frames.network(False)
                   / frames.UDP(sport=1000, dport=9) / frames.Raw(bytes(20)))
    bed.wires[0].send(packet)
    got = bed.rx_one()
    assert got["data"] == packet and got["queue"] == 1
    rss = bed.agent("rss_get", port=0)
    assert rss["key"] == KEY.hex() and rss["types"] == ["ipv4-udp"]
    for queue in (0, 1):
        out = frames.raw(frames.PEER, 300 + queue)
        bed.tx(out, queue=queue)
        assert bed.wires[0].recv() == out
    bed.rx_none(quiet_ms=20)


def recover(bed):
    """What an application does: stop, reset, start, and nothing else."""
    bed.agent("stop", port=0)
    bed.agent("reset", port=0)
    bed.wires[0].flush()
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, timeout_ms=10000)


@WATCHED
@FAULTS
def test_tx_hang(bed):
    """A TX queue that fetches nothing is told once, counted and named; the port comes back."""
    set_up(bed)
    in_force(bed)
    bed.control("fault", port=0, kind="tx-hang", queues=2)
    frame = frames.raw(frames.PEER, 100)
    # The other queue works, so it is this one alone that is named.
    bed.tx(frame, queue=0)
    assert bed.wires[0].recv() == frame
    bed.tx(frame, queue=1)
    told(bed, reset=1)
    assert counted(bed) == {"tx_hangs": 1}
    assert "TX queue 1 hangs" in bed.log() and "TX queue 0 hangs" not in bed.log()
    recover(bed)
    assert counted(bed) == {"tx_hangs": 1, "resets": 1}
    in_force(bed)
    told(bed, reset=1)


@WATCHED
@FAULTS
def test_tx_hang_passes(bed):
    """A queue that moves again by itself is no incident any more; the next one is told again."""
    bed.setup()
    frame = frames.raw(frames.PEER, 100)
    for number in (1, 2):
        bed.control("fault", port=0, kind="tx-hang")
        bed.tx(frame)
        told(bed, reset=number)
        bed.control("fault", port=0, kind="tx-hang", on=False)
        assert bed.wires[0].recv() == frame
        assert bed.wires[0].quiet(QUIET_S) == []
        assert bed.log().count("moves again") == number
    assert counted(bed) == {"tx_hangs": 2}


@WATCHED
@FAULTS
def test_no_false_alarm(bed):
    """Link down, a queue or port that is stopped, traffic: no hang."""
    bed.setup(txq=2)
    frame = frames.raw(frames.PEER, 100)
    # Nothing leaves without a link; it waits.
    bed.cable(False)
    bed.agent("link_wait", port=0, up=False)
    bed.tx(frame)
    time.sleep(QUIET_S)
    bed.cable(True)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    assert bed.wires[0].recv() == frame
    # A queue that is stopped, beside one that works.
    bed.agent("txq_stop", port=0, queue=1)
    for _ in range(20):
        bed.tx(*[frame] * 20)
        assert len(bed.wires[0].recv_many(20)) == 20
        time.sleep(QUIET_S / 20)
    bed.agent("stop", port=0)
    time.sleep(QUIET_S)
    told(bed)
    assert counted(bed) == {}


@WATCHED
@FAULTS
def test_paused_is_no_hang(bed):
    """A partner that keeps the transmitter paused: frames wait, and nothing is told."""
    bed.agent("configure", port=0)
    bed.agent("fc_set", port=0, mode="rx")
    bed.setup()
    pause = bytes.fromhex("0180c2000001" "020000000001" "8808" "0001" "ffff").ljust(60, b"\0")
    frame = frames.raw(frames.PEER, 100)
    bed.wires[0].send(pause)
    time.sleep(0.005)
    bed.tx(frame)
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        bed.wires[0].send(pause)
        time.sleep(0.01)
    assert bed.wires[0].quiet(0) == []
    assert counted(bed) == {}
    assert bed.wires[0].recv() == frame
    told(bed)


@WATCHED
@FAULTS
def test_dma_out_of_step(bed):
    """The DMA engine's own cause, with interrupts and without; a reset by PCIe frees it."""
    for number, lsc in ((1, True), (2, False)):
        set_up(bed, lsc=lsc)
        in_force(bed)
        bed.control("fault", port=0, kind="dma")
        told(bed, reset=number)
        assert counted(bed)["dma_out_of_step_events"] == number
        recover(bed)
        in_force(bed)
        bed.agent("stop", port=0)
    assert counted(bed) == {"dma_out_of_step_events": 2, "resets": 2}


@WATCHED
@FAULTS
def test_refused_dma(bed):
    """After a DMA that the IOMMU refuses the port stands still: a hang, and brought back."""
    set_up(bed)
    bed.violations = 1
    bed.tx({"data": frames.raw(frames.PEER, 200).hex(), "iova": 0x7fff_0000_0000})
    told(bed, reset=1)
    assert counted(bed) == {"tx_hangs": 1}
    recover(bed)
    in_force(bed)


@WATCHED
@FAULTS
def test_reset_by_others(bed):
    """A device that forgot all is noticed without traffic, with interrupts and without."""
    for number, lsc in ((1, True), (2, False)):
        set_up(bed, lsc=lsc)
        bed.control("fault", port=0, kind="reset")
        told(bed, reset=number)
        assert counted(bed)["unexpected_resets"] == number
        recover(bed)
        in_force(bed)
        bed.agent("stop", port=0)


@WATCHED
@FAULTS
@pytest.mark.parametrize("lsc", [False, True])
def test_lost(bed, lsc):
    """Registers of all-ones: noticed without traffic, told once; a device that is back works."""
    set_up(bed, lsc=lsc)
    before = bed.agent("events", port=0)["lsc"]
    bed.control("fault", port=0, kind="lost")
    told(bed, rmv=1)
    assert bed.agent("events", port=0)["lsc"] - before == int(lsc)
    assert bed.agent("is_removed", port=0)["removed"]
    assert not bed.agent("link", port=0)["up"]
    assert counted(bed) == {"device_lost_events": 1}
    bed.agent("stop", port=0)
    # It is still away: refused, and nothing hangs.
    assert not bed.agent.ask("reset", port=0)["ok"]
    assert not bed.agent.ask("start", port=0)["ok"]
    bed.control("fault", port=0, kind="lost", on=False)
    bed.agent("reset", port=0)
    assert not bed.agent("is_removed", port=0)["removed"]
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    in_force(bed)
    told(bed, rmv=1)


@WATCHED
@FAULTS
def test_not_asked_not_told(bed):
    """Without intr_conf.rmv there is no removal event; the counter and is_removed know."""
    bed.setup()
    bed.control("unplug", port=0, kind="surprise")
    time.sleep(QUIET_S)
    told(bed)
    assert counted(bed) == {"device_lost_events": 1}


@pytest.mark.devargs("watch_ms=0")
@FAULTS
def test_off(bed):
    """Without the watch nothing is looked at: the port offers no removal event, a hang stays."""
    assert not bed.agent.ask("configure", port=0, rmv=True)["ok"]
    bed.setup()
    before = bed.counters()["mmio"]
    time.sleep(QUIET_S)
    after = bed.counters()["mmio"]
    assert after["reads"] == before["reads"] and after["writes"] == before["writes"]
    bed.control("fault", port=0, kind="tx-hang")
    bed.tx(frames.raw(frames.PEER, 100))
    told(bed)
    assert counted(bed) == {}


@WATCHED
@pytest.mark.corners(drivers=("oriel",), why="upstream has no watch")
def test_well(bed):
    """A port in use is not complained about, its registers are looked at once in a period."""
    set_up(bed)
    end = time.monotonic() + 8 * PERIOD_MS / 1000
    before = bed.counters()["mmio"]["reads"] if bed.name == "twin" else 0
    while time.monotonic() < end:
        in_force(bed)
    if bed.name == "twin":
        assert bed.counters()["mmio"]["reads"] > before
    told(bed)
    assert counted(bed) == {}


@WATCHED
@pytest.mark.corners(drivers=("oriel",), why="upstream loses groups, key and table with a reset")
def test_reset_keeps_configuration(bed):
    """Stop, reset, start: all that was set is in force, without a word of configuration."""
    set_up(bed)
    for number in (1, 2):
        recover(bed)
        in_force(bed)
        assert counted(bed) == {"resets": number}


@pytest.mark.corners(drivers=("oriel",), why="the argument is this driver's")
@pytest.mark.devargs("watch_ms=5")
def test_argument_refused(bed):
    """A period that is none: the port is not there, and the log says what is accepted."""
    assert bed.ports() == []
    assert "watch_ms=5; accepted: 0 (off) and 10 to 10000" in bed.log()
