"""Reports of one disaster by several citizens near each other become one point of the map. Pure; knows no source and no person."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.messages.hazard import HazardKind, Severity

METRES_PER_DEGREE = 111_195.0

KINDS = {
    "flood": (HazardKind.FLOOD, "banjir"),
    "earthquake": (HazardKind.EARTHQUAKE, "gempa"),
    "haze": (HazardKind.OTHER, "kabut asap"),
    "wind": (HazardKind.WEATHER, "angin kencang"),
    "volcano": (HazardKind.OTHER, "gunung api"),
    "fire": (HazardKind.OTHER, "kebakaran hutan atau lahan"),
}
"""PetaBencana's kinds of disaster: ours, and the Indonesian words."""


@dataclass(frozen=True)
class CitizenReport:
    """What one citizen saw and where, without who and without the words. ``depth_cm``: of a flood, where it was said."""

    id: str
    kind: str
    at: datetime
    lon: float
    lat: float
    depth_cm: float | None = None
    is_drill: bool = False


def flood_severity(depth_cm: float | None) -> Severity:
    """Ours, along PetaBencana's states of areas: up to 70 cm of water is minor, up to 150 cm moderate, more severe."""
    if depth_cm is None or not 0 <= depth_cm <= 1_000:
        return Severity.UNKNOWN
    return Severity.MINOR if depth_cm <= 70 else Severity.MODERATE if depth_cm <= 150 else Severity.SEVERE


def clusters(reports: Iterable[CitizenReport], radius_m: float, within: timedelta) -> list[list[CitizenReport]]:
    """Reports of one kind within ``radius_m`` of a first one and ``within`` of the newest there; each report is in one cluster.

    The oldest that still counts leads, so a cluster keeps its place and id while reports are added to it.
    """
    led: list[list[CitizenReport]] = []
    cells: dict[tuple[str, bool, int, int], list[list[CitizenReport]]] = {}
    ordered = sorted(reports, key=lambda report: (report.at, report.id))
    newest: dict[tuple[str, bool], datetime] = {(report.kind, report.is_drill): report.at for report in ordered}
    for report in ordered:
        if report.at < newest[report.kind, report.is_drill] - within:
            continue
        column, row = _cell(report, radius_m)
        near = (
            found
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for found in cells.get((report.kind, report.is_drill, x, y), ())
            if distance_m(found[0], report) <= radius_m
        )
        joined = next(near, None)
        if joined is not None:
            joined.append(report)
        else:
            led.append([report])
            cells.setdefault((report.kind, report.is_drill, column, row), []).append(led[-1])
    return led


def distance_m(a: CitizenReport, b: CitizenReport) -> float:
    """Metres between two reports of one town, on a flat map."""
    east = (b.lon - a.lon) * math.cos(math.radians(a.lat))
    return math.hypot(east, b.lat - a.lat) * METRES_PER_DEGREE


def _cell(report: CitizenReport, radius_m: float) -> tuple[int, int]:
    step = radius_m / METRES_PER_DEGREE
    return math.floor(report.lon * math.cos(math.radians(round(report.lat))) / step), math.floor(report.lat / step)


def headline(cluster: Sequence[CitizenReport]) -> str:
    """``3 laporan warga: banjir hingga 70 cm``."""
    depths = [report.depth_cm for report in cluster if report.depth_cm is not None and 0 <= report.depth_cm <= 1_000]
    count = f"{len(cluster)} laporan warga" if len(cluster) > 1 else "Laporan warga"
    return f"{count}: {KINDS[cluster[0].kind][1]}" + (f" hingga {max(depths):.0f} cm" if depths and cluster[0].kind == "flood" else "")
