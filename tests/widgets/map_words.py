"""The words of the map's page in panels of other sizes, for ``map_stage``: none is cut, none lies on another."""

import json
from typing import TYPE_CHECKING, Any

from feeds.messages.freshness import Freshness
from feeds.messages.report import TOTALS, Totals
from tests.widgets.map_scene import HEIGHT, STATUSES, WIDTH
from tests.widgets.staging import NOW
from widgets.panel import FrameStatus

if TYPE_CHECKING:
    from tests.widgets.map_stage import MapStage

SHAPES = {"wide": (WIDTH, HEIGHT), "tall": (900, 520), "brief": (470, 540)}
LONGEST = FrameStatus(freshness=Freshness.OFFLINE, age_s=3_540.0, is_simulated=True)
MEASURE = """() => {
  const box = node => node.getBoundingClientRect().toJSON();
  const one = name => document.querySelector(name);
  const note = one("#legend .note") ?? one("#stage");
  return {shape: one("#legend").className, width: innerWidth, note: box(note), legend: box(one("#legend")),
    words: note.textContent, is_cut: note.scrollWidth > note.clientWidth + 1, title: box(one("#title")), chips: box(one("#chips")),
    called: [...document.querySelectorAll(".callout")].map(box)};
}"""


def look_at_words(stage: "MapStage") -> None:
    """Long notes in every shape of the legend, and the longest chips in a panel that was laid out for the shortest."""
    seen: dict[str, Any] = {}
    states = {"new": 20, "forwarded": 10, "working": 10, "done": 10, "declined": 10, "duplicate": 10, "invalid": 10, "reopened": 10}
    many = Totals(
        since=NOW, at=NOW, reports_epoch="e", reports_seq=1, received=90, without_position=123_456, outside=123_456, **states
    )  # fmt: skip
    before = stage.slot.latest[TOTALS.name]["today"]
    stage.panel.on_messages(TOTALS, stage.slot.publish(TOTALS, ("today", many)))
    for name, (width, height) in SHAPES.items():
        stage.frame.setGeometry(0, 0, width, height)
        stage.waiting.until(f"the legend {name}", lambda width=width: _is_laid_out(stage, width))
        seen[name] = _measure(stage)
    stage.frame.set_status(LONGEST)
    stage.waiting.until("the longest chips", lambda: len(stage.state()["chips"]) == 2)
    seen["longest"] = _measure(stage)
    stage.frame.set_status(STATUSES["live"])
    stage.frame.setGeometry(0, 0, WIDTH, HEIGHT)
    stage.panel.on_messages(TOTALS, stage.slot.publish(TOTALS, ("today", before.body)))
    stage.waiting.until("LIVE", lambda: stage.state()["chips"] == ["LIVE"] and "123.456" not in stage.state()["legend"])
    stage.seen["words"] = seen


def _measure(stage: "MapStage") -> dict[str, Any]:
    answers: list[str] = []
    stage.panel.page.host.ask(f"JSON.stringify(({MEASURE})())", answers.append)
    stage.waiting.until("a measurement", lambda: bool(answers))
    return json.loads(answers[0])


def _is_laid_out(stage: "MapStage", width: int) -> bool:
    measured = _measure(stage)
    return measured["width"] == width and "123.456" in measured["words"] and measured["shape"] != "none"
