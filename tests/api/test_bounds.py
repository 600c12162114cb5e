"""How much and how often a program may hand in, and what it hears when the disk is full."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from feeds.api.form_parts import MOST_TEXT_BYTES
from feeds.api.open311_forms import MOST_OF_A_FORM
from feeds.api.rates import Rates
from feeds.reports.shelf import Shelf
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import BASE, Reporter, a_town

PIECE = 100_000
PLAIN, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"


def at_the_door(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            await story(Reporter(town))

    asyncio.run(main())


async def sent_without_end(reporter: Reporter, path: str, kind: str, **headers: str) -> tuple[int, str, int]:
    """Status, problem and how many bytes were read of a body that never ends: the test's client would read it first."""
    read = 0
    sent: list[Any] = []

    async def receive() -> Any:
        nonlocal read
        assert read < 2 * MOST_OF_A_FORM, "it is never cut off"
        body = (
            b'--b\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\n' if not read and kind == MULTIPART else b"x" * PIECE
        )
        read += len(body)
        return {"type": "http.request", "body": body, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"content-type": kind, **headers}
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": f"{BASE}/{path}",
        "raw_path": f"{BASE}/{path}".encode(), "root_path": "", "query_string": b"", "client": ("10.0.0.1", 1), "server": ("10.0.0.2", 80),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()], "extensions": {}, "state": {},
    }  # fmt: skip
    await reporter.town.client.app(scope, receive, send)  # type: ignore[arg-type]
    (fault,) = msgspec.json.decode(b"".join(one.get("body", b"") for one in sent))
    return sent[0]["status"], fault["problem"], read


@pytest.mark.parametrize("path", ["requests.json", "servicerequestupdates.json"])
def test_of_a_wrong_key_in_a_header_no_body_is_read(path: str) -> None:
    async def story(reporter: Reporter) -> None:
        wrong = {"x-api-key": reporter.key[:-1] + ("a" if reporter.key[-1] != "a" else "b")}
        for headers in (wrong, {"authorization": "Bearer none"}):
            assert await sent_without_end(reporter, path, MULTIPART, **headers) == (403, "bad_api_key", 0)

    at_the_door(story)


@pytest.mark.parametrize("path", ["requests.json", "servicerequestupdates.json"])
def test_a_body_without_end_is_cut_off(path: str) -> None:
    async def story(reporter: Reporter) -> None:
        status, problem, read = await sent_without_end(reporter, path, PLAIN)
        assert (status, problem) == (413, "too_large") and read <= MOST_TEXT_BYTES + PIECE
        status, problem, read = await sent_without_end(reporter, path, MULTIPART, **{"x-api-key": reporter.key})
        assert (status, problem) == (413, "too_large") and read <= MOST_OF_A_FORM + 2 * PIECE

    at_the_door(story)


def test_a_good_key_in_a_header_is_enough() -> None:
    async def story(reporter: Reporter) -> None:
        answer = await reporter.send(headers={"X-API-Key": reporter.key}, api_key="")
        assert answer.status_code == 201

    at_the_door(story)


def test_a_key_that_comes_too_often_is_told_when_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(reporter: Reporter) -> None:
        monkeypatch.setattr(Rates, "take", lambda *_: 7)
        for path in ("requests.json", "requests.xml", "servicerequestupdates.json"):
            answer = await reporter.send(path=path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7"), answer.text
        assert reporter.rows() == []

    at_the_door(story)


def test_a_bucket_fills_again() -> None:
    rates = Rates(per_s=0.5, at_once=2)
    assert [rates.take("one", 10.0), rates.take("one", 10.0), rates.take("one", 10.0), rates.take("other", 10.0)] == [None, None, 2, None]
    assert [rates.take("one", 11.0), rates.take("one", 12.0), rates.take("one", 12.0)] == [1, None, 2]
    assert [rates.take("one", 900.0) for _ in range(3)] == [None, None, 2]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_is_said_and_nothing_is_written(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "there is no room")

    async def story(reporter: Reporter) -> None:
        monkeypatch.setattr(Shelf, "lay", full)
        answer = await reporter.send(files=[("media", ("a.jpg", a_file()))])
        assert (answer.status_code, answer.json()[0]["problem"]) == (503, "no_room")
        assert reporter.rows() == []

    at_the_door(story)
