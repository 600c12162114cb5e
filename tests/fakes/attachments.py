"""Real pictures and videos, drawn here: a scene that differs with its seed, with the EXIF a test wants."""

import random
from io import BytesIO
from typing import Any

import av
from PIL import Image, ImageDraw

VIDEO_KINDS = {"mp4": "libx264", "webm": "libvpx", "mov": "mpeg4"}


def a_scene(seed: int = 1, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Coarse shapes, so that its perceptual hash is its own."""
    draws = random.Random(seed)
    image = Image.new("RGB", size, tuple(draws.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = draws.randrange(size[0]), draws.randrange(size[1])
        wide, high = draws.randrange(size[0] // 8, size[0] // 2), draws.randrange(size[1] // 8, size[1] // 2)
        pen.rectangle((x, y, x + wide, y + high), fill=tuple(draws.randrange(256) for _ in range(3)))
    return image


def an_exif(
    *, taken: str | None = None, offset: str | None = None, lon: float | None = None, lat: float | None = None, turned: int | None = None
) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "MARK-MAKER"
    if turned is not None:
        exif[0x0112] = turned
    times = exif.get_ifd(0x8769)
    if taken is not None:
        times[0x9003] = taken
    if offset is not None:
        times[0x9011] = offset
    if lon is not None and lat is not None:
        place = exif.get_ifd(0x8825)
        place[1], place[2] = ("N" if lat >= 0 else "S"), _parts(abs(lat))
        place[3], place[4] = ("E" if lon >= 0 else "W"), _parts(abs(lon))
    return exif


def _parts(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 4)


def a_file(image: Image.Image | None = None, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = BytesIO()
    (image or a_scene()).save(buffer, kind, **options)
    return buffer.getvalue()


def a_video(
    kind: str = "mp4",
    *,
    size: tuple[int, int] = (320, 240),
    frames: int = 10,
    rate: int = 10,
    seed: int = 1,
    metadata: dict[str, str] | None = None,
) -> bytes:
    buffer = BytesIO()
    scene = a_scene(seed, size)
    options = {"movflags": "use_metadata_tags"} if kind in ("mp4", "mov") else {}
    with av.open(buffer, "w", format=kind, options=options) as container:
        container.metadata.update(metadata or {})
        stream: Any = container.add_stream(VIDEO_KINDS[kind], rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_image(scene)))
        container.mux(stream.encode())
    return buffer.getvalue()
