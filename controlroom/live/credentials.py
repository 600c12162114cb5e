"""Camera passwords from a file of their own, never from city folders, layouts or the bus. Read once."""

import os
import tomllib
from pathlib import Path


class CredentialsError(ValueError):
    """The credentials file cannot be used; the text says why and what to do, and no secret."""


class CameraCredentials:
    """``user:password`` by the name a Camera carries in ``credential``; ``None`` for a name that is not there."""

    def __init__(self, entries: dict[str, str]) -> None:
        self._entries = entries

    def __call__(self, name: str) -> str | None:
        return self._entries.get(name)

    def __repr__(self) -> str:
        return f"CameraCredentials({len(self._entries)} entries)"


def read_credentials(path: Path | None) -> CameraCredentials:
    """A TOML file of ``name = "user:password"`` that only its owner may read; no file, no entries."""
    if path is None:
        return CameraCredentials({})
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and mode & 0o077:
            raise CredentialsError(f"{path}: others may read it: run chmod 600 {path}")
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CredentialsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CredentialsError(f'{path}: not valid TOML: write lines like gate-1 = "user:password"') from error
    wrong = next((name for name, value in entries.items() if not isinstance(value, str) or ":" not in value), None)
    if wrong is not None:
        raise CredentialsError(f'{path}: {wrong}: must be "user:password"')
    return CameraCredentials(entries)
