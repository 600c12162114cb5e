"""Due times by hand-reckoned cases of the business calendar, and how a report stands against them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.messages.queue import Clock, Standing
from feeds.messages.report import Channel, Priority, ReportState
from feeds.reports.clocks import after_hours, schedule
from feeds.reports.deadlines import standing, was_late, worst
from feeds.reports.records import Record
from tests.fakes.desk_house import CITY

WIB = ZoneInfo("Asia/Jakarta")
RULES = replace(CITY.reports, days=(0, 1, 2, 3, 4), hours=("08:00", "16:00"), holidays=("2026-12-25",))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-26 10:00", 4, "2026-11-26 14:00"),
        ("2026-11-26 14:00", 4, "2026-11-27 10:00"),
        ("2026-11-26 12:00", 4, "2026-11-26 16:00"),
        ("2026-11-27 15:00", 4, "2026-11-30 11:00"),  # over a week-end
        ("2026-11-28 09:00", 1, "2026-11-30 09:00"),  # on a Saturday
        ("2026-11-26 03:00", 1, "2026-11-26 09:00"),  # at night
        ("2026-12-24 15:00", 2, "2026-12-28 09:00"),  # Christmas on a Friday, then the week-end
        ("2026-11-26 16:00", 0.5, "2026-11-27 08:30"),
        ("2026-11-26 10:00", 40, "2026-12-03 10:00"),
    ],
)
def test_office_hours(start: str, hours: float, due: str) -> None:
    assert after_hours(RULES, WIB, local(start).astimezone(UTC), hours) == local(due)


def walked(start: datetime, hours: float) -> datetime:
    """The same by walking through the days."""
    left, at = timedelta(hours=hours), start
    while True:
        begins, ends = (at.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (8, 16))
        begins = max(begins, at)
        if at.weekday() < 5 and f"{at:%Y-%m-%d}" not in RULES.holidays and begins <= ends:
            if begins + left <= ends:
                return begins + left
            left -= ends - begins
        at = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


@given(
    st.datetimes(local("2026-12-01 00:00").replace(tzinfo=None), local("2027-01-31 00:00").replace(tzinfo=None)), st.integers(0, 200 * 4)
)
def test_office_hours_are_those_of_the_days_walked_through(start: datetime, quarters: int) -> None:
    assert after_hours(RULES, WIB, start.replace(tzinfo=WIB), quarters / 4) == walked(start.replace(tzinfo=WIB), quarters / 4)


def test_an_emergency_runs_through_the_night() -> None:
    at = local("2026-11-28 23:00")
    assert schedule(CITY, "jalan_rusak", Priority.EMERGENCY, at)[:3] == (
        at + timedelta(minutes=15),
        at + timedelta(minutes=30),
        at + timedelta(days=1),
    )


@pytest.mark.parametrize("holiday", ["2026-08-17", "2026-12-25", "2027-01-01"])
def test_nothing_is_due_on_the_citys_holidays(holiday: str) -> None:
    assert after_hours(CITY.reports, WIB, local(f"{holiday} 09:00"), 1).date() > local(f"{holiday} 09:00").date()


def due_record(**more: object) -> Record:
    at = local("2026-11-26 08:00").astimezone(UTC)
    times = schedule(CITY, "lainnya", Priority.NORMAL, at)
    base = Record(id="a", revision=1, state=ReportState.NEW, category="lainnya", channel=Channel.SMS, priority=Priority.NORMAL, source="x",
                  received_at=at, changed_at=at, clocks_since=at, **times._asdict())  # fmt: skip
    return replace(base, **more)


@pytest.mark.parametrize(
    ("now", "respond"),
    [
        ("2026-11-26 11:11", Standing.ON_TIME),
        ("2026-11-26 11:12", Standing.AT_RISK),  # four fifths of four hours
        ("2026-11-26 11:59", Standing.AT_RISK),
        ("2026-11-26 12:00", Standing.LATE),
    ],
)
def test_at_risk_and_late(now: str, respond: Standing) -> None:
    found = standing(due_record(), local(now))
    assert found == {Clock.RESPOND: respond, Clock.ACCEPT: Standing.ON_TIME, Clock.FINISH: Standing.ON_TIME}
    assert worst(found) is respond


def test_nobody_is_at_risk_over_a_week_end() -> None:
    friday = local("2026-11-27 17:00")
    report = due_record(received_at=friday, **schedule(CITY, "lainnya", Priority.NORMAL, friday)._asdict())
    assert standing(report, local("2026-11-29 23:00"))[Clock.RESPOND] is Standing.ON_TIME
    assert standing(report, local("2026-11-30 10:30"))[Clock.RESPOND] is Standing.AT_RISK


@pytest.mark.parametrize("state", [ReportState.DONE, ReportState.DECLINED, ReportState.DUPLICATE, ReportState.INVALID])
def test_what_is_closed_has_no_clock_but_keeps_its_lateness(state: ReportState) -> None:
    late = due_record(state=state, finished_at=local("2026-11-26 13:00"))
    in_time = due_record(state=state, finished_at=local("2026-11-26 11:00"))
    much_later = local("2027-02-01 08:00")
    assert standing(late, much_later) == {} and worst({}) is None
    assert was_late(late, much_later) and not was_late(in_time, much_later)


def test_an_answered_report_is_late_only_by_what_still_runs() -> None:
    report = due_record(responded_at=local("2026-11-26 09:00"))
    assert Clock.RESPOND not in standing(report, local("2026-11-26 13:00"))
    assert not was_late(report, local("2026-11-26 13:00"))
