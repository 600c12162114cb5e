"""A page for tests of the window: a field to type into, one command, and a reason not to be left while something is typed."""

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from controlroom.console.page import DeskContext, Page


class TypingPage(Page):
    key = "reports"
    title = "Laporan"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self.field = QPlainTextEdit(self)
        self.done = 0
        self.is_closed = False
        self.action = QAction("Kirim catatan", self)
        self.action.setShortcut(QKeySequence("F9"))
        self.action.triggered.connect(self._do)
        self.addAction(self.action)
        QVBoxLayout(self).addWidget(self.field)

    def _do(self) -> None:
        self.done += 1

    def commands(self) -> list[QAction]:
        return [self.action]

    def may_leave(self) -> str | None:
        return "catatan yang belum dikirim" if self.field.toPlainText() else None

    def close_page(self) -> None:
        self.is_closed = True
