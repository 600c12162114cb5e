"""Files by content hash on disk: each written whole or not at all, once, and on the disk before its name is told. Knows no table."""

import contextlib
import fcntl
import os
import re
import secrets
import time
from collections.abc import Generator, Set
from datetime import timedelta
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")
_LOCK = ".lock"


class Shelf:
    """``folder`` is made on the first writing; files 0600, folders 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where the file of that hash (64 hex digits) lies or would lie. Raises ``ValueError`` for anything else."""
        if _NAME.fullmatch(name) is None:
            raise ValueError("not the name of a file on the shelf")
        return self._folder / name[:2] / name[2:4] / name

    def lay(self, name: str, content: bytes) -> None:
        """Puts a file there unless it stands; on disk when this returns. Raises ``OSError``."""
        path = self.path(name)
        with self._locked(fcntl.LOCK_SH):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                # Young again: it is about to be named by a row, and the sweep looks at its age.
                os.utime(path)
            except FileNotFoundError:
                _write(path, content)
            for folder in (path.parent, path.parent.parent, self._folder):
                _to_disk(folder)

    def sweep(self, named: Set[str], older_than: timedelta) -> int:
        """Removes files older than that whose name is not in ``named``, half-written ones too; how many."""
        if not self._folder.is_dir():
            return 0
        oldest = time.time() - older_than.total_seconds()
        removed = 0
        for path in self._folder.glob("??/??/*"):
            if path.name in named:
                continue
            # One file at a time: between its age and its end nobody may make it young.
            with self._locked(fcntl.LOCK_EX), contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime <= oldest:
                    path.unlink()
                    removed += 1
        return removed

    @contextlib.contextmanager
    def _locked(self, how: int) -> Generator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, how)
            yield
        finally:
            os.close(lock)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _to_disk(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
