"""What the map's stages show: sizes, states of a frame, reports strewn over the city."""

from typing import Any

from feeds.messages.freshness import Freshness
from feeds.messages.header import Position
from feeds.messages.report import Channel, Priority, Report, ReportState
from tests.widgets.staging import NOW
from widgets.panel import FrameStatus

STATUSES = {
    "live": FrameStatus(freshness=Freshness.LIVE),
    "late": FrameStatus(freshness=Freshness.LATE, age_s=75.0),
    "stale": FrameStatus(freshness=Freshness.STALE, age_s=260.0),
    "offline": FrameStatus(freshness=Freshness.OFFLINE, age_s=20.0),
    "error": FrameStatus(freshness=Freshness.ERROR, error="log laporan mati", remedy="Lihat <b>doctor</b>"),
    "simulated": FrameStatus(freshness=Freshness.LIVE, is_simulated=True),
}
WIDTH, HEIGHT = 928, 646


def report(number: int, state: ReportState, **changed: Any) -> Report:
    fields: dict[str, Any] = {
        "id": f"R{number}",
        "state": state,
        "category": "genangan",
        "channel": Channel.LAKSA,
        "priority": Priority.NORMAL,
        "received_at": NOW,
        "changed_at": NOW,
        "position": Position(106.58 + (number * 7 % 20) * 0.006, -6.22 + (number * 3 % 17) * 0.005),
        "district": "36.71.01",
    }
    return Report(**(fields | changed))
