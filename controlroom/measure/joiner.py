"""A wall that comes late, without its panels: how long from opening the link until the hub holds every topic.

A process of its own, started several joins after one another; says the milliseconds of each.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from PySide6.QtCore import QCoreApplication, QObject, QTimer

from controlroom.live.bridge import Bridge
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Mailbox, Parcel
from controlroom.live.thread import BusThread
from controlroom.measure.spoken import Joined, say
from feeds.messages import TOPICS
from feeds.messages.report import REPORT

GIVE_UP_S = 20.0


class Join(QObject):
    """One join from nothing to complete."""

    def __init__(self, url: str, namespace: str, application: QCoreApplication) -> None:
        super().__init__()
        self._application = application
        self._waiting = set(TOPICS)
        self.ms = -1.0
        mailbox = Mailbox()
        self.hub = Hub(
            FreshnessBook(namespace, monotonic_s=time.monotonic),
            now=lambda: datetime.now(UTC),
            monotonic_ms=lambda: time.monotonic() * 1000,
        )
        self._bridge = Bridge(mailbox, self._deliver)
        self._bus = BusThread(url, namespace, tuple(TOPICS.values()), mailbox)
        self._began_s = 0.0

    def run(self) -> None:
        patience = QTimer()
        patience.setSingleShot(True)
        patience.timeout.connect(self._application.quit)
        patience.start(round(GIVE_UP_S * 1000))
        self._began_s = time.monotonic()
        self._bus.start()
        self._application.exec()
        patience.stop()
        self._bus.stop()

    def _deliver(self, parcels: list[Parcel]) -> None:
        self.hub.deliver(parcels)
        self._waiting -= {parcel.topic.name for parcel in parcels if parcel.is_reset}
        if not self._waiting and self.ms < 0:
            self.ms = (time.monotonic() - self._began_s) * 1000
            self._application.quit()


def main() -> int:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    parser = argparse.ArgumentParser(prog="controlroom.measure.joiner", description="Joins a bus some times and says how long it took.")
    parser.add_argument("--namespace", default="sim")
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    application = QCoreApplication([sys.argv[0]])
    found: list[Any] = []
    for _ in range(arguments.times):
        join = Join(os.environ["LIVE_ROOM_BUS_URL"], arguments.namespace, application)
        join.run()
        found.append((round(join.ms, 3), len(join.hub.latest(REPORT))))
    say([Joined(ms=[ms for ms, _ in found], reports=[count for _, count in found])])
    return 0


if __name__ == "__main__":
    sys.exit(main())
