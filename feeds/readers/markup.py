"""XML from outside as a tree, and marked-up text as one plain line.

Pure. A document type is refused unread, so no entity is ever resolved and nothing is fetched.
"""

import html
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers.expat import ExpatError, ParserCreate

from lxml import etree as _untyped  # pyright: ignore

MAX_MARKED_UP = 20_000
"""Of a longer text only this much is looked at: what is shown is a line."""

_PIECE = 256 * 1024
"""Bytes of XML read in one go: some ten milliseconds."""

_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BEFORE_ROOT = re.compile(rb"<[A-Za-z]|<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LOOSE_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)?", re.DOTALL
)
_PAGE = "is a web page"
_DTD = "carries a document type or entities: refused unread"


# lxml has no stubs; it is met here alone for what is not well-formed.
etree: Any = _untyped  # pyright: ignore


class MarkupError(ValueError):
    """A document that is no XML one may read; the text is a predicate that quotes nothing of it."""


def parse_xml(body: bytes) -> Element:
    """The root of a document; ``MarkupError`` for anything but plain XML. What should be UTF-8 and is not is read as Windows-1252."""
    body = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body[:20].lower().startswith((b"<!doctype html", b"<html")):
        raise MarkupError(_PAGE)
    try:
        return _tree(body)
    except _Declares as problem:
        raise MarkupError(_DTD) from problem
    except (ParseError, ExpatError, ValueError, LookupError) as problem:
        again = _in_windows_letters(body)
        if again is None:
            raise MarkupError("is not XML") from problem
    try:
        return _tree(again)
    except _Declares as problem:
        raise MarkupError(_DTD) from problem
    except (ParseError, ExpatError, ValueError, LookupError) as problem:
        raise MarkupError("is not XML") from problem


class _Declares(Exception):
    """A document type stands in it."""


def _tree(body: bytes) -> Element:
    """Fed piece by piece: a reader in a thread of its own would keep every other one waiting while expat reads the whole.

    The standard library's tree builder cannot be told to refuse a document type, and one in Python takes four times as long: a second
    reader goes before it up to the root, after which none may stand.
    """
    guard, parser = ParserCreate(), XMLParser()  # noqa: S314  the guard goes first
    is_begun = False

    def begin(*_: object) -> None:
        nonlocal is_begun
        is_begun, guard.StartElementHandler = True, None

    guard.StartDoctypeDeclHandler, guard.StartElementHandler = _refuse, begin
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        if not is_begun:
            guard.Parse(piece, False)
        parser.feed(piece)
    return parser.close()


def _refuse(*_: object) -> None:
    raise _Declares


def mend_xml(body: bytes) -> tuple[Element, bool]:
    """As ``parse_xml``, but what is not well-formed is read as far as it goes; then the second value is true: some of it may be missing.

    A bare ``&`` and the named characters of HTML, common in feeds, are mended without loss. Raises ``MarkupError``.
    """
    try:
        return parse_xml(body), False
    except MarkupError as problem:
        if str(problem) in (_DTD, _PAGE):
            raise
    try:
        return parse_xml(_LOOSE_AMPERSAND.sub(_mended, body)), False
    except MarkupError as problem:
        if str(problem) == _DTD:
            raise
    return _recovered(body), True


def _recovered(body: bytes) -> Element:
    first = _BEFORE_ROOT.search(body.replace(b"\x00", b""))
    if first is None or first.group().startswith(b"<!"):
        raise MarkupError("is not XML" if first is None else _DTD)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
        if root is None or root.getroottree().docinfo.doctype:
            raise MarkupError("is not XML" if root is None else _DTD)
        return parse_xml(etree.tostring(root, encoding="utf-8"))
    except MarkupError:
        raise
    except (SyntaxError, ValueError) as problem:
        # lxml's XMLSyntaxError is a SyntaxError.
        raise MarkupError("is not XML") from problem


def _mended(found: re.Match[bytes]) -> bytes:
    whole, name = found.group(), found.group(1)
    if whole.startswith(b"<"):
        return whole
    character = html.unescape(f"&{name.decode('ascii')}") if name else ""
    return b"&#%d;" % ord(character) if len(character) == 1 else b"&amp;" + (name or b"")


def _in_windows_letters(body: bytes) -> bytes | None:
    """The text in UTF-8 when it says or implies UTF-8 but is not: written on a machine that kept its own letters."""
    declared = _DECLARED.match(body)
    if b"\x00" in body or (declared is not None and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
        return text.partition("?>")[2].encode() if declared is not None else text.encode()
    return None


def split_tag(element: Element) -> tuple[str, str]:
    """Namespace (empty for none) and local name."""
    namespace, brace, name = element.tag.removeprefix("{").rpartition("}")
    return (namespace, name) if brace else ("", element.tag)


def plain_line(text: object, longest: int) -> str | None:
    """A text as one printable line without markup, at most ``longest`` characters; ``None`` when it is none or nothing is left."""
    if not isinstance(text, str):
        return None
    text = text[:MAX_MARKED_UP]
    if "<" in text or "&" in text:
        reader = _TextOnly()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    return one_line(text, longest)


def one_line(value: object, longest: int) -> str | None:
    """A text as one printable line of at most ``longest`` characters; ``None`` when it is none or empty."""
    text = value if isinstance(value, str) else ""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:MAX_MARKED_UP]).split())
    return (line if len(line) <= longest else line[: longest - 1] + "…") or None


class _TextOnly(HTMLParser):
    """Gathers the text of HTML, without what is never shown; a tag stands for a space unless it only changes letters."""

    _HIDDEN = ("script", "style", "template", "iframe", "noscript", "head")
    _IN_WORDS = ("b", "i", "em", "strong", "span", "a", "u", "s", "sub", "sup", "font", "small", "mark")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._HIDDEN
        self._apart(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in self._HIDDEN))
        self._apart(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _apart(self, tag: str) -> None:
        if tag not in self._IN_WORDS:
            self.parts.append(" ")
