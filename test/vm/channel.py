# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The host side of the guest's command server (guestd.c): frames, sessions, their results."""

import dataclasses
import queue
import signal
import struct
import threading
import time

HEAD = struct.Struct("<III")  # session, type, length of what follows
MAX_FRAME = 256 * 1024
CHUNK = 32 * 1024

EXEC, STDIN, SIGNAL = 1, 2, 3
HELLO, STDOUT, STDERR, EXIT, FAILED = 16, 17, 18, 19, 20
EXEC_PTY, EXEC_RAW = 1, 2


class GuestError(Exception):
    """The guest, or the way to it, failed: not a command in it."""


class GuestTimeout(GuestError):
    """Something in the guest took longer than it was given."""


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self._buf = bytearray()

    def feed(self, data):
        """The whole frames, as (session, type, payload), that these bytes complete."""
        self._buf += data
        frames = []
        pos = 0
        while len(self._buf) - pos >= HEAD.size:
            session, kind, length = HEAD.unpack_from(self._buf, pos)
            if length > MAX_FRAME:
                raise GuestError(f"frame of {length} bytes from the guest, at most {MAX_FRAME}")
            end = pos + HEAD.size + length
            if len(self._buf) < end:
                break
            frames.append((session, kind, bytes(self._buf[pos + HEAD.size:end])))
            pos = end
        del self._buf[:pos]
        return frames


def frame(session, kind, payload=b""):
    """The bytes of one frame."""
    return HEAD.pack(session, kind, len(payload)) + payload


def exit_code(status):
    """A shell's exit code for a wait status word: 128 + signal for a killed process."""
    if status & 0x7f:
        return 128 + (status & 0x7f)
    return status >> 8 & 0xff


@dataclasses.dataclass
class Result:
    """What a command in the guest left. out and err are text; raw_out is out as bytes."""

    rc: int
    out: str
    err: str
    raw_out: bytes = dataclasses.field(default=b"", repr=False)

    def check(self):
        """Itself, or GuestError with both outputs if the command failed."""
        if self.rc != 0:
            raise GuestError(f"command in the guest ended with {self.rc}\n"
                             f"{self.out}{self.err}".rstrip())
        return self


class Process:
    """A command in the guest, as it runs."""

    def __init__(self, channel, number, label):
        self._channel = channel
        self._number = number
        self.label = label
        self._items = queue.Queue()
        self._lines = []
        self._part = b""
        self.out = bytearray()
        self.err = bytearray()
        self.rc = None

    # Called from the channel's thread.
    def _put(self, kind, payload):
        self._items.put((kind, payload))

    def _step(self, deadline):
        """Take in one item. False at the end of the process; GuestTimeout at the deadline."""
        if self.rc is not None:
            return False
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            kind, payload = self._items.get(timeout=left)
        except queue.Empty:
            tail = bytes(self.out[-2000:] + self.err[-2000:]).decode(errors="replace")
            raise GuestTimeout(f"'{self.label}' in the guest: no answer in time; "
                               f"its last output:\n{tail}") from None
        if kind == STDOUT:
            self.out += payload
            *whole, self._part = (self._part + payload).split(b"\n")
            self._lines += whole
        elif kind == STDERR:
            self.err += payload
        elif kind == EXIT:
            self.rc = exit_code(struct.unpack("<I", payload)[0])
            self._channel.forget(self._number)
        else:
            self.rc = 127
            self._channel.forget(self._number)
            raise GuestError(f"'{self.label}' in the guest: {payload.decode(errors='replace')}")
        return True

    def write(self, data):
        """Bytes to its standard input."""
        for pos in range(0, len(data), CHUNK):
            self._channel.send(self._number, STDIN, data[pos:pos + CHUNK])

    def write_line(self, line):
        """One line of text to its standard input."""
        self.write(line.encode() + b"\n")

    def close_stdin(self):
        """End of its input."""
        self._channel.send(self._number, STDIN)

    def read_line(self, timeout=30):
        """The next line of its standard output without the line end; None once it has ended."""
        deadline = time.monotonic() + timeout
        while not self._lines:
            if not self._step(deadline):
                if self._part:
                    self._lines.append(self._part)
                    self._part = b""
                    break
                return None
        return self._lines.pop(0).decode(errors="replace").rstrip("\r")

    def read_until(self, text, timeout=30):
        """All of its output that has not been read yet, up to and with `text` (for prompts).

        Raises GuestError if the process ends before, GuestTimeout if it does not come in time.
        """
        deadline = time.monotonic() + timeout
        wanted = text.encode()
        while True:
            have = b"".join(line + b"\n" for line in self._lines) + self._part
            pos = have.find(wanted)
            if pos >= 0:
                pos += len(wanted)
                *self._lines, self._part = have[pos:].split(b"\n")
                return have[:pos].decode(errors="replace")
            if not self._step(deadline):
                raise GuestError(f"'{self.label}' in the guest ended with {self.rc} before "
                                 f"'{text}'; its output:\n{(self.out + self.err).decode()}")

    def read_some(self, timeout):
        """What has arrived on both outputs since the last call, waiting at most `timeout` s.

        Returns (out, err) in bytes, or None once the process has ended. Not to be mixed with
        read_line and read_until.
        """
        deadline = time.monotonic() + timeout
        before = len(self.out), len(self.err)
        try:
            more = self._step(deadline)
        except GuestTimeout:
            more = True
        if not more:
            return None
        return bytes(self.out[before[0]:]), bytes(self.err[before[1]:])

    def wait(self, timeout=60):
        """Its Result once it has ended. What was read by line is in it too."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._step(deadline):
            pass
        out = bytes(self.out)
        return Result(self.rc, out.decode(errors="replace"),
                      self.err.decode(errors="replace"), out)

    def signal(self, number):
        """Send a signal to it and its children."""
        self._channel.send(self._number, SIGNAL, struct.pack("<I", number))

    def running(self):
        """False once its end has been seen."""
        while self.rc is None and not self._items.empty():
            self._step(time.monotonic())
        return self.rc is None

    def close(self, timeout=10):
        """End it: end of input, then the signals TERM and KILL. Returns its Result."""
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if self.rc is None:
                if number is None:
                    self.close_stdin()
                else:
                    self.signal(number)
            try:
                return self.wait(timeout)
            except GuestTimeout:
                continue
        raise GuestTimeout(f"'{self.label}' in the guest does not end")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.rc is None:
            self.signal(signal.SIGKILL)
            self.wait(10)


class Channel:
    """The connection to the command server; any thread may use it."""

    def __init__(self, sock):
        self._sock = sock
        self._lock = threading.Lock()
        self._processes = {}
        self._next = 1
        self._closed = None
        self.hello = threading.Event()
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self):
        reader = FrameReader()
        problem = "the guest has ended"
        try:
            while data := self._sock.recv(1 << 18):
                for number, kind, payload in reader.feed(data):
                    if kind == HELLO:
                        self.hello.set()
                        continue
                    with self._lock:
                        process = self._processes.get(number)
                    if process is not None:
                        process._put(kind, payload)
        except (OSError, GuestError) as error:
            problem = f"connection to the guest: {error}"
        with self._lock:
            self._closed = problem
            left = list(self._processes.values())
        self.hello.set()
        for process in left:
            process._put(FAILED, problem.encode())

    @property
    def closed(self):
        """Why the connection has ended, or None."""
        return self._closed

    def send(self, number, kind, payload=b""):
        """One frame to the guest."""
        with self._lock:
            if self._closed:
                raise GuestError(self._closed)
            try:
                self._sock.sendall(frame(number, kind, payload))
            except OSError as error:
                raise GuestError(f"connection to the guest: {error}") from error

    def start(self, argv, flags=0):
        """Start a command; returns its Process."""
        if not argv or any("\0" in part for part in argv):
            raise ValueError("a command is a list of strings without NUL")
        payload = struct.pack("<I", flags) + b"".join(part.encode() + b"\0" for part in argv)
        if len(payload) > MAX_FRAME:
            raise ValueError(f"command of {len(payload)} bytes, at most {MAX_FRAME}")
        with self._lock:
            number = self._next
            self._next += 1
            process = Process(self, number, " ".join(argv)[:120])
            self._processes[number] = process
        self.send(number, EXEC, payload)
        return process

    def forget(self, number):
        """A process has ended."""
        with self._lock:
            self._processes.pop(number, None)

    def close(self):
        """End the connection."""
        self._sock.close()
