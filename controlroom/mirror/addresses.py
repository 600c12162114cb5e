"""Where a request came from, and whose cookie it carries. Pure; knows headers as ASGI has them."""

import ipaddress
from collections.abc import Iterable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any

Headers = Iterable[tuple[bytes, bytes]]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_TOKEN = 128


def header_of(headers: Headers, name: bytes) -> str:
    """The value of a header that stands there once; empty otherwise."""
    found = [value for known, value in headers if known.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def cookie_of(headers: Headers, name: str) -> str:
    """A cookie's value, if it can be a token."""
    try:
        jar = SimpleCookie(header_of(headers, b"cookie"))
    except CookieError:
        return ""
    value = jar[name].value if name in jar else ""
    return value if len(value) <= MOST_TOKEN and value.isascii() and value.isprintable() and ";" not in value else ""


def address_of(scope: Any, proxies: Sequence[str]) -> str:
    """Of ``X-Forwarded-For`` the last address that is none of ``proxies``; only those are believed."""
    networks = [ipaddress.ip_network(one) for one in proxies]
    told = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"x-forwarded-for"]
    hops = [part.strip() for part in ",".join(told).split(",")]
    client = scope.get("client")
    at = client[0] if client else "?"
    while (address := _address(at)) is not None and any(address in network for network in networks):
        before = _address(hops.pop()) if hops else None
        if before is None:
            break
        at = str(before)
    return at if address is not None else "?"


def house_of(address: str) -> str:
    """What is counted as one: an address, and of IPv6 the network one subscriber is given."""
    parsed = _address(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if isinstance(parsed, ipaddress.IPv6Address) else address


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
