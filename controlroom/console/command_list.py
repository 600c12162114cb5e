"""Everything that can be done, with its key: a list to read (F1) and a list to type into (Ctrl+K)."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QListWidget, QListWidgetItem, QScrollArea, QVBoxLayout, QWidget

from controlroom.console.kit.words import key_hint, key_label, words
from controlroom.console.look import DeskLook
from controlroom.console.overlay import Overlay


class CommandGroup(msgspec.Struct, frozen=True):
    """The commands of one page, or of the window. ``reveal`` brings that page to the front."""

    title: str
    actions: Sequence[QAction]
    reveal: Callable[[], None]


def _plain(action: QAction) -> str:
    """A menu's mnemonic is no letter of the words."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


class CommandList(Overlay):
    """Type a part of what you want; Enter does it. What may not be done now is pale and says nothing."""

    def __init__(self, over: QWidget, look: DeskLook, tr: Callable[[str], str]) -> None:
        super().__init__(over, look)
        self._groups: Sequence[CommandGroup] = ()
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Ketik perintah"))
        self.field.setAccessibleName(tr("Ketik perintah"))
        self.field.setMaxLength(100)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(self._take)
        self._none = words(tr("Tidak ada perintah seperti itu"), "second")
        self.sheet.setFixedSize(640, 440)
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.field)
        column.addWidget(self._none)
        column.addWidget(self.list, 1)

    def open_with(self, groups: Sequence[CommandGroup]) -> None:
        self._groups = groups
        self.field.clear()
        self._filter()
        self.open(self.field)

    def _filter(self) -> None:
        wanted = self.field.text().casefold().split()
        self.list.clear()
        for group in self._groups:
            for action in group.actions:
                said = f"{_plain(action)} · {group.title}"
                if action.text() and all(part in said.casefold() for part in wanted):
                    key = key_hint(action)
                    item = QListWidgetItem(f"{said}   [{key}]" if key else said, self.list)
                    item.setData(Qt.ItemDataRole.UserRole, (action, group))
                    if not action.isEnabled():
                        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._none.setVisible(self.list.count() == 0)
        self._step(0)

    def _step(self, by: int) -> None:
        """To the next row that may be chosen."""
        count = self.list.count()
        row = max(0, self.list.currentRow()) + by
        for _ in range(count):
            row %= count
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(row)
                return
            row += by or 1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        action, group = item.data(Qt.ItemDataRole.UserRole)
        self.hide()
        group.reveal()
        action.trigger()


class Help(Overlay):
    """Every command with its key, page by page."""

    def __init__(self, over: QWidget, look: DeskLook, tr: Callable[[str], str]) -> None:
        super().__init__(over, look)
        self._tr = tr
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sheet.setFixedWidth(760)
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(24, 20, 12, 20)
        column.addWidget(words(tr("Perintah dan tombolnya"), "title"))
        column.addWidget(words(tr("Esc menutup bantuan ini. Ctrl+K mencari perintah."), "second"))
        column.addWidget(self.area, 1)

    def open_with(self, groups: Sequence[CommandGroup]) -> None:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setColumnStretch(0, 1)
        grid.setVerticalSpacing(8)
        row = 0
        for group in groups:
            grid.addWidget(words(group.title, "strong"), row, 0)
            grid.setRowMinimumHeight(row, 40)
            for action in group.actions:
                row += 1
                grid.addWidget(words(_plain(action)), row, 0)
                if key_hint(action):
                    grid.addWidget(key_label(action), row, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        grid.setRowStretch(row, 1)
        self.area.setWidget(table)
        self.sheet.setFixedHeight(max(300, min(720, self._over.height() - 80)))
        self.open(self.area)
