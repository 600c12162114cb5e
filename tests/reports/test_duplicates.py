"""Suggestions of duplicates and bursts: what is near in place, kind and time, at the very edges of each; and that nothing merges by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feeds.messages.header import Position
from feeds.messages.report import Channel, ReportState
from feeds.reports.bursts import LEAST, Near, burst_of
from feeds.reports.drafts import Draft
from feeds.reports.duplicates import similarity
from feeds.reports.roles import Actor, Role
from feeds.store.schema import OUTBOX, REPORTS
from tests.fakes.desk_house import HERE, OPERATOR, PUPR, THURSDAY, House, in_house

pytestmark = pytest.mark.usefixtures("both_stores")

METRE = 1 / 111_195


def north(metres: float) -> dict[str, float]:
    return {"lon": HERE["lon"], "lat": HERE["lat"] + metres * METRE}


def test_near_in_place_kind_and_time_the_likest_words_first() -> None:
    async def story(house: House) -> None:
        old = await house.typed_in("lubang lama di depan pasar")
        house.now += timedelta(hours=73)
        unlike = await house.typed_in("aspal amblas", position=north(20))
        alike = await house.typed_in("ada lubang besar depan pasar", category="jalan_rusak", position=north(249))
        await house.typed_in("lubang besar depan pasar", position=north(252))
        await house.typed_in("lubang besar depan pasar", category="banjir")
        prank = await house.typed_in("lubang besar depan pasar!", position=north(1))
        await house.step(prank, 1, do="invalidate", reason="iseng")
        report = await house.typed_in("lubang besar di depan pasar")
        seen = (await house.ask("GET", f"/desk/reports/{report}")).json()
        assert [one["id"] for one in seen["duplicates"]] == [alike, unlike] and old not in str(seen["duplicates"])
        assert seen["duplicates"][0]["similarity"] > seen["duplicates"][1]["similarity"]
        assert seen["report"]["state"] == "new" and seen["report"]["parent"] is None
        merged = await house.step(report, 1, do="merge", parent=alike)
        assert (merged.json()["state"], merged.json()["parent"]) == ("duplicate", alike)
        assert (await house.ask("GET", f"/desk/reports/{alike}")).json()["merged"] == [report]
        assert (await house.ask("GET", f"/desk/reports/{alike}", PUPR)).status_code == 404

    in_house(story)


def test_words_alike_in_any_order() -> None:
    assert similarity("Lubang besar, depan pasar", "depan pasar lubang besar") == 100
    assert similarity("", "apa pun") == 0


def near(number: int, incident: str | None = None) -> Near:
    return Near(id=f"r{number}", received_at=THURSDAY + timedelta(minutes=number), incident=incident)


def test_four_are_no_burst_and_five_are() -> None:
    assert burst_of("x", [near(n) for n in range(LEAST - 2)]) is None
    found = burst_of("x", [near(n) for n in range(LEAST - 1)])
    assert found is not None and found.incident == "x" and set(found.joins) == {"r0", "r1", "r2", "r3"}


def test_a_report_joins_the_nearest_incident_alone_and_two_that_meet_stay_two() -> None:
    found = burst_of("x", [near(3, "I-b"), near(1, "I-a"), near(2), near(4), near(5)])
    assert found is not None and (found.incident, found.joins) == ("I-b", ())


def test_a_storm_becomes_one_incident_and_the_bus_hears_of_all_its_reports() -> None:
    async def story(house: House) -> None:
        actor = Actor(id="laksa", role=Role.COLLECTOR)
        ids = []
        for number in range(6):
            place = north(30 * number)
            draft = Draft(source="laksa", channel=Channel.LAKSA, category="genangan" if number % 2 else "banjir", description=f"air {number}",
                          position=Position(**place))  # fmt: skip
            ids.append((await house.doors.write(lambda it, draft=draft: house.doors.reports.take_in(it, draft, actor))).report)
            house.now += timedelta(minutes=5)
        await house.typed_in("lubang", position=north(30))
        with house.doors.database.reading() as connection:
            rows = dict(connection.execute(select(REPORTS.c.id, REPORTS.c.incident)).tuples().all())
            lines = dict(connection.execute(select(OUTBOX.c.report, func.count()).group_by(OUTBOX.c.report)).tuples().all())
        assert {rows[key] for key in ids} == {f"I-{ids[4]}-1"} and len(rows) == 7
        assert sum(incident is None for incident in rows.values()) == 1
        assert [lines[key] for key in ids] == [2, 2, 2, 2, 1, 1]
        listed = (await house.ask("GET", f"/desk/reports?incident=I-{ids[4]}-1", OPERATOR)).json()
        assert listed["total"] == 6 and {one["state"] for one in listed["reports"]} == {str(ReportState.NEW)}

    in_house(story)
