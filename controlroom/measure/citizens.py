"""Citizens of a bench: reports sent through the door at a steady rate, whether or not those before have been answered.

Knows HTTP and the words of GeoReport, nothing of what becomes of a report. A report's words hold its number, so that it is known again.
"""

import asyncio
import gc
import io
import ssl
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from random import Random

import httpx
import msgspec
from PIL import Image

from controlroom.measure.reporting import DOOR
from feeds.messages.city import City

ANSWER_S = 30.0
AGAIN_S = 0.5
MOST_AT_ONCE = 32
"""Connections, each of a client of its own; who finds none free waits in line, on the clock. One pool of so many is slow."""

PHOTO_BYTES = 3_000_000

PERSON = {"first_name": "Wargapelapor", "phone": "+62000000000"}
"""Who reports in a bench; nothing else is called so."""

_TOO_OLD_S = 120.0


class Post(msgspec.Struct, frozen=True):
    """One report to send. ``number`` is its name in the whole run; ``photo`` a JPEG that comes with it."""

    number: int
    fields: dict[str, str]
    photo: bytes | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``due_at``: when it was to be sent (unix seconds). ``took_ms``: from then to the whole answer: a stall counts for all it held up.

    ``status`` 0: no answer at all. ``report``: its id when it was acknowledged. ``broken``: tries that ended without an answer;
    ``cut``: those of them for which somebody had been there to hear. ``link``: the private one that came with it.
    """

    number: int
    status: int
    due_at: float
    took_ms: float
    report: str | None = None
    broken: int = 0
    cut: int = 0
    has_photo: bool = False
    has_media_url: bool = False
    link: str | None = None


class Acknowledged(msgspec.Struct, frozen=True):
    service_request_id: str
    status_url: str | None = None


class Citizens:
    """``key``: for the door at ``base``. ``is_patient``: sends the same again, under the same Idempotency-Key, until it is answered.

    ``told``: hears the id of each report as it is acknowledged.
    """

    def __init__(self, base: str, key: str, *, is_patient: bool = False, told: Callable[[str], None] | None = None) -> None:
        self._url = base + DOOR
        self._key = key
        self._is_patient = is_patient
        self._told = told

    async def send(self, make: Callable[[int], Post], *, per_s: float, seconds: float | None = None, until: asyncio.Event | None = None
                   ) -> list[Answer]:  # fmt: skip
        """``per_s`` reports a second for ``seconds``, or until told; every answer, in the order in which they were due."""
        total = None if seconds is None else round(per_s * seconds)
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            stack.enter_context(_undisturbed())
            idle: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
            trusted = ssl.create_default_context()
            for _ in range(MOST_AT_ONCE):
                client = httpx.AsyncClient(timeout=ANSWER_S, limits=httpx.Limits(max_connections=1), verify=trusted, trust_env=False)
                idle.put_nowait(await stack.enter_async_context(client))
            began, began_at, number = time.monotonic(), time.time(), 0
            tasks: list[asyncio.Task[Answer]] = []
            while (total is None or number < total) and not (until is not None and until.is_set()):
                post, due_s = make(number), number / per_s
                await asyncio.sleep(max(0.0, began + due_s - time.monotonic()))
                tasks.append(group.create_task(self._post(idle, post, began_at + due_s)))
                number += 1
        return [task.result() for task in tasks]

    async def _post(self, idle: asyncio.LifoQueue[httpx.AsyncClient], post: Post, due_at: float) -> Answer:
        headers = {"X-API-Key": self._key, "Idempotency-Key": f"bench-{post.number}"}
        files = {"media": ("photo.jpg", post.photo, "image/jpeg")} if post.photo is not None else None
        broken = cut = 0
        while True:
            client = await idle.get()
            try:
                answer = await client.post(self._url, data=post.fields, files=files, headers=headers)
                status, body = answer.status_code, answer.content
            except httpx.TransportError as error:
                status, body, broken = 0, b"", broken + 1
                cut += not isinstance(error, httpx.ConnectError)
            finally:
                idle.put_nowait(client)
            if status not in (0, 503) or not self._is_patient or time.time() - due_at > _TOO_OLD_S:
                break
            await asyncio.sleep(AGAIN_S)
        taken = msgspec.json.decode(body, type=list[Acknowledged])[0] if status in (200, 201) else None
        if taken is not None and self._told is not None:
            self._told(taken.service_request_id)
        return Answer(
            number=post.number, status=status, due_at=due_at, took_ms=(time.time() - due_at) * 1000, broken=broken, cut=cut,
            report=taken.service_request_id if taken is not None else None, link=taken.status_url if taken is not None else None,
            has_photo=post.photo is not None, has_media_url="media_url" in post.fields,
        )  # fmt: skip


@contextmanager
def _undisturbed() -> Generator[None]:
    """What is loaded is no garbage: a look through it, in the midst of a run, would count against the door."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def words_of(number: int) -> str:
    """What the report of that number says; nothing else says it."""
    return f"Laporan uji nomor {number}: mohon segera ditangani, sudah beberapa hari begini dan mengganggu warga sekitar."


class Writer:
    """Makes reports all over a city, each its own; ``first`` is the number of the first."""

    def __init__(self, city: City, seed: int, *, first: int = 0) -> None:
        self._city = city
        self._random = Random(seed)
        self._first = first

    def text(self, number: int) -> Post:
        west, south, east, north = self._city.bbox
        lon, lat = self._random.uniform(west, east), self._random.uniform(south, north)
        fields = {
            "service_code": self._random.choice(self._city.categories).code, "lat": f"{lat:.6f}", "long": f"{lon:.6f}",
            "description": words_of(self._first + number), **PERSON,
        }  # fmt: skip
        return Post(self._first + number, fields)

    def with_photo(self, photos: Sequence[bytes]) -> Callable[[int], Post]:
        """Reports that each bring the next of ``photos``."""
        return lambda number: msgspec.structs.replace(self.text(number), photo=photos[number % len(photos)])


def photos(count: int, *, width: int = 640, height: int = 480, at_least: int = 0) -> list[bytes]:
    """JPEGs of blurred noise, each unlike the others; ``at_least`` bytes long, for what a camera would give."""
    random = Random(count)
    noise = Image.frombytes("RGB", (width // 4, height // 4), random.randbytes((width // 4) * (height // 4) * 3))
    picture = noise.resize((width, height), Image.Resampling.BILINEAR)
    quality = next((quality for quality in (70, 75, 80, 85, 90, 95) if len(_jpeg(picture, quality)) >= at_least), 98)
    found: list[bytes] = []
    for _ in range(count):
        corner = (random.randrange(width - 64), random.randrange(height - 64))
        picture.paste(Image.frombytes("RGB", (64, 64), random.randbytes(64 * 64 * 3)), corner)
        found.append(_jpeg(picture, quality))
    return found


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
