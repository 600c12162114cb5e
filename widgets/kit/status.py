"""How fresh a panel's values and the bus are, as something to be drawn. Knows no Qt: the mirror tells the same to its pages."""

import msgspec

from feeds.messages.freshness import Freshness


class FrameStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the frame must look: freshness and age of the panel's first topic (or of equals among them), the simulated mark, an error.

    ``fresh_of``: (topics that are LIVE, topics that have a source), given when some are not: the chip counts them. ``source``: the title
    of the one that is late or worse where several feed the first topic.
    """

    freshness: Freshness = Freshness.WAITING
    age_s: float | None = None
    fresh_of: tuple[int, int] | None = None
    is_simulated: bool = False
    source: str | None = None
    error: str | None = None
    remedy: str | None = None


class BusStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The bus as the wall sees it. ``canary_age_s``: since the newest canary came; ``delay_s``: how long that one took from
    source to screen. ``faults``: unexpected errors of the wall that are not ten minutes old; ``rejected`` and ``simulated``: messages
    that were refused, or dropped because they were simulated on a live wall, since that began, until ten minutes after the last.
    """

    freshness: Freshness = Freshness.WAITING
    heartbeat_age_s: float | None = None
    canary_age_s: float | None = None
    delay_s: float | None = None
    skew_s: float | None = None
    faults: int = 0
    rejected: int = 0
    simulated: int = 0
    reason: str | None = None
