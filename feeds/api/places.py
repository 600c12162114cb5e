"""Where a browser stands: at the doors' own address or at the mirror's, each with its cookie and its passkeys. Knows no store."""

import ipaddress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from litestar import Request

from feeds.api.doors import ApiOptions
from feeds.identity.passkeys import Site, origin_of, site_of

MIRROR_KEY_HEADER = "X-Mirror-Key"
MOST_TOKEN = 128
_OVER_TLS = "__Host-"
"""A browser takes such a cookie over TLS only, for this host and no other of the domain."""


class Place(NamedTuple):
    """``url``: as the outside reaches it."""

    url: str
    is_secure: bool

    @property
    def cookie(self) -> str:
        return f"{_OVER_TLS}live_room" if self.is_secure else "live_room"

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make any here: over TLS, or on one's own machine, and for a name alone."""
        host = urlsplit(self.url).hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return self.is_secure or host == "localhost" or host.endswith(".localhost")
        return False

    def site(self, city: str) -> Site:
        """Whom passkeys are made for here."""
        return site_of(self.url, f"Live Room, {city}")


class Brought(NamedTuple):
    """The session's cookie of a request."""

    name: str
    token: str


def doors_place(options: ApiOptions) -> Place:
    return Place(options.base_url, options.is_secure)


def mirror_place(options: ApiOptions) -> Place:
    """Where invitations are for; the doors' own address while there is no mirror."""
    return Place(options.mirror_url, options.mirror_url.startswith("https://")) if options.mirror_url else doors_place(options)


def place_of(request: Request[Any, Any, Any], options: ApiOptions) -> Place:
    """By what the browser says of its page; whoever lies about it is asked for a signature that says the same."""
    mirror = mirror_place(options)
    return mirror if request.headers.get("Origin", "").lower() == origin_of(mirror.url) else doors_place(options)


def brought(request: Request[Any, Any, Any], options: ApiOptions) -> Brought:
    """Of the mirror's cookie first where the mirror hands the request on: no page of another site sends its header."""
    names = [doors_place(options).cookie]
    if MIRROR_KEY_HEADER in request.headers:
        names.insert(0, mirror_place(options).cookie)
    name = next((one for one in names if one in request.cookies), names[0])
    token = request.cookies.get(name, "")
    return Brought(name, token if len(token) <= MOST_TOKEN else "")


def is_for_tls(cookie: str) -> bool:
    """Whether the cookie of this name is one of a place that is reached by TLS."""
    return cookie.startswith(_OVER_TLS)
