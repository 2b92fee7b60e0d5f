# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Which frames come in: addresses, multicast, VLANs, lengths; and what becomes of their tags."""

import pytest

import frames

pytestmark = pytest.mark.corners(
    without=(("vm", "net_e1000_igb"),),
    why="upstream is the control of the twin; what QEMU is worth, the matrix shows with it")

# The filter is a hash of the last 12 bits: these differ there.
MULTICAST = ["01:00:5e:00:00:01", "33:33:00:00:00:02", "01:80:c2:00:00:0e", "01:00:5e:7f:ff:fa"]


def passes(bed, *sent):
    """Which of these frames come in, as a list of booleans; a last one must."""
    last = frames.raw(frames.BROADCAST, 70, ethertype=0x88b6)
    bed.wires[0].send_all([*sent, last])
    got = []
    while last not in got:
        got.append(bed.rx_one()["data"])
    return [frame in got for frame in sent]


def tagged(dst, vlan, prio=0, size=100):
    """A frame with a tag, of `size` bytes."""
    frame = frames.raw(dst, size - 4)
    return frame[:12] + b"\x81\x00" + (prio << 13 | vlan).to_bytes(2, "big") + frame[12:]


def test_unicast_addresses(bed):
    """Added addresses come in, removed ones do not; up to the last entry of the table."""
    bed.setup()
    free = bed.agent("info", port=0)["max_mac_addrs"] - 1
    macs = [f"02:aa:00:00:00:{n:02x}" for n in range(free)]
    sent = [frames.raw(mac, 80) for mac in macs]
    assert not any(passes(bed, *sent))
    for mac in macs:
        bed.agent("mac_add", port=0, mac=mac)
    assert not bed.agent.ask("mac_add", port=0, mac="02:aa:00:00:01:00")["ok"]
    assert all(passes(bed, *sent))
    for mac in macs[::2]:
        bed.agent("mac_remove", port=0, mac=mac)
    assert passes(bed, *sent) == [n % 2 == 1 for n in range(free)]
    assert not bed.agent.ask("mac_remove", port=0, mac=bed.mac().hex(":"))["ok"]


def test_default_address(bed):
    """A new default address takes the old one's place, also after stop and start."""
    bed.setup()
    old, new = bed.mac(), bytes.fromhex("02bb00000001")
    bed.agent("mac_set", port=0, mac=new.hex(":"))
    assert bed.mac() == new
    for _ in range(2):
        assert passes(bed, frames.raw(old, 80), frames.raw(new, 80)) == [False, True]
        bed.agent("stop", port=0)
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0)
    assert not bed.agent.ask("mac_set", port=0, mac="01:00:00:00:00:01")["ok"]
    assert not bed.agent.ask("mac_set", port=0, mac="00:00:00:00:00:00")["ok"]


def test_multicast(bed):
    """The list lets in its groups, a new list replaces it; allmulticast lets in all, no unicast."""
    bed.setup()
    sent = [frames.raw(mac, 80) for mac in MULTICAST]
    other = frames.raw(frames.OTHER, 80)
    assert not any(passes(bed, *sent, other))
    bed.agent("mc_list", port=0, macs=MULTICAST[:2])
    assert passes(bed, *sent, other) == [True, True, False, False, False]
    bed.agent("mc_list", port=0, macs=MULTICAST[1:3])
    assert passes(bed, *sent, other) == [False, True, True, False, False]
    bed.agent("allmulti", port=0, on=True)
    assert passes(bed, *sent, other) == [True] * 4 + [False]
    bed.agent("allmulti", port=0, on=False)
    assert passes(bed, *sent, other) == [False, True, True, False, False]
    bed.agent("mc_list", port=0, macs=[])
    assert not any(passes(bed, *sent, other))


def test_modes_survive_restart(bed):
    """Promiscuous, allmulticast, addresses and VLAN filter are in force again after a restart."""
    bed.setup(rx_offloads=["VLAN_FILTER"])
    mac = "02:aa:00:00:00:01"
    bed.agent("mac_add", port=0, mac=mac)
    bed.agent("allmulti", port=0, on=True)
    bed.agent("vlan_filter", port=0, vlan=77, on=True)
    sent = [frames.raw(mac, 80), frames.raw(MULTICAST[0], 80), frames.raw(frames.OTHER, 80),
            tagged(bed.mac(), 77), tagged(bed.mac(), 78)]
    for _ in range(2):
        assert passes(bed, *sent) == [True, True, False, True, False]
        bed.agent("stop", port=0)
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0)


def test_vlan_filter(bed, rng):
    """Only the VLANs of the table come in, untagged frames always; the table's ends count too."""
    bed.setup(rx_offloads=["VLAN_FILTER"])
    mine = bed.mac()
    members = {0, 1, 31, 32, 100, 4094, 4095, *rng.sample(range(2, 4094), 10)}
    asked = sorted(members | {2, 30, 33, 101, 4093})
    for vlan in members:
        bed.agent("vlan_filter", port=0, vlan=vlan, on=True)
    sent = [tagged(mine, vlan, prio=vlan & 7) for vlan in asked] + [frames.raw(mine, 90)]
    assert passes(bed, *sent) == [vlan in members for vlan in asked] + [True]
    gone = sorted(members)[::2]
    for vlan in gone:
        bed.agent("vlan_filter", port=0, vlan=vlan, on=False)
    assert passes(bed, *sent) == [vlan in members - set(gone) for vlan in asked] + [True]
    bed.agent("vlan_offload", port=0, modes=[])
    assert all(passes(bed, *sent))
    bed.agent("vlan_offload", port=0, modes=["filter"])
    assert passes(bed, *sent) == [vlan in members - set(gone) for vlan in asked] + [True]


@pytest.mark.rows(beds=("twin", "vm"))
def test_vlan_strip(bed):
    """Strip on: the tag goes to the mbuf, with priority. Off: it stays. Changed while running."""
    bed.setup(rx_offloads=["VLAN_STRIP"])
    mine = bed.mac()
    for strip in (True, False, True):
        bed.agent("vlan_offload", port=0, modes=["strip"] if strip else [])
        for vlan, prio, size in ((1, 0, 100), (4094, 7, 64), (0, 5, 1518)):
            frame = tagged(mine, vlan, prio, size)
            bed.wires[0].send(frame)
            got = bed.rx_one()
            if strip:
                assert {"VLAN", "VLAN_STRIPPED"} <= set(got["flags"])
                assert got["vlan"] == prio << 13 | vlan
                assert got["data"] == frame[:12] + frame[16:]
            else:
                assert "VLAN_STRIPPED" not in got["flags"]
                assert got["data"] == frame
        frame = frames.raw(mine, 90)
        bed.wires[0].send(frame)
        got = bed.rx_one()
        assert got["data"] == frame and "VLAN_STRIPPED" not in got["flags"]


def longest(bed, mine, vlan):
    """The greatest length that comes in, found by halving; without CRC."""
    low, high = 60, 9800
    while low + 1 < high:
        size = (low + high) // 2
        frame = tagged(mine, 5, size=size) if vlan else frames.raw(mine, size)
        if passes(bed, frame)[0]:
            low = size
        else:
            high = size
    return low


@pytest.mark.parametrize("mtu", [1500, 4000, 9000])
def test_mtu_limits_length(bed, mtu):
    """Just the frames of the MTU come in, a tag more is allowed; longer ones are counted."""
    bed.setup(mtu=mtu, pool={"data_room": 10240 + 128, "size": 2047})
    assert bed.agent("mtu", port=0)["mtu"] == mtu
    mine = bed.mac()
    bed.agent("stats_reset", port=0)
    plain = longest(bed, mine, False)
    # One limit for frames with and without tags: room for tags is room for 4 or 8 bytes more.
    assert plain in (mtu + 14, mtu + 18, mtu + 22)
    assert longest(bed, mine, True) >= mtu + 18
    if bed.driver == "oriel" and bed.name == "twin":
        assert bed.agent("stats", port=0)["ierrors"] > 0


def test_mtu_while_running(bed):
    """A smaller MTU takes effect at once or is refused, never half; one too large is refused."""
    bed.setup(mtu=9000, pool={"data_room": 10240 + 128, "size": 2047})
    mine = bed.mac()
    long = frames.raw(mine, 5000)
    assert passes(bed, long) == [True]
    reply = bed.agent.ask("mtu", port=0, mtu=2000)
    if reply["ok"]:
        assert reply["mtu"] == 2000 and passes(bed, long) == [False]
    else:
        assert bed.agent("mtu", port=0)["mtu"] == 9000 and passes(bed, long) == [True]
    maximum = bed.agent("info", port=0)["max_mtu"]
    assert not bed.agent.ask("mtu", port=0, mtu=maximum + 1)["ok"]


@pytest.mark.rows()
@pytest.mark.parametrize("offloads", [["SCATTER"], []], ids=["asked", "not-asked"])
def test_scatter_lengths(bed, rng, offloads):
    """Frames around every multiple of the buffer's size arrive whole in as few as need be."""
    bed.setup(mtu=9000, pool={"data_room": 1024 + 128, "size": 8191}, rx_offloads=offloads)
    mine = bed.mac()
    for size in (1023, 1024, 1025, 2047, 2048, 2049, 3072, 4097, 8192, 9014):
        frame = frames.raw(mine, size, rng)
        bed.wires[0].send(frame)
        got = bed.rx_one()
        assert got["data"] == frame and got["sound"], size
        assert got["nb_segs"] == -(-size // 1024), size


@pytest.mark.rows()
@pytest.mark.corners(beds=("twin",), why="QEMU appends 4 zero bytes instead of the CRC")
def test_kept_crc(bed, rng):
    """KEEP_CRC: the four bytes behind the frame are not part of its lengths, or are refused."""
    if "KEEP_CRC" not in bed.agent("info", port=0)["rx_offload_capa"]:
        pytest.skip(f"{bed.driver} does not offer KEEP_CRC")
    bed.setup(mtu=3000, pool={"data_room": 1024 + 128, "size": 4095},
              rx_offloads=["SCATTER", "KEEP_CRC"])
    mine = bed.mac()
    # Also where the CRC lies wholly or in part in a buffer of its own.
    for size in (60, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 2044, 2047, 2048):
        frame = frames.raw(mine, size, rng)
        bed.wires[0].send(frame)
        got = bed.rx_one()
        assert got["data"] == frame and got["sound"], size
