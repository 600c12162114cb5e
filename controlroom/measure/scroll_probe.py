"""The desk's queue as a person runs through it: the real list over real doors, scrolled without a pause while the bus tells of changes.

``python -m controlroom.measure.scroll_probe URL CITY``: login and password stand in BENCH_LOGIN and BENCH_PASSWORD. Says ``Ready`` when the
first page stands there; then answers ``Ask(verb="scroll", seconds=S)`` with ``Scrolled``.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication

from controlroom.console.desk_api import DeskApi, Trouble
from controlroom.console.kit.sheet import dress
from controlroom.console.look import DeskLook
from controlroom.console.page import DeskContext
from controlroom.console.remembered import RememberedFile
from controlroom.console.reports.queue import Queue
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Parcel
from controlroom.measure.spoken import Ask, Ready, Scrolled, lines_of, say
from controlroom.settings import ASSETS
from controlroom.texts import translator
from feeds.city import load_city
from feeds.messages.desk import WhoAmI
from feeds.messages.header import Message, Quality
from feeds.messages.queue import QueueRow
from feeds.messages.report import REPORT, Report
from widgets.kit.numerals import Numerals

FRAME_MS = 16
ROWS_A_FRAME = 12
"""A wheel that is spun: some 700 rows a second."""
CHANGE_MS = 20
"""Between two reports that the bus tells of."""
SIZE = (620, 950)


class ScrollProbe:
    def __init__(self, url: str, city: Path) -> None:
        self._api = DeskApi(url)
        self._city = load_city(city)
        book = FreshnessBook("live", monotonic_s=time.monotonic)
        self._hub = Hub(book, now=_now, monotonic_ms=lambda: time.monotonic() * 1000)
        self._look = DeskLook(ASSETS / "theme.toml")
        self._memory = TemporaryDirectory(prefix="live-room-desk-")
        self._queue: Queue | None = None
        self._rest, self._seq = b"", 0
        self._gaps_ms: list[float] = []
        self._work_ms: list[float] = []
        self._frame, self._change, self._end = (self._timer(ms, done) for ms, done in (
            (FRAME_MS, self._on_frame), (CHANGE_MS, self._on_change), (0, self._on_end),
        ))  # fmt: skip
        self._end.setSingleShot(True)
        self._ears = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._ears.activated.connect(self._on_heard)
        self._api.sign_in(os.environ["BENCH_LOGIN"], os.environ["BENCH_PASSWORD"], self._on_signed_in, self._on_refused)

    def _timer(self, ms: int, done: Any) -> QTimer:
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(ms)
        timer.timeout.connect(done)
        return timer

    def close(self) -> None:
        if self._queue is not None:
            self._queue.close_queue()
        self._api.close()
        self._hub.close()
        self._memory.cleanup()

    def _on_signed_in(self, _who: WhoAmI) -> None:
        ctx = DeskContext(
            api=self._api, hub=self._hub, city=self._city, language="id", text=Numerals("id", self._city.time_zone), tr=translator("id"),
            look=self._look, now=_now, tell=_say_nothing, remembered=RememberedFile("", Path(self._memory.name)),
        )  # fmt: skip
        self._queue = queue = Queue(ctx)
        dress(queue, self._look)
        queue.resize(*SIZE)
        queue.show()
        queue.counted.connect(self._on_counted)

    def _on_refused(self, trouble: Trouble) -> None:
        sys.stderr.write(f"not signed in: HTTP {trouble.status} {trouble.text}\n")
        QApplication.exit(1)

    def _on_counted(self, total: int, _unread: int) -> None:
        if total and self._queue is not None:
            self._queue.counted.disconnect(self._on_counted)
            say([Ready(pid=os.getpid())])

    def _on_heard(self) -> None:
        more = os.read(0, 65_536)
        if not more:
            QApplication.exit(0)
            return
        asked, self._rest = lines_of(self._rest, more)
        for ask in asked:
            self._begin(ask)

    def _begin(self, ask: Ask) -> None:
        self._gaps_ms, self._work_ms, self._seq = [], [], 0
        self._last_s, self._worked_s = time.perf_counter(), time.thread_time()
        self._began_s = self._last_s
        self._frame.start()
        self._change.start()
        self._end.start(round(ask.seconds * 1000))

    def _on_frame(self) -> None:
        if self._queue is None:
            return
        now_s = time.perf_counter()
        self._gaps_ms.append((now_s - self._last_s) * 1000)
        self._last_s = now_s
        worked_s = time.thread_time()
        self._work_ms.append((worked_s - self._worked_s) * 1000)
        self._worked_s = worked_s
        bar = self._queue.view.verticalScrollBar()
        bar.setValue(bar.value() + ROWS_A_FRAME * bar.singleStep())

    def _on_change(self) -> None:
        """Of a report that is in sight, as when somebody out there works on it."""
        if self._queue is None:
            return
        seen = self._queue.view.in_sight()
        row = self._queue.row(seen[self._seq % len(seen)]) if seen else None
        if row is not None:
            self._seq += 1
            self._hub.deliver([Parcel(REPORT, [_told(row, self._seq)], False)])

    def _on_end(self) -> None:
        self._frame.stop()
        self._change.stop()
        rows = self._queue.view.model().rowCount() if self._queue is not None else 0
        say(
            [
                Scrolled(
                    rows=rows, changes=self._seq, seconds=time.perf_counter() - self._began_s, frame_ms=self._gaps_ms, work_ms=self._work_ms
                )
            ]
        )


def _say_nothing(_text: str, _tone: object, _action: object = None) -> None:
    """Nobody sits at this desk."""


def _told(row: QueueRow, seq: int) -> Message[Any]:
    now = _now()
    report = Report(
        id=row.id, state=row.state, category=row.category, channel=row.channel, priority=row.priority, received_at=row.received_at,
        changed_at=now, district=row.district, place=row.place, category_name=row.category_name, agency=row.agency, text=row.text,
    )  # fmt: skip
    return Message(
        seq=seq, epoch="bench", key=row.id, source="bench", observed_at=now, published_at=now, quality=Quality.MEASURED, body=report
    )


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    application = QApplication([sys.argv[0]])
    probe = ScrollProbe(sys.argv[1], Path(sys.argv[2]))
    try:
        return application.exec()
    finally:
        probe.close()


if __name__ == "__main__":
    sys.exit(main())
