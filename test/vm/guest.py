# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""A virtual machine with igb NICs behind an IOMMU, as a Python object for tests.

    with Guest([NicSpec(), NicSpec()]) as guest:
        guest.bind_vfio()
        print(guest.run("dpdk-proc-info --version").out)
        assert not guest.dmar_faults()
"""

import atexit
import dataclasses
import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import channel
import image
import qemu

__all__ = ["DmarFault", "Guest", "GuestError", "GuestTimeout", "ImageError", "NicSpec", "Process",
           "Result", "end_lost_guests", "find_build", "parse_dmar", "require_vm", "vm_available"]

GuestError = channel.GuestError
GuestTimeout = channel.GuestTimeout
ImageError = image.ImageError
NicSpec = qemu.NicSpec
Process = channel.Process
Result = channel.Result

PLUGIN = "/opt/oriel/librte_net_oriel.so"
AGENT = "/opt/oriel/oriel-bed-agent"
HUGEPAGE_MIB = 2
MAX_SOCKET_PATH = 107
# Where the host gives QEMU little time, timer interrupts come late. Then the kernel is not to take
# the timer for broken, nor the TSC for unstable, and after a tick that got lost there must be more.
CLOCK_ARGS = "no_timer_check tsc=reliable nohz=off highres=off"
# All the same a boot may fail so in rare cases, which says nothing about what is tested.
BOOT_TRIES = 3
# What a guest's kernel says when an emulated CPU gets no timer interrupts any more.
CPU_LOST = "Possible timer handling issue on cpu"
ANSWER_SECONDS = 20
# What QEMU 10.0 dies of when its map of the memory changed under a running CPU.
QEMU_RACE = "iotlb_to_section: Assertion"
BOOT_STUCK = re.compile(r"rcu_\w+ detected stalls|Kernel panic - not syncing: timer")


class BootStuck(GuestError):
    """The guest's kernel did not get over the emulation of its timers."""


@dataclasses.dataclass(frozen=True)
class DmarFault:
    """One fault that the guest's IOMMU driver reported."""

    kind: str     # "DMA Write", "DMA Read", "INTR-REMAP"
    device: str   # 01:00.0
    address: int
    reason: str
    text: str


def parse_dmar(log):
    """All DMAR faults in a kernel log; a fault line of another shape counts too."""
    faults = []
    for line in log.splitlines():
        match = re.search(r"DMAR:\s*(?:\[([^\]]*)\]\s*)?.*?\[fault reason (.*)$", line)
        if match is None:
            # Announced, and the lines with the details suppressed by the rate limit.
            continue
        device = re.search(r"[Dd]evice \[([0-9a-f:.]+)\]", line)
        address = re.search(r"fault (?:addr|index) (0x[0-9a-f]+|[0-9a-f]+)", line)
        kind = re.sub(r"\s*(NO_PASID|PASID \S+)\s*", "", match[1] or "").strip()
        faults.append(DmarFault(kind or "unknown", device[1] if device else "",
                                int(address[1], 16) if address else 0,
                                match[2].replace("]", "", 1).strip(), line.strip()))
    if not faults:
        faults = [DmarFault("unknown", "", 0, "", line.strip()) for line in log.splitlines()
                  if re.search(r"DMAR:.*handling fault status", line)]
    return faults


@functools.lru_cache(maxsize=1)
def vm_available():
    """None if guests can be run here, else the reason why not. Builds the image if need be."""
    try:
        qemu.find_qemu()
        image.ensure_image()
    except ImageError as error:
        return str(error)
    return None


def require_vm():
    """In a pytest test: skip it with the reason where no guest can be had.

    With ORIEL_REQUIRE_VM=1 in the environment it fails instead.
    """
    import pytest  # pylint: disable=import-outside-toplevel
    reason = vm_available()
    if reason is not None:
        if os.environ.get("ORIEL_REQUIRE_VM", "0") not in ("", "0"):
            pytest.fail(f"the VM bed is required here, but: {reason}", pytrace=False)
        pytest.skip(f"no VM bed: {reason}")


def find_build():
    """Folder of the project's build: $ORIEL_BUILD, else that of test/all, or None."""
    given = os.environ.get("ORIEL_BUILD")
    if given:
        return Path(given)
    usual = image.HERE.parent.parent / "build" / "gcc"
    return usual if (usual / "build.ninja").exists() else None


def build_files():
    """{path in the guest: host file} of what the build has for the guest: plugin and bed agent."""
    build = find_build()
    if build is None:
        return {}
    found = {PLUGIN: build / "drivers" / "net" / "oriel" / "librte_net_oriel.so",
             AGENT: build / "test" / "bed" / "oriel-bed-agent"}
    return {name: path for name, path in found.items() if path.exists()}


_running = []


def end_lost_guests():
    """End each running guest of this process that has lost a CPU's timer or answers no more.

    Returns what was seen of each of them, as a list of texts.
    """
    return [text for text in (machine.end_if_lost() for machine in list(_running)) if text]


class Guest:
    """One virtual machine. Use it as a context manager, or call start() and close().

    QEMU ends at the latest with the thread that called start().

    nics         list of NicSpec
    memory       MiB
    hugepages    number of 2 MiB pages
    kernel_args  further ones; intel_iommu=on is always there
    iommu        "pt" (the guest's own DMA is not translated) or "strict" (it is)
    files        {path in the guest: host Path or bytes} beside plugin and bed agent of the build
    native_hotplug  PCIe hotplug by the root port instead of ACPI
    qemu_args    further arguments
    time_limit   seconds from the start, after which QEMU is killed, or None
    """

    def __init__(self, nics=(), *, memory=1536, cpus=2, hugepages=256, kernel_args="", iommu="pt",
                 files=None, native_hotplug=False, qemu_args=(), boot_timeout=120,
                 time_limit=None):
        if iommu not in ("pt", "strict"):
            raise ValueError(f"iommu '{iommu}' is not pt or strict")
        if hugepages * HUGEPAGE_MIB > memory - 256:
            raise ValueError(f"{hugepages} huge pages of {HUGEPAGE_MIB} MiB leave less than "
                             f"256 of {memory} MiB")
        self.nics = [dataclasses.replace(nic) for nic in nics]
        for nic in self.nics:
            nic.check()
        self.memory, self.cpus, self.hugepages = memory, cpus, hugepages
        self.kernel_args, self.iommu = kernel_args, iommu
        self.files = dict(files or {})
        self.native_hotplug, self.qemu_args = native_hotplug, list(qemu_args)
        self.boot_timeout, self.time_limit = boot_timeout, time_limit
        self.boot_seconds = 0.0
        self._process = self._channel = self._qmp = self._dir = None
        self._timer = None

    # --- life -------------------------------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.close()

    def start(self):
        """Boot; returns when the guest takes commands. Raises ImageError or GuestError."""
        built = image.ensure_image()
        program = qemu.find_qemu()
        for left in reversed(range(BOOT_TRIES)):
            try:
                return self._try_start(program, built)
            except BootStuck:
                if left == 0:
                    raise
        raise AssertionError

    def _try_start(self, program, built):
        self._dir = Path(tempfile.mkdtemp(prefix="oriel-vm-"))
        atexit.register(self.close)
        try:
            if len(str(self._dir)) + len("/nic00.qemu") > MAX_SOCKET_PATH:
                raise GuestError(f"$TMPDIR is too long for sockets below it: {self._dir}")
            self._boot(program, built)
        except BaseException:
            self.close()
            raise
        return self

    def _boot(self, program, built):
        for number, nic in enumerate(self.nics):
            nic.mac = nic.mac or f"52:54:00:00:00:{number + 1:02x}"
            nic.local = str(self._dir / f"nic{number}.qemu")
            nic.remote = str(self._dir / f"nic{number}.peer")
        with open(self._dir / "initrd", "wb") as out:
            image.write_initrd(built, {**build_files(), **self.files}, out)
        append = (f"console=ttyS0 panic=-1 quiet log_buf_len=4M {CLOCK_ARGS} intel_iommu=on "
                  f"{'iommu=pt' if self.iommu == 'pt' else 'iommu=nopt iommu.strict=1'} "
                  f"hugepagesz=2M hugepages={self.hugepages} {self.kernel_args}").strip()
        commands, theirs = qemu.socket_pair()
        control, control_theirs = qemu.socket_pair()
        args = [program, *qemu.machine_args(self.cpus, self.memory, built.kernel,
                                            self._dir / "initrd", append),
                "-chardev", f"file,id=console,path={self._dir}/console", "-serial",
                "chardev:console",
                "-chardev", f"socket,id=commands,fd={theirs.fileno()}",
                "-device", "virtserialport,chardev=commands,name=oriel.command",
                "-chardev", f"socket,id=control,fd={control_theirs.fileno()}",
                "-mon", "chardev=control,mode=control", *qemu.nic_args(self.nics)]
        if self.native_hotplug:
            args += ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
        started = time.monotonic()
        with open(self._dir / "qemu.log", "wb") as log:
            self._process = subprocess.Popen(
                args + self.qemu_args, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=(theirs.fileno(), control_theirs.fileno()), cwd=self._dir,
                start_new_session=True, preexec_fn=qemu.die_with_parent)
        theirs.close()
        control_theirs.close()
        if self.time_limit is not None:
            self._timer = threading.Timer(self.time_limit, self._process.kill)
            self._timer.daemon = True
            self._timer.start()
        self._channel = channel.Channel(commands)
        self._qmp = qemu.Qmp(control)
        self._wait_booted(started)
        self.boot_seconds = time.monotonic() - started
        _running.append(self)
        # It has been read: it need not take disk space any longer.
        (self._dir / "initrd").unlink()
        self._find_nics()

    def _wait_booted(self, started):
        while not self._channel.hello.wait(1) or self._channel.closed:
            stuck = BOOT_STUCK.search(self._log("console"))
            if stuck or self._channel.closed or time.monotonic() - started > self.boot_timeout:
                what = (f"got stuck: {stuck[0]}" if stuck else "ended" if self._channel.closed
                        else f"did not boot in {self.boot_timeout} s")
                text = f"the guest {what}\n{self._log('qemu.log')}{self._log('console')}"
                raise BootStuck(text) if stuck else GuestError(text)

    def _log(self, name):
        try:
            return (self._dir / name).read_text(encoding="utf-8", errors="replace")[-4000:]
        except OSError:
            return ""

    def _find_nics(self):
        ports = 0
        lines = self.run("for d in /sys/bus/pci/devices/*; do "
                         "echo ${d##*/} $(cat $d/class); done").check().out.split("\n")
        present = {line.split()[0] for line in lines if " 0x02" in line}
        for nic in self.nics:
            if nic.model.startswith("igb"):
                ports += 1
                nic.pci = f"0000:{ports:02x}:00.0"
                if nic.pci not in present:
                    raise GuestError(f"no NIC at {nic.pci} in the guest: {sorted(present)}")

    def close(self):
        """Kill QEMU and remove what the run left on the host. May be called again."""
        atexit.unregister(self.close)
        if self in _running:
            _running.remove(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for part in (self._channel, self._qmp):
            if part is not None:
                part.close()
        self._qmp = None
        if self._dir is not None:
            shutil.rmtree(self._dir, ignore_errors=True)
            self._dir = None

    @property
    def alive(self):
        """True while QEMU runs."""
        return self._process is not None and self._process.poll() is None

    def end_if_lost(self):
        """If it has lost a CPU's timer or answers no more: end it, return what was seen of it.

        A QEMU that has ended by itself is not lost, but by its own known race: that is a failure.
        """
        if not self.alive and QEMU_RACE not in self._log("qemu.log"):
            return None
        # Its other CPU may still answer.
        seen = "has lost a CPU's timer" if CPU_LOST in self.console() else None
        if seen is None:
            try:
                self.run(["true"], timeout=ANSWER_SECONDS)
            except GuestError as error:
                seen = f"does not answer: {error}"
        if seen is None:
            return None
        seen = f"the guest {seen}\n{self.console()[-2000:]}"
        self.close()
        return seen

    @property
    def dir(self):
        """The run's folder on the host (sockets), removed by close()."""
        return self._dir

    # --- commands ---------------------------------------------------------------------------------

    @staticmethod
    def _argv(command):
        return ["sh", "-c", command] if isinstance(command, str) else [str(x) for x in command]

    def spawn(self, command, *, pty=False):
        """Start a command (list, or text for the shell); returns its Process.

        pty: its streams are a terminal without echo, for programs that buffer their output else.
        """
        flags = channel.EXEC_PTY | channel.EXEC_RAW if pty else 0
        return self._channel.start(self._argv(command), flags)

    def spawn_terminal(self, command):
        """Start a command on an ordinary terminal that echoes, for people."""
        return self._channel.start(self._argv(command), channel.EXEC_PTY)

    def run(self, command, *, timeout=60, stdin=b""):
        """Run a command (list, or text for the shell) to its end; returns its Result.

        After `timeout` seconds it is killed and GuestTimeout raised.
        """
        process = self.spawn(command)
        if stdin:
            process.write(stdin)
        process.close_stdin()
        try:
            return process.wait(timeout)
        except GuestTimeout:
            if self.alive and not self._channel.closed:
                process.signal(signal.SIGKILL)
            raise

    def write_file(self, path, data, mode=0o644):
        """Make a file in the guest of bytes or text."""
        data = data.encode() if isinstance(data, str) else data
        quoted = shlex.quote(str(path))
        self.run(f"mkdir -p $(dirname {quoted}) && cat > {quoted} && chmod {mode:o} {quoted}",
                 stdin=data).check()

    def read_file(self, path):
        """The bytes of a file in the guest."""
        return self.run(["cat", str(path)]).check().raw_out

    def put(self, host_path, path):
        """Copy a host file into the guest, with its mode."""
        host_path = Path(host_path)
        self.write_file(path, host_path.read_bytes(), host_path.stat().st_mode & 0o777)

    # --- devices ----------------------------------------------------------------------------------

    def _addresses(self, which):
        igb = [nic.pci for nic in self.nics if nic.pci]
        if which is None:
            return igb
        return [self.nics[which].pci if isinstance(which, int) else which]

    def bind(self, driver, which=None):
        """Bind NICs to a kernel driver of the guest ("vfio-pci", "igb"), or to none ("").

        which: None for all igb NICs, a number in the list of NICs, or a PCI address.
        """
        for pci in self._addresses(which):
            device = f"/sys/bus/pci/devices/{pci}"
            load = f"modprobe {shlex.quote(driver)} && " if driver else ""
            probe = (f"echo {pci} > /sys/bus/pci/drivers_probe && "
                     f"test $(basename $(readlink {device}/driver)) = {shlex.quote(driver)}"
                     if driver else "true")
            self.run(f"{load}{{ test ! -e {device}/driver || "
                     f"echo {pci} > {device}/driver/unbind; }} && "
                     f"echo {shlex.quote(driver)} > {device}/driver_override && {probe}").check()

    def bind_vfio(self, which=None):
        """Bind NICs (all igb ones, or one) to vfio-pci."""
        self.bind("vfio-pci", which)

    def interface(self, which):
        """Name of the Linux interface of NIC number `which`, found by its MAC address."""
        mac = self.nics[which].mac.lower()
        out = self.run("for i in /sys/class/net/*; do echo ${i##*/} $(cat $i/address); done").out
        for line in out.splitlines():
            name, _, address = line.partition(" ")
            if address == mac:
                return name
        raise GuestError(f"no interface with the MAC address {mac} in the guest:\n{out}")

    def qmp(self, command, /, **arguments):
        """A QMP command to QEMU, e.g. qmp("set_link", name="n0", up=False).

        The wire of NIC n is the netdev "n<n>", the NIC itself the device "nic<n>", its root port
        "rp<k>" in order of the igb NICs.
        """
        return self._qmp.command(command, **arguments)

    def set_link(self, which, up):
        """Plug or unplug the cable of NIC number `which`."""
        self.qmp("set_link", name=f"nic{which}", up=up)

    # --- log --------------------------------------------------------------------------------------

    def console(self):
        """All that the guest's kernel wrote to the serial console: errors, and worse."""
        return (self._dir / "console").read_text(encoding="utf-8", errors="replace")

    def kmsg(self):
        """The guest's kernel log; if it answers no more, what it wrote to the console."""
        try:
            return self.run(["dmesg"], timeout=20).out
        except GuestError:
            return self.console()

    def dmar_faults(self):
        """The faults that the guest's IOMMU has reported since boot, as a list of DmarFault."""
        return parse_dmar(self.kmsg())
