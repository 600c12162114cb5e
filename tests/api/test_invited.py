"""An invitation from end to end at the real doors: looked at, redeemed on a phone with and without a passkey, and everything that is not one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.identity import audit, devices, invitations, passkeys, sessions, users
from feeds.identity.users import UserChange
from feeds.reports.roles import Role
from tests.api.test_passkeys import Device as Passkey
from tests.fakes.phone import LABEL, MIRROR, DeviceKey, Phone, a_mirror_key, invited
from tests.fakes.signed_in import ADMIN, Town, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

Story = Callable[[Town, Phone], Awaitable[None]]


def in_town(story: Story, mirror_url: str = MIRROR, **options: Any) -> None:
    async def main() -> None:
        async with a_town(mirror_url=mirror_url, **options) as town:
            town.add("wali", Role.MAYOR)
            town.add("kepala", Role.HEAD, "dlh")
            town.add("opd", Role.OPD, "dlh")
            await story(town, Phone(town, a_mirror_key(town)))

    asyncio.run(main())


def rows(town: Town, action: str) -> list[Any]:
    return town.database.read(lambda it: audit.page(it, action=action, page_size=200).rows)


def is_refused(said: httpx.Response, status: int, code: str) -> None:
    assert (said.status_code, said.json()["code"]) == (status, code), said.text


def test_a_phone_without_a_passkey_is_let_in_once_and_bound() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token = invited(town, "wali")
        for _ in range(2):
            begun = await phone.post("/session/invitation/options", {"token": token})
            said = begun.json()
            assert begun.status_code == 200 and (said["name"], said["role"], said["city"]) == ("Wali", "mayor", "Kota Tangerang")
            assert said["options"]["rp"]["id"] == "cermin.test" and said["options"]["excludeCredentials"] == []
        entered = await phone.redeem(token)
        assert entered.status_code == 200, entered.text
        who = entered.json()
        assert who["login"] == "wali" and who["device_key"] == phone.device.public_key and len(who["device"]) == 16
        flags = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "secure", "samesite=strict", "path=/", f"max-age={30 * 86_400}"} <= flags
        assert list(phone.cookies) == ["__Host-live_room"], "of the mirror, over TLS alone"
        assert (await phone.get("/session")).json() == who
        (listed,) = (await phone.get("/session/all")).json()
        assert listed["bound_to"] == LABEL and listed["is_this"]
        other = Phone(town, phone.key)
        is_refused(await other.post("/session/invitation/options", {"token": token}), 410, "invitation_ended")
        assert [row.body["device"] for row in rows(town, "redeem")] == [who["device"]]
        assert [row.body["why"] for row in rows(town, "redeem_failed")] == ["used"]

    in_town(story)


def test_a_phone_with_a_passkey_comes_back_with_it_and_is_bound_to_a_device_again() -> None:
    async def story(town: Town, phone: Phone) -> None:
        passkey = Passkey(MIRROR, "cermin.test")
        begun = (await phone.post("/session/invitation/options", {"token": (token := invited(town, "wali"))})).json()
        body = phone.redemption(token, begun["attempt"]) | {"passkey": passkey.create(begun["options"])}
        assert (await phone.post("/session/invitation", body)).status_code == 200
        again = Phone(town, phone.key)
        begun = (await again.post("/session/passkey/options")).json()
        loose = {"attempt": begun["attempt"], "credential": passkey.get(begun["options"])}
        is_refused(await again.post("/session/passkey", loose), 400, "device_missing")
        is_refused(await again.post("/session/passkey", loose | {"device": None}), 400, "device_missing")
        begun = (await again.post("/session/passkey/options")).json()
        assert begun["options"]["rpId"] == "cermin.test"
        device = again.proved(begun["attempt"]) | {"label": "Tablet"}
        body = {"attempt": begun["attempt"], "credential": passkey.get(begun["options"]), "device": device}
        entered = again.kept(await again.post("/session/passkey", body))
        assert entered.status_code == 200 and entered.json()["device_key"] == again.device.public_key
        kept = town.database.read(lambda it: devices.list_devices(it, "wali"))
        assert {one.label for one in kept} == {LABEL, "Tablet"}
        assert (await again.get("/session")).status_code == 200

    in_town(story)


def test_a_passkey_of_one_place_opens_nothing_at_the_other() -> None:
    async def story(town: Town, phone: Phone) -> None:
        mirrors, desks = Passkey(MIRROR, "cermin.test"), Passkey()
        begun = (await phone.post("/session/invitation/options", {"token": (token := invited(town, "wali"))})).json()
        for liar in (desks, Passkey("https://evil.test", "cermin.test"), Passkey(MIRROR, "evil.test")):
            body = phone.redemption(token, begun["attempt"]) | {"passkey": liar.create(begun["options"])}
            is_refused(await phone.post("/session/invitation", body), 400, "bad_passkey")
            begun = (await phone.post("/session/invitation/options", {"token": token})).json()
        body = phone.redemption(token, begun["attempt"]) | {"passkey": mirrors.create(begun["options"])}
        assert (await phone.post("/session/invitation", body)).status_code == 200, "what was refused has used nothing up"
        begun = (await town.client.post("/session/passkey/options")).json()
        assert begun["options"]["rpId"] == "testserver.local"
        said = await town.client.post("/session/passkey", json={"attempt": begun["attempt"], "credential": mirrors.get(begun["options"])})
        is_refused(said, 401, "wrong_credentials")
        assert [row.body["why"] for row in rows(town, "redeem_failed")] == ["bad_passkey"] * 3
        assert town.database.read(lambda it: len(passkeys.list_passkeys(it, "wali"))) == 1

    in_town(story)


@pytest.mark.parametrize(("mirror_url", "is_secure"), [(MIRROR, False), ("", True)])
def test_a_passkey_of_an_invitation_opens_no_desk_whatever_its_owner_says_of_the_place(mirror_url: str, is_secure: bool) -> None:
    """Without a mirror both places are one address."""

    async def story(town: Town, phone: Phone) -> None:
        town.add("lead", Role.LEAD)
        desk = town.doors.options.base_url
        passkey = Passkey(mirror_url or desk, "cermin.test" if mirror_url else "testserver.local")
        begun = (await phone.post("/session/invitation/options", {"token": (token := invited(town, "lead"))})).json()
        body = phone.redemption(token, begun["attempt"]) | {"passkey": passkey.create(begun["options"])}
        assert (await phone.post("/session/invitation", body)).status_code == 200
        # A key made of software signs what it likes: that it stands at the doors, whose passkey it has never been.
        passkey.origin, passkey.rp_id = desk, "testserver.local"
        town.forget()
        begun = (await town.client.post("/session/passkey/options")).json()
        said = await town.client.post("/session/passkey", json={"attempt": begun["attempt"], "credential": passkey.get(begun["options"])})
        is_refused(said, 401, "wrong_credentials")
        assert [row.actor for row in rows(town, "sign_in_failed")] == ["lead"] and rows(town, "sign_in") == []

    in_town(story, mirror_url=mirror_url, is_secure=is_secure)


def test_a_passkey_of_the_desk_binds_no_device() -> None:
    async def story(town: Town, phone: Phone) -> None:
        passkey = Passkey()
        await town.sign_in("wali")
        begun = (await town.client.post("/session/passkeys/options")).json()
        body = {"attempt": begun["attempt"], "credential": passkey.create(begun["options"]), "label": "x"}
        assert (await town.client.post("/session/passkeys", json=body)).status_code == 201
        passkey.origin, passkey.rp_id = MIRROR, "cermin.test"
        begun = (await phone.post("/session/passkey/options")).json()
        device = phone.proved(begun["attempt"]) | {"label": "HP"}
        body = {"attempt": begun["attempt"], "credential": passkey.get(begun["options"]), "device": device}
        is_refused(await phone.post("/session/passkey", body), 401, "wrong_credentials")
        assert town.database.read(lambda it: devices.list_devices(it, "wali")) == []

    in_town(story)


def test_every_kind_of_bad_invitation_gets_one_answer() -> None:
    async def story(town: Town, phone: Phone) -> None:
        ended, withdrawn, shut, good = (invited(town, login) for login in ("wali", "wali", "kepala", "wali"))
        listed = town.database.read(invitations.list_invitations)
        by_token = {one.id: one for one in listed}
        name = passkeys.hashlib.sha256(withdrawn.encode()).hexdigest()[: invitations.ID_LETTERS]
        town.database.write(lambda it: invitations.withdraw(it, by_token[name].id, town.now, ADMIN))
        change = UserChange(is_active=False)
        town.database.write(lambda it: users.change_user(it, town.doors.city, "kepala", change, now=town.now, by=ADMIN))
        answers = [await phone.post("/session/invitation/options", {"token": one}) for one in (withdrawn, shut, "x" * 43, "", good[:-1])]
        begun = (await phone.post("/session/invitation/options", {"token": good})).json()
        town.later(minutes=15)
        answers += [await phone.post("/session/invitation/options", {"token": one}) for one in (ended, good)]
        # With an attempt that was begun in time, and the key that proves it: too late all the same. The attempt ends with five minutes.
        is_refused(await phone.post("/session/invitation", phone.redemption(good, begun["attempt"])), 400, "attempt_ended")
        assert {one.status_code for one in answers} == {410} and len({one.text for one in answers}) == 1
        assert {"withdrawn", "ended", "open"} >= {row.body["why"] for row in rows(town, "redeem_failed") if "why" in row.body}
        assert len(rows(town, "redeem_failed")) == len(answers)

    in_town(story)


def test_an_invitation_that_ends_between_looking_and_redeeming_lets_nobody_in() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token = invited(town, "wali")
        town.later(minutes=13)
        begun = (await phone.post("/session/invitation/options", {"token": token})).json()
        town.later(minutes=2)
        is_refused(await phone.post("/session/invitation", phone.redemption(token, begun["attempt"])), 410, "invitation_ended")
        assert town.database.read(lambda it: devices.list_devices(it, "wali")) == []

    in_town(story)


def test_a_clock_that_jumps_shuts_out_rather_than_lets_in() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token = invited(town, "wali")
        town.later(days=-1)
        is_refused(await phone.post("/session/invitation/options", {"token": token}), 410, "invitation_ended")
        town.later(days=1)
        assert (await phone.redeem(token)).status_code == 200
        town.later(days=400)
        is_refused(await phone.get("/session"), 401, "not_signed_in")
        is_refused(await phone.come_back(), 401, "wrong_credentials")

    in_town(story)


def test_of_eight_phones_at_one_moment_one_comes_in() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token, phones = invited(town, "wali"), [Phone(town, phone.key) for _ in range(8)]
        begun = [(await one.post("/session/invitation/options", {"token": token})).json()["attempt"] for one in phones]
        bodies = [one.redemption(token, attempt) for one, attempt in zip(phones, begun, strict=True)]
        said = await asyncio.gather(*(one.post("/session/invitation", body) for one, body in zip(phones, bodies, strict=True)))
        assert sorted(one.status_code for one in said) == [200] + [410] * 7
        assert len(town.database.read(lambda it: devices.list_devices(it, "wali"))) == 1
        assert len(town.database.read(lambda it: sessions.list_open(it, town.now, "wali"))) == 1

    in_town(story)


def test_a_device_that_proves_nothing_is_refused_and_uses_nothing_up() -> None:
    async def story(town: Town, phone: Phone) -> None:
        token, other = invited(town, "wali"), invited(town, "wali")
        foreign, stranger = DeviceKey(ec.SECP384R1()), DeviceKey()
        for change in (
            {"proof": ""}, {"proof": "A" * 86}, {"public_key": stranger.public_key}, {"public_key": foreign.public_key}, {"public_key": ""},
            {"proof": stranger.sign("live-room device\nx")},
        ):  # fmt: skip
            begun = (await phone.post("/session/invitation/options", {"token": token})).json()
            body = phone.redemption(token, begun["attempt"])
            is_refused(await phone.post("/session/invitation", body | {"device": body["device"] | change}), 400, "bad_device")
            is_refused(await phone.post("/session/invitation", body), 400, "attempt_ended")
        begun = (await phone.post("/session/invitation/options", {"token": token})).json()
        replayed = phone.redemption(token, begun["attempt"]) | {"token": other}
        is_refused(await phone.post("/session/invitation", replayed), 400, "attempt_ended")
        begun = (await phone.post("/session/invitation/options", {"token": token})).json()
        said = await phone.post("/session/invitation", phone.redemption(token, begun["attempt"]) | {"label": " \n"})
        is_refused(said, 400, "bad_device")
        assert (await phone.redeem(token)).status_code == 200

    in_town(story, most_tries=100)


def test_a_device_comes_back_by_its_key_and_a_replayed_or_forged_proof_does_not() -> None:
    async def story(town: Town, phone: Phone) -> None:
        await phone.redeem(invited(town, "wali"))
        thief = Phone(town, phone.key)
        town.later(days=8)
        is_refused(await phone.get("/session"), 401, "not_signed_in")
        begun = (await phone.post("/session/device/options", {"device": phone.who["device"]})).json()
        said = f"live-room device\n{begun['attempt']}\n{begun['challenge']}"
        body = {"attempt": begun["attempt"], "device": phone.who["device"], "proof": phone.device.sign(said)}
        assert phone.kept(await phone.post("/session/device", body)).status_code == 200
        assert (await phone.get("/session")).json()["device"] == body["device"]
        is_refused(await thief.post("/session/device", body), 400, "attempt_ended")
        is_refused(await thief.come_back(body["device"]), 401, "wrong_credentials")
        is_refused(await thief.come_back("0" * 16), 401, "wrong_credentials")
        begun = (await thief.post("/session/device/options", {"device": "0" * 16})).json()
        is_refused(await thief.post("/session/device", body | {"attempt": begun["attempt"]}), 400, "attempt_ended")
        assert begun.keys() == {"attempt", "challenge"}
        town.later(minutes=6)
        assert [row.body.get("by") for row in rows(town, "sign_in")] == ["device"]
        assert len(rows(town, "sign_in_failed")) == 2

    in_town(story)


def test_whoever_may_not_see_the_mirror_any_more_binds_no_device() -> None:
    async def story(town: Town, phone: Phone) -> None:
        passkey = Passkey(MIRROR, "cermin.test")
        begun = (await phone.post("/session/invitation/options", {"token": (token := invited(town, "kepala"))})).json()
        body = phone.redemption(token, begun["attempt"]) | {"passkey": passkey.create(begun["options"])}
        assert (await phone.post("/session/invitation", body)).status_code == 200
        change = UserChange(role=Role.OPD, agency="dlh")
        town.database.write(lambda it: users.change_user(it, town.doors.city, "kepala", change, now=town.now, by=ADMIN))
        other = Phone(town, phone.key)
        begun = (await other.post("/session/passkey/options")).json()
        device = other.proved(begun["attempt"]) | {"label": "Tablet"}
        body = {"attempt": begun["attempt"], "credential": passkey.get(begun["options"]), "device": device}
        is_refused(await other.post("/session/passkey", body), 403, "forbidden")
        assert [one.label for one in town.database.read(lambda it: devices.list_devices(it, "kepala"))] == [LABEL]

    in_town(story)


def test_guessing_at_invitations_and_devices_is_counted_by_address() -> None:
    async def story(town: Town, phone: Phone) -> None:
        good = invited(town, "wali")
        at = {"X-Forwarded-For": "203.0.113.66"}

        async def options(token: str, **headers: str) -> httpx.Response:
            return await phone.post("/session/invitation/options", {"token": token}, **headers)

        for number in range(5):
            is_refused(await options(f"{number}" * 43, **at), 410, "invitation_ended")
        said = await options(good, **at)
        assert said.status_code == 429 and int(said.headers["retry-after"]) > 0
        for _ in range(10):
            assert (await options(good, **{"X-Forwarded-For": "198.51.100.7"})).status_code == 200
        for _ in range(60):
            asked = await phone.post("/session/device/options", {"device": "0" * 16}, **{"X-Forwarded-For": "192.0.2.9"})
        assert asked.status_code == 200
        asked = await phone.post("/session/device/options", {"device": "0" * 16}, **{"X-Forwarded-For": "192.0.2.9"})
        assert asked.status_code == 429

    def as_behind_a_proxy(town: Town, phone: Phone) -> Awaitable[None]:
        town.client._transport = httpx.ASGITransport(app=town.client.app, client=("127.0.0.1", 1))  # pyright: ignore
        return story(town, phone)

    in_town(as_behind_a_proxy, most_tries=5)


def test_no_passkey_is_asked_for_where_no_browser_makes_one() -> None:
    async def story(town: Town, phone: Phone) -> None:
        said = await phone.post("/session/invitation/options", {"token": invited(town, "wali")})
        assert said.status_code == 200 and said.json()["options"] is None

    in_town(story, mirror_url="http://127.0.0.1:8312")
    in_town(story, mirror_url="https://192.0.2.7")


BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["token", "attempt", "label", "device", "public_key", "proof", "passkey", "credential", "tokens", "what", "object"])
        | st.text(max_size=8), inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip
PATHS = ("/session/invitation/options", "/session/invitation", "/session/device/options", "/session/device", "/session/passkey",
         "/session/standing", "/session/views")  # fmt: skip


def test_whatever_is_sent_is_refused_or_answered_and_never_breaks_a_door() -> None:
    async def story(town: Town, phone: Phone) -> None:
        whole = phone.redemption("x" * 43, "y" * 22)
        bodies: list[Any] = []

        @settings(max_examples=60, deadline=None, derandomize=True, database=None)
        @given(BODIES | st.fixed_dictionaries({name: BODIES | st.just(value) for name, value in whole.items()}))
        def gather(body: Any) -> None:
            bodies.append(body)

        gather()
        await phone.redeem(invited(town, "wali"))
        for body in bodies:
            for path in PATHS:
                said = await phone.post(path, body)
                assert said.status_code in (200, 204, 400, 401, 403, 410, 415), (path, body, said.text)
        for path in PATHS:
            for content, kind in ((b"\xff", "application/json"), (b"[" * 50_000, "application/json"), (b"", "application/json"),
                                  (b"token=x", "application/x-www-form-urlencoded"), (b"{}", "text/plain")):  # fmt: skip
                headers = {"Content-Type": kind, "X-Mirror-Key": phone.key}
                said = await town.client.post(path, content=content, headers=headers)
                assert said.status_code in (400, 415), (path, content[:20], kind, said.text)
            said = await phone.post(path, {"token": "x" * 70_000, "device": "x" * 70_000, "attempt": "x" * 70_000})
            assert said.status_code in (400, 413), (path, said.text)
        for name, size in (("token", 129), ("attempt", 65), ("label", 101)):
            assert (await phone.post("/session/invitation", whole | {name: "x" * size})).status_code == 400
        for name, size in (("public_key", 201), ("proof", 101)):
            body = whole | {"device": whole["device"] | {name: "A" * size}}
            assert (await phone.post("/session/invitation", body)).status_code == 400

    in_town(story, most_tries=100_000)
