"""A viewer's device as a bench has one: its P-256 key, its way in by an invitation, and the cookie it gets. Knows HTTP alone."""

import base64
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from controlroom.measure.result import CannotMeasure

ANSWER_S = 20.0
LIVE = "live-room live\n"
DEVICE = "live-room device\n"
COORDINATE = 32


def plain(data: bytes) -> str:
    """base64url without padding, as every proof and key travels."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """A key that stays where it was made."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return plain(self._key.public_key().public_bytes(serialization.Encoding.DER, spki))

    def signed(self, words: str) -> str:
        """As a browser signs: the two numbers one behind the other."""
        r, s = decode_dss_signature(self._key.sign(words.encode(), ec.ECDSA(hashes.SHA256())))
        return plain(r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big"))


class Pass(msgspec.Struct, frozen=True):
    """What a browser holds once it is let in: the cookies as one header, and whose they are."""

    cookie: str
    login: str
    csrf: str


class _Attempt(msgspec.Struct, frozen=True):
    attempt: str


class _WhoAmI(msgspec.Struct, frozen=True):
    login: str
    csrf: str


def enter(base: str, token: str, device: Device, *, label: str = "bench", address: str | None = None) -> Pass:
    """Uses an invitation up at the mirror ``base``. ``address``: whose it says it is, as a proxy would. Raises ``CannotMeasure``."""
    with asked(base, address) as client:
        attempt = msgspec.json.decode(_ok(client.post("/session/invitation/options", json={"token": token})), type=_Attempt).attempt
        answer = client.post("/session/invitation", json=redemption(token, attempt, device, label))
        who = msgspec.json.decode(_ok(answer), type=_WhoAmI)
        return Pass("; ".join(f"{name}={value}" for name, value in client.cookies.items()), who.login, who.csrf)


def redemption(token: str, attempt: str, device: Device, label: str = "bench") -> dict[str, Any]:
    """The body that uses an invitation up."""
    proof = device.signed(DEVICE + attempt)
    return {
        "token": token,
        "attempt": attempt,
        "label": label,
        "device": {"public_key": device.public_key, "proof": proof},
        "passkey": None,
    }


def asked(base: str, address: str | None = None) -> httpx.Client:
    """A client that asks as a page of ``base`` would."""
    headers = {"Origin": base} | ({"X-Forwarded-For": address} if address is not None else {})
    return httpx.Client(base_url=base, headers=headers, timeout=ANSWER_S, trust_env=False)


def _ok(answer: httpx.Response) -> bytes:
    if not answer.is_success:
        raise CannotMeasure(f"{answer.request.method} {answer.request.url.path}: HTTP {answer.status_code} {answer.text[:300]}")
    return answer.content
