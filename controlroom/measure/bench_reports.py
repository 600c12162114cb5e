"""``bench reports``: from a citizen's request to the hub of a running wall, what the door takes in, how soon the queue gives a page."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from controlroom.measure.citizens import PHOTO_BYTES, Answer, Citizens, Post, Writer, photos
from controlroom.measure.figures import percentile
from controlroom.measure.parts import Parts
from controlroom.measure.people import Somebody
from controlroom.measure.postgres import PrivatePostgres, find_programs
from controlroom.measure.reporting import NAMESPACE, Reporting, free_port
from controlroom.measure.result import Figure, Progress, Result, at_least, at_most, beside, exactly, result
from controlroom.measure.spoken import Arrivals, Done, Mark
from feeds.messages.city import City
from feeds.messages.header import Position
from feeds.messages.queue import Sort
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports.observed import Observer
from feeds.reports.roles import Role
from feeds.store.database import Database

ROUND_S, ROUND_LONG_S = 20.0, 60.0
WARM_UP_S = 3.0
WALL_PER_S = 50.0
TEXT_PER_S = 200.0
PHOTOS_PER_S = 3.0
QUEUE_REPORTS = 100_000
PAGE_SIZE = 50
TURNS = 40
SORTS = (Sort.NEWEST, Sort.OLDEST, Sort.CHANGED)
ARRIVED_WITHIN_S = 10.0

HUB_P95_MS = 500.0
TEXT_P99_MS = 200.0
PHOTO_P99_MS = 1_500.0
PAGE_MS = 100.0


class QueuePage(msgspec.Struct, frozen=True):
    """What is read of a page: how many rows, and what asks for the next."""

    reports: list[Any]
    cursor: str | None


def measure_reports(long: bool, progress: Progress) -> Result:
    """Latency with the real wall (virtual, 2x2, layout harian); intake without one, on SQLite and, where it is installed, PostgreSQL."""
    seconds = ROUND_LONG_S if long else ROUND_S
    progress("starting doors, feeds and wall", 0.02)
    figures = judge_hub(*_to_the_hub(seconds, progress), seconds)
    pictures = photos(round(PHOTOS_PER_S * seconds), width=4_000, height=3_000, at_least=PHOTO_BYTES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="live-room-bench-")))
        progress("intake on SQLite", 0.3)
        text, photo = _intake(folder, None, seconds, pictures)
        figures += judge_text(text, seconds) + judge_photos(photo, seconds)
    programs = find_programs()
    if programs is not None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="live-room-bench-")))
            server = stack.enter_context(PrivatePostgres(programs, free_port()))
            progress("intake on PostgreSQL", 0.55)
            figures += beside_them("PostgreSQL", *_intake(folder, server.url, seconds, pictures))
    progress(f"{QUEUE_REPORTS:,} reports for the queue", 0.8)
    figures += judge_queue(*_queue_ms(QUEUE_REPORTS))
    return result("reports", figures)


def judge_hub(answers: Sequence[Answer], arrived: Mapping[str, float], seconds: float) -> list[Figure]:
    """``arrived``: when the hub got each report. One that never came counts as lost, not as fast."""
    taken = [answer for answer in answers if answer.report is not None]
    waited_ms = [(at - one.due_at) * 1000 for one in taken if (at := arrived.get(str(one.report))) is not None]
    name = f"door to the wall's hub, {WALL_PER_S:g} reports/s for {seconds:g} s"
    return [
        exactly(f"{name}: refused", len(answers) - len(taken), "reports", 0),
        exactly(f"{name}: acknowledged and never on the hub", len(taken) - len(waited_ms) if taken else None, "reports", 0),
        at_most(f"{name}: from the moment it was due to be sent, p95", percentile(waited_ms, 0.95), "ms", HUB_P95_MS),
        beside(f"{name}: p50", percentile(waited_ms, 0.5), "ms"),
        beside(f"{name}: p99", percentile(waited_ms, 0.99), "ms"),
        beside(f"{name}: answered", _rate(taken), "reports/s"),
    ]


def judge_text(answers: Sequence[Answer], seconds: float, per_s: float = TEXT_PER_S) -> list[Figure]:
    """Reports of words alone."""
    return _judge_intake(f"{per_s:g} reports/s for {seconds:g} s on SQLite", answers, seconds, per_s, TEXT_P99_MS)


def judge_photos(answers: Sequence[Answer], seconds: float, per_s: float = PHOTOS_PER_S) -> list[Figure]:
    """Each with a photo of ``PHOTO_BYTES`` or more."""
    return _judge_intake(f"{per_s:g} reports/s with 3 MB photos for {seconds:g} s on SQLite", answers, seconds, per_s, PHOTO_P99_MS)


def _judge_intake(name: str, answers: Sequence[Answer], seconds: float, per_s: float, goal_ms: float) -> list[Figure]:
    taken = [answer for answer in answers if answer.report is not None]
    took_ms = [answer.took_ms for answer in taken]
    return [
        exactly(f"intake, {name}: sent and not acknowledged", max(len(answers), round(per_s * seconds)) - len(taken), "reports", 0),
        at_most(f"intake, {name}: answered, p99", percentile(took_ms, 0.99), "ms", goal_ms),
        beside(f"intake, {name}: p50", percentile(took_ms, 0.5), "ms"),
        beside(f"intake, {name}: answered", _rate(taken), "reports/s"),
    ]


def beside_them(store: str, text: Sequence[Answer], photo: Sequence[Answer]) -> list[Figure]:
    """The same of another database, with no goal."""
    found: list[Figure] = []
    for name, answers, per_s in (("text", text, TEXT_PER_S), ("with 3 MB photos", photo, PHOTOS_PER_S)):
        took_ms = [answer.took_ms for answer in answers if answer.report is not None]
        what = f"intake on {store}, {per_s:g}/s {name}"
        found += [
            beside(f"{what}: p99", percentile(took_ms, 0.99), "ms"),
            beside(f"{what}: p50", percentile(took_ms, 0.5), "ms"),
            beside(f"{what}: not acknowledged", len(answers) - len(took_ms), "reports"),
        ]
    return found


def judge_queue(took_ms: Sequence[float], rows: Sequence[int], standing: int) -> list[Figure]:
    """The slowest page counts; pages with fewer rows than asked for have filtered nothing worth the time."""
    name = f"page of {PAGE_SIZE} out of {QUEUE_REPORTS:,} reports with three filters, by HTTP"
    return [
        exactly("reports in the queue", standing, "reports", QUEUE_REPORTS),
        at_least("rows of the emptiest page", min(rows, default=None), "rows", PAGE_SIZE),
        at_most(f"{name}, slowest of {len(took_ms)}", max(took_ms, default=None), "ms", PAGE_MS),
        beside(f"{name}, p50", percentile(list(took_ms), 0.5), "ms"),
    ]


def _rate(taken: Sequence[Answer]) -> float | None:
    """Answers a second, from the first that was due to the last that was answered."""
    if len(taken) < 2:
        return None
    lasted_s = max(one.due_at + one.took_ms / 1000 for one in taken) - min(one.due_at for one in taken)
    return len(taken) / lasted_s if lasted_s > 0 else None


def _to_the_hub(seconds: float, progress: Progress) -> tuple[list[Answer], dict[str, float]]:
    with Parts(namespace=NAMESPACE) as parts, Reporting(parts.folder) as room:
        room.open_doors()
        room.start_teller(parts.redis.url_for("back"))
        parts.start_wall()
        citizens = Citizens(room.base, room.key)
        warm = asyncio.run(citizens.send(Writer(room.city, 1, first=1_000_000).text, per_s=10, seconds=WARM_UP_S))
        parts.until("the first reports are on the wall", lambda: parts.wall.ask(Mark, "mark").count >= len(warm) or None, 40)
        progress(f"{WALL_PER_S:g} reports a second", 0.1)
        parts.wall.ask(Done, "begin")
        answers = asyncio.run(citizens.send(Writer(room.city, 3671).text, per_s=WALL_PER_S, seconds=seconds))
        wanted = {answer.report for answer in answers if answer.report is not None}
        parts.wait(lambda: wanted <= parts.wall.ask(Arrivals, "arrivals").at.keys() or None, ARRIVED_WITHIN_S, every_s=0.5)
        return answers, parts.wall.ask(Arrivals, "arrivals").at


def _intake(folder: Path, url: str | None, seconds: float, pictures: Sequence[bytes]) -> tuple[list[Answer], list[Answer]]:
    with Reporting(folder, url=url) as room:
        room.open_doors()
        citizens = Citizens(room.base, room.key)

        def sent(make: Callable[[int], Post], per_s: float, lasting_s: float) -> list[Answer]:
            return asyncio.run(citizens.send(make, per_s=per_s, seconds=lasting_s))

        sent(Writer(room.city, 1, first=1_000_000).with_photo(photos(2)), 10, WARM_UP_S)
        text = sent(Writer(room.city, 2).text, TEXT_PER_S, seconds)
        return text, sent(Writer(room.city, 3, first=2_000_000).with_photo(pictures), PHOTOS_PER_S, seconds)


def _queue_ms(reports: int) -> tuple[list[float], list[int], int]:
    """How long each of ``TURNS`` first pages and the page after it took; their rows; how many reports stand in the store."""
    took_ms: list[float] = []
    rows: list[int] = []
    with TemporaryDirectory(prefix="live-room-bench-") as folder, Reporting(Path(folder)) as room:
        standing = fill(room.database, room.city, reports, datetime.now(UTC))
        room.open_doors()
        with Somebody(room, "operator", Role.OPERATOR) as operator:
            operator.ask("GET", "/desk/reports", params={"page_size": "1"})
            codes = [category.code for category in room.city.categories]
            for number in range(TURNS):
                asked = {
                    "state": [ReportState.NEW, ReportState.WORKING][number % 2], "category": codes[number % 12 : number % 12 + 8],
                    "channel": [Channel.LAKSA, Channel.X], "sort": SORTS[number % len(SORTS)], "page_size": str(PAGE_SIZE),
                }  # fmt: skip
                for _ in range(2):
                    began = time.perf_counter()
                    body = operator.ask("GET", "/desk/reports", params=asked)
                    took_ms.append((time.perf_counter() - began) * 1000)
                    found = msgspec.json.decode(body, type=QueuePage)
                    rows.append(len(found.reports))
                    asked |= {"cursor": str(found.cursor)}
    return took_ms, rows, standing


def fill(store: Database, city: City, reports: int, now: datetime) -> int:
    """A year of reports of every kind, state and channel; how many the store counts."""
    random = Random(3671)
    observer = Observer(city, "bench")
    west, south, east, north = city.bbox
    states, channels = list(ReportState), list(Channel)

    def some(first: int, last: int) -> list[Report]:
        found: list[Report] = []
        for number in range(first, last):
            received = now - timedelta(minutes=random.uniform(0, 365 * 24 * 60))
            category = random.choice(city.categories)
            found.append(
                Report(
                    id=f"Q{number:07}", state=random.choice(states), category=category.code, channel=random.choice(channels),
                    priority=random.choice(list(Priority)), received_at=received, changed_at=received + timedelta(hours=1),
                    position=Position(lon=random.uniform(west, east), lat=random.uniform(south, north)), agency=category.agency,
                    category_name=category.names.get(city.language), text=f"Laporan uji nomor {number}",
                )
            )  # fmt: skip
        return found

    for first in range(0, reports, 5_000):
        batch = some(first, min(reports, first + 5_000))
        store.write(lambda connection, batch=batch: observer.put(connection, batch))
    return store.read(observer.count)
