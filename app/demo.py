#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Benchmark the plugin in dpdk-testpmd over the device twin, beside upstream's driver."""

import argparse
import dataclasses
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOBODY = 65534
PROMPT = "testpmd>"
DRIVERS = (("net_oriel", ["-d", "librte_net_oriel.so"]), ("net_e1000_igb", []))


@dataclasses.dataclass(frozen=True)
class Job:
    """A benchmark: how the ports are wired, what testpmd does, how it is started."""

    name: str
    title: str
    twin: tuple
    mode: str
    start: str
    ports: int


JOBS = (
    Job("forward", "io forwarding, 1 port, frames circle on a loop wire",
        ("--wire", "loop:0"), "io", "start tx_first 8", 1),
    Job("generate", "flowgen, 2 ports back to back, each sends and takes in",
        ("--wire", "pair:0,1"), "flowgen", "start", 2),
)


class DemoError(Exception):
    """A run failed; the text says how."""


class Testpmd:
    """An interactive testpmd under the twin. Output goes to a log and is searched for answers."""

    def __init__(self, argv, log, env, user):
        # With a terminal for its output testpmd writes line by line.
        reader, writer = pty.openpty()
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=writer, stderr=writer,
                                      env=env, cwd=env["HOME"], **user)
        os.close(writer)
        self.reader = os.fdopen(reader, "rb", buffering=0)
        self.log = log
        self.text = ""
        self.more = threading.Condition()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with open(self.log, "w", encoding="utf-8") as log:
            while True:
                try:
                    data = self.reader.read(65536)
                except OSError:  # the terminal's other end is closed
                    data = b""
                text = data.decode(errors="replace").replace("\r", "")
                log.write(text)
                with self.more:
                    self.text += text
                    self.more.notify()
                if not data:
                    return

    def wait(self, pattern, timeout=60):
        """Wait until the output since the last wait matches; returns the match."""
        end = time.monotonic() + timeout
        with self.more:
            while True:
                match = re.search(pattern, self.text, re.MULTILINE)
                if match:
                    self.text = self.text[match.end():]
                    return match
                left = end - time.monotonic()
                if left <= 0 or not self.thread.is_alive():
                    raise DemoError(f"dpdk-testpmd did not answer (log: {self.log})")
                self.more.wait(min(left, 1))

    def say(self, command):
        self.child.stdin.write(command.encode() + b"\n")
        self.child.stdin.flush()

    def received(self, ports):
        """(time in s, frames that all ports together have received)."""
        frames = 0
        self.say("show port stats all")
        for port in range(ports):
            self.wait(rf"NIC statistics for port {port} ")
            frames += int(self.wait(r"RX-packets: (\d+)")[1])
        return time.monotonic(), frames

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.thread.join(timeout=5)
        self.child.stdin.close()
        self.reader.close()


def lcores():
    """EAL's --lcores: the main one, and one that forwards, on CPUs that we may use."""
    cpus = sorted(os.sched_getaffinity(0))
    return f"0@{cpus[0]},1@{cpus[1 % len(cpus)]}"


def run_job(job, driver, eal, area, results, user, seconds):
    """One benchmark with one driver; returns a row of the table."""
    stem = f"{job.name}-{driver}"
    stats = area / "run" / f"{stem}.json"
    argv = [str(area / "oriel-twin"), *job.twin, "--stats", str(stats), "--",
            "dpdk-testpmd", "--lcores", lcores(), "--no-huge", "-m", "256", "--no-telemetry",
            "--file-prefix", f"oriel-demo-{os.getpid()}", *eal, "--",
            "-i", f"--forward-mode={job.mode}", "--total-num-mbufs=16384", "--rxd=1024",
            "--txd=1024", "--nb-cores=1",
            "--port-topology=" + ("loop" if job.ports == 1 else "paired")]
    # A bare file name, found on the library path: EAL refuses paths that go through /tmp. It must
    # not be in the working folder either, or EAL takes it from there, by its path.
    env = dict(os.environ, LD_LIBRARY_PATH=str(area), XDG_RUNTIME_DIR=str(area / "run"),
               HOME=str(area / "run"))
    testpmd = Testpmd(argv, results / f"{stem}.log", env, user)
    try:
        testpmd.wait(PROMPT)
        testpmd.say("show port info 0")
        found = testpmd.wait(r"^Driver name: (\S+)")[1]
        if found != driver:
            raise DemoError(f"port 0 is driven by {found}, expected {driver}")
        testpmd.say(job.start)
        testpmd.wait("packet forwarding")
        time.sleep(0.5)
        begin = testpmd.received(job.ports)
        time.sleep(seconds)
        end = testpmd.received(job.ports)
        testpmd.say("stop")
        testpmd.wait("Done.")
        testpmd.say("quit")
        testpmd.wait("Bye")
        code = testpmd.child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        raise DemoError(f"dpdk-testpmd did not end (log: {testpmd.log})") from None
    finally:
        testpmd.close()
    if code != 0:
        raise DemoError(f"dpdk-testpmd or the twin ended with code {code} (log: {testpmd.log})")
    shutil.copy(stats, results / stats.name)
    return row_of(job, driver, json.loads(stats.read_text()), begin, end)


def row_of(job, driver, counters, begin, end):
    ports = counters["ports"]
    frames = sum(p["rx"]["frames"] for p in ports)
    if end[1] <= begin[1]:
        raise DemoError(f"{job.name} with {driver}: no frame was received while it was measured")
    return {
        "job": job.name, "driver": driver,
        "mpps": (end[1] - begin[1]) / (end[0] - begin[0]) / 1e6,
        "frames": frames,
        # Not "disabled": what was under way when the ports were started or stopped.
        "drops": sum(p["drops"]["total"] - p["drops"]["disabled"] for p in ports),
        "violations": sum(p["dma"]["violations"] for p in ports),
        "tx_doorbells": sum(p["tx"]["doorbells"] for p in ports) / max(1, frames),
    }


def make_area(build):
    """A private folder with what the unprivileged user runs; he may write to run/ only."""
    area = pathlib.Path(tempfile.mkdtemp(prefix="oriel-demo-"))
    area.chmod(0o755)
    for part in ("drivers/net/oriel/librte_net_oriel.so", "test/twin/liboriel_twin.so",
                 "test/twin/oriel-twin"):
        if not (build / part).exists():
            raise DemoError(f"{build / part} is missing")
        shutil.copy(build / part, area)
        (area / os.path.basename(part)).chmod(0o755)
    (area / "run").mkdir(mode=0o700)
    return area


def print_table(rows):
    print(f"\n{'job':<10}{'driver':<15}{'Mpps':>8}{'frames':>13}{'drops':>11}"
          f"{'DMA violations':>16}{'TX doorbells/frame':>20}")
    for row in rows:
        print(f"{row['job']:<10}{row['driver']:<15}{row['mpps']:>8.2f}{row['frames']:>13}"
              f"{row['drops']:>11}{row['violations']:>16}{row['tx_doorbells']:>20.4f}")


def main():
    parser = argparse.ArgumentParser(prog="app/demo", description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/gcc",
                        help="build folder")
    parser.add_argument("--seconds", type=int, default=3, choices=range(1, 61), metavar="1..60",
                        help="how long each run is measured")
    args = parser.parse_args()
    results = ROOT / "build" / "demo"
    results.mkdir(parents=True, exist_ok=True)
    user, name = {}, f"user {os.getuid()}"
    rows = []
    area = make_area(args.build.resolve())
    try:
        if os.getuid() == 0:
            user, name = {"user": NOBODY, "group": NOBODY, "extra_groups": []}, "user nobody"
            os.chown(area / "run", NOBODY, NOBODY)
        print(f"running dpdk-testpmd over the device twin as {name}, without huge pages")
        for job in JOBS:
            print(f"{job.name}: {job.title}, 64-byte frames")
            for driver, eal in DRIVERS:
                rows.append(run_job(job, driver, eal, area, results, user, args.seconds))
                print(f"  {driver}: {rows[-1]['mpps']:.2f} Mpps", flush=True)
    finally:
        shutil.rmtree(area)
    (results / "results.json").write_text(json.dumps(rows, indent=2) + "\n")
    print_table(rows)
    print("\nThe other end is a software twin of the NIC, on this machine's cores: the figures"
          "\ncompare drivers on one machine. The NIC's own line rate is 1.488 Mpps a port.")
    print(f"results: {results / 'results.json'}; logs and the twin's counters beside it")
    bad = [r for r in rows if r["violations"]]
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DemoError as error:
        print(f"app/demo: {error}", file=sys.stderr)
        sys.exit(1)
