# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Reads and writes pcap files of Ethernet frames, and says what kinds of traffic a frame is."""

import struct

FILE_HEAD = struct.Struct("<IHHiIII")
RECORD = struct.Struct("<IIII")
MAGIC, LINK_ETHERNET = 0xa1b2c3d4, 1
# The shortest frame that a NIC sends, without CRC.
SHORTEST = 60
KINDS = ("arp", "icmp", "icmp6", "tcp", "tcp6", "udp", "udp6", "vlan", "fragment", "fragment6",
         "jumbo")


def read(data):
    """[(seconds, microseconds, frame)] of a little-endian pcap file of whole Ethernet frames."""
    magic, *_, link = FILE_HEAD.unpack_from(data)
    if magic != MAGIC or link != LINK_ETHERNET:
        raise ValueError(f"not an Ethernet pcap file (magic {magic:#x}, link type {link})")
    frames, pos = [], FILE_HEAD.size
    while pos < len(data):
        seconds, micros, length, original = RECORD.unpack_from(data, pos)
        pos += RECORD.size
        if length != original or pos + length > len(data):
            raise ValueError(f"frame {len(frames)} is cut off: {length} of {original} bytes")
        frames.append((seconds, micros, data[pos:pos + length]))
        pos += length
    return frames


def write(frames):
    """The reverse of read, with short frames padded. Time starts at 0."""
    start = frames[0][0]
    out = [FILE_HEAD.pack(MAGIC, 2, 4, 0, 0, 65535, LINK_ETHERNET)]
    for seconds, micros, frame in frames:
        frame = frame.ljust(SHORTEST, b"\0")
        out += [RECORD.pack(seconds - start, micros, len(frame), len(frame)), frame]
    return b"".join(out)


def kinds_of(frame):
    """The kinds (as in KINDS) that a frame belongs to."""
    kinds, pos = set(), 12
    ether_type = int.from_bytes(frame[pos:pos + 2], "big")
    if ether_type == 0x8100:
        kinds.add("vlan")
        pos += 4
        ether_type = int.from_bytes(frame[pos:pos + 2], "big")
    body = frame[pos + 2:]
    if len(frame) > 1518:
        kinds.add("jumbo")
    if ether_type == 0x0806:
        kinds.add("arp")
    elif ether_type == 0x0800:
        if int.from_bytes(body[6:8], "big") & 0x3fff:
            kinds.add("fragment")
        else:
            kinds |= {{1: "icmp", 6: "tcp", 17: "udp"}.get(body[9], "other")}
    elif ether_type == 0x86dd:
        kinds |= {{58: "icmp6", 6: "tcp6", 17: "udp6", 44: "fragment6", 0: "icmp6"}.get(
            body[6], "other")}
    return kinds
