"""Incidents as the sum of their reports. Pure; which report belongs to which incident was decided before."""

from collections import Counter
from collections.abc import Callable, Iterable

from feeds.messages.header import Position
from feeds.messages.report import Incident, Report, ReportState

_COUNTED = frozenset({ReportState.NEW, ReportState.REOPENED, ReportState.FORWARDED, ReportState.WORKING, ReportState.DONE})


def plain_title(report: Report) -> str:
    """What and where, from the report alone."""
    return " ".join(part for part in (report.category_name or report.category, report.place or report.district) if part)


def summarise(incident: str, reports: Iterable[Report], title: Callable[[Report], str] = plain_title) -> Incident | None:
    """The incident its ``reports`` make, placed at their mean; ``None`` when none of them counts or none says where.

    A reopened report counts as new, as on the map; declined, duplicate and invalid ones do not count.
    """
    counted = [report for report in reports if report.state in _COUNTED]
    points = [report.position for report in counted if report.position is not None]
    if not points:
        return None
    first = min(counted, key=lambda report: (report.received_at, report.id))
    states = Counter(report.state for report in counted)
    districts = Counter(report.district for report in counted if report.district is not None)
    return Incident(
        id=incident,
        title=title(first),
        category=first.category,
        since=first.received_at,
        position=Position(
            lon=round(sum(point.lon for point in points) / len(points), 5),
            lat=round(sum(point.lat for point in points) / len(points), 5),
        ),
        districts=tuple(code for code, _ in districts.most_common()),
        new=states[ReportState.NEW] + states[ReportState.REOPENED],
        forwarded=states[ReportState.FORWARDED],
        working=states[ReportState.WORKING],
        done=states[ReportState.DONE],
    )
