"""The picture server on loopback: photos only with the key, streams a decoder can read, faults as the outage needs them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image

from feeds.city import load_city
from feeds.runtime.clock import utc_now
from feeds.sim.cameras import Studio
from feeds.sim.photos import Album
from feeds.sim.server import PictureServer

CITY = Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang"
KEY = {"authorization": "Bearer secret"}


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[Studio, Album, httpx.AsyncClient]]:
    studio, album = Studio(load_city(CITY), seed=1, clock=utc_now), Album(seed=1)
    server = PictureServer(studio, album, media_key="secret")
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=10) as client:
            yield studio, album, client
    finally:
        await server.stop()


def test_photos_need_the_key_and_carry_their_hash() -> None:
    async def story() -> None:
        async with served() as (_, album, client):
            digest = album.photograph("genangan", 1, "before")
            assert (await client.get(f"/media/{digest}")).status_code == 403
            assert (await client.get(f"/media/{digest}", headers={"authorization": "Bearer wrong"})).status_code == 403
            answer = await client.get(f"/media/{digest}", headers=KEY)
            assert answer.status_code == 200
            assert sha256(answer.content).hexdigest() == digest
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "immutable" in answer.headers["cache-control"]
            assert Image.open(BytesIO(answer.content)).size == (640, 480)

    asyncio.run(story())


@pytest.mark.parametrize(
    "path", ["/", "/media/../media/x", "/media/" + "A" * 64, "/media/%2e%2e/etc", "/camera/../x.mjpg", "/camera/nobody.mjpg"]
)
def test_paths_that_are_no_picture_are_not_found(path: str) -> None:
    async def story() -> None:
        async with served() as (_, _album, client):
            assert (await client.get(path, headers=KEY)).status_code == 404
            assert (await client.get("/media/" + "0" * 64, headers=KEY)).status_code == 404
            assert (await client.post("/media/" + "0" * 64, headers=KEY)).status_code == 405

    asyncio.run(story())


async def read_frames(client: httpx.AsyncClient, camera: str, count: int) -> bytes:
    body = b""
    async with client.stream("GET", f"/camera/{camera}.mjpg") as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        async for part in answer.aiter_bytes():
            body += part
            if body.count(b"--frame") > count:
                break
    return body


def test_a_stream_is_decodable_and_moves() -> None:
    async def story() -> bytes:
        async with served() as (_, _album, client):
            return await read_frames(client, "simpang-cikokol", 3)

    with av.open(BytesIO(asyncio.run(story())), mode="r", format="mpjpeg") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) >= 3
    assert frames[0].shape == (360, 640, 3)
    assert (frames[0] != frames[2]).any()


def test_a_dead_camera_refuses_and_a_frozen_one_keeps_its_last_picture() -> None:
    async def story() -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        studio = Studio(load_city(CITY), seed=1, clock=lambda: now)
        first = await studio.frame("pasar-ciledug")
        studio.fail("pasar-ciledug", "freeze")
        now = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)
        assert await studio.frame("pasar-ciledug") == first
        studio.fail("pasar-ciledug", None)
        assert await studio.frame("pasar-ciledug") != first
        async with served() as (running, _, client):
            running.fail("pasar-ciledug", "dead")
            assert (await client.get("/camera/pasar-ciledug.mjpg")).status_code == 503

    asyncio.run(story())


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        PictureServer(Studio(load_city(CITY), seed=1, clock=utc_now), Album(seed=1), media_key="")


def test_every_category_has_both_photos_and_they_differ() -> None:
    album = Album(seed=1)
    for category in load_city(CITY).categories:
        before, after = album.photograph(category.code, 0, "before"), album.photograph(category.code, 0, "after")
        assert before != after
        assert album.picture(before) is not None
    assert album.photograph("ktp", 0, "before") == Album(seed=1).photograph("ktp", 0, "before")
