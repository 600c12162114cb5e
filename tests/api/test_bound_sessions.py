"""A session that is bound to a device: its cookie alone opens no door at all, beside the mirror's key it reads, and it ends at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import select

from feeds.api.viewers import MOST_TOKENS
from feeds.identity import audit, devices, keys, sessions, users
from feeds.identity.keys import Scope, add_key
from feeds.identity.users import UserChange
from feeds.reports.roles import Role
from feeds.store.schema import SESSIONS
from tests.api.test_hostile import ADMIN as HOSTILE_ADMIN
from tests.api.test_hostile import NOW, City, in_city
from tests.api.test_roles_at_doors import SENT
from tests.fakes.phone import MIRROR, DeviceKey, Phone, a_mirror_key, invited
from tests.fakes.push_service import Browser
from tests.fakes.signed_in import ADMIN, PASSWORD, Town, a_town

Story = Callable[[Town, Phone], Awaitable[None]]
NO_SESSION_ASKED = ("/media/", "/open311/", "/s/", "/schema", "/health")
"""Beginnings of doors of the public or with keys of their own: a session is nothing there."""

SIGN_IN = {f"POST /session{rest}" for rest in (
    "", "/invitation/options", "/invitation", "/device/options", "/device", "/passkey/options", "/passkey", "/standing",
)}  # fmt: skip
"""Doors at which somebody comes in, and the one that the mirror asks with its key alone."""

LOOKED_AT = {
    "/session", "/session/all", "/session/passkeys", "/session/push", "/desk/reports", "/desk/reports/{report}", "/desk/media/{content_hash}", "/desk/figures",
    "/desk/templates", "/desk/instructions",
}  # fmt: skip
"""All that even a lead reads away from the room: no person, no audit, no accounts, no wall's history."""

BODIES: dict[str, Any] = SENT | {
    "POST /users": {"login": "baru", "name": "N", "role": "operator"},
    "POST /desk/steps": {"steps": [{"id": "x", "revision": 1, "action": {"do": "note", "text": "x"}}]},
    "POST /session/password": {"old": PASSWORD, "password": "kata sandi yang lain"},
    "POST /session/passkeys": {"attempt": "x", "credential": {}, "label": "x"},
    "POST /session/views": {"what": "live"},
    "POST /session/push": Browser().told,
}
OWN = {
    ("DELETE", "/session"), ("DELETE", "/session/all/{session_id}"), ("POST", "/session/views"), ("POST", "/session/push"),
    ("DELETE", "/session/push"),
}  # fmt: skip
"""What a device changes about itself alone."""


def in_town(story: Story, **options: Any) -> None:
    async def main() -> None:
        async with a_town(mirror_url=MIRROR, **options) as town:
            town.add("wali", Role.MAYOR)
            town.add("lina", Role.LEAD)
            phone = Phone(town, a_mirror_key(town))
            assert (await phone.redeem(invited(town, "wali"))).status_code == 200
            await story(town, phone)

    asyncio.run(main())


def refusal(said: httpx.Response) -> tuple[int, str]:
    return said.status_code, said.json()["code"]


def _routes(city: City) -> list[tuple[str, str]]:
    """Method and path of every door that asks who is signed in."""
    return [
        (method, route.path_format)
        for route in city.app.routes
        if isinstance(route, HTTPRoute) and not route.path_format.startswith(NO_SESSION_ASKED)
        for method in sorted(route.methods - {"OPTIONS", "HEAD"})
        if f"{method} {route.path_format}" not in SIGN_IN
    ]


def test_a_stolen_cookie_opens_no_door_and_with_the_mirrors_key_nothing_but_reading() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        database = city.doors.database
        key = database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), NOW, HOSTILE_ADMIN))[1]
        other = database.write(lambda it: add_key(it, "x", (Scope.SUBMIT, Scope.UPDATES, Scope.MEDIA), NOW, HOSTILE_ADMIN))[1]
        report = await city.new(browser)

        def bind(connection: Any) -> str:
            device = devices.add(connection, users.actor_of(connection, "lina"), DeviceKey().spki, "HP", NOW)
            return sessions.begin(connection, "lina", "x", NOW, device=device)

        routes = _routes(city)
        for method, path in routes:
            token = database.write(bind)
            own = {"Cookie": f"live_room={token}", "X-CSRF-Token": sessions.csrf_of(token), "If-Match": '"1"'}
            where = path.format(
                report=report, login="lina", content_hash="0" * 64, wall="a", key="b", number=1, session_id="x" * 16, passkey="p"
            )
            body = BODIES.get(f"{method} {path}") if method != "GET" else None
            for given in ({}, {"X-Mirror-Key": ""}, {"X-Mirror-Key": other}, {"X-Mirror-Key": key[:-1]}, {"X-Mirror-Key": "lr_x"}):
                said = await browser.request(method, where, headers=own | given, json=body)
                assert refusal(said) in ((403, "bound_session"), (403, "bad_mirror_key")), (method, path, given, said.text)
            said = await browser.request(method, where, headers=own | {"X-Mirror-Key": key}, json=body)
            if method == "GET":
                assert (said.status_code != 403) is (path in LOOKED_AT), (path, said.text)
            elif (method, path) not in OWN:
                assert refusal(said) == (403, "bound_session"), (method, path, said.text)
        assert len(routes) > 45
        done = {row.action for row in database.read(lambda it: audit.page(it, actor="lina", page_size=200)).rows}
        assert done == {"add_device", "remove_device", "end_session", "view"}, "nothing was done and no person was read"

    in_city(story)


def test_a_report_is_read_as_on_the_wall_and_stays_as_it_was() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        database = city.doors.database
        key = database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), NOW, HOSTILE_ADMIN))[1]
        report = await city.new(browser)
        device = database.write(lambda it: devices.add(it, users.actor_of(it, "lina"), DeviceKey().spki, "HP", NOW))
        token = database.write(lambda it: sessions.begin(it, "lina", "x", NOW, device=device))
        headers = {"Cookie": f"live_room={token}", "X-CSRF-Token": sessions.csrf_of(token), "If-Match": '"1"', "X-Mirror-Key": key}
        for path, body in (("steps", {"do": "note", "text": "x"}), ("claim", None), ("viewing", None)):
            assert refusal(await browser.post(f"/desk/reports/{report}/{path}", json=body, headers=headers)) == (403, "bound_session")
        seen = (await browser.get(f"/desk/reports/{report}", headers=headers)).json()
        assert seen["report"]["revision"] == 1 and seen["history"] and seen["steps"] == [] and not seen["can_see_person"]
        assert seen["description"] == "" and "lubang besar" not in str(seen), "a citizen's words stay in the room, whatever the role"
        assert (await browser.get("/desk/reports", headers=headers, params={"q": "lubang besar"})).json()["total"] == 0
        desk = database.write(lambda it: sessions.begin(it, "lina", "x", NOW))
        at_a_desk = (await browser.get(f"/desk/reports/{report}", headers={"Cookie": f"live_room={desk}"})).json()
        assert at_a_desk["description"] == "lubang besar" and at_a_desk["steps"]

    in_city(story)


@pytest.mark.usefixtures("both_stores")
def test_a_key_that_is_withdrawn_takes_every_viewer_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.api.known_keys.KNOWN_S", 0.0)

    async def story(town: Town, phone: Phone) -> None:
        assert (await phone.get("/session")).status_code == 200
        (key,) = town.database.read(keys.list_keys)
        assert key.scopes == ("mirror",) and key.seen_at == town.now
        town.database.write(lambda it: keys.revoke_key(it, key.id, town.now, ADMIN))
        assert refusal(await phone.get("/session")) == (403, "bound_session")
        assert refusal(await phone.post("/session/standing", {"tokens": []})) == (403, "bad_mirror_key")

    in_town(story)


def looks(phone: Phone) -> dict[str, Any]:
    """What the mirror asks of a viewer whose device has proved its key."""
    return {"tokens": list(phone.cookies.values())}


@pytest.mark.usefixtures("both_stores")
def test_a_bound_session_lives_longer_than_a_desks_and_ends_all_the_same() -> None:
    async def story(town: Town, phone: Phone) -> None:
        desk = town.database.write(lambda it: sessions.begin(it, "wali", "desk", town.now))
        for day in range(1, 30):
            town.later(days=1)
            if day % 6 == 0:
                assert (await phone.post("/session/standing", looks(phone))).json()[0]["stands"], day
        assert town.database.read(lambda it: sessions.find(it, desk, town.now)) is None
        town.later(days=1)
        assert refusal(await phone.get("/session")) == (401, "not_signed_in")
        assert (await phone.come_back()).status_code == 200
        town.later(days=6, hours=23)
        assert (await phone.get("/session")).status_code == 200
        town.later(hours=1)
        assert refusal(await phone.get("/session")) == (401, "not_signed_in")
        town.database.write(lambda it: sessions.begin(it, "lina", "desk", town.now))
        kept = town.database.read(lambda it: it.execute(select(SESSIONS.c.login)).scalars().all())
        assert kept == ["lina"], "what does not hold any more is swept"

    in_town(story)


def _end_by_person(town: Town, phone: Phone) -> Awaitable[Any]:
    return phone.send("DELETE", "/session")


async def _end_from_the_list(town: Town, phone: Phone) -> None:
    (listed,) = (await phone.get("/session/all")).json()
    assert (await phone.send("DELETE", f"/session/all/{listed['id']}")).status_code == 204


async def _end_by_admin(town: Town, phone: Phone) -> None:
    town.database.write(lambda it: users.end_sessions(it, "wali", now=town.now, by=ADMIN))


async def _remove(town: Town, phone: Phone) -> None:
    town.database.write(lambda it: devices.remove(it, phone.who["device"], town.now, ADMIN))


async def _shut_out(town: Town, phone: Phone) -> None:
    change = UserChange(is_active=False)
    town.database.write(lambda it: users.change_user(it, town.doors.city, "wali", change, now=town.now, by=ADMIN))


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize("end", [_end_by_person, _end_from_the_list, _end_by_admin, _remove, _shut_out])
def test_whatever_ends_it_ends_it_at_once_and_the_device_does_not_come_back(end: Story) -> None:
    async def story(town: Town, phone: Phone) -> None:
        kept = dict(phone.cookies)
        standing = {"tokens": list(kept.values())}
        assert (await phone.post("/session/standing", standing)).json()[0]["stands"]
        await end(town, phone)
        assert (await phone.post("/session/standing", standing)).json() == [{"stands": False, "ends_at": None}]
        phone.cookies = kept
        assert refusal(await phone.get("/session")) == (401, "not_signed_in")
        assert refusal(await phone.come_back()) == (401, "wrong_credentials")

    in_town(story)


@pytest.mark.usefixtures("both_stores")
def test_another_persons_session_is_not_ended_by_its_id() -> None:
    async def story(town: Town, phone: Phone) -> None:
        other = Phone(town, phone.key)
        await other.redeem(invited(town, "lina"))
        (listed,) = (await other.get("/session/all")).json()
        assert refusal(await phone.send("DELETE", f"/session/all/{listed['id']}")) == (404, "unknown_session")
        assert (await other.get("/session")).json()["login"] == "lina"
        assert refusal(await phone.send("DELETE", "/session", **{"X-CSRF-Token": other.who["csrf"]})) == (403, "csrf")

    in_town(story)


@pytest.mark.usefixtures("both_stores")
def test_the_mirror_asks_of_all_its_viewers_at_once_and_keeps_them_in_use() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token = next(iter(phone.cookies.values()))
        desk = town.database.write(lambda it: sessions.begin(it, "lina", "desk", town.now))
        answer = (await phone.post("/session/standing", {"tokens": ["x", token, desk, token, ""]})).json()
        assert [one["stands"] for one in answer] == [False, True, False, True, False], "a desk's is no viewer"
        assert answer[1]["ends_at"] == phone.who["ends_at"]
        for _ in range(12):
            town.later(days=2)
            assert (await phone.post("/session/standing", {"tokens": [token]})).json()[0]["stands"], "an open page is in use"
        assert (await phone.post("/session/standing", {"tokens": ["x"] * MOST_TOKENS})).status_code == 200
        for tokens in (["x"] * (MOST_TOKENS + 1), ["x" * 129], "x", [7], None):
            assert (await phone.post("/session/standing", {"tokens": tokens})).status_code == 400
        without = Phone(town, "")
        assert refusal(await without.post("/session/standing", {"tokens": [token]})) == (403, "bad_mirror_key")

    in_town(story)


@pytest.mark.usefixtures("both_stores")
def test_every_view_is_in_the_audit_log_with_who_looked_and_on_what_device() -> None:
    async def story(town: Town, phone: Phone) -> None:
        for what, object in (("live", ""), ("report", "LR-1"), ("reports", "dlh"), ("wall", "Lobi utama")):
            said = await phone.post("/session/views", {"what": what, "object": object})
            assert (said.status_code, said.content) == (204, b"")
        rows = town.database.read(lambda it: audit.page(it, action="view").rows)
        assert [row.object for row in reversed(rows)] == ["live", "report LR-1", "reports dlh", "wall Lobi utama"]
        assert {(row.actor, row.role, row.body["device"]) for row in rows} == {("wali", "mayor", phone.who["device"])}
        assert all(row.body["address"] for row in rows)
        assert (await phone.post("/session/views", {"what": "refused"})).status_code == 204
        (row,) = town.database.read(lambda it: audit.page(it, action="sign_in_failed").rows)
        assert (row.actor, row.object, row.body) == ("wali", "user wali", rows[0].body | {"by": "device"})
        for body in (
            {"what": "person", "object": "1"},
            {"what": "live", "object": "a\0b"},
            {"what": "live", "object": "x" * 151},
            {"object": "x"},
        ):
            assert (await phone.post("/session/views", body)).status_code == 400, body
        assert refusal(await Phone(town, phone.key).post("/session/views", {"what": "live"})) == (401, "not_signed_in")
        past = Phone(town, "")
        past.cookies = phone.cookies
        assert refusal(await past.post("/session/views", {"what": "live"})) == (403, "bad_mirror_key")
        desk = Phone(town, phone.key)
        desk.cookies = {"live_room": town.database.write(lambda it: sessions.begin(it, "lina", "desk", town.now))}
        assert refusal(await desk.post("/session/views", {"what": "live"})) == (403, "unbound_session")
        assert len(town.database.read(lambda it: audit.page(it, action="view").rows)) == 4

    in_town(story)


def test_the_mirrors_cookie_is_looked_at_only_where_the_mirror_hands_on() -> None:
    async def story(town: Town, phone: Phone) -> None:
        (name,) = phone.cookies
        assert name == "__Host-live_room"
        past = Phone(town, "")
        past.cookies = phone.cookies
        assert refusal(await past.get("/session")) == (401, "not_signed_in")
        past.cookies = {"live_room": phone.cookies[name]}
        assert refusal(await past.get("/session")) == (403, "bound_session")
        town.forget()
        said = await town.client.post("/session", json={"login": "wali", "password": PASSWORD})
        assert said.headers["set-cookie"].startswith("live_room=") and said.json()["device"] is None
        out = await phone.send("DELETE", "/session")
        assert out.status_code == 204 and out.headers["set-cookie"].startswith("__Host-live_room=") and phone.cookies == {}

    in_town(story)
