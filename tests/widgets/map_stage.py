"""Runs the map panel in a process of its own, on the display it is given, and prints what it saw as one JSON object.

QtWebEngine wants its flags and scheme before the application exists; that is why this is not inside pytest's own process.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from controlroom.platform import prepare

prepare(is_virtual=True)

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from feeds.city import load_city  # noqa: E402
from feeds.messages.field import OFFICER, Officer  # noqa: E402
from feeds.messages.freshness import Freshness  # noqa: E402
from feeds.messages.header import Position  # noqa: E402
from feeds.messages.report import INCIDENT, REPORT, TOTALS, Channel, Incident, Priority, Report, ReportState, Totals  # noqa: E402
from tests.widgets.staging import NOW, ROOT, OneSlot  # noqa: E402
from widgets.kit.scheme import Served  # noqa: E402
from widgets.kit.web import WebPage  # noqa: E402
from widgets.panel import FrameStatus  # noqa: E402
from widgets.panels.map import PANEL, MapPanel  # noqa: E402

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> \u202eعربي 🌊'
STATUSES = {
    "live": FrameStatus(freshness=Freshness.LIVE),
    "late": FrameStatus(freshness=Freshness.LATE, age_s=75.0),
    "stale": FrameStatus(freshness=Freshness.STALE, age_s=260.0),
    "offline": FrameStatus(freshness=Freshness.OFFLINE, age_s=20.0),
    "error": FrameStatus(freshness=Freshness.ERROR, error="log laporan mati", remedy="Lihat <b>doctor</b>"),
    "simulated": FrameStatus(freshness=Freshness.LIVE, is_simulated=True),
}
WIDTH, HEIGHT = 928, 646


class Waiting:
    """Runs the event loop until something is true; says what never came."""

    def until(self, what: str, is_true: Callable[[], bool], seconds: float = 30.0) -> None:
        loop = QEventLoop()
        look = QTimer()
        look.timeout.connect(lambda: loop.quit() if is_true() else None)
        look.start(20)
        end = QTimer()
        end.setSingleShot(True)
        end.timeout.connect(loop.quit)
        end.start(int(seconds * 1000))
        loop.exec()
        look.stop()
        if not is_true():
            raise SystemExit(f"never came: {what}")


def report(number: int, state: ReportState, **changed: Any) -> Report:
    fields: dict[str, Any] = {
        "id": f"R{number}",
        "state": state,
        "category": "genangan",
        "channel": Channel.LAKSA,
        "priority": Priority.NORMAL,
        "received_at": NOW,
        "changed_at": NOW,
        "position": Position(106.58 + (number * 7 % 20) * 0.006, -6.22 + (number * 3 % 17) * 0.005),
        "district": "36.71.01",
    }
    return Report(**(fields | changed))


class MapStage:
    def __init__(self) -> None:
        self.app = QApplication(sys.argv)
        self.waiting = Waiting()
        self.seen: dict[str, Any] = {}
        self.slot = OneSlot(city=load_city(ROOT / "assets" / "cities" / "tangerang"))
        self.publish()
        self.frame = self.slot.frame(PANEL, WIDTH / 0.5, HEIGHT / 0.5, scale=0.5)
        self.frame.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.X11BypassWindowManagerHint)
        self.frame.setGeometry(0, 0, WIDTH, HEIGHT)
        panel = self.frame.panel
        assert isinstance(panel, MapPanel)
        self.panel = panel
        self.painted: list[int] = []
        panel.page.said.connect(lambda said: self.painted.append(said["revision"]) if said["kind"] == "painted" else None)
        self.frame.show()
        self.frame.set_status(STATUSES["live"])

    def publish(self) -> None:
        states = list(ReportState)
        rows = [report(n, states[n % len(states)]) for n in range(80)]
        rows.append(report(90, ReportState.NEW, position=None))
        rows.append(report(91, ReportState.NEW, is_outside=True))
        rows.append(report(92, ReportState.WORKING, incident="I1"))
        self.slot.publish(REPORT, *((row.id, row) for row in rows))
        self.slot.publish(INCIDENT, ("I1", Incident(
            id="I1", title=EVIL, category="genangan", since=NOW, position=Position(106.5929, -6.1695), districts=("36.71.08",),
            new=3, forwarded=2, working=7, done=0,
        )))  # fmt: skip
        self.slot.publish(TOTALS, ("today", Totals(
            since=NOW, at=NOW, reports_epoch="e", reports_seq=1, received=64, new=9, forwarded=7, working=14, done=25, declined=3,
            duplicate=4, invalid=2, reopened=0,
        )))  # fmt: skip

    def state(self) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        self.panel.map_state(answers.append)
        self.waiting.until("an answer of the page", lambda: bool(answers))
        return answers[0]

    def ask(self, script: str) -> Any:
        """The result of a promise in the page, as JSON."""
        self.panel.page.host.ask(f"({script})().then(r => {{ window.answer = JSON.stringify(r) }}); 1", lambda _: None)
        answers: list[str] = []
        self.waiting.until("a promise", lambda: self._answer(answers))
        self.panel.page.host.ask("delete window.answer", lambda _: None)
        return json.loads(answers[-1])

    def _answer(self, answers: list[str]) -> bool:
        self.panel.page.host.ask("window.answer ?? ''", lambda text: answers.append(text) if text else None)
        return bool(answers)

    def pixels(self) -> bytes:
        """The chips' corner as the X server has it."""
        shot = self.app.primaryScreen().grabWindow(0, WIDTH - 400, 0, 400, 45).toImage()
        return bytes(shot.constBits())

    def run(self) -> dict[str, Any]:
        self.waiting.until("the page", lambda: self.panel.page.is_ready)
        self.waiting.until("the first picture", lambda: bool(self.painted))
        self.seen["first"] = self.state()
        self.look_at_freshness()
        self.look_at_stillness()
        self.look_at_marks()
        self.look_at_pace()
        self.look_at_doors()
        self.freeze_renderer()
        self.kill_renderer()
        self.meet_a_page_that_never_comes()
        return self.seen

    def look_at_freshness(self) -> None:
        shots: dict[str, bytes] = {}
        chips: dict[str, list[str]] = {}
        for name, status in STATUSES.items():
            self.frame.set_status(status)
            self.waiting.until(f"new pixels for {name}", lambda: self.pixels() not in shots.values())
            self.waiting.until(f"steady pixels for {name}", self._is_steady)
            shots[name] = self.pixels()
            chips[name] = self.state()["chips"]
        self.seen["pictures"] = len(set(shots.values()))
        self.seen["chips"] = chips
        self.frame.set_status(STATUSES["live"])

    def _is_steady(self) -> bool:
        before = self.pixels()
        for _ in range(5):
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        return self.pixels() == before

    def _is_still(self) -> bool:
        """The map draws no frame while the page answers many times."""
        return len({self.state()["rendered"] for _ in range(25)}) == 1

    def look_at_stillness(self) -> None:
        self.waiting.until("a still map", self._is_still)
        before = self.state()
        self.panel.select(None)
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, ("R0", report(0, ReportState.NEW))))
        self.frame.set_status(STATUSES["late"])
        self.waiting.until("TELAT", lambda: self.state()["chips"][0].startswith("TELAT"))
        self.frame.set_status(STATUSES["live"])
        self.waiting.until("LIVE", lambda: self.state()["chips"] == ["LIVE"])
        after = self.state()
        self.seen["frames_drawn_for_words"] = after["rendered"] - before["rendered"]

    def look_at_marks(self) -> None:
        """A report that changes is drawn, and the map below it is not drawn again."""
        before, shot = self.state(), self.screen()
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, ("R0", report(0, ReportState.WORKING))))
        self.waiting.until("the change", lambda: self.state()["drawn"]["working"] > before["drawn"]["working"])
        self.waiting.until("the change on the screen", lambda: self.screen() != shot)
        self.waiting.until("a still map", self._is_still)
        self.seen["frames_drawn_for_marks"] = self.state()["rendered"] - before["rendered"]
        officer = Officer(number="7", agency="dlh", is_on_task=True, seen_at=NOW, position=Position(106.6, -6.2))
        self.panel.on_messages(OFFICER, self.slot.publish(OFFICER, ("7", officer)))
        self.waiting.until("the officer", lambda: self.state()["drawn"]["officers"] == 1)
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, ("R0", report(0, ReportState.DONE))))
        self.waiting.until("the next change", lambda: self.state()["drawn"]["working"] == before["drawn"]["working"])
        self.seen["officers_after_reports"] = self.state()["drawn"]["officers"]

    def look_at_pace(self) -> None:
        """Batches that go out while the page has not answered the one before."""
        script_sent, open_batches = self.panel.page.host.script_sent, 0
        most = sent = 0

        def count(_: str) -> None:
            nonlocal open_batches, most, sent
            open_batches, sent = open_batches + 1, sent + 1
            most = max(most, open_batches)

        def close(said: dict[str, Any]) -> None:
            nonlocal open_batches
            if said["kind"] == "painted":
                open_batches = 0

        script_sent.connect(count)
        self.panel.page.said.connect(close)
        states = (ReportState.NEW, ReportState.WORKING)
        turns = 0

        def storm() -> bool:
            nonlocal turns
            turns += 1
            self.panel.on_messages(REPORT, self.slot.publish(REPORT, *((f"R{n}", report(n, states[turns % 2])) for n in range(20))))
            return sent >= 4

        self.waiting.until("four batches", storm)
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, ("R1", report(1, ReportState.DECLINED))))
        self.waiting.until("the last change", lambda: self.state()["drawn"]["declined"] == self.seen["first"]["drawn"]["declined"] - 1)
        script_sent.disconnect(count)
        self.panel.page.said.disconnect(close)
        self.seen["pace"] = {"most_open": most, "sent": sent, "turns": turns}

    def screen(self) -> bytes:
        return bytes(self.app.primaryScreen().grabWindow(0, 0, 0, WIDTH, HEIGHT).toImage().constBits())

    def look_at_doors(self) -> None:
        hits: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(200)
                self.end_headers()

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/x"
        self.seen["network"] = self.ask(
            f"async () => {{ try {{ return (await fetch('{address}', {{mode: 'no-cors'}})).type }} catch {{ return 'blocked' }} }}"
        )
        tried = [
            "city/city.toml",
            "city/..%2fcity.toml",
            "city/../../../README.md",
            "..%2f..%2fpackage.json",
            "city/outline.geojson",
            "tiles/1/0/0",
        ]
        fetching = f"async () => Promise.all({json.dumps(tried)}.map(async p => {{ try {{ return (await fetch(p)).ok }} catch {{ return false }} }}))"
        self.seen["paths"] = dict(zip(tried, self.ask(fetching), strict=True))
        self.seen["evil"] = self.ask(
            "async () => ({ran: window.pwned !== undefined, shown: document.querySelector('.callout .name')?.textContent,"
            " children: document.querySelectorAll('.callout .name *:not(bdi)').length})"
        )
        server.shutdown()
        server.server_close()
        thread.join()
        self.seen["hits"] = hits

    def freeze_renderer(self) -> None:
        """The page hangs while the bus goes away: Qt's frame must say so in its place, and give it back."""
        process = self.panel.page.host.process_id
        os.kill(process, signal.SIGSTOP)
        try:
            self.frame.set_status(STATUSES["offline"])
            self.waiting.until("the page stands aside", lambda: self._page_stands_at(HEIGHT - 1))
            self.seen["words_of_frame"] = [text for text, _, _ in self.slot.record(self.frame).texts]
        finally:
            os.kill(process, signal.SIGCONT)
        self.waiting.until("the page is back", lambda: self._page_stands_at(0))
        self.seen["words_of_page"] = self.state()["chips"]
        self.frame.set_status(STATUSES["live"])
        self.waiting.until("LIVE", lambda: self.state()["chips"] == ["LIVE"])

    def _page_stands_at(self, top: int) -> bool:
        self.slot.tick(1)
        return self.panel.page.y() == top

    def kill_renderer(self) -> None:
        before = self.state()["drawn"]
        process = self.panel.page.host.process_id
        self.seen["renderer_bytes"] = self.panel.page.process_bytes()
        os.kill(process, signal.SIGKILL)
        self.waiting.until("the end of the renderer", lambda: self.panel.page.reloads > 0)
        self.waiting.until("the page again", lambda: self.panel.page.is_ready)
        self.seen["before_kill"], self.seen["after_kill"] = before, self.state()["drawn"]
        self.seen["new_process"] = self.panel.page.host.process_id != process

    def meet_a_page_that_never_comes(self) -> None:
        reasons: list[str] = []
        absent = WebPage("absent.html", Served(files={}, answers={}), "token", "#000000", self.frame, patience_ms=300)
        absent.failed.connect(reasons.append)
        self.waiting.until("a failure", lambda: bool(reasons))
        self.seen["absent"] = reasons[0]
        self.panel.page.failed.emit("webgl2")
        self.seen["card"] = {"hidden": self.panel.page.isHidden(), "error": self.frame.status.error, "remedy": self.frame.status.remedy}
        self.panel.page.ready.emit()
        self.seen["recovered"] = not self.frame.is_failed and not self.panel.page.isHidden()
        absent.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    stage = MapStage()
    seen = stage.run()
    Path(sys.argv[1]).write_text(json.dumps(seen), encoding="utf-8")
    stage.frame.close()
    stage.frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
