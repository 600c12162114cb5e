"""First figures of pengadaan from OCDS files: a watched folder of them, or addresses. Releases stay here; one figure goes on.

Open Contracting Data Standard 1.0 and 1.1: https://standard.open-contracting.org
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import msgspec

from feeds.indicators.procurement import Account, account_of
from feeds.messages.city import City
from feeds.messages.indicator import PROCUREMENT
from feeds.readers.cells import one_line
from feeds.readers.ocds import Release, ReleaseError, folded, merged, releases_of, word
from feeds.readers.ocds_documents import MAX_DOCUMENT_BYTES, OcdsError, opened
from feeds.readers.ocds_stages import fiscal_year, package_of
from feeds.readers.spellings import moment_of
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

CITY = "city"
ENDINGS = (".json", ".jsonl", ".ndjson", ".gz")
MAX_FILES = 500
MOST_REFUSED = 5_000


class OcdsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``folder`` (in the city folder) or ``urls``. ``year``: only packages of this fiscal year; without it all count.

    ``buyer``: names or ids of those who buy for this city, without it all do. ``procurement_budget``: belanja pengadaan of the year,
    rupiah: of what RUP is announced; OCDS does not say it. ``shown_source`` stands on the panel.
    """

    folder: str | None = None
    urls: tuple[str, ...] = ()
    year: int | None = None
    buyer: tuple[str, ...] = ()
    procurement_budget: int | None = None
    shown_source: str = "OCDS"


def check(options: OcdsOptions, city: City) -> str | None:
    """Why these options do not fit this city, or ``None``."""
    if (options.folder is None) == (not options.urls):
        return "folder: give either this or urls"
    if not all(url.startswith(("https://", "http://")) for url in options.urls):
        return "urls: must be http or https"
    if options.year is not None and not 2000 <= options.year <= 2100:
        return "year: must be a fiscal year"
    if options.procurement_budget is not None and options.procurement_budget <= 0:
        return "procurement_budget: must be rupiah above zero"
    return None if 1 <= len(options.shown_source) <= 60 and options.shown_source.isprintable() else "shown_source: is a short name"


@dataclass
class _Gathering:
    """All that was read in one round: releases by process, and what could not be.

    ``missing``: the first document that could not be taken, and why. The rest is then no figure: it would be a part of one.
    """

    zone: ZoneInfo
    now: datetime
    processes: dict[str, list[Release]] = field(default_factory=dict[str, list[Release]])
    published: list[datetime] = field(default_factory=list[datetime])
    refused: list[tuple[object, str, str]] = field(default_factory=list[tuple[object, str, str]])
    known: set[tuple[str, str, datetime | None]] = field(default_factory=set[tuple[str, str, datetime | None]])
    repeated: int = 0
    missing: str | None = None

    def add(self, document: Document) -> None:
        """Read one document; one that is damaged leaves nothing of itself, since half a package makes a wrong figure."""
        read: list[Release] = []
        refused: list[tuple[object, str, str]] = []
        try:
            source = opened(document.body)
            for number, item in enumerate(source.items, 1):
                try:
                    read.append(releases_of(item, self.zone, self.now, f"{document.name}#{number}"))
                except ReleaseError as problem:
                    refused.append((item, str(problem), _name_of(item)))
                    if len(refused) > MOST_REFUSED and len(refused) > len(read):
                        raise OcdsError(f"holds more than {MOST_REFUSED:,} elements that cannot be read, most of all it holds") from problem
        except OcdsError as problem:
            self.refused.append((None, str(problem), document.name))
            # What follows the question mark of an address may be a key.
            name = document.name.partition("?")[0].rpartition("/")[2]
            self.missing = self.missing or f"{one_line(name, 80) or 'a file'} {problem}"
            return
        self.refused += refused
        self.published += [at for text in source.published if (at := moment_of(text, self.zone)) is not None]
        for release in read:
            held = self.processes.setdefault(release.ocid, [])
            held.append(release)
            known = (release.ocid, release.id, release.dated_at)
            self.repeated += bool(release.id) and known in self.known
            self.known.add(known)

    def as_of(self) -> datetime | None:
        """When this stood so: the newest date of a publication or release that is not in the future."""
        soon = self.now + timedelta(days=1)
        known = [at for at in self.published if at <= soon]
        known += [at for held in self.processes.values() for r in held if (at := r.dated_at) is not None]
        observed = [at for held in self.processes.values() for r in held if (at := r.observed_at) is not None and at <= soon]
        newest = max(known, default=None) or max(observed, default=None)
        return min(newest, self.now) if newest is not None else None


def _name_of(item: object) -> str:
    return word(cast(dict[str, object], item).get("ocid")) if isinstance(item, dict) else ""


@dataclass
class _Result:
    account: Account | None
    taken: int
    elsewhere: int
    refused: list[tuple[object, str, str]]
    remarks: list[str]
    missing: str | None


def _result(documents: Iterable[Document], options: OcdsOptions, zone: ZoneInfo, now: datetime) -> _Result:
    """Everything but telling: runs in a thread, so it touches nothing of the round's context."""
    gathering = _Gathering(zone, now)
    for document in documents:
        gathering.add(document)
    result = _Result(None, 0, 0, gathering.refused, [], gathering.missing)
    if gathering.repeated:
        result.remarks.append(f"{gathering.repeated} releases repeat another's id: what they say is merged")
    as_of = gathering.as_of()
    sizes = {ocid: len(held) for ocid, held in gathering.processes.items()}
    mine = {ocid: release for ocid, held in gathering.processes.items() if _is_ours(release := merged(held), options, result, len(held))}
    if not mine or as_of is None:
        result.taken = sum(sizes[ocid] for ocid in mine)
        if mine:
            result.remarks.append("nothing says when this stood so (no usable publishedDate or date): no figure is made")
        return result
    years = Counter(fiscal_year(release, zone) for release in mine.values())
    chosen = [release for release in mine.values() if options.year is None or fiscal_year(release, zone) in (options.year, None)]
    if options.year is not None and len(chosen) < len(mine):
        result.remarks.append(f"{len(mine) - len(chosen)} packages of other fiscal years than {options.year} are not in the figure")
    elif options.year is None and len(years) > 1:
        result.remarks.append(f"packages of {len(years)} fiscal years are counted together: the option year chooses one")
    if not chosen:
        result.taken = sum(sizes[ocid] for ocid in mine)
        return result
    result.account = account_of(
        [package_of(release, as_of) for release in chosen],
        year=options.year or as_of.astimezone(zone).year,
        as_of=as_of,
        source=options.shown_source,
        spending=options.procurement_budget,
    )
    result.remarks += result.account.remarks
    result.refused += [(None, reason, ocid) for ocid, reason in result.account.quarantined.items()]
    result.taken = sum(size for ocid, size in sizes.items() if ocid in mine and ocid not in result.account.quarantined)
    return result


def _is_ours(release: Release, options: OcdsOptions, result: _Result, releases: int) -> bool:
    if not options.buyer or {folded(name) for name in options.buyer}.intersection(release.buyers):
        return True
    if release.buyers:
        result.elsewhere += releases
    else:
        result.refused += [(None, "names no buyer, so nobody can say whose it is", release.ocid)] * releases
    return False


def _observed(ctx: CollectorContext[OcdsOptions], result: _Result) -> Iterator[Observed]:
    for record, reason, name in result.refused:
        ctx.quarantine(record, reason, name=name)
    for remark in result.remarks:
        ctx.remark(remark)
    ctx.taken(result.taken)
    ctx.elsewhere(result.elsewhere)
    if result.account is not None and result.missing is None:
        figure = result.account.figure
        yield Observed(topic=PROCUREMENT, key=CITY, body=figure, observed_at=figure.as_of)


def read(ctx: CollectorContext[OcdsOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The one figure of documents that belong together."""
    yield from _observed(ctx, _result(documents, ctx.options, ZoneInfo(ctx.city.time_zone), ctx.clock()))


COLLECTOR = CollectorSpec(
    key="ocds",
    title="OCDS",
    sink=Sink.BUS,
    topics=(PROCUREMENT,),
    kind=Poll(every_s=3600.0, timeout_s=300.0),
    options=OcdsOptions,
    check=check,
    terms="As the publisher's licence says (package field license); names of persons and contact points are not taken over.",
    requests_per_minute=12,
    max_bytes=MAX_DOCUMENT_BYTES,
    read=read,
    standard="Open Contracting Data Standard 1.0 and 1.1: release and record packages, also JSON Lines and gzip",
    recorded=(
        "ocds/bandung_birms_sample_release_package.json",
        "ocds/bandung_birms_edge_cases.json",
        "ocds/libcove_badfile.json",
        "ocds/libcove_dupe_ids.json",
        "ocds/libcove_empty_fields_releases.json",
        "ocds/oc_metrics_ext_physical_progress.json",
        "ocds/oc_sample11_06-implementation.json",
        "ocds/oc_sample11_all_releases.json",
        "ocds/oc_std_implementation_milestones_partially_met.json",
        "oc4ids/oc4ids_example.json",
        "oc4ids/libcove_invalid-json.json",
    ),
    bad_input="tests/collectors/test_ocds.py",
    sample=Sample(
        options={"urls": ["{base}/releases.json"]},
        answers={
            "/releases.json": '{"version": "1.1", "publishedDate": "2026-11-21T18:00:00+07:00", '
            '"releases": [{"ocid": "ocds-x-1", "id": "1", '
            '"date": "2026-11-20T09:00:00+07:00", "tag": ["contract"], "planning": {"budget": {"id": "48120001", '
            '"amount": {"amount": 500000000, "currency": "IDR"}}}, "tender": {"id": "1", "status": "complete", '
            '"value": {"amount": 480000000, "currency": "IDR"}, "tenderPeriod": {"startDate": "2026-02-02T00:00:00+07:00"}}, '
            '"awards": [{"id": "1", "status": "active", "value": {"amount": 450000000, "currency": "IDR"}}], "contracts": [{"id": "1", '
            '"awardID": "1", "status": "active", "value": {"amount": 450000000, "currency": "IDR"}}]}]}',
        },
    ),
)


async def collect(ctx: CollectorContext[OcdsOptions]) -> AsyncGenerator[Observed, None]:
    """One figure of all files or addresses. Where one is silent or refused the last figure stays: a part would be a wrong one."""
    options = ctx.options
    if options.folder is not None:
        documents: Iterable[Document] = await asyncio.to_thread(files_of, ctx.city.folder / options.folder)
    else:
        documents = [Document(name=url, body=(await ctx.http.get(url)).body) for url in options.urls]
    result = await asyncio.to_thread(_result, documents, options, ZoneInfo(ctx.city.time_zone), ctx.clock().astimezone(UTC))
    records = list(_observed(ctx, result))
    if result.missing is not None:
        raise SourceDown(f"{result.missing}: a figure without it would be a part")
    if not records:
        reasons = dict.fromkeys([*(reason for _, reason, _ in result.refused), *result.remarks])
        raise SourceDown("no release could be used" + (f": {'; '.join(list(reasons)[:3])}" if reasons else ""))
    for record in records:
        yield record


def files_of(folder: Path) -> Iterator[Document]:
    """The files of a folder that may be OCDS, opened one at a time; raises ``SourceDown``."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS) and not path.name.startswith("."))
    except OSError as problem:
        raise SourceDown(f"the folder {folder.name} cannot be read ({type(problem).__name__})") from problem
    if len(paths) > MAX_FILES:
        raise SourceDown(f"the folder {folder.name} holds more than {MAX_FILES} files")
    return _opened(paths)


def _opened(paths: Sequence[Path]) -> Iterator[Document]:
    for path in paths:
        try:
            yield Document(name=path.name, body=path.read_bytes())
        except OSError as problem:
            raise SourceDown(f"{path.name} cannot be read ({type(problem).__name__})") from problem
