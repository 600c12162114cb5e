"""The doors of the mirror's own service, which shows its key: which of its viewers still stand, and what they look at."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, post
from litestar.params import HeaderParameter, JSONBody
from sqlalchemy import Connection

from feeds.api.attempts import AnyRequest, need_json
from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.places import MIRROR_KEY_HEADER, MOST_TOKEN
from feeds.api.sessions import NamedDoors, address_of, has_mirror_key, session_of
from feeds.identity import audit, sessions
from feeds.reports.roles import Forbidden, Permission, may

MOST_TOKENS = 500
MOST_OBJECT = 150

MirrorKey = Annotated[str | None, HeaderParameter(name=MIRROR_KEY_HEADER, description="A key of the scope mirror.")]


class Viewers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``tokens``: the sessions' own, as the viewers' cookies hold them."""

    tokens: Annotated[list[Annotated[str, msgspec.Meta(max_length=MOST_TOKEN)]], msgspec.Meta(max_length=MOST_TOKENS)]


class ViewerStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a viewer may go on looking, and until when at the longest."""

    stands: bool
    ends_at: datetime | None = None


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``object``: an id, a code or a name; empty where there is but one. ``refused``: somebody showed the session's cookie and could not
    prove the key of its device."""

    what: Literal["live", "wall", "report", "reports", "refused"]
    object: Annotated[str, msgspec.Meta(max_length=MOST_OBJECT)] = ""


class ViewersDoor(Controller):
    path = "/session"
    tags = ("mirror",)

    @post("/standing", status_code=200, summary="Which of the mirror's viewers still stand")
    async def standing(
        self, request: AnyRequest, doors: NamedDoors, data: JSONBody[Viewers], mirror_key: MirrorKey = None
    ) -> list[ViewerStanding]:
        """In the order of ``tokens``; a session that is bound to no device is none of a viewer. To be asked about is to be in use."""
        await _need_key(request, doors)
        now = doors.clock()
        found = await doors.read(lambda connection: sessions.find_all(connection, data.tokens, now))
        standing = [one if one is not None and _is_viewer(one) else None for one in found]
        seen = [one for one in standing if one is not None]
        # All of them when it is time for one: they are written together from then on.
        if any(now - one.seen_at >= sessions.SEEN_EVERY for one in seen):
            await doors.write(lambda connection: sessions.mark_seen(connection, seen, now))
        return [ViewerStanding(stands=one is not None, ends_at=one.ends_at if one is not None else None) for one in standing]

    @post("/views", status_code=204, summary="What a viewer of the mirror looks at, for the audit log")
    async def note_view(self, request: AnyRequest, doors: NamedDoors, data: JSONBody[View], mirror_key: MirrorKey = None) -> None:
        """With the viewer's cookie and the mirror's key, which no page of a browser can send: it needs no CSRF token."""
        await _need_key(request, doors)
        session = await session_of(request, doors)
        if session.device is None:
            raise ApiError(403, "unbound_session", "this session is bound to no device; the mirror is looked at with an invited one")
        if not _is_viewer(session):
            raise Forbidden(session.actor, Permission.SEE_MIRROR)
        if not data.object.isprintable():
            raise ApiError(400, "bad_value", "object: is no printable text", field="object")

        facts = {"address": address_of(request, doors.options.proxies), "device": session.device}

        action, seen = "view", f"{data.what} {data.object}".rstrip()
        if data.what == "refused":
            action, seen, facts = "sign_in_failed", f"user {session.actor.id}", facts | {"by": "device"}

        def unit(connection: Connection) -> None:
            audit.write(connection, session.actor, action, seen, facts, at=doors.clock())

        await doors.write(unit)


def _is_viewer(session: sessions.Session) -> bool:
    return session.device is not None and may(session.actor, Permission.SEE_MIRROR, agency=session.actor.agency)


async def _need_key(request: AnyRequest, doors: Doors) -> None:
    """Raises ``ApiError`` 403, 415."""
    need_json(request)
    if not await has_mirror_key(request, doors):
        raise ApiError(403, "bad_mirror_key", "the mirror's key is missing, wrong or withdrawn; `controlroom users key add --scope mirror`")
