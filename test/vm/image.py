# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Builds the guest image: a Debian kernel and an initramfs with DPDK and network tools.

The kernel comes from the distribution's packages and is unpacked, never installed. Programs and
libraries are those of this system, so that the guest runs the DPDK that the driver was built for;
a program that is not installed is fetched as a package and unpacked. Everything is cached, and
built again only when one of its inputs has changed. The initramfs is written without root.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import lzma
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
APT_PRIVATE = HERE.parent.parent / "devtools" / "apt-private"

# program: package that has it
PROGRAMS = {
    "busybox": "busybox-static",
    "dash": "dash",  # busybox's own shell puts its applets before the programs below
    "bash": "bash",  # for people
    "ip": "iproute2",
    "ethtool": "ethtool",
    "ping": "iputils-ping",
    "iperf3": "iperf3",
    "tcpdump": "tcpdump",
    "dpdk-testpmd": "dpdk-dev",
    "dpdk-proc-info": "dpdk-dev",
}
# Of DPDK's own plugin folder only what the guest can use, for a fast start of EAL.
DPDK_PLUGINS = ("bus_pci", "bus_vdev", "mempool_ring", "mempool_stack", "net_e1000", "net_ring",
                "net_null", "net_af_packet", "net_pcap", "net_virtio")
# With what they need; names in the kernel proper are passed over.
MODULES = ("vfio", "vfio_pci", "vfio_iommu_type1", "virtio_net", "virtio_console", "virtio_pci",
           "igb", "igbvf", "pktgen", "8021q", "veth", "bridge", "tun", "dummy", "af_packet",
           "sch_netem")
KERNEL_PACKAGE = "linux-image-amd64"


class ImageError(Exception):
    """The guest image cannot be had; the text says why."""


@dataclasses.dataclass(frozen=True)
class Image:
    """A guest image: paths on the host, and what it contains."""

    kernel: Path
    initrd: Path
    release: str
    files: frozenset  # paths in the guest, without the leading slash


def cache_dir():
    """The folder of downloads and images: $ORIEL_VM_CACHE or oriel/vm in the user's cache."""
    if os.environ.get("ORIEL_VM_CACHE"):
        return Path(os.environ["ORIEL_VM_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "oriel" / "vm"


class Cpio:
    """Writes an archive of the `newc` kind, as the kernel takes it for its initramfs."""

    def __init__(self, out):
        self._out = out
        self._seen = set()
        self._inode = 0

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        encoded = name.encode() + b"\0"
        self._inode += 1
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._out.write(head + b"\0" * (-len(head) % 4))
        self._out.write(data)
        self._out.write(b"\0" * (-len(data) % 4))
        self._seen.add(name)

    def __contains__(self, name):
        return name in self._seen

    @property
    def names(self):
        """What has been written."""
        return frozenset(self._seen)

    def folder(self, name):
        """A folder and those above it, unless they are there."""
        parts = Path(name).parts
        for count in range(1, len(parts) + 1):
            path = "/".join(parts[:count])
            if path not in self._seen:
                self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        """A file with this content."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        """A symbolic link."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor):
        """A character device."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def end(self):
        """The trailer; another archive may follow."""
        self._entry("TRAILER!!!", 0)


def _run(args, **more):
    """Output of a program; its messages become the error's text."""
    try:
        done = subprocess.run(args, check=False, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, **more)
    except OSError as error:
        raise ImageError(f"{args[0]}: {error.strerror}") from error
    if done.returncode != 0:
        tail = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise ImageError(f"{Path(args[0]).name} failed ({done.returncode}): {tail}")
    return done.stdout


def backports_suite():
    """Name of the distribution release's backports, or None."""
    release = {}
    with contextlib.suppress(OSError):
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            release[key] = value.strip('"')
    codename = release.get("VERSION_CODENAME")
    return f"{codename}-backports" if codename else None


def apt_private(command, *args, backports=True):
    """Run devtools/apt-private on the state in the cache, with backports where they exist."""
    suite = backports_suite() if backports else None
    base = [str(APT_PRIVATE), "--state", str(cache_dir() / "apt")]
    if suite:
        try:
            return _run([*base, "--suite", suite, command, *args])
        except ImageError as error:
            if "no configured archive" not in str(error):
                raise
    return _run([*base, command, *args])


def _fetch(packages):
    """Download packages (name or name=version); returns their files, which stay in the cache."""
    into = cache_dir() / "packages"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir()) as work:
        apt_private("download", work, *packages)
        files = []
        for deb in sorted(Path(work).glob("*.deb")):
            os.replace(deb, into / deb.name)
            files.append(into / deb.name)
    return files


# --- kernel ---------------------------------------------------------------------------------------

def find_kernel_package(refresh=False):
    """The kernel's package file; the one in the cache unless there is none or `refresh` is set."""
    mark = cache_dir() / "kernel-package"
    if not refresh and mark.exists():
        deb = cache_dir() / "packages" / mark.read_text(encoding="utf-8").strip()
        if deb.exists():
            return deb
    suite = backports_suite()
    names, problem = [], ""
    for wanted in ([f"{KERNEL_PACKAGE}/{suite}"] if suite else []) + [KERNEL_PACKAGE]:
        try:
            names = re.findall(r"^linux-image-\d\S*$", apt_private("depends", wanted), re.M)
        except ImageError as error:
            problem = f": {error}"
        if names:
            break
    if not names:
        raise ImageError(f"no kernel package for the guest{problem}")
    deb = _fetch([names[-1]])[0]
    mark.write_text(deb.name + "\n", encoding="utf-8")
    return deb


def read_kernel_package(deb):
    """(release, kernel image, {module name: its file, maybe compressed}) from a package file."""
    kernel, release, modules = None, None, {}
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)],
                          stdout=subprocess.PIPE) as unpack:
        with tarfile.open(fileobj=unpack.stdout, mode="r|") as tar:
            for member in tar:
                name = member.name.lstrip("./")
                if name.startswith("boot/vmlinuz-"):
                    release = name[len("boot/vmlinuz-"):]
                    kernel = tar.extractfile(member).read()
                elif match := re.search(r"/modules/[^/]+/kernel/.*/([^/]+)\.ko(\.xz)?$", name):
                    modules[match[1].replace("-", "_")] = (match[2], tar.extractfile(member).read())
    if unpack.returncode != 0 or kernel is None or not modules:
        raise ImageError(f"{deb.name}: no kernel and modules in this package")
    return release, kernel, modules


def module_info(data):
    """(names it depends on, aliases) of a kernel module."""
    fields = re.findall(rb"\0(depends|alias)=([^\0]*)(?=\0)", data)
    depends = [name for key, value in fields if key == b"depends"
               for name in value.decode().replace("-", "_").split(",") if name]
    return depends, [value.decode() for key, value in fields if key == b"alias"]


def add_modules(cpio, release, modules):
    """Write the wanted modules with all they need, and the two lists that modprobe reads."""
    folder = f"usr/lib/modules/{release}"
    found, todo = {}, [name for name in MODULES if name in modules]
    if "vfio_pci" not in todo:
        raise ImageError(f"kernel {release} has no module vfio-pci")
    while todo:
        name = todo.pop()
        if name in found or name not in modules:
            continue
        packed, data = modules[name]
        data = lzma.decompress(data) if packed else data
        found[name] = (data, *module_info(data))
        todo += found[name][1]
    lines, aliases = [], []
    for name, (data, depends, names) in sorted(found.items()):
        cpio.file(f"{folder}/{name}.ko", data)
        order, todo = [], list(depends)
        while todo:
            needed = todo.pop(0)
            if needed in found and needed not in order:
                order.append(needed)
                todo += found[needed][1]
        lines.append(f"{name}.ko:" + "".join(f" {needed}.ko" for needed in order))
        aliases += [f"alias {alias} {name}" for alias in names]
    cpio.file(f"{folder}/modules.dep", ("\n".join(lines) + "\n").encode())
    cpio.file(f"{folder}/modules.alias", ("\n".join(aliases) + "\n").encode())


# --- programs and libraries -----------------------------------------------------------------------

class Programs:
    """Programs of this system, or of packages that are fetched and unpacked."""

    def __init__(self):
        self._trees = []
        root = cache_dir() / "unpacked"
        if root.is_dir():
            self._trees = sorted(tree for tree in root.iterdir() if tree.suffix != ".part")

    @property
    def library_path(self):
        """Folders of unpacked packages in which libraries may lie."""
        return [str(folder) for tree in self._trees
                for folder in (*tree.glob("usr/lib/*-linux-gnu"), *tree.glob("lib/*-linux-gnu"),
                               *tree.glob("usr/lib/*-linux-gnu/dpdk/pmds-*"))]

    def find(self, name, package):
        """Path of a program, whose package is fetched if need be."""
        for _ in range(2):
            folders = [*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin", "/usr/bin"]
            for tree in self._trees:
                folders += [str(tree / part) for part in ("usr/bin", "bin", "usr/sbin", "sbin")]
            path = shutil.which(name, path=":".join(folders))
            if path:
                return Path(path)
            self._unpack(package)
        raise ImageError(f"no program {name} in package {package}")

    def _unpack(self, package):
        wanted = set(apt_private("depends", package).split()) | {package}
        installed = set()
        with contextlib.suppress(ImageError):
            listing = _run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"])
            installed = {line.split()[0] for line in listing.splitlines()
                         if line.endswith(" installed")}
        for deb in _fetch(sorted(wanted - installed | {package})):
            tree = cache_dir() / "unpacked" / deb.stem
            part = tree.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            _run(["dpkg-deb", "-x", str(deb), str(part)])
            shutil.rmtree(tree, ignore_errors=True)
            part.rename(tree)
            self._trees.append(tree)


def libraries(path, library_path=()):
    """{name: path} of the shared libraries that a program or library loads at start."""
    env = dict(os.environ, LC_ALL="C")
    env.pop("LD_PRELOAD", None)
    if library_path:
        env["LD_LIBRARY_PATH"] = ":".join(library_path)
    done = subprocess.run(["ldd", str(path)], check=False, capture_output=True, text=True, env=env)
    if "not a dynamic executable" in done.stderr + done.stdout or "statically" in done.stdout:
        return {}
    found = {}
    for line in done.stdout.splitlines():
        match = re.match(r"\s*(?:(\S+) => )?(/\S+) \(0x", line)
        if match:
            found[match[1] or match[2]] = Path(match[2])
        elif "not found" in line:
            raise ImageError(f"{path}: library {line.split()[0]} not found")
    if done.returncode != 0:
        raise ImageError(f"ldd {path}: {done.stderr.strip()}")
    return found


def guest_library_dir():
    """The one folder in the guest with all libraries, e.g. usr/lib/x86_64-linux-gnu."""
    return f"usr/lib/{os.uname().machine}-linux-gnu"


def add_libraries(cpio, found, present=frozenset()):
    """Write libraries, each once: the real file plus a link with the name that is asked for.

    Returns the host files used. The loader itself goes where programs expect it.
    """
    used = []
    for name, path in sorted(found.items()):
        real = path.resolve()
        if name.startswith("/"):
            target = "usr/" + name.lstrip("/").removeprefix("usr/")
            if target not in cpio and target not in present:
                cpio.file(target, real.read_bytes(), 0o755)
                used.append(real)
            continue
        # Plugins of DPDK stay in its plugin folder, which EAL scans: two copies would clash.
        folder = guest_library_dir()
        if real.parent.name.startswith("pmds-"):
            folder += f"/dpdk/{real.parent.name}"
        file, link = f"{folder}/{real.name}", f"{folder}/{name}"
        if file not in cpio and file not in present:
            cpio.file(file, real.read_bytes(), 0o755)
            used.append(real)
        if link not in cpio and link not in present:
            cpio.link(link, real.name)
    return used


def dpdk_plugin_dir(programs):
    """DPDK's plugin folder on this system, from the bus plugin that testpmd needs."""
    found = libraries(programs.find("dpdk-testpmd", PROGRAMS["dpdk-testpmd"]),
                      programs.library_path)
    for name, path in found.items():
        if name.startswith("librte_bus_pci.so"):
            return path.resolve().parent
    raise ImageError("dpdk-testpmd is linked with DPDK's PCI bus statically: not supported here")


def add_programs(cpio):
    """Write all programs, DPDK's plugins and the libraries of both. Returns the host files used."""
    programs = Programs()
    paths = {name: programs.find(name, package) for name, package in PROGRAMS.items()}
    plugins = dpdk_plugin_dir(programs)
    found, used = {}, []
    for name, path in paths.items():
        cpio.file(f"usr/bin/{name}", path.read_bytes(), 0o755)
        used.append(path)
        found.update(libraries(path, programs.library_path))
    for name in DPDK_PLUGINS:
        for path in plugins.glob(f"librte_{name}.so.*.*"):
            found[".".join(path.name.split(".")[:3])] = path
            found.update(libraries(path, programs.library_path))
    # pthread_cancel and pthread_exit load it by name.
    libc = next(path for name, path in found.items() if name.startswith("libc.so"))
    found["libgcc_s.so.1"] = libc.parent / "libgcc_s.so.1"
    used += add_libraries(cpio, found)
    cpio.link("usr/bin/sh", "dash")
    for applet in _run([str(paths["busybox"]), "--list"]).split():
        if f"usr/bin/{applet}" not in cpio:
            cpio.link(f"usr/bin/{applet}", "busybox")
    folder = f"/{guest_library_dir()}"
    cpio.file("etc/environment.sh", (
        f"export LD_LIBRARY_PATH={folder}:{folder}/dpdk/{plugins.name}\n").encode())
    return used


def build_guestd(out):
    """Compile the command server, statically."""
    compiler = next((cc for cc in (os.environ.get("CC", "").split()[:1] + ["cc", "gcc", "clang"])
                     if cc and shutil.which(cc)), None)
    if compiler is None:
        raise ImageError("no C compiler (cc, gcc, clang)")
    _run([compiler, "-static", "-O2", "-Wall", "-Wextra", "-o", str(out), str(HERE / "guestd.c")])


# --- image ----------------------------------------------------------------------------------------

SOURCES = ("image.py", "guestd.c", "init")


def _source_digest():
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def _state_of(paths):
    return {str(path): [path.stat().st_size, path.stat().st_mtime_ns] for path in paths}


def _load(folder):
    """The image in a folder if all its inputs are unchanged, else None."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["sources"] != _source_digest():
            return None
        for path, state in manifest["inputs"].items():
            if [os.stat(path).st_size, os.stat(path).st_mtime_ns] != state:
                return None
    except (OSError, ValueError, KeyError):
        return None
    return Image(folder / "vmlinuz", folder / "initrd", manifest["release"],
                 frozenset(manifest["files"]))


def _build(folder, refresh):
    deb = find_kernel_package(refresh)
    release, kernel, modules = read_kernel_package(deb)
    (folder / "vmlinuz").write_bytes(kernel)
    build_guestd(folder / "guestd")
    # Not compressed: reading it costs nothing, unpacking under emulation would.
    with open(folder / "initrd", "wb") as out:
        cpio = Cpio(out)
        for name in ("usr/bin", "usr/lib", "usr/lib64", "proc", "sys", "dev", "tmp",
                     "run", "root", "etc", "opt"):
            cpio.folder(name)
        for name in ("bin", "lib", "lib64"):
            cpio.link(name, f"usr/{name}")
        cpio.link("sbin", "usr/bin")
        cpio.link("var/run", "../run")
        cpio.device("dev/console", 5, 1)
        cpio.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
        cpio.file("etc/group", b"root:x:0:\n")
        cpio.file("etc/hosts", b"127.0.0.1 localhost\n::1 localhost\n")
        cpio.file("init", (HERE / "init").read_bytes(), 0o755)
        cpio.file("usr/bin/guestd", (folder / "guestd").read_bytes(), 0o755)
        inputs = [deb, *add_programs(cpio)]
        add_modules(cpio, release, modules)
        cpio.end()
    (folder / "guestd").unlink()
    manifest = {"sources": _source_digest(), "release": release, "inputs": _state_of(inputs),
                "files": sorted(cpio.names)}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def ensure_image(refresh=False):
    """The guest image, built or from the cache. Raises ImageError if it cannot be had.

    refresh: look for a newer kernel package and build again.
    """
    root = cache_dir()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with open(root / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = root / "image"
            image = None if refresh else _load(folder)
            if image is None:
                with tempfile.TemporaryDirectory(dir=root) as work:
                    part = Path(work) / "image"
                    part.mkdir()
                    _build(part, refresh)
                    shutil.rmtree(folder, ignore_errors=True)
                    part.rename(folder)
                image = _load(folder)
    except OSError as error:
        raise ImageError(f"guest image: {error}") from error
    if image is None:
        raise ImageError("guest image: its inputs change while it is built")
    return image


def write_initrd(image, files, out):
    """Write to `out` the image's initramfs and behind it the files of one run.

    files: {path in the guest: Path on the host, or bytes}. What a program or library among them
    needs and the image lacks comes along.
    """
    with open(image.initrd, "rb") as base:
        shutil.copyfileobj(base, out, 1 << 20)
    cpio = Cpio(out)
    for name, source in files.items():
        name = str(name).lstrip("/")
        if isinstance(source, bytes):
            cpio.file(name, source, 0o644)
            continue
        source = Path(source)
        data = source.read_bytes()
        cpio.file(name, data, 0o755 if os.access(source, os.X_OK) else 0o644)
        if data.startswith(b"\x7fELF"):
            add_libraries(cpio, libraries(source), image.files)
    cpio.end()
