# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""meson install: where things go, pkg-config, loading from there, autoload."""

import os
import re
import subprocess

import pytest

from conftest import run


def release():
    """YY.MM of the installed DPDK."""
    version = subprocess.run(["pkg-config", "--modversion", "libdpdk"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return ".".join(version.split(".")[:2])


def install(root, place, *options, destdir=None):
    """Configure, build and install the plugin alone, with a prefix below `place`."""
    # What is installed where does not depend on how well it is optimised.
    done = run(["meson", "setup", place / "build", root, "-Dtests=false", "-Doptimization=0",
                f"--prefix={place / 'prefix'}", "--libdir=lib", *options])
    assert done.code == 0, done.out
    argv = ["meson", "install", "-C", place / "build"]
    done = run(argv + (["--destdir", destdir] if destdir else []))
    assert done.code == 0, done.out


def opened_by(result):
    """Paths of the plugins that EAL's debug log says it opened."""
    return re.findall(r"EAL: open shared lib (\S+)", result.out)


def test_install_and_load_by_pkg_config(root, place, testpmd):
    install(root, place)
    found = run(["pkg-config", "--variable=plugin", f"oriel-{release()}"],
                env=dict(os.environ, PKG_CONFIG_PATH=str(place / "prefix/lib/pkgconfig")))
    assert found.code == 0, found.out
    installed = found.out.strip()
    assert installed == str(place / f"prefix/lib/oriel/dpdk-{release()}/librte_net_oriel.so")
    result = testpmd(["-d", installed, "--log-level=lib.eal:debug"])
    assert result.code == 0, result.out
    assert installed in opened_by(result)
    assert "Bye" in result.out


def test_destdir_holds_all(root, place, testpmd):
    install(root, place, destdir=place / "dest")
    assert not (place / "prefix").exists()
    below = f"{place / 'dest'}{place / 'prefix'}"
    files = {os.path.relpath(os.path.join(where, name), below)
             for where, _, names in os.walk(place / "dest") for name in names}
    assert files == {f"lib/oriel/dpdk-{release()}/librte_net_oriel.so",
                     f"lib/pkgconfig/oriel-{release()}.pc"}
    moved = f"{below}/lib/oriel/dpdk-{release()}/librte_net_oriel.so"
    result = testpmd(["-d", moved, "--log-level=lib.eal:debug"])
    assert result.code == 0 and moved in opened_by(result), result.out


def test_autoload_links_into_dpdks_folder(root, place, testpmd):
    header = run(["gcc", "-E", "-dM", "-include", "rte_build_config.h", "-x", "c", "/dev/null",
                  *run(["pkg-config", "--cflags", "libdpdk"]).out.split()]).out
    folder = re.search(r'RTE_EAL_PMD_PATH "(.+)"', header)[1]
    before = sorted(os.listdir(folder))
    install(root, place, "-Dautoload=true", destdir=place / "dest")
    link = f"{place / 'dest'}{folder}/librte_net_oriel.so"
    plugin = place / f"prefix/lib/oriel/dpdk-{release()}/librte_net_oriel.so"
    assert os.readlink(link) == str(plugin)
    # The link leads to the real place, which in this test is filled by a second install.
    install(root, place, "--reconfigure", "-Dautoload=false")
    assert sorted(os.listdir(folder)) == before, "the test installed into the system"
    result = testpmd(["-d", os.path.dirname(link), "--log-level=lib.eal:debug"])
    assert result.code == 0 and link in opened_by(result), result.out


@pytest.mark.parametrize("sanitizers", ["none", "address,undefined"])
def test_undefined_names_are_found_at_link_time(root, place, sanitizers):
    done = run(["meson", "setup", place / "build", root, "-Dtests=false",
                f"-Db_sanitize={sanitizers}"])
    assert done.code == 0, done.out
    ninja = (place / "build/build.ninja").read_text()
    assert ("-z,defs" in ninja) == (sanitizers == "none")
