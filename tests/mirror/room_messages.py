"""Bodies of messages for the tests of the mirror, of Kota Tangerang's codes."""

from datetime import UTC, datetime
from typing import Any

from feeds.messages.camera import Camera, StreamKind
from feeds.messages.field import Officer
from feeds.messages.header import Position
from feeds.messages.report import Channel, Incident, Priority, Report, ReportState, TickerLine, Totals
from feeds.messages.walls import WallOrder

AT = datetime(2026, 11, 26, 3, tzinfo=UTC)
HERE = Position(106.63, -6.17)


def report(name: str, agency: str | None = "dpupr", **change: Any) -> Report:
    given: dict[str, Any] = {
        "id": name, "state": ReportState.FORWARDED, "category": "jalan_berlubang", "channel": Channel.LAKSA, "priority": Priority.NORMAL,
        "received_at": AT, "changed_at": AT, "position": HERE, "agency": agency,
    }  # fmt: skip
    return Report(**given | change)


def totals(received: int) -> Totals:
    return Totals(
        since=AT, at=AT, reports_epoch="e", reports_seq=1, received=received, new=received, forwarded=0, working=0, done=0, declined=0,
        duplicate=0, invalid=0, reopened=0,
    )  # fmt: skip


def incident(name: str) -> Incident:
    return Incident(
        id=name, title="Banjir", category="banjir", since=AT, position=HERE, districts=(), new=1, forwarded=0, working=0, done=0
    )  # fmt: skip


def officer(number: str, agency: str = "dpupr", **change: Any) -> Officer:
    given: dict[str, Any] = {"number": number, "agency": agency, "is_on_task": True, "seen_at": AT, "position": HERE, "position_at": AT}
    return Officer(**given | change)


def camera(name: str, url: str = "http://10.0.0.7/live", **change: Any) -> Camera:
    given: dict[str, Any] = {"id": name, "name": name, "owner": "Dishub", "kind": StreamKind.MJPEG, "url": url, "position": HERE}
    return Camera(**given | change)


def line(name: str) -> TickerLine:
    return TickerLine(
        report=name, state=ReportState.NEW, category="jalan_berlubang", channel=Channel.LAKSA, priority=Priority.NORMAL, at=AT
    )  # fmt: skip


def order(*, is_curtained: bool, revision: int = 1) -> WallOrder:
    return WallOrder(wall="utama", revision=revision, changes=revision, is_curtained=is_curtained)
