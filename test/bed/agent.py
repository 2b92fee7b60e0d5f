# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Speaks with oriel-bed-agent (agent.c), wherever it runs."""

import json
import os
import re
import select
import signal
import subprocess
import time

REPORT = re.compile(r"ERROR: (Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")
START_TIMEOUT_S = 60


class AgentError(Exception):
    """The agent said no: `errno` and `reply` have the details."""

    def __init__(self, command, reply):
        super().__init__(f"{command}: {reply.get('error')}")
        self.reply = reply
        self.errno = reply.get("errno")


class AgentDied(Exception):
    """The agent ended, or does not answer."""


class LocalProcess:
    """A program on this machine: lines in, lines out, its log in a file."""

    def __init__(self, argv, log_path, **popen):
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self._child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                           stderr=log, start_new_session=True, **popen)
        self._buffer = b""
        self.pid = self._child.pid

    def write_line(self, line):
        """One line to its standard input."""
        self._child.stdin.write(line.encode() + b"\n")
        self._child.stdin.flush()

    def read_line(self, timeout):
        """One line of its standard output, None at the end, TimeoutError if none comes."""
        deadline = time.monotonic() + timeout
        fd = self._child.stdout.fileno()
        while b"\n" not in self._buffer:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([fd], [], [], left)[0]:
                raise TimeoutError(f"no line in {timeout} s")
            data = os.read(fd, 1 << 20)
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def log(self):
        """Its standard error so far."""
        with open(self.log_path, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def end(self, timeout):
        """End of its input; its exit code, or None if it does not end in time."""
        try:
            self._child.stdin.close()
        except BrokenPipeError:
            pass
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        """End it and its children at once."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()


class GuestProcess:
    """A program in a guest, with the same methods."""

    def __init__(self, guest, argv):
        self._guest = guest
        self._process = guest.spawn(argv)
        self.pid = None

    def write_line(self, line):
        """One line to its standard input."""
        self._process.write_line(line)

    def read_line(self, timeout):
        """One line of its standard output, None at the end, TimeoutError if none comes."""
        import channel  # pylint: disable=import-outside-toplevel
        try:
            return self._process.read_line(timeout)
        except channel.GuestTimeout as error:
            raise TimeoutError(str(error)) from error

    def log(self):
        """Its standard error so far."""
        self._process.running()
        return bytes(self._process.err).decode(errors="replace")

    def end(self, timeout):
        """End of its input; its exit code, or None if it does not end in time."""
        import channel  # pylint: disable=import-outside-toplevel
        try:
            if self._process.rc is None:
                self._process.close_stdin()
            return self._process.wait(timeout).rc
        except channel.GuestTimeout:
            return None

    def kill(self):
        """End it at once."""
        if self._process.rc is None:
            self._process.signal(signal.SIGKILL)
            self._process.wait(10)


class Agent:
    """The agent: agent("start", port=0) carries a command out and returns the reply."""

    def __init__(self, process):
        self.process = process
        self._timeout = START_TIMEOUT_S
        self.hello = self("ping", timeout=START_TIMEOUT_S)

    def ask(self, command, timeout=30, **arguments):
        """The reply, whether it says yes or no."""
        arguments["cmd"] = command
        try:
            self.process.write_line(json.dumps(arguments))
            line = self.process.read_line(timeout)
        except BrokenPipeError:
            line = None
        except TimeoutError as error:
            raise AgentDied(f"'{command}': no answer in {timeout} s\n{self.tail()}") from error
        if line is None:
            raise AgentDied(f"'{command}': the agent has ended with {self.process.end(5)}\n"
                            f"{self.tail()}")
        return json.loads(line)

    def __call__(self, command, timeout=30, **arguments):
        reply = self.ask(command, timeout, **arguments)
        if not reply["ok"]:
            raise AgentError(command, reply)
        return reply

    def tail(self):
        """The end of its log."""
        return self.process.log()[-4000:]

    def quit(self, timeout=30):
        """Let it end in order; its exit code."""
        code = self.process.end(timeout)
        if code is None:
            text = self.tail()
            self.process.kill()
            raise AgentDied(f"the agent does not end in {timeout} s\n{text}")
        return code

    def kill(self):
        """SIGKILL."""
        self.process.kill()

    def sanitizer_report(self):
        """The first report of a sanitizer in its log, or None."""
        log = self.process.log()
        match = REPORT.search(log)
        return log[match.start():match.start() + 3000] if match else None
