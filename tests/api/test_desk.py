"""The desk's doors over HTTP: who sees what, what is refused and how, and that two hands never undo each other."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from feeds.messages.report import ReportState
from feeds.reports.states import LEADS_TO, TRANSITIONS
from feeds.store.schema import AUDIT, EVENTS, INTAKE, OUTBOX, REPORTS
from tests.fakes.desk_house import (
    ADMIN,
    DISHUB,
    FIELD,
    HERE,
    KEY,
    LEAD,
    MAYOR,
    OPERATOR,
    OTHER_OPERATOR,
    PUPR,
    PUPR_HEAD,
    House,
    in_house,
)

pytestmark = pytest.mark.usefixtures("both_stores")


def test_a_call_is_written_down_once_however_often_it_is_sent() -> None:
    async def story(house: House) -> None:
        body = {"channel": "call_112", "category": "kebakaran", "words": "api di gudang", "address": "Jl. Daan Mogot 1",
                "person": {"first_name": "Siti", "phone": "0811"}}  # fmt: skip
        first, again = [await house.ask("POST", "/desk/reports", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["report"] == again.json()["report"]
        # Another operator's key of the same name is another request.
        other = await house.ask("POST", "/desk/reports", OTHER_OPERATOR, json=body, headers={"Idempotency-Key": "k1"})
        assert other.status_code == 201
        seen = (await house.ask("GET", f"/desk/reports/{first.json()['report']}")).json()
        assert seen["report"]["priority"] == "emergency"
        assert seen["address"] == "Jl. Daan Mogot 1"
        assert "0811" not in str(seen) and "Siti" not in str(seen)

    in_house(story)


def test_rows_are_asked_for_by_their_ids_among_those_that_match() -> None:
    async def story(house: House) -> None:
        first, second = [await house.typed_in(words) for words in ("satu", "dua")]
        await house.typed_in("tiga")
        found = (await house.ask("GET", f"/desk/reports?id={first}&id={second}&id=L000000-XXXXX")).json()
        assert {row["id"] for row in found["reports"]} == {first, second} and found["total"] == 2
        await house.step(first, 1, do="forward", agency="dpupr")
        found = (await house.ask("GET", f"/desk/reports?id={first}&id={second}&state=new")).json()
        assert [row["id"] for row in found["reports"]] == [second]
        # An agency's people see by its id what they see without it.
        assert [row["id"] for row in (await house.ask("GET", f"/desk/reports?id={first}&id={second}", PUPR)).json()["reports"]] == [first]
        most = "&".join(f"id=L{number}" for number in range(201))
        assert (await house.ask("GET", f"/desk/reports?{most}")).status_code == 400

    in_house(story)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"category": "tidak_ada"}, 400),
        ({"channel": "laksa"}, 400),
        ({"channel": "kurir"}, 400),
        ({"words": ""}, 400),
        ({"words": "x" * 4_001}, 400),
        ({"words": "nul\0"}, 400),
        ({"position": {"lon": 0, "lat": 0}}, 400),
        ({"position": {"lon": 500, "lat": 1}}, 400),
        ({"position": {"lon": HERE["lat"], "lat": HERE["lon"]}}, 400),
        ({"position": {"lon": "x", "lat": 1}}, 400),
        ({"priority": "soon"}, 400),
        ({"surprise": 1}, 400),
    ],
)
def test_what_cannot_be_written_down_is_refused_with_a_code(change: dict[str, Any], status: int) -> None:
    async def story(house: House) -> None:
        body = {"channel": "sms", "category": "banjir", "words": "air naik"} | change
        answered = await house.ask("POST", "/desk/reports", json=body)
        assert answered.status_code == status, answered.text
        assert answered.json()["code"] in {"bad_value", "bad_request"} and answered.json()["description"]
        assert (await house.ask("GET", "/desk/reports")).json()["total"] == 0

    in_house(story)


def test_from_red_to_green_with_every_step_in_the_history() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        assert (await house.step(report, 1, do="triage", priority="urgent", text="Lubang di jalan")).headers["ETag"] == '"2"'
        assert (await house.step(report, 2, do="forward", agency="dpupr")).json()["state"] == "forwarded"
        assert (await house.step(report, 3, PUPR, do="accept")).json()["state"] == "working"
        refused = await house.step(report, 4, PUPR, do="finish", exemption="tidak ada kamera")
        assert refused.status_code == 403
        assert (await house.step(report, 4, LEAD, do="finish", exemption="tidak ada kamera")).json()["state"] == "done"
        seen = (await house.ask("GET", f"/desk/reports/{report}")).json()
        assert [one["kind"] for one in seen["history"]] == ["received", "triage", "forward", "accept", "finish"]
        assert [one["after"] for one in seen["history"]][-3:] == ["forwarded", "working", "done"]
        assert seen["clocks"] == {} and seen["report"]["standing"] is None
        assert "reopen" in seen["steps"] and "forward" not in seen["steps"]

    in_house(story)


def test_a_step_names_its_revision_and_an_illegal_one_is_told_what_is_allowed() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        path = f"/desk/reports/{report}/steps"
        bare = await house.ask("POST", path, json={"do": "note", "text": "x"})
        assert (bare.status_code, bare.json()["code"]) == (428, "precondition_required")
        assert (await house.ask("POST", path, json={"do": "note", "text": "x"}, headers={"If-Match": "abc"})).status_code == 400
        stale = await house.step(report, 7, do="note", text="x")
        assert (stale.status_code, stale.json()["code"], stale.json()["revision"]) == (409, "stale_revision", 1)
        illegal = await house.step(report, 1, LEAD, do="finish", exemption="x")
        assert (illegal.status_code, illegal.json()["code"]) == (409, "illegal_transition")
        assert set(illegal.json()["allowed"]) == {str(state) for state in TRANSITIONS[ReportState.NEW]}
        assert (await house.step(report, 1, do="invalidate")).json()["code"] == "missing_requirement"
        assert (await house.step(report, 1, do="explode")).status_code == 400
        assert (await house.step("L000000-XXXXX", 1, do="note", text="x")).status_code == 404

    in_house(story)


def test_two_operators_at_once_on_one_revision_one_wins() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        answers = await asyncio.gather(
            house.step(report, 1, do="forward", agency="dpupr"), house.step(report, 1, OTHER_OPERATOR, do="forward", agency="dlh")
        )
        assert sorted(one.status_code for one in answers) == [200, 409]
        winner = next(one.json() for one in answers if one.status_code == 200)
        seen = (await house.ask("GET", f"/desk/reports/{report}")).json()
        assert seen["report"]["agency"] == winner["agency"] and seen["report"]["revision"] == 2
        assert len(seen["history"]) == 2

    in_house(story)


def test_a_claim_keeps_others_off_until_it_ends_or_is_let_go() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        claim = f"/desk/reports/{report}/claim"
        assert (await house.ask("POST", claim)).json()["claimed_by"] == "op"
        assert (await house.ask("POST", claim, OTHER_OPERATOR)).json()["code"] == "claimed"
        assert (await house.step(report, 1, OTHER_OPERATOR, do="note", text="x")).status_code == 409
        assert (await house.ask("GET", "/desk/reports?claimed=me")).json()["total"] == 1
        assert (await house.ask("GET", "/desk/reports?claimed=me", OTHER_OPERATOR)).json()["total"] == 0
        assert (await house.ask("DELETE", claim)).json()["claimed_by"] is None
        assert (await house.ask("POST", claim, OTHER_OPERATOR)).status_code == 200
        house.now += timedelta(minutes=11)
        assert (await house.step(report, 1, do="note", text="x")).status_code == 200
        assert (await house.ask("POST", claim, PUPR)).status_code == 404

    in_house(story)


def test_another_agencys_report_is_as_unknown_as_none() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in()
        await house.step(report, 1, do="forward", agency="dpupr", officer=await house.officer())
        for who, status in ((PUPR, 200), (PUPR_HEAD, 200), (FIELD, 200), (MAYOR, 200), (DISHUB, 404), (ADMIN, 403), (KEY, 403)):
            assert (await house.ask("GET", f"/desk/reports/{report}", who)).status_code == status, who
        assert (await house.step(report, 2, DISHUB, do="accept")).status_code == 404
        assert (await house.step(report, 2, MAYOR, do="accept")).status_code == 403
        totals = {who["X-Who"]: (await house.ask("GET", "/desk/reports", who)).json()["total"] for who in (PUPR, FIELD, DISHUB, MAYOR)}
        assert totals == {"rani:opd:dpupr": 1, "budi:field:dpupr": 1, "doni:opd:dishub": 0, "wali:mayor:": 1}
        other_officer = {"X-Who": "cahya:field:dpupr"}
        assert (await house.ask("GET", "/desk/reports", other_officer)).json()["total"] == 0

    in_house(story)


def test_those_who_only_watch_do_not_see_a_citizens_words() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in("rumah Pak Rahasia di gang", address="Gang Rahasia 3")
        await house.step(report, 1, do="answer", text="Pak Rahasia, kami datang")
        seen, watched = [(await house.ask("GET", f"/desk/reports/{report}", who)).text for who in (OPERATOR, MAYOR)]
        assert seen.count("Rahasia") >= 4 and "Rahasia" not in watched
        assert "Rahasia" not in (await house.ask("GET", "/desk/reports", MAYOR)).text
        assert (await house.ask("GET", "/desk/reports?q=rahasia", MAYOR)).json()["total"] == 0
        assert (await house.ask("GET", "/desk/reports?q=rahasia")).json()["total"] == 1

    in_house(story)


def test_the_person_is_told_to_the_desk_alone_and_every_look_is_written_down() -> None:
    async def story(house: House) -> None:
        report = await house.typed_in(person={"first_name": "Siti", "phone": "0811"})
        path = f"/desk/reports/{report}/person"
        assert (await house.ask("GET", path)).json()["phone"] == "0811"
        assert [(await house.ask("GET", path, who)).status_code for who in (PUPR, MAYOR, ADMIN)] == [403, 403, 403]
        assert (await house.ask("GET", "/desk/reports/none/person")).status_code == 404
        with house.doors.database.reading() as connection:
            query = select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.object, AUDIT.c.body).where(AUDIT.c.action == "see_person")
            looks = connection.execute(query).all()
        assert [tuple(look) for look in looks] == [("op", "see_person", f"report {report}", {})]

    in_house(story)


def test_many_steps_are_answered_each_for_itself() -> None:
    async def story(house: House) -> None:
        one, two = await house.typed_in("satu"), await house.typed_in("dua")
        action = {"do": "forward", "agency": "dpupr"}
        wanted = [{"id": one, "revision": 1, "action": action}, {"id": two, "revision": 9, "action": action},
                  {"id": "none", "revision": 1, "action": action}, {"id": one, "revision": 2, "action": {"do": "reopen", "reason": "x"}}]  # fmt: skip
        answered = await house.ask("POST", "/desk/steps", json={"steps": wanted})
        assert answered.status_code == 200, answered.text
        assert [(it["id"], it["status"]) for it in answered.json()] == [(one, 200), (two, 409), ("none", 404), (one, 409)]
        assert answered.json()[0]["report"]["state"] == "forwarded"
        assert answered.json()[3]["problem"]["code"] == "illegal_transition"
        assert (await house.ask("POST", "/desk/steps", json={"steps": []})).status_code == 400

    in_house(story)


def test_without_signing_in_every_door_of_the_desk_stays_shut() -> None:
    async def story(house: House) -> None:
        from feeds.api.app import build_app

        transport = httpx.ASGITransport(app=build_app(house.doors))  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            for method, path in (("GET", "/desk/reports"), ("GET", "/desk/reports/x"), ("GET", "/desk/figures"), ("POST", "/desk/steps"),
                                 ("POST", "/desk/reports/x/claim"), ("GET", "/desk/templates")):  # fmt: skip
                answered = await client.request(method, path, json={"steps": []} if method == "POST" else None)
                assert (answered.status_code, answered.json()["code"]) == (401, "not_signed_in"), path

    in_house(story)


_HASH = "0" * 64
ACTIONS: list[dict[str, Any]] = [
    {"do": "triage", "category": "banjir"}, {"do": "forward", "agency": "dpupr"}, {"do": "hand_back", "reason": "bukan kami"},
    {"do": "accept"}, {"do": "progress", "text": "jalan"}, {"do": "finish", "exemption": "gelap"}, {"do": "finish", "photo": _HASH},
    {"do": "answer", "text": "ya"}, {"do": "decline", "answer": "bukan kota"}, {"do": "invalidate", "reason": "iseng"},
    {"do": "reopen", "reason": "lagi"}, {"do": "note", "text": "n"}, {"do": "merge"},
]  # fmt: skip


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTIONS), st.sampled_from([OPERATOR, LEAD, PUPR])), max_size=15))
def test_after_any_steps_the_totals_tie_out(steps: list[tuple[int, dict[str, Any], dict[str, str]]]) -> None:
    async def story(house: House) -> None:
        reports = [await house.typed_in(words) for words in ("satu", "dua", "tiga")]
        states, revisions = dict.fromkeys(reports, "new"), dict.fromkeys(reports, 1)
        parents, counted_anew = dict[str, str | None].fromkeys(reports), 0
        for index, action, who in steps:
            report = reports[index]
            body = action | ({"parent": reports[index - 1]} if action["do"] == "merge" else {})
            answered = await house.step(report, revisions[report], who, **body)
            assert answered.status_code in (200, 400, 403, 404, 409, 422), answered.text
            if answered.status_code != 200:
                continue
            after = answered.json()["state"]
            wanted = str(LEADS_TO.get(action["do"], states[report]))
            assert after == wanted and (after == states[report] or ReportState(after) in TRANSITIONS[ReportState(states[report])])
            states[report], revisions[report] = after, answered.json()["revision"]
            parent = body.get("parent") or (parents[report] if after == "duplicate" else None)
            counted_anew += len({parent, parents[report]} - {None}) if parent != parents[report] else 0
            parents[report] = parent
        with house.doors.database.reading() as connection:
            kept = dict(connection.execute(select(REPORTS.c.state, func.count()).group_by(REPORTS.c.state)).tuples().all())
            received = connection.execute(select(func.count()).select_from(INTAKE)).scalar_one()
            events = connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()
            told = connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()
        assert kept == Counter(states.values())
        assert sum(kept.values()) == received == 3
        # Besides its steps a report is told of again when another is merged into it.
        assert events == sum(revisions.values()) == told - counted_anew

    in_house(story)
