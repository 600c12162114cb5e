"""Text tables as offices save them: any delimiter, encoding and title lines above the header. Pure; knows no meaning of a column."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from feeds.readers.spellings import Unreadable, decimal_of, text_of, unpacked

MAX_TABLE_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 500
LONGEST_CELL = 20_000
MOST_LINES_IN_CELL = 50
"""A cell of more lines is a quotation mark that was never closed: the rows after it would be lost in silence."""

SAMPLE_ROWS = 60
_NOT_TABLES = (
    (b"PK\x03\x04", "is a workbook or archive, not a text table: save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old workbook, not a text table: save it as CSV"),
    (b"%PDF", "is a PDF, not a text table"),
)


class TableError(ValueError):
    """Bytes that are no text table; says why, never what they hold."""


@dataclass(frozen=True)
class Table:
    """``header``: column names, stripped, blank where the file has none. ``rows()``: line number and as many cells as there are columns;
    a row that has more cells than the header gives ``None``."""

    header: tuple[str, ...]
    text: str
    delimiter: str
    skipped: int

    def rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """All rows but blank ones; raises ``TableError`` where the file is damaged."""
        width = len(self.header)
        for number, cells in enumerate(_cells(self.text, self.delimiter), 1):
            if number <= self.skipped or not any(cell.strip() for cell in cells):
                continue
            if len(cells) == width:
                yield number, [cell.strip() for cell in cells]
                continue
            extra = any(cell.strip() for cell in cells[width:])
            yield number, None if extra else [cell.strip() for cell in cells[:width]] + [""] * (width - len(cells))


def table_of(body: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """A delimited text file, plain or gzip; raises ``TableError``."""
    try:
        body = unpacked(body, MAX_TABLE_BYTES)
    except Unreadable as problem:
        raise TableError(str(problem)) from problem
    for magic, reason in _NOT_TABLES:
        if body.startswith(magic):
            raise TableError(reason)
    text = text_of(body, encoding)
    first = text.lstrip()[:1]
    if not first:
        raise TableError("is empty")
    if first in "<{[":
        raise TableError("is a web page, XML or JSON, not a text table")
    if "\0" in text:
        raise TableError("holds null bytes: damaged, or no text")
    named = re.match(r"\s*sep=(.)\r?\n", text)
    if named is not None:
        text, delimiter = text[named.end() :], named.group(1)
    chosen = delimiter or _delimiter(text)
    sample = list(islice(_cells(text, chosen), SAMPLE_ROWS))
    place = _header_place(sample)
    header = [" ".join(cell.split()) for cell in sample[place]]
    while header and not header[-1]:
        header.pop()
    if len(header) < 2 or len(header) > MAX_COLUMNS:
        raise TableError("is no table: one column, or too many")
    return Table(tuple(header), text, chosen, place + 1)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(len(cell) > MOST_LINES_IN_CELL and _is_runaway(cell) for cell in cells):
                raise TableError("is damaged: a quotation mark is never closed")
            yield cells
    except csv.Error as problem:
        raise TableError("is damaged: no reader of delimited text can follow it") from problem


def _is_runaway(cell: str) -> bool:
    return len(cell) > LONGEST_CELL or cell.count("\n") > MOST_LINES_IN_CELL


def _delimiter(text: str) -> str:
    """The one that parts most of the first rows into the same number of cells, more than one."""
    best, score = ",", (0.0, 0)
    damage = TableError("is no table: one column, or none")
    for candidate in ";\t,|":
        try:
            rows = [row for row in islice(_cells(text[:200_000], candidate), SAMPLE_ROWS) if any(cell.strip() for cell in row)]
        except TableError as problem:
            damage = problem
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            if (count / len(rows), width) > score:
                best, score = candidate, (count / len(rows), width)
    if not score[1]:
        raise damage
    return best


def _header_place(sample: list[list[str]]) -> int:
    """The first row that names most columns and holds no number; titles and blank lines above it are no header."""
    filled = [sum(1 for cell in row if cell.strip()) for row in sample]
    usual = Counter(count for count in filled if count > 1).most_common(1)
    least = max(2, round(0.6 * usual[0][0])) if usual else 2
    for place, row in enumerate(sample[:20]):
        named = [cell.strip() for cell in row if cell.strip()]
        if len(named) >= least and not any(decimal_of(cell) is not None and not re.fullmatch(r"(19|20)\d\d", cell) for cell in named):
            return place
    raise TableError("has no row that names its columns")
