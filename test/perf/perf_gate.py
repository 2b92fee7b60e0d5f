# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The gate: instructions and bus traffic a packet, compared with the figures checked in."""

import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import perf_facts
import perf_measure
import perf_meters

FILE = pathlib.Path(__file__).resolve().parent / "gate.json"
TOLERANCE = 0.03
# Forced rows: the driver's own choice depends on the CPU.
BUS_ROWS = ("scalar", "avx2")
BUS_KEYS = ("rx_doorbells", "tx_doorbells", "mmio_reads", "tx_write_backs", "desc_bytes_read",
            "desc_bytes_written", "payload_bytes_read", "payload_bytes_written")
BUS_PACKETS = 16384
UPDATE = "test/perf/gate --update rewrites test/perf/gate.json"


class GateError(Exception):
    """The figures cannot be had; the text says why."""


@dataclasses.dataclass
class Figures:
    """What was measured, or is checked in.

    instructions  {"rx/ROW/FRAMES/BURST": instructions a packet}
    bus           {"ROW/BURST/COUNT": count a packet}
    rows          {"rx/ROW"}: rows of the path table that must have figures
    skipped       {beginning of a key: why it could not be measured here}
    """

    compiler: str
    dpdk: str
    instructions: dict
    bus: dict
    rows: set = dataclasses.field(default_factory=set)
    skipped: dict = dataclasses.field(default_factory=dict)

    def why_skipped(self, key):
        """Why a key has no figure here, or None."""
        return next((why for start, why in self.skipped.items() if key.startswith(start + "/")),
                    None)


def load(path=FILE):
    """The figures that are checked in."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Figures(stored["compiler"], stored["dpdk"], stored["instructions"], stored["bus"])


def save(found, path=FILE):
    """Check figures in. GateError if some could not be measured here."""
    if found.skipped:
        raise GateError("not everything can be measured here: " + "; ".join(
            f"{what}: {why}" for what, why in found.skipped.items()))
    stored = {"compiler": found.compiler, "dpdk": found.dpdk,
              "instructions": {k: round(v, 2) for k, v in sorted(found.instructions.items())},
              "bus": {k: round(v, 6) for k, v in sorted(found.bus.items())}}
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


# --- measuring ------------------------------------------------------------------------------------


def measure(build):
    """Everything, in a build folder."""
    build = pathlib.Path(build)
    instructions, rows, skipped = count_instructions(build)
    bus, left_out = count_bus(build)
    skipped.update(left_out)
    return Figures(perf_facts.compiler(build), perf_facts.dpdk(), instructions, bus, rows, skipped)


def count_instructions(build):
    """(instructions a packet by label, rows that must have some, what was skipped)"""
    program = build / "test/perf/oriel-icount"
    if not program.exists():
        raise GateError(f"{program} is not built: valgrind was missing when the build was set up "
                        "(test/setup installs it)")
    if not shutil.which("valgrind"):
        raise GateError("valgrind is missing: test/setup installs it")
    with tempfile.TemporaryDirectory(prefix="oriel-gate-") as folder:
        out = pathlib.Path(folder, "count")
        try:
            done = subprocess.run(
                ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--instr-atstart=no",
                 f"--callgrind-out-file={out}", str(program)], capture_output=True, text=True,
                timeout=300, check=False)
        except subprocess.TimeoutExpired:
            raise GateError("oriel-icount did not end in 300 s") from None
        if done.returncode != 0:
            raise GateError(f"oriel-icount ended with {done.returncode}:\n{done.stderr[-2000:]}")
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        skipped = {s["label"]: s["skipped"] for s in said if "skipped" in s}
        counts = parts(out)
    made = [s for s in said if "skipped" not in s]
    for one in made:
        if one["label"] not in counts:
            raise GateError(f"callgrind wrote no part for {one['label']}")
    # Call, return and the switches of counting: what a burst that does nothing takes.
    nothing = made.pop(0)
    each = counts[nothing["label"]] / nothing["bursts"]
    instructions = {s["label"]: (counts[s["label"]] - each * s["bursts"]) / s["packets"]
                    for s in made}
    if not instructions or min(instructions.values()) <= 0:
        raise GateError("callgrind counted nothing")
    return instructions, rows_of(program), skipped


def parts(out):
    """{label: instructions} of the parts that callgrind wrote for requests of the program."""
    counts = {}
    for path in out.parent.glob(out.name + ".*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        label = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
        if label and total:
            counts[label[1]] = int(total[1])
    return counts


def rows_of(program):
    """The scalar and the 256-bit rows of the path table."""
    done = subprocess.run([str(program), "--list"], capture_output=True, text=True, timeout=60,
                          check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{r['side']}/{r['row']}" for r in rows if r["simd_width"] in (0, 256)}


def count_bus(build):
    """(counts a packet by key, what was left out)"""
    left_out = {}
    with tempfile.TemporaryDirectory(prefix="oriel-gate-") as logs:
        bench = perf_meters.Bench(build, perf_meters.find_place(), False, logs)
        try:
            counts = perf_measure.bus_counts(bench, BUS_ROWS, BUS_PACKETS,
                                             lambda meters: left_out.update(meters.left_out))
        except (perf_meters.MeterError, perf_meters.MeterDied) as error:
            raise GateError(str(error)) from None
    # Without the CPU for it a row cannot be measured. That the driver did not take it is no excuse.
    skipped = {row: why for row, why in left_out.items() if why.startswith("this CPU")}
    return {f"{row}/{burst}/{key}": value[key] for burst, rows in counts.items()
            for row, value in rows.items() for key in BUS_KEYS}, skipped


# --- comparing ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Check:
    """One figure beside the one that is checked in.

    state  same, better, worse, missing (not measured any more), new (not checked in), skipped
    """

    key: str
    state: str
    old: float = None
    new: float = None
    why: str = ""

    @property
    def failed(self):
        """Whether it must not be so."""
        return self.state in ("worse", "missing", "new")

    def __str__(self):
        if self.state == "skipped":
            return f"{self.key}: skipped: {self.why}"
        if self.state == "missing":
            return f"{self.key}: is checked in and was not measured; if that is meant, {UPDATE}"
        if self.state == "new":
            return f"{self.key}: has no figure that is checked in; {UPDATE}"
        text = f"{self.key}: {self.new:.4g}, checked in {self.old:.4g}"
        if self.state == "same":
            return text
        change = f" ({100 * (self.new / self.old - 1):+.1f} %)" if self.old else ""
        if self.state == "better":
            return f"{text}: better{change}, {UPDATE}"
        return f"{text}: worse{change}"


def compare(key, old, new):
    """Lower is better; within the tolerance it is the same. Of nothing anything is more."""
    if new > old * (1 + TOLERANCE) + 1e-9:
        return Check(key, "worse", old, new)
    if new < old * (1 - TOLERANCE) - 1e-9:
        return Check(key, "better", old, new)
    return Check(key, "same", old, new)


def other_versions(stored, found):
    """Why instructions of two builds cannot be compared, or None."""
    for what, old, new in (("the compiler", stored.compiler, found.compiler),
                           ("DPDK", stored.dpdk, found.dpdk)):
        if old != new:
            return f"{what} is {new}, the figures that are checked in are of {old}"
    return None


def check_instructions(key, stored, found):
    """A figure of the file's instructions."""
    why = other_versions(stored, found) or found.why_skipped(key)
    if why:
        return Check(key, "skipped", why=why)
    return _check(key, stored.instructions, found.instructions)


def check_bus(key, stored, found):
    """A figure of the file's bus counts; they depend on no version."""
    why = found.why_skipped(key)
    if why:
        return Check(key, "skipped", why=why)
    return _check(key, stored.bus, found.bus)


def _check(key, stored, found):
    if key not in stored:
        return Check(key, "new", new=found[key])
    if key not in found:
        return Check(key, "missing", stored[key])
    return compare(key, stored[key], found[key])


def without_figures(stored, found):
    """Checks for what has no figure in the file: rows of the table, further counts."""
    rows = {"/".join(key.split("/")[:2]) for key in stored.instructions}
    lacking = [Check(row, "new") for row in sorted(found.rows - rows)]
    lacking += [Check(key, "new") for key in sorted(found.instructions.keys()
                                                    - stored.instructions.keys())
                if "/".join(key.split("/")[:2]) in rows]
    return lacking + [Check(key, "new") for key in sorted(found.bus.keys() - stored.bus.keys())]


def all_checks(stored, found):
    """Every check, in order."""
    return ([check_instructions(key, stored, found) for key in sorted(stored.instructions)]
            + [check_bus(key, stored, found) for key in sorted(stored.bus)]
            + without_figures(stored, found))
