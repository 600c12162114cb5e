"""Camera tiles: where they stand, how fresh a picture is, and how a tile is drawn. Draws frames it is handed and decodes nothing."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import msgspec
from PySide6.QtGui import QImage, QPainterPath

from feeds.messages.freshness import Freshness
from widgets.kit.canvas import CENTRE, Canvas
from widgets.kit.chip import HEIGHT as CHIP_HEIGHT
from widgets.kit.chip import chip_width, chip_words, draw_chip
from widgets.kit.icons import draw_icon
from widgets.kit.numerals import Numerals

LIVE_S = 2.0
"""A picture up to this age is LIVE; a camera hands over ten a second, so this is twenty missed."""
LATE_S = 10.0
"""Up to this age TELAT, then USANG: grey, hatched, with the time it was taken."""
GAP = 25.0
ROW_GAP = 20.0
NAME = 62.0
"""Below a tile: 18 to the name, its line of 40, and what hangs below the line."""
_SHAPE = 1.5
_FLATTEST = 1.25
"""A picture is cut to its tile; taller than this against its width it would lose too much."""
_LEAST_WIDTH, _LEAST_HEIGHT = 216.0, 96.0
REASON_WORDS = {
    "login": "login bukan untuk alamat ini",
    "auth": "akses ditolak",
    "missing": "alamat tidak ada",
    "refused": "sambungan ditolak",
    "unreachable": "tidak terjangkau",
    "no_video": "tanpa video",
    "bad_stream": "aliran rusak",
    "ended": "aliran berhenti",
    "hangs": "tidak menjawab",
    "broken": "dekoder berhenti",
    "private": "kamera privat",
    "unknown": "kamera tidak dikenal",
}


@runtime_checkable
class Explained(Protocol):
    """A feed that can say in one word why it has no picture."""

    def reason(self) -> str | None: ...


class Box(msgspec.Struct, frozen=True):
    """A tile's picture, wall units; its name stands below."""

    x: float
    y: float
    width: float
    height: float


def tile_boxes(count: int, area: Box, columns: int | None) -> tuple[Box, ...]:
    """Places up to ``count`` tiles in ``area`` in rows; ``columns`` fixed or, when ``None``, those with the largest pictures.

    Fewer boxes come back where more would be too small to see anything in.
    """
    for shown in range(count, 0, -1):
        choices = [_grid(shown, area, number) for number in ([min(columns, shown)] if columns else range(1, shown + 1))]
        best = max(choices, key=lambda boxes: min(boxes[0].width, boxes[0].height * _SHAPE))
        if shown == 1 or (best[0].width >= _LEAST_WIDTH and best[0].height >= _LEAST_HEIGHT):
            return best
    return ()


def _grid(count: int, area: Box, columns: int) -> tuple[Box, ...]:
    rows = -(-count // columns)
    width = max(1.0, (area.width - (columns - 1) * GAP) / columns)
    room = max(1.0, (area.height - (rows - 1) * ROW_GAP) / rows - NAME)
    height = min(room, width / _FLATTEST)
    top = area.y + rows * (room - height) / 2
    pitch = height + NAME + ROW_GAP
    return tuple(Box(area.x + (n % columns) * (width + GAP), top + (n // columns) * pitch, width, height) for n in range(count))


def freshness_of(age_s: float | None, *, is_down: bool) -> Freshness:
    """A tile's own freshness: by the age of its picture, TERPUTUS without one, MENUNGGU before the first."""
    if age_s is None:
        return Freshness.OFFLINE if is_down else Freshness.WAITING
    if age_s <= LIVE_S:
        return Freshness.LIVE
    return Freshness.LATE if age_s <= LATE_S else Freshness.STALE


class TileLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a tile shows besides its picture; two equal looks are drawn alike.

    ``words``: on the chip. ``taken``: the clock time of an old picture. ``reason``: why there is none. ``is_private``: no picture is drawn.
    """

    name: str
    freshness: Freshness
    words: str
    taken: str | None = None
    reason: str | None = None
    is_private: bool = False


def look_of(
    name: str, freshness: Freshness, age_s: float | None, taken: str, reason: str | None, text: Numerals, tr: Callable[[str], str]
) -> TileLook:
    """What the tile says of a picture of this age."""
    if freshness is Freshness.LIVE:
        return TileLook(name=name, freshness=freshness, words=f"{chip_words(freshness, None, tr, text)} {text.fine_age(age_s)}")
    words = chip_words(freshness, age_s, tr, text)
    if freshness in (Freshness.STALE, Freshness.LATE):
        return TileLook(name=name, freshness=freshness, words=words, taken=taken if freshness is Freshness.STALE else None)
    return TileLook(name=name, freshness=freshness, words=words, reason=reason_words(reason, tr), is_private=reason == "private")


def reason_words(reason: str | None, tr: Callable[[str], str]) -> str | None:
    """A decoder's word in the wall's language."""
    return tr(REASON_WORDS[reason]) if reason in REASON_WORDS else None


def draw_tile(canvas: Canvas, box: Box, look: TileLook, image: QImage | None, tr: Callable[[str], str]) -> None:
    """Draws one tile: the picture, the plate on it, the name below."""
    colours, kind = canvas.colours, canvas.type
    is_old = look.freshness in (Freshness.STALE, Freshness.OFFLINE)
    if image is None or image.isNull() or look.is_private or look.freshness is Freshness.OFFLINE:
        _draw_empty(canvas, box, look)
    else:
        canvas.image(box.x, box.y, box.width, box.height, image, radius=canvas.space.radius_picture, grey=is_old)
        if is_old:
            _draw_veil(canvas, box)
    if look.taken is not None:
        _draw_taken(canvas, box, tr("gambar {when}").format(when=look.taken), look.taken)
    _draw_plate(canvas, box, look)
    canvas.text(box.x, box.y + box.height + 18, look.name, kind.body, colours.ink, max_width=box.width)


def _draw_empty(canvas: Canvas, box: Box, look: TileLook) -> None:
    """No picture: a quiet ground and why, nothing that could be taken for a view."""
    colours = canvas.colours
    canvas.rect(box.x, box.y, box.width, box.height, colours.out, radius=canvas.space.radius_picture)
    canvas.outline(box.x, box.y, box.width, box.height, colours.line2, 2, radius=canvas.space.radius_picture)
    if look.is_private:
        lock = min(40.0, box.height / 3)
        draw_icon(canvas, "lock", box.x + box.width - lock - 12, box.y + 12, lock, colours.ink2)
    if look.reason is not None and box.height >= 150:
        middle = box.y + (box.height - CHIP_HEIGHT - 12) / 2 - 18
        canvas.text(box.x + box.width / 2, middle, look.reason, canvas.type.small, colours.ink2, align=CENTRE, max_width=box.width - 24)


def _draw_veil(canvas: Canvas, box: Box) -> None:
    """An old picture: darkened and hatched, so that nobody takes it for now."""
    canvas.rect(box.x, box.y, box.width, box.height, canvas.colours.bg, radius=canvas.space.radius_picture, opacity=0.35)
    clip = QPainterPath()
    clip.addRoundedRect(box.x, box.y, box.width, box.height, canvas.space.radius_picture, canvas.space.radius_picture)
    canvas.painter.save()
    canvas.painter.setClipPath(clip)
    canvas.hatch(box.x, box.y, box.width, box.height, canvas.colours.ink2, pitch=22, stroke=3, opacity=0.28)
    canvas.painter.restore()


def _draw_taken(canvas: Canvas, box: Box, words: str, short: str) -> None:
    if box.height < 150:
        return
    if canvas.text_width(words, canvas.type.small) + 52 > box.width:
        words = short
    width = canvas.text_width(words, canvas.type.small) + 36
    middle = box.x + box.width / 2
    top = box.y + min(60.0, (box.height - CHIP_HEIGHT - 12 - 60) / 2)
    canvas.rect(middle - width / 2, top, width, 60, canvas.colours.bg, radius=canvas.space.radius_picture)
    canvas.text(middle, top + 12, words, canvas.type.small, canvas.colours.ink, align=CENTRE)


def _draw_plate(canvas: Canvas, box: Box, look: TileLook) -> None:
    """The chip on the picture, its left edge 12 from the tile's."""
    choices = (look.words, look.words.partition(" ")[0], "")
    widths = [chip_width(canvas, look.freshness, words) for words in choices]
    number = next((n for n, width in enumerate(widths) if width + 16 <= box.width), 2)
    margin = min(12.0, (box.width - widths[number]) / 2)
    right, words = box.x + margin + widths[number], choices[number]
    draw_chip(canvas, right, box.y + box.height - CHIP_HEIGHT - 12, look.freshness, words, plate=True)
