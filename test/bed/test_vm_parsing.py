# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The parts of the VM bed that need no VM: frames, logs, options, archives, the capture."""

import io
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))
import channel  # noqa: E402
import guest as bed  # noqa: E402
import image  # noqa: E402
import pcapfile  # noqa: E402
import qemu  # noqa: E402
import traffic  # noqa: E402

FAULT_LOG = """\
[    0.076757] DMAR: IOMMU enabled
[    3.945203] DMAR: DRHD: handling fault status reg 2
[    3.946613] DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault addr 0x100000 \
[fault reason 0x06] PTE Read access is not set
[    4.1] DMAR: [DMA Write] Request device [02:10.1] fault addr fffe0000 \
[fault reason 05] PTE Write access is not set
[    4.2] DMAR: [INTR-REMAP] Request device [f0:1f.0] fault index 0x8000 \
[fault reason 0x25] Blocked a compatibility format interrupt request
"""


def test_dmar_faults():
    """Every fault line is found, old and new spelling; what merely announces is not counted."""
    faults = bed.parse_dmar(FAULT_LOG)
    assert [(f.kind, f.device, f.address) for f in faults] == [
        ("DMA Read", "01:00.0", 0x100000), ("DMA Write", "02:10.1", 0xfffe0000),
        ("INTR-REMAP", "f0:1f.0", 0x8000)]
    assert faults[0].reason == "0x06 PTE Read access is not set"
    assert bed.parse_dmar("\n".join(FAULT_LOG.splitlines()[:1])) == []


def test_dmar_faults_without_details():
    """If the rate limit swallowed the details, the announcement still counts."""
    faults = bed.parse_dmar("\n".join(FAULT_LOG.splitlines()[:2]))
    assert [fault.kind for fault in faults] == ["unknown"]


@pytest.mark.parametrize("line, stuck", [
    ("[   23.8] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", True),
    ("[    0.0] Kernel panic - not syncing: timer doesn't work through Interrupt-remapped IO-APIC",
     True),
    ("[    3.1] Kernel panic - not syncing: Attempted to kill init!", False)])
def test_boot_stuck(line, stuck):
    """Only a boot that failed for want of time is tried again."""
    assert bool(bed.BOOT_STUCK.search(line)) == stuck


def test_frames_in_any_pieces():
    """A stream of frames cut anywhere gives the same frames."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    rng = random.Random(seed)
    frames = [(rng.randrange(1 << 32), rng.randrange(1 << 32), rng.randbytes(rng.choice(
        (0, 1, 11, 12, 13, 4096, channel.CHUNK)))) for _ in range(60)]
    stream = b"".join(channel.frame(*each) for each in frames)
    for longest in (1, 13, 5000, len(stream)):
        reader, got, pos = channel.FrameReader(), [], 0
        while pos < len(stream):
            step = rng.randint(1, longest)
            got += reader.feed(stream[pos:pos + step])
            pos += step
        assert got == frames


def test_frame_too_long():
    """A length that no frame can have is an error, not a wait for more."""
    with pytest.raises(channel.GuestError, match="at most"):
        channel.FrameReader().feed(channel.HEAD.pack(1, 17, channel.MAX_FRAME + 1))


@pytest.mark.parametrize("status, code", [(0, 0), (1 << 8, 1), (255 << 8, 255), (9, 137),
                                          (11 | 0x80, 139)])
def test_exit_codes(status, code):
    """Wait status words become what a shell shows."""
    assert channel.exit_code(status) == code


def test_nic_options():
    """--nic: what is given ends up in the NIC, what is wrong is named."""
    nic = qemu.NicSpec.parse("virtio-net-pci,wire=hub:3,mac=52:54:00:aa:bb:cc,mtu=9000")
    assert (nic.model, nic.wire, nic.mac, nic.mtu) == (
        "virtio-net-pci", "hub:3", "52:54:00:aa:bb:cc", 9000)
    for text, named in (("igb,wire=tap", "tap"), ("igb,speed=1", "speed=1"), ("igb,mac=1", "'1'"),
                        ("igb;x", "igb;x")):
        with pytest.raises(ValueError) as caught:
            qemu.NicSpec.parse(text)
        assert named in str(caught.value)


def test_qemu_versions():
    """Releases are told apart as numbers, not as text."""
    assert qemu.qemu_version("QEMU emulator version 10.0.2 (Debian ...)") == (10, 0)
    assert qemu.qemu_version("QEMU emulator version 8.0.5") < qemu.MINIMUM
    assert qemu.qemu_version("something else") is None


def test_ping_summary():
    """Counts come from the summary; without one there is no result."""
    ping = traffic.parse_ping("20 packets transmitted, 19 received, 5% packet loss, time 9ms")
    assert (ping.sent, ping.received) == (20, 19)
    with pytest.raises(bed.GuestError):
        traffic.parse_ping("ping: connect: Network is unreachable")


def test_module_info():
    """Dependencies and aliases are read from a module's text section."""
    data = b"\x7fELF..\0alias=pci:v1d2\0depends=vfio,vfio-pci-core\0alias=x\0name=a\0"
    assert image.module_info(data) == (["vfio", "vfio_pci_core"], ["pci:v1d2", "x"])
    assert image.module_info(b"\0depends=\0") == ([], [])


def test_archive(tmp_path):
    """The archive is one that cpio reads back: contents, modes, links, folders made on the way."""
    out = io.BytesIO()
    cpio = image.Cpio(out)
    cpio.file("a/b/c", b"12345", 0o755)
    cpio.link("a/l", "b/c")
    cpio.end()
    try:
        subprocess.run(["cpio", "-id", "--quiet"], input=out.getvalue(), cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("no cpio program to check with")
    assert (tmp_path / "a" / "l").read_bytes() == b"12345"
    assert (tmp_path / "a/b/c").stat().st_mode & 0o777 == 0o755
    assert {"a", "a/b", "a/b/c", "a/l"} <= cpio.names


def test_capture():
    """The capture that is checked in has every kind of traffic, in frames that a NIC could see."""
    data = (HERE / "data" / "mixed.pcap").read_bytes()
    frames = pcapfile.read(data)
    assert pcapfile.write(frames) == data
    counts = Counter(kind for _, _, frame in frames for kind in pcapfile.kinds_of(frame))
    assert all(counts[kind] >= 2 for kind in pcapfile.KINDS), counts
    lengths = [len(frame) for _, _, frame in frames]
    assert min(lengths) == pcapfile.SHORTEST and max(lengths) > 9000
    assert sum(lengths) < 1 << 20


@pytest.mark.parametrize("options, named", [
    ([], "--shell"), (["--shell", "--", "ls"], "--shell"), (["--nic", "igb,wire=x", "--", "ls"],
                                                            "'x'"),
    (["--time-limit", "0", "--", "ls"], "'0'"), (["--put", "/nofile:/x", "--", "ls"], "/nofile")])
def test_run_rejects(options, named):
    """test/vm/run names what is wrong with its options, before anything boots."""
    done = subprocess.run([sys.executable, HERE.parent / "vm" / "run", *options], check=False,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert named in done.stderr
