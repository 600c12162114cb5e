"""A line across a page or the window that says what is wrong and what to do; it goes when that is over."""

from collections.abc import Callable

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook
from controlroom.console.page import Tone
from feeds.messages.indicator import Light
from widgets.kit.canvas import Canvas
from widgets.kit.marks import draw_light

_LIGHTS = {Tone.WARNING: Light.YELLOW, Tone.TROUBLE: Light.RED}


class _Sign(QWidget):
    """The triangle of trouble or the diamond of a warning: the colour alone says nothing."""

    def __init__(self, look: DeskLook, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._look = look
        self.tone = Tone.WARNING
        self.setFixedSize(22, 22)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            light = _LIGHTS.get(self.tone)
            if light is not None:
                draw_light(canvas, light, 11, 11, 16)


class Banner(QFrame):
    """Hidden until it is told something. The text may come from outside: it is shown as it is."""

    def __init__(self, look: DeskLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "raised")
        self._look = look
        self._sign = _Sign(look, self)
        self._label = words(wraps=True, parent=self)
        self._button = QPushButton(self)
        give_role(self._button, "small")
        self._button.clicked.connect(self._on_button)
        self._act: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(10)
        row.addWidget(self._sign)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text()

    def say(self, text: str, tone: Tone = Tone.WARNING, action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Shows ``text``; ``action``: a button's words and what it does."""
        self._sign.tone = tone
        self._sign.setVisible(tone in _LIGHTS)
        self._sign.update()
        self._label.setText(text)
        self.setAccessibleName(text)
        self._act = action[1] if action is not None else None
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setText(action[0])
        self.show()

    def set_button(self, text: str) -> None:
        self._button.setText(text)

    def end(self) -> None:
        self._act = None
        self.hide()

    def _on_button(self) -> None:
        if self._act is not None:
            self._act()
