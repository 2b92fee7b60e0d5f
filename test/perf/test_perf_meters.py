# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The runner's dealings with meters, shown with a stand-in that speaks the meter's protocol."""

import os
import sys

import pytest

import perf_conditions
import perf_measure
import perf_meters

# Core cycles: what its argument says; twice as many in each third sample if a file "slow" is there.
STAND_IN = """
import json, os, sys
variant, driver, core = sys.argv[1], sys.argv[2], float(sys.argv[3])
calls = 0
for line in sys.stdin:
    ask = json.loads(line)
    rep = {"ok": True}
    if ask["cmd"] == "hello":
        if variant == "dies":
            print("I die", file=sys.stderr)
            sys.exit(7)
        rep.update(driver=driver, ports=2, tsc_hz=2600000000)
    elif ask["cmd"] == "setup":
        name = {"scalar": "Scalar", "avx2": "Scalar", "limit": "Limit AVX2"}.get(variant, "Best")
        rep.update(rx_burst=name, tx_burst=name, dropped=[])
    elif ask["cmd"] == "sample":
        calls += 1
        slow = 2 if os.path.exists("slow") and calls % 3 == 0 else 1
        rep.update(core=core * slow * ask["burst"], tsc=1, p10=1, p90=1, samples=5, rejected=1,
                   clock=1.25, packets=100)
        if ask["what"] == "both":
            rep.update(rx_core=core / 2, tx_core=core / 2)
    elif ask["cmd"] == "verify":
        rep.update(compared=ask["packets"], differences=1 if os.path.exists("differs") else 0)
    elif ask["cmd"] == "silence":
        continue
    else:
        rep = {"ok": False, "error": "no such command"}
    print(json.dumps(rep), flush=True)
sys.exit(3 if variant == "violates" else 0)
"""


class Bench:
    """Starts the stand-in where the runner starts a meter."""

    def __init__(self, folder, cores=None, place=perf_meters.Place(0, 1)):
        self.logs = folder
        self.place = place
        self.cores = cores or {}
        self.script = folder / "stand_in.py"
        self.script.write_text(STAND_IN, encoding="utf-8")

    def argv(self, variant, _twin):
        core = self.cores.get(variant.name, 10)
        return [sys.executable, str(self.script), variant.name, variant.driver, str(core)]

    def meter(self, name):
        return perf_meters.Meter(name, self.argv(perf_meters.Variant(name, "net_x"), ()),
                                 self.logs / f"{name}.log")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, {"oriel": 10, "scalar": 20, "igb": 40, "limit": 9, "null": 5})


def test_meter_answers_and_ends(bench):
    meter = bench.meter("oriel")
    assert meter.greet()["driver"] == "net_x"
    with pytest.raises(perf_meters.MeterError, match="no such command"):
        meter("nonsense")
    meter.close()


def test_meter_that_is_silent(bench):
    meter = bench.meter("oriel")
    with pytest.raises(perf_meters.MeterDied, match="no answer in 0.2 s"):
        meter("silence", timeout=0.2)
    meter.kill()


def test_meter_that_dies_says_why(bench):
    meter = bench.meter("dies")
    with pytest.raises(perf_meters.MeterDied, match="(?s)ended with 7.*I die"):
        meter.greet()
    meter.kill()


def test_meter_whose_twin_saw_bad_dma(bench):
    meter = bench.meter("violates")
    meter.greet()
    with pytest.raises(perf_meters.MeterDied, match="ended with 3"):
        meter.close()


def test_meter_that_is_not_there(tmp_path):
    with pytest.raises(perf_meters.MeterError, match="No such file"):
        perf_meters.Meter("x", [str(tmp_path / "nothing")], tmp_path / "log")


def test_a_row_that_the_driver_did_not_choose_is_left_out(bench, monkeypatch):
    monkeypatch.setattr(perf_meters, "cpu_flags", lambda: {"avx2"})
    meters = perf_meters.Meters(bench, ("oriel", "scalar", "avx2", "avx512", "igb"), (), "t")
    try:
        assert list(meters.all) == ["oriel", "scalar", "igb"]
        assert 'chose "Scalar"' in meters.left_out["avx2"]
        assert "avx512f" in meters.left_out["avx512"]
    finally:
        meters.close()


def test_a_limit_kernel_that_was_not_taken():
    limit = perf_meters.BY_NAME["limit"]
    driver = {"rx_burst": "Scalar", "tx_burst": "Scalar Simple"}
    assert "Scalar Simple" in perf_meters.not_this_row(limit, driver)
    assert perf_meters.not_this_row(limit, {"rx_burst": "Limit AVX2"}) is None
    assert perf_meters.not_this_row(perf_meters.BY_NAME["oriel"], driver) is None


def test_cpu_flags():
    assert "sse2" in perf_meters.cpu_flags()


def effort(**more):
    return perf_measure.Effort(**{"rounds": 4, "millis": 1, "forwards": 1, "forward_millis": 1,
                                  "counted": 1, "quick": True, **more})


def test_conditions_are_measured_in_rotating_rounds(bench):
    run = perf_measure.Run(bench, effort(), ("idle", "flush"), lambda line: None)
    run.timed()
    assert [c["name"] for c in run.conditions] == ["flushed", "idle"]
    assert run.faults == []
    flushed = run.conditions[0]
    assert len(flushed["rounds"]) == 4 and flushed["rejected"] == [] and not flushed["noisy"]
    assert list(flushed["rounds"][0])[0] != list(flushed["rounds"][1])[0]
    assert flushed["rounds"][0]["oriel"]["core"] == 320
    assert flushed["rounds"][0]["oriel"]["rx_core"] == 5
    assert perf_measure.summary(flushed) == "oriel / igb 0.25 (0.25..0.25), 4 rounds, 0 rejected"


def test_a_limit_kernel_that_leaves_something_out(bench, tmp_path):
    (tmp_path / "differs").touch()
    run = perf_measure.Run(bench, effort(), ("idle",), lambda line: None)
    run.timed()
    assert run.verified["avx2, mixed"] == {"compared": 4096, "differences": 1}
    assert any("(best, mixed): 1 of 4096 mbufs" in fault for fault in run.faults)


def test_rounds_that_drift_are_replaced(bench, tmp_path):
    (tmp_path / "slow").touch()
    run = perf_measure.Run(bench, effort(), ("idle",), lambda line: None)
    run.timed()
    idle = run.conditions[0]
    assert idle["rejected"] == [2] and len(idle["rounds"]) == 5 and not idle["noisy"]
    run = perf_measure.Run(bench, effort(rounds=30), ("ports",), lambda line: None)
    run.timed()
    ports = run.conditions[0]
    good = len(ports["rounds"]) - len(ports["rejected"])
    assert good == 30 and len(ports["rounds"]) == 44


def test_a_machine_that_is_too_noisy(bench, tmp_path, monkeypatch):
    (tmp_path / "slow").touch()
    monkeypatch.setattr(perf_measure, "MOST", 1)
    run = perf_measure.Run(bench, effort(rounds=3), ("idle",), lambda line: None)
    run.timed()
    assert run.conditions[0]["noisy"]
    assert "too noisy (3 rounds, 1 rejected)" in perf_measure.summary(run.conditions[0])


def test_a_condition_for_two_cpus_is_left_out_on_one(tmp_path):
    bench = Bench(tmp_path, place=perf_meters.Place(0, 0))
    run = perf_measure.Run(bench, effort(), ("device", "forward"), lambda line: None)
    run.timed()
    run.forwarded()
    assert run.conditions == []
    assert run.left_out["other-core"] == run.left_out["forward"] == "needs a second CPU"


def test_hugepages_are_reserved_and_put_back(tmp_path):
    file = tmp_path / "nr_hugepages"
    file.write_text("10")
    (tmp_path / "free_hugepages").write_text("4")
    pages = perf_meters.Hugepages(2, file)
    assert file.read_text() == str(10 + 128 - 4)
    assert not pages.used and "4 free" in pages.text  # nobody gave any: free is as it was
    pages.restore()
    assert file.read_text() == "10"


def test_hugepages_that_are_there(tmp_path):
    file = tmp_path / "nr_hugepages"
    file.write_text("200")
    (tmp_path / "free_hugepages").write_text("128")
    pages = perf_meters.Hugepages(2, file)
    pages.restore()
    assert pages.used and file.read_text() == "200"


def test_no_hugepages_at_all(tmp_path):
    pages = perf_meters.Hugepages(2, tmp_path / "nr_hugepages")
    pages.restore()
    assert not pages.used and pages.text.startswith("--no-huge: 0 free")


def test_every_target_names_a_condition_that_there_is():
    names = {c.name: c for c in perf_conditions.CONDITIONS}
    assert len(names) == len(perf_conditions.CONDITIONS)
    for target in perf_conditions.TARGETS:
        cases = target.cases or ((target.condition, target.over, target.under),)
        for condition, over, under in cases:
            if target.kind in ("time", "worst"):
                lanes = [lane.name for lane in names[condition].lanes()]
                assert over in lanes and under in lanes, target
                # A quick run has a figure for every target.
                assert names[condition].quick, target
    letters = "".join(dict.fromkeys(t.letter for t in perf_conditions.TARGETS))
    assert letters == "ABCDEFGHIJKLMNOPQ"


def test_arguments_of_a_meter(tmp_path):
    bench = perf_meters.Bench(tmp_path, perf_meters.Place(1, 0), True, tmp_path / "logs")
    argv = bench.argv(perf_meters.BY_NAME["avx2"], perf_meters.LOCKSTEP)
    assert argv[0] == os.path.join(tmp_path, "test/twin/oriel-twin")
    assert "0000:02:00.0,burst=avx2,watch_ms=0" in argv and "--in-memory" in argv
    assert argv[-4:] == ["--cpu", "1", "--device-cpu", "0"]
    argv = perf_meters.Bench(tmp_path, perf_meters.Place(1, 0), False, tmp_path / "logs").argv(
        perf_meters.BY_NAME["null"], perf_meters.LOCKSTEP)
    assert argv[0] == os.path.join(tmp_path, "test/perf/oriel-meter")
    assert "--no-huge" in argv and "--vdev=net_null1" in argv
