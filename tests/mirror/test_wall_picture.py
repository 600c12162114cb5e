"""Which wall is followed, and whose curtain counts: one that is no more rules nothing."""

from datetime import timedelta
from typing import Any

from controlroom.mirror.wall_picture import BELIEVED_S, CURTAIN_BELIEVED_S, Walls
from feeds.messages.header import Message, Quality
from feeds.messages.system import Shown, WallState
from feeds.messages.walls import WallOrder
from tests.mirror.room_messages import AT, order

NOW_S = 1e6


def said(key: str, body: Any, age_s: float = 0.0) -> Message[Any]:
    at = AT - timedelta(seconds=age_s)
    return Message(seq=1, epoch="b", key=key, source="uji", observed_at=at, published_at=at, quality=Quality.MEASURED, body=body)


def state(layout: str, *, is_curtained: bool = False) -> WallState:
    return WallState(wall=layout, layout=layout, revision=1, at=AT, slots=(), shown=Shown.TAKEN, is_curtained=is_curtained)


def walls(*states: Message[WallState], orders: tuple[Message[WallOrder], ...] = (), name: str | None = None) -> Walls:
    made = Walls(name, {})
    made.take_orders(list(orders))
    made.take_states(list(states), AT, NOW_S)
    return made


def followed(made: Walls, now_s: float = NOW_S) -> str | None:
    picture = made.picture(now_s)
    return None if picture is None else picture.name


def test_a_wall_that_died_long_ago_is_not_followed_and_its_curtain_covers_nobody() -> None:
    made = walls(said("aula-lama", state("lama", is_curtained=True), 40 * 86_400), said("utama", state("harian")))
    picture = made.picture(NOW_S)
    assert picture is not None and (picture.name, picture.layout) == ("utama", "harian")
    assert not made.is_curtained(NOW_S)


def test_of_walls_that_speak_the_first_by_name_is_followed_whoever_spoke_last() -> None:
    made = walls(said("aula", state("a"), 4), said("utama", state("b")))
    assert followed(made) == "aula"
    assert followed(made, NOW_S + BELIEVED_S - 2) == "utama", "the other is silent for too long"
    assert followed(made, NOW_S + 2 * BELIEVED_S) == "utama", "all are silent: the one heard last"
    assert followed(walls(orders=(said("b", order(is_curtained=False)), said("a", order(is_curtained=False))))) == "a"
    assert followed(walls(said("aula", state("a")), name="utama")) is None


def test_a_wall_that_is_cut_off_with_its_curtain_drawn_is_believed_for_an_hour_and_an_order_for_ever() -> None:
    drawn = walls(said("utama", state("a", is_curtained=True)))
    assert drawn.is_curtained(NOW_S + CURTAIN_BELIEVED_S - 1)
    assert not drawn.is_curtained(NOW_S + CURTAIN_BELIEVED_S)
    ordered = walls(said("utama", state("a", is_curtained=True)), orders=(said("utama", order(is_curtained=False)),))
    assert ordered.is_curtained(NOW_S + BELIEVED_S - 1)
    assert not ordered.is_curtained(NOW_S + BELIEVED_S), "what it was told last"
    assert walls(orders=(said("utama", order(is_curtained=True)),)).is_curtained(NOW_S + 40 * 86_400)
