"""The queue at real doors: what comes in, goes and changes around somebody who reads it."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from controlroom.console.reports import queue_view
from controlroom.console.reports.queue import Queue
from controlroom.console.reports.queue_model import QueueModel
from feeds.messages.report import Priority, ReportState
from feeds.reports.records import Record
from tests.console.desk import Desk, a_desk
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.queue_rows import change, put, record, tell


@contextmanager
def a_queue(qtbot: QtBot, server: DeskServer, count: int = 40, **fields: Any) -> Generator[tuple[Desk, Queue, list[Record]]]:
    """A queue of ``count`` open reports, shown and loaded."""
    records = [record(number, server.now(), **{"state": ReportState.NEW, **fields}) for number in range(count)]
    if records:
        put(server, records)
    with a_desk(server.url) as desk:
        desk.sign_in(qtbot)
        queue = Queue(desk.ctx)
        qtbot.addWidget(queue)
        queue.resize(612, 900)
        queue.show()
        qtbot.waitExposed(queue)
        qtbot.waitUntil(lambda: not queue._feed.is_loading)
        try:
            yield desk, queue, records
        finally:
            queue.close_queue()


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


def ids(queue: Queue) -> list[str]:
    return queue._model.ids()


def top_of(queue: Queue, report: str) -> int:
    """Where the row stands on the screen, in pixels of the list."""
    place = queue._model.place(report)
    assert place is not None
    return queue.view.visualRect(queue.view.model().index(place, 0)).top() + queue.view.viewport().y()


def settled(qtbot: QtBot, queue: Queue) -> None:
    """Everything that was heard has been asked for, and answered."""
    feed = queue._feed
    qtbot.waitUntil(
        lambda: not (feed._pending or feed._asked or feed._settle.isActive() or feed._recount.isActive() or feed.is_loading), timeout=15_000
    )


def test_pages_come_before_the_end_is_reached_and_no_report_twice(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 1_000) as (_, queue, records):
        assert queue._model.rowCount() >= 200 and queue._model.total == 1_000
        bar = queue.view.verticalScrollBar()
        while queue._model.rowCount() < 1_000:
            before = queue._model.rowCount()
            bar.setValue((before - queue_view.AHEAD + 5) * 54 - queue.view.viewport().height())
            qtbot.waitUntil(lambda before=before: queue._model.rowCount() > before, timeout=15_000)
        assert sorted(ids(queue)) == sorted(one.id for one in records)
        assert queue._model.is_whole and "1.000 dari 1.000" in queue._shown.text()


def test_the_list_goes_no_further_than_it_may(qtbot: QtBot, server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.console.reports.queue_model.MOST_LOADED", 400)
    monkeypatch.setattr("controlroom.console.reports.queue.MOST_LOADED", 400)
    with a_queue(qtbot, server, 700) as (_, queue, _records):
        for _ in range(2):
            queue.view.go(10_000)
            qtbot.waitUntil(lambda: queue._model.rowCount() == 400, timeout=15_000)
        assert not queue._model.may_grow and "persempit saringan" in queue._shown.text()


def test_the_selected_row_stays_under_the_pointer_when_fifty_come_in_above(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 60) as (desk, queue, records):
        middle = ids(queue)[30]
        assert queue.select(middle)
        queue.view.verticalScrollBar().setValue(25 * 54 + 13)
        before = top_of(queue, middle)
        # The most overdue stand first: these are older than all that are here.
        new = [record(number, server.now(), state=ReportState.NEW) for number in range(5_000, 5_050)]
        put(server, new)
        tell(desk.bus, new)
        qtbot.waitUntil(lambda: queue._model.rowCount() == 110, timeout=15_000)
        assert queue._model.place(middle) == 80
        assert top_of(queue, middle) == before and queue.selected == middle
        assert len(set(ids(queue))) == 110 and set(ids(queue)) == {one.id for one in [*records, *new]}


def test_the_row_at_the_top_stays_when_nobody_stands_on_a_row_in_sight(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 60) as (desk, queue, _):
        queue.view.verticalScrollBar().setValue(20 * 54)
        top = ids(queue)[20]
        before = top_of(queue, top)
        new = [record(number, server.now(), state=ReportState.NEW) for number in range(5_000, 5_003)]
        put(server, new)
        tell(desk.bus, new)
        qtbot.waitUntil(lambda: queue._model.rowCount() == 63, timeout=15_000)
        assert top_of(queue, top) == before


def test_what_is_taken_out_above_leaves_the_selected_row_where_it_is(qtbot: QtBot, server: DeskServer) -> None:
    """Too few rows are left above it to scroll by."""
    with a_queue(qtbot, server, 30) as (desk, queue, records):
        by_id = {one.id: one for one in records}
        order = ids(queue)
        queue.select(order[5])
        before = top_of(queue, order[5])
        for report in order[:3]:
            change(server, desk.bus, by_id[report], state=ReportState.DONE)
        qtbot.waitUntil(lambda: queue._model.rowCount() == 27, timeout=15_000)
        assert top_of(queue, order[5]) == before


def test_a_change_is_seen_at_once_and_then_as_the_doors_say(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 10) as (desk, queue, records):
        one = records[4]
        change(server, desk.bus, one, priority=Priority.URGENT, description="kata-kata baru", search="x")
        row = queue.row(one.id)
        # Of this the bus knows nothing.
        assert row is not None and row.priority is Priority.URGENT and row.words == one.description
        qtbot.waitUntil(lambda: (found := queue.row(one.id)) is not None and found.words == "kata-kata baru", timeout=15_000)


def test_what_no_longer_matches_goes_but_the_row_one_stands_on(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 10) as (desk, queue, records):
        order, by_id = ids(queue), {one.id: one for one in records}
        queue.select(order[3])
        qtbot.waitUntil(lambda: queue._model.held == order[3])
        for report in order[2:5]:
            change(server, desk.bus, by_id[report], state=ReportState.DONE)
        qtbot.waitUntil(lambda: queue._model.rowCount() == 8, timeout=15_000)
        row = queue.row(order[3])
        assert row is not None and queue._model.is_lost_row(row) and ids(queue)[2] == order[3]
        assert queue._model.total == 7
        # As it is now, though no filter lets it through.
        qtbot.waitUntil(lambda: (found := queue.row(order[3])) is not None and found.revision == 2, timeout=15_000)
        queue.select(order[5])
        qtbot.waitUntil(lambda: order[3] not in ids(queue))
        assert ids(queue) == [*order[:2], *order[5:]]


def test_the_row_one_stands_on_goes_to_its_place_when_it_is_left(qtbot: QtBot, server: DeskServer) -> None:
    """Answered, its next clock ends later than all the others'."""
    with a_queue(qtbot, server, 12, responded_at=None) as (desk, queue, records):
        order, by_id = ids(queue), {one.id: one for one in records}
        queue.select(order[2])
        qtbot.waitUntil(lambda: queue._model.held == order[2])
        change(server, desk.bus, by_id[order[2]], responded_at=server.now(), accept_by=server.now() + timedelta(days=3))
        settled(qtbot, queue)
        assert ids(queue) == order
        queue.select(order[3])
        qtbot.waitUntil(lambda: ids(queue)[-1] == order[2])
        assert ids(queue) == [*order[:2], *order[3:], order[2]]


def test_who_goes_on_is_not_taken_back_by_what_is_told_in_that_moment(qtbot: QtBot, server: DeskServer) -> None:
    """A step's answer arrives right after the key that left its report: one stands where one went, on a report that is opened once."""
    with a_queue(qtbot, server, 6) as (_, queue, _):
        order = ids(queue)
        opened: list[str] = []
        queue.opened.connect(opened.append)
        queue.select(order[1])
        qtbot.waitUntil(lambda: queue._model.held == order[1] and opened == [order[1]])
        row = queue._model.at(1)
        assert row is not None
        queue.next_open()
        queue._model.settle([order[1]], [row])
        assert queue.selected == order[2]
        qtbot.waitUntil(lambda: queue._model.held == order[2] and opened == [order[1], order[2]])
        queue.next_open()
        queue._model.settle([order[2]], [])
        assert queue.selected == order[3]
        qtbot.waitUntil(lambda: ids(queue) == [*order[:2], *order[3:]] and queue.selected == order[3])


def test_another_filter_gives_up_the_request_before(qtbot: QtBot, server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_queue(qtbot, server, 30) as (_, queue, records):
        shown: list[set[str]] = []
        replace = queue._model.replace
        monkeypatch.setattr(queue._model, "replace", lambda rows, *more, **kept: (shown.append({row.channel for row in rows}), replace(rows, *more, **kept)))  # fmt: skip
        for channel in ("sms", "email", "x"):
            queue.filters.channel.choose([channel])
        settled(qtbot, queue)
        qtbot.wait(100)
        assert shown == [{"x"}]
        assert set(ids(queue)) == {one.id for one in records if one.channel == "x"}


def test_new_reports_are_unread_until_they_are_opened(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 5) as (desk, queue, records):
        counts: list[tuple[int, int]] = []
        queue.counted.connect(lambda *both: counts.append(both))
        new = [record(900 + n, server.now(), state=ReportState.NEW, received_at=server.now()) for n in range(2)]
        put(server, new)
        tell(desk.bus, new)
        qtbot.waitUntil(lambda: bool(counts) and counts[-1] == (7, 2), timeout=15_000)
        # What was there before is not, whoever speaks of it.
        tell(desk.bus, records)
        settled(qtbot, queue)
        assert counts[-1] == (7, 2)
        with qtbot.waitSignal(queue.opened) as opened:
            queue.select(new[0].id)
        assert opened.args == [new[0].id] and counts[-1] == (7, 1)


def test_an_emergency_is_told_once_and_none_that_was_there_before(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 3, priority=Priority.EMERGENCY) as (desk, queue, records):
        told: list[tuple[str, str, str]] = []
        queue.emergency.connect(lambda *what: told.append(what))
        tell(desk.bus, records, is_reset=True)
        one = record(800, server.now(), state=ReportState.NEW, priority=Priority.EMERGENCY, received_at=server.now(), category="kebakaran",
                     district="36.71.01", place="Babakan")  # fmt: skip
        put(server, [one])
        for _ in range(2):
            tell(desk.bus, [one])
            settled(qtbot, queue)
        assert [what[0] for what in told] == [one.id]
        assert told[0][2].endswith("· Babakan")


def test_rows_are_laid_out_by_memory_and_only_when_some_came_or_went(
    qtbot: QtBot, server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_queue(qtbot, server, 400) as (_, queue, _):
        settled(qtbot, queue)
        asked: list[str] = []
        before = sys.getprofile()
        sys.setprofile(lambda frame, kind, _: asked.append(kind) if frame.f_code is QueueModel.rowCount.__code__ else None)
        try:
            queue.view.doItemsLayout()
        finally:
            sys.setprofile(before)
        assert len(asked) < 20, "one question for each row"
        laid_out: list[int] = []
        monkeypatch.setattr(queue.view, "doItemsLayout", lambda: laid_out.append(1))
        first = queue._model.at(0)
        assert first is not None
        queue._model.settle([first.id], [replace(first, revision=first.revision + 1, text="lain")])
        assert not laid_out
        queue._model.settle([first.id], [])
        assert laid_out


def test_keys_move_open_and_tick(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 50) as (_, queue, _):
        order, ticked = ids(queue), []
        queue.ticked.connect(lambda now: ticked.append(now))
        queue.activateWindow()
        queue.view.setFocus()
        qtbot.waitUntil(queue.view.hasFocus)

        def press(*keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> str | None:
            for key in keys:
                qtbot.keyClick(queue.view, key, modifier)
            return queue.selected

        with qtbot.waitSignal(queue.opened) as opened:
            assert press(Qt.Key.Key_Return) == order[0], "who stands nowhere yet begins at the first"
        assert opened.args == [order[0]]
        press(Qt.Key.Key_Home)
        assert press(Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K) == order[1]
        assert press(Qt.Key.Key_End) == order[-1] and press(Qt.Key.Key_Home) == order[0]
        assert press(Qt.Key.Key_PageDown) not in order[:5]
        press(Qt.Key.Key_Home)
        with qtbot.waitSignal(queue.opened) as opened:
            press(Qt.Key.Key_Return)
        assert opened.args == [order[0]]
        press(Qt.Key.Key_Space)
        assert ticked[-1] == [order[0]]
        press(Qt.Key.Key_Down, Qt.Key.Key_Down, modifier=Qt.KeyboardModifier.ShiftModifier)
        assert ticked[-1] == sorted(order[:3])
        press(Qt.Key.Key_A, modifier=Qt.KeyboardModifier.ControlModifier)
        assert ticked[-1] == sorted(order)
        press(Qt.Key.Key_Escape)
        assert ticked[-1] == []
        press(Qt.Key.Key_F, modifier=Qt.KeyboardModifier.ControlModifier)
        assert QApplication.focusWidget() is queue.filters.search


def test_the_mouse_does_the_same(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 20) as (_, queue, _):
        order, left = ids(queue), Qt.MouseButton.LeftButton

        def at(place: int) -> QPoint:
            return QPoint(120, place * 54 + 20)

        with qtbot.waitSignal(queue.opened) as opened:
            qtbot.mouseClick(queue.view.viewport(), left, pos=at(2))
        assert opened.args == [order[2]]
        qtbot.mouseClick(queue.view.viewport(), left, Qt.KeyboardModifier.ShiftModifier, at(4))
        assert queue._model.ticked == set(order[2:5])
        qtbot.mouseClick(queue.view.viewport(), left, Qt.KeyboardModifier.ControlModifier, at(3))
        assert queue._model.ticked == {order[2], order[4]}
        # Only standing on it for a moment opens it: passing over rows does not.
        with qtbot.assertNotEmitted(queue.opened):
            queue.select(order[9])
            queue.select(order[4])


def test_doors_that_shut_and_open_again_keep_place_and_selection(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 60) as (_, queue, records):
        order, by_id = ids(queue), {one.id: one for one in records}
        queue.select(order[40])
        queue.view.verticalScrollBar().setValue(36 * 54)
        before = top_of(queue, order[40])
        server.stop()
        queue._feed.refresh(order[:1])
        qtbot.waitUntil(lambda: not queue._ctx.api.is_reached, timeout=15_000)
        assert queue._banner.isVisible() and ids(queue) == order
        change(server, None, by_id[order[0]], state=ReportState.DONE)
        server.start()
        qtbot.waitUntil(lambda: order[0] not in ids(queue), timeout=20_000)
        assert not queue._banner.isVisible()
        assert queue.selected == order[40] and top_of(queue, order[40]) == before


def test_empty_and_failed_say_so_and_what_to_do(qtbot: QtBot, server: DeskServer) -> None:
    with a_queue(qtbot, server, 0) as (_, queue, _):
        assert queue._pile.currentWidget() is queue._empty and queue._empty.title == "Tidak ada laporan yang cocok"
        server.stop()
        queue._feed.reload()
        qtbot.waitUntil(lambda: "tidak dapat dimuat" in queue._empty.title, timeout=15_000)
        put(server, [record(1, server.now(), state=ReportState.NEW)])
        server.start()
        qtbot.waitUntil(lambda: queue._model.rowCount() == 1, timeout=20_000)
        assert queue._pile.currentWidget() is queue.view


def test_an_action_answers_at_once_and_an_older_row_never_undoes_it(qtbot: QtBot, server: DeskServer) -> None:
    from msgspec.structs import replace

    with a_queue(qtbot, server, 4) as (_, queue, _):
        row = queue._model.at(1)
        assert row is not None
        queue.put(replace(row, revision=5, state=ReportState.WORKING))
        assert (found := queue.row(row.id)) is not None and found.state is ReportState.WORKING
        queue._model.put(row)
        settled(qtbot, queue)
        assert (found := queue.row(row.id)) is not None and found.revision == 5
