"""When a wall is there: every slot has painted its data and the map's page has drawn reports. Pure; clocks are handed in."""

from collections.abc import Iterable, Mapping
from typing import Any

from feeds.messages.freshness import Freshness
from feeds.messages.header import Topic
from feeds.messages.system import SlotState

REPORT_STATES = ("new", "forwarded", "working", "done", "declined")


def reports_drawn(page: Mapping[str, Any]) -> dict[str, int]:
    """Reports drawn by state, those inside clusters included, of what the map's page says of itself."""
    drawn = page.get("drawn", {})
    return {state: int(drawn.get(state, 0)) for state in REPORT_STATES}


class FirstPicture:
    """Told what arrives and what the page draws; says which slots are still empty. Times are unix seconds."""

    def __init__(self, *, has_page: bool) -> None:
        self.has_page = has_page
        self._arrived_at: dict[str, float] = {}
        self._is_drawn = not has_page

    def on_arrived(self, topic: str, at: float) -> None:
        """The topic's first values have been handed to the panels."""
        self._arrived_at.setdefault(topic, at)

    def on_page(self, page: Mapping[str, Any]) -> None:
        """What the page says it has drawn, asked after a paint."""
        self._is_drawn = self._is_drawn or sum(reports_drawn(page).values()) > 0

    @property
    def is_page_drawn(self) -> bool:
        return self._is_drawn

    def empty(self, slots: Iterable[tuple[SlotState, tuple[Topic[Any], ...]]]) -> list[str]:
        """The panels that have not painted data yet, with the reason."""
        reasons = ((slot.panel, self._lacks(slot, topics)) for slot, topics in slots)
        page = [] if self._is_drawn else ["page: no report drawn"]
        return [f"{panel}: {reason}" for panel, reason in reasons if reason is not None] + page

    def _lacks(self, slot: SlotState, topics: tuple[Topic[Any], ...]) -> str | None:
        if slot.painted_at is None:
            return "not painted"
        if not topics:
            return None
        if slot.state.split(" ")[0] != Freshness.LIVE.value:
            return slot.state
        if slot.seq <= 0:
            return "no data"
        first = self._arrived_at.get(topics[0].name)
        return "not painted since its data came" if first is None or slot.painted_at.timestamp() < first else None
