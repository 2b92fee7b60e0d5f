# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What upstream's igb driver got wrong over the years, and the tests that would see it here.

A name is FILE.FUNCTION, of this folder's tests or of test/unit's (files there have the ending .c).
"""

import pathlib
import re

import pytest

import beds
import frames
from agent import Agent, GuestProcess

HERE = pathlib.Path(__file__).resolve().parent
UNIT = HERE.parent / "unit"
DRIVER = HERE.parents[1] / "drivers/net/oriel"

DEFECTS = {
    "crashes and lost function pointers in secondary processes":
        ["test_pf.test_probe", "test_pf.test_row", "test_upstream_defects.test_secondary_process"],
    "use after free in filter flush": ["test_flow.test_full_and_flush", "test_flow.test_random"],
    "clock starting at 0": ["test_time.test_clock", "test_ptp.test_enable"],
    "barrier missing after a register read":
        ["test_upstream_defects.test_register_accesses_have_barriers"],
    "port capabilities shown as queue capabilities":
        ["test_upstream_defects.test_queue_capabilities", "test_path.test_capabilities"],
    "EEPROM dump off by one":
        ["test_service.test_eeprom_ranges", "test_eeprom.test_get_ranges",
         "test_eeprom.test_bad_ranges"],
    "names of extended statistics": ["test_stats.test_xstats", "test_stats.test_xstats_by_id"],
    "queue state not updated":
        ["test_lifecycle.test_queue_start_stop", "test_queue.test_start_stop",
         "test_queue.test_deferred"],
    "link still up after set_link_down":
        ["test_lifecycle.test_set_link_down_up", "test_upstream_defects.test_link_down_at_once"],
    "semaphore wait of 1.5 s, and one without end":
        ["test_hw.test_lock_semaphore_stuck", "test_hw.test_lock_held",
         "test_hw.test_break_locks"],
    "RSS key length not filled in": ["test_rss.test_hash", "test_upstream_defects.test_key_length"],
    "RETA with stack garbage": ["test_rss.test_reta", "test_upstream_defects.test_reta_at_first"],
    "TX wrap reading past the software ring":
        ["test_tx.test_rounds", "test_lifecycle.test_ring_wraps", "test_rows_tx.test_plain"],
    "NULL mbuf in tx_done_cleanup":
        ["test_tx.test_done_cleanup", "test_lifecycle.test_tx_cleanup",
         "test_error_paths.test_refused"],
    "ring memzone leak on reconfigure":
        ["test_lifecycle.test_reconfigure", "test_lifecycle.test_close_probe"],
    "wrong MSI-X vector offsets and masks":
        ["test_intr.test_vectors", "test_intr.test_setup_msix", "test_intr.test_rxq",
         "test_interrupts.test_right_queue", "test_interrupts.test_more_queues_than_vectors"],
    "RXDCTL.ENABLE not polled before use":
        ["test_queue.test_never_enables", "test_queue.test_start_stop"],
    "WTHRESH other than 1 (must be kept: write-back may never happen)":
        ["test_errors.test_write_back_threshold", "test_queue.test_thresholds"],
}

# Defects of parts that are not here: what there is to say of them.
ELSEWHERE = {
    "VF interrupt handler eating mailbox replies": "there is no VF driver yet",
}


def source_of(name):
    """The text of the file that holds a test, and the test's name in it."""
    module, function = name.split(".")
    for path in (UNIT / f"{module}.c", HERE / f"{module}.py"):
        if path.exists():
            text = path.read_text(encoding="utf-8")
            if re.search(rf"^(def )?{function}\(", text, re.MULTILINE):
                return path, text, function
    return None, "", function


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_has_a_test(defect):
    """Each defect's tests are there under these names; a unit test is in its file's list, too."""
    assert DEFECTS[defect] and defect not in ELSEWHERE
    for name in DEFECTS[defect]:
        path, text, function = source_of(name)
        assert path is not None, f"{name} is not there"
        if path.suffix == ".c":
            listed = text[text.index("\nmain("):]
            assert re.search(rf"\b{function}\b", listed), f"{name} is not run"


# --- those that have no place elsewhere -----------------------------------------------------------


def test_register_accesses_have_barriers():
    """Registers are read by oriel_rd32() alone, with DPDK's read that has the barrier.

    gcc 13 moved what followed a relaxed read before it.
    """
    for path in sorted(DRIVER.glob("*.[ch]")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"\brte_(read|write)(8|16|32|64)_relaxed\b", text), path.name
        if path.name != "mmio.h":
            assert "rte_read32" not in text, path.name
    code = (DRIVER / "mmio.h").read_text(encoding="utf-8")
    assert "val = rte_le_to_cpu_32(rte_read32(m->base + off));" in code


@pytest.mark.corners(drivers=("oriel",), why="of this driver's words")
def test_queue_capabilities(bed):
    """What only a whole port can do is not said of a queue; what a queue can, the port can."""
    info = bed.agent("info", port=0)
    whole = {"rx": {"VLAN_FILTER", "KEEP_CRC", "SCATTER", "RSS_HASH"}, "tx": set()}
    for way, port_only in whole.items():
        of_queue = set(info[f"{way}_queue_offload_capa"])
        assert of_queue <= set(info[f"{way}_offload_capa"])
        assert not of_queue & port_only
        # And each is taken by a queue of a port that was not asked for it.
        bed.agent("configure", port=0)
        bed.use_pool()
        for offload in of_queue:
            more = {"pool": bed.pool} if way == "rx" else {}
            bed.agent(f"{way}q_setup", port=0, offloads=[offload], **more)


@pytest.mark.corners(drivers=("oriel",), why="upstream's driver is late, as it was")
def test_link_down_at_once(bed):
    """The link is down with the return of set_link_down, also for who does not ask the device."""
    bed.setup()
    bed.agent("link_set", port=0, up=False)
    assert not bed.agent("link", port=0)["up"]
    # Nor does it come back by itself.
    assert not bed.agent.ask("link_wait", port=0, up=True, timeout_ms=300)["ok"]
    bed.agent("link_set", port=0, up=True)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)


@pytest.mark.corners(drivers=("oriel",), why="upstream before the fix gave no length")
def test_key_length(bed):
    """The key's length comes with the key, and without it."""
    bed.setup(rxq=2, rx_mq=["rss"], rss=["ipv4"], link=False)
    assert bed.agent("rss_get", port=0)["key_len"] == 40
    assert bed.agent("rss_get", port=0, key_len=40)["key_len"] == 40


@pytest.mark.corners(drivers=("oriel",), why="of this driver's table")
def test_reta_at_first(bed):
    """A table that nobody has set spreads over the queues, and each entry is one of them."""
    for rxq in (1, 3, 16):
        bed.setup(rxq=rxq, rx_mq=["rss"], rss=["ipv4"], link=False, nb_rxd=64)
        assert bed.agent("reta_get", port=0, size=128)["reta"] == [n % rxq for n in range(128)]
        bed.agent("stop", port=0)


def other_agent(bed, *eal):
    """A further agent in the guest, on the same memory."""
    argv = [beds.GUEST_AGENT, "-d", beds.GUEST_PLUGIN, "-a", bed.pci[0], "--lcores", "0@(0,1)",
            "--file-prefix", "shared", "--log-level", "pmd.net.oriel*:debug", "-m", "128", *eal]
    return Agent(GuestProcess(bed.guest, argv))


@pytest.mark.corners(beds=("vm",), drivers=("oriel",), why="the twin serves one process")
def test_secondary_process(bed):
    """A second process has all of the driver's functions, and moves frames with them."""
    bed.agent.quit()
    bed.agent = first = other_agent(bed)
    bed.setup()
    second = other_agent(bed, "--proc-type", "secondary")
    mine = bed.mac()
    try:
        assert second("burst_mode", port=0) == first("burst_mode", port=0)
        assert second("info", port=0) == first("info", port=0)
        assert second("link", port=0)["up"]
        for agent in (second, first, second):
            bed.agent = agent
            out, into = frames.raw(frames.PEER, 200), frames.raw(mine, 300)
            bed.tx(out)
            assert bed.wires[0].recv() == out
            bed.wires[0].send(into)
            assert bed.rx_one()["data"] == into
            assert agent("rx_count", port=0)["count"] == 0
            agent("rx_status", port=0, offset=0)
            agent("tx_status", port=0, offset=0)
            agent("tx_cleanup", port=0)
        assert second("stats", port=0)["ipackets"] >= 3
        assert second("xstats", port=0)["xstats"]["rx_q0_packets"] >= 3
        second("regs", port=0)
    finally:
        bed.agent = first
        second.kill()
    # The first goes on without it.
    out = frames.raw(frames.PEER, 400)
    bed.tx(out)
    assert bed.wires[0].recv() == out
