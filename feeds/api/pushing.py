"""The doors where an invited device says whether it wants to be rung in an emergency, and where (Web Push)."""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from feeds.api.attempts import AnyRequest, count, need_json
from feeds.api.doors import ApiOptions
from feeds.api.errors import ApiError
from feeds.api.sessions import NamedDoors, NamedGate, NamedSession, address_of, need_own_password
from feeds.identity import push
from feeds.identity.push import LONGEST_ENDPOINT, PushProblem
from feeds.identity.sessions import Session
from feeds.messages.desk import Problem
from feeds.reports.roles import Forbidden, Permission, may


class PushStanding(msgspec.Struct, frozen=True, kw_only=True):
    """``public_key``: what a browser subscribes with (``applicationServerKey``), base64url. ``is_on``: whether this device is rung."""

    public_key: str
    is_on: bool


class Subscribing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As the browser's ``PushSubscription`` says it, the keys in base64url."""

    endpoint: Annotated[str, msgspec.Meta(max_length=LONGEST_ENDPOINT)]
    p256dh: Annotated[str, msgspec.Meta(max_length=100)]
    auth: Annotated[str, msgspec.Meta(max_length=40)]


_ABSENT = {404: ResponseSpec(Problem, description="Nobody is rung from here", generate_examples=False)}


class PushDoor(Controller):
    path = "/session/push"
    tags = ("session",)

    @get("/", summary="Whether this device is rung in an emergency", responses=_ABSENT)
    async def standing(self, doors: NamedDoors, session: NamedSession) -> PushStanding:
        """404 ``no_push`` where the city has no key for it, ``simulated`` in a simulated city: that one rings nobody."""
        _need_device(session)
        public_key = _key_of(doors.options)
        is_on = await doors.read(lambda connection: push.is_subscribed(connection, session))
        return PushStanding(public_key=public_key, is_on=is_on)

    @post("/", status_code=204, summary="Ring this device in an emergency", responses=_ABSENT)
    async def subscribe(
        self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, leaving: NamedSession, data: JSONBody[Subscribing]
    ) -> None:
        """In place of what it asked for before; ends with the session."""
        need_json(request)
        device = _need_device(leaving)
        need_own_password(leaving)
        _key_of(doors.options)
        now = doors.clock()
        count(gate.asked, address_of(request, doors.options.proxies), now)
        try:
            told = push.read(device, data.endpoint, data.p256dh, data.auth)
        except PushProblem as problem:
            raise ApiError(400, "bad_subscription", str(problem), field=str(problem).partition(":")[0]) from problem
        await doors.write(lambda connection: push.subscribe(connection, leaving, told, now))

    @delete("/", status_code=204, summary="Do not ring this device any more")
    async def unsubscribe(self, doors: NamedDoors, leaving: NamedSession) -> None:
        """Nothing where it was not rung."""
        _need_device(leaving)
        await doors.write(lambda connection: push.unsubscribe(connection, leaving, doors.clock()))


def _need_device(session: Session) -> str:
    """Raises ``ApiError`` 403, ``Forbidden``."""
    if session.device is None:
        raise ApiError(403, "unbound_session", "this session is bound to no device; only an invited one is rung")
    if not may(session.actor, Permission.SEE_MIRROR, agency=session.actor.agency):
        raise Forbidden(session.actor, Permission.SEE_MIRROR)
    return session.device


def _key_of(options: ApiOptions) -> str:
    """Raises ``ApiError`` 404."""
    if options.is_simulated:
        raise ApiError(404, "simulated", "this is a simulated city; its emergencies ring nobody")
    if not options.push_key:
        raise ApiError(404, "no_push", "this room has no key for push services; `controlroom feeds push-key` makes one")
    return options.push_key
