"""What stands where a list has nothing to show: why, and what can be done."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.pictures import IconLabel
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook


class EmptyState(QWidget):
    """``icon``: a name of ``widgets.kit.icons``; ``action``: a button's words and what it does."""

    def __init__(self, look: DeskLook, icon: str = "search", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = words(role="strong", parent=self)
        self._text = words(role="second", wraps=True, parent=self)
        self._button = QPushButton(self)
        give_role(self._button, "small")
        self._act: Callable[[], None] | None = None
        self._button.clicked.connect(self._on_button)
        self._button.hide()
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(IconLabel(look, icon, "", role="ink3", size=40, parent=self), 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    @property
    def title(self) -> str:
        return self._title.text()

    def say(self, title: str, text: str = "", action: tuple[str, Callable[[], None]] | None = None) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._act = action[1] if action is not None else None
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setText(action[0])

    def _on_button(self) -> None:
        if self._act is not None:
            self._act()
