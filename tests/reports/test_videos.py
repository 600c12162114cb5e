"""A video is recognised by its content, held to its bounds, kept without what its file says of itself, and shown by one frame of it."""

import hashlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from feeds.city import load_city
from feeds.reports import videos
from feeds.reports.pictures import BadPicture, Pictures
from tests.fakes.attachments import a_scene, a_video

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures", CITY, lambda: NOW)


def refused(pictures: Pictures, raw: bytes) -> str:
    with pytest.raises(BadPicture) as refusal:
        pictures.prepare(raw)
    assert refusal.value.problem
    return refusal.value.code


@pytest.mark.parametrize(("kind", "mime"), [("mp4", "video/mp4"), ("webm", "video/webm"), ("mov", "video/quicktime")])
def test_a_video_is_kept_with_a_poster_of_what_it_shows(pictures: Pictures, kind: str, mime: str) -> None:
    raw = a_video(kind, seed=3)
    prepared = pictures.prepare(raw)
    assert (prepared.mime, prepared.width, prepared.height) == (mime, 320, 240)
    assert prepared.hash == hashlib.sha256(prepared.content).hexdigest() != prepared.original == hashlib.sha256(raw).hexdigest()
    assert pictures.prepare(raw).hash == prepared.hash, "sent again it is the same"
    assert _frames(prepared.content) == _frames(raw)
    assert prepared.poster is not None
    poster = Image.open(BytesIO(prepared.poster), formats=("JPEG",)).convert("L").resize((16, 12))
    wanted = a_scene(3, (320, 240)).convert("L").resize((16, 12))
    off = sum(abs(one - other) for one, other in zip(poster.tobytes(), wanted.tobytes(), strict=True)) / len(wanted.tobytes())
    assert off < 12


def _frames(raw: bytes) -> list[bytes]:
    with av.open(BytesIO(raw), "r") as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov"])
def test_no_word_of_the_file_is_left(pictures: Pictures, kind: str) -> None:
    said = {
        "location": "-06.1700+106.6300/",
        "comment": "MARK",
        "artist": "MARK",
        "com.apple.quicktime.location.ISO6709": "-06.1700+106.6300/",
    }
    raw = a_video(kind, metadata=said)
    tail = b"\0\0\0\x0cfreeMARK" if kind != "webm" else b""
    assert b"MARK" in raw and b"106.63" in raw
    prepared = pictures.prepare(raw + tail)
    assert b"MARK" not in prepared.content and b"106.63" not in prepared.content


def test_one_that_is_turned_gets_an_upright_poster(pictures: Pictures) -> None:
    raw = a_video("mp4")
    # The matrix of the track's header: a quarter turn in place of none (ISO 14496-12, 8.3.2).
    flat = b"".join(number.to_bytes(4, "big") for number in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
    turned = b"".join((number % 2**32).to_bytes(4, "big") for number in (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000))
    at = raw.index(flat, raw.index(b"tkhd"))
    poster = pictures.prepare(raw[:at] + turned + raw[at + len(flat) :]).poster
    assert poster is not None
    image = Image.open(BytesIO(poster), formats=("JPEG",))
    assert image.size == (240, 320)
    # 0 1 / -1 0 turns by a quarter clockwise on the screen.
    wanted = a_scene(1, (320, 240)).transpose(Image.Transpose.ROTATE_270).convert("L").resize((12, 16))
    seen = image.convert("L").resize((12, 16))
    assert sum(abs(one - other) for one, other in zip(seen.tobytes(), wanted.tobytes(), strict=True)) / 192 < 12


def test_when_and_where_it_was_taken(pictures: Pictures) -> None:
    said = {"creation_time": "2026-11-23T04:30:00.000000Z", "com.apple.quicktime.location.ISO6709": "-06.1700+106.6300+010.000/"}
    prepared = pictures.prepare(a_video("mp4", metadata=said))
    assert prepared.taken_at == datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
    assert (prepared.taken_lon, prepared.taken_lat) == (106.63, -6.17)
    assert pictures.prepare(a_video("mp4")).taken_at is None


@pytest.mark.parametrize("at", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "soon"])
def test_a_time_that_cannot_be_is_none(at: str) -> None:
    assert videos._time(at, NOW) is None
    assert videos._time((NOW - timedelta(days=1)).isoformat(), NOW) == NOW - timedelta(days=1)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_too_long_by_its_own_packets(pictures: Pictures, kind: str) -> None:
    assert refused(pictures, a_video(kind, size=(64, 48), frames=122, rate=1)) == "too_long"
    assert pictures.prepare(a_video(kind, size=(64, 48), frames=119, rate=1)).poster is not None


def test_too_long_though_its_header_says_it_is_short(pictures: Pictures) -> None:
    raw = bytearray(a_video("mp4", size=(64, 48), frames=200, rate=1))
    at = raw.index(b"mvhd")
    # Version 0: time scale at 16, duration at 20 after the name.
    raw[at + 20 : at + 24] = (1).to_bytes(4, "big")
    assert refused(pictures, bytes(raw)) == "too_long"


def test_too_wide(pictures: Pictures) -> None:
    assert refused(pictures, a_video("webm", size=(4_112, 32), frames=1)) == "too_many_pixels"


def test_too_many_bytes(pictures: Pictures) -> None:
    assert refused(pictures, a_video("mp4") + b"\0" * videos.MOST_BYTES) == "too_large"


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov"])
def test_a_cut_off_one_is_refused(pictures: Pictures, kind: str) -> None:
    raw = a_video(kind)
    assert refused(pictures, raw[: len(raw) // 4]) in ("damaged", "unsupported_type")


def test_a_list_of_other_files_is_no_video(pictures: Pictures, tmp_path: Path) -> None:
    # FFmpeg guesses by content: these would make it open what they name.
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(a_video("mp4"))
    for raw in (f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n", f"ffconcat version 1.0\nfile '{secret}'\n", "[InternetShortcut]\n"):
        assert refused(pictures, raw.encode()) == "unsupported_type"
        assert refused(pictures, b"\0\0\0\x08ftyp" + raw.encode()) in ("damaged", "unsupported_type")


def test_sound_alone_is_no_video(pictures: Pictures) -> None:
    raw = a_video("mp4")
    assert refused(pictures, raw.replace(b"vide", b"soun")) in ("damaged", "unsupported_type")


def test_a_matroska_that_is_no_webm_is_refused(pictures: Pictures) -> None:
    raw = a_video("webm")
    assert refused(pictures, raw.replace(b"webm", b"xxxx", 1)) == "unsupported_type"


def test_one_made_of_jpegs_is_refused(pictures: Pictures) -> None:
    buffer = BytesIO()
    with av.open(buffer, "w", format="mov") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame.from_image(a_scene(1, (64, 48)))))
        container.mux(stream.encode())
    assert refused(pictures, buffer.getvalue()) == "unsupported_type"
