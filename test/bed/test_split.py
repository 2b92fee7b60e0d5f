# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Buffer split: the device puts headers and payload into mbufs of two pools."""

import pytest

import frames

pytestmark = pytest.mark.corners(drivers=("oriel",), why="upstream has no buffer split")

ETHER, V4, V6, TCP, UDP = 0x1, 0x90, 0xe0, 0x100, 0x200  # RTE_PTYPE_*
KINDS = {"IPv4 TCP": (ETHER | V4 | TCP, False, frames.TCP),
         "IPv4 UDP": (ETHER | V4 | UDP, False, frames.UDP),
         "IPv6 TCP": (ETHER | V6 | TCP, True, frames.TCP),
         "IPv6 UDP": (ETHER | V6 | UDP, True, frames.UDP)}


def splitting(bed, proto_hdr, mtu=1500, **more):
    """A port whose queue splits behind a header."""
    bed.setup(start=False, rx_offloads=["BUFFER_SPLIT"], mtu=mtu)
    bed.agent("rxq_split", port=0, queue=0, hdr_pool=bed.use_pool(511, 128 + 192),
              pool=bed.use_pool(1023, 1024 + 128), proto_hdr=proto_hdr, **more)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)


def packet(bed, kind, size, vlan=None):
    """(bytes, header length) of a packet with `size` bytes of payload."""
    _, v6, l4 = KINDS[kind]
    made = frames.built(frames.ether(bed.mac(), vlan=vlan) / frames.network(v6)
                        / l4(sport=1, dport=2049)
                        / frames.Raw(bytes(n & 0xff for n in range(size))))
    return frames.padded(made), sum(frames.lengths(made))


def check_kind(bed, kind):
    """Packets of a kind are cut where software would cut them; other types come whole."""
    splitting(bed, KINDS[kind][0], mtu=4000)
    assert bed.agent("burst_mode", port=0)["rx"] == "Scalar Buffer Split"
    for size, vlan in ((0, None), (1, None), (100, None), (1000, 5), (1024, None), (1025, None),
                       (3000, 7), (64, None)) * (20 if bed.name == "twin" else 2):
        data, header = packet(bed, kind, size, vlan)
        bed.wires[0].send(data)
        got = bed.agent("rx_segments", port=0)
        assert bytes.fromhex(got["data"]) == data, size
        rest = len(data) - header
        lens = [header] + [min(1024, rest - at) for at in range(0, rest, 1024)]
        assert got["lens"] == lens and got["nb_segs"] == len(lens) and got["pkt_len"] == len(data)
        assert got["pools"] == ["pool511x320"] + ["pool1023x1152"] * (len(lens) - 1)
    others = [frames.raw(bed.mac(), 200)]
    if bed.name == "twin":
        others += [packet(bed, other, 200)[0] for other in KINDS if other != kind]
    for data in others:
        bed.wires[0].send(data)
        got = bed.agent("rx_segments", port=0)
        assert bytes.fromhex(got["data"]) == data and got["pools"] == ["pool1023x1152"]
    bed.agent("stop", port=0)
    held = bed.resources()["mbufs"]
    assert held["pool511x320"] == held["pool1023x1152"] == 0


def test_headers_apart(bed):
    """Header and payload of each kind of packet. QEMU splits all alike: there one shows it."""
    for kind in KINDS if bed.name == "twin" else ["IPv4 TCP"]:
        check_kind(bed, kind)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="no matter of the device")
def test_what_is_refused(bed):
    """Splits that the hardware does not have, pools too small; and what is offered is said."""
    assert sorted(bed.agent("split_hdrs", port=0)["ptypes"]) == sorted(
        kind[0] for kind in KINDS.values())
    assert not bed.agent.ask("configure", port=0, rx_offloads=["BUFFER_SPLIT", "KEEP_CRC"])["ok"]
    bed.setup(rxq=2, start=False, rx_offloads=["BUFFER_SPLIT"])
    good = {"port": 0, "hdr_pool": bed.use_pool(511, 128 + 192), "pool": bed.use_pool(1023, 1152),
            "proto_hdr": ETHER | V4 | TCP}
    for change in ({"proto_hdr": 0, "hdr_length": 64}, {"proto_hdr": ETHER | V4},
                   {"proto_hdr": ETHER}, {"length": 1023},
                   {"hdr_pool": bed.use_pool(255, 128 + 191)}):
        assert not bed.agent.ask("rxq_split", queue=0, **{**good, **change})["ok"], change
    assert "the device splits behind headers alone" in bed.log()
    bed.agent("rxq_split", queue=0, **good)
    other = bed.agent.ask("rxq_split", queue=1, **{**good, "proto_hdr": ETHER | V4 | UDP})
    assert not other["ok"]
    assert "the device has one choice for all" in bed.log()
    bed.agent("rxq_split", queue=1, **good)
