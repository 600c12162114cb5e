"""At the desk's door: a priority is a permission of its own, a report handed back is the room's again, claims are written down."""

from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import select

from feeds.reports import roles
from feeds.reports.roles import MATRIX, Permission, Role
from feeds.store.schema import AUDIT
from tests.fakes.desk_house import DISHUB, LEAD, OPERATOR, OTHER_OPERATOR, PUPR, PUPR_HEAD, House, in_house

pytestmark = pytest.mark.usefixtures("both_stores")


def test_a_priority_asks_for_its_own_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = {**MATRIX, Role.OPERATOR: MATRIX[Role.OPERATOR] - {Permission.PRIORITISE}}
    monkeypatch.setattr(roles, "MATRIX", MappingProxyType(narrow))

    async def story(house: House) -> None:
        report = await house.typed_in()
        refused = await house.step(report, 1, do="triage", category="banjir", priority="urgent")
        assert (refused.status_code, "prioritise" in refused.text) == (403, True)
        assert (await house.step(report, 1, do="triage", category="banjir")).status_code == 200
        raised = await house.step(report, 2, LEAD, do="triage", priority="urgent")
        assert (raised.status_code, raised.json()["priority"], raised.json()["category"]) == (200, "urgent", "banjir")

    in_house(story)


def test_a_report_handed_back_is_nobodys_until_the_room_forwards_it() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        given = await house.step(report, 1, do="forward", agency="dpupr", officer=await house.officer())
        assert given.json()["officer"] == "budi"
        back = await house.step(report, 2, PUPR, do="hand_back", reason="bukan jalan kota")
        assert (back.status_code, back.json()["state"], back.json()["agency"], back.json()["officer"]) == (200, "new", None, None)
        assert (await house.ask("GET", f"/desk/reports/{report}", PUPR)).status_code == 404
        given = await house.step(report, 3, do="forward", agency="dishub")
        assert (given.status_code, given.json()["agency"]) == (200, "dishub")
        assert (await house.ask("GET", f"/desk/reports/{report}", DISHUB)).status_code == 200

    in_house(story)


def test_who_took_a_report_and_from_whom_is_written_down() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        claim = f"/desk/reports/{report}/claim"
        for method, who, status in (
            ("POST", OPERATOR, 200), ("POST", OTHER_OPERATOR, 409), ("POST", LEAD, 200), ("POST", LEAD, 200), ("DELETE", LEAD, 200),
            ("POST", OPERATOR, 200),
        ):  # fmt: skip
            assert (await house.ask(method, claim, who)).status_code == status
        house.now += timedelta(hours=1)
        assert (await house.ask("POST", claim, OTHER_OPERATOR)).status_code == 200
        with house.doors.database.reading() as connection:
            lines = connection.execute(
                select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.body, AUDIT.c.object).order_by(AUDIT.c.number).offset(1)
            ).all()
        assert [tuple(line) for line in lines] == [
            (actor, action, body, f"report {report}")
            for actor, action, body in (
                ("op", "claim", {}), ("lead", "take_over", {"from": "op"}), ("lead", "claim", {}), ("lead", "release", {}),
                ("op", "claim", {}), ("op2", "claim", {}),
            )
        ]  # fmt: skip

    in_house(story)


def test_the_desk_offers_no_step_that_would_be_refused() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        path = f"/desk/reports/{report}"
        assert "progress" not in (await house.ask("GET", path)).json()["steps"]
        await house.step(report, 1, do="accept")
        assert "progress" in (await house.ask("GET", path)).json()["steps"]

    in_house(story)


def test_a_head_looks_at_every_report_and_may_do_nothing_to_it() -> None:
    async def story(house: House) -> None:
        await house.typed_in()
        report = await house.typed_in("dua")
        assert (await house.step(report, 1, do="forward", agency="dishub")).status_code == 200
        assert (await house.ask("GET", "/desk/reports", PUPR_HEAD)).json()["total"] == 2
        seen = (await house.ask("GET", f"/desk/reports/{report}", PUPR_HEAD)).json()
        assert (seen["steps"], seen["can_claim"], seen["description"]) == ([], False, "")
        assert (await house.step(report, 2, PUPR_HEAD, do="note", text="x")).status_code == 403
        order = {"text": "segera", "owner": "dishub", "due_on": "2026-11-28"}
        assert (await house.ask("POST", f"/desk/reports/{report}/instructions", PUPR_HEAD, json=order)).status_code == 403

    in_house(story)
