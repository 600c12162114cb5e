"""Whatever is sent as a picture: it becomes a bare JPEG under its hash, once, with an event, or is refused with a reason."""

import hashlib
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from feeds.city import load_city
from feeds.messages.header import Position
from feeds.reports import stills
from feeds.reports.pictures import BadPicture, Pictures, Prepared
from feeds.reports.roles import Actor, Role
from tests.fakes.attachments import a_file, a_scene, a_video, an_exif

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)  # 12.00 WIB
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
HERE = Position(106.63, -6.17)
CITIZEN = Actor(id="laksa", role=Role.CITIZEN)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures", CITY, lambda: NOW)


def opened(prepared: Prepared) -> Image.Image:
    return Image.open(BytesIO(prepared.content), formats=("JPEG",))


# What comes out


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_a_jpeg_named_by_its_hash(pictures: Pictures, kind: str) -> None:
    raw = a_file(kind=kind)
    prepared = pictures.prepare(raw)
    assert (prepared.mime, prepared.width, prepared.height, prepared.poster) == ("image/jpeg", 640, 480, None)
    assert prepared.hash == hashlib.sha256(prepared.content).hexdigest() != prepared.original == hashlib.sha256(raw).hexdigest()
    assert opened(prepared).size == (640, 480)
    assert len(prepared.perceptual) == 16


def test_a_large_one_is_made_smaller_and_keeps_its_shape(pictures: Pictures) -> None:
    prepared = pictures.prepare(a_file(a_scene(size=(5_000, 2_500))))
    assert (prepared.width, prepared.height) == (2_048, 1_024)


@pytest.mark.parametrize("turned", range(1, 9))
def test_it_stands_as_its_camera_was_held(pictures: Pictures, turned: int) -> None:
    upright = Image.new("RGB", (200, 100), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 60, 40), fill="red")  # the upper left corner
    undo = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}  # fmt: skip
    stored = upright.transpose(undo[turned]) if turned in undo else upright
    seen = opened(pictures.prepare(a_file(stored, exif=an_exif(turned=turned), quality=95)))
    assert seen.size == (200, 100)
    corners = [seen.getpixel(at) for at in ((20, 20), (180, 20), (20, 80), (180, 80))]
    assert [colour[1] < 100 for colour in corners if isinstance(colour, tuple)] == [True, False, False, False]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel_becomes_colour(pictures: Pictures, mode: str) -> None:
    scene = a_scene()
    image = Image.new("I;16", (64, 64), 0x8000) if mode == "I;16" else scene.convert(mode)
    prepared = pictures.prepare(a_file(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(prepared).mode == "RGB"
    if mode == "I;16":
        assert opened(prepared).getpixel((30, 30)) == (128, 128, 128)


def test_what_is_transparent_is_paper(pictures: Pictures) -> None:
    clear = pictures.prepare(a_file(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG"))
    assert opened(clear).getpixel((25, 25)) == (255, 255, 255)


def test_no_word_of_the_file_is_left(pictures: Pictures) -> None:
    exif = an_exif(taken="2026:11:23 11:00:00", lon=106.6, lat=-6.1)
    jpeg = a_file(exif=exif, comment=b"MARK-COMMENT", icc_profile=b"MARK-PROFILE" * 20, xmp=b"<MARK-XMP/>")
    assert jpeg.count(b"MARK-") > 20
    prepared = pictures.prepare(jpeg)
    assert b"MARK" not in prepared.content
    assert b"Exif" not in prepared.content
    assert not opened(prepared).getexif()
    assert set(opened(prepared).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_nothing_hung_on_to_it_survives(pictures: Pictures) -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("evil.js", "alert(1)")
    for tail in (b"<html><script>alert(1)</script>", archive.getvalue(), b"\n/*MARK*/ alert(1)//", b"%PDF-1.7 MARK"):
        for kind in ("JPEG", "PNG", "WEBP"):
            content = pictures.prepare(a_file(kind=kind) + tail).content
            assert tail not in content
            assert b"alert" not in content
            assert not zipfile.is_zipfile(BytesIO(content))


def test_a_script_in_a_picture_text_is_gone(pictures: Pictures) -> None:
    # The GIFAR of old: a header that is a comment, a body that is a page.
    raw = a_file(comment=b"*/=1;alert(1);/*")
    assert b"alert" in raw
    assert b"alert" not in pictures.prepare(raw).content


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_kept_and_said(pictures: Pictures, kind: str) -> None:
    first, second = Image.new("RGB", (80, 80), (200, 0, 0)), Image.new("RGB", (80, 80), (0, 200, 0))
    prepared = pictures.prepare(a_file(first, kind, save_all=True, append_images=[second], duration=100))
    assert prepared.is_first_of_many
    colour = opened(prepared).getpixel((40, 40))
    assert isinstance(colour, tuple)
    assert colour[0] > 150 > colour[1]
    assert not pictures.prepare(a_file(first, kind)).is_first_of_many


def test_saved_again_and_resized_it_looks_the_same_and_another_does_not(pictures: Pictures) -> None:
    def bits(raw: bytes) -> int:
        return int(pictures.prepare(raw).perceptual, 16)

    scene = a_scene(7, (1600, 1200))
    first = bits(a_file(scene))
    assert (first ^ bits(a_file(scene.resize((500, 375)), quality=40))).bit_count() <= 4
    assert (first ^ bits(a_file(scene, "WEBP", quality=50))).bit_count() <= 4
    assert all((first ^ bits(a_file(a_scene(seed)))).bit_count() > 4 for seed in range(20, 30))


# What it says of itself


def test_when_and_where_is_read_and_kept_apart(pictures: Pictures) -> None:
    prepared = pictures.prepare(a_file(exif=an_exif(taken="2026:11:23 11:30:00", lon=106.631, lat=-6.172)))
    assert prepared.taken_at == datetime(2026, 11, 23, 4, 30, tzinfo=UTC), "a time without a zone is the city's"
    assert (prepared.taken_lon, prepared.taken_lat) == (pytest.approx(106.631, abs=1e-5), pytest.approx(-6.172, abs=1e-5))


def test_a_time_with_an_offset_is_that_zone_s(pictures: Pictures) -> None:
    prepared = pictures.prepare(a_file(exif=an_exif(taken="2026:11:23 11:30:00", offset="+08:00")))
    assert prepared.taken_at == datetime(2026, 11, 23, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "taken",
    ["2026:11:24 11:30:00", "2099:01:01 00:00:00", "1970:01:01 00:00:00", "2000:01:01 00:00:00", "0000:00:00 00:00:00", "2026:02:30 10:00:00",
     "0001:01:01 00:00:00", "9999:12:31 23:59:59", "yesterday", "", "2026-11-23T11:30:00"],
)  # fmt: skip
def test_a_time_that_cannot_be_is_none(pictures: Pictures, taken: str) -> None:
    assert pictures.prepare(a_file(exif=an_exif(taken=taken))).taken_at is None


def test_a_clock_some_minutes_ahead_is_now(pictures: Pictures) -> None:
    assert pictures.prepare(a_file(exif=an_exif(taken="2026:11:23 12:04:00"))).taken_at == NOW
    assert pictures.prepare(a_file(exif=an_exif(taken="2026:11:23 12:06:00"))).taken_at is None


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (0.001, -0.002), (200, 10), (10, 95)])
def test_a_place_that_cannot_be_is_none(pictures: Pictures, lon: float, lat: float) -> None:
    prepared = pictures.prepare(a_file(exif=an_exif(lon=lon, lat=lat)))
    assert (prepared.taken_lon, prepared.taken_lat) == (None, None)


# What is refused


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"GIF89a" + b"\0" * 50,
        b"<svg/>",
        b"BM" + b"\0" * 60,
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"#EXTM3U\nfile:///etc/passwd",
        b"II*\0",
    ],
)
def test_other_files_are_refused(pictures: Pictures, raw: bytes) -> None:
    with pytest.raises(BadPicture) as refusal:
        pictures.prepare(raw)
    assert refusal.value.code == "unsupported_type"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_picture_is_refused(pictures: Pictures, kind: str) -> None:
    raw = a_file(kind=kind)
    for share in (0.02, 0.3, 0.9):
        with pytest.raises(BadPicture) as refusal:
            pictures.prepare(raw[: int(len(raw) * share)])
        assert refusal.value.code == "damaged"


def test_too_many_bytes(pictures: Pictures) -> None:
    with pytest.raises(BadPicture) as refusal:
        pictures.prepare(a_file() + b"\0" * stills.MOST_BYTES)
    assert refusal.value.code == "too_large"


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def a_bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is huge, and is."""
    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(b"\0" * (1 + width // 8)) for _ in range(min(height, 3_000))) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


# Pillow's own warning, which is an error in tests and nothing in service.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(8_000, 5_001), (12_000, 9_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(pictures: Pictures, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: Image.Image) -> None:
        raise AssertionError("it was decoded")

    raw = (
        a_bomb(min(size[0], 60_000), size[1])
        if size[0] < 2**31 - 1
        else a_bomb(8, 8).replace(struct.pack(">II", 8, 8), struct.pack(">II", *size))
    )
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    with pytest.raises(BadPicture) as refusal:
        pictures.prepare(raw)
    assert refusal.value.code in ("too_many_pixels", "damaged")
    assert size[0] == 2**31 - 1 or refusal.value.code == "too_many_pixels"


def test_a_webp_bomb_is_refused_before_it_is_opened(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", None)
    side = (16_383 - 1).to_bytes(3, "little")
    body = b"VP8X" + (10).to_bytes(4, "little") + b"\x02\0\0\0" + side + side
    lossy, lossless = (b"VP8 \x10\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f", b"VP8L\x10\0\0\0\x2f" + (2**28 - 1).to_bytes(4, "little"))
    for chunk in (body, lossy, lossless):
        with pytest.raises(BadPicture) as refusal:
            pictures.prepare(b"RIFF\x40\0\0\0WEBP" + chunk.ljust(40, b"\0"))
        assert refusal.value.code == "too_many_pixels"


def a_scan_bomb(times: int, between: bytes = b"", after: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan, a few bytes, comes again and again."""
    raw = a_file(Image.new("L", (64, 64)), progressive=True)
    table, scan = raw.rindex(b"\xff\xc4"), raw.rindex(b"\xff\xda")
    last = raw[min(table, scan) if table > raw.rindex(b"\xff\xda", 0, scan) else scan : -2]
    return raw[:-2] + (between + last) * times + b"\xff\xd9" + after


@pytest.mark.parametrize(
    "raw",
    [a_scan_bomb(100), a_scan_bomb(100, b"\xff\x02\xff\xff"), a_scan_bomb(100, b"\xff\xff\xff"), a_scan_bomb(1, b"\xff\xfe\0\2" * 20_000)],
    ids=["plain", "behind a marker that libjpeg passes over", "behind filling bytes", "parts"],
)
def test_a_picture_that_is_drawn_over_and_over_is_refused_before_it_is_opened(
    pictures: Pictures, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(BadPicture) as refusal:
        pictures.prepare(raw)
    assert refusal.value.code == "too_many_scans"


def test_scans_a_camera_writes_and_those_of_what_hangs_on_are_no_bomb(pictures: Pictures) -> None:
    assert pictures.prepare(a_file(progressive=True)).width == 640
    assert pictures.prepare(a_file(exif=an_exif(), comment=b"\xff\xda" * 500)).width == 640
    assert pictures.prepare(a_scan_bomb(3, after=b"\xff\xda" * 500)).width == 64


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, "HEIC"), (b"\0\0\0\x1cftypavif" + b"\0" * 99, "AVIF"),
     (a_file(kind="GIF"), "GIF")],
)  # fmt: skip
def test_a_picture_of_another_kind_is_called_by_its_name(pictures: Pictures, raw: bytes, kind: str) -> None:
    with pytest.raises(BadPicture, match=f"of the kind {kind}") as refusal:
        pictures.prepare(raw)
    assert refusal.value.code == "unsupported_type"


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "exif": an_exif(turned=1)}])
def test_the_size_of_a_webp_is_read_rightly(options: dict[str, object]) -> None:
    assert stills._webp_size(a_file(a_scene(size=(301, 77)), "WEBP", **options)) == (301, 77)


_SMALL = (72, 54)
_TOLD = an_exif(taken="2026:11:23 11:00:00", lon=106.6, lat=-6.1)
_SAMPLES = [a_file(a_scene(size=_SMALL), kind, exif=_TOLD) for kind in ("JPEG", "PNG", "WEBP")]
_SAMPLES += [
    a_file(a_scene(size=_SMALL).convert("P"), "PNG"),
    a_file(a_scene(size=_SMALL), "WEBP", save_all=True, append_images=[a_scene(2, _SMALL)]),
]
_SAMPLES += [a_video("mp4", size=(64, 48)), a_video("webm", size=(64, 48))]


# Pillow warns of a damaged EXIF directory and goes on without it.
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_prepared_or_refused(pictures: Pictures, data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(_SAMPLES)))
    # Heads matter most: half of the changes fall there.
    places = st.one_of(st.integers(0, min(600, len(raw) - 1)), st.integers(0, len(raw) - 1))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        raw[place] = value
    cut = data.draw(st.one_of(st.just(len(raw)), st.integers(0, len(raw))))
    refused = ""
    try:
        pictures.prepare(bytes(raw[:cut]))
    except BadPicture as refusal:
        refused = refusal.code
    assert refused in {"", "too_large", "unsupported_type", "too_many_pixels", "too_many_scans", "too_long", "damaged"}


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(
    head=st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypmp42", b"\x1a\x45\xdf\xa3\x93\x42\x82\x88webm"]
    ),
    tail=st.binary(max_size=400),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_that_only_begin_like_one_are_refused(pictures: Pictures, head: bytes, tail: bytes) -> None:
    with pytest.raises(BadPicture):
        pictures.prepare(head + tail)
