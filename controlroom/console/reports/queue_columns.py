"""The heads of the queue's columns, standing over its rows. Pure drawing."""

from collections.abc import Callable

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from controlroom.console.look import DeskLook
from controlroom.console.reports.queue_row import Columns
from controlroom.console.reports.queue_words import sort_name
from feeds.messages.queue import Sort
from widgets.kit.canvas import RIGHT, Canvas

HEIGHT = 30


class QueueColumns(QWidget):
    """``row_width``: how wide the rows below are."""

    def __init__(self, look: DeskLook, tr: Callable[[str], str], row_width: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._tr, self._row_width = look, tr, row_width
        self.setFixedHeight(HEIGHT)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        columns = Columns(self._row_width())
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            ink, top = canvas.colours.ink3, (HEIGHT - 15) / 2
            canvas.text(columns.category, top, self._tr("Kategori"), 15, ink)
            if not columns.is_narrow:
                canvas.text(columns.channel, top, self._tr("Kanal"), 15, ink)
            if columns.has_age:
                canvas.text(columns.age_right, top, self._tr("Umur"), 15, ink, align=RIGHT)
            canvas.text(columns.right, top, sort_name(Sort.DUE, self._tr), 15, ink, align=RIGHT)
