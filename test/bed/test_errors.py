# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What cannot be done is refused, with a text that says why; what goes wrong ends in time."""

import time

import pytest

import beds
import conftest
import frames

ORIEL_TEXT = pytest.mark.corners(
    beds=("twin",), drivers=("oriel",),
    why="the texts are this driver's promise, and it refuses before it touches the device")


def refused(bed, text, command, **arguments):
    """The command fails, and the log says something with `text` in it."""
    before = len(bed.log())
    reply = bed.agent.ask(command, **arguments)
    assert not reply["ok"], f"{command} {arguments} was accepted"
    logged = bed.log()[before:]
    assert text in logged, f"the log does not say '{text}':\n{logged}"
    return reply


@pytest.mark.corners(beds=("twin",), why="ring sizes are refused before the device is touched")
@pytest.mark.parametrize("command", ["rxq_setup", "txq_setup"])
def test_ring_sizes(bed, command):
    """Too small, too large or not a multiple: ethdev or the driver says what is accepted."""
    bed.agent("configure", port=0)
    bed.use_pool()
    lim = bed.agent("info", port=0)["rx_desc_lim" if command == "rxq_setup" else "tx_desc_lim"]
    more = {"pool": bed.pool} if command == "rxq_setup" else {}
    for nb_desc in (1, 8, 31, 33, 100, 4104, 8192, 65535):
        assert not lim["min"] <= nb_desc <= lim["max"] or nb_desc % lim["align"]
        refused(bed, str(nb_desc), command, port=0, nb_desc=nb_desc, **more)
    for nb_desc in (lim["min"], lim["max"]):
        bed.agent(command, port=0, nb_desc=nb_desc, **more)


@ORIEL_TEXT
def test_thresholds(bed):
    """Thresholds beyond the registers' fields or the ring are refused by name."""
    bed.agent("configure", port=0)
    bed.use_pool()
    for command, name, value in (
            ("rxq_setup", "pthresh", 32), ("rxq_setup", "hthresh", 32),
            ("txq_setup", "hthresh", 32),
            ("rxq_setup", "free_thresh", 512), ("txq_setup", "free_thresh", 512),
            ("txq_setup", "rs_thresh", 512)):
        more = {"pool": bed.pool} if command == "rxq_setup" else {}
        refused(bed, name, command, port=0, nb_desc=512, **more, **{name: value})


@ORIEL_TEXT
def test_wide_prefetch_threshold(bed):
    """A PTHRESH that only younger chips have, as DPDK's programs ask for: the most that there is,
    and the log and the queue's information say so."""
    bed.agent("configure", port=0)
    bed.use_pool()
    for wanted in (0, 31, 32, 36, 255):
        before = len(bed.log())
        bed.agent("txq_setup", port=0, pthresh=wanted)
        assert bed.agent("txq_info", port=0)["pthresh"] == min(wanted, 31)
        assert (f"pthresh {wanted}; 31 is used" in bed.log()[before:]) == (wanted > 31)


@ORIEL_TEXT
def test_write_back_threshold(bed):
    """WTHRESH: 1 is the only value that works on the 82576 with MSI-X, whatever was asked for."""
    bed.agent("configure", port=0)
    bed.use_pool()
    for wanted in (0, 1, 4, 16):
        bed.agent("rxq_setup", port=0, pool=bed.pool, wthresh=wanted)
        bed.agent("txq_setup", port=0, wthresh=wanted)
        for command in ("rxq_info", "txq_info"):
            assert bed.agent(command, port=0)["wthresh"] <= 1


@ORIEL_TEXT
@pytest.mark.parametrize("arguments, text", [
    ({"rx_mq": ["dcb"]}, "the 82576 has no DCB"),
    ({"rx_mq": ["vmdq"]}, "VMDq belongs to SR-IOV"),
    ({"tx_mq": ["dcb"]}, "the 82576 has no DCB"),
    ({"rxq": 17}, "17"), ({"txq": 17}, "17"), ({"rx_offloads": ["TCP_LRO"]}, "offload"),
    ({"rx_offloads": ["TIMESTAMP"]}, "offload"),
    ({"tx_offloads": ["SEND_ON_TIMESTAMP"]}, "offload"),
    ({"tx_offloads": ["OUTER_IPV4_CKSUM"]}, "offload"), ({"mtu": 9711}, "9711"),
    ({"mtu": 20}, "20"),
    ({"rx_mq": ["rss"], "rss": ["l2-payload"]}, "rss_hf"), ({"link_speeds": 1 << 8}, "speed"),
    ({"loopback": 2}, "lpbk")])
def test_configuration(bed, arguments, text):
    """Modes, counts, offloads, lengths, hash types and speeds that the 82576 does not have."""
    refused(bed, text, "configure", port=0, **arguments)
    # And the port is none the worse for it.
    bed.setup()
    frame = frames.raw(bed.mac(), 100)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


@ORIEL_TEXT
def test_rss_arguments(bed):
    """A key of another length, a table entry for a queue that is not there."""
    bed.setup(rxq=4, rx_mq=["rss"], rss=["ipv4"], link=False)
    assert not bed.agent.ask("rss_set", port=0, types=["ipv4"], key="00" * 39)["ok"]
    assert not bed.agent.ask("rss_set", port=0, types=["l2-payload"])["ok"]
    assert not bed.agent.ask("reta_set", port=0, reta=[4] * 128)["ok"]
    assert not bed.agent.ask("reta_set", port=0, reta=[0] * 64)["ok"]
    assert not bed.agent.ask("reta_get", port=0, size=64)["ok"]
    assert bed.agent("reta_get", port=0, size=128)["reta"] == [n % 4 for n in range(128)]


@ORIEL_TEXT
def test_buffers_too_small(bed):
    """Buffers below 1 KiB cannot be told to the device."""
    bed.agent("configure", port=0, mtu=9000)
    bed.use_pool(size=255, data_room=128 + 200)
    refused(bed, "", "rxq_setup", port=0, pool=bed.pool)


@pytest.mark.corners(drivers=("oriel",), why="upstream's driver crashes: it follows queues that "
                     "are not there")
def test_start_without_queues(bed):
    """A start before any queue is set up is refused, and a later one works."""
    bed.agent("configure", port=0)
    assert not bed.agent.ask("start", port=0)["ok"]
    bed.setup()


@pytest.mark.rows()
@ORIEL_TEXT
def test_pool_runs_dry(bed, rng):
    """With too few mbufs for the ring the start is refused, and nothing is lost by it."""
    name = bed.use_pool(size=100)
    bed.agent("configure", port=0)
    bed.agent("rxq_setup", port=0, nb_desc=512, pool=name)
    bed.agent("txq_setup", port=0)
    refused(bed, "mbuf", "start", port=0)
    assert bed.resources()["mbufs"][name] == 0
    bed.setup()
    frame = frames.raw(bed.mac(), 100, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


@pytest.mark.rows()
@pytest.mark.corners(drivers=("oriel",), why="upstream keeps sent mbufs until their descriptors "
                     "are used again, for ever in so small a pool")
def test_no_mbufs_for_a_while(bed, rng):
    """All mbufs of the pool in use: reception pauses, says so, and goes on by itself."""
    bed.setup(nb_rxd=64, nb_txd=64, pool={"size": 127})
    mine = bed.mac()
    sent = [frames.raw(mine, 100, rng) for _ in range(400)]
    job = bed.job("echo", count=len(sent))
    back = bed.wires[0].exchange(sent, window=100)
    bed.job_end(job)
    assert back == sent


# --- a device that is not well --------------------------------------------------------------------


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU's NVM is always sound; "
                     "upstream's driver is not on trial")
@pytest.mark.twin_options("--nvm-corrupt")
def test_nvm_corrupt(bed):
    """A wrong NVM checksum: the port is not there, the log says why, the program lives."""
    assert bed.ports() == []
    assert "checksum" in bed.log()


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU's own removal is a test of the "
                     "VM bed; upstream's driver takes all-ones for data")
@pytest.mark.mmio("fast")
def test_surprise_unplug(bed):
    """The device vanishes under traffic: no call hangs, all end in bounded time."""
    bed.setup(lsc=True)
    job = bed.job("echo")
    for _ in range(50):
        bed.wires[0].send(frames.raw(bed.mac(), 200))
        bed.wires[0].recv()
    bed.control("unplug", port=0, kind="surprise")
    started = time.monotonic()
    time.sleep(0.2)
    bed.job_end(job, timeout=10, stop=True)
    for command in ("link", "stats", "xstats", "stats_reset", "promisc", "mac_add", "mtu",
                    "rss_get", "regs", "fw_version", "rx_count", "stop", "start", "reset", "close"):
        more = {"promisc": {"on": True}, "mac_add": {"mac": "02:00:00:00:00:05"},
                "mtu": {"mtu": 1400}}.get(command, {})
        bed.agent.ask(command, port=0, timeout=20, **more)
    assert time.monotonic() - started < 30
    held = bed.resources()["mbufs"][bed.pool]
    assert held == 0, f"{held} mbufs lost"


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="upstream does not announce removal; "
                     "QEMU's own removal is a test of the VM bed")
def test_unplug_request(bed):
    """The kernel asks for the device: the application gets RTE_ETH_EVENT_INTR_RMV or keeps it."""
    bed.setup(lsc=True)
    bed.control("unplug", port=0, kind="request")
    bed.agent("events", port=0, rmv=1, timeout_ms=2000)
    frame = frames.raw(bed.mac(), 100)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame
    bed.agent("stop", port=0)
    bed.agent("close", port=0)


@pytest.mark.corners(beds=("twin",), why="the guest has one set of NICs")
@pytest.mark.ports(2)
def test_two_ports(bed, rng):
    """Two ports do not disturb one another: addresses, frames, stop of one."""
    first, second = bed.mac(0), bed.mac(1)
    assert first != second
    for port in (0, 1):
        bed.setup(port)
    for port in (0, 1):
        frame = frames.raw(bed.mac(port), 100, rng)
        bed.wires[port].send(frame)
        assert bed.rx_one(port=port)["data"] == frame
        bed.rx_none(port=1 - port, quiet_ms=20)
        bed.tx(frame, port=port)
        assert bed.wires[port].recv() == frame
    job = bed.job("echo", port=0, tx_port=1)
    sent = [frames.raw(first, 60 + n, rng) for n in range(200)]
    bed.wires[0].send_all(sent)
    assert bed.wires[1].recv_many(200) == sent
    bed.job_end(job, stop=True)
    bed.agent("stop", port=0)
    frame = frames.raw(second, 100, rng)
    bed.wires[1].send(frame)
    assert bed.rx_one(port=1)["data"] == frame


@pytest.mark.twin
def test_without_device(request):
    """An agent with the plugin and no device at all starts, and has no ports."""
    bed = conftest.make_bed(request, "twin", "oriel", eal=("-b", "0000:01:00.0"))
    assert bed.ports() == []
    bed.close()
    assert beds.PMD_NAME["oriel"] == "net_oriel"
