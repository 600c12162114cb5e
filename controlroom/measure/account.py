"""What became of acknowledged reports: each looked for in the store, in its own log, on disk and on the bus. Judges nothing.

Reads the tables and Redis itself: a mistake of the doors is not believed by who looks for it. A report's words say which it is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import msgspec
import redis
from sqlalchemy import Connection, func, select

from controlroom.measure.citizens import Answer, words_of
from feeds.bus.connection import parse_address
from feeds.bus.script import topic_keys
from feeds.messages.city import City
from feeds.messages.report import REPORT, TOTALS, Report, ReportState, Totals
from feeds.reports.records import Record, record_of, wall_report
from feeds.reports.states import BrokenLog, Step, state_of
from feeds.store.schema import AUDIT, EVENTS, FETCHES, INTAKE, MEDIA, OUTBOX, REPORTS


class Stored(msgspec.Struct, frozen=True):
    """All of a store at one moment. ``steps``: by report, (revision, kind, before, after) in order; ``media``: by report, hashes.

    ``unfetched``: by report, how often a note says why there is no picture; ``given_up``: notes of pictures that killed doors had begun too
    often; ``owed``: pictures that are still to be fetched. ``acts``: how often a step stands in the log,
    as (report, kind, actor, reason). ``claims``: (actor, report), by the audit.
    """

    records: list[Record]
    steps: dict[str, list[tuple[int, str, str | None, str]]]
    media: dict[str, list[str]]
    intake: int
    laid_out: int
    unfetched: dict[str, int] = {}
    given_up: int = 0
    owed: int = 0
    acts: dict[tuple[str, str, str, str], int] = {}
    claims: frozenset[tuple[str, str]] = frozenset()


class OnBus(msgspec.Struct, frozen=True):
    """What Redis holds: reports by id, and the totals."""

    reports: dict[str, Report]
    totals: Totals | None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of what is wrong, but for ``acknowledged``, ``received`` (by the totals on the bus) and ``intake`` (by the store).

    ``lost``: acknowledged, and not in the store. ``twice``: one request, several reports. ``broken_logs``: acknowledged reports whose
    events do not begin with their receipt, leave out a number or come to another state. ``pictures_lost``: acknowledged with a picture
    that has no row or no file. ``fetched``: those that point to a picture and have it; ``noted``: those that have a note of why not;
    ``unfetched``: those that have neither, or more than one; ``given_up``: of ``noted``, those begun too often.
    ``not_on_bus``: of all reports in the store, those that stand on the bus otherwise or not at all.
    ``strange``: on the bus, not in the store. ``laid_out``: lines of the outbox that nobody has told.
    """

    acknowledged: int
    lost: int
    twice: int
    broken_logs: int
    pictures_lost: int
    fetched: int
    noted: int
    unfetched: int
    given_up: int
    not_on_bus: int
    strange: int
    laid_out: int
    intake: int
    received: int | None
    ties_out: bool


def stored(connection: Connection) -> Stored:
    """One look at the whole store."""
    steps: dict[str, list[tuple[int, str, str | None, str]]] = defaultdict(list)
    events = select(EVENTS.c.report, EVENTS.c.revision, EVENTS.c.kind, EVENTS.c.before, EVENTS.c.after)
    for report, *step in connection.execute(events.order_by(EVENTS.c.number)):
        steps[report].append(cast(Any, tuple(step)))
    media: dict[str, list[str]] = defaultdict(list)
    for report, name in connection.execute(select(MEDIA.c.report, MEDIA.c.hash)):
        media[report].append(name)
    unfetched, given_up = Counter[str](), 0
    for report, body in connection.execute(select(EVENTS.c.report, EVENTS.c.body).where(EVENTS.c.kind == "note")):
        words = str(body.get("text", ""))
        unfetched[report] += words.startswith("media_url: ")
        given_up += words.startswith("media_url: given up")
    acts = select(EVENTS.c.report, EVENTS.c.kind, EVENTS.c.actor, EVENTS.c.reason).where(EVENTS.c.reason.is_not(None))
    claims = select(AUDIT.c.actor, AUDIT.c.object).where(AUDIT.c.action == "claim")
    return Stored(
        records=[record_of(row) for row in connection.execute(select(REPORTS)).mappings()],
        steps=dict(steps),
        media=dict(media),
        intake=connection.execute(select(func.count()).select_from(INTAKE)).scalar_one(),
        laid_out=connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one(),
        unfetched=dict(unfetched),
        given_up=given_up,
        owed=connection.execute(select(func.count()).select_from(FETCHES)).scalar_one(),
        acts=dict(Counter((report, kind, actor, reason) for report, kind, actor, reason in connection.execute(acts))),
        claims=frozenset((actor, about.removeprefix("report ")) for actor, about in connection.execute(claims)),
    )


def on_bus(url: str, namespace: str) -> OnBus:
    """Read from Redis without any code of a wall. ``url``: one that may read everything."""
    address = parse_address(url)
    client = cast(Any, redis.Redis(
        unix_socket_path=address.path, username=address.username, password=address.password, protocol=2, socket_timeout=10, driver_info=None
    ))  # fmt: skip
    with closing(client):
        payloads = client.hvals(topic_keys(namespace, REPORT.name).snap)
        told = client.hvals(topic_keys(namespace, TOTALS.name).snap)
    messages = [REPORT.decoder()(payload) for payload in payloads]
    totals = next((body for payload in told if isinstance(body := TOTALS.decoder()(payload).body, Totals)), None)
    return OnBus({m.key: m.body for m in messages if isinstance(m.body, Report)}, totals)


def account(answers: Iterable[Answer], store: Stored, bus: OnBus, city: City, pictures: Path) -> Account:
    """Compares what was acknowledged with what there is."""
    taken = {answer.number: answer for answer in answers if answer.report is not None}
    records = {record.id: record for record in store.records}
    said = Counter(record.description for record in store.records)
    standing = {n: records[a.report] for n, a in taken.items() if a.report in records and records[a.report].description == words_of(n)}
    shown = {record.id: wall_report(record, city) for record in store.records if record.is_shown}
    # Of a report with a picture of its own the first of its rows is that one's.
    pointing = [(len(store.media.get(str(a.report), [])) - a.has_photo, store.unfetched.get(str(a.report), 0)) for a in taken.values()
                if a.has_media_url]  # fmt: skip
    illustrated = [str(a.report) for a in taken.values() if a.has_photo or a.report in store.media]
    return Account(
        acknowledged=len(taken),
        lost=len(taken) - len(standing),
        twice=sum(count - 1 for count in said.values()),
        broken_logs=sum(not _is_whole(record, store.steps.get(record.id, [])) for record in standing.values()),
        pictures_lost=sum(not _has_picture(store.media.get(a, []), pictures) for a in illustrated),
        fetched=pointing.count((1, 0)),
        noted=pointing.count((0, 1)),
        given_up=store.given_up,
        unfetched=sum(found not in ((1, 0), (0, 1)) for found in pointing),
        not_on_bus=sum(bus.reports.get(key) != report for key, report in shown.items()),
        strange=len(bus.reports.keys() - shown.keys()),
        laid_out=store.laid_out,
        intake=store.intake,
        received=bus.totals.received if bus.totals is not None else None,
        ties_out=bus.totals is not None and bus.totals.ties_out(),
    )


def is_told(store: Stored, bus: OnBus, city: City) -> bool:
    """Whether the bus says what the store does, totals too; worth waiting for before anything is judged."""
    shown: Mapping[str, Report] = {record.id: wall_report(record, city) for record in store.records if record.is_shown}
    return store.laid_out == 0 and store.owed == 0 and bus.reports == shown and bus.totals is not None and bus.totals.received == len(shown)


def _is_whole(record: Record, steps: Sequence[tuple[int, str, str | None, str]]) -> bool:
    if [revision for revision, *_ in steps] != list(range(1, record.revision + 1)) or [step[1] for step in steps].count("received") != 1:
        return False
    try:
        lived = state_of(Step(before=ReportState(before) if before else None, after=ReportState(after)) for _, _, before, after in steps)
    except BrokenLog:
        return False
    return steps[0][1] == "received" and lived is record.state


def _has_picture(names: Sequence[str], pictures: Path) -> bool:
    return bool(names) and all((pictures / name[:2] / name[2:4] / name).is_file() for name in names)
