"""Why a source could not be reached, in words fit for the wall, whom this machine trusts and which addresses are the open Internet's.

Knows nothing of what sources say.
"""

import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from feeds.messages.application import ProbeFault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CERTIFICATE_FILES = (".pem", ".crt", ".cer")

_REFUSED: Mapping[int, str] = MappingProxyType(
    {9: "it is not valid yet", 10: "it has ended", 62: "it is for another name", 64: "it is for another address"}
    | dict.fromkeys((2, 18, 19, 20, 21), "its authority is unknown here")
)
"""OpenSSL's X509_V_ERR numbers."""

_ENDED = 10

_SPECIAL = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "192.88.99.0/24", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)
"""Protocol assignments and relays, and IPv6 that stands for an IPv4 address: compatible, NAT64 (RFC 6052, 8215), Teredo, 6to4."""

_ROUTELESS = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)


class SourceDown(Exception):
    """A source gave no usable answer; the text says why, in a sentence fit for the wall and the log (no contents, no secrets).

    ``fault`` and its ``figure`` say the same without words, where that is known.
    """

    def __init__(self, reason: object = "", *, fault: ProbeFault | None = None, figure: float | None = None) -> None:
        super().__init__(reason)
        self.fault = fault
        self.figure = figure


class Unreached(SourceDown):
    """Nobody answered at all: it may be the source that is gone, or the network between."""


class CertificateRefused(SourceDown):
    """Somebody answered, with a certificate that does not prove who that is."""


class NotAsked(SourceDown):
    """The source was left alone: it had asked for a pause."""


class TrustError(ValueError):
    """The certificates named by the environment cannot be used."""


def trust() -> ssl.SSLContext:
    """Whom this machine believes: SSL_CERT_FILE and every certificate in SSL_CERT_DIR where they are set, else the public authorities.

    Where a city has an authority of its own and asks public sources too, SSL_CERT_FILE names a file that holds both. Raises ``TrustError``.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return ssl.create_default_context(cafile=certifi.where())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if file:
            context.load_verify_locations(cafile=file)
        if folder:
            # OpenSSL itself would only see files named by their hash, which nobody makes by hand.
            for path in sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in CERTIFICATE_FILES):
                context.load_verify_locations(cafile=path)
            context.load_verify_locations(capath=folder)
    except (OSError, ssl.SSLError) as problem:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise TrustError(f"{name} names no readable certificates ({problem}); correct it or take it out of the environment") from problem
    return context


def is_public(address: Address) -> bool:
    """Whether the address is one of the open Internet, and stands for no other."""
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback or address.is_link_local:
        return False
    if any(address in net for net in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped is not None or address.is_site_local):
        return False
    return address.is_global and not address.is_private


def is_by_proxy(url: str) -> bool:
    """Whether the environment sends requests for ``url`` through a proxy."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    return bool(proxies.get(parts.scheme) or proxies.get("all")) and not proxy_bypass(host) and not _is_beside_us(host)


def failed(shown: str, problem: BaseException) -> SourceDown:
    """What a connection that did not come about means; ``shown`` is the address without secrets."""
    causes = list(_causes(problem))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            words = _REFUSED.get(cause.verify_code, cause.verify_message or "it does not verify")
            fault = ProbeFault.CERTIFICATE_ENDED if cause.verify_code == _ENDED else ProbeFault.CERTIFICATE_REFUSED
            return CertificateRefused(f"{shown}: certificate refused: {words}", fault=fault)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return SourceDown(f"{shown} cannot be reached (no TLS connection came about)", fault=ProbeFault.UNREACHABLE)
        if isinstance(cause, socket.gaierror):
            return Unreached(f"{shown} cannot be reached (its name is not known here)", fault=ProbeFault.NAME_UNKNOWN)
        if isinstance(cause, ConnectionRefusedError):
            # A machine elsewhere that refuses is there; one's own says nothing of the network.
            kind = Unreached if _is_beside_us(urlsplit(shown).hostname or "") or is_by_proxy(shown) else SourceDown
            return kind(f"{shown} cannot be reached (connection refused)", fault=ProbeFault.REFUSED)
        if isinstance(cause, OSError) and cause.errno in _ROUTELESS:
            return Unreached(f"{shown} cannot be reached (no way leads there)", fault=ProbeFault.UNREACHABLE)
    return Unreached(f"{shown} cannot be reached (connection refused)", fault=ProbeFault.REFUSED)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The exception with all it came from, also where several addresses were tried."""
    seen: set[int] = set()
    waiting = [problem]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += list(one.exceptions)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def _is_beside_us(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
