"""What a page that lives of the bus says while there is nothing to show, or nothing new: waiting, empty, cut off."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from controlroom.console.kit.chips import FreshnessChip
from controlroom.console.kit.empty_state import EmptyState
from controlroom.live.freshness import FreshnessBook
from feeds.messages.freshness import Freshness
from feeds.messages.header import Topic


def show_chip(chip: FreshnessChip, book: FreshnessBook, topics: Sequence[Topic[Any]], now: datetime) -> Freshness:
    """The chip of the first topic, as the frame of a panel would show it."""
    status = book.frame(topics, now)
    chip.show_freshness(status.freshness, status.age_s)
    return status.freshness


def say_nothing(state: EmptyState, freshness: Freshness, empty: str, tr: Callable[[str], str]) -> None:
    """Why there is nothing: ``empty`` when the bus is well and there simply is none."""
    if freshness is Freshness.OFFLINE:
        state.say(tr("Bus terputus"), tr("Belum ada yang sampai ke meja ini. Konsol mencoba terus; halaman ini terisi sendiri."))
    elif freshness is Freshness.WAITING:
        state.say(tr("Memuat"), tr("Menunggu data pertama dari bus."))
    else:
        state.say(empty, "")
