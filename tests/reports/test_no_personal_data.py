"""A report whose every free text is marked goes through its whole life: no mark of a citizen is on the bus, at a door that nobody opened or in a log, ever."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar.routes import HTTPRoute
from redis import Redis
from sqlalchemy import Connection, insert, select
from structlog.testing import capture_logs

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.actions import (
    Accept,
    Answer,
    AnyAction,
    Decline,
    Finish,
    Forward,
    HandBack,
    Invalidate,
    Merge,
    Note,
    PassPicture,
    Progress,
    Reopen,
    Triage,
)  # fmt: skip
from feeds.messages.city import City
from feeds.messages.desk import Person
from feeds.messages.header import Position, Quality
from feeds.messages.report import Channel, Priority
from feeds.messages.system import SOURCE
from feeds.reports.drafts import Draft
from feeds.reports.outbox import REPORT_TOPICS, Tellings, outbox_for
from feeds.reports.refusals import Refused, StaleRevision
from feeds.reports.roles import Actor, Role
from feeds.reports.service import ReportService
from feeds.store.database import Database
from feeds.store.schema import AUDIT, INSTRUCTIONS, MEDIA, REPORTS, USERS
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

ROOT = Path(__file__).resolve().parents[2]
MARK = "Zqx"
"""Begins every private text of this test; what is public never has it."""

PASSED = "Pohon besar menutup jalan, disetujui operator"
PUBLIC_PLACE = "Simpang Cikokol"
LEAD = Actor(id="lead-1", role=Role.LEAD)
DOOR = Actor(id="laksa", role=Role.COLLECTOR)
DRAWN = {"before": "a" * 64, "after": "b" * 64}


def private(what: str) -> str:
    return f"{MARK}{what.replace('_', '')} Siti Rahayu +62812000{len(what)}"


class Life:
    """The store, the service on it and a clock that is moved by hand."""

    def __init__(self, database: Database, city: City) -> None:
        self.database = database
        self.now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
        self.service = ReportService(city, CityGeography(city), self.clock)

    def clock(self) -> datetime:
        return self.now

    def take_in(self, name: str) -> str:
        draft = Draft(
            source="laksa",
            channel=Channel.LAKSA,
            category="pohon_tumbang",
            description=private(f"description {name}"),
            position=Position(lon=106.64012345, lat=-6.17012345),
            address=private("address"),
            person=Person(**{field: private(field) for field in Person.__struct_fields__}),
            retry_key=private(f"retry {name}"),
            source_ref=private(f"ref {name}"),
            attributes={private("attribute"): private("value"), "deep": [{"name": private("nested")}]},
        )
        return self.database.write(lambda connection: self.service.take_in(connection, draft, DOOR)).report

    def attach(self, report: str) -> None:
        """Both pictures, with the facts that a camera wrote into them."""

        def unit(connection: Connection) -> None:
            officer = {"login": "o-17", "name": private("officer"), "role": "field", "agency": "dlh", "created_at": self.now}
            connection.execute(insert(USERS).values(**officer))
            for role, digest in DRAWN.items():
                connection.execute(
                    insert(MEDIA).values(
                        report=report, hash=digest, original=private("original"), role=role, mime="image/jpeg", bytes=1, received_at=self.now,
                        taken_at=self.now, taken_lon=106.64054321, taken_lat=-6.17054321,
                    )
                )  # fmt: skip

        self.database.write(unit)

    def act(self, report: str, action: AnyAction) -> None:
        self.now += timedelta(minutes=1)
        self.database.write(lambda connection: self.service.act(connection, report, action, LEAD))

    def fails(self, report: str, action: AnyAction, error: type[Exception], revision: int | None = None) -> None:
        with pytest.raises(error):
            self.database.write(lambda connection: self.service.act(connection, report, action, LEAD, revision=revision))

    def write_about(self, report: str) -> None:
        """What a leader instructs and what is written into the audit stays in the store as well."""

        def unit(connection: Connection) -> None:
            connection.execute(
                insert(INSTRUCTIONS).values(
                    report=report, text=private("instruction"), by="head", owner="dlh", due_on="2026-11-30", at=self.now
                )
            )
            connection.execute(
                insert(AUDIT).values(at=self.now, actor="x", role="lead", action="read", object=report, body={"q": private("audit")})
            )

        self.database.write(unit)


def steps(parent: str) -> list[AnyAction]:
    """Every kind of step, each with all its words private but those that are passed for the wall."""
    reason = private("reason")
    return [
        Triage(category="pohon_tumbang", priority=Priority.URGENT, place=PUBLIC_PLACE, text=PASSED, reason=reason),
        PassPicture(photo=DRAWN["before"], reason=reason),
        Forward(agency="dlh", officer="o-17", reason=reason),
        Note(text=private("note"), reason=reason),
        HandBack(reason=reason),
        Forward(agency="dlh", reason=reason),
        Accept(reason=reason),
        Progress(text=private("progress"), reason=reason),
        Answer(text=private("answer"), reason=reason),
        Finish(photo=DRAWN["after"], answer=private("finish"), reason=reason),
        Reopen(reason=reason),
        Accept(reason=reason),
        Finish(exemption=private("exemption"), answer=private("finish"), reason=reason),
        Reopen(reason=reason),
        Decline(answer=private("decline"), reason=reason),
        Reopen(reason=reason),
        Invalidate(reason=reason),
        Reopen(reason=reason),
        Merge(parent=parent, reason=reason),
    ]


class Stranger:
    """Whoever asks every door there is and shows neither key nor cookie; ``said`` is what he is answered."""

    def __init__(self, life: Life, city: City, folder: Path) -> None:
        doors = Doors(city, life.database, ApiOptions(pictures=folder), life.clock)
        self._app = build_app(doors)
        self._database = life.database
        self.said: list[str] = []
        self.opened: set[str] = set()

    async def ask(self) -> None:
        reports = self._database.read(lambda connection: list(connection.execute(select(REPORTS.c.id)).scalars()))
        paths = [route.path_format for route in self._app.routes if isinstance(route, HTTPRoute) and "GET" in route.methods]
        async with AsyncClient(transport=ASGITransport(self._app), base_url="http://room.local") as client:  # pyright: ignore[reportArgumentType]
            for path in paths:
                for report in reports if "{" in path else reports[:1]:
                    values = Filled(report, code="pohon_tumbang", name=f"{DRAWN['before']}.jpg", link="x")
                    answer = await client.get(path.format_map(values), params={"extensions": "true"})
                    assert answer.status_code < 500, path
                    self.said.append(f"{answer.headers}\n{answer.text}")
                    if answer.status_code == 200:
                        self.opened.add(path)


class Filled(dict[str, str]):
    """What stands for each name in a path: the report where nothing else is known."""

    def __init__(self, report: str, **known: str) -> None:
        super().__init__(known)
        self._report = report

    def __missing__(self, key: str) -> str:
        return self._report


async def live(life: Life, url: str, city: City, after_step: Callable[[], Awaitable[None]]) -> None:
    """The whole life, told to a real Redis step by step."""
    redis = connect(url)
    publisher = BusPublisher(redis, "live", "feeds", clock=life.clock)
    outbox = outbox_for(life.database, publisher, city, window="day", quality=Quality.MEASURED, source="reports", clock=life.clock)
    tellings = Tellings(life.database, publisher, city, quality=Quality.MEASURED, source="evaluation", clock=life.clock)

    async def tell() -> None:
        while await outbox.step():
            pass
        await tellings.step()
        await after_step()

    try:
        await publisher.start([*REPORT_TOPICS, SOURCE])
        parent, report = life.take_in("parent"), life.take_in("child")
        late = life.take_in("late")
        life.take_in("child")
        life.attach(report)
        life.write_about(report)
        await tell()
        for step in steps(parent):
            life.act(report, step)
            await tell()
        life.fails(report, Triage(category=private("category")), Refused)
        life.fails(report, Note(text=private("stale")), StaleRevision, revision=1)
        # Long enough for those still open to be late: they are told of with everything the wall may know.
        life.now += timedelta(hours=9)
        await tell()
        held = {
            topic.name: publisher.held(topic)
            for topic in REPORT_TOPICS
            if topic.name in ("deadline", "deadline.totals", "evaluation", "report")
        }
        assert late in held["deadline"], "else the deadlines were never looked at"
        assert held["report"].keys() == {parent, report, late}
        assert held["deadline.totals"]
        assert held["evaluation"]
    finally:
        await publisher.stop()
        await redis.aclose()


def everything(redis: Any) -> bytes:
    """Every key, field and value that stands in Redis."""
    found: list[Any] = []
    for key in redis.scan_iter(count=1000):
        kind = redis.type(key)
        found.append(key)
        if kind == b"hash":
            found += [part for pair in redis.hgetall(key).items() for part in pair]
        elif kind == b"stream":
            found += [part for _, fields in redis.xrange(key) for pair in fields.items() for part in pair]
        else:
            assert kind == b"string", f"{key!r}: a kind of value this test does not read"
            found.append(redis.get(key))
    return b"\n".join(part if isinstance(part, bytes) else str(part).encode() for part in found if part is not None)


def test_nothing_of_a_citizen_is_on_the_bus_at_a_public_door_or_in_a_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    city = load_city(ROOT / "assets" / "cities" / "tangerang")
    said: list[bytes] = []
    with EmbeddedRedis(namespace="live") as server, a_store() as database, capture_logs() as logs, caplog.at_level("DEBUG"):
        url = server.url_for()
        reading = Redis.from_url(server.url_for("admin"))
        listening = reading.pubsub()
        listening.psubscribe("*")
        life = Life(database, city)
        stranger = Stranger(life, city, tmp_path)

        async def after_step() -> None:
            said.append(everything(reading))
            await stranger.ask()

        asyncio.run(live(life, url, city, after_step))
        while (message := listening.get_message(timeout=0.2)) is not None:
            said.append(str(message).encode())
        stored = database.read(lambda connection: str([list(connection.exec_driver_sql(f"SELECT * FROM {table}")) for table in PRIVATE]))
        listening.close()
        reading.close()
    on_bus = b"\n".join(said)
    captured = capfd.readouterr()
    in_logs = f"{logs}\n{caplog.text}\n{captured.out}\n{captured.err}"
    assert stored.count(MARK) > 40, "the store has what the citizen said: else nothing was tried"
    assert PASSED.encode() in on_bus
    assert PUBLIC_PLACE.encode() in on_bus
    assert DRAWN["before"].encode() in on_bus
    assert "reports of the window loaded" in in_logs
    base = "/open311/v2"
    assert {f"{base}/requests.json", f"{base}/requests/{{request_id}}", f"{base}/servicerequestupdates.xml"} <= stranger.opened
    at_doors = "\n".join(stranger.said)
    assert PASSED in at_doors and PUBLIC_PLACE in at_doors
    for where, text in (("bus", on_bus.decode()), ("doors", at_doors), ("logs", in_logs)):
        at = text.find(MARK)
        assert at < 0, f"on the {where}: {text[max(0, at - 80) : at + 80]}"
        for telling in ("Siti", "Rahayu", "+62812", "106.64012345", "-6.17012345", "106.64054321"):
            assert telling not in text, f"{telling} is on the {where}"


PRIVATE = ("intake", "reports", "persons", "events", "media", "instructions", "audit")
