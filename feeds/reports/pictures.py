"""Attachments: what was sent is made harmless, laid on disk under its hash, and written down for its report with an event.

``prepare`` is work for a thread; ``keep`` and ``sweep`` are units of work for ``feeds.store.database``. Knows no door.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, insert, select, update

from feeds.messages.city import City
from feeds.reports.records import Record, columns_of, record_of
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.roles import Actor, Role
from feeds.reports.service import tell
from feeds.reports.shelf import Shelf
from feeds.reports.stills import BadPicture as BadPicture
from feeds.reports.stills import kind_of, still_of
from feeds.reports.videos import MOST_BYTES as MOST_BYTES
from feeds.reports.videos import clip_of, mime_of
from feeds.store.schema import EVENTS, MEDIA, REPORTS

AT_ONCE = 2
"""So many are decoded at a time: each may take 160 MB."""

MOST_OF_ONE = 20
"""Attachments of one report."""

PictureRole = Literal["before", "after", "other"]
SENDER = Actor(id="citizen", role=Role.CITIZEN)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment that can be kept. ``hash``: SHA-256 of ``content``; ``original``: of what was sent.

    ``mime`` is image/jpeg, or a video's; then ``poster`` is a JPEG of one frame, and ``perceptual`` is the poster's.
    ``is_first_of_many``: an animation, of which the first picture is kept. ``taken_at`` (UTC) and position: as its camera says.
    """

    hash: str
    original: str
    mime: str
    content: bytes
    width: int
    height: int
    perceptual: str
    taken_at: datetime | None = None
    taken_lon: float | None = None
    taken_lat: float | None = None
    poster: bytes | None = None
    is_first_of_many: bool = False

    @property
    def poster_hash(self) -> str | None:
        return _sha256(self.poster) if self.poster is not None else None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Pictures:
    """``folder``: where the files lie; ``city``: whose times pictures tell and whose categories let them on to the wall."""

    def __init__(self, folder: Path, city: City, clock: Callable[[], datetime] = _utc_now) -> None:
        self._shelf = Shelf(folder)
        self._city = city
        self._zone = ZoneInfo(city.time_zone)
        self._clock = clock

    def prepare(self, raw: bytes) -> Prepared:
        """Recognised by content, checked and drawn anew; pure CPU, for a thread. Raises ``BadPicture``."""
        now = self._clock()
        if kind_of(raw) is None and mime_of(raw) is not None:
            clip = clip_of(raw, now)
            mime, content, picture, taken, poster = clip.mime, clip.content, clip.poster, clip.taken, clip.poster.content
            sha, width, height = _sha256(content), clip.width, clip.height
        else:
            picture = still_of(raw, self._zone, now)
            mime, content, taken, poster = "image/jpeg", picture.content, picture.taken, None
            sha, width, height = _sha256(content), picture.width, picture.height
        return Prepared(
            hash=sha, original=_sha256(raw), mime=mime, content=content, width=width, height=height, perceptual=picture.perceptual,
            taken_at=taken.at, taken_lon=taken.lon, taken_lat=taken.lat, poster=poster, is_first_of_many=picture.is_first_of_many,
        )  # fmt: skip

    def lay(self, prepared: Prepared) -> None:
        """Its files on disk. ``keep`` does it too; done in a thread before, the writer of the store does not wait for the disk."""
        self._shelf.lay(prepared.hash, prepared.content)
        if prepared.poster is not None:
            self._shelf.lay(_sha256(prepared.poster), prepared.poster)

    def path(self, content_hash: str) -> Path:
        """Where the file of that hash lies. Raises ``ValueError`` for what is no hash."""
        return self._shelf.path(content_hash)

    def keep(
        self, connection: Connection, report: str, prepared: Prepared, role: PictureRole, now: datetime, *, actor: Actor = SENDER
    ) -> str:
        """Writes down an attachment of a report, once; its hash. The file is on disk before its row.

        Whether ``actor`` may is for the door to ask. Raises ``Unknown``, ``Refused`` (too many), ``OSError`` (the disk).
        """
        row = connection.execute(select(REPORTS).where(REPORTS.c.id == report).with_for_update()).mappings().first()
        if row is None:
            raise Unknown(f"there is no report {report}")
        record = record_of(row)
        kept = connection.execute(select(MEDIA.c.hash, MEDIA.c.role).where(MEDIA.c.report == report)).all()
        if any(one.hash == prepared.hash for one in kept):
            return prepared.hash
        if len(kept) >= MOST_OF_ONE:
            raise Refused("media", f"report {report} has {MOST_OF_ONE} attachments already")
        self.lay(prepared)
        is_passed = role == "before" and self._is_allowed(record) and not any(one.role == "before" for one in kept)
        taken_at = min(prepared.taken_at, now) if prepared.taken_at is not None else None
        connection.execute(
            insert(MEDIA).values(
                report=report, hash=prepared.hash, original=prepared.original, role=role, mime=prepared.mime, bytes=len(prepared.content),
                width=prepared.width, height=prepared.height, poster=prepared.poster_hash, perceptual=prepared.perceptual,
                taken_at=taken_at, taken_lon=prepared.taken_lon, taken_lat=prepared.taken_lat, received_at=now, is_passed=is_passed,
            )
        )  # fmt: skip
        after = msgspec.structs.replace(record, revision=record.revision + 1, changed_at=now)
        if is_passed:
            # The wall shows stills: of a video its poster.
            shown = prepared.poster_hash or prepared.hash
            after = msgspec.structs.replace(after, photo_before=shown, photo_before_at=taken_at or now)
        self._write(connection, after, prepared, role, actor)
        return prepared.hash

    def _write(self, connection: Connection, record: Record, prepared: Prepared, role: PictureRole, actor: Actor) -> None:
        connection.execute(update(REPORTS).where(REPORTS.c.id == record.id).values(columns_of(record)))
        body = {"photo": prepared.hash, "role": role, "mime": prepared.mime, "is_first_of_many": prepared.is_first_of_many}
        connection.execute(
            insert(EVENTS).values(
                report=record.id, revision=record.revision, kind="attached", at=record.changed_at, role=actor.role, actor=actor.id,
                before=record.state, after=record.state, reason=None, body=body,
            )
        )  # fmt: skip
        tell(connection, (record,), self._city)

    def _is_allowed(self, record: Record) -> bool:
        return any(category.code == record.category and category.is_photo_allowed for category in self._city.categories)


def sweep(connection: Connection, folder: Path, older_than: timedelta) -> int:
    """Removes files that no row names (a crash came between the two), how many; ``older_than`` longer than any unit of work takes."""
    named = set(connection.execute(select(MEDIA.c.hash).union(select(MEDIA.c.poster).where(MEDIA.c.poster.is_not(None)))).scalars())
    return Shelf(folder).sweep(named, older_than)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
