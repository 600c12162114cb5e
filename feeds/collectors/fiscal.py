"""First figures of keuangan from fiscal tables: a Fiscal Data Package or plain CSV files, in a watched folder or at addresses.

https://specs.frictionlessdata.io/fiscal-data-package/ ; rows stay here, one figure goes on.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from feeds.indicators.finance import Books, CashPlan, budget_of, finance_of, plan_of
from feeds.messages.city import City
from feeds.messages.indicator import FINANCE, Finance
from feeds.readers.cells import one_line
from feeds.readers.delimited import MAX_TABLE_BYTES, TableError, table_of
from feeds.readers.fiscal_columns import ROLES, Columns, columns_of, with_package
from feeds.readers.fiscal_package import Resource, is_descriptor, resources_of
from feeds.readers.fiscal_plan import plan_values
from feeds.readers.fiscal_rows import Setting, rows_of
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

CITY = "city"
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".csv.gz", ".tsv.gz")
MAX_FILES = 200
RUPIAH = "IDR"
"""What a figure is in: its message says no currency, and the wall writes Rp before it."""


class FiscalOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``folder`` (in the city folder) or ``urls``. ``currency``: tables in others are refused; ``check`` allows rupiah only.

    ``columns``: role -> column name where a header does not say it (``fiscal_columns.ROLES``). ``agencies``: text in the file -> code.
    ``year`` and ``as_of`` fix what is shown, for recorded data. ``monthly_plan``: name of the file with the cash plan of ``year``;
    ``plan_version`` is shown with it, ``shown_source`` as the source.
    """

    folder: str | None = None
    urls: tuple[str, ...] = ()
    currency: str = RUPIAH
    encoding: str | None = None
    columns: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    agencies: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    year: int | None = None
    as_of: date | None = None
    monthly_plan: str | None = None
    plan_version: str = "rencana kas"
    shown_source: str = "APBD"


def check(options: FiscalOptions, city: City) -> str | None:
    """Why these options do not fit this city, or ``None``."""
    if (options.folder is None) == (not options.urls):
        return "folder: give either this or urls"
    if not all(url.startswith(("https://", "http://")) for url in options.urls):
        return "urls: must be http or https"
    unknown = next((role for role in options.columns if role not in ROLES), None)
    if unknown is not None:
        return f"columns.{unknown}: is no role; there are {', '.join(ROLES)}"
    known = {agency.code for agency in city.agencies}
    stranger = next((text for text, code in options.agencies.items() if code not in known), None)
    if stranger is not None:
        return f"agencies: {options.agencies[stranger]!r} is not an agency of {city.name}"
    if not (len(options.currency) == 3 and options.currency.isalpha() and options.currency.isupper()):
        return "currency: must be an ISO 4217 code, as in IDR"
    if options.currency != RUPIAH:
        return f"currency: the wall shows rupiah (IDR) only, so {options.currency} cannot be shown"
    if options.year is not None and not 2000 <= options.year <= 2100:
        return "year: must be a fiscal year"
    texts = (options.shown_source, options.plan_version)
    return None if all(1 <= len(text) <= 60 and text.isprintable() for text in texts) else "shown_source: is a short name"


@dataclass
class _Gathering:
    """All that was read in one round. Runs in a thread, so it touches nothing of the round's context.

    ``missing``: the first document that could not be taken whole, and why. The rest is then no figure: it would be a part of one.
    """

    options: FiscalOptions
    setting: Setting
    books: Books = field(default_factory=Books)
    taken: int = 0
    excluded: Counter[str] = field(default_factory=Counter[str])
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    missing: str | None = None
    remarks: list[str] = field(default_factory=list[str])
    plan: Sequence[tuple[Decimal, bool]] | None = None

    def read(self, documents: Sequence[Document]) -> None:
        """Descriptors first: they say what the columns of the tables mean."""
        resources: list[tuple[str, Resource]] = []
        tables: list[Document] = []
        for document in documents:
            if not is_descriptor(document.body):
                tables.append(document)
                continue
            try:
                resources += [(document.name, resource) for resource in resources_of(document.body)]
            except TableError as problem:
                self._refuse(document.name, str(problem))
        used: set[int] = set()
        for document in tables:
            try:
                if document.name == self.options.monthly_plan:
                    self.plan = plan_values(document.body)
                else:
                    self._table(document, resources, used)
            except TableError as problem:
                self._refuse(document.name, str(problem))
        for place, (name, resource) in enumerate(resources):
            if place not in used and resource.ignored is None:
                self._refuse(name, "a table the package names is not beside it, or has other columns")

    def _refuse(self, name: str, reason: str) -> None:
        self.refused.append((name, reason))
        # What follows the question mark of an address may be a key.
        self.missing = self.missing or f"{one_line(name.partition('?')[0], 80) or 'a file'} {reason}"

    def _table(self, document: Document, resources: Sequence[tuple[str, Resource]], used: set[int]) -> None:
        table = table_of(document.body, encoding=self.options.encoding)
        place = _match(document.name, table.header, [resource for _, resource in resources], used)
        resource = resources[place][1] if place is not None else None
        is_true = resource is not None and resource.sources <= set(table.header)
        if is_true and place is not None:
            used.add(place)
        named = self.options.columns if self._has_named(table.header) else {}
        is_money_told = is_true and resource is not None and bool(resource.columns.measures)
        columns = columns_of(table.header, named, is_money_told=is_money_told)
        if resource is not None:
            if resource.ignored is not None:
                self.refused.append((document.name, resource.ignored))
                return
            encoding = self.options.encoding or resource.encoding
            table = table_of(
                document.body, encoding=encoding, delimiter=resource.delimiter if resource.delimiter == table.delimiter else None
            )
            told = resource.columns if is_true else Columns(currency_code=resource.columns.currency_code)
            columns = with_package(columns, told)
        outcome = rows_of(table, columns, document.name, self.setting)
        self.books.budget += outcome.books.budget
        self.books.payments += outcome.books.payments
        self.books.standings += outcome.books.standings
        self.taken += outcome.read
        self.excluded += outcome.excluded
        self.refused += [(f"{document.name}#{line}", reason) for line, reason in outcome.refused]

    def _has_named(self, header: Sequence[str]) -> bool:
        """A folder may hold tables of several kinds: named columns hold for those that have one of them."""
        folded = {name.casefold() for name in header}
        return any(name.casefold() in folded for name in self.options.columns.values()) or not self.options.columns

    def figure(self) -> Finance | None:
        options, today = self.options, self.setting.today
        excluded = sum(self.excluded.values())
        account = finance_of(
            self.books,
            today=today,
            year=options.year,
            as_of=options.as_of,
            plan=self._cash_plan(),
            source=options.shown_source,
            excluded=excluded,
        )
        self.remarks += [f"{count} rows are not in the sums: {reason}" for reason, count in sorted(self.excluded.items())]
        self.remarks += account.remarks
        return account.figure

    def _cash_plan(self) -> CashPlan | None:
        if self.options.monthly_plan is None:
            return None
        if self.plan is None:
            self.remarks.append("the monthly plan is not among the files, or cannot be read: there is no target")
            return None
        is_percent = all(percent for _, percent in self.plan)
        limit = min(self.options.as_of or self.setting.today, self.setting.today)
        budget = None if is_percent else budget_of(self.books, self.options.year, limit) or Decimal(0)
        made = plan_of([value for value, _ in self.plan], budget, self.options.plan_version)
        if isinstance(made, CashPlan):
            return made
        self.remarks.append(f"there is no target: {made}")
        return None


def _match(name: str, header: Sequence[str], resources: Sequence[Resource], used: set[int]) -> int | None:
    """The resource a file belongs to: of the same name, else the one unused whose columns it has."""
    base = name.rpartition("/")[2].removesuffix(".gz")
    columns = set(header)
    fitting = [place for place, one in enumerate(resources) if one.sources and one.sources <= columns]
    named = [place for place, one in enumerate(resources) if one.path.rpartition("/")[2].removesuffix(".gz") == base]
    unused = [place for place in fitting if place not in used]
    return next(iter([*named, *unused]), None)


def _gathered(documents: Sequence[Document], options: FiscalOptions, city: City, now: datetime) -> tuple[_Gathering, Finance | None]:
    zone = ZoneInfo(city.time_zone)
    names = {word.casefold(): agency.code for agency in city.agencies for word in (agency.code, agency.name, agency.short)}
    names |= {text.casefold(): code for text, code in options.agencies.items()}
    setting = Setting(options.currency, zone, now.astimezone(zone).date(), lambda text: names.get(text.casefold()))
    gathering = _Gathering(options, setting)
    gathering.read(documents)
    return gathering, gathering.figure()


def _observed(ctx: CollectorContext[FiscalOptions], gathering: _Gathering, figure: Finance | None) -> Iterator[Observed]:
    for name, reason in gathering.refused:
        ctx.quarantine(None, reason, name=name)
    for remark in gathering.remarks:
        ctx.remark(remark)
    ctx.taken(gathering.taken)
    if figure is not None and gathering.missing is None:
        zone = ZoneInfo(ctx.city.time_zone)
        ended = datetime(figure.as_of.year, figure.as_of.month, figure.as_of.day, 23, 59, 59, tzinfo=zone)
        yield Observed(topic=FINANCE, key=CITY, body=figure, observed_at=min(ended, ctx.clock()))


def read(ctx: CollectorContext[FiscalOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The one figure of tables and descriptors that belong together."""
    yield from _observed(ctx, *_gathered(documents, ctx.options, ctx.city, ctx.clock()))


COLLECTOR = CollectorSpec(
    key="fiscal",
    title="APBD",
    sink=Sink.BUS,
    topics=(FINANCE,),
    kind=Poll(every_s=3600.0, timeout_s=300.0),
    options=FiscalOptions,
    check=check,
    terms="The city's own books, or open data as its package's licence says; names of payees are not taken over.",
    requests_per_minute=12,
    max_bytes=MAX_TABLE_BYTES,
    read=read,
    standard="Fiscal Data Package 1.0 and its older mapping; CSV (RFC 4180 and what offices make of it)",
    recorded=(
        "fiscal/fdp_al-treasury.csv",
        "fiscal/fdp_al-treasury_datapackage.json",
        "fiscal/fdp_eu_absorption_rate.csv",
        "fiscal/fdp_minimal_budget.csv",
        "fiscal/fdp_minimal_datapackage.json",
        "fiscal/mk_budget_and_rebalance_sample.csv",
    ),
    bad_input="tests/collectors/test_fiscal.py",
    sample=Sample(
        options={"urls": ["{base}/pagu.csv", "{base}/sp2d.csv"]},
        answers={
            "/pagu.csv": "Kode;OPD;Pagu\n5.1;dishub;\"1.000.000.000,00\"\n5.2;dlh;\"500.000.000,00\"\n",
            "/sp2d.csv": "Nomor SP2D;Tanggal SP2D;OPD;Nilai SP2D\n"
            "1;31/03/2026;dishub;\"300.000.000,00\"\n2;30/06/2026;dlh;\"150.000.000,00\"\n",
        },
    ),
)  # fmt: skip


async def collect(ctx: CollectorContext[FiscalOptions]) -> AsyncGenerator[Observed, None]:
    """One figure of all files or addresses. Where one is silent or refused the last figure stays: a part would be a wrong one."""
    options = ctx.options
    if options.folder is not None:
        documents = await asyncio.to_thread(_files, ctx.city.folder / options.folder)
    else:
        documents = [Document(name=url.rpartition("/")[2] or url, body=(await ctx.http.get(url)).body) for url in options.urls]
    gathering, figure = await asyncio.to_thread(_gathered, documents, options, ctx.city, ctx.clock())
    records = list(_observed(ctx, gathering, figure))
    if gathering.missing is not None:
        raise SourceDown(f"{gathering.missing}: a figure without it would be a part")
    if not records:
        reasons = dict.fromkeys([*(reason for _, reason in gathering.refused), *gathering.remarks])
        raise SourceDown("no row could be used" + (f": {'; '.join(list(reasons)[:3])}" if reasons else ""))
    for record in records:
        yield record


def _files(folder: Path) -> list[Document]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith(ENDINGS) and not path.name.startswith((".", "~")))
        if len(paths) > MAX_FILES:
            raise SourceDown(f"the folder {folder.name} holds more than {MAX_FILES} files")
        return [Document(name=path.name, body=path.read_bytes()) for path in paths]
    except OSError as problem:
        raise SourceDown(f"the folder {folder.name} cannot be read ({type(problem).__name__})") from problem
