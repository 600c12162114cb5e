"""A call written down by keys alone: once, whatever happens to the doors, and no draft is lost."""

import itertools
from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from controlroom.console.reports.detail_pick import Choice, matching
from controlroom.console.reports.typed_in import TypedInForm
from feeds.messages.header import Position
from feeds.messages.report import REPORT, Channel, Priority, Report, ReportState
from feeds.store.schema import PERSONS, REPORTS
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.report_desk import ReportDesk, a_report_desk
from widgets.kit.canvas import Canvas


@pytest.fixture(scope="module")
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


@pytest.fixture
def desk(qtbot: Any, server: DeskServer) -> Generator[ReportDesk]:
    with a_report_desk(qtbot, server) as opened:
        yield opened


@pytest.fixture
def own(qtbot: Any) -> Generator[ReportDesk]:
    """Doors of its own, for a test that shuts them."""
    with a_desk_server() as opened, a_report_desk(qtbot, opened) as made:
        yield made


def written(desk: ReportDesk, words: str) -> list[Any]:
    query = select(REPORTS).where(REPORTS.c.description == words)
    return desk.server.doors.database.read(lambda it: list(it.execute(query).all()))


def typed(desk: ReportDesk, words: str) -> None:
    """Everything but the keys that save."""
    desk.key("Ctrl+N")
    desk.type("2")
    desk.type("banj")
    desk.key("Return")
    desk.type("gembor")
    desk.key("Return")
    desk.type("Jl. Sangego 7")
    desk.key("Return")
    desk.type(words)


def test_a_call_is_written_down_by_keys_alone(desk: ReportDesk) -> None:
    desk.key("Ctrl+N")
    desk.type("1")
    desk.type("banj")
    desk.key("Return")
    desk.type("gembor")
    desk.key("Return")
    desk.type("Jl. Sangego 7")
    desk.key("Return")
    desk.type("air naik ke rumah")
    desk.key("Tab")
    desk.type("Siti")
    desk.key("Return")
    desk.type("081234560417")
    desk.key("Ctrl+Return")
    desk.wait(lambda: written(desk, "air naik ke rumah"))
    (made,) = written(desk, "air naik ke rumah")
    assert (made.channel, made.category, made.priority, made.address) == ("call_112", "banjir", "emergency", "Jl. Sangego 7")
    assert made.district == "36.71.08" and made.lon is not None
    person = desk.server.doors.database.read(lambda it: it.execute(select(PERSONS).where(PERSONS.c.report == made.id)).one())
    assert (person.first_name, person.phone) == ("Siti", "081234560417")
    desk.wait(lambda: desk.detail.report == made.id)
    assert desk.page.form.is_empty and f"Tercatat: {made.id}" in desk.told()


def test_letters_typed_at_the_channel_are_not_lost(desk: ReportDesk) -> None:
    form = desk.page.form
    desk.key("Ctrl+N")
    desk.type("banj")
    assert QApplication.focusWidget() is form.category.field and form.category.field.text() == "banj"
    desk.key("Return")
    desk.type("zzzz")
    before = form.place.list.grab().toImage()
    assert form.place.list.count() == 0 and form.place.current is None
    form.place.list._nothing = ""
    assert form.place.list.grab().toImage() != before, "that nothing was found is said"
    desk.key("Return")
    assert QApplication.focusWidget() is form.place.field
    assert form.category.current == "banjir"
    form.discard()


@pytest.mark.parametrize("size", [(220, 420), (300, 300), (700, 700)])
def test_no_name_of_a_place_lies_over_another(desk: ReportDesk, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    boxes: list[QRectF] = []
    paint = Canvas.text

    def seen(canvas: Canvas, x: float, y: float, text: str, size: float, *more: Any, **named: Any) -> Any:
        half = canvas.text_width(text, size) / 2
        boxes.append(QRectF(x - half, y, 2 * half, size))
        return paint(canvas, x, y, text, size, *more, **named)

    desk.page.form.map.resize(*size)
    monkeypatch.setattr(Canvas, "text", seen)
    desk.page.form.map._painted_base()
    assert len(boxes) >= 4
    assert not [(a, b) for a, b in itertools.combinations(boxes, 2) if a.intersects(b)]


def test_what_is_missing_is_said_and_nothing_sent(desk: ReportDesk) -> None:
    desk.key("Ctrl+N")
    desk.key("Ctrl+Return")
    assert desk.page.form._why.text() == "pilih kategori"
    desk.type("2")
    desk.type("macet")
    desk.key("Return")
    assert desk.page.form._why.text() == "tulis kata-kata pelapor"
    desk.page.form.words.setPlainText("<script>" * 20_000)
    assert "terlalu panjang" in desk.page.form._why.text() and not desk.page.form._save.isEnabled()
    desk.page.form.discard()


def test_only_a_call_to_112_is_an_emergency_unless_somebody_says_so(desk: ReportDesk) -> None:
    desk.key("Ctrl+N")
    form = desk.page.form
    assert form.priority.priority is Priority.EMERGENCY
    desk.type("3")
    assert form.priority.priority is Priority.NORMAL
    form.priority.setFocus()
    desk.type("2")
    form.channels.take_focus()
    desk.type("1")
    assert form.priority.priority is Priority.URGENT
    form.discard()


def test_doors_that_are_away_get_it_once_when_they_are_back(own: ReportDesk) -> None:
    typed(own, "pintu tertutup")
    own.server.stop()
    try:
        own.key("Ctrl+Return")
        own.wait(lambda: "menunggu pintu" in own.page.form._why.text())
        assert "menunggu pintu" in (own.page.may_leave() or "")
        assert not own.page.form.words.isEnabled()
    finally:
        own.server.start()
    own.wait(lambda: len(written(own, "pintu tertutup")) == 1)
    own.wait(lambda: own.page.form.is_empty)


def test_the_same_key_is_sent_until_an_answer_came(desk: ReportDesk) -> None:
    typed(desk, "jawaban pertama hilang")
    form = desk.page.form
    key, sent = form._key, []
    send, finish = desk.desk.api.send, form._done
    form._done = lambda receipt: sent.append(receipt)  # the answer that never arrives
    desk.key("Ctrl+Return")
    desk.wait(lambda: sent)
    form._done, form._is_sending = finish, False
    assert form._key == key
    form.save()
    desk.wait(lambda: form.is_empty)
    assert len(written(desk, "jawaban pertama hilang")) == 1 and form._key != key
    assert "Sudah tercatat" in desk.told() and send == desk.desk.api.send


def test_a_draft_outlives_the_page_but_not_the_caller_s_name(qtbot: Any, desk: ReportDesk) -> None:
    typed(desk, "belum selesai")
    desk.page.form.phone.setText("0812000111")
    desk.key("Esc")
    assert not desk.page.form.isVisible()
    desk.page.form.close_form()
    assert "0812000111" not in str(vars(desk.desk.ctx.remembered))
    again = TypedInForm(desk.desk.ctx, desk.page.form._ground)
    qtbot.addWidget(again)
    assert again.words.toPlainText() == "belum selesai" and again.category.current == "banjir"
    assert again.address.text() == "Jl. Sangego 7" and again._position == desk.page.form._position
    again.discard()
    again.close_form()
    assert desk.desk.ctx.remembered.get("laporan.typed_in", 1) is None


def test_the_open_report_s_draft_stays_behind_the_form(desk: ReportDesk) -> None:
    report = desk.server.typed_in("di belakang")
    desk.open(report)
    desk.key("N")
    desk.type("setengah jadi")
    typed(desk, "telepon masuk")
    desk.key("Esc")
    assert desk.detail.report == report and desk.form.draft() == {"text": "setengah jadi"}
    desk.page.form.discard()


def test_what_is_known_nearby_is_told_while_typing(desk: ReportDesk) -> None:
    place = next(one for one in desk.page.form._ground.places if one.name == "Gembor")
    now = desk.server.now()
    known = Report(
        id="L1", state=ReportState.NEW, category="genangan", channel=Channel.SMS, priority=Priority.NORMAL, received_at=now,
        changed_at=now, position=Position(place.position.lon + 0.0005, place.position.lat),
    )  # fmt: skip
    desk.desk.bus.put_all(REPORT, {"L1": known})
    typed(desk, "air")
    assert desk.page.form._near.text() == "Serupa di dekat sini: L1"
    desk.page.form.discard()


def test_a_click_on_the_map_is_a_place(desk: ReportDesk) -> None:
    desk.key("Ctrl+N")
    desk.page.form.map.moved.emit(Position(106.63, -6.17))
    assert desk.page.form._position == Position(106.63, -6.17)
    desk.page.form.discard()
    assert desk.page.form._position is None


@pytest.mark.parametrize(
    ("typed_text", "first"),
    [("banj", "banjir"), ("flood", "banjir"), ("potohle", "lubang"), ("lubang", "lubang"), ("", "banjir"), ("zzzz", None)],
)
def test_letters_find_a_choice_in_both_languages_and_with_a_slip(typed_text: str, first: str | None) -> None:
    choices = [Choice(key="banjir", name="Banjir", terms=("Flood",)), Choice(key="lubang", name="Jalan berlubang", terms=("Pothole",))]
    found = matching(typed_text, choices)
    assert (found[0].key if found else None) == first


def test_arrows_walk_through_what_was_found(desk: ReportDesk) -> None:
    desk.key("Ctrl+N")
    desk.type("1")
    desk.type("jalan")
    first = desk.page.form.category.current
    desk.key("Down")
    assert desk.page.form.category.current != first
    assert QApplication.focusWidget() is desk.page.form.category.field
    desk.page.form.discard()
