"""A draft that outlives the console: one file for each login and wall, in this user's state folder. Knows no Qt."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from feeds.messages.layout import Layout, faults_of

_log = structlog.get_logger("controlroom.console")


class KeptDraft(msgspec.Struct, frozen=True, kw_only=True):
    """``base``: the layout that was edited, and its revision on the wall."""

    wall: str
    base: Layout
    base_revision: int
    layout: Layout
    at: datetime


class DraftFile:
    """Where the draft of one person for one wall is kept."""

    def __init__(self, login: str, wall: str) -> None:
        base = os.environ.get("XDG_STATE_HOME")
        folder = (Path(base) if base else Path.home() / ".local" / "state") / "live-room" / "drafts"
        # Both come from outside: neither is ever part of a path.
        name = hashlib.sha256(f"{login}\x00{wall}".encode()).hexdigest()[:32]
        self.path = folder / f"{name}.json"

    def read(self) -> KeptDraft | None:
        """``None`` when there is none, or none that can be used."""
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=KeptDraft)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, RecursionError) as error:
            _log.warning("the draft that was kept cannot be read", problem=str(error))
            return None
        # An empty draft is one all the same; one that could never have been made here is not.
        return kept if not kept.layout.slot or not faults_of(msgspec.structs.replace(kept.layout, title="x", title_en=None)) else None

    def write(self, kept: KeptDraft) -> None:
        """What cannot be written is said in the log: editing goes on."""
        beside = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(kept))
            beside.replace(self.path)
        except OSError as error:
            _log.warning("the draft cannot be kept", problem=str(error))

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
