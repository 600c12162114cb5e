"""What of the bus a mirror may relay, to whom, and less what. Pure. What is not named here stays in the room."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from feeds.messages.application import APPLICATION, Application
from feeds.messages.camera import CAMERA, Camera
from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, EVALUATION, Deadline
from feeds.messages.environment import AIR, FORECAST, RIVER
from feeds.messages.field import OFFICER, PRESENCE, Officer, Presence
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Topic
from feeds.messages.indicator import FINANCE, PROCUREMENT, PROGRESS, Curve, Finance, Light, Progress, Ratio
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS, Incident, Report
from feeds.messages.system import SOURCE, Source

PARTS: tuple[tuple[Topic[Any], ...], ...] = (
    (TOTALS, INCIDENT, HAZARD, DEADLINE, DEADLINE_TOTALS, FINANCE, PROGRESS, PROCUREMENT, PRESENCE),
    (REPORT, OFFICER, CAMERA, TICKER),
    (EVALUATION, NOTICE, RIVER, AIR, FORECAST, APPLICATION, SOURCE),
)
"""What is relayed, in the order a snapshot tells it: what a phone shows first comes first."""

RELAYED: Mapping[str, Topic[Any]] = MappingProxyType({topic.name: topic for part in PARTS for topic in part})

CITY = "city"
CURTAIN = "curtain"
AGENCY = "agency:"

_CITYWIDE = frozenset(topic.name for topic in (TOTALS, TICKER, DEADLINE_TOTALS, EVALUATION, PROCUREMENT, APPLICATION, SOURCE))
"""Of the city as a whole: a part of these would be another number under the same name."""

_UNKNOWN = Ratio(value=None, numerator=None, denominator=None)


class Belonging(Protocol):
    """What belongs to whom, as the newest messages say."""

    def agency_of(self, report: str) -> str | None:
        """``None`` also for a report that is not known."""
        ...

    def is_concerned(self, agency: str, incident: str) -> bool:
        """Whether a report of the agency is part of the incident."""
        ...


def topics_of(scope: str) -> tuple[Topic[Any], ...]:
    """What may be told in a scope; nothing to one that is none."""
    if scope == CITY:
        return tuple(RELAYED.values())
    if scope.startswith(AGENCY):
        return tuple(topic for name, topic in RELAYED.items() if name not in _CITYWIDE)
    return ()


def told(scope: str, topic: Topic[Any], body: Any, belonging: Belonging) -> Any | None:
    """What a viewer of this scope gets of a message's body; ``None``: nothing, he is not to know of it."""
    clean = _CLEANERS.get(topic.name)
    if topic.name not in RELAYED or body is None:
        return None
    if scope == CITY:
        return clean(body) if clean is not None else body
    if not scope.startswith(AGENCY) or topic.name in _CITYWIDE:
        return None
    narrow = _NARROWERS.get(topic.name)
    own = narrow(body, scope.removeprefix(AGENCY), belonging) if narrow is not None else body
    return own if own is None or clean is None else clean(own)


def _officer(body: Officer) -> Officer | None:
    return body if body.is_on_task and body.position is not None else None


def _camera(body: Camera) -> dict[str, Any] | None:
    return None if body.is_private else _without(body, "url", "credential", "reason")


def _application(body: Application) -> dict[str, Any]:
    """Its ``reason`` is for logs: it may name a host of the city's own network."""
    return _without(body, "reason")


def _source(body: Source) -> dict[str, Any]:
    shown = _without(body, "collector", "reasons", "reason", "terms")
    return shown | {"topics": [name for name in body.topics if name in RELAYED]}


def _without(body: msgspec.Struct, *names: str) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__ if name not in names}


_CLEANERS: Mapping[str, Callable[[Any], Any | None]] = MappingProxyType(
    {OFFICER.name: _officer, CAMERA.name: _camera, APPLICATION.name: _application, SOURCE.name: _source}
)


def _own_report(body: Report, agency: str, _: Belonging) -> Report | None:
    return body if body.agency == agency else None


def _own_incident(body: Incident, agency: str, belonging: Belonging) -> Incident | None:
    return body if belonging.is_concerned(agency, body.id) else None


def _own_deadline(body: Deadline, agency: str, belonging: Belonging) -> Deadline | None:
    """The report itself decides, too: it may have gone on to another agency a moment before its deadline says so."""
    return body if body.agency == agency == belonging.agency_of(body.report) else None


def _own_officer(body: Officer, agency: str, belonging: Belonging) -> Officer | None:
    if body.agency != agency:
        return None
    is_own = body.report is not None and belonging.agency_of(body.report) == agency
    return body if is_own or body.report is None else msgspec.structs.replace(body, report=None)


def _own_presence(body: Presence, agency: str, _: Belonging) -> Presence | None:
    return body if body.agency == agency else None


def _own_finance(body: Finance, agency: str, _: Belonging) -> dict[str, Any] | None:
    rows = tuple(row for row in body.agencies if row.agency == agency)
    return _of_the_city_unknown(body, "target") | {"agencies": rows, "absorption": _UNKNOWN} if rows else None


def _own_progress(body: Progress, agency: str, _: Belonging) -> dict[str, Any]:
    """Without a critical contract, too: that there is none is worth knowing."""
    rows = tuple(row for row in body.critical if row.agency == agency)
    return _of_the_city_unknown(body, "planned_value", "contracts") | {"critical": rows, "progress": _UNKNOWN}


def _of_the_city_unknown(body: Finance | Progress, *names: str) -> dict[str, Any]:
    """Every figure of the city is left empty, never 0: that would be a figure, too."""
    curves = {"planned": Curve(step=body.planned.step, values=()), "actual": Curve(step=body.actual.step, values=())}
    return _without(body) | dict.fromkeys((*names, "deviation", "excluded_rows")) | curves | {"light": Light.GREY}


_NARROWERS: Mapping[str, Callable[[Any, str, Belonging], Any | None]] = MappingProxyType({
    REPORT.name: _own_report,
    INCIDENT.name: _own_incident,
    DEADLINE.name: _own_deadline,
    OFFICER.name: _own_officer,
    PRESENCE.name: _own_presence,
    FINANCE.name: _own_finance,
    PROGRESS.name: _own_progress,
})  # fmt: skip
