# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The project's own tools: they find what they are for, and pass what is in order."""

import importlib.util
import os

import pytest

from conftest import run

SPDX = "/* SPDX-License-Identifier: BSD-3-Clause */\n"


def tree(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def check(root, tool, folder, *arguments):
    return run(["/usr/bin/python3", root / "devtools" / tool, "--root", folder, *arguments])


GOOD = {
    "drivers/net/oriel/regs.h": "#include <stdint.h>\n",
    "drivers/net/oriel/compat.h": "#include <ethdev_driver.h>\n#if RTE_VERSION > 1\n#endif\n",
    "drivers/net/oriel/mmio.h": '#include "regs.h"\n',
    "drivers/net/oriel/queue.h": '#include "mmio.h"\n',
    "drivers/net/oriel/adapter.h": '#include "queue.h"\n#include "compat.h"\n',
    "drivers/net/oriel/queue.c": '#include "adapter.h"\n#include "rx.h"\n',
    "drivers/net/oriel/rx.h": '#include "queue.h"\n',
    "drivers/net/oriel/rx.c": '#include "rx.h"\n',
    "drivers/net/oriel/pf.c": '/* #include "vf.h" */\n#include "adapter.h"\n#include "rx.h"\n',
    "drivers/net/oriel/vf.h": "\n",
    "app/perf/main.c": "#include <rte_ethdev.h>\n",
    "test/common/request.c": "#include <rte_eal.h>\n",
    "test/perf/limit.c": '#include <ethdev_driver.h>\n#include "queue.h"\n',
    "test/perf/meter.c": "#include <rte_ethdev.h>\n",
    "test/twin/pci.c": "#include <sys/mman.h>\n#include <regs.h>\n",
}
BAD = (
    ("drivers/net/oriel/regs.h", "#include <rte_common.h>\n", "level 0 needs libc alone"),
    ("drivers/net/oriel/mmio.h", '#include "queue.h"\n', "includes go down only"),
    ("drivers/net/oriel/hw.c", '#include "rx.h"\n', "includes go down only"),
    ("drivers/net/oriel/rx.c", '#include "adapter.h"\n', "sees adapter.h"),
    ("drivers/net/oriel/rx.h", '#include "../oriel/adapter.h"\n', "sees adapter.h"),
    ("drivers/net/oriel/pf.c", '#include "vf.h"\n', "never see each other"),
    ("drivers/net/oriel/hw.c", "#if RTE_VERSION > 3\n#endif\n", "only compat.h looks at"),
    ("drivers/net/oriel/sundry.c", "int x;\n", "has no level"),
    ("drivers/net/oriel/hw.c", '#include "nowhere.h"\n', "is no file of the driver"),
    ("app/perf/main.c", "#include <ethdev_driver.h>\n", "is internal to DPDK"),
    ("app/perf/main.c", '#include "../../drivers/net/oriel/regs.h"\n', "is the driver's"),
    ("test/bed/agent.c", "#include <bus_pci_driver.h>\n", "is internal to DPDK"),
    ("test/common/request.c", "#include <ethdev_driver.h>\n", "is internal to DPDK"),
    ("test/perf/meter.c", '#include "queue.h"\n', "is the driver's"),
    ("test/twin/pci.c", '#include "queue.h"\n', "level 0 with the driver"),
    ("test/twin/pci.c", "#include <rte_ether.h>\n", "knows nothing of DPDK"),
)


def test_check_includes_passes_a_good_tree(root, tmp_path):
    done = check(root, "check-includes", tree(tmp_path, GOOD))
    assert done.code == 0, done.out
    assert f"{len(GOOD)} files keep to their layers" in done.out


@pytest.mark.parametrize("name, text, message", BAD, ids=lambda v: v.split("\n")[0])
def test_check_includes_finds(root, tmp_path, name, text, message):
    done = check(root, "check-includes", tree(tmp_path, {**GOOD, name: text}))
    assert done.code == 1
    faults = [line for line in done.out.splitlines() if line.startswith(name + ":")]
    assert len(faults) == 1 and message in faults[0], done.out


def test_check_includes_wants_files(root, tmp_path):
    assert check(root, "check-includes", tmp_path).code == 1


@pytest.mark.parametrize("name, text, message", (
    ("a.c", "int x;\n", "SPDX"),
    ("a.c", SPDX + "int x; \n", "blanks at the end"),
    ("a.c", SPDX + "int\nf(void)\n{\n        return 0;\n}\n", "not with tabs"),
    ("a.c", SPDX + "int x; // one\n", "comments here are /* */"),
    ("a.c", SPDX + "int x;", "no newline at the end"),
    ("a.c", SPDX + "/* " + "x" * 100 + " */\n", "columns, 100 are allowed"),
    ("a.c", SPDX + "int x;\n" * 901, "past 900"),
    ("a.py", "# SPDX-License-Identifier: BSD-3-Clause\nimport os\n", "imported and not used"),
    ("a.py", "# SPDX-License-Identifier: BSD-3-Clause\nif:\n", "syntax"),
    ("a.sh", "# SPDX-License-Identifier: BSD-3-Clause\nif\n", "bash"),
), ids=lambda v: v[:12].split("\n")[0])
def test_check_format_finds(root, tmp_path, name, text, message):
    done = check(root, "check-format", tree(tmp_path, {name: text}), name)
    assert done.code == 1 and message in done.out, done.out


def test_check_format_mends_c(root, tmp_path):
    style = (root / ".clang-format").read_text()
    tree(tmp_path, {".clang-format": style, "a.c": SPDX + "int f(void) { return 0 ;}\n"})
    assert check(root, "check-format", tmp_path, "a.c").code == 1
    done = check(root, "check-format", tmp_path, "--fix", "a.c")
    assert done.code == 0, done.out
    assert (tmp_path / "a.c").read_text() == SPDX + "int\nf(void)\n{\n\treturn 0;\n}\n"


SOURCES = """# comment
Types: deb
URIs: http://archive.example/debian
Suites: stable stable-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://other.example/debian
Suites: other
Components: main
"""


@pytest.fixture
def sources(root, tmp_path):
    """Prints the entries that apt-private makes of files: sources({name: text}, argument...)."""
    def make(files, *arguments):
        tree(tmp_path, files)
        (tmp_path / "sources.list.d").mkdir(exist_ok=True)
        return run([root / "devtools/apt-private", *arguments, "print-sources"],
                   env=dict(os.environ, APT_PRIVATE_ETC=str(tmp_path)))
    return make


def test_apt_private_takes_a_suite_from_a_stanza(sources):
    done = sources({"sources.list.d/debian.sources": SOURCES}, "--suite", "stable-backports")
    assert done.code == 0, done.out
    added, = (s for s in done.out.split("\n\n") if "backports" in s)
    assert added.splitlines() == [
        "Types: deb", "URIs: http://archive.example/debian", "Suites: stable-backports",
        "Components: main", "Signed-By:", " -----BEGIN PGP PUBLIC KEY BLOCK-----", " .", " abc"]
    assert "Suites: stable stable-updates\n" in done.out and "Suites: other\n" in done.out


def test_apt_private_takes_a_suite_from_a_line(sources):
    line = "deb [signed-by=/k arch=amd64] http://a.example/debian stable main contrib # x\n"
    done = sources({"sources.list": line}, "--suite", "stable-backports")
    assert done.code == 0, done.out
    entries = [" ".join(entry.split()) for entry in done.out.splitlines()]
    assert entries == [
        "deb [signed-by=/k arch=amd64] http://a.example/debian stable main contrib",
        "deb [signed-by=/k arch=amd64] http://a.example/debian stable-backports main contrib"]


def test_apt_private_adds_no_suite_twice(sources):
    text = SOURCES.replace("stable-updates", "stable-backports")
    done = sources({"sources.list.d/debian.sources": text}, "--suite", "stable-backports")
    assert done.code == 0 and done.out.count("Suites:") == 2, done.out


def test_apt_private_refuses_a_suite_of_nobody(sources):
    done = sources({"sources.list.d/debian.sources": SOURCES}, "--suite", "sid-backports")
    assert done.code == 1 and "no configured archive has the suite 'sid'" in done.out


def test_apt_private_wants_sources(sources):
    done = sources({})
    assert done.code == 1 and "no sources configured" in done.out


@pytest.fixture
def stages(root):
    """The module of test/all's stages."""
    spec = importlib.util.spec_from_file_location("stages", root / "test/stages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_counts_each_case_once(stages, tmp_path):
    report = tmp_path / "r.xml"
    report.write_text(
        '<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure message="no"/>'
        '</testcase><testcase name="c"><error message="bang"/></testcase>'
        '<testcase name="d"><skipped message="why"/></testcase></testsuite></testsuites>')
    result = stages.Result()
    stages.read_junit(report, result)
    assert (result.passed, result.broken, result.skipped) == (
        1, [("b", "no"), ("c", "bang")], [("d", "why")])


def test_all_refuses_an_unknown_stage(root):
    done = run([root / "test/all", "--no-setup", "--only", "nonsense"])
    assert done.code == 2 and "no stage 'nonsense'" in done.out


def test_all_lists_its_stages(root):
    done = run([root / "test/all", "--no-setup", "--list"])
    names = [line.split()[0] for line in done.out.splitlines()]
    assert done.code == 0 and names[0] == "style" and names[-1] == "vm"
