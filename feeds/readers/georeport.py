"""Documents of Open311 GeoReport v2 servers, JSON and XML alike, as lists of records. Pure: knows no city, opens no address.

https://wiki.open311.org/GeoReport_v2/ ; service request updates as mySociety's extension defines them.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast
from xml.etree.ElementTree import Element

import msgspec

from feeds.readers.markup import MarkupError, parse_xml


class GeoReportError(ValueError):
    """A document that is no list of a GeoReport server; the text says why, never what it holds."""


class Kind(StrEnum):
    """What the records of a document are."""

    REQUESTS = "requests"
    SERVICES = "services"
    UPDATES = "servicerequestupdates"
    ERRORS = "errors"
    EMPTY = "empty"


_XML_KINDS = {
    "service_requests": Kind.REQUESTS,
    "requests": Kind.REQUESTS,
    "services": Kind.SERVICES,
    "service_request_updates": Kind.UPDATES,
    "servicerequestupdates": Kind.UPDATES,
    "request_updates": Kind.UPDATES,
    "errors": Kind.ERRORS,
    "error": Kind.ERRORS,
}
MAX_DEPTH = 12


def read_document(body: bytes) -> tuple[Kind, list[object]]:
    """The records of a document and what they are; raises ``GeoReportError``. Records of JSON may be anything, those of XML are dicts."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise GeoReportError("is a web page")
    if text.startswith(b"<") or body.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _read_xml(body)
    return _read_json(body)


def _read_json(body: bytes) -> tuple[Kind, list[object]]:
    try:
        if b"\0" in body[:4] or body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            body = body.decode(json.detect_encoding(body)).encode()
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as problem:
        raise GeoReportError("is not JSON") from problem
    if isinstance(document, dict):
        document = _wrapped(cast(dict[str, object], document))
    if not isinstance(document, list):
        raise GeoReportError("is not a list")
    records = cast(list[object], document)
    return _kind_of(records), records


def _wrapped(document: dict[str, object]) -> object:
    """Some servers wrap the list as their XML does, {"service_requests": [...]}; one that gives a single record gives it bare."""
    wrapped = [cast(list[object], value) for value in document.values() if isinstance(value, list)]
    if len(wrapped) == 1 and "service_request_id" not in document and "service_code" not in document:
        return wrapped[0]
    return [document] if {"service_request_id", "service_code", "code"} & document.keys() else None


def _kind_of(records: Sequence[object]) -> Kind:
    objects = [cast(dict[str, Any], record) for record in records if isinstance(record, dict)]
    if not records:
        return Kind.EMPTY
    if objects and all("code" in record and "description" in record and "service_code" not in record for record in objects):
        return Kind.ERRORS
    if any("update_id" in record for record in objects):
        return Kind.UPDATES
    if any("service_request_id" in record or "requested_datetime" in record for record in objects):
        return Kind.REQUESTS
    return Kind.SERVICES if any("service_code" in record and "metadata" in record for record in objects) else Kind.REQUESTS


def _read_xml(body: bytes) -> tuple[Kind, list[object]]:
    try:
        root = parse_xml(body)
    except MarkupError as problem:
        raise GeoReportError(str(problem)) from problem
    except RecursionError as problem:
        raise GeoReportError("is not XML") from problem
    kind = _XML_KINDS.get(_name(root.tag))
    if kind is None:
        raise GeoReportError("is XML, but no list of GeoReport v2")
    records: list[object] = [_value(element, MAX_DEPTH) or {} for element in root]
    return (kind if records or kind is Kind.ERRORS else Kind.EMPTY), records


@lru_cache(maxsize=1024)
def _name(tag: object) -> str:
    """Without its namespace; empty for that of a comment or processing instruction."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _value(element: Element, depth: int) -> Any:
    """An element as JSON would have it: text, ``None`` for an empty one, a dict of its children, a list where one name recurs."""
    if not len(element) or not depth:
        return (element.text or "").strip() or None
    found: dict[str, Any] = {}
    for child in element:
        # Most are leaves: not called for each of these, a page is read in two thirds of the time.
        name, text = _name(child.tag), child.text
        value = _value(child, depth - 1) if len(child) else (text.strip() or None) if text else None
        if name not in found:
            found[name] = value
        else:
            held = found[name]
            found[name] = [*cast(list[Any], held), value] if isinstance(held, list) else [held, value]
    return found
