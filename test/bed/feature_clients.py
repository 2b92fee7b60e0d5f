# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Which of DPDK's own programs were run with a feature, and the test that did it."""

# Feature: {program: test}.
CLIENTS = {
    "Link status": {"dpdk-test": "test_clients.test_pmd_perf",
                    "l2fwd, l3fwd": "test_clients.test_forwarding_example"},
    "Promiscuous mode": {"skeleton": "test_clients.test_forwarding_example"},
    "RSS hash": {"l3fwd": "test_clients.test_forwarding_example"},
    "L3 checksum offload": {"l3fwd": "test_clients.test_forwarding_example"},
    "Packet type parsing": {"l3fwd": "test_clients.test_forwarding_example"},
    "Fast mbuf free": {"skeleton, l2fwd, l3fwd": "test_clients.test_forwarding_example"},
    "Basic stats": {"testpmd": "test_process.test_testpmd_as_nobody"},
    "Linux": {"testpmd": "test_process.test_testpmd_as_nobody"},
    "x86-64": {"testpmd": "test_process.test_testpmd_as_nobody"},
}

# Feature: why no program of DPDK's was run with it.
NO_CLIENT = {
}
