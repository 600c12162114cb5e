"""Before a desk is left: what is held goes to the doors, and what did not get there is told and asked about. Loses nothing in silence."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import DeskApi
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook
from controlroom.console.overlay import Overlay, Question
from controlroom.console.page import Page

WAIT_MS = 5_000
"""The longest wait for answers, however slow the doors are."""
LETTING_GO_MS = 2_000
"""The window is gone already: so long its locks and claims may take to be given back."""
LOOK_MS = 50


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do: ``title`` asks for it, ``go`` does it all the same; ``act`` is called when nothing stands against it."""

    title: str
    go: str
    act: Callable[[], None]


class Sending(Overlay):
    """Says how much is still on its way. Escape and the button stay here."""

    def __init__(self, over: QWidget, look: DeskLook) -> None:
        super().__init__(over, look)
        self.said = words(role="strong")
        self.stay = QPushButton()
        self.stay.clicked.connect(self.hide)
        give_role(self.stay, "small")
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(self.said)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.stay)
        column.addLayout(row)


class Leaving(QObject):
    """One for a window. ``ask`` waits and asks; ``wait`` only waits, for who cannot be asked."""

    def __init__(self, over: QWidget, look: DeskLook, api: DeskApi) -> None:
        super().__init__(over)
        self._api = api
        self._tr: Callable[[str], str] = str
        self._pages: Sequence[Page] = ()
        self._wish: Wish | None = None
        self.sending = Sending(over, look)
        self.question = Question(over, look)
        self.sending.closed.connect(self._on_closed)
        self._look, self._limit = QTimer(self), QTimer(self)
        self._waits: list[QTimer] = []
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._again)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._decide)

    def may_go(self, pages: Sequence[Page]) -> bool:
        """Nothing is on its way and nothing would be lost. What was held back is sent by this."""
        for page in pages:
            page.hurry()
        return not _unsent(pages) and not _reasons(pages)

    def ask(self, pages: Sequence[Page], wish: Wish, tr: Callable[[str], str]) -> None:
        """Waits for what is on its way, then asks once if something would be lost."""
        self._tr, self._pages, self._wish = tr, pages, wish
        if self.may_go(pages):
            self._decide()
            return
        self.sending.stay.setText(tr("Tetap di sini"))
        self._limit.start(WAIT_MS)
        self._look.start()
        self._again()

    def wait(self, pages: Sequence[Page], act: Callable[[], None]) -> None:
        """Asks nothing: ``act`` is called when all is answered, or the time is over."""
        for page in pages:
            page.hurry()
        self._until(lambda: not self._is_worth_waiting(pages), WAIT_MS, act)

    def depart(self, act: Callable[[], None]) -> None:
        """The pages are closed: ``act`` is called when the doors have heard what they let go of. Else others wait for it for minutes."""
        if self._has_told():
            act()
        else:
            self._until(self._has_told, LETTING_GO_MS, act)

    def _until(self, is_done: Callable[[], bool], limit_ms: int, act: Callable[[], None]) -> None:
        spent = 0

        def look() -> None:
            nonlocal spent
            spent += LOOK_MS
            if is_done() or spent >= limit_ms:
                timer.stop()
                self._waits.remove(timer)
                act()

        timer = QTimer(self)
        self._waits.append(timer)
        timer.timeout.connect(look)
        timer.start(LOOK_MS)

    def _has_told(self) -> bool:
        return not self._api.is_telling or not self._api.is_reached

    def reasons(self, pages: Sequence[Page]) -> list[str]:
        """Why leaving them now would lose something."""
        return _reasons(pages)

    def stop(self) -> None:
        self._look.stop()
        self._limit.stop()
        self._wish = None
        self.sending.hide()

    def end(self) -> None:
        """Nothing is waited for any more, and nobody is called."""
        self.stop()
        while self._waits:
            self._waits.pop().stop()

    def _is_worth_waiting(self, pages: Sequence[Page]) -> bool:
        """Doors that do not answer, and a session that has ended, take nothing more."""
        return _unsent(pages) > 0 and self._api.is_reached and self._api.who is not None

    def _again(self) -> None:
        if not self._is_worth_waiting(self._pages):
            self._decide()
            return
        self.sending.said.setText(self._tr("Mengirim {count} langkah...").format(count=_unsent(self._pages)))
        if not self.sending.isVisible():
            self.sending.open(self.sending.stay)

    def _decide(self) -> None:
        wish, pages = self._wish, self._pages
        self.stop()
        if wish is None:
            return
        reasons = _reasons(pages)
        if reasons:
            self.question.ask(wish.title, "\n".join(reasons), self._tr("Tetap di sini"), wish.go, wish.act)
        else:
            wish.act()

    def _on_closed(self) -> None:
        """By the person: whatever was sent goes on, and the desk stays."""
        self.stop()


def _unsent(pages: Sequence[Page]) -> int:
    return sum(page.unsent() for page in pages)


def _reasons(pages: Sequence[Page]) -> list[str]:
    """Why leaving now would lose something, page by page."""
    return [reason for page in pages if (reason := page.may_leave()) is not None]
