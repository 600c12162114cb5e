"""Reports for a queue under test, thousands at once, and what the bus would say of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from feeds.messages.report import OPEN_STATES, REPORT, Channel, Priority, Report, ReportState
from feeds.reports.records import Record, columns_of, wall_report
from feeds.store.bulk import insert_rows
from feeds.store.schema import REPORTS
from tests.console.desk import FakeBus
from tests.console.desk_server import CITY, DeskServer

STATES = list(ReportState)
CHANNELS = list(Channel)


def record(number: int, now: datetime, **fields: Any) -> Record:
    """The ``number``-th report: the higher, the older. Every kind of everything is among any few hundred."""
    at = now - timedelta(minutes=2 + 3 * number)
    state = STATES[number % 8] if number % 3 == 0 else list(OPEN_STATES)[number % 4]
    category = CITY.categories[number % len(CITY.categories)].code
    one = Record(
        id=f"L{number:06}", revision=1, state=state, category=category, channel=CHANNELS[number % len(CHANNELS)],
        priority=Priority.URGENT if number % 11 == 0 else Priority.NORMAL, source="test", received_at=at, changed_at=at, clocks_since=at,
        district=CITY.districts[number % 13].code if number % 17 else None, place=f"Kelurahan {number % 104}",
        agency=CITY.agencies[number % len(CITY.agencies)].code if number % 5 else None,
        description=f"laporan nomor {number} di jalan {number % 977}, air naik setinggi lutut dan sampah menumpuk di selokan depan pasar",
        search=f"l{number:06} {category} laporan nomor {number} di jalan {number % 977}, air naik setinggi lutut dan sampah menumpuk",
        respond_by=at + timedelta(minutes=240), accept_by=at + timedelta(minutes=480), finish_by=at + timedelta(days=5),
        respond_risk_at=at + timedelta(minutes=192), accept_risk_at=at + timedelta(minutes=384), finish_risk_at=at + timedelta(days=4),
        responded_at=at if number % 4 else None, accepted_at=at if number % 12 == 0 else None,
    )  # fmt: skip
    return replace(one, **fields)


def put(server: DeskServer, records: Sequence[Record]) -> None:
    """Into the store as they are, with no event and nothing for the bus."""
    rows = [columns_of(one) for one in records]
    names = list(rows[0])
    server.write(lambda connection: insert_rows(connection, REPORTS, names, [[row[name] for name in names] for row in rows]))


def change(server: DeskServer, bus: FakeBus | None, one: Record, **fields: Any) -> Record:
    """That report is another now, in the store and, where a bus is given, on it."""
    after = replace(one, revision=one.revision + 1, changed_at=server.now(), **fields)
    server.write(lambda connection: connection.execute(REPORTS.update().where(REPORTS.c.id == one.id).values(**columns_of(after))).rowcount)
    if bus is not None:
        tell(bus, [after])
    return after


def tell(bus: FakeBus, records: Sequence[Record], *, is_reset: bool = False) -> None:
    bus.put_all(REPORT, {one.id: told(one) for one in records}, is_reset=is_reset)


def told(one: Record) -> Report:
    return wall_report(one, CITY)
