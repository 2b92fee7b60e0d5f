# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What the NIC makes of a frame on its way out, held against scapy's own computation.

On the twin, which works from the descriptors' lengths as the 82576 does, and on QEMU's model, which
parses the frame itself. Upstream's driver on both, as the control.
"""

import itertools

import pytest

import frames
from frames import IP, SCTP, TCP, UDP, IPv6, Raw, ether, network

from scapy.layers.inet import IPOption_NOP

pytestmark = pytest.mark.corners(
    without=(("vm", "net_e1000_igb"),),
    why="upstream is the control of the twin; what QEMU is worth, the matrix shows with it")

TX_OFFLOADS = ["VLAN_INSERT", "IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM", "SCTP_CKSUM", "TCP_TSO",
               "MULTI_SEGS"]
PROTO = {TCP: (6, 16, "TCP_CKSUM"), UDP: (17, 6, "UDP_CKSUM"), SCTP: (132, 8, "SCTP_CKSUM")}
TAG = 0x6123  # priority 3, VLAN 0x123


def l4_of(packet):
    """The packet's L4 layer class."""
    return next(layer for layer in PROTO if layer in packet)


def blank(packet, *, ip=True, l4=True, pseudo=False):
    """Bytes of a built packet with its checksum fields as software leaves them to the NIC."""
    data = bytearray(bytes(packet))
    l2, l3, _ = frames.lengths(packet)
    if ip and IP in packet:
        data[l2 + 10:l2 + 12] = b"\0\0"
    if l4:
        layer = l4_of(packet)
        proto, offset, _ = PROTO[layer]
        at = l2 + l3 + offset
        if layer is SCTP:
            data[at:at + 4] = bytes(4)
        else:
            seed = frames.pseudo_sum(bytes(data), l2, proto, len(packet) - l2 - l3) if pseudo else 0
            data[at:at + 2] = seed.to_bytes(2, "big")
    return bytes(data)


def request(packet, *, ip=True, l4=True, **more):
    """The agent's frame for a built packet whose checksums the NIC is to compute."""
    l2, l3, _ = frames.lengths(packet)
    flags = ["IPV4" if IP in packet else "IPV6"]
    if ip and IP in packet:
        flags.append("IP_CKSUM")
    if l4:
        flags.append(PROTO[l4_of(packet)][2])
    return {"data": blank(packet, ip=ip, l4=l4, pseudo=more.pop("pseudo", False)).hex(),
            "flags": flags + more.pop("flags", []), "l2": l2, "l3": l3, **more}


def packets(rng):
    """(name, built packet) of all kinds with odd, even and least lengths."""
    layers = {"TCP": TCP(sport=1, dport=2, options=[("NOP", None)] * 4),
              "UDP": UDP(sport=1, dport=2), "SCTP": SCTP(sport=1, dport=2, tag=3)}
    for v6, (name, l4), tag, size in itertools.product(
            (False, True), layers.items(), (None, 9), (0, 1, 2, 333, 1400)):
        yield (f"IPv{6 if v6 else 4} {name} tag {tag} payload {size}",
               frames.built(ether(frames.PEER, vlan=tag, src="02:00:00:00:00:01") / network(v6)
                            / l4 / Raw(rng.randbytes(size))))
    with_options = network(False, options=[IPOption_NOP()] * 40)
    yield "IPv4 with 40 bytes of options", frames.built(
        ether(frames.PEER) / with_options / UDP(sport=1, dport=2) / Raw(rng.randbytes(77)))


def on_wire(bed, frame):
    """How a frame leaves the NIC: padded by the chip, while QEMU pads nothing."""
    return bytes(frame) if bed.name == "vm" else frames.padded(frame)


def sent(bed, *given, count=None, **more):
    """The frames on the wire after sending these."""
    reply = bed.tx(*given, **more)
    assert reply["sent"] == len(given), reply
    return bed.wires[0].recv_many(len(given) if count is None else count, timeout=3)


@pytest.mark.rows(beds=("twin", "vm"))
def test_checksums(bed, rng):
    """TCP, UDP, SCTP over IPv4 and IPv6, options, tags: as scapy computes them."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    wrong = []
    for name, packet in packets(rng):
        for how in ({"ip": True, "l4": True}, {"ip": False, "l4": True}, {"ip": True, "l4": False}):
            if how == {"ip": True, "l4": False} and IP not in packet:
                continue
            given = request(packet, **how)
            if sent(bed, given) != [on_wire(bed, packet)]:
                wrong.append(f"{name} {how}")
    assert wrong == []
    assert bed.wires[0].quiet(0.05) == []


@pytest.mark.rows()
def test_udp_checksum_of_zero(bed):
    """A UDP checksum that comes to 0 goes out as 0xffff: 0 would say that there is none."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    for v6 in (False, True):
        packet = frames.built(ether(frames.PEER) / network(v6) / UDP(sport=1, dport=2)
                              / Raw(bytes(32)))
        missing = packet[UDP].chksum
        packet[UDP].payload = Raw(missing.to_bytes(2, "big") + bytes(30))
        del packet[UDP].chksum
        packet = frames.built(packet)
        assert packet[UDP].chksum == 0xffff
        assert sent(bed, request(packet)) == [bytes(packet)]


@pytest.mark.rows()
def test_vlan_insert(bed, rng):
    """A tag goes in with its priority bits, alone, with checksums, on the shortest frame."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    for size in (60, 61, 64, 1514):
        frame = frames.raw(frames.PEER, size, rng)
        wanted = frame[:12] + b"\x81\x00" + TAG.to_bytes(2, "big") + frame[12:]
        assert sent(bed, {"data": frame.hex(), "flags": ["VLAN"], "vlan": TAG}) == [wanted]
        # The next one without must not get the tag of the one before.
        assert sent(bed, frame) == [frame]
    for _, packet in packets(rng):
        if b"\x81\x00" in bytes(packet)[12:14]:
            continue
        out = bytes(packet)
        wanted = on_wire(bed, out[:12] + b"\x81\x00" + TAG.to_bytes(2, "big") + out[12:])
        assert sent(bed, request(packet, flags=["VLAN"], vlan=TAG)) == [wanted]


@pytest.mark.rows()
def test_offloads_from_frame_to_frame(bed, rng):
    """Frames with different offloads in a random row in one burst: no context is mixed up."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    kinds = [packet for _, packet in packets(rng)]
    given, wanted = [], []
    for _ in range(300):
        packet = rng.choice(kinds)
        if rng.random() < 0.3:
            given.append({"data": bytes(packet).hex()})
            wanted.append(on_wire(bed, packet))
            continue
        how = rng.choice(({}, {"ip": False}))
        tag = rng.random() < 0.3 and bytes(packet)[12:14] != b"\x81\x00"
        out = bytes(packet)
        if tag:
            vlan = rng.choice((1, TAG, 4095))
            given.append(request(packet, flags=["VLAN"], vlan=vlan, **how))
            out = out[:12] + b"\x81\x00" + vlan.to_bytes(2, "big") + out[12:]
        else:
            given.append(request(packet, **how))
        wanted.append(on_wire(bed, out))
    for at in range(0, len(given), 60):
        assert sent(bed, *given[at:at + 60]) == wanted[at:at + 60]


@pytest.mark.rows(where={"v6": (False,), "vlan": ("no tag", "tag inserted")})
@pytest.mark.parametrize("v6", [False, True], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("vlan", ["no tag", "tag inserted", "tag in memory"])
def test_segmentation(bed, rng, v6, vlan):
    """A long TCP packet becomes the frames that scapy makes of it; so does a short one."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    tag = 9 if vlan == "tag in memory" else None
    for size, mss, flags in ((4000, 1460, "PA"), (9000, 536, "FPA"), (1460, 1460, "PA"),
                             (1461, 1460, "A"), (100, 1000, "PA"), (12000, 8000, "PA")):
        options = [("Timestamp", (1, 2)), ("NOP", None), ("NOP", None)]
        ip = network(v6) if v6 else network(v6, id=65534)
        packet = frames.built(ether(frames.PEER, vlan=tag) / ip
                              / TCP(sport=1, dport=2, seq=0xfffffff0, flags=flags, options=options)
                              / Raw(rng.randbytes(size)))
        # QEMU takes FIN and PSH out of every frame.
        wanted = frames.segments(packet, mss, **({"keep": 0} if bed.name == "vm" else {}))
        l2, l3, l4 = frames.lengths(packet)
        given = {"data": bytes(packet).hex(), "l2": l2, "l3": l3, "l4": l4, "tso": mss,
                 "segs": [l2 + l3 + l4] if size > 2000 else [],
                 "flags": ["TCP_SEG", "TCP_CKSUM", *(["IPV6"] if v6 else ["IPV4", "IP_CKSUM"])]}
        if vlan == "tag inserted":
            given["flags"].append("VLAN")
            given["vlan"] = TAG
            wanted = [f[:12] + b"\x81\x00" + TAG.to_bytes(2, "big") + f[12:] for f in wanted]
        wanted = [on_wire(bed, frame) for frame in wanted]
        back = sent(bed, given, count=len(wanted))
        assert len(back) == len(wanted), (size, mss)
        for number, (frame, right) in enumerate(zip(back, wanted)):
            assert frame == right, (size, mss, number, frame[:80].hex(), right[:80].hex())
    assert bed.wires[0].quiet(0.05) == []


@pytest.mark.corners(beds=("twin",), why="QEMU ignores MACLEN, IPLEN, L4LEN and pseudo-header, "
                     "it parses the frame itself")
def test_wrong_lengths_give_wrong_frames(bed, rng):
    """The twin believes the descriptor: wrong lengths or a missing pseudo-header are seen."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    packet = frames.built(ether(frames.PEER) / network(False) / TCP(sport=1, dport=2)
                          / Raw(rng.randbytes(200)))
    good = request(packet, pseudo=True)
    assert sent(bed, good, prepare=False) == [bytes(packet)]
    spoilt = {"no pseudo-header": request(packet, pseudo=False)}
    for key, values in (("l2", (16, 18)), ("l3", (24, 40))):
        for value in values:
            spoilt[f"{key} {value}"] = dict(good, **{key: value})
    spoilt["UDP for TCP"] = dict(good, flags=["IPV4", "IP_CKSUM", "UDP_CKSUM"])
    spoilt["IPv4 checksum field not 0"] = dict(
        good, data=good["data"][:48] + "1234" + good["data"][52:])
    for name, given in spoilt.items():
        out = sent(bed, given, prepare=False)
        assert out != [bytes(packet)], name
        assert len(out) <= 1, name


@pytest.mark.rows()
def test_segments_in_memory(bed, rng):
    """Frames cut into mbufs at every odd place arrive whole; also single bytes and jumbo."""
    bed.setup(mtu=9000, pool={"size": 4095}, rx_offloads=["SCATTER"], tx_offloads=["MULTI_SEGS"])
    for size in (60, 64, 1514, 8996):
        frame = frames.raw(frames.PEER, size, rng)
        cuts = [[1], [13, 1], [14, 20, 20], [59], [min(2048, size // 2)], [1] * 20,
                [rng.randrange(1, 60) for _ in range(10)]]
        for segs in cuts:
            if sum(segs) >= size:
                continue
            assert sent(bed, {"data": frame.hex(), "segs": segs}) == [frame], segs


@pytest.mark.rows()
def test_short_frames(bed, rng):
    """Frames below the least length go out padded with zeros on the twin, as they are in QEMU."""
    bed.setup()
    for size in (17, 20, 42, 59):
        frame = frames.raw(frames.PEER, size, rng)
        assert sent(bed, frame) == [on_wire(bed, frame)]


@pytest.mark.rows()
@pytest.mark.corners(drivers=("oriel",), why="upstream hands frames below 17 bytes to the chip, "
                     "for which that is not allowed")
def test_shortest_frames(bed, rng):
    """A mere Ethernet header, which the 82576 must not be given as it is, goes out padded."""
    bed.setup(tx_offloads=["MULTI_SEGS"])
    for size in (14, 15, 16):
        for segs in ([], [6]):
            frame = frames.raw(frames.PEER, size, rng)
            out = sent(bed, {"data": frame.hex(), "segs": segs})
            assert len(out) == 1 and out[0][:size] == frame and not any(out[0][size:])
            assert len(out[0]) >= (17 if bed.name == "vm" else 60)


@pytest.mark.corners(drivers=("oriel",), why="upstream's tx_prepare knows fewer of the limits")
@pytest.mark.parametrize("what, change", [
    ("MSS 0", {"tso": 0}), ("MSS above the chip's", {"tso": 9300}), ("no L4 length", {"l4": 0}),
    ("no L2 length", {"l2": 0}), ("no IP version", {"flags": ["TCP_SEG", "TCP_CKSUM"]})])
def test_impossible_is_refused(bed, rng, what, change):
    """What the chip cannot do is refused by tx_prepare, and dropped, counted, by the burst."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    packet = frames.built(ether(frames.PEER) / network(False) / TCP(sport=1, dport=2)
                          / Raw(rng.randbytes(1900)))
    l2, l3, l4 = frames.lengths(packet)
    given = {"data": bytes(packet).hex(), "l2": l2, "l3": l3, "l4": l4, "tso": 1000,
             "flags": ["TCP_SEG", "TCP_CKSUM", "IPV4", "IP_CKSUM"], **change}
    reply = bed.tx(given)
    assert reply["prepared"] == 0 and reply["prepare_errno"] == 22, what
    bed.tx(given, prepare=False)
    assert bed.wires[0].quiet(0.1) == []
    assert bed.agent("stats", port=0)["oerrors"] == 1
    frame = frames.raw(frames.PEER, 100)
    assert sent(bed, frame) == [frame]


@pytest.mark.corners(beds=("twin",), drivers=("oriel",),
                     why="upstream lets some of it through; the refusal is no matter of the device")
@pytest.mark.parametrize("flags", [
    ["OUTER_IP_CKSUM", "OUTER_IPV4", "IPV4", "IP_CKSUM"], ["QINQ"], ["UDP_SEG", "IPV4"]],
    ids=["outer checksum", "two tags", "UDP segmentation"])
def test_not_in_this_hardware(bed, flags):
    """Offloads of tunnels and others: -ENOTSUP from tx_prepare; dropped and counted unasked."""
    bed.setup(tx_offloads=TX_OFFLOADS)
    packet = frames.built(ether(frames.PEER) / network(False) / UDP(sport=1, dport=2)
                          / Raw(bytes(900)))
    given = {"data": bytes(packet).hex(), "l2": 14, "l3": 20, "l4": 8, "tso": 100, "flags": flags}
    reply = bed.tx(given)
    assert reply["prepared"] == 0 and reply["prepare_errno"] == 95
    bed.tx(given, prepare=False)
    assert bed.wires[0].quiet(0.1) == []
    assert bed.agent("stats", port=0)["oerrors"] == 1
    assert sent(bed, packet) == [bytes(packet)]


def test_is_right_about_ipv6(rng):
    """frames.segments, the yardstick of segmentation, keeps content and order."""
    packet = frames.built(ether(frames.PEER) / network(True) / TCP(flags="FPA", seq=7)
                          / Raw(rng.randbytes(3000)))
    parts = [frames.built(frames.Ether(f)) for f in frames.segments(packet, 1000)]
    assert b"".join(bytes(p[TCP].payload) for p in parts) == bytes(packet[TCP].payload)
    assert [p[TCP].seq for p in parts] == [7, 1007, 2007]
    assert [p[IPv6].plen for p in parts] == [1020, 1020, 1020]
    assert [str(p[TCP].flags) for p in parts] == ["A", "A", "FPA"]
