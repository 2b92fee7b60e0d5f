# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Measuring: conditions in interleaved rounds, exact counts, free-running forwarding."""

import dataclasses
import itertools
import time

import perf_conditions
import perf_stats
from perf_meters import BY_NAME, EXACT, FREE, LOCKSTEP, MeterError, Meters, not_this_row

# A lane without which a condition says nothing.
NEEDED = ("oriel", "igb")
# Frames with which the limit kernel is compared with the driver.
VERIFIED = ("min", "mixed", "odd", "full")
# Rounds in all, of those wanted, until a condition is given up as too noisy.
MOST = 2.5


@dataclasses.dataclass(frozen=True)
class Effort:
    """How much is measured; after so many seconds rejected rounds are not replaced any more."""

    rounds: int
    millis: int
    forwards: int
    forward_millis: int
    counted: int
    quick: bool
    seconds: float = 600


def full(rounds=None):
    """The whole report."""
    return Effort(rounds or 16, 40, 10, 1000, 100000, False)


def quick(rounds=None):
    """A first look."""
    return Effort(rounds or 5, 12, 3, 500, 20000, True, 60)


class Run:
    """A run: what was measured so far, as results.json has it.

    say  prints a line of progress
    """

    def __init__(self, bench, effort, groups, say):
        self.bench, self.effort, self.groups, self.say = bench, effort, groups, say
        self.conditions = []
        self.counts = {}
        self.forward = {}
        self.left_out = {}
        self.verified = {}
        self.hello = {}
        self.faults = []
        self.started = time.monotonic()

    def chosen(self):
        """The conditions to be measured, in their order."""
        return [c for c in perf_conditions.CONDITIONS
                if c.group in self.groups and (c.quick or not self.effort.quick)]

    # --- in lockstep ------------------------------------------------------------------------------

    def timed(self):
        """All conditions, with one process a variant alive all the time."""
        conditions = self.chosen()
        if not conditions:
            return
        names = [v for v in BY_NAME if any(v in c.variants for c in conditions)]
        self.say(f"starting {len(names)} meters")
        meters = Meters(self.bench, names, LOCKSTEP, "timed")
        try:
            self._note(meters)
            if "limit" in meters.all:
                self._verify(meters.all["limit"])
            for number, condition in enumerate(conditions, 1):
                if condition.cpus > 1 and self.bench.place.alone:
                    self.left_out[condition.name] = "needs a second CPU"
                    continue
                result = self._condition(condition, meters)
                self.conditions.append(result)
                self.say(f"[{number}/{len(conditions)}] {condition.title}: {summary(result)}")
            meters.close()
        finally:
            meters.kill()

    def _verify(self, meter):
        """The limit kernel may leave nothing out that the driver's mbufs have."""
        meter.setup(ring=perf_conditions.RING, rx_offloads=list(perf_conditions.RX_OFFLOADS))
        for kernel, frames in itertools.product(("best", "avx2"), VERIFIED):
            reply = meter("verify", timeout=60, limit=kernel, frames=frames, packets=4096)
            what = f"{kernel}, {frames}"
            self.verified[what] = {k: v for k, v in reply.items() if k != "ok"}
            if reply["differences"]:
                self.faults.append(f"limit kernel ({what}): {reply['differences']} of "
                                   f"{reply['compared']} mbufs are not as the driver's")
        self.say("limit kernel beside the driver, mbufs and data: "
                 f"{sum(v['compared'] for v in self.verified.values())} compared, "
                 f"{sum(v['differences'] for v in self.verified.values())} differ")

    def _note(self, meters):
        for name, reason in meters.left_out.items():
            self.left_out[name] = reason
            self.say(f"left out: {name}: {reason}")
        self.hello.update({name: meter.hello for name, meter in meters.all.items()})

    def _condition(self, condition, meters):
        result = {"name": condition.name, "group": condition.group, "title": condition.title,
                  "setup": condition.setup, "sample": condition.sample,
                  "controls": condition.controls, "wanted": self.effort.rounds,
                  "bursts": {}, "dropped": {}, "left_out": {}, "rounds": [], "rejected": [],
                  "noisy": False}
        lanes = self._lanes(condition, meters, result)
        controls = [c for c in condition.controls if c in [lane.name for lane in lanes]]
        rows = result["rounds"]
        while True:
            cores = [core_of(row) for row in rows]
            late = time.monotonic() - self.started > self.effort.seconds
            most = int(self.effort.rounds * (1 if late else MOST))
            more = perf_stats.rounds_wanted(cores, controls, self.effort.rounds, most)
            if more == 0:
                break
            for _ in range(more):
                rows.append(self._round(condition, perf_stats.rotated(lanes, len(rows)), meters,
                                        result))
        result["rejected"] = perf_stats.drifted(cores, controls)
        result["noisy"] = not perf_stats.enough(len(rows) - len(result["rejected"]),
                                                self.effort.rounds)
        for name in NEEDED:
            if name not in result["left_out"] and not any(name in row for row in rows):
                result["left_out"][name] = "no sample that counts"
            if name in result["left_out"]:
                self.faults.append(f"{condition.name}: {name}: {result['left_out'][name]}")
        return result

    def _lanes(self, condition, meters, result):
        """The lanes that can be measured; notes why the others cannot."""
        lanes = []
        for lane in condition.lanes():
            if lane.variant not in meters.all:
                continue
            try:
                reply = meters.all[lane.variant].setup(**dict(lane.setup))
            except MeterError as error:
                result["left_out"][lane.name] = str(error)
                continue
            reason = not_this_row(BY_NAME[lane.variant], reply)
            if reason:
                result["left_out"][lane.name] = reason
                continue
            result["bursts"][lane.name] = [reply.get("rx_burst", ""), reply.get("tx_burst", "")]
            if reply.get("dropped"):
                result["dropped"][lane.name] = reply["dropped"]
            lanes.append(lane)
        return lanes

    def _round(self, condition, lanes, meters, result):
        """One sample of each lane, one after the other."""
        row = {}
        for lane in lanes:
            meter = meters.all[lane.variant]
            sample = dict(lane.sample, millis=self.effort.millis)
            try:
                meter.setup(**dict(lane.setup))
                reply = meter("sample", **sample)
                row[lane.name] = {k: v for k, v in reply.items() if k != "ok"}
                if condition.parts:
                    reply = meter("sample", **dict(sample, what="both"))
                    row[lane.name].update(rx_core=reply["rx_core"], tx_core=reply["tx_core"])
            except MeterError as error:
                row.pop(lane.name, None)
                result["left_out"][lane.name] = str(error)
        return row

    # --- exact counts -----------------------------------------------------------------------------

    def counted(self):
        """What goes over the bus for a packet, counted by the twin."""
        try:
            self.counts = bus_counts(self.bench, perf_conditions.COUNTED, self.effort.counted,
                                     self._note)
        except MeterError as error:
            self._fault("counts", error)
        for burst, variants in self.counts.items():
            self.say(f"exact counts at burst {burst}: " + ", ".join(
                f"{name} {c['doorbells']:.3f} doorbells, {c['bytes_to_host']:.1f} bytes to host"
                for name, c in variants.items()))

    def _fault(self, what, error):
        self.left_out[what] = str(error)
        self.faults.append(str(error))
        self.say(f"{what}: {error}")

    # --- free-running -----------------------------------------------------------------------------

    def forwarded(self):
        """Forwarding rates while the device runs by itself, on the other core."""
        if self.bench.place.alone:
            self.left_out["forward"] = "needs a second CPU"
            return
        for lcores in (1, 2):
            meters = Meters(self.bench, perf_conditions.FORWARDED, FREE, f"forward{lcores}")
            try:
                self._note(meters)
                self.forward[str(lcores)] = self._forward(meters, lcores)
                meters.close()
            except MeterError as error:
                self._fault(f"forward, {lcores} lcore{'s' if lcores > 1 else ''}", error)
            finally:
                meters.kill()

    def _forward(self, meters, lcores):
        setup = {"ring": perf_conditions.RING, "queues": lcores,
                 "tx_offloads": list(perf_conditions.FAST)}
        if lcores > 1:
            setup["rx_offloads"] = ["RSS_HASH"]
        rounds = []
        # A device that has nothing to do still polls for a while: only one may run at a time.
        for meter in meters.all.values():
            meter.setup(**setup)
            meter.pause()
        names = list(meters.all)
        for number in range(self.effort.forwards):
            row = {}
            for name in perf_stats.rotated(names, number):
                meter = meters.all[name]
                meter.resume()
                reply = meter("forward", burst=perf_conditions.BURST, lcores=lcores,
                              millis=self.effort.forward_millis)
                meter.pause()
                row[name] = {k: v for k, v in reply.items() if k != "ok"}
            rounds.append(row)
        for meter in meters.all.values():
            meter.resume()
        self.say(f"free-running, {lcores} lcore{'s' if lcores > 1 else ''}: " + ", ".join(
            f"{name} {perf_stats.figure([r[name]['mpps'] for r in rounds]).text()} Mpps"
            for name in names))
        return rounds


def core_of(row):
    """A round's core cycles by lane."""
    return {name: sample["core"] for name, sample in row.items()}


def good_rounds(result, key="core"):
    """A figure of each lane in the rounds that count, as perf_stats.ratio() takes them."""
    bad = set(result["rejected"])
    return [{name: sample[key] for name, sample in row.items() if key in sample}
            for index, row in enumerate(result["rounds"]) if index not in bad]


def summary(result):
    """One line about a condition."""
    bad = len(result["rejected"])
    tail = f"{len(result['rounds'])} rounds, {bad} rejected"
    if result["noisy"]:
        return f"the machine was too noisy ({tail})"
    ratio = perf_stats.ratio(good_rounds(result), "oriel", "igb")
    if ratio is None:
        return f"no figure ({tail})"
    return f"oriel / igb {ratio.text()}, {tail}"


def bus_counts(bench, names, packets, note=lambda meters: None):
    """{burst: {variant: counts per packet and the raw ones}}, 60-byte frames."""
    meters = Meters(bench, names, EXACT, "exact")
    counts = {}
    try:
        note(meters)
        for burst in perf_conditions.COUNTED_BURSTS:
            of_burst = counts[str(burst)] = {}
            for name, meter in meters.all.items():
                meter.setup(ring=perf_conditions.RING, tx_offloads=list(perf_conditions.FAST))
                reply = meter("counts", timeout=120, burst=burst, frames="min", packets=packets)
                of_burst[name] = per_packet(reply)
        meters.close()
    finally:
        meters.kill()
    return counts


def per_packet(reply):
    """Counts a packet, and `raw` as the meter has them."""
    packets = reply["packets"]
    if packets <= 0:
        raise MeterError("counts: no packet was forwarded")
    each = {k: reply[k] / packets for k in (
        "rx_doorbells", "tx_doorbells", "mmio_reads", "desc_bytes_read", "desc_bytes_written",
        "payload_bytes_read", "payload_bytes_written")}
    each["tx_write_backs"] = reply["tx_desc_written"] / packets
    each["doorbells"] = each["rx_doorbells"] + each["tx_doorbells"]
    each["bytes_to_host"] = each["desc_bytes_written"] + each["payload_bytes_written"]
    each["bytes_from_host"] = each["desc_bytes_read"] + each["payload_bytes_read"]
    each["raw"] = {k: v for k, v in reply.items() if k != "ok"}
    return each
