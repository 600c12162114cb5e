"""A frame that waits for a picture paints when it comes, and is forgotten when its layout goes."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from controlroom.wall.pictures import MOST_PICTURES, PictureWaiters
from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.panels import presence


def frame_on(window: QWidget) -> PanelFrame:
    frame = OneSlot().frame(presence.PANEL, 632, 396)
    frame.setParent(window)
    return frame


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


def test_a_frame_of_a_layout_that_is_gone_waits_for_nothing(window: QWidget) -> None:
    waiters, gone, stays = PictureWaiters(), frame_on(window), frame_on(window)
    for frame in (gone, stays):
        waiters.watch(frame)
        waiters.wait("a", frame)
    waiters.wait("b", gone)
    gone.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert len(waiters) == 1, "nobody is left who waits for b"
    waiters.came("a")
    waiters.came("b")
    assert len(waiters) == 0


def test_pictures_that_never_come_are_forgotten(window: QWidget) -> None:
    waiters, frame = PictureWaiters(), frame_on(window)
    for number in range(MOST_PICTURES + 50):
        waiters.wait(str(number), frame)
    assert len(waiters) == MOST_PICTURES
