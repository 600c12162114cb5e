"""The chip that says how fresh something is: the one place where LIVE, TELAT, USANG, TERPUTUS, GALAT and SIMULASI are drawn in Qt."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from feeds.messages.freshness import Freshness
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.numerals import Numerals

HEIGHT = 52.0
GAP = 16.0
_SIZE = 36.0


class ChipFacts(Protocol):
    """What the chips of one frame say; ``widgets.panel.FrameStatus`` is one."""

    @property
    def freshness(self) -> Freshness: ...
    @property
    def age_s(self) -> float | None: ...
    @property
    def fresh_of(self) -> tuple[int, int] | None: ...
    @property
    def is_simulated(self) -> bool: ...


class ChipPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The words that fit; ``None``: no such chip, an empty text: its sign alone. ``width``: all chips with the gaps after them."""

    words: str | None
    simulated: str | None
    width: float


def plan_chips(canvas: Canvas, facts: ChipFacts, room: float, tr: Callable[[str], str], text: Numerals, *, addition: str = "") -> ChipPlan:
    """The fullest wording whose chips are no wider than ``room``, else the shortest."""
    plans = chip_plans(canvas, facts, tr, text, addition=addition)
    return next((plan for plan in plans if plan.width <= room), plans[-1])


def chip_plans(canvas: Canvas, facts: ChipFacts, tr: Callable[[str], str], text: Numerals, *, addition: str = "") -> list[ChipPlan]:
    """All wordings from the fullest on: first the age goes, then SIMULASI is cut to SIM, then the sign stands alone."""
    words: list[str | None] = [None]
    if not facts.is_simulated or facts.freshness is not Freshness.LIVE or addition or facts.fresh_of is not None:
        if not addition and facts.fresh_of is not None and facts.freshness is Freshness.LIVE:
            addition = tr("{part} dari {whole}").format(part=facts.fresh_of[0], whole=facts.fresh_of[1])
        full = chip_words(facts.freshness, facts.age_s, tr, text, addition=addition)
        short = chip_words(facts.freshness, None, tr, text)
        words = [full, short, ""] if full != short else [full, ""]
    marks: list[str | None] = [tr("SIMULASI"), tr("SIM")] if facts.is_simulated else [None]
    choices = [(word, marks[0]) for word in words if word != ""] + [(word, marks[-1]) for word in words]
    return [ChipPlan(words=word, simulated=mark, width=_width(canvas, facts.freshness, word, mark)) for word, mark in choices]


def plan_bare_chips(
    canvas: Canvas, facts: ChipFacts, tr: Callable[[str], str], text: Numerals, *, corner: str = "middle", addition: str = ""
) -> ChipPlan:
    """The chips of a panel that draws its own heading; less room is theirs in the bottom corner, beside its last lines."""
    share = 0.22 if corner == "bottom" and canvas.width >= 1200 else 0.4
    return plan_chips(canvas, facts, share * canvas.width, tr, text, addition=addition)


def draw_chips(canvas: Canvas, plan: ChipPlan, freshness: Freshness, right: float, top: float) -> None:
    """Draws what ``plan_chips`` chose, ending at ``right``."""
    if plan.words is not None:
        right = draw_chip(canvas, right, top, freshness, plan.words) - GAP
    if plan.simulated is not None:
        draw_simulated_chip(canvas, right, top, plan.simulated)


def _width(canvas: Canvas, freshness: Freshness, words: str | None, simulated: str | None) -> float:
    width = 0.0
    if words is not None:
        width += chip_width(canvas, freshness, words) + GAP
    if simulated is not None:
        width += canvas.text_width(simulated, _SIZE, SEMIBOLD) + 2 * _simulated_padding(simulated) + GAP
    return width


def chip_words(freshness: Freshness, age_s: float | None, tr: Callable[[str], str], text: Numerals, *, addition: str = "") -> str:
    """What the chip says: ``LIVE 3 dari 4``, ``USANG 4 mnt``; only what is LIVE is counted."""
    word = {
        Freshness.LIVE: "LIVE",
        Freshness.LATE: tr("TELAT"),
        Freshness.STALE: tr("USANG"),
        Freshness.OFFLINE: tr("TERPUTUS"),
        Freshness.ERROR: tr("GALAT"),
        Freshness.WAITING: tr("MENUNGGU"),
    }[freshness]
    if addition and freshness is Freshness.LIVE:
        return f"{word} {addition}"
    if freshness in (Freshness.LATE, Freshness.STALE, Freshness.OFFLINE) and age_s is not None:
        return f"{word} {text.age(age_s)}"
    return word


def chip_width(canvas: Canvas, freshness: Freshness, words: str) -> float:
    """How wide ``draw_chip`` draws it, wall units; without words it is a sign alone."""
    return canvas.text_width(words, _SIZE, _weight(freshness)) + 72 if words else HEIGHT


def _weight(freshness: Freshness) -> int:
    return MEDIUM if freshness in (Freshness.LIVE, Freshness.WAITING) else SEMIBOLD


def draw_chip(canvas: Canvas, right: float, top: float, freshness: Freshness, words: str, *, plate: bool = False) -> float:
    """Draws a chip ending at ``right`` and returns its left edge. ``plate``: on a picture, dark ground and square corners."""
    colours = canvas.colours
    filled = freshness in (Freshness.STALE, Freshness.OFFLINE)
    ground = {Freshness.STALE: colours.ink2, Freshness.OFFLINE: colours.ink}.get(freshness, colours.bg if plate else None)
    rim = {Freshness.LATE: colours.yellow, Freshness.ERROR: colours.red}.get(freshness, ground if plate or filled else colours.line2)
    ink = colours.bg if filled else colours.ink if freshness in (Freshness.LATE, Freshness.ERROR) else colours.ink2
    weight = _weight(freshness)
    width = chip_width(canvas, freshness, words)
    left = right - width
    radius = 8.0 if plate else 26.0
    if ground is not None:
        canvas.rect(left, top, width, HEIGHT, ground, radius=radius)
    if rim is not None and rim != ground:
        canvas.outline(left, top, width, HEIGHT, rim, 4.0 if freshness in (Freshness.LATE, Freshness.ERROR) else 2.0, radius=radius)
    _draw_dot(canvas, left + (28 if words else HEIGHT / 2), top + HEIGHT / 2, freshness, ink)
    canvas.text(left + 50, top + 8, words, _SIZE, ink, weight=weight)
    return left


def _draw_dot(canvas: Canvas, x: float, y: float, freshness: Freshness, ink: str) -> None:
    """Full dot: a value is here. Ring: an old one. Broken line: no connection. Triangle: a fault."""
    shape = QPainterPath()
    if freshness in (Freshness.LIVE, Freshness.LATE):
        shape.addEllipse(QRectF(x - 8, y - 8, 16, 16))
        canvas.path(shape, fill=canvas.colours.yellow if freshness is Freshness.LATE else ink)
    elif freshness in (Freshness.STALE, Freshness.WAITING):
        shape.addEllipse(QRectF(x - 8, y - 8, 16, 16))
        canvas.path(shape, stroke=ink, width=4)
    elif freshness is Freshness.OFFLINE:
        canvas.line(x - 8, y - 8, x + 8, y + 8, ink, 5)
        canvas.line(x - 8, y + 8, x + 8, y - 8, ink, 5)
    else:
        shape.moveTo(x, y - 10)
        shape.lineTo(x + 11, y + 9)
        shape.lineTo(x - 11, y + 9)
        shape.closeSubpath()
        canvas.path(shape, fill=canvas.colours.red, stroke=canvas.colours.ink, width=2)


def _simulated_padding(word: str) -> float:
    """The short word stands where room is scarce."""
    return 20.0 if len(word) > 4 else 12.0


def draw_simulated_chip(canvas: Canvas, right: float, top: float, word: str) -> float:
    """The dashed SIMULASI chip ending at ``right``; returns its left edge. Never muted: it keeps its colour when stale."""
    padding = _simulated_padding(word)
    width = canvas.text_width(word, _SIZE, SEMIBOLD) + 2 * padding
    left = right - width
    pen = QPen(QColor(canvas.colours.sim), 3)
    pen.setDashPattern([3, 2])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    canvas.painter.setPen(pen)
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    canvas.painter.drawRoundedRect(QRectF(left + 1.5, top + 1.5, width - 3, HEIGHT - 3), 8, 8)
    canvas.text(right - padding, top + 8, word, _SIZE, canvas.colours.sim, weight=SEMIBOLD, align=RIGHT)
    return left
