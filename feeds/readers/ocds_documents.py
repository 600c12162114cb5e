"""Takes OCDS documents apart: packages, lists, single releases, records and JSON Lines become one object at a time. Pure.

https://standard.open-contracting.org/1.1/ ; a package of 32 MB is decoded release by release, so that neither memory nor the
interpreter is held by it for long.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from feeds.readers.spellings import Unreadable, text_of, unpacked

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n\0]*")
_LISTS = ("releases", "records")
_OTHERS = {
    "projects": "is an OC4IDS package of projects, which this collector does not read",
    "metrics": "is a list of metrics, no OCDS release",
    "error": "is an error message, no OCDS document",
    "errors": "is an error message, no OCDS document",
}
_OF_A_RELEASE = ("ocid", "tender", "planning", "awards", "contracts", "compiledRelease")


class OcdsError(ValueError):
    """A document that is none of OCDS; the text says why, never what it holds."""


@dataclass
class Opened:
    """A document being read. ``items`` gives releases and records one by one; the rest is known when they are through.

    ``items`` raises ``OcdsError`` where the document turns out to be damaged: what came before is then to be dropped as well, since
    a figure of half a package is a wrong figure.
    """

    items: Iterator[object]
    published: list[str] = field(default_factory=list[str])


class _Text:
    """A JSON text read value by value; ``strict=False`` forgives control characters within strings."""

    def __init__(self, text: str) -> None:
        self._decoder = json.JSONDecoder(strict=False)
        self.text = text
        self.at = 0

    def peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def take(self, sign: str) -> bool:
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def value(self) -> object:
        self.peek()
        try:
            value, self.at = self._decoder.raw_decode(self.text, self.at)
        except (ValueError, RecursionError) as problem:
            raise OcdsError("is not JSON, or ends early") from problem
        return value

    def elements(self) -> Iterator[object]:
        """The elements of the list that begins here."""
        if not self.take("["):
            raise OcdsError("is not JSON, or ends early")
        if self.take("]"):
            return
        while True:
            yield self.value()
            if self.take("]"):
                return
            if not self.take(","):
                raise OcdsError("is not JSON, or ends early")


def opened(body: bytes) -> Opened:
    """A document, plain or gzip; raises ``OcdsError`` at once for what is no JSON, and while reading for what is no OCDS."""
    try:
        text = text_of(unpacked(body, MAX_DOCUMENT_BYTES))
    except Unreadable as problem:
        raise OcdsError(str(problem)) from problem
    reading = _Text(text)
    first = reading.peek()
    if not first:
        raise OcdsError("is empty")
    if first not in "{[":
        raise OcdsError("is not JSON")
    document = Opened(items=iter(()))
    document.items = _whole(reading, document)
    return document


def _whole(reading: _Text, document: Opened) -> Iterator[object]:
    """All values of a text: one, or several one after the other (JSON Lines, concatenated JSON)."""
    values = 0
    while reading.peek():
        if reading.peek() == "[":
            for element in reading.elements():
                yield from _flat(element, document)
        elif reading.peek() == "{":
            yield from _object(reading, document)
        else:
            raise OcdsError("is not JSON, or ends early")
        values += 1
        reading.take("\x1e")
        if values == 1 and reading.take(","):
            raise OcdsError("is not JSON, or ends early")


def _object(reading: _Text, document: Opened) -> Iterator[object]:
    """A package's releases and records while they are read; any other object whole, once it is known to be a release or record."""
    reading.take("{")
    fields: dict[str, Any] = {}
    is_package = False
    is_over = reading.take("}")
    while not is_over:
        name = reading.value()
        if not isinstance(name, str) or not reading.take(":"):
            raise OcdsError("is not JSON, or ends early")
        if name in _LISTS and "ocid" not in fields and reading.peek() in "[{":
            is_package = True
            yield from _listed(reading)
        else:
            # Record packages may only point to where their releases are.
            fields[name] = reading.value()
        is_over = reading.take("}")
        if not is_over and not reading.take(","):
            raise OcdsError("is not JSON, or ends early")
    published = fields.get("publishedDate")
    if isinstance(published, str):
        document.published.append(published)
    if not is_package:
        yield _single(fields)


def _flat(element: object, document: Opened) -> Iterator[object]:
    """An element of a bare list: a release or record, or a whole package of them."""
    fields = cast(dict[str, Any], element) if isinstance(element, dict) else {}
    inner = next((fields[name] for name in _LISTS if isinstance(fields.get(name), list)), None)
    if inner is None or "ocid" in fields:
        yield element
        return
    if isinstance(fields.get("publishedDate"), str):
        document.published.append(fields["publishedDate"])
    yield from cast(list[object], inner)


def _listed(reading: _Text) -> Iterator[object]:
    """Releases of a package: a list, one bare object, or (seen in the wild) an object of them by id."""
    if reading.peek() == "[":
        yield from reading.elements()
        return
    value = reading.value()
    inner = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    yield from [value] if any(name in inner for name in _OF_A_RELEASE) else inner.values()


def _single(fields: dict[str, Any]) -> object:
    if any(name in fields for name in _OF_A_RELEASE) or ("releases" in fields and "ocid" in fields):
        return fields
    for name in _LISTS:
        if name in fields:
            raise OcdsError(f"is an OCDS package whose {name} is no list")
    for name, reason in _OTHERS.items():
        if name in fields:
            raise OcdsError(reason)
    raise OcdsError("is JSON, but neither an OCDS package nor a release or record")
