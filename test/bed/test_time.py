# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Time synchronisation: the clock, its drift and setting, stamps of PTP frames, an exchange."""

import errno
import re
import struct
import time

import pytest

import beds
import clients
import conftest
import frames
import wire as wires
from frames import IP, TCP, UDP, Dot1Q, Ether, IPv6, Raw
from test_errors import ORIEL_TEXT, refused

pytestmark = pytest.mark.corners(
    without=(("vm", "net_e1000_igb"),),
    why="upstream is the control of the twin; what QEMU is worth, the matrix shows with it")
ORIEL = pytest.mark.corners(drivers=("oriel",), why="what this driver promises beyond DPDK")
ORIEL_TWIN = pytest.mark.corners(
    beds=("twin",), drivers=("oriel",),
    why="QEMU cannot be told to drift, its SYSTIM cannot be written, it stamps no other messages")

S = 10**9
WRAP = 1 << 64
COUNTS = 1 << 19  # of SYSTIM in a nanosecond
PTP, EVENT, GENERAL = 0x88f7, 319, 320
L2_GROUP, L4_GROUP = "01:1b:19:00:00:00", "01:00:5e:00:01:81"
SYNC, DELAY_REQ, PDELAY_REQ, PDELAY_RESP = range(4)
STALE_S = 1.5 + 0.3  # what is not read is thrown away by then


def message(kind, version=2, size=44):
    """A PTP message."""
    return struct.pack("!BBH", kind, version, size).ljust(size, b"\0")


def over_l2(payload, tag=None):
    """A PTP message in Ethernet."""
    head = Ether(dst=L2_GROUP, src=frames.PEER)
    head = head if tag is None else head / Dot1Q(vlan=tag)
    head.lastlayer().type = PTP
    return bytes(head / Raw(payload))


def over_udp(payload, sport=EVENT, dport=EVENT, ip=None):
    """A PTP message in UDP, over IPv4 if nothing else is said."""
    ip = ip or IP(src="192.0.2.1", dst="224.0.1.129")
    return bytes(Ether(dst=L4_GROUP, src=frames.PEER) / ip / UDP(sport=sport, dport=dport)
                 / Raw(payload))


def read(bed, port=0):
    """The port's time in ns, and the host's before and after."""
    got = bed.agent("time_read", port=port)
    return got["ns"], got["before_ns"], got["after_ns"]


def stamp(bed, port=0, **more):
    """A stamp in ns, or None."""
    reply = bed.agent.ask("stamp", port=port, **more)
    if not reply["ok"]:
        assert reply["errno"] == errno.EINVAL, reply
    return reply.get("ns")


def ptp_port(bed, port=0, **more):
    """A port that takes PTP's groups, its clock running."""
    bed.setup(port, **more)
    bed.agent("allmulti", port=port, on=True)
    bed.agent("timesync", port=port, on=True)


# ---- the clock ----


def check_rate(bed, seconds, rate=1.0, slack=100):
    """The clock against the host's: bounds as close as the readings, plus `slack` ns."""
    first, before, after = read(bed)
    end, last = time.monotonic() + seconds, first
    while time.monotonic() < end:
        now, now_before, now_after = read(bed)
        assert now >= last, "the clock went back"
        last = now
        assert (now_before - after) * rate - slack <= now - first <= \
            (now_after - before) * rate + slack, (now - first, now_before - after)
        time.sleep(0.05)


def test_clock(bed):
    """It goes as the host's does, which is the twin's own too; it is set and moved as asked."""
    ptp_port(bed, link=False)
    check_rate(bed, 0.3, slack=100 if bed.name == "twin" else 5_000_000)
    slack = 200_000_000
    for sec, nsec in ((0, 0), (1, 999_999_999), (1 << 32, 5), (1_800_000_000, 123_456_789)):
        if bed.driver != "oriel":
            read(bed)  # upstream's set time is as old as the last reading
        bed.agent("time_write", port=0, sec=sec, nsec=nsec)
        assert 0 <= read(bed)[0] - (sec * S + nsec) < slack
    wanted = 1_800_000_000 * S
    for delta in (1, -1, 10**15, -10**15, 37 * S, 0):
        bed.agent("time_write", port=0, sec=1_800_000_000, nsec=0)
        bed.agent("time_adjust", port=0, delta=delta)
        assert 0 <= read(bed)[0] - wanted - delta < 2 * slack


def check_starts_today(bed):
    """The time of day, not 0."""
    got = bed.agent("time_read", port=0)
    assert abs(got["ns"] - got["real_ns"]) < 2 * S


def check_read_clock(bed):
    """Nanoseconds since it was enabled, whatever the time is set to."""
    first = bed.agent("clock_read", port=0)
    assert 0 <= first["clock"] < 5 * S
    bed.agent("time_write", port=0, sec=5, nsec=0)
    time.sleep(0.1)
    now = bed.agent("clock_read", port=0)
    slack = 100 if bed.name == "twin" else 5_000_000
    assert now["before_ns"] - first["after_ns"] - slack <= now["clock"] - first["clock"] <= \
        now["after_ns"] - first["before_ns"] + slack


@ORIEL
def test_on_and_off(bed):
    """It starts with the time of day; enabled again it goes on, disabled all calls are refused."""
    ptp_port(bed, link=False)
    check_starts_today(bed)
    bed.agent("time_adjust", port=0, delta=-1000 * S)
    bed.agent("timesync", port=0, on=True)
    got = bed.agent("time_read", port=0)
    assert 995 * S < got["real_ns"] - got["ns"] < 1005 * S
    bed.agent("timesync", port=0, on=False)
    for command, more in (("time_read", {}), ("clock_read", {}), ("stamp", {}),
                          ("stamp", {"tx": True}), ("time_adjust", {"delta": 1}),
                          ("time_write", {"sec": 1, "nsec": 1})):
        assert bed.agent.ask(command, port=0, **more)["errno"] == errno.EINVAL
    bed.agent("timesync", port=0, on=True)
    check_starts_today(bed)
    check_read_clock(bed)


@ORIEL_TEXT
def test_out_of_range(bed):
    """What no clock can be set to is refused, with the reason, and changes nothing."""
    bed.setup(link=False)
    for command, more in (("time_read", {}), ("clock_read", {}), ("stamp", {}),
                          ("stamp", {"tx": True}), ("time_adjust", {"delta": 1}),
                          ("time_write", {"sec": 1, "nsec": 1})):
        refused(bed, "rte_eth_timesync_enable() comes first", command, port=0, **more)
    bed.agent("timesync", port=0, on=True)
    before = read(bed)[0]
    for sec, nsec in ((-1, 0), (0, -1), (0, S), (9_223_372_036, 0), (1 << 62, 0)):
        assert refused(bed, "accepted are 0 to 9223372035 s", "time_write", port=0, sec=sec,
                       nsec=nsec)["errno"] == errno.EINVAL
    for delta in (-before - 60 * S, -(1 << 63), (1 << 63) - 1):
        assert refused(bed, "can be set to 0 to", "time_adjust", port=0,
                       delta=delta)["errno"] == errno.EINVAL
    for flags in (1, 0xffffffff):
        assert refused(bed, "there is one, 0", "stamp", port=0,
                       flags=flags)["errno"] == errno.EINVAL
    assert 0 <= read(bed)[0] - before < 10 * S
    # DPDK has it since 24.11; before, test_ptp.c is its test.
    if bed.agent.ask("time_freq", port=0, ppm=100_000 << 16).get("errno") != errno.ENOSYS:
        check_rate(bed, 0.2, 1.1, slack=2000 if bed.name == "twin" else 5_000_000)
        refused(bed, "accepted are -32768000000", "time_freq", port=0, ppm=500_001 << 16)


@ORIEL_TWIN
def test_wrap_and_drift(bed):
    """Over the wrap of SYSTIM, which comes soon by intent; with crystals that are off."""
    ptp_port(bed, link=False)
    assert WRAP - int(bed.control("clock", port=0)["systim"]) < 3 * S * COUNTS
    for ppb in (0, 200_000, -200_000, 50_000_000):
        bed.control("clock", port=0, ppb=ppb)
        check_rate(bed, 0.4, 1 + ppb / S)
        # Against what the twin itself has counted.
        first, start = bed.control("clock", port=0), read(bed)
        time.sleep(0.1)
        end, last = read(bed), bed.control("clock", port=0)
        counted = (int(last["systim"]) - int(first["systim"])) % WRAP / COUNTS
        around = 1.1 * (last["after_ns"] - first["before_ns"] - (end[1] - start[2]))
        assert counted - around <= end[0] - start[0] <= counted
    assert int(bed.control("clock", port=0)["systim"]) < 2 * S * COUNTS, "there was no wrap"


@ORIEL
def test_survives(bed):
    """Stop, reset and start: the clock goes on, no more than the readings allow off the host's."""
    ptp_port(bed)
    bed.agent("time_write", port=0, sec=1000, nsec=0)
    first, before, after = read(bed)
    slack = 100_000 if bed.name == "twin" else 20_000_000

    def check():
        now, now_before, now_after = read(bed)
        assert now_before - after - slack <= now - first <= now_after - before + slack

    bed.agent("stop", port=0)
    check()
    bed.agent("reset", port=0)
    check()
    bed.setup()
    bed.agent("allmulti", port=0, on=True)
    check()
    stamped = over_l2(message(SYNC))
    bed.wires[0].send(stamped)
    got = bed.rx_one()
    assert got["data"] == frames.padded(stamped)
    assert {"IEEE1588_PTP", "IEEE1588_TMST"} <= set(got["flags"])
    assert first < stamp(bed) <= read(bed)[0]
    bed.tx({"data": stamped.hex(), "flags": ["IEEE1588_TMST"]})
    assert first < stamp(bed, tx=True, timeout_ms=1000) <= read(bed)[0]


@ORIEL_TEXT
def test_not_in_this_hardware(bed):
    """A stamp in each mbuf, and sending at a time: refused at configuration, not announced."""
    info = bed.agent("info", port=0)
    assert "TIMESTAMP" not in info["rx_offload_capa"]
    assert "SEND_ON_TIMESTAMP" not in info["tx_offload_capa"]
    refused(bed, "doesn't match Rx offloads", "configure", port=0, rx_offloads=["TIMESTAMP"])
    refused(bed, "doesn't match Tx offloads", "configure", port=0,
            tx_offloads=["SEND_ON_TIMESTAMP"])
    bed.setup()


# ---- stamps ----

UDP6 = {"ip": IPv6(src="2001:db8::1", dst="ff0e::181")}
# Frame: what its mbuf says; "ptp" of the EtherType, "stamp" of a stamp as well.
MESSAGES = [(over_l2(message(kind)), "stamp" if kind < 4 else "ptp") for kind in range(16)]
MESSAGES += [(over_udp(message(kind)), "stamp" if kind < 4 else "") for kind in range(16)]
MESSAGES += [
    (over_l2(message(SYNC, version=1)), "ptp"),
    (over_l2(message(SYNC, version=3)), "ptp"),
    (over_l2(message(SYNC), tag=5), "stamp"),
    (over_udp(message(SYNC, version=1)), ""),
    (over_udp(message(SYNC), dport=GENERAL), ""),
    (over_udp(message(SYNC), sport=GENERAL), ""),
    (over_udp(message(SYNC), sport=1024, dport=0x3f01), ""),
    (over_udp(message(SYNC), **UDP6), ""),
    (bytes(Ether(dst=L4_GROUP, src=frames.PEER) / IP(dst="224.0.1.129")
           / TCP(sport=EVENT, dport=EVENT) / Raw(message(SYNC))), ""),
    (bytes(Ether(dst=L2_GROUP, src=frames.PEER, type=0x88f6) / Raw(message(SYNC))), ""),
]
IN_QEMU = [(over_l2(message(kind)), "stamp" if kind == SYNC else "ptp") for kind in range(16)]
IN_QEMU += [(over_udp(message(SYNC)), ""), (over_l2(message(SYNC, version=1)), "ptp")]


def check_received(bed, frame, wanted):
    """One frame: its flags, and a stamp of just now or none."""
    earliest = read(bed)[0]
    bed.wires[0].send(frame)
    got = bed.rx_one()
    assert got["sound"] and got["data"] == frames.padded(frame)
    flags = {flag for flag in got["flags"] if flag.startswith("IEEE1588")}
    assert flags == {"stamp": {"IEEE1588_PTP", "IEEE1588_TMST"}, "ptp": {"IEEE1588_PTP"},
                     "": set()}[wanted], frame.hex()
    got = stamp(bed)
    if wanted == "stamp":
        assert earliest <= got <= read(bed)[0]
        assert stamp(bed) is None, "read twice"
    else:
        assert got is None


def check_receiving(bed):
    """Which messages are stamped and which are not."""
    for frame, wanted in MESSAGES if bed.name == "twin" else IN_QEMU:
        check_received(bed, frame, wanted)
    # Off: nothing of it, whatever the device may say. On again: at once.
    bed.agent("timesync", port=0, on=False)
    bed.wires[0].send(over_l2(message(SYNC)))
    assert bed.rx_one()["flags"] == []
    bed.agent("timesync", port=0, on=True)
    check_received(bed, over_l2(message(SYNC)), "stamp")


@ORIEL
def test_one_at_a_time(bed):
    """While a stamp is not read, later frames have none; not for ever: it is thrown away."""
    ptp_port(bed)
    sync = over_l2(message(SYNC))

    def flags_of_next():
        bed.wires[0].send(sync)
        return set(bed.rx_one()["flags"]) & {"IEEE1588_PTP", "IEEE1588_TMST"}

    both = {"IEEE1588_PTP", "IEEE1588_TMST"}
    assert flags_of_next() == both
    first = read(bed)[0]
    assert flags_of_next() == {"IEEE1588_PTP"}
    assert stamp(bed) <= first, "of the first"
    assert flags_of_next() == both
    bed.tx({"data": sync.hex(), "flags": ["IEEE1588_TMST"]})
    bed.wires[0].recv()
    # Neither is read.
    time.sleep(STALE_S)
    assert stamp(bed) is None and stamp(bed, tx=True) is None
    now = read(bed)[0]
    assert flags_of_next() == both
    assert now <= stamp(bed) <= read(bed)[0]
    bed.tx({"data": sync.hex(), "flags": ["IEEE1588_TMST"]})
    assert now <= stamp(bed, tx=True, timeout_ms=1000) <= read(bed)[0]


def check_sending(bed, rng, chains):
    """A packet that asks for a stamp gets one, wherever it stands in a burst; no other does."""
    asks = {"flags": ["IEEE1588_TMST"]}
    for count, chosen in ((1, 0), (1, None), (3, 2), (4, 0), (4, None), (33, 0), (33, 17),
                          (33, 32), (33, None), (64, 40)):
        data = [frames.raw(frames.PEER, rng.randrange(60, 300), rng) for _ in range(count)]
        given = [{"data": frame.hex()} for frame in data]
        if chosen is not None:
            given[chosen].update(asks)
            if chains and rng.random() < 0.5:
                given[chosen]["segs"] = [20, 20]
        earliest = read(bed)[0]
        bed.tx(*given)
        assert bed.wires[0].recv_many(count) == data
        got = stamp(bed, tx=True, timeout_ms=1000 if chosen is not None else 0)
        if chosen is None:
            assert got is None
        else:
            assert earliest <= got <= read(bed)[0]
            assert stamp(bed, tx=True) is None, "read twice"
    # Off: the flag means nothing.
    bed.agent("timesync", port=0, on=False)
    bed.tx({"data": data[0].hex(), **asks})
    assert bed.wires[0].recv() == data[0]
    bed.agent("timesync", port=0, on=True)
    assert stamp(bed, tx=True) is None


@ORIEL
@pytest.mark.rows()
def test_stamps(bed, rng):
    """Received and sent, with bursts for one buffer and for chains, with and without offloads."""
    ptp_port(bed)
    check_receiving(bed)
    check_sending(bed, rng, chains=False)
    bed.agent("stop", port=0)
    bed.setup(pool={"data_room": 1152}, tx_offloads=["MULTI_SEGS"])
    for kind, wanted in ((SYNC, "stamp"), (9, "ptp")):
        check_received(bed, over_l2(message(kind, size=1400)), wanted)
    check_sending(bed, rng, chains=True)
    bed.agent("stop", port=0)
    bed.setup(tx_offloads=["MULTI_SEGS", "UDP_CKSUM", "TCP_TSO"])
    check_sending(bed, rng, chains=True)
    # A stamp is one packet's, not of one that is cut into several.
    large = over_udp(bytes(1000)).hex()
    reply = bed.agent.ask("tx", port=0, pool=bed.pool, frames=[
        {"data": large, "flags": ["IEEE1588_TMST", "TCP_SEG", "IPV4", "IP_CKSUM", "TCP_CKSUM"],
         "l2": 14, "l3": 20, "l4": 20, "tso": 100}])
    assert (reply["prepared"], reply["prepare_errno"]) == (0, errno.ENOTSUP)


# ---- PTP ----


def best_of(bed, count, **more):
    """Offset and delay of the slave by the exchange with the shortest way, in ns."""
    found = []
    for _ in range(count):
        got = bed.agent("ptp", master=0, slave=1, pool=bed.pool, **more)
        there, back = got["t2"] - got["t1"], got["t4"] - got["t3"]
        found.append((there + back, (there - back) // 2, got["t3"]))
    return min(found)


def truth(bed):
    """How far port 1 is ahead of port 0 in ns, and how sure that is."""
    got = [bed.agent("time_compare", port=0, **{"with": 1}) for _ in range(5)]
    spread, ahead = min((g["after_ns"] - g["before_ns"],
                         g["with_ns"] - (g["after_ns"] + g["before_ns"]) // 2) for g in got)
    return ahead, spread


@pytest.mark.parametrize("udp, row", [(False, None), (True, "scalar")], ids=["l2", "udp"])
def test_exchange(request, build, row, udp):
    """Two ports, one 7 ms ahead and 300 ppm fast: PTP finds both out, and a servo removes them."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    bed = beds.TwinBed(build, "oriel", 2, wires=["pair:0,1"], row=row)
    try:
        for port in range(2):
            ptp_port(bed, port)
        bed.control("clock", port=1, ppb=300_000)
        bed.agent("time_adjust", port=1, delta=7_000_000)
        delay, offset, _ = best_of(bed, 8, udp=udp)
        ahead, spread = truth(bed)
        # What PTP measures is true, as far as a path that may be lopsided allows.
        assert abs(offset - ahead) < delay / 2 + spread + 200_000
        assert 6_000_000 < offset < 10_000_000
        gathered, since, last = 0, 0, None
        for _ in range(5):
            bed.agent("time_adjust", port=1, delta=-offset)
            time.sleep(0.2)
            delay, offset, now = best_of(bed, 6, udp=udp)
            # What has gathered since it was put right, over the time that went by.
            if last is not None:
                gathered += offset
                since += now - last
            last = now - offset
        assert 150e-6 < gathered / since < 450e-6, (gathered, since)
        # With both known, the clock is where it should be at any time.
        bed.agent("time_adjust", port=1, delta=-offset)
        at = read(bed, 1)[0]
        time.sleep(0.3)
        now = read(bed, 1)[0]
        bed.agent("time_adjust", port=1, delta=-int((now - at) * 300 / 1_000_300))
        ahead, spread = truth(bed)
        assert abs(ahead) < delay / 2 + spread + 50_000, (ahead, delay, spread)
    finally:
        conftest.finish(request, bed)


CLIENT_SAYS = (r"T2 - Slave  Clock\.  (\d+)s (\d+)ns\s+T1 - Master Clock\.  (\d+)s (\d+)ns\s+"
               r"T3 - Slave  Clock\.  (\d+)s (\d+)ns\s+T4 - Master Clock\.  (\d+)s (\d+)ns\s+"
               r"Delta between master and slave clocks:(-?\d+)ns\s")


def with_time(kind, sequence, ns=0, requester=b""):
    """A message that carries a time, as a master sends it."""
    head = struct.pack("!BBHBxH8x4x10sHBb", kind, 2, 44 + len(requester), 0, 0, b"themaster1",
                       sequence, 0, 0)
    return over_l2(head + struct.pack("!HII", 0, ns // S, ns % S) + requester)


def serve_client(wire, sequence, ahead):
    """Be the master of an exchange, with a clock `ahead` of the host's; (t1, t4), or None."""
    wire.flush()
    sent = time.time_ns() + ahead
    wire.send(with_time(SYNC, sequence))
    wire.send(with_time(8, sequence, sent))
    try:
        got = wire.recv(0.5)
    except wires.WireTimeout:
        return None
    came = time.time_ns() + ahead
    assert got[12:16] == bytes([0x88, 0xf7, DELAY_REQ, 2])
    assert struct.unpack("!H", got[44:46])[0] == sequence
    wire.send(with_time(9, sequence, came, requester=got[34:44]))
    return sent, came


@pytest.mark.twin
def test_ptpclient(build):
    """DPDK's ptpclient as the slave of a master in this test: it sets the clock by four times."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    bed = clients.ClientBed(build, "oriel", clients.build_example(build, "ptpclient"),
                            ["-p", "1", "-T", "0"], nports=1, workers=0)
    try:
        bed.terminal.wait("Waiting for SYNC", 60)
        said, deadline = [], time.monotonic() + 20
        for sequence in range(1, 100):
            assert time.monotonic() < deadline, bed.terminal.text[-3000:]
            times = serve_client(bed.wires[0], sequence, 5 * S)
            if times is None:
                continue  # the link is not up yet
            text = bed.terminal.wait(CLIENT_SAYS)
            got = [int(n) for n in re.search(CLIENT_SAYS, text).groups()]
            t2, t1, t3, t4 = (got[n] * S + got[n + 1] for n in (0, 2, 4, 6))
            assert (t1, t4) == times
            assert abs(2 * got[8] + (t2 - t1) - (t4 - t3)) <= 1
            said.append((t2 - t1, t4 - t3, got[8]))
            if len(said) == 3:
                break
        # At first five seconds late, by the first exchange put right.
        assert abs(said[0][2] - 5 * S) < S // 2, said
        for there, back, delta in said[1:]:
            assert -S // 2 < there < S // 2 and -S // 2 < back < S // 2 and abs(delta) < S // 4
        port, = bed.control("counters")["ports"]
        assert port["dma"]["violations"] == port["mmio"]["unknown"] == 0
    finally:
        bed.close(check=False)
