"""Small pictures of the wall's panels, for those who are not in the room: made on the GUI thread, encoded beside it.

While somebody looks, a panel that has painted something else is drawn again at thumbnail size, one a turn of the event loop. What is
behind a drawn curtain is neither drawn nor sent. Knows no network: what is made goes to a ``Shelf``.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, QPoint, QRunnable, QSize, Qt, QThreadPool, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QGraphicsView, QWidget

from controlroom.live.still_frames import CURTAIN_SLOT, StillHead, StillsLayout, StillSlot, framed
from controlroom.wall.geometry import monitor_rects
from controlroom.wall.loader import BuiltSlot
from feeds.messages.layout import Wall
from widgets.frame import PanelFrame

MOST_WIDTH, MOST_HEIGHT = 1280, 1280
"""Of the whole wall, in pixels of its stills."""
PAUSE_S = 0.85
"""Between two stills of a panel: with the turn and the way to the screen, what is seen is no older than a second."""
TURN_MS = 50
BEAT_S = 1.0
ANSWER_S = 3.0
"""A page that was asked for its picture and did not give it by then is asked again."""
QUALITY = 85
"""JPEG: 5 to 30 kB and 1 to 3 ms a still; PNG takes twice to four times of both."""


class Shelf(Protocol):
    """Where stills are laid down; called from the GUI thread and from the worker."""

    def tell(self, layout: StillsLayout) -> None: ...
    def put(self, generation: int, slot: int, still: bytes) -> None: ...
    def forget(self) -> None: ...


class Shown(Protocol):
    """What of the wall's display is looked at."""

    wall: Wall
    slots: list[BuiltSlot]


def scale_of(width: int, height: int) -> float:
    """Pixels of a still per pixel of a wall of this size."""
    return min(1.0, MOST_WIDTH / width, MOST_HEIGHT / height)


def size_of(wall: Wall) -> tuple[int, int]:
    """The wall's width and height, its pixels."""
    rects = monitor_rects(wall).values()
    return max(x + width for x, _, width, _ in rects), max(y + height for _, y, _, height in rects)


class StillsMaker(QObject):
    """``audience`` may be called from any thread with the number of those who look. ``curtain``: what hangs before the wall, if anything.

    ``revision`` and ``ground`` are asked when they are needed. ``look_again`` after another layout was put up.
    """

    _counted = Signal(int)

    def __init__(
        self,
        shown: Shown,
        shelf: Shelf,
        *,
        now: Callable[[], datetime],
        revision: Callable[[], int],
        ground: Callable[[], str],
        curtain: Callable[[], QWidget | None],
        monotonic_s: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shown = shown
        self._shelf = shelf
        self._now = now
        self._revision = revision
        self._ground = ground
        self._curtain = curtain
        self._monotonic_s = monotonic_s
        self._hangs: QWidget | None = None
        self._generation = 0
        self._scale = 1.0
        self._cells: list[_Cell] = []
        self._said_at_s = 0.0
        self._is_closed = False
        self._workers = QThreadPool(self)
        self._workers.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        self._counted.connect(self._on_counted, Qt.ConnectionType.QueuedConnection)

    def audience(self, count: int) -> None:
        self._counted.emit(count)

    def close(self) -> None:
        """Makes no more stills, and waits for the one that may be in encoding."""
        self._is_closed = True
        self._sleep()
        self._workers.clear()
        self._workers.waitForDone(5000)

    @Slot()
    def look_again(self) -> None:
        """Other slots stand, or a curtain was drawn: nothing of what was made before is shown any more."""
        if self._timer.isActive():
            self._begin()

    @Slot(int)
    def _on_counted(self, count: int) -> None:
        if count == 0:
            self._sleep()
        elif not self._timer.isActive() and not self._is_closed:
            self._begin()

    def _sleep(self) -> None:
        self._timer.stop()
        self._release()
        self._shelf.forget()

    def _release(self) -> None:
        for cell in self._cells:
            # Its filters and connections end with it; what it watched may have gone before.
            cell.deleteLater()
        self._cells = []

    def _begin(self) -> None:
        """Watches what stands now; every still of it is due."""
        self._release()
        self._generation += 1
        self._scale = scale_of(*size_of(self._shown.wall))
        self._hangs = self._curtain()
        if self._hangs is not None:
            self._cells = [_Cell(CURTAIN_SLOT, self._hangs, self)]
        else:
            self._cells = [_Cell(built.index + 1, built.frame, self) for built in self._shown.slots if _is_somewhere(built)]
        self._say()
        self._timer.start(max(10, min(TURN_MS, round(PAUSE_S * 1000 / (len(self._cells) + 1)))))

    def _say(self) -> None:
        self._said_at_s = self._monotonic_s()
        slots = self._shown.slots if self._hangs is None else []
        self._shelf.tell(
            StillsLayout(
                wall=self._shown.wall.name,
                revision=self._revision(),
                generation=self._generation,
                at=self._now(),
                size=size_of(self._shown.wall),
                scale=self._scale,
                is_curtained=self._hangs is not None,
                slots=tuple(_told(built) for built in slots if _is_somewhere(built)),
            )
        )

    @Slot()
    def _turn(self) -> None:
        """The still that is due the longest, if any: one a turn, so that the wall itself never waits for more."""
        if self._curtain() is not self._hangs:
            self._begin()
        now_s = self._monotonic_s()
        if now_s - self._said_at_s >= BEAT_S:
            self._say()
        due = [cell for cell in self._cells if cell.is_due(now_s)]
        if due:
            self._make(min(due, key=lambda cell: cell.made_at_s), now_s)

    def _make(self, cell: "_Cell", now_s: float) -> None:
        size = QSize(max(1, round(cell.widget.width() * self._scale)), max(1, round(cell.widget.height() * self._scale)))
        generation = self._generation

        def taken(image: QImage) -> None:
            # A curtain may have been drawn while a page made its picture.
            if generation == self._generation and self._timer.isActive() and self._curtain() is self._hangs:
                self._lay_down(cell, image, size)

        cell.made_at_s = now_s
        cell.is_dirty = False
        if not cell.ask_page(size, taken):
            taken(cell.drawn(size, self._scale, self._ground()))

    def _lay_down(self, cell: "_Cell", image: QImage, size: QSize) -> None:
        cell.is_asked = False
        if image.isNull():
            cell.is_dirty = True
            return
        head = StillHead(
            slot=cell.slot,
            generation=self._generation,
            painted_at=self._now(),
            width=size.width(),
            height=size.height(),
            mime="image/jpeg",
        )
        cell.work = _Work(head, image, cell.image)
        cell.image = image
        self._workers.start(_Encoding(cell.work, self._shelf))


class _Cell(QObject):
    """One widget of the wall and its newest still; hears of the widget's painting as long as it is watched."""

    def __init__(self, slot: int, widget: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self.slot = slot
        self.widget = widget
        self.is_dirty = True
        self.is_asked = False
        self.made_at_s = 0.0
        self.image: QImage | None = None
        self.work: _Work | None = None
        self._is_drawing = False
        self._frame = widget if isinstance(widget, PanelFrame) else None
        # What paints its whole ground does so without its parents.
        opaque = [child for child in widget.findChildren(QWidget) if child.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)]
        for one in (widget, *opaque):
            one.installEventFilter(self)
        # A chart's strokes are in pixels of the screen whatever it is drawn on: its panel is drawn full size and made small afterwards.
        self._is_exact = widget.findChild(QGraphicsView) is None
        if self._frame is not None and self._frame.panel is not None:
            self._frame.panel.shown.connect(self._on_shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._is_drawing:
            self.is_dirty = True
        return False

    @Slot()
    def _on_shown(self) -> None:
        """The panel's page shows another picture."""
        self.is_dirty = True

    def is_due(self, now_s: float) -> bool:
        is_free = self.work is None or self.work.is_done
        return (self.is_dirty or self.is_asked) and is_free and now_s - self.made_at_s >= (ANSWER_S if self.is_asked else PAUSE_S)

    def ask_page(self, size: QSize, taken: Callable[[QImage], None]) -> bool:
        """Whether the widget is drawn by a page, which now gives its picture to ``taken``."""
        frame = self._frame
        self.is_asked = frame is not None and frame.panel is not None and frame.is_page_drawn and frame.panel.ask_picture(size, taken)
        return self.is_asked

    def drawn(self, size: QSize, scale: float, ground: str) -> QImage:
        """The widget as it would paint now; that is no painting of its own."""
        zoom = scale if self._is_exact else 1.0
        image = QImage(size if self._is_exact else self.widget.size(), QImage.Format.Format_RGB32)
        image.fill(QColor(ground))
        painter = QPainter(image)
        painter.scale(zoom, zoom)
        self._is_drawing = True
        if self._frame is not None:
            self._frame.draw_on(painter)
        else:
            self.widget.render(painter, QPoint())
        self._is_drawing = False
        painter.end()
        return image


class _Work:
    """One still to be encoded; ``before``: the last picture of that slot, which need not be sent twice."""

    def __init__(self, head: StillHead, image: QImage, before: QImage | None) -> None:
        self.head = head
        self.image = image
        self.before = before
        self.is_done = False


class _Encoding(QRunnable):
    """Encodes one still off the GUI thread."""

    def __init__(self, work: _Work, shelf: Shelf) -> None:
        super().__init__()
        self._work = work
        self._shelf = shelf

    def run(self) -> None:
        work = self._work
        if work.before is None or work.image != work.before:
            self._shelf.put(work.head.generation, work.head.slot, framed(work.head, encoded(work.image, work.head.width, work.head.height)))
        work.before = None
        work.is_done = True


def encoded(image: QImage, width: int, height: int) -> bytes:
    """The picture as a JPEG of this size."""
    if (image.width(), image.height()) != (width, height):
        image = image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(QUALITY)
    writer.write(image.convertToFormat(QImage.Format.Format_RGB32))
    return bytes(buffer.data().data())


def _is_somewhere(built: BuiltSlot) -> bool:
    return built.frame.width() > 0 and built.frame.height() > 0


def _told(built: BuiltSlot) -> StillSlot:
    return StillSlot(index=built.index + 1, panel=built.slot.panel, rect=built.place.rect)
