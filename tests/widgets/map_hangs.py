"""The map's page hangs or dies under ``map_stage``: what the frame says meanwhile, and what stands there afterwards."""

import json
import os
import signal
import time
from typing import TYPE_CHECKING

from feeds.messages.report import REPORT, TOTALS, ReportState
from tests.widgets.map_scene import HEIGHT, STATUSES, report

if TYPE_CHECKING:
    from tests.widgets.map_stage import MapStage


def hang(stage: "MapStage") -> None:
    slow_renderer(stage)
    stage.panel.silent_ms = 3_000
    freeze_renderer(stage)
    freeze_renderer_for_good(stage)
    kill_renderer(stage)


def slow_renderer(stage: "MapStage") -> None:
    """The page is starved and always a batch behind, but it paints: it keeps its place."""
    process = stage.panel.page.host.process_id
    stage.panel.silent_ms = 500
    since = time.monotonic()
    places: set[int] = set()
    os.kill(process, signal.SIGSTOP)
    try:

        def paint() -> bool:
            stage.panel.on_messages(REPORT, stage.slot.publish(REPORT, ("R0", report(0, ReportState.DONE))))
            stage.panel.page.said.emit({"kind": "painted", "revision": 0})
            stage.tick()
            places.add(stage.panel.page.y())
            return time.monotonic() - since > 2

        stage.panel.on_messages(REPORT, stage.slot.publish(REPORT, ("R0", report(0, ReportState.DECLINED))))
        stage.waiting.until("two seconds", paint)
    finally:
        os.kill(process, signal.SIGCONT)
    stage.seen["places_of_a_slow_page"] = sorted(places)
    stage.waiting.until("the page has caught up", lambda: stage.panel.page.y() == 0 and stage.state()["chips"] == ["LIVE"])


def freeze_renderer(stage: "MapStage") -> None:
    """The page hangs while the bus goes away and reports go on changing: Qt's frame must stand in, and the page catch up."""
    process = stage.panel.page.host.process_id
    sent: list[str] = []
    stage.panel.page.host.script_sent.connect(sent.append)
    os.kill(process, signal.SIGSTOP)
    try:
        stage.frame.set_status(STATUSES["offline"])
        stage.waiting.until("the page stands aside", lambda: _page_stands_at(stage, HEIGHT - 1))
        stage.seen["words_of_frame"] = [text for text, _, _ in stage.slot.record(stage.frame).texts]

        def storm() -> bool:
            state = ReportState.DECLINED if len(sent) % 2 else ReportState.WORKING
            stage.panel.on_messages(REPORT, stage.slot.publish(REPORT, *((f"R{n}", report(n, state)) for n in range(20))))
            return len(sent) >= 4

        stage.waiting.until("four batches", storm)
        stage.seen["outbox"] = len(json.loads(f"[{stage.panel.page._outbox}]"))
        done = [report(n, ReportState.DONE) for n in range(20)]
        stage.panel.on_messages(REPORT, stage.slot.publish(REPORT, *((row.id, row) for row in done)))
    finally:
        os.kill(process, signal.SIGCONT)
    stage.waiting.until("the page is back", lambda: _page_stands_at(stage, 0))
    stage.waiting.until("TERPUTUS", lambda: stage.state()["chips"][0].startswith("TERPUTUS"))
    stage.seen["words_of_page"] = stage.state()["chips"]
    stage.frame.set_status(STATUSES["live"])
    stage.waiting.until("LIVE", lambda: stage.state()["chips"] == ["LIVE"])
    held = [message.body for message in stage.slot.latest[REPORT.name].values()]
    stage.seen["done_held"] = sum(body is not None and body.state is ReportState.DONE for body in held)
    stage.seen["done_drawn"] = stage.state()["drawn"]["done"]


def freeze_renderer_for_good(stage: "MapStage") -> None:
    """The page hangs while everything is LIVE and nobody wakes it: it is said, and its process is ended and replaced."""
    process, reloads = stage.panel.page.host.process_id, stage.panel.page.reloads
    before = stage.state()["drawn"]
    stage.panel.page.hung_ms = 1_500
    os.kill(process, signal.SIGSTOP)
    stage.slot.latest[TOTALS.name].clear()
    stage.panel.on_messages(TOTALS, stage.slot.publish(TOTALS, ("today", None)))
    stage.waiting.until("the page stands aside", lambda: _page_stands_at(stage, HEIGHT - 1))
    status = stage.frame.status
    stage.seen["hung"] = {"freshness": status.freshness.value, "error": status.error, "remedy": status.remedy}
    stage.waiting.until("a new page", lambda: _page_stands_at(stage, 0) and stage.panel.page.is_ready)
    stage.seen["hung"] |= {
        "reloads": stage.panel.page.reloads - reloads,
        "is_other": stage.panel.page.host.process_id != process,
        "after": stage.frame.status.freshness.value,
        "is_equal": stage.state()["drawn"] == before,
        "is_shown": stage.panel.isVisible(),
    }


def _page_stands_at(stage: "MapStage", top: int) -> bool:
    stage.tick()
    return stage.panel.page.y() == top


def kill_renderer(stage: "MapStage") -> None:
    before = stage.state()["drawn"]
    process, reloads = stage.panel.page.host.process_id, stage.panel.page.reloads
    stage.seen["renderer_bytes"] = stage.panel.page.process_bytes()
    os.kill(process, signal.SIGKILL)
    stage.waiting.until("the end of the renderer", lambda: stage.panel.page.reloads > reloads)
    stage.waiting.until("the page again", lambda: stage.panel.page.is_ready)
    stage.seen["before_kill"], stage.seen["after_kill"] = before, stage.state()["drawn"]
    stage.seen["new_process"] = stage.panel.page.host.process_id != process
