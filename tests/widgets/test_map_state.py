"""What the map page is told: rows, batches, snapshots, and the legend from the totals alone."""

import json
from datetime import UTC, datetime
from typing import Any

from feeds.messages.camera import Camera, StreamKind
from feeds.messages.field import Officer
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.messages.header import Position
from feeds.messages.report import Totals
from widgets.kit.map_state import MapState, camera_row, hazard_row, legend_of, officer_row
from widgets.kit.numerals import Numerals

NOW = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)
BBOX = (106.548, -6.263, 106.767, -6.085)
TEXT = Numerals("id", "Asia/Jakarta")


def words(text: str) -> str:
    return text


def hazard(**changed: Any) -> Hazard:
    fields: dict[str, Any] = {
        "id": "h1",
        "kind": HazardKind.WEATHER,
        "severity": Severity.SEVERE,
        "headline": "Hujan lebat",
        "issued_at": NOW,
        "expires_at": NOW,
        "attribution": "BMKG",
        "districts": ("36.71.08",),
    }
    return Hazard(**(fields | changed))


def test_a_batch_holds_what_differs_and_nothing_twice() -> None:
    state = MapState()
    state.put("report", "a", ["a", "new"])
    state.put("report", "b", ["b", "new"])
    first = json.loads(state.change())
    assert {row[0] for row in first["put"]["report"]} == {"a", "b"}
    state.put("report", "a", ["a", "new"])
    assert not state.is_changed
    state.put("report", "a", ["a", "done"])
    state.put("report", "b", None)
    state.put("report", "never", None)
    second = json.loads(state.change())
    assert second["put"] == {"report": [["a", "done"]]}
    assert second["gone"] == {"report": ["b"]}
    assert (first["from"], first["to"], second["from"], second["to"]) == (0, 1, 1, 2)


def test_batches_follow_the_snapshot() -> None:
    state = MapState()
    state.put("officer", "7", {"id": "7"})
    state.change()
    state.put("officer", "8", {"id": "8"})
    snapshot = json.loads(state.snapshot())
    assert [row["id"] for row in snapshot["put"]["officer"]] == ["7", "8"]
    assert not state.is_changed
    state.set("selected", "r1")
    after = json.loads(state.change())
    assert after["from"] == snapshot["to"]
    assert after["selected"] == "r1"


def test_only_officers_on_a_task_with_a_position_are_shown() -> None:
    here = Position(106.6, -6.2)
    assert officer_row(Officer(number="1", agency="dlh", is_on_task=True, seen_at=NOW, position=here)) is not None
    assert officer_row(Officer(number="1", agency="dlh", is_on_task=False, seen_at=NOW, position=here)) is None
    assert officer_row(Officer(number="1", agency="dlh", is_on_task=True, seen_at=NOW)) is None


def test_private_cameras_and_those_without_a_place_are_not_on_the_map() -> None:
    def camera(**changed: Any) -> Camera:
        fields: dict[str, Any] = {"id": "c", "name": "n", "owner": "o", "kind": StreamKind.MJPEG, "url": "http://127.0.0.1/"}
        return Camera(**(fields | changed))

    assert camera_row(camera(position=Position(106.6, -6.2))) is not None
    assert camera_row(camera(position=Position(106.6, -6.2), is_private=True)) is None
    assert camera_row(camera()) is None


def test_a_warning_names_its_source_and_only_those_of_the_city_are_drawn() -> None:
    row = hazard_row(hazard(), BBOX, TEXT, words)
    assert row is not None
    assert row["line"] == "BMKG · sampai 14.32"
    far = ((100.0, 1.0), (101.0, 1.0), (101.0, 2.0), (100.0, 1.0))
    assert hazard_row(hazard(districts=(), polygons=(far,)), BBOX, TEXT, words) is None
    near = ((106.5, -6.3), (106.7, -6.3), (106.7, -6.1), (106.5, -6.3))
    drawn = hazard_row(hazard(districts=(), polygons=(far, near)), BBOX, TEXT, words)
    assert drawn is not None
    assert drawn["polygons"] == [near]


def test_a_drill_is_said_and_never_severe() -> None:
    row = hazard_row(hazard(is_drill=True), BBOX, TEXT, words)
    assert row is not None
    assert row["line"].startswith("LATIHAN")
    assert row["is_severe"] is False


def test_the_legend_ties_out_with_the_totals() -> None:
    counts = {"new": 9, "forwarded": 7, "working": 14, "done": 25, "declined": 3, "duplicate": 4, "invalid": 2, "reopened": 3}
    totals = Totals(
        since=NOW, at=NOW, reports_epoch="e", reports_seq=1, received=sum(counts.values()), without_position=2, outside=1, **counts
    )
    legend = legend_of(totals, 4, 24, words)
    assert legend is not None
    assert sum(legend[key] for key in ("new", "forwarded", "working", "done", "declined", "pinless")) == totals.received
    assert legend["reopened"] == 3
    assert legend["notes"] == ["2 tanpa lokasi", "1 di luar kota"]
    assert legend_of(None, 4, 24, words) is None
