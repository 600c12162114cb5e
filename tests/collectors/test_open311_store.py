"""What a GeoReport v2 server may write fits the store, on both databases: one long word never stops the other reports of a round."""

from typing import Any

from feeds.messages.report import Report
from feeds.readers.service_requests import read_requests, with_ids_of_their_own
from feeds.reports.observed import Observer
from feeds.runtime.collector import CollectorContext
from feeds.store.database import Database
from feeds.store.schema import EVENTS, INTAKE, REPORTS
from tests.collectors.test_open311 import GOOD, ctx
from tests.reports.room import CITY, Room

NAME = "Kerusakan jalan lingkungan, jembatan penyeberangan, trotoar umum, saluran dan penerangan"
LONGEST: list[dict[str, Any]] = [
    GOOD | {"service_request_id": "i" * 64},
    # The same number again: it is given another behind it.
    GOOD | {"service_request_id": "i" * 64, "requested_datetime": "2023-12-11T10:00:00+01:00"},
    GOOD | {"service_request_id": "name", "service_code": None, "service_name": NAME},
    GOOD | {"service_request_id": "name of another", "service_code": None, "service_name": NAME[:59] + " lain"},
    GOOD | {"service_request_id": "code", "service_code": "c" * 500, "service_name": "n" * 5_000},
    GOOD | {"service_request_id": "words", "address": "a" * 5_000, "description": "d" * 5_000, "agency_responsible": "g" * 5_000},
    GOOD | {"service_request_id": "i" * 65},
]


def taken(made: CollectorContext[Any]) -> list[Report]:
    found = read_requests(LONGEST, made, {})
    return with_ids_of_their_own(found, made)


def test_the_longest_of_every_field_is_stored_beside_the_others(database: Database) -> None:
    made = ctx(place_pattern="(.+)")
    reports = taken(made)
    assert [refusal.reason for refusal in made.refusals] == ["has no usable service_request_id"]
    for source in ("s" * 64, "another"):
        database.write(lambda connection, source=source: Observer(CITY, source).put(connection, reports))
    room = Room(database)
    assert room.received() == len(room.rows(REPORTS)) == 2 * (len(LONGEST) - 1)
    for table in (REPORTS, INTAKE, EVENTS):
        for column in table.columns:
            most = getattr(column.type, "length", None)
            longest = max((len(row[column.name] or "") for row in room.rows(table)), default=0) if most else 0
            assert longest <= (most or 0), f"{table.name}.{column.name}: SQLite takes it, PostgreSQL does not"
    assert max(len(row["id"]) for row in room.rows(REPORTS)) == max(len(row["category"]) for row in room.rows(REPORTS)) == 64


def test_two_long_names_stay_two_categories_the_same_in_every_round() -> None:
    first, again = taken(ctx()), taken(ctx())
    assert first == again
    named = [report for report in first if report.id.startswith("name")]
    assert len({report.category for report in named}) == 2
    assert all(report.category.startswith("open311.Kerusakan jalan lingkungan") for report in named)
    assert {report.category_name for report in named} == {NAME[:79] + "…", NAME[:59] + " lain"}
