"""The sum of the day in one line at the top of the desk: the TOTALS message as it is, in as many words as there is room for."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from controlroom.console.look import DeskLook
from feeds.messages.report import ReportState, Totals
from widgets.kit.canvas import SEMIBOLD, Canvas
from widgets.kit.marks import draw_mark
from widgets.kit.numerals import MISSING, Numerals

_FIGURE, _MARK = 17.0, 17.0
_GAPS = {1: 12.0, 2: 10.0, 3: 6.0, 4: 6.0}
"""Around the signs, by how many words are left."""


class _Term(msgspec.Struct, frozen=True):
    figure: str
    label: str
    short: str
    state: ReportState | None = None


class TotalsStrip(QWidget):
    """Masuk = Baru + Diteruskan + Dikerjakan + Selesai + Di luar kewenangan + Duplikat + Iseng."""

    def __init__(self, look: DeskLook, tr: Callable[[str], str], text: Numerals, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tr = tr
        self._text = text
        self._totals: Totals | None = None
        self._note = ""
        self._terms: list[_Term] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)
        self.show_totals(None)

    def show_totals(self, totals: Totals | None) -> None:
        tr = self._tr

        def figure(count: int | None) -> str:
            return MISSING if count is None else self._text.number(count)

        def of(state: ReportState) -> str:
            return figure(totals.count(state) if totals else None)

        self._totals = totals
        self._terms = [
            _Term(figure(totals.received if totals else None), tr("Masuk"), tr("Masuk")),
            # As on the wall: those that came back are new work.
            _Term(figure(totals.new + totals.reopened if totals else None), tr("Baru"), tr("Baru"), ReportState.NEW),
            _Term(of(ReportState.FORWARDED), tr("Diteruskan"), tr("Diteruskan"), ReportState.FORWARDED),
            _Term(of(ReportState.WORKING), tr("Dikerjakan"), tr("Dikerjakan"), ReportState.WORKING),
            _Term(of(ReportState.DONE), tr("Selesai"), tr("Selesai"), ReportState.DONE),
            _Term(of(ReportState.DECLINED), tr("Di luar kewenangan"), tr("Luar"), ReportState.DECLINED),
            _Term(of(ReportState.DUPLICATE), tr("Duplikat"), tr("Dup.")),
            _Term(of(ReportState.INVALID), tr("Iseng"), tr("Iseng")),
        ]
        said = self.sentence()
        self.setAccessibleName(said)
        self.setToolTip(said)
        self.update()

    def set_note(self, note: str) -> None:
        """Why the sum may not be believed as it stands: old, or not adding up; empty when it may."""
        if note != self._note:
            self._note = note
            self.setAccessibleName(self.sentence())
            self.setToolTip(self.sentence())
            self.update()

    def sentence(self) -> str:
        """The whole sum in words."""
        first, *rest = (f"{term.figure} {term.label}" for term in self._terms)
        parts = " + ".join(rest)
        return f"{first} = {parts}" + (f" · {self._note}" if self._note else "")

    def sizeHint(self) -> QSize:
        return QSize(1150, 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            size = self._look.sizes.text
            note = canvas.text_width(self._note, size) + 24 if self._note else 0.0
            levels = (1, 2, 3, 4)
            widths = {level: sum(self._width(canvas, term, level) for term in self._terms) + 7 * (2 * _GAPS[level] + 9) for level in levels}
            level = next((level for level in levels if widths[level] + note <= canvas.width), levels[-1])
            x = self._paint_terms(canvas, level)
            if self._note:
                canvas.text(x + 16, (canvas.height - size) / 2, self._note, size, canvas.colours.ink2, max_width=canvas.width - x - 16)

    def _label(self, term: _Term, level: int) -> str:
        """1: every label; 2: short ones; 3: none beside a mark; 4: the first alone."""
        if level == 1:
            return term.label
        if level == 2:
            return term.short
        return term.short if term.state is None and (level == 3 or term is self._terms[0]) else ""

    def _width(self, canvas: Canvas, term: _Term, level: int) -> float:
        label = self._label(term, level)
        width = canvas.text_width(term.figure, _FIGURE, SEMIBOLD)
        width += canvas.text_width(label, self._look.sizes.text) + 6 if label else 0
        return width + (_MARK + 8 if term.state is not None else 0)

    def _paint_terms(self, canvas: Canvas, level: int) -> float:
        colours, size, middle = canvas.colours, self._look.sizes.text, canvas.height / 2
        ink = colours.ink2 if self._note else colours.ink
        x, gap = 0.0, _GAPS[level]
        for index, term in enumerate(self._terms):
            if index:
                x += gap
                x += canvas.text(x, middle - size / 2, "=" if index == 1 else "+", size, colours.ink3) + gap
            if term.state is not None:
                draw_mark(canvas, term.state, x + _MARK / 2, middle, 0.86 * _MARK)
                x += _MARK + 8
            x += canvas.text(x, middle - _FIGURE / 2 - 1, term.figure, _FIGURE, ink, weight=SEMIBOLD)
            label = self._label(term, level)
            if label:
                x += 6 + canvas.text(x + 6, middle - size / 2, label, size, colours.ink2)
        return x
