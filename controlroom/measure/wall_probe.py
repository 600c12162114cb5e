"""The real wall with instruments on it: runs it from CONTROLROOM_* settings and answers a bench on standard input and output.

Measures only at the seams the wall has anyway: the mailbox's ``put``, the bridge's ``deliver``, a timer, a widget of its own.
"""

import cProfile
import os
import pstats
import sys
import time
from array import array
from typing import Any

import structlog
from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from controlroom import platform
from controlroom.app import WallApplication, run_wall
from controlroom.live.mailbox import Parcel
from controlroom.measure.figures import RowOfNumbers
from controlroom.measure.first_picture import FirstPicture
from controlroom.measure.spoken import PROBE_MS, Arrivals, Ask, Cameras, Done, Mark, Page, Painted, Ready, Window, held, lines_of, say
from controlroom.settings import load_settings
from feeds.bus.reader import ReaderStatus
from feeds.messages import TOPICS
from feeds.messages.header import Message, Topic
from feeds.messages.report import REPORT, TOTALS

PAINT_MS = 16
PAGE_ANSWERS_MS = 1_500
MAX_SAMPLES = 400_000


class PaintProbe(QWidget):
    """A small widget over the wall that asks to be painted each 16 ms and counts how often it is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.paints = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.update)
        self._timer.start(PAINT_MS)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), QColor.fromHsv(self.paints % 360, 200, 200))


class Instruments:
    """What is measured in one window. Filled on two threads: ``row`` by the bus thread alone, the rest by the GUI thread.

    Between windows nothing is written down: instruments that grow by some kB a second look like a wall that leaks.
    """

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self.began_s = time.monotonic()
        self.latency_ms = array("d")
        self.overrun_ms = array("d")
        self.work_ms = array("d")
        self.cpu_s = time.thread_time()
        self.row = RowOfNumbers()
        self.arrived: dict[str, float] = {}
        self.paints = 0
        self.status = ReaderStatus()


class Probe(QObject):
    """Sits on a running wall and answers ``Ask`` lines."""

    def __init__(self, wall: WallApplication) -> None:
        super().__init__(wall.window)
        self._wall = wall
        self._seen = Instruments(is_open=False)
        self._marks: dict[str, Mark] = {}
        self._paint: PaintProbe | None = None
        self._painted_at: float | None = None
        self._filled_at: float | None = None
        self._counted = (0, 0)
        self._profiler: cProfile.Profile | None = None
        self._unpainted_pages = 0
        self._map_page: Any = None
        for built in wall.display.slots:
            if built.slot.panel == "cameras" and built.frame.panel is not None:
                built.frame.panel.counted.connect(self._on_counted)
            page = getattr(built.frame.panel, "page", None)
            if page is not None:
                # A native panel's own paint event says nothing of what its page shows.
                self._unpainted_pages += 1
                page.said.connect(self._on_said)
                self._map_page = page
        self._first = FirstPicture(has_page=self._map_page is not None)
        self._rest = b""
        self._put, self._put_snapshot = wall.mailbox.put, wall.mailbox.put_snapshot
        self._deliver = wall.bridge.deliver
        wall.mailbox.put = self._on_put
        wall.mailbox.put_snapshot = self._on_snapshot
        wall.bridge.deliver = self._on_deliver
        self._beat_s, self._beat_cpu_s = time.monotonic(), time.thread_time()
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._on_beat)
        self._beat.start(PROBE_MS)
        self._look = QTimer(self)
        self._look.timeout.connect(self._on_look)
        self._look.start(20)
        self._ears = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._ears.activated.connect(self._on_heard)
        say([Ready(pid=os.getpid())])

    def _on_put(self, topic: Topic[Any], message: Message[Any]) -> None:
        if topic is REPORT:
            self._seen.row.take(message.seq)
        self._put(topic, message)

    def _on_snapshot(self, topic: Topic[Any], messages: Any) -> None:
        if topic is REPORT:
            self._seen.row.begin(max((message.seq for message in messages), default=0))
        self._put_snapshot(topic, messages)

    def _on_deliver(self, parcels: list[Parcel]) -> None:
        now = time.time()
        for parcel in parcels:
            if self._seen.is_open and parcel.topic is REPORT and len(self._seen.arrived) < MAX_SAMPLES:
                for message in parcel.messages:
                    self._seen.arrived.setdefault(message.key, now)
            for message in parcel.messages:
                if self._seen.is_open and parcel.topic is REPORT and not parcel.is_reset and len(self._seen.latency_ms) < MAX_SAMPLES:
                    self._seen.latency_ms.append((now - message.observed_at.timestamp()) * 1000)
            if parcel.messages:
                newest = max(parcel.messages, key=lambda message: message.seq)
                self._marks[parcel.topic.name] = Mark(epoch=newest.epoch, seq=newest.seq)
        self._deliver(parcels)
        for parcel in parcels:
            if parcel.messages and self._filled_at is None:
                self._first.on_arrived(parcel.topic.name, now)

    @Slot()
    def _on_beat(self) -> None:
        now, cpu = time.monotonic(), time.thread_time()
        if self._seen.is_open and len(self._seen.overrun_ms) < MAX_SAMPLES:
            self._seen.overrun_ms.append((now - self._beat_s) * 1000 - PROBE_MS)
            self._seen.work_ms.append((cpu - self._beat_cpu_s) * 1000)
        self._beat_s, self._beat_cpu_s = now, cpu

    @Slot(str)
    def _on_counted(self, text: str) -> None:
        """What the chip of the cameras says: 3 dari 4."""
        numbers = [int(part) for part in text.split(" ") if part.isdecimal()]
        self._counted = (numbers[0], numbers[-1]) if numbers else (0, 0)

    @Slot(dict)
    def _on_said(self, message: dict[str, Any]) -> None:
        if message.get("kind") == "painted":
            self._unpainted_pages = 0
            if not self._first.is_page_drawn:
                self._map_page.ask_state(self._first.on_page)

    @Slot()
    def _on_look(self) -> None:
        if self._painted_at is None and not self._wall.display.unpainted() and not self._unpainted_pages:
            self._painted_at = time.time()
        if self._painted_at is not None and self._first.is_page_drawn and not self._empty():
            self._filled_at = time.time()
            self._look.stop()

    def _empty(self) -> list[str]:
        """What has not painted its data yet."""
        slots = self._wall.display.slots
        topics = [built.spec.topics if built.spec is not None else () for built in slots]
        return self._first.empty(zip(self._wall.display.state().slots, topics, strict=True))

    @Slot()
    def _on_heard(self) -> None:
        more = os.read(0, 65_536)
        if not more:
            # Whoever measures is gone.
            QApplication.exit(0)
            return
        asked, self._rest = lines_of(self._rest, more)
        for ask in asked:
            self._answer(ask)

    def _answer(self, ask: Ask) -> None:
        wall = self._wall
        if ask.verb == "begin":
            self._begin()
            say([Done(at_s=self._seen.began_s)])
        elif ask.verb == "window":
            say([self._window()])
        elif ask.verb == "arrivals":
            say([Arrivals(dict(self._seen.arrived))])
        elif ask.verb == "mark":
            mark = self._marks.get(ask.topic, Mark())
            say([Mark(epoch=mark.epoch, seq=mark.seq, count=len(wall.hub.latest(TOPICS[ask.topic])))])
        elif ask.verb == "held":
            mark = self._marks.get(ask.topic, Mark())
            totals = next((message.body for message in wall.hub.latest(TOTALS).values()), None)
            say([held(wall.hub.latest(TOPICS[ask.topic]), mark.epoch, mark.seq, totals)])
        elif ask.verb == "paint":
            self._set_paint(bool(ask.count))
            say([Done(at_s=time.monotonic())])
        elif ask.verb == "painted":
            say([Painted(at=self._painted_at, filled_at=self._filled_at, empty=self._empty() if self._filled_at is None else [])])
        elif ask.verb == "page":
            self._ask_page()
        elif ask.verb == "refused":
            say([Done(count=(wall.bus.reader_status or ReaderStatus()).rejected)])
        elif ask.verb == "cameras":
            say([Cameras(live=self._counted[0], all=self._counted[1])])
        elif ask.verb == "profile":
            self._profile(bool(ask.count))
            say([Done()])

    def _profile(self, is_on: bool) -> None:
        """Off again: what the GUI thread did in Python meanwhile goes to the log; for whoever asks why a goal does not hold."""
        if is_on:
            self._profiler = cProfile.Profile(time.thread_time)
            self._profiler.enable()
        elif self._profiler is not None:
            self._profiler.disable()
            pstats.Stats(self._profiler, stream=sys.stderr).sort_stats("tottime").print_stats(40).sort_stats("cumtime").print_stats(70)

    def _begin(self) -> None:
        self._seen = Instruments(is_open=True)
        self._seen.paints = self._paint.paints if self._paint is not None else 0
        self._seen.status = self._wall.bus.reader_status or ReaderStatus()

    def _window(self) -> Window:
        seen, before = self._seen, self._seen.status
        self._seen = Instruments(is_open=False)
        status = self._wall.bus.reader_status or ReaderStatus()
        return Window(
            seconds=time.monotonic() - seen.began_s,
            latency_ms=[round(value, 3) for value in seen.latency_ms],
            overrun_ms=[round(value, 3) for value in seen.overrun_ms],
            work_ms=[round(value, 3) for value in seen.work_ms],
            gui_cpu_s=time.thread_time() - seen.cpu_s,
            read=seen.row.count,
            missing=seen.row.missing,
            snapshots=status.snapshots - before.snapshots,
            gaps=status.gaps - before.gaps,
            repaired=status.repaired - before.repaired,
            rejected=status.rejected - before.rejected,
            simulated_dropped=status.simulated_dropped - before.simulated_dropped,
            paints=(self._paint.paints if self._paint is not None else 0) - seen.paints,
        )

    def _set_paint(self, is_on: bool) -> None:
        if self._paint is not None:
            self._paint.deleteLater()
            self._paint = None
        if is_on:
            self._paint = PaintProbe(self._wall.window)
            # Top right: over the header, not over the map, whose native window would hide it.
            self._paint.setGeometry(self._wall.window.width() - 240, 40, 200, 100)
            self._paint.show()
            self._paint.raise_()

    def _ask_page(self) -> None:
        page = next((getattr(built.frame.panel, "page", None) for built in self._wall.display.slots if built.slot.panel == "map"), None)
        if page is None:
            say([Page(state={}, process=0, reloads=0, is_ready=False)])
            return

        is_answered: list[bool] = []

        def answer(state: dict[str, object]) -> None:
            if not is_answered:
                is_answered.append(True)
                say([Page(state=state, process=page.host.process_id, reloads=page.reloads, is_ready=page.is_ready and bool(state))])

        # A page that has just been killed never answers.
        QTimer.singleShot(PAGE_ANSWERS_MS, self, lambda: answer({}))
        if page.is_ready:
            page.ask_state(answer)


def main() -> int:
    """The exit code of the wall."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = load_settings(None)
    platform.prepare(is_virtual=True)
    kept: list[Probe] = []
    return run_wall(settings, [], on_started=lambda wall: kept.append(Probe(wall)))


if __name__ == "__main__":
    sys.exit(main())
