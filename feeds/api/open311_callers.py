"""Who asks at the Open311 door: a key that hands something in, one that reads its own reports, or anybody. Knows no report."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.open311_speech import AnyRequest
from feeds.api.rates import Rates
from feeds.identity.keys import Scope, actor_of_key, mark_seen
from feeds.messages.city import City
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor

SAID_EVERY = timedelta(minutes=1)
"""Keys that are refused are told of in the log at most so often."""

KNOWN_S = 1.0
"""So long a key that was good is not looked up again; withdrawn it opens nothing a second later."""

_log = structlog.get_logger("feeds.api")


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
        self._known: dict[tuple[str, Scope], tuple[Actor, float]] = {}
        self._refused = 0
        self._said_at: datetime | None = None

    async def early(self, request: AnyRequest, scope: Scope) -> Actor | None:
        """Whom a header's key stands for, before the body is read; ``None`` where no header has one. Raises as ``actor``."""
        return await self.actor(request, {}, scope) if _secret(request, ()) else None

    async def actor(self, request: AnyRequest, fields: Mapping[str, Sequence[str]], scope: Scope) -> Actor:
        """Whom the key stands for. Raises ``ApiError`` 403, and 429 for one that comes too often."""
        secret = _secret(request, fields.get("api_key", ()))
        known, now_s = (digest_of(secret), scope), time.monotonic()
        actor, until_s = self._known.get(known, (None, 0.0))
        if actor is None or until_s <= now_s:
            actor = await self._looked_up(secret, scope)
            self._known = {key: found for key, found in self._known.items() if found[1] > now_s} | {known: (actor, now_s + KNOWN_S)}
        wait_s = self._rates.take(actor.id, now_s)
        if wait_s is not None:
            raise ApiError(429, "too_many_requests", f"this api_key comes too often; wait {wait_s} s", retry_after_s=wait_s)
        return actor

    async def _looked_up(self, secret: str, scope: Scope) -> Actor:
        now = self._doors.clock()
        actor = await self._doors.read(lambda connection: actor_of_key(connection, secret, scope, now))
        if actor is None:
            raise self._refusal(f"is unknown, has ended or lacks the scope {scope}" if secret else "is missing")
        await self._doors.write(lambda connection: mark_seen(connection, actor, now))
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
            raise self._refusal("is unknown, has ended or opens nothing here")
        return caller

    def _refusal(self, why: str) -> ApiError:
        self._refused += 1
        now = self._doors.clock()
        if self._said_at is None or now - self._said_at >= SAID_EVERY:
            _log.warning("keys are refused at the Open311 door", refused=self._refused)
            self._said_at, self._refused = now, 0
        return ApiError(403, "bad_api_key", f"the api_key {why}; the room gives out keys")


def _secret(request: AnyRequest, given: Sequence[str]) -> str:
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    headers = (request.headers.get("X-API-Key", ""), request.headers.get("api_key", ""), bearer if kind.lower() == "bearer" else "")
    return next((one.strip() for one in (*given, *headers) if one.strip()), "")
