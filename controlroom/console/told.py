"""What the console says of what was done: lines beside the tabs for some seconds, the way back beside them."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from controlroom.console.kit.banner import Banner
from controlroom.console.look import DeskLook
from controlroom.console.page import Tone

MOST_LINES = 3
GAP, WIDEST = 6, 640
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


class Told(QWidget):
    """Lies over ``over``, so that nothing moves under the pointer when something is said. Clicks beside the lines go through.

    ``band``: the room beside the tabs, where nobody works. The first line stands in it and covers nothing of a page; what is said
    while it stands there comes below it, over the head of the page and never over the buttons at its foot.
    """

    def __init__(self, over: QWidget, look: DeskLook, tr: Callable[[str], str], band: Callable[[], QRect]) -> None:
        super().__init__(over)
        self._over = over
        self._band = band
        self._look = look
        self._tr = tr
        self._lines: list[_Line] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
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
        self.place()
        self.show()
        self.raise_()

    def clear(self) -> None:
        for line in list(self._lines):
            self._remove(line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over and self._lines:
            self.place()
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
        self.place()
        return True

    def place(self) -> None:
        """Where the band is now."""
        if not self._lines:
            return
        band = self._band()
        width = min(WIDEST, band.width())
        heights = [line.heightForWidth(width) if line.hasHeightForWidth() else line.sizeHint().height() for line in self._lines]
        top = band.top() + max(0, (band.height() - heights[0]) // 2)
        self.setFixedWidth(width)
        self.setGeometry(band.right() + 1 - width, top, width, sum(heights) + GAP * (len(heights) - 1))

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
            self.place()
        else:
            self._second.stop()
            self.hide()
