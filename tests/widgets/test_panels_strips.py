"""Header, presence, hazards, notices and the tape: time, counts, warnings and running lines."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from feeds.messages.field import PRESENCE, Presence
from feeds.messages.freshness import Freshness
from feeds.messages.hazard import HAZARD, NOTICE, Severity
from tests.widgets import samples, samples_surroundings
from tests.widgets.staging import NOW, OneSlot, at, grab, small_city
from widgets.frame import PanelFrame
from widgets.kit.tape import HOLD_S, SPEED_U_S, Tape, offset_u, stay_s
from widgets.panel import BusStatus, PanelSpec
from widgets.panels import hazards, header, notices, presence

Stage = Callable[..., PanelFrame]


@pytest.fixture
def staged(qtbot: QtBot) -> Stage:
    def build(slot: OneSlot, spec: PanelSpec, width: float, height: float, **options: Any) -> PanelFrame:
        frame = slot.frame(spec, width, height, **options)
        qtbot.addWidget(frame)
        return frame

    return build


def test_clock_is_the_citys_and_repaints_once_a_second(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = OneSlot(city=small_city(time_zone="Europe/Berlin", zone_label=""))
    frame = staged(slot, header.PANEL, 1856, 220)
    slot.tick()
    assert slot.texts_of_panel(frame)[1:3] == ["08.32", ".08"]
    assert "CET" in slot.texts_of_panel(frame)
    asked: list[int] = []
    monkeypatch.setattr(frame.panel, "update", lambda *_: asked.append(1))
    for _ in range(10):
        slot.tick(0.1)
    assert len(asked) == 1
    assert max(ms for ms, _ in slot.ticks) <= 200, "the second may not come late"


@pytest.mark.parametrize(
    ("bus", "words"),
    [
        (BusStatus(freshness=Freshness.LIVE, delay_s=0.24), "0,2 dtk"),
        (BusStatus(freshness=Freshness.LATE, delay_s=0.2, heartbeat_age_s=0.5, canary_age_s=6.2), "TELAT 6 dtk"),
        (BusStatus(freshness=Freshness.STALE, delay_s=0.2, heartbeat_age_s=0.5, canary_age_s=75.0), "USANG 1 mnt"),
        (BusStatus(freshness=Freshness.LIVE, delay_s=0.2, faults=2), "2 galat, lihat log"),
        (BusStatus(freshness=Freshness.OFFLINE, delay_s=0.2, heartbeat_age_s=20.0), "TERPUTUS 20 dtk"),
        (BusStatus(), "MENUNGGU"),
        (BusStatus(freshness=Freshness.LIVE, delay_s=0.2, skew_s=-3.4), "jam sumber berbeda 3 dtk"),
        (BusStatus(freshness=Freshness.LIVE, delay_s=0.2, simulated=12_345), "12.345 pesan simulasi dibuang"),
        (BusStatus(freshness=Freshness.LIVE, delay_s=0.2, rejected=7, faults=1), "1 galat, lihat log · 7 pesan ditolak"),
    ],
)
def test_header_tells_the_pulse_of_the_bus(staged: Stage, bus: BusStatus, words: str) -> None:
    slot = OneSlot()
    slot.bus = bus
    assert words in slot.texts_of_panel(staged(slot, header.PANEL, 1856, 220))


def test_small_skew_is_not_shown(staged: Stage) -> None:
    slot = OneSlot()
    slot.bus = BusStatus(freshness=Freshness.LIVE, delay_s=0.2, skew_s=1.9)
    assert not any("jam sumber" in text for text in slot.texts_of_panel(staged(slot, header.PANEL, 1856, 220)))


def test_header_shows_the_parts_asked_for(staged: Stage) -> None:
    slot = OneSlot()
    assert slot.texts_of_panel(staged(slot, header.PANEL, 900, 220, show=("identity",))) == ["Kota Tangerang", "LIVE Room"]
    assert "Kota Tangerang" not in slot.texts_of_panel(staged(slot, header.PANEL, 900, 220, show=("clock",)))


def test_presence_sums_and_sorts_and_folds(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, presence.PANEL, 632, 396)
    assert frame.meta == "231 dari 288 · per 14.31 · SIGAP"
    names = [text for text in slot.texts_of_panel(frame) if text.strip("/0123456789")]
    assert names == ["Dinas PUPR", "DLH", "Dishub", "Satpol PP", "BPBD"]
    slot.publish(PRESENCE, ("dinkes", Presence(agency="dinkes", present=3, expected=4, as_of=NOW)))
    slot.tell(frame)
    texts = slot.texts_of_panel(frame)
    assert "2 lainnya" in texts
    assert "21" in texts
    assert "/34" in texts


def test_hazards_stand_by_severity_and_drills_last(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(
        HAZARD,
        ("a", samples.storm("a", headline="Sedang")),
        ("b", samples.storm("b", headline="Berat", severity=Severity.SEVERE)),
        ("c", samples.storm("c", headline="Uji coba", severity=Severity.EXTREME, is_drill=True)),
    )
    frame = staged(slot, hazards.PANEL, 1856, 400)
    headlines = [text for text in slot.texts_of_panel(frame) if "sampai" in text]
    assert headlines == ["Berat sampai 16.00", "Sedang sampai 16.00", "LATIHAN · Uji coba sampai 16.00"]


def test_strip_turns_its_pages(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(HAZARD, *((key, samples.storm(key, headline=key)) for key in ("satu", "dua", "tiga")))
    frame = staged(slot, hazards.PANEL, 1856, 108)
    turn = next(call for ms, call in slot.ticks if ms == hazards.PAGE_MS)
    seen: list[str] = []
    for _ in range(3):
        texts = slot.texts_of_panel(frame)
        seen.append(next(text for text in texts if "sampai" in text))
        assert any(text.endswith(f"{len(seen)}/3") for text in texts)
        turn()
    assert len(set(seen)) == 3


def test_a_warning_ends_by_itself_and_the_quiet_names_its_source(staged: Stage) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    frame = staged(slot, hazards.PANEL, 1856, 108)
    assert "Sumber: BMKG" in slot.texts_of_panel(frame)
    slot.clock = at("16.00")
    slot.tick()
    assert slot.texts_of_panel(frame) == ["Tidak ada peringatan", "Sumber: BMKG · diperiksa 14.32"]


@pytest.mark.parametrize("width", [320, 632, 900, 1200, 1856])
def test_the_issuer_is_named_wherever_the_warning_is(staged: Stage, width: int) -> None:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    assert any("Sumber: BMKG" in text for text in slot.texts_of_panel(staged(slot, hazards.PANEL, width, 108)))


def test_many_flooded_points_are_one_row_and_few_stand_alone(staged: Stage) -> None:
    slot = OneSlot()
    samples_surroundings.publish_warnings(slot)
    slot.publish(HAZARD, samples_surroundings.flooded("f2", area="cibodas"))
    frame = staged(slot, hazards.PANEL, 1856, 900)
    texts = slot.texts_of_panel(frame)
    assert "Banjir 71–150 cm sampai 19.32" in texts
    assert "Jalan Raya Prancis, Periuk" in texts
    assert texts.count("Cibodas") == 1, "an area that is the district is named once"
    more = [samples_surroundings.flooded(f"p{n}", districts=(samples.district("Ciledug"),), issued_at=at("14.25")) for n in range(5)]
    slot.publish(HAZARD, *more)
    slot.tell(frame)
    texts = slot.texts_of_panel(frame)
    assert "7 titik banjir · Banjir 71–150 cm" in texts
    assert "Periuk, Cibodas, Ciledug" in texts
    assert "terbit 14.25" in texts
    assert not any(text.startswith("Banjir") for text in texts)


def test_a_magnitude_in_the_headline_is_not_said_again(staged: Stage) -> None:
    slot = OneSlot()
    samples_surroundings.publish_warnings(slot)
    texts = slot.texts_of_panel(staged(slot, hazards.PANEL, 1856, 900))
    assert sum("M 4,9" in text for text in texts) == 1


def test_an_update_leaves_the_page_and_a_new_first_warning_turns_to_it(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(HAZARD, *((key, samples.storm(key, headline=key)) for key in ("dua", "satu", "tiga")))
    frame = staged(slot, hazards.PANEL, 1856, 108)
    next(call for ms, call in slot.ticks if ms == hazards.PAGE_MS)()
    before = slot.texts_of_panel(frame)
    slot.publish(HAZARD, ("tiga", samples.storm("tiga", headline="tiga", expires_at=at("17.00"))))
    slot.tell(frame)
    assert slot.texts_of_panel(frame) == before
    slot.publish(HAZARD, ("baru", samples.storm("baru", headline="baru", severity=Severity.EXTREME)))
    slot.tell(frame)
    assert "baru sampai 16.00" in slot.texts_of_panel(frame)


@pytest.mark.parametrize("size", [(400, 300), (632, 396), (900, 400)])
def test_a_narrow_list_breaks_its_headlines_and_keeps_issuer_and_end(staged: Stage, size: tuple[int, int]) -> None:
    slot = OneSlot()
    slot.publish(HAZARD, ("w", samples.storm("w", headline="Hujan sangat lebat dan angin kencang")))
    texts = " ".join(slot.texts_of_panel(staged(slot, hazards.PANEL, *size)))
    for words in ("Hujan sangat", "lebat", "BMKG", "sampai 16.00"):
        assert words in texts


def test_tape_runs_only_as_far_as_the_line_is_too_long() -> None:
    assert offset_u(100.0, -50.0) == 0
    assert offset_u(HOLD_S, 400.0) == 0
    assert offset_u(HOLD_S + 1, 400.0) == SPEED_U_S
    assert offset_u(1000.0, 400.0) == 400.0
    assert stay_s(0.0) < stay_s(1.0) < stay_s(1000.0)


def notice_line(slot: OneSlot, frame: PanelFrame) -> str | None:
    tape = frame.findChild(Tape)
    assert tape is not None
    return tape.line.text if tape.line is not None else None


def test_notices_follow_one_another_and_end(staged: Stage) -> None:
    slot = OneSlot()
    soon = NOW + timedelta(seconds=30)
    slot.publish(
        NOTICE, ("a", samples.notice("a", "Pertama", expires_at=soon)), ("b", samples.notice("b", "Kedua", at=NOW - timedelta(hours=1)))
    )
    frame = staged(slot, notices.PANEL, 1856, 72)
    assert notice_line(slot, frame) == "Pertama"
    slot.tick(stay_s(0.0) + 0.1)
    assert notice_line(slot, frame) == "Kedua"
    slot.tick(stay_s(0.0) + 0.1)
    assert notice_line(slot, frame) == "Pertama"
    slot.tick(60)
    assert notice_line(slot, frame) == "Kedua"
    hear = slot.publish(NOTICE, ("a", None), ("b", None))
    assert frame.panel is not None
    frame.panel.on_messages(NOTICE, hear)
    assert notice_line(slot, frame) is None
    assert "Tidak ada kabar" in slot.texts_of_panel(frame)


def test_news_says_whose_and_of_when_and_each_feed_has_its_turn(staged: Stage) -> None:
    slot = OneSlot()
    samples_surroundings.publish_two_feeds(slot)
    frame = staged(slot, notices.PANEL, 1856, 72)
    tape = frame.findChild(Tape)
    assert tape is not None
    assert [(line.text.split()[0], line.credit) for line in tape._lines] == [
        ("Layanan", "Diskominfo · 06.30"),
        ("Pelatihan", "Warta Kota · kemarin 14.32"),
        ("Jadwal", "Diskominfo · 06.00"),
        ("Pasar", "Warta Kota · 14 Nov"),
    ]


def test_no_news_names_who_would_have_some(staged: Stage) -> None:
    slot = OneSlot()
    slot.source("Diskominfo", NOTICE)
    slot.source("Warta Kota", NOTICE)
    frame = staged(slot, notices.PANEL, 1856, 72)
    slot.tick()
    assert slot.texts_of_panel(frame)[1:] == ["Tidak ada kabar", "Sumber: Diskominfo, Warta Kota · diperiksa 14.32"]


def test_a_short_line_that_stands_alone_costs_no_repaint(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = OneSlot()
    slot.publish(NOTICE, ("a", samples.notice("a", "Pendek")))
    frame = staged(slot, notices.PANEL, 1856, 72)
    grab(frame)
    tape = frame.findChild(Tape)
    assert tape is not None
    asked: list[int] = []
    monkeypatch.setattr(tape, "update", lambda *_: asked.append(1))
    for _ in range(50):
        slot.tick(0.04)
    assert asked == []


def test_a_long_line_moves_to_its_end(staged: Stage) -> None:
    slot = OneSlot()
    slot.publish(NOTICE, ("a", samples.notice("a", samples.LONG * 2)))
    frame = staged(slot, notices.PANEL, 1856, 72)
    pictures = []
    for _ in range(3):
        pictures.append(grab(frame))
        slot.tick(HOLD_S + 2)
    assert pictures[0] != pictures[1] != pictures[2]
    assert slot.clock.tzinfo is UTC


def test_news_after_a_repeated_line_has_its_turn(staged: Stage) -> None:
    """Two notices alike are one line: the tape is told its lines every second and must not fall back to the first of them."""
    slot = OneSlot()
    slot.publish(NOTICE, *((key, samples.notice(key, words)) for key, words in (("a", "Satu"), ("b", "Dua"), ("c", "Satu"), ("d", "Tiga"))))
    frame = staged(slot, notices.PANEL, 1856, 72)
    seen: set[str | None] = set()
    for _ in range(120):
        slot.tick(0.5)
        seen.add(notice_line(slot, frame))
    assert seen == {"Satu", "Dua", "Tiga"}


def test_the_last_check_of_a_quiet_source_names_its_day(staged: Stage) -> None:
    slot = OneSlot()
    slot.source("BMKG", HAZARD, checked_at=NOW - timedelta(days=3))
    frame = staged(slot, hazards.PANEL, 1856, 108)
    assert slot.texts_of_panel(frame)[1] == f"Sumber: BMKG · diperiksa {slot.text.when(NOW - timedelta(days=3), NOW)}"
    assert "20 Nov" in slot.texts_of_panel(frame)[1]
