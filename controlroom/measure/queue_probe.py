"""The console's own way from a filter to rows on the desk, without a window: asks the doors, decodes, fills its model; answers a bench.

``python -m controlroom.measure.queue_probe URL CITY``: login and password stand in BENCH_LOGIN and BENCH_PASSWORD.
"""

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSocketNotifier

from controlroom.console.desk_api import DeskApi, Trouble
from controlroom.console.reports.queue_feed import PAGE, PATH
from controlroom.console.reports.queue_model import QueueModel
from controlroom.measure.questions import console_queries
from controlroom.measure.spoken import Ask, Done, Ready, lines_of, say
from feeds.city import load_city
from feeds.messages.desk import WhoAmI
from feeds.messages.queue import Page


class QueueProbe:
    """Answers ``Ask(verb="ask", topic=NAME)`` with the rows of the model and the seconds until they stood there; -1: refused."""

    def __init__(self, url: str, city: Path) -> None:
        self._api = DeskApi(url)
        self._model = QueueModel()
        self._queries = console_queries(load_city(city))
        self._rest = b""
        self._ears = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._ears.activated.connect(self._on_heard)
        self._api.sign_in(os.environ["BENCH_LOGIN"], os.environ["BENCH_PASSWORD"], self._on_signed_in, self._on_refused)

    def _on_signed_in(self, _who: WhoAmI) -> None:
        say([Ready(pid=os.getpid())])

    def _on_refused(self, trouble: Trouble) -> None:
        sys.stderr.write(f"not signed in: HTTP {trouble.status} {trouble.text}\n")
        QCoreApplication.exit(1)

    def _on_heard(self) -> None:
        more = os.read(0, 65_536)
        if not more:
            QCoreApplication.exit(0)
            return
        asked, self._rest = lines_of(self._rest, more)
        for ask in asked:
            self._ask(ask)

    def _ask(self, ask: Ask) -> None:
        query = self._queries[ask.topic]
        began_s = time.perf_counter()

        def came(page: Page) -> None:
            self._model.replace(page.reports, page, query.order, keeps_held=False)
            say([Done(count=self._model.rowCount(), seconds=time.perf_counter() - began_s)])

        def refused(trouble: Trouble) -> None:
            sys.stderr.write(f"{ask.topic}: HTTP {trouble.status} {trouble.text}\n")
            say([Done(count=-1, seconds=time.perf_counter() - began_s)])

        self._api.get(PATH, Page, came, refused, query={**query.parameters(), "page_size": PAGE})


def main() -> int:
    application = QCoreApplication([sys.argv[0]])
    probe = QueueProbe(sys.argv[1], Path(sys.argv[2]))
    try:
        return application.exec()
    finally:
        probe._api.close()  # pyright: ignore[reportPrivateUsage]


if __name__ == "__main__":
    sys.exit(main())
