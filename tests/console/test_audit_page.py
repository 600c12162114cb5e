"""Audit: every row readable, filters, more on scrolling, and what is said when the doors are away."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from controlroom.console import audit_page
from controlroom.console.audit_page import AuditPage
from controlroom.console.audit_words import ACTION_WORDS, fact_lines, thing_words
from feeds.identity import audit
from feeds.messages import actions
from feeds.reports.roles import Actor, Role
from tests.console.desk import Desk, a_desk
from tests.console.desk_server import DeskServer, a_desk_server


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as doors:
        yield doors


@pytest.fixture
def desk(qtbot: QtBot, server: DeskServer) -> Generator[Desk]:
    with a_desk(server.url) as made:
        yield made


def open_page(qtbot: QtBot, desk: Desk) -> AuditPage:
    page = AuditPage(desk.ctx)
    qtbot.addWidget(page, before_close_func=_let_go)
    page.resize(1300, 700)
    page.show()
    page.shown_now()
    return page


def _let_go(page: QWidget) -> None:
    assert isinstance(page, AuditPage)
    page.close_page()


def many(server: DeskServer, count: int) -> None:
    actor = Actor(id="budi", role=Role.OPERATOR)

    def write(connection: object) -> None:
        for number in range(count):
            audit.write(connection, actor, "note", f"report L-{number}", {"revision": number})  # type: ignore[arg-type]

    server.write(write)


def test_rows_are_told_in_words_and_one_in_full(qtbot: QtBot, desk: Desk, server: DeskServer) -> None:
    report = server.typed_in()
    desk.sign_in(qtbot, "sari")
    page = open_page(qtbot, desk)
    qtbot.waitUntil(lambda: len(page.table.rows) >= 3)
    row = next(index for index, row in enumerate(page.table.rows) if row.action == "type_in")
    said = [page.table.model().index(row, column).data() for column in range(1, 5)]
    assert said == ["budi", "operator", "mencatat laporan", f"laporan {report}"]
    page.table.selectRow(row)
    assert "channel: call_centre" in page.details.toPlainText() and "budi (operator)" in page.details.toPlainText()
    assert [one.number for one in page.table.rows] == sorted((one.number for one in page.table.rows), reverse=True)


def test_filters_by_person_and_deed(qtbot: QtBot, desk: Desk, server: DeskServer) -> None:
    server.typed_in()
    desk.sign_in(qtbot, "sari")
    page = open_page(qtbot, desk)
    qtbot.waitUntil(lambda: len(page.table.rows) > 3)
    page.person.setText("budi")
    qtbot.waitUntil(lambda: {row.actor for row in page.table.rows} == {"budi"})
    page.action.setCurrentIndex(page.action.findData("type_in"))
    qtbot.waitUntil(lambda: [row.action for row in page.table.rows] == ["type_in"])
    page.person.setText("tidak ada; <b>")
    qtbot.waitUntil(lambda: page.state.isVisible() and "cocok" in page.state.title)
    page.clear_filters()
    qtbot.waitUntil(lambda: len(page.table.rows) > 3)


def test_more_is_asked_for_when_the_end_is_seen(qtbot: QtBot, desk: Desk, server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_page, "PAGE", 30)
    many(server, 75)
    desk.sign_in(qtbot, "sari")
    page = open_page(qtbot, desk)
    qtbot.waitUntil(lambda: len(page.table.rows) == 30)
    picked = page.table.rows[3].number
    page.table.selectRow(3)
    for _ in range(4):
        page.table.verticalScrollBar().setValue(page.table.verticalScrollBar().maximum())
        qtbot.waitUntil(lambda: page._asked is None)
    qtbot.waitUntil(lambda: len(page.table.rows) > 75)
    assert len({row.number for row in page.table.rows}) == len(page.table.rows)
    assert page._picked is not None and page._picked.number == picked, "what is selected stays selected"


def test_doors_that_are_away_are_told_and_the_list_comes_by_itself(
    qtbot: QtBot, desk: Desk, server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controlroom.console.desk_api.LOOK_MS", 50)
    desk.sign_in(qtbot, "sari")
    server.stop()
    page = open_page(qtbot, desk)
    qtbot.waitUntil(lambda: "tidak dapat dimuat" in page.state.title)
    server.start()
    qtbot.waitUntil(lambda: len(page.table.rows) > 0, timeout=20_000)
    server.stop()
    page.reload()
    qtbot.waitUntil(lambda: page.banner.isVisible())
    assert page.table.rows, "what was shown stays"


def test_after_the_session_has_ended_the_list_comes_with_the_next(qtbot: QtBot, desk: Desk, server: DeskServer) -> None:
    desk.sign_in(qtbot, "sari")
    server.end_sessions("sari")
    page = open_page(qtbot, desk)
    qtbot.waitUntil(lambda: "tidak dapat dimuat" in page.state.title)
    desk.sign_in(qtbot, "sari")
    qtbot.waitUntil(lambda: len(page.table.rows) > 0)


def test_every_deed_written_anywhere_has_words(root: Path) -> None:
    written = {
        str(kind.__struct_config__.tag)
        for kind in vars(actions).values()
        if isinstance(kind, type) and issubclass(kind, actions.Action) and kind is not actions.Action
    }
    for path in (root / "feeds").rglob("*.py"):
        for call in re.findall(r"audit\.write\((.*)", path.read_text(encoding="utf-8")):
            written |= set(re.findall(r'"([a-z_]{3,})"(?=[ ,])', call.split(', f"')[0]))
    assert "take_over" in written
    assert written - set(ACTION_WORDS) - {"queue"} == set(), "what was done needs words in controlroom/console/audit_words.py"


def test_facts_of_any_shape_are_one_a_line() -> None:
    deep: dict[str, object] = {}
    for _ in range(50):
        deep = {"in": deep}
    body = {"a": None, "b": [1, "x\ny"], "c": {"d": [{"e": True}]}, "f": [], "g": deep, "h\u202e": "<b>"}
    lines = fact_lines(body)
    assert lines[:2] == ["a: -", "b: 1, x y"] and "        1:" in lines and "h: <b>" in lines and len(lines) < 20
    assert thing_words("report L-1", str) == "laporan L-1" and thing_words("else", str) == "else"
