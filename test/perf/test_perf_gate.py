# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""How the gate compares, with made-up figures."""

import pytest

import perf_gate
from perf_gate import Figures


def figures(**more):
    made = {"compiler": "gcc 12.2.0", "dpdk": "22.11.11",
            "instructions": {"rx/Scalar/min/32": 100.0, "rx/AVX2/min/32": 30.0},
            "bus": {"scalar/32/rx_doorbells": 0.03, "scalar/32/mmio_reads": 0.0},
            "rows": {"rx/Scalar", "rx/AVX2"}}
    return Figures(**{**made, **more})


def states(stored, found):
    return {c.key: c.state for c in perf_gate.all_checks(stored, found)}


def test_the_same_passes():
    assert set(states(figures(), figures()).values()) == {"same"}


@pytest.mark.parametrize("new, state", [(103, "same"), (103.1, "worse"), (97, "same"),
                                        (96.9, "better")])
def test_the_tolerance(new, state):
    check = perf_gate.compare("x", 100, new)
    assert check.state == state and check.failed is (state == "worse")


def test_what_was_nothing_may_not_become_something():
    check = perf_gate.compare("mmio_reads", 0, 0.0001)
    assert check.state == "worse" and "worse" in str(check)


def test_worse_says_by_how_much():
    assert str(perf_gate.compare("x", 100, 110)) == "x: 110, checked in 100: worse (+10.0 %)"


def test_better_says_what_to_do():
    assert "gate --update" in str(perf_gate.compare("x", 100, 50))


@pytest.mark.parametrize("more", [{"compiler": "gcc 14.2.0"}, {"dpdk": "23.11"}])
def test_other_versions_skip_instructions_and_nothing_else(more):
    found = figures(**more, bus={"scalar/32/rx_doorbells": 0.06, "scalar/32/mmio_reads": 0.0})
    got = states(figures(), found)
    assert got["rx/Scalar/min/32"] == got["rx/AVX2/min/32"] == "skipped"
    assert got["scalar/32/rx_doorbells"] == "worse"
    check = perf_gate.check_instructions("rx/Scalar/min/32", figures(), found)
    assert list(more.values())[0] in check.why


def test_a_row_without_figures_fails_even_with_other_versions():
    found = figures(compiler="clang 14.0.6", rows={"rx/Scalar", "rx/AVX2", "tx/AVX2 Simple"})
    got = states(figures(), found)
    assert got["tx/AVX2 Simple"] == "new"
    assert any(c.failed for c in perf_gate.all_checks(figures(), found))


def test_a_further_count_of_a_row_fails():
    found = figures(instructions={**figures().instructions, "rx/Scalar/chain/32": 9.0},
                    bus={**figures().bus, "avx2/32/rx_doorbells": 0.03})
    got = states(figures(), found)
    assert got["rx/Scalar/chain/32"] == got["avx2/32/rx_doorbells"] == "new"


def test_what_is_not_measured_any_more_fails():
    found = figures(instructions={"rx/Scalar/min/32": 100.0}, rows={"rx/Scalar"})
    assert states(figures(), found)["rx/AVX2/min/32"] == "missing"


def test_what_this_cpu_cannot_run_is_skipped_and_cannot_be_checked_in(tmp_path):
    found = figures(instructions={"rx/Scalar/min/32": 100.0},
                    skipped={"rx/AVX2": "this CPU has no AVX2"})
    assert states(figures(), found)["rx/AVX2/min/32"] == "skipped"
    with pytest.raises(perf_gate.GateError, match="no AVX2"):
        perf_gate.save(found, tmp_path / "gate.json")
    assert not (tmp_path / "gate.json").exists()


def test_what_is_saved_is_loaded(tmp_path):
    perf_gate.save(figures(), tmp_path / "gate.json")
    again = perf_gate.load(tmp_path / "gate.json")
    assert set(states(again, figures()).values()) == {"same"}


def test_parts_of_callgrind(tmp_path):
    (tmp_path / "count.1").write_text("desc: Trigger: Client Request: rx/A/min/4\ntotals: 12\n")
    (tmp_path / "count.2").write_text("desc: Trigger: Program termination\ntotals: 0\n")
    assert perf_gate.parts(tmp_path / "count") == {"rx/A/min/4": 12}


def test_without_the_program(tmp_path):
    with pytest.raises(perf_gate.GateError, match="is not built"):
        perf_gate.count_instructions(tmp_path)
