"""A priority is a permission of its own, and a report that was handed back belongs to the room again."""

from types import MappingProxyType

import pytest

from feeds.reports import roles
from feeds.reports.roles import MATRIX, Permission, Role
from tests.fakes.desk_house import DISHUB, LEAD, PUPR, House, in_house

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
        await house.step(report, 1, do="forward", agency="dpupr", officer="budi")
        back = await house.step(report, 2, PUPR, do="hand_back", reason="bukan jalan kota")
        assert (back.status_code, back.json()["state"], back.json()["agency"], back.json()["officer"]) == (200, "new", None, None)
        assert (await house.ask("GET", f"/desk/reports/{report}", PUPR)).status_code == 404
        given = await house.step(report, 3, do="forward", agency="dishub")
        assert (given.status_code, given.json()["agency"]) == (200, "dishub")
        assert (await house.ask("GET", f"/desk/reports/{report}", DISHUB)).status_code == 200

    in_house(story)
