# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What a figure has to be seen with: commit, compiler and flags, DPDK, CPU, clocks, memory."""

import json
import pathlib
import platform
import re
import shlex
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def commit(root=ROOT):
    """The commit, with "and changes" if the tree has some."""
    def git(*argv):
        try:
            done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), *argv],
                                  capture_output=True, text=True, check=False, timeout=30)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    name = git("rev-parse", "--short=12", "HEAD")
    if name is None:
        return "unknown"
    return name + (" and changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def _command(build, source="drivers/net/oriel/rx.c"):
    """The words of the command that compiles a source, [] if it is not known."""
    path = build / "compile_commands.json"
    if not path.exists():
        return []
    commands = json.loads(path.read_text(encoding="utf-8"))
    return next((shlex.split(c["command"]) for c in commands if c["file"].endswith(source)), [])


def compiler(build):
    """Name and version of the C compiler of a build folder."""
    # Another program may stand before it that keeps what was compiled.
    name = next((w for w in _command(build) if re.search(r"(^|[/-])(gcc|clang|cc)[^/]*$", w)), None)
    if name is None:
        return "unknown"
    done = subprocess.run([name, "--version"], capture_output=True, text=True, check=False,
                          timeout=30)
    first = done.stdout.partition("\n")[0]
    version = re.search(r"(\d+\.\d+\.\d+)[^.]*$", first)
    return f"{'clang' if 'clang' in first else 'gcc'} {version[1] if version else first}"


def flags(build):
    """The compiler's flags for a source of the driver, without folders and file names."""
    words, kept = _command(build)[1:], []
    skip = ("-I", "-W", "-D", "-M", "-isystem", "-idirafter", "-fdiagnostics")
    while words:
        word = words.pop(0)
        if word in ("-o", "-c", "-MF", "-MQ", "-include", "-isystem", "-idirafter", "-I"):
            words[:1] = []
        elif word.startswith("-") and not word.startswith(skip):
            kept.append(word)
    return " ".join(dict.fromkeys(kept)) or "unknown"


def dpdk():
    """The installed DPDK's version."""
    try:
        done = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True,
                              text=True, check=False, timeout=30)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def clock(conditions):
    """Core cycles per TSC cycle over all samples, (p10, median, p90), None without any."""
    found = sorted(s["clock"] for c in conditions for row in c["rounds"] for s in row.values()
                   if s.get("clock"))
    if not found:
        return None
    last = len(found) - 1
    return found[last // 10], statistics.median(found), found[last * 9 // 10]


def facts(build, bench, hugepages, hello, conditions):
    """All of it, in the order of the report."""
    first = next(iter(hello.values()), {})
    tsc = first.get("tsc_hz")
    found = {
        "commit": commit(),
        "compiler": compiler(build),
        "flags": flags(build),
        "DPDK": first.get("dpdk", "").removeprefix("DPDK ") or dpdk(),
        "CPU": first.get("cpu") or platform.processor() or "unknown",
        "kernel": platform.release(),
        "TSC": f"{tsc / 1e9:.3f} GHz" if tsc else "unknown",
    }
    clocks = clock(conditions)
    if tsc and clocks:
        low, middle, high = (tsc * c / 1e9 for c in clocks)
        found["core clock"] = f"{middle:.2f} GHz (p10 {low:.2f}, p90 {high:.2f}), by a chain of " \
                              "dependent additions beside each sample"
    found["memory"] = hugepages.text
    if bench.place.alone:
        found["pinning"] = f"meter and device on CPU {bench.place.cpu}, the only one"
    else:
        found["pinning"] = f"meter on CPU {bench.place.cpu}, device on the same or, where said, " \
                           f"on CPU {bench.place.other}"
    return found
