"""Who is rung for what: real reports in a real store, warnings on a real bus, a push service over TLS, and processes that end in between."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.outgoing import Outgoing
from feeds.identity import devices
from feeds.messages.actions import Accept, Forward, Invalidate, Note, Triage
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.header import Quality
from feeds.messages.report import REPORT, Priority
from feeds.messages.system import SOURCE, Source, SourceState
from feeds.reports.emergencies import of_hazards
from feeds.reports.roles import Actor, Role
from feeds.runtime.clock import utc_now
from feeds.runtime.push_services import PushServices, public_place
from feeds.runtime.ringing import PAUSE_S, Ringer
from feeds.runtime.run import run_feeds
from feeds.store.device_schema import EMERGENCIES, PUSH_RINGS, PUSH_SUBSCRIPTIONS
from feeds.store.opening import opened, store_url
from feeds.store.schema import REPORTS
from tests.fakes.authority import Authority
from tests.fakes.bus_listener import ended, listening
from tests.fakes.push_service import HOST, PushService
from tests.reports.room import CITY, PUPR, Room
from tests.runtime.ringing_room import KEY, PEOPLE, Watch

ADMIN = Actor(id="test", role=Role.ADMIN)


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


@pytest.fixture
def watch(database: Any, redis: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    authority = Authority(tmp_path / "ca")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with PushService(authority.context_for(HOST)) as service:
        yield Watch(Room(database), service, redis.url_for("back"))


def told(watch: Watch, story: Callable[[Ringer], Awaitable[None]]) -> None:
    async def run() -> None:
        async with watch.process() as ringer:
            await story(ringer)

    asyncio.run(run())


def test_an_emergency_rings_once_whatever_ends_in_between(watch: Watch) -> None:
    async def story() -> None:
        watch.subscribe("wali")
        async with watch.process() as ringer:
            watch.room.report(priority=Priority.URGENT)
            assert await watch.look(ringer) == []
            report = watch.emergency()
            assert await watch.look(ringer) == ["wali"]
            watch.later(seconds=PAUSE_S + 1)
            watch.room.act(report, Note(text="x"))
            assert await watch.look(ringer) == []
        for _ in range(2):
            async with watch.process() as ringer:
                assert await watch.look(ringer) == [], "a restart rings nobody again"
        watch.subscribe("lina")
        async with watch.process() as ringer:
            assert await watch.look(ringer) == [], "nor does somebody new for what is known"
            watch.emergency()
            assert await watch.look(ringer) == ["lina", "wali"]
        assert {call.word for call in watch.service.calls} == {b"open"}

    asyncio.run(story())


def test_what_was_laid_out_and_not_rung_is_rung_by_the_next_process_unless_it_is_too_late(watch: Watch) -> None:
    async def story() -> None:
        watch.subscribe("wali")
        for late, rung in ((timedelta(), ["wali"]), (timedelta(minutes=31), [])):
            watch.emergency()
            async with watch.process() as ringer:
                ringer._begin = lambda waiting: None  # type: ignore[method-assign]
                assert await watch.look(ringer) == [] and watch.count(PUSH_RINGS) == 1
            watch.later(seconds=late.total_seconds())
            async with watch.process() as ringer:
                assert await watch.look(ringer) == rung
                assert watch.count(PUSH_RINGS) == 0 and ringer.late == (not rung)
            watch.later(minutes=2)

    asyncio.run(story())


def test_what_was_an_emergency_before_anybody_looked_is_none_when_it_is_touched(watch: Watch) -> None:
    async def story() -> None:
        watch.subscribe("wali")
        report = watch.emergency()
        watch.later(minutes=31)
        async with watch.process() as ringer:
            assert await watch.look(ringer) == []
            watch.room.act(report, Note(text="masih"))
            assert await watch.look(ringer) == []
            calm = watch.room.report()
            watch.later(minutes=40)
            assert await watch.look(ringer) == []
            watch.room.act(calm, Triage(priority=Priority.EMERGENCY))
            assert await watch.look(ringer) == ["wali"], "what an operator makes one is one from then on"

    asyncio.run(story())


def test_many_at_once_are_one_ring_and_the_next_comes_after_a_pause(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        watch.subscribe("wali")
        for _ in range(20):
            watch.emergency()
        assert await watch.look(ringer) == ["wali"]
        watch.emergency()
        assert await watch.look(ringer) == [] and watch.count(PUSH_RINGS) == 1
        watch.later(seconds=PAUSE_S)
        assert await watch.look(ringer) == ["wali"] and watch.count(PUSH_RINGS) == 0

    told(watch, story)


def test_reports_of_one_incident_are_one_emergency(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        watch.subscribe("wali")

        def call(incident: str | None) -> str:
            report = watch.emergency()
            watch.room.database.write(lambda it: it.execute(update(REPORTS).where(REPORTS.c.id == report).values(incident=incident)))
            return report

        first = call(None)
        assert await watch.look(ringer) == ["wali"]
        watch.later(minutes=1)
        watch.room.database.write(lambda it: it.execute(update(REPORTS).where(REPORTS.c.id == first).values(incident="I-1")))
        call("I-1")
        assert await watch.look(ringer) == [], "the first call has rung for it"
        watch.later(minutes=1)
        call("I-1")
        assert await watch.look(ringer) == []
        call("I-2")
        assert await watch.look(ringer) == ["wali"]

    told(watch, story)


def test_a_head_is_rung_when_it_becomes_his_agencys_and_nobody_twice(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        for login in PEOPLE:
            watch.subscribe(login)
        report = watch.emergency()
        assert await watch.look(ringer) == ["lina", "wali"]
        watch.later(minutes=1)
        watch.room.act(report, Forward(agency="dpupr"))
        assert await watch.look(ringer) == ["kadis"]
        watch.later(minutes=1)
        watch.room.act(report, Accept(), PUPR)
        assert await watch.look(ringer) == []

    told(watch, story)


def hazard(id: str, watch: Watch, **change: Any) -> Hazard:
    given: dict[str, Any] = {
        "id": id,
        "kind": HazardKind.FLOOD,
        "severity": Severity.EXTREME,
        "headline": "Banjir",
        "issued_at": watch.room.now,
    }
    return Hazard(attribution="BMKG", districts=("36.71.01",), **(given | change))


def test_an_extreme_warning_rings_and_no_lesser_one_no_drill_and_nothing_simulated(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        watch.subscribe("wali")
        now = watch.room.now
        quiet = (
            hazard("severe", watch, severity=Severity.SEVERE), hazard("drill", watch, is_drill=True),
            hazard("over", watch, expires_at=now - timedelta(seconds=1)), hazard("old", watch, issued_at=now - timedelta(minutes=31)),
        )  # fmt: skip

        async def publish(*hazards: Hazard) -> None:
            sent = [Outgoing(key=one.id, body=one, observed_at=now, source="bmkg", quality=Quality.MEASURED) for one in hazards]
            await ringer._publisher.publish(HAZARD, sent)

        await publish(*quiet)
        assert await watch.look(ringer) == []
        await publish(hazard("tsunami", watch, expires_at=now + timedelta(hours=2)))
        assert await watch.look(ringer) == ["wali"]
        watch.later(minutes=1)
        await publish(hazard("tsunami", watch, headline="Banjir besar"))
        assert await watch.look(ringer) == [], "the same warning in other words"
        held = list(ringer._publisher.held(HAZARD).values())
        assert [one.subjects for one in of_hazards(held, now)] == [("hazard old",), ("hazard tsunami",)]
        simulated = [msgspec.structs.replace(one, quality=Quality.SIMULATED) for one in held]
        assert of_hazards(simulated, now) == [], "the bus takes none in the live room; nor would this"

    told(watch, story)


def test_closed_withdrawn_and_calm_reports_ring_nobody(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        watch.subscribe("wali")
        watch.room.act(watch.emergency(), Invalidate(reason="iseng"))
        gone = watch.emergency()
        watch.room.database.write(lambda it: it.execute(update(REPORTS).where(REPORTS.c.id == gone).values(is_shown=False)))
        assert await watch.look(ringer) == [] and watch.count(EMERGENCIES) == 0

    told(watch, story)


def test_a_browser_that_is_gone_is_forgotten_and_one_that_left_is_not_rung(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        for login in ("wali", "lina"):
            watch.subscribe(login)
        watch.service.answers["wali"] = [(410, {})]
        watch.emergency()
        assert await watch.look(ringer) == ["lina", "wali"]
        assert watch.count(PUSH_SUBSCRIPTIONS) == 1 and watch.count(PUSH_RINGS) == 0 and (ringer.rung, ringer.failed) == (1, 0)
        watch.later(minutes=1)
        watch.emergency()
        ringer._begin, begin = lambda waiting: None, ringer._begin  # type: ignore[method-assign]
        await watch.look(ringer)
        ringer._begin = begin  # type: ignore[method-assign]
        device = watch.sessions["lina"].device or ""
        watch.room.database.write(lambda it: devices.remove(it, device, watch.room.now, ADMIN))
        assert await watch.look(ringer) == [], "removed between the emergency and the ring"

    told(watch, story)


def test_a_new_emergency_while_one_is_being_rung_is_not_lost(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        watch.subscribe("wali")
        watch.service.answers["wali"] = [(503, {"Retry-After": "1"})]
        watch.emergency()
        await ringer.step()
        while not watch.service.calls:
            await asyncio.sleep(0.01)
        watch.room.later(seconds=1)
        watch.emergency()
        await ringer.step()
        await ringer.idle()
        assert watch.service.names() == ["wali"] * 2 and watch.count(PUSH_RINGS) == 1
        watch.later(seconds=PAUSE_S)
        assert await watch.look(ringer) == ["wali"] and watch.count(PUSH_RINGS) == 0

    told(watch, story)


def test_a_failure_is_counted_said_once_and_stops_nobody_else(watch: Watch) -> None:
    async def story(ringer: Ringer) -> None:
        for login in ("wali", "lina"):
            watch.subscribe(login)
        watch.service.answers["wali"] = [(403, {})] * 2
        with capture_logs() as logs:
            for _ in range(2):
                watch.emergency()
                assert await watch.look(ringer) == ["lina", "wali"]
                watch.later(minutes=1)
        assert (ringer.rung, ringer.failed) == (2, 2) and watch.count(PUSH_RINGS) == 0
        text = str(logs)
        assert "HTTP 403" in text
        for secret in ("wpush", watch.sessions["wali"].device or "?", KEY.public):
            assert secret not in text

    told(watch, story)


def test_another_process_that_owns_the_reports_rings_alone(watch: Watch) -> None:
    async def story() -> None:
        watch.subscribe("wali")
        async with watch.process() as former, watch.process() as newer:
            async with asyncio.timeout(20):
                while former._publisher.is_owner(REPORT) and newer._publisher.is_owner(REPORT):
                    await asyncio.sleep(0.05)
            watch.emergency()
            rung = [await watch.look(former), await watch.look(newer)]
            assert sorted(rung) == [[], ["wali"]]

    asyncio.run(story())


@pytest.mark.parametrize("namespace", ["live", "replay-x"])
def test_feeds_ring_in_the_live_room_alone_and_say_how_it_went(
    redis: EmbeddedRedis, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of this service leads to this machine: it is looked for, refused, and said so where sources are shown."""
    asyncio.run(_feeds_ring(redis, namespace, monkeypatch))


async def _feeds_ring(redis: EmbeddedRedis, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    async def here(host: str) -> Any:
        looked_up.append(host)
        return await public_place(host.replace(HOST, "localhost"))

    monkeypatch.setattr("feeds.runtime.push_services.PushServices", partial(PushServices, resolve=here))
    with opened(store_url(namespace, CITY.code)) as database:
        room = Room(database)
        room.now = utc_now()
        watch = Watch(room, None, "")
        watch.subscribe("wali")
        watch.emergency()
        async with listening(redis.url_for("front"), namespace, SOURCE, REPORT) as wall:
            city = msgspec.structs.replace(CITY, sources=())
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), namespace, push=KEY))
            try:
                await wall.until(lambda: wall.bodies(REPORT) and "evaluation" in wall.bodies(SOURCE))
                if namespace == "live":
                    await wall.until(lambda: "push" in wall.bodies(SOURCE) and wall.bodies(SOURCE)["push"].state is SourceState.DOWN)
            finally:
                await ended(feeds)
        if namespace != "live":
            assert not looked_up and watch.count(EMERGENCIES) == 0 and "push" not in wall.bodies(SOURCE)
            return
        health: Source = wall.bodies(SOURCE)["push"]
        assert looked_up == [HOST] and (health.accepted, health.failures) == (0, 1)
        assert health.reason == f"{HOST} leads into a private network: not asked"
        assert watch.count(EMERGENCIES) == 1 and watch.count(PUSH_RINGS) == 0
