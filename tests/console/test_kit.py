"""The shared widgets: choices by keyboard alone, a search that waits for the typing to pause, rows that hold still, a look for all."""

import wave
from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from controlroom.console.kit.banner import Banner
from controlroom.console.kit.choice_box import ChoiceBox
from controlroom.console.kit.pictures import condition_picture, icon_picture, mark_picture
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.sheet import dress, give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook
from controlroom.console.notice import write_sound
from controlroom.settings import ASSETS
from feeds.messages.report import ReportState
from widgets.kit.conditions import Condition

CHOICES = (("laksa", "LAKSA"), ("sms", "SMS"), ("call_112", "112"))


@pytest.fixture
def look(qapp: object) -> DeskLook:
    return DeskLook(ASSETS / "theme.toml")


@pytest.fixture
def box(qtbot: QtBot, look: DeskLook) -> Generator[ChoiceBox]:
    made = ChoiceBox(look, "Semua kanal", CHOICES, several="{} kanal".format)
    qtbot.addWidget(made)
    made.show()
    yield made
    made._frame.hide()


def test_choices_by_keyboard_alone(qtbot: QtBot, box: ChoiceBox) -> None:
    told: list[frozenset[str]] = []
    box.changed.connect(lambda: told.append(box.chosen))
    qtbot.keyClick(box, Qt.Key.Key_Down)
    chosen = box._frame.list
    assert box._frame.isVisible()
    qtbot.keyClick(chosen, Qt.Key.Key_Space)
    assert (box.chosen, box.text()) == (frozenset({"laksa"}), "LAKSA")
    qtbot.keyClick(chosen, Qt.Key.Key_Down)
    qtbot.keyClick(chosen, Qt.Key.Key_Space)
    assert box.text() == "2 kanal" and "2 kanal" in box.accessibleName()
    qtbot.keyClick(chosen, Qt.Key.Key_Return)
    assert not box._frame.isVisible()
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    assert box.chosen == frozenset() and box.text() == "Semua kanal"
    assert told == [frozenset({"laksa"}), frozenset({"laksa", "sms"}), frozenset()]


def test_what_does_not_fit_ends_before_the_arrow_and_is_told_by_the_tip(box: ChoiceBox) -> None:
    whole = box.sizeHint().width()
    box.resize(whole - 20, 36)
    assert box.text().endswith("…") and box.text() != "Semua kanal" and box.toolTip() == "Semua kanal"
    box.resize(whole, 36)
    assert (box.text(), box.toolTip()) == ("Semua kanal", "")


def test_what_is_ticked_outlives_other_choices_and_what_is_gone_goes(box: ChoiceBox) -> None:
    box.choose(["sms", "laksa", "unknown"])
    box.set_choices([("sms", "SMS"), ("web", "Situs")])
    assert box.chosen == frozenset({"sms"}) and box.text() == "SMS"


def test_a_search_is_said_once_when_the_typing_pauses(qtbot: QtBot, look: DeskLook) -> None:
    field = SearchBox(look, "Cari")
    qtbot.addWidget(field)
    field.show()
    said: list[str] = []
    field.searched.connect(said.append)
    qtbot.keyClicks(field, "banjir ")
    assert said == []
    qtbot.waitUntil(lambda: said == ["banjir"])
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said == ["banjir"], "the same words are not asked for twice"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert said == ["banjir", ""] and field.text() == ""


def test_no_label_takes_a_strangers_markup(qtbot: QtBot, look: DeskLook) -> None:
    label = words("<img src=x>")
    banner = Banner(look)
    for widget in (label, banner):
        qtbot.addWidget(widget)
    banner.say("<h1>x</h1>")
    labels = [label, *banner.findChildren(QLabel)]
    assert all(one.textFormat() is Qt.TextFormat.PlainText for one in labels) and banner.text == "<h1>x</h1>"


def test_figures_are_equally_wide_under_the_sheet(qtbot: QtBot, look: DeskLook) -> None:
    button = QPushButton("11")
    qtbot.addWidget(button)
    give_role(button, "primary")
    let_go = dress(button, look)
    button.show()
    measure = button.fontMetrics()
    assert measure.horizontalAdvance("1111") == measure.horizontalAdvance("0000")
    assert button.font().featureValue(QFont.Tag("tnum")) == 1 and button.minimumSizeHint().height() >= 48
    look.choose("light")
    assert look.theme.palette.sel in button.styleSheet()
    let_go()


def test_pictures_are_in_the_colours_of_the_look(look: DeskLook) -> None:
    dark = mark_picture(look.theme, ReportState.NEW).toImage()
    look.choose("light")
    assert mark_picture(look.theme, ReportState.NEW).toImage() != dark
    for ratio in (1.0, 2.0):
        for picture in (icon_picture(look.theme, "search", ratio=ratio), condition_picture(look.theme, Condition.WATCH, ratio=ratio)):
            assert picture.devicePixelRatio() == ratio and picture.width() == round(picture.deviceIndependentSize().width() * ratio)


def test_the_sound_is_short_and_neither_clicks_nor_clips(tmp_path: Path) -> None:
    write_sound(tmp_path / "x.wav")
    with wave.open(str(tmp_path / "x.wav")) as sound:
        frames = memoryview(sound.readframes(sound.getnframes())).cast("h")
        assert 0.3 < sound.getnframes() / sound.getframerate() < 1.5
    assert 10_000 < max(frames) < 32_000 and abs(frames[0]) < 300 and abs(frames[-1]) < 300
