"""Turns the rows of a fiscal table into budget lines, payments and running totals. Pure.

Each trap of domain.md section 4 that a table can hold is met here: hierarchical rows, totals, corrections, repeated payments, percent.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from itertools import islice

import msgspec

from feeds.indicators.finance import Books, BudgetLine, Payment, Standing
from feeds.readers.delimited import Table, TableError
from feeds.readers.fiscal_columns import Columns, Meaning, Measure, phase_of
from feeds.readers.spellings import decimal_mark, decimal_of, is_month_first, moment_of

SAMPLE = 2_000
KNOWN_DAYS = 5_000
MOST_REFUSED = 5_000
MOST_MONEY = Decimal(10) ** 17
_TOTAL = re.compile(r"\s*(grand\s+|sub[\s-]*)?(total|jumlah|ukupno|вкупно|summe|gesamt)\b", re.IGNORECASE)
_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


@dataclass
class Outcome:
    """What a table gave: ``read`` rows were understood; ``excluded`` of them are left out on purpose; ``refused``: line and reason."""

    books: Books = field(default_factory=Books)
    read: int = 0
    excluded: Counter[str] = field(default_factory=Counter[str])
    refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class RowError(ValueError):
    """A row that may not go on; names the column's role, never what stands in it."""


class _Row(msgspec.Struct, gc=False):
    """One row with its cells read. ``group``: what rows are of one kind, within which codes form a hierarchy; ``agency``: as written."""

    line: int
    code: str
    group: tuple[str, ...]
    agency: str
    is_total: bool
    entries: list[BudgetLine | Payment | Standing]


@dataclass(frozen=True)
class Setting:
    """What holds for all tables of a city. ``agency_of`` gives the city's code for a text in a file, or ``None``."""

    currency: str
    zone: tzinfo
    today: date
    agency_of: Callable[[str], str | None]


def rows_of(table: Table, columns: Columns, name: str, setting: Setting) -> Outcome:
    """The entries of a table; raises ``TableError`` when none of it may be summed. ``name``: of the file, it may tell a date."""
    reader = _Reader(table, columns, name, setting)
    outcome = Outcome()
    kept: list[_Row] = []
    # Payments come by the million: they are held as sums of a day, and known by a hash of what tells them apart.
    days: dict[tuple[date, str | None], Decimal] = {}
    seen: set[int] = set()
    for line, cells in table.rows():
        try:
            row = reader.row(line, cells, outcome)
        except RowError as problem:
            outcome.refused.append((line, str(problem)))
            if len(outcome.refused) > MOST_REFUSED and len(outcome.refused) > outcome.read:
                raise TableError(f"has more than {MOST_REFUSED:,} rows that cannot be read, most of all it has") from problem
            continue
        if row is None:
            continue
        document = reader.document(cells or [])
        if document is not None and document in seen:
            outcome.excluded["the same payment document twice"] += 1
            continue
        if document is not None:
            seen.add(document)
        if row.entries and all(isinstance(entry, Payment) for entry in row.entries):
            for entry in row.entries:
                if isinstance(entry, Payment):
                    days[entry.paid_on, entry.agency] = days.get((entry.paid_on, entry.agency), Decimal(0)) + entry.amount
        else:
            kept.append(row)
    outcome.books.payments = [Payment(amount, day, agency) for (day, agency), amount in days.items()]
    for row in _leaves(kept, outcome):
        for entry in row.entries:
            books = outcome.books
            if isinstance(entry, BudgetLine):
                books.budget.append(entry)
            elif isinstance(entry, Standing):
                books.standings.append(entry)
            else:
                books.payments.append(entry)
    return outcome


def _leaves(rows: Sequence[_Row], outcome: Outcome) -> Iterator[_Row]:
    """Rows that are no sum of others: in a hierarchy of dotted codes those with none below them, and no totals."""
    # A row without an agency stands above (or, where the agency is written once, below) those of any.
    parents: set[tuple[tuple[str, ...], str, str]] = set()
    of_any: set[tuple[tuple[str, ...], str]] = set()
    for row in rows:
        parts = row.code.split(".")
        for place in range(1, len(parts)):
            above = ".".join(parts[:place])
            parents.add((row.group, above, row.agency))
            of_any.add((row.group, above))
    is_accounts = any(row.code == "5" or row.code.startswith("5.") for row in rows)
    for row in rows:
        if row.is_total:
            outcome.excluded["a total of other rows"] += 1
        elif _is_parent(row, parents, of_any):
            outcome.excluded["a sum of the rows below it"] += 1
        elif is_accounts and row.code.split(".")[0] in ("4", "6"):
            outcome.excluded["income or financing, not spending"] += 1
        else:
            yield row


def _is_parent(row: _Row, parents: Set[tuple[tuple[str, ...], str, str]], of_any: Set[tuple[tuple[str, ...], str]]) -> bool:
    if not row.code:
        return False
    if not row.agency:
        return (row.group, row.code) in of_any
    return (row.group, row.code, row.agency) in parents or (row.group, row.code, "") in parents


def _left_out(reason: str, outcome: Outcome) -> None:
    outcome.read += 1
    outcome.excluded[reason] += 1


class _Reader:
    def __init__(self, table: Table, columns: Columns, name: str, setting: Setting) -> None:
        self._columns = columns
        self._setting = setting
        self._places = {column: place for place, column in reversed(list(enumerate(table.header)))}
        _refuse_unusable(columns, self._places, setting)
        sample = [cells for _, cells in islice(table.rows(), SAMPLE) if cells is not None]
        self._marks = {m.column: columns.decimal_mark or decimal_mark(self._texts(sample, m.column)) for m in columns.measures}
        is_us = columns.is_month_first
        self._is_month_first = is_month_first(self._texts(sample, columns.date)) if is_us is None and columns.date else bool(is_us)
        found = _IN_NAME.search(name)
        told = moment_of("-".join(found.groups()), setting.zone) if found is not None else None
        self._named_day = told.astimezone(setting.zone).date() if told is not None else None
        self._known_days: dict[str, date] = {}
        meanings = {measure.meaning for measure in columns.measures}
        self._has_budget = bool(meanings & {Meaning.APPROVED, Meaning.ADJUSTED})
        self._words = [place for column, place in self._places.items() if column and column not in self._marks]
        if meanings == {Meaning.AMOUNT} and columns.phase is None and columns.date is None:
            raise TableError(
                "has amounts, but nothing says whether they are budget or payments: name the column in columns.budget or executed"
            )

    def _texts(self, sample: Sequence[list[str]], column: str) -> list[str]:
        return [cells[self._places[column]] for cells in sample]

    def _cell(self, cells: Sequence[str], column: str | None) -> str:
        return cells[self._places[column]] if column is not None else ""

    def document(self, cells: Sequence[str]) -> int | None:
        """By what a payment is known: a hash of its document's number, day, account, agency and amount; ``None`` without numbers.

        One document pays several accounts, and they may cost the same.
        """
        columns = self._columns
        number = self._cell(cells, columns.number) if columns.number is not None and columns.date is not None and cells else ""
        if not number:
            return None
        told = [columns.date, columns.code, columns.agency, *(measure.column for measure in columns.measures)]
        return hash((number, *(self._cell(cells, column) for column in told)))

    def row(self, line: int, cells: list[str] | None, outcome: Outcome) -> _Row | None:
        """One row; ``None`` when it has no money, or is left out with the reason counted; raises ``RowError``."""
        if cells is None:
            raise RowError("has more cells than the header")
        columns = self._columns
        is_total = not self._cell(cells, columns.date) and any(_TOTAL.match(cells[place]) for place in self._words)
        is_total = is_total or (self._has_budget and any(_TOTAL.match(cells[place]) for place in self._words))
        is_total = is_total and not self._cell(cells, columns.code)
        currency = self._cell(cells, columns.currency).upper()
        direction = self._cell(cells, columns.direction).casefold()
        if currency and currency != self._setting.currency:
            return _left_out("another currency", outcome)
        if direction in ("revenue", "income", "pendapatan"):
            return _left_out("income or financing, not spending", outcome)
        day = None if is_total else self._day(cells)
        amounts = [(m, amount) for m in columns.measures if (amount := self._amount(cells, m)) is not None]
        if not amounts:
            return None
        agency = self._setting.agency_of(self._cell(cells, columns.agency)) if columns.agency is not None else None
        entries = [] if is_total else [e for m, amount in amounts if (e := self._entry(m, amount, day, cells, agency, outcome)) is not None]
        outcome.read += 1
        if any(isinstance(entry, Payment) for entry in entries):
            return _Row(line, "", (), "", is_total, entries)
        group = tuple(self._cell(cells, column) for column in (columns.date, columns.year, columns.phase))
        dotted = re.sub(r"\s+", "", self._cell(cells, columns.code).strip(". "))
        code = dotted if re.fullmatch(r"[\w]+(\.[\w]+)*", dotted) else ""
        payer = self._cell(cells, columns.agency).strip()
        return _Row(line, code, group, "" if payer.casefold() in columns.missing else payer, is_total, entries)

    def _day(self, cells: list[str]) -> date | None:
        if self._columns.date is None:
            return self._named_day
        text = self._cell(cells, self._columns.date)
        known = self._known_days.get(text)
        if known is not None:
            return known
        at = moment_of(text, self._setting.zone, is_month_first=self._is_month_first)
        if at is None:
            raise RowError("date is missing" if not text else "date is no date")
        day = at.astimezone(self._setting.zone).date()
        if len(self._known_days) < KNOWN_DAYS:
            self._known_days[text] = day
        return day

    def _amount(self, cells: list[str], measure: Measure) -> Decimal | None:
        text = self._cell(cells, measure.column)
        if text.casefold() in self._columns.missing:
            return None
        number = decimal_of(text, self._marks[measure.column])
        if number is None:
            raise RowError(f"{measure.meaning} is a percentage, no amount" if "%" in text else f"{measure.meaning} is not a number")
        amount = number * Decimal(str(measure.factor))
        if abs(amount) > MOST_MONEY:
            raise RowError(f"{measure.meaning} is beyond any budget")
        return amount

    def _entry(
        self, measure: Measure, amount: Decimal, day: date | None, cells: list[str], agency: str | None, outcome: Outcome
    ) -> BudgetLine | Payment | Standing | None:
        columns = self._columns
        meaning = measure.meaning
        if meaning is Meaning.AMOUNT and columns.phase is not None:
            meaning = phase_of(self._cell(cells, columns.phase)) or Meaning.AMOUNT
            if meaning is Meaning.AMOUNT:
                raise RowError("phase is none of approved, adjusted, executed")
        year = measure.year or self._year(cells)
        if meaning is Meaning.PROPOSED:
            outcome.excluded["only proposed"] += 1
            return None
        if meaning in (Meaning.APPROVED, Meaning.ADJUSTED):
            return BudgetLine(amount, day, 1 if meaning is Meaning.ADJUSTED else 0, year, agency)
        is_dated = columns.date is not None
        if is_dated and day is not None and day > self._setting.today:
            raise RowError("date lies in the future")
        if is_dated and not self._has_budget and day is not None:
            return Payment(amount, day, agency)
        if day is None and year is not None and year < self._setting.today.year:
            day = date(year, 12, 31)
        if day is None:
            raise RowError("nothing says on which day the realisation stood: no date column, none in the file's name")
        return Standing(amount, day, agency)

    def _year(self, cells: list[str]) -> int | None:
        if self._columns.year is None:
            return None
        found = re.match(r"\s*((?:19|20)\d\d)\b", self._cell(cells, self._columns.year))
        if found is None:
            raise RowError("year is no year")
        return int(found.group(1))


def _refuse_unusable(columns: Columns, places: dict[str, int], setting: Setting) -> None:
    roles = (columns.date, columns.year, columns.agency, columns.code, columns.phase, columns.direction, columns.currency, columns.number)
    named = [m.column for m in columns.measures] + [role for role in roles if role is not None]
    if any(name not in places for name in named):
        raise TableError("the package names a column that is not in the file")
    if not columns.measures:
        raise TableError("no column is known to be money: name it in columns.budget, columns.executed or columns.amount")
    if columns.percent is not None and not {m.meaning for m in columns.measures} & {Meaning.APPROVED, Meaning.ADJUSTED}:
        raise TableError("is a table of cumulative percentages: its amounts are running totals, not payments, and are not summed")
    if columns.currency_code and columns.currency_code.upper() != setting.currency:
        raise TableError("is in another currency than the city's")
