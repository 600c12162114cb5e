"""One still picture: recognised by its content, held to its bounds before it is decoded, and drawn anew as a bare JPEG.

Pure; knows no store. What was hidden in the file, or hung on to it, does not survive the drawing.
"""

import re
import struct
import zlib
from datetime import datetime, tzinfo
from io import BytesIO

import imagehash
import msgspec
from PIL import Image

from feeds.reports.exif import Taken, orientation_of, taken_of

MOST_BYTES = 12_000_000
MOST_PIXELS = 40_000_000
MOST_SCANS = 64
"""Of a JPEG: each goes over the whole picture again, however few bytes it has. Cameras and programs write 10 at most."""

LONG_SIDE = 2_048
QUALITY = 85

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation to what puts it upright."""

_MOST_SEGMENTS = 10_000
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
"""Those that begin a segment of a JPEG, or end it. All below libjpeg passes over, or ends with an error."""

_START_OF_SCAN, _END_OF_IMAGE = b"\xda", b"\xd9"
_FOREIGN = {b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC", b"hevx": "HEIC", b"mif1": "HEIF",
            b"msf1": "HEIF", b"avif": "AVIF", b"avis": "AVIF"}  # fmt: skip
"""Brands of stills that come in the same boxes as an MP4."""

# What Pillow's readers raise of a damaged file, found by mutation.
_DAMAGED = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, EOFError, MemoryError,
    NotImplementedError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


class BadPicture(Exception):
    """Nothing we keep. ``code`` is stable: too_large, too_many_pixels, too_many_scans, too_long, unsupported_type, damaged."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


class Still(msgspec.Struct, frozen=True, kw_only=True):
    """``content``: a JPEG with nothing but the picture in it. ``perceptual``: 64 bits, hex. ``is_first_of_many``: the rest was left out."""

    content: bytes
    width: int
    height: int
    perceptual: str
    taken: Taken = Taken()
    is_first_of_many: bool = False


def kind_of(raw: bytes) -> str | None:
    """Pillow's name of the format its first bytes say, of those we take."""
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" else None


def foreign_still(raw: bytes) -> str | None:
    """The name of a kind of still that phones and programs send and we cannot read."""
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return _FOREIGN.get(raw[8:12]) if raw[4:8] == b"ftyp" else None


def still_of(raw: bytes, zone: tzinfo, now: datetime) -> Still:
    """The picture in ``raw`` (JPEG, PNG, WebP); ``zone`` and ``now``: for the time it says. Raises ``BadPicture``."""
    kind = kind_of(raw)
    if (foreign := foreign_still(raw)) is not None:
        raise BadPicture("unsupported_type", f"it is a picture of the kind {foreign}, which is not read here; send a JPEG, PNG or WebP")
    if kind is None:
        raise BadPicture("unsupported_type", "it is neither a JPEG nor a PNG nor a WebP picture; send one of these")
    if len(raw) > MOST_BYTES:
        raise BadPicture("too_large", f"the picture has {len(raw)} bytes; at most {MOST_BYTES} are taken")
    if kind == "JPEG":
        _check_scans(raw)
    if kind == "WEBP":
        # Its reader makes room for the whole canvas as it opens.
        check_pixels(*_webp_size(raw))
    try:
        with Image.open(BytesIO(raw), formats=(kind,)) as image:
            check_pixels(image.width, image.height)
            image.verify()
        with Image.open(BytesIO(raw), formats=(kind,)) as image:
            exif = image.getexif()
            still = drawn(image, orientation_of(exif))
            frames = getattr(image, "n_frames", 1)
            return msgspec.structs.replace(still, taken=taken_of(exif, zone, now), is_first_of_many=frames > 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_many() from problem
    except _DAMAGED as problem:
        raise BadPicture("damaged", "the picture cannot be decoded to its end; send it again") from problem


def drawn(image: Image.Image, orientation: int = 1) -> Still:
    """``image`` (changed by this) upright, small enough and bare."""
    if image.mode not in ("L", "RGB", "CMYK"):
        image = _deep_as_grey(image) if image.mode.startswith(("I", "F")) else image.convert("RGBA")
    # A JPEG is read at an eighth, a quarter or half of its size where that is enough.
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.load()
    if image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("RGB")
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    # Pillow writes a comment it has read into the next file.
    image.info.clear()
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return Still(content=buffer.getvalue(), width=image.width, height=image.height, perceptual=str(imagehash.phash(image)))


def check_pixels(width: int, height: int) -> None:
    """Raises ``BadPicture`` when decoding would take more than we give."""
    if width <= 0 or height <= 0:
        raise BadPicture("damaged", "the picture says that it has no size; send it again")
    if width * height > MOST_PIXELS:
        raise _too_many(f" ({width} x {height})")


def _check_scans(raw: bytes) -> None:
    """Up to the end of the first picture, as libjpeg walks it: what hangs on to that is never decoded."""
    at, scans = 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(raw, at)
        if found is None or found[1] == _END_OF_IMAGE:
            return
        scans += found[1] == _START_OF_SCAN
        if scans > MOST_SCANS:
            break
        at = found.end() + max(2, int.from_bytes(raw[found.end() : found.end() + 2]))
    raise BadPicture("too_many_scans", f"the picture is drawn in more than {MOST_SCANS} scans or a great many parts; save it anew")


def _too_many(size: str = "") -> BadPicture:
    return BadPicture("too_many_pixels", f"the picture has too many pixels{size}; at most {MOST_PIXELS // 1_000_000} million are taken")


def _deep_as_grey(image: Image.Image) -> Image.Image:
    """Of 16 bits the upper eight; a mode of more than that is taken to have 16 as well."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _webp_size(raw: bytes) -> tuple[int, int]:
    """Width and height as the first chunk of a WebP says them (RFC 9649, sections 2.5 to 2.7)."""
    head = raw[12:30]
    if len(head) < 18:
        raise BadPicture("damaged", "the picture ends before it begins; send it again")
    chunk, body = head[:4], head[8:]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
