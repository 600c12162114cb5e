"""From the store to a real Redis: what each wall is to show, whatever was away in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.bus.script import topic_keys
from feeds.messages.camera import CAMERA, Camera, StreamKind
from feeds.messages.header import Quality
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.walls import WALL_ORDER, Take, WallOrder
from feeds.store.database import Database
from feeds.store.wall_schema import WALL_CAMERAS, WALL_DECISIONS
from feeds.walls import teller
from feeds.walls.refusals import BadLayout
from feeds.walls.teller import WallTeller
from tests.fakes.bus_listener import BusListener, ended, listening
from tests.walls.desk import HALVES, MAP, RINA, Desk


@asynccontextmanager
async def telling(desk: Desk, server: EmbeddedRedis) -> AsyncIterator[tuple[BusPublisher, WallTeller]]:
    redis = connect(server.url_for("back"))
    publisher = BusPublisher(redis, "live", "feeds", clock=lambda: desk.now, heartbeat_s=0.05)
    try:
        await publisher.start([WALL_ORDER, CAMERA])
        yield publisher, WallTeller(desk.database, publisher, quality=Quality.MEASURED, clock=lambda: desk.now)
    finally:
        await publisher.stop()
        await redis.aclose()


@asynccontextmanager
async def heard(desk: Desk, server: EmbeddedRedis) -> AsyncIterator[tuple[BusListener, BusPublisher]]:
    """A teller that runs, and a wall that listens."""
    async with telling(desk, server) as (publisher, walls):
        task = asyncio.create_task(walls.run())
        async with listening(server.url_for("front"), "live", WALL_ORDER) as listener:
            yield listener, publisher
        await ended(task)


def shows(listener: BusListener, title: str | None, wall: str = "lobby", **more: Any) -> Callable[[], bool]:
    def holds() -> bool:
        order: WallOrder | None = listener.bodies(WALL_ORDER).get(wall)
        found = order.layout.title if order is not None and order.layout is not None else None
        return order is not None and found == title and all(getattr(order, name) == value for name, value in more.items())

    return holds


def test_every_change_is_told_and_no_name_of_anybody(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        async with heard(desk, server) as (listener, _):
            await asyncio.to_thread(desk.hold)
            await listener.until(shows(listener, None, revision=0, changes=1))
            await asyncio.to_thread(desk.take, MAP, preset="harian", reason="tamu pak wali")
            await listener.until(shows(listener, "Harian", revision=1, preset="harian", taken_at=desk.now))
            taken_at = desk.now
            desk.later(minutes=1)
            await asyncio.to_thread(desk.curtain, is_drawn=True)
            await listener.until(shows(listener, "Harian", revision=2, is_curtained=True, taken_at=taken_at))
            await asyncio.to_thread(desk.take, HALVES)
            await listener.until(shows(listener, "Siaga", revision=3, is_curtained=True))
            await asyncio.to_thread(desk.undo)
            await listener.until(shows(listener, "Harian", revision=4, preset="harian"))
            await asyncio.to_thread(desk.hold, wall="ruang rapat")
            await listener.until(shows(listener, None, "ruang rapat"))
            await asyncio.to_thread(desk.let_go)
            # Counted over all walls: each change has a number of its own.
            await listener.until(shows(listener, "Harian", changes=7))
            said = repr(listener.latest[WALL_ORDER.name])
        assert "rina" not in said and "pak wali" not in said

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_nothing_is_told_twice_and_nothing_that_did_not_move(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        desk.take(MAP)
        async with telling(desk, server) as (publisher, walls):
            assert [await walls.step(), await walls.step()] == [1, 0]
            seq = publisher.mark(WALL_ORDER).seq
        async with telling(desk, server) as (publisher, walls):
            await walls.step()
            assert publisher.mark(WALL_ORDER).seq == seq, "what stands on the bus already is not sent again"
            desk.curtain(is_drawn=True)
            assert await walls.step() == 1

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_redis_comes_back_empty(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        desk.take(MAP)
        async with heard(desk, server) as (listener, publisher):
            await listener.until(shows(listener, "Harian"))
            server.kill()
            desk.take(HALVES)
            server.start()
            await listener.until(shows(listener, "Siaga"))
            epoch = publisher.mark(WALL_ORDER).epoch
            redis = connect(server.url_for("back"))
            await redis.delete(*topic_keys("live", WALL_ORDER.name)[:3])
            await redis.aclose()
            await listener.until(lambda: publisher.mark(WALL_ORDER).epoch != epoch and shows(listener, "Siaga")())
        async with listening(server.url_for("front"), "live", WALL_ORDER) as late:
            await late.until(shows(late, "Siaga", revision=2))

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_what_another_process_left_on_the_bus_gives_way_to_the_store(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        desk.take(MAP)
        async with telling(desk, server) as (publisher, walls):
            stranger = WallOrder(wall="gudang", revision=9, changes=9)
            outgoing = Outgoing(key="gudang", body=stranger, observed_at=desk.now, source="walls", quality=Quality.MEASURED)
            await publisher.publish(WALL_ORDER, [outgoing])
            await walls.step()
            assert set(publisher.held(WALL_ORDER)) == {"lobby"}

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_an_older_store_that_is_brought_back_is_told_as_it_is(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        desk.take(MAP)
        async with telling(desk, server) as (publisher, walls):
            await walls.step()
            with database.beginning() as connection:
                connection.execute(text("DELETE FROM walls"))
            desk.hold(wall="rapat")
            while await walls.step() == 0:
                pass
            assert set(publisher.held(WALL_ORDER)) == {"rapat"}

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_a_store_that_is_away_is_said_once_and_asked_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "PAUSE_S", 0.01)

    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        desk.take(MAP)
        read, failures = database.read, 0

        def away(unit: Any) -> Any:
            nonlocal failures
            failures += 1
            raise OperationalError("SELECT", {}, Exception("gone"))

        async with heard(desk, server) as (listener, _):
            await listener.until(shows(listener, "Harian"))
            monkeypatch.setattr(database, "read", away)
            while failures < 3:
                await asyncio.sleep(0)
            monkeypatch.setattr(database, "read", read)
            await asyncio.to_thread(desk.take, HALVES)
            await listener.until(shows(listener, "Siaga"))

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_the_doors_learn_which_cameras_there_are(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        desk.hold()
        layout = showing("simpang-benda")
        assert desk.take(layout).revision == 1, "nobody has told of any camera: the wall says what it does not know"
        async with telling(desk, server) as (publisher, walls):
            camera = Camera(id="pasar", name="Pasar", owner="dishub", kind=StreamKind.MJPEG, url="http://127.0.0.1/x")
            await publisher.publish(
                CAMERA, [Outgoing(key="pasar", body=camera, observed_at=desk.now, source="cctv", quality=Quality.MEASURED)]
            )
            await walls.note_cameras()
        assert database.read(lambda it: it.execute(select(WALL_CAMERAS.c.id)).scalars().all()) == ["pasar"]
        with pytest.raises(BadLayout, match=r"slot 1 \(cameras\): there is no camera 'simpang-benda'"):
            desk.take(layout)
        assert desk.take(showing("pasar")).revision == 2

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_another_process_cameras_are_left_as_they_are(database: Database) -> None:
    """One that waits for the topic holds none: it may not tell the doors so."""

    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        async with telling(desk, server) as (_, waiting), telling(desk, server) as (publisher, walls):
            camera = Camera(id="pasar", name="Pasar", owner="dishub", kind=StreamKind.MJPEG, url="http://127.0.0.1/x")
            await publisher.publish(
                CAMERA, [Outgoing(key="pasar", body=camera, observed_at=desk.now, source="cctv", quality=Quality.MEASURED)]
            )
            await walls.note_cameras()
            while waiting._publisher.is_owner(CAMERA):  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0)
            await waiting.note_cameras()
        assert database.read(lambda it: it.execute(select(WALL_CAMERAS.c.id)).scalars().all()) == ["pasar"]

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


@pytest.mark.parametrize("kept", [{"title": "Esok"}, {"title": "x" * 300_000, "grid": {"columns": 1, "rows": 1}, "slot": []}])
def test_one_wall_that_cannot_be_told_keeps_no_other_waiting(database: Database, kept: dict[str, Any]) -> None:
    """Of a newer program, or too long for the bus: it shows what it showed."""

    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        for wall in ("lobby", "rapat"):
            desk.hold(wall=wall)
            desk.take(MAP, wall=wall)
        async with heard(desk, server) as (listener, _):
            await listener.until(lambda: shows(listener, "Harian")() and shows(listener, "Harian", "rapat")())
            with database.beginning() as connection:
                desk.service.take(connection, "lobby", Take(layout=HALVES), RINA, revision=1)
                connection.execute(update(WALL_DECISIONS).where(WALL_DECISIONS.c.wall == "lobby").values(layout=kept))
                desk.service.take(connection, "rapat", Take(layout=HALVES), RINA, revision=1)
            await listener.until(shows(listener, "Siaga", "rapat"))
            assert shows(listener, "Harian", revision=1)()
            await asyncio.to_thread(desk.take, HALVES, reason="lagi")
            await listener.until(shows(listener, "Siaga", revision=3))

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_a_store_at_rest_is_seldom_asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's files say whether a look is worth its while; PostgreSQL is always asked."""
    clock = [1_000.0]
    monkeypatch.setattr(teller, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def looks(walls: WallTeller, seconds: float) -> int:
        found = 0
        for _ in range(round(seconds / 0.05)):
            clock[0] += 0.05
            found += walls.may_have_moved()
        return found

    async def story(server: EmbeddedRedis) -> None:
        desk = Desk(database)
        async with telling(desk, server) as (_, walls):
            assert walls.may_have_moved()
            await walls.step()
            looks(walls, 1)
            at_rest = looks(walls, 10)
            desk.hold()
            moved = looks(walls, teller.SETTLE_S)
            assert moved == 4, "from the moment somebody commits it looks at every turn"
            assert at_rest in ((range(9, 12)) if database.is_sqlite else (200,))

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def showing(camera: str) -> Layout:
    slot = Slot(panel="cameras", cell=(0, 0, 160, 90), options={"cameras": [camera]})
    return Layout(title="Kamera", grid=Grid(columns=160, rows=90), slot=(slot,))
