"""What a desk keeps from one day to the next, one small file for each login: where things stand and how they look, nothing of a citizen.

A file that is damaged or of another kind is laid aside and begun anew: nobody is kept from work by it.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject, QTimer

SAVE_MS = 1_000
MOST_BYTES = 256 * 1024
_PLAIN_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}", re.ASCII)

_log = structlog.get_logger("controlroom.console")


def memory_folder() -> Path:
    """``$XDG_STATE_HOME/live-room/console``."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "live-room" / "console"


class RememberedFile(QObject):
    """Values that JSON can hold, by key. They are written a moment after the last change, and with ``save`` at once."""

    def __init__(self, name: str, folder: Path | None = None, parent: QObject | None = None) -> None:
        """``name``: a login; an empty one is the desk itself, whoever sits there."""
        super().__init__(parent)
        known = name.strip().lower()
        safe = known if _PLAIN_LOGIN.fullmatch(known) else hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:24]
        self.path = (folder or memory_folder()) / (f"login-{safe}.json" if name else "desk.json")
        self._values = _read(self.path)
        self._is_changed = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.save)

    def get(self, key: str, otherwise: Any) -> Any:
        """What was set; ``otherwise`` when nothing was, or something of another kind than ``otherwise``."""
        value = self._values.get(key, otherwise)
        is_alike = otherwise is None or isinstance(value, type(otherwise)) or (type(otherwise) is float and type(value) is int)
        return value if is_alike else otherwise

    def set(self, key: str, value: Any) -> None:
        """Raises ``TypeError`` for what JSON does not hold."""
        msgspec.json.encode(value)
        if self._values.get(key) != value or key not in self._values:
            self._values[key] = value
            self._is_changed = True
            self._later.start(SAVE_MS)

    def save(self) -> None:
        """A disk that cannot be written to is logged: the desk goes on."""
        self._later.stop()
        if not self._is_changed:
            return
        self._is_changed = False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self.path, msgspec.json.format(msgspec.json.encode(self._values), indent=1))
        except OSError as problem:
            _log.warning("what this desk remembers cannot be kept", file=str(self.path), problem=problem.strerror)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as problem:
        _log.warning("what this desk remembered cannot be read; it is begun anew", file=str(path), problem=str(problem))
        with suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        return {}


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
