"""Beside the preview: what differs from the wall, and what was decided about it before."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.sheet import give_role
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.status_line import decision
from controlroom.console.troubles import sentence
from feeds.messages.walls import Taken

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
        QListWidgetItem(
            self._stage.ctx.tr("Riwayat tidak dapat diambil: {why}").format(why=sentence(trouble, self._stage.ctx.tr)[:300]), self.view
        )

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
