"""Runs the map panel in a process of its own, on the display it is given, and prints what it saw as one JSON object.

QtWebEngine wants its flags and scheme before the application exists; that is why this is not inside pytest's own process.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from controlroom.platform import prepare

prepare(is_virtual=True)

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from feeds.city import load_city  # noqa: E402
from feeds.messages.camera import CAMERA, Camera, StreamKind  # noqa: E402
from feeds.messages.field import OFFICER, Officer  # noqa: E402
from feeds.messages.freshness import Freshness  # noqa: E402
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity  # noqa: E402
from feeds.messages.header import Position  # noqa: E402
from feeds.messages.report import INCIDENT, REPORT, TOTALS, ReportState, Totals  # noqa: E402
from feeds.reports.incidents import summarise  # noqa: E402
from tests.widgets.map_hangs import hang  # noqa: E402
from tests.widgets.map_scene import HEIGHT, STATUSES, WIDTH, report  # noqa: E402
from tests.widgets.map_words import look_at_words  # noqa: E402
from tests.widgets.staging import NOW, ROOT, OneSlot  # noqa: E402
from widgets.kit.scheme import Served  # noqa: E402
from widgets.kit.web import WebPage  # noqa: E402
from widgets.panels.map import PANEL, MapPanel  # noqa: E402

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> \u202eعربي 🌊'


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
        held = (
            [ReportState.NEW] * 3 + [ReportState.FORWARDED] * 2 + [ReportState.WORKING] * 7 + [ReportState.DECLINED, ReportState.DUPLICATE]
        )
        within = [report(100 + n, state, incident="I1", position=Position(106.5929, -6.1695)) for n, state in enumerate(held)]
        rows += within
        self.slot.publish(REPORT, *((row.id, row) for row in rows))
        self.slot.publish(INCIDENT, ("I1", summarise("I1", within, title=lambda _: EVIL)))
        counts = Counter(row.state.value for row in rows)
        self.slot.publish(TOTALS, ("today", Totals(
            since=NOW, at=NOW, reports_epoch="e", reports_seq=1, received=len(rows), without_position=1, outside=1, **counts,
        )))  # fmt: skip
        self.seen["received"] = len(rows)

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
        self.look_at_rings()
        self.look_at_ages()
        look_at_words(self)
        self.look_at_doors()
        hang(self)
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

    def look_at_rings(self) -> None:
        """What the focus panel shows is ringed: alone, in a cluster, in an incident; nothing else is."""
        near = [report(n, ReportState.NEW, position=Position(106.70, -6.12)) for n in (200, 201, 202)]
        alone = report(203, ReportState.FORWARDED, position=Position(106.74, -6.24))
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, *((row.id, row) for row in (*near, alone))))
        rings: dict[str, int] = {}
        for name, selected in (("alone", "R203"), ("cluster", "R201"), ("incident", "R101"), ("no pin", "R30"), ("nobody", None)):
            self.slot.selected = selected
            self.tick()
            self.waiting.until(f"rings: {name}", lambda: self.state()["selected"] == ([self.slot.selected] if self.slot.selected else []))
            rings[name] = self.state()["ringed"]
        self.seen["rings"] = rings
        self.panel.on_messages(REPORT, self.slot.publish(REPORT, *((row.id, None) for row in (*near, alone))))

    def look_at_ages(self) -> None:
        """By the clock alone: an officer falls silent, a camera is down, a warning ends, a layer is old."""
        seen: dict[str, Any] = {}
        now = self.slot.clock
        officer = Officer(number="7", agency="dlh", is_on_task=True, seen_at=now, position=Position(106.6, -6.2))
        camera = Camera(
            id="c", name="c", owner="o", kind=StreamKind.MJPEG, url="http://127.0.0.1:9/", position=Position(106.7, -6.2), is_up=False
        )
        hazard = Hazard(
            id="h", kind=HazardKind.WEATHER, severity=Severity.SEVERE, headline="Hujan lebat", issued_at=now, attribution="BMKG",
            expires_at=now + timedelta(seconds=300), districts=("36.71.08",),
        )  # fmt: skip
        for topic, key, body in ((OFFICER, "7", officer), (CAMERA, "c", camera), (HAZARD, "h", hazard)):
            self.panel.on_messages(topic, self.slot.publish(topic, (key, body)))
        self.waiting.until("camera and warning", lambda: self.state()["drawn"]["cameras"] * self.state()["drawn"]["hazards"] == 1)
        seen["fresh"] = self.state()["drawn"]
        for name, seconds in (("silent", 130), ("over", 200), ("unknown", 300)):
            self.slot.clock += timedelta(seconds=seconds)
            self.tick()
            self.waiting.until(f"the state {name}", lambda: self.state()["drawn"] != seen[list(seen)[-1]])
            seen[name] = self.state()["drawn"]
        self.slot.freshness["officer"] = Freshness.STALE
        self.tick()
        self.waiting.until("the old layer's name", lambda: "usang" in self.state()["meta"])
        seen["meta"] = self.state()["meta"]
        self.slot.freshness.clear()
        self.tick()
        self.seen["ages"] = seen

    def tick(self) -> None:
        """The panel's second, without what it does each minute."""
        for ms, call in self.slot.ticks:
            if ms == 1_000:
                call()

    def meet_a_page_that_never_comes(self) -> None:
        reasons: list[str] = []
        absent = WebPage("absent.html", Served(files={}, answers={}), "token", "#000000", self.frame, patience_ms=300)
        beginning, given = [absent.is_beginning], [absent.given_ms]
        absent.failed.connect(reasons.append)
        self.waiting.until("a failure", lambda: bool(reasons))
        self.seen["absent"] = reasons[0]
        beginning.append(absent.is_beginning)
        given.append(absent.given_ms)
        absent.reload()
        beginning.append(absent.is_beginning)
        given.append(absent.given_ms)
        self.waiting.until("another failure", lambda: len(reasons) > 1)
        beginning.append(absent.is_beginning)
        given.append(absent.given_ms)
        for _ in range(20):
            absent._on_late()
        given.append(absent.given_ms)
        absent.host.said.emit('{"kind": "ready"}')
        given.append(absent.given_ms)
        self.seen["again"] = {"beginning": beginning, "given_ms": given}
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
