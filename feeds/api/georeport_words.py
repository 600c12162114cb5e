"""Reports, categories and steps in the words of Open311 GeoReport v2, as JSON and XML. Only what the public may read is copied here. Pure.

https://wiki.open311.org/GeoReport_v2/ ; extended statuses and updates as mySociety's servers give them (domain.md section 2).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.city import Category, City
from feeds.messages.report import OPEN_STATES, ReportState
from feeds.reports.records import Record

EXTENDED: Mapping[ReportState, str] = MappingProxyType(
    {
        ReportState.NEW: "FOR_TRIAGE",
        ReportState.FORWARDED: "OPEN",
        ReportState.WORKING: "IN_PROGRESS",
        ReportState.DONE: "FIXED",
        ReportState.DECLINED: "NOT_COUNCILS_RESPONSIBILITY",
        ReportState.DUPLICATE: "DUPLICATE",
        ReportState.INVALID: "NO_FURTHER_ACTION",
        ReportState.REOPENED: "REOPEN",
    }
)

STATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "new": "Laporan diterima",
        "forwarded": "Diteruskan ke dinas yang berwenang",
        "working": "Sedang dikerjakan",
        "done": "Selesai dikerjakan",
        "declined": "Di luar kewenangan kota",
        "duplicate": "Digabung dengan laporan lain",
        "invalid": "Ditutup tanpa tindak lanjut",
        "reopened": "Dibuka kembali",
    }
)
"""What a citizen is told of each state; translated where it is shown."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: str
    keywords: str
    group: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    name: str


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    variable: bool
    code: str
    datatype: str
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: tuple[Choice, ...]


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    service_code: str
    attributes: tuple[Attribute, ...]


class ExtendedAttributes(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    channel: str
    district: str | None
    is_outside: bool
    duplicate_of: str | None


class ServiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``extended_attributes`` stands there only when it was asked for."""

    service_request_id: str
    status: str
    status_notes: str | None
    service_name: str | None
    service_code: str
    description: str
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    extended_attributes: ExtendedAttributes | msgspec.UnsetType = msgspec.UNSET


class Token(msgspec.Struct, frozen=True, kw_only=True):
    service_request_id: str
    token: str


class Update(msgspec.Struct, frozen=True, kw_only=True):
    update_id: str
    service_request_id: str
    updated_datetime: str
    status: str
    description: str
    media_url: str | None


class UpdateTaken(msgspec.Struct, frozen=True, kw_only=True):
    update_id: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """``status_url`` opens the private status page; it is told once, to who sent the report."""

    service_request_id: str
    service_notice: str
    account_id: str | None
    status_url: str | None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """``code`` is the status, as GeoReport wants it; ``problem`` is stable and for programs."""

    code: int
    description: str
    problem: str


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    specification: str
    url: str
    changeset: str
    type: str
    formats: tuple[str, ...]


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a report's life; ``words``: the answer to the citizen, where whoever asks may read it."""

    number: int
    report: str
    at: datetime
    state: ReportState
    words: str | None
    photo: str | None = None


def status_of(state: ReportState) -> str:
    return "open" if state in OPEN_STATES else "closed"


def local(at: datetime, city: City) -> str:
    """With the city's offset, whole seconds."""
    return at.astimezone(ZoneInfo(city.time_zone)).isoformat(timespec="seconds")


def service_of(category: Category, city: City) -> Service:
    name = category.names.get(city.language) or category.code
    words = ",".join(dict.fromkeys(category.names.values()))
    return Service(
        service_code=category.code,
        service_name=name,
        description=name,
        metadata=bool(category.attributes),
        type="realtime",
        keywords=words,
        group=category.group,
    )


def definition_of(category: Category, city: City) -> Definition:
    """What a report of the category is asked for, in the city's language."""
    language = city.language
    found = [
        Attribute(
            variable=one.is_variable,
            code=one.code,
            datatype=one.datatype,
            required=one.is_required,
            datatype_description=one.hints.get(language),
            order=one.order or place,
            description=one.names.get(language, one.code),
            values=tuple(Choice(key=value.key, name=value.names.get(language, value.key)) for value in one.values),
        )
        for place, one in enumerate(category.attributes, 1)
    ]
    return Definition(service_code=category.code, attributes=tuple(sorted(found, key=lambda one: one.order)))


def request_of(
    record: Record, city: City, *, notes: str, parent: str | None, has_extensions: bool, media_url: str | None
) -> ServiceRequest:
    """What the wall may show of a report: the position rounded as the wall's, an operator's text or else the category's name.

    ``notes``: its state in words. ``parent``: what it was merged into, where that may be named. Of a prank no text.
    """
    digits = city.reports.position_decimals
    position = record.position
    name = record.category_name or city.category_name(record.category, city.language)
    extended = ExtendedAttributes(
        status=EXTENDED[record.state], channel=record.channel, district=city.district_name(record.district), is_outside=record.is_outside,
        duplicate_of=parent,
    )  # fmt: skip
    is_open = record.state in OPEN_STATES
    return ServiceRequest(
        service_request_id=record.id,
        status=status_of(record.state),
        status_notes=notes,
        service_name=name,
        service_code=record.category,
        description=(record.text if record.state is not ReportState.INVALID else None) or name or record.category,
        agency_responsible=city.agency_short(record.agency),
        service_notice=None,
        requested_datetime=local(record.received_at, city),
        updated_datetime=local(record.changed_at, city),
        expected_datetime=local(record.finish_by, city) if record.finish_by is not None and is_open else None,
        address=record.place,
        address_id=None,
        zipcode=None,
        lat=round(position.lat, digits) if position is not None else None,
        long=round(position.lon, digits) if position is not None else None,
        media_url=media_url,
        extended_attributes=extended if has_extensions else msgspec.UNSET,
    )


def update_of(step: Step, city: City, *, words: str, media_url: str | None) -> Update:
    """A step as mySociety's extension tells it; ``words`` stand where there was no answer to the citizen."""
    return Update(
        update_id=str(step.number),
        service_request_id=step.report,
        updated_datetime=local(step.at, city),
        status=EXTENDED[step.state],
        description=step.words or words,
        media_url=media_url,
    )


def as_json(said: object) -> bytes:
    """A list has no wrapper."""
    return msgspec.json.encode(said)


def as_xml(said: object, root: str, item: str) -> bytes:
    """A list as ``root`` with an ``item`` for each; a single thing as ``root`` itself. What XML cannot hold is left out."""
    element = ElementTree.Element(root)
    _fill(element, msgspec.to_builtins(said), item)
    return ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)


def xml_text(text: str) -> str:
    """The text without the characters no XML document may hold."""
    return _NOT_XML.sub("", text)


def _fill(element: Any, value: Any, item: str) -> None:
    if isinstance(value, Mapping):
        for name, inner in cast(Mapping[str, Any], value).items():
            # A list is named in the plural, its entries in the singular: endpoints, formats, attributes.
            _fill(ElementTree.SubElement(element, name), inner, name.removesuffix("s"))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in cast(Sequence[Any], value):
            _fill(ElementTree.SubElement(element, item), inner, item)
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else xml_text(str(value))
