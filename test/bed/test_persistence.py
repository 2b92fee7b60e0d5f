# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What an application has set is in force again after stop and start, and after a reset."""

import pytest

import frames

GROUP = "01:00:5e:01:02:03"
KEY = bytes(range(1, 41))
EXTRA = "02:aa:00:00:00:01"


def set_up(bed):
    bed.setup(rxq=4, nb_rxd=128, rx_mq=["rss"], rss=["ipv4", "ipv4-udp"],
              rx_offloads=["VLAN_FILTER"], mtu=2000, pool={"data_room": 128 + 4096})


def in_force(bed):
    mine = bed.mac()
    sent = [frames.raw(mine, 100), frames.raw(EXTRA, 100), frames.raw(GROUP, 100),
            frames.raw(frames.OTHER, 100), frames.raw("01:00:5e:7f:00:01", 100),
            bytes(frames.ether(mine, vlan=77) / bytes(60)),
            bytes(frames.ether(mine, vlan=78) / bytes(60)), frames.raw(mine, 2014)]
    bed.wires[0].send_all(sent)
    wanted = [sent[n] for n in (0, 1, 2, 5, 7)]
    assert [f["data"] for f in bed.rx(len(wanted))] == wanted
    # All entries of the table lead to queue 3.
    for port in range(20):
        packet = bytes(frames.ether(mine) / frames.network(False)
                       / frames.UDP(sport=1000 + port, dport=9) / frames.Raw(bytes(20)))
        bed.wires[0].send(packet)
        got = bed.rx_one()
        assert got["data"] == packet and got["queue"] == 3
    rss = bed.agent("rss_get", port=0)
    assert rss["key"] == KEY.hex() and rss["types"] == ["ipv4-udp"]
    assert set(bed.agent("reta_get", port=0, size=128)["reta"]) == {3}
    bed.rx_none()


@pytest.mark.corners(drivers=("oriel",), why="upstream loses groups, key and table with a reset")
def test_persistence(bed):
    """Addresses, groups, VLANs, MTU, RSS key, types and table over stops and starts."""
    set_up(bed)
    bed.agent("mac_add", port=0, mac=EXTRA)
    bed.agent("mc_list", port=0, macs=[GROUP])
    bed.agent("vlan_filter", port=0, vlan=77, on=True)
    bed.agent("rss_set", port=0, types=["ipv4-udp"], key=KEY.hex())
    bed.agent("reta_set", port=0, reta=[3] * 128)
    for _ in range(3):
        in_force(bed)
        bed.agent("stop", port=0)
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0)
    in_force(bed)


@pytest.mark.corners(drivers=("oriel",), why="upstream loses groups, key and table with a reset")
def test_persistence_over_reset(bed):
    """The same over a reset; types and MTU are given anew by the configuration behind it."""
    set_up(bed)
    bed.agent("mac_add", port=0, mac=EXTRA)
    bed.agent("mc_list", port=0, macs=[GROUP])
    bed.agent("vlan_filter", port=0, vlan=77, on=True)
    bed.agent("rss_set", port=0, types=["ipv4-udp"], key=KEY.hex())
    bed.agent("reta_set", port=0, reta=[3] * 128)
    in_force(bed)
    bed.agent("stop", port=0)
    bed.agent("reset", port=0)
    set_up(bed)
    assert bed.agent("rss_get", port=0)["key"] == KEY.hex()
    bed.agent("rss_set", port=0, types=["ipv4-udp"])
    in_force(bed)
