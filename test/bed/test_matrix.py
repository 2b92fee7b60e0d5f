# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The list that must hold on all four corners: {oriel, net_e1000_igb} x {twin, VM}.

An unmodified driver on the twin shows that the twin is an 82576; oriel on QEMU's model shows that
oriel drives one that its authors did not write.
"""

import pytest

import beds
import frames

MANY = 100_000
# On the wire with CRC: the least, an odd one, the largest without jumbo, jumbo.
SIZES = (64, 65, 1518, 9000)
JUMBO_MTU = 9000
# Statistics by size, with CRC.
BINS = {"64": (64, 64), "65_to_127": (65, 127), "128_to_255": (128, 255), "256_to_511": (256, 511),
        "512_to_1023": (512, 1023), "1024_to_max": (1024, 9728)}


@pytest.mark.quick
def test_probe_and_link(bed):
    """The right driver takes the device, with its address and a link of 1 Gbit/s."""
    ports = bed.ports()
    assert [p["driver"] for p in ports] == [beds.PMD_NAME[bed.driver]]
    assert ports[0]["name"].endswith(bed.pci[0][5:])
    mac = bed.mac()
    assert mac != bytes(6) and not mac[0] & 1
    bed.setup()
    link = bed.agent("link", port=0, wait=True)
    assert (link["up"], link["speed"], link["full_duplex"]) == (True, 1000, True)
    info = bed.agent("info", port=0)
    assert (info["max_rx_queues"], info["max_tx_queues"]) == (16, 16)
    assert info["reta_size"] == 128 and info["hash_key_size"] == 40


@pytest.mark.rows(beds=("twin", "vm"), where={"size": (64, 1518, 9000)})
@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("buffers", ["one buffer", "several buffers"])
def test_frame_sizes(bed, rng, size, buffers):
    """Frames of this size both ways, byte for byte, in one buffer and in several."""
    length = size - frames.CRC
    several = buffers == "several buffers"
    if several:
        room = 128 + (1024 if size <= 1518 else 2048)
        bed.setup(mtu=JUMBO_MTU, pool={"data_room": room, "size": 4095},
                  rx_offloads=["SCATTER"], tx_offloads=["MULTI_SEGS"])
    else:
        bed.setup(mtu=JUMBO_MTU, pool={"data_room": 128 + 10240, "size": 2047})
    mine = bed.mac()
    for _ in range(3):
        frame = frames.raw(mine, length, rng)
        bed.wires[0].send(frame)
        got = bed.rx_one()
        assert got["data"] == frame and got["sound"] and got["len"] == length
        assert (got["nb_segs"] > 1) == (several and size > 1024)
        frame = frames.raw(frames.PEER, length, rng, src=mine.hex(":"))
        segs = [14, 46, 1000] if several and length > 100 else []
        bed.tx({"data": frame.hex(), "segs": segs})
        assert bed.wires[0].recv() == frame
    assert bed.wires[0].quiet(0.05) == []
    bed.rx_none()


def count_for(bed):
    """How many are many: a tenth for each further row of bursts, of which there are several."""
    return MANY if bed.row is None else MANY // 10


def mixed_lengths(rng, count):
    """Lengths without CRC: each of the extremes, and whatever lies between."""
    return [rng.choice((60, 61, 64, 127, 128, 1024, 1513, 1514, rng.randrange(60, 1515)))
            for _ in range(count)]


@pytest.mark.rows(beds=("twin", "vm"))
@pytest.mark.mmio("fast")
def test_many_frames_echoed(bed, rng):
    """10^5 random frames into the port and out again: each byte, in order; all are counted."""
    many = count_for(bed)
    bed.setup(nb_rxd=1024, nb_txd=1024)
    bed.agent("stats_reset", port=0)
    mine = bed.mac()
    blob = rng.randbytes(1 << 20)
    sent = []
    for number, length in enumerate(mixed_lengths(rng, many)):
        at = rng.randrange(len(blob) - 1600)
        head = mine + frames.mac_bytes(frames.PEER) + b"\x88\xb5" + number.to_bytes(4, "big")
        sent.append(head + blob[at:at + length - len(head)])
    job = bed.job("echo", count=many, timeout_ms=120000)
    back = bed.wires[0].exchange(sent, timeout=20)
    counts = bed.job_end(job)
    assert len(back) == many, counts
    assert back == sent
    assert (counts["rx"], counts["tx"], counts["tx_dropped"]) == (many, many, 0)
    stats = bed.agent("stats", port=0)
    octets = sum(map(len, sent))
    wanted = {"ipackets": many, "opackets": many, "ibytes": octets, "obytes": octets,
              "imissed": 0, "ierrors": 0, "oerrors": 0, "rx_nombuf": 0}
    assert {key: stats[key] for key in wanted} == wanted
    print(f"{bed.corner}: {many / counts['seconds']:.0f} frames/s through one socket")


@pytest.mark.rows()
@pytest.mark.mmio("fast")
def test_many_frames_generated(bed):
    """10^5 numbered frames out, reflected on the wire, in again: content, order, count."""
    many = count_for(bed)
    bed.setup(nb_rxd=1024, nb_txd=1024)
    job = bed.job("loop", count=many, sizes=[60, 61, 1514, 64, 300], dst=bed.mac().hex(":"),
                  flows=5, window=48, idle_ms=10000, timeout_ms=120000)
    assert bed.wires[0].reflect(many) == many
    counts = bed.job_end(job)
    assert not counts["timed_out"], counts
    assert (counts["good"], counts["bad"], counts["lost"], counts["late"]) == (many, 0, 0, 0)
    assert bed.wires[0].quiet(0.05) == []
    assert bed.resources()["mbufs"][bed.pool] <= 1024 + 1024


@pytest.mark.quick
def test_promiscuous(bed):
    """Off: own and broadcast frames only. On: all. Off again: as before."""
    bed.setup()
    wire, mine = bed.wires[0], bed.mac()
    others = [frames.raw(dst, 100) for dst in (frames.OTHER, "01:00:5e:11:22:33")]
    own = [frames.raw(dst, 100) for dst in (mine, frames.BROADCAST)]
    for promiscuous in (False, True, False):
        assert bed.agent("promisc", port=0, on=promiscuous)["on"] == promiscuous
        wire.send_all(others + own)
        wanted = others + own if promiscuous else own
        assert [f["data"] for f in bed.rx(len(wanted))] == wanted
        bed.rx_none()


@pytest.mark.quick
def test_statistics(bed, rng):
    """Statistics are what was sent: frames, bytes, broadcast, multicast, sizes; and go to 0."""
    bed.setup()
    bed.agent("promisc", port=0, on=True)
    mine = bed.mac()
    bed.agent("xstats_reset", port=0)
    bed.agent("stats_reset", port=0)
    kinds = {"unicast": 7, "multicast": 5, "broadcast": 3}
    address = {"unicast": mine, "multicast": "01:00:5e:01:02:03", "broadcast": frames.BROADCAST}
    lengths = (60, 61, 123, 124, 200, 251, 252, 507, 508, 700, 800, 1019, 1020, 1514)
    sent = [frames.raw(address[kind], length, rng)
            for kind, count in kinds.items() for length in lengths for _ in range(count)]
    bed.wires[0].send_all(sent)
    assert len(bed.rx(len(sent))) == len(sent)
    bed.tx(*sent)
    assert bed.wires[0].recv_many(len(sent)) == sent
    octets = sum(map(len, sent))
    stats = bed.agent("stats", port=0)
    assert (stats["ipackets"], stats["opackets"]) == (len(sent), len(sent))
    assert (stats["ibytes"], stats["obytes"]) == (octets, octets)
    assert not any(stats[key] for key in ("imissed", "ierrors", "oerrors", "rx_nombuf"))
    xstats = bed.agent("xstats", port=0)["xstats"]
    per_kind = len(lengths)
    for way in ("rx", "tx"):
        assert xstats[f"{way}_broadcast_packets"] == kinds["broadcast"] * per_kind
        assert xstats[f"{way}_multicast_packets"] == kinds["multicast"] * per_kind
        assert xstats[f"{way}_good_packets"] == len(sent)
        assert xstats[f"{way}_total_packets"] == len(sent)
        # QEMU sorts what it receives by length without CRC, so that 60 bytes are in no bin.
        crc = 0 if bed.name == "vm" and way == "rx" else frames.CRC
        found = {name: xstats[f"{way}_size_{name}_packets"] for name in BINS}
        wanted = {name: sum(kinds.values()) * sum(low <= length + crc <= high for length in lengths)
                  for name, (low, high) in BINS.items()}
        assert found == wanted, way
    bed.agent("stats_reset", port=0)
    stats = bed.agent("stats", port=0)
    assert not any(stats[key] for key in ("ipackets", "opackets", "ibytes", "obytes"))
