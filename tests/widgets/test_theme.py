"""The tokens: what the file must hold, and the contrasts that visual.md promises, for every palette."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QFontDatabase

from controlroom.theme import ThemeError, load_theme, style_sheet
from tests.widgets.staging import ROOT

FILE = ROOT / "assets" / "theme.toml"


def luminance(colour: str) -> float:
    made = QColor(colour)
    parts = (made.redF(), made.greenF(), made.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", ["day", "night"])
def test_words_can_be_read(qapp: Any, palette: str) -> None:
    colours = load_theme(FILE, palette).palette
    for ink in ("ink", "ink2", "ink3", "sim", "yellow", "sel"):
        for ground in ("bg", "panel", "out", "raised"):
            assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5, (ink, ground)
    for ground in ("land", "land_hi"):
        assert contrast(colours.ink2, getattr(colours, ground)) >= 4.5
    for ground in ("ink", "ink2", "yellow"):
        assert contrast(colours.bg, getattr(colours, ground)) >= 4.5, "dark text on a filled chip"


@pytest.mark.parametrize("palette", ["day", "night"])
def test_marks_stand_out(qapp: Any, palette: str) -> None:
    colours = load_theme(FILE, palette).palette
    for mark in ("red", "yellow", "green"):
        assert contrast(getattr(colours, mark), colours.bg) >= 4.0, mark
        assert contrast(getattr(colours, mark), colours.panel) >= 3.0, mark
    assert contrast(colours.bar, colours.panel) >= 2.8


@pytest.mark.parametrize("palette", ["day", "night", "desk_light"])
def test_a_stale_panel_has_no_signal_colour_and_can_be_read(qapp: Any, palette: str) -> None:
    muted = load_theme(FILE, palette).palette.muted()
    for mark in ("red", "yellow", "green"):
        assert QColor(getattr(muted, mark)).saturationF() < 0.16, mark
    for ink in ("ink", "ink2", "ink3"):
        assert contrast(getattr(muted, ink), muted.panel) >= 4.5
    assert muted.sim == load_theme(FILE, palette).palette.sim


def test_a_desk_by_daylight_can_be_read(qapp: Any) -> None:
    """Yellow is never a word there: no yellow that is one holds 4.5 on white."""
    colours = load_theme(FILE, "desk_light").palette
    grounds = ("bg", "panel", "out", "raised")
    for ground in grounds:
        for ink in ("ink", "ink2", "ink3", "sim", "sel"):
            assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5, (ink, ground)
        for mark in ("red", "yellow", "green"):
            assert contrast(getattr(colours, mark), getattr(colours, ground)) >= 3.0, (mark, ground)
    for ground in ("ink", "ink2", "red", "sel"):
        assert contrast(colours.bg, getattr(colours, ground)) >= 4.5, "words on a filled chip or button"
    for ground in ("land", "land_hi"):
        assert contrast(colours.ink2, getattr(colours, ground)) >= 4.5
    assert contrast(colours.bar, colours.panel) >= 2.8


def test_what_a_desk_by_night_fills_can_be_read(qapp: Any) -> None:
    colours = load_theme(FILE, "day").palette
    for ground in ("sel", "red", "ink"):
        assert contrast(colours.bg, getattr(colours, ground)) >= 4.5, ground


def test_night_is_dimmer(qapp: Any) -> None:
    day, night = load_theme(FILE).palette, load_theme(FILE, "night").palette
    for role in ("bg", "panel", "ink", "ink2", "yellow"):
        assert luminance(getattr(night, role)) < 0.75 * luminance(getattr(day, role))


def test_says_what_is_really_installed(qapp: Any) -> None:
    theme = load_theme(FILE)
    assert theme.text_family in QFontDatabase.families()
    assert theme.figure_family in QFontDatabase.families()
    assert theme.text_family in style_sheet(theme)
    assert theme.palette.bg in style_sheet(theme)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('bg = "#0E1621"', 'bg = "blue"', "palette.day.bg"),
        ('bg = "#0E1621"', 'bg = "#0E1621"\nbackground = "#000000"', "background"),
        ("clock = 132", "", "type.clock"),
        ("clock = 132", "clock = 132\nlogo = 12", "logo"),
        ("gap = 24", "gap = -1", "space.gap"),
        ("gap = 24", 'gap = "wide"', "space.gap"),
        ("[space]", "[space", "not TOML"),
        ('red = "#D55E00"', "", "red"),
    ],
)
def test_a_bad_file_is_refused_by_name(qapp: Any, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "theme.toml"
    bad.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ThemeError) as caught:
        load_theme(bad)
    assert said in str(caught.value)
    assert str(bad) in str(caught.value)


def test_missing_file_and_palette(qapp: Any, tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="no such file"):
        load_theme(tmp_path / "theme.toml")
    with pytest.raises(ThemeError, match="use one of day, desk_light, night"):
        load_theme(FILE, "dawn")
