"""Figures by hand-reckoned cases: every cut adds up to the total, and a share says what it is a share of."""

from datetime import timedelta
from typing import Any

import pytest

from feeds.messages.report import Channel, Priority, ReportState
from feeds.reports.figures import Case, cases, figures, hotspots, percentile
from tests.fakes.desk_house import ADMIN, DISHUB, LEAD, MAYOR, PUPR, PUPR_HEAD, THURSDAY, House, in_house

pytestmark = pytest.mark.usefixtures("both_stores")

STATES = list(ReportState)


def case(number: int, **more: Any) -> Case:
    first: dict[str, Any] = {
        "id": str(number), "state": STATES[number % 8], "category": "banjir" if number % 3 else "ktp", "priority": Priority.NORMAL,
        "channel": Channel.SMS, "received_at": THURSDAY, "clocks_since": THURSDAY, "agency": None if number % 4 else "dpupr", "district": f"d{number % 5}",
        "lon": 106.63, "lat": -6.17,
    }  # fmt: skip
    return Case(**(first | more))


def test_every_cut_adds_up_to_the_total() -> None:
    found = figures([case(n) for n in range(50)], since=THURSDAY, until=THURSDAY, now=THURSDAY)
    for cut in (found.categories, found.agencies, found.districts, found.channels):
        for name in ("received", "open", "done", "declined", "duplicate", "invalid", "late", "late_open", "direct", "direct_of"):
            assert sum(getattr(row, name) for row in cut) == getattr(found.total, name), name
    total = found.total
    assert total.open + total.done + total.declined + total.duplicate + total.invalid == total.received == 50


def test_settled_directly_is_with_at_most_one_forward_and_of_all_settled() -> None:
    done, declined, new, prank = ReportState.DONE, ReportState.DECLINED, ReportState.NEW, ReportState.INVALID
    group = [case(1, state=done), case(2, state=done, hands=1), case(3, state=done, hands=2), case(4, state=declined), case(5, state=new),
             case(6, state=prank)]  # fmt: skip
    row = figures(group, since=THURSDAY, until=THURSDAY, now=THURSDAY).total
    assert (row.direct, row.direct_of, row.direct_share) == (2, 4, 0.5)
    assert figures([], since=THURSDAY, until=THURSDAY, now=THURSDAY).total.direct_share is None


def test_late_stays_late_and_late_open_is_what_can_still_be_helped() -> None:
    due = {"respond_by": THURSDAY + timedelta(hours=1), "finish_by": THURSDAY + timedelta(hours=9)}
    answered_late = due | {"responded_at": THURSDAY + timedelta(hours=2)}
    answered = due | {"responded_at": THURSDAY}
    closed = {"state": ReportState.DONE, "finished_at": THURSDAY + timedelta(hours=4)}
    group = [
        case(n, **({"state": ReportState.NEW} | more)) for n, more in enumerate((due, answered_late, answered, answered_late | closed))
    ]
    row = figures(group, since=THURSDAY, until=THURSDAY, now=THURSDAY + timedelta(hours=3)).total
    assert (row.late, row.late_open) == (3, 2)


def test_a_cut_too_long_is_folded_and_still_adds_up() -> None:
    group = [case(n, category=f"c{n % 7}", category_name=f"C {n % 7}") for n in range(50)]
    found = figures(group, since=THURSDAY, until=THURSDAY, now=THURSDAY, most_rows=3).categories
    assert [(row.code, row.name, row.groups, row.received) for row in found] == [
        ("c0", "C 0", 1, 8),
        ("c1", "C 1", 1, 7),
        (None, None, 5, 35),
    ]
    assert len(figures(group, since=THURSDAY, until=THURSDAY, now=THURSDAY).categories) == 7


def test_hands_are_forwards_of_the_rooms_own_reports_too() -> None:
    async def story(house: House) -> None:
        once, twice = await house.typed_in("satu"), await house.typed_in("dua")
        for report, agencies in ((once, ("dpupr",)), (twice, ("dpupr", "dishub"))):
            for revision, agency in enumerate(agencies, 1):
                await house.step(report, revision, do="forward", agency=agency)
        day = timedelta(days=1)
        found = await house.doors.read(lambda it: cases(it, THURSDAY - day, THURSDAY + day))
        assert {one.id: one.hands for one in found} == {once: 1, twice: 2}

    in_house(story)


def test_hours_leave_out_what_ended_before_it_began() -> None:
    hours = [case(n, state=ReportState.NEW, responded_at=THURSDAY + timedelta(hours=h)) for n, h in enumerate((1, 2, 3, 10, -5))]
    row = figures(hours, since=THURSDAY, until=THURSDAY, now=THURSDAY).total
    assert (row.response.count, row.response.median, row.response.p90) == (4, 2.5, 7.9)
    assert (row.completion.count, row.completion.median) == (0, None)


@pytest.mark.parametrize(("values", "share", "wanted"), [([], 0.5, None), ([3], 0.9, 3), ([1, 2], 0.5, 1.5), ([4, 1, 3, 2], 1.0, 4)])
def test_percentiles(values: list[float], share: float, wanted: float | None) -> None:
    assert percentile(values, share) == wanted


def test_hotspots_are_squares_by_their_middle_without_pranks() -> None:
    group = [case(1, lon=106.631), case(2, lon=106.634), case(3, lon=106.636), case(4, lon=None), case(6, state=ReportState.INVALID)]
    assert [(one.lon, one.lat, one.count) for one in hotspots(group)] == [(106.6325, -6.1675, 2), (106.6375, -6.1675, 1)]


def test_the_door_of_figures_shows_own_agency_roles_theirs() -> None:
    async def story(house: House) -> None:
        ours = await house.typed_in("satu")
        await house.typed_in("dua")
        await house.step(ours, 1, do="forward", agency="dpupr")
        received = {}
        for who in (LEAD, MAYOR, PUPR, PUPR_HEAD, DISHUB):
            answered = await house.ask("GET", "/desk/figures?from=2026-11-26&to=2026-11-26", who)
            received[who["X-Who"]] = answered.json()["total"]["received"]
        assert list(received.values()) == [2, 2, 1, 2, 0], "an agency's head watches every report"
        assert (await house.ask("GET", "/desk/figures", ADMIN)).status_code == 403
        for query in ("from=2026-11-27&to=2026-11-26", "from=2020-01-01", "from=0001-01-01", "from=x"):
            assert (await house.ask("GET", f"/desk/figures?{query}")).status_code == 400, query
        assert (await house.ask("GET", "/desk/figures?to=2026-11-25")).json()["total"]["received"] == 0

    in_house(story)


def test_an_instruction_has_an_owner_and_a_day_until_it_is_done() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        await house.step(report, 1, do="forward", agency="dpupr")
        path, order = f"/desk/reports/{report}/instructions", {"text": "selesaikan", "owner": "dpupr", "due_on": "2026-11-28"}
        assert (await house.ask("POST", path, json=order)).status_code == 403
        assert (await house.ask("POST", path, MAYOR, json=order | {"due_on": "2026-11-25"})).json()["field"] == "due_on"
        assert (await house.ask("POST", path, MAYOR, json=order | {"owner": "nobody"})).json()["field"] == "owner"
        given = (await house.ask("POST", path, MAYOR, json=order)).json()
        assert (given["by"], given["owner"], given["due_on"], given["done_at"]) == ("wali", "dpupr", "2026-11-28", None)
        assert [one["number"] for one in (await house.ask("GET", "/desk/instructions", PUPR)).json()] == [given["number"]]
        assert (await house.ask("GET", "/desk/instructions", DISHUB)).json() == []
        done = f"/desk/instructions/{given['number']}/done"
        assert [(await house.ask("POST", done, who)).status_code for who in (DISHUB, ADMIN, PUPR)] == [404, 403, 200]
        assert (await house.ask("GET", "/desk/instructions")).json() == []
        assert (await house.ask("GET", f"/desk/reports/{report}")).json()["instructions"][0]["done_at"] is not None
        assert (await house.ask("POST", "/desk/instructions/99999999999999999999/done", LEAD)).status_code == 404

    in_house(story)


def test_templates_come_in_both_languages() -> None:
    async def story(house: House) -> None:
        found = (await house.ask("GET", "/desk/templates")).json()
        assert found and all({"id", "en"} <= one["texts"].keys() for one in found)

    in_house(story)
