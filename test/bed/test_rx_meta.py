# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What the driver says about a received frame: checksums, packet type. Never more than is known.

On the twin, which checks as the 82576 does, and on QEMU's model with the differences that are
named here. Upstream's driver on both, as the control: it says "good" where nothing was checked.
"""

import struct

import pytest

import frames
from frames import IP, SCTP, TCP, UDP, Ether, IPv6, Raw, ether, network

from scapy.layers.inet import ICMP, IPOption_NOP
from scapy.layers.inet6 import IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP

pytestmark = pytest.mark.corners(
    without=(("vm", "net_e1000_igb"),),
    why="upstream is the control of the twin; what QEMU is worth, the matrix shows with it")

CHECKSUMS = {"oriel": ["IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM", "SCTP_CKSUM"],
             # Upstream does not announce SCTP, and has it switched on all the same.
             "net_e1000_igb": ["IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM"]}
PAYLOAD = bytes(range(101))


def spoilt(packet, *, ip=False, l4=False):
    """The packet with a wrong checksum in the IP header, behind it, or both."""
    packet = frames.built(packet)
    if ip:
        packet[IP].chksum ^= 0x0100
    if l4:
        data = bytearray(bytes(packet))
        l2, l3, l4len = frames.lengths(packet)
        data[l2 + l3 + l4len] ^= 0x10
        return bytes(data)
    return bytes(packet)


def with_udp_checksum(dst, value):
    """UDP over IPv4 with that checksum field."""
    return bytes(ether(dst) / network(False) / UDP(sport=1, dport=2, chksum=value) / Raw(PAYLOAD))


def fragments(dst):
    """First and last fragment of a UDP datagram."""
    whole = bytes(network(False) / UDP(sport=5, dport=6) / Raw(PAYLOAD))[20:]
    first = ether(dst) / network(False, id=7, flags="MF", proto=17) / Raw(whole[:64])
    last = ether(dst) / network(False, id=7, frag=8, proto=17) / Raw(whole[64:])
    return bytes(first), bytes(last)


def table(dst):
    """(name, frame, IP verdict, L4 verdict, packet type behind L2_ETHER, QEMU's differences)"""
    def packet(v6, l4, **ip):
        return ether(dst) / network(v6, **ip) / l4 / Raw(PAYLOAD)

    tcp, udp, sctp = TCP(sport=1, dport=2), UDP(sport=1, dport=2), SCTP(sport=1, dport=2, tag=3)
    options = [IPOption_NOP()] * 4
    first, last = fragments(dst)
    plain = bytes(packet(False, tcp))
    rows = [
        ("IPv4 TCP", plain, "good", "good", "L3_IPV4 L4_TCP"),
        ("IPv4 TCP wrong", spoilt(packet(False, tcp), l4=True), "good", "bad", "L3_IPV4 L4_TCP"),
        ("IPv4 wrong TCP", spoilt(packet(False, tcp), ip=True), "bad", "good", "L3_IPV4 L4_TCP"),
        ("IPv4 wrong TCP wrong", spoilt(packet(False, tcp), ip=True, l4=True), "bad", "bad",
         "L3_IPV4 L4_TCP"),
        ("IPv4 UDP", bytes(packet(False, udp)), "good", "good", "L3_IPV4 L4_UDP"),
        ("IPv4 UDP wrong", spoilt(packet(False, udp), l4=True), "good", "bad", "L3_IPV4 L4_UDP"),
        ("IPv4 UDP without", with_udp_checksum(dst, 0), "good", "unknown", "L3_IPV4 L4_UDP"),
        ("IPv4 options TCP", bytes(packet(False, tcp, options=options)), "good", "good",
         "L3_IPV4_EXT L4_TCP", {"ptype": "L3_IPV4 L4_TCP"}),
        ("IPv4 options wrong TCP", spoilt(packet(False, tcp, options=options), ip=True), "bad",
         "good", "L3_IPV4_EXT L4_TCP", {"ptype": "L3_IPV4 L4_TCP"}),
        ("IPv4 SCTP", bytes(packet(False, sctp)), "good", "good", "L3_IPV4 L4_SCTP"),
        ("IPv4 SCTP wrong", spoilt(packet(False, sctp), l4=True), "good", "bad",
         "L3_IPV4 L4_SCTP"),
        # Erratum: the chip may call 60-byte SCTP frames wrong, so the driver must not.
        ("IPv4 SCTP wrong, 60 bytes", spoilt(ether(dst) / network(False) / sctp / Raw(bytes(14)),
                                             l4=True), "good", "unknown", "L3_IPV4 L4_SCTP",
         {"igb_l4": "bad"}),
        ("IPv4 ICMP", bytes(packet(False, ICMP())), "good", "unknown", "L3_IPV4"),
        ("IPv4 first fragment", first, "good", "unknown", "L3_IPV4"),
        ("IPv4 last fragment", last, "good", "unknown", "L3_IPV4"),
        ("IPv6 TCP", bytes(packet(True, tcp)), "unknown", "good", "L3_IPV6 L4_TCP"),
        ("IPv6 TCP wrong", spoilt(packet(True, tcp), l4=True), "unknown", "bad", "L3_IPV6 L4_TCP"),
        ("IPv6 UDP", bytes(packet(True, udp)), "unknown", "good", "L3_IPV6 L4_UDP"),
        ("IPv6 UDP wrong", spoilt(packet(True, udp), l4=True), "unknown", "bad", "L3_IPV6 L4_UDP"),
        # The chip's parser of extension headers is switched off (erratum): nothing is known.
        ("IPv6 extension UDP", bytes(ether(dst) / network(True) / IPv6ExtHdrHopByHop() / udp
                                     / Raw(PAYLOAD)), "unknown", "unknown", "L3_IPV6_EXT_UNKNOWN",
         {"l4": "good", "ptype": "L3_IPV6_EXT L4_UDP"}),
        ("ARP", frames.padded(ether(frames.BROADCAST) / ARP()), "unknown", "unknown", ""),
        ("neither", frames.raw(dst, 90), "unknown", "unknown", ""),
        ("IPv4 cut short", plain[:16] + struct.pack("!H", 4000) + plain[18:], "unknown",
         "unknown", "", {"skip": "QEMU takes the length field at its word"}),
        ("VLAN IPv4 TCP", bytes(ether(dst, vlan=5) / network(False) / tcp / Raw(PAYLOAD)), "good",
         "good", "L3_IPV4 L4_TCP"),
        ("VLAN IPv6 UDP wrong", spoilt(ether(dst, vlan=5) / network(True) / udp / Raw(PAYLOAD),
                                       l4=True), "unknown", "bad", "L3_IPV6 L4_UDP"),
    ]
    return [row if len(row) == 6 else (*row, {}) for row in rows]


def judge(bed, row):
    """What is wrong with the metadata of one row's frame, as a list of texts."""
    name, frame, ip, l4, ptype, other = row
    if bed.name == "vm":
        if "skip" in other:
            return []
        ip, l4, ptype = other.get("ip", ip), other.get("l4", l4), other.get("ptype", ptype)
    if bed.driver == "net_e1000_igb":
        # Upstream looks at the error bits only: what the device did not check, it calls good.
        ip = {"unknown": "good"}.get(ip, ip)
        l4 = other.get("igb_l4", {"unknown": "good"}.get(l4, l4))
    bed.wires[0].send(frame)
    got = bed.rx_one()
    wrong = []
    if got["data"] != frame:
        wrong.append(f"{name}: other bytes")
    if (got["ip_cksum"], got["l4_cksum"]) != (ip, l4):
        wrong.append(f"{name}: IP {got['ip_cksum']}, L4 {got['l4_cksum']}, not {ip}, {l4}")
    if bed.driver == "oriel" and got["ptype"].split() != ["L2_ETHER", *ptype.split()]:
        wrong.append(f"{name}: packet type {got['ptype']}, not L2_ETHER {ptype}")
    if set(got["flags"]) - {"RSS_HASH"}:
        wrong.append(f"{name}: flags {got['flags']}")
    return wrong


@pytest.mark.rows(beds=("twin", "vm"))
def test_checksums_and_types(bed):
    """Every kind of frame, right and wrong: the verdicts, and the packet type."""
    bed.setup(rx_offloads=CHECKSUMS[bed.driver])
    wrong = [text for row in table(bed.mac()) for text in judge(bed, row)]
    assert wrong == []


@pytest.mark.rows()
@pytest.mark.corners(drivers=("oriel",), why="upstream gives its verdicts unasked")
def test_nothing_asked_nothing_said(bed):
    """Without checksum offloads there is no verdict, right or wrong."""
    bed.setup()
    for name, frame, *_ in table(bed.mac()):
        bed.wires[0].send(frame)
        got = bed.rx_one()
        assert (got["ip_cksum"], got["l4_cksum"]) == ("unknown", "unknown"), name
        assert got["flags"] == [], name


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="upstream's announcement is its own "
                     "business; QEMU parses extension headers though the driver forbids it")
def test_types_are_announced(bed):
    """Each packet type seen in a frame is one of those that the port says it can tell."""
    bed.setup(rx_offloads=CHECKSUMS[bed.driver])
    announced = set(" ".join(bed.agent("info", port=0)["ptypes"]).split())
    for name, frame, *_ in table(bed.mac()):
        bed.wires[0].send(frame)
        assert set(bed.rx_one()["ptype"].split()) <= announced, name


@pytest.mark.corners(beds=("twin",), why="a random frame that QEMU's parser takes for IP may be "
                     "judged by other rules than the chip's")
def test_random_bytes(bed, rng):
    """Headers of random content: the frame arrives as it was, and no verdict is a lie."""
    bed.setup(rx_offloads=CHECKSUMS[bed.driver])
    mine = bed.mac()
    for _ in range(300):
        v6 = rng.random() < 0.5
        size = rng.randrange(60, 200)
        data = bytearray(frames.raw(mine, size, rng, ethertype=0x86dd if v6 else 0x0800))
        if rng.random() < 0.8:
            data[14] = 0x60 if v6 else 0x40 | rng.choice((5, 6, 15))
            length = size - 14 - (40 if v6 else 0)
            data[18 if v6 else 16:20 if v6 else 18] = struct.pack("!H", length)
            if not v6:
                data[20:22] = b"\0\0"
        data = bytes(data)
        bed.wires[0].send(data)
        got = bed.rx_one()
        assert got["data"] == data and got["sound"]
        if bed.driver != "oriel":
            continue
        if got["ip_cksum"] != "unknown":
            header = (data[14] & 15) * 4
            right = frames.ones_sum(data[14:14 + header]) == 0xffff
            assert not v6 and got["ip_cksum"] == ("good" if right else "bad"), data.hex()
        if got["l4_cksum"] == "good":
            assert is_right(Ether(data)), data.hex()


def is_right(packet):
    """True if the L4 checksum of a packet is what scapy computes."""
    for layer in (TCP, UDP, SCTP):
        if layer in packet:
            again = packet.copy()
            given = again[layer].chksum
            del again[layer].chksum
            return Ether(bytes(again))[layer].chksum == given
    return IPv6 not in packet and IP not in packet
