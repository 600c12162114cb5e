"""Which mirror a window shows, and what it may ask for: the mirror's own origin and nothing else. Pure."""

import hashlib
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PLAIN = {"ws": "http", "wss": "https"}


class NoSuchScreen(ValueError):
    """The screen that was asked for is not there."""


class BadAddress(ValueError):
    """What cannot be a mirror's address; the text says why and what to give instead."""


class MirrorAddress(msgspec.Struct, frozen=True, kw_only=True):
    """``first``: what is loaded first, an invitation's link with its token too; ``home``: the mirror's page."""

    scheme: str
    host: str
    port: int
    first: str

    @property
    def home(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/"

    @property
    def key(self) -> str:
        """A name for what is kept of this mirror on the disk."""
        return hashlib.sha256(self.home.encode()).hexdigest()[:16]

    def allows(self, url: str) -> bool:
        """Whether the window may ask for this: an address of the same origin, a socket of it, or a blob its own page has made."""
        if url.startswith("blob:"):
            return self.allows(url.removeprefix("blob:"))
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        scheme = _PLAIN.get(parts.scheme, parts.scheme)
        return scheme == self.scheme and parts.hostname == self.host and (port or _PORTS.get(scheme)) == self.port


def mirror_address(text: str) -> MirrorAddress:
    """Reads what somebody gave: ``https://cermin.example.go.id``, or an invitation's link. Raises ``BadAddress``."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise BadAddress(f"{text.strip()[:80]!r} is no address of a mirror: give one like https://cermin.example.go.id")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("an address of a mirror carries no user name or password: you sign in on its page")
    if parts.scheme == "http" and not _is_loopback(host):
        raise BadAddress(f"http://{host} is not encrypted: a mirror is reached by https, or on this machine itself")
    address = MirrorAddress(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], first="")
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return msgspec.structs.replace(address, first=address.home + fragment)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
