"""Presets as files: a layout out to ``layouts/*.toml`` and in again. A file that cannot be used says where and why."""

import re
from pathlib import Path
from typing import Any

import msgspec

from controlroom.wall.layouts import LayoutError, read_layout, slot_line
from feeds.messages.layout import Layout, faults_of

MOST_FILE_BYTES = 1_000_000


def import_layout(path: Path) -> Layout:
    """Raises ``LayoutError`` naming file, line and fault."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise LayoutError(f"{path.name}: {error.strerror}") from error
    if size > MOST_FILE_BYTES:
        raise LayoutError(f"{path.name}: {size} bytes > {MOST_FILE_BYTES}")
    try:
        layout = read_layout(path)
    except RecursionError as error:
        raise LayoutError(f"{path.name}: not valid TOML: nested too deep") from error
    if faults := faults_of(layout):
        numbered = [_at_line(path, fault) for fault in faults]
        raise LayoutError("\n".join(numbered))
    return msgspec.structs.replace(layout, revision=1)


def _at_line(path: Path, fault: str) -> str:
    found = re.match(r"slot (\d+) ", fault)
    line = f":{slot_line(path, int(found[1]) - 1)}" if found else ""
    return f"{path.name}{line}: {fault}"


def export_layout(layout: Layout, path: Path) -> None:
    """Raises ``OSError``. Written beside and moved, so that a full disk leaves the old file whole."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(msgspec.toml.encode(_written(layout)))
    beside.replace(path)


def _written(layout: Layout) -> dict[str, Any]:
    """Without what is as it would be anyway. TOML knows no null: an option that is none is not written."""
    whole: dict[str, Any] = msgspec.to_builtins(layout)
    whole.pop("revision")
    if whole["title_en"] is None:
        whole.pop("title_en")
    slots = whole.pop("slot")
    for slot in slots:
        slot["options"] = {name: value for name, value in slot["options"].items() if value is not None}
        if not slot["options"]:
            slot.pop("options")
    return {**whole, "slot": slots}


def key_of(title: str) -> str:
    """A preset's key from its name: ``Siaga banjir`` is ``siaga-banjir``; empty when nothing of it can stand in a key."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:64].strip("-")
