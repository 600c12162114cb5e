"""Reads a form, url-encoded or multipart, within bounds: text must be UTF-8, files go to temporary files. Knows no field by name."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

from feeds.api.errors import ApiError

MOST_FIELDS = 200
MOST_FIELD_BYTES = 64 * 1024
MOST_TEXT_BYTES = 256 * 1024
MOST_FILES = 5
_RFC_5987 = re.compile(rb";\s*filename\*\s*=", re.IGNORECASE)
IN_MEMORY_BYTES = 256 * 1024
"""A file larger than this waits on disk until it is looked at."""

_PIECE = 4 * 1024
"""Of a form whose sender is not known yet so much is read at a time: none of a file that comes with it is on disk before he is."""


class Gate(Protocol):
    """Judges who sends a multipart form while it comes."""

    @property
    def is_open(self) -> bool: ...

    async def look(self, values: Mapping[str, Sequence[str]]) -> None:
        """Opens when these fields say enough. Raises ``ApiError`` for whom it does not let in."""
        ...

    def need_key(self, values: Mapping[str, Sequence[str]]) -> None:
        """Raises ``ApiError`` where these do not say yet who sends the form: here comes a file, or too much else."""
        ...


class Form(msgspec.Struct):
    """Every value of each field and the files, in order. ``closing_files`` closes them."""

    values: dict[str, list[str]]
    files: list[IO[bytes]]

    @property
    def fields(self) -> dict[str, str]:
        """One value of each. Raises ``ApiError`` 400 for a field given twice that says two things."""
        return {name: one_of(name, values) for name, values in self.values.items()}


def one_of(name: str, values: Sequence[str]) -> str:
    """The value of a field that has but one; an empty one beside it does not count. Raises ``ApiError`` 400."""
    said = list(dict.fromkeys(value for value in values if value.strip()))
    if len(said) > 1:
        raise ApiError(400, "repeated_field", "a field is given twice and says two things; give it once", field=name[:64])
    return said[0] if said else "".join(values[:1])


@contextmanager
def closing_files() -> Generator[Form]:
    """An empty form whose files are gone at the end."""
    form = Form({}, [])
    try:
        yield form
    finally:
        for file in form.files:
            file.close()


async def read_into(form: Form, request: Request[Any, Any, Any], gate: Gate | None = None) -> None:
    """The request's form. Raises ``ApiError``: 400 for what cannot be read, 413 for what is too large, and what ``gate`` raises.

    ``gate`` stands before the first file; a url-encoded form is small and is read to its end without it.
    """
    kind, options = request.content_type
    if kind == "application/x-www-form-urlencoded":
        for name, value in _url_encoded(await _text_body(request)):
            form.values.setdefault(name, []).append(value)
    elif kind == "multipart/form-data":
        await _multipart(form, request, options.get("boundary", ""), gate)
    else:
        raise ApiError(400, "unsupported_type", "the request is no form; send application/x-www-form-urlencoded or multipart/form-data")


async def _text_body(request: Request[Any, Any, Any]) -> bytes:
    """No further than shows that it is too large. Raises ``ApiError`` 413."""
    body = bytearray()
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            body += chunk
            if len(body) > MOST_TEXT_BYTES:
                raise ApiError(413, "too_large", f"a form without files is larger than {MOST_TEXT_BYTES:,} bytes")
    return bytes(body)


def _url_encoded(body: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as problem:
        raise _bad_text() from problem
    except ValueError as problem:
        raise _too_many() from problem
    for name, value in pairs:
        if len(value.encode()) > MOST_FIELD_BYTES or len(name) > 200:
            raise _too_large()
    return pairs


async def _multipart(form: Form, request: Request[Any, Any, Any], boundary: str, gate: Gate | None) -> None:
    if not boundary:
        raise ApiError(400, "bad_form", "the multipart form names no boundary in its Content-Type")
    parts = _Parts(form, gate)
    try:
        parser = MultipartParser(boundary.encode(), parts.callbacks())
        async with aclosing(request.stream()) as stream:
            read = 0
            async for chunk in stream:
                await _parse(parser, chunk, form, gate, read)
                read += len(chunk)
        parser.finalize()
    except UnicodeDecodeError as problem:
        raise _bad_text() from problem
    except (FormParserError, ValueError) as problem:
        raise _broken() from problem
    if not parts.is_whole:
        raise _broken()


async def _parse(parser: MultipartParser, chunk: bytes, form: Form, gate: Gate | None, before: int) -> None:
    """``before``: bytes of the form that came before."""
    start = 0
    while gate is not None and not gate.is_open and start < len(chunk):
        parser.write(chunk[start : start + _PIECE])
        start += _PIECE
        await gate.look(form.values)
        if before + start > MOST_TEXT_BYTES:
            gate.need_key(form.values)
    parser.write(chunk[start:] if start else chunk)


class _Parts:
    """What the parser tells of, put into a form part by part."""

    def __init__(self, form: Form, gate: Gate | None) -> None:
        self.is_whole = False
        self._form = form
        self._gate = gate
        self._count = 0
        self._header, self._value = bytearray(), bytearray()
        self._name: str | None = None
        self._text = bytearray()
        self._file: IO[bytes] | None = None

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin, "on_header_field": self._add_header, "on_header_value": self._add_value,
            "on_header_end": self._end_header, "on_headers_finished": self._check_name, "on_part_data": self._add, "on_part_end": self._end,
            "on_end": self._finish,
        }  # fmt: skip

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise _too_many()
        self._name, self._file, self._text = None, None, bytearray()

    def _add_header(self, chunk: bytes, start: int, end: int) -> None:
        self._header += chunk[start:end]

    def _add_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _end_header(self) -> None:
        name, value = bytes(self._header).lower(), bytes(self._value)
        self._header, self._value = bytearray(), bytearray()
        if name != b"content-disposition":
            return
        options = parse_options_header(value)[1]
        self._name = options.get(b"name", b"").decode()
        # A file field that was left empty comes with an empty name. Some clients write RFC 5987's name alone, which the parser passes over.
        if options.get(b"filename") or _RFC_5987.search(value):
            if self._gate is not None:
                self._gate.need_key(self._form.values)
            self._file = _new_file(self._form)

    def _check_name(self) -> None:
        if self._name is None:
            raise _broken()

    def _add(self, chunk: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(chunk[start:end])
            return
        self._text += chunk[start:end]
        if len(self._text) > MOST_FIELD_BYTES:
            raise _too_large()

    def _end(self) -> None:
        if self._file is None and self._name is not None:
            self._form.values.setdefault(self._name, []).append(self._text.decode())

    def _finish(self) -> None:
        self.is_whole = True


def _new_file(form: Form) -> IO[bytes]:
    if len(form.files) >= MOST_FILES:
        raise ApiError(400, "too_many_files", f"a report takes at most {MOST_FILES} files")
    file = SpooledTemporaryFile[bytes](max_size=IN_MEMORY_BYTES)
    form.files.append(file)
    return file


def _bad_text() -> ApiError:
    return ApiError(400, "bad_utf8", "the form is not valid UTF-8")


def _too_many() -> ApiError:
    return ApiError(400, "too_many_fields", f"a form has at most {MOST_FIELDS} fields")


def _too_large() -> ApiError:
    return ApiError(413, "too_large", f"a field is larger than {MOST_FIELD_BYTES:,} bytes")


def _broken() -> ApiError:
    return ApiError(400, "bad_form", "the multipart form is broken or cut off; send it again")
