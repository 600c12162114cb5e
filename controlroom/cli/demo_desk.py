"""Where a running demo says how a desk reaches it: one file of this user, written when the demo is up and gone when it ends."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from controlroom.runtime_dir import runtime_dir

MOST_BYTES = 64 * 1024


class NoDemo(RuntimeError):
    """No demo of this user runs on this machine; the text says what to do."""


class DemoDesk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``redis_url``: of the user who may only read. ``process``: the demo's, so that what one that was killed left behind is known.
    ``database_url``: of the store its doors use; ``mirror_url``: where its mirror is, if it has one.
    """

    process: int
    city: str
    namespace: str
    redis_url: str
    doors_url: str
    stills_key: str | None = None
    stills_url: str | None = None
    database_url: str | None = None
    mirror_url: str | None = None

    def settings(self) -> dict[str, object]:
        """As overrides of ``controlroom.settings``."""
        return {
            "city": Path(self.city),
            "namespace": self.namespace,
            "redis_url": self.redis_url,
            "doors_url": self.doors_url,
            "stills_key": self.stills_key,
            "stills_url": self.stills_url,
        }


@contextmanager
def announced(desk: DemoDesk) -> Generator[Path]:
    """The file stands as long as this does; only its owner may read it."""
    path = runtime_dir() / f"demo-{desk.process}.json"
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(msgspec.json.encode(desk))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def find_demo() -> DemoDesk:
    """The demo that was started last and still runs. Raises ``NoDemo``."""
    found = sorted(runtime_dir().glob("demo-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found:
        try:
            desk = msgspec.json.decode(path.read_bytes()[:MOST_BYTES], type=DemoDesk)
        except (OSError, msgspec.MsgspecError):
            continue
        if psutil.pid_exists(desk.process):
            return desk
        path.unlink(missing_ok=True)
    raise NoDemo("no demo runs here: start one with `controlroom demo`, then open its desk from a second terminal")
