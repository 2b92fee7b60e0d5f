# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""The telemetry commands below /oriel, asked through DPDK's own socket."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

import frames

pytestmark = [
    pytest.mark.telemetry,
    pytest.mark.corners(drivers=("oriel",), why="upstream's driver has no telemetry commands"),
]

OF_PORTS = ("info", "path", "contexts", "filters", "interrupts", "errors", "dma")
OF_QUEUES = ("rxq", "txq")


def ask(bed, query, timeout=20):
    """What the agent's telemetry answers: the value of the one command in the reply."""
    reply = bed.agent("telemetry", query=query, timeout_ms=1000 * timeout, timeout=timeout + 10)
    (command, value), = json.loads(reply["text"]).items()
    assert command == query.split(",")[0]
    return value


def nb_refused(bed):
    return bed.agent("xstats", port=0)["xstats"]["refused_dangerous_operations"]


def traffic(bed, count=5):
    for number in range(count):
        frame = frames.raw(bed.mac(), 80 + number)
        bed.wires[0].send(frame)
        assert bed.rx_one()["data"] == frame
        bed.tx(frame)
        assert bed.wires[0].recv() == frame


@pytest.mark.ports(2)
def test_ports(bed):
    """The list has the ports that are open; a closed one is unknown, the others stay."""
    assert ask(bed, "/oriel/list") == [0, 1]
    for port in range(2):
        info = ask(bed, f"/oriel/info,{port}")
        assert info["port"] == port and info["pci"] == bed.pci[port]
        assert info["permanent_mac"].replace(":", "").lower() == bed.mac(port).hex()
        assert (info["media"], info["started"], info["gone"]) == ("copper", 0, 0)
        assert info["nvm_bytes"] == bed.agent("eeprom_length", port=port)["length"]
        assert info["nvm_version"] == bed.agent("fw_version", port=port)["version"]
    bed.agent("close", port=0)
    assert ask(bed, "/oriel/list") == [1]
    for name in OF_PORTS:
        assert ask(bed, f"/oriel/{name},0") is None
        assert ask(bed, f"/oriel/{name},1") is not None
    commands = ask(bed, "/")
    assert sum(command.startswith("/oriel/") for command in commands) == len(set(
        command for command in commands if command.startswith("/oriel/"))) >= 12


def test_rings(bed):
    """Rings of a running port, as the driver and the registers have them."""
    for queue in OF_QUEUES:
        assert ask(bed, f"/oriel/{queue},0,0") is None  # no queues yet
    bed.setup(rxq=2, txq=2, nb_rxd=128, nb_txd=64, rx={"free_thresh": 16})
    rx = ask(bed, "/oriel/rxq,0,0")
    assert (rx["queue"], rx["state"], rx["nb_desc"], rx["free_thresh"]) == (0, "started", 128, 16)
    assert rx["next"] == rx["to_refill"] == int(rx["rdh"], 16) == 0
    assert int(rx["rdt"], 16) == 127
    traffic(bed)
    rx = ask(bed, "/oriel/rxq,0,0")
    assert rx["next"] == int(rx["rdh"], 16) == rx["packets"] == 5
    assert rx["to_refill"] == 5
    tx = ask(bed, "/oriel/txq,0,0")
    assert tx["next"] == int(tx["tdh"], 16) == int(tx["tdt"], 16) == tx["packets"] == 5
    assert tx["nb_desc"] == 64 and tx["free"] + 5 == 63 and tx["state"] == "started"
    other = ask(bed, "/oriel/rxq,0,1")
    assert (other["queue"], other["packets"], other["next"]) == (1, 0, 0)
    assert other["ring_iova"] != rx["ring_iova"]
    assert ask(bed, "/oriel/rxq,0,2") is None and ask(bed, "/oriel/txq,0,2") is None
    bed.agent("stop", port=0)
    assert ask(bed, "/oriel/rxq,0,0")["state"] == "stopped"


def test_path_and_contexts(bed):
    """The bursts that are in use, and the contexts that the device was given."""
    bed.setup(tx_offloads=["IPV4_CKSUM", "UDP_CKSUM"])
    mode = bed.agent("burst_mode", port=0)
    path = ask(bed, "/oriel/path,0")
    assert (path["rx"], path["tx"], path["started"]) == (mode["rx"], mode["tx"], 1)
    assert "slot_0" not in ask(bed, "/oriel/contexts,0")["txq_0"]
    data = bytes(frames.raw(bed.mac(), 14))[:12] + b"\x08\x00" + bytes.fromhex(
        "4500002e0000000040110000c0a80001c0a800021234567800120000") + bytes(18)
    bed.tx({"data": data.hex(), "l2": 14, "l3": 20, "flags": ["IPV4", "IP_CKSUM"]})
    bed.wires[0].recv()
    queue = ask(bed, "/oriel/contexts,0")["txq_0"]
    assert queue["written"] == 1
    slot = queue[f"slot_{queue['last']}"]
    assert (slot["mac_len"], slot["ip_len"], slot["ipv4"]) == (14, 20, 1)


def test_filters(bed):
    """Addresses, VLANs, multicast hashes and modes as they were set."""
    bed.setup(rx_offloads=["VLAN_FILTER"])
    bed.agent("mac_add", port=0, mac="02:aa:bb:cc:dd:ee")
    for vlan in (1, 5, 6, 7, 4095):
        bed.agent("vlan_filter", port=0, vlan=vlan, on=True)
    bed.agent("mc_list", port=0, macs=["01:00:5e:00:00:01", "01:00:5e:00:00:fb"])
    shown = ask(bed, "/oriel/filters,0")
    assert sorted(mac.lower() for mac in shown["mac"].values()) == sorted(
        [":".join(f"{byte:02x}" for byte in bed.mac()), "02:aa:bb:cc:dd:ee"])
    assert [v for v in shown["vlans"] if v != "0"] == ["1", "5-7", "4095"]
    assert shown["multicast_hashes"] == 2
    assert (shown["promiscuous"], shown["allmulticast"], shown["vlan_filter"]) == (0, 0, 1)
    bed.agent("promisc", port=0, on=True)
    assert ask(bed, "/oriel/filters,0")["promiscuous"] == 1


def test_interrupts(bed):
    """The map of vectors, off and on; the masks are those of the registers."""
    bed.setup()
    assert ask(bed, "/oriel/interrupts,0")["mode"] == "off"
    bed.agent("stop", port=0)
    bed.setup(rxq=2, lsc=True, rxq_intr=True)
    shown = ask(bed, "/oriel/interrupts,0")
    assert (shown["mode"], shown["rx_queues"]) == ("msix", 2)
    assert shown["vectors"] == {"other": 0, "rxq_0": 1, "rxq_1": 2}
    assert int(shown["eims"], 16) & 1 and int(shown["ims"], 16) & 4
    assert int(shown["ivar_0"], 16) & 0xff == 0x81 and int(shown["ivar_1"], 16) & 0xff == 0x82


def test_errors(bed):
    """The last errors with their texts; long ones in two parts; the newest stay."""
    assert ask(bed, "/oriel/errors,0") == {"port": 0, "total": 0}
    for number in range(20):
        bed.agent.ask("eeprom_get", port=0, offset=1 << 20, length=number)
    shown = ask(bed, "/oriel/errors,0")
    kept = sorted((key for key in shown if key.startswith("error_")),
                  key=lambda key: int(key.split("_")[1]))
    assert shown["total"] == 20 and kept == [f"error_{n}" for n in range(5, 21)]
    for number, key in zip(range(4, 20), kept):
        assert shown[key]["level"] == "error"
        assert shown[key]["text"].startswith(f"port 0: NVM: {number} bytes from 1048576")
    bed.agent.ask("eeprom_set", port=0, offset=0, magic=1, data="00")
    newest = ask(bed, "/oriel/errors,0")["error_21"]
    assert (newest["text"] + newest.get("rest", "")).startswith("port 0: NVM write with magic 0x1")


def test_dma(bed):
    """Rings and pools are within what is mapped for the device."""
    bed.setup(rxq=2, txq=2)
    shown = ask(bed, "/oriel/dma,0")

    def ranges(name):
        found = [re.fullmatch(r"(\S+) 0x([0-9a-f]+)\+0x([0-9a-f]+)", text) for text in shown[name]]
        return [(m[1], int(m[2], 16), int(m[3], 16)) for m in found]

    assert [name for name, _, _ in ranges("rings")] == ["rxq_0", "rxq_1", "txq_0", "txq_1"]
    assert {name for name, _, _ in ranges("rx_pools")} == {bed.pool}
    assert shown["rx_pools_bytes"] >= 8191 * 2176
    assert ask(bed, "/oriel/rxq,0,1")["ring_iova"] == hex(ranges("rings")[1][1])
    if shown["reachable_left_out"] == 0:
        reachable = ranges("reachable")
        for name in ("rings", "rx_pools"):
            for _, iova, length in ranges(name):
                assert any(first <= iova and iova + length <= first + size
                           for _, first, size in reachable), (name, hex(iova))


def test_reset_needs_token(bed):
    """Anything but the token with the port's own address is refused, counted, and changes
    nothing; with it the hardware is reset, and the application of a running port is told."""
    token = f"yes-reset-{bed.pci[0]}"
    bed.setup()
    wrong = ["", ",", ",yes", ",yes-reset-", f",{token[:-1]}", f",{token}x", f",{token.upper()}",
             f", {token}", ",yes-reset-0000:ff:00.0", f",{token},{token}", f",no,{token}"]
    before = bed.counters()["resets"] if bed.name == "twin" else 0
    if bed.name == "vm":
        wrong = wrong[::4]  # the guest is slow
    for count, words in enumerate(wrong, 1):
        assert ask(bed, f"/oriel/reset,0{words}") is None
        assert nb_refused(bed) == count
    assert ask(bed, f"/oriel/reset,7,{token}") is None and nb_refused(bed) == len(wrong)
    if bed.name == "twin":
        assert bed.counters()["resets"] == before
    traffic(bed, 2)
    assert bed.agent("events", port=0).get("reset", 0) == 0
    done = ask(bed, f"/oriel/reset,0,{token}")
    assert done["reset"] == "done" and "INTR_RESET" in done["next"]
    assert bed.agent("events", port=0)["reset"] == 1
    if bed.name == "twin":
        assert bed.counters()["resets"] == before + 1
    bed.agent("stop", port=0)
    assert ask(bed, f"/oriel/reset,0,{token}")["next"] == "start"
    assert bed.agent("events", port=0)["reset"] == 1
    bed.setup()
    traffic(bed, 3)


FUZZ = ["", ",", ",,", ",0,", ",0,,", ",-1", ",+0", ", 0", ",0 ", ",00000000000000000000000",
        ",99", ",65536", ",65535", ",18446744073709551616", ",4294967296", ",0x0", ",zero",
        ",%s%n%n", ",0\n",
        ",0,0,0", ",0,-1", ",0,16", ",0,4294967296", ",0,a", ",\"}", "," + "9" * 900,
        ",0," + "x" * 900,
        ",1", ",0;0", ",\\u0000", ",é"]


def test_bad_parameters(bed, rng):
    """Whatever is asked, there is an answer: null for what is no question; nothing changes."""
    bed.setup()
    questions = [f"/oriel/{name}{words}" for name in OF_PORTS + OF_QUEUES + ("reset", "selftest")
                 for words in FUZZ]
    questions += ["/oriel", "/oriel/", "/oriel/x", "/oriel/info/0"]
    for _ in range(30):
        questions.append("/oriel/" + rng.choice(OF_PORTS + OF_QUEUES) + "," + "".join(
            chr(rng.randrange(33, 127)) for _ in range(rng.randrange(40))))
    if bed.name == "vm":
        questions = rng.sample(questions, 40)  # the guest is slow
    for question in questions:
        reply = bed.agent("telemetry", query=question)["text"]
        if re.fullmatch(r"/oriel/(rxq|txq),0+,0+", question) or \
                re.fullmatch(r"/oriel/(?!reset|rxq|txq)\w+,0+", question):
            continue
        assert json.loads(reply)[question.split(",")[0]] is None, question
    traffic(bed, 1)
    assert ask(bed, "/oriel/info,0")["gone"] == 0


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="needs clients beside the agent: on "
                     "the machine, not in the guest")
def test_many_clients(bed):
    """Clients that ask without end while ports are set up, started, stopped and closed."""
    path = next(pathlib.Path(bed.dir).rglob("dpdk_telemetry.v2*"))
    stop, failures, counts = threading.Event(), [], [0, 0, 0]

    def client(number):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
                sock.settimeout(20)
                sock.connect(str(path))
                sock.recv(1024)
                while not stop.is_set():
                    for name in OF_PORTS + ("rxq", "txq"):
                        sock.send(f"/oriel/{name},0{',1' if name in OF_QUEUES else ''}".encode())
                        json.loads(sock.recv(1 << 16))
                        counts[number] += 1
        except Exception as error:  # pylint: disable=broad-except
            failures.append(repr(error))

    clients = [threading.Thread(target=client, args=(number,)) for number in range(len(counts))]
    for thread in clients:
        thread.start()
    for turn in range(8):
        bed.setup(rxq=2 + turn % 3, txq=2, link=False)
        bed.agent("stop", port=0)
        bed.agent("reset", port=0)
    bed.agent("close", port=0)
    stop.set()
    for thread in clients:
        thread.join()
    assert not failures and min(counts) > 20, (failures, counts)


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="DPDK's client runs beside the agent")
def test_dpdk_client(bed):
    """DPDK's own client shows a port."""
    tool = shutil.which("dpdk-telemetry.py")
    if tool is None:
        pytest.skip("dpdk-telemetry.py is not installed")
    path = next(pathlib.Path(bed.dir).rglob("dpdk_telemetry.v2*"))
    done = subprocess.run(["/usr/bin/python3", tool, "-f", path.parent.name],
                          input="/oriel/list\n/oriel/info,0\n", capture_output=True, text=True,
                          timeout=20, check=False,
                          env={"RUNTIME_DIRECTORY": str(bed.dir), "XDG_RUNTIME_DIR": str(bed.dir),
                               "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    assert bed.pci[0] in done.stdout and '"media": "copper"' in done.stdout, done.stdout
