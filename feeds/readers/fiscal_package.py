"""Reads a Fiscal Data Package descriptor (datapackage.json): the older ``mapping`` or ``model``, and 1.0's ``columnType``. Pure.

https://specs.frictionlessdata.io/fiscal-data-package/ ; names columns and what they mean, holds no rows.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from feeds.readers.delimited import TableError
from feeds.readers.fiscal_columns import Columns, Meaning, Measure, phase_of
from feeds.readers.spellings import Unreadable, text_of, unpacked

MAX_DESCRIPTOR_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Resource:
    """One table of a package. ``path``: as written. ``columns``: only what the package itself says. ``ignored``: why it is not read."""

    path: str
    encoding: str | None
    delimiter: str | None
    columns: Columns
    ignored: str | None = None

    @property
    def sources(self) -> set[str]:
        """Names of the columns the package relies on."""
        c = self.columns
        named = (c.date, c.year, c.agency, c.code, c.phase, c.direction, c.currency, c.number)
        return {measure.column for measure in c.measures} | {name for name in named if name is not None}


def is_descriptor(body: bytes) -> bool:
    """Whether a file begins as JSON does."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def resources_of(body: bytes) -> list[Resource]:
    """The tables a descriptor speaks of; raises ``TableError`` for anything else."""
    try:
        document: object = json.loads(text_of(unpacked(body, MAX_DESCRIPTOR_BYTES)))
    except (ValueError, RecursionError, Unreadable) as problem:
        raise TableError("is not JSON") from problem
    package = _dict(document)
    resources = [_dict(one) for one in _list(package.get("resources"))]
    if not resources:
        raise TableError("is JSON, but no data package: it has no resources")
    model = _dict(package.get("mapping")) or _dict(package.get("model"))
    return [
        resource
        for one in resources
        for resource in _resources(one, _dict(one.get("mapping")) or _dict(one.get("model")) or model, package)
    ]


def _resources(resource: dict[str, Any], model: dict[str, Any], package: dict[str, Any]) -> Iterator[Resource]:
    schema = _dict(resource.get("schema"))
    fields = [_dict(one) for one in _list(schema.get("fields"))]
    extra = _dict(schema.get("extraFields")) or _dict(resource.get("extraFields"))
    columns, ignored = (_of_model(model, package, str(resource.get("name", ""))) if model else _of_types(fields, extra)), None
    columns = _with_schema(columns, fields, schema)
    if _is_income(model, columns):
        ignored = "tells income, not spending"
    dialect = _dict(resource.get("dialect"))
    paths = resource.get("path") or resource.get("url") or ""
    for path in _list(paths) or [paths]:
        yield Resource(_text(path), _text(resource.get("encoding")) or None, _text(dialect.get("delimiter"))[:1] or None, columns, ignored)


def _of_model(model: dict[str, Any], package: dict[str, Any], resource: str) -> Columns:
    """0.3's ``mapping`` and its forerunner ``model``: measures and dimensions point to source columns."""
    measures: list[Measure] = []
    currency = None
    for name, told in _dict(model.get("measures")).items():
        measure = _dict(told) or {"source": told}
        if _text(measure.get("resource")) not in ("", resource):
            continue
        currency = _text(measure.get("currency")) or currency
        factor = measure.get("factor")
        usable = factor if isinstance(factor, (int, float)) and not isinstance(factor, bool) and 0 < factor <= 10**12 else 1
        meaning = phase_of(_text(measure.get("phase"))) or phase_of(name) or _granularity(package)
        if _text(measure.get("source")):
            measures.append(Measure(_text(measure.get("source")), meaning, usable))
    roles: dict[str, str] = {}
    for name, told in _dict(model.get("dimensions")).items():
        role = _dimension_role(name, _dict(told))
        source = _dimension_source(_dict(told))
        if role and source and (role not in roles or "execut" in name or "paid" in name):
            roles[role] = source
    return Columns(measures=tuple(measures), currency_code=currency, **cast(Any, roles))


def _granularity(package: Mapping[str, Any]) -> Meaning:
    return Meaning.EXECUTED if package.get("granularity") == "transactional" else Meaning.AMOUNT


def _dimension_role(name: str, dimension: dict[str, Any]) -> str | None:
    kind, word = _text(dimension.get("dimensionType")) or _text(dimension.get("type")), name.casefold()
    if kind in ("datetime", "date") or word in ("date", "time", "year"):
        is_year = set(_dict(dimension.get("attributes"))) == {"year"} or word == "year"
        return "year" if is_year else "date"
    if any(part in word for part in ("administrator", "administrative", "institution", "payer", "agency", "department")):
        return "agency"
    if word in ("phase", "direction", "currency"):
        return word
    return "number" if any(part in word for part in ("invoice", "receipt", "transaction", "voucher")) else None


def _dimension_source(dimension: dict[str, Any]) -> str:
    """The source of a dimension's label, else of its key, else of the first attribute that has one."""
    attributes = {name: _dict(told) or {"source": told} for name, told in _dict(dimension.get("attributes")).items()}
    key = dimension.get("primaryKey")
    order = ["label", "name", *[_text(one) for one in _list(key) or [key]], *attributes]
    return next((source for name in order if name in attributes and (source := _text(attributes[name].get("source")))), "")


def _of_types(fields: list[dict[str, Any]], extra: dict[str, Any]) -> Columns:
    """1.0: every field has a ``columnType``; several columns of money carry their phase and year in ``normalize``."""
    measures: list[Measure] = []
    roles: dict[str, str] = {}
    currency = None
    phase = next((phase_of(_text(_dict(one).get("constant"))) for one in extra.values() if _type(_dict(one)).startswith("phase")), None)
    targets = {name: _type(_dict(one)) for name, one in extra.items()}
    for one in fields:
        name, kind = _text(one.get("name")), _type(one)
        if kind.startswith("value-currency") and one.get("constant"):
            currency = _text(one.get("constant"))
        elif kind == "value" or targets.get(_text(one.get("normalizationTarget"))) == "value":
            normal = _dict(one.get("normalize"))
            told = {targets.get(key, key).partition(":")[0]: value for key, value in normal.items()}
            year = told.get("date")
            fiscal = year if isinstance(year, int) else int(year[:4]) if isinstance(year, str) and year[:4].isdecimal() else None
            measures.append(Measure(name, phase_of(_text(told.get("phase"))) or phase or Meaning.AMOUNT, 1, fiscal))
        else:
            role = _role_of_type(kind)
            if role and (role not in roles or kind.endswith((":label", ":name", ":full"))):
                roles[role] = name
    for one in extra.values():
        if _type(_dict(one)).startswith("value-currency"):
            currency = _text(_dict(one).get("constant")) or currency
    return Columns(measures=tuple(measures), currency_code=currency, **cast(Any, roles))


def _role_of_type(kind: str) -> str | None:
    first, _, rest = kind.partition(":")
    if first == "date":
        return "year" if "year" in rest else "date"
    if first in ("administrative-classification", "administrator"):
        return "agency"
    if first in ("economic-classification", "functional-classification") and "code" in rest:
        return "code"
    if first in ("phase", "direction"):
        return first
    if first == "value-currency":
        return "currency"
    return "number" if first in ("transaction-id", "budgetary-transaction-id", "invoice-id") else None


def _with_schema(columns: Columns, fields: list[dict[str, Any]], schema: dict[str, Any]) -> Columns:
    """What the table schema says of the spelling of numbers, dates and gaps."""
    money = {measure.column for measure in columns.measures}
    mark = next((_text(one.get("decimalChar"))[:1] for one in fields if _text(one.get("name")) in money and one.get("decimalChar")), "")
    formats = [_text(one.get("format")) for one in fields if _text(one.get("name")) == columns.date]
    is_month_first = formats[0].startswith("%m/%d") if formats and formats[0].startswith(("%m/%d", "%d/%m")) else None
    missing = tuple(_text(one).casefold() for one in _list(schema.get("missingValues")))
    return replace(columns, decimal_mark=mark, is_month_first=is_month_first, missing=(*columns.missing, *missing))


def _is_income(model: dict[str, Any], columns: Columns) -> bool:
    directions = {_text(_dict(one).get("direction")).casefold() for one in _dict(model.get("measures")).values()} - {""}
    return bool(columns.measures) and bool(directions) and directions <= {"revenue", "income"}


def _type(one: dict[str, Any]) -> str:
    return _text(one.get("columnType") or one.get("osType")).casefold()


def _dict(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
