# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Frames for the tests, and what a NIC is to compute from them, computed in software."""

import logging
import struct

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.l2 import Dot1Q, Ether  # noqa: E402
from scapy.layers.sctp import SCTP  # noqa: E402
from scapy.packet import Raw  # noqa: E402

CRC = 4
MIN_FRAME = 60  # without CRC
PEER = "02:00:00:00:00:99"
OTHER = "02:00:00:00:00:77"
BROADCAST = "ff:ff:ff:ff:ff:ff"
# For local experiments (IEEE 802): nothing looks into it.
EXPERIMENTAL = 0x88b5


def raw(dst, size, rng=None, src=PEER, ethertype=EXPERIMENTAL):
    """A frame of `size` bytes without CRC, of random content or counted bytes."""
    head = mac_bytes(dst) + mac_bytes(src) + struct.pack("!H", ethertype)
    body = rng.randbytes(size - 14) if rng else bytes(n & 0xff for n in range(size - 14))
    return head + body


def mac_bytes(mac):
    """Six bytes of a MAC address, text or bytes."""
    return mac if isinstance(mac, bytes) else bytes.fromhex(mac.replace(":", ""))


def mac_text(mac):
    """The text of a MAC address."""
    return mac if isinstance(mac, str) else mac.hex(":")


def ether(dst, vlan=None, prio=0, src=PEER):
    """Ethernet, with a tag if a VLAN is given."""
    head = Ether(dst=mac_text(dst), src=src)
    return head if vlan is None else head / Dot1Q(vlan=vlan, prio=prio)


def padded(frame):
    """As it is on the wire: no shorter than the least frame."""
    return bytes(frame).ljust(MIN_FRAME, b"\0")


def network(v6, **fields):
    """An IP header with the tests' addresses."""
    if v6:
        return IPv6(src="2001:db8::1", dst="2001:db8::2", **fields)
    return IP(src="192.0.2.1", dst="192.0.2.2", **fields)


def ones_sum(data, start=0):
    """One's complement sum of 16-bit words, as the Internet checksum uses it."""
    if len(data) % 2:
        data += b"\0"
    total = start + sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def pseudo_sum(frame, l3, proto, l4_len):
    """Sum of the pseudo-header of the IP packet at offset l3; l4_len 0 as segmentation wants it."""
    if frame[l3] >> 4 == 4:
        addresses = frame[l3 + 12:l3 + 20]
    else:
        addresses = frame[l3 + 8:l3 + 40]
    return ones_sum(addresses + struct.pack("!II", l4_len, proto))


def toeplitz(key, data):
    """The RSS hash of `data` by `key`, as published with Microsoft's RSS."""
    window = int.from_bytes(key[:4], "big")
    rest = int.from_bytes(key[4:], "big") << 1
    width = (len(key) - 4) * 8
    result = 0
    for byte in data:
        for bit in range(7, -1, -1):
            if byte >> bit & 1:
                result ^= window
            window = (window << 1 | rest >> width & 1) & 0xffffffff
            rest <<= 1
    return result


def rss_input(packet, ports):
    """What the hash runs over: addresses, and the ports if `ports`."""
    if IP in packet:
        fields = bytes(packet[IP])[12:20]
    else:
        fields = bytes(packet[IPv6])[8:40]
    if ports:
        l4 = packet[TCP] if TCP in packet else packet[UDP]
        fields += struct.pack("!HH", l4.sport, l4.dport)
    return fields


def l4_header_len(packet):
    """Bytes of the L4 header."""
    for layer in (TCP, UDP, SCTP):
        if layer in packet:
            return {TCP: lambda: (packet[TCP].dataofs or 5) * 4, UDP: lambda: 8,
                    SCTP: lambda: 12}[layer]()
    return 0


def lengths(packet):
    """(l2, l3, l4) header lengths of a built packet (one that went through bytes())."""
    l2 = 14 + (4 if Dot1Q in packet else 0)
    if IP in packet:
        l3 = (packet[IP].ihl or 5) * 4
    else:
        l3 = 40
    return l2, l3, l4_header_len(packet)


def built(packet):
    """The packet with all its fields filled in."""
    return Ether(bytes(packet))


def segments(packet, mss, keep=0x01 | 0x08):
    """The frames that segmentation must make of a TCP packet, by scapy alone.

    keep  flags that the last frame has: FIN and PSH
    """
    packet = built(packet)
    payload = bytes(packet[TCP].payload)
    out = []
    pieces = [payload[n:n + mss] for n in range(0, len(payload), mss)]
    for number, piece in enumerate(pieces):
        part = packet.copy()
        part[TCP].remove_payload()
        part = part / Raw(piece)
        part[TCP].seq = (packet[TCP].seq + number * mss) & 0xffffffff
        flags = int(packet[TCP].flags)
        if number + 1 < len(pieces):
            flags &= ~(0x01 | 0x08)
        else:
            flags &= ~(0x01 | 0x08) | keep
        if number > 0:
            flags &= ~0x80           # CWR to the first one
        part[TCP].flags = flags
        del part[TCP].chksum
        if IP in part:
            part[IP].id = (packet[IP].id + number) & 0xffff
            del part[IP].len, part[IP].chksum
        else:
            del part[IPv6].plen
        out.append(bytes(part))
    return out
