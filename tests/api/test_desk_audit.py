"""Every decision and every read of a citizen's data leaves a line in the audit; and no answer goes out with a place left open."""

from datetime import timedelta
from typing import Any

import pytest

from feeds.identity import audit
from tests.fakes.desk_house import ADMIN, LEAD, MAYOR, OPERATOR, PUPR, PUPR_HEAD, House, in_house

pytestmark = pytest.mark.usefixtures("both_stores")


def lines(house: House) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The audit, oldest first."""
    rows = house.doors.database.read(lambda connection: audit.page(connection, page_size=200)).rows
    return [(one.actor, one.action, one.object, one.body) for one in reversed(rows)]


def test_every_decision_is_written_down_with_the_revision_it_made() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in(person={"first_name": "Siti"})
        await house.step(report, 1, do="triage", priority="urgent")
        await house.step(report, 2, do="forward", agency="dpupr")
        assert (await house.step(report, 2, do="invalidate", reason="iseng")).status_code == 409
        one = {"id": report, "revision": 3, "action": {"do": "answer", "text": "Tim kami datang"}}
        assert (await house.ask("POST", "/desk/steps", json={"steps": [one]})).json()[0]["status"] == 200
        await house.step(report, 4, PUPR, do="accept")
        await house.ask("POST", f"/desk/reports/{report}/claim")
        await house.ask("DELETE", f"/desk/reports/{report}/claim")
        it = f"report {report}"
        assert [(who, what, of) for who, what, of, _ in lines(house)] == [
            ("op", "type_in", it), ("op", "triage", it), ("op", "forward", it), ("op", "answer", it), ("rani", "accept", it),
            ("op", "claim", it), ("op", "release", it),
        ]  # fmt: skip
        assert lines(house)[2][3] == {"revision": 3, "state": "forwarded"}
        assert "Tim kami" not in str(lines(house)) and "Siti" not in str(lines(house))

    in_house(story)


def test_whoever_is_shown_a_citizens_words_is_written_down() -> None:
    async def story(house: House) -> None:
        first = await house.typed_in("lubang di depan rumah Bu Siti", address="Jalan Melati 3")
        second = await house.typed_in("lubang besar di depan rumah Bu Siti")
        await house.step(first, 1, do="forward", agency="dpupr")
        begun = len(lines(house))
        for who in (OPERATOR, PUPR, PUPR_HEAD, MAYOR):
            assert (await house.ask("GET", f"/desk/reports/{first}", who)).status_code == 200
        await house.ask("GET", f"/desk/reports/{second}", PUPR)
        await house.ask("GET", f"/desk/reports/{first}/person", LEAD)
        assert lines(house)[begun:] == [
            ("op", "see_report", f"report {first}", {"alike": [second]}),
            ("rani", "see_report", f"report {first}", {}),
            ("lead", "see_person", f"report {first}", {}),
        ]

    in_house(story)


def test_a_queue_that_is_asked_for_again_and_again_is_one_line_until_it_shows_others() -> None:
    async def story(house: House) -> None:
        first = await house.typed_in("lubang di Jalan Melati")
        begun = len(lines(house))
        for who in (OPERATOR, OPERATOR, MAYOR, ADMIN):
            await house.ask("GET", "/desk/reports", who)
        for words in ("melati", "Siti", "siti nurhaliza", ""):
            await house.ask("GET", "/desk/reports", params={"q": words})
        second = await house.typed_in("pohon tumbang", category="pohon_tumbang")
        await house.ask("GET", "/desk/reports", params={"category": "pohon_tumbang"})
        house.now += timedelta(minutes=11)
        await house.ask("GET", "/desk/reports", params={"category": "pohon_tumbang"})
        seen = [(what, body["reports"]) for _, what, _, body in lines(house)[begun:] if what != "type_in"]
        assert seen == [
            ("see_queue", [first]), ("search_words", [first]), ("search_words", []), ("see_queue", [second]), ("see_queue", [second]),
        ]  # fmt: skip
        assert "melati" not in str(lines(house)).casefold()

    in_house(story)


def test_a_template_is_filled_for_its_report_and_says_what_is_left() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        await house.step(report, 1, do="forward", agency="dpupr")
        plain = {one["name"]: one for one in (await house.ask("GET", "/desk/templates")).json()}
        assert "{report}" in plain["diteruskan"]["texts"]["id"] and plain["diteruskan"]["open"] == ["report", "agency"]
        filled = {one["name"]: one for one in (await house.ask("GET", "/desk/templates", params={"report": report})).json()}
        for text in filled["diteruskan"]["texts"].values():
            assert report in text and "Dinas Pekerjaan Umum" in text and "{" not in text
        assert filled["diteruskan"]["open"] == [] and filled["di_luar_kewenangan"]["open"] == ["authority"]
        assert (await house.ask("GET", "/desk/templates", PUPR, params={"report": "L000000-NONE"})).status_code == 404

    in_house(story)


@pytest.mark.parametrize(
    "action",
    [
        {"do": "answer", "text": "Laporan Anda {report} kami terima"},
        {"do": "decline", "answer": "Silakan menghubungi {authority}"},
        {"do": "finish", "exemption": "malam", "answer": "Selesai oleh {agency}"},
    ],
)
def test_an_answer_with_a_place_left_open_is_not_sent(action: dict[str, str]) -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        await house.step(report, 1, LEAD, do="accept")
        said = await house.step(report, 2, LEAD, **action)
        assert (said.status_code, said.json()["code"]) == (400, "bad_value") and "not filled in" in said.json()["description"]
        many = {"steps": [{"id": report, "revision": 2, "action": action}]}
        assert (await house.ask("POST", "/desk/steps", LEAD, json=many)).json()[0]["status"] == 400
        free = await house.step(report, 2, LEAD, do="answer", text="Kami pakai {kurung} dan {} dan {Report}")
        assert free.status_code == 200, free.text

    in_house(story)
