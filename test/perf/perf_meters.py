# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The meters' processes: one oriel-meter a variant, their arguments, their protocol, hugepages."""

import dataclasses
import json
import os
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bed"))

from agent import LocalProcess  # noqa: E402

START_TIMEOUT_S = 60
MEMORY_MB = 128
HUGEPAGE_MB = 2
PORTS = 2
NR_HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


class MeterError(Exception):
    """A meter said no to a command, or cannot be had at all."""


class MeterDied(Exception):
    """A meter ended, or did not answer in time."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """What is measured: a driver, a row of its path table forced by a devarg, the limit kernel.

    row     value of the devarg "burst", None for the driver's own choice
    names   what the row's bursts have in their names
    flags   what the CPU must have, as /proc/cpuinfo spells it
    """

    name: str
    driver: str
    row: str = None
    names: str = None
    flags: tuple = ()
    limit: bool = False
    eal: tuple = ()


VARIANTS = (
    Variant("limit", "net_oriel", names="limit", flags=("avx2",), limit=True),
    Variant("oriel", "net_oriel"),
    Variant("scalar", "net_oriel", "scalar", "scalar"),
    Variant("sse", "net_oriel", "sse", "sse", ("sse4_2",)),
    Variant("avx2", "net_oriel", "avx2", "avx2", ("avx2",)),
    # EAL lets drivers use 256 bits unless told otherwise.
    Variant("avx512", "net_oriel", "avx512", "avx-512", ("avx512f", "avx512bw", "avx512vl"),
            eal=("--force-max-simd-bitwidth=512",)),
    Variant("igb", "net_e1000_igb"),
    Variant("null", "net_null"),
)
BY_NAME = {v.name: v for v in VARIANTS}


def cpu_flags(path="/proc/cpuinfo"):
    """The CPU's features."""
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()


@dataclasses.dataclass(frozen=True)
class Place:
    """Where everything runs: CPU of the meter, CPU of the device when that is another one."""

    cpu: int
    other: int

    @property
    def alone(self):
        """Whether there is no other CPU."""
        return self.cpu == self.other


def find_place():
    """The last CPU that we may use for the meter, as the first has more of the interrupts."""
    cpus = sorted(os.sched_getaffinity(0))
    return Place(cpus[-1], cpus[0])


class Hugepages:
    """Sees to hugepages of 2 MB for a number of processes; puts back what it changed.

    used  whether there are enough
    text  for the report
    """

    def __init__(self, processes, file=NR_HUGEPAGES):
        self.file = file
        self.before = None
        need = processes * MEMORY_MB // HUGEPAGE_MB
        free = self._read("free_hugepages")
        if free is not None and free < need:
            self._reserve(need - free)
            free = self._read("free_hugepages")
        self.used = free is not None and free >= need
        if self.used:
            self.text = f"2 MB hugepages, {need} for {processes} processes"
        else:
            self.text = f"--no-huge: {free or 0} free hugepages of 2 MB, {need} would be needed"

    def _read(self, name):
        try:
            return int((self.file.parent / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _reserve(self, more):
        before = self._read(self.file.name)
        if before is None:
            return
        try:
            self.file.write_text(str(before + more), encoding="ascii")
        except OSError:
            return
        self.before = before

    def restore(self):
        """Put the number of hugepages back, if it was changed."""
        if self.before is not None:
            self.file.write_text(str(self.before), encoding="ascii")
            self.before = None


class Bench:
    """What all meters have in common: build, place, memory, folder for their logs."""

    def __init__(self, build, place, huge, logs):
        self.build = pathlib.Path(build)
        self.place, self.huge, self.logs = place, huge, pathlib.Path(logs)
        self.logs.mkdir(parents=True, exist_ok=True)

    def eal(self, variant):
        """EAL's arguments: nothing shared with other processes, the variant's devices alone."""
        # Virtual addresses are what EAL takes behind a real IOMMU; the twin's it does not see.
        argv = ["--lcores", f"0@{self.place.cpu}", "-m", str(MEMORY_MB), "--no-telemetry",
                "--iova-mode=va",
                "--log-level", "lib.eal:error", *variant.eal]
        argv += ["--in-memory"] if self.huge else ["--no-huge", "--no-shconf"]
        if variant.driver == "net_null":
            return argv + ["--no-pci"] + [f"--vdev=net_null{n}" for n in range(PORTS)]
        if variant.driver == "net_oriel":
            argv += ["-d", str(self.build / "drivers/net/oriel/librte_net_oriel.so")]
        args = f",burst={variant.row}" if variant.row else ""
        if variant.driver == "net_oriel":
            # What is counted is the bursts' own: the watch reads registers now and then.
            args += ",watch_ms=0"
        for port in range(PORTS):
            argv += ["-a", f"0000:{port + 1:02x}:00.0{args}"]
        return argv

    def argv(self, variant, twin):
        """The command of a meter; twin: options of oriel-twin."""
        place = self.place
        argv = []
        if variant.driver != "net_null":
            argv = [str(self.build / "test/twin/oriel-twin"), "--ports", str(PORTS), *twin, "--"]
        return argv + [str(self.build / "test/perf/oriel-meter"),
                       *self.eal(variant), "--",
                       "--cpu", str(place.cpu), "--device-cpu", str(place.other)]


LOCKSTEP = ("--lockstep", "--wire", "none:0", "--wire", "none:1")
EXACT = LOCKSTEP + ("--mmio", "exact")
FREE = ("--wire", "flood:0", "--wire", "none:1")


class Meter:
    """One oriel-meter: meter("sample", burst=32) carries a command out and returns the reply."""

    def __init__(self, name, argv, log, env=None):
        self.name, self.log = name, log
        self.hello = None
        self._setup = self._reply = None
        try:
            self.process = LocalProcess(argv, log, env=env)
        except OSError as error:
            raise MeterError(f"{argv[0]}: {error.strerror}") from None

    def greet(self):
        """Wait until the meter is up; what it says of itself."""
        self.hello = self("hello", timeout=START_TIMEOUT_S)
        return self.hello

    def __call__(self, command, timeout=30, **arguments):
        arguments["cmd"] = command
        try:
            self.process.write_line(json.dumps(arguments))
            line = self.process.read_line(timeout)
        except BrokenPipeError:
            line = None
        except TimeoutError:
            raise MeterDied(f"{self.name}: '{command}': no answer in {timeout} s"
                            f"{self._tail()}") from None
        if line is None:
            raise MeterDied(f"{self.name}: '{command}': the meter has ended with "
                            f"{self.process.end(5)}{self._tail()}")
        try:
            reply = json.loads(line)
        except ValueError:
            raise MeterDied(f"{self.name}: '{command}': no JSON: {line[:200]}") from None
        if not reply.get("ok"):
            raise MeterError(f"{self.name}: {command}: {reply.get('error', 'no reason given')}")
        return reply

    def setup(self, **arguments):
        """Configure the ports unless they are so already; the reply."""
        if arguments != self._setup:
            self._setup = None
            self._reply = self("setup", timeout=60, **arguments)
            self._setup = arguments
        return self._reply

    def _tail(self):
        return f"\n(log: {self.log})\n" + self.process.log()[-2000:]

    def close(self):
        """End it in order. MeterDied if its exit code is not 0: the twin's is 3 after bad DMA."""
        try:
            code = self.process.end(30)
            if code != 0:
                what = "does not end" if code is None else f"ended with {code}"
                raise MeterDied(f"{self.name}: the meter {what}{self._tail()}")
        finally:
            self.process.kill()

    def kill(self):
        """End it at once."""
        self.process.kill()

    def pause(self):
        """Stop all its threads."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self):
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)


class Meters:
    """The meters of a part of the run, by variant; some may be left out, with a reason."""

    def __init__(self, bench, names, twin, tag):
        self.all = {}
        self.left_out = {}
        flags = cpu_flags()
        try:
            for name in names:
                variant = BY_NAME[name]
                lacking = [f for f in variant.flags if f not in flags]
                if lacking:
                    self.left_out[name] = f"this CPU has no {', '.join(lacking)}"
                    continue
                self.all[name] = Meter(f"{tag}/{name}", bench.argv(variant, twin),
                                       bench.logs / f"{tag}-{name}.log")
            for name in list(self.all):
                self._greet(name)
        except BaseException:
            self.kill()
            raise

    def _greet(self, name):
        variant, meter = BY_NAME[name], self.all[name]
        try:
            driver = meter.greet().get("driver")
            if driver != variant.driver:
                raise MeterError(f"{meter.name}: port 0 is driven by {driver}, expected "
                                 f"{variant.driver}")
            if variant.row is not None:
                reason = not_this_row(variant, meter.setup(ring=512))
                if reason:
                    raise MeterError(reason)
        except (MeterError, MeterDied) as error:
            # Without these there is nothing to compare.
            if name in ("oriel", "igb"):
                raise
            self.left_out[name] = str(error).split("\n", maxsplit=1)[0]
            meter.kill()
            del self.all[name]

    def close(self):
        """End all in order."""
        for name in list(self.all):
            self.all.pop(name).close()

    def kill(self):
        """End all at once."""
        for meter in self.all.values():
            meter.kill()
        self.all.clear()


def not_this_row(variant, reply):
    """Why what a set-up chose is not what the variant is to be measured with; None if it is."""
    bursts = (reply.get("rx_burst", ""), reply.get("tx_burst", ""))
    if variant.names is None or any(variant.names in b.lower() for b in bursts):
        return None
    what = f"burst={variant.row}: the driver chose" if variant.row else "there are the bursts"
    return f"{what} \"{bursts[0]}\" and \"{bursts[1]}\""
