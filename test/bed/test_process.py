# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The process that uses the driver: its privileges, its system calls, what the device may reach."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import pytest

import beds
import conftest
import frames
from agent import LocalProcess

LOOPED = 10_000_000
TRACED = 1_000_000
EXACT = 40_000
ROGUE_IOVA = 0x7000_0000_0000


def wait_for(condition, seconds):
    """True once it holds, False after that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def reachable(path):
    """True if others than owner and group may read the file and pass all folders above it."""
    path = pathlib.Path(path)
    return bool(path.stat().st_mode & stat.S_IROTH) and all(
        folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


@pytest.fixture(name="public_build")
def public_build_fixture(build):
    """The build where the user nobody can reach it, and no one else can write."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    files = (build.plugin, build.agent, build.twin, build.twin_library)
    if os.geteuid() != 0 or all(map(reachable, files)):
        yield build
        return
    # EAL loads no plugin from below a folder that anybody may write to, so not below /tmp.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oriel-bed-", dir="/var/lib"))
    folder.chmod(0o755)
    for path in files:
        target = folder / path.relative_to(build.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    info = build.folder / "meson-info/intro-buildoptions.json"
    (folder / "meson-info").mkdir()
    shutil.copy2(info, folder / "meson-info")
    yield beds.Build(folder)
    shutil.rmtree(folder)


@pytest.fixture(name="home")
def home_fixture():
    """A folder for the user nobody (or for us, if we are no root)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oriel-bed-"))
    if os.geteuid() == 0:
        os.chown(folder, beds.NOBODY, beds.NOBODY)
    yield folder
    shutil.rmtree(folder)


def as_nobody():
    """Arguments of Popen that take all privileges away, if we have any."""
    if os.geteuid() != 0:
        return {}
    return {"user": beds.NOBODY, "group": beds.NOBODY, "extra_groups": []}


@pytest.mark.twin
def test_testpmd_as_nobody(public_build, home):
    """dpdk-testpmd as an ordinary user without hugepages: 10^7 frames, no refused DMA."""
    looped = LOOPED if not public_build.sanitizers else LOOPED // 100
    stats = home / "stats.json"
    env = public_build.environment({"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(home)})
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    argv = [str(public_build.twin), "--stats", str(stats), "--control", str(home / "control"), "--",
            "dpdk-testpmd", "-d", str(public_build.plugin), "--lcores", f"0@({cpus}),1@({cpus})",
            "--no-huge", "-m", "256", "--no-telemetry", "--", "-i", "--forward-mode=io",
            "--total-num-mbufs=8192", "--nb-cores=1"]
    process = LocalProcess(argv, home / "log", env=env, cwd=home, **as_nobody())
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            uid = re.search(r"^Uid:\s+(\d+)", status.read(), re.MULTILINE)[1]
        assert uid != "0"

        def received():
            with contextlib.suppress(OSError):
                return beds.control(home / "control", "counters")["ports"][0]["rx"]["frames"]
            return 0

        process.write_line("start tx_first 12")
        assert wait_for(received, 60), process.log()
        started, first = time.monotonic(), received()
        assert wait_for(lambda: received() >= looped, 180), (process.log(), received())
        rate = (received() - first) / (time.monotonic() - started)
        process.write_line("stop")
        process.write_line("quit")
        out = []
        while (line := process.read_line(30)) is not None:
            out.append(line)
        assert process.end(10) == 0, process.log()
    finally:
        process.kill()
    port = json.loads(stats.read_text(encoding="utf-8"))["ports"][0]
    assert port["dma"]["violations"] == 0
    text = "\n".join(out)
    count = int(re.findall(r"RX-packets:\s*(\d+)", text)[-1])
    assert count >= looped and re.findall(r"RX-dropped:\s*(\d+)", text)[-1] == "0"
    print(f"{count} frames as uid {uid}, {rate / 1e6:.1f} million a second")


@pytest.mark.twin
def test_agent_as_nobody(request, public_build):
    """Probe, link, frames both ways as an ordinary user."""
    user = beds.NOBODY if os.geteuid() == 0 else None
    bed = beds.TwinBed(public_build, "oriel", user=user)
    try:
        assert bed.agent.hello["uid"] != 0
        bed.setup(lsc=True)
        frame = frames.raw(bed.mac(), 300)
        bed.wires[0].send(frame)
        assert bed.rx_one()["data"] == frame
        bed.tx(frame)
        assert bed.wires[0].recv() == frame
    finally:
        conftest.finish(request, bed)


@pytest.fixture(name="looped")
def looped_fixture(request, build):
    """A bed on the loop wire with frames circling through the agent's worker."""
    made = []

    def make(driver, mmio, burst=32, nframes=64):
        if build.missing(driver, "twin"):
            pytest.skip(build.missing(driver, "twin"))
        # What is counted is the bursts' own: the watch reads registers now and then.
        devargs = "watch_ms=0" if driver == "oriel" else ""
        bed = beds.TwinBed(build, driver, wires=["loop:0"], mmio=mmio, devargs=devargs)
        made.append(bed)
        bed.setup(start=False)
        bed.agent("promisc", port=0, on=True)
        bed.agent("start", port=0)
        bed.agent("link_wait", port=0, timeout_ms=10000)
        bed.tx(*[frames.raw(frames.PEER, 60 + n) for n in range(nframes)])
        started = bed.agent("job_start", mode="echo", port=0, pool=bed.pool, burst=burst,
                            timeout_ms=300000)
        return bed, started
    yield make
    for bed in made:
        conftest.finish(request, bed)


def strace(tid, until):
    """Trace one thread until a condition holds; {system call: how often}."""
    with tempfile.NamedTemporaryFile("r") as out:
        # Without -f, or all threads of its process would be traced.
        tracer = subprocess.Popen(["strace", "-c", "-o", out.name, "-p", str(tid)],
                                  stderr=subprocess.PIPE, text=True)
        try:
            line = tracer.stderr.readline()
            if "attached" not in line:
                pytest.skip(f"strace may not attach here: {line.strip()}")
            assert wait_for(until, 90), "the condition did not come true under strace"
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(20)
            tracer.stderr.close()
        rows = [line.split() for line in out.read().splitlines()]
    return {row[-1]: int(row[3]) for row in rows
            if len(row) >= 5 and row[-1] != "total" and re.fullmatch(r"[\d.]+", row[0])}


@pytest.mark.twin
def test_no_system_calls(looped, build):
    """A million frames forwarded in steady state: the forwarding thread makes no system call."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if build.sanitizers:
        pytest.skip("a sanitizer's runtime may make system calls of its own")
    bed, job = looped("oriel", "fast", nframes=400)

    def forwarded():
        return bed.agent("job_status", job=job["job"])["tx"]

    assert wait_for(lambda: forwarded() > 1000, 10)
    # The method is able to see system calls: the agent's main thread makes some.
    assert strace(bed.agent.hello["pid"], lambda: bed.agent("ping")["ok"])
    start = forwarded()
    calls = strace(job["tid"], lambda: forwarded() - start > TRACED)
    assert calls == {}, calls
    print(f"{forwarded() - start} frames, 0 system calls")


@pytest.mark.twin
@pytest.mark.parametrize("driver", beds.DRIVERS)
@pytest.mark.parametrize("burst", [32, 4])
def test_register_accesses(looped, driver, burst):
    """Exact mode: no register is read in a burst, and few are written; the figures are printed."""
    bed, job = looped(driver, "exact", burst, nframes=burst)

    def forwarded():
        return bed.agent("job_status", job=job["job"])["tx"]

    assert wait_for(lambda: forwarded() > 1000, 20)
    before, start = bed.counters(), forwarded()
    assert wait_for(lambda: forwarded() - start > EXACT, 60), forwarded() - start
    after, end = bed.counters(), forwarded()
    reads = after["mmio"]["hot_reads"] - before["mmio"]["hot_reads"]
    other = after["mmio"]["reads"] - before["mmio"]["reads"] - reads
    sent = after["tx"]["frames"] - before["tx"]["frames"]
    bells = {way: after[way]["doorbells"] - before[way]["doorbells"] for way in ("rx", "tx")}
    print(f"{driver}, bursts of up to {burst}: {sent} frames, {reads} reads of queue registers, "
          f"{other} of others; doorbells per frame: RX {bells['rx'] / sent:.4f}, "
          f"TX {bells['tx'] / sent:.4f}; about {end - start} forwarded")
    assert reads == 0 and other == 0
    assert bells["tx"] <= sent + 1 and bells["rx"] <= sent + 1


def test_rogue_dma(bed):
    """A frame whose buffer lies nowhere: the IOMMU refuses, all hear of it, the port goes on."""
    bed.setup()
    bed.violations = 1
    good = frames.raw(frames.PEER, 200)
    bed.tx({"data": good.hex(), "iova": ROGUE_IOVA})
    leaked = bed.wires[0].quiet(0.3)
    # QEMU sends zeros in its place.
    assert all(not any(frame[14:]) for frame in leaked) and good not in leaked
    if bed.name == "twin":
        assert leaked == []
        seen = bed.control("violations")
        assert seen["total"] == 1
        assert int(seen["violations"][0]["iova"], 16) & ~0xfff == ROGUE_IOVA
        assert not seen["violations"][0]["write"]
        # As on the chip, nothing but a function-level reset gets the device going again.
        bed.agent("stop", port=0)
        bed.agent("detach", name=bed.pci[0])
        assert bed.resources()["mbufs"][bed.pool] == 0
        bed.agent("attach", devargs=bed.pci[0])
        bed.setup()
    bed.tx(good)
    assert good in bed.wires[0].recv_many(1)


HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
HUGE_MB = 128


@pytest.fixture(name="hugepages")
def hugepages_fixture():
    """Enough free hugepages while the test runs; the kernel's number is put back."""
    number = HUGEPAGES / "nr_hugepages"
    if not number.exists():
        pytest.skip("the kernel has no hugepages of 2 MB")
    if os.geteuid() != 0:
        pytest.skip("only root may reserve hugepages")
    before = int(number.read_text())
    number.write_text(str(before + HUGE_MB // 2))
    try:
        if int((HUGEPAGES / "free_hugepages").read_text()) < HUGE_MB // 2:
            pytest.skip(f"the kernel has no room for {HUGE_MB} MB of hugepages")
        yield
    finally:
        number.write_text(str(before))


@pytest.mark.twin
@pytest.mark.parametrize("driver", beds.DRIVERS)
@pytest.mark.usefixtures("hugepages")
def test_hugepages(request, build, driver, rng):
    """With hugepages, as on a machine set up for DPDK: frames of all sizes, no refused DMA."""
    if build.missing(driver, "twin"):
        pytest.skip(build.missing(driver, "twin"))
    bed = beds.TwinBed(build, driver, memory=HUGE_MB, huge=True)
    try:
        bed.setup(pool={"size": 4095})
        smaps = pathlib.Path(f"/proc/{bed.agent.hello['pid']}/smaps").read_text(encoding="ascii")
        assert re.search(r"^KernelPageSize:\s+2048 kB", smaps, re.MULTILINE)
        for size in (60, 64, 1000, 1514):
            frame = frames.raw(bed.mac(), size, rng)
            bed.wires[0].send(frame)
            assert bed.rx_one()["data"] == frame
            bed.tx(frame)
            assert bed.wires[0].recv() == frame
    finally:
        conftest.finish(request, bed)


def cpu_seconds(pid):
    """Processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.twin
@pytest.mark.parametrize("mmio", ["fast", "exact"])
def test_idle_is_idle(request, build, mmio):
    """A port with nothing to do for a second: the twin's threads do not spin."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    bed = beds.TwinBed(build, "oriel", mmio=mmio)
    try:
        bed.setup()
        time.sleep(1.2)
        before = cpu_seconds(bed.agent.hello["pid"])
        time.sleep(2)
        used = (cpu_seconds(bed.agent.hello["pid"]) - before) / 2
        print(f"{mmio}: {used * 100:.0f} % of a processor when idle")
        assert used < 0.35
        # And it wakes up at once.
        frame = frames.raw(bed.mac(), 100)
        bed.wires[0].send(frame)
        assert bed.rx_one()["data"] == frame
    finally:
        conftest.finish(request, bed)


@pytest.mark.twin
@pytest.mark.parametrize("command, code", [
    (["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -KILL $$"], 137),
    (["/no/such/program"], 127)])
def test_exit_codes(build, command, code):
    """oriel-twin ends as its command ended."""
    if build.missing("oriel", "twin"):
        pytest.skip(build.missing("oriel", "twin"))
    env = build.environment()
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    done = subprocess.run([str(build.twin), "--", *command], capture_output=True, env=env,
                          timeout=30, check=False)
    assert done.returncode == code, done.stderr
