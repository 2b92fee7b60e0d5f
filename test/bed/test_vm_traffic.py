# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Real traffic in the VM: two Linux hosts that reach each other only through two igb ports.

The ports belong to the driver under test, in dpdk-testpmd, which forwards between them. The same
with upstream's driver is the control: what fails with both is not oriel's fault.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "vm"))
import guest as bed  # noqa: E402
import traffic  # noqa: E402

pytestmark = pytest.mark.vm

ETHERNET = 18  # header and CRC
FILE_SIZE = 64 << 20
PINGS = 20


@pytest.fixture(scope="module", name="hosts")
def hosts_fixture():
    """The guest with the two hosts, booted once; there must be no DMA fault in all its life."""
    bed.require_vm()
    with bed.Guest(traffic.nics()) as machine:
        machine.bind_vfio()
        yield traffic.Hosts(machine)
        assert machine.dmar_faults() == []


@pytest.fixture(scope="module", name="path", params=[
    ("net_e1000_igb", 1500), ("net_e1000_igb", 9000), ("oriel", 1500), ("oriel", 9000)],
    ids=lambda param: f"{param[0]}-mtu{param[1]}")
def path_fixture(request, hosts):
    """(hosts, running forwarder, MTU)"""
    driver, mtu = request.param
    if driver == "oriel" and bed.PLUGIN not in bed.build_files():
        pytest.skip("the build has no librte_net_oriel.so")
    hosts.set_mtu(mtu)
    with traffic.Forwarder(hosts.machine, driver, mtu + ETHERNET) as forwarder:
        hosts.wait_ready()
        yield hosts, forwarder, mtu


@pytest.mark.parametrize("host, target", [("a", "10.0.0.2"), ("b", "10.0.0.1"),
                                          ("a", "fd00::2"), ("b", "fd00::1")])
def test_ping(path, host, target):
    """No ping is lost, either way, IPv4 and IPv6."""
    ping = path[0].ping(host, target, PINGS)
    assert (ping.sent, ping.received) == (PINGS, PINGS), ping.text


@pytest.mark.parametrize("host, target", [("a", "10.0.0.2"), ("b", "10.0.0.1")])
def test_ping_longest(path, host, target):
    """The longest frames of this MTU, which must not be fragmented, get through."""
    hosts, _, mtu = path
    ping = hosts.ping(host, target, PINGS, f"-M do -s {mtu - 28}")
    assert (ping.sent, ping.received) == (PINGS, PINGS), ping.text


def test_ping_fragments(path):
    """Datagrams that the hosts must cut into fragments get through whole."""
    ping = path[0].ping("a", "10.0.0.2", PINGS, "-s 20000")
    assert (ping.sent, ping.received) == (PINGS, PINGS), ping.text


def test_file_copy(path):
    """A file of random content is the same after a copy over TCP."""
    hosts = path[0]
    machine = hosts.machine
    original, copy = f"{traffic.SERVED}/original", "/tmp/copy"
    with hosts.serve("b"):
        machine.run(f"head -c {FILE_SIZE} /dev/urandom > {original}").check()
        try:
            got = hosts.run("a", f"wget -q -O {copy} http://10.0.0.2/original", timeout=180)
            assert got.rc == 0, got.err
            lines = machine.run(f"sha256sum {original} {copy}; stat -c %s {copy}").out.split()
        finally:
            machine.run(["rm", "-f", original, copy])
    assert lines[0] == lines[2], lines
    assert int(lines[-1]) == FILE_SIZE


def test_iperf_tcp(path):
    """TCP does not crawl from one timeout to the next (half a second for some 10 segments)."""
    end = path[0].iperf("-t 3")
    mbits = end["sum_received"]["bits_per_second"] / 1e6
    print(f"TCP {mbits:.0f} Mbit/s, {end['sum_sent']['retransmits']} retransmissions")
    assert mbits > 1


def test_iperf_udp(path):
    """No datagram of a UDP stream is lost that is slow enough for all buffers on the way."""
    end = path[0].iperf(f"-t 2 -u -b 6M -l 1400 -w {traffic.SOCKET_BUFFER}")["sum"]
    print(f"UDP {end['packets']} datagrams, {end['lost_packets']} lost")
    assert 500 < end["packets"] < traffic.RX_DESCRIPTORS
    assert end["lost_packets"] == 0


def test_end(path):
    """Last for each driver and MTU: the counts agree, testpmd ends well, no DMA fault."""
    hosts, forwarder, _ = path
    ping = hosts.ping("a", "10.0.0.2", PINGS + 1)
    assert ping.received == PINGS + 1, ping.text
    for _ in range(20):
        (received0, sent0, dropped0), (received1, sent1, dropped1) = forwarder.stats()
        # Not if a frame, as Linux sends some now and then, is on its way just now.
        if (sent1, sent0) == (received0, received1):
            break
    assert (dropped0, dropped1) == (0, 0)
    assert received0 > PINGS and received1 > PINGS
    assert (sent1, sent0) == (received0, received1)
    assert forwarder.quit() == 0, forwarder.log[-3000:]
    assert hosts.machine.dmar_faults() == []
