# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Features as a user of dpdk-testpmd has them: a command, and what it does to frames.

One unmodified dpdk-testpmd forwards between two ports; frames go in at port 0, and what comes out
at port 1 tells.
"""

import contextlib
import re

import pytest

import clients
import frames

pytestmark = pytest.mark.twin

QUEUES = 4
# Where testpmd's forwarding sends frames: port 1.
IN, OUT = 0, 1


def make_testpmd(build, *arguments, **more):
    """An interactive testpmd, or a skip where it cannot be."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    return clients.Testpmd(build, arguments=arguments, workers=1, mmio="fast", **more)


@pytest.fixture(scope="module", name="running")
def running_fixture(build):
    """The module's testpmd, ended in the orderly way."""
    testpmd = make_testpmd(build, f"--rxq={QUEUES}", f"--txq={QUEUES}", "--enable-rx-cksum",
                           "--no-flush-rx")
    try:
        yield testpmd
        testpmd("stop")
        assert testpmd.quit() == 0
    except BaseException:
        testpmd.close(check=False)
        raise
    testpmd.close()


@pytest.fixture(name="testpmd")
def testpmd_fixture(request, running):
    """The same, forwarding, with nothing on the wires."""
    for wire in running.wires:
        wire.flush()
    running("set fwd io")
    running("start")
    yield running
    if request.node.report_call.failed:
        print(running.terminal.text[-6000:])
    running("stop")


@contextlib.contextmanager
def stopped(testpmd, port):
    """A port that is stopped and configured anew, and forwarding goes on after it."""
    testpmd("stop")
    testpmd(f"port stop {port}")
    yield
    testpmd(f"port start {port}")
    # testpmd does not wait for all of the link.
    assert clients.wait_until(lambda: "Link status: up" in testpmd(f"show port info {port}"), 10)
    testpmd("start")


def passes(testpmd, sent, wanted=None):
    """AssertionError unless of these frames the wanted ones (default: all) come out, and no more.

    testpmd has a stream for each queue, so the order on the wire is that of the streams.
    """
    wanted = sent if wanted is None else wanted
    testpmd.wires[IN].send_all(sent)
    got = testpmd.wires[OUT].recv_many(len(wanted))
    got += testpmd.wires[OUT].quiet(0.05)
    assert sorted(got) == sorted(wanted)


def flow(testpmd, number, size=100):
    """A UDP frame of a flow of its own."""
    packet = frames.ether(testpmd.mac(IN)) / frames.IP(src=f"10.0.{number >> 8}.{number & 255}",
                                                       dst="10.1.2.3")
    return bytes(packet / frames.UDP(sport=9, dport=9, chksum=0) / frames.Raw(bytes(size)))


def test_information(testpmd):
    """Driver, firmware, speeds, names of bursts."""
    text = testpmd("show port info 0")
    for wanted in ("Driver name: net_oriel", r"Firmware-version: \d+\.\d+", "Link speed: 1 Gbps",
                   "Link duplex: full-duplex", "Hash key size in bytes: 40",
                   "Redirection table size: 128", "Max possible RX queues: 16"):
        assert re.search(wanted, text), wanted
    assert "Device speed capability: 10 Mbps half-duplex   10 Mbps full-duplex   " \
        "100 Mbps half-duplex   100 Mbps full-duplex   1 Gbps" in testpmd("show device info all")
    for queue in ("rxq", "txq"):
        assert re.search(r"Burst mode: (AVX|SSE|Scalar)", testpmd(f"show {queue} info 0 0"))
    text = testpmd("show port 0 ptypes")
    assert "L4_TCP" in text and "L3_IPV6" in text


def test_forced_speed(testpmd):
    """A speed without autonegotiation, and 1 Gbit/s again."""
    with stopped(testpmd, IN):
        testpmd("port config 0 speed 100 duplex full")
    text = testpmd("show port info 0")
    assert "Link speed: 100 Mbps" in text and "Autoneg status: Off" in text
    passes(testpmd, [flow(testpmd, 1)])
    with stopped(testpmd, IN):
        testpmd("port config 0 speed auto duplex auto")
    assert "Link speed: 1 Gbps" in testpmd("show port info 0")


def test_link_event(testpmd):
    """A cable that goes and comes is an event each; so is a link that is set down and up."""
    for down, up in ((lambda: testpmd.cable(False), lambda: testpmd.cable(True)),
                     (lambda: testpmd.terminal.say("set link-down port 0"),
                      lambda: testpmd.terminal.say("set link-up port 0"))):
        for change, state in ((down, "down"), (up, "up")):
            change()
            testpmd.terminal.wait("Port 0: link state change event")
            assert clients.wait_until(
                lambda state=state: f"Link status: {state}" in testpmd("show port info 0"), 10)
    passes(testpmd, [flow(testpmd, 1)])


def test_promiscuous_and_allmulticast(testpmd):
    """set promisc and set allmulti decide over frames to others and to groups."""
    mine = flow(testpmd, 1)
    other, group = (frames.raw(dst, 100) for dst in (frames.OTHER, "01:00:5e:00:00:77"))
    passes(testpmd, [mine, other, group])
    testpmd("set promisc 0 off")
    passes(testpmd, [other, group, mine], [mine])
    testpmd("set allmulti 0 on")
    passes(testpmd, [other, group, mine], [group, mine])
    testpmd("set allmulti 0 off")
    passes(testpmd, [other, group, mine], [mine])
    testpmd("set promisc 0 on")
    passes(testpmd, [mine, other, group])


def test_addresses(testpmd):
    """mac_addr and mcast_addr add and remove addresses."""
    other, group = "02:00:00:00:00:aa", "01:00:5e:01:02:03"
    sent = [frames.raw(dst, 100) for dst in (other, group)]
    testpmd("set promisc 0 off")
    passes(testpmd, sent, [])
    testpmd(f"mac_addr add 0 {other}")
    passes(testpmd, sent, sent[:1])
    testpmd(f"mcast_addr add 0 {group}")
    passes(testpmd, sent)
    assert other.upper() in testpmd("show port 0 macs")
    testpmd(f"mac_addr remove 0 {other}")
    testpmd(f"mcast_addr remove 0 {group}")
    passes(testpmd, sent, [])
    testpmd("set promisc 0 on")


def test_vlan_filter_and_strip(testpmd):
    """vlan set filter, rx_vlan add and rm, vlan set strip."""
    plain = bytes(frames.ether(testpmd.mac(IN)))[:12]
    rest = b"\x88\xb5" + bytes(80)
    five, six = (plain + b"\x81\x00" + vid.to_bytes(2, "big") + rest for vid in (5, 6))
    testpmd("set promisc 0 off")
    testpmd("vlan set filter on 0")
    testpmd("rx_vlan add 5 0")
    passes(testpmd, [five, six], [five])
    testpmd("rx_vlan rm 5 0")
    passes(testpmd, [five, six], [])
    testpmd("vlan set filter off 0")
    passes(testpmd, [five, six])
    testpmd("vlan set strip on 0")
    testpmd.wires[IN].send(six)
    assert testpmd.wires[OUT].recv() == plain + rest
    testpmd("vlan set strip off 0")
    testpmd("set promisc 0 on")


def test_vlan_insert(testpmd):
    """tx_vlan set: frames leave with a tag."""
    testpmd("stop")
    testpmd("set fwd mac")
    testpmd("start")
    with stopped(testpmd, OUT):
        testpmd("tx_vlan set 1 7")
    frame = flow(testpmd, 1)
    testpmd.wires[IN].send(frame)
    assert testpmd.wires[OUT].recv()[12:] == b"\x81\x00\x00\x07" + frame[12:]
    with stopped(testpmd, OUT):
        testpmd("tx_vlan reset 1")
        testpmd("set fwd io")
    passes(testpmd, [frame])


def test_mtu(testpmd):
    """port config mtu: longer frames are not taken."""
    short, long = flow(testpmd, 1, 1300), flow(testpmd, 1, 1400)
    testpmd("port config mtu 0 1400")
    passes(testpmd, [long, short], [short])
    testpmd("port config mtu 0 1500")
    passes(testpmd, [long, short])


def xstats(testpmd, port=IN):
    """{name: value} of show port xstats."""
    found = re.findall(r"^(\w+): (\d+)$", testpmd(f"show port xstats {port}"), re.MULTILINE)
    return {name: int(value) for name, value in found}


def test_rss(testpmd):
    """Flows spread over the queues; with another RETA all go to one; the key is what was set."""
    sent = [flow(testpmd, number) for number in range(40)]

    def queues():
        testpmd("clear port xstats 0")
        testpmd("clear port stats 0")
        passes(testpmd, sent)
        stats = xstats(testpmd)
        return [stats[f"rx_q{queue}_packets"] for queue in range(QUEUES)]

    key = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
    testpmd(f"port config 0 rss-hash-key ipv4 {key}")
    assert key.upper() in testpmd("show port 0 rss-hash key")
    before = queues()
    assert sum(before) == len(sent) and all(before)
    # By the published function and the table that all ports start with.
    wanted = [0] * QUEUES
    for frame in sent:
        value = frames.toeplitz(bytes.fromhex(key), frame[26:34])
        wanted[(value & 127) % QUEUES] += 1
    assert before == wanted
    for queues_of in (lambda entry: 3, lambda entry: entry % QUEUES):
        for start in range(0, 128, 8):  # more is too long a word for testpmd
            testpmd("port config 0 rss reta " + ",".join(
                f"({entry},{queues_of(entry)})" for entry in range(start, start + 8)))
        text = testpmd("show port 0 rss reta 128 (0xffffffffffffffff,0xffffffffffffffff)")
        table = re.findall(r"hash index=(\d+), queue=(\d+)", text)
        assert [(int(entry), int(queue)) for entry, queue in table] == [
            (entry, queues_of(entry)) for entry in range(128)]
        assert queues() == ([0, 0, 0, len(sent)] if queues_of(0) == 3 else before)


def test_queue_stop(testpmd):
    """Queues are stopped and started while the port runs, and then take and send frames again."""
    sent = [flow(testpmd, number) for number in range(40)]
    testpmd("stop")
    for way, port in (("rx", IN), ("tx", OUT)):
        for action, state in (("stop", "stopped"), ("start", "started")):
            testpmd(f"port {port} {way}q 1 {action}")
            for queue, wanted in ((0, "started"), (1, state)):
                text = testpmd(f"show {way}q info {port} {queue}")
                assert f"{way.capitalize()} queue state: {wanted}" in text
    testpmd("start")
    passes(testpmd, sent)


def test_queue_setup(testpmd):
    """A queue gets a ring of another size while the port runs."""
    sent = [flow(testpmd, number) for number in range(40)]
    for size in (256, 512):
        testpmd("stop")
        for way, port in (("rx", IN), ("tx", OUT)):
            assert f"Number of {way.upper()}Ds: {size}" not in testpmd(f"show {way}q info {port} 1")
            testpmd(f"port config {port} {way}q 1 ring_size {size}")
            for action in ("stop", "setup", "start"):
                testpmd(f"port {port} {way}q 1 {action}")
            text = testpmd(f"show {way}q info {port} 1")
            assert f"Number of {way.upper()}Ds: {size}" in text and "state: started" in text
        testpmd("start")
        passes(testpmd, sent)


def test_statistics(testpmd):
    """show port stats, show port xstats: what went through, by port and by queue."""
    testpmd("clear port stats all")
    testpmd("clear port xstats all")
    sent = [flow(testpmd, number, size=200) for number in range(30)]
    passes(testpmd, sent)
    octets = sum(map(len, sent))
    for port, way, faults in ((IN, "RX", "missed"), (OUT, "TX", "errors")):
        text = testpmd(f"show port stats {port}")
        assert re.search(rf"{way}-packets: {len(sent)}\s+{way}-{faults}: 0\s+"
                         rf"{way}-bytes:\s+{octets}\s", text), text
    stats = xstats(testpmd)
    assert stats["rx_size_128_to_255_packets"] == stats["rx_good_packets"] == len(sent)
    assert sum(stats[f"rx_q{queue}_packets"] for queue in range(QUEUES)) == len(sent)
    stats = xstats(testpmd, OUT)
    assert stats["tx_good_packets"] == stats["tx_size_128_to_255_packets"] == len(sent)


def test_descriptors(testpmd):
    """The status of descriptors, and mbufs freed on demand."""
    testpmd("stop")
    assert "Desc status = AVAILABLE" in testpmd("show port 0 rxq 0 desc 0 status")
    assert "Used desc count = 0" in testpmd("show port 0 rxq 0 desc used count")
    # One key and one flow: all in one queue.
    testpmd.wires[IN].send_all([flow(testpmd, 1)] * 3)

    def used():
        return [int(re.search(r"Used desc count = (\d+)",
                              testpmd(f"show port 0 rxq {queue} desc used count"))[1])
                for queue in range(QUEUES)]

    assert clients.wait_until(lambda: sum(used()) == 3, 5)
    queue = used().index(3)
    status = [re.search(r"Desc status = (\w+)",
                        testpmd(f"show port 0 rxq {queue} desc {n} status"))[1]
              for n in (0, 2, 3)]
    assert status == ["DONE", "DONE", "AVAILABLE"]
    testpmd("start")
    assert len(testpmd.wires[OUT].recv_many(3)) == 3
    testpmd("stop")
    assert "DONE" in testpmd("show port 1 txq 0 desc 0 status")
    text = testpmd(f"port cleanup 1 txq {queue} 64")
    assert "err" not in text.lower() and "fail" not in text.lower(), text
    testpmd("start")


def test_received_metadata(testpmd):
    """Forward mode rxonly, verbose: packet type, checksums' verdicts, the RSS hash."""
    testpmd("stop")
    testpmd("port stop 0")
    testpmd("port config 0 rx_offload rss_hash on")
    testpmd("port start 0")
    assert clients.wait_until(lambda: "Link status: up" in testpmd("show port info 0"), 10)
    testpmd("set fwd rxonly")
    testpmd("set verbose 1")
    testpmd("start")
    good = frames.ether(testpmd.mac(IN)) / frames.IP(src="10.0.0.1", dst="10.1.2.3") \
        / frames.TCP(sport=1, dport=2) / frames.Raw(b"x" * 50)
    good = bytes(good)
    bad = good[:50] + bytes([good[50] ^ 0xff]) + good[51:]
    key = bytes.fromhex(re.search(r"RSS key:\s+([0-9A-F]{80})",
                                  testpmd("show port 0 rss-hash key"))[1])
    for frame, verdict in ((good, "GOOD"), (bad, "BAD")):
        testpmd.wires[IN].send(frame)
        text = testpmd.terminal.wait(r"ol_flags: .*\n")
        assert "hw ptype: L2_ETHER L3_IPV4 L4_TCP" in text
        assert f"length={len(frame)}" in text
        hashed = frames.toeplitz(key, frame[26:34])
        assert re.search(rf"RSS hash=0x0*{hashed:x} ", text), (hex(hashed), text)
        assert f"RX_L4_CKSUM_{verdict}" in text and "RX_IP_CKSUM_GOOD" in text
    testpmd("stop")
    testpmd("set verbose 0")
    testpmd("set fwd io")
    testpmd("start")


def test_checksums_and_segmentation(testpmd):
    """Forward mode csum with hardware checksums; with tso set, long frames leave as segments."""
    testpmd("stop")
    testpmd("set fwd csum")
    testpmd("start")
    with stopped(testpmd, OUT):
        for layer in ("ip", "udp", "tcp", "sctp"):
            assert f"{layer.upper()} checksum offload is hw" in testpmd(f"csum set {layer} hw 1")
    # The device starts from what is in SCTP's field, where testpmd leaves what came: 0 it must be.
    for layer, wrong in ((frames.UDP, 0x1234), (frames.TCP, 0x1234), (frames.SCTP, 0)):
        head = frames.ether(testpmd.mac(IN)) / frames.IP(src="10.0.0.1", dst="10.1.2.3")
        ports, payload = {"sport": 1, "dport": 2}, frames.Raw(b"abc" * 30)
        testpmd.wires[IN].send(head / layer(chksum=wrong, **ports) / payload)
        wanted = bytes(head / layer(**ports) / payload)
        assert testpmd.wires[OUT].recv()[12:] == wanted[12:], layer.name
    with stopped(testpmd, OUT):
        testpmd("tso set 500 1")
    packet = frames.ether(testpmd.mac(IN)) / frames.IP(src="10.0.0.1", dst="10.1.2.3") \
        / frames.TCP(sport=1, dport=2, seq=7) / frames.Raw(bytes(range(240)) * 5)
    testpmd.wires[IN].send(packet)
    got = testpmd.wires[OUT].recv_many(3)
    built = [frames.Ether(frame) for frame in got]
    assert [len(frame) - 54 for frame in got] == [500, 500, 200]
    assert [frame[frames.TCP].seq for frame in built] == [7, 507, 1007]
    assert b"".join(frame[54:] for frame in got) == bytes(range(240)) * 5
    for frame in built:
        sums = frame[frames.IP].chksum, frame[frames.TCP].chksum
        del frame[frames.IP].chksum, frame[frames.TCP].chksum
        again = frames.Ether(bytes(frame))
        assert sums == (again[frames.IP].chksum, again[frames.TCP].chksum)
    with stopped(testpmd, OUT):
        testpmd("tso set 0 1")
        for layer in ("ip", "udp", "tcp", "sctp"):
            testpmd(f"csum set {layer} sw 1")
        testpmd("set fwd io")


def test_kept_crc(testpmd):
    """rx_offload keep_crc: the CRC lies behind the frame and is no part of it, so frames pass as
    before."""
    frame = flow(testpmd, 1)
    for state in ("on", "off"):
        with stopped(testpmd, IN):
            testpmd(f"port config 0 rx_offload keep_crc {state}")
        offloads = testpmd("show port 0 rx_offload configuration")
        assert ("KEEP_CRC" in offloads) == (state == "on")
        passes(testpmd, [frame])


def test_reset(testpmd):
    """port reset: the port comes back, and frames pass again."""
    testpmd("stop")
    testpmd("port stop 0")
    assert "Done" in testpmd("port reset 0")
    testpmd("port start 0")
    assert clients.wait_until(lambda: "Link status: up" in testpmd("show port info 0"), 10)
    testpmd("start")
    frame = flow(testpmd, 1)
    passes(testpmd, [frame])


def test_flow_control(testpmd):
    """set flow_ctrl, and what show port flow_ctrl then says."""
    for rx, tx in (("on", "on"), ("on", "off"), ("off", "on"), ("off", "off")):
        testpmd(f"set flow_ctrl rx {rx} tx {tx} 20000 10000 1000 1 "
                "mac_ctrl_frame_fwd off autoneg off 0")
        text = testpmd("show port 0 flow_ctrl")
        assert f"Rx pause: {rx}" in text and f"Tx pause: {tx}" in text, text
        passes(testpmd, [flow(testpmd, 1)])
    text = testpmd("set flow_ctrl rx on tx on 10000 20000 1000 1 "
                   "mac_ctrl_frame_fwd off autoneg off 0")
    assert "bad flow control parameter" in text
    assert "Rx pause: off" in testpmd("show port 0 flow_ctrl")
    testpmd("set flow_ctrl rx on tx on 20000 10000 1000 1 mac_ctrl_frame_fwd off autoneg on 0")
    assert clients.wait_until(
        lambda: "Link status: up" in testpmd("show port info 0"), 10)


@contextlib.contextmanager
def another_testpmd(build, *arguments):
    """A testpmd of a test's own, ended in the orderly way."""
    testpmd = make_testpmd(build, *arguments)
    try:
        yield testpmd
        testpmd("stop")
        assert testpmd.quit() == 0
    except BaseException:
        print(testpmd.terminal.text[-3000:])
        testpmd.close(check=False)
        raise
    testpmd.close()


def test_removal(build):
    """A NIC that is pulled out: testpmd hears of it, closes the port, and the other one goes on."""
    with another_testpmd(build) as testpmd:
        testpmd("start")
        passes(testpmd, [flow(testpmd, 1)])
        testpmd.control("unplug", port=IN, kind="surprise")
        testpmd.terminal.wait("Port 0: device removal event")
        # By a thread of its own: forwarding ends, the port goes, forwarding begins anew.
        testpmd.terminal.wait(r"nb forwarding ports=1\n[^>]*TX RS bit threshold=\d+\n")
        summary = testpmd("show port summary all")
        assert re.findall(r"^(\d) +[0-9A-F:]{17} ", summary, re.MULTILINE) == ["1"], summary
        assert "Link status: up" in testpmd("show port info 1")


def test_scattered(build, rng):
    """Small mbufs and jumbo frames: each is a chain in testpmd, and whole on the other wire."""
    with another_testpmd(build, "--mbuf-size=1280", "--max-pkt-len=9018", "--enable-scatter",
                         "--tx-offloads=0x8000", "--total-num-mbufs=16000") as testpmd:
        testpmd("start")
        for size in (60, 1024, 1025, 1514, 9000):
            frame = frames.raw(testpmd.mac(IN), size, rng)
            testpmd.wires[IN].send(frame)
            assert testpmd.wires[OUT].recv() == frame
        assert "RX scattered packets: on" in testpmd("show rxq info 0 0")
