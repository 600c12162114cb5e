"""What the console says of what was done: lines at the foot of the window for some seconds, the way back beside them."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from controlroom.console.kit.banner import Banner
from controlroom.console.look import DeskLook
from controlroom.console.page import Tone

MOST_LINES = 3
SHOWN_S = {Tone.PLAIN: 6, Tone.GOOD: 6, Tone.WARNING: 12, Tone.TROUBLE: 20}
WITH_ACTION_S = 10
"""At least so long when there is something to press; the seconds that are left stand on the button."""


class _Line(Banner):
    def __init__(self, look: DeskLook, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.left_s = 0
        self.words = ""
        self.tone = Tone.PLAIN
        self.times = 1
        self.button_words = ""


class Foot(QWidget):
    """Lies over the foot of ``over``: nothing moves under the pointer when something is said. Clicks beside the lines go through."""

    def __init__(self, over: QWidget, look: DeskLook, tr: Callable[[str], str]) -> None:
        super().__init__(over)
        self._over = over
        self._look = look
        self._tr = tr
        self._lines: list[_Line] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._second = QTimer(self)
        self._second.timeout.connect(self._on_second)
        over.installEventFilter(self)
        self.hide()

    @property
    def said(self) -> list[str]:
        """The lines that stand now, the newest last."""
        return [line.words for line in self._lines]

    def tell(self, text: str, tone: Tone, action: tuple[str, Callable[[], None]] | None = None) -> None:
        """What stands there already is said once, with how often; not where each has a button of its own, which may lead elsewhere."""
        if action is None and self._say_again(text, tone):
            return
        line = _Line(self._look, self)
        line.words, line.tone = text, tone
        line.left_s = max(SHOWN_S[tone], WITH_ACTION_S if action is not None else 0)
        if action is not None:
            line.button_words = action[0]
        act = action[1] if action is not None else None

        def pressed() -> None:
            self._remove(line)
            if act is not None:
                act()

        line.say(text, tone, (self._button(line), pressed) if action is not None else None)
        self._lines.append(line)
        self._column.addWidget(line)
        for older in self._lines[:-MOST_LINES]:
            self._remove(older)
        if not self._second.isActive():
            self._second.start(1000)
        self._place()
        self.show()
        self.raise_()

    def clear(self) -> None:
        for line in list(self._lines):
            self._remove(line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over and self._lines:
            self._place()
        return super().eventFilter(watched, event)

    def _say_again(self, text: str, tone: Tone) -> bool:
        line = next((one for one in self._lines if (one.words, one.tone, one.button_words) == (text, tone, "")), None)
        if line is None:
            return False
        line.times += 1
        line.left_s = SHOWN_S[tone]
        line.say(f"{text} ×{line.times}", tone)
        # The newest is last, and goes last.
        self._lines.remove(line)
        self._lines.append(line)
        self._column.removeWidget(line)
        self._column.addWidget(line)
        self._place()
        return True

    def _button(self, line: _Line) -> str:
        return self._tr("{what} ({seconds})").format(what=line.button_words, seconds=line.left_s)

    def _on_second(self) -> None:
        for line in list(self._lines):
            if line.underMouse():
                continue  # whoever reads or aims at it is not hurried
            line.left_s -= 1
            if line.left_s <= 0:
                self._remove(line)
            elif line.button_words:
                line.set_button(self._button(line))

    def _remove(self, line: _Line) -> None:
        if line not in self._lines:
            return
        self._lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        if self._lines:
            self._place()
        else:
            self._second.stop()
            self.hide()

    def _place(self) -> None:
        width = min(900, self._over.width() - 48)
        self.setFixedWidth(width)
        height = sum(line.heightForWidth(width) if line.hasHeightForWidth() else line.sizeHint().height() for line in self._lines)
        height += 6 * (len(self._lines) - 1)
        self.resize(width, height)
        self.move((self._over.width() - width) // 2, self._over.height() - height - 16)
