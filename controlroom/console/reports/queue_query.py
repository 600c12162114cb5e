"""What the queue is asked for: its filters and order, as the doors take them and as the desk remembers them. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from feeds.messages.queue import Sort, Standing
from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState

OPEN, ALL = "open", "all"
"""What may stand for a state beside each of them."""
CLAIMED = ("me", "any", "nobody")

Parameters = dict[str, str | int | Sequence[str] | None]


class QueueQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is empty filters nothing. ``state``: a ``ReportState``, ``OPEN`` or ``ALL``. ``claimed``: of ``CLAIMED``. ``q``: words."""

    state: str = OPEN
    channels: tuple[Channel, ...] = ()
    districts: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    claimed: str | None = None
    due: Standing | None = None
    q: str = ""
    sort: Sort = Sort.DUE

    @property
    def order(self) -> Sort:
        """Only open reports have a clock that runs: where closed ones are among them they stand by their last change."""
        is_open = self.state == OPEN or self.state in OPEN_STATES
        return self.sort if is_open or self.sort is not Sort.DUE else Sort.CHANGED

    @property
    def ages_by_itself(self) -> bool:
        """Whether reports come and go in it by time alone, or by what no message tells."""
        return self.due is not None or self.claimed is not None

    @property
    def is_plain(self) -> bool:
        """Nothing is filtered beyond what a desk begins with."""
        return self == QueueQuery(sort=self.sort)

    def parameters(self) -> Parameters:
        """As ``GET /desk/reports`` takes them."""
        states = sorted(OPEN_STATES) if self.state == OPEN else [] if self.state == ALL else [self.state]
        return {
            "state": states, "channel": self.channels, "district": self.districts, "category": self.categories, "agency": self.agencies,
            "priority": self.priorities, "claimed": self.claimed, "due": self.due, "q": self.q or None, "sort": self.order,
        }  # fmt: skip

    def kept(self) -> dict[str, Any]:
        """What may be remembered: never the words searched for, they may hold a name."""
        return {name: value for name, value in msgspec.to_builtins(self).items() if name != "q"}


def recalled(kept: Any) -> QueueQuery:
    """From what was remembered; what cannot be read is as if nothing was."""
    try:
        query = msgspec.convert(kept, QueueQuery, strict=False)
    except msgspec.ValidationError:
        return QueueQuery()
    is_known = query.state in (OPEN, ALL, *ReportState) and (query.claimed is None or query.claimed in CLAIMED)
    return msgspec.structs.replace(query, q="") if is_known else QueueQuery()
