"""Stills of cameras against a fake camera over real HTTP: what is shown, how old it is, and that nothing is left behind."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from PIL import Image

from controlroom.live.credentials import CameraCredentials
from controlroom.mirror import camera_stills
from controlroom.mirror.camera_stills import AT_ONCE, KEPT_S, CameraStills, Still
from feeds.messages.camera import Camera
from tests.fakes.mirror_house import until
from tests.fakes.mjpeg_camera import MjpegCamera
from tests.mirror.room_messages import camera

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)


class Watch:
    """Clocks that go on by the machine's own, and on demand."""

    def __init__(self) -> None:
        self.more_s = 0.0

    def s(self) -> float:
        return time.monotonic() + self.more_s

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.s())


@pytest.fixture
def there() -> Iterator[MjpegCamera]:
    server = MjpegCamera()
    server.start()
    yield server
    server.stop()


def seen(still: Still | None) -> tuple[int, ...]:
    """The colour in the middle."""
    assert still is not None
    with Image.open(io.BytesIO(still.picture)) as picture:
        assert picture.format == "JPEG"
        assert picture.width <= 640
        found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    return tuple(round(value) for value in found)


def with_stills(story: Callable[[CameraStills, Watch], Awaitable[None]]) -> None:
    async def told() -> None:
        watch = Watch()
        stills = CameraStills(CameraCredentials({}), now=watch.now, monotonic_s=watch.s)
        try:
            await story(stills, watch)
        finally:
            await stills.close()
            assert not stills._decoders

    asyncio.run(told())


def is_red(colour: tuple[int, ...]) -> bool:
    return colour[0] > 150 and colour[2] < 90


def test_a_still_is_shown_with_its_age_and_taken_once_for_all(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        ours = camera("cctv-1", there.url())
        before = watch.now()
        first, second = await asyncio.gather(stills.still(ours), stills.still(ours))
        assert is_red(seen(first))
        assert first is second is await stills.still(ours)
        assert first is not None
        assert before <= first.taken_at <= watch.now()
        assert there.connections == 1
        there.colour = (20, 30, 220)
        watch.more_s += 60
        assert seen(await stills.still(ours))[2] > 150, "a minute later a newer one is taken"
        assert there.connections == 2

    with_stills(story)


def test_a_camera_that_is_gone_shows_its_last_for_a_while_only(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        ours = camera("cctv-1", there.url("/three"))
        assert is_red(seen(await stills.still(ours)))
        there.stop()
        watch.more_s += 60
        kept = await stills.still(ours)
        assert kept is not None
        assert watch.now() - kept.taken_at > timedelta(seconds=59)
        watch.more_s += KEPT_S
        assert await stills.still(ours) is None

    with_stills(story)


def test_the_last_picture_of_a_camera_that_was_taken_down_is_not_kept(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        assert is_red(seen(await stills.still(camera("cctv-1", there.url()))))
        assert await stills.still(camera("cctv-2", there.url("/nothing"))) is None
        watch.more_s += KEPT_S
        assert is_red(seen(await stills.still(camera("cctv-3", there.url()))))
        assert set(stills._stills) == {"cctv-3"}
        assert not stills._failed

    with_stills(story)


def test_a_private_camera_is_never_asked(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        assert await stills.still(camera("cctv-1", there.url(), is_private=True)) is None
        assert there.connections == 0

    with_stills(story)


def test_another_camera_of_the_same_name_never_shows_the_formers_picture(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        assert is_red(seen(await stills.still(camera("cctv-1", there.url()))))
        assert await stills.still(camera("cctv-1", there.url("/nothing"))) is None

    with_stills(story)


def test_a_camera_that_is_replaced_while_its_picture_is_taken_shows_its_own(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        former = asyncio.create_task(stills.still(camera("cctv-1", there.url("/silent"))))
        await until(lambda: there.connections, "the former is being asked")
        assert is_red(seen(await stills.still(camera("cctv-1", there.url()))))
        former.cancel()
        await asyncio.wait((former,))

    with_stills(story)


def test_a_camera_that_hangs_is_given_up_and_not_asked_again_at_once(there: MjpegCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_stills, "PATIENCE_S", 2.0)

    async def story(stills: CameraStills, watch: Watch) -> None:
        ours = camera("cctv-1", there.url("/silent"))
        assert await stills.still(ours) is None
        await until(lambda: not stills._decoders, "its decoder is killed")
        tries = there.connections
        assert await stills.still(ours) is None
        assert there.connections == tries

    with_stills(story)


def test_few_are_asked_at_once_and_none_is_left_when_it_closes(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        many: list[Camera] = [camera(f"cctv-{n}", there.url("/silent")) for n in range(AT_ONCE + 3)]
        asked = [asyncio.create_task(stills.still(one)) for one in many]
        await until(lambda: len(stills._decoders) == AT_ONCE, "as many as may be are asked")
        await until(lambda: there.connections >= AT_ONCE, "they have asked")
        assert len(stills._decoders) == AT_ONCE
        await stills.close()
        for one in asked:
            assert await one is None

    with_stills(story)


def test_a_decoder_that_is_being_started_when_all_ends_does_not_stay(there: MjpegCamera) -> None:
    async def story(stills: CameraStills, watch: Watch) -> None:
        before = set(psutil.Process().children(recursive=True))
        asked = asyncio.create_task(stills.still(camera("cctv-1", there.url("/silent"))))
        await until(lambda: stills._tries, "it is being started")
        await asyncio.sleep(0)
        await stills.close()
        assert await asked is None
        assert set(psutil.Process().children(recursive=True)) <= before

    with_stills(story)
