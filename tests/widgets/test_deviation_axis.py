"""The deviations of the budget are drawn to one scale on both sides of the zero line."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from feeds.messages.indicator import FINANCE, Finance, Light
from tests.widgets import samples_figures
from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.kit.canvas import Canvas
from widgets.panels import keuangan
from widgets.panels.keuangan import deviation_axis

LEFT, ZERO, ROOM = 214.0, 380.0, 46.0


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda d: d == 0 or abs(d) > 1e-3), max_size=8))
def test_every_bar_is_to_scale_and_has_room(deviations: list[float]) -> None:
    zero, unit = deviation_axis(deviations, LEFT, ZERO)
    assert LEFT - 1e-6 <= zero <= ZERO
    for deviation in deviations:
        assert LEFT - 1e-6 <= zero + deviation * unit <= ZERO + ROOM + 1e-6


def test_the_line_stands_where_it_stood_while_the_early_ones_have_room() -> None:
    assert deviation_axis([-12.0, 2.0], LEFT, ZERO) == (ZERO, (ZERO - LEFT) / 12)
    assert deviation_axis([-5.0, 20.0], LEFT, ZERO)[0] < ZERO
    assert deviation_axis([], LEFT, ZERO) == (ZERO, 0.0)


@pytest.fixture
def slot(qtbot: QtBot) -> Iterator[tuple[OneSlot, list[PanelFrame]]]:
    held: list[PanelFrame] = []
    yield OneSlot(), held
    for frame in held:
        frame.close()
        frame.deleteLater()


def test_one_point_is_as_long_early_as_late(slot: tuple[OneSlot, list[PanelFrame]], monkeypatch: pytest.MonkeyPatch) -> None:
    world, held = slot
    samples_figures.publish_figures(world)
    finance = next(message.body for message in world.latest[FINANCE.name].values())
    assert isinstance(finance, Finance)
    first = finance.agencies[0]
    changed = tuple(replace(first, agency=f"opd{n}", deviation=d, light=Light.YELLOW) for n, d in enumerate((-6.0, 12.0, 3.0)))
    key = next(iter(world.latest[FINANCE.name]))
    world.publish(FINANCE, (key, replace(finance, agencies=changed)))
    frame = world.frame(keuangan.PANEL, 616, 836)
    held.append(frame)
    drawn: list[tuple[float, float]] = []
    rect = Canvas.rect

    def note(
        canvas: Canvas, x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0.0, opacity: float = 1.0
    ) -> None:
        if height == 26:
            drawn.append((x, width))
        rect(canvas, x, y, width, height, colour, radius=radius, opacity=opacity)

    monkeypatch.setattr(Canvas, "rect", note)
    world.record(frame)
    lengths = [width for _, width in drawn]
    assert lengths == pytest.approx([lengths[0], 0.5 * lengths[0], 2 * lengths[0]])
