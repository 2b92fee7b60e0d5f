# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Every PCI id of the family, copper and SerDes; every speed that is announced."""

import pytest

import conftest
import frames

# RTE_ETH_LINK_SPEED_*: bit, Mb/s, full duplex
FIXED = 1 << 0
SPEEDS = {"10-half": (1 << 1, 10, False), "10-full": (1 << 2, 10, True),
          "100-half": (1 << 3, 100, False), "100-full": (1 << 4, 100, True),
          "1000": (1 << 5, 1000, True)}
ONE_G_ONLY = 1 << 5
COPPER, SERDES = ("10c9", "10e8", "150a", "1526"), ("10e6", "10e7", "150d", "1518")
WHY = "QEMU has one id, and speed is always 1000 there"


def passes_traffic(bed, rng):
    """A frame in, a frame out."""
    frame = frames.raw(bed.mac(), 300, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame
    bed.tx(frame)
    assert bed.wires[0].recv() == frame


@pytest.mark.twin
@pytest.mark.parametrize("device", COPPER + SERDES)
def test_device_ids(request, rng, device):
    """Probe, link, traffic; a link that goes and comes, seen through PHY or PCS."""
    if request.config.getoption("--driver") == "net_e1000_igb":
        pytest.skip("oriel on the twin only: " + WHY)
    lacking = request.config.oriel_build.missing("oriel", "twin")
    if lacking:
        pytest.skip(lacking)
    bed = conftest.beds.TwinBed(request.config.oriel_build, "oriel",
                                options=["--device-id", device])
    try:
        bed.setup(lsc=True)
        serdes = device in SERDES
        assert bed.agent("info", port=0)["speed_capa"] == (ONE_G_ONLY if serdes else 0x3e)
        link = bed.agent("link", port=0)
        assert (link["up"], link["speed"], link["full_duplex"]) == (True, 1000, True)
        passes_traffic(bed, rng)
        bed.cable(False)
        bed.agent("link_wait", port=0, up=False)
        bed.cable(True)
        bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
        bed.agent("link_set", port=0, up=False)
        assert not bed.agent("link", port=0)["up"]
        bed.agent("link_set", port=0, up=True)
        bed.agent("link_wait", port=0, up=True, timeout_ms=10000)
        passes_traffic(bed, rng)
    finally:
        conftest.finish(request, bed)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why=WHY)
@pytest.mark.parametrize("fixed", [False, True], ids=["offered", "fixed"])
@pytest.mark.parametrize("speed", SPEEDS)
def test_speeds(bed, rng, speed, fixed):
    """One speed alone, offered in autonegotiation or forced, is what the link then has."""
    bit, mbit, full = SPEEDS[speed]
    bed.setup(link_speeds=bit | (FIXED if fixed else 0))
    link = bed.agent("link", port=0)
    assert (link["up"], link["speed"], link["full_duplex"]) == (True, mbit, full)
    # 1000BASE-T has no link without autonegotiation.
    assert link["autoneg"] == (not fixed or speed == "1000")
    passes_traffic(bed, rng)
