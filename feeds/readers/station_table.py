"""Reads a table of stations out of JSON or CSV, whatever it is wrapped in and whatever its columns are called.

Pure: knows neither rivers nor air, no city and no network. What stands in a cell is read by ``feeds.readers.cells``.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from feeds.readers.cells import decimal_mark
from feeds.readers.nested_rows import UNIT_OF_A_NAME, flat_rows, is_station_with_readings, plain_name

MAX_ROWS = 200_000
"""Of one document; of a longer one the last rows count, since loggers write the newest at the end."""

_HEADER_LOOK = 30
_WRAPPERS = ("items", "results", "result", "data", "features", "value", "values", "records", "rows", "stations", "stasiun", "pos")

Row = Mapping[str, object]


class TableError(ValueError):
    """A document that is no table of stations; the text says why in a sentence without its contents."""


def read_document(body: bytes) -> object:
    """A JSON document as it is, or a CSV one as a list of rows; ``TableError``."""
    text = decoded(body).replace("\x00", "").strip()
    if not text:
        raise TableError("is empty")
    if text[0] in "[{":
        return _json(text)
    if text[0] == "<":
        raise TableError("is a web page or XML, not JSON or CSV")
    return read_csv(text)


def decoded(body: bytes) -> str:
    """Text of a body in UTF-8 or UTF-16 with a mark, UTF-8 without one, or else Windows-1252, as spreadsheets write it."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _json(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass
    try:
        # Python and R write NaN and Infinity, which no JSON has: one such value must not cost all the others.
        return msgspec.json.decode(re.sub(r"(?<=[:,\[])\s*[-+]?(NaN|Infinity|nan|inf)\b(?=\s*[,}\]])", "null", text))
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise TableError("is not JSON")
    try:
        return [msgspec.json.decode(line) for line in lines[-MAX_ROWS:]]
    except (msgspec.DecodeError, RecursionError, ValueError) as problem:
        raise TableError("is not JSON") from problem


def read_csv(text: str) -> list[dict[str, object]]:
    """Rows by header; ``;``, tab, ``,`` or ``|`` between cells, ``#`` comments, lines above the header and blank headers are no trouble."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) > MAX_ROWS + _HEADER_LOOK:
        lines = lines[:_HEADER_LOOK] + lines[-MAX_ROWS:]
    delimiter = _delimiter(lines[:_HEADER_LOOK])
    try:
        cells = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)]
    except csv.Error as problem:
        raise TableError("is not a table (a cell is too long or broken)") from problem
    widest = max((sum(cell != "" for cell in row) for row in cells[:_HEADER_LOOK]), default=0)
    if widest < 2:
        raise TableError("is neither JSON nor a table of columns")
    # A title or a date may stand above the header, in fewer cells.
    start = next(i for i, row in enumerate(cells) if 2 * sum(cell != "" for cell in row) > widest)
    header = cells[start]
    return [record for row in cells[start + 1 :][-MAX_ROWS:] if (record := _record(header, row)) is not None]


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that most lines have equally often; where ``;`` is one, commas are decimal."""
    best, best_score = ",", 0.0
    for sign in (";", "\t", "|", ","):
        counts = [re.sub(r'"[^"]*"', "", line).count(sign) for line in lines]
        most = max(counts, default=0)
        score = sum(count == most for count in counts) / max(len(counts), 1) if most else 0.0
        if score > best_score + 0.2:
            best, best_score = sign, score
    return best


_RDB_FORMAT = re.compile(r"\d+[sndSND]")


def _record(header: Sequence[str], row: Sequence[str]) -> dict[str, object] | None:
    """One row; ``None`` for an empty one and for the line of formats below a USGS header. Cells beyond the header mark it as broken."""
    if not any(row) or all(_RDB_FORMAT.fullmatch(cell) for cell in row):
        return None
    record: dict[str, object] = {}
    for name, cell in zip(header, row, strict=False):
        if name and name not in record:
            record[name] = cell
    if any(row[len(header) :]):
        record[BROKEN] = "has more cells than the header"
    return record


BROKEN = "\x00broken"
"""The column in which the reader says why a row cannot be trusted."""


def rows_of(document: object) -> list[object]:
    """The rows of a JSON document: the list in it, wherever it is wrapped; GeoJSON's features as rows with lon and lat; columns as rows.

    A station that carries its readings in a list is a row for each of them, and what stands in its inner objects stands beside them.
    """
    rows: list[object] = []
    for row in _rows(document, 0)[-MAX_ROWS:]:
        rows += flat_rows(row)
    return rows[-MAX_ROWS:]


def _rows(document: object, depth: int) -> list[object]:
    if isinstance(document, list):
        return cast(list[object], document)
    if not isinstance(document, dict) or depth > 4:
        return []
    fields = cast(dict[str, object], document)
    if is_station_with_readings(fields):
        return [fields]
    for name in _WRAPPERS:
        value = fields.get(name)
        if isinstance(value, list) and any(isinstance(row, dict) for row in cast(list[object], value)):
            return cast(list[object], value)
        if isinstance(value, dict) and not _is_record(fields):
            inner = _rows(cast(object, value), depth + 1)
            if inner:
                return inner
    return _columns(fields) or _only_list(fields) or ([fields] if fields else [])


def _only_list(fields: Mapping[str, object]) -> list[object]:
    """The one list of objects under a name nobody foresaw; an object keyed by station is a list too."""
    lists = [cast(list[object], value) for value in fields.values() if isinstance(value, list)]
    lists = [rows for rows in lists if rows and all(isinstance(row, dict) for row in rows)]
    return lists[0] if len(lists) == 1 and not _is_record(fields) else []


def _is_record(fields: Mapping[str, object]) -> bool:
    """Whether most of an object is plain values: then it is a row itself, and not what rows are wrapped in."""
    return sum(isinstance(value, (str, int, float)) for value in fields.values()) > 3


def _columns(fields: Mapping[str, object]) -> list[object]:
    """An object of equally long lists of plain values, as scientists and R write tables."""
    columns = {name: cast(list[object], value) for name, value in fields.items() if isinstance(value, list)}
    lengths = {len(values) for values in columns.values()}
    if len(columns) < 2 or len(lengths) != 1 or any(isinstance(v, (dict, list)) for values in columns.values() for v in values[:5]):
        return []
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def unit_in(name: str) -> str:
    """The unit a column's name carries: ``TMA [m]`` and ``tma_m`` -> ``m``; empty when it carries none."""
    found = UNIT_OF_A_NAME.search(name)
    return (found[1] or found[2]).strip() if found else ""


class Columns:
    """Which column of a document holds what: the city's own field map first, then the usual names.

    ``usual``: for each field the plain names it goes by, the best first. A mapped name may be a path: ``measures.0.latestReading.value``.
    """

    def __init__(self, fields: Mapping[str, str], usual: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields
        self._usual = usual
        self._found: dict[tuple[str, ...], dict[str, str]] = {}
        self._units: dict[str, str] = {}
        self._last: tuple[Row, Mapping[str, str]] | None = None

    def names(self, row: Row) -> Mapping[str, str]:
        """The column of each field that ``row`` has; rows with the same columns are looked at once."""
        if self._last is not None and self._last[0] is row:
            return self._last[1]
        shape = tuple(row)
        found = self._found.get(shape)
        if found is None:
            plain: dict[str, str] = {}
            for name in shape:
                plain.setdefault(plain_name(name), name)
            found = dict(self._fields)
            for field, names in self._usual.items():
                column = next((plain[name] for name in names if name in plain), None)
                if field not in found and column is not None:
                    found[field] = column
            if len(self._found) < 1_000:
                self._found[shape] = found
        self._last = (row, found)
        return found

    def get(self, row: Row, field: str) -> object:
        """The cell of ``field``, ``None`` where it is missing or says in words that it is."""
        name = self.names(row).get(field)
        if name is None:
            return None
        value = row[name] if name in row else at_path(row, name)
        return None if isinstance(value, str) and value.strip().casefold() in MISSING else value

    def unit(self, row: Row, field: str) -> str:
        """The unit in the name of the column of ``field``."""
        name = self.names(row).get(field, "")
        if name not in self._units:
            self._units[name] = unit_in(name)
        return self._units[name]


def columns_of(table: Sequence[Row], fields: Mapping[str, str], usual: Mapping[str, Sequence[str]]) -> Columns:
    """The columns of a table. A plain "id" that counts rows while the names repeat is the number of the row, not of the station."""
    columns = Columns(fields, usual)
    if not table or "id" in fields:
        return columns
    names = columns.names(table[0])
    if plain_name(names.get("id", "")) in ("id", "number", "code", "kode", "uid") and "name" in names:
        ids, named = ({str(columns.get(row, field)) for row in table} for field in ("id", "name"))
        if len(ids) > len(named):
            return Columns({**fields, "id": names["name"]}, usual)
    return columns


def decimal_marks(table: Sequence[Row], columns: Columns, fields: Sequence[str], remark: Callable[[str], None]) -> Mapping[str, str]:
    """The decimal mark of each of ``fields``, by its own column or else by the others; where neither says it, a remark does."""
    places = ("lat", "lon")
    found = {field: decimal_mark(columns.get(row, field) for row in table) for field in (*fields, *places)}
    # Coordinates have a point in many a table whose measured values have commas.
    others = {mark for field, (mark, _) in found.items() if mark == "," or (mark and field not in places)}
    common = others.pop() if len(others) == 1 else ""
    for field in fields:
        mark, is_needed = found[field]
        if is_needed and not mark and not common:
            remark(f"{field}: numbers like 1.250 can be read in two ways: taken with decimals, not as thousands")
    return {field: found[field][0] or common for field in fields}


MISSING = frozenset({
    "", "-", "--", "---", "n/a", "na", "nan", "null", "none", "nil", "tidak ada", "no data", "nodata", "#n/a", "inf", "-inf", "infinity",
    "-infinity", "*", "...", "t/a", "rusak", "off", "offline", "error", "err",
})  # fmt: skip


def at_path(row: object, path: str) -> object:
    """What stands at ``a.b.0.c``; where a list stands and no number is given, its first is taken."""
    value = row
    for step in path.split("."):
        if isinstance(value, list):
            values = cast(list[object], value)
            if step.isdecimal():
                value = values[int(step)] if len(step) < 6 and int(step) < len(values) else None
                continue
            value = values[0] if values else None
        value = cast(dict[str, object], value).get(step) if isinstance(value, dict) else None
    return value


def objects(values: Iterable[object]) -> Iterator[dict[str, Any]]:
    """The objects among ``values``."""
    for value in values:
        if isinstance(value, dict):
            yield cast(dict[str, Any], value)


def object_of(value: object) -> dict[str, Any]:
    """``value`` when it is an object, else an empty one."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """``value`` when it is a list, else an empty one."""
    return cast(list[object], value) if isinstance(value, list) else []
