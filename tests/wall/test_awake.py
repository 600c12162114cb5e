"""The screen saver is held off while the wall runs and afterwards set as it was."""

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from controlroom.wall.awake import Awake, Saver, read_saver


def answer(timeout: int, cycle: int, dpms: str) -> str:
    return (
        f"Screen Saver:\n  prefer blanking:  yes    allow exposures:  yes\n  timeout:  {timeout}    cycle:  {cycle}\nColors:\n"
        f"DPMS (Display Power Management Signaling):\n  Standby: 600    Suspend: 700    Off: 800\n  {dpms}\n"
    )


@pytest.mark.parametrize(
    ("said", "saver"),
    [
        (answer(600, 500, "DPMS is Enabled\n  Monitor is On"), Saver(600, 500, True)),
        (answer(0, 600, "DPMS is Disabled"), Saver(0, 600, False)),
        (answer(300, 600, "Server does not have the DPMS Extension"), Saver(300, 600, False)),
        ("", None),
        ("timeout: soon", None),
    ],
)
def test_what_xset_says_is_read(said: str, saver: Saver | None) -> None:
    assert read_saver(said) == saver


@pytest.fixture
def xset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ``xset`` that answers with the file ``said`` and writes down what it was told."""
    tool = tmp_path / "xset"
    tool.write_text(f'#!/bin/sh\nif [ "$1" = q ]; then cat {tmp_path}/said; else echo "$*" >> {tmp_path}/told; fi\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    return tmp_path


@pytest.mark.parametrize(
    ("said", "held", "restored"),
    [
        (answer(600, 500, "DPMS is Enabled"), ["s off", "-dpms"], ["s 600 500", "+dpms"]),
        (answer(600, 500, "DPMS is Disabled"), ["s off"], ["s 600 500"]),
        (answer(0, 600, "DPMS is Enabled"), ["-dpms"], ["+dpms"]),
        (answer(0, 600, "DPMS is Disabled"), [], []),
        ("nothing", [], []),
    ],
)
def test_only_what_was_on_is_switched_off_and_on_again(xset: Path, said: str, held: list[str], restored: list[str]) -> None:
    (xset / "said").write_text(said)
    told = xset / "told"
    told.touch()
    awake = Awake()
    awake.hold()
    assert told.read_text().splitlines() == held
    told.write_text("")
    awake.release()
    awake.release()
    assert told.read_text().splitlines() == restored
