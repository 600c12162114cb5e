"""Whether it is the invited device that speaks: it signs a word of ours with a key that its browser does not hand out. Pure."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

FOR_LIVE = "live-room live\n"
"""Before the nonce, so that nothing signed for another purpose fits."""

_SIGNATURE_BYTES = 64
_MOST_KEY = 512


def new_nonce() -> str:
    """Never the same twice: a proof that was seen once proves nothing any more."""
    return secrets.token_urlsafe(32)


def is_proved(device_key: str, nonce: str, proof: str) -> bool:
    """``device_key``: SPKI of a P-256 key; ``proof``: ECDSA with SHA-256, r and s (WebCrypto); both base64url."""
    try:
        signature = _bytes_of(proof, _SIGNATURE_BYTES * 2)
        key = load_der_public_key(_bytes_of(device_key, _MOST_KEY))
    except ValueError:
        return False
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1) or len(signature) != _SIGNATURE_BYTES:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), (FOR_LIVE + nonce).encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _bytes_of(text: str, most: int) -> bytes:
    if len(text) > most:
        raise ValueError("too long")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
