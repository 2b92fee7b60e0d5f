# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The features table against what the driver announces, and both against the tests that exist."""

import configparser
import importlib
import os
import pathlib
import re
import subprocess
import sys

import pytest

import feature_clients
import feature_table
import flow_rules as fr
import frames

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "doc/guides/nics/features/oriel.ini"

NO_SUCH_CAPABILITY = None


def has(key, *names):
    """Whether all of these are announced in a list of the port's information."""
    return lambda info: set(names) <= set(info[key])


# Feature: (how the port announces it, tests that show it).
FEATURES = {
    "Speed capabilities": (lambda i: i["speed_capa"] == 0x3e, ["test_media.test_speeds"]),
    "Link status": (NO_SUCH_CAPABILITY, ["test_matrix.test_probe_and_link",
                                         "test_lifecycle.test_link_without_interrupt"]),
    "Removal event": (NO_SUCH_CAPABILITY, ["test_watch.test_lost"]),
    "Link status event": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_link_interrupt",
                                               "test_link.test_flap_storm",
                                               "test_link.test_flaps_by_qmp"]),
    "Rx interrupt": (NO_SUCH_CAPABILITY, ["test_interrupts.test_wakes",
                                          "test_interrupts.test_right_queue"]),
    "Queue start/stop": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_queue_start_stop",
                                              "test_queues.test_reta_without_stopped_queues"]),
    "Runtime Rx queue setup": (lambda i: i["dev_capa"] & 1,
                               ["test_queues.test_set_up_while_running"]),
    "Runtime Tx queue setup": (lambda i: i["dev_capa"] & 2,
                               ["test_queues.test_set_up_while_running"]),
    "MTU update": (lambda i: i["max_mtu"] == 9702, ["test_filters.test_mtu_limits_length",
                                                    "test_filters.test_mtu_while_running"]),
    "Scattered Rx": (has("rx_offload_capa", "SCATTER"), ["test_filters.test_scatter_lengths"]),
    "Buffer split on Rx": (has("rx_offload_capa", "BUFFER_SPLIT"), [
        "test_split.test_headers_apart", "test_split.test_what_is_refused"]),
    "TSO": (has("tx_offload_capa", "TCP_TSO"), ["test_tx_offload.test_segmentation"]),
    "Promiscuous mode": (NO_SUCH_CAPABILITY, ["test_matrix.test_promiscuous"]),
    "Allmulticast mode": (NO_SUCH_CAPABILITY, ["test_filters.test_multicast"]),
    "Unicast MAC filter": (lambda i: i["max_mac_addrs"] == 24,
                           ["test_filters.test_unicast_addresses"]),
    "Multicast MAC filter": (NO_SUCH_CAPABILITY, ["test_filters.test_multicast"]),
    "RSS hash": (has("rx_offload_capa", "RSS_HASH"), ["test_rss.test_hash_and_queue",
                                                     "test_rss.test_hash_is_toeplitz"]),
    "RSS key update": (lambda i: i["hash_key_size"] == 40, ["test_rss.test_change_while_running",
                                                           "test_rss.test_default_key",
                                                           "test_rss.test_symmetric_key"]),
    "RSS reta update": (lambda i: i["reta_size"] == 128, ["test_rss.test_change_while_running"]),
    "VLAN filter": (has("rx_offload_capa", "VLAN_FILTER"), ["test_filters.test_vlan_filter"]),
    "Flow control": (NO_SUCH_CAPABILITY, ["test_link.test_slow_receiver",
                                          "test_link.test_flow_control_agreed",
                                          "test_link.test_flow_control_settings"]),
    "Rate limitation": (NO_SUCH_CAPABILITY, ["test_link.test_rate_limit"]),
    "CRC offload": (has("rx_offload_capa", "KEEP_CRC"), ["test_filters.test_kept_crc"]),
    "VLAN offload": (lambda i: {"VLAN_STRIP", "VLAN_EXTEND"} <= set(i["rx_offload_capa"])
                     and i["rx_queue_offload_capa"] == ["VLAN_STRIP"]
                     and "VLAN_INSERT" in i["tx_offload_capa"],
                     ["test_filters.test_vlan_strip", "test_tx_offload.test_vlan_insert",
                      "test_vlan.test_two_tags", "test_vlan.test_tpid",
                      "test_vlan.test_strip_per_queue", "test_vlan.test_no_qinq_strip"]),
    "L3 checksum offload": (lambda i: "IPV4_CKSUM" in i["rx_offload_capa"]
                            and "IPV4_CKSUM" in i["tx_offload_capa"],
                            ["test_rx_meta.test_checksums_and_types",
                             "test_tx_offload.test_checksums"]),
    "L4 checksum offload": (lambda i: all({"TCP_CKSUM", "UDP_CKSUM", "SCTP_CKSUM"} <= set(i[key])
                                          for key in ("rx_offload_capa", "tx_offload_capa")),
                            ["test_rx_meta.test_checksums_and_types",
                             "test_tx_offload.test_checksums"]),
    "Packet type parsing": (lambda i: bool(i["ptypes"]), ["test_rx_meta.test_types_are_announced"]),
    "Rx descriptor status": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_descriptor_status"]),
    "Tx descriptor status": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_descriptor_status"]),
    "Fast mbuf free": (has("tx_offload_capa", "MBUF_FAST_FREE"), ["test_rows.test_fast_free"]),
    "Timesync": (NO_SUCH_CAPABILITY, ["test_time.test_clock", "test_time.test_wrap_and_drift",
                                      "test_time.test_stamps", "test_time.test_exchange"]),
    "Free Tx mbuf on demand": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_tx_cleanup"]),
    "Power mgmt address monitor": (NO_SUCH_CAPABILITY, ["test_interrupts.test_monitored_address"]),
    "Burst mode info": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_burst_mode"]),
    "Basic stats": (NO_SUCH_CAPABILITY, ["test_matrix.test_statistics"]),
    "Extended stats": (NO_SUCH_CAPABILITY, ["test_matrix.test_statistics"]),
    "Stats per queue": (NO_SUCH_CAPABILITY, ["test_matrix.test_statistics",
                                             "test_queues.test_queue_statistics"]),
    "FW version": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_versions_and_registers"]),
    "EEPROM dump": (NO_SUCH_CAPABILITY, ["test_service.test_eeprom_read",
                                         "test_service.test_eeprom_ranges",
                                         "test_service.test_eeprom_write"]),
    "Module EEPROM dump": (NO_SUCH_CAPABILITY, ["test_service.test_module_eeprom",
                                                "test_service.test_no_module"]),
    "Registers dump": (NO_SUCH_CAPABILITY, ["test_lifecycle.test_versions_and_registers",
                                            "test_service.test_register_dump"]),
    "LED": (NO_SUCH_CAPABILITY, ["test_service.test_led"]),
    # Said of the platform, shown by each test that runs.
    "Linux": (NO_SUCH_CAPABILITY, ["test_matrix.test_probe_and_link"]),
    "x86-64": (NO_SUCH_CAPABILITY, ["test_matrix.test_probe_and_link"]),
}

# Of flow rules: item or action of DPDK's list, and the tests that show it.
FLOW = {
    "rte_flow items": {
        "eth": ["test_flow.test_ethertype", "test_flow.test_rss"],
        "ipv4": ["test_flow.test_tuple"],
        "sctp": ["test_flow.test_tuple"],
        "tcp": ["test_flow.test_tuple", "test_flow.test_tcp_flag_and_tags", "test_flow.test_syn"],
        "udp": ["test_flow.test_tuple"],
    },
    "rte_flow actions": {
        "queue": ["test_flow.test_tuple", "test_flow.test_priorities",
                  "test_flow.test_full_and_flush", "test_flow.test_life"],
        "rss": ["test_flow.test_rss"],
    },
}
# All rows of the guide's table.
SHOWN = FEATURES | {f"{section[:-1]} {name}": (NO_SUCH_CAPABILITY, tests)
                    for section, names in FLOW.items() for name, tests in names.items()}

# Offloads that have no line of their own in DPDK's list of features.
WITHOUT_A_LINE = {"rx_offload_capa": set(), "tx_offload_capa": {"MULTI_SEGS"}}
OF_FEATURES = {
    "rx_offload_capa": {"SCATTER", "RSS_HASH", "VLAN_FILTER", "KEEP_CRC", "VLAN_STRIP",
                        "VLAN_EXTEND", "BUFFER_SPLIT",
                        "IPV4_CKSUM", "TCP_CKSUM", "UDP_CKSUM", "SCTP_CKSUM"},
    "tx_offload_capa": {"TCP_TSO", "VLAN_INSERT", "IPV4_CKSUM", "TCP_CKSUM", "UDP_CKSUM",
                        "SCTP_CKSUM", "MBUF_FAST_FREE"},
}


def table(section="Features"):
    """What a section of the table says Y to."""
    parser = configparser.ConfigParser(strict=True)
    parser.optionxform = str
    parser.read_string(TABLE.read_text(encoding="utf-8"))
    lines = dict(parser[section])
    assert set(lines.values()) == {"Y"}, "a feature is there, or has no line"
    return set(lines)


def test_table_is_the_list():
    """A line in the table without a proof here, or a proof without a line, is a mistake."""
    assert table() == set(FEATURES)
    for section, names in FLOW.items():
        assert table(section) == set(names)


@pytest.mark.parametrize("feature", sorted(SHOWN))
def test_proof_exists(feature):
    """The tests that show a feature are there under these names."""
    for name in SHOWN[feature][1]:
        module, function = name.split(".")
        assert callable(getattr(importlib.import_module(module), function, None)), name


def test_clients_exist():
    """The tests that run a client with a feature are there under these names."""
    for feature, clients in feature_clients.CLIENTS.items():
        assert clients, feature
        for program, name in clients.items():
            assert callable(feature_table.find(name)), (program, name)
        assert feature not in feature_clients.NO_CLIENT, f"{feature}: run, or why not, not both"
    assert all(feature_clients.NO_CLIENT.values()), "an empty reason"
    neither = set(FEATURES) - set(feature_clients.CLIENTS) - set(feature_clients.NO_CLIENT)
    assert not neither, f"{neither}: no client was run with it, and feature_clients says not why"


def test_vm_cells():
    """A test that is not in the VM says why."""
    made = feature_table.rows(SHOWN, feature_clients.CLIENTS, feature_clients.NO_CLIENT)
    for row in made:
        assert row.twin, f"{row.feature}: no test on the twin"
        assert [test for test, why in row.not_vm if not why] == [], row.feature


def test_beds_are_those_collected(request):
    """The table's beds are those on which pytest would run the tests."""
    names = sorted({name for _, tests in SHOWN.values() for name in tests})
    files = sorted({str(HERE / name.split(".")[0]) + ".py" for name in names})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "--bed", "all", "--driver",
         "oriel", "--build-dir", str(request.config.oriel_build.folder), *files],
        cwd=HERE, capture_output=True, text=True, timeout=60, check=False,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    assert done.returncode == 0, done.stdout
    beds = {}  # Nothing for a test that makes its bed by itself.
    for module, test, bed in re.findall(r"(\w+)\.py::(\w+)\[(?:.*-)?(twin|vm)-oriel", done.stdout):
        beds.setdefault(f"{module}.{test}", set()).add(bed)
    assert len(beds) > len(names) / 2
    for name, found in beds.items():
        if name in names:
            assert set(feature_table.beds_of(feature_table.find(name))[0]) == found, name


@pytest.mark.corners(drivers=("oriel",), why="the table is of this driver")
def test_announced(bed):
    """What the port announces is what the table has: no less, and no more."""
    info = bed.agent("info", port=0)
    for feature, (announced, _) in FEATURES.items():
        assert announced is NO_SUCH_CAPABILITY or announced(info), feature
    for key, known in OF_FEATURES.items():
        assert set(info[key]) == known | WITHOUT_A_LINE[key], key


# Patterns and actions in which items and actions are tried out.
PATTERNS = {
    "eth": [fr.eth(kind=frames.EXPERIMENTAL)],
    "ipv4": [fr.eth(), fr.ipv4(src="192.0.2.1")],
    "tcp": [fr.eth(), fr.ipv4(), fr.l4("tcp", dport=80)],
    "udp": [fr.eth(), fr.ipv4(), fr.l4("udp", dport=80)],
    "sctp": [fr.eth(), fr.ipv4(), fr.l4("sctp", dport=80)],
}
# DPDK's enums, with room for the releases to come.
NB_ITEMS, NB_ACTIONS = 80, 120


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="the parser is the same in the VM")
def test_flow_announced(bed):
    """The parser takes the items and actions of the table, and no other one of DPDK's."""
    bed.setup(rxq=4, start=False)

    def taken(pattern, actions):
        return bed.agent.ask("flow_validate", port=0, pattern=pattern, actions=actions)["ok"]

    numbers = bed.agent("flow_types")
    items, actions = numbers["items"], numbers["actions"]
    assert set(PATTERNS) == set(FLOW["rte_flow items"])
    for name, pattern in PATTERNS.items():
        assert pattern[-1]["type"] == name and taken(pattern, fr.queue(1)), name
        by_number = [{**item, "type": items[item["type"]]} for item in pattern]
        assert taken(by_number, fr.queue(1)), name
    for number in set(range(2, NB_ITEMS)) - {items[name] for name in PATTERNS}:
        for before in ([], PATTERNS["eth"], [fr.eth()], PATTERNS["ipv4"], PATTERNS["udp"]):
            assert not taken(before + [{"type": number}], fr.queue(1)), number
    assert taken([], [{"type": actions["rss"], "queues": [0]}])
    assert taken(PATTERNS["udp"], [{"type": actions["queue"], "index": 1}])
    for number in set(range(2, NB_ACTIONS)) - {actions[name] for name in FLOW["rte_flow actions"]}:
        for pattern in ([], PATTERNS["eth"], PATTERNS["udp"]):
            assert not taken(pattern, [{"type": number}]), number
            assert not taken(pattern, fr.queue(1) + [{"type": number}]), number
