"""Camera passwords from a file of their own, never from city folders, layouts or the bus. Read once.

Which password a camera needs is said on the bus; where it may be sent is said in the file alone.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

EXAMPLE = 'gate-1 = { login = "user:password", at = "rtsp://10.1.2.3" }'
DEFAULT_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


class CredentialsError(ValueError):
    """The credentials file cannot be used; the text says why and what to do, and no secret."""


class LoginRefused(ValueError):
    """A camera's address is not one its login is for; the text names the entry and the host, and no secret."""


class Place(msgspec.Struct, frozen=True):
    """Where a login may be sent. ``scheme`` and ``port``: any when ``None``."""

    host: str
    port: int | None = None
    scheme: str | None = None

    def covers(self, address: "Place") -> bool:
        """``address`` has all three."""
        return (
            self.host == address.host
            and (self.scheme is None or self.scheme == address.scheme)
            and (self.port is None or self.port == address.port)
        )


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    login: str
    at: str | list[str]


class CameraCredentials:
    """Logins by the name a Camera carries in ``credential``, each with the places it is for."""

    def __init__(self, entries: Mapping[str, tuple[str, tuple[Place, ...]]]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __repr__(self) -> str:
        return f"CameraCredentials({len(self._entries)} entries)"

    def address(self, url: str, name: str | None) -> str:
        """The camera's address with the login called ``name`` in it, for its decoder only; as it is when there is no such login.

        Raises ``LoginRefused`` when the login is for another place.
        """
        entry = self._entries.get(name) if name is not None else None
        if entry is None:
            return url
        login, places = entry
        try:
            parts = urlsplit(url)
            place = _place(url)
        except ValueError as error:
            raise LoginRefused(f"login {name!r}: the camera's address is none: {error}") from None
        if place.port is None or not any(one.covers(place) for one in places):
            raise LoginRefused(f"login {name!r} is not for {place.scheme}://{place.host}:{place.port}: nothing was sent there")
        user, _, password = login.partition(":")
        host = f"[{place.host}]" if ":" in place.host else place.host
        return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}:{place.port}"))


def _place(text: str) -> Place:
    """``host``, ``host:port`` or a URL; ``ValueError`` without the text when it is none. A URL's usual port is meant when it has none."""
    is_url = "://" in text
    parts = urlsplit(text if is_url else f"//{text}")
    host = (parts.hostname or "").rstrip(".")
    if _HOST.fullmatch(host) is None:
        raise ValueError("it has no host")
    if is_url and parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"it begins with none of {', '.join(DEFAULT_PORTS)}")
    port = parts.port
    return Place(host, port or DEFAULT_PORTS.get(parts.scheme), parts.scheme or None)


def read_credentials(path: Path | None) -> CameraCredentials:
    """A TOML file of ``name = { login = "user:password", at = "place" }`` that only its owner may read; no file, no entries.

    ``at``: a host, ``host:port`` or the beginning of a URL, or a list of these: no other place is sent the login.
    """
    if path is None:
        return CameraCredentials({})
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & 0o077:
            raise CredentialsError(f"{path}: others may read it: run chmod 600 {path}")
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CredentialsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Not "from" it: the library's sentence may quote a line.
        raise CredentialsError(f"{path}: not valid TOML: write lines like {EXAMPLE}") from None
    return CameraCredentials({name: _entry(path, name, value) for name, value in raw.items()})


def _entry(path: Path, name: str, value: object) -> tuple[str, tuple[Place, ...]]:
    try:
        entry = msgspec.convert(value, _Entry)
    except msgspec.ValidationError:
        raise CredentialsError(f"{path}: {name}: a login is bound to the hosts it may be sent to: write {EXAMPLE}") from None
    if ":" not in entry.login:
        raise CredentialsError(f'{path}: {name}: login must be "user:password"')
    places: list[Place] = []
    for number, text in enumerate([entry.at] if isinstance(entry.at, str) else entry.at, start=1):
        try:
            places.append(_place(text))
        except ValueError as error:
            problem = f"place {number} of `at` is no host, host:port or URL ({error})"
            raise CredentialsError(f"{path}: {name}: {problem}: write {EXAMPLE}") from None
    if not places:
        raise CredentialsError(f"{path}: {name}: `at` is empty: write {EXAMPLE}")
    return entry.login, tuple(places)
