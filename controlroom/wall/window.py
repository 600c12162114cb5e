"""One frameless window over a group of monitors: ground, seams where there is no panel, no cursor."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class WallWindow(QWidget):
    """The ground the frames stand on. Only the documented way out closes it."""

    def __init__(self, title: str, ground: str) -> None:
        super().__init__()
        self._ground = QColor(ground)
        self.may_close = False
        self.setWindowTitle(title)
        self.setWindowFlags(
            Qt.WindowType.FramelessWindowHint | Qt.WindowType.X11BypassWindowManagerHint | Qt.WindowType.WindowStaysOnTopHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.BlankCursor)

    def set_ground(self, ground: str) -> None:
        self._ground = QColor(ground)
        self.update()

    def close_for_good(self) -> None:
        self.may_close = True
        self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._ground)
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A stray Alt+F4 does not darken a control room."""
        if self.may_close:
            event.accept()
        else:
            event.ignore()
