"""Keuangan, fisik and pengadaan: what they say, what they draw of missing and impossible values, and what they refuse to draw."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from feeds.messages.freshness import Freshness
from feeds.messages.header import Topic
from feeds.messages.indicator import (
    FINANCE,
    PROCUREMENT,
    PROGRESS,
    AgencyFigure,
    CriticalContract,
    Curve,
    Finance,
    Light,
    Procurement,
    Progress,
    Ratio,
    StageCount,
)
from tests.widgets.staging import OneSlot, grab
from widgets.frame import PanelFrame
from widgets.kit.plots import CurveChart, Gap, gaps_of
from widgets.panel import FrameStatus
from widgets.panels import fisik, keuangan, pengadaan

REFERENCE = (602, 772)
PLAN = tuple(8.0 * (n + 1) for n in range(12))
NOTHING = Ratio(value=None, numerator=None, denominator=0)
Shown = Callable[..., PanelFrame]


def finance(**changed: Any) -> Finance:
    fields: dict[str, Any] = {
        "year": 2026, "as_of": date(2026, 11, 22), "source": "SIPD", "target": 79.2, "target_version": "RAK 3", "deviation": -7.8,
        "absorption": Ratio(value=71.4, numerator=3_940_000_000_000, denominator=5_520_000_000_000), "light": Light.YELLOW,
        "planned": Curve(step="month", values=PLAN), "actual": Curve(step="month", values=tuple(v * 0.9 for v in PLAN[:11])),
        "agencies": (
            AgencyFigure(agency="dinkes", deviation=-2.0, light=Light.GREEN),
            AgencyFigure(agency="bpbd", deviation=None, light=Light.GREY),
            AgencyFigure(agency="dlh", deviation=3.1, light=Light.GREEN),
            AgencyFigure(agency="perkim", deviation=-12.4, light=Light.RED),
        ),
    }  # fmt: skip
    return Finance(**(fields | changed))


def progress(**changed: Any) -> Progress:
    fields: dict[str, Any] = {
        "year": 2026, "week": 46, "weeks": 52, "as_of": date(2026, 11, 20), "source": "E-Monev", "target_version": "adendum 2",
        "progress": Ratio(value=58.2, numerator=1, denominator=2), "planned_value": 67.9, "deviation": -9.7, "light": Light.YELLOW,
        "planned": Curve(step="week", values=tuple(float(n) for n in range(52))),
        "actual": Curve(step="week", values=tuple(None if 20 <= n < 28 else float(n) * 0.8 for n in range(46))),
        "critical": tuple(CriticalContract(id=n, name=n, agency="x", deviation=d) for n, d in (("Turap", -6.1), ("Drainase", -14.2))),
        "contracts": 42,
    }  # fmt: skip
    return Progress(**(fields | changed))


def procurement(**changed: Any) -> Procurement:
    fields: dict[str, Any] = {
        "year": 2026, "as_of": datetime(2026, 11, 23, 7, 30, tzinfo=UTC), "source": "SiRUP", "late_packages": 17,
        "announced": Ratio(value=96.8, numerator=2_410_000_000_000, denominator=2_490_000_000_000),
        "stages": tuple(StageCount(stage=s, packages=n) for s, n in (("rencana", 642), ("evaluasi", 463), ("kontrak", 397))),
    }  # fmt: skip
    return Procurement(**(fields | changed))


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    """``shown(spec module, topic, body, size=..., scale=...)``: the frame with its panel, laid out and painted once."""
    frames: list[PanelFrame] = []

    def show(panel: Any, topic: Topic[Any], body: Any, size: tuple[int, int] = REFERENCE, scale: float = 1.0) -> PanelFrame:
        slot = OneSlot()
        slot.publish(topic, ("x", body))
        frame = slot.frame(panel.PANEL, *size, scale=scale)
        frame.slot = slot  # pyright: ignore[reportAttributeAccessIssue]
        frames.append(frame)
        grab(frame)
        return frame

    yield show
    for frame in frames:
        frame.close()
        frame.deleteLater()


def texts(frame: PanelFrame) -> list[str]:
    canvas = frame.slot.record(frame)  # pyright: ignore[reportAttributeAccessIssue]
    return [text.replace("\u202f", " ") for text, _, _ in canvas.texts]


def ink(image: QImage, colour: str, left: int, top: int, right: int, bottom: int) -> int:
    """Pixels of nearly this colour in a box."""
    wanted = QColor(colour)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[top:bottom, left:right, :3]
    apart = np.abs(pixels.astype(np.int16) - (wanted.blue(), wanted.green(), wanted.red())).sum(axis=2)
    return int((apart < 24).sum())


def test_finance_says_value_target_deviation_money_and_where_from(shown: Shown) -> None:
    frame = shown(keuangan, FINANCE, finance())
    said = texts(frame)
    for wanted in ("71,4", "%", "target 79,2 %", "−7,8", "poin", "Rp 3,94 T dari Rp 5,52 T", "Deviasi OPD"):
        assert wanted in said
    assert frame.meta == "per 22 Nov · SIPD · RAK 3"


def test_agencies_stand_by_lateness_and_the_unknown_one_last(shown: Shown) -> None:
    said = texts(shown(keuangan, FINANCE, finance()))
    names = [text for text in said if text in ("Dinkes", "BPBD", "DLH", "Perkim")]
    assert names == ["Perkim", "Dinkes", "DLH", "BPBD"]
    assert [said[said.index(name) + 1] for name in names] == ["−12,4", "−2,0", "+3,1", "—"]


def test_bars_grow_from_the_zero_line_to_either_side_and_colour_means_act(shown: Shown) -> None:
    frame = shown(keuangan, FINANCE, finance())
    image, colours = grab(frame), frame._theme.palette
    assert ink(image, colours.red, 240, 572, 406, 600) > 3000
    assert ink(image, colours.red, 412, 572, 574, 600) == 0
    assert ink(image, colours.bar, 240, 620, 406, 648) > 400
    assert ink(image, colours.bar, 412, 668, 470, 696) > 500
    assert ink(image, colours.yellow, 240, 560, 574, 760) == 0


@pytest.mark.parametrize(("light", "role"), [(Light.YELLOW, "yellow"), (Light.RED, "red"), (Light.GREEN, None), (Light.GREY, None)])
def test_the_light_is_a_shape_beside_the_deviation_and_none_when_all_is_well(shown: Shown, light: Light, role: str | None) -> None:
    frame = shown(keuangan, FINANCE, finance(light=light, agencies=()))
    image, colours = grab(frame), frame._theme.palette
    for candidate in ("yellow", "red"):
        amount = ink(image, getattr(colours, candidate), 280, 190, 574, 260)
        assert (amount > 150) == (candidate == role), candidate


def test_more_than_a_hundred_percent_is_said_and_the_drawing_stays_in_its_box(shown: Shown) -> None:
    values = (*PLAN[:10], 140.0)
    body = finance(absorption=Ratio(value=104.2, numerator=1, denominator=1), actual=Curve(step="month", values=values), agencies=())
    frame = shown(keuangan, FINANCE, body)
    assert "104,2" in texts(frame)
    image, colours = grab(frame), frame._theme.palette
    assert ink(image, colours.ink, 30, 314, 572, 325) == 0
    assert ink(image, colours.ink, 460, 330, 530, 350) > 60


def test_what_is_not_known_is_a_dash_and_never_a_zero(shown: Shown) -> None:
    body = finance(absorption=NOTHING, target=None, deviation=None, light=Light.GREY, agencies=())
    said = texts(shown(keuangan, FINANCE, body))
    assert said.count("—") == 2
    assert "target —" in said
    assert "— dari Rp 0" in said
    assert "%" not in said
    assert "poin" not in said


def test_excluded_rows_are_said_before_the_version(shown: Shown) -> None:
    frame = shown(keuangan, FINANCE, finance(excluded_rows=12))
    assert frame.meta == "per 22 Nov · SIPD · −12 baris"
    wide = shown(keuangan, FINANCE, finance(excluded_rows=12), size=(1856, 600))
    assert wide.meta == "per 22 Nov · SIPD · 12 baris dikecualikan · RAK 3"


def test_progress_says_week_plan_and_the_contracts_furthest_behind(shown: Shown) -> None:
    said = texts(shown(fisik, PROGRESS, progress()))
    for wanted in ("58,2", "rencana 67,9 %", "−9,7", "Minggu 46 dari 52", "Kontrak kritis", "2 dari 42"):
        assert wanted in said
    assert [text for text in said if text in ("Turap", "Drainase")] == ["Drainase", "Turap"]


def test_missing_weeks_are_a_band_with_the_last_value_dashed_and_no_line_across(shown: Shown) -> None:
    frame = shown(fisik, PROGRESS, progress(planned=Curve(step="week", values=(None,) * 52), critical=()))
    image, colours = grab(frame), frame._theme.palette
    left, right = 28 + 4 + 534 * 19 / 51, 28 + 4 + 534 * 28 / 51
    band = ink(image, colours.raised, round(left) + 8, 345, round(right) - 8, 400)
    assert band > 0.95 * (round(right) - round(left) - 16) * 55
    level = 336 + 166 * (1 - 15.2 / 100)
    dashes = [ink(image, colours.ink, x, round(level) - 1, x + 1, round(level) + 1) > 0 for x in range(round(left) + 11, round(right) - 7)]
    assert 0.15 < sum(dashes) / len(dashes) < 0.5
    risen = 336 + 166 * (1 - 19 / 100)
    assert ink(image, colours.ink, round(left) + 12, round(risen) - 6, round(right) - 8, round(risen) + 3) == 0


def test_the_plan_runs_through_the_gap(shown: Shown) -> None:
    frame = shown(fisik, PROGRESS, progress(planned=Curve(step="week", values=(60.0,) * 52), critical=()))
    image, colours = grab(frame), frame._theme.palette
    level = round(336 + 166 * 0.4)
    drawn = [ink(image, colours.ink3, x, level - 1, x + 1, level + 2) > 0 for x in range(240, 310)]
    assert 0.3 < sum(drawn) / len(drawn) < 0.75


def test_procurement_says_its_funnel_and_the_late_ones(shown: Shown) -> None:
    frame = shown(pengadaan, PROCUREMENT, procurement())
    said = texts(frame)
    for wanted in ("96,8", "RUP", "diumumkan", "Rp 2,41 T dari Rp 2,49 T", "Rencana", "642", "Kontrak", "397", "17 paket terlambat"):
        assert wanted in said
    assert frame.meta == "per 14.30 · SiRUP"
    image, colours = grab(frame), frame._theme.palette
    assert ink(image, colours.yellow, 20, 500, 80, 760) > 150


def test_no_late_package_is_quiet_and_another_day_is_named(shown: Shown) -> None:
    frame = shown(pengadaan, PROCUREMENT, procurement(late_packages=0, as_of=datetime(2026, 11, 20, 3, 0, tzinfo=UTC)))
    assert "Tidak ada paket terlambat" in texts(frame)
    assert frame.meta == "per 20 Nov 10.00 · SiRUP"
    image = grab(frame)
    assert ink(image, frame._theme.palette.yellow, 20, 130, 590, 760) == 0


@pytest.mark.parametrize(("panel", "topic", "body"), [(keuangan, FINANCE, finance()), (fisik, PROGRESS, progress())])
def test_old_values_have_no_colour_at_all_in_chart_and_marks(shown: Shown, panel: Any, topic: Topic[Any], body: Any) -> None:
    frame = shown(panel, topic, body)
    frame.set_status(FrameStatus(freshness=Freshness.STALE, age_s=260_000.0))
    image, colours = grab(frame), frame._theme.palette
    for role in ("red", "yellow", "green"):
        assert ink(image, getattr(colours, role), 20, 130, 590, 760) == 0


def test_a_chart_keeps_its_items_when_it_is_told_again(shown: Shown) -> None:
    frame = shown(fisik, PROGRESS, progress())
    assert frame.panel is not None
    chart = frame.panel.findChild(CurveChart)
    assert isinstance(chart, CurveChart)
    before = len(chart._view.scene().items())
    slot: OneSlot = frame.slot  # pyright: ignore[reportAttributeAccessIssue]
    for week in range(30, 46):
        frame.panel.on_messages(PROGRESS, slot.publish(PROGRESS, ("x", progress(week=week))))
        grab(frame)
    assert len(chart._view.scene().items()) == before


def test_a_chart_that_is_told_the_same_again_places_nothing_anew(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = shown(fisik, PROGRESS, progress())
    frame.show()
    slot: OneSlot = frame.slot  # pyright: ignore[reportAttributeAccessIssue]
    placed: list[int] = []
    place = CurveChart._place
    monkeypatch.setattr(CurveChart, "_place", lambda chart: (placed.append(1), place(chart)))
    assert frame.panel is not None
    frame.panel.on_messages(PROGRESS, slot.publish(PROGRESS, ("x", progress(deviation=-1.0))))
    assert not placed
    frame.panel.on_messages(PROGRESS, slot.publish(PROGRESS, ("x", progress(week=45))))
    assert len(placed) == 1


def test_a_chart_is_placed_once_while_its_panel_is_built_and_shown(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the pieces of its curves are worked out once, however many places for a word are looked at."""
    placed: list[int] = []
    points: list[int] = []
    place, pixel = CurveChart._place, CurveChart._pixel
    monkeypatch.setattr(CurveChart, "_place", lambda chart: (placed.append(1), place(chart)))
    monkeypatch.setattr(CurveChart, "_pixel", lambda chart, index, value: (points.append(1), pixel(chart, index, value))[1])
    slot = OneSlot()
    slot.publish(PROGRESS, ("x", progress()))
    frame = slot.frame(fisik.PANEL, *REFERENCE)
    qtbot.addWidget(frame)
    frame.show()
    grab(frame)
    assert len(placed) == 1
    assert 2 * (51 + 37) <= len(points) < 2 * 2 * (51 + 45)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_strokes_follow_the_scale_of_the_wall(shown: Shown, scale: float) -> None:
    flat = Curve(step="month", values=(50.0,) * 11)
    frame = shown(keuangan, FINANCE, finance(actual=flat, planned=Curve(step="month", values=()), agencies=()), scale=scale)
    image, colours = grab(frame), frame._theme.palette
    x, middle = round(200 * scale), round((336 + 83) * scale)
    thick = ink(image, colours.ink, x, middle - round(20 * scale), x + 1, middle + round(20 * scale))
    assert abs(thick - 6 * scale) <= 1


@pytest.mark.parametrize(
    ("values", "elapsed", "gaps"),
    [
        ((1.0, 2.0, 3.0), 3, ()),
        ((1.0, None, None, 4.0), 4, (Gap(before=0, after=3, value=1.0),)),
        ((None, None, 4.0), 3, (Gap(before=0, after=2, value=None),)),
        ((1.0, 2.0), 5, (Gap(before=1, after=4, value=2.0),)),
        ((1.0, 2.0, None, None), 2, ()),
        ((None, None), 2, ()),
        ((), 0, ()),
    ],
)
def test_gaps_are_what_should_have_come_and_did_not(values: tuple[float | None, ...], elapsed: int, gaps: tuple[Gap, ...]) -> None:
    assert gaps_of(values, elapsed) == gaps


@given(st.lists(st.none() | st.floats(0, 100), max_size=60), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_every_gap_lies_between_known_steps_and_holds_none(values: list[float | None], elapsed: int) -> None:
    for gap in gaps_of(values, elapsed):
        assert 0 <= gap.before < gap.after < max(elapsed, 1)
        inside = values[gap.before + 1 : gap.after]
        assert all(value is None for value in inside)
        assert gap.value is None or gap.value == values[gap.before]


@pytest.mark.parametrize(
    "actual",
    [
        (None, None, 8.0, 20.0, 35.0, 50.0, None, None, 88.0, 101.0, 104.2),
        (5.0, 9.0, None, None, 30.0, 40.0),
        (5.0, *([None] * 10)),
        (None, *([60.0] * 10)),
    ],
)
def test_a_gap_is_always_said_in_words_that_cross_no_line(shown: Shown, actual: tuple[float | None, ...]) -> None:
    frame = shown(keuangan, FINANCE, finance(actual=Curve(step="month", values=actual)))
    assert frame.panel is not None
    chart = frame.panel.findChild(CurveChart)
    assert isinstance(chart, CurveChart)
    visible = [item for item in chart._texts if item.isVisible()]
    assert "tanpa data" in [item.text() for item in visible]
    boxes = [item.sceneBoundingRect() for item in visible]
    for number, box in enumerate(boxes):
        assert chart.rect().adjusted(-1, -1, 1, 1).contains(box.toAlignedRect())
        inner = box.adjusted(4, 10, -4, -10)
        assert not any(inner.intersects(other) for other in boxes[number + 1 :])


def test_a_gone_indicator_leaves_an_empty_panel(shown: Shown) -> None:
    frame = shown(fisik, PROGRESS, progress())
    assert frame.panel is not None
    slot: OneSlot = frame.slot  # pyright: ignore[reportAttributeAccessIssue]
    frame.panel.on_messages(PROGRESS, slot.publish(PROGRESS, ("x", None)))
    assert "58,2" not in texts(frame)
    assert frame.meta == ""
    chart = frame.panel.findChild(CurveChart)
    assert isinstance(chart, CurveChart)
    assert chart.isHidden()


def test_a_message_from_the_wire_is_drawn(shown: Shown) -> None:
    body = msgspec.json.decode(msgspec.json.encode(progress()), type=Progress)
    assert "58,2" in texts(shown(fisik, PROGRESS, body))
