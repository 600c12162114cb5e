"""How a browser's push service is asked to ring one device (RFC 8030): one constant word, encrypted for that browser (RFC 8291).

Whoever knows the endpoint is a guest who told it: only addresses of the open Internet are asked, no redirect is followed, and nothing of
an answer is read but its status and when to come again. Knows no store.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httpx
from py_vapid import Vapid02, VapidException  # pyright: ignore[reportMissingTypeStubs]
from pywebpush import WebPusher  # pyright: ignore[reportMissingTypeStubs]
from tenacity import AsyncRetrying, RetryCallState, RetryError, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from feeds.identity.devices import encoded
from feeds.identity.push import Subscription
from feeds.identity.push_keys import PushKey
from feeds.runtime.http import asked_wait_s
from feeds.runtime.manners import HostManners
from feeds.runtime.reaching import is_by_proxy, is_public

WORD = b"open"
"""All that a push service carries, encrypted, and all that a phone is told: open the app."""

TIMEOUT_S = 15.0
PER_MINUTE = 300
"""Of one push service."""
MOST_AT_ONCE = 8
MOST_ATTEMPTS = 7
FIRST_WAIT_S = 2.0
LONGEST_BACK_OFF_S = 300.0
_TOKEN_S = 6 * 3_600
_TLS = 443
_IPV6 = 6


class Outcome(Enum):
    RUNG = "rung"
    GONE = "gone"
    """The browser knows of no such subscription any more."""
    FAILED = "failed"


class Rung(NamedTuple):
    """``reason``: in words, where it failed; nothing of the subscription but its service's host."""

    outcome: Outcome
    reason: str = ""


class Place(NamedTuple):
    """Where a name leads: a number, and the port there."""

    address: str
    port: int


class NotPublic(Exception):
    """A name that leads to something that is not of the open Internet."""


Resolve = Callable[[str], Awaitable[Place]]


async def public_place(host: str) -> Place:
    """Where ``host`` leads now. Raises ``NotPublic`` where any of its addresses is none of the open Internet, and ``OSError``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, _TLS, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotPublic(host)
    # IPv4 where there is both: a machine without IPv6 at all is the more frequent one.
    return Place(str(min(addresses, key=lambda address: address.version)), _TLS)


class _Later(Exception):
    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class PushServices:
    """``within_s``: so long it tries, and so long a service keeps a ring for a phone that is off. ``wait_s``: the first back-off.

    ``resolve``: where a name leads; what is asked is the number that was judged. Close with ``aclose``.
    """

    def __init__(
        self,
        key: PushKey,
        *,
        within_s: float,
        trusted: ssl.SSLContext,
        resolve: Resolve = public_place,
        wait_s: float = FIRST_WAIT_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._key = key
        self._within_s = within_s
        self._resolve = resolve
        self._wait_s = wait_s
        self._timeout_s = timeout_s
        self._signer = Vapid02(key.private)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._manners = HostManners()
        self._direct = httpx.AsyncClient(verify=trusted, trust_env=False, follow_redirects=False)
        # Behind a proxy the names of the Internet are known to the proxy alone, which is what guards the network then.
        self._by_proxy = httpx.AsyncClient(verify=trusted, follow_redirects=False)

    async def aclose(self) -> None:
        await self._direct.aclose()
        await self._by_proxy.aclose()

    async def ring(self, subscription: Subscription) -> Rung:
        """Rings once, with patience where the service asks for it or is away."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Later),
            stop=stop_after_attempt(MOST_ATTEMPTS) | stop_before_delay(self._within_s),
            wait=self._back_off,
        )
        try:
            return await retrying(self._once, subscription)
        except RetryError as error:
            return Rung(Outcome.FAILED, str(error.last_attempt.exception()))

    def _back_off(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked_s = error.wait_s if isinstance(error, _Later) else 0.0
        return max(asked_s, wait_random_exponential(multiplier=self._wait_s, max=LONGEST_BACK_OFF_S)(state))

    async def _once(self, subscription: Subscription) -> Rung:
        host = urlsplit(subscription.endpoint).hostname or ""
        await self._manners.wait_turn(host, PER_MINUTE)
        try:
            async with self._turns, asyncio.timeout(self._timeout_s):
                status, again = await self._post(subscription, host)
        except NotPublic:
            return Rung(Outcome.FAILED, f"{host} leads into a private network: not asked")
        except TimeoutError:
            raise _Later(f"{host} gave no answer within {self._timeout_s:g} s") from None
        except (httpx.InvalidURL, VapidException, ValueError):
            return Rung(Outcome.FAILED, "a browser told an endpoint that is no push service's")
        except (httpx.HTTPError, OSError) as problem:
            raise _Later(f"{host} cannot be reached ({type(problem).__name__})") from problem
        return _judged(host, status, again)

    async def _post(self, subscription: Subscription, host: str) -> tuple[int, str]:
        """Status and ``Retry-After`` of the answer."""
        if is_by_proxy(subscription.endpoint):
            client, url = self._by_proxy, subscription.endpoint
        else:
            client, url = self._direct, _pinned(subscription.endpoint, await self._resolve(host))
        # Some milliseconds of arithmetic each; hundreds of phones are rung at once.
        headers, body = await asyncio.to_thread(self._made, subscription, host)
        asked = client.stream(
            "POST", url, headers=headers, content=body, timeout=self._timeout_s, extensions={"sni_hostname": host}
        )  # fmt: skip
        async with asked as response:
            return response.status_code, response.headers.get("Retry-After", "")

    def _made(self, subscription: Subscription, host: str) -> tuple[dict[str, str], bytes]:
        keys = {"p256dh": encoded(subscription.p256dh), "auth": encoded(subscription.auth)}
        encrypted: Any = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(WORD)
        body: bytes = encrypted["body"]
        claims = {"aud": f"https://{host}", "sub": self._key.contact, "exp": int(time.time()) + _TOKEN_S}
        signed: dict[str, str] = cast(Any, self._signer).sign(claims)
        return {
            **signed,
            "Host": host,
            "TTL": str(int(self._within_s)),
            "Urgency": "high",
            # A service keeps the newest of those alike for a phone that is off.
            "Topic": "emergency",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }, body


def _judged(host: str, status: int, again: str) -> Rung:
    """What the answer means; raises ``_Later``."""
    if 200 <= status < 300:
        return Rung(Outcome.RUNG)
    if status in (404, 410):
        return Rung(Outcome.GONE)
    if status == 429 or status >= 500:
        raise _Later(f"{host} answered HTTP {status}", asked_wait_s(again))
    return Rung(Outcome.FAILED, f"{host} answered HTTP {status}")


def _pinned(endpoint: str, place: Place) -> str:
    number = f"[{place.address}]" if ipaddress.ip_address(place.address).version == _IPV6 else place.address
    return urlsplit(endpoint)._replace(netloc=f"{number}:{place.port}").geturl()
