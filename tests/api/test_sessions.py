"""Signing in and out at the real doors: what a session is worth, how long, to whom, and what everybody else gets."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from litestar import get, post
from sqlalchemy import select, update

from feeds.api.sessions import NamedActor
from feeds.identity import audit, passwords, users
from feeds.identity.keys import Scope, add_key
from feeds.identity.users import UserChange
from feeds.reports.roles import Role
from feeds.store.schema import SESSIONS, USERS
from tests.fakes.signed_in import ADMIN, PASSWORD, Town, a_town

pytestmark = pytest.mark.usefixtures("both_stores")


@get("/probe")
async def probe(actor: NamedActor) -> dict[str, Any]:
    return {"id": actor.id, "role": actor.role, "agency": actor.agency}


@post("/probe", status_code=200)
async def change_probe(actor: NamedActor) -> dict[str, Any]:
    return {"id": actor.id, "role": actor.role}


def in_town(story: Callable[[Town], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with a_town(more=[probe, change_probe], **options) as town:
            town.add("rina", Role.OPERATOR)
            town.add("budi", Role.OPD, "dlh")
            town.add("sari", Role.ADMIN)
            await story(town)

    asyncio.run(main())


def test_a_person_signs_in_is_known_and_signs_out() -> None:
    async def story(town: Town) -> None:
        assert (await town.client.get("/session")).json()["code"] == "not_signed_in"
        said = await town.sign_in(" Budi ")
        assert said["login"] == "budi" and said["agency"] == "dlh" and "see_queue" in said["permissions"]
        assert (await town.client.get("/session")).json() == said
        assert (await town.client.get("/probe")).json() == {"id": "budi", "role": "opd", "agency": "dlh"}
        cookie = town.client.cookies.get("live_room")
        assert (await town.client.delete("/session")).status_code == 204
        assert town.client.cookies.get("live_room") is None
        town.client.cookies.set("live_room", cookie or "")
        assert (await town.client.get("/probe")).status_code == 401

    in_town(story)


def test_the_cookie_is_for_the_browser_alone() -> None:
    async def story(town: Town) -> None:
        answer = await town.client.post("/session", json={"login": "rina", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-live_room=")
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=43200"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
        assert answer.headers["cache-control"] == "no-store"
        assert (await town.client.get("/probe")).status_code == 200

    in_town(story, is_secure=True)


def test_a_token_never_lives_through_a_sign_in() -> None:
    async def story(town: Town) -> None:
        town.client.cookies.set("live_room", "chosen-by-somebody-else")
        await town.sign_in("rina")
        first = town.client.cookies.get("live_room", domain="testserver.local")
        assert first and first != "chosen-by-somebody-else"
        await town.sign_in("rina")
        second = town.client.cookies.get("live_room", domain="testserver.local")
        assert second and second != first
        town.forget()
        for token, status in ((first, 401), (second, 200), ("chosen-by-somebody-else", 401)):
            assert (await town.client.get("/probe", headers={"Cookie": f"live_room={token}"})).status_code == status

    in_town(story)


def test_a_change_needs_the_token_of_this_very_session() -> None:
    async def story(town: Town) -> None:
        other = (await town.sign_in("budi"))["csrf"]
        town.forget()
        mine = (await town.sign_in("rina"))["csrf"]
        del town.client.headers["X-CSRF-Token"]
        for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": other}, {"X-CSRF-Token": mine[:-1]}, {"X-CSRF-Token": "é"}):
            encoded = {name: value.encode("latin-1") for name, value in headers.items()}
            answer = await town.client.post("/probe", headers=encoded)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
        assert (await town.client.delete("/session")).status_code == 403
        assert (await town.client.post("/probe", headers={"X-CSRF-Token": mine})).json()["id"] == "rina"
        assert (await town.client.get("/probe")).status_code == 200

    in_town(story)


def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours() -> None:
    async def story(town: Town) -> None:
        await town.sign_in("rina")
        for _ in range(14):
            town.later(minutes=50)
            assert (await town.client.get("/probe")).status_code == 200
        town.later(minutes=50)
        assert (await town.client.get("/probe")).status_code == 401
        town.forget()
        await town.sign_in("rina")
        town.later(minutes=59)
        assert (await town.client.get("/probe")).status_code == 200
        town.later(minutes=60)
        assert (await town.client.get("/probe")).status_code == 401

    in_town(story)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.LEAD}, {"agency": "dlh"}])
def test_whoever_loses_a_right_is_out_at_once(change: dict[str, Any]) -> None:
    async def story(town: Town) -> None:
        await town.sign_in("rina")
        town.database.write(
            lambda connection: users.change_user(connection, town.doors.city, "rina", UserChange(**change), now=town.now, by=ADMIN)
        )
        assert (await town.client.get("/probe")).status_code == 401
        town.forget()
        again = await town.client.post("/session", json={"login": "rina", "password": PASSWORD})
        assert again.status_code == (401 if change == {"is_active": False} else 200)

    in_town(story)


def test_five_wrong_passwords_lock_and_nobody_can_tell() -> None:
    async def story(town: Town) -> None:
        answers: list[tuple[int, Any, bool]] = []

        async def attempt(login: str, password: str) -> int:
            answer = await town.client.post("/session", json={"login": login, "password": password})
            answers.append((answer.status_code, answer.json(), "retry-after" in answer.headers))
            return answer.status_code

        for _ in range(5):
            await attempt("rina", "wrong wrong wrong")
        assert await attempt("rina", PASSWORD) == 401  # locked
        await attempt("nobody", PASSWORD)
        await attempt("'; DROP TABLE users; --\x00", PASSWORD)
        assert len({str(one) for one in answers}) == 1, answers
        assert answers[0][1]["code"] == "wrong_credentials" and not answers[0][2]
        town.later(minutes=14)
        assert await attempt("rina", PASSWORD) == 401
        town.later(minutes=1)
        assert await attempt("rina", PASSWORD) == 200
        log = town.database.read(lambda connection: audit.page(connection, page_size=200)).rows
        assert [row.action for row in log if row.object == "user rina"] == ["sign_in"] + ["sign_in_failed"] * 7 + ["add_user"]
        assert sum(row.object == "unknown login" for row in log) == 2
        assert PASSWORD not in str(log) and "DROP" not in str(log)

    in_town(story)


def test_guesses_at_once_are_counted_one_by_one() -> None:
    async def story(town: Town) -> None:
        guesses = [town.client.post("/session", json={"login": "rina", "password": f"guess number {n}"}) for n in range(8)]
        assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {401}
        assert town.database.read(lambda connection: users.get_user(connection, "rina")).locked_until is not None
        assert (await town.client.post("/session", json={"login": "rina", "password": PASSWORD})).status_code == 401

    in_town(story)


def test_an_address_that_tries_too_often_is_told_to_wait() -> None:
    async def story(town: Town) -> None:
        for _ in range(4):
            await town.sign_in("rina")  # right ones never add up
        for number in range(3):
            answer = await town.client.post("/session", json={"login": f"nobody{number}", "password": "x"})
            assert answer.status_code == 401
        answer = await town.client.post("/session", json={"login": "rina", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "too_many_requests", "301")
        town.later(seconds=301)
        await town.sign_in("rina")

    in_town(story, most_tries=3)


def test_one_lists_and_ends_ones_own_sessions_alone() -> None:
    async def story(town: Town) -> None:
        town.client.headers["User-Agent"] = "Phone\x1b[31m" + "x" * 500
        await town.sign_in("budi")
        other = (await town.client.get("/session/all")).json()[0]
        assert other["is_this"] and other["device"].startswith("Phone[31m") and len(other["device"]) == 200
        town.forget()
        await town.sign_in("rina")
        town.client.cookies.clear()
        await town.sign_in("rina")
        mine = (await town.client.get("/session/all")).json()
        assert [one["is_this"] for one in mine].count(True) == 1 and len(mine) == 2
        assert (await town.client.delete(f"/session/all/{other['id']}")).json()["code"] == "unknown_session"
        for bad in ("%25", "%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25", "_" * 16, "%00"):
            assert (await town.client.delete(f"/session/all/{bad}")).status_code == 404
        first = next(one["id"] for one in mine if not one["is_this"])
        assert (await town.client.delete(f"/session/all/{first}")).status_code == 204
        assert len((await town.client.get("/session/all")).json()) == 1
        count = town.database.read(lambda connection: len(connection.execute(select(SESSIONS.c.digest)).all()))
        assert count == 2

    in_town(story)


def test_a_new_password_ends_every_session() -> None:
    async def story(town: Town) -> None:
        await town.sign_in("rina")
        elsewhere = town.client.cookies.get("live_room")
        town.client.cookies.clear()
        await town.sign_in("rina")
        for body, status, code in (
            ({"old": "wrong wrong wrong", "password": "lima kata yang baru"}, 403, "wrong_password"),
            ({"old": PASSWORD, "password": "short"}, 400, "weak_password"),
            ({"old": PASSWORD, "password": "x" * 2_000}, 400, "weak_password"),
        ):
            answer = await town.client.post("/session/password", json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await town.client.post("/session/password", json={"old": PASSWORD, "password": "lima kata yang baru"})).status_code == 204
        town.forget()
        assert (await town.client.get("/probe", headers={"Cookie": f"live_room={elsewhere}"})).status_code == 401
        await town.sign_in("rina", "lima kata yang baru")

    in_town(story)


def test_a_key_opens_no_page_of_the_desk() -> None:
    async def story(town: Town) -> None:
        key = town.database.write(lambda connection: add_key(connection, "test", tuple(Scope), town.now, ADMIN))[1]
        for is_signed_in in (False, True):
            for given in (key, key + "x", ""):
                headers = {"Authorization": f"Bearer {given}"}
                for path in ("/probe", "/users", "/session", "/desk/audit"):
                    said = await town.client.get(path, headers=headers)
                    assert (said.status_code, said.json()["code"]) == (403, "key"), path
                assert (await town.client.post("/probe", headers=headers)).status_code == 403
            if not is_signed_in:
                await town.sign_in("rina")

    in_town(story)


HOSTILE = ["", ";", "=", "a" * 5_000, "lr_", "../../etc", "%00", "' OR '1'='1", "\xff\xfe", "live_room", "Bearer", '"', "[" * 200]


def test_hostile_headers_and_bodies_are_refused_not_an_error() -> None:
    async def story(town: Town) -> None:
        for text in HOSTILE:
            raw = text.encode("latin-1")
            for headers in (
                {"Cookie": b"live_room=" + raw},
                {"Authorization": b"Bearer " + raw},
                {"Authorization": raw},
                {"Cookie": b"live_room=x", "X-CSRF-Token": raw},
            ):
                answer = await town.client.post("/probe", headers=headers)  # type: ignore[arg-type]
                assert answer.status_code in (401, 403), (headers, answer.text)
            for body in (raw, b'{"login": "' + raw + b'"}', b"[" * 20_000, b'{"login": "\\ud800", "password": "\\ud800"}', b"[1]"):
                answer = await town.client.post("/session", content=body, headers={"Content-Type": "application/json"})
                assert 400 <= answer.status_code < 500, (body[:100], answer.text)
                town.later(minutes=6)

    in_town(story)


def test_a_form_of_another_site_signs_nobody_in() -> None:
    async def story(town: Town) -> None:
        body = '{"login": "rina", "password": "' + PASSWORD + '"}'
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = await town.client.post("/session", content=body, headers={"Content-Type": kind})
            assert answer.status_code in (400, 415) and "set-cookie" not in answer.headers
        assert (await town.client.post("/session", content=body, headers={"Content-Type": "application/json"})).status_code == 200

    in_town(story)


def test_a_password_kept_by_older_settings_is_kept_anew() -> None:
    async def story(town: Town) -> None:
        from argon2 import PasswordHasher

        old = PasswordHasher(time_cost=1, memory_cost=8_192).hash(PASSWORD)
        town.database.write(lambda connection: connection.execute(update(USERS).where(USERS.c.login == "rina").values(password=old)))
        await town.sign_in("rina")
        kept = town.database.read(lambda connection: connection.scalar(select(USERS.c.password).where(USERS.c.login == "rina")))
        assert kept != old and not passwords.is_outdated(kept or "")
        await town.sign_in("rina")

    in_town(story)


def test_no_log_line_and_no_row_carries_a_secret(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    async def story(town: Town) -> None:
        said = await town.sign_in("rina")
        token = town.client.cookies.get("live_room") or "?"
        wrong = "a wrong one that nobody shall read"
        await town.client.post("/session", json={"login": "rina", "password": wrong})
        await town.client.post("/session", json={"login": wrong, "password": wrong})
        with contextlib.suppress(Exception):
            await town.client.post("/session", content=b'{"login": "' + wrong.encode() + b'", "password": 7}')
        kept = town.database.read(
            lambda c: str([*c.execute(select(SESSIONS)), *c.execute(select(USERS)), *audit.page(c, page_size=200).rows])
        )
        out = capfd.readouterr()
        seen.append(kept)
        for secret in (PASSWORD, wrong, token, said["csrf"]):
            assert secret not in out.out + out.err + caplog.text and secret not in kept

    in_town(story)
    assert "rina" in seen[0]
