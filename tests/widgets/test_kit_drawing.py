"""Marks, icons and the canvas: shapes differ without colour, and a stranger's text stays one harmless line."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from feeds.messages.hazard import HazardKind
from feeds.messages.indicator import Light
from feeds.messages.report import PINLESS_STATES, Channel, ReportState
from tests.widgets.staging import OneSlot, RecordingCanvas
from widgets.kit.canvas import Canvas, plain
from widgets.kit.icons import CHANNEL_ICONS, GRID, HAZARD_ICONS, icon_path
from widgets.kit.marks import draw_light, draw_mark
from widgets.kit.wording import channel_name, state_name


def drawn(draw: Any) -> QImage:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    slot = OneSlot()
    image.fill(slot.theme.palette.panel)
    with Canvas(image, slot.theme, slot.theme.palette, 1.0) as canvas:
        draw(canvas)
    return image


def test_states_differ_in_shape_alone(qapp: Any) -> None:
    """In grey, each state's mark is told from every other by well over a tenth of its pixels."""
    shapes = {
        state: drawn(lambda canvas, s=state: draw_mark(canvas, s, 32, 32, 44)).convertToFormat(QImage.Format.Format_Grayscale8)
        for state in ReportState
        if state not in PINLESS_STATES
    }
    for (one, a), (other, b) in combinations(shapes.items(), 2):
        differing = sum(abs((a.pixel(x, y) & 0xFF) - (b.pixel(x, y) & 0xFF)) > 24 for x in range(64) for y in range(64))
        assert differing > (60 if {one, other} == {ReportState.NEW, ReportState.REOPENED} else 250), (one, other)


def test_a_halo_lifts_a_mark_off_its_ground(qapp: Any) -> None:
    slot = OneSlot()
    with_halo = drawn(lambda canvas: draw_mark(canvas, ReportState.DONE, 32, 32, 44, halo=slot.theme.palette.bg))
    assert with_halo.pixelColor(32, 32 + 23).name() == slot.theme.palette.bg.lower()


def test_within_tolerance_there_is_no_mark(qapp: Any) -> None:
    for light, has_mark in ((Light.RED, True), (Light.YELLOW, True), (Light.GREEN, False), (Light.GREY, False)):
        said: list[bool] = []
        image = drawn(lambda canvas, light=light, said=said: said.append(draw_light(canvas, light, 32, 32, 34)))
        assert said == [has_mark]
        assert (image != drawn(lambda canvas: None)) == has_mark


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *CHANNEL_ICONS.values(),
            *HAZARD_ICONS.values(),
            "cam",
            "person",
            "photo",
            "merge",
            "undo",
            "redo",
            "copy",
            "trash",
            "fill",
            "options",
            "pin",
        }
    ),
)
def test_icons_keep_to_their_grid(name: str) -> None:
    box = icon_path(name).boundingRect()
    assert box.left() >= 1
    assert box.top() >= 1
    assert box.right() <= GRID - 1
    assert box.bottom() <= GRID - 1
    assert max(box.width(), box.height()) > 9


def test_every_channel_state_and_hazard_has_its_sign_and_word() -> None:
    assert set(CHANNEL_ICONS) == set(Channel)
    assert set(HAZARD_ICONS) == set(HazardKind)
    assert len({channel_name(channel, str) for channel in Channel}) == len(Channel)
    assert len({state_name(state, str) for state in ReportState}) == len(ReportState)
    with pytest.raises(KeyError):
        icon_path("tidak ada")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_plain_text_has_no_control_characters(text: str) -> None:
    line = plain(text)
    assert not set(line) & set("\n\r\t\x00\x07\x1b\u202e\u2066\u2069")
    assert line == line.strip()
    assert plain(line) == line


def test_markup_is_text() -> None:
    assert plain("<b>x</b>\n<script>") == "<b>x</b> <script>"


def test_wrap_loses_no_word(qapp: Any) -> None:
    slot = OneSlot()
    with RecordingCanvas(QImage(10, 10, QImage.Format.Format_RGB32), slot.theme, slot.theme.palette, 1.0) as canvas:
        text = "Di luar kewenangan Pemerintah Kota Tangerang"
        lines = canvas.wrap(text, 36, 300, 3)
        assert 1 < len(lines) <= 3
        assert " ".join(lines) == text
        assert canvas.wrap("", 36, 300, 3) == []
        assert canvas.fit(text, (52, 44, 36), 10) == 36
