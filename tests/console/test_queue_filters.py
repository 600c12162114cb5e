"""What the queue is asked for, what of it is remembered, and what its rows say."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from controlroom.console.reports.queue_filters import REMEMBERED, QueueFilters
from controlroom.console.reports.queue_query import ALL, OPEN, QueueQuery, recalled
from controlroom.console.reports.queue_row import NARROW, NARROWEST, Columns
from controlroom.console.reports.queue_words import place_of, sentence_of, words_at
from feeds.messages.queue import QueueRow, Sort, Standing
from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.queue import row_of
from feeds.reports.roles import Actor, Role
from tests.console.desk import Desk, a_desk
from tests.console.queue_rows import record

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def desk(qtbot: QtBot) -> Generator[Desk]:
    with a_desk() as made:
        yield made


def row(**fields: Any) -> QueueRow:
    return row_of(record(1, NOW, state=ReportState.NEW, responded_at=None, **fields), Actor(id="ani", role=Role.OPERATOR), NOW)


def test_the_fields_make_the_query_and_are_remembered_but_for_the_words(qtbot: QtBot, desk: Desk) -> None:
    filters = QueueFilters(desk.ctx)
    qtbot.addWidget(filters)
    assert filters.query == QueueQuery() and not filters.clear.isEnabled()
    filters.channel.choose(["sms", "x"])
    filters.claimed.setCurrentIndex(filters.claimed.findData("me"))
    filters.due.setCurrentIndex(filters.due.findData("late"))
    with qtbot.waitSignal(filters.changed):
        filters.search.setText("Siti Aminah")
    wanted = QueueQuery(channels=(Channel.SMS, Channel.X), claimed="me", due=Standing.LATE, q="Siti Aminah")
    assert filters.query == wanted and filters.more.text() == "Lainnya (2)"
    kept = desk.ctx.remembered.get(REMEMBERED, None)
    assert "Siti" not in str(kept)
    again = QueueFilters(desk.ctx)
    qtbot.addWidget(again)
    assert again.query == msgspec.structs.replace(wanted, q="") and again.channel.chosen == {"sms", "x"}
    # Escape in the search empties it at once.
    with qtbot.waitSignal(filters.changed):
        qtbot.keyClick(filters.search, Qt.Key.Key_Escape)
    assert filters.query.q == ""
    filters.clear.click()
    assert filters.query == QueueQuery() and filters.channel.chosen == frozenset()


def test_closed_reports_stand_by_their_last_change_and_the_wished_order_comes_back(qtbot: QtBot, desk: Desk) -> None:
    filters = QueueFilters(desk.ctx)
    qtbot.addWidget(filters)
    filters.state.setCurrentIndex(filters.state.findData("done"))
    assert filters.query.order is Sort.CHANGED and filters.sort.currentData() == "changed"
    filters.state.setCurrentIndex(filters.state.findData(OPEN))
    assert filters.query.order is Sort.DUE and filters.sort.currentData() == "due"


@pytest.mark.parametrize("kept", [None, [], {"state": "gone"}, {"channels": ["kurir"]}, {"claimed": "x"}, {"sort": 3}, "x"])
def test_what_was_remembered_and_cannot_be_read_is_as_nothing(kept: Any) -> None:
    assert recalled(kept) == QueueQuery()


def test_parameters_are_those_of_the_doors() -> None:
    assert QueueQuery().parameters()["state"] == sorted(OPEN_STATES)
    assert QueueQuery(state=ALL).parameters()["state"] == []
    assert QueueQuery(state="done").parameters()["sort"] == "changed"


@pytest.mark.parametrize(
    ("minutes", "said", "standing"),
    [
        (-6, "lewat 6 mnt", Standing.LATE),
        (3, "sisa 3 mnt", Standing.AT_RISK),
        (66, "sisa 1 j 6", Standing.ON_TIME),
        (0, "lewat <1 mnt", Standing.LATE),
    ],
)
def test_a_row_says_how_its_clock_stands(desk: Desk, minutes: int, said: str, standing: Standing) -> None:
    due = NOW + timedelta(minutes=minutes)
    words = words_at(row(respond_by=due, respond_risk_at=due - timedelta(minutes=9)), desk.ctx, NOW)
    assert (words.clock, words.standing) == (said, standing)


def test_a_closed_row_says_its_state_and_a_claim_ends(desk: Desk) -> None:
    closed = msgspec.structs.replace(row(), state=ReportState.DONE)
    assert words_at(closed, desk.ctx, NOW).clock == "Selesai"
    claimed = row(claimed_by="budi", claimed_until=NOW + timedelta(minutes=1))
    assert words_at(claimed, desk.ctx, NOW).holder == "budi"
    assert words_at(claimed, desk.ctx, NOW + timedelta(minutes=2)).holder is None


def test_a_row_is_told_to_who_cannot_see_it(desk: Desk) -> None:
    said = sentence_of(row(priority=Priority.EMERGENCY, place="Gembor", district="36.71.01"), desk.ctx, NOW)
    assert said.startswith("Darurat, ") and "Gembor" in said and "Baru" in said
    assert place_of(row(place=None, district=None), desk.ctx) == "tanpa lokasi"


def test_columns_give_way_to_what_a_report_is_about() -> None:
    wide, narrow, least = Columns(NARROW), Columns(NARROW - 1), Columns(NARROWEST - 1)
    assert (wide.is_narrow, narrow.is_narrow, narrow.has_age, least.has_age) == (False, True, True, False)
    assert narrow.category_width > wide.category_width and least.category_width > narrow.category_width - 1
