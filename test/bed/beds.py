# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The two beds with one face: an agent with a driver on ports, and the far ends of their cables."""

import functools
import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from agent import Agent, GuestProcess, LocalProcess
from wire import Wire

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

DRIVERS = ("oriel", "net_e1000_igb")
PMD_NAME = {"oriel": "net_oriel", "net_e1000_igb": "net_e1000_igb"}
GUEST_PLUGIN = "/opt/oriel/librte_net_oriel.so"
GUEST_AGENT = "/opt/oriel/oriel-bed-agent"
NOBODY = 65534
# Value of the device argument burst=: (how burst_mode names begin, flags in /proc/cpuinfo).
ROWS = {
    "scalar": ("Scalar", ()),
    "sse": ("SSE", ("sse4_2",)),
    "avx2": ("AVX2", ("avx2",)),
    "avx512": ("AVX-512", ("avx512f", "avx512bw", "avx512dq", "avx512vl")),
}
VIOLATIONS_EXIT = 3
_numbers = itertools.count()


class Build:
    """What a build folder holds."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.plugin = self.folder / "drivers/net/oriel/librte_net_oriel.so"
        self.agent = self.folder / "test/bed/oriel-bed-agent"
        self.twin = self.folder / "test/twin/oriel-twin"
        self.twin_library = self.folder / "test/twin/liboriel_twin.so"

    def missing(self, driver, bed):
        """What a corner needs and the folder lacks, or None."""
        needed = [self.agent]
        if driver == "oriel":
            needed.append(self.plugin)
        if bed == "twin":
            needed += [self.twin, self.twin_library]
        lacking = [str(path) for path in needed if not path.exists()]
        return "not built: " + ", ".join(lacking) if lacking else None

    @functools.cached_property
    def sanitizers(self):
        """The sanitizers that it was built with, [] if none."""
        info = self.folder / "meson-info/intro-buildoptions.json"
        if not info.exists():
            return []
        options = json.loads(info.read_text(encoding="utf-8"))
        value = next((o["value"] for o in options if o["name"] == "b_sanitize"), "none")
        return [] if value == "none" else value.split(",")

    def environment(self, env=None):
        """The environment in which its programs run."""
        env = dict(os.environ if env is None else env)
        if "address" not in self.sanitizers:
            return env
        # First of all, also in programs that were built without it.
        library = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True,
                                 text=True, check=True).stdout.strip()
        env["LD_PRELOAD"] = os.path.realpath(library)
        # EAL keeps much to its end, by design: only what goes through our code counts.
        env["LSAN_OPTIONS"] = f"suppressions={HERE / 'lsan.supp'}:print_suppressions=0"
        return env


def row_missing(row, cpuinfo):
    """Why a CPU cannot run a row of bursts, from its /proc/cpuinfo; None if it can."""
    flags = next((line.split() for line in cpuinfo.splitlines() if line.startswith("flags")), [])
    lacking = [flag for flag in ROWS[row][1] if flag not in flags]
    return f"row {row}: this CPU has no {', '.join(lacking)}" if lacking else None


def row_eal(row, pci, devargs=""):
    """EAL's arguments that force a row on all ports, and give device arguments; [] for neither."""
    given = ",".join(filter(None, (f"burst={row}" if row else "", devargs)))
    if not given:
        return []
    argv = [word for address in pci for word in ("-a", f"{address},{given}")]
    # EAL's own limit is 256 bits.
    return argv + (["--force-max-simd-bitwidth=512"] if row == "avx512" else [])


def control(path, cmd, **arguments):
    """A command on a twin's control socket; its reply."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(json.dumps({"cmd": cmd, **arguments}).encode() + b"\n")
        reply = json.loads(sock.makefile().readline())
    if not reply["ok"]:
        raise RuntimeError(f"oriel-twin: {cmd}: {reply['error']}")
    return reply


class Bed:
    """An agent on ports whose cables end here.

    name    "twin" or "vm"
    driver  one of DRIVERS
    row     the row of bursts that is forced, one of ROWS, or None
    devargs device arguments of each port, "" for none
    agent   the Agent
    wires   one Wire for each port, where the ports have such
    pci     the ports' PCI addresses
    """

    name = None

    def __init__(self, driver, nports, row=None, devargs=""):
        self.driver, self.nports, self.row, self.devargs = driver, nports, row, devargs
        self.wires, self.pci = [], []
        self.agent = None
        self.pool = None
        self._pools = set()

    @property
    def corner(self):
        """The name of the corner of the matrix."""
        return "-".join(filter(None, (self.name, self.driver, self.row)))

    # --- ports ------------------------------------------------------------------------------------

    def ports(self):
        """The agent's list of ports."""
        return self.agent("ports")["ports"]

    def mac(self, port=0):
        """Bytes of a port's MAC address."""
        text = next(p["mac"] for p in self.ports() if p["port"] == port)
        return bytes.fromhex(text.replace(":", ""))

    def use_pool(self, size=8191, data_room=2176):
        """Make a pool current, and make it first if need be."""
        name = f"pool{size}x{data_room}"
        if name not in self._pools:
            self.agent("pool_create", pool=name, size=size, data_room=data_room)
            self._pools.add(name)
        self.pool = name
        return name

    def setup(self, port=0, *, rxq=1, txq=1, nb_rxd=512, nb_txd=512, pool=None, rx=None, tx=None,
              start=True, link=True, **configure):
        """Configure a port with its queues; start it and wait for its link.

        pool, rx, tx  further arguments of use_pool, rxq_setup, txq_setup
        """
        self.agent("configure", port=port, rxq=rxq, txq=txq, **configure)
        name = self.use_pool(**(pool or {}))
        for queue in range(rxq):
            self.agent("rxq_setup", port=port, queue=queue, nb_desc=nb_rxd, pool=name, **(rx or {}))
        for queue in range(txq):
            self.agent("txq_setup", port=port, queue=queue, nb_desc=nb_txd, **(tx or {}))
        if start:
            self.agent("start", port=port)
            if self.row is not None:
                self.check_row(port)
            if link:
                self.agent("link_wait", port=port, up=True, timeout_ms=10000)
        return self

    def check_row(self, port=0):
        """AssertionError if the bursts in use are not those of the forced row."""
        mode = self.agent("burst_mode", port=port)
        wanted = ROWS[self.row][0]
        assert mode["rx"].split()[0] == mode["tx"].split()[0] == wanted, mode

    # --- frames -----------------------------------------------------------------------------------

    def tx(self, *frames, port=0, queue=0, **more):
        """Send frames: bytes, scapy packets, or dicts as agent.c's "tx" takes them."""
        given = [f if isinstance(f, dict) else {"data": bytes(f).hex()} for f in frames]
        return self.agent("tx", port=port, queue=queue, pool=self.pool, frames=given, **more)

    def rx(self, count=1, port=0, timeout_ms=2000, **more):
        """What the port received: list of dicts with "data" in bytes and all metadata."""
        frames = self.agent("rx", port=port, count=count, timeout_ms=timeout_ms, **more)["frames"]
        for frame in frames:
            frame["data"] = bytes.fromhex(frame["data"])
        return frames

    def rx_one(self, **more):
        """The one frame that came; AssertionError if there are none or more."""
        frames = self.rx(1, **more)
        assert len(frames) == 1, "no frame came"
        return frames[0]

    def rx_none(self, port=0, quiet_ms=100):
        """AssertionError if a frame comes."""
        frames = self.rx(1, port=port, timeout_ms=quiet_ms)
        assert not frames, f"a frame came: {frames[0]['data'][:64].hex()}"

    def job(self, mode, **more):
        """Start a bulk job; returns its number."""
        more.setdefault("pool", self.pool)
        more.setdefault("port", 0)
        return self.agent("job_start", mode=mode, **more)["job"]

    def job_end(self, job, timeout=60, stop=False):
        """The counts of a job at its end."""
        return self.agent("job_wait", job=job, timeout_ms=int(timeout * 1000), stop=stop,
                          timeout=timeout + 10)

    # --- the process ------------------------------------------------------------------------------

    def log(self):
        """What agent, EAL and driver have logged."""
        return self.agent.process.log()

    def resources(self):
        """Comparable counts of what the agent's process holds."""
        held = self.agent("resources")
        return {"fds": held["fds"], "memzones": sorted(held["memzones"]),
                "mbufs": {name: pool["in_use"] for name, pool in held["pools"].items()}}

    def cable(self, up, port=0):
        """Plug the cable in or out."""
        raise NotImplementedError

    def start_agent(self):
        """A new agent after the old one has gone."""
        raise NotImplementedError

    def close(self, check=True):
        """End all. With `check`: AssertionError if something was not as it must be."""
        raise NotImplementedError


class TwinBed(Bed):
    """An agent on device twins.

    wires    list of the twin's wire SPECs without "kind:port", or None for sockets
    mmio     "exact" or "fast"
    options  further options of oriel-twin
    violations  number of refused DMAs that the test means to cause
    user     a number: run as that user (root only)
    huge     hugepages of 2 MB instead of ordinary memory
    telemetry  DPDK's telemetry, off by default
    """

    name = "twin"

    def __init__(self, build, driver, nports=1, *, wires=None, mmio="exact", options=(),
                 user=None, eal=(), memory=256, workers=2, huge=False, row=None,
                 devargs="", telemetry=False):
        super().__init__(driver, nports, row, devargs)
        self.build, self.mmio, self.options, self.user = build, mmio, list(options), user
        self.eal, self.memory, self.workers = list(eal), memory, workers
        self.huge = huge
        self.telemetry = [] if telemetry else ["--no-telemetry"]
        self.violations = 0
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="oriel-bed-"))
        self.control_path = self.dir / "control"
        self.stats_path = self.dir / "stats.json"
        self.pci = [f"0000:{port + 1:02x}:00.0" for port in range(nports)]
        if user is not None:
            os.chown(self.dir, user, user)
        if wires is None:
            self.wires = [Wire(self.dir / f"p{n}.peer", self.dir / f"p{n}.dev")
                          for n in range(nports)]
            self.wire_specs = [f"socket:{n},local={self.dir}/p{n}.dev,remote={self.dir}/p{n}.peer"
                               for n in range(nports)]
        else:
            self.wire_specs = list(wires)
        try:
            self.start_agent()
        except BaseException:
            self._remove()
            raise

    def twin_argv(self):
        """oriel-twin with its options, up to and with "--"."""
        argv = [str(self.build.twin), "--ports", str(self.nports), "--mmio", self.mmio,
                "--control", str(self.control_path), "--stats", str(self.stats_path)]
        for spec in self.wire_specs:
            argv += ["--wire", spec]
        return argv + self.options + ["--"]

    def eal_argv(self):
        """EAL's arguments: nothing shared with other processes."""
        cpus = ",".join(str(n) for n in sorted(os.sched_getaffinity(0)))
        lcores = ",".join(f"{n}@({cpus})" for n in range(1 + self.workers))
        plugin = ["-d", str(self.build.plugin)] if self.driver == "oriel" else []
        pages = ["--in-memory"] if self.huge else ["--no-huge", "--no-shconf"]
        return plugin + ["--lcores", lcores, *pages, "-m", str(self.memory), *self.telemetry,
                         "--file-prefix", f"bed{os.getpid()}-{next(_numbers)}",
                         "--log-level", "pmd.net.oriel*:debug",
                         *row_eal(self.row, self.pci, self.devargs), *self.eal]

    def start_agent(self):
        env = self.build.environment()
        env["RUNTIME_DIRECTORY"] = env["XDG_RUNTIME_DIR"] = str(self.dir)
        as_user = {}
        if self.user is not None:
            as_user = {"user": self.user, "group": self.user, "extra_groups": []}
        process = LocalProcess(self.twin_argv() + [str(self.build.agent)] + self.eal_argv(),
                               self.dir / f"agent{next(_numbers)}.log", env=env, cwd=self.dir,
                               **as_user)
        self._pools.clear()
        try:
            self.agent = Agent(process)
        except BaseException:
            process.kill()
            raise

    # --- the twin itself --------------------------------------------------------------------------

    def control(self, cmd, **arguments):
        """A command on the twin's control socket; its reply."""
        return control(self.control_path, cmd, **arguments)

    def counters(self, port=0):
        """The twin's counters of a port."""
        return self.control("counters", port=port)["ports"][0]

    def cable(self, up, port=0):
        self.control("link", port=port, up=up)

    def stats(self):
        """The counters that the twin wrote at its end."""
        return json.loads(self.stats_path.read_text(encoding="utf-8"))

    def _remove(self):
        for wire in self.wires:
            wire.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def kill(self):
        """SIGKILL to the agent and its launcher, as a crash leaves them."""
        self.agent.kill()

    def close(self, check=True):
        try:
            code = self.agent.quit()
            report = self.agent.sanitizer_report()
            assert report is None, report
            if check:
                wanted = VIOLATIONS_EXIT if self.violations else 0
                assert code == wanted, f"the agent ended with {code}\n{self.agent.tail()}"
                for port in self.stats()["ports"]:
                    assert port["dma"]["violations"] == self.violations, port["violations"]
                    # Upstream reads registers that are only on younger chips.
                    if self.driver == "oriel":
                        assert port["mmio"]["unknown"] == port["mmio"]["bad_width"] == 0
        finally:
            self.agent.kill()
            self._remove()


class VmBed(Bed):
    """An agent in the guest of a GuestHolder; the guest stays when the bed is closed."""

    name = "vm"

    def __init__(self, holder, driver, nports=1, workers=1, eal=(), row=None, devargs="",
                 telemetry=False):
        super().__init__(driver, nports, row, devargs)
        self.holder = holder
        self.workers, self.eal = workers, list(eal)
        self.telemetry = [] if telemetry else ["--no-telemetry"]
        self._stale = True
        self.violations = 0
        self.guest = holder.guest
        self.pci = [nic.pci for nic in self.guest.nics[:nports]]
        self.wires = holder.wires[:nports]
        self._faults = len(self.guest.dmar_faults())
        self.start_agent()
        # The guest is not new: QEMU may still hold frames of the test before.
        for wire in self.wires:
            while wire.quiet(0.03):
                pass

    def setup(self, port=0, **more):
        super().setup(port, **more)
        if more.get("start", True) and more.get("link", True) and self._stale:
            self._stale = False
            while self.rx(32, port=port, timeout_ms=30):
                pass
        return self

    def start_agent(self):
        plugin = ["-d", GUEST_PLUGIN] if self.driver == "oriel" else []
        lcores = ",".join(f"{n}@(0,1)" for n in range(1 + self.workers))
        allow = row_eal(self.row, self.pci, self.devargs) or [
            word for pci in self.pci for word in ("-a", pci)]
        process = GuestProcess(self.guest, [
            GUEST_AGENT, *plugin, *allow, "--lcores", lcores, "--in-memory", *self.telemetry,
            "--file-prefix", f"bed{next(_numbers)}", "--log-level", "pmd.net.oriel*:debug",
            *self.eal])
        self._pools.clear()
        try:
            self.agent = Agent(process)
        except BaseException:
            process.kill()
            raise

    def cable(self, up, port=0):
        self.guest.set_link(port, up)

    def kill(self):
        """SIGKILL to the agent."""
        self.agent.kill()

    def close(self, check=True):
        try:
            for port in range(self.nports):
                self.cable(True, port)
            code = self.agent.quit(60)
            if check:
                assert code == 0, f"the agent ended with {code}\n{self.agent.tail()}"
                faults = self.guest.dmar_faults()[self._faults:]
                assert bool(faults) == bool(self.violations), faults
        finally:
            self.agent.kill()


class GuestHolder:
    """One guest with two igb NICs for all tests of a session; boots when first asked for."""

    NICS = 2

    def __init__(self):
        self._guest = None
        self.wires = []
        self.boot_seconds = None

    @property
    def guest(self):
        """The running guest."""
        if self._guest is not None and not self._guest.alive:
            self.close()
        if self._guest is None:
            import guest  # pylint: disable=import-outside-toplevel
            started = time.monotonic()
            machine = guest.Guest([guest.NicSpec() for _ in range(self.NICS)], memory=2048,
                                  hugepages=320)
            machine.start()
            self._guest = machine
            self.wires = [Wire(nic.remote, nic.local) for nic in machine.nics]
            machine.bind_vfio()
            self.boot_seconds = time.monotonic() - started
        return self._guest

    def close(self):
        """End the guest."""
        for wire in self.wires:
            wire.close()
        self.wires = []
        if self._guest is not None:
            self._guest.close()
            self._guest = None
