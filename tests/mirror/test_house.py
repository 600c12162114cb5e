"""Who may still look, asked of doors that answer as a test says, by a clock a test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from structlog.testing import capture_logs

from controlroom.mirror.house import DOORS_SILENT_S, House, keep_at
from controlroom.mirror.identity import Identity, Who
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.socket import RESTART, SIGN_IN
from controlroom.mirror.state import MirrorState
from controlroom.mirror.viewers import Viewer

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)
OPTIONS = MirrorOptions(base_url="https://cermin.test", doors_url="http://doors.test", mirror_key="kunci")


class Set:
    """``says``: what the doors answer to who still stands."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asked: list[httpx.Request] = []
        self.says: Callable[[], httpx.Response] = lambda: httpx.Response(200, json=[{"stands": True}])
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        state = MirrorState("e", "live", now=self.now, monotonic_s=lambda: self.now_s)
        self.house = House(OPTIONS, state, Identity(OPTIONS, client), "b", now=self.now, monotonic_s=lambda: self.now_s)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.says()

    def viewer(self, cookie: str = "c") -> Viewer:
        who = Who(login="a", name="A", role="mayor", ends_at=NOON + timedelta(days=1), device_key="k")
        viewer = Viewer(cookie, "10.0.0.1", who, "city")
        self.house.viewers.add(viewer)
        return viewer


def played(story: Callable[[Set], Awaitable[None]]) -> None:
    async def told() -> None:
        stage = Set()
        with capture_logs():
            await story(stage)
        await stage.house.identity.close()

    asyncio.run(told())


def away() -> httpx.Response:
    raise httpx.ConnectError("away")


def test_doors_that_stay_silent_for_a_minute_close_everybodys_socket_and_not_before() -> None:
    async def story(stage: Set) -> None:
        viewer = stage.viewer()
        for says in (
            away,
            lambda: httpx.Response(500),
            lambda: httpx.Response(401),
            lambda: httpx.Response(200, json=[]),
            lambda: httpx.Response(200, text="x"),
        ):
            stage.says = lambda: httpx.Response(200, json=[{"stands": True}])
            await stage.house.look_who_stands()
            stage.says = says
            stage.now_s += DOORS_SILENT_S - 0.1
            await stage.house.look_who_stands()
            assert viewer.ending is None
        stage.now_s += 0.1
        await stage.house.look_who_stands()
        assert viewer.ending is not None
        assert (viewer.ending.code, viewer.ending.why) == (RESTART, "identity")

    played(story)


def test_silence_counts_from_the_last_answer_or_from_when_nobody_looked() -> None:
    async def story(stage: Set) -> None:
        stage.says = away
        stage.now_s += 500
        await stage.house.look_who_stands()
        assert not stage.asked, "nobody looks: nobody is asked for"
        viewer = stage.viewer()
        stage.now_s += 30
        await stage.house.look_who_stands()
        assert viewer.ending is None

    played(story)


def test_one_question_for_all_with_the_mirrors_key_and_an_answer_for_each() -> None:
    async def story(stage: Set) -> None:
        first, second, same = stage.viewer("a"), stage.viewer("b"), stage.viewer("a")
        stage.says = lambda: httpx.Response(200, json=[{"stands": False}, {"stands": True, "ends_at": "2026-12-01T00:00:00Z"}])
        await stage.house.look_who_stands()
        (request,) = stage.asked
        assert request.headers["X-Mirror-Key"] == "kunci"
        assert request.content == b'{"tokens":["a","b"]}'
        assert "cookie" not in request.headers
        for viewer in (first, same):
            assert viewer.ending is not None
            assert (viewer.ending.code, viewer.ending.why) == (SIGN_IN, "revoked")
        assert second.ending is None
        assert second.ends_at == datetime(2026, 12, 1, tzinfo=UTC)

    played(story)


def test_a_session_ends_by_the_mirrors_own_clock_though_the_doors_are_silent() -> None:
    async def story(stage: Set) -> None:
        viewer = stage.viewer()
        viewer.ends_at = NOON + timedelta(seconds=10)
        stage.says = away
        stage.now_s += 10
        await stage.house.look_who_stands()
        assert viewer.ending is not None
        assert viewer.ending.why == "ended"

    played(story)


def test_work_that_fails_is_begun_again_and_nobody_goes_on_looking_meanwhile() -> None:
    async def story(stage: Set) -> None:
        viewer, begun = stage.viewer(), asyncio.Event()
        tries: list[Any] = []

        async def work() -> None:
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("lost")
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(keep_at(stage.house, "news", work, 0.01))
        async with asyncio.timeout(5):
            await begun.wait()
        task.cancel()
        await asyncio.wait((task,))
        assert viewer.ending is not None
        assert viewer.ending.why == "restart"

    played(story)
