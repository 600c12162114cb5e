"""What the columns of a fiscal table mean: by the header's own words in several languages, by the city's options, or by a package. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, cast

from feeds.readers.delimited import TableError


class Meaning(StrEnum):
    """What an amount is. ``AMOUNT``: the row's phase or date says it."""

    APPROVED = "approved"
    ADJUSTED = "adjusted"
    EXECUTED = "executed"
    PROPOSED = "proposed"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Measure:
    """One column of money. ``year``: of what fiscal year, when the package says it of the column."""

    column: str
    meaning: Meaning
    factor: int | float = 1
    year: int | None = None


@dataclass(frozen=True)
class Columns:
    """Column names by role; ``None`` where the table has none. ``percent``: holds percentages. ``currency_code``: of the whole table."""

    measures: tuple[Measure, ...] = ()
    date: str | None = None
    year: str | None = None
    agency: str | None = None
    code: str | None = None
    phase: str | None = None
    direction: str | None = None
    currency: str | None = None
    number: str | None = None
    percent: str | None = None
    currency_code: str | None = None
    decimal_mark: str = ""
    is_month_first: bool | None = None
    missing: tuple[str, ...] = field(default=("", "-", "–", "—", "n/a", "na", "null", "none"))


ROLES = ("amount", "budget", "executed", "date", "year", "agency", "code", "phase", "direction", "currency", "number")
"""What the option ``columns`` may name."""

_MEANINGS: Sequence[tuple[Meaning, str]] = (
    (Meaning.PROPOSED, r"usulan|rancangan|rapbd|proposed|draft"),
    # "Anggaran Sebelum Perubahan" tells of a revision, and is what it replaced.
    (
        Meaning.APPROVED,
        r"^(?!.*(realisasi|sp2d|bayar|cair|bruto|netto|potongan|pajak|tax|bulan|periode)).*\b(sebelum|semula|murni)\b|(pagu|anggaran|apbd).*\b(awal|induk)\b",
    ),
    (
        Meaning.ADJUSTED,
        (
            r"(pagu|anggaran|apbd).*(perubahan|setelah|sesudah|menjadi|pergeseran)|^(setelah|sesudah) (perubahan|pergeseran)"
            r"|apbd ?p\b|p ?apbd|dppa|adjusted|revised|amended|rebalanc|ребаланс"
        ),
    ),
    (
        Meaning.EXECUTED,
        (
            r"realisasi|nilai sp2d|sp2d.*(nilai|netto|bruto)|execut|\bpaid\b|\bpayments?\b|\bspent\b|\bactual|outturn|pembayaran|pencairan"
            r"|ausgezahlt|ejecut|pagado|\bpago|dépens|исплат|izvrš"
        ),
    ),
    (
        Meaning.APPROVED,
        (
            r"\bpagu\b|anggaran|\bapbd\b|\bmurni\b|budget|approved|appropriat|\bdpa\b|alokasi|буџет|бюджет|presupuesto|orçament|orcament|budżet"
            r"|haushaltsansatz|\bansatz\b|crédit"
        ),
    ),
    (Meaning.AMOUNT, r"\bnilai\b|\bjumlah\b|amount|\bvalue\b|nominal|betrag|\bmonto\b|\bvalor\b|montant|износ|importe|netto"),
)
_PERCENT = r"%|persen|percent|prosentase|absorption|serapan|\brate\b"
_ROLE_WORDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "date": (
            r"(tanggal|tgl|date|datum|датум|fecha|data).*(sp2d|cair|bayar|execut|paid|payment)|(sp2d|payment|execut|paid).*(date|tgl|tanggal)",
            r"\btanggal\b|\btgl\b|\bdate\b|\bdatum\b|датум|\bfecha\b|budget date",
        ),
        "year": (r"tahun anggaran|fiscal year", r"\btahun\b|\byear\b|\bjahr\b|\baño\b|година|\bannée\b|\bano\b"),
        "agency": (
            r"(nama|назив).*(skpd|opd|perangkat|раздел|satuan)",
            r"\bskpd\b|\bopd\b|perangkat daerah|satuan kerja|satker|institution|instansi|agency|department|ministry|dinas|behörde",
        ),
        "code": (r"kode.*(rekening|akun)|account code|rekening", r"\bkode\b|\bcode\b|\bakun\b|\baccount\b"),
        "phase": (r"\bphase\b|\bfase\b|tahapan|jenis anggaran",),
        "direction": (r"\bdirection\b",),
        "currency": (r"\bcurrency\b|mata uang|valuta",),
        "number": (r"(no|nomor|number).*(sp2d|bukti|spm)|(sp2d|receipt|voucher|invoice|document).*(no|nomor|number)",),
    }
)
_NOT_MONEY = (
    r"\b(no|nomor|number|tanggal|tgl|date|datum|датум|kode|code|tahun|year|nama|jenis|status|uraian|sumber|institution|line|id"
    r"|metode|method|type|tipe|cara|keterangan|description|category|kategori|holder|penerima|payee|rekanan|vendor|fisik|physical)\b|датум"
)
_DIFFERENCE = (
    r"\b(sisa|selisih|bertambah|berkurang|naik|turun|silpa|lebih|kurang|anggaran kas|remaining|balance|variance|difference)\b"
    r"|(?<!setelah )(?<!sesudah )(?<!sebelum )(?<!after )(?<!before )(?<!net of )\b(potongan|pajak|ppn|pph|deductions?|tax)\b"
)
"""What is left of a budget or payment, is taken off it, or has changed."""

_TO_DATE = r"\bs d\b|\bsd (bulan|tanggal|tgl|saat|hari|triwulan|tw|akhir|periode|\d|jan|feb|mar|apr|mei|jun|jul|ag|sep|okt|nov|des)"
_BETTER: Sequence[str] = (
    (
        r"^(?!.*\b(lalu|sebelum\w*|kemarin|previous|prior|last)\b).*"
        rf"({_TO_DATE}|sampai dengan|hingga|kumulatif|akumulasi|cumulative|to date|\bytd\b)"
    ),
    r"\b(netto|neto|net|bersih)\b|\b(setelah|sesudah|after) (potongan|pajak|deductions?|tax)\b",
    r"\btotal\b",
    r"^(?!.*\b(bruto|gross|kotor|lalu|ini|sebelum\w*|previous|prior|before)\b)",
)
"""Which of several columns of one meaning is the whole: what ran up to today, what was left after deductions, the sum of the others."""

_SCALES = (
    (r"\b(ribu|ribuan|thousands?|tsd)\b", 10**3),
    (r"\b(juta|jutaan|millions?|mio)\b", 10**6),
    (r"\b(miliar|milyar|billions?|mrd)\b", 10**9),
)


def columns_of(header: Sequence[str], named: Mapping[str, str], *, is_money_told: bool = False) -> Columns:
    """The roles of a table's columns; ``named`` (role -> column) goes before what the words say. Raises ``TableError``.

    ``is_money_told``: a package says which columns are money, so that words are not asked for it.
    """
    known = {_plain(name): name for name in header if name}
    chosen: dict[str, str] = {}
    for role, column in named.items():
        if _plain(column) not in known:
            raise TableError(f"columns.{role}: the file has no such column")
        chosen[role] = known[_plain(column)]
    taken = set(chosen.values())
    for role, patterns in _ROLE_WORDS.items():
        if role not in chosen:
            found = next((name for pattern in patterns for name in header if name not in taken and re.search(pattern, _plain(name))), None)
            if found is not None:
                chosen[role] = found
    percent = next((name for name in header if name and re.search(_PERCENT, _plain(name, keep="%"))), None)
    used = {
        *taken,
        *(chosen[role] for role in ("date", "year", "number", "code", "currency", "phase", "direction") if role in chosen),
        percent,
    }
    named_ones = tuple(_named_measures(chosen))
    known = {measure.meaning for measure in named_ones}
    known |= {Meaning.ADJUSTED} if Meaning.APPROVED in known else set(Meaning) if Meaning.AMOUNT in known else set()
    rest = [name for name in header if name and name not in used]
    measures = named_ones if is_money_told else (*named_ones, *_measures(rest, known))
    roles = {role: name for role, name in chosen.items() if role not in ("amount", "budget", "executed")}
    return Columns(measures=measures, percent=percent, **cast(Any, roles))


def _named_measures(chosen: Mapping[str, str]) -> Iterator[Measure]:
    for role, meaning in (("budget", Meaning.APPROVED), ("executed", Meaning.EXECUTED), ("amount", Meaning.AMOUNT)):
        if role in chosen:
            yield Measure(chosen[role], meaning, scale_of(chosen[role]))


def _measures(names: Sequence[str], known: Collection[Meaning]) -> Iterator[Measure]:
    """The columns of money of meanings not ``known``: one of each, a plain amount only where there is no other. Raises ``TableError``."""
    by_meaning: dict[Meaning, list[str]] = {}
    for name in names:
        plain = _plain(name)
        if any(re.search(pattern, plain) for pattern in (_NOT_MONEY, _DIFFERENCE)) or re.search(_PERCENT, _plain(name, keep="%")):
            continue
        meaning = next((meaning for meaning, pattern in _MEANINGS if re.search(pattern, plain)), None)
        if meaning is not None and meaning not in known:
            by_meaning.setdefault(meaning, []).append(name)
    told = [one for one in (Meaning.APPROVED, Meaning.ADJUSTED, Meaning.EXECUTED) if one in by_meaning]
    for meaning in told or ([Meaning.AMOUNT] if Meaning.AMOUNT in by_meaning and not known else []):
        name = _whole(by_meaning[meaning], meaning)
        yield Measure(name, meaning, scale_of(name))


def _whole(names: Sequence[str], meaning: Meaning) -> str:
    """Of several columns of one meaning the one that is the whole; raises ``TableError`` where nothing tells."""
    if len(names) == 1:
        return names[0]
    for pattern in _BETTER:
        found = [name for name in names if re.search(pattern, _plain(name))]
        if len(found) == 1:
            return found[0]
        names = found or names
    role = {Meaning.EXECUTED: "executed", Meaning.AMOUNT: "amount"}.get(meaning, "budget")
    raise TableError(f"has {len(names)} columns that may be the {meaning} money: name the one in columns.{role}")


def scale_of(name: str) -> int:
    """What a header says its numbers are to be multiplied by: "Pagu (Rp juta)" -> 1,000,000."""
    return next((factor for pattern, factor in _SCALES if re.search(pattern, _plain(name))), 1)


def phase_of(text: str) -> Meaning | None:
    """The meaning a phase column or a package gives: approved, adjusted, executed, proposed, or words for them."""
    word = _plain(text)
    if word in ("initial", "original", "enacted", "penetapan", "murni"):
        return Meaning.APPROVED
    if word in ("perubahan", "pergeseran"):
        return Meaning.ADJUSTED
    found = next((meaning for meaning, pattern in _MEANINGS if re.search(pattern, word)), None)
    return None if found is Meaning.AMOUNT else found


def with_package(columns: Columns, told: Columns) -> Columns:
    """``columns`` with what a package says in place of what the words seemed to say."""
    given: dict[str, Any] = {name: value for name in told.__dataclass_fields__ if (value := getattr(told, name)) not in (None, (), "")}
    return replace(columns, **given)


def _plain(name: str, *, keep: str = "") -> str:
    return " ".join(re.sub(rf"[^\w{re.escape(keep)}]+|_", " ", name.casefold()).split())
