# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The far end of a port's cable: a unix datagram socket, one Ethernet frame in each datagram.

The twin's wire "socket" and QEMU's netdev "dgram" speak the same, so a test does not see which it
has.
"""

import collections
import os
import select
import socket
import time

MAX_FRAME = 65536
FULL_PAUSE_S = 0.0002


class WireTimeout(Exception):
    """A frame did not come, or could not be handed over, in time."""


class Wire:
    """One end of a cable.

    local   our socket, made here
    remote  the device's socket
    """

    def __init__(self, local, remote):
        self.local, self.remote = str(local), str(remote)
        self._got = collections.deque()
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._sock.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
        if os.path.exists(self.local):
            os.unlink(self.local)
        self._sock.bind(self.local)
        os.chmod(self.local, 0o777)
        self._sock.setblocking(False)

    def close(self):
        """Take the socket away."""
        self._sock.close()
        if os.path.exists(self.local):
            os.unlink(self.local)

    def _pull(self):
        """Take in all that has come; the number of frames."""
        count = 0
        while True:
            try:
                self._got.append(self._sock.recv(MAX_FRAME))
            except BlockingIOError:
                return count
            count += 1

    def _try_send(self, frame):
        """False if the device has no room just now."""
        try:
            self._sock.sendto(frame, self.remote)
        except BlockingIOError:
            return False
        return True

    def send(self, frame, timeout=5):
        """Hand a frame (bytes, or a scapy packet) to the device.

        What the device sends meanwhile is taken in, so that neither waits for the other.
        """
        frame = bytes(frame)
        deadline = time.monotonic() + timeout
        while not self._try_send(frame):
            if self._pull() == 0:
                if time.monotonic() > deadline:
                    raise WireTimeout(f"the device took no frame for {timeout} s")
                time.sleep(FULL_PAUSE_S)

    def send_all(self, frames, timeout=10):
        """Hand over many frames."""
        for frame in frames:
            self.send(frame, timeout)

    def recv(self, timeout=2):
        """The next frame that the device sent, or WireTimeout."""
        deadline = time.monotonic() + timeout
        while not self._got:
            if self._pull():
                break
            left = deadline - time.monotonic()
            if left <= 0:
                raise WireTimeout(f"no frame in {timeout} s")
            select.select([self._sock], [], [], left)
        return self._got.popleft()

    def recv_many(self, count, timeout=5):
        """The next `count` frames, or fewer if none comes for `timeout` seconds."""
        frames = []
        try:
            while len(frames) < count:
                frames.append(self.recv(timeout))
        except WireTimeout:
            pass
        return frames

    def quiet(self, seconds=0.2):
        """What comes within that time; [] if the device is silent."""
        frames = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                frames.append(self.recv(left))
            except WireTimeout:
                break
        return frames

    def flush(self):
        """Forget what has come so far; the number of frames."""
        self._pull()
        count = len(self._got)
        self._got.clear()
        return count

    def exchange(self, frames, window=64, timeout=10):
        """Send all frames, with at most `window` on their way, and return what comes back.

        Ends when as many have come as went, or when nothing moves for `timeout` seconds.
        """
        back, sent, last = [], 0, time.monotonic()
        total = len(frames)
        while len(back) < total:
            moved = False
            while sent < total and sent - len(back) < window and self._try_send(frames[sent]):
                sent += 1
                moved = True
            self._pull()
            if self._got:
                back.extend(self._got)
                self._got.clear()
                moved = True
            now = time.monotonic()
            if moved:
                last = now
            elif now - last > timeout:
                break
            else:
                select.select([self._sock], [], [], 0.001)
        return back

    def reflect(self, count, timeout=10):
        """Send the next `count` frames back as they come; the number that came.

        Ends early when nothing comes for `timeout` seconds.
        """
        done = 0
        try:
            while done < count:
                self.send(self.recv(timeout), timeout)
                done += 1
        except WireTimeout:
            pass
        return done
