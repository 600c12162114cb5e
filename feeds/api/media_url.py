"""Fetches the picture a citizen's report points to, from public addresses alone, within bounds of time and size. Knows no report.

Never by the environment's proxy: what was judged must be what is asked.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from feeds.api.pools import Pool
from feeds.runtime.reaching import Address, failed, is_public, trust

MOST_BYTES = 10 * 1024 * 1024
MOST_REDIRECTS = 3
TIMEOUT_S = 5.0
MOST_AT_ONCE = 8
MOST_WAITING = 100
MOST_LOOK_UPS = 4

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

_PORTS = {"http": 80, "https": 443}
_IPV6 = 6


class Unfetched(Exception):
    """Why there is no picture; the text is fit for a note and never repeats the address."""


class Busy(Exception):
    """Too many are being fetched; another time there is room."""


class LookUps:
    """Asks the system in threads of its own: a server of names that is slow, which no time limit ends, holds up these alone."""

    def __init__(self) -> None:
        self._threads = Pool(MOST_LOOK_UPS, "look-up")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Every address of a name; raises ``OSError`` or ``ValueError``."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await self._threads.run(ask)
        return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class MediaFetcher:
    """``resolve`` is asked once for each host of a chain of redirects; each address it gives must pass ``judge``, the first is asked."""

    def __init__(
        self, *, resolve: Resolve | None = None, judge: Callable[[Address], bool] = is_public, trusted: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:  # fmt: skip
        self._resolve = resolve or LookUps()
        self._judge = judge
        self._trusted = trusted
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0

    async def fetch(self, url: str) -> bytes:
        """The body at ``url``; raises ``Unfetched``, ``Busy``."""
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turns:
                return await self._fetched(url)
        finally:
            self._waiting -= 1

    async def _fetched(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url)
        except (TimeoutError, httpx.TimeoutException) as problem:
            raise Unfetched(f"its server did not give it within {self._timeout_s:g} s") from problem
        except (httpx.ConnectError, ssl.SSLError, socket.gaierror) as problem:
            raise Unfetched(str(failed("its server", problem))) from problem
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as problem:
            raise Unfetched(f"it could not be read ({type(problem).__name__})") from problem

    async def _follow(self, url: str) -> bytes:
        self._trusted = self._trusted or trust()
        async with httpx.AsyncClient(verify=self._trusted, trust_env=False, follow_redirects=False, timeout=self._timeout_s) as client:
            for _ in range(MOST_REDIRECTS + 1):
                parts = _web_address(url)
                headers = {"Host": parts.netloc, "User-Agent": "LiveRoom (+picture of a citizen's report)", "Accept": "image/*, video/*",
                           "Accept-Encoding": "identity"}  # fmt: skip
                asked = client.stream("GET", await self._pinned(parts), headers=headers, extensions={"sni_hostname": parts.hostname or ""})
                async with asked as response:
                    if not response.has_redirect_location:
                        return await _body(response)
                    target = urljoin(url, response.headers["Location"])
                if (parts.scheme, urlsplit(target).scheme) == ("https", "http"):
                    raise Unfetched("its server leads away from https: refused")
                url = target
        raise Unfetched(f"its server redirects more than {MOST_REDIRECTS} times")

    async def _pinned(self, parts: SplitResult) -> str:
        """The address with the number that was judged: a name could mean another one a moment later."""
        port = parts.port or _PORTS[parts.scheme]
        addresses = await self._resolve(parts.hostname or "", port)
        if not addresses or not all(self._judge(address) for address in addresses):
            raise Unfetched("it lies at no public address: refused")
        number = f"[{addresses[0]}]" if addresses[0].version == _IPV6 else str(addresses[0])
        return parts._replace(netloc=f"{number}:{port}", fragment="").geturl()


def _web_address(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.port == 0:
        raise Unfetched("it is no http or https address")
    if "@" in parts.netloc:
        raise Unfetched("its address carries a user name: refused")
    if not parts.netloc.isascii():
        parts = parts._replace(netloc=parts.netloc.encode("idna").decode())
    return parts


async def _body(response: httpx.Response) -> bytes:
    if response.status_code != 200:
        raise Unfetched(f"its server answered HTTP {response.status_code}")
    if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise Unfetched("its server packed it, which was not asked for")
    body, is_over = bytearray(), False
    # A reader that stops half-way leaves httpx' generators to the garbage collector; closing the answer ends them by themselves.
    try:
        async for part in response.aiter_raw():
            if not is_over:
                body += part
            if len(body) > MOST_BYTES:
                is_over = True
                await response.aclose()
    except (httpx.HTTPError, httpx.StreamError):
        if not is_over:
            raise
    if is_over:
        raise Unfetched(f"it is larger than {MOST_BYTES:,} bytes")
    return bytes(body)
