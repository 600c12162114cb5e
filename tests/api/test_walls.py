"""The doors of walls: who may decide, on which revision, holding what; and what is said to whom it is refused."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from feeds.store.schema import AUDIT, USERS
from feeds.store.wall_schema import WALL_DECISIONS
from feeds.walls import shifts
from tests.fakes.desk_house import ADMIN, DISHUB, FIELD, LEAD, MAYOR, OPERATOR, OTHER_OPERATOR, PUPR_HEAD, House, in_house

GRID = {"columns": 160, "rows": 90}
WHOLE: dict[str, Any] = {"region": None}


def layout(*slots: tuple[str, list[int]], title: str = "Harian", **more: Any) -> dict[str, Any]:
    return {"title": title, "grid": GRID, "slot": [{"panel": panel, "cell": cell} for panel, cell in slots]} | more


MAP = layout(("map", [0, 0, 160, 90]))
HALVES = layout(("map", [0, 0, 80, 90]), ("ticker", [80, 0, 80, 90]), title="Siaga")
RIGHT = {"region": {"grid": {"columns": 2, "rows": 1}, "cell": [1, 0, 1, 1]}}
LEFT = {"region": {"grid": {"columns": 2, "rows": 1}, "cell": [0, 0, 1, 1]}}


async def post(house: House, what: str, body: Any, who: dict[str, str] = OPERATOR, revision: int | None = None) -> httpx.Response:
    headers = {} if revision is None else {"If-Match": f'"{revision}"'}
    return await house.ask("POST", f"/desk/walls/lobby/{what}", who, json=body, headers=headers)


async def wall(house: House, who: dict[str, str] = OPERATOR) -> Any:
    said = await house.ask("GET", "/desk/walls/lobby", who)
    assert said.status_code == 200, said.text
    return said.json()


async def taken(house: House, what: dict[str, Any] = MAP, who: dict[str, str] = OPERATOR, **more: Any) -> Any:
    """As a console does it: hold the wall, look, take."""
    assert (await post(house, "lease", WHOLE, who)).status_code == 200
    said = await post(house, "take", {"layout": what} | more, who, (await wall(house))["revision"])
    assert said.status_code == 200, said.text
    return said.json()


def test_a_layout_is_taken_and_everybody_sees_by_whom() -> None:
    async def story(house: House) -> None:
        assert await wall(house) == {
            "wall": "lobby", "revision": 0, "changes": 0, "is_curtained": False, "shown": None, "previous": None, "leases": [],
            "can_arrange": True, "can_take_over": False,
        }  # fmt: skip
        await taken(house, reason="tamu datang", preset="harian")
        seen = await wall(house, LEAD)
        assert (seen["revision"], seen["shown"]["layout"]["title"], seen["can_take_over"]) == (1, "Harian", True)
        assert {name: seen["shown"][name] for name in ("by", "reason", "preset", "kind", "before", "revision")} == {
            "by": "op", "reason": "tamu datang", "preset": "harian", "kind": "take", "before": 0, "revision": 1,
        }  # fmt: skip
        assert [lease["holder"] for lease in seen["leases"]] == ["op"]
        all_walls = (await house.ask("GET", "/desk/walls", LEAD)).json()
        assert [one["wall"] for one in all_walls] == ["lobby"]
        lines = await house.doors.read(lambda it: it.execute(select(AUDIT.c.action, AUDIT.c.object, AUDIT.c.body)).all())
        assert ("wall_take", "wall lobby", {"from": 0, "to": 1, "preset": "harian"}) in [tuple(line) for line in lines]

    in_house(story)


def test_a_stale_revision_is_told_what_changed() -> None:
    async def story(house: House) -> None:
        await taken(house)
        await taken(house, HALVES)
        said = await post(house, "take", {"layout": MAP}, revision=1)
        assert (said.status_code, said.json()["code"], said.json()["revision"]) == (409, "stale_revision", 2)
        assert "op took 'Siaga' at 10:00 WIB" in said.json()["description"]
        assert "ticker at [80, 0, 80, 90] added" in said.json()["description"]
        assert (await wall(house))["revision"] == 2
        assert (await post(house, "take", {"layout": MAP})).status_code == 428

    in_house(story)


def test_what_is_not_held_is_not_changed() -> None:
    async def story(house: House) -> None:
        await taken(house, HALVES)
        await house.ask("DELETE", "/desk/walls/lobby/lease")
        assert (await post(house, "lease", RIGHT)).status_code == 200
        assert (await post(house, "lease", LEFT, OTHER_OPERATOR)).status_code == 200
        said = await post(house, "lease", WHOLE, OTHER_OPERATOR)
        assert (said.status_code, said.json()["code"]) == (409, "held")
        assert "op holds cell [1, 0, 1, 1] of 2 x 1 until 2026-11-26T03:10:00+00:00" in said.json()["description"]
        other_right = layout(("map", [0, 0, 80, 90]), ("cameras", [80, 0, 80, 90]))
        said = await post(house, "take", {"layout": other_right}, OTHER_OPERATOR, 1)
        assert (said.status_code, said.json()["code"]) == (409, "not_held")
        assert "op holds it until" in said.json()["description"]
        assert (await post(house, "take", {"layout": other_right}, revision=1)).status_code == 200

    in_house(story)


def test_a_lead_takes_over_and_an_operator_does_not() -> None:
    async def story(house: House) -> None:
        await post(house, "lease", WHOLE)
        assert (await post(house, "lease", WHOLE | {"is_take_over": True}, OTHER_OPERATOR)).status_code == 403
        said = await post(house, "lease", WHOLE | {"is_take_over": True}, LEAD)
        assert [lease["holder"] for lease in said.json()["leases"]] == ["lead"]
        assert (await post(house, "take", {"layout": MAP}, revision=0)).json()["code"] == "not_held"

    in_house(story)


@pytest.mark.parametrize("who", [MAYOR, PUPR_HEAD, DISHUB, FIELD, ADMIN])
def test_who_does_not_arrange_walls_neither_changes_nor_reads_them(who: dict[str, str]) -> None:
    async def story(house: House) -> None:
        for method, path, body in (
            ("GET", "/desk/walls", None), ("GET", "/desk/walls/lobby", None), ("GET", "/desk/walls/lobby/history", None),
            ("POST", "/desk/walls/lobby/take", {"layout": MAP}), ("POST", "/desk/walls/lobby/undo", {}),
            ("POST", "/desk/walls/lobby/curtain", {"is_drawn": True}), ("POST", "/desk/walls/lobby/lease", WHOLE),
            ("DELETE", "/desk/walls/lobby/lease", None), ("GET", "/desk/presets", None),
            ("PUT", "/desk/presets/baru", {"layout": MAP}), ("DELETE", "/desk/presets/baru", None), ("GET", "/desk/handovers", None),
            ("POST", "/desk/handovers", {}), ("POST", "/desk/handovers/1/accept", None),
        ):  # fmt: skip
            said = await house.ask(method, path, who, json=body, headers={"If-Match": '"0"'})
            assert (said.status_code, said.json()["code"]) == (403, "forbidden"), (method, path, said.text)
        assert await house.doors.read(lambda it: it.scalar(select(func.count()).select_from(WALL_DECISIONS))) == 0

    in_house(story)


def test_undo_and_the_curtain() -> None:
    async def story(house: House) -> None:
        await taken(house)
        assert (await post(house, "undo", {}, revision=1)).json()["code"] == "nothing_before"
        await taken(house, HALVES)
        assert (await post(house, "curtain", {"is_drawn": True, "reason": "tamu"}, OTHER_OPERATOR)).json()["is_curtained"]
        assert (await post(house, "curtain", {"is_drawn": True}, LEAD)).json()["revision"] == 3, "drawn already: nothing changes"
        # It was seen before the curtain was drawn, and stands.
        said = (await post(house, "undo", {"reason": "keliru"}, revision=2)).json()
        assert (said["revision"], said["is_curtained"], said["shown"]["layout"]["title"]) == (4, True, "Harian")
        assert said["shown"]["kind"] == "undo"
        said = (await post(house, "curtain", {"is_drawn": False})).json()
        assert (said["revision"], said["is_curtained"], said["shown"]["revision"]) == (5, False, 4)
        said = (await post(house, "undo", {}, revision=5)).json()
        assert said["shown"]["layout"]["title"] == "Siaga", "an undo of an undo goes forward again"
        history = (await house.ask("GET", "/desk/walls/lobby/history")).json()
        assert [one["kind"] for one in history] == ["undo", "open", "undo", "curtain", "take", "take"]
        assert [one["layout"]["title"] for one in history] == ["Siaga", "Harian", "Harian", "Siaga", "Siaga", "Harian"]
        older = (await house.ask("GET", "/desk/walls/lobby/history?before=3")).json()
        assert [one["revision"] for one in older] == [2, 1]
        newest = (await house.ask("GET", "/desk/walls/lobby/history?page_size=1")).json()
        assert [one["revision"] for one in newest] == [6]
        for size in (0, 51, "x"):
            assert (await house.ask("GET", f"/desk/walls/lobby/history?page_size={size}")).status_code == 400

    in_house(story)


BAD: dict[str, dict[str, Any]] = {
    "overlap": layout(("map", [0, 0, 100, 90]), ("ticker", [80, 0, 80, 90])),
    "outside": layout(("map", [0, 0, 161, 90])),
    "no slot": layout(),
    "no name": layout(("", [0, 0, 1, 1])),
    "a name of two lines": layout(("map\n", [0, 0, 1, 1])),
    "too long": layout(*(("map", [i, 0, 1, 1]) for i in range(60))) | {
        "slot": [{"panel": "map", "cell": [i, 0, 1, 1], "options": {"x": "y" * 8_000}} for i in range(60)],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_layout_no_wall_can_show_is_refused_in_words(name: str) -> None:
    async def story(house: House) -> None:
        await taken(house)
        said = await post(house, "take", {"layout": BAD[name]}, revision=1)
        assert (said.status_code, said.json()["code"]) == (400, "bad_layout")
        assert "slot" in said.json()["description"]
        said = await house.ask("PUT", "/desk/presets/baru", json={"layout": BAD[name]}, headers={"If-Match": "0"})
        assert (said.status_code, said.json()["code"]) == (400, "bad_layout")
        assert (await wall(house))["revision"] == 1

    in_house(story)


@pytest.mark.parametrize(
    ("what", "body", "word"),
    [
        ("take", {"layout": MAP, "reason": "x" * 100_000}, "1000"),
        ("undo", {"reason": "x" * 100_000}, "1000"),
        ("curtain", {"is_drawn": True, "reason": "x" * 100_000}, "1000"),
        ("curtain", {"is_drawn": True, "reason": "a\0b"}, "NUL"),
        ("take", {"layout": layout(("map", [0, 0, 1, 1])) | {"title": "a\0"}}, "NUL"),
        ("take", {"layout": MAP, "preset": "harian\n"}, "preset"),
        ("take", {"layout": MAP, "preset": "\n"}, "preset"),
        ("take", {"layout": {"title": "a", "grid": GRID, "slot": [{"panel": "map", "cell": [0, 0, 1, 1], "options": {"a\0": 1}}]}}, "NUL"),
        ("lease", {"region": {"grid": {"columns": 2, "rows": 2}, "cell": [1, 1, 2, 1]}}, "outside"),
        ("lease", {"region": {"grid": {"columns": 0, "rows": 2}, "cell": [0, 0, 1, 1]}}, "columns"),
        ("lease", {"region": {"grid": {"columns": 2**70, "rows": 2}, "cell": [0, 0, 1, 1]}}, "columns"),
    ],
)
def test_bad_input_changes_nothing(what: str, body: dict[str, Any], word: str) -> None:
    async def story(house: House) -> None:
        before = await taken(house)
        said = await post(house, what, body, revision=1)
        assert said.status_code == 400 and word in said.json()["description"], said.text
        assert len(said.text) < 1_000
        assert await wall(house) == before

    in_house(story)


@pytest.mark.parametrize("name", ["-lobby", "lobby%0A", "a" * 65, "lobby%00", "l%C3%B6bby", "%3Cscript%3E"])
def test_a_wall_is_called_by_a_plain_name(name: str) -> None:
    async def story(house: House) -> None:
        for method, path in (("GET", ""), ("GET", "/history"), ("POST", "/lease"), ("DELETE", "/lease")):
            said = await house.ask(method, f"/desk/walls/{name}{path}", json=WHOLE if method == "POST" else None)
            assert (said.status_code, said.json()["code"]) == (400, "bad_value"), said.text

    in_house(story)


def test_by_night_reports_are_suggested_to_who_is_on_duty() -> None:
    async def story(house: House) -> None:
        async def suggested(category: str) -> str:
            report = await house.typed_in(f"{category} {house.now}", category=category)
            return (await house.ask("GET", f"/desk/reports/{report}")).json()["suggested_agency"]

        assert [await suggested("sampah_menumpuk"), await suggested("gangguan_keamanan")] == ["dlh", "satpolpp"]
        house.now += timedelta(hours=8)  # 18.00 WIB
        assert [await suggested("sampah_menumpuk"), await suggested("gangguan_keamanan")] == ["bpbd", "satpolpp"]
        report = await house.typed_in("sampah malam", category="sampah_menumpuk")
        assert (await house.step(report, 1, do="accept")).json()["agency"] == "bpbd", "as it was suggested"
        house.now += timedelta(hours=14)  # 8.00 WIB
        assert await suggested("sampah_menumpuk") == "dlh"

    in_house(story)


def test_script_stays_text() -> None:
    async def story(house: House) -> None:
        nasty = "<script>alert(1)</script>'; DROP TABLE walls; --"
        said = await taken(house, MAP | {"title": nasty}, reason=nasty)
        assert (said["shown"]["layout"]["title"], said["shown"]["reason"]) == (nasty, nasty)

    in_house(story)


async def put(house: House, key: str, revision: int, what: dict[str, Any] = MAP, who: dict[str, str] = OPERATOR) -> httpx.Response:
    return await house.ask("PUT", f"/desk/presets/{key}", who, json={"layout": what}, headers={"If-Match": f'"{revision}"'})


def test_presets_are_saved_changed_and_deleted_on_the_revision_one_has_seen() -> None:
    async def story(house: House) -> None:
        assert (await put(house, "lobi", 0)).json()["revision"] == 1
        said = await put(house, "lobi", 0, HALVES, OTHER_OPERATOR)
        assert (said.status_code, said.json()["code"], said.json()["revision"]) == (409, "stale_revision", 1)
        assert (await put(house, "lobi", 1, HALVES, OTHER_OPERATOR)).json()["by"] == "op2"
        everything = (await house.ask("GET", "/desk/presets")).json()
        assert everything[-1]["key"] == "lobi" and everything[-1]["layout"]["title"] == "Siaga"
        assert (await house.ask("DELETE", "/desk/presets/lobi", headers={"If-Match": "1"})).status_code == 409
        assert (await house.ask("DELETE", "/desk/presets/lobi", headers={"If-Match": "2"})).status_code == 204
        assert (await house.ask("DELETE", "/desk/presets/lobi", headers={"If-Match": "2"})).status_code == 404
        # Whoever still sees the one before does not write over the one that took its name.
        assert (await put(house, "lobi", 0)).json()["revision"] == 4
        assert (await put(house, "lobi", 2)).status_code == 409
        for key in ("Lobi", "a b", "-a", "a" * 65):
            assert (await put(house, key, 0)).json()["code"] == "bad_value"

    in_house(story)


def test_shipped_presets_stand_first_and_are_read_only() -> None:
    async def story(house: House) -> None:
        found = (await house.ask("GET", "/desk/presets")).json()
        assert {"harian", "siaga", "delapan", "lima-sejajar"} <= {one["key"] for one in found if one["is_shipped"]}
        assert (await put(house, "siaga", 0)).json()["code"] == "read_only"
        said = await house.ask("DELETE", "/desk/presets/siaga", headers={"If-Match": "0"})
        assert (said.status_code, said.json()["code"]) == (409, "read_only")
        for one in found:
            await taken(house, one["layout"], preset=one["key"])

    in_house(story)


def test_a_shift_is_handed_over_with_what_is_open_and_accepted_once() -> None:
    async def story(house: House) -> None:
        await house.officer(LEAD)
        await house.officer(OTHER_OPERATOR)
        mine = await house.typed_in("lubang satu")
        await house.typed_in("lubang dua")
        await house.ask("POST", f"/desk/reports/{mine}/claim")
        said = await house.ask("POST", "/desk/handovers", json={"notes": "pompa Periuk rusak", "to": "op2"})
        assert said.status_code == 201, said.text
        given = said.json()
        assert (given["open_reports"], given["late_reports"], given["claimed"], given["by"]) == (2, 0, [mine], "op")
        accept = f"/desk/handovers/{given['number']}/accept"
        assert (await house.ask("POST", accept)).status_code == 400
        assert (await house.ask("POST", accept, {"X-Who": "op3:operator:"})).status_code == 403
        assert (await house.ask("POST", accept, OTHER_OPERATOR)).json()["accepted_by"] == "op2"
        assert (await house.ask("POST", accept, OTHER_OPERATOR)).status_code == 200
        assert (await house.ask("POST", accept, LEAD)).json()["code"] == "accepted"
        assert [one["number"] for one in (await house.ask("GET", "/desk/handovers", LEAD)).json()] == [given["number"]]
        assert (await house.ask("POST", "/desk/handovers", json={"to": "nobody"})).status_code == 400
        assert (await house.ask("POST", "/desk/handovers", json={"notes": "x" * 100_000})).status_code == 400
        assert (await house.ask("POST", "/desk/handovers/99/accept")).json()["code"] == "unknown_handover"

    in_house(story)


def test_a_handover_sent_again_is_written_once() -> None:
    async def story(house: House) -> None:
        for known in (LEAD, OTHER_OPERATOR):
            await house.officer(known)
        key, body = {"Idempotency-Key": "k1"}, {"notes": "pompa Periuk rusak", "to": "op2"}

        async def hand(body: Any, who: dict[str, str] = OPERATOR, headers: dict[str, str] = key) -> httpx.Response:
            return await house.ask("POST", "/desk/handovers", who, json=body, headers=headers)

        first = await hand(body)
        gone = update(USERS).where(USERS.c.login == "op2").values(is_active=False)
        await house.doors.write(lambda connection: connection.execute(gone).rowcount)
        again = await hand(body)
        assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json()), (
            "what has become of them since is no matter"
        )
        for other in ({"notes": "lain", "to": "op2"}, {"notes": body["notes"]}):
            said = await hand(other)
            assert (said.status_code, said.json()["code"]) == (409, "key_used") and "another handover" in said.text
        assert (await hand({"notes": "x"}, LEAD)).status_code == 201, "another's key is another request"
        assert (await hand({"notes": "x"}, headers={})).status_code == (await hand({"notes": "x"}, headers={})).status_code == 201
        assert (await hand(body, headers={"Idempotency-Key": "k" * 101})).status_code == 400
        assert len((await house.ask("GET", "/desk/handovers")).json()) == 4
        audited = select(func.count()).select_from(AUDIT).where(AUDIT.c.action == "hand_over")
        assert await house.doors.read(lambda it: it.scalar(audited)) == 4

    in_house(story)


def test_a_shift_is_handed_to_somebody_active_who_works_at_the_desks() -> None:
    async def story(house: House) -> None:
        for known in (LEAD, OTHER_OPERATOR, DISHUB):
            await house.officer(known)
        people = "/desk/handovers/people"
        assert [one["login"] for one in (await house.ask("GET", people)).json()] == ["lead", "op2"]
        assert "op2" not in (await house.ask("GET", people, OTHER_OPERATOR)).text
        gone = update(USERS).where(USERS.c.login == "op2").values(is_active=False)
        await house.doors.write(lambda connection: connection.execute(gone).rowcount)
        assert [one["login"] for one in (await house.ask("GET", people)).json()] == ["lead"]

    in_house(story)


def test_who_else_has_a_report_open() -> None:
    async def story(house: House) -> None:
        viewing = f"/desk/reports/{await house.typed_in()}/viewing"
        assert (await house.ask("POST", viewing)).json() == {"others": []}
        assert (await house.ask("POST", viewing, LEAD)).json() == {"others": ["op"]}
        assert (await house.ask("POST", viewing)).json() == {"others": ["lead"]}
        assert (await house.ask("DELETE", viewing, LEAD)).status_code == 204
        assert (await house.ask("POST", viewing)).json() == {"others": []}
        house.now += shifts.VIEWING
        assert (await house.ask("POST", viewing, LEAD)).json() == {"others": []}
        assert (await house.ask("POST", "/desk/reports/none/viewing")).status_code == 404
        assert (await house.ask("POST", viewing, MAYOR)).status_code == 403

    in_house(story)
