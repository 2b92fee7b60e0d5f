# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The oriel authors
"""Identity and service: EEPROM by bytes, module EEPROM, LEDs, registers."""

import errno
import pathlib
import re

import pytest

import frames

REGS_H = pathlib.Path(__file__).resolve().parents[2] / "drivers/net/oriel/regs.h"
ORIEL = pytest.mark.corners(drivers=("oriel",), why="upstream does it in its own way: see the test")
CHECKED = 128
CHECKSUM = 0x3f
MAGIC = 0x10c98086
LEDCTL = 0x0e00


def read(bed, offset, length):
    """Bytes of the EEPROM; AssertionError if one too many was written to the buffer."""
    reply = bed.agent("eeprom_get", port=0, offset=offset, length=length)
    assert reply["behind"] == "a5" * 8
    return bytes.fromhex(reply["data"])


def refused(bed, command, code, **arguments):
    """AssertionError if a command is not refused with this error."""
    reply = bed.agent.ask(command, port=0, **arguments)
    assert not reply["ok"] and reply["errno"] == code, reply


def checksum(image):
    """The sum of the checked words; 0xbaba is right."""
    return sum(int.from_bytes(image[at:at + 2], "little") for at in range(0, CHECKED, 2)) & 0xffff


def nb_refused(bed):
    return bed.agent("xstats", port=0)["xstats"]["refused_dangerous_operations"]


# --- EEPROM ---------------------------------------------------------------------------------------


def test_eeprom_read(bed):
    """The whole is there with a right checksum and the port's address; length and magic."""
    length = bed.agent("eeprom_length", port=0)["length"]
    assert length >= CHECKED and length & (length - 1) == 0
    image = read(bed, 0, length)
    assert checksum(image) == 0xbaba
    assert image[:6] == bed.mac()
    reply = bed.agent("eeprom_get", port=0, offset=0, length=2)
    assert reply["magic"] == MAGIC
    assert int.from_bytes(image[0x16:0x18], "little") != 0


@pytest.mark.corners(without=(("vm", "net_e1000_igb"), ("twin", "net_e1000_igb")),
                     why="upstream counts in words: an odd offset gives the byte before it, and "
                         "one byte is refused")
def test_eeprom_ranges(bed, rng):
    """Odd offsets and lengths give these bytes and no other; what is beyond the end is refused."""
    length = bed.agent("eeprom_length", port=0)["length"]
    image = read(bed, 0, length)
    ranges = [(0, 1), (1, 1), (1, 2), (2, 1), (127, 2), (length - 1, 1), (length - 2, 2),
              (length - 3, 3), (1, length - 1), (0, length - 1)]
    ranges += [(at, rng.randrange(1, length - at + 1)) for at in
               (rng.randrange(length) for _ in range(10))]
    for offset, count in ranges:
        assert read(bed, offset, count) == image[offset:offset + count], (offset, count)
    for offset, count in ((0, 0), (4, 0), (length, 1), (length - 1, 2), (0, length + 1),
                          (0xffffffff, 1), (1, 0xffffffff), (0xffffffff, 0xffffffff)):
        refused(bed, "eeprom_get", errno.EINVAL, offset=offset, length=count)
        refused(bed, "eeprom_set", errno.EINVAL, offset=offset, length=count, magic=MAGIC,
                data="00" * 8)
    assert read(bed, 0, length) == image
    assert re.search(r"NVM: 2 bytes from %d: it has %d bytes" % (length - 1, length), bed.log())


@ORIEL
def test_eeprom_needs_magic(bed):
    """Without the magic nothing is written and it is counted; the log says what it is."""
    image = read(bed, 0, CHECKED)
    before = bed.counters()["mmio"]["writes"] if bed.name == "twin" else None
    for count, magic in enumerate((0, 0xffffffff, 0x808610c9, MAGIC ^ 1, 0x8086), 1):
        refused(bed, "eeprom_set", errno.EPERM, offset=0, magic=magic, data="ff")
        if before is not None:
            assert bed.counters()["mmio"]["writes"] == before
        assert nb_refused(bed) == count
        before = bed.counters()["mmio"]["writes"] if bed.name == "twin" else None
    assert read(bed, 0, CHECKED) == image
    assert "NVM write with magic 0x808610c9 refused: it is 0x10c98086" in bed.log()


@pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU has no SPI memory to write; "
                     "upstream takes any magic, counts in words and leaves the checksum wrong")
@pytest.mark.parametrize("started", [False, True], ids=["stopped", "started"])
def test_eeprom_write(bed, rng, started):
    """Odd ranges: what was given is there, neighbours stay, the checksum is right."""
    if started:
        bed.setup()
    length = bed.agent("eeprom_length", port=0)["length"]
    image = bytearray(read(bed, 0, length))
    ranges = [(0x21, 1), (0x22, 3), (0x7d, 4), (0x1ff, 66), (length - 3, 3)]
    for offset, count in ranges:
        data = rng.randbytes(count)
        bed.agent("eeprom_set", port=0, offset=offset, magic=MAGIC, data=data.hex())
        image[offset:offset + count] = data
        got = read(bed, 0, length)
        # The checksum is the driver's matter, also where a range covers it.
        assert checksum(got) == 0xbaba
        image[2 * CHECKSUM:2 * CHECKSUM + 2] = got[2 * CHECKSUM:2 * CHECKSUM + 2]
        assert got == image
    if started:
        frame = frames.raw(bed.mac(), 100)
        bed.wires[0].send(frame)
        assert bed.rx_one()["data"] == frame
    # The version is word 5.
    bed.agent("eeprom_set", port=0, offset=10, magic=MAGIC, data="3412")
    assert bed.agent("fw_version", port=0)["version"] == "1.23.4"


@pytest.mark.corners(beds=("vm",), drivers=("oriel",), why="QEMU never gives EECD.GNT: a write "
                     "that cannot be made is seen; the twin's memory can always be written")
def test_eeprom_write_fails(bed):
    """A write that fails says so in time, changes nothing, and gives all locks back."""
    image = read(bed, 0, CHECKED)
    for _ in range(2):
        refused(bed, "eeprom_set", errno.ETIMEDOUT, offset=0x20, magic=MAGIC, data="123456")
        assert read(bed, 0, CHECKED) == image
    assert "EECD.GNT does not come" in bed.log()
    bed.setup()
    assert nb_refused(bed) == 0


# --- module EEPROM --------------------------------------------------------------------------------


FIBRE = pytest.mark.twin_options("--device-id", "10e6")
ON_TWIN = pytest.mark.corners(beds=("twin",), drivers=("oriel",), why="QEMU has no SFP module; "
                              "upstream asks it without I2C_ENA, then the twin's is silent")


def module(bed, offset, length):
    """Bytes of the module's EEPROM; AssertionError if one too many was written."""
    reply = bed.agent("module_eeprom", port=0, offset=offset, length=length)
    assert reply["behind"] == "a5" * 8
    return bytes.fromhex(reply["data"])


@ON_TWIN
@FIBRE
def test_module_eeprom(bed, rng):
    """A module with diagnostics, whole and by odd ranges; the link goes on meanwhile."""
    info = bed.agent("module_info", port=0)
    assert (info["type"], info["length"]) == (2, 512)  # SFF-8472
    image = module(bed, 0, 512)
    assert image[0] == 3 and image[20:36] == b"ORIEL TWIN      "
    assert sum(image[:63]) & 0xff == image[63] and sum(image[64:95]) & 0xff == image[95]
    assert image[256 + 96:256 + 98] == b"\x1f\x80"
    bed.setup()
    for _ in range(10):
        offset = rng.randrange(512)
        length = rng.randrange(1, 513 - offset)
        assert module(bed, offset, length) == image[offset:offset + length]
    for offset, length in ((0, 0), (512, 1), (511, 2), (0, 513), (0xffffffff, 2)):
        refused(bed, "module_eeprom", errno.EINVAL, offset=offset, length=length)
    assert bed.agent("link", port=0)["up"]
    frame = frames.raw(bed.mac(), 100)
    bed.wires[0].send(frame)
    assert bed.rx_one()["data"] == frame
    # Without light the cage is without power: it has some for the reading alone.
    bed.agent("link_set", port=0, up=False)
    assert module(bed, 20, 10) == b"ORIEL TWIN"
    assert not bed.agent("link", port=0)["up"]
    bed.agent("link_set", port=0, up=True)
    bed.agent("link_wait", port=0, up=True, timeout_ms=10000)


@ON_TWIN
@pytest.mark.twin_options("--device-id", "10e7")
def test_no_module(bed):
    """A board without a cage: an error that says so, in time."""
    refused(bed, "module_info", errno.EIO)
    refused(bed, "module_eeprom", errno.EIO, length=8)
    assert "no module answers: I2CCMD.ERROR" in bed.log()
    bed.setup()


@ORIEL
def test_module_on_copper(bed):
    """A copper port has no module: said so."""
    refused(bed, "module_info", errno.ENOTSUP)
    refused(bed, "module_eeprom", errno.ENOTSUP, length=8)
    assert "a copper port has no module" in bed.log()


# --- LEDs -----------------------------------------------------------------------------------------


def reg_list():
    """(name, offset, count) of each register in oriel's dump, in its order."""
    text = REGS_H.read_text(encoding="utf-8")
    listed = re.findall(r"X\((\w+), (0x[0-9a-f]+), (\d+), \d+, \w+\)",
                        text[text.index("#define ORIEL_REG_LIST"):])
    return [(name, int(offset, 16), int(count)) for name, offset, count in listed]


def dumped(bed, offset):
    """A register of oriel's dump."""
    regs = bytes.fromhex(bed.agent("regs", port=0)["data"])
    at = 0
    for _, first, count in reg_list():
        if first == offset:
            return int.from_bytes(regs[at:at + 4], "little")
        at += 4 * count
    raise AssertionError(f"{offset:#x} is not in the list")


@ORIEL
def test_led(bed):
    """On, off, and what the LEDs showed before once the port is stopped."""
    bed.setup()
    before = dumped(bed, LEDCTL)
    assert before not in (0, 0x0e0e0e0e)
    for on, mode in ((True, 0xe), (False, 0xf), (True, 0xe)):
        bed.agent("led", port=0, on=on)
        now = dumped(bed, LEDCTL)
        assert [now >> (8 * led) & 0x8f for led in range(4)] == [mode] * 4
    bed.agent("stop", port=0)
    assert dumped(bed, LEDCTL) == before
    # Also of a port that does not run.
    bed.agent("led", port=0, on=False)
    bed.agent("start", port=0)
    bed.agent("led", port=0, on=True)
    bed.agent("stop", port=0)
    assert dumped(bed, LEDCTL) == before


# --- registers ------------------------------------------------------------------------------------


@ORIEL
def test_register_dump(bed):
    """All of the list, in its order; the version names device and layout."""
    bed.setup()
    regs = bed.agent("regs", port=0)
    assert (regs["length"], regs["width"]) == (sum(count for _, _, count in reg_list()), 4)
    assert regs["version"] == 0x10c90001
    mac = bed.mac()
    assert dumped(bed, 0x5400) == int.from_bytes(mac[:4], "little")
    assert dumped(bed, 0x5404) & 0xffff == int.from_bytes(mac[4:], "little")
    assert dumped(bed, 0x0008) & 2  # STATUS.LU
