"""What the map page shows, as rows ready for JSON: whole for a snapshot, only what differs for a batch. Pure; knows no page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from feeds.messages.camera import Camera
from feeds.messages.field import Officer
from feeds.messages.hazard import Hazard
from feeds.messages.report import Incident, Report, Totals
from widgets.kit.marks import severity_role
from widgets.kit.numerals import Numerals

Translate = Callable[[str], str]
Bbox = tuple[float, float, float, float]

KINDS = ("report", "incident", "officer", "camera", "hazard")
SILENT_S, UNKNOWN_S = 120, 600
"""A phone silent for so long: its officer is drawn faintly, then no longer: nobody knows where he is (domain.md, field phones)."""
_FIELDS = ("legend", "frame", "selected", "seams", "options")


class MapState:
    """Rows by kind and key, and which of them the page has not heard of since ``change`` was last called."""

    def __init__(self) -> None:
        self._revision = 0
        self._rows: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._dirty: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self._fields: dict[str, Any] = dict.fromkeys(_FIELDS)
        self._dirty_fields: set[str] = set()

    @property
    def is_changed(self) -> bool:
        return bool(self._dirty_fields) or any(self._dirty.values())

    @property
    def revision(self) -> int:
        """That of the batch last made."""
        return self._revision

    def count(self, kind: str) -> int:
        return len(self._rows[kind])

    def put(self, kind: str, key: str, row: Any) -> None:
        """A new row for ``key``; ``None``: it has no place on the map (any more)."""
        rows = self._rows[kind]
        if rows.get(key) == row:
            return
        if row is None:
            del rows[key]
        else:
            rows[key] = row
        self._dirty[kind].add(key)

    def set(self, field: str, value: Any) -> None:
        if self._fields[field] != value:
            self._fields[field] = value
            self._dirty_fields.add(field)

    def change(self) -> str:
        """One JSON text of everything that differs since the last call, as revision ``from`` .. ``to``."""
        put: dict[str, list[Any]] = {}
        gone: dict[str, list[str]] = {}
        for kind, keys in self._dirty.items():
            rows = self._rows[kind]
            if here := [rows[key] for key in keys if key in rows]:
                put[kind] = here
            if away := [key for key in keys if key not in rows]:
                gone[kind] = away
        batch: dict[str, Any] = {"from": self._revision, "to": self._revision + 1, "put": put, "gone": gone}
        batch |= {field: self._fields[field] for field in self._dirty_fields}
        self._revision += 1
        self._clear()
        return msgspec.json.encode(batch).decode()

    def snapshot(self) -> bytes:
        """Everything as JSON. Batches made from now on follow it."""
        self._clear()
        rows = {kind: list(held.values()) for kind, held in self._rows.items()}
        return msgspec.json.encode({"to": self._revision, "put": rows, **self._fields})

    def _clear(self) -> None:
        for keys in self._dirty.values():
            keys.clear()
        self._dirty_fields.clear()


def report_row(report: Report) -> list[Any]:
    """id, state, lon, lat, district, incident, outside: the order of ``ReportRow`` in contract.ts."""
    at = report.position
    lon, lat = (at.lon, at.lat) if at is not None else (None, None)
    return [report.id, report.state.value, lon, lat, report.district, report.incident, int(report.is_outside)]


def incident_row(incident: Incident, text: Numerals, tr: Translate, now: datetime) -> dict[str, Any]:
    return {
        "id": incident.id,
        "title": incident.title,
        "line": tr("{count} laporan · sejak {when}").format(count=text.number(incident.count), when=text.when(incident.since, now)),
        "lon": incident.position.lon,
        "lat": incident.position.lat,
        "districts": incident.districts,
        "new": incident.new,
        "forwarded": incident.forwarded,
        "working": incident.working,
        "done": incident.done,
    }


def officer_row(officer: Officer, now: datetime, *, is_old: bool) -> dict[str, Any] | None:
    """Only those on a task, where they were last seen. ``is_old``: nobody tells any more where officers are."""
    silence_s = (now - officer.seen_at).total_seconds()
    if not officer.is_on_task or officer.position is None or silence_s > UNKNOWN_S:
        return None
    at = officer.position
    return {"id": officer.number, "lon": at.lon, "lat": at.lat, "is_stale": is_old or silence_s > SILENT_S}


def camera_row(camera: Camera, *, is_old: bool) -> dict[str, Any] | None:
    """``is_old``: nobody tells any more which cameras there are."""
    if camera.position is None or camera.is_private:
        return None
    at = camera.position
    return {"id": camera.id, "lon": at.lon, "lat": at.lat, "is_stale": is_old or camera.is_up is False}


def hazard_row(hazard: Hazard, bbox: Bbox, text: Numerals, tr: Translate, now: datetime) -> dict[str, Any] | None:
    """A warning that holds and touches the city, with its source; others are for the hazards panel alone."""
    rings = [ring for ring in hazard.polygons if len(ring) > 2 and _meets(ring, bbox)]
    is_over = hazard.expires_at is not None and hazard.expires_at <= now
    if is_over or (not rings and not hazard.districts):
        return None
    until = tr("sampai {when}").format(when=text.when(hazard.expires_at, now)) if hazard.expires_at is not None else ""
    drill = tr("LATIHAN") if hazard.is_drill else ""
    return {
        "id": hazard.id,
        "headline": hazard.headline,
        "line": " · ".join(part for part in (drill, hazard.attribution, until) if part),
        "colour": severity_role(hazard.severity, is_drill=hazard.is_drill),
        "polygons": rings,
        "districts": hazard.districts,
    }


def _meets(ring: tuple[tuple[float, float], ...], bbox: Bbox) -> bool:
    west, south, east, north = bbox
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    return min(lons) <= east and max(lons) >= west and min(lats) <= north and max(lats) >= south


def legend_of(totals: Totals | None, cameras: int, officers: int, text: Numerals, tr: Translate) -> dict[str, Any] | None:
    """The legend's counts: reports' from the totals message alone; ``None`` before it has come."""
    if totals is None:
        return None
    notes: list[str] = []
    if totals.without_position:
        notes.append(tr("{count} tanpa lokasi").format(count=text.number(totals.without_position)))
    if totals.outside:
        notes.append(tr("{count} di luar kota").format(count=text.number(totals.outside)))
    return {
        "new": totals.new + totals.reopened,
        "forwarded": totals.forwarded,
        "working": totals.working,
        "done": totals.done,
        "declined": totals.declined,
        "pinless": totals.duplicate + totals.invalid,
        "reopened": totals.reopened,
        "cameras": cameras,
        "officers": officers,
        "notes": notes,
    }
