# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Options, corners and beds for the tests in this folder.

A test that takes the fixture `bed` runs on four corners: {oriel, net_e1000_igb} x {twin, vm}. The
marker `corners` narrows that, and says why; `rows` adds corners on which oriel is made to use each
row of its tables of bursts; `ports`, `mmio`, `devargs` and `twin_options` shape the bed. Each
test gets an agent of its own, and in the VM the guest of the session.
"""

import os
import pathlib
import random
import warnings

import pytest
from _pytest import runner

import beds

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEDS = ("twin", "vm")
# QEMU's emulation has no AVX-512.
ROWS_OF = {"twin": tuple(beds.ROWS), "vm": ("scalar", "sse", "avx2")}


def pytest_addoption(parser):
    group = parser.getgroup("oriel")
    group.addoption("--build-dir", metavar="DIR",
                    help="folder of the build (default: $ORIEL_BUILD, or build/gcc)")
    group.addoption("--bed", choices=BEDS + ("all",), default="all",
                    help="run on the twin, in the VM, or on both (default)")
    group.addoption("--driver", choices=beds.DRIVERS + ("all",), default="all",
                    help="run with one of the drivers (default: with both)")


def pytest_configure(config):
    for line in (
            "twin: runs on the device twin",
            "vm: runs in the virtual machine",
            "quick: part of the shortest useful run",
            "corners(beds, drivers, without, why): corners of the matrix, and why not the others",
            "rows(beds, where): also with each row of bursts forced, on these beds (default: the "
            "twin), for these values of the test's parameters (default: all)",
            "ports(n): number of ports, default 1",
            "telemetry: the agent has DPDK's telemetry, which is off by default",
            "mmio(mode): how the twin serves registers, default exact",
            "devargs(text): device arguments of each port, for oriel",
            "twin_options(*options): further options of oriel-twin"):
        config.addinivalue_line("markers", line)
    folder = (config.getoption("--build-dir") or os.environ.get("ORIEL_BUILD")
              or ROOT / "build" / "gcc")
    config.oriel_build = beds.Build(os.path.abspath(folder))
    # The VM bed looks there.
    os.environ["ORIEL_BUILD"] = str(config.oriel_build.folder)


def _chosen(option, all_of):
    return all_of if option == "all" else (option,)


def pytest_generate_tests(metafunc):
    if "bed" not in metafunc.fixturenames:
        return
    config = metafunc.config
    marker = metafunc.definition.get_closest_marker("corners")
    wanted = marker.kwargs if marker else {}
    if wanted and not wanted.get("why"):
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: corners() does not say why")
    params = [pytest.param((bed, driver, None), id=f"{bed}-{driver}",
                           marks=getattr(pytest.mark, bed))
              for bed in _chosen(config.getoption("--bed"), BEDS)
              if bed in wanted.get("beds", BEDS)
              for driver in _chosen(config.getoption("--driver"), beds.DRIVERS)
              if driver in wanted.get("drivers", beds.DRIVERS)
              and (bed, driver) not in wanted.get("without", ())]
    rows = metafunc.definition.get_closest_marker("rows")
    if rows and config.getoption("--driver") in ("oriel", "all"):
        params += [pytest.param((bed, "oriel", row), id=f"{bed}-oriel-{row}",
                                marks=getattr(pytest.mark, bed))
                   for bed in _chosen(config.getoption("--bed"), BEDS)
                   if bed in rows.kwargs.get("beds", ("twin",)) for row in ROWS_OF[bed]]
    metafunc.parametrize("bed", params, indirect=True)


def _row_not_wanted(item):
    """Whether a row is forced with parameters that the marker `rows` leaves out."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    bed, marker = params.get("bed"), item.get_closest_marker("rows")
    if marker is None or not isinstance(bed, tuple) or bed[2] is None:
        return False
    where = marker.kwargs.get("where", {})
    return any(params[name] not in values for name, values in where.items())


def pytest_collection_modifyitems(config, items):
    chosen = config.getoption("--bed")
    keep, drop = [], []
    for item in items:
        no_corner = getattr(item, "callspec", None) is not None and \
            item.callspec.params.get("bed", ()) is getattr(pytest, "NOTSET", None)
        no_corner = no_corner or any("empty parameter set" in str(mark.kwargs.get("reason"))
                                     for mark in item.iter_markers("skip"))
        marked = {bed for bed in BEDS if item.get_closest_marker(bed)}
        wrong_bed = chosen != "all" and marked and chosen not in marked
        leave_out = no_corner or wrong_bed or _row_not_wanted(item)
        (drop if leave_out else keep).append(item)
    # The guest boots once, behind all that runs on the twin.
    keep.sort(key=lambda item: item.get_closest_marker("vm") is not None)
    items[:] = keep
    if drop:
        config.hook.pytest_deselected(items=drop)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, f"report_{call.when}", outcome.get_result())


@pytest.fixture(scope="session")
def build(request):
    """The folder of the build."""
    return request.config.oriel_build


@pytest.fixture(scope="session")
def guest_holder(request):
    """The guest of the session."""
    import guest  # pylint: disable=import-outside-toplevel
    guest.require_vm()
    holder = beds.GuestHolder()
    yield holder
    holder.close()


def pytest_runtest_protocol(item, nextitem):
    """A test that failed while a guest stands still is run again, once, in a new guest.

    On a loaded host an emulated CPU sometimes loses its timer ("rcu: Possible timer handling
    issue" on the guest's console). That says nothing of the driver: a guest that answers, and
    whose kernel does not say this, is never replaced, and its failures count.
    """
    if item.get_closest_marker("vm") is None:
        return None
    for last in (False, True):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runner.runtestprotocol(item, nextitem=nextitem, log=False)
        if any(report.failed for report in reports) and not last and _lost_guests(item):
            continue
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        break
    return True


def _lost_guests(item):
    """Whether guests stood still; they are ended, and each fixture will be made anew."""
    import guest  # pylint: disable=import-outside-toplevel
    lost = guest.end_lost_guests()
    if not lost:
        return False
    warnings.warn(f"{item.nodeid}: once more in a new guest, since " + "; ".join(lost),
                  stacklevel=2)
    try:
        # pytest keeps what a fixture of a module gave, and how it failed.
        item.session._setupstate.teardown_exact(None)  # pylint: disable=protected-access
    except Exception as error:  # pylint: disable=broad-except
        print(f"fixtures of the lost guest did not end: {error}")
    return True


def _marker_args(request, name, default):
    marker = request.node.get_closest_marker(name)
    return marker.args if marker else default


def skip_row(row, cpuinfo):
    """Skip, with the reason, what this CPU cannot run."""
    missing = beds.row_missing(row, cpuinfo)
    if missing:
        pytest.skip(missing)


def make_bed(request, which, driver, row=None, **more):
    """A bed as the test's markers ask for it; skips where something is not built or cannot run."""
    build = request.config.oriel_build
    lacking = build.missing(driver, which)
    if lacking:
        pytest.skip(lacking)
    nports = _marker_args(request, "ports", (1,))[0]
    if driver == "oriel":
        more.setdefault("devargs", _marker_args(request, "devargs", ("",))[0])
    more.setdefault("telemetry", request.node.get_closest_marker("telemetry") is not None)
    if which == "vm":
        if "address" in build.sanitizers:
            pytest.skip("the guest's image has no sanitizer runtime: sanitizers run on the twin")
        holder = request.getfixturevalue("guest_holder")
        if row is not None:
            skip_row(row, holder.guest.run(["cat", "/proc/cpuinfo"]).check().out)
        return beds.VmBed(holder, driver, nports, row=row, **more)
    if row is not None:
        skip_row(row, pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return beds.TwinBed(build, driver, nports, mmio=_marker_args(request, "mmio", ("exact",))[0],
                        options=_marker_args(request, "twin_options", ()), row=row, **more)


def finish(request, bed):
    """Close a bed; after a failure, without further checks but with its log."""
    failed = getattr(request.node, "report_call", None) is None or request.node.report_call.failed
    if failed:
        print(f"---- log of the agent on {bed.corner} ----\n{bed.agent.tail()}\n----")
        try:
            bed.close(check=False)
        except Exception as error:  # pylint: disable=broad-except
            print(f"the bed did not close: {error}")
    else:
        bed.close()


@pytest.fixture
def bed(request):
    """A bed of the test's corner, with a fresh agent."""
    made = make_bed(request, *request.param)
    yield made
    finish(request, made)


@pytest.fixture
def rng():
    """Random numbers; the seed is printed, and ORIEL_SEED sets it."""
    seed = int(os.environ.get("ORIEL_SEED", random.randrange(1 << 32)))
    print(f"ORIEL_SEED={seed}")
    return random.Random(seed)
