"""How a collector asks a source: politely, with limits of time, size and pace, remembering the last good answer.

Follows the environment's proxy and certificates (httpx reads HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE); knows nothing of what answers mean.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_REMEMBERED = 256
MAX_REMEMBERED_BYTES = 48 * 1024 * 1024
MAX_REDIRECTS = 3
LONGEST_WAIT_S = 3600.0
"""A source that asks for a longer pause is asked again after this one."""

_OK = 200
_NOT_MODIFIED = 304
_BUSY = (429, 503)
_STEPS_TO_END = 12


class SourceDown(Exception):
    """A source gave no usable answer; the text says why, in a sentence fit for the wall and the log (no contents, no secrets)."""


@dataclass(frozen=True)
class Answer:
    """A body with its address; ``is_changed`` is false when the source said 304 or was not asked."""

    url: str
    body: bytes
    is_changed: bool
    version: str | None = None


def user_agent(city_name: str) -> str:
    """An honest User-Agent: who asks, and for which control room."""
    try:
        release = version("live-room")
    except PackageNotFoundError:
        release = "0"
    return f"LiveRoom/{release} (+control room of {city_name.encode('ascii', 'replace').decode()})"


class SourceHttp:
    """One collector's HTTP client: conditional GET, time-outs, a size limit, a pace per minute. Close it with ``aclose``."""

    def __init__(
        self,
        agent: str,
        *,
        timeout_s: float = 20.0,
        max_bytes: int = MAX_ANSWER_BYTES,
        requests_per_minute: int = 60,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._per_minute = requests_per_minute
        self._elapsed_s = elapsed_s
        self._sent: deque[float] = deque()
        self._validators: dict[str, dict[str, str]] = {}
        self._answers: dict[str, Answer] = {}
        self._resume_at: dict[str, float] = {}
        # A source beside us is never behind the city's proxy, whatever the environment forgot to say.
        direct: dict[str, httpx.AsyncBaseTransport | None] = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}
        self._client = httpx.AsyncClient(
            headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(timeout_s),
            mounts=direct,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
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
        if self._resume_at.get(_host(shown), 0.0) > self._elapsed_s():
            raise SourceDown(f"{_host(shown)} asked for a pause that is not over: not asked")
        await self._keep_pace()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._ask(address, shown, headers or {}, version)
        except TimeoutError as problem:
            raise SourceDown(f"{shown} gave no answer within {self._timeout_s:g} s") from problem
        except httpx.TimeoutException as problem:
            raise SourceDown(f"{shown} gave no answer within {self._timeout_s:g} s") from problem
        except httpx.ConnectError as problem:
            raise SourceDown(f"{shown} cannot be reached (connection or certificate refused)") from problem
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as problem:
            raise SourceDown(f"{shown} could not be read ({type(problem).__name__})") from problem

    async def _ask(self, address: str, shown: str, headers: Mapping[str, str], version: str | None) -> Answer:
        held = self._answers.get(address)
        conditional = self._validators.get(address, {}) if held is not None else {}
        async with self._client.stream("GET", address, headers={**headers, **conditional}) as response:
            if response.status_code == _NOT_MODIFIED and held is not None:
                return Answer(url=address, body=held.body, is_changed=False, version=version)
            if response.status_code in _BUSY and (wait_s := asked_wait_s(response.headers.get("Retry-After", ""))):
                self._resume_at[_host(shown)] = self._elapsed_s() + wait_s
                raise SourceDown(f"{shown} answered HTTP {response.status_code} and asks for a pause of {wait_s:.0f} s")
            if response.status_code != _OK:
                raise SourceDown(f"{shown} answered HTTP {response.status_code}")
            body = await self._read(response, shown)
            return self._remember(Answer(url=address, body=body, is_changed=True, version=version), response.headers)

    async def _read(self, response: httpx.Response, shown: str) -> bytes:
        parts: list[bytes] = []
        size = 0
        # httpx and httpcore leave their inner generators to the garbage collector when a reader stops half-way;
        # closing the answer instead makes them end by themselves at the next step.
        is_over = is_garbled = False
        try:
            async for part in response.aiter_bytes():
                size += len(part)
                is_over = size > self._max_bytes
                if is_over:
                    await response.aclose()
                else:
                    parts.append(part)
        except httpx.DecodingError:
            is_garbled = True
            await response.aclose()
        except (httpx.HTTPError, httpx.StreamError):
            if not is_over:
                raise
        if is_garbled:
            # Those generators stand half-way now, five in a row; each ends in a task of its own, before this client does.
            for _ in range(_STEPS_TO_END):
                await asyncio.sleep(0)
            raise SourceDown(f"{shown} could not be read (DecodingError)")
        if is_over:
            raise SourceDown(f"{shown} sent more than {self._max_bytes:,} bytes; not read further")
        return b"".join(parts)

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

    async def _keep_pace(self) -> None:
        while True:
            now = self._elapsed_s()
            while self._sent and now - self._sent[0] >= 60.0:
                self._sent.popleft()
            if len(self._sent) < self._per_minute:
                self._sent.append(now)
                return
            await asyncio.sleep(60.0 - (now - self._sent[0]))


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
    """Scheme, host and path of an address: no user name, password or query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or '?'}{port}{parts.path}"
    except ValueError:
        return "an address that cannot be read"
