"""What the log says of requests that failed or were refused: one line each, few of a flood, and nothing that leads to a person or a report."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from structlog.testing import capture_logs

from feeds.api import open311_callers, run
from feeds.api.errors import ApiError, answer
from feeds.api.refusal_log import AT_ONCE, RefusalLog
from feeds.store.database import StoreError
from tests.fakes.open311_client import BASE, Reporter, a_town

Line = dict[str, Any]


def logged(story: Callable[[Reporter], Awaitable[None]]) -> list[Line]:
    """What the doors said of themselves meanwhile."""

    async def main() -> list[Line]:
        async with a_town() as town:
            reporter = Reporter(town)
            with capture_logs() as lines:
                await story(reporter)
            return list(lines)  # pyright: ignore[reportReturnType]

    return asyncio.run(main())


def said(lines: list[Line]) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in ("log_level", "event", "method", "route", "status", "code")) for line in lines]


def test_a_refusal_for_key_rate_or_size_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(reporter: Reporter) -> None:
        client = reporter.town.client
        await reporter.send(api_key="lr_wrong", description="Siti, Jalan Melati 3")
        await client.post(f"{BASE}/requests.json", files=[("media", ("siti.jpg", b"x"))])
        await reporter.get("requests.json", api_key="lr_wrong")
        await reporter.send(description="Siti" * 100_000)
        monkeypatch.setattr(open311_callers.Keys, "actor", too_often)
        await reporter.send()

    async def too_often(*_: object) -> None:
        raise ApiError(429, "too_many_requests", "wait", retry_after_s=7)

    lines = logged(story)
    assert said(lines) == [
        ("warning", "a request was refused", "POST", f"{BASE}/requests.json", 403, "bad_api_key"),
        ("warning", "a request was refused", "POST", f"{BASE}/requests.json", 403, "late_api_key"),
        ("warning", "a request was refused", "GET", f"{BASE}/requests.json", 403, "bad_api_key"),
        ("warning", "a request was refused", "POST", f"{BASE}/requests.json", 413, "too_large"),
        ("warning", "a request was refused", "POST", f"{BASE}/requests.json", 429, "too_many_requests"),
    ]
    assert not any(word in str(lines).lower() for word in ("siti", "lr_", "melati"))


def test_of_good_requests_and_of_mistakes_nothing_is_said() -> None:
    async def story(reporter: Reporter) -> None:
        assert (await reporter.send()).status_code == 201
        assert (await reporter.get("requests.json")).status_code == 200
        assert (await reporter.send(lat="x")).status_code == 400
        assert (await reporter.get("requests/none.json")).status_code == 404
        assert (await reporter.get("nowhere")).status_code == 404
        assert (await reporter.town.client.get("/s/none")).status_code == 404

    assert logged(story) == []


def test_a_failure_names_its_route_and_never_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(reporter: Reporter) -> None:
        monkeypatch.setattr(reporter.town.doors, "read", away)
        assert (await reporter.get("requests/TNG-2026-1.json?q=Siti")).status_code == 503
        assert (await reporter.town.client.get("/s/a-private-link?lang=en")).status_code == 503

    async def away(*_: object) -> None:
        raise StoreError("postgresql://name:word@host")

    lines = logged(story)
    assert said(lines) == [
        ("error", "a request failed", "GET", f"{BASE}/requests/{{request_id}}", 503, "store_away"),
        ("error", "a request failed", "GET", "/s/{link}", 503, "store_away"),
    ]
    assert not any(word in str(lines) for word in ("TNG-", "Siti", "private", "name:word"))


def test_a_flood_writes_few_lines_and_what_was_left_out_is_counted() -> None:
    now_s = 1_000.0

    async def story(reporter: Reporter) -> None:
        nonlocal now_s
        reporter.town.client.app.state["refusal_log"] = RefusalLog(lambda: now_s)
        for _ in range(AT_ONCE + 5):
            await reporter.send(api_key="lr_wrong")
        now_s += 60
        for _ in range(2):
            await reporter.send(api_key="lr_wrong")
        # Of another kind: it has lines of its own.
        await reporter.get("requests.json", api_key="lr_wrong")
        now_s += 60
        await reporter.send(api_key="lr_wrong")

    lines = logged(story)
    assert [(line["method"], line["untold"]) for line in lines] == [("POST", 0)] * AT_ONCE + [("POST", 5), ("GET", 0), ("POST", 1)]


def test_the_line_says_how_long_it_took_since_the_head_had_come() -> None:
    @get("/full")
    async def full() -> None:
        raise ApiError(503, "no_room", "there is none")

    async def main() -> list[Line]:
        app = Litestar([full], exception_handlers={Exception: answer}, openapi_config=None, logging_config=None)
        app.state["refusal_log"] = RefusalLog(lambda: time.monotonic() + 100)
        with contextlib.closing(run.listen("127.0.0.1", 0)) as listener:
            listener.listen()
            serving = asyncio.create_task(run.serve(app, listener))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                with capture_logs() as lines:
                    for _ in range(2):
                        assert (await client.get("/full")).status_code == 503
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            return [line for line in lines if line["event"] == "a request failed"]  # pyright: ignore[reportReturnType]

    first, second = asyncio.run(main())
    assert first["took_ms"] >= 100_000 and second["took_ms"] >= 100_000
