"""A field to search by: it says what was typed when the typing pauses."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from controlroom.console.kit.pictures import icon_of
from controlroom.console.look import DeskLook

PAUSE_MS = 200
MOST_LETTERS = 200


class SearchBox(QLineEdit):
    """``searched(text)``: after a pause of the typing, or at once with Enter. Escape empties it; once more leaves it to the page."""

    searched = Signal(str)

    def __init__(self, look: DeskLook, prompt: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setMaxLength(MOST_LETTERS)
        self.setPlaceholderText(prompt)
        self.setAccessibleName(prompt)
        self._sign = QAction(self)
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._said = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._say)
        self.textChanged.connect(lambda: self._pause.start(PAUSE_MS))
        self.returnPressed.connect(self._say)
        look.changed.connect(self._paint)
        self._paint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._say()
            return
        super().keyPressEvent(event)

    def _say(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if text != self._said:
            self._said = text
            self.searched.emit(text)

    def _paint(self) -> None:
        self._sign.setIcon(icon_of(self._look.theme, "search", "ink3"))
