"""Ticker, focus and totals: what they choose to show, in which order, and when they repaint."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from feeds.messages.report import REPORT, TICKER, TOTALS, Channel, Priority, Report, ReportState
from tests.widgets import samples
from tests.widgets.samples import line_of, publish_reports, report
from tests.widgets.staging import NOW, OneSlot, at, grab, small_city
from widgets.frame import PanelFrame
from widgets.panel import Panel, PanelSpec
from widgets.panels import focus, ticker, totals

Stage = Callable[..., PanelFrame]


@pytest.fixture
def staged(qtbot: QtBot) -> Stage:
    def build(slot: OneSlot, spec: PanelSpec, width: float = 1856, height: float = 536, **options: Any) -> PanelFrame:
        frame = slot.frame(spec, width, height, **options)
        qtbot.addWidget(frame)
        return frame

    return build


def paints(panel: Panel | None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each repaint asked for from now on."""
    asked: list[int] = []
    monkeypatch.setattr(panel, "update", lambda *_: asked.append(1))
    return asked


def hear(slot: OneSlot, frame: PanelFrame, topic: Any, *bodies: tuple[str, Any]) -> None:
    assert frame.panel is not None
    frame.panel.on_messages(topic, slot.publish(topic, *bodies))


def test_ticker_stands_newest_first_one_row_a_report(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, ticker.PANEL)
    changed = line_of(report("r3", ReportState.DONE, "lampu_jalan", "Karang Tengah", 0.5))
    hear(slot, frame, TICKER, ("r3", changed))
    rows = [text for text in slot.texts_of_panel(frame) if text in samples_names()]
    assert rows == ["Genangan air", "Pohon tumbang", "Lampu jalan padam", "Saluran tersumbat", "Sampah menumpuk", "Kabel menjuntai"]


def samples_names() -> set[str]:
    return {category.names["id"] for category in small_city().categories}


def test_ticker_mark_is_the_reports_present_state(staged: Stage) -> None:
    slot = OneSlot()
    first = report("r1", ReportState.NEW, "genangan", "Periuk", 2)
    publish_reports(slot, first)
    frame = staged(slot, ticker.PANEL)
    new = grab(frame)
    hear(slot, frame, REPORT, ("r1", report("r1", ReportState.DONE, "genangan", "Periuk", 2)))
    done = grab(frame)
    mark = (40 + 28, 96 + 36)
    assert new.pixelColor(*mark).name() == slot.theme.palette.red.lower()
    assert done.pixelColor(*mark).name() == slot.theme.palette.green.lower()


def test_ticker_repaints_only_for_reports_it_shows(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, ticker.PANEL)
    asked = paints(frame.panel, monkeypatch)
    hear(
        slot,
        frame,
        REPORT,
        ("r7", report("r7", ReportState.NEW, "genangan", None, 300)),
        ("z9", report("z9", ReportState.NEW, "genangan", None, 900)),
    )
    assert asked == []
    hear(slot, frame, REPORT, ("r2", report("r2", ReportState.DONE, "pohon_tumbang", "Cipondoh", 3.1)))
    assert asked


def test_ticker_ages_by_itself(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = OneSlot()
    publish_reports(slot, report("r1", ReportState.NEW, "genangan", "Periuk", 0.5))
    frame = staged(slot, ticker.PANEL)
    slot.tick()
    assert "baru saja" in slot.texts_of_panel(frame)
    asked = paints(frame.panel, monkeypatch)
    slot.tick(10)
    assert asked == []
    slot.tick(60)
    assert asked
    assert "1 mnt" in slot.texts_of_panel(frame)


def test_ticker_marks_an_emergency_nobody_took_up(staged: Stage) -> None:
    def rim(state: ReportState) -> str:
        slot = OneSlot()
        publish_reports(slot, report("r1", state, "kebakaran", "Periuk", 2, priority=Priority.EMERGENCY))
        return grab(staged(slot, ticker.PANEL)).pixelColor(900, 96 + 7).name()

    assert rim(ReportState.NEW) == OneSlot().theme.palette.red.lower()
    assert rim(ReportState.WORKING) != OneSlot().theme.palette.red.lower()


def test_ticker_drops_columns_not_rows_when_narrow(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    assert "LAKSA" in slot.texts_of_panel(staged(slot, ticker.PANEL, 1856))
    middle = slot.texts_of_panel(staged(slot, ticker.PANEL, 1100))
    assert "LAKSA" not in middle
    assert "Periuk" in middle
    narrow = slot.texts_of_panel(staged(slot, ticker.PANEL, 632))
    assert "Periuk" not in narrow
    assert {"Genangan air", "1 mnt"} <= set(narrow)


def test_ticker_counts_channels_and_names_its_check(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, ticker.PANEL)
    assert frame.meta == "per 14.32.08 · 5 kanal"


def test_new_row_slides_in_once_and_ends_in_its_place(staged: Stage, qtbot: QtBot) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, ticker.PANEL)
    frame.show()
    slot.clock += timedelta(seconds=5)
    body = report("n1", ReportState.NEW, "kebakaran", "Benda", 0)
    slot.publish(REPORT, ("n1", body))
    hear(slot, frame, TICKER, ("n1", line_of(body)))
    panel = frame.panel
    assert isinstance(panel, ticker.Ticker)
    qtbot.waitUntil(lambda: panel._slide.state() == panel._slide.State.Stopped)
    tops = {text: box.top() for text, box, _ in slot.record(frame).texts}
    assert tops["Kebakaran"] == 96 + 11


@pytest.mark.parametrize(
    ("pick", "shown"),
    [("newest_done", "Jalan berlubang"), ("urgent", "Pohon tumbang"), ("auto", "Kebakaran")],
)
def test_focus_picks(staged: Stage, pick: str, shown: str) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    if pick == "urgent":
        slot.publish(REPORT, ("u", report("u", ReportState.NEW, "pohon_tumbang", "Benda", 40, priority=Priority.URGENT)))
    if pick == "auto":
        slot.publish(REPORT, ("e", report("e", ReportState.NEW, "kebakaran", "Benda", 40, priority=Priority.EMERGENCY)))
    frame = staged(slot, focus.PANEL, 1200, 396, pick=pick)
    assert shown in slot.texts_of_panel(frame)


def test_focus_says_everything_about_a_finished_report(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, focus.PANEL, 1200, 396)
    wanted = [
        "Sebelum 11.08",
        "Sesudah 13.47",
        "Jalan berlubang",
        "Gandasari, Jatiuwung",
        "Selesai 13.49",
        "2 j 41 mnt · Dinas PUPR",
        "Bukti sesuai · jarak 18 m",
    ]
    assert slot.texts_of_panel(frame) == wanted
    assert frame.meta == "per 13.49 · LAKSA"


def test_focus_says_how_many_told_of_the_same(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(REPORT, ("r", report("r", ReportState.NEW, "kebakaran", "Benda", 40)))
    frame = staged(slot, focus.PANEL, 1200, 396)
    alone = frame.meta
    assert "serupa" not in alone
    body = slot.latest[REPORT.name]["r"].body
    assert isinstance(body, Report)
    again = msgspec.structs.replace(body, merged=1234)
    hear(slot, frame, REPORT, ("r", again))
    assert frame.meta == f"{alone} · +1.234 serupa"


def test_focus_shows_a_picture_when_it_arrives(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    late = slot.pictures.pop("aa")
    frame = staged(slot, focus.PANEL, 1200, 396)
    assert slot.texts_of_panel(frame).count("foto belum ada") == 1
    slot.pictures["aa"] = late
    assert "foto belum ada" not in slot.texts_of_panel(frame)


def test_focus_lets_a_report_stay_unless_an_emergency_comes(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(REPORT, ("a", report("a", ReportState.DONE, "genangan", "Benda", 60)))
    frame = staged(slot, focus.PANEL, 1200, 396)
    hear(slot, frame, REPORT, ("b", report("b", ReportState.DONE, "pohon_tumbang", "Benda", 6)))
    assert "Genangan air" in slot.texts_of_panel(frame)
    slot.tick(focus.DWELL_S + 1)
    assert "Pohon tumbang" in slot.texts_of_panel(frame)
    hear(slot, frame, REPORT, ("c", report("c", ReportState.NEW, "kebakaran", "Benda", 1, priority=Priority.EMERGENCY)))
    assert "Kebakaran" in slot.texts_of_panel(frame)
    hear(slot, frame, REPORT, ("c", None))
    assert "Kebakaran" not in slot.texts_of_panel(frame)


@pytest.mark.parametrize("pick", ["auto", "newest_done", "urgent"])
@pytest.mark.parametrize("state", [ReportState.INVALID, ReportState.DUPLICATE])
def test_focus_never_shows_a_prank_or_a_duplicate(staged: Stage, pick: str, state: ReportState) -> None:
    slot = OneSlot()
    prank = report("p", state, "kebakaran", "Benda", 1, priority=Priority.EMERGENCY, photo_before="a" * 64)
    slot.publish(REPORT, ("p", prank))
    frame = staged(slot, focus.PANEL, 1200, 396, pick=pick)
    assert slot.selected is None
    hear(slot, frame, REPORT, ("a", report("a", ReportState.NEW, "genangan", "Benda", 60)), ("p", prank))
    assert slot.selected == "a"
    # Found out while it is shown: it goes at once, and what is left is looked through without it.
    hear(slot, frame, REPORT, ("p", msgspec.structs.replace(prank, state=ReportState.NEW)))
    slot.tick(focus.DWELL_S + 1)
    assert slot.selected == "p"
    hear(slot, frame, REPORT, ("p", prank))
    assert slot.selected == "a"
    assert "Kebakaran" not in slot.texts_of_panel(frame)


def test_focus_says_why_there_is_no_finish_photo(staged: Stage) -> None:
    def texts(**fields: Any) -> list[str]:
        slot = OneSlot()
        slot.publish(REPORT, ("a", report("a", ReportState.DONE, "genangan", "Benda", 60, **fields)))
        return slot.texts_of_panel(staged(slot, focus.PANEL, 1200, 396))

    exempt = texts(is_exempt=True)
    assert "Tanpa foto, disetujui" in exempt
    assert not {"Bukti belum diperiksa", "Sesudah"} & set(exempt)
    hidden = texts(evidence_ok=True, evidence_distance_m=18.0)
    assert {"foto tidak", "ditampilkan"} <= set(hidden)
    assert "Bukti sesuai · jarak 18 m" in hidden
    assert "Bukti belum diperiksa" in texts()


def test_focus_tells_which_report_it_shows(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(REPORT, ("a", report("a", ReportState.DONE, "genangan", "Benda", 60)))
    frame = staged(slot, focus.PANEL, 1200, 396)
    assert slot.selected == "a"
    hear(slot, frame, REPORT, ("b", report("b", ReportState.DONE, "pohon_tumbang", "Benda", 6)))
    assert slot.selected == "a"
    slot.tick(focus.DWELL_S + 1)
    assert slot.selected == "b"
    hear(slot, frame, REPORT, ("a", None), ("b", None))
    assert slot.selected is None


def test_focus_looks_through_all_reports_only_when_the_best_changed(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, focus.PANEL, 1200, 396)
    searches: list[str] = []
    held = slot.latest[REPORT.name]

    class Watched(dict[str, Any]):
        def values(self) -> Any:
            searches.append("all")
            return super().values()

    slot.latest[REPORT.name] = Watched(held)
    hear(slot, frame, REPORT, ("r2", report("r2", ReportState.WORKING, "pohon_tumbang", "Cipondoh", 3)))
    assert searches == []
    hear(slot, frame, REPORT, ("r7", report("r7", ReportState.REOPENED, "jalan_berlubang", "Jatiuwung", 204)))
    assert searches == ["all"]


def test_totals_show_the_message_and_nothing_else(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(TOTALS, ("totals", samples.totals()))
    texts = slot.texts_of_panel(staged(slot, totals.PANEL, 1856, 220))
    signs = {"=", "+"}
    assert [t for t in texts if t.isdigit()] == ["64", "9", "7", "14", "25", "3", "4", "2"]
    assert [t for t in texts if t in signs] == ["=", "+", "+", "+", "+", "+", "+"]
    assert texts[-1] == "Laporan hari ini sejak 00.00 · per 14.32.08 · log laporan"


def test_totals_of_a_longer_window_name_its_first_day(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(TOTALS, ("totals", samples.totals(since=NOW - timedelta(days=1083))))
    texts = slot.texts_of_panel(staged(slot, totals.PANEL, 1856, 220))
    assert texts[-1] == "Laporan sejak 6 Des 2023 · per 14.32.08 · log laporan"


def test_rows_from_another_year_say_their_day(staged: Stage) -> None:
    slot = OneSlot()
    publish_reports(slot, report("r1", ReportState.NEW, "genangan", "Periuk", 1077 * 1440))
    assert "12 Des 2023" in slot.texts_of_panel(staged(slot, ticker.PANEL, 1856, 536))
    assert "2 th" in slot.texts_of_panel(staged(slot, ticker.PANEL, 960, 536))


def test_totals_count_the_reopened_as_new_and_say_so(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(TOTALS, ("totals", samples.totals(received=67, reopened=3, carried=12)))
    texts = slot.texts_of_panel(staged(slot, totals.PANEL, 1856, 220))
    assert "12" in texts, "9 new and 3 reopened"
    assert "3 dibuka lagi" in texts
    assert texts[-1].endswith("termasuk 12 dari hari sebelumnya")


def test_totals_of_five_digits_all_fit(staged: Stage) -> None:
    slot = OneSlot()
    counts = dict.fromkeys(("new", "forwarded", "working", "done", "declined", "duplicate", "invalid"), 14_285)
    slot.publish(TOTALS, ("totals", samples.totals(received=99_995, **counts)))
    texts = slot.texts_of_panel(staged(slot, totals.PANEL, 1856, 220))
    assert texts.count("14.285") == 7
    assert "99.995" in texts
    assert "Iseng" in texts


def test_english_comes_through_the_catalogue(staged: Stage) -> None:
    words = {"Masuk": "Received", "Belum ada laporan": "No reports yet", "Baru": "New"}
    slot = OneSlot(language="en", tr=lambda word: words.get(word, word))
    slot.publish(TOTALS, ("totals", samples.totals()))
    texts = slot.texts_of_panel(staged(slot, totals.PANEL, 1856, 220))
    assert {"Received", "New"} <= set(texts)
    assert any("14:32:08" in text for text in texts)
    assert "No reports yet" in slot.texts_of_panel(staged(slot, ticker.PANEL))


def test_channels_and_times_of_other_days(staged: Stage) -> None:
    slot = OneSlot()
    body = report(
        "d", ReportState.DONE, "genangan", None, 60, Channel.CALL_CENTRE, changed_at=at("13.49") - timedelta(days=2), is_outside=True
    )
    slot.publish(REPORT, ("d", body))
    frame = staged(slot, focus.PANEL, 1200, 396)
    assert frame.meta == "per 21 Nov 13.49 · 1500-293"
    texts = slot.texts_of_panel(frame)
    assert "di luar batas kota" in texts
    assert "Bukti belum diperiksa" in texts
    assert slot.clock == NOW
