# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The report from made-up figures: targets met and missed, tables, plots."""

import copy
import json

import pytest

import perf_conditions
import perf_facts
import perf_report

CORES = {"limit": 9, "oriel": 10, "scalar": 20, "sse": 13, "avx2": 10, "avx512": 9.5, "igb": 40,
         "null": 30}


def result_of(condition):
    row = {}
    for lane in condition.lanes():
        core = 9.5 if lane.name == "limit avx2" else CORES[lane.variant]
        row[lane.name] = {"core": core, "clock": 1.25, "rejected": 1}
        if condition.parts or condition.sample["what"] == "both":
            row[lane.name].update(rx_core=core / 2, tx_core=core / 2)
    return {"name": condition.name, "group": condition.group, "title": condition.title,
            "setup": condition.setup, "sample": condition.sample, "controls": condition.controls,
            "wanted": 3, "bursts": {lane: ["AVX2", "AVX2 Simple"] for lane in row},
            "dropped": {}, "left_out": {}, "rounds": [copy.deepcopy(row) for _ in range(3)],
            "rejected": [], "noisy": False}


def count_of(scale):
    return {"rx_doorbells": 0.02 * scale, "tx_doorbells": 0.03 * scale, "doorbells": 0.05 * scale,
            "mmio_reads": 0.0, "tx_write_backs": 1 / 32, "desc_bytes_written": 16.5 * scale,
            "payload_bytes_written": 60.0, "desc_bytes_read": 32.0, "payload_bytes_read": 60.0,
            "bytes_to_host": 60 + 16.5 * scale, "bytes_from_host": 92.0}


@pytest.fixture
def run():
    def rates(igb, oriel, slow=False):
        place = {"lcores": [1, 0], "engine": 0}
        return {name: {"mpps": mpps, "empty_share": 0.25, "busy_share": 0.5 if slow else 0.9,
                       "device_idle_share": 0.125, "placement": place}
                for name, mpps in (("oriel", oriel), ("scalar", oriel * 0.8), ("igb", igb))}
    return {"command": "test/perf/run", "seconds": 12.3, "facts": {"commit": "abc"},
            "verified": {"best, mixed": {"compared": 4096, "differences": 0}},
            "conditions": [result_of(c) for c in perf_conditions.CONDITIONS],
            "counts": {b: {"oriel": count_of(1), "scalar": count_of(1), "igb": count_of(2)}
                       for b in ("32", "4")},
            "forward": {"1": [rates(5, 11)] * 3, "2": [rates(6, 18, slow=True)] * 3},
            "left_out": {}, "faults": []}


def by_letter(run, letter):
    return [v for v in perf_report.verdicts(run) if v.target.letter == letter]


def test_the_limit_kernel_in_avx2_is_reported_beside_the_best(run):
    best, avx2 = by_letter(run, "E")
    assert avx2.figure.value == pytest.approx(10 / 9.5) and avx2.met is None
    assert best.figure.value == pytest.approx(10 / 9)


@pytest.mark.parametrize("letter, value, met", [
    ("A", 0.25, True), ("E", 10 / 9, True), ("I", 1.0, True), ("J", 0.5, True), ("L", 0.25, True),
    ("N", 1 / 32, True), ("O", 76.5 / 93, False), ("P", 2.2, True), ("Q", 18 / 11, None)])
def test_verdicts(run, letter, value, met):
    found = by_letter(run, letter)[0]
    assert found.figure.value == pytest.approx(value)
    assert found.met is met


def test_doorbells_and_reads_are_both_asked(run):
    doorbells, reads = by_letter(run, "M")
    assert doorbells.met is True and doorbells.figure.value == pytest.approx(0.05)
    assert reads.met is True
    run["counts"]["32"]["oriel"]["mmio_reads"] = 0.001
    assert by_letter(run, "M")[1].met is False


def test_a_missed_target_says_so(run):
    for row in next(c for c in run["conditions"] if c["name"] == "burst-32-fast")["rounds"]:
        row["oriel"]["core"] = 20
    assert by_letter(run, "A")[0].met is False
    worst = by_letter(run, "E")[0]
    assert worst.met is False and worst.note == "worst: burst-32-fast"
    assert "missed (worst: burst-32-fast)" in "\n".join(perf_report.targets_table(run))


def test_the_share_that_is_asked_of_a_rate_is_a_least_one(run):
    for row in run["forward"]["1"]:
        row["oriel"]["mpps"] = 9
    assert by_letter(run, "P")[0].met is False


def test_a_rate_that_is_the_device_s_is_called_so(run):
    assert by_letter(run, "P")[0].note == ""
    assert by_letter(run, "Q")[0].note == "device-bound"
    for row in run["forward"]["1"]:
        row["oriel"]["busy_share"] = 0.3
    line = next(x for x in perf_report.markdown(run).split("\n") if x.startswith("| P "))
    assert line.endswith("| met (device-bound) |")


def test_noisy_conditions_have_no_figure(run):
    for c in run["conditions"]:
        c["noisy"] = True
    found = by_letter(run, "A")[0]
    assert found.figure is None and found.met is None and found.said == "too noisy"
    text = perf_report.markdown(run)
    assert "too noisy" in text and "noisy |" in text


def test_rejected_rounds_are_in_no_figure(run):
    condition = next(c for c in run["conditions"] if c["name"] == "burst-32-fast")
    condition["rounds"][1]["oriel"]["core"] = 1000
    condition["rejected"] = [1]
    assert by_letter(run, "A")[0].figure.high == pytest.approx(0.25)


def test_without_the_limit_kernel(run):
    for c in run["conditions"]:
        for row in c["rounds"]:
            row.pop("limit", None)
    found = by_letter(run, "E")[0]
    assert found.met is None and "no limit" in found.said


def test_of_a_run_of_one_group(run):
    run["conditions"] = [c for c in run["conditions"] if c["name"] == "idle"]
    run["counts"], run["forward"] = {}, {}
    assert by_letter(run, "A")[0].said == by_letter(run, "M")[0].said == "not measured"
    assert by_letter(run, "P")[0].said == "not measured"
    assert by_letter(run, "L")[0].met is True
    assert "## By burst" not in perf_report.markdown(run)


def test_markdown_has_all_parts(run):
    run["left_out"] = {"avx512": "this CPU has no avx512f"}
    text = perf_report.markdown(run, [("Cycles", "burst-fast.svg")])
    for part in ("| commit | abc |", "| best, mixed | 4096 | 0 |",
                 "| A RX+TX, fast free, no offloads / igb | 0.25 |",
                 "![Cycles](burst-fast.svg)", "## By burst, with MBUF_FAST_FREE",
                 "| net_e1000_igb | 40.0 | 40.0 | 40.0 | 40.0 | 40.0 | 40.0 |",
                 "### Poll of an empty ring", "## Exact counts", "## Free-running",
                 "| 90 % | 163.6 | 25 % | 12 % | driver | lcores on CPU 1, 0; device on CPU 0, "
                 "shared with an lcore |",
                 "| 50 % | 55.6 | 25 % | 12 % | device |",
                 "| reported | device-bound |",
                 "- avx512: this CPU has no avx512f"):
        assert part in text, part
    for line in text.split("\n"):
        assert line == line.rstrip()


def test_tables_are_square(run):
    width = None
    for line in perf_report.markdown(run).split("\n"):
        if line.startswith("|"):
            assert width in (None, line.count("|")), line
            width = line.count("|")
        else:
            width = None


def test_terminal_has_a_line_for_each_target(run):
    lines = perf_report.terminal(run).split("\n")
    assert len(lines) == 1 + len(perf_conditions.TARGETS)
    assert lines[1].startswith("A ") and lines[1].endswith("met")
    assert all(len(line) <= 120 for line in lines)


def test_plots(run, tmp_path):
    perf_plots = pytest.importorskip("perf_plots")
    made = perf_plots.plots(run, tmp_path)
    assert [file for _, file in made] == ["burst-fast.svg", "burst-plain.svg", "ring-fast.svg",
                                          "ring-plain.svg", "conditions.svg"]
    assert {f.name for f in tmp_path.iterdir()} == set(perf_plots.FILES)
    assert b"oriel" in (tmp_path / "burst-fast.svg").read_bytes()
    assert (tmp_path / "conditions.png").read_bytes().startswith(b"\x89PNG")


def test_flags_are_without_paths(tmp_path):
    command = "cc -I/a/b -Id -Wall -O3 -g -DX=1 -march=corei7 -include rte_config.h -MD -MQ x.o " \
              "-MF x.d -o x.o -c /a/drivers/net/oriel/rx.c"
    (tmp_path / "compile_commands.json").write_text(json.dumps(
        [{"file": "../drivers/net/oriel/rx.c", "command": command}]))
    assert perf_facts.flags(tmp_path) == "-O3 -g -march=corei7"
