"""What a wall remembers over its own end: the order that stands, in a file of this user, one for each wall and namespace.

So it needs neither bus nor doors to show again what was taken. Written on a thread of its own: a slow disk stops no wall.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from feeds.messages.walls import WallOrder

LARGEST_BYTES = 4 * 2**20
"""A larger file is none of ours: an order has at most 64 slots with 8 kB of options."""

_log = structlog.get_logger("controlroom.memory")


class Remembered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file."""

    wall: str
    namespace: str
    order: WallOrder


class ForeignFile(ValueError):
    """Not a file this wall wrote; the text says why."""


def memory_file(wall: str, namespace: str) -> Path:
    """``$XDG_STATE_HOME/live-room/wall-NAME-NAMESPACE.json``, else below ``~/.local/state``."""
    base = os.environ.get("XDG_STATE_HOME")
    folder = (Path(base) if base else Path.home() / ".local" / "state") / "live-room"
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in f"{wall}-{namespace}")
    return folder / f"wall-{safe}.json"


class Memory:
    """The file of one wall. Nothing here raises: a wall that cannot remember still shows what it is told."""

    def __init__(self, path: Path, wall: str, namespace: str) -> None:
        self._path = path
        self._wall, self._namespace = wall, namespace
        self._writer: ThreadPoolExecutor | None = None
        self._newest: WallOrder | None = None
        self._trouble: str | None = None

    def read(self) -> WallOrder | None:
        """The order that stood; a file that is damaged or not this wall's is set aside and said."""
        try:
            return self._read()
        except FileNotFoundError:
            return None
        except (OSError, ForeignFile, msgspec.MsgspecError) as error:
            aside = self._path.with_name(f"{self._path.name}.aside")
            with suppress(OSError):
                self._path.replace(aside)
            _log.error("what the wall remembered cannot be used and is set aside", path=str(aside), reason=str(error))
            return None

    def write(self, order: WallOrder) -> None:
        """Remembers the order, soon; of those that come while the disk is slow only the newest."""
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wall memory")
        self._newest = order
        self._writer.submit(self._write, order).add_done_callback(self._on_written)

    def close(self) -> None:
        """Waits for what is still to be written."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def _read(self) -> WallOrder:
        file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as opened:
            facts = os.fstat(opened.fileno())
            if facts.st_uid != os.getuid():
                raise ForeignFile("it belongs to another user")
            raw = opened.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise ForeignFile(f"it is longer than {LARGEST_BYTES} bytes")
        remembered = msgspec.json.decode(raw, type=Remembered)
        if (remembered.wall, remembered.namespace) != (self._wall, self._namespace):
            raise ForeignFile(f"it is that of the wall {remembered.wall[:64]!r} in {remembered.namespace[:64]!r}")
        return remembered.order

    def _write(self, order: WallOrder) -> None:
        if order is not self._newest:
            return
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(msgspec.json.encode(Remembered(wall=self._wall, namespace=self._namespace, order=order)))
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(self._path)
        listing = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(listing)
        finally:
            os.close(listing)

    def _on_written(self, done: "Future[None]") -> None:
        """Says once that the wall cannot remember, and that it can again."""
        error = done.exception()
        trouble = str(error) if error is not None else None
        if trouble is not None and trouble != self._trouble:
            _log.error("the wall cannot remember what it shows: after a restart it asks the bus", reason=trouble)
        elif trouble is None and self._trouble is not None:
            _log.info("the wall remembers again what it shows")
        self._trouble = trouble
