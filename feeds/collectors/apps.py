"""The city's connected applications: one GET each, gently, and what it says: up, up with old data, down, in maintenance.

Rules: docs of the product (up = good probes of all without maintenance; an answer with old data is the useful state).
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from feeds.applications import complaint_about, is_in_maintenance
from feeds.messages.application import APPLICATION, Application, ApplicationState
from feeds.messages.city import City, CityApplication
from feeds.readers.application_list import ApplicationRefused, read_applications
from feeds.readers.application_state import Finding, Remembered, found, remember
from feeds.readers.station_table import TableError
from feeds.runtime.certificates import unproven_certificate_end
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown, each_document
from feeds.runtime.reaching import CertificateRefused, NotAsked, Unreached, is_by_proxy

MAX_BYTES = 256 * 1024
"""Of an answer only this much is read: enough for a page's head and its newest line."""

AT_ONCE = 8
AT_ONCE_ON_A_HOST = 2
BUDGET_S = 80.0
"""No probe begins later in a round: applications that hang must not make the others' figures old."""

LONGEST_PROBE_S = 20.0
CERTIFICATE_AGAIN = timedelta(hours=6)
_BUSY = 429


class AppsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``applications`` stand in for the city's own list. ``probe_s``: how long one answer may take."""

    applications: tuple[CityApplication, ...] = ()
    probe_s: float = 10.0


def check(options: AppsOptions, city: City) -> str | None:
    """Why these options do not fit this city, or ``None``."""
    if not options.applications and not city.applications:
        return "applications: neither these nor a list of the city is given, so there is nothing to probe"
    for index, application in enumerate(options.applications):
        complaint = complaint_about(application)
        if complaint is not None:
            return f"applications[{index}].{complaint.field}: {complaint.problem}; {complaint.remedy}"
    ids = [application.id for application in options.applications]
    if len(set(ids)) < len(ids):
        return "applications: an id is there twice"
    return None if 0 < options.probe_s <= LONGEST_PROBE_S else f"probe_s: must be seconds from 0 to {LONGEST_PROBE_S:g}"


def read(ctx: CollectorContext[AppsOptions], document: Document) -> Iterator[Observed]:
    """Counts and checks a list of applications; yields nothing, since a list says nothing of how they are."""
    groups: set[str] = set()
    count = 0
    try:
        for entry in read_applications(document.body):
            if isinstance(entry, CityApplication):
                count += 1
                groups.add(entry.group)
            else:
                row, problem, key = entry
                ctx.quarantine(row, str(problem), name=key)
    except (TableError, ApplicationRefused) as problem:
        raise SourceDown(f"a list of applications {problem}") from problem
    ctx.taken(count)
    ctx.remark(f"{count} applications, {len(groups)} groups")
    yield from ()


COLLECTOR = CollectorSpec(
    key="apps",
    title="Aplikasi kota",
    sink=Sink.BUS,
    topics=(APPLICATION,),
    kind=Poll(every_s=120.0, timeout_s=110.0),
    options=AppsOptions,
    check=check,
    terms="The city's own applications; one GET each in two minutes, at most two at a time on one host.",
    requests_per_minute=120,
    read=each_document(read),
    standard="HTTP/1.1 (RFC 9110, 9112), X.509 (RFC 5280); lists in TOML, JSON or CSV",
    recorded=(),
    bad_input="tests/collectors/test_apps.py",
    sample=Sample(
        options={
            "applications": [
                {"id": "situs", "name": "Situs kota", "group": "Informasi", "url": "{base}/", "expect": "Kota"},
                {
                    "id": "antre",
                    "name": "Antrean",
                    "group": "Layanan",
                    "url": "{base}/q",
                    "expect": "Antrean",
                    "data_pattern": "per ([0-9T:+-]+)",
                },
            ]
        },
        answers={"/": "<title>Kota</title>", "/q": "Antrean per 2026-11-22T08:55:00+07:00"},
    ),
)


async def collect(ctx: CollectorContext[AppsOptions]) -> AsyncGenerator[Observed, None]:
    """Every application as far as it is known after this round; raises ``SourceDown`` when nobody at all was reached."""
    wanted = ctx.options.applications or ctx.city.applications
    known = _known(ctx, wanted)
    round_ = _Round(ctx, known)
    # Those whose turn did not come the last time are first.
    await round_.probe(sorted(wanted, key=lambda one: at.timestamp() if (at := known[one.id].looked_at) else 0.0))
    if round_.tried and len(round_.unreached) == round_.tried:
        raise SourceDown(f"none of {round_.tried} applications was reached, is this machine's own network there? {round_.unreached[0]}")
    if round_.left_alone == len(wanted):
        raise SourceDown("every application asked for a pause that is not over")
    for one in wanted:
        application = round_.seen.get(one.id) or known[one.id].application
        if application is not None:
            yield Observed(topic=APPLICATION, key=one.id, body=application, observed_at=application.checked_at)


def _known(ctx: CollectorContext[AppsOptions], wanted: Sequence[CityApplication]) -> dict[str, Remembered]:
    known: dict[str, Remembered] = ctx.memory.setdefault("applications", {})
    fresh = [one for one in wanted if one.id not in known]
    standing: Mapping[str, Any] = ctx.standing(APPLICATION) if fresh else {}
    for one in fresh:
        before = standing.get(one.id)
        known[one.id] = Remembered(application=before if isinstance(before, Application) else None)
    return known


class _Round:
    """One round of probes; what nobody reached is told apart from what was found, until it is clear whose fault it was."""

    def __init__(self, ctx: CollectorContext[AppsOptions], known: dict[str, Remembered]) -> None:
        self._ctx = ctx
        self._known = known
        self._zone = ZoneInfo(ctx.city.time_zone)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE_ON_A_HOST))
        self.seen: dict[str, Application] = {}
        self.tried = 0
        self.left_alone = 0
        self.unreached: list[str] = []
        self._pending: list[tuple[CityApplication, Finding]] = []

    async def probe(self, wanted: Sequence[CityApplication]) -> None:
        """Look at each while the round's time lasts."""
        waiting = list(wanted)
        ends_at = asyncio.get_running_loop().time() + BUDGET_S

        async def work() -> None:
            while waiting and asyncio.get_running_loop().time() < ends_at:
                await self._look(waiting.pop(0))

        # The end is for hosts with so many applications that their pace makes the last ones wait.
        with suppress(TimeoutError):
            async with asyncio.timeout(BUDGET_S + LONGEST_PROBE_S), asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(waiting))):
                    group.create_task(work())
        if waiting:
            self._ctx.remark("some applications hang so long that others were not probed in this round: their turn is next")
        if len(self.unreached) < self.tried:
            for one, finding in self._pending:
                self._settle(one, finding)

    async def _look(self, one: CityApplication) -> None:
        if is_in_maintenance(one.maintenance, self._ctx.clock().astimezone(self._zone)):
            self._settle(one, Finding(ApplicationState.MAINTENANCE))
            return
        async with self._hosts[urlsplit(one.url).netloc]:
            await self._ask(one)

    async def _ask(self, one: CityApplication) -> None:
        known = self._known[one.id]
        try:
            self.tried += 1
            probed = await self._ctx.http.probe(one.url, max_bytes=MAX_BYTES, timeout_s=self._ctx.options.probe_s)
        except NotAsked:
            self.tried -= 1
            self.left_alone += 1
            known.looked_at = self._ctx.clock()
        except Unreached as problem:
            self.unreached.append(str(problem))
            known.looked_at = self._ctx.clock()
            self._pending.append((one, _down(problem, one)))
        except CertificateRefused as problem:
            await self._read_unproven(one, known)
            self._settle(one, _down(problem, one))
        except SourceDown as problem:
            self._settle(one, _down(problem, one))
        else:
            known.certificate_ends_at = probed.certificate_ends_at
            if probed.status == _BUSY and known.application is not None:
                known.looked_at = self._ctx.clock()
                self._ctx.remark("an application asks to be probed less often: it stays as it was")
                return
            latency_ms, now = probed.latency_ms, self._ctx.clock()
            self._settle(one, found(one, probed.status, probed.text, is_cut=probed.is_cut, latency_ms=latency_ms, now=now, zone=self._zone))

    def _settle(self, one: CityApplication, finding: Finding) -> None:
        self.seen[one.id] = remember(self._known[one.id], one, finding, self._ctx.clock())

    async def _read_unproven(self, one: CityApplication, known: Remembered) -> None:
        """When a certificate ends is worth knowing above all when it is refused; asked apart, so seldom."""
        now, parts = self._ctx.clock(), urlsplit(one.url)
        if known.certificate_read_at is not None and now - known.certificate_read_at < CERTIFICATE_AGAIN:
            return
        known.certificate_read_at, known.certificate_ends_at = now, None
        if parts.scheme == "https" and parts.hostname and not is_by_proxy(one.url):
            known.certificate_ends_at = await unproven_certificate_end(parts.hostname, parts.port or 443, timeout_s=5.0)


def _down(problem: SourceDown, one: CityApplication) -> Finding:
    return Finding(ApplicationState.DOWN, _without_address(problem, one), fault=problem.fault, figure=problem.figure)


def _without_address(problem: SourceDown, one: CityApplication) -> str:
    """The reason without the address, which stands beside it as a name; an internal one is nobody's business."""
    shown = str(problem)
    start = shown.find(" ") if shown.startswith(("http://", "https://")) else -1
    return shown[start + 1 :].lstrip(": ") if start >= 0 else shown
