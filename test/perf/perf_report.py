# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The report: targets met or not, tables in Markdown, the short table for the terminal."""

import dataclasses
import statistics

import perf_conditions
import perf_measure
import perf_stats

LANES = ("limit", "limit avx2") + perf_conditions.PLAIN[1:]
TITLES = {"limit": "limit kernel", "limit avx2": "limit kernel, AVX2", "oriel": "oriel",
          "scalar": "oriel, scalar row", "sse": "oriel, SSE row", "avx2": "oriel, AVX2 row",
          "avx512": "oriel, AVX-512 row", "igb": "net_e1000_igb", "null": "net_null"}

# The driver is the slower one from this share of its time at work on.
DRIVER_BOUND = 0.85
FORWARD_TEXT = (
    "The wire has frames all the time. The driver is at work while it has packets in hand, but not "
    "while it waits for room in the TX ring. Where that is less than {least:.0f} % of its time the "
    "device is the slower one: the rate is then the device's, and no more than a lower bound of "
    "what the driver could do; the device needs 1000 / Mpps ns for a packet received and sent, "
    "waiting for what the driver's core wrote included. The time that the driver is at work for a "
    "packet is its own in both, fetching what the device's core wrote included. An lcore that "
    "shares its CPU with the device yields it when it has nothing to do: the rate is then the "
    "kernel's scheduler's.")


# --- targets --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A target beside its figure; met is None where there is none or nothing is asked."""

    target: perf_conditions.Target
    figure: perf_stats.Figure = None
    met: bool = None
    note: str = ""

    @property
    def asked(self):
        """The target's limit as text."""
        if self.target.limit is None:
            return "reported"
        return f"{'>=' if self.target.least else '<='} {number(self.target.limit)}"

    @property
    def said(self):
        """met, missed, or why neither."""
        if self.met is None:
            return self.note or "-"
        return "met" if self.met else "missed"


def number(value):
    """A figure with as many digits as tell something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    digits = 2 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}"


def verdict(target, run):
    """A target's verdict. run: the dictionary of results.json"""
    figure, note = {"time": _time, "worst": _worst, "counts": _counts,
                    "forward": _forward}[target.kind](target, run)
    if figure is None:
        return Verdict(target, note=note)
    met = None
    if target.limit is not None:
        met = figure.value >= target.limit if target.least else figure.value <= target.limit
    return Verdict(target, figure, met, note)


def verdicts(run):
    """Those of all targets."""
    return [verdict(t, run) for t in perf_conditions.TARGETS]


def _ratio(run, name, over, under):
    result = next((c for c in run["conditions"] if c["name"] == name), None)
    if result is None:
        return None, "not measured"
    if result["noisy"]:
        return None, "too noisy"
    figure = perf_stats.ratio(perf_measure.good_rounds(result), over, under)
    if figure is None:
        lacking = over if over in result["left_out"] or over not in result["bursts"] else under
        return None, f"no {lacking}"
    return figure, ""


def _time(target, run):
    return _ratio(run, target.condition, target.over, target.under)


def _worst(target, run):
    found = [(name, *_ratio(run, name, over, under)) for name, over, under in target.cases]
    lacking = [f"{name}: {note}" for name, figure, note in found if figure is None]
    if lacking:
        return None, "; ".join(lacking)
    name, figure, _ = max(found, key=lambda f: f[1].value)
    return figure, f"worst: {name}"


def _counts(target, run):
    counts = run["counts"].get(target.condition, {})
    for name in ("oriel", target.under):
        if name is not None and name not in counts:
            return None, "not measured" if not counts else f"no {name}"
    value = counts["oriel"][target.over]
    if target.under is not None:
        value /= counts[target.under][target.over]
    return perf_stats.Figure(value, value, value, 1), "exact"


def _forward(target, run):
    rounds = rates(run, target.condition)
    if target.under in run["forward"]:  # the same variant on another number of lcores
        other = rates(run, target.under)
        rounds = [{target.over: a[target.over], target.under: b[target.over]}
                  for a, b in zip(rounds, other) if target.over in a and target.over in b]
    figure = perf_stats.ratio(rounds, target.over, target.under)
    if figure is None:
        return None, "not measured"
    return figure, "" if driver_bound(run, target) else "device-bound"


def driver_bound(run, target):
    """Whether the forwarder that a target is about was the one that was waited for."""
    shares = [row[target.over]["busy_share"] for row in run["forward"][target.condition]
              if target.over in row]
    return statistics.median(shares) >= DRIVER_BOUND


def rates(run, lcores):
    """Mpps by variant, round by round."""
    return [{name: sample["mpps"] for name, sample in row.items()}
            for row in run["forward"].get(lcores, [])]


# --- tables ---------------------------------------------------------------------------------------


def table(header, rows):
    """A table in Markdown, as a list of lines; the first column is text."""
    lines = ["| " + " | ".join(header) + " |",
             "|---|" + "---:|" * (len(header) - 1)]
    return lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]


def targets_table(run):
    """All targets."""
    rows = []
    for v in verdicts(run):
        exact = v.figure is not None and v.figure.count == 1
        spread = "" if v.figure is None else "exact" if exact else (
            f"{number(v.figure.low)}..{number(v.figure.high)}")
        said = v.said + (f" ({v.note})" if v.note and v.met is not None and not exact else "")
        rows.append((f"{v.target.letter} {v.target.title}",
                     number(v.figure.value) if v.figure else "-", spread, v.asked, said))
    return table(("target", "figure", "p10..p90", "asked for", ""), rows)


def _conditions(run, names):
    by_name = {c["name"]: c for c in run["conditions"]}
    return [by_name[n] for n in names if n in by_name]


def cell(result, lane, key="core", under=None):
    """A lane's median, or its ratio to another lane's, in a condition."""
    if result["noisy"]:
        return "noisy"
    rounds = perf_measure.good_rounds(result, key)
    if under is not None:
        figure = perf_stats.ratio(rounds, lane, under)
        return f"{figure.value:.2f}" if figure else "-"
    values = [r[lane] for r in rounds if lane in r]
    return f"{statistics.median(values):.1f}" if values else "-"


def lanes_in(results):
    """The lanes that any of these conditions has, in order."""
    found = {name for c in results for row in c["rounds"] for name in row}
    return [n for n in LANES if n in found] + sorted(found - set(LANES))


def sweep(run, what, values, key):
    """Tables over bursts or rings: cycles, then ratios; [] if there is nothing."""
    names = {v: f"{what}-{v}-{key}" for v in values}
    measured = [v for v in values if _conditions(run, [names[v]])]
    if not measured:
        return []
    results = _conditions(run, [names[v] for v in measured])
    header = [what] + [str(v) for v in measured]
    lines = []
    parts = (("core", "RX+TX"), ("rx_core", "RX"), ("tx_core", "TX"))
    for part, said in parts:
        rows = [[TITLES.get(lane, lane)] + [cell(c, lane, part) for c in results]
                for lane in lanes_in(results)]
        rows = [r for r in rows if any(c not in ("-", "noisy") for c in r[1:])]
        if rows:
            lines += [f"{said}, core cycles a packet:", "", *table(header, rows), ""]
    rows = [[TITLES.get(lane, lane)] + [cell(c, lane, under="igb") for c in results]
            for lane in lanes_in(results) if lane != "igb"]
    return lines + ["RX+TX in relation to net_e1000_igb:", "", *table(header, rows), ""]


def condition_table(result):
    """All lanes of one condition."""
    rows = []
    for lane in lanes_in([result]):
        figure = perf_stats.ratio(perf_measure.good_rounds(result), lane, "igb")
        bursts = " / ".join(b or "?" for b in result["bursts"].get(lane, ["", ""]))
        rows.append((TITLES.get(lane, lane), cell(result, lane, "rx_core"),
                     cell(result, lane, "tx_core"), cell(result, lane),
                     "noisy" if result["noisy"] else figure.text() if figure else "-",
                     bursts if bursts != "? / ?" else "-"))
    whole = "a poll" if result["sample"]["what"] == "idle" else "RX+TX"
    return table(("", "RX", "TX", whole, "/ igb (p10..p90)", "bursts"), rows)


def counts_tables(run):
    """The exact counts."""
    keys = (("rx_doorbells", "doorbells RX"), ("tx_doorbells", "doorbells TX"),
            ("mmio_reads", "MMIO reads"), ("tx_write_backs", "TX write-backs"),
            ("desc_bytes_written", "descriptor bytes to host"),
            ("payload_bytes_written", "payload bytes to host"),
            ("desc_bytes_read", "descriptor bytes from host"),
            ("payload_bytes_read", "payload bytes from host"))
    lines = []
    for burst, variants in run["counts"].items():
        rows = [[said] + [f"{c[key]:.4f}" for c in variants.values()] for key, said in keys]
        header = ["a packet"] + [TITLES[name] for name in variants]
        lines += [f"Burst {burst}:", "", *table(header, rows), ""]
    return lines


def placement(where):
    """The CPUs of a forwarder."""
    lcores, engine = where["lcores"], where["engine"]
    text = f"lcore{'s' if len(lcores) > 1 else ''} on CPU {', '.join(map(str, lcores))}; device "
    if engine is None:
        return text + "wherever the kernel put it"
    return text + f"on CPU {engine}" + (", shared with an lcore" if engine in lcores else "")


def forward_row(name, samples):
    """A forwarder's figures: rate, what the driver spent, and who waited for whom."""
    def share(key):
        return statistics.median(s[key] for s in samples)

    rate = perf_stats.figure([s["mpps"] for s in samples])
    lcores = len(samples[-1]["placement"]["lcores"])
    own = statistics.median(1000 * lcores * s["busy_share"] / s["mpps"] if s["mpps"] else 0
                            for s in samples)
    return (TITLES[name], rate.text(), f"{100 * share('busy_share'):.0f} %", f"{own:.1f}",
            f"{100 * share('empty_share'):.0f} %", f"{100 * share('device_idle_share'):.0f} %",
            bottleneck(share("busy_share")), placement(samples[-1]["placement"]))


def bottleneck(busy):
    """Who was waited for, by the share of its time that the driver was at work."""
    return "driver" if busy >= DRIVER_BOUND else "device"


def forward_tables(run):
    """The free-running rates."""
    lines = []
    for lcores, rounds in run["forward"].items():
        rows = [forward_row(name, [r[name] for r in rounds if name in r]) for name in rounds[0]]
        lines += [f"{lcores} lcore{'' if lcores == '1' else 's'}:", "",
                  *table(("", "Mpps (p10..p90)", "driver at work", "ns a packet at work",
                          "empty polls", "device rounds without a frame", "slower one",
                          "placement"), rows), ""]
    if lines:
        lines += [FORWARD_TEXT.format(least=100 * DRIVER_BOUND), ""]
    return lines


# --- the report -----------------------------------------------------------------------------------


def markdown(run, plots=()):
    """The whole report as text. plots: (title, file name)"""
    lines = ["# oriel: cycles per packet on the twin", "",
             f"Made by `{run['command']}` in {run['seconds']:.0f} s.", ""]
    lines += table(("", ""), run["facts"].items()) + [""]
    if run["verified"]:
        lines += ["Limit kernel beside the driver, mbufs and their data:", "", *table(
            ("kernel, frames", "compared", "differ"),
            [(what, v["compared"], v["differences"]) for what, v in run["verified"].items()]), ""]
    lines += ["## Targets", "", "Ring 512, burst 32 and device on the same core unless said; "
              "ratios of medians of core-clock cycles a packet from interleaved rounds, with the "
              "spread of the ratios round by round.", "", *targets_table(run), ""]
    for title, file in plots:
        lines += [f"![{title}]({file})", ""]
    for what, values in (("burst", perf_conditions.BURSTS), ("ring", perf_conditions.RINGS)):
        for key, said in (("fast", "with MBUF_FAST_FREE"), ("plain", "without offloads")):
            part = sweep(run, what, values, key)
            if part:
                lines += [f"## By {what}, {said}", "", *part]
    swept = ("burst-", "ring-")
    others = [c for c in run["conditions"]
              if not c["name"].startswith(swept) or c["name"] == "ring-4096-to-512"]
    if others:
        lines += ["## By condition, core cycles a packet", ""]
    for result in others:
        lines += [f"### {result['title'][0].upper()}{result['title'][1:]}", "",
                  *condition_table(result), ""]
    for title, part in (("## Exact counts, 60-byte frames", counts_tables(run)),
                        ("## Free-running forwarding", forward_tables(run))):
        if part:
            lines += [title, "", *part]
    lines += _honesty(run)
    return "\n".join(lines).rstrip("\n") + "\n"


def _honesty(run):
    """What did not count, and what was left out."""
    lines = []
    if run["conditions"]:
        rows = []
        for c in run["conditions"]:
            thrown = sum(s.get("rejected", 0) for row in c["rounds"] for s in row.values())
            rows.append((c["title"], len(c["rounds"]), len(c["rejected"]), thrown,
                         "too noisy" if c["noisy"] else ""))
        lines += ["## Rounds that do not count", "",
                  "A round is rejected if a control (limit kernel, net_e1000_igb) is more than 5 % "
                  "from its median over the condition's rounds; a sample is thrown away by the "
                  "meter if the core ran slow beside it.", "",
                  *table(("condition", "rounds", "rejected", "samples thrown away", ""), rows), ""]
    left = dict(run["left_out"])
    for c in run["conditions"]:
        left.update({f"{c['name']}: {lane}": why for lane, why in c["left_out"].items()})
    if left:
        lines += ["## Left out", ""] + [f"- {what}: {why}" for what, why in left.items()]
    return lines


def terminal(run):
    """The short table for the terminal."""
    lines = [f"{'target':<62}{'figure':>8}  {'p10..p90':<14}{'asked':<10}"]
    for v in verdicts(run):
        spread = "" if v.figure is None or v.figure.count == 1 else (
            f"{number(v.figure.low)}..{number(v.figure.high)}")
        lines.append(f"{v.target.letter + ' ' + v.target.title:<62}"
                     f"{number(v.figure.value) if v.figure else '-':>8}  {spread:<14}"
                     f"{v.asked:<10}{v.said}".rstrip())
    return "\n".join(lines)
