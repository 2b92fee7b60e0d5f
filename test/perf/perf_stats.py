# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The arithmetic of the benchmark: medians, ratios with their spread, rounds that do not count."""

import dataclasses
import math
import statistics

# A round counts if each control is within this part of its own median over the rounds.
DRIFT = 0.05


def percentile(values, percent):
    """The percentile of a list, between two values by their distance."""
    if not values:
        raise ValueError("no values")
    if not 0 <= percent <= 100:
        raise ValueError(f"percentile {percent}: 0 to 100")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low, part = int(place), place - int(place)
    if part == 0:
        return ordered[low]
    return ordered[low] + (ordered[low + 1] - ordered[low]) * part


@dataclasses.dataclass(frozen=True)
class Figure:
    """A value with its spread: p10 and p90 of what it was made from, and how many those were."""

    value: float
    low: float
    high: float
    count: int

    def text(self, digits=2):
        """As tables have it."""
        return f"{self.value:.{digits}f} ({self.low:.{digits}f}..{self.high:.{digits}f})"


def figure(values):
    """The median of values with its spread."""
    return Figure(statistics.median(values), percentile(values, 10), percentile(values, 90),
                  len(values))


def ratio(rounds, over, under):
    """The ratio of two columns' medians; its spread is that of the ratios round by round.

    rounds  list of {name: value}; only those that have both columns count
    """
    both = [r for r in rounds if over in r and under in r]
    if not both:
        return None
    if any(r[under] <= 0 for r in both):
        raise ValueError(f"{under}: a figure that is not above 0")
    each = [r[over] / r[under] for r in both]
    value = statistics.median(r[over] for r in both) / statistics.median(r[under] for r in both)
    return Figure(value, percentile(each, 10), percentile(each, 90), len(each))


def drifted(rounds, controls, limit=DRIFT):
    """Indices of the rounds in which a control is too far from its median over all rounds."""
    bad = set()
    for control in controls:
        values = [r[control] for r in rounds if control in r]
        if not values:
            continue
        # One that was measured: between two speeds of a machine there is no round.
        middle = statistics.median_low(values)
        for index, row in enumerate(rounds):
            value = row.get(control)
            if value is not None and not math.isclose(value, middle, rel_tol=0,
                                                      abs_tol=limit * middle):
                bad.add(index)
    return sorted(bad)


def rounds_wanted(rounds, controls, wanted, most, limit=DRIFT):
    """How many rounds to measure next: those that `wanted` good ones lack, `most` in all."""
    good = len(rounds) - len(drifted(rounds, controls, limit))
    return max(0, min(wanted - good, most - len(rounds)))


def enough(good, wanted):
    """Whether so many good rounds make a figure: half of those wanted, and three at least."""
    return good >= max(3, math.ceil(wanted / 2))


def rotated(items, number):
    """The items in the order of a round: each round begins with another one."""
    if not items:
        return []
    start = number % len(items)
    return list(items[start:]) + list(items[:start])
