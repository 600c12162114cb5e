"""In a form with files the key is judged before the first of them, wherever the pieces it comes in are cut."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from feeds.api import form_parts
from feeds.api.form_parts import MOST_TEXT_BYTES
from feeds.api.rates import Rates
from feeds.identity.keys import Scope
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import BASE, GOOD, Reporter, a_town

PATHS = ("requests.json", "servicerequestupdates.json")
END = b"--b--\r\n"


def at_the_door(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            await story(Reporter(town))

    asyncio.run(main())


def field(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n' + content + b"\r\n"


def fields(**values: str) -> bytes:
    return b"".join(field(name, value) for name, value in values.items())


async def posted(reporter: Reporter, path: str, body: bytes, size: int = 1_000_000) -> tuple[int, Any, int]:
    """Status, the answer's first entry and how many bytes of the body were read, ``size`` at a time."""
    read = 0
    sent: list[Any] = []

    async def receive() -> Any:
        nonlocal read
        piece = body[read : read + size]
        read += len(piece)
        return {"type": "http.request", "body": piece, "more_body": read < len(body)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": f"{BASE}/{path}",
        "raw_path": f"{BASE}/{path}".encode(), "root_path": "", "query_string": b"", "client": ("10.0.0.1", 1), "server": ("10.0.0.2", 80),
        "headers": [(b"content-type", b"multipart/form-data; boundary=b")], "extensions": {}, "state": {},
    }  # fmt: skip
    await reporter.town.client.app(scope, receive, send)  # type: ignore[arg-type]
    return sent[0]["status"], msgspec.json.decode(b"".join(one.get("body", b"") for one in sent))[0], read


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The files of forms that were begun."""
    begun: list[Any] = []
    made = form_parts.SpooledTemporaryFile

    def make(*args: Any, **kwargs: Any) -> Any:
        begun.append(made[bytes](*args, **kwargs))
        return begun[-1]

    class Noted:
        def __class_getitem__(cls, _: Any) -> Any:
            return make

    monkeypatch.setattr(form_parts, "SpooledTemporaryFile", Noted)
    return begun


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("empty", [b"", field("api_key", ""), field("api_key", "  ")], ids=["none", "empty", "blank"])
def test_a_file_before_any_key_is_refused_unread(path: str, empty: bytes, written: list[Any]) -> None:
    async def story(reporter: Reporter) -> None:
        body = empty + file(b"x" * 1_000_000) + fields(api_key=reporter.key, **GOOD) + END
        status, said, read = await posted(reporter, path, body, 1_000)
        assert (status, said["code"], said["problem"]) == (403, 403, "late_api_key")
        assert "before the first" in said["description"] and "X-API-Key" in said["description"]
        assert read == 1_000 and written == []

    at_the_door(story)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [1, 700, 1_000_000])
def test_a_wrong_key_before_the_files_keeps_nothing_of_them_on_disk(path: str, size: int, written: list[Any]) -> None:
    async def story(reporter: Reporter) -> None:
        body = fields(api_key="lr_x") + file(b"x" * 900_000) + END
        # Some bytes come in the piece that ends the key's field; they stay in memory.
        status, said, read = await posted(reporter, path, body, size)
        assert (status, said["problem"]) == (403, "bad_api_key")
        assert read <= max(size, len(fields(api_key="lr_x")) + 100)
        assert all(one.closed and not one._rolled for one in written)

    at_the_door(story)


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_key_is_judged_before_the_rest_of_the_words(path: str) -> None:
    async def story(reporter: Reporter) -> None:
        body = fields(api_key="lr_x", description="a" * 60_000) + END
        status, said, read = await posted(reporter, path, body, 1_000)
        assert (status, said["problem"], read) == (403, "bad_api_key", 1_000)

    at_the_door(story)


def test_a_form_without_a_key_is_not_read_without_end() -> None:
    async def story(reporter: Reporter) -> None:
        body = b"".join(field(f"a{number}", "a" * 60_000) for number in range(100)) + fields(api_key=reporter.key) + END
        status, said, read = await posted(reporter, PATHS[0], body, 10_000)
        assert (status, said["problem"]) == (403, "late_api_key") and read <= MOST_TEXT_BYTES + 10_000

    at_the_door(story)


@pytest.mark.parametrize("size", [97, 1_000, 1_000_000])
def test_a_good_key_before_the_files_is_enough(size: int) -> None:
    async def story(reporter: Reporter) -> None:
        for first in (fields(api_key=reporter.key, **GOOD), fields(**GOOD, api_key=reporter.key)):
            picture = a_file()
            status, said, _ = await posted(reporter, PATHS[0], first + file(picture) + END, size)
            assert status in (200, 201), said
        assert [len(reporter.media()), len(reporter.rows())] == [1, 1]

    at_the_door(story)


def test_a_key_is_counted_once_for_a_form() -> None:
    async def story(reporter: Reporter) -> None:
        taken: list[str] = []
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Rates, "take", lambda _self, who, _now: taken.append(who))
            await posted(reporter, PATHS[0], fields(api_key=reporter.key, **GOOD) + file(a_file()) + END, 50)
        assert taken == [f"lr_{reporter.key_id}"]

    at_the_door(story)


def test_without_files_the_key_may_stand_anywhere() -> None:
    async def story(reporter: Reporter) -> None:
        status, _, _ = await posted(reporter, PATHS[0], fields(**GOOD, api_key=reporter.key) + END)
        assert status == 201
        last = {**GOOD, "description": "ketiga", "api_key": reporter.key}
        assert (await reporter.town.client.post(f"{BASE}/{PATHS[0]}", data=last)).status_code == 201

    at_the_door(story)


def test_a_key_without_the_scope_opens_nothing_early_either() -> None:
    async def story(reporter: Reporter) -> None:
        writer = Reporter(reporter.town, Scope.UPDATES)
        status, said, read = await posted(reporter, PATHS[0], fields(api_key=writer.key) + file(b"x" * 900_000) + END, 1_000)
        assert (status, said["problem"], read) == (403, "bad_api_key", 1_000)

    at_the_door(story)
