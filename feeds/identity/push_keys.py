"""The key by which push services know this room (VAPID, RFC 8292): made once, kept by the environment, its public half told to browsers.

A browser's subscription is good for the key it was made with alone: a room that changes its key is asked for anew by everybody.
"""

import re
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from feeds.identity.devices import decoded, encoded

KEY_BYTES = 32
_MAIL = re.compile(r"mailto:[^@\s<>,;]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_MOST_CONTACT = 200


class PushKeyProblem(ValueError):
    """A key or a contact that cannot be used; the text says what to do and repeats nothing of the key."""


class PushKey:
    """``private``: never shown; ``contact``: whom a push service may write to about what comes with this key."""

    def __init__(self, private: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self.private = private
        self.contact = contact

    def __repr__(self) -> str:
        return f"PushKey({self.public})"

    @property
    def public(self) -> str:
        """An uncompressed point, base64url: what a browser calls the application server's key."""
        return encoded(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def generated() -> str:
    """A new private key as text."""
    return encoded(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(KEY_BYTES, "big"))


def read_key(text: str, contact: str) -> PushKey:
    """Raises ``PushKeyProblem``."""
    scalar = decoded(text)
    if scalar is None or len(scalar) != KEY_BYTES:
        raise PushKeyProblem(f"the push key has to be {KEY_BYTES} bytes in base64url; `controlroom feeds push-key` makes one")
    try:
        private = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
    except ValueError:
        raise PushKeyProblem("the push key is none of P-256; `controlroom feeds push-key` makes one") from None
    return PushKey(private, _contact(contact))


def _contact(text: str) -> str:
    if len(text) <= _MOST_CONTACT:
        if _MAIL.fullmatch(text):
            return text
        parts = urlsplit(text)
        if parts.scheme == "https" and parts.hostname and "." in parts.hostname and parts.netloc == parts.hostname:
            return f"https://{parts.hostname}"
    raise PushKeyProblem("push services want to know whom to write to: set push_contact to mailto:NAME@CITY or to an https address")
