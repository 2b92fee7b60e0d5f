# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The VM bed itself: commands, files, NICs, wires, DMA faults that are seen, nothing left over."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))
import guest as bed  # noqa: E402

pytestmark = pytest.mark.vm

RUN = HERE.parent / "vm" / "run"
# Registers of the 82576, for a DMA that no driver asked for.
TCTL, TDBAL, TDBAH, TDLEN, TDT, TXDCTL = 0x400, 0xe000, 0xe004, 0xe008, 0xe018, 0xe028


def provoke(pci, address):
    """Shell text that makes an igb NIC without driver read a transmit descriptor at `address`."""
    writes = ((TCTL, 2), (TDBAL, address), (TDBAH, 0), (TDLEN, 128), (TXDCTL, 1 << 25), (TDT, 1))
    return (f"set -e; cd /sys/bus/pci/devices/{pci}; echo 1 > enable; "
            "printf '\\006\\000' | dd of=config bs=1 seek=4 conv=notrunc 2>/dev/null; "
            "read bar rest < resource; "
            + "; ".join(f"devmem $((bar + {register:#x})) 32 {value:#x}"
                        for register, value in writes))


@pytest.fixture(scope="module", name="machine")
def machine_fixture():
    """A guest with two NICs on datagram sockets, whose own DMA is translated too."""
    bed.require_vm()
    with bed.Guest([bed.NicSpec(), bed.NicSpec()], iommu="strict") as machine:
        yield machine


def test_results(machine):
    """Exit code, both outputs, and a command that does not exist."""
    result = machine.run("echo out; echo err >&2; exit 7")
    assert (result.rc, result.out, result.err) == (7, "out\n", "err\n")
    assert machine.run("kill -9 $$").rc == 137
    missing = machine.run(["/no/such/program"])
    assert missing.rc == 127 and "/no/such/program" in missing.err


def test_files_of_any_bytes(machine):
    """Random bytes, more than any buffer on the way, come back as they went."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    data = random.Random(seed).randbytes(3_000_001)
    machine.write_file("/tmp/dir/random file", data, 0o750)
    assert machine.read_file("/tmp/dir/random file") == data
    assert machine.run("stat -c %a '/tmp/dir/random file'").out == "750\n"


def test_several_at_once(machine):
    """Interactive commands side by side do not mix."""
    processes = [machine.spawn("while read x; do echo $x-" + str(n) + "; done") for n in range(8)]
    for text in ("one", "two"):
        for process in processes:
            process.write_line(text)
    for number, process in enumerate(processes):
        assert [process.read_line(), process.read_line()] == [f"one-{number}", f"two-{number}"]
        process.close_stdin()
        assert process.read_line() is None
        assert process.wait().rc == 0


def test_time_limit(machine):
    """A command that takes too long is ended; the guest goes on."""
    find = "grep -l 'sleep.123[4]' /proc/[0-9]*/cmdline"
    process = machine.spawn("sleep 1234; echo end")
    process.write_line("")
    while machine.run(find).rc != 0:
        assert process.running()
    with process:
        pass
    with pytest.raises(bed.GuestTimeout):
        machine.run("echo begun; sleep 1234; echo end", timeout=1)
    deadline = time.monotonic() + 10
    while machine.run(find).rc == 0:
        assert time.monotonic() < deadline, "a command is still running"


def test_link(machine):
    """The cable of a NIC can be pulled, which Linux's own driver sees."""
    machine.bind("igb", 0)
    name = machine.interface(0)
    machine.run(f"ip link set {name} up").check()
    for up in (True, False, True):
        machine.set_link(0, up)
        deadline = time.monotonic() + 20
        while machine.run(f"cat /sys/class/net/{name}/carrier").out.strip() != str(int(up)):
            assert time.monotonic() < deadline, f"carrier is not {up}"


def test_wire(machine):
    """Frames go both ways between a datagram socket of the host and a NIC of the guest."""
    nic = machine.nics[1]
    machine.bind("igb", 1)
    name = machine.interface(1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(nic.remote)
        wire.settimeout(20)
        machine.run(f"ip link set {name} up && ip addr add 10.0.9.1/24 dev {name}").check()
        # Ask who has 10.0.9.1, and get the answer.
        host = bytes.fromhex("020000000001")
        ask = (b"\xff" * 6 + host + bytes.fromhex("0806000108000604" "0001") + host
               + socket.inet_aton("10.0.9.2") + b"\0" * 6 + socket.inet_aton("10.0.9.1"))
        answer = None
        deadline = time.monotonic() + 20
        while answer is None and time.monotonic() < deadline:
            wire.sendto(ask.ljust(60, b"\0"), nic.local)
            frame = wire.recv(16384)
            if frame[12:14] == b"\x08\x06" and frame[:6] == host:
                answer = frame
        assert answer is not None
        assert answer[22:28].hex(":") == nic.mac
    assert machine.dmar_faults() == []


def test_dma_fault_is_seen(machine):
    """A DMA outside all windows, provoked through the registers, is reported."""
    assert machine.dmar_faults() == []
    machine.bind("", 0)
    machine.run(provoke(machine.nics[0].pci, 0x123000)).check()
    faults = []
    for _ in range(50):
        faults = machine.dmar_faults()
        if faults:
            break
    assert [(f.kind, f.device, f.address) for f in faults] == [("DMA Read", "01:00.0", 0x123000)]
    assert bed.parse_dmar(machine.console()), "not on the console, where it is sought after a crash"


def qemus_of(pid):
    """The QEMU processes that a process has started, by number."""
    children = [int(number) for path in Path(f"/proc/{pid}/task").glob("*/children")
                for number in path.read_text(encoding="utf-8").split()]
    return [child for child in children
            if "qemu" in Path(f"/proc/{child}/comm").read_text(encoding="utf-8")]


def is_running(pid):
    """False for a zombie too, which merely waits to be noticed."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def run_vm(*options, **more):
    """test/vm/run, its output taken."""
    return subprocess.run([sys.executable, RUN, *options], check=False, capture_output=True,
                          text=True, timeout=120, **more)


def test_run_command():
    """test/vm/run passes input, both outputs and the exit code, and shows the NICs bound."""
    bed.require_vm()
    done = run_vm("--", "sh", "-c", "cat; echo err >&2; ls /sys/bus/pci/drivers/vfio-pci; exit 5",
                  input="text\n")
    assert (done.returncode, done.stderr) == (5, "err\n")
    assert done.stdout.startswith("text\n") and "0000:02:00.0" in done.stdout


def test_run_dma_fault():
    """A command that succeeds does not hide a DMA fault."""
    bed.require_vm()
    done = run_vm("--nic", "igb,wire=none", "--iommu", "strict", "--bind", "none", "--", "sh", "-c",
                  provoke("0000:01:00.0", 0x45000) + "; sleep 1; echo done",
                  stdin=subprocess.DEVNULL)
    assert done.stdout == "done\n"
    assert done.returncode == 3
    assert "0x45000" in done.stderr and "1 DMA FAULTS" in done.stderr


def test_run_time_limit():
    """The time limit ends it with its own exit code."""
    bed.require_vm()
    done = run_vm("--nic", "igb,wire=none", "--time-limit", "20", "--", "sleep", "1000",
                  stdin=subprocess.DEVNULL)
    assert done.returncode == 124
    assert "time limit" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=lambda number: number.name)
def test_nothing_left(number, tmp_path):
    """However test/vm/run ends, QEMU ends too; if it may clean up, its folder is gone."""
    bed.require_vm()
    with subprocess.Popen([sys.executable, RUN, "--", "sh", "-c", "echo up; sleep 1000"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, TMPDIR=str(tmp_path))) as process:
        assert process.stdout.readline() == "up\n"
        started = qemus_of(process.pid)
        assert len(started) == 1 and is_running(started[0])
        process.send_signal(number)
        process.wait(20)
    deadline = time.monotonic() + 10
    while is_running(started[0]):
        assert time.monotonic() < deadline, "QEMU is left"
        time.sleep(0.05)
    if number != signal.SIGKILL:
        assert not list(tmp_path.iterdir())
