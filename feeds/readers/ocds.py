"""Reads OCDS releases and records (Open Contracting Data Standard 1.0 and 1.1) and merges those of one process. Pure.

Takes organisations' names and ids only to tell whose a process is; no contact point, address or person leaves this file.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, TypeVar, cast

import msgspec

from feeds.indicators.procurement import Award, Contract, Money
from feeds.readers.spellings import decimal_of, moment_of

MAX_ID = 100
MOST_MONEY = 10**17
"""More than any public budget in rupiah: 100,000 T."""

MANY_LISTED = 100_000


class ReleaseError(ValueError):
    """A release that may not go on; the text names the field, never its contents."""


class Release(msgspec.Struct, gc=False):
    """What one release says, or several of one process together. ``None`` and empty: it says nothing about that.

    ``awards`` and ``contracts`` by id, with their state. ``observed_at``: the newest time of a progress value.
    """

    ocid: str
    id: str = ""
    dated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    buyers: tuple[str, ...] = ()
    rup_codes: tuple[str, ...] = ()
    budget: Money | None = None
    budget_at: datetime | None = None
    tender_status: str = ""
    has_tender: bool = False
    estimate: Money | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    works_at: datetime | None = None
    bidders: int | None = None
    awards: dict[str, Award] = msgspec.field(default_factory=dict[str, Award])
    contracts: dict[str, Contract] = msgspec.field(default_factory=dict[str, Contract])
    awarded_at: datetime | None = None
    observed_at: datetime | None = None
    fault: str | None = None


def releases_of(item: object, zone: tzinfo, now: datetime, unnamed: str) -> Release:
    """One element of a package as a release: a release, or a record's compiled release, else its releases merged.

    Raises ``ReleaseError``. ``unnamed``: the id of a fragment that names no process. Times without a zone are of ``zone``.
    """
    if not isinstance(item, dict):
        raise ReleaseError("is not an object")
    record = cast(dict[str, Any], item)
    compiled = record.get("compiledRelease")
    if isinstance(compiled, dict) and compiled:
        inner = cast(dict[str, Any], compiled)
        return _release({**inner, "ocid": inner.get("ocid") or record.get("ocid")}, zone, now, unnamed)
    listed = record.get("releases")
    if listed is None or "tender" in record or "awards" in record:
        return _release(record, zone, now, unnamed)
    releases = [r for r in objects(listed, "releases") if not _is_link(r)]
    if not releases:
        raise ReleaseError("is a record that only points to its releases: they are not in the file")
    read = [_release({**r, "ocid": r.get("ocid") or record.get("ocid")}, zone, now, unnamed) for r in releases]
    return merged(read)


def merged(releases: list[Release]) -> Release:
    """Several releases of one process as one: the newest word on each matter holds, silence takes nothing back (OCDS merging).

    Awards and contracts are told apart by id and merged field by field as well.
    """
    by_age = sorted(releases, key=lambda r: (r.dated_at is not None, r.dated_at.timestamp() if r.dated_at else 0.0))
    result = by_age[0]
    for newer in by_age[1:]:
        for name in _FIELDS:
            value = getattr(newer, name)
            if name in ("tags", "buyers"):
                setattr(result, name, tuple(dict.fromkeys(getattr(result, name) + value)))
            elif name in ("awards", "contracts"):
                held = getattr(result, name)
                for key, one in value.items():
                    held[key] = _over(held[key], one) if key in held else one
            elif value not in (None, "", (), False):
                setattr(result, name, _newer_money(getattr(result, name), value))
    return result


_PartT = TypeVar("_PartT", Award, Contract)


def _over(older: _PartT, newer: _PartT) -> _PartT:
    """What ``newer`` says, and ``older`` where it says nothing."""
    said = {name: value for name in newer.__struct_fields__ if (value := getattr(newer, name)) not in (None, "")}
    if newer.value is not None:
        said["value"] = _newer_money(older.value, newer.value)
    return msgspec.structs.replace(older, **said)


def _newer_money(older: object, newer: object) -> object:
    """An amount that names no currency is in the one named before."""
    if isinstance(older, Money) and isinstance(newer, Money) and not newer.currency:
        return Money(newer.amount, older.currency)
    return newer


_FIELDS = tuple(name for name in Release.__struct_fields__ if name != "ocid")


def objects(value: object, name: str) -> list[dict[str, Any]]:
    """The objects of a list, or of the one object that stands for it; raises ``ReleaseError`` for anything else but nothing."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        one = cast(dict[str, Any], value)
        # Some systems write lists as objects with numbers for names.
        numbered = all(key.isdecimal() for key in one) and all(isinstance(v, dict) for v in one.values())
        return [cast(dict[str, Any], v) for v in one.values()] if one and numbered else [one] if one else []
    if not isinstance(value, list):
        raise ReleaseError(f"{name} is neither a list nor an object")
    listed = cast(list[object], value)
    if len(listed) > MANY_LISTED:
        raise ReleaseError(f"{name} has more elements than any real one")
    if any(not isinstance(one, dict) for one in listed if one is not None):
        raise ReleaseError(f"{name} holds something that is no object")
    return [cast(dict[str, Any], one) for one in listed if one]


def section(value: object, name: str) -> dict[str, Any]:
    """An object, empty where there is none; a list of one object is taken for it; raises ``ReleaseError``."""
    found = objects(value, name)
    if len(found) > 1:
        raise ReleaseError(f"{name} is a list of several")
    return found[0] if found else {}


def word(value: object) -> str:
    """An id, code or status as text: they come as strings or numbers; empty for anything else."""
    if isinstance(value, str):
        return " ".join(value.split())[:MAX_ID]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30 else ""


def _release(record: dict[str, Any], zone: tzinfo, now: datetime, unnamed: str) -> Release:
    ocid = word(record.get("ocid"))
    if not ocid and ("id" in record or "tag" in record or "date" in record):
        raise ReleaseError("has no usable ocid")
    release = Release(ocid=ocid or unnamed, id=word(record.get("id")))
    reader = _Reader(release, zone)
    release.dated_at = moment_of(record.get("date"), zone)
    if release.dated_at is not None and release.dated_at > now + timedelta(days=1):
        raise ReleaseError("date lies in the future")
    tags = record.get("tag")
    release.tags = tuple(word(tag) for tag in (cast(list[object], tags) if isinstance(tags, list) else [tags]))
    planning, tender = section(record.get("planning"), "planning"), section(record.get("tender"), "tender")
    release.buyers = tuple(dict.fromkeys(_buyers(record, tender)))
    reader.planning(planning, tender)
    reader.tender(tender)
    reader.bids(record.get("bids"), tender)
    for number, award in enumerate(objects(record.get("awards"), "awards")):
        reader.award(award, number)
    for number, contract in enumerate(objects(record.get("contracts"), "contracts")):
        reader.contract(contract, number)
    return release


class _Reader:
    """Fills one release; what is unreadable about its money becomes its ``fault``."""

    def __init__(self, release: Release, zone: tzinfo) -> None:
        self._release = release
        self._zone = zone

    def planning(self, planning: dict[str, Any], tender: dict[str, Any]) -> None:
        release, budget = self._release, section(planning.get("budget"), "planning.budget")
        release.budget = self.money(budget.get("amount"), "planning.budget.amount")
        parts = objects(budget.get("budgetBreakdown"), "planning.budget.budgetBreakdown")
        if release.budget is None:
            values = [self.money(part.get("amount"), "planning.budget.budgetBreakdown.amount") for part in parts]
            currencies = {value.currency for value in values if value is not None}
            if len(currencies) == 1:
                release.budget = Money(sum(value.amount for value in values if value is not None), currencies.pop())
        begins = [self.period(one.get("period"), "startDate") for one in (budget, *parts)]
        release.budget_at = next((at for at in begins if at is not None), None)
        release.rup_codes = tuple(_rup_codes(budget, planning, tender, release.budget))

    def tender(self, tender: dict[str, Any]) -> None:
        release = self._release
        release.has_tender = bool(tender)
        release.tender_status = word(tender.get("status")).lower()
        release.estimate = self.money(tender.get("value"), "tender.value")
        release.opens_at = self.period(tender.get("tenderPeriod"), "startDate")
        release.closes_at = self.period(tender.get("tenderPeriod"), "endDate")
        release.works_at = self.period(tender.get("contractPeriod"), "startDate")

    def bids(self, bids: object, tender: dict[str, Any]) -> None:
        counts: list[Decimal | None] = [
            decimal_of(tender.get("numberOfTenderers")),
            Decimal(len(objects(tender.get("tenderers"), "tender.tenderers"))),
        ]
        # The extension has an object; early publishers wrote the bids as a list.
        told = cast(dict[str, Any], bids) if isinstance(bids, dict) else {"details": bids}
        counts.append(Decimal(len(objects(told.get("details"), "bids.details"))))
        for statistic in objects(told.get("statistics"), "bids.statistics"):
            is_count = word(statistic.get("measure")).lower() in ("bids", "validbids", "bidders", "qualifiedbidders", "numberofbids")
            counts.append(decimal_of(statistic.get("value")) if is_count else None)
        known = [int(count) for count in counts if count is not None and 0 <= count < MOST_MONEY]
        self._release.bidders = max(known, default=0) or None

    def award(self, award: dict[str, Any], number: int) -> None:
        key = word(award.get("id")) or f"#{number}"
        value = self.money(award.get("value"), "awards.value")
        self._release.awards[key] = Award(key, value, word(award.get("status")).lower())
        self._release.awarded_at = moment_of(award.get("date"), self._zone) or self._release.awarded_at

    def contract(self, contract: dict[str, Any], number: int) -> None:
        key = word(contract.get("id")) or f"#{number}"
        value = self.money(contract.get("value"), "contracts.value")
        signed_at = moment_of(contract.get("dateSigned"), self._zone)
        state = word(contract.get("status")).lower()
        self._release.contracts[key] = Contract(key, word(contract.get("awardID")), value, signed_at, state)
        self._release.awarded_at = self._release.awarded_at or signed_at
        implementation = section(contract.get("implementation"), "contracts.implementation")
        for metric in objects(implementation.get("metrics"), "contracts.implementation.metrics"):
            for observation in objects(metric.get("observations"), "contracts.implementation.metrics.observations"):
                self._observation(observation)

    def _observation(self, observation: dict[str, Any]) -> None:
        if observation.get("measure") is not None and decimal_of(observation.get("measure"), ".") is None:
            raise ReleaseError("contracts.implementation.metrics.observations.measure is not a number")
        ends_at = self.period(observation.get("period"), "endDate") or self.period(observation.get("period"), "startDate")
        if ends_at is not None:
            self._release.observed_at = max(ends_at, self._release.observed_at or ends_at)

    def period(self, value: object, end: str) -> datetime | None:
        """One end of a period; ``None`` where it is no object or says no date."""
        return moment_of(cast(dict[str, Any], value).get(end), self._zone) if isinstance(value, dict) else None

    def money(self, value: object, name: str) -> Money | None:
        """An OCDS Value, or a bare number; what can be no amount is the release's fault."""
        if value is None or value == "" or value == [] or value == {}:
            return None
        given = cast(dict[str, Any], value) if isinstance(value, dict) else {"amount": value}
        amount = given.get("amount")
        if amount is None or (isinstance(amount, str) and not amount.strip()):
            return None
        number = decimal_of(amount)
        if number is None:
            self._release.fault = f"{name}.amount is not a number, or one that can be read in two ways"
        elif not 0 <= number <= MOST_MONEY:
            self._release.fault = f"{name}.amount is negative or beyond any budget"
        else:
            return Money(int(number.to_integral_value()), word(given.get("currency")).upper()[:3])
        return None


def _rup_codes(budget: dict[str, Any], planning: dict[str, Any], tender: dict[str, Any], money: Money | None) -> Iterator[str]:
    """Codes of the procurement plan (SiRUP), several in one text as "a;b;c"; the numeric id of a budget is one where it is in rupiah."""
    texts = [word(where[name]) for where in (budget, planning, tender) for name in _RUP_NAMES if name in where]
    if money is not None and money.currency == "IDR":
        texts.append(word(budget.get("id")))
    seen: set[str] = set()
    for text in filter(None, texts):
        codes = [code.strip() for code in text.replace(",", ";").replace("|", ";").split(";")]
        if all(code.isdecimal() and 5 <= len(code) <= 10 for code in codes):
            for code in codes:
                if code not in seen:
                    seen.add(code)
                    yield code


_RUP_NAMES = ("kodeRUP", "kode_rup", "kd_rup", "rupCode", "rupID", "rup")


def _buyers(record: dict[str, Any], tender: dict[str, Any]) -> Iterator[str]:
    """Ids and names of those who buy, folded for comparison."""
    given: list[object] = [record.get("buyer"), tender.get("procuringEntity")]
    parties = record.get("parties")
    for party in cast(list[object], parties) if isinstance(parties, list) else []:
        roles = cast(dict[str, Any], party).get("roles") if isinstance(party, dict) else None
        if isinstance(roles, list) and ("buyer" in roles or "procuringEntity" in roles):
            given.append(cast(object, party))
    for organisation in given:
        if isinstance(organisation, dict):
            told = cast(dict[str, Any], organisation)
            identifier = told.get("identifier")
            names: list[object] = [told.get("id"), told.get("name")]
            if isinstance(identifier, dict):
                names += [cast(dict[str, Any], identifier).get("id"), cast(dict[str, Any], identifier).get("legalName")]
            yield from (folded(name) for name in names if word(name))


def folded(name: object) -> str:
    """A name or id as it is compared: capitals and spaces do not matter."""
    return word(name).casefold()


def _is_link(release: dict[str, Any]) -> bool:
    return "url" in release and "ocid" not in release
