"""What one shift tells the next: written, handed over once, accepted by whoever takes over."""

import uuid
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.page import Tone
from controlroom.console.stage.desk import StageDesk
from controlroom.console.troubles import is_passing, sentence
from feeds.messages.walls import Colleague, Handover, HandoverDraft

MOST_NOTES = 8_000
AGAIN_MS = 2_000
_NOTES, _SENT = "stage.handover", "stage.handover_sent"


class HandoverPanel(QWidget):
    """Typed notes stay until the doors have them; ``is_waiting``: they have not answered yet, and nothing can be typed.

    Each handover has a key of its own from the first time it is sent until it is answered, over the console's end too: the doors know
    by it what they have carried out, though their answer was lost.
    """

    sent = Signal()

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self._tr = stage.ctx.tr
        self._list: list[Handover] = []
        self.is_waiting = False
        self._key, self._kept_to = self._restored()
        self._draft = HandoverDraft()
        self._build()
        self._arrange()
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        self._on_row(-1)

    def _build(self) -> None:
        tr = self._tr
        self.notes = QPlainTextEdit(self)
        self.notes.setAccessibleName(tr("Catatan serah terima"))
        self.notes.setPlaceholderText(tr("Catatan untuk regu berikutnya"))
        self.notes.setTabChangesFocus(True)
        self.notes.setPlainText(str(self._stage.ctx.remembered.get(_NOTES, ""))[:MOST_NOTES])
        self.notes.textChanged.connect(self._on_typed)
        self.to = QComboBox(self)
        self.to.setAccessibleName(tr("Kepada"))
        self.to.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._offer([])
        self.hand = QPushButton(tr("Serahkan"), self)
        give_role(self.hand, "small")
        self.hand.clicked.connect(self._on_hand)
        self.accept = QPushButton(tr("Terima"), self)
        give_role(self.accept, "small")
        self.accept.clicked.connect(self._on_accept)
        self.problem = words("", "second", wraps=True, parent=self)
        self.problem.hide()
        self.view = QListWidget(self)
        self.view.setAccessibleName(tr("Serah terima sebelumnya"))
        self.view.setWordWrap(True)
        self.view.currentRowChanged.connect(self._on_row)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.to, 1)
        row.addWidget(self.hand)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        # On a low screen there is room for two lines of what is said below, and nothing lies over anything.
        self.notes.setMinimumHeight(72)
        self.view.setMinimumHeight(40)
        column.addWidget(self.notes, 1)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(self.view, 2)
        column.addWidget(self.accept, 0, Qt.AlignmentFlag.AlignLeft)

    def refresh(self) -> None:
        if self._stage.ctx.api.who is None:
            return

        def done(found: list[Handover]) -> None:
            self._list = found
            self.view.clear()
            for one in found:
                QListWidgetItem(self._line(one), self.view)
            if found:
                self.view.setCurrentRow(0)

        self._stage.ctx.api.get("/desk/handovers", list[Handover], done, self._failed)
        self._stage.ctx.api.get("/desk/handovers/people", list[Colleague], self._offer, self._failed)

    def _offer(self, people: list[Colleague]) -> None:
        """Who was chosen stays chosen as long as they are on the list."""
        chosen = self.to.currentData() or self._kept_to
        self.to.clear()
        self.to.addItem(self._tr("Siapa pun yang bertugas"), None)
        for one in people:
            self.to.addItem(f"{one.name} ({one.login})" if one.name != one.login else one.login, one.login)
        self.to.setCurrentIndex(max(0, self.to.findData(chosen)))
        if people:
            self._kept_to = None

    def _line(self, one: Handover) -> str:
        tr, text = self._tr, self._stage.ctx.text
        head = tr("{time} {name}: {open} terbuka, {late} lewat tenggat, {claimed} dipegang").format(
            time=text.when(one.at, self._stage.now()), name=one.name, open=one.open_reports, late=one.late_reports, claimed=len(one.claimed)
        )
        to = tr("kepada {name}").format(name=one.to) if one.to else ""
        taken = tr("diterima {name}").format(name=one.accepted_by) if one.accepted_by else tr("belum diterima")
        return "\n".join(line for line in (head, one.notes[:2_000], " · ".join(part for part in (to, taken) if part)) if line)

    def _on_typed(self) -> None:
        text = self.notes.toPlainText()
        over = len(text) - MOST_NOTES
        self._say(self._tr("Catatan {count} huruf terlalu panjang").format(count=over) if over > 0 else "")
        self.hand.setEnabled(over <= 0 and not self.is_waiting)
        self._stage.ctx.remembered.set(_NOTES, text[:MOST_NOTES])

    # Handing over

    def _on_hand(self) -> None:
        if self.is_waiting:
            return
        self._draft = HandoverDraft(notes=self.notes.toPlainText(), to=self.to.currentData())
        self._wait(True)
        self._send()

    def _send(self) -> None:
        """Under the same key as before."""
        self._stage.ctx.remembered.set(_SENT, {"key": self._key, "to": self._draft.to})
        self._stage.ctx.api.send("POST", "/desk/handovers", self._draft, Handover, self._done, self._refused, key=self._key)

    def _done(self, _one: Handover) -> None:
        self._settle()
        self.notes.clear()
        self.to.setCurrentIndex(0)
        self._stage.ctx.tell(self._tr("Serah terima tercatat"), Tone.GOOD, None)
        self.sent.emit()
        self.refresh()

    def _refused(self, trouble: Trouble) -> None:
        if is_passing(trouble):
            self._say(self._tr("{why}. Dikirim lagi sendiri, hanya sekali tercatat").format(why=sentence(trouble, self._tr)[:300]))
            self._again.start()
            return
        self._settle()
        if trouble.code == "key_used":
            self._say(self._tr("Kiriman sebelumnya sudah tercatat dengan isi lain. Periksa daftar di bawah, lalu serahkan lagi bila perlu"))
            self.refresh()
        else:
            self._failed(trouble)

    def _try_again(self) -> None:
        api = self._stage.ctx.api
        if self.is_waiting and api.is_reached and api.who is not None:
            self._again.stop()
            self._send()

    def _settle(self) -> None:
        """It was answered: the next one is another."""
        self._again.stop()
        self._key = uuid.uuid4().hex
        self._stage.ctx.remembered.set(_SENT, None)
        self._wait(False)
        self._say("")

    def _wait(self, is_waiting: bool) -> None:
        """What is on its way is not changed: what would be typed now would be in no handover."""
        self.is_waiting = is_waiting
        self.notes.setReadOnly(is_waiting)
        self.to.setEnabled(not is_waiting)
        self.hand.setEnabled(not is_waiting)
        self.hand.setText(self._tr("Mengirim") if is_waiting else self._tr("Serahkan"))

    def _restored(self) -> tuple[str, str | None]:
        """The key of one that was sent and not answered when the console ended, and to whom it was; else a new key."""
        kept: Any = self._stage.ctx.remembered.get(_SENT, None)
        match kept:
            case {"key": str(key), "to": str() | None as to} if 0 < len(key) <= 100:
                return key, to
            case _:
                return uuid.uuid4().hex, None

    # Taking over

    def _on_accept(self) -> None:
        row = self.view.currentRow()
        if 0 <= row < len(self._list):
            path = f"/desk/handovers/{self._list[row].number}/accept"
            self._stage.ctx.api.send("POST", path, None, Handover, lambda _one: self.refresh(), self._failed)

    def _on_row(self, row: int) -> None:
        self.accept.setEnabled(0 <= row < len(self._list) and self._list[row].accepted_by is None)

    def _failed(self, trouble: Trouble) -> None:
        """While one is on its way, what is said of it stays."""
        if not self.is_waiting:
            self._say(sentence(trouble, self._tr)[:500])

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
