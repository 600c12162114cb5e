"""The curtain (Tutup layar): a calm picture over every monitor that tells whose room this is and what time it is, and nothing else.

A window of its own: the map stands in a native window, which hides whatever the wall's own window paints.
"""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QRect, Qt, QTimer, Slot
from PySide6.QtGui import QPainterPath, QPaintEvent

from controlroom.wall.geometry import Rect
from controlroom.wall.window import WallWindow
from feeds.messages.city import City
from widgets.kit.canvas import CENTRE, MEDIUM, SEMIBOLD, Canvas
from widgets.kit.emblem import draw_emblem
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Theme

LOOK_MS = 1_000
WIDTH, HEIGHT = 1920.0, 1080.0
"""The picture is drawn for a screen of this size and fitted to each monitor."""
_RIVER = 900.0
_ROOFS = (70, 118, 90, 150, 64, 104, 134, 80, 168, 96, 58, 126, 88, 142, 74, 110)
"""Heights of the houses along the river. Houses and waves come out even on ``WIDTH``: they go on over the seam of two equal monitors."""
WAVES = 3


class Curtain(WallWindow):
    """``monitors()``: their places on the wall, in pixels of the wall's window."""

    def __init__(
        self, city: City, theme: Theme, text: Numerals, *, monitors: Callable[[], list[Rect]], now: Callable[[], datetime]
    ) -> None:
        super().__init__(f"{city.name} {city.room}", theme.palette.bg)
        # The keys of the way out stay with the wall's window.
        self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._city, self._theme, self._text = city, theme, text
        self._monitors, self._now = monitors, now
        self._told = ""
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._look)

    @property
    def is_drawn(self) -> bool:
        return self._tick.isActive()

    def draw_over(self, area: QRect) -> None:
        """Hangs over ``area`` of the desktop, above everything of the wall."""
        self.setGeometry(area)
        self.show()
        self.raise_()
        self._tick.start(LOOK_MS)

    def close_for_good(self) -> None:
        self.open()
        super().close_for_good()

    def open(self) -> None:
        self._tick.stop()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.set_ground(theme.palette.bg)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with Canvas(self, self._theme, self._theme.palette, 1.0) as canvas:
            for x, y, width, height in self._monitors():
                fit = min(width / WIDTH, height / HEIGHT)
                canvas.painter.save()
                canvas.painter.setClipRect(x, y, width, height)
                canvas.painter.translate(x + width / 2, y + height / 2)
                canvas.painter.scale(fit, fit)
                canvas.painter.translate(-WIDTH / 2, -HEIGHT / 2)
                self._paint_picture(canvas, (width / fit - WIDTH) / 2)
                canvas.painter.restore()

    def _paint_picture(self, canvas: Canvas, beyond_x: float) -> None:
        """``beyond_x``: how far the monitor reaches beyond the picture on either side."""
        colours, middle, now = self._theme.palette, WIDTH / 2, self._now()
        _paint_river(canvas, colours.land_line, colours.water, beyond_x)
        draw_emblem(canvas, middle - 90, 110, 180, colours)
        name = self._city.name
        size = canvas.fit(name, (104.0, 92.0, 80.0, 68.0, 56.0), WIDTH - 200, SEMIBOLD, figures=True)
        canvas.text(middle, 330, name, size, colours.ink, weight=SEMIBOLD, align=CENTRE, max_width=WIDTH - 120, figures=True)
        canvas.text(middle, 452, self._city.room, 52, colours.ink2, align=CENTRE, max_width=WIDTH - 120)
        clock, zone = self._text.minute(now), self._city.clock_label(now)
        width = canvas.text_width(clock, 132, SEMIBOLD, figures=True) + 20 + canvas.text_width(zone, 44, MEDIUM)
        left = middle - width / 2
        left += canvas.text(left, 560, clock, 132, colours.ink, weight=SEMIBOLD, figures=True) + 20
        canvas.text(left, 560 + 0.8636 * (132 - 44), zone, 44, colours.ink2, weight=MEDIUM)
        canvas.text(middle, 716, self._text.long_day(now), 44, colours.ink2, align=CENTRE)

    @Slot()
    def _look(self) -> None:
        """Another minute is another picture."""
        told = self._text.minute(self._now())
        if told != self._told:
            self._told = told
            self.update()


def _paint_river(canvas: Canvas, roofs: str, water: str, beyond_x: float) -> None:
    """A row of houses along the water, to the monitor's edges."""
    left, right = -beyond_x, WIDTH + beyond_x
    houses = QPainterPath()
    houses.moveTo(left, _RIVER)
    x, number = left, 0
    while x < right:
        height = _ROOFS[number % len(_ROOFS)] * 0.62
        houses.lineTo(x, _RIVER - height)
        houses.lineTo(x + 84, _RIVER - height)
        houses.lineTo(x + 84, _RIVER)
        houses.lineTo(x + 120, _RIVER)
        x, number = x + 120, number + 1
    canvas.path(houses, stroke=roofs, width=3)
    for line in range(WAVES):
        top = _RIVER + 44 + 48 * line
        wave = QPainterPath()
        wave.moveTo(left, top)
        x = left
        while x < right:
            wave.cubicTo(x + 64, top - 22, x + 128, top - 22, x + 192, top)
            wave.cubicTo(x + 256, top + 22, x + 320, top + 22, x + 384, top)
            x += 384
        canvas.painter.setOpacity(0.9 - 0.3 * line)
        canvas.path(wave, stroke=water, width=6)
    canvas.painter.setOpacity(1.0)
