"""When the start of a wall is over: an empty wall, however well painted, is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controlroom.measure.first_picture import FirstPicture
from feeds.messages.header import Topic
from feeds.messages.report import TOTALS
from feeds.messages.system import SlotState

AT = datetime(2026, 2, 21, 8, tzinfo=UTC)
CAME_AT = AT.timestamp() - 0.05
DRAWN = {"drawn": {"new": 2, "cameras": 4}}


def slot(**changed: Any) -> SlotState:
    facts = {
        "slot": 1, "panel": "totals", "screen": "a", "geometry": (0, 0, 9, 9), "state": "live simulated", "seq": 3, "age_s": 1.0, "painted_at": AT
    }  # fmt: skip
    return SlotState(**(facts | changed))


def filled_wall(page: dict[str, Any] | None) -> FirstPicture:
    first = FirstPicture(has_page=page is not None)
    first.on_arrived(TOTALS.name, CAME_AT)
    first.on_arrived(TOTALS.name, CAME_AT + 60)
    if page is not None:
        first.on_page(page)
    return first


def empty(first: FirstPicture, state: SlotState, topics: tuple[Topic[Any], ...] = (TOTALS,)) -> list[str]:
    return first.empty([(state, topics)])


def test_a_wall_that_has_painted_its_data_is_there() -> None:
    assert empty(filled_wall(DRAWN), slot()) == []
    assert empty(filled_wall(None), slot()) == []


@pytest.mark.parametrize(
    "sabotage",
    [
        {"painted_at": None},
        {"state": "waiting simulated"},
        {"state": "offline"},
        {"seq": 0},
        {"painted_at": AT - timedelta(seconds=1)},
    ],
    ids=["not painted", "waits for data", "offline", "no message", "painted before its data came"],
)
def test_an_empty_slot_is_seen(sabotage: dict[str, Any]) -> None:
    assert empty(filled_wall(DRAWN), slot(**sabotage))


def test_a_slot_whose_data_never_came_is_empty_though_it_has_painted() -> None:
    first = FirstPicture(has_page=False)
    assert empty(first, slot()) == ["totals: not painted since its data came"]


@pytest.mark.parametrize("page", [{}, {"drawn": {}}, {"drawn": {"new": 0, "cameras": 4}}], ids=["silent", "nothing", "cameras alone"])
def test_a_page_without_reports_is_empty(page: dict[str, Any]) -> None:
    assert empty(filled_wall(page), slot()) == ["page: no report drawn"]


def test_a_page_that_was_never_asked_is_empty() -> None:
    assert empty(FirstPicture(has_page=True), slot(), ()) == ["page: no report drawn"]


def test_a_panel_without_topics_only_has_to_paint() -> None:
    assert empty(filled_wall(None), slot(state="waiting", seq=0), ()) == []
    assert empty(filled_wall(None), slot(painted_at=None), ())
