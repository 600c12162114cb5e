"""Passkeys from end to end: a device made of software registers, signs in, and is refused whenever it lies."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from feeds.identity import users
from feeds.identity.users import UserChange
from feeds.reports.roles import Role
from tests.fakes.signed_in import ADMIN, Town, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

ORIGIN = "http://testserver.local"


class Device:
    """A security key: one credential of P-256, a counter, and a finger that is there or not."""

    def __init__(self, origin: str = ORIGIN, rp_id: str = "testserver.local", *, is_verified: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.origin, self.rp_id, self.count = origin, rp_id, 0
        self.flags = 0x01 | (0x04 if is_verified else 0)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _head(self, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        about = self._head(self.flags | 0x40) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        client = self._client("webauthn.create", options["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        response = {"clientDataJSON": bytes_to_base64url(client), "attestationObject": bytes_to_base64url(attestation)}
        return self._credential(response)

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        about, client = self._head(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "authenticatorData": bytes_to_base64url(about),
                "signature": bytes_to_base64url(signature),
            }
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = bytes_to_base64url(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def in_town(story: Callable[[Town], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            town.add("rina", Role.OPERATOR)
            town.add("sari", Role.ADMIN)
            await town.sign_in("rina")
            await story(town)

    asyncio.run(main())


async def register(town: Town, device: Device, label: str = "Kunci meja") -> Any:
    begun = (await town.client.post("/session/passkeys/options")).json()
    body = {"attempt": begun["attempt"], "credential": device.create(begun["options"]), "label": label}
    return await town.client.post("/session/passkeys", json=body)


async def sign_in(town: Town, device: Device) -> Any:
    begun = (await town.client.post("/session/passkey/options")).json()
    return await town.client.post("/session/passkey", json={"attempt": begun["attempt"], "credential": device.get(begun["options"])})


def test_a_device_registers_signs_in_and_is_taken_away() -> None:
    async def story(town: Town) -> None:
        device = Device()
        made = await register(town, device)
        assert made.status_code == 201 and made.json()["label"] == "Kunci meja"
        assert (await register(town, device)).json()["code"] == "bad_passkey"
        town.forget()
        for _ in range(6):  # a lock of the password does not lock the device
            await town.client.post("/session", json={"login": "rina", "password": "wrong wrong wrong"})
        answer = await sign_in(town, device)
        assert answer.status_code == 200 and answer.json()["login"] == "rina"
        town.client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        (listed,) = (await town.client.get("/session/passkeys")).json()
        assert base64url_to_bytes(listed["id"]) == device.id
        assert (await town.client.delete(f"/session/passkeys/{listed['id']}")).status_code == 204
        assert (await town.client.delete(f"/session/passkeys/{listed['id']}")).status_code == 404
        assert (await sign_in(town, device)).json()["code"] == "wrong_credentials"

    in_town(story)


def test_a_device_that_lies_is_refused() -> None:
    async def story(town: Town) -> None:
        for liar in (Device(origin="https://evil.example"), Device(rp_id="evil.example"), Device(is_verified=False)):
            assert (await register(town, liar)).status_code == 400
        device = Device()
        assert (await register(town, device)).status_code == 201
        town.forget()
        stranger = Device()
        stranger.id = device.id
        for change in (
            {"origin": "https://evil.example"},
            {"rp_id": "evil.example"},
            {"flags": 0x01},
            {"key": stranger.key},
            {"count": 0},
        ):
            kept = dict(vars(device))
            vars(device).update(change)
            assert (await sign_in(town, device)).json()["code"] == "wrong_credentials", change
            vars(device).update({name: kept[name] for name in change if name != "count"})
        assert (await sign_in(town, device)).status_code == 200

    in_town(story)


def test_an_attempt_is_good_once_for_a_while_and_for_whom_it_was_begun() -> None:
    async def story(town: Town) -> None:
        device = Device()
        begun = (await town.client.post("/session/passkeys/options")).json()
        await town.sign_in("sari")
        body = {"attempt": begun["attempt"], "credential": device.create(begun["options"]), "label": "x"}
        assert (await town.client.post("/session/passkeys", json=body)).json()["code"] == "attempt_ended"
        await town.sign_in("rina")
        await register(town, device)
        town.forget()
        begun = (await town.client.post("/session/passkey/options")).json()
        proof = {"attempt": begun["attempt"], "credential": device.get(begun["options"])}
        assert (await town.client.post("/session/passkey", json=proof)).status_code == 200
        assert (await town.client.post("/session/passkey", json=proof)).json()["code"] == "attempt_ended"
        begun = (await town.client.post("/session/passkey/options")).json()
        town.later(minutes=6)
        proof = {"attempt": begun["attempt"], "credential": device.get(begun["options"])}
        assert (await town.client.post("/session/passkey", json=proof)).json()["code"] == "attempt_ended"

    in_town(story)


def test_whoever_is_shut_out_is_so_with_any_device() -> None:
    async def story(town: Town) -> None:
        device = Device()
        await register(town, device)
        town.database.write(
            lambda connection: users.change_user(connection, town.doors.city, "rina", UserChange(is_active=False), now=town.now, by=ADMIN)
        )
        town.forget()
        assert (await sign_in(town, device)).status_code == 401

    in_town(story)


def test_nonsense_for_an_answer_is_refused_and_no_error() -> None:
    async def story(town: Town) -> None:
        device = Device()
        await register(town, device)
        name = bytes_to_base64url(device.id)
        whole = {"id": name, "rawId": name, "type": "public-key"}
        nonsense: list[Any] = [{}, {"id": 7}, {"id": name}, {**whole, "response": {}}, {**whole, "response": 7}]
        values: list[Any] = [None, 7, [], "", "AA", "!!!", "é", "A" * 4_000, bytes_to_base64url(b"\x9f" * 300)]
        for field in ("clientDataJSON", "authenticatorData", "signature"):
            nonsense += [{**whole, "response": {**device.get({"challenge": "AA"})["response"], field: value}} for value in values]
        for credential in nonsense:
            town.later(minutes=6)
            begun = (await town.client.post("/session/passkey/options")).json()
            answer = await town.client.post("/session/passkey", json={"attempt": begun["attempt"], "credential": credential})
            assert answer.status_code == 401, (credential, answer.text)

    in_town(story)
