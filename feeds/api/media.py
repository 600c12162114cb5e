"""The doors of attachments: approved ones for the walls, all of a report's for those who may see it, new ones from those who finish.

What is sent out can only ever be a picture or a video: its type is ours, never guessed, and nothing in it may run.
"""

import asyncio
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Annotated, Any

import msgspec
import structlog
from litestar import Controller, Request, Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, PathParameter
from litestar.response import File
from sqlalchemy import Connection, Row, select

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.form_parts import closing_files, read_into
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.identity import audit
from feeds.identity.keys import Scope, actor_of_key, mark_seen
from feeds.reports.pictures import MOST_BYTES, BadPicture, PictureRole, Prepared
from feeds.reports.queue import sees_words
from feeds.reports.refusals import Unknown
from feeds.reports.roles import Actor, Forbidden, Permission, may
from feeds.store.schema import MEDIA, REPORTS

MOST_OF_A_REQUEST = MOST_BYTES + 100_000
"""The largest attachment and the form around it."""

PICTURE = "image/jpeg"

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOR_EVER = SAFE | {"Cache-Control": "private, max-age=31536000, immutable"}
"""The name is the content: it never changes."""

NOT_KEPT = SAFE | {"Cache-Control": "private, no-store"}
"""What only a signed-in person may see is gone from the browser with him."""

_HASH = re.compile(r"[0-9a-f]{64}")
_STATUS = {"too_large": 413, "unsupported_type": 415}
_ROLES: tuple[PictureRole, ...] = ("before", "after", "other")
_ENDINGS = {PICTURE: "jpg", "video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov"}

_log = structlog.get_logger("feeds.api")

Hash = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$", description="SHA-256 of the file, in hex")]


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """``hash``: its name from now on. ``poster``: a video's picture. ``is_first_of_many``: an animation's rest was left out."""

    hash: str
    mime: str
    width: int
    height: int
    poster: str | None = None
    is_first_of_many: bool = False


@dataclass
class _Upload(Operation):
    """The form is read by hand, after its sender was asked who he is; this describes it."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, description="JPEG, PNG, WebP, MP4, WebM or MOV")
        role = Schema(type=OpenAPIType.STRING, enum=list(_ROLES), default="after")
        form = Schema(type=OpenAPIType.OBJECT, required=["file"], properties={"file": file, "role": role})
        self.request_body = RequestBody(required=True, content={"multipart/form-data": OpenAPIMediaType(schema=form)})


@dataclass
class _Shown(Operation):
    """A picture, or a video in the type it came in."""

    def __post_init__(self) -> None:
        shown = (self.responses or {}).get("200")
        if isinstance(shown, OpenAPIResponse) and shown.content is not None:
            content = shown.content
            content |= dict.fromkeys(_ENDINGS, content[PICTURE])


class MediaController(Controller):
    """Attachments by content hash."""

    tags = ("media",)

    @get("/media/{content_hash:str}", summary="An approved picture, for a wall", security=[{"bearer": []}], media_type=PICTURE)
    async def approved(self, request: Request[Any, Any, Any], doors: NamedDoors, content_hash: Hash) -> Response[bytes]:
        """What an operator or its category lets on the wall; ``Authorization: Bearer`` with the walls' key or a key of scope ``media``."""
        await _need_key(request, doors)
        if not await doors.read(lambda connection: _is_approved(connection, content_hash)):
            raise _no_such()
        path = doors.pictures.path(_named(content_hash))
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise _lost(content_hash) from None
        return Response(content, media_type=PICTURE, headers=FOR_EVER)

    @get(
        "/desk/media/{content_hash:str}",
        summary="An attachment, for those who may see its report",
        media_type=PICTURE,
        operation_class=_Shown,
    )
    async def shown(self, doors: NamedDoors, actor: NamedActor, content_hash: Hash) -> Response[bytes] | File:
        """A picture, or a video as something to save."""
        mime = await doors.read(lambda connection: _mime_for(connection, content_hash, actor))
        if mime is None:
            raise _no_such()
        path = doors.pictures.path(_named(content_hash))
        if not await asyncio.to_thread(path.is_file):
            raise _lost(content_hash)
        await doors.write(lambda connection: audit.write(connection, actor, "see_picture", f"picture {content_hash}", at=doors.clock()))
        if mime == PICTURE:
            return Response(await asyncio.to_thread(path.read_bytes), media_type=PICTURE, headers=NOT_KEPT)
        name = f"{content_hash[:12]}.{_ENDINGS.get(mime, 'bin')}"
        return File(path, filename=name, media_type=mime, content_disposition_type="attachment", headers=NOT_KEPT)

    @post(
        "/desk/reports/{report:str}/media",
        summary="Attach a picture or video to a report",
        operation_class=_Upload,
        request_max_body_size=MOST_OF_A_REQUEST,
    )
    async def attach(self, request: Request[Any, Any, Any], doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Attached:
        """One file, and what it shows (``role``: before, after, other). The same file again is the same attachment."""
        await doors.read(lambda connection: _allow(connection, report, actor))
        with closing_files() as form:
            await read_into(form, request)
            role = form.fields.get("role", "after")
            if role not in _ROLES:
                raise ApiError(400, "bad_value", f"role: is none of {', '.join(_ROLES)}", field="role")
            if len(form.files) != 1:
                raise ApiError(400, "bad_value", "file: send exactly one file", field="file")
            prepared = await prepared_of(doors, form.files[0])

        def unit(connection: Connection) -> None:
            # Somebody may have given it to another agency meanwhile.
            _allow(connection, report, actor)
            doors.pictures.keep(connection, report, prepared, role, doors.clock(), actor=actor)
            audit.write(connection, actor, "attach", f"report {report}", {"picture": prepared.hash, "role": role}, at=doors.clock())

        await doors.write(unit)
        return Attached(
            hash=prepared.hash, mime=prepared.mime, width=prepared.width, height=prepared.height, poster=prepared.poster_hash,
            is_first_of_many=prepared.is_first_of_many,
        )  # fmt: skip


async def prepared_of(doors: Doors, file: IO[bytes]) -> Prepared:
    """What was sent, made harmless and laid on disk. Raises ``ApiError``: 413, 415 or 422."""
    try:
        return await doors.prepare(file)
    except BadPicture as refusal:
        raise ApiError(_STATUS.get(refusal.code, 422), refusal.code, refusal.problem, field="file") from refusal


async def _need_key(request: Request[Any, Any, Any], doors: Doors) -> None:
    """Raises ``ApiError`` 403 for whoever brings neither the walls' key of the settings nor a good one of scope ``media``."""
    given = request.headers.get("Authorization", "")
    key = doors.options.media_key
    if key and hmac.compare_digest(given.encode("latin-1", "replace"), f"Bearer {key}".encode()):
        return
    now = doors.clock()
    actor = await doors.read(lambda connection: actor_of_key(connection, given.removeprefix("Bearer "), Scope.MEDIA, now))
    if actor is None:
        raise ApiError(403, "bad_key", "the read key is missing, wrong, or without the scope media; `controlroom users key add` makes one")
    await doors.write(lambda connection: mark_seen(connection, actor, now))


def _named(content_hash: str) -> str:
    """Raises ``ApiError`` 404 for what can be no name."""
    if _HASH.fullmatch(content_hash) is None:
        raise _no_such()
    return content_hash


def _rows(connection: Connection, content_hash: str) -> Iterator[tuple[str, Row[Any]]]:
    """Type and row (with its report) of each attachment of that name; posters, which no index has, only when no file has it."""
    query = select(MEDIA.c.mime, MEDIA.c.is_passed, REPORTS.c.agency, REPORTS.c.officer, REPORTS.c.is_shown, REPORTS.c.photo_before,
                   REPORTS.c.photo_after).join(REPORTS, REPORTS.c.id == MEDIA.c.report)  # fmt: skip
    files = connection.execute(query.where(MEDIA.c.hash == content_hash)).all()
    yield from ((row.mime, row) for row in files)
    if not files:
        yield from ((PICTURE, row) for row in connection.execute(query.where(MEDIA.c.poster == content_hash)))


def _is_approved(connection: Connection, content_hash: str) -> bool:
    """Passed, or shown: a finish photo of an allowed category goes to the wall with no operator's word."""
    return any(_is_for_the_wall(mime, row, content_hash) for mime, row in _rows(connection, content_hash))


def _is_for_the_wall(mime: str, row: Row[Any], content_hash: str) -> bool:
    return mime == PICTURE and row.is_shown and (row.is_passed or content_hash in (row.photo_before, row.photo_after))


def _mime_for(connection: Connection, content_hash: str, actor: Actor) -> str | None:
    """Of an attachment of any report this actor may see; faces are personal data, and who only watches sees what the wall may show."""
    for mime, row in _rows(connection, content_hash):
        is_his = may(actor, Permission.SEE_QUEUE, agency=row.agency, officer=row.officer)
        if is_his and (sees_words(actor) or _is_for_the_wall(mime, row, content_hash)):
            return mime
    return None


def _allow(connection: Connection, report: str, actor: Actor) -> None:
    """Raises ``Unknown`` and ``Forbidden``."""
    row = connection.execute(select(REPORTS.c.agency, REPORTS.c.officer).where(REPORTS.c.id == report)).first()
    if row is None or not may(actor, Permission.SEE_QUEUE, agency=row.agency, officer=row.officer):
        raise Unknown(f"there is no report {report}")
    if not may(actor, Permission.FINISH, agency=row.agency, officer=row.officer):
        raise Forbidden(actor, Permission.FINISH)


def _no_such() -> ApiError:
    return ApiError(404, "unknown_picture", "there is no such picture, or it is not for you")


def _lost(content_hash: str) -> ApiError:
    _log.error("an attachment is not on disk", picture=content_hash[:12], remedy="restore the folder of pictures from a backup")
    return _no_such()
