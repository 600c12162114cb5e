"""Drawing in wall units: text by role on a baseline grid, marks, bars, chips. Every painted panel uses this and nothing else.

A wall unit is one pixel of the reference wall in visual.md; positions are tops of a line box as tall as its type size.
"""

import unicodedata
from functools import lru_cache
from types import TracebackType

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from widgets.kit.palette import Palette, Theme

REGULAR, MEDIUM, SEMIBOLD = 400, 500, 600
LEFT, CENTRE, RIGHT = "left", "centre", "right"

_BASELINE = 0.8636
"""Where Inter's baseline stands in a line box as tall as its type size (ascent 0.969, descent 0.241 em)."""


@lru_cache(maxsize=256)
def font(family: str, size: float, weight: int, spacing: float = 0.0) -> QFont:
    """A font with tabular lining figures; ``size`` in wall units, ``spacing`` in em."""
    made = QFont(family)
    made.setPixelSize(max(1, round(size)))
    made.setWeight(QFont.Weight(weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setFeature(QFont.Tag("lnum"), 1)
    if spacing:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spacing * size)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


WIDE_U = 900.0
"""From this width on a titled panel has its second line beside the title (wall units)."""

WIDEST_U = 1400.0
"""From this width on its padding is wider."""

LOW_U = 230.0
"""Below this height a narrow panel has no second line: its content needs the room."""

_LONGEST = 400
"""Characters of one line that are measured at all; far more than any slot shows."""

_UNSHOWN = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Unicode categories that no font draws: controls, surrogates, private and unassigned."""

_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@lru_cache(maxsize=4_096)
def _advance(face: QFont, line: str) -> float:
    """The width of a line. In a storm the same few hundred words are measured thousands of times a second."""
    return QFontMetricsF(face).horizontalAdvance(line)


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """One line of a stranger's text: no line breaks, no control characters, nothing that turns its neighbours round."""
    line = text[:_LONGEST]
    if not (line.isascii() and line.isprintable()):
        line = "".join(c for c in line if c.isspace() or (c not in _DIRECTION_OVERRIDES and unicodedata.category(c) not in _UNSHOWN))
    return " ".join(line.split())


def calmed(picture: QImage) -> QImage:
    """A photograph with a fifth less colour and a little darker, so that it does not outshine the marks."""
    calm = picture.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(calm)
    painter.setOpacity(0.2)
    painter.drawImage(0, 0, calm.convertToFormat(QImage.Format.Format_Grayscale8))
    painter.setOpacity(0.15)
    painter.fillRect(calm.rect(), Qt.GlobalColor.black)
    painter.end()
    return calm


class Canvas:
    """A QPainter scaled to wall units, opened on a widget (or an image) for one paint event."""

    def __init__(self, widget: QWidget | QImage, theme: Theme, palette: Palette, scale: float) -> None:
        self.colours = palette
        self.type = theme.type
        self.space = theme.space
        self.width = widget.width() / scale
        self.height = widget.height() / scale
        self.scale = scale
        self._theme = theme
        self._widget = widget
        self.painter = QPainter()

    @property
    def has_second_line(self) -> bool:
        """Whether the frame writes as-of and source below the title (on a wide panel they stand beside it, a low one has none)."""
        return self.width < WIDE_U and self.height >= LOW_U

    @property
    def content_top(self) -> float:
        """Where a titled panel's content begins."""
        return self.space.content_top + (44 if self.has_second_line else 0)

    @property
    def padding(self) -> float:
        """Between a titled panel's edge and its content."""
        return self.space.padding_wide if self.width >= WIDEST_U else self.space.padding

    def __enter__(self) -> "Canvas":
        self.painter.begin(self._widget)
        self.painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self.painter.scale(self.scale, self.scale)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.painter.end()

    def _font(self, size: float, weight: int, *, figures: bool, spacing: float = 0.0) -> QFont:
        if figures:
            return font(self._theme.figure_family, size, weight, -0.02)
        return font(self._theme.text_family, size, weight, spacing)

    def text_width(self, text: str, size: float, weight: int = REGULAR, *, figures: bool = False, spacing: float = 0.0) -> float:
        """The advance of ``text`` in wall units."""
        return _advance(self._font(size, weight, figures=figures, spacing=spacing), plain(text))

    def fit(self, text: str, sizes: tuple[float, ...], max_width: float, weight: int = REGULAR, *, figures: bool = False) -> float:
        """The first of ``sizes`` in which ``text`` is no wider than ``max_width``, else the last."""
        return next((size for size in sizes if self.text_width(text, size, weight, figures=figures) <= max_width), sizes[-1])

    def wrap(self, text: str, size: float, max_width: float, lines: int, weight: int = REGULAR) -> list[str]:
        """``text`` broken between words into at most ``lines`` lines; the last holds what is left (to be elided)."""
        broken: list[str] = []
        for word in plain(text).split():
            longer = f"{broken[-1]} {word}" if broken else word
            if broken and (len(broken) == lines or self.text_width(longer, size, weight) <= max_width):
                broken[-1] = longer
            else:
                broken.append(word)
        return broken

    def text(
        self,
        x: float,
        top: float,
        text: str,
        size: float,
        colour: str,
        *,
        weight: int = REGULAR,
        align: str = LEFT,
        max_width: float | None = None,
        figures: bool = False,
        spacing: float = 0.0,
    ) -> float:
        """Draws one line and returns its width. ``x`` is the left, centre or right edge by ``align``; too long is elided.

        ``figures``: the display face for large figures. ``spacing``: between letters, in em. Text is always plain: nothing in it is markup.
        """
        face = self._font(size, weight, figures=figures, spacing=spacing)
        line = plain(text)
        width = _advance(face, line)
        if max_width is not None and width > max_width:
            line = QFontMetricsF(face).elidedText(line, Qt.TextElideMode.ElideRight, max(0.0, max_width))
            width = _advance(face, line)
        left = x if align == LEFT else x - width if align == RIGHT else x - width / 2
        self.painter.setFont(face)
        self.painter.setPen(QColor(colour))
        self.painter.drawText(QPointF(left, top + _BASELINE * size), line)
        return width

    def rect(self, x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0.0, opacity: float = 1.0) -> None:
        if width <= 0 or height <= 0:
            return
        fill = QColor(colour)
        fill.setAlphaF(opacity)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(fill)
        self.painter.drawRoundedRect(QRectF(x, y, width, height), radius, radius)

    def outline(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        stroke: float,
        *,
        radius: float = 0.0,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """A rectangle's rim, drawn inside its edges. ``dash``: on and off lengths in wall units."""
        pen = QPen(QColor(colour), stroke)
        if dash is not None:
            pen.setDashPattern([dash[0] / stroke, dash[1] / stroke])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        half = stroke / 2
        self.painter.drawRoundedRect(QRectF(x + half, y + half, width - stroke, height - stroke), radius, radius)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, stroke: float) -> None:
        self.painter.setPen(QPen(QColor(colour), stroke))
        self.painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))

    def path(
        self, path: QPainterPath, *, fill: str | None = None, stroke: str | None = None, width: float = 1.0, round_joins: bool = True
    ) -> None:
        pen = QPen(Qt.PenStyle.NoPen)
        if stroke is not None:
            pen = QPen(QColor(stroke), width)
            if round_joins:
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.painter.setPen(pen)
        self.painter.setBrush(QBrush(QColor(fill)) if fill is not None else QBrush(Qt.BrushStyle.NoBrush))
        self.painter.drawPath(path)

    def image(self, x: float, y: float, width: float, height: float, image: QImage, *, radius: float = 8.0, grey: bool = False) -> None:
        """A picture filling the box (cropped to its shape), with round corners; ``grey`` for a stale one."""
        shown = image.convertToFormat(QImage.Format.Format_Grayscale8) if grey else image
        box = QRectF(x, y, width, height)
        wanted = width / height
        source = QRectF(shown.rect())
        if source.width() / max(1.0, source.height()) > wanted:
            narrow = source.height() * wanted
            source = QRectF(source.x() + (source.width() - narrow) / 2, source.y(), narrow, source.height())
        else:
            low = source.width() / wanted
            source = QRectF(source.x(), source.y() + (source.height() - low) / 2, source.width(), low)
        clip = QPainterPath()
        clip.addRoundedRect(box, radius, radius)
        self.painter.save()
        self.painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
        self.painter.drawImage(box, shown, source)
        self.painter.restore()

    def hatch(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        *,
        pitch: float = 16.0,
        stroke: float = 5.0,
        opacity: float = 1.0,
    ) -> None:
        """Diagonal stripes at 45 degrees filling the box."""
        ink = QColor(colour)
        ink.setAlphaF(opacity)
        self.painter.save()
        self.painter.setClipRect(QRectF(x, y, width, height), Qt.ClipOperation.IntersectClip)
        self.painter.setPen(QPen(ink, stroke))
        step = pitch * 1.4142
        start = x - height
        while start < x + width:
            self.painter.drawLine(QPointF(start, y + height), QPointF(start + height, y))
            start += step
        self.painter.restore()
