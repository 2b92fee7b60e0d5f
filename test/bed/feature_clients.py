# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Which of DPDK's own programs were run with a feature, and the test that did it."""

FORWARDING = "test_clients.test_forwarding_example"

# Feature: {program: test}.
CLIENTS = {
    "Speed capabilities": {"testpmd": "test_testpmd.test_forced_speed"},
    "Link status": {"l2fwd, l3fwd": FORWARDING, "dpdk-test": "test_clients.test_pmd_perf",
                    "ethtool": "test_clients.test_ethtool"},
    "Removal event": {"testpmd": "test_testpmd.test_removal"},
    "Link status event": {"testpmd": "test_testpmd.test_link_event"},
    "Rx interrupt": {"l3fwd-power": "test_clients.test_l3fwd_power"},
    "Queue start/stop": {"testpmd": "test_testpmd.test_queue_stop"},
    "Runtime Rx queue setup": {"testpmd": "test_testpmd.test_queue_setup"},
    "Runtime Tx queue setup": {"testpmd": "test_testpmd.test_queue_setup"},
    "MTU update": {"testpmd": "test_testpmd.test_mtu"},
    "Scattered Rx": {"testpmd": "test_testpmd.test_scattered"},
    "TSO": {"testpmd": "test_testpmd.test_checksums_and_segmentation"},
    "Promiscuous mode": {"testpmd": "test_testpmd.test_promiscuous_and_allmulticast"},
    "Allmulticast mode": {"testpmd": "test_testpmd.test_promiscuous_and_allmulticast"},
    "Unicast MAC filter": {"testpmd": "test_testpmd.test_addresses"},
    "Multicast MAC filter": {"testpmd": "test_testpmd.test_addresses"},
    "RSS hash": {"testpmd": "test_testpmd.test_received_metadata", "l3fwd": FORWARDING},
    "RSS key update": {"testpmd": "test_testpmd.test_rss"},
    "RSS reta update": {"testpmd": "test_testpmd.test_rss"},
    "VLAN filter": {"testpmd": "test_testpmd.test_vlan_filter_and_strip"},
    "CRC offload": {"testpmd": "test_testpmd.test_kept_crc"},
    "VLAN offload": {"testpmd, strip": "test_testpmd.test_vlan_filter_and_strip",
                     "testpmd, insert": "test_testpmd.test_vlan_insert"},
    "L3 checksum offload": {"testpmd, RX": "test_testpmd.test_received_metadata",
                            "testpmd, TX": "test_testpmd.test_checksums_and_segmentation",
                            "l3fwd, RX": FORWARDING},
    "L4 checksum offload": {"testpmd, RX": "test_testpmd.test_received_metadata",
                            "testpmd, TX": "test_testpmd.test_checksums_and_segmentation"},
    "Packet type parsing": {"testpmd": "test_testpmd.test_received_metadata",
                            "l3fwd": FORWARDING},
    "Rx descriptor status": {"testpmd": "test_testpmd.test_descriptors"},
    "Tx descriptor status": {"testpmd": "test_testpmd.test_descriptors"},
    "Fast mbuf free": {"skeleton, l2fwd, l3fwd": FORWARDING},
    "Free Tx mbuf on demand": {"testpmd": "test_testpmd.test_descriptors"},
    "Timesync": {"ptpclient": "test_time.test_ptpclient"},
    "Burst mode info": {"testpmd": "test_testpmd.test_information"},
    "Basic stats": {"testpmd": "test_testpmd.test_statistics"},
    "Extended stats": {"testpmd": "test_testpmd.test_statistics"},
    "Stats per queue": {"testpmd": "test_testpmd.test_statistics"},
    "FW version": {"testpmd": "test_testpmd.test_information",
                   "ethtool": "test_clients.test_ethtool"},
    "EEPROM dump": {"ethtool": "test_clients.test_ethtool"},
    "Registers dump": {"ethtool": "test_clients.test_ethtool"},
    "Linux": {"all": "test_process.test_testpmd_as_nobody"},
    "x86-64": {"all": "test_process.test_testpmd_as_nobody"},
    "Basic stats": {"testpmd": "test_process.test_testpmd_as_nobody"},
    "Linux": {"testpmd": "test_process.test_testpmd_as_nobody"},
    "x86-64": {"testpmd": "test_process.test_testpmd_as_nobody"},
    "rte_flow item eth": {"testpmd": "test_flow.test_testpmd"},
    "rte_flow item ipv4": {"testpmd": "test_flow.test_testpmd"},
    "rte_flow item tcp": {"testpmd": "test_flow.test_testpmd"},
    "rte_flow item udp": {"testpmd": "test_flow.test_testpmd"},
    "rte_flow action queue": {"testpmd": "test_flow.test_testpmd"},
    "rte_flow action rss": {"testpmd": "test_flow.test_testpmd"},
}

# Feature: why no program of DPDK's was run with it.
NO_CLIENT = {
    "LED": "none has a command for it in 22.11",
    "Power mgmt address monitor": "a program sleeps so only on a CPU with UMWAIT or MONITORX",
}
