# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Medians, ratios with their spread, the rejection of rounds."""

import pytest

import perf_stats


def test_percentile_lies_between_values():
    assert perf_stats.percentile([4, 1, 3, 2], 50) == 2.5
    assert perf_stats.percentile([1, 2, 3], 0) == 1
    assert perf_stats.percentile([1, 2, 3], 100) == 3
    assert perf_stats.percentile(list(range(11)), 90) == 9
    assert perf_stats.percentile([7], 10) == 7


@pytest.mark.parametrize("values, percent", [([], 50), ([1], 101), ([1], -1)])
def test_percentile_refuses(values, percent):
    with pytest.raises(ValueError):
        perf_stats.percentile(values, percent)


def test_figure_has_median_and_spread():
    figure = perf_stats.figure([10, 30, 20])
    assert (figure.value, figure.count) == (20, 3)
    assert figure.low == pytest.approx(12) and figure.high == pytest.approx(28)
    assert figure.text(0) == "20 (12..28)"


def test_ratio_is_of_the_medians_and_its_spread_of_the_rounds():
    rounds = [{"a": 1, "b": 10}, {"a": 2, "b": 10}, {"a": 30, "b": 100}]
    figure = perf_stats.ratio(rounds, "a", "b")
    assert figure.value == pytest.approx(2 / 10)
    assert figure.low == pytest.approx(perf_stats.percentile([0.1, 0.2, 0.3], 10))
    assert figure.high == pytest.approx(perf_stats.percentile([0.1, 0.2, 0.3], 90))


def test_ratio_takes_rounds_with_both_only():
    rounds = [{"a": 1, "b": 2}, {"a": 100}, {"b": 100}]
    assert perf_stats.ratio(rounds, "a", "b").value == 0.5
    assert perf_stats.ratio(rounds, "a", "b").count == 1
    assert perf_stats.ratio(rounds, "a", "c") is None


def test_ratio_refuses_what_cannot_be():
    with pytest.raises(ValueError):
        perf_stats.ratio([{"a": 1, "b": 0}], "a", "b")


def test_a_round_whose_control_drifted_is_rejected():
    rounds = [{"igb": 100, "limit": 20}, {"igb": 101, "limit": 20}, {"igb": 99, "limit": 20},
              {"igb": 106, "limit": 20}, {"igb": 100, "limit": 18.9}]
    assert perf_stats.drifted(rounds, ("igb", "limit")) == [3, 4]
    assert perf_stats.drifted(rounds, ("igb",)) == [3]
    assert perf_stats.drifted(rounds, ()) == []


def test_drift_of_exactly_the_limit_counts():
    rounds = [{"igb": 100}, {"igb": 100}, {"igb": 105}]
    assert perf_stats.drifted(rounds, ("igb",)) == []


def test_of_two_speeds_one_counts():
    rounds = [{"igb": 100}, {"igb": 120}] * 5
    assert perf_stats.drifted(rounds, ("igb",)) == [1, 3, 5, 7, 9]


def test_a_round_without_a_control_is_not_rejected_for_it():
    assert perf_stats.drifted([{"igb": 100}, {"a": 1}, {"igb": 100}], ("igb", "limit")) == []


def test_rejected_rounds_are_replaced_within_a_bound():
    steady, slow = {"igb": 100}, {"igb": 200}
    assert perf_stats.rounds_wanted([], ("igb",), 10, 25) == 10
    assert perf_stats.rounds_wanted([steady] * 10, ("igb",), 10, 25) == 0
    assert perf_stats.rounds_wanted([steady] * 8 + [slow] * 2, ("igb",), 10, 25) == 2
    assert perf_stats.rounds_wanted([steady] * 14 + [slow] * 10, ("igb",), 20, 25) == 1
    assert perf_stats.rounds_wanted([steady] * 14 + [slow] * 11, ("igb",), 20, 25) == 0


@pytest.mark.parametrize("good, wanted, result", [(10, 10, True), (5, 10, True), (4, 10, False),
                                                  (3, 4, True), (2, 4, False), (2, 3, False)])
def test_enough_rounds(good, wanted, result):
    assert perf_stats.enough(good, wanted) is result


def test_each_round_begins_with_another():
    orders = [perf_stats.rotated(["a", "b", "c"], n) for n in range(4)]
    assert orders == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]
    assert perf_stats.rotated([], 3) == []
