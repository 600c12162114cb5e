"""Paints one row of the queue (visual/console.png): mark, category and place, channel, age, clock. Decides nothing."""

from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from controlroom.console.page import DeskContext
from controlroom.console.reports.queue_model import ROW, QueueModel
from controlroom.console.reports.queue_words import RowWords, category_of, place_of, priority_name, words_at
from feeds.messages.queue import QueueRow, Standing
from feeds.messages.report import Priority
from widgets.kit.canvas import MEDIUM, REGULAR, RIGHT, SEMIBOLD, Canvas
from widgets.kit.icons import CHANNEL_ICONS, draw_icon
from widgets.kit.marks import RELATIVE_SIZE, draw_mark
from widgets.kit.wording import channel_name

NARROW = 480
"""Below this width a channel is its icon alone."""
NARROWEST = 440
"""Below this one there is no age: what a report is about counts more."""
LEFT, END, MARK, CHANNEL, AGE, CLOCK, GAP = 10, 8, 34, 110, 60, 120, 8
_UNREAD = 800
_MARK_SIZE = 22


class Columns:
    """Where the columns of a row of this width begin; the header of the list stands by the same."""

    def __init__(self, width: int) -> None:
        self.is_narrow = width < NARROW
        self.right = width - END
        self.age_right = self.right - CLOCK
        self.has_age = width >= NARROWEST
        self.channel = self.age_right - (AGE if self.has_age else 0) - (32 if self.is_narrow else CHANNEL)
        self.category = LEFT + MARK
        self.category_width = self.channel - GAP - self.category


class QueueRowDelegate(QStyledItemDelegate):
    """``now``: when the words were last reckoned; the list sets it once a second, so that all rows say the same instant."""

    def __init__(self, ctx: DeskContext, model: QueueModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._ctx, self._model, self._owner = ctx, model, parent
        self.now: datetime = ctx.now()

    def words(self, row: QueueRow) -> RowWords:
        return words_at(row, self._ctx, self.now)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, self._ctx.look.sizes.row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        row: QueueRow | None = index.data(ROW)
        if row is None:
            return
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        look = self._ctx.look
        canvas = Canvas(self._owner, look.theme, look.theme.palette, 1.0)
        canvas.painter = painter
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.translate(rect.topLeft())
        self._ground(canvas, rect, state, is_ticked=row.id in self._model.ticked)
        self._row(canvas, row, Columns(rect.width()), rect.height())
        painter.restore()

    def _ground(self, canvas: Canvas, rect: QRect, state: QStyle.StateFlag, *, is_ticked: bool) -> None:
        width, height, colours = rect.width(), rect.height(), canvas.colours
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        if is_selected or is_ticked:
            canvas.rect(0, 0, width, height, colours.raised, radius=6)
        elif bool(state & QStyle.StateFlag.State_MouseOver):
            canvas.rect(0, 1, width, height - 1, colours.out, radius=6)
        if not is_selected:
            canvas.rect(0, 0, width, 1, colours.line)
            return
        canvas.rect(0, 8, 4, height - 16, colours.sel, radius=2)
        if state & QStyle.StateFlag.State_HasFocus:
            canvas.outline(0, 0, width, height, colours.sel, 2, radius=6)

    def _row(self, canvas: Canvas, row: QueueRow, columns: Columns, height: int) -> None:
        colours, words, middle = canvas.colours, self.words(row), height / 2
        is_unread, is_lost = row.id in self._model.unread, self._model.is_lost_row(row)
        draw_mark(canvas, row.state, LEFT + 14.5, middle, _MARK_SIZE * RELATIVE_SIZE[row.state])
        if row.id in self._model.ticked:
            self._tick(canvas, LEFT + 14.5, middle)
        if is_unread:
            canvas.rect(columns.category - 6, middle - 13, 8, 8, colours.sel, radius=4)
        shift = 8 if is_unread else 0
        ink = colours.ink3 if is_lost else colours.ink
        weight = _UNREAD if is_unread else SEMIBOLD
        category, room = category_of(row, self._ctx), columns.category_width - shift
        canvas.text(columns.category + shift, middle - 18, category, 16, ink, weight=weight, max_width=room)
        self._second_line(canvas, row, columns, middle, words.holder, is_lost=is_lost)
        draw_icon(canvas, CHANNEL_ICONS[row.channel], columns.channel, middle - 10, 20, colours.ink2)
        if not columns.is_narrow:
            channel = channel_name(row.channel, self._ctx.tr)
            canvas.text(columns.channel + 28, middle - 7.5, channel, 15, colours.ink2, max_width=CHANNEL - 32)
        if columns.has_age:
            canvas.text(columns.age_right, middle - 7.5, words.age, 15, colours.ink2, align=RIGHT)
        self._clock(canvas, words, columns, middle)

    def _me(self) -> str | None:
        who = self._ctx.api.who
        return None if who is None else who.login

    def _tick(self, canvas: Canvas, x: float, middle: float) -> None:
        canvas.rect(x - 19, middle + 1, 18, 18, canvas.colours.sel, radius=5)
        draw_icon(canvas, "check", x - 17, middle + 3, 14, canvas.colours.bg, stroke=3)

    def _second_line(self, canvas: Canvas, row: QueueRow, columns: Columns, middle: float, holder: str | None, *, is_lost: bool) -> None:
        left, top, colours = float(columns.category), middle + 2.5, canvas.colours
        right = left + columns.category_width
        if holder is not None and holder != self._me():
            width = min(canvas.text_width(holder, 15), columns.category_width * 0.4)
            draw_icon(canvas, "lock", right - width - 20, top - 1, 16, colours.ink2)
            canvas.text(right - width, top, holder, 15, colours.ink2, max_width=width)
            right -= width + 28
        if row.priority is not Priority.NORMAL:
            left += self._priority(canvas, row.priority, left, top) + GAP
        if (pending := self._model.pending.get(row.id)) is not None:
            draw_icon(canvas, "send", left, top - 0.5, 16, colours.sel)
            canvas.text(left + 22, top, pending, 15, colours.ink, weight=MEDIUM, max_width=right - left - 22)
            return
        said = place_of(row, self._ctx)
        if is_lost:
            said = f"{self._ctx.tr('tidak lagi cocok')} · {said}"
        canvas.text(left, top, said, 15, colours.ink3 if is_lost else colours.ink2, max_width=right - left)

    def _priority(self, canvas: Canvas, priority: Priority, left: float, top: float) -> float:
        """Sign and word; how wide they are."""
        word, colours = priority_name(priority, self._ctx.tr), canvas.colours
        is_emergency = priority is Priority.EMERGENCY
        if is_emergency:
            draw_icon(canvas, "warning", left, top - 0.5, 16, colours.red, stroke=2.4)
        else:
            for y in (top + 1, top + 7):
                canvas.path(_peak(left + 8, y), stroke=colours.ink, width=2)
        return 20 + canvas.text(left + 20, top, word, 15, colours.ink, weight=SEMIBOLD if is_emergency else MEDIUM)

    def _clock(self, canvas: Canvas, words: RowWords, columns: Columns, middle: float) -> None:
        colours = canvas.colours
        is_late, weight = words.standing is Standing.LATE, SEMIBOLD if words.standing is Standing.LATE else MEDIUM
        room = CLOCK - 4
        width = min(canvas.text_width(words.clock, 15, weight) + 18, room)
        left = columns.right - width
        if is_late:
            canvas.rect(left, middle - 13, width, 26, colours.red, radius=5)
        elif words.standing is Standing.AT_RISK:
            canvas.outline(left, middle - 13, width, 26, colours.yellow, 2, radius=5)
        ink = colours.bg if is_late else colours.ink if words.standing is not None else colours.ink3
        canvas.text(left + 9, middle - 7.5, words.clock, 15, ink, weight=weight if words.standing else REGULAR, max_width=width - 18 + 1)


def _peak(x: float, top: float) -> QPainterPath:
    path = QPainterPath(QPointF(x - 5, top + 5))
    path.lineTo(x, top)
    path.lineTo(x + 5, top + 5)
    return path
