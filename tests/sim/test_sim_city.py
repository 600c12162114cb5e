"""The whole city on a real Redis: every message simulated, totals tied at every instant, faults as written, nothing personal."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.city import load_city
from feeds.messages.camera import CAMERA
from feeds.messages.deadline import DEADLINE
from feeds.messages.field import Presence
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import REPORT, TOTALS, Report, Totals
from feeds.messages.system import CANARY, Source, SourceState
from feeds.messages.walls import WALL_ORDER
from feeds.sim.city import SIM_TOPICS, SimulatedCity
from feeds.sim.run import run_sim
from feeds.sim.scenario import SCENARIOS
from tests.fakes.stores import a_store

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "assets" / "cities" / "tangerang"
KOELN = ROOT / "tests" / "cities" / "koeln"
START = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with EmbeddedRedis() as server:
        yield server.url_for()


class Recording(BusPublisher):
    """The real publisher, which also keeps what it was given."""

    def record(self) -> list[tuple[str, Outgoing]]:
        if not hasattr(self, "_given"):
            self._given: list[tuple[str, Outgoing]] = []
        return self._given

    async def publish(self, topic: Topic[Any], outgoing: Any) -> int:
        seq = await super().publish(topic, outgoing)
        self.record().extend((topic.name, one) for one in outgoing)
        if topic is TOTALS:
            self.check_totals(outgoing[0].body)
        return seq

    def check_totals(self, totals: Totals) -> None:
        on_bus = [message.body for message in self.held(REPORT).values()]
        states = Counter(report.state for report in on_bus if isinstance(report, Report))
        assert totals.ties_out()
        assert totals.received == len(on_bus)
        assert all(totals.count(state) == states[state] for state in states)
        assert (totals.reports_epoch, totals.reports_seq) == (self.mark(REPORT).epoch, self.mark(REPORT).seq)


async def play(url: str, scenario: str, *, steps: int, step_s: float, speed: float = 60, folder: Path = CITY,
               start: datetime = START) -> Recording:  # fmt: skip
    """The scenario on a hand-driven clock; ends everything it began."""
    now = start
    redis = connect(url)
    publisher = Recording(redis, "sim", "simulator", clock=lambda: now)
    stack = ExitStack()
    try:
        database = stack.enter_context(a_store())
        await publisher.start(SIM_TOPICS, fresh=True)
        city = load_city(folder)
        simulated = SimulatedCity(
            city, publisher, database, seed=1, speed=speed, scenario=scenario, clock=lambda: now, camera_base_url="http://127.0.0.1:1"
        )
        for _ in range(steps):
            await simulated.step()
            now += timedelta(seconds=step_s)
    finally:
        await publisher.stop()
        await redis.aclose()
        stack.close()
    return publisher


@pytest.mark.parametrize("scenario", ["calm", "storm"])
def test_totals_tie_at_every_instant_and_all_is_marked_simulated(redis_url: str, scenario: str) -> None:
    publisher = asyncio.run(play(redis_url, scenario, steps=40, step_s=3))
    given = publisher.record()
    assert {name for name, _ in given} >= {topic.name for topic in SIM_TOPICS} - {"system.canary", "camera", "deadline", "wall.order"}
    assert {one.quality for _, one in given} == {Quality.SIMULATED}
    # With nothing new they are renewed every five seconds: at least every second step of three.
    assert sum(name == "totals" for name, _ in given) >= 20
    presence = [one.body for _, one in given if isinstance(one.body, Presence)][:5]
    assert sum(body.expected for body in presence) == 288
    assert 220 <= sum(body.present for body in presence) <= 240
    text = b"\n".join(msgspec.json.encode(one.body) for _, one in given).decode()
    assert not re.search(r"\+62|\b08\d{8,}|@[a-z]", text)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_another_city_needs_no_code_and_borrows_no_names(redis_url: str, scenario: str) -> None:
    publisher = asyncio.run(play(redis_url, scenario, steps=25, step_s=5, folder=KOELN))
    said = msgspec.json.encode([one.body for _, one in publisher.record()]).decode()
    assert {name for name, _ in publisher.record()} >= {topic.name for topic in SIM_TOPICS} - {CANARY.name, DEADLINE.name, WALL_ORDER.name}
    home = load_city(CITY)
    borrowed = [d.name for d in home.districts if re.search(rf"\b{d.name}\b", said)] + [
        w for w in ("WIB", "Poris", "Cisadane") if w in said
    ]
    assert borrowed == []
    positions = {m.body.position for m in publisher.held(CAMERA).values() if m.body is not None}
    assert len(positions) == len(publisher.held(CAMERA)) == 6
    west, south, east, north = load_city(KOELN).bbox
    assert all(west < p.lon < east and south < p.lat < north for p in positions)


def test_a_city_without_kinds_of_reports_is_refused_in_a_sentence(redis_url: str) -> None:
    bare = msgspec.structs.replace(load_city(KOELN), categories=())
    with pytest.raises(ValueError, match="Köln: a simulation needs at least one of each: categories and agencies"):
        asyncio.run(run_sim(bare, redis_url, seed=1, scenario="calm", media_key="k"))


def test_a_midnight_at_speed_keeps_totals_and_forgets_yesterday(redis_url: str) -> None:
    """``Recording`` recounts every totals message; here the day ends in between."""
    publisher = asyncio.run(play(redis_url, "calm", steps=130, step_s=5, start=datetime(2026, 11, 22, 16, 55, tzinfo=UTC)))
    told = [one.body for _, one in publisher.record() if isinstance(one.body, Totals)]
    midnight = datetime(2026, 11, 22, 17, tzinfo=UTC)
    (rollover,) = [(a, b) for a, b in pairwise(told) if a.since != b.since]
    assert (rollover[0].since, rollover[1].since) == (midnight - timedelta(days=1), midnight)
    assert rollover[1].received < rollover[0].received
    assert 0 < rollover[1].carried <= rollover[1].received
    assert told[-1].received > told[-1].carried > 0


def test_the_same_clock_gives_the_same_messages(redis_url: str) -> None:
    first, second = (asyncio.run(play(redis_url, "calm", steps=5, step_s=3)).record() for _ in range(2))
    kept = [[(name, one.key, one.body) for name, one in given if name != "totals"] for given in (first, second)]
    assert kept[0] == kept[1]


def test_an_outage_is_told_and_ends(redis_url: str) -> None:
    publisher = asyncio.run(play(redis_url, "outage", steps=70, step_s=15, speed=1))
    sources = [one.body for _, one in publisher.record() if isinstance(one.body, Source) and one.key == "sigap"]
    states = [body.state for body in sources]
    assert SourceState.DOWN in states
    assert states[-1] == SourceState.OK
    down = [body for body in sources if body.state == SourceState.DOWN]
    assert len({body.checked_at for body in down}) == 1
    assert down[0].reason == "no answer within 5 s"


def test_run_sim_serves_until_it_is_cancelled(redis_url: str) -> None:
    async def story() -> Message[Totals]:
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            run_sim(load_city(CITY), redis_url, seed=1, speed=1, scenario="calm", media_key="k", on_ready=ready.set_result)
        )
        assert await asyncio.wait_for(ready, 30) > 0
        redis = connect(redis_url)
        payloads = await redis.hgetall("cr:{sim:totals}:snap")
        await redis.aclose()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return TOTALS.decoder()(payloads[b"city"])

    message = asyncio.run(story())
    assert message.quality is Quality.SIMULATED
    assert message.body is not None
    assert message.body.ties_out()
    assert message.body.received > 20


def test_the_namespace_live_is_refused(redis_url: str) -> None:
    with pytest.raises(ValueError, match="live"):
        asyncio.run(run_sim(load_city(CITY), redis_url, namespace="live", seed=1, speed=1, scenario="calm", media_key="k"))
