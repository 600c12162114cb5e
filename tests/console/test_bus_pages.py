"""Kehadiran and Sumber: what the bus says, filtered and sorted, and what is said while it says nothing."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from controlroom.console.page import Page
from controlroom.console.presence_page import PresencePage, standing_of
from controlroom.console.sources_page import SourcesPage
from feeds.messages.field import OFFICER, PRESENCE, Officer, Presence
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, ReasonCount, Source, SourceState
from tests.console.desk import Desk, a_desk


@pytest.fixture(params=["id", "en"])
def desk(qtbot: QtBot, request: pytest.FixtureRequest) -> Generator[Desk]:
    with a_desk(language=request.param) as made:
        yield made


def open_page(qtbot: QtBot, desk: Desk, kind: type[Any]) -> Any:
    page = kind(desk.ctx)
    qtbot.addWidget(page, before_close_func=_let_go)
    page.resize(1340, 660)
    page.show()
    return page


def _let_go(page: QWidget) -> None:
    assert isinstance(page, Page)
    page.close_page()


def officer(number: str, seen_s: float, agency: str = "dpupr", report: str | None = None) -> Officer:
    return Officer(number=number, agency=agency, is_on_task=report is not None, seen_at=ago(seen_s), report=report)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def source(title: str, state: SourceState = SourceState.OK, **facts: Any) -> Source:
    given = {"collector": "air", "topics": ("report",), "checked_at": ago(5), "interval_s": 60.0, "accepted": 3} | facts
    return Source(title=title, state=state, **given)


def test_a_silent_phone_is_first_silent_then_unknown() -> None:
    assert [standing_of(seconds) for seconds in (0, 120, 120.1, 600, 600.1, 1e9)] == [
        "heard", "heard", "silent", "silent", "unknown", "unknown",
    ]  # fmt: skip


def test_presence_says_what_it_waits_for_and_then_who_is_here(qtbot: QtBot, desk: Desk) -> None:
    page = open_page(qtbot, desk, PresencePage)
    tr = desk.ctx.tr
    assert page.nothing.isVisible() and page.nothing.title == tr("Memuat")
    desk.bus.ahead_s += 30
    page._show()
    assert page.nothing.title == tr("Bus terputus")
    desk.bus.beat()
    desk.bus.put(PRESENCE, dpupr=Presence(agency="dpupr", present=7, expected=9, as_of=ago(1)))
    desk.bus.put_all(OFFICER, {"1": officer("S-1", 10, report="L-7"), "2": officer("S-2", 300), "3": officer("S-3", 900, "dishub")})
    qtbot.waitUntil(lambda: len(page.officers.rows) == 3)
    assert not page.nothing.isVisible() and "7" in page.sum.text() and "9" in page.sum.text()
    assert [row.standing for row in page.officers.rows] == ["unknown", "silent", "heard"], "who was heard longest ago comes first"
    assert page.agencies.rows[0].on_task == 1
    cell = page.officers.model().index(1, 2).data()
    assert tr("diam") in cell, "a shape and a word, not a colour alone"


def test_officers_are_filtered_and_the_filter_is_remembered(qtbot: QtBot, desk: Desk) -> None:
    page = open_page(qtbot, desk, PresencePage)
    desk.bus.put_all(OFFICER, {"1": officer("S-1", 10, report="L-7"), "2": officer("S-2", 300), "3": officer("S-3", 900, "dishub")})
    qtbot.waitUntil(lambda: len(page.officers.rows) == 3)
    page.agency.choose(["dpupr"])
    assert [row.officer.number for row in page.officers.rows] == ["S-2", "S-1"]
    page.standing.choose(["on_task"])
    assert [row.officer.number for row in page.officers.rows] == ["S-1"]
    page.search.setText("tak ada")
    qtbot.waitUntil(lambda: page.none_left.isVisible())
    again = open_page(qtbot, desk, PresencePage)
    assert [row.officer.number for row in again.officers.rows] == ["S-1"], "both filters hold for the page that is built anew"
    page.clear_filters()
    assert len(page.officers.rows) == 3


def test_a_row_that_is_selected_stays_selected_while_others_come_and_go(qtbot: QtBot, desk: Desk) -> None:
    page = open_page(qtbot, desk, PresencePage)
    desk.bus.put_all(OFFICER, {str(n): officer(f"S-{n}", 10 + n) for n in range(5)})
    qtbot.waitUntil(lambda: len(page.officers.rows) == 5)
    page.officers.selectRow(2)
    chosen = page.officers.rows[2].officer.number
    desk.bus.put_all(OFFICER, {"9": officer("S-9", 5_000), "0": None})
    qtbot.waitUntil(lambda: "S-9" in [row.officer.number for row in page.officers.rows])
    assert page.officers.rows[page.officers.currentIndex().row()].officer.number == chosen


def test_sources_stand_by_what_needs_a_technician_first(qtbot: QtBot, desk: Desk) -> None:
    page = open_page(qtbot, desk, SourcesPage)
    badges: list[str] = []
    page.badge_changed.connect(badges.append)
    refused = source("Udara", quarantined=2, reasons=(ReasonCount(reason="no <b>position</b>", count=2),), terms="Syarat BMKG")
    down = source("Sungai", SourceState.DOWN, collector="river", failures=12, reason="connection refused", checked_at=None)
    desk.bus.beat()
    desk.bus.put_all(SOURCE, {"air": refused, "river": down, "good": source("Laksa", collector="laksa")})
    desk.bus.put_all(QUARANTINE, {"1": Quarantined(collector="air", record="r1", reason="no position", at=ago(3), excerpt="{id: str}")})
    qtbot.waitUntil(lambda: len(page.table.rows) == 3)
    assert [row.key for row in page.table.rows] == ["river", "air", "good"] and badges == ["1"]
    page.table.selectRow(1)
    said = page.details.toPlainText()
    assert all(part in said for part in ("2× no <b>position</b>", "r1", "{id: str}", "Syarat BMKG"))
    page.only_trouble.setChecked(True)
    assert [row.key for row in page.table.rows] == ["river", "air"]
    page.search.setText("laksa")
    qtbot.waitUntil(lambda: page.none_left.isVisible())
    page.clear_filters()
    assert len(page.table.rows) == 3


def test_a_source_that_was_never_checked_and_one_with_odd_words_stand(qtbot: QtBot, desk: Desk) -> None:
    page = open_page(qtbot, desk, SourcesPage)
    desk.bus.put_all(
        SOURCE,
        {
            "a": source("", SourceState.WAITING, checked_at=None, interval_s=0.0),
            "b": source("x" * 5_000 + "\u202e\n", accepted=10**12, failures=10**9),
        },
    )
    qtbot.waitUntil(lambda: len(page.table.rows) == 2)
    assert {row.title[:1] for row in page.table.rows} == {"a", "x"}
    page.table.selectRow(0)
    desk.bus.put_all(SOURCE, {}, is_reset=True)
    qtbot.waitUntil(lambda: page.nothing.isVisible())
