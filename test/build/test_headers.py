# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Where meson finds DPDK's driver headers, what it says where it does not, and get-driver-sdk."""

import hashlib
import os
import pathlib
import shutil

import pytest

from conftest import NOBODY, run

PLACES = {"bus_pci_driver.h": "drivers/bus/pci", "ethdev_driver.h": "lib/ethdev",
          "ethdev_pci.h": "lib/ethdev", "dev_driver.h": "lib/eal/include"}


@pytest.fixture
def flat(root):
    """The flat folder that get-driver-sdk filled for this user."""
    done = run([root / "devtools/get-driver-sdk", "--print-dir"])
    assert done.code == 0, done.out
    return pathlib.Path(done.out.strip())


def configure(root, place, *options, cache=None):
    """Run meson setup for the plugin alone; its output comes with its line breaks undone."""
    env = dict(os.environ)
    if cache:
        env["XDG_CACHE_HOME"] = str(cache)
    done = run(["meson", "setup", place / "build", root, "-Dtests=false", *options], env=env)
    done.out = " ".join(done.out.split())
    return done


def test_missing_headers_name_the_command_that_mends(root, place, flat):
    done = configure(root, place, cache=place / "empty")
    assert done.code != 0
    assert "driver headers (bus_pci_driver.h" in done.out
    assert "Run devtools/get-driver-sdk" in done.out and "-Ddriver_sdk=DIR" in done.out


def test_folder_without_headers_is_refused(root, place):
    done = configure(root, place, f"-Ddriver_sdk={place}")
    assert done.code != 0
    assert f"bus_pci_driver.h is not in {place}" in done.out
    assert "devtools/get-driver-sdk" in done.out


def test_headers_of_another_release_are_refused(root, place, flat):
    shutil.copytree(flat, place / "sdk")
    (place / "sdk/VERSION").write_text("23.11.1\n")
    done = configure(root, place, f"-Ddriver_sdk={place / 'sdk'}")
    assert done.code != 0
    assert "are of DPDK 23.11.1, installed is DPDK" in done.out


def test_flat_folder_is_accepted(root, place, flat):
    done = configure(root, place, f"-Ddriver_sdk={flat}", cache=place / "empty")
    assert done.code == 0, done.out


def test_source_tree_is_accepted(root, place, flat):
    for header, folder in PLACES.items():
        (place / "dpdk" / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(flat / header, place / "dpdk" / folder)
    shutil.copy(flat / "VERSION", place / "dpdk")
    done = configure(root, place, f"-Ddriver_sdk={place / 'dpdk'}", cache=place / "empty")
    assert done.code == 0, done.out
    assert f"driver headers: {place / 'dpdk'}" in done.out


def fingerprint(folder):
    """Digest of all names and readable contents below a folder."""
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).rglob("*")):
        digest.update(str(path).encode())
        if path.is_file() and os.access(path, os.R_OK):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def test_get_driver_sdk_needs_no_root_and_leaves_apt_alone(root, place, flat, open_place):
    before = fingerprint("/etc/apt"), sorted(os.listdir("/var/lib/apt/lists"))
    # The project may lie where nobody has no way in.
    shutil.copytree(root / "devtools", open_place / "devtools")
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    argv = ["env", f"XDG_CACHE_HOME={open_place}/cache", f"TMPDIR={open_place}", "bash",
            open_place / "devtools/get-driver-sdk"]
    done = run((user if os.getuid() == 0 else []) + argv)
    assert done.code == 0, done.out
    fetched = open_place / "cache/oriel" / flat.name
    assert sorted(os.listdir(fetched)) == sorted(os.listdir(flat))
    for name in os.listdir(flat):
        assert (fetched / name).read_bytes() == (flat / name).read_bytes()
    assert (fingerprint("/etc/apt"), sorted(os.listdir("/var/lib/apt/lists"))) == before
    assert sorted(os.listdir(open_place)) == ["cache", "devtools"], "left something behind"
    # meson looks there by itself.
    assert configure(root, place, cache=open_place / "cache").code == 0


def test_get_driver_sdk_second_run_fetches_nothing(root, flat):
    done = run([root / "devtools/get-driver-sdk"], env=dict(os.environ, PATH="/usr/bin:/bin",
                                                            http_proxy="http://127.0.0.1:1"),
               timeout=5)
    assert done.code == 0 and f"are in {flat}" in done.out


def test_get_driver_sdk_refuses_what_it_cannot_write(root):
    done = run([root / "devtools/get-driver-sdk", "/proc/oriel"])
    assert done.code == 1 and "cannot write to /proc/oriel" in done.out


def test_get_examples_second_run_fetches_nothing(root, open_place):
    env = dict(os.environ, XDG_CACHE_HOME=str(open_place), http_proxy="http://127.0.0.1:1")
    done = run([root / "devtools/get-examples", "--print-dir"], env=env)
    assert done.code == 0, done.out
    (open_place / "oriel" / pathlib.Path(done.out.strip()).name / "l2fwd").mkdir(parents=True)
    done = run([root / "devtools/get-examples"], env=env, timeout=5)
    assert done.code == 0 and " are in " in done.out


def test_get_examples_refuses_what_it_cannot_write(root):
    done = run([root / "devtools/get-examples", "/proc/oriel"])
    assert done.code == 1 and "cannot write to /proc/oriel" in done.out
