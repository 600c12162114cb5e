"""Applications and sources: what stands first, what needs somebody, what is said of it, and that nothing is lost between pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from feeds.messages.application import APPLICATION, ApplicationState, ProbeFault
from feeds.messages.freshness import Freshness
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, SourceState
from tests.widgets import samples_surroundings as samples
from tests.widgets.staging import NOW, OneSlot, at
from widgets.frame import PanelFrame
from widgets.panel import FrameStatus, PanelSpec
from widgets.panels import apps, sources
from widgets.panels.apps import needs_somebody
from widgets.panels.sources import Standing, standing_of

Stage = Callable[..., PanelFrame]


@pytest.fixture
def staged(qtbot: QtBot) -> Stage:
    def build(slot: OneSlot, spec: PanelSpec, width: float, height: float) -> PanelFrame:
        frame = slot.frame(spec, width, height)
        qtbot.addWidget(frame)
        return frame

    return build


@pytest.fixture
def slot(qapp: object) -> OneSlot:
    return OneSlot()


def turn(slot: OneSlot, page_ms: int) -> None:
    next(call for ms, call in slot.ticks if ms == page_ms)()


def test_up_but_stale_is_counted_apart_and_the_counts_are_all_of_them(slot: OneSlot, staged: Stage) -> None:
    samples.publish_applications(slot)
    frame = staged(slot, apps.PANEL, 1856, 600)
    texts = slot.texts_of_panel(frame)
    assert texts[:8] == ["2", "mati", "4", "data usang", "1", "perawatan", "167", "normal"]
    assert frame.meta == "174 aplikasi · per 14.32 · Pemeriksa aplikasi"


@pytest.mark.parametrize(
    ("changed", "needs"),
    [
        ({}, False),
        ({"state": ApplicationState.DOWN}, True),
        ({"state": ApplicationState.STALE}, True),
        ({"state": ApplicationState.MAINTENANCE, "certificate_days": 2}, False),
        ({"certificate_days": 13}, True),
        ({"certificate_days": 14}, False),
        ({"certificate_days": -1}, True),
        ({"certificate_days": None}, False),
    ],
)
def test_who_needs_somebody(changed: dict[str, Any], needs: bool) -> None:
    assert needs_somebody(samples.application("a", **changed)) is needs


def test_down_first_then_the_oldest_data_then_certificates(slot: OneSlot, staged: Stage) -> None:
    samples.publish_applications(slot)
    texts = slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 1080))
    wanted = {
        "mati 1 j": "Izin usaha mikro",
        "mati 11 mnt": "Antrean puskesmas",
        "data 3 hr lalu": "Akta kelahiran",
        "data 1 hr lalu": "Pajak daerah",
        "data 3 j lalu": "Presensi pegawai",
        "data usang": "Berita kota",
        "sertifikat 6 hr": "Anggaran",
    }
    start = texts.index("Perlu perhatian 7")
    assert [(value, texts[texts.index(value, start) + 1]) for value in wanted] == list(wanted.items())
    places = [texts.index(value, start) for value in wanted]
    assert places == sorted(places)
    assert "sejak 13.02 · menjawab HTTP 502 · Perizinan" in texts
    assert "berakhir 29 Nov · Keuangan daerah" in texts


def test_every_application_in_need_has_its_turn(slot: OneSlot, staged: Stage) -> None:
    samples.publish_applications(slot)
    frame = staged(slot, apps.PANEL, 632, 396)
    names = {"Izin usaha mikro", "Antrean puskesmas", "Akta kelahiran", "Pajak daerah", "Presensi pegawai", "Berita kota", "Anggaran"}
    seen: set[str] = set()
    for _ in range(7):
        seen |= names.intersection(slot.texts_of_panel(frame))
        turn(slot, apps.PAGE_MS)
    assert seen == names


def test_the_seven_groups_stand_in_their_order_and_fold_by_trouble(slot: OneSlot, staged: Stage) -> None:
    samples.publish_applications(slot)
    texts = slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 700))
    assert [text for text in texts if text in samples.GROUPS] == sorted(samples.GROUPS)
    for name in ("Kesehatan", "Perizinan", "Kepegawaian"):
        assert texts[texts.index(name) + 2] == "1", "how many are down or stale"
    texts = slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 400))
    shown = [text for text in texts if text in samples.GROUPS]
    assert {"Perizinan", "Kesehatan"} <= set(shown)
    assert f"{7 - len(shown)} kelompok lain" in texts
    counted = [text for text in texts if "/" in text and text.replace("/", "").isdigit()]
    assert sum(int(text.split("/")[1]) for text in counted if len(text) > 3) == 174


def test_a_calm_day_says_so(slot: OneSlot, staged: Stage) -> None:
    slot.publish(APPLICATION, ("a", samples.application("a")))
    assert "Semua aplikasi berjalan" in slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 600))


def test_a_state_that_lasts_is_told_in_its_age(slot: OneSlot, staged: Stage) -> None:
    slot.publish(APPLICATION, ("a", samples.application("a", state=ApplicationState.DOWN, since=at("14.30"))))
    frame = staged(slot, apps.PANEL, 1856, 600)
    assert "mati 2 mnt" in slot.texts_of_panel(frame)
    slot.tick(3600)
    assert "mati 1 j" in slot.texts_of_panel(frame)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Standing.WELL),
        ({"state": SourceState.DOWN}, Standing.DOWN),
        ({"state": SourceState.WAITING, "checked_at": None}, Standing.WAITING),
        ({"checked_at": NOW - timedelta(seconds=119)}, Standing.WELL),
        ({"checked_at": NOW - timedelta(seconds=121)}, Standing.LATE),
        ({"checked_at": NOW - timedelta(seconds=361)}, Standing.OLD),
        ({"checked_at": NOW - timedelta(hours=1), "interval_s": 3600.0}, Standing.WELL),
        ({"quarantined": 3}, Standing.SOME_REFUSED),
        ({"quarantined": 3, "accepted": 0}, Standing.ALL_REFUSED),
        ({"quarantined": 3, "accepted": 0, "outside": 5}, Standing.SOME_REFUSED),
        ({"accepted": 0}, Standing.WELL),
    ],
)
def test_how_a_source_stands(slot: OneSlot, changed: dict[str, Any], expected: Standing) -> None:
    _, body = samples.source("s", "S", **changed)
    slot.publish(SOURCE, ("s", body))
    freshness, _ = slot.context().source_freshness("s")
    assert standing_of(body, freshness) is expected


def test_sources_in_trouble_stand_first_and_the_heading_sums(slot: OneSlot, staged: Stage) -> None:
    samples.publish_sources(slot)
    frame = staged(slot, sources.PANEL, 1856, 1200)
    titles = {source.body.title for source in slot.latest[SOURCE.name].values() if source.body is not None}
    shown = [text for text in slot.texts_of_panel(frame) if text in titles]
    assert shown[:4] == ["SIPD", "Duga air BBWS", "Kualitas udara DLH", "LAKSA (Open311)"]
    assert set(shown) == titles
    assert frame.meta == f"10 sumber · 3 bermasalah · {slot.text.number(1485)} diterima · 73 luar kota · 8 dikarantina"


def test_a_source_says_why_and_names_a_record(slot: OneSlot, staged: Stage) -> None:
    """The reasons are the runtime's own words; an example is only named where it has the reason that is shown."""
    samples.publish_sources(slot)
    frame = staged(slot, sources.PANEL, 1856, 1200)
    texts = slot.texts_of_panel(frame)
    assert "answered HTTP 500 · gagal 5 kali" in texts
    assert "5× level_cm is not a number (+1) · mis. PA-07" in texts
    other = Quarantined(collector="open311", record="SR-9", reason="another reason", at=NOW)
    assert frame.panel is not None
    frame.panel.on_messages(QUARANTINE, slot.publish(QUARANTINE, ("open311:SR-9", other)))
    assert "2× status is neither open nor closed" in slot.texts_of_panel(frame)


@pytest.mark.parametrize("size", [(616, 836), (632, 396), (1200, 396)])
def test_a_reason_is_not_cut_where_lines_are_left(slot: OneSlot, staged: Stage, size: tuple[int, int]) -> None:
    reason = "answered HTTP 503 Service Unavailable with Retry-After 120"
    slot.publish(SOURCE, samples.source("a", "SIPD", state=SourceState.DOWN, failures=3, reason=reason))
    assert "Retry-After 120" in " ".join(slot.texts_of_panel(staged(slot, sources.PANEL, *size)))


@pytest.mark.parametrize("size", [(1856, 500), (1200, 396), (632, 396), (616, 836), (320, 180)])
def test_every_source_has_its_turn(slot: OneSlot, staged: Stage, size: tuple[int, int]) -> None:
    slot.publish(SOURCE, *(samples.source(f"s{n}", f"S{n:02}", accepted=n) for n in range(14)))
    frame = staged(slot, sources.PANEL, *size)
    seen: set[str] = set()
    for _ in range(14):
        seen |= {text for text in slot.texts_of_panel(frame) if text.startswith("S") and text[1:].isdigit()}
        turn(slot, sources.PAGE_MS)
    assert len(seen) == 14


def test_ages_tick_and_become_late_by_themselves(slot: OneSlot, staged: Stage) -> None:
    slot.publish(SOURCE, samples.source("a", "SIPD", checked_at=NOW))
    frame = staged(slot, sources.PANEL, 1856, 500)
    said = []
    for seconds in (5, 60, 120, 400):
        slot.tick(seconds)
        said.append(next(text for text in slot.texts_of_panel(frame) if text.split()[0] in ("baik", "telat", "usang")))
    assert said == ["baik 5 dtk", "baik 1 mnt", "telat 3 mnt", "usang 9 mnt"]


def test_without_a_bus_the_sources_are_greyed_and_grow_old(slot: OneSlot, staged: Stage) -> None:
    samples.publish_sources(slot)
    frame = staged(slot, sources.PANEL, 1856, 700)
    frame.set_status(FrameStatus(freshness=Freshness.OFFLINE, age_s=20.0))
    slot.tick(3 * 3600)
    texts = [text for text, _, _ in slot.record(frame).texts]
    assert any("TERPUTUS" in text for text in texts)
    assert [text for text in texts if text.startswith("baik")] == []
    assert frame.panel is not None
    assert frame.panel.colours.red != slot.theme.palette.red


def test_a_calm_day_with_one_in_maintenance_does_not_say_that_all_run(slot: OneSlot, staged: Stage) -> None:
    slot.publish(APPLICATION, ("a", samples.application("a")), ("b", samples.application("b", state=ApplicationState.MAINTENANCE)))
    texts = slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 600))
    assert "Semua aplikasi berjalan" not in texts
    assert "Tidak ada yang perlu perhatian" in texts


def test_three_counts_are_all_of_them_and_a_single_line_says_which_of_how_many(slot: OneSlot, staged: Stage) -> None:
    samples.publish_applications(slot)
    texts = slot.texts_of_panel(staged(slot, apps.PANEL, 900, 180))
    assert texts[:6] == ["2", "mati", "4", "usang", "168", "lainnya"]
    slot = OneSlot()
    samples.publish_applications(slot)
    frame = staged(slot, apps.PANEL, 632, 330)
    assert "1/7" in slot.texts_of_panel(frame)
    turn(slot, apps.PAGE_MS)
    assert "2/7" in slot.texts_of_panel(frame)


@pytest.mark.parametrize("fault", list(ProbeFault))
@pytest.mark.parametrize("figure", [None, 10.0])
def test_every_fault_is_worded_in_the_rooms_language(slot: OneSlot, staged: Stage, fault: ProbeFault, figure: float | None) -> None:
    down = samples.application("a", state=ApplicationState.DOWN, reason="in English", fault=fault, figure=figure)
    slot.publish(APPLICATION, ("a", down))
    line = next(text for text in slot.texts_of_panel(staged(slot, apps.PANEL, 1856, 600)) if text.startswith("sejak"))
    assert "English" not in line
    assert " · " in line
