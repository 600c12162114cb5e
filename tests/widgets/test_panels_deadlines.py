"""What is late and how the month went: order, words, time that goes by itself, and that nothing is lost between pages."""

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, EVALUATION
from tests.widgets import samples_deadlines as samples
from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.panel import PanelSpec
from widgets.panels import at_risk, evaluation

Stage = Callable[..., PanelFrame]


@pytest.fixture
def staged(qtbot: QtBot) -> Stage:
    def build(slot: OneSlot, spec: PanelSpec, width: float, height: float, **options: Any) -> PanelFrame:
        frame = slot.frame(spec, width, height, **options)
        qtbot.addWidget(frame)
        return frame

    return build


@pytest.fixture
def slot(qapp: object) -> OneSlot:
    return OneSlot()


def turn(slot: OneSlot, page_ms: int) -> None:
    next(call for ms, call in slot.ticks if ms == page_ms)()


def times(texts: list[str]) -> list[str]:
    return [text for text in texts if text.startswith(("lewat", "sisa"))]


def test_the_most_overdue_stands_first(slot: OneSlot, staged: Stage) -> None:
    samples.publish_deadlines(slot)
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    texts = slot.texts_of_panel(frame)
    assert times(texts) == ["lewat 1 hr", "lewat 2 j 14 mnt", "lewat 6 mnt", "sisa 8 mnt", "sisa 41 mnt", "sisa 1 j 35 mnt"]
    assert frame.meta == "per 14.32 · log laporan · 3 terlambat · 3 hampir"
    start = texts.index("lewat 2 j 14 mnt")
    assert {"Lampu jalan padam", "menunggu diterima", "Perkim", "Karang Tengah"} <= set(texts[start - 1 : start + 5])


def test_time_runs_out_by_itself(slot: OneSlot, staged: Stage) -> None:
    slot.publish(DEADLINE, ("d", samples.deadline("d", 1.5)))
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    said = []
    for seconds in (0, 60, 60, 600):
        slot.tick(seconds)
        said += times(slot.texts_of_panel(frame))
    assert said == ["sisa 1 mnt", "sisa 1 mnt", "lewat 1 mnt", "lewat 10 mnt"]
    assert frame.meta == "log laporan · 1 terlambat"


def test_with_nothing_at_risk_it_says_so(slot: OneSlot, staged: Stage) -> None:
    slot.source("Evaluasi laporan", DEADLINE)
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    slot.tick()
    assert slot.texts_of_panel(frame) == ["Tidak ada laporan yang hampir atau sudah terlambat"]
    assert frame.meta == "per 14.32 · log laporan"


@pytest.mark.parametrize("size", [(1856, 400), (1200, 396), (632, 396), (616, 836), (400, 300)])
def test_every_late_report_has_its_turn(slot: OneSlot, staged: Stage, size: tuple[int, int]) -> None:
    slot.publish(DEADLINE, *((f"d{n}", samples.deadline(f"d{n}", -n, category=f"K{n:02}")) for n in range(1, 24)))
    frame = staged(slot, at_risk.PANEL, *size)
    seen: set[str] = set()
    for _ in range(23):
        seen |= {text for text in slot.texts_of_panel(frame) if text[0] == "K" and text[1:].isdigit()}
        turn(slot, at_risk.PAGE_MS)
    assert len(seen) == 23


def test_a_hundred_may_be_more(slot: OneSlot, staged: Stage) -> None:
    slot.publish(DEADLINE, *((f"d{n}", samples.deadline(f"d{n}", n)) for n in range(-100, 99) if n))
    assert staged(slot, at_risk.PANEL, 1856, 600).meta.endswith("100+ terlambat · 98 hampir")


def test_what_the_list_has_no_room_for_is_counted_in_the_head_and_below_it(slot: OneSlot, staged: Stage) -> None:
    samples.publish_many_deadlines(slot)
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    assert frame.meta == "per 14.32 · log laporan · 317 terlambat · 140 hampir"
    rest = "200 dari 457 laporan · menunggu tanggapan 229, diterima 114, selesai 114"
    assert rest in slot.texts_of_panel(frame)


def test_where_the_head_has_no_room_for_the_counts_the_foot_says_them(slot: OneSlot, staged: Stage) -> None:
    samples.publish_many_deadlines(slot)
    frame = staged(slot, at_risk.PANEL, 1200, 396)
    assert frame.meta == "per 14.32 · log laporan"
    assert "200 dari 457 laporan · 317 terlambat · 140 hampir" in slot.texts_of_panel(frame)


@pytest.mark.parametrize("width", [632, 400, 320])
def test_in_a_narrow_list_too_it_says_of_how_many(slot: OneSlot, staged: Stage, width: int) -> None:
    samples.publish_many_deadlines(slot)
    texts = slot.texts_of_panel(staged(slot, at_risk.PANEL, width, 540))
    assert any("dari 457" in text for text in texts), texts


def test_a_list_that_holds_all_says_nothing_of_a_rest(slot: OneSlot, staged: Stage) -> None:
    slot.publish(DEADLINE, *((f"d{n}", samples.deadline(f"d{n}", n)) for n in range(-100, 99) if n))
    slot.publish(DEADLINE_TOTALS, ("city", samples.totals(100, 98)))
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    assert frame.meta.endswith("100 terlambat · 98 hampir")
    assert not any("dari" in text for text in slot.texts_of_panel(frame))


def test_what_runs_over_after_the_count_changes_sides(slot: OneSlot, staged: Stage) -> None:
    samples.publish_many_deadlines(slot)
    frame = staged(slot, at_risk.PANEL, 1856, 600)
    slot.tick(150)
    assert frame.meta.endswith("318 terlambat · 139 hampir"), "the one with two minutes left"
    slot.publish(DEADLINE_TOTALS, ("city", samples.totals(320, 150, as_of=slot.clock)))
    slot.tell(frame)
    assert frame.meta.endswith("per 14.34 · log laporan · 320 terlambat · 150 hampir")


def test_the_sum_stands_above_its_parts(slot: OneSlot, staged: Stage) -> None:
    samples.publish_deadlines(slot)
    frame = staged(slot, evaluation.PANEL, 1856, 1000)
    texts = slot.texts_of_panel(frame)
    head = ["OPD", "Masuk", "Selesai", "Langsung", "Terlambat", "Ditanggapi", "Tuntas"]
    assert texts[:7] == head
    assert texts[7:14] == ["Semua, 30 hari", "1.172", "74\u202f%", "80\u202f%", "55", "1,3 j", "22,4 j"]
    assert texts[14:21] == ["Dinas PUPR", "402", "75\u202f%", "80\u202f%", "31", "2,2 j", "3,1 hr"]
    assert texts[-7:] == ["belum ada OPD", "21", "0\u202f%", "—", "3", "—", "—"]
    assert frame.meta == "per 14.32 · log laporan · 30 hari terakhir · lamanya: nilai tengah"


@pytest.mark.parametrize(("by", "heading", "first"), [("category", "Kategori", "Genangan air"), ("district", "Kecamatan", "Tangerang")])
def test_other_cuts(slot: OneSlot, staged: Stage, by: str, heading: str, first: str) -> None:
    cut = {"category": "categories", "district": "districts"}[by]
    code = {"category": "genangan", "district": "36.71.01"}[by]
    rows: Any = {cut: (samples.row(code, 9), samples.row(None, 5, groups=12))}
    slot.publish(EVALUATION, ("city", samples.evaluation(**rows)))
    texts = slot.texts_of_panel(staged(slot, evaluation.PANEL, 1856, 600, by=by))
    assert texts[0] == heading
    assert first in texts
    assert "12 lainnya" in texts


@pytest.mark.parametrize("size", [(1856, 400), (1200, 396), (632, 540), (616, 836)])
def test_every_row_has_its_turn(slot: OneSlot, staged: Stage, size: tuple[int, int]) -> None:
    slot.publish(EVALUATION, ("city", samples.evaluation(agencies=tuple(samples.row(f"K{n:02}", 40 - n) for n in range(17)))))
    frame = staged(slot, evaluation.PANEL, *size)
    seen: set[str] = set()
    for _ in range(17):
        seen |= {text for text in slot.texts_of_panel(frame) if text[0] == "K" and text[1:].isdigit()}
        turn(slot, evaluation.PAGE_MS)
    assert len(seen) == 17
