"""What every page of the console is given, and what it promises. Knows no page of its own."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from controlroom.console.desk_api import DeskApi
from controlroom.console.look import DeskLook
from controlroom.live.hub import Hub
from controlroom.live.stills import StillsClient
from feeds.messages.city import City
from widgets.kit.numerals import Numerals


class Tone(StrEnum):
    """How a message to the person at the desk is drawn."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    TROUBLE = "trouble"


class Remembered(Protocol):
    """What a desk keeps from one day to the next: plain values by key, each page under its own name."""

    def get(self, key: str, otherwise: Any) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class EmergencyNotice(Protocol):
    """Heard and seen outside the window too, unless the person muted it (``controlroom.console.notice``)."""

    def emergency(self, title: str, text: str) -> None:
        """In the room's own words: never what a citizen wrote."""
        ...


def _no_stills() -> StillsClient | None:
    return None


class DeskContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is given. Everything lives on the GUI thread.

    ``tell(text, tone, action)``: a line beside the tabs for some seconds; ``action``: a button's text and what it does.
    ``now``: aware, UTC. ``look``: colours and sizes of the desk; ``look.changed`` is emitted when they are others. ``make_stills``: a new
    client of the wall's pictures, ``None`` where no key for them is given; who makes one closes it. ``stills_url``: where they are, when
    the settings say so. ``shared``: what pages of one window make together, by name, such as the desk of the walls; the first who needs it
    puts it there, and the last page closed closes it.
    """

    api: DeskApi
    hub: Hub
    city: City
    language: str
    text: Numerals
    tr: Callable[[str], str]
    look: DeskLook
    now: Callable[[], datetime]
    tell: Callable[[str, Tone, tuple[str, Callable[[], None]] | None], None]
    remembered: Remembered
    notice: EmergencyNotice | None = None
    make_stills: Callable[[], StillsClient | None] = _no_stills
    stills_url: str | None = None
    shared: dict[str, Any] = {}


class Page(QWidget):
    """One page of the console. Built when somebody has signed in; ``close_page`` is called when they leave.

    ``key`` names it in what is remembered; ``title`` is the msgid of its tab. ``commands`` are its actions with their shortcuts: the
    window lists them in the help (F1) and in its command list (Ctrl+K).
    """

    key: str
    title: str

    badge_changed = Signal(str)
    """A short word on the page's tab: how many are unread."""

    front_wanted = Signal()
    """Something that the person asked for is on this page: it is to come to the front."""

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ctx = ctx

    def commands(self) -> list[QAction]:
        return []

    def shown_now(self) -> None:
        """The page has come to the front."""

    def may_leave(self) -> str | None:
        """Why leaving now would lose something, as a sentence; ``None`` when nothing would be lost."""
        return None

    def hurry(self) -> None:
        """Somebody wants to leave: what is held back is sent now."""

    def unsent(self) -> int:
        """How much of what was asked for the doors have not answered yet."""
        return 0

    def close_page(self) -> None:
        """Lets go of everything: requests, subscriptions, leases."""
