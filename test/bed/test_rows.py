# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Rows of bursts: each says its name, none is had that cannot be; fast free.

What the rows do with frames is tried by the tests of the data path that have the marker `rows`.
"""

import pathlib

import pytest

import beds
import conftest
import frames

FORCED = pytest.mark.corners(beds=(), drivers=(), why="only with a forced row")
ORIEL_TWIN = pytest.mark.corners(
    beds=("twin",), drivers=("oriel",),
    why="device arguments are this driver's, read before it touches the device")
ROUNDS = 60

CHAINS = {"mtu": 9000, "rx_offloads": ["SCATTER"]}
# (configuration, what follows the row's name for RX, for TX; with scalar bursts)
MODES = [
    ({}, "", "Simple", "Simple"),
    ({"tx_offloads": ["MBUF_FAST_FREE"]}, "", "Simple", "Simple"),
    ({"tx_offloads": ["MULTI_SEGS"]}, "", "Simple", "Multi-Segment"),
    ({"rx_offloads": ["VLAN_STRIP", "IPV4_CKSUM"], "tx_offloads": ["VLAN_INSERT"]}, "", "Offload",
     "Offload"),
    ({**CHAINS, "tx_offloads": ["MULTI_SEGS", "IPV4_CKSUM"]}, "Scattered", "Offload", "Offload"),
]


@FORCED
@pytest.mark.rows(beds=("twin", "vm"))
def test_burst_mode(bed):
    """burst_mode names the forced row, whatever is configured, and its kind."""
    label = beds.ROWS[bed.row][0]
    for configuration, rx, vector_tx, scalar_tx in MODES:
        bed.setup(link=False, **configuration)
        mode = bed.agent("burst_mode", port=0)
        tx = scalar_tx if bed.row == "scalar" else vector_tx
        assert (mode["rx"], mode["tx"]) == (f"{label} {rx}".strip(), f"{label} {tx}")
        bed.agent("stop", port=0)


@ORIEL_TWIN
def test_best_row_is_the_default(bed):
    """Unforced: the widest row that the CPU can run and EAL's limit of 256 bits allows."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    best = [row for row in ("scalar", "sse", "avx2") if not beds.row_missing(row, cpuinfo)][-1]
    bed.setup(link=False)
    mode = bed.agent("burst_mode", port=0)
    assert mode["rx"] == beds.ROWS[best][0]


REFUSED = [
    ("burst=foo", ["burst=foo", "accepted: scalar, sse, avx2, avx512"]),
    ("burst=", ["burst=", "accepted: scalar, sse, avx2, avx512"]),
    ("burst=avx512", ["512 bits"]),
    ("burst=avx2,burst=sse", ["burst is given twice", "burst=avx2,burst=sse"]),
    ("speed=9", ["speed=9", "accepted: burst=<scalar|sse|avx2|avx512>"]),
]


def check_refusal(log, arguments, texts):
    """The log has all texts, and for too wide a row also the way out, if the CPU has it."""
    for text in texts:
        assert text in log, f"the log does not say '{text}':\n{log}"
    if arguments == "burst=avx512":
        cpuinfo = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
        missing = beds.row_missing("avx512", cpuinfo)
        assert ("this CPU lacks" if missing else "--force-max-simd-bitwidth=512") in log, log


@pytest.mark.twin
@pytest.mark.parametrize("arguments, texts", REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_at_start(request, arguments, texts):
    """A row that is none, or that cannot be had: the program starts without the port."""
    bed = conftest.make_bed(request, "twin", "oriel", eal=("-a", f"0000:01:00.0,{arguments}"))
    try:
        assert bed.ports() == []
        check_refusal(bed.log(), arguments, texts)
    finally:
        bed.close()


@ORIEL_TWIN
def test_refused_later(bed, rng):
    """The same on a port that is plugged in at run time: the call fails, the next one works."""
    name = bed.ports()[0]["name"]
    bed.agent("close", port=0)
    bed.agent("detach", name=name)
    for arguments, texts in REFUSED:
        before = len(bed.log())
        assert not bed.agent.ask("attach", devargs=f"{name},{arguments}")["ok"], arguments
        check_refusal(bed.log()[before:], arguments, texts)
        assert bed.ports() == []
    bed.agent("attach", devargs=f"{name},burst=scalar")
    bed.setup()
    assert bed.agent("burst_mode", port=0)["rx"] == "Scalar"
    frame = frames.raw(bed.mac(), 100, rng)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame


@pytest.mark.corners(drivers=("oriel",), why="what upstream does with fast free is its own matter")
@pytest.mark.rows()
@pytest.mark.parametrize("chains", [False, True], ids=["one segment", "chains"])
def test_fast_free(bed, rng, chains):
    """MBUF_FAST_FREE: what is sent goes back to its pool, through many rounds of the ring."""
    more = {"tx_offloads": ["MBUF_FAST_FREE"] + (["MULTI_SEGS"] if chains else [])}
    bed.setup(nb_rxd=128, nb_txd=128, pool={"size": 1023}, **more)
    mine = bed.mac()
    for round_ in range(ROUNDS):
        sent = [frames.raw(mine, rng.randrange(60, 400), rng) for _ in range(1 + round_ % 32)]
        given = [{"data": f.hex(), "segs": [20, 30] if chains and rng.random() < 0.5 else []}
                 for f in sent]
        bed.tx(*given)
        assert bed.wires[0].recv_many(len(sent)) == sent
        # Two rings at most are on their way, whatever has been sent before.
        assert bed.resources()["mbufs"][bed.pool] <= 128 + 3 * 128
    job = bed.job("echo", count=2000)
    sent = [frames.raw(mine, rng.randrange(60, 400), rng) for _ in range(2000)]
    assert bed.wires[0].exchange(sent, window=64) == sent
    bed.job_end(job)
    bed.agent("stop", port=0)
    assert bed.resources()["mbufs"][bed.pool] == 0
