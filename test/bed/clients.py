# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""DPDK's own programs in the place of the agent: on the twin's ports, with the far ends here."""

import itertools
import os
import pty
import re
import signal
import subprocess
import threading
import time

import pytest

import beds

ROOT = beds.HERE.parents[1]
# Example: (its sources, further options of the compiler).
EXAMPLES = {
    "skeleton": (["skeleton/basicfwd.c"], []),
    "l2fwd": (["l2fwd/main.c"], []),
    # Further files of its folder are included by these.
    "l3fwd": ([f"l3fwd/{name}.c" for name in (
        "main", "l3fwd_acl", "l3fwd_lpm", "l3fwd_fib", "l3fwd_em", "l3fwd_event",
        "l3fwd_event_generic", "l3fwd_event_internal_port")], ["-Icommon"]),
    "ptpclient": (["ptpclient/ptpclient.c"], []),
    "l3fwd-power": (["l3fwd-power/main.c", "l3fwd-power/perf_core.c"], []),
    # It has special words for ixgbe in it.
    "ethtool": (["ethtool/ethtool-app/main.c", "ethtool/ethtool-app/ethapp.c",
                 "ethtool/lib/rte_ethtool.c"], ["-Iethtool/lib", "-lrte_net_ixgbe"]),
}
_numbers = itertools.count()


def _pkg_config(*options):
    done = subprocess.run(["pkg-config", *options, "libdpdk"], capture_output=True, text=True,
                          check=True)
    return done.stdout.split()


def build_example(build, name):
    """Build an example of DPDK's, if it is not built; the program's path."""
    done = subprocess.run([str(ROOT / "devtools/get-examples"), "--print-dir"],
                          capture_output=True, text=True, check=True)
    folder = done.stdout.strip()
    program = build.folder / "examples" / name
    sources, options = EXAMPLES[name]
    if not os.path.isdir(folder):
        # Where everything must run this is a failure.
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(f"no sources of DPDK's examples in {folder}: run devtools/get-examples")
    newest = max(os.stat(os.path.join(folder, source)).st_ctime for source in sources)
    if program.exists() and program.stat().st_mtime > newest:
        return program
    program.parent.mkdir(exist_ok=True)
    made = program.with_suffix(".new")
    libdir = _pkg_config("--variable=libdir")[0]
    subprocess.run(["gcc", "-O1", "-DALLOW_EXPERIMENTAL_API", *_pkg_config("--cflags"), *sources,
                    "-o", str(made), f"-L{libdir}", *options, *_pkg_config("--libs")],
                   cwd=folder, check=True, capture_output=True, text=True)
    made.rename(program)
    return program


def wait_until(condition, seconds):
    """True once it holds, False after that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _take_interrupts():
    """For a child before exec: a job in a shell's background would hand SIGINT on ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program whose output goes to a terminal, so that it comes line by line; input by a pipe."""

    def __init__(self, argv, env, cwd):
        reader, writer = pty.openpty()
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=writer, stderr=writer,
                                      env=env, cwd=cwd, start_new_session=True,
                                      preexec_fn=_take_interrupts)
        os.close(writer)
        self._reader = os.fdopen(reader, "rb", buffering=0)
        self._more = threading.Condition()
        self.text, self._seen = "", 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                data = self._reader.read(65536)
            except OSError:  # the terminal's other end is closed
                data = b""
            with self._more:
                self.text += data.decode(errors="replace").replace("\r", "")
                self._more.notify()
            if not data:
                return

    def wait(self, pattern, timeout=30):
        """Wait until the output since the last wait has the pattern in it; all up to there."""
        deadline = time.monotonic() + timeout
        with self._more:
            while not (match := re.search(pattern, self.text[self._seen:], re.MULTILINE)):
                left = deadline - time.monotonic()
                assert left > 0 and (self._thread.is_alive() or self._more.wait(0.1)), \
                    f"no '{pattern}' came:\n{self.text[-3000:]}"
                self._more.wait(min(left, 1))
            start = self._seen
            self._seen += match.end()
            return self.text[start:self._seen]

    def say(self, line):
        """One line to its standard input."""
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

    def end(self, signal=None, timeout=15):
        """Its exit code, after a signal or the end of its input."""
        if signal is not None:
            self.child.send_signal(signal)
        else:
            self.child.stdin.close()
        code = self.child.wait(timeout)
        self._thread.join(5)
        return code

    def close(self):
        """End it at once, if it has not ended."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self._thread.join(5)
        if not self.child.stdin.closed:
            self.child.stdin.close()
        self._reader.close()


class ClientBed(beds.TwinBed):
    """A program of DPDK's on device twins, in the place of the agent.

    program    its name, or path
    arguments  what follows EAL's own arguments
    terminal   the running program
    """

    def __init__(self, build, driver, program, arguments=(), nports=2, **more):
        self.program, self.arguments = str(program), list(arguments)
        self.terminal = None
        super().__init__(build, driver, nports, **more)

    def start_agent(self):
        env = self.build.environment()
        env["RUNTIME_DIRECTORY"] = env["XDG_RUNTIME_DIR"] = str(self.dir)
        # The programs' own leaks are their own affair.
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        argv = [*self.twin_argv(), self.program, *self.eal_argv()]
        if self.arguments:
            argv += ["--", *self.arguments]
        self.terminal = Terminal(argv, env, self.dir)

    def mac(self, port=0):
        """The twin's address of a port; there is no agent to ask."""
        return bytes([2, 0, 0, 0x82, 0x76, 1 + port])

    def close(self, check=True):
        """The program has been ended by its test. With `check`: no refused DMA, no odd access."""
        try:
            self.terminal.close()
            if check:
                for port in self.stats()["ports"]:
                    assert port["dma"]["violations"] == 0, port["violations"]
                    if self.driver == "oriel":
                        assert port["mmio"]["unknown"] == port["mmio"]["bad_width"] == 0
        finally:
            self.terminal.close()
            self._remove()


class Testpmd(ClientBed):
    """An interactive dpdk-testpmd: testpmd("show port info 0") returns what it printed."""

    PROMPT = "testpmd> "

    def __init__(self, build, driver="oriel", arguments=(), **more):
        super().__init__(build, driver, "dpdk-testpmd", [
            "-i", "--total-num-mbufs=8192", "--nb-cores=1", "--port-topology=paired",
            *arguments], **more)
        self.terminal.wait(self.PROMPT, 60)

    def __call__(self, line, timeout=20):
        self.terminal.say(line)
        # The first prompt may come with the echo of the line.
        text = self.terminal.wait(re.escape(self.PROMPT), timeout)
        return text[:-len(self.PROMPT)].removeprefix(line).strip("\n")

    def quit(self):
        """End it in the orderly way; the exit code."""
        self.terminal.say("quit")
        return self.terminal.end()
