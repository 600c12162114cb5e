"""Reads a cash plan: twelve months and a column of percent or money. Pure; whether it is a whole plan is judged with the budget."""

import re
from decimal import Decimal

from feeds.readers.delimited import TableError, table_of
from feeds.readers.fiscal_columns import scale_of
from feeds.readers.spellings import decimal_mark, decimal_of, month_number

_MONTH = re.compile(r"bulan|month|periode|period|monat|mes\b", re.IGNORECASE)
_VALUE = re.compile(r"rencana|target|plan|kas|nilai|jumlah|persen|percent|%|amount", re.IGNORECASE)


def plan_values(body: bytes) -> list[tuple[Decimal, bool]]:
    """The values of the months in order, each with whether it is a percentage; raises ``TableError``.

    "1 %" is one percent. Shares (0.01 for it) are refused when nothing says so: nobody can tell them from percent.
    """
    table = table_of(body)
    month = next((place for place, name in enumerate(table.header) if _MONTH.search(name)), None)
    value = next((place for place, name in enumerate(table.header) if place != month and _VALUE.search(name)), None)
    if month is None or value is None:
        raise TableError("is no monthly plan: it needs a column of months and one of percent or money")
    rows = [cells for _, cells in table.rows() if cells is not None]
    texts = [cells[value] for cells in rows]
    is_percent = "%" in table.header[value] or bool(re.search(r"persen|percent", table.header[value], re.IGNORECASE))
    is_percent = is_percent or any("%" in text for text in texts)
    mark = decimal_mark(texts)
    months: dict[int, Decimal] = {}
    for cells, text in zip(rows, texts, strict=True):
        number = month_number(cells[month])
        amount = decimal_of(text.replace("%", "").strip(), mark)
        if number is None:
            continue
        if amount is None or number in months:
            raise TableError("is no monthly plan: a month is told twice, or its value is no number")
        months[number] = amount * (1 if is_percent else scale_of(table.header[value]))
    values = [months[number] for number in sorted(months)]
    if is_percent and values and max(values) <= Decimal("1.5") and not any("%" in text for text in texts):
        raise TableError("is a plan whose values may be shares or percent: write them with %")
    return [(amount, is_percent) for amount in values]
