"""Recorded EDIDs of real monitors, given to a real X output, read by Qt, and matched: what a wall.toml's serial has to say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from controlroom.wall.screens import ScreenFacts, match_screens
from controlroom.wall.virtual import VirtualWall
from feeds.messages.layout import Monitor, Wall

# Base blocks as the drivers of their owners' machines gave them (published with xrandr and autorandr profiles); bytes, no text of anybody's.
DELL_U2412M = (
    "00ffffffffffff0010ac7ba04c31543035150104a53420783aee95a3544c99260f5054a1080081408180a940b300d1c0"
    "010101010101283c80a070b023403020360006442100001a000000ff004d324743523143533054314c0a000000fc0044"
    "454c4c2055323431324d0a20000000fd00323d1e5311000a2020202020200096"
)
DELL_P2414H = (
    "00ffffffffffff0010ac9ba04c4555312617010380351e78eaa0a5a656529d270f5054a54b00714f8180a9c0d1c00101"
    "010101010101023a801871382d40582c45000f292100001e000000ff003336574a583339483155454c0a000000fc0044"
    "454c4c205032343134480a20000000fd00384c1e5311000a20202020202000ce"
)
BOE_PANEL = (
    "00ffffffffffff0009e55f0900000000171d0104a51c137803de50a3544c99260f505400000001010101010101010101"
    "010101010101115cd01881e02d50302036001dbe1000001aa749d01881e02d50302036001dbe1000001a000000fe0042"
    "4f452043510a202020202020000000fe004e4531333546424d2d4e34310a00fb"
)
"""A built-in panel: serial number 0 and no text for one."""

SHOW = "import json;from PySide6.QtGui import QGuiApplication as G;a=G([]);print(json.dumps([(s.name(), s.serialNumber()) for s in a.screens()]))"


def monitor(name: str, *, serial: str | None = None, connector: str | None = None) -> Monitor:
    return Monitor(name=name, place=(0, 0), pixels=(1920, 1080), size_mm=(527, 297), serial=serial, connector=connector)


def serial_on(virtual: VirtualWall, edid: str, root: Path) -> str:
    """What Qt says the serial of the first screen is when its output has that EDID."""
    environment = virtual.environment()
    subprocess.run([sys.executable, "-m", "tests.fakes.output_edid", edid], env=environment, cwd=root, check=True, timeout=30)
    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)[0][1]


@pytest.mark.parametrize("edid", [DELL_U2412M, DELL_P2414H, BOE_PANEL])
def test_the_recorded_blocks_are_whole(edid: str) -> None:
    block = bytes.fromhex(edid)
    assert len(block) == 128
    assert sum(block) % 256 == 0


@pytest.mark.xvfb
def test_qt_reads_the_serial_of_a_recorded_edid_and_it_finds_its_monitor(root: Path) -> None:
    with VirtualWall([monitor("a")]) as virtual:
        serials = [serial_on(virtual, edid, root) for edid in (DELL_U2412M, DELL_P2414H, BOE_PANEL)]
    assert serials == ["M2GCR1CS0T1L", "36WJX39H1UEL", ""]
    wall = Wall(
        name="w",
        farthest_seat_m=5,
        nearest_seat_m=3,
        monitor=(monitor("left", serial="M2GCR1CS0T1L"), monitor("right", serial="36WJX39H1UEL"), monitor("own", connector="eDP-1")),
    )
    connectors = ("DP-2", "DP-1", "eDP-1")
    screens = [
        ScreenFacts(connector=connector, geometry=(1920 * n, 0, 1920, 1080), serial=serial)
        for n, (connector, serial) in enumerate(zip(connectors, serials, strict=True))
    ]
    for order in (screens, screens[::-1]):
        assert {name: found.connector if found else None for name, found in match_screens(wall, order).items()} == {
            "left": "DP-2",
            "right": "DP-1",
            "own": "eDP-1",
        }
    exchanged = [
        ScreenFacts(connector="DP-2", geometry=(0, 0, 1920, 1080), serial=serials[1]),
        ScreenFacts(connector="DP-1", geometry=(1920, 0, 1920, 1080), serial=serials[0]),
    ]
    found = match_screens(wall, exchanged)
    assert (found["left"], found["right"], found["own"]) == (exchanged[1], exchanged[0], None)
