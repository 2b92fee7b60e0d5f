# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Single queues of a running port: set up, started, stopped; RSS leaves out those that are not."""

import re
import time

import pytest

import frames

ORIEL = pytest.mark.corners(drivers=("oriel",), why="upstream can neither start nor stop single "
                            "queues, and prints no descriptors")
RSS = {"rx_mq": ["rss"], "rss": ["ipv4", "ipv4-udp"]}


def udp(mine, port):
    return bytes(frames.ether(mine) / frames.network(False)
                 / frames.UDP(sport=port, dport=9) / frames.Raw(bytes(20)))


def states(bed, queues=4):
    """States of the first queues, RX and TX."""
    return [[bed.agent(command, port=0, queue=queue)["state"] for queue in range(queues)]
            for command in ("rxq_info", "txq_info")]


def passes_traffic(bed, rng, tx_queue=0, **more):
    """A frame in, with what else rx() takes, and a frame out."""
    frame = frames.raw(bed.mac(), rng.randrange(60, 1515), rng)
    bed.wires[0].send(frame)
    assert bed.rx_one(**more)["data"] == frame
    bed.tx(frame, queue=tx_queue)
    assert bed.wires[0].recv() == frame


def logs(bed, before, text):
    """AssertionError if the log does not say `text` behind its first `before` characters."""
    deadline = time.monotonic() + 5
    # A guest's comes a little later than the answer.
    while text not in bed.log()[before:]:
        assert time.monotonic() < deadline, f"the log does not say '{text}'"
        time.sleep(0.01)


def spread(bed, count=200, **more):
    """Queue of each of `count` flows, all of which must arrive; what else rx() takes."""
    mine = bed.mac()
    queues = {}
    for first in range(0, count, 25):
        ports = range(1000 + first, 1025 + first)
        bed.wires[0].send_all([udp(mine, port) for port in ports])
        got = bed.rx(25, **more)
        assert len(got) == 25
        for frame in got:
            queues[int.from_bytes(frame["data"][34:36], "big")] = frame["queue"]
    assert len(queues) == count
    return queues


def test_states(bed):
    """The state of each queue is true before, during and after a run, and after a second one."""
    for _ in range(2):
        bed.setup(rxq=4, txq=4, nb_rxd=128, nb_txd=128, link=False, start=False, **RSS)
        assert states(bed) == [["stopped"] * 4] * 2
        bed.agent("start", port=0)
        assert states(bed) == [["started"] * 4] * 2
        bed.agent("stop", port=0)
        assert states(bed) == [["stopped"] * 4] * 2


@ORIEL
def test_states_of_deferred_queues(bed):
    """A deferred queue is stopped after the start, and again after the next one."""
    bed.agent("configure", port=0, rxq=2, txq=2)
    bed.use_pool()
    for queue in (0, 1):
        bed.agent("rxq_setup", port=0, queue=queue, pool=bed.pool, deferred=queue == 1)
        bed.agent("txq_setup", port=0, queue=queue, deferred=queue == 1)
    for _ in range(2):
        bed.agent("start", port=0)
        assert states(bed, 2) == [["started", "stopped"]] * 2
        for command in ("rxq_start", "txq_start"):
            bed.agent(command, port=0, queue=1)
        assert states(bed, 2) == [["started"] * 2] * 2
        for command in ("rxq_stop", "txq_stop"):
            bed.agent(command, port=0, queue=0)
        assert states(bed, 2) == [["stopped", "started"]] * 2
        bed.agent("stop", port=0)
        assert states(bed, 2) == [["stopped"] * 2] * 2


@ORIEL
def test_reta_without_stopped_queues(bed):
    """No flow goes to a stopped queue, each of the others gets its share; all return with it."""
    bed.setup(rxq=4, nb_rxd=128, **RSS)
    before = spread(bed)
    assert set(before.values()) == {0, 1, 2, 3}
    asked = bed.agent("reta_get", port=0, size=128)["reta"]
    for stopped in ((2,), (2, 0), (2, 0, 3)):
        bed.agent("rxq_stop", port=0, queue=stopped[-1])
        now = spread(bed)
        assert set(now.values()) == {0, 1, 2, 3} - set(stopped)
        # Who is not concerned stays.
        assert all(now[flow] == queue for flow, queue in before.items() if queue not in stopped)
        # The application's table is as it was.
        assert bed.agent("reta_get", port=0, size=128)["reta"] == asked
    # A table that is set meanwhile is understood in the same way.
    bed.agent("reta_set", port=0, reta=[2] * 128)
    assert set(spread(bed, 50).values()) == {1}
    bed.agent("rxq_start", port=0, queue=2)
    assert set(spread(bed, 50).values()) == {2}
    bed.agent("reta_set", port=0, reta=asked)
    for queue in (0, 3):
        bed.agent("rxq_start", port=0, queue=queue)
    assert spread(bed) == before
    # And a stop of the port forgets it.
    bed.agent("rxq_stop", port=0, queue=1)
    bed.agent("stop", port=0)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    assert spread(bed) == before


@ORIEL
def test_set_up_while_running(bed, rng):
    """Queues set up anew, with other sizes and pools, and for the first time, on a running port."""
    capa = bed.agent("info", port=0)["dev_capa"]
    assert capa & 3 == 3, "RUNTIME_RX_QUEUE_SETUP and RUNTIME_TX_QUEUE_SETUP"
    bed.agent("configure", port=0, rxq=2, txq=2, **RSS)
    bed.use_pool()
    bed.agent("rxq_setup", port=0, queue=0, pool=bed.pool)
    bed.agent("txq_setup", port=0, queue=0)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    # Nobody may poll a queue that was never set up.
    assert set(spread(bed, 50, queue=0).values()) == {0}
    other = bed.use_pool(size=2047)
    for size in (64, 256, 64):
        bed.agent("rxq_setup", port=0, queue=1, nb_desc=size, pool=other)
        bed.agent("txq_setup", port=0, queue=1, nb_desc=size)
        assert bed.agent("rxq_info", port=0, queue=1)["state"] == "stopped"
        passes_traffic(bed, rng, 0)
        bed.agent("rxq_start", port=0, queue=1)
        bed.agent("txq_start", port=0, queue=1)
        assert bed.agent("rxq_info", port=0, queue=1)["nb_desc"] == size
        assert bed.agent("rxq_info", port=0, queue=1)["pool"] == other
        assert set(spread(bed, 100).values()) == {0, 1}
        passes_traffic(bed, rng, 1)
        # A queue that runs is not to be had.
        assert bed.agent.ask("rxq_setup", port=0, queue=1, pool=other)["errno"] == 16
        assert bed.agent.ask("txq_setup", port=0, queue=1)["errno"] == 16
        bed.agent("rxq_stop", port=0, queue=1)
        bed.agent("txq_stop", port=0, queue=1)
    bed.agent("stop", port=0)
    held = bed.resources()["mbufs"]
    assert held[other] == 0 and sum(held.values()) == 0


@ORIEL
def test_set_up_while_running_refused(bed, rng):
    """What needs another burst than the one that runs: buffers too small, more offloads."""
    bed.setup(rxq=2, txq=2, nb_rxd=128, nb_txd=128, **RSS)
    small = bed.use_pool(size=1023, data_room=128 + 1024)
    for command in ("rxq_stop", "txq_stop"):
        bed.agent(command, port=0, queue=1)
    before = len(bed.log())
    assert bed.agent.ask("rxq_setup", port=0, queue=1, nb_desc=128, pool=small)["errno"] == 22
    logs(bed, before, "one-buffer burst")
    before = len(bed.log())
    assert bed.agent.ask("txq_setup", port=0, queue=1, offloads=["TCP_TSO"])["errno"] == 22
    logs(bed, before, "offloads")
    for command in ("rxq_start", "txq_start"):
        assert not bed.agent.ask(command, port=0, queue=1)["ok"]
    assert set(spread(bed, 50, queue=0).values()) == {0}
    passes_traffic(bed, rng, 0, queue=0)
    good = bed.use_pool()
    bed.agent("rxq_setup", port=0, queue=1, nb_desc=128, pool=good)
    bed.agent("rxq_start", port=0, queue=1)
    assert set(spread(bed, 100).values()) == {0, 1}


@ORIEL
def test_descriptor_dump(bed, rng):
    """Descriptors as text say what came, what was sent, and how it is with each."""
    bed.setup(nb_rxd=64, nb_txd=64, rx_offloads=["RSS_HASH"], tx_offloads=["IPV4_CKSUM"], **RSS)
    packet = udp(bed.mac(), 4711)
    assert " posted: buffer 0x" in bed.agent("rx_dump", port=0)["text"]
    bed.wires[0].send(packet)
    deadline = time.monotonic() + 3
    while bed.agent("rx_status", port=0, offset=0)["status"] != "done":
        assert time.monotonic() < deadline
    lines = bed.agent("rx_dump", port=0, offset=0, num=64)["text"].splitlines()
    assert len(lines) == 64
    first = re.fullmatch(r"rx 0 descriptor 0 \(\+0\) done: length (\d+) status 0x[0-9a-f]+ DD EOP.*"
                         r" type ipv4 udp rss (\d+) hash (0x[0-9a-f]+) raw [0-9a-f ]{33}", lines[0])
    assert first, lines[0]
    got = bed.rx_one()
    assert int(first[1]) == len(packet) and int(first[3], 16) == got["hash"]
    assert " (+62) posted: " in lines[62] and " (+63) not posted: " in lines[63]
    # Behind the end of the ring it goes on at its beginning.
    lines = bed.agent("rx_dump", port=0, offset=62, num=2)["text"].splitlines()
    assert [line.split()[3] for line in lines] == ["63", "0"]

    bed.tx({"data": packet.hex(), "flags": ["IPV4", "IP_CKSUM"], "l2": 14, "l3": 20})
    assert bed.wires[0].recv()
    lines = bed.agent("tx_dump", port=0, num=64)["text"].splitlines()
    assert len(lines) == 64 and " free: " in lines[0]
    context = re.search(r" in use: context (\d) maclen 14 iplen 20 ", lines[62])
    assert context, lines[62]
    assert re.search(rf" in use: buffer 0x[0-9a-f]+ length {len(packet)} payload {len(packet)} EOP "
                     rf"IFCS .*DEXT context {context[1]} IXSM", lines[63]), lines[63]
    for command in ("rx_dump", "tx_dump"):
        assert bed.agent(command, port=0, num=0)["text"] == ""
        for offset, num in ((64, 1), (0, 65), (63, 2), (65535, 65535)):
            before = len(bed.log())
            assert bed.agent.ask(command, port=0, offset=offset, num=num)["errno"] == 22
            logs(bed, before, "ring has 64")


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU's model counts no drops")
def test_queue_statistics(bed):
    """Frames, bytes and drops of each queue, in the basic and the extended statistics."""
    bed.setup(rxq=2, nb_rxd=64, rx={"drop_en": True}, **RSS)
    bed.agent("reta_set", port=0, reta=[1] * 128)
    mine = bed.mac()
    sent = [udp(mine, port) for port in range(100, 250)]
    bed.wires[0].send_all(sent)
    deadline = time.monotonic() + 5
    while bed.counters()["rx"]["frames"] + bed.counters()["rx"]["dropped"] < len(sent):
        assert time.monotonic() < deadline, bed.counters()
    got = len(bed.rx(150, timeout_ms=300))
    assert 60 <= got < 150
    stats = bed.agent("stats", port=0)
    assert stats["q_ipackets"][:2] == [0, got]
    assert stats["q_ibytes"][:2] == [0, sum(map(len, sent[:got]))]
    assert stats["q_errors"][:2] == [0, len(sent) - got]
    assert stats["imissed"] == len(sent) - got
    xstats = bed.agent("xstats", port=0)["xstats"]
    assert xstats["rx_q1_no_descriptor_dropped"] == len(sent) - got
    assert xstats["rx_q1_packets"] == got and xstats["rx_q0_packets"] == 0
    bed.agent("stats_reset", port=0)
    assert bed.agent("stats", port=0)["q_errors"][:2] == [0, 0]


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="counts of this driver, which the "
                     "device has no part in")
def test_allocation_failures(bed):
    """A pool that runs dry is counted, per port and for the queue that it happens to."""
    bed.setup(rxq=2, nb_rxd=64, pool={"size": 255}, rx={"free_thresh": 32}, **RSS)
    bed.agent("reta_set", port=0, reta=[1] * 128)
    mine = bed.mac()
    assert bed.agent("hold", pool=bed.pool)["held"] > 0
    bed.wires[0].send_all([udp(mine, port) for port in range(100, 140)])
    deadline = time.monotonic() + 5
    while bed.agent("stats", port=0)["rx_nombuf"] == 0:
        bed.rx(40, timeout_ms=50)
        assert time.monotonic() < deadline
    xstats = bed.agent("xstats", port=0)["xstats"]
    assert xstats["rx_q1_mbuf_alloc_failed"] == bed.agent("stats", port=0)["rx_nombuf"] > 0
    assert xstats["rx_q0_mbuf_alloc_failed"] == 0
    bed.agent("release")
    assert set(spread(bed, 100).values()) == {1}
