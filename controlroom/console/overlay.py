"""A sheet that lies over the window until it is answered; never a window or an event loop of its own."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook


class Overlay(QWidget):
    """Fills ``over`` as long as it is open. ``sheet`` is what is read; around it lies a scrim, and the focus comes back at the end.

    ``may_be_left``: Escape, or a press beside the sheet, closes it. ``is_opaque``: nothing of what lies below is seen.
    """

    closed = Signal()

    def __init__(self, over: QWidget, look: DeskLook, *, may_be_left: bool = True, is_opaque: bool = False) -> None:
        super().__init__(over)
        self._over = over
        self._look = look
        self._may_be_left = may_be_left
        self._is_opaque = is_opaque
        self._focus_before: QWidget | None = None
        self.sheet = QFrame(self)
        give_role(self.sheet, "sheet")
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 24, 24, 24)
        row.addStretch()
        row.addWidget(self.sheet, 0, Qt.AlignmentFlag.AlignCenter)
        row.addStretch()
        over.installEventFilter(self)
        look.changed.connect(self.update)
        self.hide()

    def open(self, focus: QWidget | None = None) -> None:
        """``focus``: what the keyboard goes to."""
        if not self.isVisible():
            self._focus_before = QApplication.focusWidget()
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        (focus or self.sheet).setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        before, self._focus_before = self._focus_before, None
        # Hidden with the window it is still open; what had the focus may have gone meanwhile.
        if not self.isHidden():
            return
        try:
            if before is not None and before.isVisible():
                before.setFocus(Qt.FocusReason.PopupFocusReason)
        except RuntimeError:  # its C++ half has been deleted
            pass
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._may_be_left:
            self.hide()
            return
        # Nothing that is typed here reaches what lies below.
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._may_be_left and not self.sheet.geometry().contains(event.position().toPoint()):
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self.setGeometry(self._over.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = QColor(self._look.theme.palette.bg)
        ground.setAlphaF(1.0 if self._is_opaque else 0.75)
        painter = QPainter(self)
        painter.fillRect(self.rect(), ground)
        painter.end()


class Question(Overlay):
    """Asks before something is lost. The answer that loses nothing has the focus."""

    def __init__(self, over: QWidget, look: DeskLook) -> None:
        super().__init__(over, look)
        self.sheet.setMaximumWidth(560)
        self._title = words(role="title", wraps=True)
        self._text = words(wraps=True)
        self._stay = QPushButton()
        self._go = QPushButton()
        give_role(self._stay, "primary")
        self._stay.clicked.connect(self.hide)
        self._go.clicked.connect(self._on_go)
        self._act: Callable[[], None] | None = None
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(self._title)
        column.addWidget(self._text)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._go)
        row.addWidget(self._stay)
        column.addLayout(row)

    def ask(self, title: str, text: str, stay: str, go: str, act: Callable[[], None]) -> None:
        """``act`` is called when ``go`` is pressed."""
        self._title.setText(title)
        self._text.setText(text)
        self._stay.setText(stay)
        self._go.setText(go)
        self._act = act
        self.open(self._stay)

    def _on_go(self) -> None:
        act, self._act = self._act, None
        self.hide()
        if act is not None:
            act()
