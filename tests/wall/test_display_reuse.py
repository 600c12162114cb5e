"""Another layout takes over what it shares with the one that stands, builds the rest before the old goes, and leaves nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from controlroom.live.mailbox import Parcel
from controlroom.wall.loader import BuiltSlot
from feeds.messages.field import PRESENCE
from feeds.messages.layout import Layout
from tests.wall.small_wall import Opted, SmallWall, a_layout, a_message
from widgets.frame import PanelFrame

WHOLE, LEFT, RIGHT = (0, 0, 2, 2), (0, 0, 1, 2), (1, 0, 1, 2)


@pytest.fixture
def wall(qtbot: QtBot, tmp_path: Path) -> Iterator[SmallWall]:
    opened = SmallWall(tmp_path)
    yield opened
    opened.close()


def show(wall: SmallWall, layout: Layout) -> list[BuiltSlot]:
    wall.display.show_layout(layout)
    return list(wall.display.slots)


def settle() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_what_is_equal_moves_and_the_rest_is_built(wall: SmallWall) -> None:
    wall.window.show()
    plain, red = show(wall, a_layout(("plain", WHOLE), ("opted", (2, 0, 2, 2), {"colour": "red"})))
    frames = plain.frame, red.frame
    first, second, third = show(wall, a_layout(("opted", LEFT), ("plain", RIGHT), ("opted", (2, 2, 2, 2), {"colour": "red"})))
    assert (second.frame, third.frame) == frames
    assert first.frame not in frames
    assert [built.index for built in wall.display.slots] == [0, 1, 2]
    assert [built.frame.geometry().getRect() for built in wall.display.slots] == [built.place.rect for built in wall.display.slots]
    assert second.slot.cell == RIGHT
    assert wall.panels()[1].size() == second.frame.size()


def test_of_several_alike_the_one_in_its_place_stays(wall: SmallWall) -> None:
    left, right = show(wall, a_layout(("plain", LEFT), ("plain", RIGHT)))
    frames = left.frame, right.frame
    again = show(wall, a_layout(("plain", RIGHT), ("plain", LEFT)))
    assert [built.frame for built in again] == [frames[1], frames[0]]
    assert [panel.told for panel in wall.panels()] == [[], []]


def test_other_options_build_anew_but_for_a_panel_that_takes_them(wall: SmallWall) -> None:
    opted, page = show(wall, a_layout(("opted", LEFT), ("page", (2, 0, 2, 4))))
    was_opted, was_page = opted.frame, page.frame
    opted, page = show(wall, a_layout(("opted", LEFT, {"colour": "red"}), ("page", (2, 0, 2, 2), {"colour": "red"})))
    assert opted.frame is not was_opted
    assert page.frame is was_page
    panel = wall.panels()[1]
    assert (panel.ctx.options, page.options) == (Opted(colour="red"), Opted(colour="red"))


def test_the_seams_of_its_new_place_are_told(wall: SmallWall) -> None:
    show(wall, a_layout(("page", WHOLE)))
    panel = wall.panels()[0]
    assert panel.ctx.seams == ()
    show(wall, a_layout(("page", (0, 0, 4, 2))))
    assert wall.panels() == [panel]
    assert panel.ctx.seams == wall.display.slots[0].place.seams_u() != ()
    assert panel.told[-1] == "seams"


def test_another_scale_builds_anew(wall: SmallWall) -> None:
    """Finer pixels on the right: the same panel there has larger type."""
    fine = structs.replace(wall.wall, monitor=tuple(
        structs.replace(m, size_mm=(m.size_mm[0] / 2, m.size_mm[1] / 2)) if m.place[0] == 1 else m for m in wall.wall.monitor
    ))  # fmt: skip
    wall.display._builder.set_wall(fine)
    (plain,) = show(wall, a_layout(("plain", WHOLE)))
    frame = plain.frame
    (plain,) = show(wall, a_layout(("plain", (2, 0, 2, 2))))
    assert plain.frame is not frame


def test_a_failed_panel_is_built_anew(wall: SmallWall) -> None:
    (plain,) = show(wall, a_layout(("plain", WHOLE)))
    frame = plain.frame
    frame.fail("gagal", "lihat log dinding")
    (plain,) = show(wall, a_layout(("plain", WHOLE)))
    assert plain.frame is not frame


def test_a_page_that_comes_back_by_itself_is_kept_and_one_that_failed_is_not(wall: SmallWall) -> None:
    (page,) = show(wall, a_layout(("page", WHOLE)))
    frame, panel = page.frame, wall.panels()[0]
    panel.told.append("mending")
    frame.fail("tidak menjawab", "lihat log dinding")
    (page,) = show(wall, a_layout(("page", (0, 0, 4, 2))))
    assert page.frame is frame
    show(wall, a_layout(("plain", WHOLE)))
    (page,) = show(wall, a_layout(("page", WHOLE)))
    assert page.frame is frame
    panel.told.remove("mending")
    (page,) = show(wall, a_layout(("page", (0, 0, 4, 2))))
    assert page.frame is not frame


def test_a_panel_that_raises_at_its_options_is_built_anew(wall: SmallWall, monkeypatch: pytest.MonkeyPatch) -> None:
    page, _ = show(wall, a_layout(("page", LEFT), ("plain", RIGHT)))
    frame, panel = page.frame, wall.panels()[0]
    monkeypatch.setattr(panel, "set_options", lambda _options: 1 / 0)
    page, plain = show(wall, a_layout(("page", LEFT, {"colour": "red"}), ("plain", RIGHT)))
    assert page.frame is not frame
    assert (page.problem, page.options, wall.panels()[0].ctx.options) == (None, Opted(colour="red"), Opted(colour="red"))
    assert plain.problem is None
    assert wall.faults == ["slot 1 (page)"]
    settle()
    assert not shiboken6.isValid(frame)


def test_a_new_panel_gets_what_the_hub_holds_and_a_standing_one_is_not_told_again(wall: SmallWall) -> None:
    show(wall, a_layout(("plain", WHOLE)))
    wall.hub.deliver([Parcel(topic=PRESENCE, messages=[a_message(PRESENCE, "kantor", {})])])
    show(wall, a_layout(("plain", RIGHT), ("opted", LEFT)))
    told = [[word for word in panel.told if word != "seams"] for panel in wall.panels()]
    assert told == [[("presence", ["kantor"])], [("presence", ["kantor"])]]


def test_what_is_not_taken_over_leaves_nothing(wall: SmallWall) -> None:
    before = show(wall, a_layout(("plain", WHOLE), ("opted", (2, 0, 2, 2))))
    frame, ear = before[1].frame, before[1].ear
    show(wall, a_layout(("plain", WHOLE), ("watching", (2, 0, 2, 2))))
    assert not wall.display.slots[1].frame.isHidden()
    assert frame.isHidden()
    assert ear not in wall.hub._subscriptions
    assert len(wall.hub._subscriptions) == 2
    settle()
    assert not shiboken6.isValid(frame)


def test_a_native_panel_waits_for_a_layout_that_has_one_again(wall: SmallWall) -> None:
    (page,) = show(wall, a_layout(("page", WHOLE)))
    frame, panel = page.frame, wall.panels()[0]
    show(wall, a_layout(("plain", WHOLE)))
    assert frame.isHidden()
    assert panel.told == ["parked"]
    wall.hub.deliver([Parcel(topic=PRESENCE, messages=[a_message(PRESENCE, "kantor", {})])])
    show(wall, a_layout(("opted", WHOLE)))
    settle()
    (page,) = show(wall, a_layout(("page", (2, 0, 2, 2), {"colour": "red"})))
    assert page.frame is frame
    assert not frame.isHidden()
    assert panel.told == ["parked", ("presence", ["kantor"]), Opted(colour="red"), "seams", "unparked"]


def test_at_most_one_waits_and_none_beside_one_that_is_shown(wall: SmallWall) -> None:
    first, second = show(wall, a_layout(("page", LEFT), ("page", RIGHT)))
    frames = first.frame, second.frame
    show(wall, a_layout(("plain", WHOLE)))
    settle()
    assert [shiboken6.isValid(frame) for frame in frames] == [True, False]
    show(wall, a_layout(("page", LEFT)))
    show(wall, a_layout(("page", LEFT), ("page", RIGHT)))
    show(wall, a_layout(("page", RIGHT)))
    settle()
    assert len(wall.hub._subscriptions) == 1


def test_one_of_each_kind_that_is_slow_to_build_waits(wall: SmallWall) -> None:
    page, chart, other = show(wall, a_layout(("page", LEFT), ("chart", RIGHT), ("chart", (2, 0, 2, 2))))
    frames = page.frame, chart.frame
    for layout in (a_layout(("plain", WHOLE)), a_layout(("opted", WHOLE))):
        show(wall, layout)
        settle()
        assert all(shiboken6.isValid(frame) and frame.isHidden() for frame in frames)
        assert not shiboken6.isValid(other.frame)
        assert len(wall.hub._subscriptions) == 3
    again = show(wall, a_layout(("chart", LEFT), ("page", RIGHT)))
    assert {built.frame for built in again} == set(frames)
    assert not any(frame.isHidden() for frame in frames)
    wall.display.close()
    assert not wall.hub._subscriptions


def test_one_that_waited_hears_on_but_counts_as_painted_only_once_it_stands_again(wall: SmallWall, qtbot: QtBot) -> None:
    wall.window.show()
    show(wall, a_layout(("chart", WHOLE)))
    (panel,) = wall.panels()
    qtbot.waitUntil(lambda: not wall.display.unpainted())
    show(wall, a_layout(("plain", WHOLE)))
    wall.hub.deliver([Parcel(topic=PRESENCE, messages=[a_message(PRESENCE, "kantor", {})])])
    assert panel.told == ["parked", ("presence", ["kantor"])]
    show(wall, a_layout(("chart", WHOLE)))
    assert wall.panels() == [panel]
    assert wall.display.unpainted() == ["chart"]
    qtbot.waitUntil(lambda: not wall.display.unpainted())


def test_one_that_fails_while_it_waits_is_not_shown_again(wall: SmallWall, monkeypatch: pytest.MonkeyPatch) -> None:
    (chart,) = show(wall, a_layout(("chart", WHOLE)))
    frame, panel = chart.frame, wall.panels()[0]
    show(wall, a_layout(("plain", WHOLE)))
    monkeypatch.setattr(panel, "on_messages", lambda _topic, _messages: 1 / 0)
    wall.hub.deliver([Parcel(topic=PRESENCE, messages=[a_message(PRESENCE, "kantor", {})])])
    (chart,) = show(wall, a_layout(("chart", WHOLE)))
    assert (chart.frame is frame, chart.problem) == (False, None)
    settle()
    assert not shiboken6.isValid(frame)


def test_what_waited_is_painted_whole_at_once_and_only_once(wall: SmallWall, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the former panels left a gap, too: nothing there is painted anew for their going."""
    painted: list[tuple[PanelFrame, QRegion]] = []
    paint = PanelFrame.paintEvent

    def watched(frame: PanelFrame, event: QPaintEvent) -> None:
        painted.append((frame, QRegion(event.region())))
        paint(frame, event)

    monkeypatch.setattr(PanelFrame, "paintEvent", watched)
    wall.display.place_window()
    wall.window.show()
    show(wall, a_layout(("chart", WHOLE)))
    qtbot.waitUntil(lambda: not wall.display.unpainted())
    show(wall, a_layout(("plain", (0, 0, 2, 1)), ("plain", (0, 1, 2, 1))))
    qtbot.waitUntil(lambda: not wall.display.unpainted())
    QCoreApplication.processEvents()
    painted.clear()
    (chart,) = show(wall, a_layout(("chart", WHOLE)))
    qtbot.waitUntil(lambda: not wall.display.unpainted())
    QCoreApplication.processEvents()
    assert painted == [(chart.frame, QRegion(chart.frame.rect()))]


def test_it_tells_that_another_layout_stands_and_when_all_of_it_is_painted(wall: SmallWall, qtbot: QtBot) -> None:
    changed, painted = QSignalSpy(wall.display.layout_changed), QSignalSpy(wall.display.layout_painted)
    wall.display.place_window()
    show(wall, a_layout(("plain", WHOLE)))
    assert (changed.count(), painted.count()) == (1, 0)
    wall.window.show()
    qtbot.waitUntil(lambda: painted.count() == 1)
    show(wall, a_layout(("plain", RIGHT)))
    assert wall.display.unpainted() == ["plain"], "where it stands now it has not been painted yet"
    qtbot.waitUntil(lambda: painted.count() == 2)
