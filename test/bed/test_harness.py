# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The harness itself: wires between two sockets, and the agent on DPDK's own software ports."""

import os
import random
import subprocess
import sys
import threading

import pytest

import beds
from agent import REPORT, Agent, AgentDied, AgentError, LocalProcess
from wire import Wire, WireTimeout


@pytest.fixture(name="pair")
def pair_fixture(tmp_path):
    """Two wires, each the other's device."""
    a, b = Wire(tmp_path / "a", tmp_path / "b"), Wire(tmp_path / "b", tmp_path / "a")
    yield a, b
    a.close()
    b.close()


@pytest.fixture(name="agent")
def agent_fixture(build, tmp_path):
    """The agent on a net_ring port, which receives what it sends."""
    if not build.agent.exists():
        pytest.skip(f"not built: {build.agent}")
    env = build.environment()
    env["RUNTIME_DIRECTORY"] = str(tmp_path)
    process = LocalProcess(
        [str(build.agent), "--no-huge", "-m", "128", "--no-shconf", "--no-telemetry",
         "--no-pci", "--lcores", "0@0,1@0", "--vdev", "net_ring0"], tmp_path / "log", env=env)
    agent = Agent(process)
    yield agent
    agent.kill()


def started(agent):
    """Start the port."""
    agent("pool_create", size=2047)
    agent("configure", port=0)
    agent("rxq_setup", port=0)
    agent("txq_setup", port=0)
    agent("start", port=0)
    return agent


@pytest.mark.quick
def test_wire_order_and_content(pair):
    """More frames than a socket holds, both ways at once: nothing lost, nothing out of order."""
    frames = [random.Random(n).randbytes(60 + n % 1500) for n in range(2000)]
    done = []
    other = threading.Thread(target=lambda: done.append(pair[1].reflect(len(frames), 5)))
    other.start()
    back = pair[0].exchange(frames)
    other.join()
    assert back == frames and done == [len(frames)]


def test_wire_limits(pair):
    """A full far end is waited for, then said; silence is told from frames."""
    with pytest.raises(WireTimeout):
        for _ in range(100000):
            pair[0].send(b"x" * 60, timeout=0.1)
    assert len(pair[1].recv_many(3, 1)) == 3
    assert pair[1].flush() > 0
    with pytest.raises(WireTimeout):
        pair[1].recv(0.05)
    assert pair[1].quiet(0.05) == []
    pair[0].send(b"last")
    assert pair[1].quiet(0.05) == [b"last"]


@pytest.mark.quick
def test_agent_frames(agent):
    """A frame of several segments arrives as it was sent, with its lengths."""
    data = random.Random(1).randbytes(3000)
    started(agent)
    sent = agent("tx", port=0, frames=[{"data": data.hex(), "segs": [14, 1, 2000]}])
    assert sent["sent"] == 1
    frames = agent("rx", port=0, count=2, timeout_ms=50)["frames"]
    assert len(frames) == 1
    assert frames[0]["data"] == data.hex() and frames[0]["sound"]
    assert frames[0]["segs"] == [14, 1, 2000, 985]


@pytest.mark.quick
def test_agent_loop(agent):
    """Frames of the bulk generator pass the bulk checker, and it counts them all."""
    started(agent)
    job = agent("job_start", mode="loop", port=0, count=50000, sizes=[60, 64, 1514, 9014],
                flows=7, window=64)["job"]
    counts = agent("job_wait", job=job, timeout_ms=30000, timeout=40)
    assert (counts["good"], counts["bad"], counts["lost"], counts["late"]) == (50000, 0, 0, 0)
    assert not counts["timed_out"]
    assert agent("resources")["pools"]["pool"]["in_use"] == 0


@pytest.mark.parametrize("change, wrong", [
    ("flip", {"bad": 1, "lost": 1, "good": 9}), ("drop", {"lost": 1, "good": 9}),
    ("swap", {"late": 1, "lost": 1, "good": 9}), ("twice", {"late": 1, "good": 10}),
    ("cut", {"bad": 1, "good": 9})])
def test_agent_check_sees(agent, change, wrong):
    """The bulk checker finds one changed, lost, exchanged, repeated or cut frame in ten."""
    started(agent)
    job = agent("job_start", mode="generate", port=0, count=10, sizes=[100])["job"]
    agent("job_wait", job=job)
    frames = [f["data"] for f in agent("rx", port=0, count=10)["frames"]]
    assert len(frames) == 10
    if change == "flip":
        frames[4] = frames[4][:-2] + f"{int(frames[4][-2:], 16) ^ 1:02x}"
    elif change == "drop":
        del frames[4]
    elif change == "swap":
        frames[4], frames[5] = frames[5], frames[4]
    elif change == "twice":
        frames.insert(5, frames[4])
    elif change == "cut":
        frames[9] = frames[9][:-2]
    agent("tx", port=0, frames=[{"data": data} for data in frames])
    job = agent("job_start", mode="verify", port=0, count=len(frames), sizes=[100],
                timeout_ms=2000)["job"]
    counts = agent("job_wait", job=job)
    assert {key: counts[key] for key in ("good", "bad", "lost", "late") if counts[key]} == wrong


def test_agent_says_no(agent):
    """Wrong requests get an error that says what is wrong, and the agent lives on."""
    for request, text in (
            ({"command": "nonsense"}, "no command 'nonsense'"),
            ({"command": "start"}, "'port': is missing"),
            ({"command": "start", "port": 5}, "no port 5"),
            ({"command": "start", "port": -1}, "a number from 0"),
            ({"command": "start", "port": 0, "prot": 1}, "no argument 'prot'"),
            ({"command": "start", "port": 0, "": 1}, "no argument ''"),
            ({"command": 7}, "'cmd': a string is wanted"),
            ({"command": "configure", "port": 0, "rx_offloads": ["NONSENSE"]}, "no offload"),
            ({"command": "configure", "port": 0, "rss": ["ipx"]}, "'ipx'"),
            ({"command": "tx", "port": 0, "pool": "none", "frames": []}, "no pool"),
            ({"command": "mac_add", "port": 0, "mac": "1:2"}, "no MAC address"),
            ({"command": "job_wait", "job": 3}, "no job 3")):
        with pytest.raises(AgentError, match=text):
            agent(**request)
    agent.process.write_line("{")
    assert "no JSON object" in agent.process.read_line(5)
    assert agent("ping")["ok"]


def test_agent_end(agent):
    """The end of its input ends it in order, also with a job at work."""
    started(agent)
    agent("job_start", mode="echo", port=0)
    assert agent.quit() == 0


def test_agent_death_is_seen(agent):
    """A killed agent is an error at the next command, at once."""
    os.kill(agent.hello["pid"], 9)
    with pytest.raises(AgentDied):
        agent("ping", timeout=5)


def test_eal_error(build, tmp_path):
    """EAL arguments that EAL refuses end the agent with an error."""
    process = LocalProcess([str(build.agent), "--no-such-option"], tmp_path / "log",
                           env=build.environment())
    assert process.read_line(30) is None
    assert process.end(10) == 1
    process.kill()


def test_missing_is_said(tmp_path):
    """A build folder without the programs is told by name."""
    empty = beds.Build(tmp_path)
    assert "oriel-bed-agent" in empty.missing("net_e1000_igb", "vm")
    assert "librte_net_oriel.so" in empty.missing("oriel", "vm")
    assert "oriel-twin" in empty.missing("oriel", "twin")


@pytest.mark.parametrize("line, is_report", [
    ("==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60", True),
    ("==1==ERROR: LeakSanitizer: detected memory leaks", True),
    ("../rx.c:10:3: runtime error: signed integer overflow: 1 + 2", True),
    ("EAL: Error - exiting with code: 1", False), ("oriel: port 0: error", False)])
def test_reports_are_recognised(line, is_report):
    """What a sanitizer writes is told from ordinary messages."""
    assert bool(REPORT.search(f"EAL: something\n{line}\n")) == is_report


LOST_GUEST = '''
import sys
import types

import pytest

made, lost = [], []
sys.modules["guest"] = types.SimpleNamespace(end_lost_guests=lambda: [lost.pop()] if lost else [])
pytestmark = pytest.mark.vm


@pytest.fixture(scope="module", name="machine")
def machine_fixture():
    made.append(len(made))
    yield made[-1]


@pytest.fixture(scope="module", name="broken_once")
def broken_once_fixture(machine):
    if machine == 1:
        lost.append("a hang")
        raise RuntimeError("no answer")


def test_before(machine):
    assert machine == 0


def test_in_lost_guest(machine):
    if machine == 0:
        lost.append("a hang")
    assert machine == 1


def test_fixture_of_lost_guest(broken_once, machine):
    assert machine == 2


def test_after(broken_once, machine):
    assert machine == 2


def test_guest_that_answers(machine):
    assert made != [0, 1, 2]


def test_lost_twice(machine):
    lost.append("a hang")
    assert machine == 77
'''


def test_lost_guest(tmp_path):
    """A test in a guest that stands still runs once more, with new fixtures; others do not."""
    (tmp_path / "test_lost.py").write_text(LOST_GUEST, encoding="utf-8")
    env = dict(os.environ, PYTHONPATH=os.path.dirname(__file__))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rA",
         "test_lost.py"], cwd=tmp_path, env=env, check=False, capture_output=True, text=True)
    got = {line.split("::")[1].split(" ")[0]: line.split(" ")[0]
           for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))}
    assert got == {"test_before": "PASSED", "test_in_lost_guest": "PASSED",
                   "test_fixture_of_lost_guest": "PASSED", "test_after": "PASSED",
                   "test_lost_twice": "FAILED", "test_guest_that_answers": "FAILED"}, done.stdout
    assert done.stdout.count("once more in a new guest") == 3, done.stdout
