"""What the mirror asks the doors about people. Everything is asked with the viewer's own session; the mirror has none of its own.

Knows HTTP, not sockets or pages. A door that does not answer in time is as one that is not there.
"""

from collections.abc import Sequence
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from controlroom.mirror.options import MirrorOptions

TIMEOUT_S = 8.0
MOST_ANSWER = 512 * 1024
MOST_TOKENS = 500
"""Of one question who still stands."""

KEY_HEADER = "X-Mirror-Key"

ReadT = TypeVar("ReadT")


class DoorsAway(Exception):
    """The doors do not answer, or not as doors do."""


class NotLetIn(Exception):
    """The doors refuse this session; ``status`` is theirs."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the doors answered {status}")
        self.status = status


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session it is, as the doors say. ``device_key``: SPKI in base64url; ``None``: the session is bound to no device."""

    login: str
    name: str
    role: str
    agency: str | None = None
    csrf: str = ""
    ends_at: datetime
    must_change_password: bool = False
    device_key: str | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    stands: bool
    ends_at: datetime | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a door said, bounded."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Identity:
    """``client``: for a test. Close it when done."""

    def __init__(self, options: MirrorOptions, client: httpx.AsyncClient | None = None) -> None:
        self._options = options
        # What one viewer is given as a cookie must never go out with another's question.
        jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self._client = client or httpx.AsyncClient(
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, cookies=jar,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )  # fmt: skip

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self, method: str, path: str, headers: dict[str, str], *, body: bytes | None = None, url: str = "", most: int = MOST_ANSWER
    ) -> Answer:
        """One request to the doors (or to ``url``), with what is given and nothing else. Raises ``DoorsAway``."""
        address = (url or self._options.doors_url).rstrip("/") + path
        try:
            async with self._client.stream(method, address, headers=headers, content=body) as response:
                found = bytearray()
                async for piece in response.aiter_bytes():
                    found += piece
                    if len(found) > most:
                        raise DoorsAway("the answer is too long")
                return Answer(status=response.status_code, headers=response.headers.multi_items(), body=bytes(found))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DoorsAway(type(error).__name__) from error

    def headers_for(self, token: str, address: str) -> dict[str, str]:
        """Of a question in a viewer's name."""
        return {"Cookie": f"{self._options.cookie}={token}", "X-Forwarded-For": address, KEY_HEADER: self._options.mirror_key}

    async def who(self, token: str, address: str) -> Who:
        """Raises ``NotLetIn`` and ``DoorsAway``."""
        answer = await self.ask("GET", "/session", self.headers_for(token, address))
        return _read(answer, Who)

    async def note_view(self, token: str, address: str, what: str, what_of: str = "") -> None:
        """An entry in the doors' audit log: nothing is shown that is not written down. Raises ``NotLetIn`` and ``DoorsAway``."""
        headers = self.headers_for(token, address) | {"Content-Type": "application/json"}
        body = msgspec.json.encode({"what": what, "object": what_of})
        answer = await self.ask("POST", "/session/views", headers, body=body)
        if answer.status != 204:
            _refuse(answer)

    async def note_refusal(self, token: str, address: str) -> None:
        """An entry in the doors' audit log: somebody with this cookie did not prove its device's key. Raises as ``note_view``."""
        await self.note_view(token, address, "refused")

    async def standing(self, tokens: Sequence[str]) -> list[Standing]:
        """Which sessions still stand, in the order they were asked for. Raises ``DoorsAway``."""
        found: list[Standing] = []
        headers = {KEY_HEADER: self._options.mirror_key, "Content-Type": "application/json"}
        for start in range(0, len(tokens), MOST_TOKENS):
            some = tokens[start : start + MOST_TOKENS]
            answer = await self.ask("POST", "/session/standing", headers, body=msgspec.json.encode({"tokens": some}))
            try:
                found += _read(answer, list[Standing])
            except NotLetIn as refusal:
                raise DoorsAway(f"the doors refuse the mirror's key ({refusal.status})") from refusal
        if len(found) != len(tokens):
            raise DoorsAway("the doors answered for others than were asked for")
        return found

    async def report(self, token: str, address: str, report: str) -> Any:
        """A report as the doors tell it to this viewer. Raises ``NotLetIn`` and ``DoorsAway``."""
        answer = await self.ask("GET", f"/desk/reports/{quote(report, safe='')}", self.headers_for(token, address))
        return _read(answer, dict[str, Any])

    async def picture(self, content_hash: str, most: int) -> bytes:
        """An approved picture. Raises ``NotLetIn`` and ``DoorsAway``."""
        options = self._options
        headers = {"Authorization": f"Bearer {options.media_key}"}
        answer = await self.ask("GET", f"/media/{content_hash}", headers, url=options.media_url, most=most)
        if answer.status != 200:
            _refuse(answer)
        return answer.body


def _read(answer: Answer, kind: type[ReadT]) -> ReadT:
    if answer.status not in (200, 201):
        _refuse(answer)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError as error:
        raise DoorsAway("the doors answered what cannot be read") from error


def _refuse(answer: Answer) -> NoReturn:
    """4xx is a refusal; anything else is a door that is out of order."""
    if 400 <= answer.status < 500 and answer.status != 429:
        raise NotLetIn(answer.status)
    raise DoorsAway(f"the doors answered {answer.status}")
