"""A strip that shows lines one after another; a line too long for it runs past once at a calm, constant speed.

Draws each line once into a picture and moves that, so a running line costs one small copy a step. Has no timer: its
owner calls ``step`` some 25 times a second.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from widgets.kit.canvas import Canvas
from widgets.kit.palette import Palette, Theme

STEP_MS = 40
SPEED_U_S = 84.0
"""Wall units a second: about five characters, a comfortable reading speed."""

HOLD_S = 4.0
"""A running line stands still this long before and after."""

STAY_S = 8.0
FADE_S = 0.5
_WIDEST_PX = 16_000


class TapeLine(msgspec.Struct, frozen=True, kw_only=True):
    """``credit`` names the source, drawn quieter."""

    text: str
    credit: str = ""


def stay_s(overflow_u: float) -> float:
    """How long a line is shown that is ``overflow_u`` wider than the strip."""
    return STAY_S if overflow_u <= 0 else 2 * HOLD_S + overflow_u / SPEED_U_S


def offset_u(elapsed_s: float, overflow_u: float) -> float:
    """How far a line has run after ``elapsed_s``, 0..``overflow_u``."""
    return min(max(0.0, overflow_u), max(0.0, elapsed_s - HOLD_S) * SPEED_U_S)


class Tape(QWidget):
    """``now``: the clock that moves it."""

    def __init__(self, theme: Theme, scale: float, now: Callable[[], datetime], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._palette = theme.palette
        self._scale = scale
        self._now = now
        self._lines: tuple[TapeLine, ...] = ()
        self._index = 0
        self._since = now()
        self._has_turned = False
        self._picture: QImage | None = None
        self._overflow = 0.0
        self._drawn: tuple[int, int] = (-1, -1)

    @property
    def line(self) -> TapeLine | None:
        """The line shown now."""
        return self._lines[self._index] if self._lines else None

    def set_lines(self, lines: Sequence[TapeLine]) -> None:
        """Shows these from now on; a line that stays keeps its place and goes on running."""
        shown = self.line
        self._lines = tuple(dict.fromkeys(lines))
        if shown in self._lines:
            self._index = self._lines.index(shown)
            return
        self._index = 0
        self._begin()

    def set_palette(self, palette: Palette) -> None:
        if palette is not self._palette:
            self._palette = palette
            self._picture = None
            self.update()

    def step(self) -> None:
        """Moves on; repaints only when something is to be seen of it."""
        if not self._lines:
            return
        self._prepare()
        elapsed = (self._now() - self._since).total_seconds()
        if elapsed < 0 or elapsed >= stay_s(self._overflow):
            if len(self._lines) > 1 or self._overflow > 0:
                self._index = (self._index + 1) % len(self._lines)
                self._has_turned = len(self._lines) > 1
                self._begin()
            return
        state = self._state(elapsed)
        if state != self._drawn:
            self.update()

    def _begin(self) -> None:
        self._since = self._now()
        self._picture = None
        self.update()

    def _state(self, elapsed: float) -> tuple[int, int]:
        """Offset in pixels and opacity in percent."""
        opacity = 1.0
        if self._has_turned:
            opacity = min(1.0, elapsed / FADE_S)
        if len(self._lines) > 1:
            opacity = min(opacity, (stay_s(self._overflow) - elapsed) / FADE_S)
        return round(offset_u(elapsed, self._overflow) * self._scale), round(20 * max(0.0, opacity)) * 5

    def _prepare(self) -> None:
        """Draws the line into its picture."""
        line = self.line
        if self._picture is not None or line is None:
            return
        probe = Canvas(self, self._theme, self._palette, self._scale)
        size, small = probe.type.body, probe.type.small
        width = probe.text_width(line.text, size)
        credit = probe.text_width(line.credit, small) + 28 if line.credit else 0.0
        width_px = min(_WIDEST_PX, max(1, round((width + credit + 4) * self._scale)))
        self._overflow = max(0.0, width_px / self._scale - self.width() / self._scale)
        picture = QImage(width_px, max(1, self.height()), QImage.Format.Format_RGB32)
        picture.fill(QColor(self._palette.panel))
        with Canvas(picture, self._theme, self._palette, self._scale) as canvas:
            top = (canvas.height - size) / 2
            end = canvas.text(0, top, line.text, size, self._palette.ink, max_width=canvas.width)
            if credit and end + 28 < canvas.width:
                canvas.text(
                    end + 28, top + 0.8636 * (size - small), line.credit, small, self._palette.ink3, max_width=canvas.width - end - 28
                )
        self._picture = picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:
        self._prepare()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        if self._picture is not None:
            self._drawn = self._state(max(0.0, (self._now() - self._since).total_seconds()))
            painter.setOpacity(self._drawn[1] / 100)
            painter.drawImage(-self._drawn[0], 0, self._picture)
            self._paint_ends(painter)
        painter.end()

    def _paint_ends(self, painter: QPainter) -> None:
        """A line that goes on beyond an end of the strip fades out there."""
        soft = round(48 * self._scale)
        rest_px = round(self._overflow * self._scale) - self._drawn[0]
        for is_cut, edge, inner in ((self._drawn[0] > 0, 0, soft), (rest_px > 0, self.width(), self.width() - soft)):
            if not is_cut:
                continue
            fade = QLinearGradient(edge, 0, inner, 0)
            ground, clear = QColor(self._palette.panel), QColor(self._palette.panel)
            clear.setAlpha(0)
            fade.setColorAt(0, ground)
            fade.setColorAt(1, clear)
            painter.fillRect(min(edge, inner), 0, soft, self.height(), fade)
