"""What a wall shows: the order's layout, the empty hours' or its own, behind the curtain or not; whatever the clock says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlroom.wall.stage import Scene, off_hours_around, set_scene
from feeds.messages.city import OffHours
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.system import Shown
from feeds.messages.walls import WallOrder

WIB = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = OffHours(begins="18:00", ends="08:00", layout="malam")
LAYOUT = Layout(title="Rapat", grid=Grid(columns=4, rows=4), slot=(Slot(panel="header", cell=(0, 0, 1, 1)),))


def at(text: str, zone: ZoneInfo = WIB) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def order(taken_at: datetime | None, *, layout: Layout | None = LAYOUT, is_curtained: bool = False, preset: str = "") -> WallOrder:
    taken = taken_at.astimezone(UTC) if taken_at is not None else None
    return WallOrder(wall="uji", revision=3, changes=3, layout=layout, is_curtained=is_curtained, taken_at=taken, preset=preset)


def shown(one: WallOrder | None, local: datetime, off_hours: OffHours | None = NIGHT) -> str:
    return set_scene(one, off_hours, local, "harian").shown.value


def test_nobody_decided_anything() -> None:
    assert set_scene(None, None, at("2026-11-26 12:00"), "harian") == Scene(Shown.CHOSEN, "harian")
    assert set_scene(None, NIGHT, at("2026-11-26 12:00"), "harian") == Scene(Shown.CHOSEN, "harian")
    assert set_scene(None, NIGHT, at("2026-11-26 19:00"), "harian") == Scene(Shown.OFF_HOURS, "malam")


def test_an_order_stands_by_day_under_its_preset_or_its_title() -> None:
    noon = at("2026-11-26 12:00")
    assert set_scene(order(noon), NIGHT, noon, "harian") == Scene(Shown.TAKEN, "Rapat", LAYOUT)
    assert set_scene(order(noon, preset="rapat"), NIGHT, noon, "harian") == Scene(Shown.TAKEN, "rapat", LAYOUT)
    assert set_scene(order(None, layout=None), NIGHT, noon, "harian") == Scene(Shown.CHOSEN, "harian")


@pytest.mark.parametrize(
    ("taken", "now", "what"),
    [
        ("2026-11-26 17:59:59", "2026-11-26 17:59:59", "taken"),
        ("2026-11-26 17:59:59", "2026-11-26 18:00:00", "off_hours"),
        ("2026-11-26 18:00:00", "2026-11-26 18:00:00", "taken"),
        ("2026-11-26 23:30:00", "2026-11-27 00:00:00", "taken"),
        ("2026-11-26 23:30:00", "2026-11-27 07:59:59", "taken"),
        ("2026-11-26 17:00:00", "2026-11-27 03:00:00", "off_hours"),
        ("2026-11-26 17:00:00", "2026-11-27 08:00:00", "taken"),
        ("2026-11-25 19:00:00", "2026-11-26 19:00:00", "off_hours"),
    ],
)
def test_the_empty_hours_give_way_to_what_was_taken_within_them(taken: str, now: str, what: str) -> None:
    assert shown(order(at(taken)), at(now)) == what


def test_an_order_that_does_not_say_when_it_was_taken_was_not_taken_tonight() -> None:
    assert shown(order(None), at("2026-11-26 19:00")) == "off_hours"


def test_hours_within_one_day() -> None:
    lunch = OffHours(begins="12:00", ends="13:00", layout="siang")
    assert [shown(None, at(f"2026-11-26 {hour}"), lunch) for hour in ("11:59", "12:00", "12:59", "13:00", "00:30")] == [
        "chosen", "off_hours", "off_hours", "chosen", "chosen",
    ]  # fmt: skip


def test_where_clocks_are_put_back_the_night_is_an_hour_longer() -> None:
    span = off_hours_around(NIGHT, at("2026-10-25 07:59", BERLIN))
    assert span is not None
    assert span[1] - span[0] == timedelta(hours=15)


times = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
moments = st.integers(0, 2 * 365 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
zones = st.sampled_from([WIB, BERLIN, ZoneInfo("Asia/Kathmandu")])


@given(times, times, moments, zones)
def test_the_empty_hours_hold_now_exactly_when_the_local_clock_says_so(begins: str, ends: str, moment: datetime, zone: ZoneInfo) -> None:
    local = moment.astimezone(zone)
    span = off_hours_around(OffHours(begins=begins, ends=ends, layout="x"), local)
    clock = local.strftime("%H:%M")
    is_within = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    if zone is WIB or zone.key == "Asia/Kathmandu":
        assert (span is not None) == is_within
    if span is not None:
        assert span[0] <= local < span[1]
        assert span[1] - span[0] <= timedelta(hours=25)


@given(times, times, moments, moments, st.booleans(), st.booleans())
def test_one_of_three_reasons_and_the_curtain_whatever_is_shown(
    begins: str, ends: str, now: datetime, taken: datetime, has_layout: bool, is_curtained: bool
) -> None:
    off_hours = OffHours(begins=begins, ends=ends, layout="malam")
    one = order(taken, layout=LAYOUT if has_layout else None, is_curtained=is_curtained)
    local = now.astimezone(WIB)
    scene = set_scene(one, off_hours, local, "harian")
    assert scene.is_curtained is is_curtained
    expected = {Shown.OFF_HOURS: ("malam", None), Shown.TAKEN: ("Rapat", LAYOUT), Shown.CHOSEN: ("harian", None)}
    assert (scene.name, scene.layout) == expected[scene.shown]
    assert (scene.shown is Shown.OFF_HOURS) <= (off_hours_around(off_hours, local) is not None)
    # Just taken is what stands.
    just = order(local, is_curtained=is_curtained)
    assert set_scene(just, off_hours, local, "harian").shown is Shown.TAKEN


@given(times, moments)
def test_hours_that_end_when_they_begin_and_hours_without_a_layout_change_nothing(begins: str, now: datetime) -> None:
    local = now.astimezone(WIB)
    assert shown(None, local, OffHours(begins=begins, ends=begins, layout="malam")) == "chosen"
    assert shown(None, local, OffHours(begins=begins, ends="08:00", layout="")) == "chosen"
