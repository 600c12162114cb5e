"""The grammar of an indicator panel: the large value with its deviation, list rows with a mark, and where they fit.

Knows no panel and no message but the traffic light. Positions are those of visual/wall.html, from the body's corner.
"""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtGui import QFontMetricsF

from feeds.messages.indicator import Light
from widgets.kit.canvas import LEFT, MEDIUM, REGULAR, RIGHT, SEMIBOLD, Canvas, font
from widgets.kit.marks import draw_light
from widgets.kit.numerals import MISSING, Numerals
from widgets.kit.palette import Palette, Theme

BODY_TOP, BODY_TOP_BESIDE = 140.0, 100.0
"""Where the body begins: below the frame's title and second line, which from ``_BESIDE_U`` on stands beside the title."""
BODY_BOTTOM = 12.0
_BESIDE_U, _WIDE_U = 900.0, 1400.0
"""Widths from which the frame has its second line beside the title, and wider padding."""
COLUMN_GAP = 72.0
_STACKED = (546.0, 620.0)
_SPLIT = (1132.0, 350.0)
"""Bodies that hold everything: in one column (the reference panel), in two."""
_LOOSEST = 1.5
"""Rows of a list with room to spare stand at most so many times as far apart."""
_TOP = 16.0
_HEAD, _HEAD_NARROW = 190.0, 274.0
_CHART, _CHART_LEAST = 178.0, 100.0
_BASELINE = 0.8636
_MARKED = (Light.RED, Light.YELLOW)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """Where the body of a panel stands and how much larger than on the reference panel it is drawn.

    ``x``, ``y``: wall units of the panel. ``width``, ``height``: in enlarged units. ``is_split``: the list stands in a
    second column instead of under the chart.
    """

    x: float
    y: float
    zoom: float
    width: float
    height: float
    is_split: bool

    @property
    def column(self) -> float:
        return (self.width - COLUMN_GAP) / 2 if self.is_split else self.width

    @property
    def is_loose(self) -> bool:
        """There is more room than on the reference panel: rows may stand further apart."""
        return self.is_split or self.height > 1.06 * _STACKED[1]

    @property
    def list_x(self) -> float:
        return self.column + COLUMN_GAP if self.is_split else 0.0


def body_of(width: float, height: float, theme: Theme) -> Body:
    """The body of a panel of this size (wall units): one column or two, whichever can be drawn larger."""
    padding = theme.space.padding_wide if width >= _WIDE_U else theme.space.padding
    top = BODY_TOP_BESIDE if width >= _BESIDE_U else BODY_TOP
    inner_width, inner_height = max(1.0, width - 2 * padding), max(1.0, height - top - BODY_BOTTOM)
    stacked = min(inner_width / _STACKED[0], inner_height / _STACKED[1])
    split = min(inner_width / _SPLIT[0], inner_height / _SPLIT[1])
    is_split = split >= 1.0 and split >= 0.9 * stacked
    zoom = min(2.4, max(1.0, split if is_split else stacked))
    return Body(x=padding, y=top, zoom=zoom, width=inner_width / zoom, height=inner_height / zoom, is_split=is_split)


class Areas(msgspec.Struct, frozen=True, kw_only=True):
    """Tops and bottoms of chart and list in the body; both 0 where there is no room."""

    chart: tuple[float, float]
    list: tuple[float, float]


def areas_of(body: Body, head: float, rows: float) -> Areas:
    """Shares the room under the headline (which ends at ``head``): the value first, then the chart, then at least two rows.

    ``rows``: height of the list on the reference panel.
    """
    if body.is_split:
        return Areas(chart=_kept((head, body.height), _CHART_LEAST), list=(_TOP, body.height))
    room = body.height - head
    if room < _CHART_LEAST + 150:
        return Areas(chart=_kept((head, body.height), _CHART_LEAST), list=(0.0, 0.0))
    chart = min(max(_CHART_LEAST, room - rows), _CHART + 0.45 * max(0.0, room - rows - _CHART))
    return Areas(chart=(head, head + chart), list=(head + chart + 8, body.height))


def _kept(span: tuple[float, float], least: float) -> tuple[float, float]:
    return span if span[1] - span[0] >= least else (0.0, 0.0)


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the top of the body. ``beside``: a second line instead of a deviation (``RUP`` / ``diumumkan``)."""

    value: float | None
    reference: str
    below: str
    deviation: float | None = None
    light: Light = Light.GREY
    beside: str | None = None


class HeadlineFit(msgspec.Struct, frozen=True, kw_only=True):
    """How a headline fits its column: size of the value, whether the rest stands under it, and the widths of that rest."""

    size: float
    is_narrow: bool
    beside: float
    deviation: float

    @property
    def height(self) -> float:
        """Where it ends."""
        return _HEAD_NARROW if self.is_narrow else _HEAD


def fit_headline(theme: Theme, width: float, headline: Headline, text: Numerals, tr: Callable[[str], str]) -> HeadlineFit:
    """Chooses the largest value that leaves room for what stands beside it."""
    deviation = _deviation_width(theme, headline, text, tr)
    reference = theme.type.small if headline.beside is None else theme.type.body
    lines = [line for line in (headline.reference, headline.beside) if line]
    beside = max(deviation, *(_measure(theme.text_family, line, reference, REGULAR) for line in lines))
    sizes = (theme.type.kpi, theme.type.total, theme.type.count)
    widths = [_value_width(theme, headline.value, size, text) for size in sizes]
    for size, needed in zip(sizes, widths, strict=True):
        if needed + beside + 20 <= width:
            return HeadlineFit(size=size, is_narrow=False, beside=beside, deviation=deviation)
    fitting = (size for size, needed in zip(sizes, widths, strict=True) if needed <= width)
    return HeadlineFit(size=next(fitting, theme.type.title), is_narrow=True, beside=beside, deviation=deviation)


def draw_headline(canvas: Canvas, width: float, headline: Headline, fit: HeadlineFit, text: Numerals, tr: Callable[[str], str]) -> None:
    """Draws the value, what it is held against and the line below."""
    colours, kind = canvas.colours, canvas.type
    _draw_value(canvas, _TOP + (kind.kpi - fit.size) * _BASELINE, headline.value, fit.size, text)
    right = min(width, fit.beside) if fit.is_narrow else width
    top = 118.0 if fit.is_narrow else 20.0
    align, edge = (LEFT, 0.0) if fit.is_narrow else (RIGHT, right)
    if headline.beside is not None:
        canvas.text(edge, top, headline.reference, kind.body, colours.ink2, align=align)
        canvas.text(edge, top + 54, headline.beside, kind.body, colours.ink2, align=align)
    else:
        canvas.text(edge, top, headline.reference, kind.small, colours.ink2, align=align, max_width=width)
        _draw_deviation(canvas, min(right, fit.deviation) if fit.is_narrow else right, top + 40, headline, text, tr)
    canvas.text(0, 224 if fit.is_narrow else 134, headline.below, kind.small, colours.ink2, max_width=width)


def _measure(family: str, text: str, size: float, weight: int, spacing: float = 0.0) -> float:
    return QFontMetricsF(font(family, size, weight, spacing)).horizontalAdvance(text)


def _value_width(theme: Theme, value: float | None, size: float, text: Numerals) -> float:
    width = _measure(theme.figure_family, text.bounded(value, 1), size, SEMIBOLD, -0.02)
    return width if value is None else width + 8 + _measure(theme.figure_family, "%", theme.type.title, MEDIUM)


def _draw_value(canvas: Canvas, top: float, value: float | None, size: float, text: Numerals) -> None:
    width = canvas.text(0, top, text.bounded(value, 1), size, canvas.colours.ink, weight=SEMIBOLD, figures=True)
    if value is not None:
        unit = canvas.type.title
        canvas.text(width + 8, top + (size - unit) * _BASELINE, "%", unit, canvas.colours.ink2, weight=MEDIUM, figures=True)


def _deviation_width(theme: Theme, headline: Headline, text: Numerals, tr: Callable[[str], str]) -> float:
    kind, family = theme.type, theme.text_family
    if headline.beside is not None:
        return 0.0
    width = _measure(family, text.bounded(headline.deviation, 1, sign=True), kind.title, SEMIBOLD)
    if headline.deviation is not None:
        width += 8 + _measure(family, tr("poin"), kind.small, REGULAR) + (52 if headline.light in _MARKED else 0)
    return width


def _draw_deviation(canvas: Canvas, right: float, top: float, headline: Headline, text: Numerals, tr: Callable[[str], str]) -> None:
    """The mark, the signed deviation and its unit, ending at ``right``."""
    colours, kind = canvas.colours, canvas.type
    left = right
    if headline.deviation is not None:
        left -= canvas.text(right, top + 8, tr("poin"), kind.small, colours.ink2, align=RIGHT) + 8
    figure = text.bounded(headline.deviation, 1, sign=True)
    left -= canvas.text(left, top, figure, kind.title, colours.ink, weight=SEMIBOLD, align=RIGHT) + 8
    draw_light(canvas, headline.light, left - 22.1, top + 26, 34)


def light_colour(light: Light, colours: Palette) -> str:
    """The bar of a deviation: colour only where somebody should act."""
    return {Light.RED: colours.red, Light.YELLOW: colours.yellow}.get(light, colours.bar)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list: a mark, a name, a figure."""

    name: str
    figure: str
    light: Light = Light.GREY


def draw_row(canvas: Canvas, x: float, top: float, width: float, row: Row, *, mark: float, name_width: float) -> None:
    """Draws a list row whose name stands at ``top``; ``mark``: nominal size of its mark."""
    draw_light(canvas, row.light, x + 15.8, top + 18.3, mark)
    canvas.text(x + 54, top, row.name, canvas.type.listed, canvas.colours.ink, max_width=name_width)
    canvas.text(x + width, top - 1, row.figure, canvas.type.body, canvas.colours.ink, weight=MEDIUM, align=RIGHT)


def row_tops(count: int, top: float, bottom: float, pitch: float, *, is_loose: bool) -> list[float]:
    """Tops of the first rows that stand whole between two heights (a row's text is 44 high); loose ones share the room."""
    fitting = min(count, max(0, int((bottom - top - 44) // pitch) + 1))
    if is_loose and fitting == count and count > 1:
        pitch = max(pitch, min(_LOOSEST * pitch, (bottom - top - 44) / (count - 1)))
    return [top + number * pitch for number in range(fitting)]


def second_line(parts: Sequence[str | tuple[str, ...] | None], theme: Theme, width: float) -> str:
    """The parts that fit the frame's second line of a panel ``width`` wall units wide; the first two always stand.

    Parts come in order of importance; one with several wordings, longest first, is shortened before it is left out.
    """
    room = width - 2 * theme.space.padding if width < _BESIDE_U else width - 760
    line = ""
    for number, part in enumerate(part for part in parts if part):
        for wording in (part,) if isinstance(part, str) else part:
            longer = f"{line} · {wording}" if line else wording
            if number <= 1 or _measure(theme.text_family, longer, theme.type.small, REGULAR) <= room:
                line = longer
                break
    return line or MISSING


def excluded_words(rows: int, text: Numerals, tr: Callable[[str], str]) -> tuple[str, ...] | None:
    """How many rows of the source the figures leave out, in a long and a short wording; ``None`` for none."""
    if rows <= 0:
        return None
    count = text.number(rows)
    return tr("{count} baris dikecualikan").format(count=count), tr("−{count} baris").format(count=count)
