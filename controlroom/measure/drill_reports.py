"""Drills of what was acknowledged: the doors killed again and again while the desk works, and Redis away, both under citizens' load."""

import asyncio
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from controlroom.live.mailbox import Mailbox
from controlroom.live.thread import BusThread
from controlroom.measure.account import Account, OnBus, Stored, account, is_told, on_bus, stored
from controlroom.measure.citizens import Answer, Citizens, Post, Writer, photos
from controlroom.measure.desk_work import DeskWork, Work, judge_desk
from controlroom.measure.people import Somebody
from controlroom.measure.picture_server import PictureServer
from controlroom.measure.private_links import SENT_AGAIN, judge_links, opened, sample
from controlroom.measure.reporting import NAMESPACE, Reporting
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_least, beside, exactly, is_true, result
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.header import Message, Topic
from feeds.messages.report import TICKER, ReportState, TickerLine
from feeds.reports.roles import Role

LOAD_PER_S = 20.0
PHOTO_EACH = 10
"""Every so manieth report has a picture, so that files and rows are torn apart too."""
POINTS_EACH = 3
"""Every so manieth says where a picture of it is to be fetched."""
OPERATORS = ("operatoruji1", "operatoruji2", "operatoruji3")
KILLS = 20
LIFE_S = (0.05, 1.5)
"""So long, at random, a door lives once it answers."""
DOWN_S, DOWN_LONG_S = 15.0, 60.0
CALM_S = 3.0
TOLD_WITHIN_S = 30.0
SEED = 3671


def kill_api(long: bool, progress: Progress) -> Result:
    """``serve`` is killed twenty times at random moments; whoever gets no answer sends the same request again."""
    with _stage() as (redis, load), _listening(redis) as heard:
        room = load.room
        with ExitStack() as stack:
            operators = [stack.enter_context(Somebody(room, login, Role.OPERATOR)) for login in OPERATORS]
            answers, work = asyncio.run(_under_kills(load, DeskWork(operators, room.city.agencies[0].code), KILLS, progress))
        progress("comparing", 0.9)
        store, bus = _settled(room, redis)
        figures = judge_kept(account(answers, store, bus, room.city, room.pictures), answers) + judge_kills(KILLS, answers)
        figures += judge_desk(work, store, bus) + judge_told(heard.told(), {one.id: one.state for one in store.records})
        again = asyncio.run(_once_more(load, {report for _, report in work.claimed}, answers))
        figures += judge_links(answers, again, opened(sample(answers, again), OPERATORS))
    return result("kill-api", figures)


def redis_down(long: bool, progress: Progress) -> Result:
    """Redis dies under load and comes back empty; the doors must not notice, and the bus must say everything in the end."""
    down_s = DOWN_LONG_S if long else DOWN_S
    with _stage() as (redis, load):
        room = load.room
        answers, meanwhile = asyncio.run(_without_redis(load, redis, down_s, progress))
        progress("comparing", 0.9)
        store, bus = _settled(room, redis)
        figures = judge_kept(account(answers, store, bus, room.city, room.pictures), answers) + judge_down(meanwhile, down_s)
    return result("redis-down", figures)


def judge_kept(found: Account, answers: Sequence[Answer]) -> list[Figure]:
    """What must hold whatever was killed: everything acknowledged stands once, with its events, and the bus says what the store says."""
    return [
        at_least("reports acknowledged", found.acknowledged, "reports", 100),
        exactly("requests never acknowledged", sum(answer.report is None for answer in answers), "requests", 0),
        exactly("acknowledged and not in the store", found.lost, "reports", 0),
        exactly("written down twice", found.twice, "reports", 0),
        exactly("reports the store has beyond those acknowledged", found.intake - found.acknowledged, "reports", 0),
        exactly("acknowledged with a broken log of events", found.broken_logs, "reports", 0),
        at_least("acknowledged with a picture", sum(answer.has_photo and answer.report is not None for answer in answers), "reports", 1),
        exactly("pictures without row or file", found.pictures_lost, "reports", 0),
        at_least("acknowledged with a media_url", sum(answer.has_media_url and answer.report is not None for answer in answers),
                 "reports", 1),
        exactly("of these, neither its picture nor a note of why not, or more than one", found.unfetched, "reports", 0),
        at_least("of these, pictures fetched", found.fetched, "reports", 1),
        at_least("of these, a note instead", found.noted, "reports", 1),
        beside("of these notes, those of doors killed too often under the same picture", found.given_up, "reports"),
        exactly("in the store, and not the same on the bus", found.not_on_bus, "reports", 0),
        exactly("on the bus, and not in the store", found.strange, "reports", 0),
        exactly("lines of the outbox left untold", found.laid_out, "lines", 0),
        exactly("totals on the bus: received, less those in the store",
                None if found.received is None else found.received - found.intake, "reports", 0),
        is_true("totals tie out", found.ties_out),
    ]  # fmt: skip


def judge_kills(kills: int, answers: Sequence[Answer]) -> list[Figure]:
    """Kills that nobody's request met have tested nothing."""
    return [
        exactly("times the doors were killed", kills, "times", KILLS),
        at_least("requests cut off under way and sent again", sum(answer.cut > 0 for answer in answers), "requests", KILLS // 2),
        beside("requests that came to closed doors first", sum(answer.broken > answer.cut for answer in answers), "requests"),
    ]


def judge_told(told: Mapping[tuple[str, ReportState], int], reports: Mapping[str, ReportState]) -> list[Figure]:
    """``told``: how often the bus was told that a report is in a state; ``reports``: the state of each, which were new before."""
    due = {(report, passed) for report, state in reports.items() for passed in (ReportState.NEW, state)}
    wrong = sum(told.get(one, 0) != (one in due) for one in due | set(told)) if reports else None
    return [exactly("arrivals and forwardings that the bus was not told exactly once", wrong, "lines", 0)]


def judge_down(meanwhile: Sequence[Answer], down_s: float) -> list[Figure]:
    """``meanwhile``: of the reports that were due while Redis was away."""
    refused = sum(answer.report is None or answer.broken > 0 for answer in meanwhile)
    return [
        at_least(f"reports sent in {down_s:g} s without Redis", len(meanwhile), "reports", 0.9 * LOAD_PER_S * down_s),
        exactly("of these, not acknowledged at once", refused, "reports", 0),
        beside("of these, slowest answer", max((answer.took_ms for answer in meanwhile), default=None), "ms"),
    ]


class Listener(Mailbox):
    """Counts how often each report is told to be in a state; reads as a wall does."""

    def __init__(self) -> None:
        super().__init__()
        self._told: Counter[tuple[str, ReportState]] = Counter()
        self.is_reading = False

    def put(self, topic: Topic[Any], message: Message[Any]) -> None:
        if isinstance(message.body, TickerLine):
            self._told[message.body.report, message.body.state] += 1

    def put_snapshot(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        self._told.clear()
        self.is_reading = True
        for message in messages:
            self.put(topic, message)

    def told(self) -> dict[tuple[str, ReportState], int]:
        return dict(self._told)


class _Load:
    """What the citizens of a drill send; each request is kept, so that it can be sent once more."""

    def __init__(self, room: Reporting, elsewhere: PictureServer) -> None:
        self.room = room
        self.sent: dict[int, Post] = {}
        self._elsewhere = elsewhere
        self._writer = Writer(room.city, SEED)
        self._illustrated = self._writer.with_photo(photos(PHOTO_EACH))

    def __call__(self, number: int) -> Post:
        post = self._illustrated(number) if number % PHOTO_EACH == 0 else self._writer.text(number)
        if number % POINTS_EACH == 0:
            post = msgspec.structs.replace(post, fields=post.fields | {"media_url": self._elsewhere.url(number // POINTS_EACH)})
        self.sent[number] = post
        return post


@contextmanager
def _stage() -> Generator[tuple[EmbeddedRedis, _Load]]:
    with (
        TemporaryDirectory(prefix="live-room-bench-") as folder,
        EmbeddedRedis(namespace=NAMESPACE) as redis,
        # Another size than what is sent along: a report that brings its own points to another picture.
        PictureServer(photos(PHOTO_EACH, width=320, height=240)) as elsewhere,
        Reporting(Path(folder), asks_loopback=True) as room,
    ):
        room.open_doors()
        room.start_teller(redis.url_for("back"))
        yield redis, _Load(room, elsewhere)


@contextmanager
def _listening(redis: EmbeddedRedis) -> Generator[Listener]:
    listener = Listener()
    bus = BusThread(redis.url_for("front"), NAMESPACE, (TICKER,), listener)
    bus.start()
    try:
        end = time.monotonic() + TOLD_WITHIN_S
        while not listener.is_reading:
            if time.monotonic() > end:
                raise CannotMeasure(f"the bus was not read within {TOLD_WITHIN_S:g} s")
            time.sleep(0.05)
        yield listener
    finally:
        bus.stop()


async def _under_kills(load: _Load, desk: DeskWork, kills: int, progress: Progress) -> tuple[list[Answer], Work]:
    room = load.room
    citizens = Citizens(room.base, room.key, is_patient=True, told=desk.promise)
    random, is_over = Random(SEED), asyncio.Event()
    working = asyncio.create_task(asyncio.to_thread(desk.run))
    sending = asyncio.create_task(citizens.send(load, per_s=LOAD_PER_S, until=is_over))
    try:
        for number in range(kills):
            progress(f"kill {number + 1} of {kills}", 0.05 + 0.85 * number / kills)
            await asyncio.sleep(random.uniform(*LIFE_S))
            await asyncio.to_thread(room.kill_doors)
            room.start_doors()
            await asyncio.to_thread(room.wait_open)
        await asyncio.sleep(CALM_S)
    finally:
        is_over.set()
        desk.stop()
    return await sending, await working


async def _once_more(load: _Load, first: Set[str], answers: Sequence[Answer]) -> list[Answer]:
    """Some requests that were answered long ago, those of the reports in ``first`` before others."""
    taken = sorted((one for one in answers if one.report is not None), key=lambda one: one.report not in first)
    posts = [load.sent[one.number] for one in taken[:SENT_AGAIN]]
    citizens = Citizens(load.room.base, load.room.key, is_patient=True)
    return await citizens.send(lambda number: posts[number], per_s=LOAD_PER_S, seconds=len(posts) / LOAD_PER_S)


async def _without_redis(load: _Load, redis: EmbeddedRedis, down_s: float, progress: Progress) -> tuple[list[Answer], list[Answer]]:
    citizens = Citizens(load.room.base, load.room.key, is_patient=True)
    is_over = asyncio.Event()
    sending = asyncio.create_task(citizens.send(load, per_s=LOAD_PER_S, until=is_over))
    try:
        await asyncio.sleep(CALM_S)
        progress(f"{down_s:g} s without Redis", 0.2)
        redis.kill()
        gone_at = time.time()
        await asyncio.sleep(down_s)
        back_at = time.time()
        redis.start()
        progress("Redis is back", 0.8)
        await asyncio.sleep(CALM_S)
    finally:
        is_over.set()
    answers = await sending
    return answers, [answer for answer in answers if gone_at <= answer.due_at <= back_at]


def _settled(room: Reporting, redis: EmbeddedRedis) -> tuple[Stored, OnBus]:
    """Store and bus once they say the same, or when the time for it is over."""
    end = time.monotonic() + TOLD_WITHIN_S
    while True:
        store, bus = room.database.read(stored), on_bus(redis.url_for("admin"), NAMESPACE)
        if is_told(store, bus, room.city) or time.monotonic() > end:
            return store, bus
        time.sleep(0.5)
