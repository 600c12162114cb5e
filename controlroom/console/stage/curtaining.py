"""The curtain's own way to the wall: no lock, no question, and whatever a take does meanwhile. On the GUI thread.

How it went is told beside the tabs: whoever draws it may look at any page.
"""

import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QNetworkReply

from controlroom.console.desk_api import Trouble, give_up
from controlroom.console.page import DeskContext, Tone
from controlroom.console.stage.acknowledging import Answer, curtain_answer
from controlroom.console.stage.taking import Phase
from controlroom.console.stage.wall_feed import WallFeed
from controlroom.console.troubles import sentence
from feeds.messages.walls import Curtain, WallDesk

KEYS = "Ctrl+Shift+T"
SLOW_MS = 700
"""Doors that have not answered for so long are waited for, and that is said."""


class Order(msgspec.Struct, frozen=True, eq=False):
    wall: str
    is_drawn: bool


class Curtaining(QObject):
    """``order``: the last one of this desk, ``phase``: how far it is, ``changed_s``: the monotonic time when that changed."""

    changed = Signal()

    def __init__(self, ctx: DeskContext, feed: WallFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._feed = feed
        self.order = Order("", is_drawn=False)
        self.phase = Phase.IDLE
        self.changed_s = 0.0
        self._trouble: Trouble | None = None
        self._reply: QNetworkReply | None = None
        self._revision = 0
        self._sent_s = 0.0
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.timeout.connect(self._on_slow)
        for signal in (feed.changed, feed.ticked, feed.desk_changed):
            signal.connect(self._look)

    @property
    def is_waiting(self) -> bool:
        """For the doors."""
        return self.phase is Phase.ASKING

    @property
    def is_drawn(self) -> bool:
        """As the doors have it; as the wall says where they have not answered yet."""
        if self._feed.desk is not None:
            return self._feed.desk.is_curtained
        return self._feed.state is not None and self._feed.state.is_curtained

    def toggle(self) -> None:
        """Pressed again before the doors have answered, it asks for the same once more: nobody calls back what they wait for."""
        wall = self._feed.wall
        if not wall:
            self._ctx.tell(self._ctx.tr("Belum ada dinding yang terdengar"), Tone.WARNING, None)
            return
        is_again = self.is_waiting and self.order.wall == wall
        if is_again and self._reply is not None:
            give_up(self._reply)
        self._send(Order(wall, self.order.is_drawn if is_again else not self.is_drawn))
        if is_again:
            self._on_slow()

    def line(self) -> tuple[str, Tone]:
        """How far the last order is, in words."""
        tr, is_drawn = self._ctx.tr, self.order.is_drawn
        match self.phase:
            case Phase.ASKING:
                waits = tr("Menutup layar: menunggu pintu") if is_drawn else tr("Membuka layar: menunggu pintu")
                return waits, Tone.PLAIN
            case Phase.SENT:
                return tr("Terkirim (rev {revision}): menunggu dinding").format(revision=self._revision), Tone.PLAIN
            case Phase.SILENT:
                said = tr("Layar diminta tutup") if is_drawn else tr("Layar diminta buka")
                return f"{said}. {tr('Dinding belum menjawab 5 dtk: lihat dindingnya')}", Tone.WARNING
            case Phase.SHOWN if self.is_drawn == is_drawn:
                return (tr("Layar tertutup") if is_drawn else tr("Layar terbuka")), Tone.GOOD
            case Phase.FAILED if self._trouble is not None:
                return failure(self._trouble, tr, is_drawn=is_drawn), Tone.TROUBLE
            case _:
                return "", Tone.PLAIN

    def _send(self, order: Order) -> None:
        self.order, self._trouble = order, None
        self._slow.start(SLOW_MS)
        self._become(Phase.ASKING)
        self._reply = self._ctx.api.send(
            "POST", f"/desk/walls/{order.wall}/curtain", Curtain(is_drawn=order.is_drawn), WallDesk,
            lambda desk: self._carried_out(order, desk), lambda trouble: self._fail(order, trouble),
        )  # fmt: skip

    def _carried_out(self, order: Order, desk: WallDesk) -> None:
        if order is self.order and self.phase in (Phase.ASKING, Phase.FAILED):
            self._stands(desk)
        self._feed.take_in(desk)
        self._look()

    def _stands(self, desk: WallDesk) -> None:
        self._slow.stop()
        self._revision, self._sent_s = desk.revision, time.monotonic()
        self._become(Phase.SENT)

    def _fail(self, order: Order, trouble: Trouble) -> None:
        if order is not self.order:  # another wall's since
            self._ctx.tell(failure(trouble, self._ctx.tr, is_drawn=order.is_drawn), Tone.TROUBLE, None)
            return
        if not self.is_waiting:  # found to stand meanwhile
            return
        self._slow.stop()
        self._trouble = trouble
        self._become(Phase.FAILED)
        self._ctx.tell(*self.line(), None)
        # It may have been carried out all the same.
        self._feed.refresh()

    @Slot()
    def _on_slow(self) -> None:
        self._ctx.tell(*self.line(), None)

    @Slot()
    def _look(self) -> None:
        """Does it stand after all; has the wall said anything of it?"""
        if self.order.wall != self._feed.wall:
            return
        desk = self._feed.desk
        is_open = self.is_waiting or (self.phase is Phase.FAILED and self._trouble is not None and self._trouble.status == 0)
        # It asked for what was not: doors that have it now have carried it out, or somebody else's.
        if is_open and desk is not None and desk.is_curtained == self.order.is_drawn:
            self._stands(desk)
        if self.phase not in (Phase.SENT, Phase.SILENT):
            return
        waited_s = time.monotonic() - self._sent_s
        answer = curtain_answer(self._revision, self._feed.state, waited_s, is_drawn=self.order.is_drawn)
        phase = {Answer.SHOWN: Phase.SHOWN, Answer.SILENT: Phase.SILENT}.get(answer, self.phase)
        if phase is not self.phase:
            self._become(phase)
            line, tone = self.line()
            if line:
                self._ctx.tell(line, tone, None)

    def _become(self, phase: Phase) -> None:
        self.phase = phase
        self.changed_s = time.monotonic()
        self.changed.emit()


def failure(trouble: Trouble, tr: Callable[[str], str], *, is_drawn: bool) -> str:
    """Why the curtain is not as it was asked for, and what to do."""
    why = sentence(trouble, tr)[:300]
    if trouble.status == 0:
        said = tr("Belum tentu layar tertutup: {why}.") if is_drawn else tr("Belum tentu layar terbuka: {why}.")
        return f"{said.format(why=why)} {tr('Lihat dindingnya; {keys} mengulang.').format(keys=KEYS)}"
    said = tr("Layar tidak ditutup: {why}.") if is_drawn else tr("Layar tidak dibuka: {why}.")
    again = tr("{keys} mengulang.").format(keys=KEYS) if trouble.status == 429 or trouble.status >= 500 else ""
    return f"{said.format(why=why)} {again}".rstrip()
