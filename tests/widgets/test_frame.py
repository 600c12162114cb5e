"""The frame: what it says of freshness, what it does when a panel fails, and that the narrowest slot still says it."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from feeds.messages.freshness import Freshness
from feeds.messages.hazard import HAZARD, Severity
from feeds.messages.system import SOURCE, Source, SourceState
from tests.widgets import samples
from tests.widgets.staging import NOW, OneSlot, grab
from widgets.frame import PanelFrame
from widgets.kit.canvas import Canvas
from widgets.kit.chip import chip_words
from widgets.kit.numerals import Numerals
from widgets.panel import FrameStatus
from widgets.panels import hazards, header, notices, presence, ticker, totals

Made = tuple[OneSlot, PanelFrame]


@pytest.fixture
def made(qtbot: QtBot) -> Callable[..., Made]:
    def make(width: float = 632, height: float = 396, spec: object = presence.PANEL) -> Made:
        slot = OneSlot()
        samples.publish_picture_state(slot)
        frame = slot.frame(spec, width, height)  # type: ignore[arg-type]
        qtbot.addWidget(frame)
        return slot, frame

    return make


def test_the_source_that_is_behind_is_named_before_the_panels_own_line(made: Callable[..., Made]) -> None:
    slot, frame = made(1200, 396)
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=18_000, source="BMKG"))
    assert any(text.startswith("BMKG tertinggal · ") for text in words(slot, frame))


def words(slot: OneSlot, frame: PanelFrame) -> list[str]:
    return [text for text, _, _ in slot.record(frame).texts]


@pytest.mark.parametrize(
    ("status", "chip"),
    [
        (FrameStatus(freshness=Freshness.LIVE), "LIVE"),
        (FrameStatus(freshness=Freshness.LIVE, fresh_of=(3, 4)), "LIVE 3 dari 4"),
        (FrameStatus(freshness=Freshness.LATE, age_s=75), "TELAT 1 mnt"),
        (FrameStatus(freshness=Freshness.STALE, age_s=260), "USANG 4 mnt"),
        (FrameStatus(freshness=Freshness.OFFLINE, age_s=20), "TERPUTUS 20 dtk"),
        (FrameStatus(freshness=Freshness.WAITING), "MENUNGGU"),
        (FrameStatus(freshness=Freshness.LIVE, is_simulated=True), "SIMULASI"),
    ],
)
def test_chip_says_how_fresh(made: Callable[..., Made], status: FrameStatus, chip: str) -> None:
    slot, frame = made(1200, 396, ticker.PANEL)
    frame.set_status(status)
    assert chip in words(slot, frame)
    assert "Laporan masuk" in words(slot, frame)


def test_simulated_and_live_needs_no_second_chip_but_simulated_and_stale_does(made: Callable[..., Made]) -> None:
    slot, frame = made(1200, 396, ticker.PANEL)
    frame.set_status(FrameStatus(freshness=Freshness.LIVE, is_simulated=True))
    assert "LIVE" not in words(slot, frame)
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=260, is_simulated=True))
    assert {"SIMULASI", "USANG 4 mnt"} <= set(words(slot, frame))


@pytest.mark.parametrize("width", [320, 400, 632, 1856])
def test_simulated_is_said_at_every_width(made: Callable[..., Made], width: int) -> None:
    slot, frame = made(width, 300)
    frame.set_status(FrameStatus(freshness=Freshness.OFFLINE, age_s=20, is_simulated=True))
    assert {"SIMULASI", "SIM"} & set(words(slot, frame))


def test_narrow_slot_keeps_the_word_before_the_age(made: Callable[..., Made]) -> None:
    slot, frame = made(632, 396)
    frame.set_status(FrameStatus(freshness=Freshness.OFFLINE, age_s=20))
    assert "TERPUTUS" in words(slot, frame)
    assert "Petugas hadir" in words(slot, frame)


def test_failure_shows_reason_and_remedy_until_it_recovers(made: Callable[..., Made]) -> None:
    slot, frame = made()
    frame.fail("Kunci tak dikenal", "Perbaiki tata letak")
    assert frame.is_failed
    shown = " ".join(words(slot, frame))
    assert "GALAT" in shown
    assert "Kunci tak dikenal" in shown
    assert "Perbaiki tata letak" in shown
    frame.set_status(FrameStatus(freshness=Freshness.LIVE))
    assert frame.status.freshness is Freshness.ERROR, "a live bus does not heal a failed panel"
    frame.recover()
    assert frame.status.freshness is Freshness.LIVE, "what the bus said meanwhile holds at once"
    assert "GALAT" not in words(slot, frame)


def test_panel_speaks_through_its_signals(made: Callable[..., Made]) -> None:
    slot, frame = made()
    assert frame.panel is not None
    frame.panel.describe("per 14.31 · SIGAP")
    frame.panel.counted.emit("3 dari 4")
    assert frame.meta == "per 14.31 · SIGAP"
    assert "LIVE 3 dari 4" in words(slot, frame)
    frame.panel.failed.emit("rusak", "ganti")
    assert frame.is_failed
    frame.panel.recovered.emit()
    assert not frame.is_failed


def test_a_panel_may_be_worse_than_its_topics_but_never_better(made: Callable[..., Made]) -> None:
    slot, frame = made(1200, 396)
    assert frame.panel is not None
    frame.panel.judged.emit(Freshness.OFFLINE)
    assert "TERPUTUS" in words(slot, frame)
    frame.set_status(FrameStatus(freshness=Freshness.ERROR, error="rusak"))
    assert frame.status.freshness is Freshness.ERROR
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=260))
    frame.panel.judged.emit(Freshness.LIVE)
    assert "USANG 4 mnt" in words(slot, frame)


def test_only_what_is_live_is_counted(made: Callable[..., Made]) -> None:
    slot, frame = made(1200, 396)
    assert frame.panel is not None
    frame.panel.counted.emit("0 dari 4")
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=260))
    assert "USANG 4 mnt" in words(slot, frame)


def test_a_panel_that_cannot_paint_is_an_error_card_until_it_can(made: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    slot, frame = made(1200, 396)
    assert frame.panel is not None

    def break_down(canvas: object) -> None:
        raise KeyError("dpupr")

    with capture_logs() as log, monkeypatch.context() as broken:
        broken.setattr(frame.panel, "paint", break_down)
        grab(frame)
        grab(frame)
        assert frame.is_failed
    assert [line["event"] for line in log] == ["panel failed"], "said once, though it was painted twice"
    shown = " ".join(words(slot, frame))
    assert "GALAT" in shown
    assert "KeyError: 'dpupr'" in shown
    grab(frame)
    assert not frame.is_failed


def test_veil_covers_old_values_but_never_the_clock(made: Callable[..., Made]) -> None:
    stale = FrameStatus(freshness=Freshness.STALE, age_s=260)
    _, head = made(1856, 220, header.PANEL)
    before = grab(head)
    head.set_status(stale)
    assert grab(head) == before
    _, strip = made(1856, 108, hazards.PANEL)
    before = grab(strip)
    strip.set_status(stale)
    assert grab(strip) != before


def test_empty_slot_shows_its_error(qtbot: QtBot) -> None:
    slot = OneSlot()
    frame = PanelFrame(None, slot.theme, 1.0, slot.text, slot.tr)
    qtbot.addWidget(frame)
    frame.resize(900, 400)
    frame.fail("harian.toml:12: panel 'peta' tidak ada", "Panel yang ada: map, ticker")
    shown = words(slot, frame)
    assert "harian.toml:12: panel 'peta' tidak ada" in shown
    assert "Panel yang ada: map, ticker" in shown


def test_totals_that_do_not_tie_out_are_an_error_and_heal(made: Callable[..., Made]) -> None:
    slot, frame = made(1856, 220, totals.PANEL)
    topic = totals.PANEL.topics[0]
    assert frame.panel is not None
    frame.panel.on_messages(topic, slot.publish(topic, ("totals", samples.totals(received=61))))
    assert frame.is_failed
    assert any("61 masuk, 64 menurut status" in text for text in words(slot, frame))
    frame.panel.on_messages(topic, slot.publish(topic, ("totals", samples.totals())))
    assert not frame.is_failed


def test_words_of_ages() -> None:
    text = Numerals("en", "Asia/Jakarta")
    assert chip_words(Freshness.STALE, 7200.0, lambda word: {"USANG": "STALE"}.get(word, word), text) == "STALE 2 h"
    assert chip_words(Freshness.LIVE, 7200.0, str, text) == "LIVE"


def test_a_page_that_does_not_answer_never_looks_healthy(made: Callable[..., Made]) -> None:
    """A native panel's page draws the frame; when it falls silent the frame does, and gives it back."""
    slot, frame = made(1200, 396, msgspec.structs.replace(ticker.PANEL, is_native=True))
    frame.set_status(FrameStatus(freshness=Freshness.OFFLINE, age_s=20))
    assert frame.panel is not None
    assert "TERPUTUS 20 dtk" not in words(slot, frame)
    frame.panel.muted.emit(True)
    assert "TERPUTUS 20 dtk" in words(slot, frame)
    frame.panel.muted.emit(False)
    assert "TERPUTUS 20 dtk" not in words(slot, frame)


def test_a_bare_panel_names_the_source_that_is_behind_too(made: Callable[..., Made]) -> None:
    for spec in (hazards.PANEL, notices.PANEL):
        for height in (72, 108, 400):
            for width in (632, 1856):
                slot, frame = made(width, height, spec)
                slot.latest.pop("hazard", None)
                slot.latest.pop("notice", None)
                slot.tell(frame)
                frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=3600, source="PetaBencana"))
                slot.tick()
                if width == 1856 or height >= 92:
                    assert any("PetaBencana tertinggal" in text for text in words(slot, frame)), (spec.key, width, height)


@pytest.mark.parametrize("size", [(1856, 108), (1856, 76), (1856, 400), (632, 396)])
def test_a_warning_in_time_keeps_its_colour_and_says_who_is_behind(made: Callable[..., Made], size: tuple[int, int]) -> None:
    slot, frame = made(*size, hazards.PANEL)
    slot.latest["hazard"].clear()
    slot.publish(
        SOURCE, ("test", Source(collector="test", title="BMKG", topics=("hazard",), state=SourceState.OK, checked_at=NOW, interval_s=60))
    )
    slot.publish(HAZARD, ("a", samples.storm("a", severity=Severity.EXTREME)))
    slot.tell(frame)
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=3600, source="PetaBencana"))
    assert any("PetaBencana tertinggal" in text for text in words(slot, frame))
    assert frame.panel is not None
    image = QImage(frame.size(), QImage.Format.Format_RGB32)
    with Canvas(image, slot.theme, frame.panel.colours, 1.0) as canvas:
        frame.panel.paint(canvas)
    edge = image.pixelColor(6, 30).name()
    assert edge == QColor(slot.theme.palette.red).name()
    slot.tick(3_000)
    with Canvas(image, slot.theme, frame.panel.colours, 1.0) as canvas:
        frame.panel.paint(canvas)
    assert image.pixelColor(6, 30).name() != edge, "its own source has grown old"
