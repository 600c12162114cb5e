"""The contract: every type that travels over the bus or stands in a layout or city folder, one domain a file."""

from typing import Any

from feeds.messages.application import APPLICATION
from feeds.messages.camera import CAMERA
from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, EVALUATION
from feeds.messages.environment import AIR, FORECAST, RIVER
from feeds.messages.field import OFFICER, PRESENCE
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Topic
from feeds.messages.indicator import FINANCE, PROCUREMENT, PROGRESS
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS
from feeds.messages.system import CANARY, HEARTBEAT, QUARANTINE, SOURCE, WALL_STATE
from feeds.messages.walls import WALL_ORDER

TOPICS: dict[str, Topic[Any]] = {
    topic.name: topic
    for topic in (
        REPORT, TOTALS, INCIDENT, TICKER, DEADLINE, DEADLINE_TOTALS, EVALUATION, OFFICER, PRESENCE, CAMERA, HAZARD, NOTICE,
        RIVER, AIR, FORECAST, APPLICATION, FINANCE, PROGRESS, PROCUREMENT, HEARTBEAT, SOURCE, QUARANTINE, CANARY, WALL_STATE, WALL_ORDER,
    )
}  # fmt: skip
"""Every topic by name."""
