# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What the tests of building, loading and installing share: the plugin, users, testpmd."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534


class Result:
    """Exit code and output (both streams) of a command."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode(errors="replace")


def run(argv, timeout=120, stdin="", **more):
    """Run a command with its own standard input; returns a Result."""
    return Result(subprocess.run([str(a) for a in argv], input=stdin.encode(), timeout=timeout,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more))


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def plugin(build):
    """The plugin."""
    return build / "drivers/net/oriel/librte_net_oriel.so"


@pytest.fixture
def place(build):
    """A temporary folder beside the build: EAL loads no plugin from below /tmp."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oriel-test-", dir=build.parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def open_place():
    """A temporary folder that the user nobody may read and write."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oriel-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def testpmd(tmp_path):
    """Runs dpdk-testpmd without huge pages or devices: testpmd(eal arguments, commands) -> Result.

    With twin=[...] it runs under oriel-twin with these options, and sees its ports.
    """
    def start(eal, commands="", twin=None, build=None):
        argv = ["dpdk-testpmd", "--lcores", "0@0,1@0", "--no-huge", "-m", "128",
                "--no-telemetry", "--file-prefix", f"oriel{os.getpid()}", *eal]
        if twin is None:
            argv += ["--no-pci", "--vdev", "net_null0"]
        else:
            argv = [build / "test/twin/oriel-twin", *twin, "--", *argv]
        argv += ["--", "-i", "--total-num-mbufs=2048", "--nb-cores=1", "--port-topology=loop"]
        return run(argv, stdin=commands + "quit\n",
                   env=dict(os.environ, XDG_RUNTIME_DIR=str(tmp_path)))
    return start
