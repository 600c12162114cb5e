"""Passwords: which are good enough, how they are kept (argon2id with the library's own settings) and looked at. Knows no store."""

import functools
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

FEWEST_LETTERS = 12
MOST_LETTERS = 1_000

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that is read as something else."""


class WeakPassword(ValueError):
    """A password nobody may have; the text says why and never repeats it."""


def hashed(login: str, password: str) -> str:
    """What is kept of a new password; takes as long as it must (a thread, not the event loop). Raises ``WeakPassword``."""
    plain = _plain(password)
    if plain is None or len(plain) > MOST_LETTERS:
        raise WeakPassword(f"the password is no text of at most {MOST_LETTERS} characters")
    if len(plain) < FEWEST_LETTERS:
        raise WeakPassword(f"the password is too short; take at least {FEWEST_LETTERS} characters, four words for example")
    if plain.strip().casefold() == login.strip().casefold():
        raise WeakPassword("the password is the login; take another")
    if len(set(plain)) < 4:
        raise WeakPassword("the password is one or two characters over and over; take another")
    return PasswordHasher().hash(plain)


def is_right(kept: str | None, password: str) -> bool:
    """Whether the password is the one kept; where there is none (an unknown login) it takes as long and is wrong."""
    plain = _plain(password)
    if plain is None or len(plain) > MOST_LETTERS:
        plain, kept = "", None
    try:
        return PasswordHasher().verify(kept or _nobodys(), plain) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the library would keep it otherwise today; then it is kept anew at the next sign-in."""
    return PasswordHasher().check_needs_rehash(kept)


def rehashed(password: str) -> str:
    """What is kept of a password that was right, by today's settings."""
    return PasswordHasher().hash(_plain(password) or "")


def generated() -> str:
    """A password to hand over: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _plain(password: str) -> str | None:
    """One spelling for what is typed in two ways on two keyboards; ``None`` for what is no text (lone surrogates)."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return None
    return unicodedata.normalize("NFKC", password)


@functools.cache
def _nobodys() -> str:
    return PasswordHasher().hash(secrets.token_urlsafe(32))
