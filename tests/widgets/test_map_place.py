"""The map's page is told at once that its panel stands elsewhere, though it still owes an answer. Without a browser."""

import json
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.widgets.staging import OneSlot
from widgets.panels.map import MapOptions, MapPanel


class SlowPage(QWidget):
    """Takes what it is sent and answers nothing."""

    ready = Signal()
    failed = Signal(str)
    said = Signal(dict)
    shown = Signal()

    def __init__(self, _page: str, _served: Any, _token: str, _ground: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_ready = True
        self.sent: list[dict[str, Any]] = []

    def send(self, payload: str) -> None:
        self.sent.append(json.loads(payload))

    def probe(self) -> None: ...


def test_the_page_hears_of_another_place_before_it_has_answered(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgets.panels.map.WebPage", SlowPage)
    # For ever: nothing but the urgent goes out while the page owes an answer.
    monkeypatch.setattr("widgets.panels.map.ANSWER_MS", 10**8)
    panel = MapPanel(msgspec.structs.replace(OneSlot().context(), options=MapOptions()))
    qtbot.addWidget(panel)
    page = panel.page
    assert isinstance(page, SlowPage)
    page.ready.emit()
    qtbot.waitUntil(lambda: len(page.sent) == 1)
    panel.set_seams(((10.0, 0.0, 6.0, 100.0),))
    qtbot.waitUntil(lambda: len(page.sent) == 2)
    assert page.sent[1]["seams"] == [[10.0, 0.0, 6.0, 100.0]]
    panel.set_options(MapOptions(labels=False))
    qtbot.waitUntil(lambda: len(page.sent) == 3)
    assert page.sent[2]["options"]["labels"] is False


def test_a_page_that_does_not_answer_is_kept_for_another_layout(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgets.panels.map.WebPage", SlowPage)
    panel = MapPanel(msgspec.structs.replace(OneSlot().context(), options=MapOptions()))
    qtbot.addWidget(panel)
    assert not panel.is_mending()
    panel.silent_ms = -1
    panel.page.ready.emit()

    def judged() -> bool:
        panel._judge_page()
        return panel.is_mending()

    qtbot.waitUntil(judged)


def test_a_page_that_failed_is_made_anew_by_another_layout(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgets.panels.map.WebPage", SlowPage)
    panel = MapPanel(msgspec.structs.replace(OneSlot().context(), options=MapOptions()))
    qtbot.addWidget(panel)
    panel.page.failed.emit("not ready")
    assert not panel.is_mending()
