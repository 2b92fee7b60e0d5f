# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Start, stop, reconfigure, close and probe again, many times, with nothing left over; the link."""

import time

import pytest

import frames

pytestmark = pytest.mark.corners(
    without=(("vm", "net_e1000_igb"),),
    why="upstream is the control of the twin; what QEMU is worth, the matrix shows with it")

STARTS, PROBES = 100, 20
IN_VM = "test_vm_process.py does it there, and counts in the guest's /proc as well"


def passes_traffic(bed, rng, queue=0):
    """A frame in, a frame out."""
    frame = frames.raw(bed.mac(), rng.randrange(60, 1515), rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame
    bed.tx(frame, queue=queue)
    assert bed.wires[0].recv() == frame


@pytest.mark.corners(beds=("twin",), why=IN_VM)
def test_start_stop(bed, rng):
    """A hundred times: descriptors of files, memzones and mbufs stay as they were.

    Upstream's driver, the control, takes half a second for each: a few times will do.
    """
    bed.setup()
    passes_traffic(bed, rng)
    bed.agent("stop", port=0)
    before = bed.resources()
    times = STARTS if bed.driver == "oriel" else 10
    for number in range(times):
        bed.agent("start", port=0)
        if number % 25 == 4:
            bed.agent("link_wait", port=0, timeout_ms=10000)
            passes_traffic(bed, rng)
        bed.agent("stop", port=0)
    assert bed.resources() == before
    assert before["mbufs"][bed.pool] == 0


@pytest.mark.corners(beds=("twin",), why=IN_VM)
def test_close_probe(bed, rng):
    """Twenty times closed, taken from the bus and probed again: nothing is left, all works."""
    devargs = bed.ports()[0]["name"]
    held = []
    times = PROBES if bed.driver == "oriel" else 5
    for number in range(times):
        bed.setup(link=number % 10 == 0)
        if number % 10 == 0:
            passes_traffic(bed, rng)
        bed.agent("stop", port=0)
        bed.agent("close", port=0)
        bed.agent("detach", name=devargs)
        assert bed.ports() == []
        held.append(bed.resources())
        bed.agent("attach", devargs=devargs)
        assert [p["port"] for p in bed.ports()] == [0]
    assert held[1:] == held[:1] * (times - 1)


def test_close_while_running(bed, rng):
    """A close without a stop before it, under traffic, leaves nothing behind either."""
    devargs = bed.ports()[0]["name"]
    for _ in range(3):
        bed.setup()
        for _ in range(20):
            bed.wires[0].send(frames.raw(bed.mac(), 1000, rng))
        bed.tx(*[frames.raw(frames.PEER, 1000, rng)] * 20)
        bed.agent("stop", port=0)
        bed.agent("detach", name=devargs)
        assert bed.resources()["mbufs"][bed.pool] == 0
        bed.agent("attach", devargs=devargs)
        bed.wires[0].flush()


def test_reconfigure(bed, rng):
    """Other queue counts and ring sizes on the same port, with and without traffic between."""
    before = None
    for round_ in range(2):
        for rxq, txq, rxd, txd in ((1, 1, 512, 512), (4, 2, 256, 1024), (16, 16, 64, 64),
                                   (2, 8, 4096, 4096), (1, 1, 32, 32), (1, 1, 512, 512)):
            mq = {"rx_mq": ["rss"], "rss": ["ipv4"]} if rxq > 1 else {}
            bed.setup(rxq=rxq, txq=txq, nb_rxd=rxd, nb_txd=txd, pool={"size": 16383}, **mq)
            info = bed.agent("info", port=0)
            assert (info["nb_rx_queues"], info["nb_tx_queues"]) == (rxq, txq)
            assert bed.agent("rxq_info", port=0, queue=rxq - 1)["nb_desc"] == rxd
            assert bed.agent("txq_info", port=0, queue=txq - 1)["nb_desc"] == txd
            passes_traffic(bed, rng, queue=txq - 1)
            bed.agent("stop", port=0)
        now = bed.resources()
        if round_ == 0:
            before = now
        assert now == before
    assert now["mbufs"][bed.pool] == 0


@pytest.mark.rows()
def test_ring_wraps(bed, rng):
    """More frames than the smallest rings hold, one by one and in bursts: each comes through."""
    # Upstream gives descriptors back by the 32: it needs a larger ring for these bursts.
    size = 32 if bed.driver == "oriel" else 128
    bed.setup(nb_rxd=size, nb_txd=size)
    mine = bed.mac()
    for burst in (1, 7, 20, 31):
        for _ in range(12):
            sent = [frames.raw(mine, rng.randrange(60, 200), rng) for _ in range(burst)]
            bed.wires[0].send_all(sent)
            assert [f["data"] for f in bed.rx(burst)] == sent
            bed.tx(*sent)
            assert bed.wires[0].recv_many(burst) == sent


@pytest.mark.rows()
def test_sixteen_queues(bed, rng):
    """All 16 queue pairs send and receive."""
    bed.setup(rxq=16, txq=16, nb_rxd=128, nb_txd=128, rx_mq=["rss"], rss=["ipv4", "ipv4-udp"])
    for queue in range(16):
        frame = frames.raw(frames.PEER, 100 + queue, rng)
        bed.tx(frame, queue=queue)
        assert bed.wires[0].recv() == frame
    mine, seen = bed.mac(), set()
    for _ in range(600):
        packet = bytes(frames.ether(mine) / frames.network(False)
                       / frames.UDP(sport=rng.randrange(1, 65536), dport=9) / frames.Raw(bytes(20)))
        bed.wires[0].send(packet)
        got = bed.rx_one()
        assert got["data"] == packet
        seen.add(got["queue"])
        if len(seen) == 16:
            break
    assert seen == set(range(16))


@pytest.mark.rows()
@pytest.mark.corners(drivers=("oriel",), why="upstream can neither start nor stop single queues")
def test_queue_start_stop(bed, rng):
    """A deferred queue works once started, a stopped one holds no mbufs; the others go on."""
    bed.setup(txq=2, tx={"deferred": True})
    assert bed.agent("txq_info", port=0, queue=1)["state"] == "stopped"
    for queue in (0, 1):
        bed.agent("txq_start", port=0, queue=queue)
        passes_traffic(bed, rng, queue=queue)
    for _ in range(5):
        bed.agent("txq_stop", port=0, queue=1)
        passes_traffic(bed, rng, queue=0)
        bed.agent("txq_start", port=0, queue=1)
        passes_traffic(bed, rng, queue=1)
        bed.agent("rxq_stop", port=0, queue=0)
        assert bed.agent("rxq_info", port=0)["state"] == "stopped"
        bed.agent("rxq_start", port=0, queue=0)
        passes_traffic(bed, rng)


@pytest.mark.rows()
def test_descriptor_status(bed, rng):
    """Status and counts of descriptors follow what has come in and what was sent."""
    bed.setup(nb_rxd=128, nb_txd=128)
    mine = bed.mac()
    assert bed.agent("rx_status", port=0, offset=0)["status"] == "avail"
    assert bed.agent("rx_count", port=0)["count"] == 0
    bed.wires[0].send_all([frames.raw(mine, 100, rng) for _ in range(8)])
    deadline = time.monotonic() + 3
    while bed.agent("rx_status", port=0, offset=7)["status"] != "done":
        assert time.monotonic() < deadline
    assert bed.agent("rx_status", port=0, offset=8)["status"] == "avail"
    # Drivers may look at every fourth descriptor only.
    assert bed.agent("rx_count", port=0)["count"] in (8, 9, 10, 11, 12)
    assert not bed.agent.ask("rx_status", port=0, offset=128)["ok"]
    assert len(bed.rx(8)) == 8
    assert bed.agent("rx_count", port=0)["count"] == 0
    assert not bed.agent.ask("tx_status", port=0, offset=128)["ok"]
    bed.tx(*[frames.raw(frames.PEER, 100, rng)] * 20)
    assert len(bed.wires[0].recv_many(20)) == 20
    assert bed.agent("tx_status", port=0, offset=0)["status"] in ("done", "full")


@pytest.mark.rows()
@pytest.mark.corners(drivers=("oriel",), why="upstream frees at its own pace")
def test_tx_cleanup(bed, rng):
    """tx_done_cleanup gives back what has been sent, as many as asked for, then the rest."""
    bed.setup(nb_txd=256)
    held = bed.resources()["mbufs"][bed.pool]
    bed.tx(*[frames.raw(frames.PEER, 100, rng)] * 100)
    assert len(bed.wires[0].recv_many(100)) == 100
    before = bed.resources()["mbufs"][bed.pool] - held
    some = bed.agent("tx_cleanup", port=0, count=10)["freed"]
    rest = bed.agent("tx_cleanup", port=0)["freed"]
    after = bed.resources()["mbufs"][bed.pool] - held
    assert some <= max(10, 64) and before - after == some + rest
    # What lies behind the last descriptor with RS may have to wait.
    assert after <= 64


@pytest.mark.corners(drivers=("oriel",), why="upstream has no burst_mode_get")
def test_burst_mode(bed):
    """The burst functions in use have names, other ones where frames may be scattered."""
    names = []
    for extra in ({}, {"mtu": 9000, "rx_offloads": ["SCATTER"],
                       "tx_offloads": ["MULTI_SEGS", "IPV4_CKSUM"]}):
        bed.setup(link=False, **extra)
        mode = bed.agent("burst_mode", port=0)
        assert mode["rx"] and mode["tx"]
        names.append((mode["rx"], mode["tx"]))
        bed.agent("stop", port=0)
    assert names[0][0] != names[1][0]


def test_versions_and_registers(bed):
    """fw_version and the register dump answer, started or not."""
    reply = bed.agent.ask("fw_version", port=0)
    assert reply["ok"] and reply["version"]
    for started in (False, True):
        if started:
            bed.setup()
        regs = bed.agent("regs", port=0)
        assert regs["width"] == 4 and regs["length"] > 100
        assert len(regs["data"]) == 2 * regs["length"] * regs["width"]
        assert set(regs["data"]) != {"0"}
        if started:
            frames_in = frames.raw(bed.mac(), 100)
            bed.wires[0].send(frames_in)
            assert bed.rx_one()["data"] == frames_in


# --- link -----------------------------------------------------------------------------------------


def test_link_interrupt(bed, rng):
    """Cable out and in again: an interrupt and a callback each time; then frames flow again."""
    bed.setup(lsc=True)
    for _ in range(3):
        before = bed.agent("events", port=0)["lsc"]
        bed.cable(False)
        event = bed.agent("events", port=0, lsc=before + 1, timeout_ms=5000)
        assert event["lsc"] == before + 1 and not event["link_up"]
        assert not bed.agent("link", port=0)["up"]
        bed.cable(True)
        event = bed.agent("events", port=0, lsc=before + 2, timeout_ms=10000)
        assert event["lsc"] >= before + 2 and event["link_up"]
        assert bed.agent("link", port=0)["up"]
        passes_traffic(bed, rng)


def test_link_without_interrupt(bed, rng):
    """The same seen by asking."""
    bed.setup()
    bed.cable(False)
    bed.agent("link_wait", port=0, up=False)
    bed.cable(True)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
    passes_traffic(bed, rng)
    assert bed.agent("events", port=0)["lsc"] == 0


def test_start_without_cable(bed, rng):
    """A port without a cable starts at once, without a link; it comes up with the cable."""
    bed.cable(False)
    started = time.monotonic()
    bed.setup(link=False)
    assert time.monotonic() - started < 8
    assert not bed.agent("link", port=0)["up"]
    if bed.driver == "oriel":
        started = time.monotonic()
        assert not bed.agent("link", port=0, wait=True, timeout=30)["up"]
        assert time.monotonic() - started < 15
    bed.cable(True)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    passes_traffic(bed, rng)


def test_set_link_down_up(bed, rng):
    """set_link_down takes the link away until set_link_up."""
    bed.setup()
    for _ in range(2):
        bed.agent("link_set", port=0, up=False)
        if bed.driver == "oriel" or bed.name == "twin":
            bed.agent("link_wait", port=0, up=False)
        bed.agent("link_set", port=0, up=True)
        bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
        passes_traffic(bed, rng)


def test_reset(bed, rng):
    """rte_eth_dev_reset brings a stopped port to a state from which it starts again."""
    bed.setup()
    passes_traffic(bed, rng)
    bed.agent("stop", port=0)
    bed.agent("reset", port=0)
    bed.setup()
    passes_traffic(bed, rng)


def test_killed_under_load(bed, rng):
    """An agent killed with traffic in both directions: the next one starts clean."""
    bed.setup()
    bed.job("generate", sizes=[60, 1514])
    for _ in range(100):
        bed.wires[0].send(frames.raw(bed.mac(), 500, rng))
        bed.wires[0].recv()
    bed.kill()
    # QEMU hands over what the device had sent before, ten thousand frames at most.
    while bed.wires[0].quiet(0.3):
        pass
    bed.start_agent()
    bed.setup()
    assert bed.wires[0].quiet(0.1) == []
    # What came while nobody listened may have waited outside.
    while bed.rx(1, timeout_ms=100):
        pass
    passes_traffic(bed, rng)
