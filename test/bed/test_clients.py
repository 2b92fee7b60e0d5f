# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""DPDK's own programs on the twin: autotests of dpdk-test, and examples that forward.

The examples' sources are the distribution's (devtools/get-examples), built here unchanged.
"""

import re
import signal
import struct
import time

import pytest

import beds
import clients
import frames

FRAMES = 1000  # each way


@pytest.fixture(name="start")
def start_fixture(request, build):
    """Starts a program in a bed: start(driver, program, arguments...) -> ClientBed."""
    made = []

    def make(driver, program, *arguments, **more):
        if build.missing(driver, "twin"):
            pytest.skip(build.missing(driver, "twin"))
        bed = clients.ClientBed(build, driver, program, arguments, **more)
        made.append(bed)
        return bed
    yield make
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    for bed in made:
        if failed:
            print(f"---- {bed.program} on {bed.corner} ----\n{bed.terminal.text[-4000:]}\n----")
        bed.close(check=not failed)


# --- dpdk-test ------------------------------------------------------------------------------------

def autotest(bed, name, timeout=60):
    """Run an autotest; what it printed. AssertionError unless it passed."""
    bed.terminal.wait("RTE>>")
    bed.terminal.say(name)
    text = bed.terminal.wait(r"^Test (OK|Failed|Skipped).*\n", timeout)
    assert text.rstrip().endswith("Test OK"), text
    bed.terminal.say("quit")
    assert bed.terminal.end() == 0
    return text


@pytest.mark.twin
def test_ethdev_link_status(start):
    """dpdk-test's ethdev_link_status on a port of oriel's."""
    text = autotest(start("oriel", "dpdk-test", nports=1), "ethdev_link_status")
    assert re.search(r"Tests Passed :\s+4$", text, re.MULTILINE), text


@pytest.mark.twin
def test_pmd_perf(build, start):
    """dpdk-test's pmd_perf_autotest: 3 million frames circle, twice what a second at line rate has.

    It asks for loopback in the MAC, so that nothing is on the wire.
    """
    if build.sanitizers:
        pytest.skip("two seconds at line rate become many under sanitizers")
    bed = start("oriel", "dpdk-test", nports=1, workers=1, memory=512, mmio="fast")
    text = autotest(bed, "pmd_perf_autotest")
    count, drop = map(int, re.search(r"^(\d+) packet, (\d+) drop", text, re.MULTILINE).groups())
    cycles = int(re.search(r"^Result: (\d+) cycles per packet", text, re.MULTILINE)[1])
    wanted = int(re.search(r"after at least (\d+) packets", text)[1])
    assert count >= wanted > 2_000_000
    assert 0 < cycles
    assert drop < 1024  # The ring was filled to the brim at the start, 1024 descriptors.
    assert bed.wires[0].quiet(0.02) == []
    assert "pthresh 32; 31 is used" in text
    port = bed.stats()["ports"][0]
    assert port["rx"]["frames"] >= count and port["tx"]["frames"] >= count
    print(f"{count} frames, {cycles} cycles a packet")


# --- examples that forward ------------------------------------------------------------------------

def with_checksum(header):
    """An IPv4 header with its checksum in order."""
    header = header[:10] + bytes(2) + header[12:]
    return header[:10] + (0xffff ^ frames.ones_sum(header)).to_bytes(2, "big") + header[12:]


def stream(mac, rng, dst, count):
    """Frames for a forwarder with address `mac`, to a network that is reached by port `dst`."""
    made = []
    for number in range(count):
        size = rng.choice((18, 22, 100, 512, 1000, 1472))
        header = struct.pack("!BxHHxxBBxx4s4s", 0x45, 28 + size, number, rng.randrange(2, 256), 17,
                             bytes([10, 1, 2, 3]), bytes([198, 18, dst, 1 + number % 200]))
        made.append(mac + frames.mac_bytes(frames.PEER) + b"\x08\x00"
                    + with_checksum(header) + struct.pack("!HHHH", 9, 9, 8 + size, 0)
                    + number.to_bytes(4, "big") + rng.randbytes(size - 4))
    return made


def rewritten(kind, frame, mac, port):
    """What an example makes of a frame that leaves by this port, which has this address."""
    if kind == "same":
        return frame
    # Both: the address 02:00:00:00:00:<port>, and the port's own.
    ether = bytes([2, 0, 0, 0, 0, port]) + mac
    if kind == "macs":
        return ether + frame[12:]
    # And a router's: TTL less by one, the checksum, as these programs do it, one more as it lies.
    checksum = (int.from_bytes(frame[24:26], "little") + 1 & 0xffff).to_bytes(2, "little")
    header = frame[14:22] + bytes([frame[22] - 1, frame[23]]) + checksum + frame[26:34]
    return ether + frame[12:14] + header + frame[34:]


# Example: (what it prints when it is ready, what it does to frames, workers, its arguments).
FORWARDERS = {
    "skeleton": (r"forwarding packets", "same", 0, []),
    "l2fwd": (r"Port 1 Link up", "macs", 1, ["-p", "3", "-T", "0"]),
    # Two queues a port, over which RSS spreads the flows.
    "l3fwd": (r"Port 1 Link up", "router", 1, ["-p", "3", "--lookup=lpm",
                                               "--config=(0,0,1),(0,1,1),(1,0,1),(1,1,1)"]),
}


def forward(rng, macs, wires, kind, count=FRAMES):
    """Frames in at each port come out at the other, each byte of them as the example has it."""
    for src, dst in ((0, 1), (1, 0)):
        sent = stream(macs[src], rng, dst, count)
        got = []
        for at in range(0, count, 100):
            wires[src].send_all(sent[at:at + 100])
            got += wires[dst].recv_many(len(sent[at:at + 100]))
        wanted = [rewritten(kind, frame, macs[dst], dst) for frame in sent]
        # A router with several queues keeps the order within a flow.
        for host in {frame[33] for frame in sent}:
            assert [f for f in got if f[33] == host] == [f for f in wanted if f[33] == host]
        assert len(got) == count
        assert wires[src].quiet(0.02) == []


@pytest.mark.twin
@pytest.mark.parametrize("driver", beds.DRIVERS)
@pytest.mark.parametrize("example", FORWARDERS)
def test_forwarding_example(build, start, rng, example, driver):
    """skeleton, l2fwd, l3fwd: frames both ways, byte for byte."""
    ready, kind, workers, arguments = FORWARDERS[example]
    bed = start(driver, clients.build_example(build, example), *arguments, workers=workers,
                mmio="fast")
    bed.terminal.wait(ready)
    forward(rng, [bed.mac(0), bed.mac(1)], bed.wires, kind)
    # The example's own end; basicfwd has no handler and dies of the signal.
    code = bed.terminal.end(signal.SIGINT)
    assert code == (128 + signal.SIGINT if example == "skeleton" else 0)
    for port in bed.stats()["ports"]:
        assert port["rx"]["frames"] == port["tx"]["frames"] == FRAMES
        queues = [queue["frames"] for queue in port["rx_queues"] if queue["frames"]]
        assert len(queues) == (2 if example == "l3fwd" else 1)


# With EAL's arguments as for any program. TX through a buffer that is drained every 100 us.
GUEST_EXAMPLES = ("skeleton", "l2fwd")


@pytest.mark.vm
@pytest.mark.parametrize("example", GUEST_EXAMPLES)
def test_forwarding_example_in_guest(build, guest_holder, rng, example):
    """The same with QEMU's model of the NIC and the kernel's VFIO."""
    if "address" in build.sanitizers:
        pytest.skip("the guest's image has no sanitizer runtime: sanitizers run on the twin")
    ready, kind, workers, arguments = FORWARDERS[example]
    machine, wires = guest_holder.guest, guest_holder.wires
    faults = len(machine.dmar_faults())
    program = f"/tmp/{example}"
    machine.put(clients.build_example(build, example), program)
    lcores = ",".join(f"{n}@(0,1)" for n in range(1 + workers))
    allowed = [word for nic in machine.nics[:2] for word in ("-a", nic.pci)]
    process = machine.spawn([program, "-d", beds.GUEST_PLUGIN, *allowed, "--lcores", lcores,
                             "--in-memory", "--no-telemetry", "--", *arguments], pty=True)
    log = ""
    try:
        log = process.read_until(ready, 90)
        assert log.count("Probe PCI driver: net_oriel (8086:10c9)") == 2
        if example == "skeleton":
            # It does not wait for the link, which QEMU lets come up half a second after the start.
            time.sleep(1.5)
        for wire in wires:
            while wire.quiet(0.03):
                pass
        forward(rng, [bytes.fromhex(nic.mac.replace(":", "")) for nic in machine.nics[:2]], wires,
                kind, 200)
        process.signal(signal.SIGINT)
        code = process.wait(30).rc
        assert code == (128 + signal.SIGINT if example == "skeleton" else 0)
    finally:
        print(log[-2000:])
        if process.rc is None:
            process.signal(signal.SIGKILL)
            process.wait(10)
        machine.run(["rm", "-f", program])
    assert len(machine.dmar_faults()) == faults


# --- examples of other features -------------------------------------------------------------------

@pytest.mark.twin
def test_l3fwd_power(build, start, rng):
    """l3fwd-power --interrupt-only: an lcore that sleeps is woken by a frame, and forwards it."""
    bed = start("oriel", clients.build_example(build, "l3fwd-power"), "-p", "3",
                "--config=(0,0,1),(1,0,1)", "--interrupt-only", mmio="fast", workers=1)
    bed.terminal.wait(r"rxqueueid=0\n.*portid=1 rxqueueid=0")
    assert clients.wait_until(lambda: "Port 1 Link up" in bed.terminal.text, 10)
    for src, dst in ((0, 1), (1, 0)) * 3:
        # By then it sleeps.
        time.sleep(0.05)
        frame, = stream(bed.mac(src), rng, dst, 1)
        # Its table: 1.1.1.0/24 leaves by port 0, 2.1.1.0/24 by port 1.
        header = with_checksum(frame[14:30] + bytes([1 + dst, 1, 1, 9]))
        frame = frame[:14] + header + frame[34:]
        bed.wires[src].send(frame)
        assert bed.wires[dst].recv() == rewritten("router", frame, bed.mac(dst), dst)
        bed.terminal.wait(f"waked up from rx interrupt on port {src} queue 0")
    assert bed.terminal.end(signal.SIGINT) == 0
    irqs = [sum(port["irqs"]) for port in bed.stats()["ports"]]
    assert min(irqs) >= 3, irqs


@pytest.mark.twin
def test_ethtool(build, start, tmp_path):
    """The example ethtool: driver, firmware, registers, the NVM, addresses, MTU, rings."""
    bed = start("oriel", clients.build_example(build, "ethtool"), workers=1)

    def ask(line):
        bed.terminal.wait("EthApp> ")
        bed.terminal.say(line)
        return bed.terminal.wait(r"\n(?=EthApp> )").removeprefix(line)

    text = ask("drvinfo")
    assert text.count("driver: net_oriel") == 2
    assert len(re.findall(r"firmware-version: \d+\.\d+\.\d+", text)) == 2
    assert re.findall(r"Port (\d): (\w+)", ask("link")) == [("0", "Up"), ("1", "Up")]
    size = int(re.search(r"Port 0: (\d+) bytes", ask(f"regs 0 {tmp_path}/regs"))[1])
    dump = (tmp_path / "regs").read_bytes()
    assert len(dump) == size > 1000 and any(dump)
    size = int(re.search(r"EEPROM length: (\d+) bytes", ask(f"eeprom 0 {tmp_path}/nvm"))[1])
    words = struct.unpack(f"<{size // 2}H", (tmp_path / "nvm").read_bytes())
    assert struct.pack("<3H", *words[:3]) == bed.mac(0)
    assert sum(words[:64]) & 0xffff == 0xbaba  # the datasheet's sum over the first 64 words
    assert "MAC address changed" in ask("macaddr 0 02:00:00:00:00:a7")
    assert "02:00:00:00:00:A7" in ask("macaddr 0")
    assert "MTU set to 1400" in ask("mtu 0 1400")
    ask("ringparam 0 256 512")  # TX, RX
    assert re.search(r"Rx Pending: 512 \(4096 max\)\s+Tx Pending: 256 \(4096 max\)",
                     ask("ringparam 0"))
    bed.terminal.wait("EthApp> ")
    bed.terminal.say("quit")
    assert bed.terminal.end() == 0
