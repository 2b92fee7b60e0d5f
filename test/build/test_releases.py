# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The driver against the headers of other DPDK releases, as far as there are any here."""

import os

import pytest

from conftest import run


@pytest.fixture
def release(tmp_path):
    """Makes a tree that looks like a release: release("97.11.3") -> its folder."""
    def make(version, api="int api(int);\n"):
        folder = tmp_path / version
        config = "#include <rte_build_config.h>\n"
        for name, text in {"VERSION": version + "\n", "config/rte_config.h": config,
                           "lib/ethdev/ethdev_driver.h": api,
                           "drivers/bus/pci/bus_pci_driver.h": ""}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder
    return make


@pytest.fixture
def driver(tmp_path):
    """Makes a driver of two files: driver(text of one of them) -> its folder."""
    def make(text):
        folder = tmp_path / "driver"
        folder.mkdir()
        (folder / "a.c").write_text("#include <ethdev_driver.h>\nint (*user)(int) = api;\n")
        (folder / "b.c").write_text("#include <ethdev_driver.h>\n" + text)
        return folder
    return make


@pytest.fixture
def check(root, tmp_path):
    """Runs check-releases with no trees in its own place: check(argument...) -> Result."""
    def start(*arguments, places=tmp_path / "none"):
        return run([root / "devtools/check-releases", *arguments],
                   env=dict(os.environ, ORIEL_RELEASES=str(places)))
    return start


def test_what_fits_passes(check, release, driver):
    # The version that the source sees is the tree's, not the installed one's.
    folder = driver("#if RTE_VER_YEAR != 97 || RTE_VER_MONTH != 3 || RTE_VER_MINOR != 2\n"
                    "#error other version\n#endif\nint x;\n")
    done = check("--driver", folder, release("97.03.2"))
    assert done.code == 0, done.out
    assert done.out.splitlines() == ["97.03.2: 2 files compiled",
                                     "1 compiled, 0 failed, 0 skipped"]


@pytest.mark.parametrize("text", (
    "int\nf(void)\n{\n\treturn api(1, 2);\n}\n",  # more arguments than that release has
    "int\nf(void)\n{\n\treturn younger();\n}\n",  # not there
    "long (*other)(int) = api;\n",  # another signature
    "int\nf(void)\n{\n\tint unused;\n\treturn 0;\n}\n",  # a warning
), ids=("arguments", "absent", "signature", "warning"))
def test_what_does_not_fit_fails(check, release, driver, text):
    prototype = "" if "f(void)" not in text else "int f(void);\n"
    trees = release("97.03.2"), release("97.07.0", "int api(int);\nint younger(void);\n")
    done = check("--driver", driver(prototype + text), *trees)
    assert done.code == 1 and "b.c:" in done.out, done.out
    assert "97.03.2: failed: 1 of 2 files do not compile" in done.out
    counts = "1 compiled, 1 failed" if "younger" in text else "0 compiled, 2 failed"
    assert done.out.splitlines()[-1] == counts + ", 0 skipped"


def test_absent_releases_are_named(check, release, driver, tmp_path):
    places = tmp_path / "places"
    places.mkdir()
    release("25.11.1").rename(places / "25.11")
    done = check("--driver", driver("int x;\n"), places=places)
    assert done.code == 0, done.out
    lines = done.out.splitlines()
    assert lines[0] == "25.11.1: 2 files compiled"
    assert "24.11: skipped: no headers of 24.11 here" in lines
    assert not any(line.startswith("25.11: skipped") for line in lines)
    assert lines[-1] == f"1 compiled, 0 failed, {len(lines) - 2} skipped"


def test_a_folder_that_is_no_tree_is_refused(check, tmp_path, driver):
    done = check("--driver", driver("int x;\n"), tmp_path)
    assert done.code == 1 and "is no source tree of DPDK: it has no VERSION" in done.out


def test_driver_fits_releases(root):
    """oriel's own sources against each release whose tree is here."""
    done = run([root / "devtools/check-releases"], timeout=600)
    assert done.code == 0, done.out
    if done.out.splitlines()[-1].startswith("0 compiled"):
        pytest.skip("no source tree of another DPDK release here: see devtools/check-releases "
                    "--help")
    print(done.out)
