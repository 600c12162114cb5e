"""Beside the preview: what differs from the wall, what was decided about it before, and how the shifts hand over to each other."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.page import Tone
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.status_line import decision
from feeds.messages.walls import Colleague, Handover, HandoverDraft, Taken

MOST_NOTES = 8_000
_ROLE = Qt.ItemDataRole.UserRole


class DifferenceList(QListWidget):
    """One line for each tile that is not as it is on the wall."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setAccessibleName(stage.ctx.tr("Beda pratinjau dengan yang tayang"))
        self.setWordWrap(True)
        stage.changed.connect(self.refresh)
        self.itemClicked.connect(self._on_clicked)
        self.refresh()

    def lines(self) -> list[str]:
        return [self.item(number).text() for number in range(self.count())]

    def refresh(self) -> None:
        found = self._stage.editor.difference()
        wanted = self._stage.sentences(found) or [self._stage.ctx.tr("Pratinjau sama dengan yang tayang")]
        wanted += [f"! {fault}" for fault in self._stage.faults()] if self._stage.editor.is_changed else []
        if wanted == self.lines():
            return
        self.clear()
        places = [*([None] if found.is_retitled else []), *(change.after for change in found.changes)]
        for number, line in enumerate(wanted):
            item = QListWidgetItem(line, self)
            item.setData(_ROLE, places[number] if number < len(places) else None)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        index = item.data(_ROLE)
        if index is not None:
            self._stage.editor.select(index)


class HistoryList(QWidget):
    """The decisions about the wall, newest first; each can be looked at in the preview."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        tr = stage.ctx.tr
        self.view = QListWidget(self)
        self.view.setAccessibleName(tr("Riwayat dinding"))
        self.view.setWordWrap(True)
        self.view.itemActivated.connect(self._load)
        self.load = QPushButton(tr("Pratinjaukan"), self)
        give_role(self.load, "small")
        self.load.clicked.connect(self._load_current)
        self.older = QPushButton(tr("Lebih lama"), self)
        give_role(self.older, "small")
        self.older.clicked.connect(self._on_older)
        row = QHBoxLayout()
        row.addWidget(self.load)
        row.addWidget(self.older)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        self._taken: list[Taken] = []
        self._revision = -1
        stage.feed.desk_changed.connect(self._on_desk)

    def refresh(self) -> None:
        """From the newest on."""
        self._ask(None)

    def _on_desk(self) -> None:
        desk = self._stage.feed.desk
        if desk is not None and desk.revision != self._revision and self.isVisible():
            self.refresh()

    def _on_older(self) -> None:
        self._ask(self._taken[-1].revision if self._taken else None)

    def _ask(self, before: int | None) -> None:
        stage = self._stage
        if not stage.feed.wall or stage.ctx.api.who is None:
            return

        def done(taken: list[Taken]) -> None:
            self._taken = taken if before is None else [*self._taken, *taken]
            self._revision = self._taken[0].revision if self._taken else 0
            self.older.setEnabled(len(taken) >= 50)
            self._fill()

        path = f"/desk/walls/{stage.feed.wall}/history"
        stage.ctx.api.get(path, list[Taken], done, self._failed, query={"before": before})

    def _failed(self, trouble: Trouble) -> None:
        self.view.clear()
        QListWidgetItem(self._stage.ctx.tr("Riwayat tidak dapat diambil: {why}").format(why=trouble.text[:200]), self.view)

    def _fill(self) -> None:
        self.view.clear()
        for number, taken in enumerate(self._taken):
            item = QListWidgetItem(decision(taken, self._stage), self.view)
            item.setData(_ROLE, number)
        if not self._taken:
            QListWidgetItem(self._stage.ctx.tr("Belum ada keputusan tentang dinding ini"), self.view)

    def _load_current(self) -> None:
        item: QListWidgetItem | None = self.view.currentItem()
        if item is not None:  # pyright: ignore[reportUnnecessaryComparison]
            self._load(item)

    def _load(self, item: QListWidgetItem) -> None:
        number: int | None = item.data(_ROLE)
        if number is None:
            return
        layout = self._taken[number].layout
        if layout is not None:
            self._stage.editor.load(layout)


class HandoverPanel(QWidget):
    """What one shift tells the next. Typed notes stay until the doors have them; ``is_waiting``: they have not answered yet."""

    sent = Signal()

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        tr = stage.ctx.tr
        self.notes = QPlainTextEdit(self)
        self.notes.setAccessibleName(tr("Catatan serah terima"))
        self.notes.setPlaceholderText(tr("Catatan untuk regu berikutnya"))
        self.notes.setTabChangesFocus(True)
        self.notes.setPlainText(str(stage.ctx.remembered.get("stage.handover", ""))[:MOST_NOTES])
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
        self._arrange()
        self._list: list[Handover] = []
        self.is_waiting = False
        self._on_row(-1)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.to, 1)
        row.addWidget(self.hand)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.notes.setMinimumHeight(96)
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
        chosen = self.to.currentData()
        self.to.clear()
        self.to.addItem(self._stage.ctx.tr("Siapa pun yang bertugas"), None)
        for one in people:
            self.to.addItem(f"{one.name} ({one.login})" if one.name != one.login else one.login, one.login)
        self.to.setCurrentIndex(max(0, self.to.findData(chosen)))

    def _line(self, one: Handover) -> str:
        tr, text = self._stage.ctx.tr, self._stage.ctx.text
        head = tr("{time} {name}: {open} terbuka, {late} lewat tenggat, {claimed} dipegang").format(
            time=text.when(one.at, self._stage.now()), name=one.name, open=one.open_reports, late=one.late_reports, claimed=len(one.claimed)
        )
        to = tr("kepada {name}").format(name=one.to) if one.to else ""
        taken = tr("diterima {name}").format(name=one.accepted_by) if one.accepted_by else tr("belum diterima")
        return "\n".join(line for line in (head, one.notes[:2_000], " · ".join(part for part in (to, taken) if part)) if line)

    def _on_typed(self) -> None:
        text = self.notes.toPlainText()
        over = len(text) - MOST_NOTES
        self._say(self._stage.ctx.tr("Catatan {count} huruf terlalu panjang").format(count=over) if over > 0 else "")
        self.hand.setEnabled(over <= 0)
        self._stage.ctx.remembered.set("stage.handover", text[:MOST_NOTES])

    def _on_hand(self) -> None:
        draft = HandoverDraft(notes=self.notes.toPlainText(), to=self.to.currentData())
        self.hand.setEnabled(False)
        self.is_waiting = True

        def done(_one: Handover) -> None:
            self.is_waiting = False
            self.hand.setEnabled(True)
            self.notes.clear()
            self.to.setCurrentIndex(0)
            self._stage.ctx.tell(self._stage.ctx.tr("Serah terima tercatat"), Tone.GOOD, None)
            self.sent.emit()
            self.refresh()

        def failed(trouble: Trouble) -> None:
            self.is_waiting = False
            self._failed(trouble)

        self._stage.ctx.api.send("POST", "/desk/handovers", draft, Handover, done, failed)

    def _on_accept(self) -> None:
        row = self.view.currentRow()
        if 0 <= row < len(self._list):
            path = f"/desk/handovers/{self._list[row].number}/accept"
            self._stage.ctx.api.send("POST", path, None, Handover, lambda _one: self.refresh(), self._failed)

    def _on_row(self, row: int) -> None:
        self.accept.setEnabled(0 <= row < len(self._list) and self._list[row].accepted_by is None)

    def _failed(self, trouble: Trouble) -> None:
        self.hand.setEnabled(True)
        self._say(trouble.text[:500])

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
