# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Flow rules: what matches lands in the rule's queue, what nearly does not; conflicts, life."""

import itertools
import os
import re

import pytest

import frames
import flow_rules as fr
from agent import LocalProcess
from flow_rules import rule, tuple_rule
from frames import IP, SCTP, TCP, UDP, Raw, ether
from test_rss import KNOWN_KEY, wanted_hash
from test_time import SYNC, message, over_l2

TWIN = pytest.mark.corners(
    beds=("twin",), why="QEMU's igb has no 5-tuple and no SYN filter, and its EtherType filters "
    "choose no queue")
OWN = pytest.mark.corners(
    beds=("twin",), drivers=("oriel",), why="QEMU's igb has none of these filters; upstream takes "
    "priorities the other way round, and has no single TCP flag")
NB_QUEUES = 8
FLOW_RULE_KEEP = 1 << 3
SRC, DST, SPORT, DPORT = "192.0.2.1", "198.51.100.2", 1234, 4321
L4 = {"tcp": TCP, "udp": UDP, "sctp": SCTP}


@pytest.fixture(name="port")
def port_fixture(bed):
    """The bed with a port of 8 queues; what no rule takes goes to queue 0."""
    return bed.setup(rxq=NB_QUEUES, nb_rxd=128)


def create(bed, made):
    """Create a rule; its number."""
    return bed.agent("flow_create", port=0, **made)["flow"]


def refused(bed, made, errno, cause=None):
    """A rule that neither validate nor create takes, for the same reason."""
    for command in ("flow_validate", "flow_create"):
        reply = bed.agent.ask(command, port=0, **made)
        assert not reply["ok"] and reply["errno"] == errno, reply
        assert cause is None or reply["cause"] == cause, reply


def packet(bed, kind="udp", src=SRC, dst=DST, sport=SPORT, dport=DPORT, flags=0, vlan=None):
    """A packet to the port."""
    fields = {"flags": flags} if kind == "tcp" else {}
    return bytes(ether(bed.mac(), vlan=vlan) / IP(src=src, dst=dst)
                 / L4[kind](sport=sport, dport=dport, **fields) / Raw(bytes(30)))


def landed(bed, data):
    """The queue that a frame comes to."""
    bed.wires[0].send(data)
    got = bed.rx_one()
    assert got["data"] == bytes(data)
    return got["queue"]


# Which fields a rule compares.
FIELDS = {
    "all": ("src", "dst", "sport", "dport"),
    "addresses": ("src", "dst"),
    "source": ("src",),
    "destination": ("dst",),
    "ports": ("sport", "dport"),
    "source-port": ("sport",),
    "destination-port": ("dport",),
    "protocol": (),
}
HIT = {"src": SRC, "dst": DST, "sport": SPORT, "dport": DPORT}
MISS = {"src": ("192.0.2.3", "1.2.0.192"), "dst": ("198.51.100.3",), "sport": (1235, 0xd204),
        "dport": (4322, 0xe110)}


@TWIN
def test_tuple(bed, port):
    """Each set of fields: the match, a miss in every field that counts, none in the others."""
    for number, (kind, fields) in enumerate(itertools.product(sorted(L4), FIELDS.values())):
        to = 1 + number % (NB_QUEUES - 1)
        made = create(bed, tuple_rule(to, kind, **{name: HIT[name] for name in fields}))
        assert landed(port, packet(bed, kind)) == to
        for name, values in MISS.items():
            for value in values:
                other = packet(bed, kind, **{**HIT, name: value})
                assert landed(bed, other) == (0 if name in fields else to), (name, value)
        for other in L4.keys() - {kind}:
            assert landed(bed, packet(bed, other)) == 0
        bed.agent("flow_destroy", port=0, flow=made)
        assert landed(bed, packet(bed, kind)) == 0


@OWN
def test_tcp_flag_and_tags(port):
    """IPv4 with one TCP flag, whatever the others are; with a tag or without; no IPv6."""
    made = create(port, tuple_rule(3, "udp", dport=DPORT))
    assert landed(port, packet(port, vlan=5)) == 3
    other = ether(port.mac()) / frames.network(True) / UDP(sport=SPORT, dport=DPORT)
    assert landed(port, bytes(other / Raw(bytes(30)))) == 0
    port.agent("flow_destroy", port=0, flow=made)
    for bit in range(6):
        made = create(port, rule([fr.eth(), fr.ipv4(src=SRC), fr.l4("tcp", flags=1 << bit)], 4))
        for flags in (0, 1 << bit, 0x3f, 0x3f ^ 1 << bit, 0xff):
            assert landed(port, packet(port, "tcp", flags=flags)) == (4 if flags >> bit & 1 else 0)
        assert landed(port, packet(port, "tcp", flags=1 << bit, src="192.0.2.9")) == 0
        port.agent("flow_destroy", port=0, flow=made)


@OWN
def test_priorities(port):
    """Of all rules that match the one of the lowest number has the packet, whatever came first."""
    patterns = [dict(dport=DPORT), dict(sport=SPORT), dict(src=SRC), dict(dst=DST), dict(),
                dict(src=SRC, dst=DST), dict(src=SRC, dport=DPORT)]
    order = [3, 0, 6, 2, 5, 1, 4]
    made = {}
    for priority in order:
        made[priority] = create(port, tuple_rule(1 + priority, "udp", priority=priority,
                                                 **patterns[priority]))
    for priority in range(7):
        assert landed(port, packet(port)) == 1 + priority
        port.agent("flow_destroy", port=0, flow=made[priority])
    assert landed(port, packet(port)) == 0
    # The SYN rule stands where its priority says, also when rules come and go around it.
    syn = packet(port, "tcp", flags=fr.SYN)
    made = create(port, fr.syn_rule(1, priority=3))
    late = create(port, tuple_rule(2, "tcp", dport=DPORT, priority=5))
    assert landed(port, syn) == 1 and landed(port, packet(port, "tcp")) == 2
    refused(port, tuple_rule(4, "tcp", src=SRC, priority=1), 95, "attr")
    port.agent("flow_destroy", port=0, flow=late)
    early = create(port, tuple_rule(2, "tcp", dport=DPORT, priority=1))
    assert landed(port, syn) == 2
    assert landed(port, packet(port, "tcp", flags=fr.SYN, dport=80)) == 1
    port.agent("flow_destroy", port=0, flow=early)
    assert landed(port, syn) == 1
    port.agent("flow_destroy", port=0, flow=made)
    assert landed(port, syn) == 0


@TWIN
@pytest.mark.rows()
def test_ethertype(port):
    """The type, also behind a tag; other types and IP not."""
    mine = port.mac()
    made = create(port, rule([fr.eth(kind=frames.EXPERIMENTAL)], 7))
    for size in (60, 100, 1000):
        assert landed(port, frames.raw(mine, size)) == 7
    assert landed(port, bytes(ether(mine, vlan=5, src=frames.PEER))[:16]
                  + b"\x88\xb5" + bytes(60)) == 7
    for kind in (0x88b4, 0x88b6, 0xb588):
        assert landed(port, frames.raw(mine, 80, ethertype=kind)) == 0
    assert landed(port, packet(port)) == 0
    # The filter's number is where others have header bits: it tells nothing to the mbuf.
    port.wires[0].send(frames.raw(mine, 100))
    matched = port.rx_one()
    port.agent("flow_destroy", port=0, flow=made)
    port.wires[0].send(frames.raw(mine, 100))
    plain = port.rx_one()
    assert (matched["queue"], plain["queue"]) == (7, 0)
    assert port.driver != "oriel" or all(matched[key] == plain[key] for key in ("flags", "ptype"))


@TWIN
def test_syn(bed, port):
    """TCP with SYN over IPv4 and IPv6, with other flags or not; no other TCP, no UDP."""
    made = create(bed, fr.syn_rule(6))

    def sent(flags, v6=False):
        return bytes(ether(bed.mac()) / frames.network(v6) / TCP(sport=9, dport=80, flags=flags)
                     / Raw(bytes(20)))

    for v6 in (False, True):
        for flags in (fr.SYN, fr.SYN | fr.ACK, 0xff):
            assert landed(port, sent(flags, v6)) == 6
        for flags in (0, fr.ACK, fr.FIN, fr.RST, 0xff ^ fr.SYN):
            assert landed(port, sent(flags, v6)) == 0
    assert landed(port, packet(bed)) == 0
    bed.agent("flow_destroy", port=0, flow=made)
    assert landed(port, sent(fr.SYN)) == 0


@pytest.mark.corners(drivers=("oriel",), why="upstream's RSS rule does not give the port's own "
                     "configuration back")
def test_rss(bed, rng):
    """Key, types and queues of the rule; afterwards those of the port again."""
    bed.setup(rxq=NB_QUEUES, nb_rxd=128, rx_mq=["rss"], rss=["ipv4"], rss_key=KNOWN_KEY.hex(),
              rx_offloads=["RSS_HASH"])
    key, queues, types = rng.randbytes(40), [6, 2, 5, 2], ["ipv4-udp", "ipv6"]
    made = create(bed, rule([fr.eth()], [{"type": "rss", "queues": queues, "types": types,
                                          "key": key.hex()}], priority=7))
    asked = bed.agent("flow_query", port=0, flow=made, actions=[{"type": "rss"}])
    assert (asked["queues"], set(asked["types"]), asked["key"]) == (queues, set(types), key.hex())
    for command, more in (("rss_set", {"types": ["ipv6"]}), ("reta_set", {"reta": [0] * 128})):
        assert bed.agent.ask(command, port=0, **more)["errno"] == 16

    def check(types, key, table):
        for _ in range(30):
            sent = frames.built(ether(bed.mac()) / IP(
                src=f"10.0.0.{rng.randrange(256)}", dst=f"10.0.1.{rng.randrange(256)}")
                / UDP(sport=rng.randrange(65536), dport=9) / Raw(bytes(30)))
            bed.wires[0].send(bytes(sent))
            got, value = bed.rx_one(), wanted_hash(sent, types, key)
            assert got["hash"] == value
            assert got["queue"] == table[(value & 127) % len(table)]

    check(types, key, queues)
    bed.agent("stop", port=0)
    bed.agent("start", port=0)
    bed.agent("link_wait", port=0, timeout_ms=10000)
    check(types, key, queues)
    bed.agent("flow_destroy", port=0, flow=made)
    check(["ipv4"], KNOWN_KEY, list(range(NB_QUEUES)))


def fill(bed):
    """A rule for every filter; (frame, queue) of each."""
    wanted = []
    for number in range(8):
        to = 1 + number % 7
        create(bed, tuple_rule(to, "udp", dport=5000 + number))
        wanted.append((packet(bed, dport=5000 + number), to))
        create(bed, rule([fr.eth(kind=0x9000 + number)], to))
        wanted.append((frames.raw(bed.mac(), 70, ethertype=0x9000 + number), to))
    create(bed, fr.syn_rule(7))
    wanted.append((packet(bed, "tcp", flags=fr.SYN), 7))
    return wanted


def in_force(bed, wanted):
    """All rules at work."""
    for data, to in wanted:
        assert landed(bed, data) == to
    assert landed(bed, packet(bed, dport=4999)) == 0


@TWIN
def test_full_and_flush(bed, port):
    """Every filter at work at once, also after stops; one more is refused; a flush ends all."""
    wanted = fill(port)
    in_force(bed, wanted)
    code = 28 if bed.driver == "oriel" else None
    for more in (tuple_rule(1, "udp", dport=6000), rule([fr.eth(kind=0x9999)], 1)):
        reply = bed.agent.ask("flow_create", port=0, **more)
        assert not reply["ok"] and code in (None, reply["errno"]), reply
    in_force(bed, wanted)
    bed.agent("flow_flush", port=0)
    for data, _ in wanted:
        assert landed(bed, data) == 0
    bed.agent("flow_flush", port=0)
    wanted = fill(bed)
    for _ in range(2):
        bed.agent("stop", port=0)
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0)
        in_force(bed, wanted)


@OWN
def test_life(port):
    """Rules made while stopped; a reset; a queue that is no longer there."""
    assert port.agent("info", port=0)["dev_capa"] & FLOW_RULE_KEEP
    port.agent("stop", port=0)
    made = create(port, tuple_rule(5, "udp", dport=DPORT))
    other = create(port, tuple_rule(1, "udp", dport=80))
    assert ", from the next start on" in port.agent("flow_dump", port=0)["text"]
    port.agent("start", port=0)
    port.agent("link_wait", port=0)
    assert (landed(port, packet(port)), landed(port, packet(port, dport=80))) == (5, 1)
    port.agent("stop", port=0)
    port.agent("reset", port=0)
    port.setup(rxq=NB_QUEUES, nb_rxd=128)
    assert (landed(port, packet(port)), landed(port, packet(port, dport=80))) == (5, 1)
    port.agent("stop", port=0)
    port.setup(rxq=2, nb_rxd=128, start=False)
    reply = port.agent.ask("start", port=0)
    assert reply["errno"] == 22 and "leads to RX queue 5, the port has 2" in port.log()
    port.agent("flow_destroy", port=0, flow=made)
    port.agent("start", port=0)
    port.agent("link_wait", port=0)
    assert (landed(port, packet(port)), landed(port, packet(port, dport=80))) == (0, 1)
    port.agent("flow_destroy", port=0, flow=other)
    assert landed(port, packet(port, dport=80)) == 0


@OWN
def test_stopped_queue(port):
    """A rule whose queue is stopped: its packets are lost and disturb nobody; then they come."""
    create(port, tuple_rule(5, "udp", dport=DPORT))
    assert landed(port, packet(port)) == 5
    port.agent("rxq_stop", port=0, queue=5)
    for _ in range(200):
        port.wires[0].send(packet(port))
        assert landed(port, packet(port, dport=80)) == 0
    port.rx_none(quiet_ms=50)
    port.agent("rxq_start", port=0, queue=5)
    assert landed(port, packet(port)) == 5


@OWN
def test_time_stamping(port):
    """Rules and time stamping share filters: each of them knows what the other has."""
    def stamped():
        data = over_l2(message(SYNC, size=60))
        port.wires[0].send(data)
        got = port.rx_one()
        return got["data"] == data and "IEEE1588_PTP" in got["flags"]

    port.agent("promisc", port=0, on=True)
    wanted = fill(port)
    assert port.agent.ask("timesync", port=0, on=True)["errno"] == 28
    in_force(port, wanted)
    port.agent("flow_flush", port=0)
    types = [create(port, rule([fr.eth(kind=0x9000 + n)], 1 + n % 7)) for n in range(8)]
    tuples = [create(port, tuple_rule(1 + n % 7, "udp", dport=5000 + n)) for n in range(8)]
    port.agent("flow_destroy", port=0, flow=types[0])
    assert port.agent.ask("timesync", port=0, on=True)["errno"] == 28
    port.agent("flow_destroy", port=0, flow=tuples[0])
    port.agent("timesync", port=0, on=True)
    for _ in range(2):
        assert stamped()
        for n in range(1, 8):
            assert landed(port, frames.raw(port.mac(), 70, ethertype=0x9000 + n)) == 1 + n % 7
            assert landed(port, packet(port, dport=5000 + n)) == 1 + n % 7
        port.agent("stop", port=0)
        port.agent("start", port=0)
        port.agent("link_wait", port=0)
    refused(port, tuple_rule(1, "udp", dport=80), 28)
    port.agent("flow_flush", port=0)
    assert stamped()
    refused(port, rule([fr.eth(kind=0x88f7)], 1), 16)
    port.agent("timesync", port=0, on=False)
    made = create(port, rule([fr.eth(kind=0x88f7)], 1))
    assert landed(port, over_l2(message(SYNC, size=60))) == 1
    assert port.agent.ask("timesync", port=0, on=True)["errno"] == 17
    port.agent("flow_destroy", port=0, flow=made)
    port.agent("timesync", port=0, on=True)
    assert stamped()


# Rules that are refused: (rule, errno, the struct that the error names).
REFUSED = {
    "group": (tuple_rule(1, "udp", group=1), 95, "attr"),
    "egress": (tuple_rule(1, "udp", ingress=False, egress=True), 95, "attr"),
    "transfer": (tuple_rule(1, "udp", ingress=False, transfer=True), 95, "attr"),
    "no direction": (tuple_rule(1, "udp", ingress=False), 22, "attr"),
    "priority": (tuple_rule(1, "udp", priority=7), 95, "attr"),
    "address": (rule([fr.eth(dst=bytes(6))], 1), 95, "mask 0"),
    "vlan": (rule([fr.eth(), {"type": "vlan"}, fr.ipv4(src=SRC)], 1), 95, "item 1"),
    "ipv6": (rule([fr.eth(), {"type": "ipv6"}, fr.l4("udp", dport=9)], 1), 95, "item 1"),
    "ip by type": (rule([fr.eth(kind=0x0800)], 1), 95, "spec 0"),
    "prefix": (rule([fr.eth(), fr.item("ipv4", (12, 4, 0x0a000000, 0xff000000))], 1), 95,
               "mask 1"),
    "ttl": (rule([fr.ipv4(src=SRC), fr.item("udp", (4, 2, 9, 0xffff))], 1), 95, "mask 1"),
    "range": (rule([fr.eth(), {**fr.ipv4(src=SRC), "last": "00" * 20}], 1), 95, "last 1"),
    "drop": (rule([fr.ipv4(src=SRC)], [{"type": "drop"}]), 95, "action 0"),
    "count": (rule([fr.ipv4(src=SRC)], fr.queue(1) + [{"type": "count"}]), 95, "action 1"),
    "mark": (rule([fr.ipv4(src=SRC)], [{"type": "mark"}]), 95, "action 0"),
    "two queues": (rule([fr.ipv4(src=SRC)], fr.queue(1) + fr.queue(2)), 95, "action 1"),
    "queue": (rule([fr.ipv4(src=SRC)], NB_QUEUES), 22, "conf 0"),
    "rss of a tuple": (rule([fr.ipv4(src=SRC)], [{"type": "rss", "queues": [0]}]), 95, "action 0"),
    "every frame": (rule([fr.eth()], 1), 95, "action 0"),
}


@pytest.mark.corners(drivers=("oriel",), why="upstream says neither which struct nor why")
def test_refused(bed):
    """Each refusal names what is wrong; nothing is installed, traffic goes on as it did."""
    bed.setup(rxq=NB_QUEUES, nb_rxd=128)
    for made, errno, cause in REFUSED.values():
        refused(bed, made, errno, cause)
    assert bed.agent("flow_dump", port=0)["text"] == ""
    first = create(bed, tuple_rule(3, "udp", dport=DPORT))
    refused(bed, tuple_rule(2, "udp", dport=DPORT, priority=1), 17)
    assert bed.agent("flow_dump", port=0)["text"].count("\n") == 1
    for actions, errno in (([{"type": "count"}], 95), ([{"type": "rss"}], 22)):
        assert bed.agent.ask("flow_query", port=0, flow=first, actions=actions)["errno"] == errno
    reply = bed.agent.ask("flow_isolate", port=0, on=True)
    assert reply["errno"] == 95 and "isolated" in reply["error"]
    bed.agent("flow_isolate", port=0, on=False)
    if bed.name == "twin":
        assert landed(bed, packet(bed)) == 3
    bed.agent("flow_destroy", port=0, flow=first)
    assert landed(bed, packet(bed)) == 0


# --- dpdk-testpmd ---------------------------------------------------------------------------------

TESTPMD = """\
flow validate 0 ingress pattern eth / ipv4 dst is 198.51.100.2 / udp dst is 4321 / end \
actions queue index 2 / end
flow create 0 priority 1 ingress pattern eth / ipv4 dst is 198.51.100.2 / udp dst is 4321 / end \
actions queue index 2 / end
flow create 0 ingress pattern eth type is 0x88b5 / end actions queue index 3 / end
flow create 0 ingress pattern tcp flags spec 0x02 flags mask 0x02 / end actions queue index 1 / end
flow create 0 priority 7 ingress pattern eth / end actions rss queues 0 2 end types ipv4 end / end
flow create 0 ingress pattern eth / vlan / ipv4 / end actions queue index 1 / end
flow list 0
flow dump 0 all
flow destroy 0 rule 1
flow list 0
flow flush 0
flow list 0
quit
"""


@pytest.mark.twin
def test_testpmd(build, tmp_path):
    """The flow commands of an unmodified dpdk-testpmd."""
    lacking = build.missing("oriel", "twin")
    if lacking:
        pytest.skip(lacking)
    env = build.environment()
    env["RUNTIME_DIRECTORY"] = str(tmp_path)
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    process = LocalProcess(
        [str(build.twin), "--", "dpdk-testpmd", "-d", str(build.plugin), "--lcores",
         f"0@({cpus}),1@({cpus})", "--no-huge", "-m", "128", "--no-shconf", "--no-telemetry",
         "--file-prefix", f"flow{os.getpid()}", "--", "-i", "--rxq=4", "--txq=4", "--nb-cores=1",
         "--total-num-mbufs=4096"], tmp_path / "log", env=env, cwd=tmp_path)
    try:
        for line in TESTPMD.splitlines():
            process.write_line(line)
        lines = []
        while (line := process.read_line(60)) is not None:
            lines.append(line)
        assert process.end(10) == 0, process.log()
    finally:
        process.kill()
    out = "\n".join(lines) + process.log()
    assert "Flow rule validated" in out, out
    assert re.findall(r"Flow rule #(\d) created", out) == ["0", "1", "2", "3"], out
    assert re.search(r"Caught PMD error type 13 .*filters do not look at VLAN tags", out), out
    tables = [re.findall(r"^(\d)\t\d\t(\d)\ti--\t(.*)$", part, re.MULTILINE)
              for part in out.split("ID\tGroup\tPrio")[1:]]
    assert tables[0] == [("1", "0", "ETH => QUEUE"), ("2", "0", "TCP => QUEUE"),
                         ("0", "1", "ETH IPV4 UDP => QUEUE"), ("3", "7", "ETH => RSS")], out
    assert [number for number, _, _ in tables[1]] == ["2", "0", "3"]
    assert "5-tuple 0, priority 1: dst 198.51.100.2 protocol 17 dport 4321 to queue 2" in out
    assert "Flow rule #1 destroyed" in out and len(tables) == 2, out
