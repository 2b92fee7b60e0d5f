# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""VLAN tags beyond the plain ones: other EtherTypes, two tags, strip on some queues only."""

import pytest

import frames
from agent import AgentError

pytestmark = pytest.mark.corners(
    drivers=("oriel",), why="upstream sets an outer TPID alone, and strips per port")

INNER, OUTER = 1, 2  # RTE_ETH_VLAN_TYPE_*
Q, AD = 0x8100, 0x88a8


def with_tags(dst, *tags, size=100):
    """A frame of `size` bytes with tags (EtherType, tag), the outer one first."""
    plain = frames.raw(dst, size - 4 * len(tags))
    return plain[:12] + b"".join(tpid.to_bytes(2, "big") + tci.to_bytes(2, "big")
                                 for tpid, tci in tags) + plain[12:]


def came(bed, frame):
    """What becomes of a frame: None, or the mbuf's (data, tag or None)."""
    last = frames.raw(bed.mac(), 70, ethertype=0x88b6)
    bed.wires[0].send_all([frame, last])
    got = bed.rx_one()
    if got["data"] == last:
        return None
    assert bed.rx_one()["data"] == last
    flags = {"VLAN", "VLAN_STRIPPED"} & set(got["flags"])
    assert flags in (set(), {"VLAN", "VLAN_STRIPPED"})
    return got["data"], got["vlan"] if flags else None


def restarts(bed):
    """Twice: as it is, and after stop and start."""
    yield
    bed.agent("stop", port=0)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
    yield


def test_tpid(bed):
    """One tag is known by the outer TPID: filtered, stripped, inserted; also after a restart."""
    bed.setup(rx_offloads=["VLAN_STRIP", "VLAN_FILTER"], tx_offloads=["VLAN_INSERT"])
    mine = bed.mac()
    bed.agent("vlan_filter", port=0, vlan=5, on=True)
    for tpid, other in ((Q, AD), (AD, Q)):
        bed.agent("vlan_tpid", port=0, type=OUTER, tpid=tpid)
        for _ in restarts(bed):
            frame = with_tags(mine, (tpid, 0x6005))
            assert came(bed, frame) == (frame[:12] + frame[16:], 0x6005)
            assert came(bed, with_tags(mine, (tpid, 0x6006))) is None
            foreign = with_tags(mine, (other, 0x6006))
            assert came(bed, foreign) == (foreign, None)
            plain = frames.raw(frames.PEER, 90)
            bed.tx({"data": plain.hex(), "flags": ["VLAN"], "vlan": 0x2123})
            assert bed.wires[0].recv() == plain[:12] + tpid.to_bytes(2, "big") + b"\x21\x23" \
                + plain[12:]


def test_tpid_is_checked(bed):
    """What is no TPID is refused, says what is accepted, and changes nothing."""
    bed.setup(rx_offloads=["VLAN_STRIP"])
    mine = bed.mac()
    for kind, tpid in ((OUTER, 0), (OUTER, 0x5ff), (OUTER, 0x800), (OUTER, 0x86dd), (INNER, AD),
                       (0, AD), (3, AD)):
        with pytest.raises(AgentError):
            bed.agent("vlan_tpid", port=0, type=kind, tpid=tpid)
    assert "accepted are EtherTypes from 0x0600" in bed.log()
    frame = with_tags(mine, (Q, 7))
    assert came(bed, frame) == (frame[:12] + frame[16:], 7)


def test_two_tags(bed):
    """VLAN_EXTEND: the outer tag stays, the inner one is filtered, stripped and inserted."""
    bed.setup(rx_offloads=["VLAN_STRIP", "VLAN_FILTER", "VLAN_EXTEND"],
              tx_offloads=["VLAN_INSERT", "IPV4_CKSUM"])
    mine = bed.mac()
    bed.agent("vlan_filter", port=0, vlan=5, on=True)
    for outer, inner in ((Q, Q), (AD, Q), (0x9100, 0x9200)):
        bed.agent("vlan_tpid", port=0, type=OUTER, tpid=outer)
        bed.agent("vlan_tpid", port=0, type=INNER, tpid=inner)
        for _ in restarts(bed) if outer == AD else (None,):
            frame = with_tags(mine, (outer, 0x0fff), (inner, 0xa005))
            assert came(bed, frame) == (frame[:16] + frame[20:], 0xa005)
            assert came(bed, with_tags(mine, (outer, 5), (inner, 6))) is None
            single = with_tags(mine, (outer, 6))
            assert came(bed, single) == (single, None)
            out = with_tags(frames.PEER, (outer, 0x00aa))
            bed.tx({"data": out.hex(), "flags": ["VLAN"], "vlan": 0x2123})
            # QEMU puts it before the outer one.
            at = 16 if bed.name == "twin" else 12
            assert bed.wires[0].recv() == out[:at] + inner.to_bytes(2, "big") + b"\x21\x23" \
                + out[at:]
    # Off while it runs: the one tag that there is now is the outer one.
    bed.agent("vlan_offload", port=0, modes=["strip", "filter"])
    single = with_tags(mine, (0x9100, 5), (0x9200, 6))
    assert came(bed, single) == (single[:12] + single[16:], 5)
    assert came(bed, with_tags(mine, (0x9100, 6))) is None


def test_no_qinq_strip(bed):
    """The device takes out one tag, so what promises two is neither offered nor accepted."""
    info = bed.agent("info", port=0)
    assert "QINQ_STRIP" not in info["rx_offload_capa"]
    assert "QINQ_INSERT" not in info["tx_offload_capa"]
    assert not bed.agent.ask("configure", port=0, rx_offloads=["QINQ_STRIP"])["ok"]
    assert not bed.agent.ask("configure", port=0, tx_offloads=["QINQ_INSERT"])["ok"]
    bed.setup()
    assert not bed.agent.ask("vlan_offload", port=0, modes=["qinq-strip"])["ok"]
    assert bed.agent("vlan_offload", port=0)["modes"] == []


def two_queues(bed, strips):
    """A port with two queues; `strips` says which of them strips."""
    bed.setup(rxq=2, rx_mq=["rss"], rss=["ipv4-udp"], start=False, rx_offloads=["RSS_HASH"])
    for queue, strip in enumerate(strips):
        bed.agent("rxq_setup", port=0, queue=queue, nb_desc=512, pool=bed.pool,
                  offloads=["VLAN_STRIP"] if strip else [])
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
    if bed.row is not None:
        bed.check_row()


def udp(mine, sport, tag=0x4123):
    """A tagged UDP frame."""
    return frames.padded(frames.ether(mine, vlan=tag & 0xfff, prio=tag >> 13)
                         / frames.network(False) / frames.UDP(sport=sport, dport=9)
                         / frames.Raw(bytes(40)))


def stripping(bed):
    """Of each queue whether it strips, by frames to both; what mbufs say must be what is done."""
    mine, seen = bed.mac(), {}
    for sport in range(1000, 1012) if bed.name == "twin" else range(1000, 1006):
        frame = udp(mine, sport)
        bed.wires[0].send(frame)
        got = bed.rx_one()
        flags = {"VLAN", "VLAN_STRIPPED"} & set(got["flags"])
        stripped = got["data"] == frame[:12] + frame[16:]
        assert stripped or got["data"] == frame
        assert flags == ({"VLAN", "VLAN_STRIPPED"} if stripped else set())
        assert not stripped or got["vlan"] == 0x4123
        assert "RSS_HASH" in got["flags"]
        assert seen.setdefault(got["queue"], stripped) == stripped
        plain = frames.raw(mine, 80)
        bed.wires[0].send(plain)
        assert bed.rx_one()["data"] == plain
    return [seen[queue] for queue in range(2)]


@pytest.mark.rows()
def test_strip_per_queue(bed):
    """Strip where the queue's offloads say so: by the device if all do, by bursts if some."""
    ways = ([True, False], [False, True], [True, True], [False, False])
    for strips in ways if bed.name == "twin" else ways[1:3]:
        two_queues(bed, strips)
        mode = bed.agent("burst_mode", port=0)["rx"]
        assert mode.endswith("Queue Strip") == (len(set(strips)) == 2), mode
        assert stripping(bed) == strips
        for queue, strip in enumerate(strips):
            offloads = bed.agent("rxq_offloads", port=0, queue=queue)["offloads"]
            assert ("VLAN_STRIP" in offloads) == strip
        bed.agent("stop", port=0)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",),
                     why="of the device no more is asked than by the tests of strip above")
def test_strip_on_queue(bed):
    """Changed for a queue: where it can be done while the port runs, and at any time stopped."""
    two_queues(bed, [False, False])
    # ethdev cannot be told of an error here: the log has it.
    bed.agent("vlan_strip_queue", port=0, queue=1, on=True)
    assert "nothing is changed; stop the port first" in bed.log()
    assert stripping(bed) == [False, False]
    bed.agent("stop", port=0)
    bed.agent("vlan_strip_queue", port=0, queue=1, on=True)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
    assert stripping(bed) == [False, True]
    bed.agent("vlan_strip_queue", port=0, queue=0, on=True)
    bed.agent("vlan_strip_queue", port=0, queue=1, on=False)
    assert stripping(bed) == [True, False]
    # The port's switch is all queues'.
    bed.agent("vlan_offload", port=0, modes=["strip"])
    assert stripping(bed) == [True, True]
    bed.agent("vlan_offload", port=0, modes=[])
    assert stripping(bed) == [False, False]
