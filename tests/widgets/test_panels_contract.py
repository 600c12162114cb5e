"""What every panel must bear: to be built, told anything, resized, aged, and taken away, with no text out of place."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, QObject
from pytestqt.qtbot import QtBot

import widgets.panels
from feeds.messages.freshness import Freshness
from feeds.messages.header import Delivery
from tests.widgets import samples, samples_deadlines, samples_figures, samples_surroundings
from tests.widgets.staging import OneSlot, RecordingCanvas, grab
from widgets.frame import PanelFrame
from widgets.panel import FrameStatus, Panel, PanelSpec

NAMES = sorted(module.name for module in pkgutil.iter_modules(widgets.panels.__path__))
SPECS: dict[str, PanelSpec] = {name: importlib.import_module(f"widgets.panels.{name}").PANEL for name in NAMES}
# A native panel is a page in a window of its own: its tests run it in a process of their own.
PAINTED = [name for name, spec in SPECS.items() if not spec.is_native]

SIZES = ((320, 180), (400, 300), (632, 396), (616, 836), (960, 540), (1200, 396), (1856, 220), (1856, 536), (3840, 2160))
SMALL = 0.25
"""Positions are in wall units, so a small picture shows all of them and is soon painted."""

STATUSES = (
    FrameStatus(freshness=Freshness.WAITING),
    FrameStatus(freshness=Freshness.LATE, age_s=75.0),
    FrameStatus(freshness=Freshness.STALE, age_s=260.0),
    FrameStatus(freshness=Freshness.OFFLINE, age_s=20.0),
    FrameStatus(freshness=Freshness.LIVE, is_simulated=True),
    FrameStatus(freshness=Freshness.STALE, age_s=260.0, is_simulated=True),
    FrameStatus(freshness=Freshness.LIVE, fresh_of=(1, 2)),
)


def publish_ordinary(slot: OneSlot) -> None:
    samples.publish_picture_state(slot)
    samples_figures.publish_figures(slot)
    samples_surroundings.publish_surroundings(slot)
    samples_surroundings.publish_applications(slot)
    samples_surroundings.publish_sources(slot)
    samples_deadlines.publish_deadlines(slot)


def publish_extremes(slot: OneSlot) -> None:
    samples.publish_extremes(slot)
    samples_figures.publish_odd_figures(slot)
    samples_surroundings.publish_odd_surroundings(slot)
    samples_surroundings.publish_odd_applications(slot)
    samples_surroundings.publish_odd_sources(slot)
    samples_deadlines.publish_odd_deadlines(slot)


PUBLISHERS: dict[str, Callable[[OneSlot], None]] = {
    "ordinary": publish_ordinary,
    "extremes": publish_extremes,
    "nothing": lambda slot: None,
}


@pytest.fixture
def keep(qtbot: QtBot) -> Iterator[Callable[[PanelFrame], PanelFrame]]:
    """Frames given to it are closed at the end of the test."""
    held: list[PanelFrame] = []

    def add(frame: PanelFrame) -> PanelFrame:
        held.append(frame)
        return frame

    yield add
    for frame in held:
        frame.close()
        frame.deleteLater()


def faults(canvas: RecordingCanvas, floor: float = 36.0) -> list[str]:
    """Texts outside the panel, over one another, or too small; as tools of the pictures measure it (wall.html#check)."""
    found: list[str] = []
    for text, box, size in canvas.texts:
        if size < floor:
            found.append(f"small {size}: {text!r}")
        if box.left() < -1 or box.right() > canvas.width + 1 or box.top() < -2 or box.bottom() > canvas.height + 3:
            found.append(f"outside {box.getRect()} of {canvas.width}x{canvas.height}: {text!r}")
    for (one, a, size_a), (other, b, size_b) in combinations(canvas.texts, 2):
        wide = min(a.right(), b.right()) - max(a.left(), b.left())
        high = min(a.bottom(), b.bottom()) - max(a.top(), b.top())
        if wide > 2 and high > 0.42 * min(size_a, size_b):
            found.append(f"overlap {wide:.0f}x{high:.0f}: {one!r} | {other!r}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_spec_names_itself_and_its_topics(name: str) -> None:
    spec = SPECS[name]
    assert spec.key == name
    assert issubclass(spec.panel, Panel)
    assert spec.chrome in ("titled", "bare", "clear")
    assert spec.chip_corner in ("top", "middle", "bottom")
    spec.options()
    for topic in spec.topics:
        handler = getattr(spec.panel, "on_" + topic.name.replace(".", "_"), None)
        assert handler is not None or spec.panel.on_messages is not Panel.on_messages, f"{name} hears {topic.name} and does nothing with it"


@pytest.mark.parametrize("state", PUBLISHERS)
@pytest.mark.parametrize("name", PAINTED)
def test_no_text_is_lost_or_over_another_at_any_size(name: str, state: str, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    spec = SPECS[name]
    found: list[str] = []
    for width, height in SIZES:
        if width < spec.min_size[0] or height < spec.min_size[1]:
            continue
        slot = OneSlot()
        PUBLISHERS[state](slot)
        frame = keep(slot.frame(spec, width, height, scale=SMALL))
        slot.tick()
        found += [f"{width}x{height}: {fault}" for fault in faults(slot.record(frame))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PAINTED)
def test_every_freshness_finds_its_place(name: str, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    spec = SPECS[name]
    found: list[str] = []
    for width, height in ((632, 540), (1856, 220)):
        if width < spec.min_size[0] or height < spec.min_size[1]:
            continue
        slot = OneSlot()
        publish_ordinary(slot)
        frame = keep(slot.frame(spec, width, height, scale=SMALL))
        for status in STATUSES:
            frame.set_status(status)
            found += [f"{width}x{height} {status.freshness}: {fault}" for fault in faults(slot.record(frame))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scale", [0.3, 1.3, 2.0])
@pytest.mark.parametrize("name", PAINTED)
def test_paints_at_every_scale(name: str, scale: float, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    """The same drawing at another scale: what has ink at one has ink at the other."""
    slot = OneSlot()
    publish_ordinary(slot)
    frame = keep(slot.frame(SPECS[name], 960, 540, scale=scale))
    image = grab(frame)
    assert (image.width(), image.height()) == (round(960 * scale), round(540 * scale))
    shades = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(shades) > 10


@pytest.mark.parametrize("name", PAINTED)
def test_stale_and_back_is_the_same_picture(name: str, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    slot = OneSlot()
    publish_ordinary(slot)
    frame = keep(slot.frame(SPECS[name], 960, 540, scale=SMALL))
    slot.tick()
    live = grab(frame)
    frame.set_status(STATUSES[2])
    stale = grab(frame)
    frame.set_status(FrameStatus(freshness=Freshness.LIVE, age_s=1.0))
    assert grab(frame) == live
    if SPECS[name].chrome != "clear":
        assert stale != live


@pytest.mark.parametrize("name", PAINTED)
def test_what_is_gone_leaves_nothing_behind(name: str, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    """A tombstone for every key brings back the empty panel, but for events, which are never taken back."""
    spec = SPECS[name]
    if any(topic.delivery is Delivery.EVERY for topic in spec.topics) or name in ("header", "cameras"):
        pytest.skip("shows events, or what the city folder says")
    slot = OneSlot()
    publish_ordinary(slot)
    frame = keep(slot.frame(spec, 960, 540, scale=SMALL))
    assert frame.panel is not None
    for topic in spec.topics:
        gone = slot.publish(topic, *((key, None) for key in list(slot.latest.get(topic.name, {}))))
        frame.panel.on_messages(topic, gone)
    slot.latest.clear()
    slot.tick()
    bare = OneSlot()
    empty = keep(bare.frame(spec, 960, 540, scale=SMALL))
    bare.tick()
    assert slot.texts_of_panel(frame) == bare.texts_of_panel(empty)


@pytest.mark.parametrize("name", PAINTED)
def test_a_failure_is_said_in_its_slot_and_recovers(name: str, keep: Callable[[PanelFrame], PanelFrame]) -> None:
    slot = OneSlot()
    publish_ordinary(slot)
    frame = keep(slot.frame(SPECS[name], 632, 540))
    frame.fail("Panel tidak dapat digambar", "Lihat log dinding")
    canvas = slot.record(frame)
    assert not faults(canvas)
    words = " ".join(text for text, _, _ in canvas.texts)
    assert "Panel tidak dapat digambar" in words
    assert "Lihat log dinding" in words
    frame.recover()
    frame.set_status(FrameStatus(freshness=Freshness.LIVE, age_s=1.0))
    assert not frame.is_failed


@pytest.mark.parametrize("name", PAINTED)
def test_goes_away_whole(name: str, qtbot: QtBot) -> None:
    """The panel dies with its frame; nothing of it stays a window."""
    slot = OneSlot()
    publish_ordinary(slot)
    frame = slot.frame(SPECS[name], 960, 540)
    gone: list[QObject | None] = []
    assert frame.panel is not None
    frame.panel.destroyed.connect(lambda: gone.append(None))
    frame.deleteLater()
    from PySide6.QtCore import QCoreApplication

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert gone == [None]
