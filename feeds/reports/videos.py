"""One short video: recognised by its content, held to its bounds, and one frame of it drawn as a poster.

Pure; knows no store. Its pictures and sound are kept as they were coded, in a new file without a word of the old one's; whoever serves
it must still never let it be taken for anything else.
"""

import re
from datetime import datetime
from io import BytesIO
from typing import Any, NoReturn, cast

import av
import msgspec
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from PIL import Image

from feeds.reports.exif import Taken, plausible_position, plausible_time
from feeds.reports.stills import BadPicture, Still, drawn, foreign_still

MOST_BYTES = 50_000_000
MOST_S = 120.0
MOST_SIDE = 4_096

_MOST_PACKETS = 250_000
_TRIED_PACKETS = 300
"""So many are decoded in search of a first frame."""

_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
"""How an MP4 or a QuickTime file begins, after four bytes of length."""

# No MJPEG: one small frame of it may be a progressive JPEG of a thousand scans.
_CODECS = frozenset({"h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "h263"})
_SOUNDS = frozenset({"aac", "mp3", "mp3float", "opus", "libopus", "vorbis"})
_PLACE = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")
_PLACE_TAGS = ("com.apple.quicktime.location.ISO6709", "location")
_TIME_TAGS = ("com.apple.quicktime.creationdate", "creation_time")
_DAMAGED = (FFmpegError, OSError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, MemoryError, RuntimeError, EOFError)


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """``content``: the video with neither place, time nor name in it."""

    content: bytes
    mime: str
    width: int
    height: int
    poster: Still
    taken: Taken


def mime_of(raw: bytes) -> str | None:
    """What its first bytes say it is, of the kinds we take."""
    if raw[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in raw[:64]:
        return "video/webm"
    if raw[4:8] not in _BOXES or foreign_still(raw) is not None:
        return None
    return "video/quicktime" if raw[4:8] != b"ftyp" or raw[8:12] == b"qt  " else "video/mp4"


def clip_of(raw: bytes, now: datetime) -> Clip:
    """The video in ``raw`` (MP4, WebM, MOV); ``now``: for the time it says. Raises ``BadPicture``."""
    mime = mime_of(raw)
    if mime is None:
        raise BadPicture("unsupported_type", "it is neither an MP4 nor a WebM nor a MOV video; send one of these")
    if len(raw) > MOST_BYTES:
        raise BadPicture("too_large", f"the video has {len(raw)} bytes; at most {MOST_BYTES} are taken")
    reader = "matroska" if mime == "video/webm" else "mov"
    try:
        # The reader is named: else a text that looks like a playlist would make FFmpeg open what it lists.
        with av.open(BytesIO(raw), "r", format=reader, io_open=_nothing_else, metadata_errors="replace") as container:
            taken = _taken(container, now)
            _check_length(container)
            container.seek(0)
            frame = _first_frame(container)
            width, height = _check_side(frame.width, frame.height)
            poster = drawn(_upright(frame))
            container.seek(0)
            content = _bare(container, {"video/webm": "webm", "video/mp4": "mp4"}.get(mime, "mov"))
            return Clip(content=content, mime=mime, width=width, height=height, poster=poster, taken=taken)
    except _DAMAGED as problem:
        raise BadPicture("damaged", "the video cannot be decoded; send it again") from problem


def _nothing_else(*_: Any) -> NoReturn:
    raise PermissionError("a video may open nothing but itself")


def _bare(container: InputContainer, kind: str) -> bytes:
    """The first stream of pictures and the first of sound in a new file; the same bytes whenever the same is sent (``bitexact``)."""
    buffer = BytesIO()
    # A sound that a file of that kind may not hold is left out, and the pictures stay.
    sound = [stream for stream in container.streams.audio[:1] if stream.codec_context.name in _SOUNDS]
    wanted = (*container.streams.video[:1], *sound)
    with av.open(buffer, "w", format=kind, container_options={"fflags": "+bitexact"}) as opened:
        bare: Any = opened
        kept: dict[int, Any] = {stream.index: bare.add_stream_from_template(stream) for stream in wanted}
        for packet in container.demux(*wanted):
            # The last of a stream is empty: it ends a decoder.
            if packet.dts is not None:
                packet.stream = kept[packet.stream.index]
                bare.mux(packet)
    return buffer.getvalue()


def _check_length(container: InputContainer) -> None:
    """By its packets too: a header may say nothing, or lie."""
    stream = container.streams.video[0] if container.streams.video else None
    if stream is None:
        raise BadPicture("unsupported_type", "there is no picture in the video; send one that has")
    if stream.codec_context.name not in _CODECS:
        raise BadPicture("unsupported_type", "the video is coded in a way we do not take; send H.264, H.265, VP8, VP9 or AV1")
    _check_side(stream.codec_context.width, stream.codec_context.height)
    longest = container.duration / av.time_base if container.duration is not None else 0.0
    first: float | None = None
    for number, packet in enumerate(container.demux(stream)):
        if packet.pts is not None:
            at = float(packet.pts * packet.time_base)
            first = at if first is None else min(first, at)
            longest = max(longest, at - first + float((packet.duration or 0) * packet.time_base))
        if longest > MOST_S or number > _MOST_PACKETS:
            break
    else:
        return
    raise BadPicture("too_long", f"the video is longer than {MOST_S:.0f} seconds; send a shorter one")


def _check_side(width: int, height: int) -> tuple[int, int]:
    if max(width, height) > MOST_SIDE:
        raise BadPicture("too_many_pixels", f"the video is {width} x {height}; no side may have more than {MOST_SIDE} pixels")
    return width, height


def _first_frame(container: InputContainer) -> VideoFrame:
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    # A stream may say another size than its container.
    stream.codec_context.options = {"max_pixels": str(MOST_SIDE * MOST_SIDE)}
    for number, packet in enumerate(container.demux(stream)):
        for frame in packet.decode():
            return frame
        if number > _TRIED_PACKETS:
            break
    raise BadPicture("damaged", "no frame of the video can be decoded; send it again")


def _upright(frame: VideoFrame) -> Image.Image:
    """FFmpeg counts a turn against the clock, as Pillow does."""
    image = cast(Image.Image, frame.to_image())  # pyright: ignore[reportUnknownMemberType]
    return image.rotate(round(frame.rotation / 90) * 90, expand=True)


def _taken(container: InputContainer, now: datetime) -> Taken:
    at = next((found for tag in _TIME_TAGS if (found := _time(container.metadata.get(tag, ""), now))), None)
    place = next((found for tag in _PLACE_TAGS if (found := _PLACE.match(container.metadata.get(tag, "")))), None)
    lon, lat = plausible_position(float(place[2]), float(place[1])) if place is not None else (None, None)
    return Taken(at=at, lon=lon, lat=lat)


def _time(text: str, now: datetime) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return plausible_time(at, now) if at.tzinfo is not None else None
