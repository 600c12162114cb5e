"""A phone in front of the mirror: a device key as WebCrypto makes it, and a browser whose requests the mirror hands on."""

from http.cookies import SimpleCookie
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from feeds.identity import invitations
from feeds.identity.devices import encoded
from feeds.identity.keys import Scope, add_key
from tests.fakes.signed_in import ADMIN, Town

MIRROR = "https://cermin.test"
LABEL = "HP Ibu Sari"


class DeviceKey:
    """P-256 unless another curve is wanted."""

    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self.key = ec.generate_private_key(curve or ec.SECP256R1())

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def public_key(self) -> str:
        return encoded(self.spki)

    def sign(self, said: str) -> str:
        """r and s one after the other, base64url."""
        size = (self.key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(self.key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
        return encoded(r.to_bytes(size, "big") + s.to_bytes(size, "big"))


class Phone:
    """``key``: the mirror's own; empty where somebody goes past the mirror. ``who``: what the doors said at the last sign-in."""

    def __init__(self, town: Town, key: str, device: DeviceKey | None = None) -> None:
        self.town, self.key = town, key
        self.device = device or DeviceKey()
        self.cookies: dict[str, str] = {}
        self.who: dict[str, Any] = {}

    async def send(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """As the mirror hands it on, with the cookies of this phone, which are kept as a browser keeps them."""
        sent = {"Origin": MIRROR} | ({"X-Mirror-Key": self.key} if self.key else {}) | headers
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.who:
            sent.setdefault("X-CSRF-Token", self.who["csrf"])
        self.town.client.cookies.clear()
        said = await self.town.client.request(method, path, json=json, headers=sent)
        for line in said.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return said

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, json, **headers)

    async def redeem(self, token: str, **change: Any) -> httpx.Response:
        begun = (await self.post("/session/invitation/options", {"token": token})).json()
        attempt = begun.get("attempt", "none")
        return self.kept(await self.post("/session/invitation", self.redemption(token, attempt) | change))

    def redemption(self, token: str, attempt: str) -> dict[str, Any]:
        return {"token": token, "attempt": attempt, "label": LABEL, "device": self.proved(attempt)}

    def proved(self, attempt: str) -> dict[str, str]:
        return {"public_key": self.device.public_key, "proof": self.device.sign(f"live-room device\n{attempt}")}

    async def come_back(self, device: str | None = None, **change: Any) -> httpx.Response:
        """Signs in with the device's key alone."""
        name = device or self.who["device"]
        begun = (await self.post("/session/device/options", {"device": name})).json()
        proof = self.device.sign(f"live-room device\n{begun['attempt']}\n{begun['challenge']}")
        return self.kept(await self.post("/session/device", {"attempt": begun["attempt"], "device": name, "proof": proof} | change))

    def kept(self, said: httpx.Response) -> httpx.Response:
        if said.status_code == 200:
            self.who = said.json()
        return said


def a_mirror_key(town: Town) -> str:
    return town.database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), town.now, ADMIN))[1]


def invited(town: Town, login: str) -> str:
    """The token of a new invitation."""
    return town.database.write(lambda it: invitations.make(it, login, town.now, ADMIN))[1]
