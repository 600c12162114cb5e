"""Layouts with a name: those of the desks, kept in the store, beside those of the program and the city's folder, which are read only."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from feeds.identity import audit
from feeds.messages.city import City
from feeds.messages.layout import Layout
from feeds.messages.walls import Preset, PresetDraft
from feeds.reports.refusals import Refused
from feeds.reports.roles import Actor
from feeds.store.wall_schema import WALL_PRESETS
from feeds.walls.checking import check_layout
from feeds.walls.refusals import ReadOnlyPreset, StalePreset, UnknownPreset

MOST_PRESETS = 500


def own(connection: Connection) -> list[Preset]:
    """Those of the desks, by key."""
    query = select(WALL_PRESETS).where(WALL_PRESETS.c.layout.is_not(None)).order_by(WALL_PRESETS.c.key)
    return [_preset(row) for row in connection.execute(query).mappings()]


def save(
    connection: Connection, city: City, key: str, draft: PresetDraft, actor: Actor, shipped: Sequence[Preset], *, seen: int, now: datetime
) -> Preset:
    """Makes one (``seen`` 0) or changes it. Raises ``ReadOnlyPreset``, ``StalePreset``, ``BadLayout``, ``Refused``."""
    check_layout(connection, city, draft.layout)
    row = _row(connection, key)
    if row is None or row["layout"] is None:
        _refuse_shipped(key, shipped)
        if (connection.scalar(select(func.count()).where(WALL_PRESETS.c.layout.is_not(None))) or 0) >= MOST_PRESETS:
            raise Refused("key", f"is one too many: {MOST_PRESETS} presets are kept; delete one that nobody uses")
    former = _refuse_stale(key, row, seen)
    after = Preset(key=key, layout=draft.layout, revision=former + 1, is_shipped=False, by=actor.id, at=now)
    _write(connection, row, after, draft.layout)
    audit.write(connection, actor, "preset_save", f"preset {key}", {"from": seen, "to": after.revision}, at=now)
    return after


def remove(connection: Connection, key: str, actor: Actor, shipped: Sequence[Preset], *, seen: int, now: datetime) -> None:
    """Raises ``ReadOnlyPreset``, ``UnknownPreset``, ``StalePreset``."""
    row = _row(connection, key)
    if row is None or row["layout"] is None:
        _refuse_shipped(key, shipped)
        raise UnknownPreset(f"there is no preset {key}")
    former = _refuse_stale(key, row, seen)
    _write(connection, row, Preset(key=key, layout=_preset(row).layout, revision=former + 1, is_shipped=False, by=actor.id, at=now), None)
    audit.write(connection, actor, "preset_delete", f"preset {key}", {"from": seen}, at=now)


def _row(connection: Connection, key: str) -> RowMapping | None:
    return connection.execute(select(WALL_PRESETS).where(WALL_PRESETS.c.key == key).with_for_update()).mappings().first()


def _refuse_shipped(key: str, shipped: Sequence[Preset]) -> None:
    if any(one.key == key for one in shipped):
        raise ReadOnlyPreset(f"preset {key} came with the program or the city's folder and is read only; save it under another name")


def _refuse_stale(key: str, row: RowMapping | None, seen: int) -> int:
    """The revision of the row, which a deleted preset has too."""
    stands = row["revision"] if row is not None and row["layout"] is not None else 0
    if stands != seen:
        raise StalePreset(key, stands, seen)
    return row["revision"] if row is not None else 0


def _write(connection: Connection, row: RowMapping | None, after: Preset, layout: Layout | None) -> None:
    values = {"revision": after.revision, "by": after.by, "at": after.at, "layout": None if layout is None else msgspec.to_builtins(layout)}
    if row is None:
        connection.execute(insert(WALL_PRESETS).values(key=after.key, **values))
    else:
        connection.execute(update(WALL_PRESETS).where(WALL_PRESETS.c.key == after.key).values(**values))


def _preset(row: RowMapping) -> Preset:
    layout = msgspec.convert(row["layout"], Layout)
    return Preset(key=row["key"], layout=layout, revision=row["revision"], is_shipped=False, by=row["by"], at=row["at"])
