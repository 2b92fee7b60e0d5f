#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Run oriel's test stages: builds, checks, unit tests, tests on the twin and in the VM.

Each stage writes one log file. The last line of the output is `N passed, N failed, N skipped`; the
exit code is 0 only if nothing failed.
"""

import argparse
import dataclasses
import glob
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = sys.executable
HEARTBEAT_S = 15
VALGRIND = ("valgrind --quiet --error-exitcode=99 --leak-check=full "
            "--errors-for-leak-kinds=definite,indirect")


@dataclasses.dataclass
class Result:
    """What a stage found. `skipped` and `broken` are lists of (test, reason)."""

    passed: int = 0
    broken: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self):
        return len(self.broken)


def world_writable_parent(path):
    """The first folder above path that anybody may write to, or None. EAL loads nothing below."""
    while True:
        if os.path.exists(path) and os.stat(path).st_mode & stat.S_IWOTH:
            return path
        if path == os.path.dirname(path):
            return None
        path = os.path.dirname(path)


def build_root():
    """Folder of all builds: build/ in the project, or in the cache if EAL would refuse that."""
    open_folder = world_writable_parent(ROOT)
    if open_folder is None:
        return os.path.join(ROOT, "build")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    digest = hashlib.sha256(ROOT.encode()).hexdigest()[:12]
    folder = os.path.join(cache, "oriel", f"build-{digest}")
    if world_writable_parent(cache) is not None:
        sys.exit(f"test/all: anybody may write to {open_folder}, so EAL loads no plugin from below "
                 "it: clone the project elsewhere")
    print(f"note: anybody may write to {open_folder}, EAL loads no plugin from there: "
          f"building in {folder}")
    return folder


class Log:
    """The log file of one stage; runs its commands."""

    def __init__(self, path, progress):
        self.path = path
        self.progress = progress
        self.file = open(path, "w", encoding="utf-8", errors="replace")

    def write(self, text):
        self.file.write(text)
        self.file.flush()

    def run(self, argv, env=None, timeout=900):
        """Run a command with its output in the log; returns the exit code, 124 after a timeout."""
        self.write(f"$ {' '.join(argv)}\n")
        merged = dict(os.environ, **(env or {}))
        start = time.monotonic()
        child = subprocess.Popen(argv, cwd=ROOT, env=merged, stdin=subprocess.DEVNULL,
                                 stdout=self.file, stderr=subprocess.STDOUT,
                                 start_new_session=True)
        try:
            while True:
                try:
                    return child.wait(timeout=HEARTBEAT_S)
                except subprocess.TimeoutExpired:
                    self.progress(self.path)
                if time.monotonic() - start > timeout:
                    self.write(f"\nstopped after {timeout} s\n")
                    return 124
        finally:
            # Also what a test may have left behind in the command's own session.
            try:
                os.killpg(child.pid, signal.SIGTERM if child.poll() is None else signal.SIGKILL)
            except ProcessLookupError:
                pass
            if child.poll() is None:
                try:
                    child.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()


def read_junit(path, result):
    """Add the test cases of a JUnit file to a result."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = "::".join(p for p in (case.get("classname"), case.get("name")) if p)
        bad = case.find("failure")
        bad = case.find("error") if bad is None else bad
        skip = case.find("skipped")
        if bad is not None:
            result.broken.append((name, (bad.get("message") or "").split("\n")[0]))
        elif skip is not None:
            result.skipped.append((name, skip.get("message") or "no reason given"))
        else:
            result.passed += 1


class Runner:
    """The stages, and what they share."""

    def __init__(self, options):
        self.options = options
        self.root = build_root()
        self.logs = os.path.join(self.root, "logs")
        os.makedirs(self.logs, exist_ok=True)
        self.results = {}
        self.started = 0.0

    def folder(self, name):
        return os.path.join(self.root, name)

    def progress(self, path):
        """A sign of life, with the counts of a pytest log if it is one."""
        with open(path, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        words = [f"{len(re.findall(f' {word} ', text))} {word.lower()}"
                 for word in ("PASSED", "FAILED", "SKIPPED") if f" {word} " in text]
        print(f"    ... {time.monotonic() - self.started:.0f} s {', '.join(words)}", flush=True)

    # Steps that stages are made of.

    def command(self, log, result, name, argv, **more):
        """One command that counts as one test."""
        code = log.run(argv, **more)
        if code == 0:
            result.passed += 1
        else:
            result.broken.append((name, f"exit code {code}"))
        return code == 0

    def build(self, log, result, name, compiler, *options):
        folder = self.folder(name)
        setup = ["meson", "setup", folder, ROOT, "--werror", *options]
        if os.path.exists(os.path.join(folder, "build.ninja")):
            setup.append("--reconfigure")
        elif os.path.exists(folder):
            shutil.rmtree(folder)
        code = log.run(setup, env={"CC": compiler})
        if code == 0:
            code = log.run(["ninja", "-C", folder])
        if code == 0:
            result.passed += 1
        else:
            result.broken.append((f"build with {compiler}", f"exit code {code}"))

    def meson_test(self, log, result, name, *options, env=None):
        folder = self.folder(name)
        # Its name tells of the wrapper, if there is one.
        pattern = os.path.join(folder, "meson-logs", "testlog*.junit.xml")
        for old in glob.glob(pattern):
            os.remove(old)
        code = log.run(["meson", "test", "-C", folder, "--suite", "unit", "--print-errorlogs",
                        "--num-processes", "2", *options], env=env)
        for report in glob.glob(pattern):
            read_junit(report, result)
        if code != 0 and not result.broken:
            result.broken.append(("meson test", f"exit code {code}"))
        if code == 0 and result.passed == 0:
            result.broken.append(("meson test", "ran no test"))

    def pytest(self, log, result, build, *arguments, env=None, timeout=1200):
        report = log.path.replace(".log", ".xml")
        if os.path.exists(report):
            os.remove(report)
        code = log.run([PYTHON, "-m", "pytest", "-v", "-ra", f"--junitxml={report}", *arguments],
                       timeout=timeout, env=dict(env or {}, ORIEL_BUILD=self.folder(build),
                                                 PYTHONDONTWRITEBYTECODE="1"))
        if os.path.exists(report):
            read_junit(report, result)
        if code != 0 and not result.broken:
            result.broken.append(("pytest", f"exit code {code}"))
        if code == 0 and result.passed + len(result.skipped) == 0:
            result.broken.append(("pytest", "ran no test"))

    # The stages.

    def style(self, log, result):
        self.command(log, result, "check-format", ["devtools/check-format"])
        self.command(log, result, "check-includes", ["devtools/check-includes"])
        # -W: a broken reference or table is a failure.
        self.command(log, result, "guides", ["/usr/bin/python3", "-m", "sphinx", "-q", "-W", "-E",
                                             "doc/guides", "build/guides"])

    def build_gcc(self, log, result):
        self.build(log, result, "gcc", "gcc")

    def build_clang(self, log, result):
        self.build(log, result, "clang", "clang")

    def build_sanitized(self, log, result):
        self.build(log, result, "sanitized", "gcc", "-Db_sanitize=address,undefined",
                   "-Dbuildtype=debug", "-Doptimization=1")

    def unit(self, log, result):
        self.meson_test(log, result, "gcc")

    def unit_valgrind(self, log, result):
        # Suite "native": traps of the processor, which valgrind does not deliver as it does.
        self.meson_test(log, result, "gcc", f"--wrapper={VALGRIND}", "--timeout-multiplier", "10",
                        "--no-suite", "native")

    def unit_sanitized(self, log, result):
        self.meson_test(log, result, "sanitized", env=SANITIZER_ENV)

    def plugin(self, log, result):
        self.pytest(log, result, "gcc", "test/build")

    def twin(self, log, result):
        self.pytest(log, result, "gcc", "test/bed", "-m", "not vm")

    def perf(self, log, result):
        # The gate, which counts, and what the bench computes with; nothing that is timed.
        self.pytest(log, result, "gcc", "test/perf")

    def twin_sanitized(self, log, result):
        # Of the rows the default one and the scalar one: all the others were just compared with
        # these under the same sanitizers, in more ways than frames can show. Upstream's driver is
        # built without them.
        self.pytest(log, result, "sanitized", "test/bed", "-m", "not vm", "-k",
                    "not oriel-sse and not oriel-avx512 and not net_e1000_igb",
                    env=SANITIZER_ENV)

    def vm(self, log, result):
        env = {"ORIEL_REQUIRE_VM": "1"} if self.options.require_vm else {}
        self.pytest(log, result, "gcc", "test/bed", "test/vm", "-m", "vm", env=env, timeout=2700)
        if self.options.require_vm and result.passed == 0 and not result.broken:
            result.broken.append(("VM", "all tests were skipped, but here they must run"))

    def run_stage(self, stage):
        result = Result()
        self.started = time.monotonic()
        blocked = [n for n in stage.needs if self.results.get(n, result).failed]
        if blocked:
            result.broken.append((stage.name, f"not run: {', '.join(blocked)} failed"))
        else:
            log = Log(os.path.join(self.logs, stage.name + ".log"), self.progress)
            try:
                stage.function(self, log, result)
            finally:
                log.file.close()
        result.seconds = time.monotonic() - self.started
        self.results[stage.name] = result
        print(f"    {result.passed} passed, {result.failed} failed, {len(result.skipped)} skipped"
              f" in {result.seconds:.0f} s", flush=True)
        if result.failed and not blocked:
            self.show_failure(stage, result)

    def show_failure(self, stage, result):
        path = os.path.join(self.logs, stage.name + ".log")
        print(f"---- end of {os.path.relpath(path, ROOT)} ----")
        with open(path, encoding="utf-8", errors="replace") as stream:
            sys.stdout.write("".join(stream.readlines()[-40:]))
        print("----")
        for name, reason in result.broken[:20]:
            print(f"    failed: {name}: {reason}")
        sys.stdout.flush()


SANITIZER_ENV = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:halt_on_error=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage: its function, what must have been built before, whether --quick runs it."""

    name: str
    title: str
    function: object
    needs: tuple = ()
    quick: bool = True


STAGES = (
    Stage("style", "form of the files, layers of the driver, guides", Runner.style),
    Stage("build-gcc", "build with gcc, warnings are errors", Runner.build_gcc),
    Stage("unit", "unit tests", Runner.unit, ("build-gcc",)),
    Stage("plugin", "loading, guard, pmdinfo, install, headers", Runner.plugin, ("build-gcc",)),
    Stage("twin", "behaviours on the device twin", Runner.twin, ("build-gcc",)),
    Stage("perf", "instructions and bus traffic a packet, the bench's own tests", Runner.perf,
          ("build-gcc",)),
    Stage("build-clang", "build with clang, warnings are errors", Runner.build_clang, (), False),
    Stage("unit-valgrind", "unit tests under valgrind", Runner.unit_valgrind, ("build-gcc",),
          False),
    Stage("build-sanitized", "build with ASan and UBSan", Runner.build_sanitized, (), False),
    Stage("unit-sanitized", "unit tests with ASan and UBSan", Runner.unit_sanitized,
          ("build-sanitized",), False),
    Stage("twin-sanitized", "behaviours on the twin with ASan and UBSan", Runner.twin_sanitized,
          ("build-sanitized",), False),
    Stage("vm", "behaviours in the virtual machine", Runner.vm, ("build-gcc",), False),
)


def parse_options():
    parser = argparse.ArgumentParser(prog="test/all", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="leave out the VM and what takes long")
    parser.add_argument("--only", action="append", metavar="STAGE", default=[],
                        help="this stage (and the build it needs); repeatable")
    parser.add_argument("--list", action="store_true", help="print the stages and end")
    parser.add_argument("--require-vm", action="store_true", default=os.environ.get("CI") == "true",
                        help="it is a failure if VM tests cannot run (default if CI=true)")
    parser.add_argument("--no-setup", action="store_true", help="install and fetch nothing")
    options = parser.parse_args()
    names = [s.name for s in STAGES]
    for name in options.only:
        if name not in names:
            parser.error(f"no stage '{name}'; there are: {', '.join(names)}")
    return options


def chosen(options):
    """The stages to run, in order."""
    if not options.only:
        return [s for s in STAGES if s.quick or not options.quick]
    wanted = set(options.only)
    for stage in STAGES:
        if stage.name in options.only:
            wanted.update(stage.needs)
    return [s for s in STAGES if s.name in wanted]


def report(runner, seconds):
    """The summary; returns the exit code."""
    print(f"\n{'stage':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for name, result in runner.results.items():
        print(f"{name:<18}{result.passed:>8}{result.failed:>8}{len(result.skipped):>9}"
              f"{result.seconds:>9.0f}")
    results = runner.results.values()
    skipped = [s for r in results for s in r.skipped]
    if skipped:
        print("\nskipped:")
        for name, reason in skipped:
            print(f"  {name}: {reason}")
    broken = [b for r in results for b in r.broken]
    if broken:
        print("\nfailed:")
        for name, reason in broken:
            print(f"  {name}: {reason}")
    print(f"\nlogs: {runner.logs}; {seconds:.0f} s in all")
    print(f"{sum(r.passed for r in results)} passed, {len(broken)} failed, {len(skipped)} skipped",
          flush=True)
    return 1 if broken else 0


def main():
    options = parse_options()
    if options.list:
        for stage in STAGES:
            print(f"{stage.name:<18}{stage.title}{'' if stage.quick else ' (not with --quick)'}")
        return 0
    start = time.monotonic()
    runner = Runner(options)
    stages = chosen(options)
    for number, stage in enumerate(stages, 1):
        print(f"[{number}/{len(stages)}] {stage.name}: {stage.title}", flush=True)
        runner.run_stage(stage)
    return report(runner, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
