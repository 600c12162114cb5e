"""Draws readings of the surroundings, as a cell of two lines or a row of a list: every value keeps its credit and its time."""

import msgspec
from PySide6.QtCore import QRectF

from feeds.messages.freshness import Freshness
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.conditions import draw_condition, draw_trend
from widgets.kit.icons import draw_icon
from widgets.kit.palette import Palette
from widgets.kit.surroundings import Ahead, Reading

CELL_U = 94.0
ROW_U, NARROW_ROW_U = 100.0, 146.0
STEP_U = 52.0
_ICON_U = 72.0
_BASELINE = 0.8636
_TAIL_U = 560.0
"""A name or a credit longer than this with its time may be cut."""


def draw_line(canvas: Canvas, name: str, reading: Reading, x: float, y: float, room: float, *, facts: tuple[str, ...] = ()) -> None:
    """``Pintu air Periuk · 38 cm ke siaga · 14.30 · BBWS`` in small type.

    Time and credit always stand: first the facts go that have no room (one may have a shorter twin behind it), then the name is cut.
    """
    size, ink = canvas.type.small, canvas.colours.ink3 if reading.is_old else canvas.colours.ink2
    tail = [part for part in (reading.when, reading.credit) if part]
    kept: list[str] = []
    for fact in facts:
        if not fact or any(known.startswith(fact) for known in kept):
            continue
        if canvas.text_width(" · ".join(part for part in (name, *kept, fact, *tail) if part), size) <= room:
            kept.append(fact)
    line = " · ".join(part for part in (name, *kept, *tail) if part)
    if canvas.text_width(line, size) <= room:
        canvas.text(x, y, line, size, ink)
        return
    end = f"· {' · '.join(tail)}"
    rest = room - canvas.text_width(end, size) - 12
    if name and rest >= 90:
        width = canvas.text(x, y, name, size, ink, max_width=rest if tail else room) + 10
        if tail:
            canvas.text(x + width, y, end, size, ink, max_width=room - width)
    else:
        canvas.text(x, y, " · ".join(tail), size, ink, max_width=room)


def _ahead(canvas: Canvas, name: str, reading: Reading, facts: tuple[str, ...], room: float) -> Reading | None:
    """The reading for a line of how it goes on; ``None`` where one line holds everything, or where no fact has room."""
    size = canvas.type.small
    unlike = [fact for index, fact in enumerate(facts) if fact and not any(other.startswith(fact) for other in facts[:index])]
    if canvas.text_width(" · ".join(part for part in (name, *unlike, reading.when, reading.credit) if part), size) <= room:
        return None
    other = msgspec.structs.replace(reading, when="") if reading.freshness is Freshness.LIVE else reading
    lines = (" · ".join(part for part in (fact, other.when, other.credit) if part) for fact in facts if fact)
    return other if any(canvas.text_width(line, size) <= room for line in lines) else None


def _inks(canvas: Canvas, reading: Reading) -> Palette:
    """An old value has no signal colour and is dimmer, whatever its panel is."""
    return canvas.colours.muted() if reading.is_old else canvas.colours


def cell_width(canvas: Canvas, reading: Reading, more: tuple[str, ...]) -> float:
    """What a cell would like to have: its value, and below it who, when and from where, or in turn how it goes on."""
    who = " · ".join(part for part in (reading.name, reading.when, reading.credit) if part)
    ahead = " · ".join(part for part in (*[fact for fact in (*more, *reading.facts) if fact][:1], reading.credit) if part)
    return max(cell_least(canvas, reading), _ICON_U + max(canvas.text_width(line, canvas.type.small) for line in (who, ahead)))


def cell_least(canvas: Canvas, reading: Reading) -> float:
    """What a cell cannot do without: the value and its word; when and in turn of what and from where."""
    kind = canvas.type
    pairs = ((reading.when, reading.credit), (reading.name, reading.when), (reading.aside.partition(":")[0], reading.credit))
    tails = [" · ".join(part for part in pair if part) for pair in pairs]
    first = canvas.text_width(_value_of(reading), kind.title, SEMIBOLD) + 16 + canvas.text_width(reading.word, kind.zone)
    first += 10 + canvas.text_width(reading.unit, kind.small) if _has_index(reading) else 0
    first += (56 if reading.icon in ("river", "air") else 0) + (48 if reading.change else 0)
    return _ICON_U + max(first, *(min(canvas.text_width(tail, kind.small), _TAIL_U) for tail in tails)) + 4


def draw_cell(canvas: Canvas, reading: Reading, box: QRectF, more: tuple[str, ...] = (), *, face: int = 0) -> None:
    """Icon, mark, value and its word in large type; below who and when. ``box`` in wall units.

    ``face`` 0: of what and when, and who says so where that has room, too. ``face`` 1: where it had none, who says so and how it goes
    on; what is late or old says so on both.
    """
    plain, canvas.colours = canvas.colours, _inks(canvas, reading)
    colours, kind = canvas.colours, canvas.type
    ink = colours.ink3 if reading.is_old else colours.ink
    is_high = box.height() >= 132
    x, y, right = box.x(), box.y() + (box.height() - (132 if is_high else 92)) / 2, box.right()
    if box.width() >= 340:
        draw_icon(canvas, reading.icon, x - 2, y + (32 if is_high else 14), 60, colours.ink3 if reading.is_old else colours.ink2)
        x += _ICON_U
    start = x
    if reading.icon in ("river", "air"):
        draw_condition(canvas, reading.condition, x + 22, y + 28, 44)
        x += 56
    sizes = (kind.title, 48.0, kind.zone, kind.body, kind.small)
    value = _value_of(reading)
    word_room = 16 + canvas.text_width(reading.word, kind.small)
    with_word = right - x - word_room
    has_word = canvas.text_width(value, kind.body, SEMIBOLD) <= with_word
    size = canvas.fit(value, sizes, with_word if has_word else right - x, SEMIBOLD)
    x += canvas.text(x, y + _BASELINE * (kind.title - size), value, size, ink, weight=SEMIBOLD, max_width=right - x)
    if _has_index(reading) and right - x - 10 - (word_room if has_word else 0.0) >= canvas.text_width(reading.unit, kind.small):
        down = _BASELINE * (kind.title - kind.small)
        x += 10 + canvas.text(x + 10, y + down, reading.unit, kind.small, colours.ink3 if reading.is_old else colours.ink2)
    if reading.change and right - x >= 48 + (word_room if has_word else 0.0):
        x += 4 + draw_trend(canvas, reading.change, x + 8, y + 28, 36, ink)
    size = canvas.fit(reading.word, sizes, right - x - 16)
    if right - x - 16 >= min(160.0, canvas.text_width(reading.word, kind.small)):
        canvas.text(x + 16, y + _BASELINE * (kind.title - size), reading.word, size, ink, max_width=right - x - 16)
    name, facts, room = reading.name, (*more, *reading.facts), right - start
    ahead = more if any(more) else reading.facts
    first = msgspec.structs.replace(reading, when="", credit="") if is_high else reading
    is_split = not is_high and canvas.text_width(" · ".join(part for part in (name, first.when, first.credit) if part), kind.small) > room
    if is_split and not face:
        first = msgspec.structs.replace(first, credit="")
    elif is_split and _ahead(canvas, name, first, ahead, room) is None:
        name = ""
    if face and (other := _ahead(canvas, name, first, ahead, room)) is not None:
        name, first, facts = "", other, ahead
    draw_line(canvas, name, first, start, y + (52 if is_high else 54), room, facts=facts)
    if is_high:
        draw_line(canvas, "", reading, start, y + 94, room)
    canvas.colours = plain


def _value_of(reading: Reading) -> str:
    return f"{reading.value} {reading.unit}" if reading.unit == "cm" else reading.value


def _has_index(reading: Reading) -> bool:
    """Whether the figure says nothing without its scale beside it."""
    return reading.unit == "ISPU"


def row_height(width: float, icon: str) -> float:
    """A narrow row has a third line for its facts; those of a river are the longest."""
    return ROW_U if width >= (600 if icon == "river" else 440) else NARROW_ROW_U


def fits_row(canvas: Canvas, reading: Reading, width: float) -> bool:
    """Whether a row of two lines has room for what its value means, when and from whom."""
    line = " · ".join(part for part in (reading.word, reading.when, reading.credit) if part)
    return canvas.text_width(line, canvas.type.small) <= width - 60


def draw_row(canvas: Canvas, reading: Reading, x: float, y: float, width: float, *, is_tall: bool) -> None:
    """A row of a list: mark, name and value; below what it means, how far to the next threshold, when, who says so.

    ``is_tall``: in three lines, for a narrow list.
    """
    plain, canvas.colours = canvas.colours, _inks(canvas, reading)
    colours, kind = canvas.colours, canvas.type
    ink = colours.ink3 if reading.is_old else colours.ink
    draw_condition(canvas, reading.condition, x + 22, y + 24, 44)
    size, unit = kind.room, reading.unit
    right = x + width
    if unit:
        right -= canvas.text(right, y + 4 + _BASELINE * (size - kind.small), unit, kind.small, colours.ink3, align=RIGHT) + 10
    right -= canvas.text(right, y + 4, reading.value, size, ink, weight=SEMIBOLD, align=RIGHT, max_width=0.5 * width) + 12
    if reading.change:
        right -= draw_trend(canvas, reading.change, right - 32, y + 28, 32, ink) + 8
    left = x + 60
    named = canvas.fit(reading.name, (kind.body, kind.listed, kind.small), right - left, MEDIUM)
    top = y + 4 + _BASELINE * (size - named)
    canvas.text(left, top, reading.name, named, ink, weight=MEDIUM, max_width=max(0.0, right - left))
    if not is_tall:
        draw_line(canvas, reading.word, reading, left, y + 56, x + width - left, facts=reading.facts)
    else:
        dated, credited = msgspec.structs.replace(reading, credit=""), msgspec.structs.replace(reading, when="")
        draw_line(canvas, reading.word, dated, left, y + 56, x + width - left)
        first, *others = (*reading.facts, "")
        draw_line(canvas, first, credited, left, y + 102, x + width - left, facts=tuple(others))
    canvas.colours = plain


def draw_step(canvas: Canvas, step: Ahead, x: float, y: float, width: float, *, is_old: bool = False) -> None:
    """A later hour: ``18.00``, the sky, its words, rain, degrees."""
    colours, kind = canvas.colours, canvas.type
    ink = colours.ink3 if is_old else colours.ink2
    right = x + width
    degrees = canvas.text(right, y, step.temperature, kind.body, ink, align=RIGHT)
    right -= max(degrees, 70.0) + 14
    left = x + canvas.text(x, y, step.clock, kind.body, ink) + 16
    draw_icon(canvas, step.icon, left, y, 42, colours.ink3)
    left += 54
    words = canvas.text_width(step.words, kind.listed)
    if step.rain and right - left - canvas.text_width(step.rain, kind.small) - 20 >= words:
        right -= canvas.text(right, y + 3, step.rain, kind.small, colours.ink3, align=RIGHT) + 20
    size = canvas.fit(step.words, (kind.listed, kind.small), right - left)
    canvas.text(left, y + 1 + _BASELINE * (kind.listed - size), step.words, size, ink, max_width=max(0.0, right - left))
