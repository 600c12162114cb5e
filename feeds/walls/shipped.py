"""The layouts that came with the program and the city's folder: read from their files, never written. Knows no table."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec
import structlog

from feeds.messages.layout import Layout, faults_of
from feeds.messages.walls import Preset

MOST_BYTES = 1024 * 1024
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)

_log = structlog.get_logger("feeds.walls")


def is_key(name: str) -> bool:
    """Whether a preset may be called so."""
    return _KEY.fullmatch(name) is not None


class Shipped:
    """``folders``: of two files with one name that of the later folder counts."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def all(self) -> list[Preset]:
        """Every layout that can be read, by key; a file that cannot is said once and left out."""
        found: dict[str, Preset] = {}
        for folder in self._folders:
            for path in _files(folder):
                layout = _layout(path)
                if layout is not None:
                    found[path.stem] = Preset(key=path.stem, layout=layout, revision=0, is_shipped=True)
        return [found[key] for key in sorted(found)]


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.glob("*.toml"))
    except OSError:
        return


def _layout(path: Path) -> Layout | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return _read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int, size: int) -> Layout | None:
    """Once as long as the file is the same, and so is what is wrong with it."""
    try:
        if size > MOST_BYTES:
            raise ValueError(f"is larger than {MOST_BYTES} bytes")
        if not is_key(path.stem):
            raise ValueError("its name is no key: small letters, digits and hyphens")
        layout = msgspec.toml.decode(path.read_bytes(), type=Layout)
        if faults := faults_of(layout):
            raise ValueError("; ".join(faults))
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError) as problem:
        _log.warning("a layout is left out of the presets", file=path.name, problem=str(problem)[:500])
        return None
    return layout
