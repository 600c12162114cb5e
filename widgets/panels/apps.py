"""The city's connected applications: how many stand, and which need somebody. One that answers with old data is seen as such.

Judges nothing: the state was said by whoever probed; only a certificate about to end is added to those that need somebody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from feeds.messages.application import APPLICATION, Application, ApplicationState, ProbeFault
from feeds.messages.header import Message
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.conditions import OF_APPLICATION, Condition, draw_condition
from widgets.kit.provenance import checked_at, titles
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

PAGE_MS = 8000
CERTIFICATE_DAYS = 14
"""From so few days on somebody must renew it; what is automatic renews at thirty."""

_ORDER = (ApplicationState.DOWN, ApplicationState.STALE, ApplicationState.MAINTENANCE, ApplicationState.UP)
_ROW_U, _GROUP_U = 104.0, 54.0
_COUNT_U, _CELL_U = 140.0, 280.0
_LIST_U = 620.0
_GAP = 56.0
_MARK_PITCH = 30.0


class _Group(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    counts: dict[ApplicationState, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class AppsPanel(Panel):
    """Counts on top; where there is room the groups, and beside or below them those that need somebody, by pages."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._apps: list[Application] = []
        self._groups: list[_Group] = []
        self._urgent: list[Application] = []
        self._page = 0
        self._ages: tuple[str, ...] = ()
        ctx.every(PAGE_MS, self._turn)
        ctx.every(1000, self._tick)

    def on_application(self, messages: Sequence[Message[Application]]) -> None:
        self._apps = [message.body for message in self.ctx.latest(APPLICATION).values() if message.body is not None]
        names = sorted({app.group for app in self._apps}, key=str.casefold)
        self._groups = [_Group(name=name, counts=_counts(app for app in self._apps if app.group == name)) for name in names]
        self._urgent = sorted((app for app in self._apps if needs_somebody(app)), key=self._rank)
        self._tick()

    def _rank(self, app: Application) -> tuple[int, float, str]:
        """Down first, the longest down on top; then the oldest data; then the certificates that end first."""
        order = _ORDER.index(app.state)
        if app.state is ApplicationState.DOWN:
            return order, app.since.timestamp(), app.name
        if app.state is ApplicationState.STALE:
            return order, app.data_at.timestamp() if app.data_at is not None else float("inf"), app.name
        return len(_ORDER), float(app.certificate_days or 0), app.name

    def _turn(self) -> None:
        self._page += 1
        if len(self._urgent) > 1:
            self.update()

    def _tick(self) -> None:
        tr, text = self.ctx.tr, self.ctx.text
        moment = checked_at(self.ctx.latest, APPLICATION)
        parts: list[str] = []
        if self._apps:
            parts.append(tr("{count} aplikasi").format(count=text.bounded(len(self._apps))))
            parts.append(f"{tr('per')} {text.when(moment or max(app.checked_at for app in self._apps), self.ctx.now())}")
        parts.append(titles(self.ctx.latest, APPLICATION))
        self.describe(" · ".join(part for part in parts if part))
        ages = tuple(self._value(app) for app in self._urgent)
        if ages != self._ages:
            self._ages = ages
            self.update()

    def paint(self, canvas: Canvas) -> None:
        if not self._apps:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada aplikasi"), self.ctx.tr)
            return
        top = canvas.content_top
        area = QRectF(canvas.padding, top, canvas.width - 2 * canvas.padding, canvas.height - top - 16)
        zoom = min(2.0, max(1.0, min(area.width() / 1776, area.height() / 640)))
        canvas.painter.save()
        canvas.painter.translate(area.x(), area.y())
        canvas.painter.scale(zoom, zoom)
        self._paint_body(canvas, QRectF(0, 0, area.width() / zoom, area.height() / zoom))
        canvas.painter.restore()

    def _paint_body(self, canvas: Canvas, area: QRectF) -> None:
        counts_height = self._paint_counts(canvas, area)
        rest = QRectF(area.x(), counts_height, area.width(), area.height() - counts_height)
        groups_u = len(self._groups) * _GROUP_U
        if rest.height() < _GROUP_U:
            return
        if area.width() >= 2 * _LIST_U + _GAP:
            half = (area.width() - _GAP) / 2
            self._paint_groups(canvas, QRectF(rest.x(), rest.y(), half, rest.height()))
            self._paint_urgent(canvas, QRectF(rest.x() + half + _GAP, rest.y(), half, rest.height()))
        elif rest.height() >= groups_u + 56 + 2 * _ROW_U and self._urgent:
            self._paint_groups(canvas, QRectF(rest.x(), rest.y(), rest.width(), groups_u))
            self._paint_urgent(canvas, QRectF(rest.x(), rest.y() + groups_u + 16, rest.width(), rest.height() - groups_u - 16))
        elif self._urgent:
            self._paint_urgent(canvas, rest)
        else:
            self._paint_groups(canvas, rest)

    def _paint_counts(self, canvas: Canvas, area: QRectF) -> float:
        """Four figures, the worst first, as a row or as two; what is not there is quiet. Returns where they end."""
        counts, tr, kind = _counts(self._apps), self.ctx.tr, canvas.type
        words = {
            ApplicationState.DOWN: tr("mati"),
            ApplicationState.STALE: tr("data usang"),
            ApplicationState.MAINTENANCE: tr("perawatan"),
            ApplicationState.UP: tr("normal"),
        }
        short = {ApplicationState.STALE: tr("usang"), ApplicationState.MAINTENANCE: tr("rawat")}
        columns = 4 if area.width() >= 4 * _CELL_U else 2
        rows = min(4 // columns, max(1, int(area.height() // 58)))
        states = _ORDER
        if columns * rows < 4:
            columns = max(1, min(3, int(area.width() // 240))) if area.width() >= 600 else 2
            states = (ApplicationState.DOWN, ApplicationState.STALE, ApplicationState.UP)[:columns]
            if resting := counts.pop(ApplicationState.MAINTENANCE, 0):
                # What has no column of its own stands in the last one: the counts are all of them.
                counts[ApplicationState.UP] = counts.get(ApplicationState.UP, 0) + resting
                words[ApplicationState.UP] = tr("lainnya")
        is_high = columns == 4 and area.height() >= 3 * _COUNT_U
        width, height = area.width() / columns, 96.0 if is_high else 58.0
        for index, state in enumerate(states):
            x, y = area.x() + index % columns * width, area.y() + index // columns * height
            count, size = counts.get(state, 0), kind.total if is_high else kind.zone
            ink = canvas.colours.ink if count or state is ApplicationState.UP else canvas.colours.ink3
            condition = OF_APPLICATION[state] if count else Condition.UNKNOWN
            draw_condition(canvas, condition, x + 20, y + 0.52 * size, 44 if is_high else 40)
            x += 50 + canvas.text(x + 50, y, self.ctx.text.bounded(count), size, ink, weight=SEMIBOLD, figures=True)
            room = area.x() + (index % columns + 1) * width - x - 16
            word = words[state] if canvas.text_width(words[state], kind.small) <= room else short.get(state, words[state])
            named = canvas.fit(word, (kind.body, kind.small), room)
            if room >= 60:
                canvas.text(x + 10, y + 0.8636 * (size - named), word, named, canvas.colours.ink2, max_width=room)
        return area.y() + -(-len(states) // columns) * height + (8 if is_high else 4)

    def _paint_groups(self, canvas: Canvas, box: QRectF) -> None:
        """A row a group: name, a mark for each that needs somebody on a grey bar of the others, how many of how many stand."""
        colours, kind, text = canvas.colours, canvas.type, self.ctx.text
        capacity = int(box.height() // _GROUP_U)
        groups = self._folded(capacity)
        if not groups:
            return
        step = min(1.4 * _GROUP_U, box.height() / len(groups))
        figures = [f"{text.bounded(g.counts.get(ApplicationState.UP, 0))}/{text.bounded(g.total)}" for g in groups]
        figure_width = max(canvas.text_width(figure, kind.body, MEDIUM) for figure in figures)
        widest = max(canvas.text_width(group.name, kind.listed) for group in groups)
        room = box.width() - figure_width - 24
        name_width = min(widest, room - 250 if room >= 560 else room)
        left, right = box.x() + name_width + 24, box.right() - figure_width - 24
        most = max(group.total for group in groups)
        longest = max((group.name for group in groups), key=lambda name: canvas.text_width(name, kind.listed))
        size = canvas.fit(longest, (kind.listed, kind.small), name_width)
        for index, (group, figure) in enumerate(zip(groups, figures, strict=True)):
            y = box.y() + index * step + (step - _GROUP_U) / 2
            canvas.text(box.x(), y + 8, group.name, size, colours.ink, max_width=name_width)
            canvas.text(box.right(), y + 7, figure, kind.body, colours.ink2, weight=MEDIUM, align=RIGHT)
            if right - left >= 60:
                self._paint_bar(canvas, group, left, y + 28, right - left, most)

    def _paint_bar(self, canvas: Canvas, group: _Group, x: float, cy: float, room: float, most: int) -> None:
        """A mark for each application while there is room for the largest group, else a bar and how many are down or stale."""
        states = [state for state in _ORDER for _ in range(group.counts.get(state, 0))]
        pitch = min(_MARK_PITCH, room / max(1, most))
        if pitch >= 13:
            for index, state in enumerate(states):
                size = min(30.0, 1.15 * pitch) if OF_APPLICATION[state] is not Condition.NORMAL else min(32.0, 1.4 * pitch)
                draw_condition(canvas, OF_APPLICATION[state], x + (index + 0.5) * pitch, cy, size)
            return
        for state in reversed(_ORDER[:2]):
            count = group.counts.get(state, 0)
            if count and room >= 88:
                draw_condition(canvas, OF_APPLICATION[state], x + room - 66, cy, 32)
                canvas.text(x + room, cy - 19, self.ctx.text.bounded(count), canvas.type.small, canvas.colours.ink, align=RIGHT)
            room -= 92
        if room < 40:
            return
        canvas.rect(x, cy - 9, room, 18, canvas.colours.line, radius=canvas.space.radius_bar)
        share = group.counts.get(ApplicationState.UP, 0) / group.total
        canvas.rect(x, cy - 9, room * share, 18, canvas.colours.bar, radius=canvas.space.radius_bar)

    def _folded(self, capacity: int) -> list[_Group]:
        """The groups in their order; when they are too many, those in trouble stay and the others are one row."""
        if len(self._groups) <= capacity or capacity < 1:
            return self._groups[:capacity]
        by_trouble = sorted(self._groups, key=lambda g: (-g.counts.get(_ORDER[0], 0), -g.counts.get(_ORDER[1], 0), g.name.casefold()))
        kept, rest = by_trouble[: capacity - 1], by_trouble[capacity - 1 :]
        counts = {state: sum(group.counts.get(state, 0) for group in rest) for state in _ORDER}
        name = self.ctx.tr("{count} kelompok lain").format(count=len(rest))
        return [*sorted(kept, key=lambda group: group.name.casefold()), _Group(name=name, counts=counts)]

    def _paint_urgent(self, canvas: Canvas, box: QRectF) -> None:
        colours, kind, tr = canvas.colours, canvas.type, self.ctx.tr
        if not self._urgent:
            is_all = all(app.state is ApplicationState.UP for app in self._apps)
            words = tr("Semua aplikasi berjalan") if is_all else tr("Tidak ada yang perlu perhatian")
            canvas.text(box.x(), box.y() + 8, words, kind.body, colours.ink2, max_width=box.width())
            return
        has_heading = box.height() >= _ROW_U + 48
        top = box.y() + (52 if has_heading else 0)
        is_compact = box.bottom() - top < _ROW_U
        row = 58.0 if is_compact else _ROW_U
        capacity = max(1, int((box.bottom() - top + 8) // row))
        pages = -(-len(self._urgent) // capacity)
        first = self._page % pages * capacity
        shown = self._urgent[first : first + capacity]
        if has_heading:
            page = "" if pages == 1 else f"{first // capacity + 1}/{pages}"
            end = box.right() - (canvas.text(box.right(), box.y() + 4, page, kind.small, colours.ink3, align=RIGHT) + 20 if page else 0)
            heading = f"{tr('Perlu perhatian')} {len(self._urgent)}"
            canvas.text(box.x(), box.y() + 4, heading, kind.small, colours.ink2, weight=SEMIBOLD, max_width=end - box.x())
        elif pages > 1:
            page = f"{first // capacity + 1}/{pages}"
            taken = canvas.text(box.right(), top + 11, page, kind.small, colours.ink3, align=RIGHT) + 20
            box = QRectF(box.x(), box.y(), box.width() - taken, box.height())
        for index, app in enumerate(shown):
            self._paint_app(canvas, app, box, top + index * row, is_compact=is_compact)

    def _paint_app(self, canvas: Canvas, app: Application, box: QRectF, y: float, *, is_compact: bool) -> None:
        """Mark, name and what is wrong in one figure; below the group, since when, and the reason."""
        colours, kind = canvas.colours, canvas.type
        condition = OF_APPLICATION[app.state] if app.state is not ApplicationState.UP else Condition.WATCH
        draw_condition(canvas, condition, box.x() + 20, y + 28, 40)
        left, value = box.x() + 56, self._value(app)
        size = canvas.fit(value, (kind.body, kind.small), 0.56 * box.width())
        right = box.right() - canvas.text(
            box.right(), y + 8 + 0.8636 * (kind.body - size), value, size, colours.ink, align=RIGHT, max_width=0.56 * box.width()
        )
        name = app.name.strip() or app.id
        named = canvas.fit(name, (kind.body, kind.listed, kind.small), right - left - 20, MEDIUM)
        top = y + 8 + 0.8636 * (kind.body - named)
        canvas.text(left, top, name, named, colours.ink, weight=MEDIUM, max_width=max(0.0, right - left - 20))
        if is_compact:
            return
        since, reason = self._when(app), self._reason(app)
        lines = ((since, reason, app.group), (since, reason), (reason or since,))
        joined = [" · ".join(part for part in line if part) for line in lines]
        room = box.right() - left
        line = next((line for line in joined if canvas.text_width(line, kind.small) <= room), joined[-1])
        canvas.text(left, y + 54, line, kind.small, colours.ink3, max_width=room)

    def _value(self, app: Application) -> str:
        """``mati 1 j 30 mnt``, ``data 3 hr lalu``, ``sertifikat 6 hr``."""
        tr, text, now = self.ctx.tr, self.ctx.text, self.ctx.now()
        if app.state is ApplicationState.DOWN:
            return f"{tr('mati')} {text.short_age((now - app.since).total_seconds())}"
        if app.state is ApplicationState.STALE:
            if app.data_at is None:
                return tr("data usang")
            return tr("data {age} lalu").format(age=text.short_age((now - app.data_at).total_seconds()))
        days = app.certificate_days or 0
        if days < 0:
            return tr("sertifikat habis")
        return tr("sertifikat {age}").format(age=text.short_age(days * 86_400.0)) if days else tr("sertifikat hari ini")

    def _reason(self, app: Application) -> str:
        """What the probe found, in the room's language; a prober's own words only where it gave no code."""
        tr, text = self.ctx.tr, self.ctx.text
        if app.fault is None:
            return app.reason or ""
        figure = app.figure
        if app.fault is ProbeFault.HTTP_STATUS:
            return tr("menjawab HTTP {status}").format(status=f"{figure:.0f}") if figure is not None else tr("menjawab dengan galat")
        if app.fault is ProbeFault.TIME_OUT:
            return tr("tidak menjawab dalam {age}").format(age=text.age(figure)) if figure is not None else tr("tidak menjawab")
        if app.fault is ProbeFault.DATA_OLD:
            return tr("data lebih tua dari {age}").format(age=text.short_age(figure)) if figure is not None else tr("data usang")
        return {
            ProbeFault.REFUSED: tr("sambungan ditolak"),
            ProbeFault.NAME_UNKNOWN: tr("nama host tidak dikenal"),
            ProbeFault.UNREACHABLE: tr("tidak terjangkau"),
            ProbeFault.CERTIFICATE_ENDED: tr("sertifikat habis"),
            ProbeFault.CERTIFICATE_REFUSED: tr("sertifikat ditolak"),
            ProbeFault.EXPECT_MISSING: tr("isi halaman tidak sesuai"),
            ProbeFault.DATA_TIME_MISSING: tr("waktu data tidak terbaca"),
            ProbeFault.DATA_IN_FUTURE: tr("waktu data di masa depan"),
        }[app.fault]

    def _when(self, app: Application) -> str:
        tr, text, now = self.ctx.tr, self.ctx.text, self.ctx.now()
        if app.state is ApplicationState.UP:
            return tr("berakhir {day}").format(day=text.dated(_ending(now, app.certificate_days or 0), now))
        return tr("sejak {when}").format(when=text.when(app.since, now))


def needs_somebody(app: Application) -> bool:
    """Down, up but stale, or with a certificate about to end; what is in maintenance is in somebody's hands already."""
    if app.state is ApplicationState.MAINTENANCE:
        return False
    return app.state is not ApplicationState.UP or (app.certificate_days is not None and app.certificate_days < CERTIFICATE_DAYS)


def _counts(apps: Iterable[Application]) -> dict[ApplicationState, int]:
    return dict(Counter(app.state for app in apps))


def _ending(now: datetime, days: int) -> datetime:
    """The day a certificate ends; nobody's certificate ends in another century."""
    return now + timedelta(days=max(-36_500, min(36_500, days)))


PANEL = PanelSpec(key="apps", title="Aplikasi", panel=AppsPanel, topics=(APPLICATION,), min_size=(320, 180), max_rate_ms=250)
