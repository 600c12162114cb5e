"""The private folder where a running wall leaves its socket: one place, for the wall and for those who ask it."""

import os
import tempfile
from pathlib import Path


def runtime_dir() -> Path:
    """``$XDG_RUNTIME_DIR/live-room``, else a folder in the temporary directory; mode 0700, owned by this user."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "live-room" if base else Path(tempfile.gettempdir()) / f"live-room-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    info = folder.stat()
    if info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise PermissionError(f"{folder}: must belong to this user alone: remove it, it is made anew")
    return folder


def wall_socket(name: str) -> Path:
    """Where the wall called ``name`` answers."""
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return runtime_dir() / f"wall-{safe}.sock"


def running_walls() -> list[Path]:
    """Sockets that walls have left, newest first."""
    return sorted(runtime_dir().glob("wall-*.sock"), key=lambda path: path.stat().st_mtime, reverse=True)
