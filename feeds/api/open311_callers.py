"""Who asks at the Open311 door: a key that hands something in, one that reads its own reports, or anybody. Knows no report."""

import time
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.form_parts import MOST_TEXT_BYTES
from feeds.api.open311_speech import AnyRequest
from feeds.api.rates import Rates
from feeds.identity.keys import Scope, actor_of_key
from feeds.messages.city import City
from feeds.reports.roles import Actor


class Caller(msgspec.Struct, frozen=True):
    """``source``: of the reports the key has handed in, which it may read whatever they are. ``sees_words``: the room's answers to them."""

    source: str | None = None
    sees_words: bool = False


def source_of(actor: Actor) -> str:
    """What the reports of a key are marked with."""
    return f"open311.{actor.id}"


def check_jurisdiction(city: City, given: str | None) -> None:
    """Raises ``ApiError`` 404 for another city's; none is this one's."""
    wanted = (given or "").strip()
    if wanted and city.jurisdiction and wanted.casefold() != city.jurisdiction.casefold():
        raise ApiError(404, "unknown_jurisdiction", "jurisdiction_id provided was not found", field="jurisdiction_id")


class Keys:
    """Of the header X-API-Key, api_key or Authorization, else of the form."""

    def __init__(self, doors: Doors, rates: Rates | None = None) -> None:
        self._doors = doors
        self._rates = rates or Rates()

    async def gate(self, request: AnyRequest, scope: Scope) -> "KeyGate":
        """Open where a header's key is good, before the body is read; closed where no header has one. Raises as ``actor``."""
        return KeyGate(self, request, scope, await self.actor(request, {}, scope) if _secret(request, ()) else None)

    async def actor(self, request: AnyRequest, fields: Mapping[str, Sequence[str]], scope: Scope) -> Actor:
        """Whom the key stands for. Raises ``ApiError`` 403, and 429 for one that comes too often."""
        secret = _secret(request, fields.get("api_key", ()))
        actor = await self._doors.keys.actor(secret, scope)
        if actor is None:
            raise _refusal(f"is unknown, has ended or lacks the scope {scope}" if secret else "is missing")
        wait_s = self._rates.take(actor.id, time.monotonic())
        if wait_s is not None:
            raise ApiError(429, "too_many_requests", f"this api_key comes too often; wait {wait_s} s", retry_after_s=wait_s)
        return actor

    async def caller(self, request: AnyRequest, given: str | None) -> Caller:
        """Who reads: with no key anybody. Raises ``ApiError`` 403 for one that is not good."""
        secret = _secret(request, [given or ""])
        if not secret:
            return Caller()
        now = self._doors.clock()

        def unit(connection: Connection) -> Caller | None:
            scopes = {scope: actor_of_key(connection, secret, scope, now) for scope in (Scope.SUBMIT, Scope.UPDATES)}
            actor = scopes[Scope.UPDATES] or scopes[Scope.SUBMIT]
            return Caller(source_of(actor), scopes[Scope.UPDATES] is not None) if actor is not None else None

        caller = await self._doors.read(unit)
        if caller is None:
            raise _refusal("is unknown, has ended or opens nothing here")
        return caller


class KeyGate:
    """The ``feeds.api.form_parts.Gate`` of a form: it opens as soon as a good key has come, and no file passes before."""

    def __init__(self, keys: Keys, request: AnyRequest, scope: Scope, actor: Actor | None) -> None:
        self._keys, self._request, self._scope = keys, request, scope
        self._actor = actor

    @property
    def is_open(self) -> bool:
        return self._actor is not None

    async def look(self, values: Mapping[str, Sequence[str]]) -> None:
        """Judges the key as soon as it stands in the form. Raises as ``Keys.actor``."""
        if self._actor is None and _secret(self._request, values.get("api_key", ())):
            await self.actor(values)

    def need_key(self, values: Mapping[str, Sequence[str]]) -> None:
        """Raises ``ApiError`` 403 where there is none yet."""
        if self._actor is None and not _secret(self._request, values.get("api_key", ())):
            raise ApiError(
                403, "late_api_key", "with files the api_key comes first: before the first of them and within "
                f"{MOST_TEXT_BYTES:,} bytes, or in the header X-API-Key", field="api_key",
            )  # fmt: skip

    async def actor(self, values: Mapping[str, Sequence[str]]) -> Actor:
        """Whom the key stands for, the form being read to its end or not. Raises as ``Keys.actor``."""
        if self._actor is None:
            self._actor = await self._keys.actor(self._request, values, self._scope)
        return self._actor


def _refusal(why: str) -> ApiError:
    return ApiError(403, "bad_api_key", f"the api_key {why}; the room gives out keys")


def _secret(request: AnyRequest, given: Sequence[str]) -> str:
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    headers = (request.headers.get("X-API-Key", ""), request.headers.get("api_key", ""), bearer if kind.lower() == "bearer" else "")
    return next((one.strip() for one in (*given, *headers) if one.strip()), "")
