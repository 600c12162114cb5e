"""Open reports whose time is nearly or fully gone, the most overdue on top. Judges no clock: when each is due was said to it."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, MOST_TOLD, Deadline, DeadlineTotals, Due
from feeds.messages.header import Message
from feeds.messages.report import Priority
from widgets.kit.canvas import MEDIUM, RIGHT, Canvas
from widgets.kit.indicator import second_line
from widgets.kit.marks import RELATIVE_SIZE, draw_mark
from widgets.kit.provenance import checked_at
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

PAGE_MS = 8000

_ROW_U, _LINE_U = 108.0, 66.0
_TABLE_U = 1150.0
_PLATE_U = 52.0
_BASELINE = 0.8636


class AtRiskPanel(Panel):
    """A row a report: its state, what it is and whom it waits for, and how long it is over or has left. By pages."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._rows: list[Deadline] = []
        self._totals: DeadlineTotals | None = None
        self._page = 0
        self._said: tuple[str, ...] = ()
        ctx.every(PAGE_MS, self._turn)
        ctx.every(1000, self._tick)

    def on_deadline(self, messages: Sequence[Message[Deadline]]) -> None:
        bodies = [message.body for message in self.ctx.latest(DEADLINE).values() if message.body is not None]
        self._rows = sorted(bodies, key=lambda row: (row.due_at, row.report))
        self._tick()

    def on_deadline_totals(self, messages: Sequence[Message[DeadlineTotals]]) -> None:
        bodies = (message.body for message in self.ctx.latest(DEADLINE_TOTALS).values())
        self._totals = max((body for body in bodies if body is not None), key=lambda body: body.as_of, default=None)
        self._tick()

    def _turn(self) -> None:
        self._page += 1
        if len(self._rows) > 1:
            self.update()

    def _tick(self) -> None:
        """Time goes by itself: painted when a row says another time than before."""
        tr, text, now = self.ctx.tr, self.ctx.text, self.ctx.now()
        as_of = self._totals.as_of if self._totals is not None else checked_at(self.ctx.latest, DEADLINE)
        told = self._counts()
        parts = [
            f"{tr('per')} {text.when(as_of, now)}" if as_of is not None else "",
            tr("log laporan"),
            (" · ".join(told), told[0]) if told else None,
        ]
        self.describe(second_line(parts, self.ctx.theme, self.size_u()[0]) if self._rows or as_of is not None else "")
        said = tuple(self._times(row)[0] for row in self._rows)
        if said != self._said:
            self._said = said
            self.update()

    def _counts(self) -> list[str]:
        """``317 terlambat``, ``140 hampir``; none is left out. What the list saw run over since all were counted has changed sides."""
        number, totals, now = self.ctx.text.number, self._totals, self.ctx.now()
        if totals is not None:
            over = min(sum(totals.as_of < row.due_at < now for row in self._rows), max(0, totals.at_risk))
            late, near, most = totals.late + over, totals.at_risk - over, None
        else:
            # Nobody has counted them, and so many of each are listed at most: then there may be more.
            late, most = sum(row.due_at < now for row in self._rows), MOST_TOLD
            near = len(self._rows) - late
        tr = self.ctx.tr
        sides = ((late, tr("{count} terlambat")), (near, tr("{count} hampir")))
        return [words.format(count=f"{number(count)}{'+' if most and count >= most else ''}") for count, words in sides if count]

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._tick()

    def _left_s(self, row: Deadline) -> float:
        return (row.due_at - self.ctx.now()).total_seconds()

    def _times(self, row: Deadline) -> tuple[str, str, str]:
        """``lewat 2 j 14 mnt``, ``lewat 2 j``, ``2 j``: what is over and what is left differ in the plate, too."""
        left_s = self._left_s(row)
        words = self.ctx.tr("lewat {age}") if left_s < 0 else self.ctx.tr("sisa {age}")
        text, whole_s = self.ctx.text, max(60.0, abs(left_s))
        short = text.short_age(whole_s)
        return words.format(age=text.age(whole_s)), words.format(age=short), short

    def paint(self, canvas: Canvas) -> None:
        if not self._rows:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Tidak ada laporan yang hampir atau sudah terlambat"), self.ctx.tr)
            return
        top = canvas.content_top
        area = QRectF(canvas.padding, top, canvas.width - 2 * canvas.padding, canvas.height - top - 16)
        zoom = min(1.7, max(1.0, min(area.width() / 1776, area.height() / 520)))
        canvas.painter.save()
        canvas.painter.translate(area.x(), area.y())
        canvas.painter.scale(zoom, zoom)
        self._paint_rows(canvas, area.width() / zoom, area.height() / zoom)
        canvas.painter.restore()

    def _paint_rows(self, canvas: Canvas, width: float, height: float) -> None:
        is_table = width >= _TABLE_U
        step = _LINE_U if is_table or height < _ROW_U else _ROW_U
        room = height
        if len(self._rows) > max(1, int((height + 8) // step)) and height >= 40 + step:
            room -= 40
        capacity = max(1, int((room + 8) // step))
        pages = -(-len(self._rows) // capacity)
        first = self._page % pages * capacity
        shown = self._rows[first : first + capacity]
        if pages > 1 and room < height:
            page = f"{first // capacity + 1}/{pages}"
            taken = canvas.text(width, height - 36, page, canvas.type.small, canvas.colours.ink3, align=RIGHT)
            self._paint_rest(canvas, height - 36, width - taken - 20)
        columns = self._columns(canvas, shown, width) if is_table else (0.0, 0.0, 0.0, 0.0)
        for index, row in enumerate(shown):
            y = index * step
            if index:
                canvas.rect(0, y - 5, width, 2, canvas.colours.line)
            if is_table:
                self._paint_line(canvas, row, y, width, columns)
            else:
                self._paint_two(canvas, row, y, width, is_compact=step < _ROW_U)

    def _paint_rest(self, canvas: Canvas, y: float, width: float) -> None:
        """Where the list was cut: how many it holds of how many, and what all of them wait for or how many are late."""
        tr, number, totals, listed = self.ctx.tr, self.ctx.text.number, self._totals, len(self._rows)
        if totals is None or not MOST_TOLD <= listed < totals.late + totals.at_risk:
            return
        part, whole = number(listed), number(totals.late + totals.at_risk)
        wordings = [
            tr("{part} dari {whole} laporan").format(part=part, whole=whole),
            tr("{part} dari {whole}").format(part=part, whole=whole),
            tr("dari {whole}").format(whole=whole),
        ]
        waits = tr("menunggu tanggapan {response}, diterima {acceptance}, selesai {completion}").format(
            **{due.value: number(totals.waiting_for(due)) for due in Due}
        )
        for words in (f"{wordings[0]} · {waits}", " · ".join([wordings[0], *self._counts()]), *wordings):
            if canvas.text_width(words, canvas.type.small) <= width:
                canvas.text(0, y, words, canvas.type.small, canvas.colours.ink2)
                return

    def _paint_two(self, canvas: Canvas, row: Deadline, y: float, width: float, *, is_compact: bool) -> None:
        """In a list: what and the time; below, what it waits for, of whom and where."""
        colours, kind = canvas.colours, canvas.type
        self._paint_mark(canvas, row, y, _LINE_U - 10 if is_compact else _ROW_U - 8)
        named = canvas.text_width(self._name(row), kind.small, MEDIUM)
        right = self._paint_plate(canvas, row, y + 1, width, max(min(width - 78 - named, 0.56 * width), 0.42 * width))
        self._paint_name(canvas, row, 58, y, right - 20 - 58)
        if is_compact:
            return
        parts = [self._waits(row), self._agency(row), self._place(row)]
        urgency = self._urgency(row)
        lines = ([urgency, *parts], parts, [urgency, *parts[1:]], parts[1:], parts[1:2])
        joined = [" · ".join(part for part in line if part) for line in lines]
        line = next((line for line in joined if canvas.text_width(line, kind.small) <= width - 58), joined[-1])
        canvas.text(58, y + 57, line, kind.small, colours.ink2, max_width=width - 58)

    def _columns(self, canvas: Canvas, rows: Sequence[Deadline], width: float) -> tuple[float, float, float, float]:
        """Left edges of what it waits for, agency and place, and the left edge of the widest plate."""
        size, gap = canvas.type.listed, 26.0
        plate = width - max(canvas.text_width(self._times(row)[0], canvas.type.body, MEDIUM) for row in rows) - 36 - gap
        waits, agency, place = (
            min(420.0, gap + max(canvas.text_width(words(row), size) for row in rows)) for words in (self._waits, self._agency, self._place)
        )
        names = min(620.0, 16 + max(canvas.text_width(self._name(row), canvas.type.body, MEDIUM) for row in rows))
        free = plate - 58 - names - waits - agency - place
        if free >= 0:
            names, agency = names + 0.5 * free, agency + 0.25 * free
        else:
            shrunk = max(0.0, plate - 58 - waits) / (names + agency + place)
            names, agency = names * shrunk, agency * shrunk
        return 58 + names, 58 + names + waits, 58 + names + waits + agency, plate

    def _paint_line(self, canvas: Canvas, row: Deadline, y: float, width: float, columns: tuple[float, float, float, float]) -> None:
        """In a table: one line a report."""
        colours, size = canvas.colours, canvas.type.listed
        waits, agency, place, plate = columns
        self._paint_mark(canvas, row, y, _LINE_U - 10)
        self._paint_plate(canvas, row, y + 1, width, width - plate)
        urgency, room = self._urgency(row), waits - 16 - 58
        name = canvas.text_width(self._name(row), canvas.type.body, MEDIUM) + 20
        if urgency and name + canvas.text_width(urgency, size) <= room:
            canvas.text(58 + name, y + 9, urgency, size, colours.ink2)
            room = name
        self._paint_name(canvas, row, 58, y, room)
        canvas.text(waits, y + 9, self._waits(row), size, colours.ink2)
        canvas.text(agency, y + 9, self._agency(row), size, colours.ink, max_width=place - agency - 20)
        canvas.text(place, y + 9, self._place(row), size, colours.ink2, max_width=plate - place - 8)

    def _paint_mark(self, canvas: Canvas, row: Deadline, y: float, height: float) -> None:
        if row.priority is Priority.EMERGENCY:
            canvas.rect(-14, y, 6, height - 6, canvas.colours.red, radius=3)
        draw_mark(canvas, row.state, 22, y + 27, 42 * RELATIVE_SIZE[row.state])

    def _paint_name(self, canvas: Canvas, row: Deadline, x: float, y: float, room: float) -> None:
        kind, name = canvas.type, self._name(row)
        size = canvas.fit(name, (kind.body, kind.listed, kind.small), room, MEDIUM)
        top = y + 7 + _BASELINE * (kind.body - size)
        if room >= 40:
            canvas.text(x, top, name, size, canvas.colours.ink, weight=MEDIUM, max_width=room)

    def _paint_plate(self, canvas: Canvas, row: Deadline, y: float, right: float, most: float) -> float:
        """The time: on a red plate when it is over, in a yellow rim when it is short. Returns the left edge."""
        colours, kind = canvas.colours, canvas.type
        times = self._times(row)
        words = next((one for one in times if canvas.text_width(one, kind.body, MEDIUM) + 36 <= most), times[-1])
        width = canvas.text_width(words, kind.body, MEDIUM) + 36
        if self._left_s(row) < 0:
            canvas.rect(right - width, y, width, _PLATE_U, colours.red, radius=8)
            ink = colours.bg
        else:
            canvas.outline(right - width, y, width, _PLATE_U, colours.yellow, 3, radius=8)
            ink = colours.ink
        canvas.text(right - 18, y + 6, words, kind.body, ink, weight=MEDIUM, align=RIGHT)
        return right - width

    def _name(self, row: Deadline) -> str:
        name = self.ctx.city.category_name(row.category, self.ctx.language) or row.category_name or row.category
        return name.strip() or self.ctx.tr("tanpa kategori")

    def _waits(self, row: Deadline) -> str:
        tr = self.ctx.tr
        return {
            Due.RESPONSE: tr("menunggu tanggapan"),
            Due.ACCEPTANCE: tr("menunggu diterima"),
            Due.COMPLETION: tr("menunggu selesai"),
        }[row.due]

    def _urgency(self, row: Deadline) -> str:
        tr = self.ctx.tr
        return {Priority.EMERGENCY: tr("darurat"), Priority.URGENT: tr("mendesak"), Priority.NORMAL: ""}[row.priority]

    def _agency(self, row: Deadline) -> str:
        return self.ctx.city.agency_short(row.agency) or self.ctx.tr("belum ada OPD")

    def _place(self, row: Deadline) -> str:
        return self.ctx.city.district_name(row.district) or self.ctx.tr("tanpa lokasi")


PANEL = PanelSpec(key="at_risk", title="Tenggat laporan", panel=AtRiskPanel, topics=(DEADLINE, DEADLINE_TOTALS), max_rate_ms=250)
