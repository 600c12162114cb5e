"""Reads alerts of CAP 1.1 and 1.2 (OASIS Common Alerting Protocol) from XML. Pure: resolves no entity, opens no address, knows no city.

http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from feeds.readers.cap_area import MAX_POINTS, TOO_MANY, Area, Ring, read_area
from feeds.readers.markup import MarkupError, parse_xml, split_tag
from feeds.runtime.clock import aware_utc

__all__ = ["Alert", "Area", "CapError", "Info", "Ring", "alerts_in", "read_alert", "read_alerts"]

NAMESPACES = ("urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1")
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")


class CapError(ValueError):
    """A document that is no valid CAP alert; the text names the element, never its contents."""


@dataclass(frozen=True)
class Info:
    """One ``info`` block. ``language``: RFC 3066, lower case. ``onset_at``: when it begins to hold, from onset or effective.

    What only sorts it (category, severity) may be missing: real senders leave it empty. ``is_over``: it says that the danger is past.
    """

    language: str
    categories: tuple[str, ...]
    event: str
    severity: str
    headline: str
    areas: tuple[Area, ...]
    onset_at: datetime | None
    expires_at: datetime | None
    is_over: bool = False


@dataclass(frozen=True)
class Alert:
    """``status``, ``kind`` (msgType) and ``scope`` are words of the standard.

    ``references``: (sender, identifier) of the alerts that an Update or Cancel speaks of. ``faults``: what of it could not be read.
    """

    identifier: str
    sender: str
    sent_at: datetime
    status: str
    kind: str
    scope: str
    references: tuple[tuple[str, str], ...]
    infos: tuple[Info, ...]
    faults: tuple[str, ...] = ()


def read_alert(body: bytes) -> Alert:
    """A document that is one CAP 1.2 (or 1.1) alert; raises ``CapError``."""
    (alert,) = read_alerts(body)[:1]
    return alert


def read_alerts(body: bytes) -> list[Alert]:
    """The alerts of a document: the one it is, or those an envelope (SOAP, EDXL-DE, Atom content) carries; raises ``CapError``."""
    try:
        root = parse_xml(body)
    except MarkupError as problem:
        raise CapError(str(problem)) from problem
    alerts: list[Alert] = []
    first: CapError | None = None
    for element in alerts_in(root):
        try:
            alerts.append(alert_of(element))
        except CapError as problem:
            first = first or problem
    if not alerts:
        raise first or CapError("is not a CAP 1.2 or 1.1 alert")
    return alerts


def alerts_in(root: Element) -> list[Element]:
    """The CAP alerts within a tree, itself included."""
    return [element for namespace in NAMESPACES for element in root.iter(f"{{{namespace}}}alert")]


def alert_of(root: Element) -> Alert:
    """The alert an element is; raises ``CapError``. An info block that cannot be read does not take a good one with it."""
    space = f"{{{split_tag(root)[0]}}}"
    infos: list[Info] = []
    faults: list[str] = []
    for element in root.findall(f"{space}info"):
        try:
            infos.append(_info(element, space))
        except CapError as problem:
            faults.append(str(problem))
    if faults and not infos:
        raise CapError(faults[0])
    if sum(area.positions for info in infos for area in info.areas) > MAX_POINTS:
        raise CapError(TOO_MANY)
    references, unreadable = _references(_text(root, space, "references"))
    kind = _word(_required(root, space, "msgType"), KINDS, "msgType")
    if kind == "Cancel" and not references:
        raise CapError("has a reference that is not sender,identifier,sent" if unreadable else "has msgType Cancel but no references")
    return Alert(
        identifier=_required(root, space, "identifier"),
        sender=_required(root, space, "sender"),
        sent_at=_time(_required(root, space, "sent"), "sent"),
        status=_word(_required(root, space, "status"), STATUSES, "status"),
        kind=kind,
        scope=_word(_required(root, space, "scope"), SCOPES, "scope"),
        references=references,
        infos=tuple(infos),
        faults=(*faults, *(["has a reference that is not sender,identifier,sent"] if unreadable else [])),
    )


def _info(element: Element, space: str) -> Info:
    event = _required(element, space, "event")
    onset = _text(element, space, "onset") or _text(element, space, "effective")
    expires = _text(element, space, "expires")
    return Info(
        language=(_text(element, space, "language") or "en-US").lower(),
        categories=tuple(text for found in element.findall(f"{space}category") if (text := _line(found))),
        event=event,
        severity=_text(element, space, "severity") or "Unknown",
        headline=_text(element, space, "headline") or event,
        areas=tuple(read_area(area, space) for area in element.findall(f"{space}area")),
        onset_at=_time(onset, "onset") if onset else None,
        expires_at=_time(expires, "expires") if expires else None,
        is_over=_is_over(element, space),
    )


def _is_over(element: Element, space: str) -> bool:
    """Whether a block gives the all-clear: by its response, its urgency (CAP 3.2.2), or Meteoalarm's awareness level 1, green.

    What the earth does is told when it is over: an earthquake whose urgency is Past is still its first report.
    """
    categories = _words(element, space, "category")
    if "allclear" in _words(element, space, "responseType") or ("past" in _words(element, space, "urgency") and "geo" not in categories):
        return True
    return any(
        (_text(parameter, space, "valueName") or "").casefold() == "awareness_level" and _is_green(_text(parameter, space, "value") or "")
        for parameter in element.iterfind(f"{space}parameter")
    )


def _is_green(level: str) -> bool:
    """``1; green; Minor``, with any blanks."""
    parts = [part.strip().casefold() for part in level.split(";")]
    return parts[0] == "1" or "green" in parts


def _words(element: Element, space: str, name: str) -> set[str]:
    """All that is said under one name, in small letters and without blanks."""
    return {"".join(line.split()).casefold() for one in element.iterfind(f"{space}{name}") if (line := _line(one))}


def _references(text: str | None) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Those that can be read, and whether others are there."""
    parts = [reference.split(",") for reference in (text or "").split()]
    read = tuple((part[0], part[1]) for part in parts if len(part) >= 2 and part[0] and part[1])
    return read, len(read) < len(parts)


def _word(text: str, words: Sequence[str], name: str) -> str:
    """The standard's own spelling; an unknown word is refused, since it decides whether an alert is real and for whom."""
    for word in words:
        if text.casefold() == word.casefold():
            return word
    raise CapError(f"{name} is none of {', '.join(words)}")


def _line(element: Element | None) -> str | None:
    text = element.text if element is not None else None
    return (" ".join("".join(c if c.isprintable() else " " for c in text).split()) or None) if text else None


def _text(element: Element, space: str, name: str) -> str | None:
    found: Iterator[Element] = element.iterfind(f"{space}{name}")
    return next((line for one in found if (line := _line(one))), None)


def _required(element: Element, space: str, name: str) -> str:
    text = _text(element, space, name)
    if text is None:
        raise CapError(f"has no {name}")
    return text


def _time(text: str, name: str) -> datetime:
    try:
        return aware_utc(text)
    except ValueError as problem:
        raise CapError(f"{name} {problem}") from problem
