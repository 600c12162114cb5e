"""Chips of the desk: how fresh something is (drawn as on the wall), and short facts with a rim."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from controlroom.console.look import DeskLook
from feeds.messages.freshness import Freshness
from widgets.kit.canvas import MEDIUM, SEMIBOLD, Canvas
from widgets.kit.chip import HEIGHT, chip_width, chip_words, draw_chip, draw_simulated_chip
from widgets.kit.icons import draw_icon
from widgets.kit.numerals import Numerals

SCALE = 16 / 36
"""The wall's chip with type of 16 pixels."""

_ROOM = 1.0


class _Painted(QWidget):
    """Measures itself by what it paints."""

    def __init__(self, look: DeskLook, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def canvas(self, scale: float) -> Canvas:
        return Canvas(self, self._look.theme, self._look.theme.palette, scale)

    def again(self) -> None:
        self.updateGeometry()
        self.update()


class FreshnessChip(_Painted):
    """LIVE, TELAT, USANG, TERPUTUS, GALAT, MENUNGGU and SIMULASI, with the words and shapes of the wall."""

    def __init__(self, look: DeskLook, tr: Callable[[str], str], text: Numerals, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._tr = tr
        self._text = text
        self._freshness = Freshness.WAITING
        self._words = chip_words(Freshness.WAITING, None, tr, text)
        self.setAccessibleName(self._words)

    def show_freshness(self, freshness: Freshness, age_s: float | None = None, *, words: str | None = None, addition: str = "") -> None:
        """``words`` instead of those of the wall: ``Bus 0,2 dtk``."""
        said = words if words is not None else chip_words(freshness, age_s, self._tr, self._text, addition=addition)
        if (freshness, said) != (self._freshness, self._words):
            self._freshness, self._words = freshness, said
            self.setAccessibleName(said)
            self.again()

    @property
    def words(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:
        width = chip_width(self.canvas(SCALE), self._freshness, self._words)
        return QSize(round(width * SCALE) + 2, round(HEIGHT * SCALE) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        with self.canvas(SCALE) as canvas:
            draw_chip(canvas, canvas.width - 2, (canvas.height - HEIGHT) / 2, self._freshness, self._words)


class SimulatedChip(_Painted):
    """SIMULASI: always in its own colour."""

    def __init__(self, look: DeskLook, word: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._word = word
        self.setAccessibleName(word)

    def sizeHint(self) -> QSize:
        width = self.canvas(SCALE).text_width(self._word, 36, SEMIBOLD) + 48
        return QSize(round(width * SCALE), round(HEIGHT * SCALE) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        with self.canvas(SCALE) as canvas:
            draw_simulated_chip(canvas, canvas.width - 2, (canvas.height - HEIGHT) / 2, self._word)


class _ChipStyle(msgspec.Struct, frozen=True):
    ground: str | None
    rim: str | None
    ink: str


_STYLES: dict[str, _ChipStyle] = {
    "plain": _ChipStyle(None, "line2", "ink2"),
    "good": _ChipStyle(None, "green", "ink"),
    "warning": _ChipStyle(None, "yellow", "ink"),
    "trouble": _ChipStyle("red", "red", "bg"),
    "own": _ChipStyle(None, "sel", "sel"),
    "filled": _ChipStyle("ink", "ink", "bg"),
}


class Chip(_Painted):
    """A short fact in a rim. ``tone``: plain, good, warning, trouble, own (yours, not yet public) or filled (what everybody sees)."""

    def __init__(
        self, look: DeskLook, text: str = "", *, tone: str = "plain", icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, parent)
        self._icon = icon
        self._text = ""
        self._tone = tone
        self.show_fact(text, tone)

    def show_fact(self, text: str, tone: str | None = None) -> None:
        if tone is not None:
            self._tone = tone
        self._text = text
        self.setAccessibleName(text)
        self.again()

    @property
    def text(self) -> str:
        return self._text

    def _left(self) -> float:
        return 36.0 if self._icon else 12.0

    def sizeHint(self) -> QSize:
        width = self.canvas(1.0).text_width(self._text, self._look.sizes.text, MEDIUM)
        return QSize(round(self._left() + width + 13), 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        style = _STYLES[self._tone]
        with self.canvas(1.0) as canvas:
            colours, top = canvas.colours, (canvas.height - 26) / 2
            if style.ground is not None:
                canvas.rect(_ROOM, top, canvas.width - 2 * _ROOM, 26, getattr(colours, style.ground), radius=13)
            if style.rim is not None:
                stroke = 2 if self._tone == "warning" else 1.5
                canvas.outline(_ROOM, top, canvas.width - 2 * _ROOM, 26, getattr(colours, style.rim), stroke, radius=13)
            ink = getattr(colours, style.ink)
            if self._icon is not None:
                draw_icon(canvas, self._icon, 12, top + 4, 18, ink)
            size = self._look.sizes.text
            canvas.text(
                self._left(), top + (26 - size) / 2 - 0.5, self._text, size, ink, weight=MEDIUM, max_width=canvas.width - self._left() - 6
            )
