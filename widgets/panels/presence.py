"""How many officers are present, agency by agency. Counts only: no names, no places."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from feeds.messages.field import PRESENCE, Presence
from feeds.messages.header import Message
from widgets.kit.canvas import MEDIUM, RIGHT, Canvas
from widgets.kit.numerals import MISSING
from widgets.kit.provenance import titles
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

_BAR_HEIGHT = 22.0
_LOOSEST, _LARGE_FROM = 84.0, 72.0
"""Rows with room to spare stand at most so far apart; from that distance on they are set larger."""


class PresencePanel(Panel):
    """A bar for each agency, the largest first; what does not fit is summed in the last row."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._rows: tuple[Presence, ...] = ()
        ctx.every(1000, self._tell)

    def on_presence(self, messages: Sequence[Message[Presence]]) -> None:
        bodies = [message.body for message in self.ctx.latest(PRESENCE).values() if message.body is not None]
        self._rows = tuple(sorted(bodies, key=lambda row: (-row.expected, row.agency)))
        self._tell()

    def _tell(self) -> None:
        """How many of how many, as of when, from whom; who it is from may be known later than the counts."""
        text, tr = self.ctx.text, self.ctx.tr
        parts: list[str] = []
        if self._rows:
            present, expected = sum(row.present for row in self._rows), sum(row.expected for row in self._rows)
            parts.append(f"{text.number(present)} {tr('dari')} {text.number(expected)}")
            parts.append(f"{tr('per')} {text.minute(min(row.as_of for row in self._rows))}")
        source = titles(self.ctx.latest, PRESENCE)
        self.describe(" · ".join([*parts, source] if source else parts))

    def paint(self, canvas: Canvas) -> None:
        padding = canvas.padding
        first = canvas.content_top + (6 if canvas.has_second_line else 8)
        capacity = max(0, int((canvas.height - first - 4) // canvas.space.list_row))
        rows = _fold(self._rows, capacity, self.ctx.tr("lainnya"))
        if not rows:
            if not self._rows:
                draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data kehadiran"), self.ctx.tr)
            return
        step = min(_LOOSEST, max(canvas.space.list_row, (canvas.height - first - 10) / len(rows)))
        body = canvas.type.room if step >= _LARGE_FROM and canvas.width >= 560 else canvas.type.body
        figures = max(canvas.text_width(f"{_present(self, row)}/{_expected(self, row)}", body, MEDIUM) for _, row in rows)
        has_expected = canvas.width - 2 * padding - figures - 30 >= 110
        if not has_expected:
            figures = max(canvas.text_width(_present(self, row), body, MEDIUM) for _, row in rows)
        self._paint_rows(canvas, rows, first, step, body, figures, has_expected)

    def _paint_rows(
        self, canvas: Canvas, rows: list[tuple[str, Presence]], y: float, step: float, body: float, figures: float, has_expected: bool
    ) -> None:
        colours, padding = canvas.colours, canvas.padding
        listed = body - (canvas.type.body - canvas.type.listed)
        bar_height = _BAR_HEIGHT * body / canvas.type.body
        y += max(0.0, (min(step, canvas.height - y - 10) - canvas.space.list_row) / 4)
        right = canvas.width - padding
        names = [(name or self.ctx.city.agency_short(row.agency) or row.agency) for name, row in rows]
        widest = max(canvas.text_width(name, listed) for name in names)
        room = right - figures - 30 - padding
        name_width = min(max(214.0, widest), room, max(400.0, 0.4 * canvas.width))
        bar_left = padding + name_width + 20
        bar_width = right - max(figures + 30, 172.0) - bar_left
        if bar_width < 100:
            name_width = min(widest, room if room < 260 else room - 120)
            bar_left = padding + name_width + 20
            bar_width = right - figures - 30 - bar_left
        for name, (_, row) in zip(names, rows, strict=True):
            canvas.text(padding, y, name, listed, colours.ink, max_width=name_width)
            if bar_width >= 40:
                canvas.rect(bar_left, y + 9, bar_width, bar_height, colours.line, radius=canvas.space.radius_bar)
                share = min(1.0, max(0.0, row.present / row.expected)) if row.expected > 0 else 0.0
                canvas.rect(bar_left, y + 9, bar_width * share, bar_height, colours.ink3, radius=canvas.space.radius_bar)
            of = canvas.text(right, y - 1, "/" + _expected(self, row), body, colours.ink3, align=RIGHT) if has_expected else 0.0
            canvas.text(right - of, y - 1, _present(self, row), body, colours.ink, weight=MEDIUM, align=RIGHT)
            y += step


def _present(panel: Panel, row: Presence) -> str:
    return panel.ctx.text.bounded(row.present)


def _expected(panel: Panel, row: Presence) -> str:
    return panel.ctx.text.bounded(row.expected) if row.expected > 0 else MISSING


def _fold(rows: tuple[Presence, ...], capacity: int, other: str) -> list[tuple[str, Presence]]:
    """(name or "" for the agency's own, counts): the last row sums what has no place."""
    if len(rows) <= capacity or capacity == 0:
        return [("", row) for row in rows[:capacity]]
    rest = rows[capacity - 1 :]
    total = Presence(
        agency="",
        present=sum(row.present for row in rest),
        expected=sum(row.expected for row in rest),
        as_of=min(row.as_of for row in rest),
    )
    return [*(("", row) for row in rows[: capacity - 1]), (f"{len(rest)} {other}", total)]


PANEL = PanelSpec(key="presence", title="Petugas hadir", panel=PresencePanel, topics=(PRESENCE,), max_rate_ms=250)
