"""The list of where personal data stands (``feeds.store.schema``): who erases by it leaves no copy."""

import re

from sqlalchemy import JSON, Text

from feeds.store import schema
from feeds.store.schema import METADATA

HARMLESS = {
    "api_keys.label", "api_keys.scopes", "audit.body", "media.perceptual", "users.password",
    # Passed by an operator for everybody to read.
    "reports.text",
    # Where on a wall somebody works, and ids of reports.
    "wall_leases.region", "handovers.claimed",
}  # fmt: skip
"""Columns that hold whatever is written into them, and in which nobody's data is."""


def listed(doc: str) -> set[str]:
    """The columns that the module's words name: ``table.column``, ``table``, or a column after "of ``table``:"."""
    columns = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
    found: set[str] = set()
    for point in doc.split("\n- ")[1:]:
        within = re.search(r"of ``(\w+)``:", point)
        for name in re.findall(r"``([\w.]+)``", point):
            if name in METADATA.tables and within is None:
                found |= {column for column in columns if column.startswith(f"{name}.")}
            found |= {name, f"{within[1]}.{name}" if within else name} & columns
    return found


def test_every_column_of_free_text_is_on_the_list_or_harmless() -> None:
    free = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, (Text, JSON))
    }
    named = listed(schema.__doc__ or "")
    assert free - named - HARMLESS == set(), "name it in the list at the top of feeds/store/schema.py, or say here why it is harmless"
    assert named & HARMLESS == set()
    assert free >= HARMLESS, "no such columns any more"


def test_a_column_that_is_not_named_is_missed() -> None:
    doc = schema.__doc__ or ""
    assert {"persons.phone", "reports.search", "events.reason", "media.taken_lon", "fetches.url"} <= listed(doc)
    assert "reports.search" not in listed(doc.replace("``search``", "search"))
    assert "persons.phone" not in listed(doc.replace("``persons``", "persons"))
