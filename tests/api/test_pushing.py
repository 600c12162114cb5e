"""The doors of Web Push: an invited device alone, by its mirror, for itself; and nothing where the room has no key or is simulated."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from feeds.api.pushing import Subscribing
from feeds.identity import audit, push, sessions
from feeds.identity.push_keys import generated, read_key
from feeds.reports.roles import Role
from feeds.store.device_schema import PUSH_SUBSCRIPTIONS
from tests.fakes.phone import MIRROR, Phone, a_mirror_key, invited
from tests.fakes.push_service import Browser
from tests.fakes.signed_in import Town, a_town

Story = Callable[[Town, Phone], Awaitable[None]]
KEY = read_key(generated(), "mailto:ruang@tangerang.example")
PATH = "/session/push"


def in_town(story: Story, **options: Any) -> None:
    async def main() -> None:
        given: dict[str, Any] = {"mirror_url": MIRROR, "push_key": KEY.public} | options
        async with a_town(**given) as town:
            town.add("wali", Role.MAYOR)
            town.add("lina", Role.LEAD)
            phone = Phone(town, a_mirror_key(town))
            assert (await phone.redeem(invited(town, "wali"))).status_code == 200
            await story(town, phone)

    asyncio.run(main())


def refusal(said: httpx.Response) -> tuple[int, str]:
    return said.status_code, said.json()["code"]


def kept(town: Town) -> int:
    return town.database.read(lambda it: it.execute(select(func.count()).select_from(PUSH_SUBSCRIPTIONS)).scalar_one())


@pytest.mark.usefixtures("both_stores")
def test_a_device_asks_to_be_rung_is_rung_there_and_asks_no_more() -> None:
    async def story(town: Town, phone: Phone) -> None:
        browser = Browser()
        assert (await phone.get(PATH)).json() == {"public_key": KEY.public, "is_on": False}
        for _ in range(2):
            said = await phone.post(PATH, browser.told)
            assert (said.status_code, said.content) == (204, b"")
        assert (await phone.get(PATH)).json()["is_on"]
        rung = town.database.write(lambda it: push.listening(it, None, town.now))
        assert rung == [browser.subscription(phone.who["device"])]
        for _ in range(2):
            assert (await phone.send("DELETE", PATH)).status_code == 204
        assert not (await phone.get(PATH)).json()["is_on"] and kept(town) == 0
        deeds = [row for row in town.database.read(lambda it: audit.page(it).rows) if row.action.startswith("push")]
        assert [(row.action, row.actor, row.object) for row in deeds] == [
            ("push_off", "wali", f"device {phone.who['device']}"), ("push_on", "wali", f"device {phone.who['device']}"),
        ]  # fmt: skip
        assert "wpush" not in str(deeds), "where a phone is rung is nobody's business"

    in_town(story)


def test_the_same_phone_for_another_person_is_rung_for_that_one_alone() -> None:
    async def story(town: Town, phone: Phone) -> None:
        await phone.post(PATH, Browser().told)
        other = Phone(town, phone.key)
        await other.redeem(invited(town, "lina"))
        assert (await other.post(PATH, Browser().told)).status_code == 204
        assert not (await phone.get(PATH)).json()["is_on"] and (await other.get(PATH)).json()["is_on"]
        assert (await other.send("DELETE", "/session")).status_code == 204
        assert town.database.write(lambda it: push.listening(it, None, town.now)) == [], "signed out, it is rung no more"

    in_town(story)


def test_it_needs_the_mirrors_key_the_csrf_token_and_a_device() -> None:
    async def story(town: Town, phone: Phone) -> None:
        past = Phone(town, "")
        past.cookies, past.who = {"live_room": next(iter(phone.cookies.values()))}, phone.who
        desk = town.database.write(lambda it: sessions.begin(it, "lina", "desk", town.now))
        at_a_desk = Phone(town, phone.key)
        at_a_desk.cookies, at_a_desk.who = {"live_room": desk}, {"csrf": sessions.csrf_of(desk)}
        nobody = Phone(town, phone.key)
        for method, body in (("GET", None), ("POST", Browser().told), ("DELETE", None)):
            assert refusal(await past.send(method, PATH, body)) == (403, "bound_session")
            assert refusal(await nobody.send(method, PATH, body)) == (401, "not_signed_in")
            at_a_desk.cookies = {"live_room": desk}
            assert refusal(await at_a_desk.send(method, PATH, body, Origin="http://testserver.local")) == (403, "unbound_session")
            if method != "GET":
                assert refusal(await phone.send(method, PATH, body, **{"X-CSRF-Token": "x"})) == (403, "csrf")
        form = await phone.send("POST", PATH, None, **{"Content-Type": "text/plain"})
        assert form.status_code in (400, 415) and kept(town) == 0

    in_town(story)


@pytest.mark.parametrize(("options", "code"), [({"push_key": ""}, "no_push"), ({"is_simulated": True}, "simulated")])
def test_a_room_that_rings_nobody_says_so(options: dict[str, Any], code: str) -> None:
    async def story(town: Town, phone: Phone) -> None:
        assert refusal(await phone.get(PATH)) == (404, code)
        assert refusal(await phone.post(PATH, Browser().told)) == (404, code)
        assert (await phone.send("DELETE", PATH)).status_code == 204 and kept(town) == 0

    in_town(story, **options)


def test_what_cannot_be_rung_is_refused_by_the_field_it_is_about() -> None:
    async def story(town: Town, phone: Phone) -> None:
        for field, value in (
            ("endpoint", "https://10.0.0.1/a"), ("endpoint", "http://push.example.com/a"), ("p256dh", "AAAA"), ("auth", "AAAA"),
        ):  # fmt: skip
            said = await phone.post(PATH, Browser().told | {field: value})
            assert refusal(said) == (400, "bad_subscription") and said.json()["field"] == field
            assert value not in said.text
        for body in (
            {},
            Browser().told | {"x": 1},
            Browser().told | {"endpoint": "https://a.b/" + "x" * 1_000},
            Browser().told | {"auth": 7},
            [],
        ):
            assert (await phone.post(PATH, body)).status_code == 400
        assert kept(town) == 0

    in_town(story)


def test_a_device_that_asks_without_end_is_told_to_wait() -> None:
    async def story(town: Town, phone: Phone) -> None:
        codes = [(await phone.post(PATH, Browser(f"b{number}").told)).status_code for number in range(61)]
        assert set(codes[:50]) == {204} and codes[-1] == 429
        assert kept(town) == 1

    in_town(story)


@settings(max_examples=300, deadline=None)
@given(st.builds(Subscribing, endpoint=st.text(max_size=80) | st.from_regex(r"https://[\w.:@\[\]%-]{1,40}/\S{0,20}"), p256dh=st.just(Browser().told["p256dh"]) | st.text(max_size=90), auth=st.just(Browser().told["auth"]) | st.text(max_size=30)))  # fmt: skip
def test_what_is_taken_is_at_a_named_host_over_tls_and_keeps_its_words(told: Subscribing) -> None:
    try:
        read = push.read("d", told.endpoint, told.p256dh, told.auth)
    except push.PushProblem:
        return
    assert read.endpoint == told.endpoint and told.endpoint.lower().startswith("https://")
    assert len(read.p256dh) == 65 and len(read.auth) == 16 and "@" not in told.endpoint.partition("//")[2].partition("/")[0]
