# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Two Linux hosts in one guest that reach each other only through two igb ports.

Each host is a network namespace with a virtio-net NIC. Each of these is joined to one igb port, and
dpdk-testpmd forwards between the two igb ports on the guest's second CPU:

    [a: virtio] -- igb 0 -- testpmd -- igb 1 -- [b: virtio]
"""

import dataclasses
import json
import re

import guest as bed

HOSTS = ("a", "b")
# In order of Hosts.nics: igb for a, igb for b, virtio of a, virtio of b.
IGB, VIRTIO = (0, 1), (2, 3)
MAX_MTU = 9000
SERVED = "/tmp/www"
# Room for all datagrams of a short test: what is lost then was lost on the way, not by a sender or
# receiver that a loaded host keeps waiting.
SOCKET_BUFFER = 16 << 20
QUEUED_PACKETS = 20000
# More than the datagrams of such a test: QEMU loses frames on their way into a full ring if the
# forwarder's CPU has to wait for long.
RX_DESCRIPTORS = 2048


def nics():
    """The NICs of such a guest."""
    return [bed.NicSpec(wire="hub:0"), bed.NicSpec(wire="hub:1"),
            bed.NicSpec("virtio-net-pci", "hub:0", mtu=MAX_MTU),
            bed.NicSpec("virtio-net-pci", "hub:1", mtu=MAX_MTU)]


@dataclasses.dataclass(frozen=True)
class Ping:
    """What ping counted."""

    sent: int
    received: int
    text: str


def parse_ping(text):
    """Ping from the summary of iputils' ping. Raises GuestError if there is none."""
    match = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    if match is None:
        raise bed.GuestError(f"no summary from ping:\n{text}")
    return Ping(int(match[1]), int(match[2]), text)


class Hosts:
    """The two namespaces in a guest with nics()."""

    def __init__(self, machine):
        self.machine = machine
        self.machine.run(f"modprobe virtio_net && sysctl -w net.core.rmem_max={SOCKET_BUFFER} "
                         f"net.core.wmem_max={SOCKET_BUFFER} "
                         "net.core.default_qdisc=pfifo_fast").check()
        for number, host in enumerate(HOSTS):
            name = machine.interface(VIRTIO[number])
            machine.run(
                f"ip netns add {host} && ip link set {name} netns {host} name net0 && "
                f"ip -n {host} link set lo up && "
                f"ip -n {host} addr add 10.0.0.{number + 1}/24 dev net0 && "
                f"ip -n {host} addr add fd00::{number + 1}/64 dev net0 nodad && "
                f"ip -n {host} link set net0 txqueuelen {QUEUED_PACKETS} up").check()

    def run(self, host, command, **more):
        """A command (text for the shell) in the namespace of a host."""
        return self.machine.run(["ip", "netns", "exec", host, "sh", "-c", command], **more)

    def spawn(self, host, command):
        """The same, not waited for."""
        return self.machine.spawn(["ip", "netns", "exec", host, "sh", "-c", command])

    def set_mtu(self, mtu):
        """MTU of both hosts."""
        for host in HOSTS:
            self.machine.run(f"ip -n {host} link set net0 mtu {mtu}").check()

    def wait_ready(self, timeout=30):
        """Until a packet goes all the way: links need half a second to come up."""
        result = self.run("a", f"for i in $(seq {timeout * 2}); do "
                               "ping -q -c 1 -W 0.5 10.0.0.2 >/dev/null 2>&1 && exit 0; sleep 0.2; "
                               "done; exit 1",
                          timeout=timeout + 10)
        if result.rc != 0:
            raise bed.GuestError(f"no way from a to b in {timeout} s")

    def ping(self, host, target, count=20, options=""):
        """Ping `count` times. Answers may be late, as the host has other things to do."""
        # Not -w: with it ping sends more than `count` if answers are late.
        result = self.run(host, f"ping -q -n -c {count} -i 0.05 -W 30 {options} {target}",
                          timeout=90)
        return parse_ping(result.out + result.err)

    def serve(self, host):
        """A web server on SERVED; close() it in the end."""
        self.machine.run(["mkdir", "-p", SERVED]).check()
        process = self.spawn(host, f"exec busybox httpd -f -p 80 -h {SERVED}")
        self._wait_listening(host, 80)
        return process

    def _wait_listening(self, host, port):
        self.run(host, f"for i in $(seq 200); do netstat -ltn | grep -q ':{port} ' && exit 0; "
                       "usleep 50000; done; exit 1", timeout=30).check()

    def iperf(self, options):
        """One iperf3 run from a to b; returns its report's `end` part."""
        with self.spawn("b", "exec iperf3 -s -1 >/dev/null") as server:
            self._wait_listening("b", 5201)
            report = self.run("a", f"iperf3 -c 10.0.0.2 -J {options}", timeout=90)
            if report.rc != 0:
                raise bed.GuestError(f"iperf3 {options}: {report.out[-1000:]}{report.err}")
            server.close()
        return json.loads(report.out)["end"]


class Forwarder:
    """dpdk-testpmd between the two igb ports, as a context manager.

    driver: "oriel" or "net_e1000_igb", max_packet: the longest frame with CRC
    """

    def __init__(self, machine, driver, max_packet=1518):
        self.machine = machine
        self.driver = driver
        command = ["dpdk-testpmd", "-l", "0,1", "-n", "1", "--log-level=lib.eal:info"]
        for number in IGB:
            command += ["-a", machine.nics[number].pci]
        if driver == "oriel":
            command += ["-d", bed.PLUGIN]
        command += ["--", "-i", "--forward-mode=io", "--total-num-mbufs=16384",
                    f"--max-pkt-len={max_packet}", f"--rxd={RX_DESCRIPTORS}", "--txd=512"]
        if max_packet > 1518:
            # Several segments a packet, both ways.
            command += ["--enable-scatter", "--tx-offloads=0x8000"]
        self.process = machine.spawn(command, pty=True)
        self.log = ""

    def command(self, line, timeout=60):
        """One line for testpmd; returns what it printed up to its next prompt."""
        self.process.write_line(line)
        text = self.process.read_until("testpmd> ", timeout)
        self.log += text
        return text

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.process.__exit__()
            raise
        return self

    def _start(self):
        self.log = self.process.read_until("testpmd> ", 90)
        wanted = "net_oriel" if self.driver == "oriel" else self.driver
        probed = re.findall(r"Probe PCI driver: (\S+) \(8086:10c9\)", self.log)
        if probed != [wanted] * len(IGB):
            raise bed.GuestError(f"drivers {probed} instead of {wanted}:\n{self.log}")
        if "Start ports failed" in self.log or "Not all ports" in self.command("start"):
            raise bed.GuestError(f"the ports do not start:\n{self.log}")

    def stats(self):
        """[(received, sent, dropped at sending)] of each port, since start."""
        text = self.command("show fwd stats all")
        return [tuple(int(number) for number in match) for match in re.findall(
            r"statistics for port \d.*?RX-packets: (\d+).*?TX-packets: (\d+)\s+TX-dropped: (\d+)",
            text, re.S)]

    def quit(self):
        """End testpmd in the orderly way; returns its exit code."""
        self.command("stop")
        self.process.write_line("quit")
        result = self.process.wait(60)
        self.log += result.out
        return result.rc

    def __exit__(self, *exc):
        with self.process:
            if self.process.rc is None and exc[0] is None:
                self.quit()
