"""Unpacks a compressed body piece by piece, never more at once than it may hold in all. Does no I/O."""

import zlib

MAX_STEP = 256 * 1024


class Garbled(ValueError):
    """The body is not what its Content-Encoding says."""


class TooLarge(ValueError):
    """Unpacked, the body is larger than allowed."""


class Unpacker:
    """Takes a body of ``encoding`` (a Content-Encoding header) in pieces; ``body()`` is all of it.

    Only what we ask for is understood: nothing, gzip or deflate, once; a body packed twice is how a kilobyte becomes a terabyte.
    Raises ``Garbled`` and ``TooLarge``; after ``TooLarge`` the first ``max_bytes`` are in ``body()``.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding = encoding.strip().lower()
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Garbled("is packed in a way that was not asked for")
        kind = 0 if self._encoding == "deflate" else 16
        self._packer = None if self._encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | kind)
        self._has_begun = False

    def feed(self, data: bytes) -> None:
        """Take the next piece as it came."""
        if self._packer is None:
            self._keep(data)
            return
        if data and not self._has_begun:
            self._has_begun = True
            # "deflate" means zlib, but some servers send it bare.
            if self._encoding == "deflate" and data[0] & 0x0F != zlib.DEFLATED:
                self._packer = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while data:
                self._keep(self._packer.decompress(data, MAX_STEP))
                data = self._packer.unconsumed_tail
                if self._packer.eof and self._encoding != "deflate" and (data := self._packer.unused_data.lstrip(b"\0")):
                    self._packer = zlib.decompressobj(zlib.MAX_WBITS | 16)
        except zlib.error as problem:
            raise Garbled("is not packed as it says") from problem

    def body(self, *, is_whole: bool = False) -> bytes:
        """What has been unpacked; ``is_whole`` raises ``Garbled`` when the packed body ended too early."""
        if is_whole and self._packer is not None and self._has_begun and not self._packer.eof:
            raise Garbled("is cut off")
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        room = self._max_bytes - self._size
        self._size += len(part)
        self._parts.append(part[:room] if room < len(part) else part)
        if self._size > self._max_bytes:
            raise TooLarge
