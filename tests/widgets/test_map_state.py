"""What the map page is told: rows, batches, snapshots, and the legend from the totals alone."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controlroom.theme import load_theme
from feeds.messages.camera import Camera, StreamKind
from feeds.messages.field import Officer
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.messages.header import Position
from feeds.messages.report import Incident, Totals
from tests.conftest import ROOT
from widgets.kit.map_state import SILENT_S, UNKNOWN_S, MapState, camera_row, hazard_row, incident_row, legend_of, officer_row
from widgets.kit.marks import RETURN_ARROW, severity_colour
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
        "expires_at": NOW + timedelta(hours=2),
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
    state.set("selected", ["r1"])
    after = json.loads(state.change())
    assert after["from"] == snapshot["to"]
    assert after["selected"] == ["r1"]


def officer(**changed: Any) -> Officer:
    fields: dict[str, Any] = {"number": "1", "agency": "dlh", "is_on_task": True, "seen_at": NOW, "position": Position(106.6, -6.2)}
    return Officer(**(fields | changed))


def camera(**changed: Any) -> Camera:
    fields: dict[str, Any] = {"id": "c", "name": "n", "owner": "o", "kind": StreamKind.MJPEG, "url": "http://127.0.0.1/"}
    fields["position"] = Position(106.6, -6.2)
    return Camera(**(fields | changed))


def test_only_officers_on_a_task_with_a_position_are_shown() -> None:
    assert officer_row(officer(), NOW, is_old=False) is not None
    assert officer_row(officer(is_on_task=False), NOW, is_old=False) is None
    assert officer_row(officer(position=None), NOW, is_old=False) is None


@pytest.mark.parametrize(
    ("silence_s", "is_old", "is_stale"),
    [(SILENT_S, False, False), (SILENT_S + 1, False, True), (UNKNOWN_S, False, True), (UNKNOWN_S + 1, False, None), (0, True, True)],
)
def test_a_silent_phone_fades_and_then_nobody_knows_where_its_officer_is(silence_s: int, is_old: bool, is_stale: bool | None) -> None:
    row = officer_row(officer(seen_at=NOW - timedelta(seconds=silence_s)), NOW, is_old=is_old)
    assert (row["is_stale"] if row is not None else None) is is_stale


def test_private_cameras_and_those_without_a_place_are_not_on_the_map() -> None:
    assert camera_row(camera(), is_old=False) is not None
    assert camera_row(camera(is_private=True), is_old=False) is None
    assert camera_row(camera(position=None), is_old=False) is None


@pytest.mark.parametrize(
    ("is_up", "is_old", "is_stale"), [(True, False, False), (None, False, False), (False, False, True), (True, True, True)]
)
def test_a_camera_that_gave_no_picture_is_dashed(is_up: bool | None, is_old: bool, is_stale: bool) -> None:
    row = camera_row(camera(is_up=is_up), is_old=is_old)
    assert row is not None
    assert row["is_stale"] is is_stale


def test_a_warning_names_its_source_and_only_those_of_the_city_are_drawn() -> None:
    row = hazard_row(hazard(), BBOX, TEXT, words, NOW)
    assert row is not None
    assert row["line"] == "BMKG · sampai 16.32"
    far = ((100.0, 1.0), (101.0, 1.0), (101.0, 2.0), (100.0, 1.0))
    assert hazard_row(hazard(districts=(), polygons=(far,)), BBOX, TEXT, words, NOW) is None
    near = ((106.5, -6.3), (106.7, -6.3), (106.7, -6.1), (106.5, -6.3))
    drawn = hazard_row(hazard(districts=(), polygons=(far, near)), BBOX, TEXT, words, NOW)
    assert drawn is not None
    assert drawn["polygons"] == [near]


def test_a_warning_that_is_over_has_no_place_and_one_until_tomorrow_says_so() -> None:
    assert hazard_row(hazard(expires_at=NOW), BBOX, TEXT, words, NOW) is None
    row = hazard_row(hazard(expires_at=NOW + timedelta(hours=12)), BBOX, TEXT, words, NOW)
    assert row is not None
    assert row["line"] == "BMKG · sampai 24 Nov 02.32"
    assert hazard_row(hazard(expires_at=None), BBOX, TEXT, words, NOW) is not None


def test_an_incident_that_began_yesterday_says_so() -> None:
    def line(since: datetime) -> str:
        incident = Incident(
            id="i",
            title="t",
            category="c",
            since=since,
            position=Position(106.6, -6.2),
            districts=(),
            new=1,
            forwarded=0,
            working=2,
            done=0,
        )
        return incident_row(incident, TEXT, words, NOW)["line"]

    assert line(NOW - timedelta(hours=1)) == "3 laporan · sejak 13.32"
    assert line(NOW - timedelta(hours=24)) == "3 laporan · sejak 22 Nov 14.32"


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("is_drill", [False, True])
@pytest.mark.usefixtures("qapp")
def test_a_warning_has_one_colour_in_its_panel_and_on_the_map(severity: Severity, is_drill: bool) -> None:
    row = hazard_row(hazard(severity=severity, is_drill=is_drill), BBOX, TEXT, words, NOW)
    assert row is not None
    palette = load_theme(ROOT / "assets" / "theme.toml", "day").palette
    assert getattr(palette, row["colour"]) == severity_colour(severity, palette, is_drill=is_drill)
    assert (row["colour"] == "red") == (severity in (Severity.SEVERE, Severity.EXTREME) and not is_drill)
    assert row["line"].startswith("LATIHAN") == is_drill


def test_a_reopened_report_has_one_sign_in_lists_and_on_the_map() -> None:
    shapes = (ROOT / "assets" / "web" / "src" / "map" / "shapes.ts").read_text(encoding="utf-8")
    drawn = re.search(r'RETURN_ARROW = "([^"]+)"', shapes)
    assert drawn is not None
    assert drawn.group(1) == RETURN_ARROW


def test_the_legend_ties_out_with_the_totals() -> None:
    counts = {"new": 9, "forwarded": 7, "working": 14, "done": 25, "declined": 3, "duplicate": 4, "invalid": 2, "reopened": 3}
    totals = Totals(
        since=NOW, at=NOW, reports_epoch="e", reports_seq=1, received=sum(counts.values()), without_position=2, outside=1, **counts
    )
    legend = legend_of(totals, 4, 24, TEXT, words)
    assert legend is not None
    assert sum(legend[key] for key in ("new", "forwarded", "working", "done", "declined", "pinless")) == totals.received
    assert legend["reopened"] == 3
    assert legend["notes"] == ["2 tanpa lokasi", "1 di luar kota"]
    assert legend_of(None, 4, 24, TEXT, words) is None
