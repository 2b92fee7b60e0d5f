# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Loading the plugin into an unmodified dpdk-testpmd: guard, order of drivers, exported names."""

import re
import subprocess

import pytest

# 82576 (PF) device ids, by the datasheet.
DEVICE_IDS = {0x10c9, 0x10e6, 0x10e7, 0x10e8, 0x150a, 0x150d, 0x1518, 0x1526}


@pytest.fixture
def wrong_plugin(build):
    """The plugin, built as if for DPDK 98.76."""
    return build / "test/build/librte_net_oriel.so"


def driver_of(result):
    """Name of the driver that testpmd's `show port info 0` printed, or None."""
    match = re.search(r"^Driver name: (\S+)", result.out, re.MULTILINE)
    return match and match[1]


def test_wrong_release_is_told_and_not_registered(testpmd, wrong_plugin):
    result = testpmd(["-d", wrong_plugin])
    assert result.code == 0, result.out
    assert re.search(r"built for DPDK 98\.76, running on DPDK \d\d\.\d\d\.\d+: .*not registered",
                     result.out), result.out
    assert "Bye" in result.out, "testpmd did not come to its end"


def test_right_release_says_nothing(testpmd, plugin):
    result = testpmd(["-d", plugin])
    assert result.code == 0, result.out
    assert "built for" not in result.out
    assert "Bye" in result.out


def test_wrong_release_leaves_the_device_to_others(testpmd, build, wrong_plugin):
    result = testpmd(["-d", wrong_plugin], "show port info 0\n", twin=[], build=build)
    assert result.code == 0, result.out
    assert "not registered" in result.out
    assert driver_of(result) == "net_e1000_igb"


def test_plugin_comes_before_upstream(testpmd, build, plugin):
    assert driver_of(testpmd([], "show port info 0\n", twin=[], build=build)) == "net_e1000_igb"
    result = testpmd(["-d", plugin], "show port info 0\n", twin=[], build=build)
    assert result.code == 0, result.out
    assert driver_of(result) == "net_oriel", result.out


@pytest.mark.parametrize("device_id", sorted(DEVICE_IDS), ids=lambda i: f"{i:04x}")
def test_each_id_is_driven(testpmd, build, plugin, device_id):
    result = testpmd(["-d", plugin], "show port info 0\n",
                     twin=["--device-id", f"{device_id:04x}"], build=build)
    assert driver_of(result) == "net_oriel", result.out


def test_plugin_exports_nothing(plugin):
    names = subprocess.run(["nm", "-D", "--defined-only", plugin], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    assert names == "", "exported names could meet those of other drivers"


def test_plugin_needs_no_other_driver(plugin):
    needed = subprocess.run(["readelf", "-d", plugin], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    drivers = re.findall(r"\[(librte_(?:net|common|crypto)_\S+)\]", needed)
    assert drivers == []
