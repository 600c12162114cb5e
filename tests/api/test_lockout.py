"""Wrong passwords lock out whoever types them and nobody else; whose address it is; a password that was handed over."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Request
from sqlalchemy import select

from feeds.api.sessions import address_of
from feeds.identity import audit, tries, users
from feeds.reports.roles import Role
from feeds.store.schema import DEVICES, SIGN_IN_FAILURES
from tests.fakes.signed_in import PASSWORD, Town, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

OWN = "kata sandi milik sendiri"


def in_town(story: Callable[[Town], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town(most_tries=10_000) as town:
            town.add("rina", Role.OPERATOR)
            town.add("budi", Role.OPERATOR)
            town.add("sari", Role.ADMIN)
            await story(town)

    asyncio.run(main())


async def attempt(town: Town, login: str, password: str, *, at: str, cookies: dict[str, str] | None = None) -> httpx.Response:
    """As a browser at that address, behind the proxy of the same machine; ``cookies``: what it kept."""
    app = town.client.app
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4711))  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local", cookies=cookies) as browser:
        return await browser.post("/session", json={"login": login, "password": password}, headers={"X-Forwarded-For": at})


async def wrong(town: Town, times: int, *, at: str, login: str = "rina", cookies: dict[str, str] | None = None) -> None:
    for _ in range(times):
        assert (await attempt(town, login, "salah salah salah", at=at, cookies=cookies)).status_code == 401


def test_a_stranger_locks_out_himself_alone() -> None:
    async def story(town: Town) -> None:
        await wrong(town, 5, at="203.0.113.66")
        assert (await attempt(town, "rina", PASSWORD, at="203.0.113.66")).status_code == 401
        assert (await attempt(town, "rina", PASSWORD, at="198.51.100.7")).status_code == 200
        # Who was right elsewhere opens nothing here.
        assert (await attempt(town, "rina", PASSWORD, at="203.0.113.66")).status_code == 401
        assert (await attempt(town, "budi", PASSWORD, at="203.0.113.66")).status_code == 200
        await wrong(town, 5, at="2001:db8::1", login="budi")
        assert (await attempt(town, "budi", PASSWORD, at="2001:db8::2")).status_code == 401, "one network of one household"
        town.later(minutes=15)
        assert (await attempt(town, "rina", PASSWORD, at="203.0.113.66")).status_code == 200

    in_town(story)


def test_many_addresses_lock_out_strangers_and_not_the_browser_that_is_known() -> None:
    async def story(town: Town) -> None:
        mine = dict((await attempt(town, "rina", PASSWORD, at="198.51.100.7")).cookies)
        others = dict((await attempt(town, "budi", PASSWORD, at="198.51.100.7")).cookies)
        for number in range(tries.MOST_EVERYWHERE // 4 + 1):
            await wrong(town, 4, at=f"203.0.113.{number}")
        at = "192.0.2.9"
        assert (await attempt(town, "rina", PASSWORD, at=at)).status_code == 401
        assert (await attempt(town, "rina", PASSWORD, at=at, cookies=others)).status_code == 401
        assert (await attempt(town, "rina", PASSWORD, at=at, cookies={"live_room_device": "x" * 43})).status_code == 401
        assert (await attempt(town, "rina", PASSWORD, at=at, cookies=mine)).status_code == 200
        # Somebody who took the browser guesses no more often than anybody else.
        await wrong(town, 5, at=at, cookies=mine)
        assert (await attempt(town, "rina", PASSWORD, at=at, cookies=mine)).status_code == 401

    in_town(story)


def test_a_browser_stays_known_to_each_who_signs_in_with_it_and_is_given_no_token_of_somebody_else() -> None:
    async def story(town: Town) -> None:
        planted = {"live_room_device": "a" * 43}
        first = dict((await attempt(town, "rina", PASSWORD, at="192.0.2.1", cookies=planted)).cookies)
        assert first["live_room_device"] != planted["live_room_device"]
        again = dict((await attempt(town, "budi", PASSWORD, at="192.0.2.1", cookies=first)).cookies)
        assert again["live_room_device"] == first["live_room_device"]
        for _ in range(tries.MOST_DEVICES + 3):
            await attempt(town, "rina", PASSWORD, at="192.0.2.1")
        logins = town.database.read(lambda connection: list(connection.scalars(select(DEVICES.c.login))))
        assert logins.count("rina") == tries.MOST_DEVICES and logins.count("budi") == 1
        town.now += tries.DEVICE_LIFE + timedelta(days=1)
        assert dict((await attempt(town, "budi", PASSWORD, at="192.0.2.1", cookies=again)).cookies) != again
        assert town.database.read(lambda connection: list(connection.scalars(select(DEVICES.c.login)))) == ["budi"]

    in_town(story)


def test_an_admin_opens_a_lock_and_old_failures_are_forgotten() -> None:
    async def story(town: Town) -> None:
        await wrong(town, 5, at="203.0.113.66")
        assert (await attempt(town, "rina", PASSWORD, at="203.0.113.66")).status_code == 401
        await town.sign_in("sari")
        listed = {one["login"]: one for one in (await town.client.get("/users")).json()}
        assert listed["rina"]["locked_until"] and not listed["budi"]["locked_until"]
        opened = await town.client.post("/users/rina/unlock")
        assert (opened.status_code, opened.json()["locked_until"]) == (200, None)
        assert (await town.client.post("/users/nobody/unlock")).status_code == 404
        assert (await attempt(town, "rina", PASSWORD, at="203.0.113.66")).status_code == 200
        assert town.database.read(lambda connection: audit.page(connection, action="unlock")).rows[0].object == "user rina"
        await wrong(town, 4, at="203.0.113.1", login="budi")
        town.later(hours=25)
        await wrong(town, 1, at="203.0.113.2", login="budi")
        kept = town.database.read(lambda connection: list(connection.execute(select(SIGN_IN_FAILURES.c.origin, SIGN_IN_FAILURES.c.count))))
        assert sorted(tuple(one) for one in kept) == [("", 1), ("203.0.113.2", 1)]

    in_town(story)


def _request(peer: str, told: list[str]) -> Request[Any, Any, Any]:
    headers = [(b"x-forwarded-for", one.encode()) for one in told]
    return Request({"type": "http", "headers": headers, "client": (peer, 1), "method": "GET", "path": "/"})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "address"),
    [
        ("203.0.113.9", ["192.0.2.1"], None, "203.0.113.9"),  # nobody's proxy: not believed
        ("127.0.0.1", ["192.0.2.1"], None, "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.1, 198.51.100.7"], None, "198.51.100.7"),  # the first is what the sender said
        ("127.0.0.1", ["192.0.2.1", "198.51.100.7"], None, "198.51.100.7"),
        ("10.0.0.5", ["192.0.2.1, 198.51.100.7, 10.0.0.6"], ["10.0.0.0/8"], "198.51.100.7"),
        ("::ffff:10.0.0.5", ["192.0.2.1"], ["10.0.0.0/8"], "192.0.2.1"),
        ("10.0.0.5", ["10.0.0.7"], ["10.0.0.0/8"], "10.0.0.7"),
        ("10.0.0.5", [], ["10.0.0.0/8"], "10.0.0.5"),
        ("10.0.0.5", ["192.0.2.1, <script>"], ["10.0.0.0/8"], "10.0.0.5"),
        ("127.0.0.1", ["192.0.2.1"], ["10.0.0.0/8"], "127.0.0.1"),
        ("/run/live-room.sock", ["192.0.2.1"], None, "?"),
    ],
)
def test_where_a_request_came_from(peer: str, told: list[str], proxies: list[str] | None, address: str) -> None:
    asked = _request(peer, told)
    assert (address_of(asked) if proxies is None else address_of(asked, proxies)) == address


def test_a_password_that_was_handed_over_opens_only_the_door_where_another_is_set() -> None:
    async def story(town: Town) -> None:
        await town.sign_in("sari")
        made = (await town.client.post("/users", json={"login": "tono", "name": "Tono", "role": "operator"})).json()
        assert made["user"]["must_change"]
        handed = {"tono": made["password"], "rina": (await town.client.post("/users/rina/password")).json()["password"]}
        for login, password in handed.items():
            town.forget()
            assert (await town.sign_in(login, password))["must_change_password"]
            for method, path in (("GET", "/session/all"), ("GET", "/users"), ("POST", "/session/passkeys/options")):
                said = await town.client.request(method, path)
                assert (said.status_code, said.json()["code"]) == (403, "must_change_password"), path
            assert (await town.client.get("/session")).status_code == 200
            same = await town.client.post("/session/password", json={"old": password, "password": password})
            assert (same.status_code, same.json()["code"]) == (400, "weak_password")
            assert (await town.client.post("/session/password", json={"old": password, "password": OWN})).status_code == 204
            town.forget()
            assert (await town.client.post("/session", json={"login": login, "password": password})).status_code == 401
            assert not (await town.sign_in(login, OWN))["must_change_password"]
            assert (await town.client.get("/session/all")).status_code == 200

    in_town(story)


def test_accounts_of_the_demo_need_no_other_password() -> None:
    async def story() -> None:
        async with a_town() as town:
            drafts = users.draft_demo_accounts(town.doors.city)
            made = town.database.write(lambda connection: users.make_demo_accounts(connection, town.doors.city, town.now, drafts))
            login, _, password = made[0]
            assert not (await town.sign_in(login, password))["must_change_password"]

    asyncio.run(story())
