"""Warnings of nature, the most severe first, always with the name of who issued them. Judges nothing itself."""

import re
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import Freshness
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.header import Message
from widgets.kit.canvas import RIGHT, SEMIBOLD, Canvas
from widgets.kit.chip import plan_bare_chips
from widgets.kit.icons import HAZARD_ICONS, draw_icon
from widgets.kit.marks import severity_colour
from widgets.kit.palette import Palette
from widgets.kit.provenance import checked_at, titles
from widgets.panel import Panel, PanelContext, PanelSpec, behind

PAGE_MS = 8000
ROW_U, NARROW_ROW_U = 108.0, 152.0
_NARROW_U = 1100.0
"""Below this width a row has two lines for its headline and one more for its places."""

_MOST_POINTS = 3
"""So many flooded points of one source stand alone; more are one row."""
_ORDER = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.UNKNOWN)


class Hazards(Panel):
    """A strip of one warning that pages through several, or a list of them in a higher slot."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._hazards: tuple[Hazard, ...] = ()
        self._told_by: dict[str, str] = {}
        self._page = 0
        self._quiet = ""
        ctx.every(PAGE_MS, self._turn)
        ctx.every(1000, self._tick)

    def on_hazard(self, messages: Sequence[Message[Hazard]]) -> None:
        """An update leaves the page where it is; a new first warning is shown at once."""
        first = self._hazards[0].id if self._hazards else None
        self._collect()
        if self._hazards and self._hazards[0].id != first:
            self._page = 0

    def _collect(self) -> bool:
        """Takes what holds now; says whether it is something else than before."""
        now = self.ctx.now()
        messages = self.ctx.latest(HAZARD).values()
        self._told_by = {message.body.id: message.source for message in messages if message.body is not None}
        bodies = (message.body for message in messages)
        hazards = (body for body in bodies if body is not None and (body.expires_at is None or body.expires_at > now))
        found = tuple(
            sorted(self._folded(list(hazards)), key=lambda h: (h.is_drill, _ORDER.index(h.severity), -h.issued_at.timestamp(), h.id))
        )
        is_other = found != self._hazards
        self._hazards = found
        return is_other

    def _folded(self, hazards: list[Hazard]) -> list[Hazard]:
        """Many flooded points of one source are one row: how many, the worst of them, and the districts they are in."""
        kept: list[Hazard] = []
        points: dict[tuple[str, bool], list[Hazard]] = {}
        for hazard in hazards:
            is_point = hazard.kind is HazardKind.FLOOD and hazard.position is not None and not hazard.polygons
            (points.setdefault((hazard.attribution, hazard.is_drill), []) if is_point else kept).append(hazard)
        for some in points.values():
            if len(some) <= _MOST_POINTS:
                kept += some
                continue
            worst = min(some, key=lambda h: (_ORDER.index(h.severity), -h.issued_at.timestamp(), h.id))
            words = self.ctx.tr("{count} titik banjir").format(count=len(some))
            name = f"{worst.attribution} {len(some)}"
            self._told_by[name] = self._told_by[worst.id]
            kept.append(
                Hazard(
                    id=name, kind=worst.kind, severity=worst.severity, is_drill=worst.is_drill,
                    headline=f"{words} · {worst.headline.strip()}" if worst.headline.strip() else words,
                    issued_at=max(h.issued_at for h in some), attribution=worst.attribution,
                    districts=tuple(dict.fromkeys(code for h in [worst, *some] for code in h.districts)),
                )
            )  # fmt: skip
        return kept

    def _row_u(self) -> float:
        width, height = self.size_u()
        return NARROW_ROW_U if width < _NARROW_U and height >= NARROW_ROW_U else ROW_U

    def _capacity(self) -> int:
        return max(1, int((self.size_u()[1] + 2) // self._row_u()))

    def _turn(self) -> None:
        pages = -(-len(self._hazards) // self._capacity())
        if pages > 1:
            self._page = (self._page + 1) % pages
            self.update()

    def _tick(self) -> None:
        """Warnings end by themselves, and the last check of a quiet source moves on."""
        quiet = self._quiet_line()
        if self._collect() or quiet != self._quiet:
            self._quiet = quiet
            self.update()

    def _quiet_line(self) -> str:
        names, moment = titles(self.ctx.latest, HAZARD), checked_at(self.ctx.latest, HAZARD)
        tr, text = self.ctx.tr, self.ctx.text
        if moment is None:
            said = f"{tr('Sumber')}: {names}" if names else tr("Sumber belum memberi kabar")
        else:
            said = f"{tr('Sumber')}: {names} · {tr('diperiksa')} {text.when(moment, self.ctx.now())}"
        return " · ".join(part for part in (behind(self.status, tr), said) if part)

    def paint(self, canvas: Canvas) -> None:
        chips = plan_bare_chips(canvas, self.status, self.ctx.tr, self.ctx.text).width
        if not self._hazards:
            self._paint_quiet(canvas, chips)
            return
        capacity = self._capacity()
        pages = -(-len(self._hazards) // capacity)
        first = min(self._page, pages - 1) * capacity
        shown = self._hazards[first : first + capacity]
        step = min(canvas.height / len(shown), 1.3 * self._row_u()) if capacity > 1 else canvas.height
        top = (canvas.height - step * len(shown)) / 2 if capacity > 1 and len(shown) == capacity else 0.0
        chip_top, chip_end = (canvas.height - 52) / 2, (canvas.height + 52) / 2
        for index, hazard in enumerate(shown):
            y = top + index * step
            if index:
                canvas.rect(44, y - 1, canvas.width - 72 - chips, 2, canvas.colours.line)
            meets_chip = y < chip_end and y + step > chip_top
            page = f"{first + 1}/{len(self._hazards)}" if pages > 1 and capacity == 1 else ""
            plain, canvas.colours = canvas.colours, self._colours_of(hazard)
            late = "" if index else behind(self.status, self.ctx.tr)
            self._paint_hazard(canvas, hazard, y, step, chips if meets_chip or capacity > 1 else 0.0, page, late)
            canvas.colours = plain
        if pages > 1 and capacity > 1:
            words = f"{first + 1}–{first + len(shown)}/{len(self._hazards)}"
            if canvas.text_width(words, canvas.type.small) <= chips:
                canvas.text(canvas.width - 28, chip_end + 8, words, canvas.type.small, canvas.colours.ink3, align=RIGHT)

    def _colours_of(self, hazard: Hazard) -> Palette:
        """Where another source has made the panel grey, a warning whose own source is in time keeps its colour."""
        if self.status.source is None:
            return self.colours
        freshness, _ = self.ctx.source_freshness(self._told_by[hazard.id])
        return self.ctx.theme.palette if freshness in (Freshness.LIVE, Freshness.LATE) else self.colours

    def _paint_quiet(self, canvas: Canvas, chips: float) -> None:
        colours, width = canvas.colours, canvas.width - 44 - 28 - chips
        is_waiting = self.status.freshness is Freshness.WAITING
        words = self.ctx.tr("Menunggu data") if is_waiting else self.ctx.tr("Tidak ada peringatan")
        line = self._quiet_line()
        if canvas.height < 92:
            end = canvas.text(44, (canvas.height - 40) / 2, words, canvas.type.body, colours.ink2, max_width=width)
            canvas.text(
                44 + end + 32, (canvas.height - 36) / 2, line, canvas.type.small, colours.ink3, max_width=max(0.0, width - end - 32)
            )
            return
        top = (canvas.height - 92) / 2
        canvas.text(44, top + 2, words, canvas.type.body, colours.ink2, max_width=width)
        canvas.text(44, top + 53, line, canvas.type.small, colours.ink3, max_width=width)

    def _paint_hazard(self, canvas: Canvas, hazard: Hazard, y: float, height: float, chips: float, page: str, late: str) -> None:
        colours, tr = canvas.colours, self.ctx.tr
        colour = severity_colour(hazard.severity, colours, is_drill=hazard.is_drill)
        _paint_edge(canvas, y, height, colour)
        is_high = height >= 92
        top = y + (height - 88) / 2 if is_high else y + (height - 52) / 2
        left, right = 44.0, canvas.width - 28 - chips - (12 if chips else 0)
        if canvas.width >= 620:
            draw_icon(canvas, HAZARD_ICONS[hazard.kind], left, y + (height - 68) / 2, 68, colour)
            left = 140.0
        credit = f"{tr('Sumber')}: {hazard.attribution}"
        if late and not is_high:
            credit = f"{credit} · {late}"
        credit_width = canvas.text_width(credit, canvas.type.body)
        has_side = right - left - credit_width >= (500 if late and not is_high else 700)
        if not has_side and height >= NARROW_ROW_U - 4:
            self._paint_narrow(canvas, hazard, QRectF(left, y, right - left, height), credit, page, late)
            return
        if has_side:
            canvas.text(right, top + 4, credit, canvas.type.body, colours.ink, align=RIGHT)
            if is_high:
                issued = " · ".join(part for part in (f"{tr('terbit')} {_when(self, hazard.issued_at)}", page) if part)
                canvas.text(right, top + 53, issued, canvas.type.small, colours.ink2, align=RIGHT, max_width=max(credit_width, 420))
        end = right - (max(credit_width, 420.0 if page else 300.0) + 32 if has_side else 0)
        sizes = (canvas.type.title, 48, 44, canvas.type.body)
        words, until = self._headline(hazard)
        headline = f"{words} {until}" if until else words
        size = canvas.fit(headline, sizes, end - left, SEMIBOLD)
        places = " · ".join(part for part in (late, self._places(hazard)) if part)
        if until and is_high and canvas.text_width(headline, size, SEMIBOLD) > end - left:
            headline, places = words, " · ".join(part for part in (until, places) if part)
            size = canvas.fit(headline, sizes, end - left, SEMIBOLD)
        canvas.text(left, top + 0.8636 * (canvas.type.title - size), headline, size, colours.ink, weight=SEMIBOLD, max_width=end - left)
        if not is_high:
            return
        second = places if has_side else " · ".join(part for part in (page, credit, places) if part)
        canvas.text(left, top + 53, second, canvas.type.small, colours.ink2, max_width=end - left)

    def _paint_narrow(self, canvas: Canvas, hazard: Hazard, box: QRectF, credit: str, page: str, late: str) -> None:
        """The headline in two lines where it needs them, who says so and until when, and the places where a line is left."""
        colours, kind, x, width = canvas.colours, canvas.type, box.x(), box.width()
        words, until = self._headline(hazard)
        size = canvas.fit(words, (kind.title, 48, kind.zone, kind.body), width, SEMIBOLD)
        lines = canvas.wrap(words, size, width, 2, SEMIBOLD)
        below = [" · ".join(part for part in (credit, until, page) if part)]
        if canvas.text_width(below[0], kind.small) > width and (until or page):
            below = [credit, " · ".join(part for part in (until, page) if part)]
        below = [below[0], late, *below[1:], self._places(hazard)]
        room = int((box.height() - 12 - len(lines) * (size + 6)) // 42)
        if late and room < 2 and len(lines) == 2:
            lines = canvas.wrap(words, size, width, 1, SEMIBOLD)
            room = int((box.height() - 12 - (size + 6)) // 42)
        below = [line for line in below if line][: max(1, room)]
        y = box.y() + (box.height() - len(lines) * (size + 6) - len(below) * 42) / 2
        for line in lines:
            canvas.text(x, y, line, size, colours.ink, weight=SEMIBOLD, max_width=width)
            y += size + 6
        for line in below:
            canvas.text(x, y, line, kind.small, colours.ink2, max_width=width)
            y += 42

    def _headline(self, hazard: Hazard) -> tuple[str, str]:
        """The headline, and until when it holds where it does not say so itself."""
        tr, text = self.ctx.tr, self.ctx.text
        words = hazard.headline.strip() or tr("Peringatan")
        until = ""
        if hazard.expires_at is not None and not said_in(words, text.local(hazard.expires_at)):
            until = f"{tr('sampai')} {_when(self, hazard.expires_at)}"
        return f"{tr('LATIHAN')} · {words}" if hazard.is_drill else words, until

    def _places(self, hazard: Hazard) -> str:
        tr, text, city = self.ctx.tr, self.ctx.text, self.ctx.city
        names = [name for name in (city.district_name(code) for code in hazard.districts) if name]
        where = hazard.area or ""
        if names:
            of_city = ", ".join(names) if len(names) < max(2, len(city.districts)) else tr("seluruh kota")
            is_other = where.casefold() not in (name.casefold() for name in names)
            where = f"{where}, {of_city}" if where and is_other and hazard.position is not None else of_city
        parts = [where]
        if hazard.kind is HazardKind.WEATHER:
            parts.append(tr("peringatan dini"))
        if hazard.magnitude is not None and not _names_magnitude(hazard.headline, hazard.magnitude):
            parts.append(f"M {text.number(hazard.magnitude, 1)}")
        if hazard.depth_km is not None:
            parts.append(tr("kedalaman {km} km").format(km=text.number(hazard.depth_km)))
        if hazard.distance_km is not None:
            parts.append(tr("{km} km dari kota").format(km=text.number(hazard.distance_km)))
        if hazard.onset_at is not None and hazard.onset_at > self.ctx.now():
            parts.append(f"{tr('mulai')} {_when(self, hazard.onset_at)}")
        return " · ".join(part for part in parts if part)


def said_in(words: str, moment: datetime) -> bool:
    """Whether a headline names this minute already, in whatever way its language writes it: ``20.45``, ``20:45``."""
    return re.search(rf"(?<!\d)0?{moment.hour}[.:]{moment.minute:02d}(?!\d)", words) is not None


def _names_magnitude(words: str, magnitude: float) -> bool:
    """Whether a headline tells the magnitude already: ``M 4,9``, ``M4.9``, ``Mag: 4.9``."""
    told = f"{abs(magnitude):.1f}".replace(".", "[.,]")
    return re.search(rf"\bM(?:ag(?:nitudo)?)?[:.]?\s*{told}(?!\d)", words, re.IGNORECASE) is not None


def _when(panel: Panel, moment: datetime) -> str:
    return panel.ctx.text.when(moment, panel.ctx.now())


def _paint_edge(canvas: Canvas, y: float, height: float, colour: str) -> None:
    """The coloured left edge, within the panel's round corners."""
    ground = QPainterPath()
    ground.addRoundedRect(QRectF(0, 0, canvas.width, canvas.height), canvas.space.radius, canvas.space.radius)
    canvas.painter.save()
    canvas.painter.setClipPath(ground, Qt.ClipOperation.IntersectClip)
    canvas.rect(0, y, 12, height, colour)
    canvas.painter.restore()


PANEL = PanelSpec(
    key="hazards",
    title="Peringatan",
    panel=Hazards,
    topics=(HAZARD,),
    chrome="bare",
    chip_corner="middle",
    min_size=(320, 72),
    max_rate_ms=250,
)
