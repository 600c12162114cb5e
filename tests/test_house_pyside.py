"""The pinned PySide6 keeps its references straight on this Python (docs/decisions/0001-versions.md)."""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

ROUNDS = 1_000
SLACK = 100
"""References the interpreter itself may take or drop meanwhile; a leak of one a round is ten times as many."""


class Bell(QObject):
    rung = Signal(bool, object)


def drift(act: Callable[[], None]) -> dict[str, int]:
    """How the reference counts of ``None``, ``True`` and ``False`` change over 1,000 rounds of ``act``."""
    for _ in range(50):
        act()
    before = {str(o): sys.getrefcount(o) for o in (None, True, False)}
    for _ in range(ROUNDS):
        act()
    return {str(o): sys.getrefcount(o) - before[str(o)] for o in (None, True, False)}


def signals(bell: Bell) -> Callable[[], None]:
    bell.rung.connect(lambda is_loud, what: None)

    def ring() -> None:
        bell.rung.emit(True, None)
        bell.rung.emit(False, True)

    return ring


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from CPython 3.12 on: nothing to count")
def test_references_to_none_and_true_stay(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    bell = Bell()
    timer = QTimer()

    def start_and_stop() -> None:
        timer.start(60_000)
        timer.stop()

    acts: dict[str, Callable[[], None]] = {
        "emit": signals(bell),
        "setText": lambda: label.setText("Laporan masuk"),
        "setVisible": lambda: label.setVisible(False),
        "timer": start_and_stop,
    }
    drifts = {name: drift(act) for name, act in acts.items()}
    assert all(abs(n) <= SLACK for counts in drifts.values() for n in counts.values()), drifts


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from CPython 3.12 on: nothing to count")
def test_a_leak_would_be_seen() -> None:
    kept: list[None] = []
    assert drift(lambda: kept.append(None))["None"] >= ROUNDS - SLACK
