# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Real traffic on the twin: a capture through the port, and the Linux stack on both its sides."""

import hashlib
import os
import pathlib
import random
import subprocess
import sys
import time

import pytest

import beds
import frames
from agent import LocalProcess
from test_rss import KNOWN_KEY, RETA, wanted_hash

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vm"))
import pcapfile  # noqa: E402

CAPTURE = pathlib.Path(__file__).resolve().parent / "data" / "mixed.pcap"
DRIVERS = pytest.mark.parametrize("driver", beds.DRIVERS)
FILE_SIZE = 4 << 20
RCTL, RCTL_RXEN = 0x100, 0x2

pytestmark = pytest.mark.twin


def read_pcap(path):
    """The frames of a capture file."""
    return [frame for _, _, frame in pcapfile.read(pathlib.Path(path).read_bytes())]


def wait_for(condition, seconds=20):
    """True once it holds, False after that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(name="capture")
def capture_fixture():
    """The frames of the project's capture of mixed real traffic."""
    sent = read_pcap(CAPTURE)
    kinds = set().union(*map(pcapfile.kinds_of, sent))
    assert set(pcapfile.KINDS) <= kinds, "the capture lacks kinds of traffic"
    return sent


@DRIVERS
def test_capture_one_queue(request, build, tmp_path, driver, capture):
    """Each frame of the capture comes out as it went in, in order."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    out = tmp_path / "out.pcap"
    bed = beds.TwinBed(build, driver, wires=[f"pcap:0,rx={CAPTURE},tx={out}"])
    try:
        bed.setup(start=False, mtu=9000, rx_offloads=["SCATTER"], tx_offloads=["MULTI_SEGS"])
        bed.agent("promisc", port=0, on=True)
        bed.agent("start", port=0)
        counts = bed.job_end(bed.job("echo", count=len(capture), timeout_ms=20000))
        assert counts["tx"] == len(capture), counts
        assert wait_for(lambda: bed.counters()["tx"]["frames"] >= len(capture))
        assert read_pcap(out) == capture
    finally:
        bed.close()


@DRIVERS
def test_capture_by_queues(build, tmp_path, driver, capture):
    """Spread over four queues by RSS, each queue's frames come out in order."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    out, types = tmp_path / "out.pcap", ["ipv4", "ipv4-tcp", "ipv4-udp", "ipv6", "ipv6-tcp",
                                         "ipv6-udp"]
    bed = beds.TwinBed(build, driver, wires=[f"pcap:0,rx={CAPTURE},tx={out}"])
    try:
        bed.setup(rxq=4, txq=4, start=False, mtu=9000, rx_mq=["rss"], rss=types,
                  rss_key=KNOWN_KEY.hex(), rx_offloads=["SCATTER"], tx_offloads=["MULTI_SEGS"])
        bed.agent("promisc", port=0, on=True)
        bed.agent("start", port=0)
        counts = bed.job_end(bed.job("echo", nb_queues=4, count=len(capture), timeout_ms=20000))
        assert counts["tx"] == len(capture), counts
        assert wait_for(lambda: bed.counters()["tx"]["frames"] >= len(capture))

        def by_queue(some):
            queues = {}
            for frame in some:
                value = wanted_hash(frames.built(frames.Ether(frame)), types, KNOWN_KEY)
                queues.setdefault(0 if value is None else value % RETA % 4, []).append(frame)
            return queues

        wanted = by_queue(capture)
        assert len(wanted) > 1
        assert by_queue(read_pcap(out)) == wanted
    finally:
        bed.close()


def flood_of(mac, flows, size):
    """The frames of a flood wire, made by scapy."""
    made = []
    for flow in range(flows):
        data = bytes((42 + i + 7 * flow) & 0xff for i in range(size - 42))
        made.append(bytes(frames.Ether(dst=mac, src=f"02:00:00:00:f1:{flow:02x}")
                          / frames.IP(src=f"198.18.0.{flow + 1}", dst="198.19.0.1", id=flow)
                          / frames.UDP(sport=10000 + flow, dport=9) / data))
    return made


@DRIVERS
@pytest.mark.parametrize("queues", [1, 2])
def test_flood(build, driver, queues):
    """A flood comes in as it is described, and what a driver sends back is counted."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    flows, count, size = 8, 2000000, 75
    bed = beds.TwinBed(build, driver, wires=[f"flood:0,flows={flows},size={size},frames={count}"])
    try:
        bed.setup(rxq=queues, txq=queues, **({} if queues == 1 else {
            "rx_mq": ["rss"], "rss": ["ipv4-udp"]}))
        wanted = flood_of(bed.mac(), flows, size)
        got = [f["data"] for q in range(queues) for f in bed.rx(64, queue=q, timeout_ms=200)]
        assert set(got) == set(wanted)
        echoed = bed.job_end(bed.job("echo", nb_queues=queues, count=count, idle_ms=300,
                                     timeout_ms=20000))["tx"]
        assert wait_for(lambda: bed.counters()["tx"]["frames"] >= echoed)
        seen = bed.counters()
        # A line that is full all the time has frames for a port that has no address yet.
        early = seen["drops"].pop("filter")
        assert seen["drops"].pop("total") == early < count and not any(seen["drops"].values())
        assert seen["rx"]["frames"] == count - early and seen["dma"]["violations"] == 0
        assert seen["tx"]["frames"] == echoed == count - early - len(got)
        assert seen["rx"]["bytes"] == size * (count - early)
        assert seen["tx"]["bytes"] == size * echoed
    finally:
        bed.close()


class Forwarder:
    """dpdk-testpmd on the twin, forwarding between all its ports or on the one."""

    def __init__(self, build, driver, folder, twin, pmd, mode="io", prefix=()):
        self.folder, self.control_path = folder, folder / "control"
        argv = [*prefix, str(build.twin), *twin, "--control", str(self.control_path),
                "--stats", str(folder / "stats.json"), "--", "dpdk-testpmd"]
        if driver == "oriel":
            argv += ["-d", str(build.plugin)]
        argv += ["--lcores", "0@0,1@(0-1)" if (os.cpu_count() or 1) > 1 else "0@0,1@0",
                 "--no-huge", "-m", "256", "--no-shconf", "--no-telemetry", "--file-prefix",
                 f"pmd{os.getpid()}", "--", f"--forward-mode={mode}", "--auto-start",
                 "--nb-cores=1", "--total-num-mbufs=8192", *pmd]
        env = build.environment()
        env["RUNTIME_DIRECTORY"] = str(folder)
        self.nports = max(1, sum(word == "--wire" for word in twin))
        self.process = LocalProcess(argv, folder / "log", env=env, cwd=folder)

    def control(self, cmd, **arguments):
        """A command to the twin."""
        return beds.control(self.control_path, cmd, **arguments)

    def ready(self):
        """Wait until all ports receive."""
        def receiving():
            return self.control_path.exists() and all(
                self.control("regs", port=port, offset=RCTL)["values"][0] & RCTL_RXEN
                for port in range(self.nports))

        def tried():
            try:
                return receiving()
            except (OSError, RuntimeError):
                return False
        assert wait_for(tried, 60), self.process.log()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()

    def stop(self):
        """A key ends it; its exit code."""
        self.process.write_line("")
        return self.process.end(30)


@DRIVERS
def test_capture_through_testpmd(build, tmp_path, driver, capture):
    """The same with DPDK's own forwarder: byte for byte and in order."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    out = tmp_path / "out.pcap"
    with Forwarder(build, driver, tmp_path, ["--wire", f"pcap:0,rx={CAPTURE},tx={out}"],
                 ["--max-pkt-len=9018", "--enable-scatter", "--tx-offloads=0x8000"]) as pmd:
        pmd.ready()
        assert wait_for(lambda: pmd.control("counters")["ports"][0]["tx"]["frames"]
                        >= len(capture)), pmd.process.log()
        assert pmd.stop() == 0, pmd.process.log()
        assert read_pcap(out) == capture


# --- tap ------------------------------------------------------------------------------------------


def ip(*words, netns=None):
    """Run `ip` of iproute2; AssertionError if it fails."""
    argv = ["ip", *(["-n", netns] if netns else []), *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
    return done.stdout


@pytest.fixture(name="namespaces")
def namespaces_fixture():
    """Names of two network namespaces."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces and taps need root")
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("there is no /dev/net/tun")
    names = [f"oriel-bed-{os.getpid()}-{side}" for side in "ab"]
    made = []
    for name in names:
        done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            for other in made:
                ip("netns", "del", other)
            pytest.skip(f"no network namespaces here: {done.stderr.strip()}")
        made.append(name)
    yield names
    for name in names:
        ip("netns", "del", name)


# Answers datagrams with what they bring; takes a file and prints its SHA-256.
SERVER = """
import hashlib, socket, threading
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("10.9.0.2", 7000))
def echo():
    while True:
        u.sendto(*u.recvfrom(65536))
threading.Thread(target=echo, daemon=True).start()
with socket.create_server(("10.9.0.2", 7000)) as s:
    print("listening", flush=True)
    c, _ = s.accept()
    h = hashlib.sha256()
    while data := c.recv(1 << 16):
        h.update(data)
    print(h.hexdigest(), flush=True)
"""
CLIENT = """
import random, socket, sys
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO: no fragments
u.settimeout(5)
u.connect(("10.9.0.2", 7000))
back = 0
for n in range(20):
    data = random.Random(n).randbytes(int(sys.argv[2]))
    u.send(data)
    back += u.recv(65536) == data
print(back, "of 20")
with socket.create_connection(("10.9.0.2", 7000), timeout=20) as c:
    c.sendall(random.Random(1).randbytes(int(sys.argv[1])))
"""


@DRIVERS
@pytest.mark.parametrize("mtu", [1500, 9000])
def test_linux_hosts(build, tmp_path, driver, namespaces, mtu):
    """Two Linux stacks that reach each other only through two ports: datagrams, a file by TCP."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    a, b = namespaces
    pmd_args = [f"--max-pkt-len={mtu + 18}", "--port-topology=paired"]
    if mtu > 2000:
        pmd_args += ["--enable-scatter", "--tx-offloads=0x8000"]
    with Forwarder(build, driver, tmp_path, ["--wire", "tap:0,oriela", "--wire", "tap:1,orielb"],
                 pmd_args, prefix=["ip", "netns", "exec", a]) as pmd:
        pmd.ready()
        ip("link", "set", "orielb", "netns", b, netns=a)
        for name, netns, address in (("oriela", a, "10.9.0.1/24"), ("orielb", b, "10.9.0.2/24")):
            ip("link", "set", name, "mtu", str(mtu), "up", netns=netns)
            ip("addr", "add", address, "dev", name, netns=netns)
        server = LocalProcess(["ip", "netns", "exec", b, sys.executable, "-c", SERVER],
                              tmp_path / "server.log")
        try:
            assert server.read_line(20) == "listening", server.log()
            done = subprocess.run(["ip", "netns", "exec", a, sys.executable, "-c", CLIENT,
                                   str(FILE_SIZE), str(mtu - 28)], capture_output=True, text=True,
                                  check=False, timeout=90)
            assert done.returncode == 0, done.stderr
            assert done.stdout == "20 of 20\n"
            wanted = hashlib.sha256(random.Random(1).randbytes(FILE_SIZE)).hexdigest()
            assert server.read_line(60) == wanted
        finally:
            server.kill()
        assert pmd.stop() == 0, pmd.process.log()
