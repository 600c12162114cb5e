"""A panel that fails at a message shows it in its slot only, says so in the wall's state, and comes back with the next good message."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub, Subscription
from controlroom.live.mailbox import Parcel
from controlroom.wall.display import WallDisplay
from controlroom.wall.geometry import Place
from controlroom.wall.hearing import Hearing
from controlroom.wall.layouts import read_layout, read_wall
from controlroom.wall.loader import BuiltSlot, SlotBuilder
from controlroom.wall.screens import ScreenFacts
from controlroom.wall.window import WallWindow
from feeds.messages.field import PRESENCE
from feeds.messages.header import Delivery, Message, Quality, Topic
from feeds.messages.layout import Layout
from feeds.messages.report import TICKER
from tests.widgets import samples
from tests.widgets.staging import NOW, ROOT, OneSlot
from widgets.panels import presence


class OneBuilt(SlotBuilder):
    """Builds the presence panel, whatever the layout says."""

    def __init__(self, slot: OneSlot, monitors: tuple[str, ...] = ("kiri-atas",)) -> None:
        self._slot = slot
        self._monitors = monitors

    def build(self, layout: Layout, path: Path | None, parent: QWidget, standing: Sequence[BuiltSlot] = ()) -> list[BuiltSlot]:
        frame = self._slot.frame(presence.PANEL, 632, 396)
        frame.setParent(parent)
        place = Place(rect=(0, 0, 632, 396), monitors=self._monitors, seams=())
        return [BuiltSlot(0, layout.slot[0], place, frame, presence.PANEL)]


def test_a_fault_at_a_message_is_said_in_the_slot_and_heals(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    known = list(slot.latest[PRESENCE.name].values())
    hub = Hub(FreshnessBook("live", monotonic_s=lambda: 0.0), now=lambda: NOW, monotonic_ms=lambda: 0.0)
    window = WallWindow("Live Room", "#000000")
    qtbot.addWidget(window)
    wall = read_wall(ROOT / "assets" / "walls" / "virtual-2x2.toml")
    display = WallDisplay(wall, window, hub, OneBuilt(slot), now=lambda: NOW, tr=lambda text: f"<{text}>")
    path = ROOT / "layouts" / "harian.toml"
    display.show_layout(read_layout(path), path)
    built = display.slots[0]

    def break_down(messages: Sequence[Message[Any]]) -> None:
        raise ZeroDivisionError("expected 0")

    with capture_logs() as log, monkeypatch.context() as broken:
        broken.setattr(built.frame.panel, "on_presence", break_down)
        _deliver(display, hub, known)
        _deliver(display, hub, known)
        assert built.frame.is_failed
        assert display.state().slots[0].state == "error"
        assert display.state().slots[0].note == "ZeroDivisionError: expected 0"
        assert built.frame.status.error == "<Panel ini gagal>: ZeroDivisionError: expected 0"
        assert built.frame.status.remedy == "<lihat log dinding>"
    assert [line["event"] for line in log].count("panel failed") == 1, "the same fault is not told with every batch"
    _deliver(display, hub, known)
    assert not built.frame.is_failed
    assert display.state().slots[0].note is None
    display.close()
    hub.close()
    window.may_close = True
    window.close()
    display.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def display(qtbot: QtBot) -> Iterator[WallDisplay]:
    """A display of the 2x2 wall on the one screen of the offscreen platform, with one slot over two monitors."""
    slot = OneSlot()
    hub = Hub(FreshnessBook("live", monotonic_s=lambda: 0.0), now=lambda: NOW, monotonic_ms=lambda: 0.0)
    window = WallWindow("Live Room", "#000000")
    qtbot.addWidget(window)
    wall = read_wall(ROOT / "assets" / "walls" / "virtual-2x2.toml")
    builder = OneBuilt(slot, ("kiri-atas", "kanan-atas"))
    shown = WallDisplay(wall, window, hub, builder, now=lambda: NOW, tr=lambda text: text)
    path = ROOT / "layouts" / "harian.toml"
    shown.show_layout(read_layout(path), path)
    yield shown
    shown.close()
    hub.close()
    window.may_close = True
    window.close()
    shown.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_slot_over_two_monitors_says_which_of_them_is_gone(display: WallDisplay) -> None:
    lit = ScreenFacts(connector="A", geometry=(0, 0, 1920, 1080))
    display.matched = dict.fromkeys(display.matched) | {"kiri-atas": lit}
    slot = display.state().slots[0]
    assert (slot.screen, slot.note) == ("kiri-atas", "missing: kanan-atas")
    display.matched |= {"kanan-atas": lit}
    assert display.state().slots[0].note is None
    display.matched = dict.fromkeys(display.matched)
    assert display.state().slots[0].state == "missing: no monitor"


def test_a_card_that_stands_on_no_monitor_is_an_error_and_not_a_missing_monitor(display: WallDisplay) -> None:
    built = display.slots[0]
    built.place, built.problem = Place(rect=(0, 0, 1, 1), monitors=(), seams=()), "outside the grid"
    slot = display.state().slots[0]
    assert (slot.state, slot.note) == ("error", "outside the grid")


def test_monitors_without_a_screen_and_screens_without_a_monitor_are_told_at_the_start(display: WallDisplay) -> None:
    named = structs.replace(display.wall, monitor=tuple(structs.replace(m, connector=f"DP-{m.name}") for m in display.wall.monitor))
    with capture_logs() as log:
        other = WallDisplay(named, display.window, display._hub, display._builder, now=lambda: NOW, tr=lambda text: text)
    other.close()
    other.deleteLater()
    said = [(line["event"], line.get("monitor")) for line in log]
    assert ("monitor has no screen", "kiri-atas") in said
    assert ("screen is no monitor of the wall", None) in said


def one(topic: Topic[Any], key: str, seq: int, body: object) -> Message[Any]:
    return Message(seq=seq, epoch="e", key=key, source="test", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=body)


class Keeping:
    """A panel with a state of its own, as the map has: it is told only what changes. Raises while ``is_broken``."""

    def __init__(self) -> None:
        self.is_broken = False
        self.bodies: dict[str, Any] = {}
        self.events: list[Any] = []

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        if self.is_broken:
            raise ZeroDivisionError("expected")
        if topic.delivery is Delivery.EVERY:
            self.events += [message.body for message in messages]
            return
        for message in messages:
            if message.body is None:
                self.bodies.pop(message.key, None)
            else:
                self.bodies[message.key] = message.body


def test_a_panel_that_keeps_its_own_state_misses_nothing_of_what_it_failed_at(qtbot: QtBot) -> None:
    hub = Hub(FreshnessBook("live", monotonic_s=lambda: 0.0), now=lambda: NOW, monotonic_ms=lambda: 0.0)
    panel, recoveries, faults = Keeping(), list[int](), list[BaseException]()
    hearing = Hearing(panel, hub.latest, lambda: recoveries.append(1))
    subscription = Subscription((PRESENCE, TICKER), 0, hearing.receive, faults.append)
    hub.subscribe(subscription)

    def deliver(topic: Topic[Any], *messages: Message[Any]) -> None:
        subscription.delivered_at_ms = -1e9
        hub.deliver([Parcel(topic=topic, messages=list(messages))])

    deliver(PRESENCE, one(PRESENCE, "stays", 1, "stays"), one(PRESENCE, "goes", 2, "goes"))
    deliver(TICKER, one(TICKER, "t", 1, "first"))
    panel.is_broken = True
    deliver(PRESENCE, one(PRESENCE, "missed", 3, "missed"), one(PRESENCE, "goes", 4, None))
    deliver(PRESENCE, one(PRESENCE, "missed too", 5, "missed too"))
    deliver(TICKER, one(TICKER, "t", 2, "second"))
    assert len(faults) == 3
    panel.is_broken = False
    deliver(TICKER, one(TICKER, "t", 3, "third"))
    assert panel.events == ["first", "second", "third"]
    assert recoveries == [], "it still lacks what the other topic brought"
    deliver(PRESENCE, one(PRESENCE, "new", 6, "new"))
    assert sorted(panel.bodies) == ["missed", "missed too", "new", "stays"]
    assert recoveries == [1]
    hub.close()


def _deliver(display: WallDisplay, hub: Hub, messages: list[Message[Any]]) -> None:
    """As the mailbox hands them over, with the rate limit out of the way."""
    for built in display.slots:
        assert built.ear is not None
        built.ear.delivered_at_ms = -1e9
    hub.deliver([Parcel(topic=PRESENCE, messages=messages)])
