# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""What is measured: the table of conditions, and the targets that their figures have to meet."""

import dataclasses

RING = 512
BURST = 32
BURSTS = (1, 4, 8, 16, 32, 64)
RINGS = (128, 256, 512, 1024, 2048, 4096)
FAST = ("MBUF_FAST_FREE",)
RX_OFFLOADS = ("VLAN_STRIP", "RSS_HASH", "IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM")
TX_OFFLOADS = ("VLAN_INSERT", "IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM")

ROWS = ("oriel", "scalar", "sse", "avx2", "avx512")
DRIVERS = ROWS + ("igb",)
WITH_LIMIT = ("limit",) + DRIVERS
PLAIN = WITH_LIMIT + ("null",)
# Rounds in which one of these ran at another speed than else do not count.
CONTROLS = ("limit", "igb")
# "limit" is for the best that the CPU has; a lane beside it for CPUs, and rows, of AVX2.
LIMIT_AVX2 = (("limit avx2", "limit", {"limit": "avx2"}),)


@dataclasses.dataclass(frozen=True)
class Lane:
    """One column of a condition: a variant in a set-up, and what is sampled there."""

    name: str
    variant: str
    setup: tuple
    sample: tuple


@dataclasses.dataclass(frozen=True)
class Condition:
    """What is measured side by side, in rounds.

    setup, sample  arguments of the meter's commands
    parts   RX and TX are timed apart too, by a second sample
    extra   lanes beside those of the variants: (name, variant, changes of the set-up)
    cpus    2 if the device runs on another CPU
    quick   whether --quick has it
    """

    name: str
    group: str
    title: str
    setup: dict
    sample: dict
    variants: tuple
    parts: bool = False
    extra: tuple = ()
    cpus: int = 1
    quick: bool = True

    def lanes(self):
        """The columns, in the order of the variants."""
        made = [Lane(v, v, self._setup(v, {}), tuple(self.sample.items())) for v in self.variants]
        made += [Lane(name, v, self._setup(v, more), tuple(self.sample.items()))
                 for name, v, more in self.extra]
        return made

    def _setup(self, variant, more):
        limit = {"limit": True} if variant == "limit" else {}
        return tuple({"ring": RING, **self.setup, **limit, **more}.items())

    @property
    def controls(self):
        """The lanes that tell whether a round ran at its usual speed."""
        return tuple(c for c in CONTROLS if c in self.variants)


def _sample(what="rxtx", burst=BURST, frames="min", **more):
    return {"what": what, "burst": burst, "frames": frames, "device": "same", **more}


def _tx(fast, *more):
    return {"tx_offloads": list((FAST if fast else ()) + more)}


def _said(fast):
    return "fast free" if fast else "no fast free"


def _sweeps():
    for fast in (True, False):
        key = "fast" if fast else "plain"
        for burst in BURSTS:
            yield Condition(f"burst-{burst}-{key}", "burst", f"burst {burst}, {_said(fast)}",
                            _tx(fast), _sample(burst=burst), PLAIN, parts=fast or burst == BURST,
                            extra=LIMIT_AVX2 if burst == BURST else (),
                            quick=fast or burst == BURST)
    for fast in (True, False):
        key = "fast" if fast else "plain"
        for ring in RINGS:
            # Ring 512 stands in the table of bursts; for the plot it is measured once more.
            yield Condition(f"ring-{ring}-{key}", "ring", f"ring {ring}, {_said(fast)}",
                            {"ring": ring, **_tx(fast)}, _sample(), WITH_LIMIT,
                            quick=fast and ring in (128, 512, 4096))
    yield Condition("ring-4096-to-512", "ring", "ring 4096 beside ring 512, fast free",
                    {"ring": 512, **_tx(True)}, _sample(), ("oriel", "igb"),
                    extra=(("oriel at 4096", "oriel", {"ring": 4096}),))


def _offloads():
    rx = {"rx_offloads": list(RX_OFFLOADS)}
    for fast in (True, False):
        key = "fast" if fast else "plain"
        yield Condition(f"rx-offloads-{key}", "offload",
                        f"all RX offloads, mixed frames, {_said(fast)}", {**rx, **_tx(fast)},
                        _sample(frames="mixed"), WITH_LIMIT, parts=True, quick=fast)
    for fast in (True, False):
        key = "fast" if fast else "plain"
        yield Condition(f"rxtx-offloads-{key}", "offload",
                        f"RX and TX checksum and VLAN offloads, {_said(fast)}",
                        {**rx, **_tx(fast, *TX_OFFLOADS)}, _sample("both", frames="tx_offload"),
                        DRIVERS, quick=not fast)


def _places():
    fast = _tx(True)
    yield Condition("flushed", "flush", "lines the device wrote flushed to memory, fast free", fast,
                    _sample(flush=True), WITH_LIMIT, parts=True)
    yield Condition("other-core", "device", "device on another core, fast free", fast,
                    _sample(device="other"), WITH_LIMIT, parts=True, cpus=2)
    yield Condition("two-ports", "ports", "two ports, fast free", {"ports": 2, **fast}, _sample(),
                    WITH_LIMIT)
    yield Condition("full", "frames", "1518-byte frames, fast free", fast, _sample(frames="full"),
                    WITH_LIMIT, parts=True)
    yield Condition("two-segments", "frames", "frames of two segments, received and sent",
                    {"rx_offloads": ["SCATTER"], "tx_offloads": ["MULTI_SEGS"], "data_room": 1152},
                    _sample(frames="two_segs"), DRIVERS, parts=True)
    yield Condition("idle", "idle", "poll of an empty ring", fast, _sample("idle"), WITH_LIMIT)


CONDITIONS = tuple(_sweeps()) + tuple(_offloads()) + tuple(_places())
GROUPS = tuple(dict.fromkeys(c.group for c in CONDITIONS)) + ("counts", "forward")

# Exact counts: (name, burst).
COUNTED_BURSTS = (32, 4)
COUNTED = ("oriel", "scalar", "igb")
FORWARDED = ("oriel", "scalar", "igb")


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure to be reached.

    kind    "time": medians of two lanes of a condition, `over` / `under`
            "worst": the worst of several times, `cases` as (condition, over, under)
            "counts": `over` of the exact counts; with `under` in relation to that variant
            "forward": free-running rate of `over` / `under`
    limit   None if the figure is reported and no more
    least   the figure has to be at least so much, not at most
    """

    letter: str
    title: str
    kind: str
    limit: float = None
    condition: str = None
    over: str = None
    under: str = None
    cases: tuple = ()
    least: bool = False


def _time(letter, title, limit, condition, over="oriel", under="igb"):
    return Target(letter, title, "time", limit, condition, over, under)


TARGETS = (
    _time("A", "RX+TX, fast free, no offloads / igb", 0.28, "burst-32-fast"),
    _time("B", "RX+TX, no fast free, no offloads / igb", 0.36, "burst-32-plain"),
    _time("C", "all RX offloads, mixed flags, fast free / igb", 0.30, "rx-offloads-fast"),
    _time("D", "RX and TX checksum + VLAN offloads / igb", 0.40, "rxtx-offloads-plain"),
    Target("E", "best row / limit kernel, same conditions (the worst)", "worst", 1.2,
           cases=tuple((c, "oriel", "limit") for c in
                       ("burst-32-fast", "burst-32-plain", "rx-offloads-fast"))),
    Target("E", "best row / limit kernel in AVX2 (the worst)", "worst", None,
           cases=tuple((c, "oriel", "limit avx2") for c in ("burst-32-fast", "burst-32-plain"))),
    _time("F", "lines the device wrote flushed, fast free / igb", 0.45, "flushed"),
    _time("G", "burst 4, fast free / igb", 0.45, "burst-4-fast"),
    _time("H", "burst 1, fast free / igb", 0.80, "burst-1-fast"),
    _time("I", "ring 4096 / ring 512, fast free", 1.1, "ring-4096-to-512", "oriel at 4096",
          "oriel"),
    _time("J", "scalar row, fast free / igb", 0.65, "burst-32-fast", "scalar"),
    _time("K", "scattered RX + multi-segment TX, 2 segments / igb", 0.60, "two-segments"),
    _time("L", "empty poll / igb", 0.8, "idle"),
    Target("M", "doorbells per packet, burst 32", "counts", 0.05, "32", "doorbells"),
    Target("M", "MMIO reads per packet, burst 32", "counts", 0.0, "32", "mmio_reads"),
    Target("N", "TX write-backs per frame, burst 32", "counts", 1 / 32, "32", "tx_write_backs"),
    Target("O", "bytes device to host per packet, 60-byte frames / igb", "counts", 0.82, "32",
           "bytes_to_host", "igb"),
    Target("P", "free-running forward rate, device on another core / igb", "forward", 2.0, "1",
           "oriel", "igb", least=True),
    Target("Q", "two lcores and queues / one", "forward", None, "2", "oriel", "1"),
)
