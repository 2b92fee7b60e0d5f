# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The report's plots, SVG and PNG: cycles against burst and against ring, bars by condition."""

import statistics

import matplotlib

import perf_conditions
import perf_measure
import perf_report

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 pylint: disable=wrong-import-position

# The same colour for a variant in all plots; also told apart by marks.
STYLE = {"limit": ("#555555", "x"), "limit avx2": ("#999999", "+"), "oriel": ("#0b6fb8", "o"),
         "scalar": ("#7fb3d9", "v"), "sse": ("#2a9d8f", "s"), "avx2": ("#0a9396", "D"),
         "avx512": ("#6a4c93", "^"), "igb": ("#d1495b", "P"), "null": ("#b0a990", "*")}
# All that plots() may make.
FILES = tuple(stem + end for stem in ("burst-fast", "burst-plain", "ring-fast", "ring-plain",
                                      "conditions") for end in (".svg", ".png"))


def median(result, lane, key="core"):
    """A lane's median over the rounds that count, None without any."""
    values = [r[lane] for r in perf_measure.good_rounds(result, key) if lane in r]
    return statistics.median(values) if values and not result["noisy"] else None


def against(run, what, values, key, title, path):
    """Cycles against burst or ring; the files' names, [] if nothing was measured."""
    by_name = {c["name"]: c for c in run["conditions"]}
    points = [(v, by_name[f"{what}-{v}-{key}"]) for v in values
              if f"{what}-{v}-{key}" in by_name]
    points = [(v, c) for v, c in points if not c["noisy"]]
    if len(points) < 2:
        return []
    figure, axes = pyplot.subplots(figsize=(8.5, 4.5))
    for lane in perf_report.lanes_in([c for _, c in points]):
        marks = [(v, median(c, lane)) for v, c in points]
        marks = [(v, m) for v, m in marks if m is not None]
        if len(marks) < 2:
            continue
        colour, mark = STYLE.get(lane, ("black", "."))
        axes.plot([v for v, _ in marks], [m for _, m in marks], color=colour, marker=mark,
                  label=perf_report.TITLES.get(lane, lane))
    axes.set_xscale("log", base=2)
    axes.set_xticks([v for v, _ in points], [str(v) for v, _ in points])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel(what + (", packets" if what == "burst" else ", descriptors"))
    axes.set_ylabel("RX+TX, core cycles a packet")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    return save(figure, path)


def bars(run, path):
    """Each condition's ratio to igb as a group of bars."""
    swept = ("ring-", "burst-")
    kept = ("burst-32-fast", "burst-32-plain")
    results = [c for c in run["conditions"] if not c["noisy"] and (
        not c["name"].startswith(swept) or c["name"] in kept)]
    lanes = [n for n in perf_report.lanes_in(results) if n not in ("igb", "null")]
    results = [c for c in results if median(c, "igb")]
    if not results or not lanes:
        return []
    figure, axes = pyplot.subplots(figsize=(10, 1.2 + 0.75 * len(results)))
    high = 0.8 / len(lanes)
    for number, lane in enumerate(lanes):
        colour = STYLE.get(lane, ("black", "."))[0]
        places, widths = [], []
        for row, result in enumerate(results):
            value = median(result, lane)
            if value is not None:
                places.append(row - 0.4 + (number + 0.5) * high)
                widths.append(value / median(result, "igb"))
        axes.barh(places, widths, high, color=colour, label=perf_report.TITLES.get(lane, lane))
    axes.axvline(1, color=STYLE["igb"][0], linewidth=1)
    axes.set_yticks(range(len(results)), [c["title"] for c in results], fontsize="small")
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.set_xlabel("core cycles a packet in relation to net_e1000_igb")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), ncol=4)
    return save(figure, path)


def save(figure, path):
    """Both formats; their names."""
    figure.tight_layout()
    for end in (".svg", ".png"):
        # No date in the file: the same figures give the same plot.
        metadata = {"Date": None} if end == ".svg" else None
        figure.savefig(path.with_suffix(end), dpi=120, metadata=metadata)
    pyplot.close(figure)
    return [path.with_suffix(end).name for end in (".svg", ".png")]


def plots(run, folder):
    """All plots into a folder; (title, name of the SVG) of those that there are."""
    made = []
    for what, values in (("burst", perf_conditions.BURSTS), ("ring", perf_conditions.RINGS)):
        for key, said in (("fast", "MBUF_FAST_FREE"), ("plain", "no offloads")):
            title = f"Cycles by {what}, {said}"
            if against(run, what, values, key, title, folder / f"{what}-{key}"):
                made.append((title, f"{what}-{key}.svg"))
    if bars(run, folder / "conditions"):
        made.append(("Conditions in relation to net_e1000_igb", "conditions.svg"))
    return made
