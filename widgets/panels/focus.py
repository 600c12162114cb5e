"""One report at full length: what it was, what became of it, and the proof. Shows approved pictures only, by their hash."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import Freshness
from feeds.messages.header import Message
from feeds.messages.report import OPEN_STATES, PINLESS_STATES, REPORT, Priority, Report, ReportState
from widgets.kit.canvas import CENTRE, REGULAR, SEMIBOLD, Canvas, calmed
from widgets.kit.icons import draw_icon
from widgets.kit.marks import RELATIVE_SIZE, draw_mark
from widgets.kit.quiet import draw_nothing
from widgets.kit.wording import channel_name, state_name
from widgets.panel import Panel, PanelContext, PanelSpec

DWELL_S = 10.0
"""A report stays at least this long, so that a storm does not turn the proof into a flicker."""

_PRIORITIES = (Priority.NORMAL, Priority.URGENT, Priority.EMERGENCY)
_PRIORITY_WORDS = {Priority.URGENT: "Mendesak", Priority.EMERGENCY: "Darurat"}
_FACTS, _LARGEST = (470.0, 284.0), 1.5
"""Width and height of the facts on the reference panel, and how many times larger a roomier slot draws them at most."""
Rank = tuple[int, int, float]


class FocusOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``pick``: the newest finished report, the most urgent open one, or an emergency first and a finished one else."""

    pick: Literal["newest_done", "urgent", "auto"] = "auto"


class Focus(Panel):
    """The chosen report with its pictures before and after."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._shown: Report | None = None
        self._shown_since: datetime | None = None
        self._best: Report | None = None
        self._scaled: dict[tuple[str, int, int], QImage] = {}
        self._lines: tuple[str, ...] = ()
        ctx.every(1000, self._tick)

    def on_report(self, messages: Sequence[Message[Report]]) -> None:
        """Compares with the best so far; looks through all reports only when the best one itself has changed."""
        must_search = False
        for message in messages:
            report = _candidate(message)
            if self._shown is not None and message.key == self._shown.id:
                self._shown = report
            if self._best is not None and message.key == self._best.id:
                must_search = True
            elif report is not None and (self._best is None or self._rank(report) > self._rank(self._best)):
                self._best = report
        if must_search:
            reports = map(_candidate, self.ctx.latest(REPORT).values())
            self._best = max((report for report in reports if report is not None), key=self._rank, default=None)
        self._choose()

    def _rank(self, report: Report) -> Rank:
        """Higher is shown first."""
        pick = self.ctx.options.pick
        is_open = report.state in OPEN_STATES
        urgency = _PRIORITIES.index(report.priority)
        if pick == "urgent":
            return (1 + urgency if is_open else 0, int(report.photo_before is not None), report.received_at.timestamp())
        if pick == "auto" and is_open and report.priority is Priority.EMERGENCY:
            return (9, 0, report.received_at.timestamp())
        is_done = report.state is ReportState.DONE
        proof = int(report.photo_before is not None) + int(report.photo_after is not None)
        return (1 + proof if is_done else 0, 0, report.changed_at.timestamp())

    def _choose(self) -> None:
        """Changes to the best report when the shown one has had its time, is gone, or is outranked by kind."""
        best, shown, now = self._best, self._shown, self.ctx.now()
        if best is None or (shown is not None and shown.id == best.id):
            self._shown = best
        elif (
            shown is None
            or self._shown_since is None
            or (now - self._shown_since).total_seconds() >= DWELL_S
            or self._rank(best)[0] > self._rank(shown)[0]
        ):
            self._shown, self._shown_since = best, now
            self.update()
        self.ctx.select(self._shown.id if self._shown is not None else None)
        if self._shown is not None:
            stamp = f"{self.ctx.tr('per')} {self._minute(self._shown.changed_at)}"
            parts = [stamp, channel_name(self._shown.channel, self.ctx.tr)]
            if self._shown.merged > 0:
                parts.append(self.ctx.tr("+{count} serupa").format(count=self.ctx.text.number(self._shown.merged)))
            self.describe(" · ".join(parts))
        else:
            self.describe("")

    def _tick(self) -> None:
        self._choose()
        lines = tuple(self._facts(self._shown)) if self._shown is not None else ()
        if lines != self._lines:
            self._lines = lines
            self.update()

    def _minute(self, moment: datetime) -> str:
        return self.ctx.text.when(moment, self.ctx.now())

    def _facts(self, report: Report) -> list[str]:
        """Category, place, state, duration and agency, evidence; each one line, an empty one is left out."""
        ctx, tr, text = self.ctx, self.ctx.tr, self.ctx.text
        category = ctx.city.category_name(report.category, ctx.language) or report.category_name or report.category
        district = ctx.city.district_name(report.district)
        if report.is_outside:
            district = tr("di luar batas kota")
        where = ", ".join(dict.fromkeys(part for part in (report.place, district) if part)) or tr("tanpa lokasi")
        state = f"{state_name(report.state, tr)} {self._minute(report.changed_at)}"
        end = ctx.now() if report.state in OPEN_STATES else report.changed_at
        took = text.age((end - report.received_at).total_seconds())
        agency = ctx.city.agency_short(report.agency)
        return [category, where, state, f"{took} · {agency}" if agency else took, self._evidence(report)]

    def _evidence(self, report: Report) -> str:
        tr, text = self.ctx.tr, self.ctx.text
        if report.state in OPEN_STATES:
            return tr(_PRIORITY_WORDS[report.priority]) if report.priority in _PRIORITY_WORDS else ""
        if report.is_exempt:
            return tr("Tanpa foto, disetujui")
        if report.evidence_ok is None:
            words = tr("Bukti belum diperiksa") if report.state is ReportState.DONE else ""
        else:
            words = tr("Bukti sesuai") if report.evidence_ok else tr("Bukti tidak sesuai")
        if not words or report.evidence_distance_m is None:
            return words
        metres = report.evidence_distance_m
        distance = f"{text.number(metres)} m" if metres < 1000 else f"{text.number(metres / 1000, 1)} km"
        return f"{words} · {tr('jarak')} {distance}" if report.evidence_ok else f"{words} · {distance}"

    def paint(self, canvas: Canvas) -> None:
        report = self._shown
        padding, top = canvas.space.padding, canvas.content_top
        if report is None:
            tr = self.ctx.tr
            draw_nothing(canvas, self.status.freshness, tr("Belum ada laporan"), tr, waiting=tr("Menunggu laporan pertama"))
            return
        inner = canvas.width - 2 * padding
        photo_height = canvas.height - top - 78
        if canvas.width >= 860 and photo_height >= 110:
            text_width = max(400.0, 460.0 * canvas.width / 1200)
            small = max(canvas.text_width(fact, canvas.type.small) for fact in self._facts(report))
            text_width = max(text_width, min(small + 8, 0.52 * canvas.width))
            photo_width = min((inner - 52 - text_width) / 2, photo_height * 1.6)
            left = self._paint_photos(canvas, report, padding, top, photo_width, photo_height) + 36
            width, height = canvas.width - padding - left, canvas.height - top - 20
            zoom = max(1.0, min(width / _FACTS[0], height / _FACTS[1], width / (small + 4), _LARGEST))
            canvas.painter.translate(left, top)
            canvas.painter.scale(zoom, zoom)
            self._paint_facts(canvas, report, 0.0, 0.0, width / zoom, height / zoom)
            return
        end = self._paint_facts(canvas, report, padding, top, inner, canvas.height - top - 12)
        photo_height = min(canvas.height - end - 16 - 78, (inner - 16) / 2 / 1.42)
        if photo_height >= 110 and inner >= 480:
            self._paint_photos(canvas, report, padding, end + 16, (inner - 16) / 2, photo_height)

    def _paint_photos(self, canvas: Canvas, report: Report, x: float, y: float, width: float, height: float) -> float:
        """Before and, once there can be one, after; returns where the last one ends."""
        tr = self.ctx.tr
        none_yet = tr("foto belum ada")
        photos = [(report.photo_before, report.photo_before_at, tr("Sebelum"), none_yet)]
        if report.photo_after is not None or (report.state not in OPEN_STATES and not report.is_exempt):
            # What was checked is there; its category's photos are not for the wall.
            without = none_yet if report.evidence_ok is None else tr("foto tidak ditampilkan")
            photos.append((report.photo_after, report.photo_after_at, tr("Sesudah"), without))
        for digest, taken_at, word, without in photos:
            self._paint_photo(canvas, digest, without, x, y, width, height)
            caption = f"{word} {self._minute(taken_at)}" if taken_at is not None and digest is not None else word
            canvas.text(x, y + height + 16, caption, canvas.type.small, canvas.colours.ink2, max_width=width)
            x += width + 16
        return x - 16

    def _paint_photo(self, canvas: Canvas, digest: str | None, without: str, x: float, y: float, width: float, height: float) -> None:
        """The picture, or a quiet placeholder that says why there is none: ``without``, or that it has not come yet."""
        radius = canvas.space.radius_picture
        picture = self._picture(digest, width, height, canvas.scale) if digest is not None else None
        if picture is not None:
            is_grey = self.status.freshness in (Freshness.STALE, Freshness.OFFLINE)
            canvas.image(x, y, width, height, picture, radius=radius, grey=is_grey)
            return
        colours = canvas.colours
        canvas.rect(x, y, width, height, colours.raised, radius=radius)
        words = without if digest is None else self.ctx.tr("foto belum ada")
        lines = canvas.wrap(words, canvas.type.small, width - 8, 2) if height >= 160 else [words]
        if max(canvas.text_width(line, canvas.type.small) for line in lines) > width - 8:
            lines = []
        block = 64 + 12 + 42 * len(lines)
        top = y + (height - block) / 2
        if block <= height - 8:
            draw_icon(canvas, "photo", x + width / 2 - 32, top, 64, colours.bar)
            top += 76
        else:
            top = y + (height - 42 * len(lines)) / 2
        for line in lines:
            canvas.text(x + width / 2, top, line, canvas.type.small, colours.ink3, align=CENTRE, max_width=width - 8)
            top += 42

    def _picture(self, digest: str, width: float, height: float, scale: float) -> QImage | None:
        """The picture at the size it is painted in: scaling a photograph at every repaint costs milliseconds."""
        key = (digest, round(width * scale), round(height * scale))
        if key not in self._scaled:
            picture = self.ctx.picture(digest)
            if picture is None or picture.isNull():
                return None
            while len(self._scaled) >= 4:
                del self._scaled[next(iter(self._scaled))]
            self._scaled[key] = calmed(
                picture.scaled(key[1], key[2], Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation)
            )
        return self._scaled[key]

    def _paint_facts(self, canvas: Canvas, report: Report, left: float, top: float, width: float, height: float) -> float:
        """Lines at the picture's places; when the slot is low the last ones are left out. Returns where they end."""
        colours, kinds = canvas.colours, canvas.type
        category, where, state, took, evidence = self._facts(report)
        lines = [
            (category, kinds.title, SEMIBOLD, colours.ink, 68.0),
            (where, kinds.body, REGULAR, colours.ink2, 50.0),
            (state, kinds.title, SEMIBOLD, colours.ink, 70.0),
            (took, kinds.body, REGULAR, colours.ink2, 50.0),
            (evidence, kinds.small, REGULAR, colours.ink2, 44.0),
        ]
        for spare in (4, 3, 1):
            if sum(line[4] for line in lines) - 8 > height and spare < len(lines):
                del lines[spare]
        y, end = top, top + height
        broken = canvas.wrap(category, kinds.title, width, 2, SEMIBOLD)
        if len(broken) < 2 or sum(line[4] for line in lines) + 60 > height:
            broken = []
        else:
            lines[:1] = [(broken[0], kinds.title, SEMIBOLD, colours.ink, 60.0), (broken[1], kinds.title, SEMIBOLD, colours.ink, 68.0)]
        for words, size, weight, ink, step in lines:
            if not words or y + size > end:
                continue
            x = left
            if words is state:
                is_round = report.state in (ReportState.DONE, ReportState.DECLINED)
                draw_mark(canvas, report.state, left + (18 if is_round else 25), y + 26, 44 * RELATIVE_SIZE[report.state])
                x += 53 if is_round else 66
            smaller = () if words in broken else (44.0, kinds.body) if size > kinds.body else (kinds.small,)
            fitted = canvas.fit(words, (size, *smaller), width - (x - left), weight)
            canvas.text(x, y + 0.8636 * (size - fitted), words, fitted, ink, weight=weight, max_width=width - (x - left))
            y += step
        return y


def _candidate(message: Message[Report]) -> Report | None:
    """The report, unless it is gone, a prank, or counted on another."""
    return None if message.body is None or message.body.state in PINLESS_STATES else message.body


PANEL = PanelSpec(
    key="focus",
    title="Laporan pilihan",
    panel=Focus,
    topics=(REPORT,),
    options=FocusOptions,
    is_narrow_padded=True,
    max_rate_ms=250,
)
