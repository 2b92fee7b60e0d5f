# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""dpdk-pmdinfo.py shows the ids that the driver matches devices by."""

import json
import struct
import subprocess

from elftools.elf.elffile import ELFFile

PCI_ID = struct.Struct("=IHHHH")  # struct rte_pci_id: class, vendor, device, subsystem ids


def ids_in_table(plugin):
    """Device ids of all tables of PCI ids in the plugin, read from its data: {(vendor, device)}."""
    found = set()
    with open(plugin, "rb") as stream:
        elf = ELFFile(stream)
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] != "STT_OBJECT" or not symbol.name.endswith("_ids"):
                continue
            section = elf.get_section(symbol["st_shndx"])
            start = symbol["st_value"] - section["sh_addr"]
            table = section.data()[start:start + symbol["st_size"]]
            entries = list(PCI_ID.iter_unpack(table[:len(table) // PCI_ID.size * PCI_ID.size]))
            assert not any(entries[-1]), f"{symbol.name} does not end with an empty entry"
            found |= {(vendor, device) for _, vendor, device, _, _ in entries[:-1]}
    return found


def ids_in_pmdinfo(plugin):
    out = subprocess.run(["dpdk-pmdinfo.py", plugin], check=True, stdout=subprocess.PIPE).stdout
    drivers = json.loads(out)
    assert "net_oriel" in [d["name"] for d in drivers]
    assert all(d["kmod"] == "* vfio-pci" for d in drivers)
    return {(int(i["vendor"], 16), int(i["device"], 16)) for d in drivers for i in d["pci_ids"]}


def test_pmdinfo_shows_what_the_driver_matches(plugin):
    assert ids_in_pmdinfo(plugin) == ids_in_table(plugin)


def test_pmdinfo_shows_the_82576(plugin):
    assert (0x8086, 0x10c9) in ids_in_pmdinfo(plugin)
