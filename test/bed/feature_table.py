# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The table feature x {twin, VM, DPDK client} of the guide, made of the tests themselves.

Which tests show a feature is said once, in test_features.FEATURES; on which beds a test runs, and
why not on the other, in its markers; which programs of DPDK's were run with a feature in
feature_clients.CLIENTS. Nothing of the table is written by hand, so it cannot be out of date.
"""

import dataclasses
import importlib

BEDS = ("twin", "vm")
DRIVER = "oriel"


def find(name):
    """The function "module.function" of this folder."""
    module, function = name.split(".")
    return getattr(importlib.import_module(module), function)


def marks(function):
    """The markers of a test: its own, then those of its module."""
    module = getattr(importlib.import_module(function.__module__), "pytestmark", [])
    return (list(getattr(function, "pytestmark", []))
            + (list(module) if isinstance(module, (list, tuple)) else [module]))


def beds_of(function):
    """(the beds on which a test runs with this driver, why not on the others or None)."""
    found = {mark.name: mark for mark in reversed(marks(function))}
    fixed = tuple(bed for bed in BEDS if bed in found)
    kwargs = found["corners"].kwargs if "corners" in found else {}
    if fixed:
        return fixed, kwargs.get("why")
    beds = tuple(bed for bed in kwargs.get("beds", BEDS)
                 if DRIVER in kwargs.get("drivers", (DRIVER,))
                 and (bed, DRIVER) not in kwargs.get("without", ()))
    return beds, kwargs.get("why")


@dataclasses.dataclass
class Row:
    """A feature: the tests on each bed, why others are not in the VM, what clients were run."""

    feature: str
    twin: list
    vm: list
    not_vm: list  # (test, why or None)
    clients: list  # (program, test)
    no_client: str


def rows(features, clients, no_client):
    """A Row for each feature, in the order of `features`.

    features   {feature: (anything, [test])}
    clients    {feature: {program: test}}
    no_client  {feature: why no client was run with it}
    """
    made = []
    for feature, (_, tests) in features.items():
        row = Row(feature, [], [], [], list(clients.get(feature, {}).items()),
                  no_client.get(feature, ""))
        for test in tests:
            beds, why = beds_of(find(test))
            if "twin" in beds:
                row.twin.append(test)
            if "vm" in beds:
                row.vm.append(test)
            else:
                row.not_vm.append((test, why))
        made.append(row)
    return made


def _tests(names):
    return [f"``{name}``" for name in names]


def _not_in_vm(row):
    """Why tests are not in the VM, each reason once; the tests are named where others are there."""
    reasons = {}
    for test, why in row.not_vm:
        reasons.setdefault(why or "runs on the twin only", []).append(test)
    if not row.vm:
        return ["-- " + why for why in reasons]
    return [f"not {', '.join(_tests(tests))}: {why}" for why, tests in reasons.items()]


def _cell(parts):
    """Lines of reStructuredText, one below the other in a cell of a list-table."""
    lines = [f"| {part}" for part in parts] or ["--"]
    return ["     - " + lines[0]] + ["       " + line for line in lines[1:]]


def rst(made):
    """The rows as lines of a list-table in reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 16 28 28 28", ""]
    for row in [None, *made]:
        if row is None:
            cells = [["Feature"], ["Twin"], ["VM (QEMU)"], ["DPDK client"]]
        else:
            clients = [f"{program}: ``{test}``" for program, test in row.clients]
            cells = [[row.feature], _tests(row.twin), _tests(row.vm) + _not_in_vm(row),
                     clients or [f"-- {row.no_client}"]]
        first, *others = [_cell(cell) for cell in cells]
        first[0] = "   * - " + first[0][7:]
        lines += first + [line for cell in others for line in cell]
    return lines + [""]
