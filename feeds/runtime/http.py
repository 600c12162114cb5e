"""How a collector asks a source: politely, with limits of time, size and pace, remembering the last good answer.

Follows the environment's proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) and certificates (``reaching.trust``); knows nothing
of what answers mean.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from feeds.messages.application import ProbeFault
from feeds.runtime.manners import HostManners
from feeds.runtime.reaching import NotAsked, SourceDown, Unreached, failed, is_by_proxy, is_public, trust
from feeds.runtime.unpack import Garbled, TooLarge, Unpacker

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_REMEMBERED = 256
MAX_REMEMBERED_BYTES = 48 * 1024 * 1024
MAX_REDIRECTS = 3
MAX_SHOWN = 100
LONGEST_WAIT_S = 3600.0
"""A source that asks for a longer pause is asked again after this one."""

_OK = 200
_NOT_MODIFIED = 304
_BUSY = (429, 503)
_PORTS = {"http": 80, "https": 443}
_IPV6 = 6


@dataclass(frozen=True)
class Answer:
    """A body with its address; ``is_changed`` is false when the source said 304 or was not asked."""

    url: str
    body: bytes
    is_changed: bool
    version: str | None = None


@dataclass(frozen=True)
class Probed:
    """One answer of whatever status, unconditional and not remembered. ``body`` ends at the limit it was asked with (``is_cut``).

    ``text`` is the body in the charset it claims, else UTF-8. ``latency_ms``: from the question to the head of the answer.
    ``certificate_ends_at``: of the first host, where it spoke TLS.
    """

    status: int
    body: bytes
    text: str
    is_cut: bool
    latency_ms: float
    certificate_ends_at: datetime | None = None


def user_agent(city_name: str) -> str:
    """An honest User-Agent: who asks, and for which control room."""
    try:
        release = version("live-room")
    except PackageNotFoundError:
        release = "0"
    return f"LiveRoom/{release} (+control room of {city_name.encode('ascii', 'replace').decode()})"


class SourceHttp:
    """One collector's HTTP client: conditional GET, time-outs, a size limit, a pace per host. Close it with ``aclose``.

    ``trusted`` may be shared by many clients: it costs 30 ms to make.

    Redirects are followed within a host and to public addresses; one that leads into a private network is refused, since a
    source shall not make this machine ask its neighbours.
    """

    def __init__(
        self,
        agent: str,
        *,
        timeout_s: float = 20.0,
        max_bytes: int = MAX_ANSWER_BYTES,
        requests_per_minute: int = 60,
        manners: HostManners | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._per_minute = requests_per_minute
        self._manners = manners or HostManners()
        self._validators: dict[str, dict[str, str]] = {}
        self._answers: dict[str, Answer] = {}
        # A source beside us is never behind the city's proxy, whatever the environment forgot to say.
        direct: dict[str, httpx.AsyncBaseTransport | None] = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}
        self._client = httpx.AsyncClient(
            headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(timeout_s),
            mounts=direct,
            verify=trusted or trust(),
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, version: str | None = None
    ) -> Answer:
        """The body at ``url``; raises ``SourceDown``. An answer already held under the same ``version`` is not asked for again.

        Secrets go into ``params`` or ``headers``: they are never shown.
        """
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
        held = self._answers.get(address)
        if held is not None and version is not None and held.version == version:
            return Answer(url=address, body=held.body, is_changed=False, version=version)
        shown = shown_address(url)
        await self._wait_turn(shown)
        async with self._in_words(shown, self._timeout_s):
            return await self._ask(address, shown, headers or {}, version)

    async def probe(self, url: str, *, max_bytes: int, timeout_s: float) -> Probed:
        """What ``url`` answers within ``timeout_s``, whatever its status, up to ``max_bytes`` of its body.

        Raises ``NotAsked`` in a pause the host asked for, ``Unreached`` when nobody answered, ``CertificateRefused`` and ``SourceDown``.
        """
        shown = shown_address(url)
        await self._wait_turn(shown)
        begun = time.monotonic()
        # Connecting is given up earlier than all the rest, so that nobody there is told from somebody slow.
        phases = httpx.Timeout(timeout_s, connect=0.7 * timeout_s)
        step = _Step(url, {}, timeout=phases)
        async with self._in_words(shown, timeout_s), self._opened(step, shown) as (response, certificate_ends_at):
            latency_ms = (time.monotonic() - begun) * 1_000
            if response.status_code in _BUSY and (wait_s := asked_wait_s(response.headers.get("Retry-After", ""))):
                self._manners.pause(_host(shown), wait_s)
            body, is_cut = await _read(response, shown, max_bytes)
        text = _text(body, response.charset_encoding)
        return Probed(response.status_code, body, text, is_cut, latency_ms, certificate_ends_at)

    async def _wait_turn(self, shown: str) -> None:
        host = _host(shown)
        if self._manners.is_paused(host):
            raise NotAsked(f"{host} asked for a pause that is not over: not asked")
        await self._manners.wait_turn(host, self._per_minute)

    @asynccontextmanager
    async def _in_words(self, shown: str, timeout_s: float) -> AsyncGenerator[None]:
        """What ends within has as long as an answer may take; what goes wrong becomes a ``SourceDown`` that says so."""
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise Unreached(f"{shown} gave no answer within {timeout_s:g} s", fault=ProbeFault.TIME_OUT, figure=timeout_s) from problem
        except (TimeoutError, httpx.TimeoutException) as problem:
            # A proxy that hangs tells nothing of what is behind it.
            kind = Unreached if is_by_proxy(shown) else SourceDown
            raise kind(f"{shown} gave no answer within {timeout_s:g} s", fault=ProbeFault.TIME_OUT, figure=timeout_s) from problem
        except httpx.ProxyError as problem:
            raise Unreached(f"{shown} cannot be reached (the proxy of this network refused)", fault=ProbeFault.UNREACHABLE) from problem
        except (httpx.ConnectError, ssl.SSLError, socket.gaierror) as problem:
            raise failed(shown, problem) from problem
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as problem:
            raise SourceDown(f"{shown} could not be read ({type(problem).__name__})") from problem

    @asynccontextmanager
    async def _opened(self, step: "_Step", shown: str) -> AsyncGenerator[tuple[httpx.Response, datetime | None]]:
        """The answer at the end of the redirects, its body unread, and when the first host's certificate ends."""
        certificate_ends_at: datetime | None = None
        for number in range(MAX_REDIRECTS + 1):
            asked = self._client.stream(
                "GET", step.url, headers=step.headers, extensions=step.extensions, timeout=step.timeout or self._timeout_s
            )
            async with asked as response:
                if number == 0 or certificate_ends_at is None:
                    certificate_ends_at = _certificate_end(response)
                if response.has_redirect_location:
                    step = await _redirected(step, response.headers["Location"], shown)
                    continue
                yield response, certificate_ends_at
                return
        raise SourceDown(f"{shown} redirects more than {MAX_REDIRECTS} times")

    async def _ask(self, address: str, shown: str, headers: Mapping[str, str], version: str | None) -> Answer:
        held = self._answers.get(address)
        conditional = self._validators.get(address, {}) if held is not None else {}
        async with self._opened(_Step(address, {**headers, **conditional}), shown) as (response, _):
            if response.status_code == _NOT_MODIFIED and held is not None:
                return Answer(url=address, body=held.body, is_changed=False, version=version)
            if response.status_code in _BUSY and (wait_s := asked_wait_s(response.headers.get("Retry-After", ""))):
                self._manners.pause(_host(shown), wait_s)
                raise SourceDown(f"{shown} answered HTTP {response.status_code} and asks for a pause of {wait_s:.0f} s")
            if response.status_code != _OK:
                raise SourceDown(f"{shown} answered HTTP {response.status_code}", fault=ProbeFault.HTTP_STATUS, figure=response.status_code)
            body, is_over = await _read(response, shown, self._max_bytes)
            if is_over:
                raise SourceDown(f"{shown} sent more than {self._max_bytes:,} bytes; not read further")
            return self._remember(Answer(url=address, body=body, is_changed=True, version=version), response.headers)

    def _remember(self, answer: Answer, headers: Mapping[str, Any]) -> Answer:
        self._answers.pop(answer.url, None)
        self._answers[answer.url] = answer
        pairs = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
        self._validators[answer.url] = {ask: headers[given] for given, ask in pairs if given in headers}
        while len(self._answers) > MAX_REMEMBERED or (
            len(self._answers) > 1 and sum(len(held.body) for held in self._answers.values()) > MAX_REMEMBERED_BYTES
        ):
            oldest = next(iter(self._answers))
            del self._answers[oldest]
            self._validators.pop(oldest, None)
        return answer


async def _read(response: httpx.Response, shown: str, max_bytes: int) -> tuple[bytes, bool]:
    """The body, unpacked, and whether it was cut at ``max_bytes``."""
    is_over = is_garbled = False
    try:
        unpacker = Unpacker(response.headers.get("Content-Encoding", ""), max_bytes)
    except Garbled as problem:
        raise SourceDown(f"{shown} could not be read (the body {problem})") from problem
    try:
        # httpx and httpcore leave their inner generators to the garbage collector when a reader stops half-way;
        # closing the answer instead makes them end by themselves at the next step.
        async for part in response.aiter_raw():
            try:
                if not (is_over or is_garbled):
                    unpacker.feed(part)
            except TooLarge:
                is_over = True
            except Garbled:
                is_garbled = True
            if is_over or is_garbled:
                await response.aclose()
        body = unpacker.body(is_whole=not (is_over or is_garbled))
    except Garbled as problem:
        raise SourceDown(f"{shown} could not be read (the body {problem})") from problem
    except (httpx.HTTPError, httpx.StreamError):
        if not (is_over or is_garbled):
            raise
        body = unpacker.body()
    if is_garbled:
        raise SourceDown(f"{shown} could not be read (the body is not packed as it says)")
    return body, is_over


def _text(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _certificate_end(response: httpx.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    if not isinstance(tls, ssl.SSLObject | ssl.SSLSocket):
        return None
    ends = (tls.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


@dataclass(frozen=True)
class _Step:
    """One request of a chain of redirects. ``named``: the address as written, where ``url`` has a number for its host's name."""

    url: str
    headers: Mapping[str, str]
    named: str = ""
    sni: str = ""
    timeout: httpx.Timeout | None = None

    @property
    def extensions(self) -> dict[str, Any]:
        return {"sni_hostname": self.sni} if self.sni else {}


async def _redirected(step: _Step, location: str, shown: str) -> _Step:
    """Where a redirect leads; ``SourceDown`` where it may not lead. Another host gets none of the headers meant for the first."""
    former, target = step.named or step.url, urljoin(step.named or step.url, location)
    old, new = urlsplit(former), urlsplit(target)
    if new.scheme not in _PORTS or not new.hostname or (old.scheme, new.scheme) == ("https", "http"):
        raise SourceDown(f"{shown} redirects to what is no web address, or away from https: refused")
    if _origin_of_redirect(old) == _origin_of_redirect(new) or (old.hostname == new.hostname and _is_upgrade(old, new)):
        return _Step(target, step.headers, named=target, timeout=step.timeout)
    port = new.port or _PORTS[new.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(new.hostname, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise SourceDown(f"{shown} redirects to an address of a private network: refused")
    # Asked by the number that was judged: a name could mean another one a moment later.
    number = f"[{addresses[0]}]" if addresses[0].version == _IPV6 else str(addresses[0])
    pinned = new._replace(netloc=f"{number}:{port}").geturl()
    return _Step(pinned, {"Host": new.netloc.rpartition("@")[2]}, named=target, sni=new.hostname, timeout=step.timeout)


def _origin_of_redirect(parts: Any) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def _is_upgrade(old: Any, new: Any) -> bool:
    return (old.scheme, new.scheme) == ("http", "https") and old.port in (None, 80) and new.port in (None, 443)


def asked_wait_s(retry_after: str) -> float:
    """The pause (s) a Retry-After header asks for, as seconds or as a date, at most ``LONGEST_WAIT_S``; 0 when it asks for none."""
    text = retry_after.strip()
    if text.isdecimal():
        return min(float(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)


def _host(shown: str) -> str:
    return shown.partition("://")[2].partition("/")[0]


def shown_address(url: str) -> str:
    """Scheme, host and path (its first 100 characters) of an address: no user name, password or query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        path = parts.path if len(parts.path) <= MAX_SHOWN else parts.path[: MAX_SHOWN - 1] + "…"
        return f"{parts.scheme}://{parts.hostname or '?'}{port}{path}"
    except ValueError:
        return "an address that cannot be read"
