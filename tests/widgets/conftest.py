"""Fixtures of the widgets' tests: a context for one panel, and golden pictures."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.panel import PanelContext


@pytest.fixture(autouse=True)
def frames_end_with_their_test() -> Iterator[None]:
    """Deletes the frames a test made, here and now: left to the garbage collector they die in the middle of another test."""
    yield
    if not isinstance(QApplication.instance(), QApplication):
        return
    for window in QApplication.topLevelWidgets():
        if isinstance(window, PanelFrame):
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def one_slot(qapp: Any) -> Callable[..., OneSlot]:
    """Makes a slot's world: ``one_slot(language=, city=, palette=, tr=)``."""
    return OneSlot


@pytest.fixture
def context(qapp: Any) -> Callable[..., PanelContext]:
    """Builds a PanelContext of the small city at 14.32.08: ``context(spec, scale=1.0, **options)``."""

    def build(*args: Any, **options: Any) -> PanelContext:
        return OneSlot().context(*args, **options)

    return build


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", default=False, help="keep today's pictures as the golden ones")
