# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Finds a QEMU with the igb model, makes its command line, and speaks QMP with it."""

import ctypes
import dataclasses
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

import image

MINIMUM = (8, 1)
MINIMUM_TEXT = ".".join(str(part) for part in MINIMUM)
PROGRAM = "qemu-system-x86_64"
QMP_SECONDS = 30
# With them a frame stays as it was sent: checksums complete, no large segments.
VIRTIO_OFFLOADS = ("csum", "gso", "guest_csum", "guest_tso4", "guest_tso6", "guest_ecn",
                   "guest_ufo", "guest_uso4", "guest_uso6", "host_tso4", "host_tso6", "host_ecn",
                   "host_ufo", "host_uso")


@dataclasses.dataclass
class NicSpec:
    """One NIC of the guest.

    model   igb (behind a root port of its own, in order of the list at bus 1, 2, ...), or
            virtio-net-pci (offloads off), or another device name of QEMU
    wire    dgram: UNIX datagram sockets, one frame without CRC each: see Guest.nics[n].local (where
            to send to the NIC) and .remote (where to listen for what it sends);
            hub:N: all NICs with the same N are joined; user: QEMU's own network; none
    mac     default: 52:54:00:00:00:01 for the first one, and so on
    mtu     for virtio-net-pci: the greatest MTU that it offers
    props   further properties of the device, {name: value}
    """

    model: str = "igb"
    wire: str = "dgram"
    mac: str = ""
    mtu: int = 0
    props: dict = dataclasses.field(default_factory=dict)
    # Filled in by Guest:
    local: str = ""
    remote: str = ""
    pci: str = ""

    @classmethod
    def parse(cls, text):
        """From MODEL[,wire=WIRE][,mac=MAC][,mtu=N], as the command line has it."""
        model, *rest = text.split(",")
        spec = cls(model=model or "igb")
        for item in rest:
            key, sep, value = item.partition("=")
            if not sep or key not in ("wire", "mac", "mtu"):
                raise ValueError(f"--nic {text}: '{item}' is not wire=..., mac=... or mtu=...")
            setattr(spec, key, int(value) if key == "mtu" else value)
        spec.check()
        return spec

    def check(self):
        """Raises ValueError, saying what is accepted, if this NIC cannot be made."""
        if not re.fullmatch(r"dgram|user|none|hub:\d+", self.wire):
            raise ValueError(f"wire '{self.wire}' is not dgram, hub:N, user or none")
        if self.mac and not re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", self.mac):
            raise ValueError(f"MAC address '{self.mac}' is not six hexadecimal bytes with colons")
        if not re.fullmatch(r"[a-z0-9-]+", self.model):
            raise ValueError(f"NIC model '{self.model}' is not a device name of QEMU")


def qemu_version(text):
    """(major, minor) from the output of `qemu-system-x86_64 --version`, or None."""
    match = re.search(r"version (\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


@functools.lru_cache(maxsize=1)
def find_qemu():
    """Path of a QEMU that has the igb model; $ORIEL_QEMU goes first. Raises ImageError."""
    path = os.environ.get("ORIEL_QEMU") or shutil.which(PROGRAM)
    if not path:
        raise image.ImageError(f"no {PROGRAM} installed")
    try:
        shown = subprocess.run([path, "--version"], check=False, capture_output=True, text=True)
    except OSError as error:
        raise image.ImageError(f"{path}: {error.strerror}") from error
    version = qemu_version(shown.stdout)
    if version is None or version < MINIMUM:
        have = ".".join(map(str, version)) if version else "of unknown version"
        raise image.ImageError(f"QEMU {have} has no igb: {MINIMUM_TEXT} or later is needed")
    return path


def nic_args(nics):
    """QEMU's arguments for a list of NicSpec whose paths and addresses are filled in."""
    args = []
    ports = 0
    for number, nic in enumerate(nics):
        name = f"n{number}"
        if nic.model.startswith("igb"):
            ports += 1
            # Slots in order, so that the buses are numbered in order.
            args += ["-device", f"pcie-root-port,id=rp{ports - 1},chassis={ports},slot={ports},"
                                f"bus=pcie.0,addr={0xf + ports:#x}"]
            bus = f",bus=rp{ports - 1}"
        else:
            bus = ""
        kind = nic.wire.partition(":")[0]
        if kind == "dgram":
            args += ["-netdev", f"dgram,id={name},local.type=unix,local.path={nic.local},"
                                f"remote.type=unix,remote.path={nic.remote}"]
        elif kind == "hub":
            args += ["-netdev", f"hubport,id={name},hubid={nic.wire[4:]}"]
        elif kind == "user":
            args += ["-netdev", f"user,id={name}"]
        device = f"{nic.model},id=nic{number},mac={nic.mac}{bus}"
        if kind != "none":
            device += f",netdev={name}"
        if nic.model.startswith("virtio-net"):
            device += "".join(f",{name}=off" for name in VIRTIO_OFFLOADS)
            if nic.mtu:
                device += f",host_mtu={nic.mtu}"
        device += "".join(f",{key}={value}" for key, value in nic.props.items())
        args += ["-device", device]
    return args


def machine_args(cpus, memory, kernel, initrd, append):
    """QEMU's arguments for the machine of facts: q35, emulated CPU, Intel IOMMU.

    eim=on lets the guest use x2APIC, whose registers are no memory. QEMU 10.0 sends now and then a
    store to a wrong region while another CPU changes the map of the memory, as each opening of a
    VFIO device does. The end of an interrupt that is lost so is the last one that a CPU gets.
    """
    return ["-accel", "tcg,thread=multi", "-M", "q35,kernel-irqchip=split", "-cpu", "max",
            "-smp", str(cpus), "-m", f"{memory}M", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-nic", "none",
            "-kernel", str(kernel), "-initrd", str(initrd), "-append", append,
            "-device", "intel-iommu,intremap=on,eim=on,caching-mode=on",
            "-device", "virtio-serial-pci"]


def die_with_parent():
    """For a child before exec: the kernel kills it when the thread that started it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Qmp:
    """The control connection to QEMU."""

    def __init__(self, sock):
        self._sock = sock
        self._file = sock.makefile("r", encoding="utf-8")
        self._lock = threading.Lock()
        self.events = []
        self._greeted = False

    def _greet(self):
        self._file.readline()
        self._greeted = True
        self._ask({"execute": "qmp_capabilities"})

    def _ask(self, request):
        self._sock.sendall(json.dumps(request).encode() + b"\n")
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError("QEMU closed the control connection")
            reply = json.loads(line)
            if "event" in reply:
                self.events.append(reply)
            elif "error" in reply:
                raise RuntimeError(f"QEMU: {reply['error'].get('desc')}")
            elif "return" in reply:
                return reply["return"]

    def command(self, name, /, **arguments):
        """Carry out a QMP command; returns its result. Raises RuntimeError with QEMU's text."""
        request = {"execute": name}
        if arguments:
            request["arguments"] = {key.replace("_", "-"): val for key, val in arguments.items()}
        with self._lock:
            self._sock.settimeout(QMP_SECONDS)
            if not self._greeted:
                self._greet()
            return self._ask(request)

    def close(self):
        """End the connection."""
        self._file.close()
        self._sock.close()


def socket_pair():
    """A stream pair: one end for us, the other to be inherited by QEMU."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    theirs.set_inheritable(True)
    return ours, theirs
