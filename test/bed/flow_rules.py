# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Flow rules for the tests, as the agent's flow commands take them."""

import socket

FIN, SYN, RST, PSH, ACK, URG = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
TCP, UDP, SCTP = 6, 17, 132
# Bytes of the items' structs; that of eth ends with the bit has_vlan.
SIZES = {"eth": 20, "ipv4": 20, "tcp": 20, "udp": 8, "sctp": 12}


def item(kind, *fields, last=None):
    """An item: fields of (offset, size, value, mask); a value of None is not compared."""
    made = {"type": kind}
    given = [field for field in fields if field[2] is not None]
    if given:
        spec, mask = bytearray(SIZES[kind]), bytearray(SIZES[kind])
        for offset, size, value, bits in given:
            spec[offset:offset + size] = value.to_bytes(size, "big")
            mask[offset:offset + size] = bits.to_bytes(size, "big")
        made.update(spec=spec.hex(), mask=mask.hex())
    if last is not None:
        made["last"] = last.hex()
    return made


def eth(kind=None, dst=None):
    """Ethernet, with its type or its destination (six bytes)."""
    return item("eth", (0, 6, dst and int.from_bytes(dst, "big"), (1 << 48) - 1),
                (12, 2, kind, 0xffff))


def ipv4(src=None, dst=None, proto=None):
    """IPv4, addresses as text."""
    numbers = [text and int.from_bytes(socket.inet_aton(text), "big") for text in (src, dst)]
    return item("ipv4", (9, 1, proto, 0xff), (12, 4, numbers[0], 0xffffffff),
                (16, 4, numbers[1], 0xffffffff))


def l4(kind, sport=None, dport=None, flags=None):
    """tcp, udp or sctp; of TCP's flags those that are given must be set."""
    return item(kind, (0, 2, sport, 0xffff), (2, 2, dport, 0xffff), (13, 1, flags, flags or 0))


def queue(index):
    """The action QUEUE."""
    return [{"type": "queue", "index": index}]


def rule(pattern, to, **attr):
    """A rule; `to` is a queue or a list of actions."""
    return {"pattern": pattern, "actions": queue(to) if isinstance(to, int) else to, **attr}


def tuple_rule(to, kind, src=None, dst=None, sport=None, dport=None, **attr):
    """A 5-tuple rule, with the protocol in both items as upstream wants it."""
    number = {"tcp": TCP, "udp": UDP, "sctp": SCTP}[kind]
    return rule([eth(), ipv4(src, dst, number), l4(kind, sport, dport)], to, **attr)


def syn_rule(to, **attr):
    """TCP with SYN, over any IP."""
    return rule([l4("tcp", flags=SYN)], to, **attr)
