"""How long and how slow the head of a request may be: raw bytes over a real socket to the server the doors run on."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from litestar import Litestar, Request, get, post

from feeds.api import run
from feeds.api.run import MOST_OF_A_HEAD

HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
SOON_S = 0.1
LONG_S = 3 * SOON_S


@get("/hello")
async def hello() -> str:
    return "halo"


@get("/slow")
async def slow() -> str:
    await asyncio.sleep(LONG_S)
    return "akhirnya"


@post("/count", status_code=200)
async def count(request: Request[Any, Any, Any]) -> str:
    return f"{len(await request.body())} bytes"


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, *pieces: bytes) -> None:
        """Each by itself, until the other side has hung up."""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
                await asyncio.sleep(0)

    async def talk_until_nobody_hears(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                self._writer.write(b"x")
                await self._writer.drain()
                await asyncio.sleep(SOON_S / 5)

    async def answer(self) -> tuple[int, str]:
        """Status and body of the next one."""
        head = (await self.head()).lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        return int(head.split()[1]), (await self._reader.readexactly(length)).decode()

    async def read(self, count: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(count), 10)

    async def head(self) -> str:
        return (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 10)).decode()

    async def is_cut_off(self) -> bool:
        """True once the other side has hung up without another word."""
        try:
            return await asyncio.wait_for(self._reader.read(1), 10) == b""
        except ConnectionResetError:
            return True


Open = Callable[..., Awaitable[Client]]


@contextlib.asynccontextmanager
async def doors(app: Any = None, **more: Any) -> AsyncGenerator[Open]:
    app = app or Litestar([hello, slow, count], openapi_config=None, logging_config=None)
    writers: list[asyncio.StreamWriter] = []

    async def open_one(**how: Any) -> Client:
        reader, writer = await asyncio.open_connection(*listener.getsockname()[:2], **how)
        writers.append(writer)
        return Client(reader, writer)

    with contextlib.closing(run.listen("127.0.0.1", 0)) as listener:
        listener.listen()
        serving = asyncio.create_task(run.serve(app, listener, **more))
        try:
            yield open_one
        finally:
            for writer in writers:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


def at_the_doors(story: Callable[[Open], Awaitable[None]], app: Any = None, **more: Any) -> None:
    """``more``: as ``run.serve`` takes it."""

    async def main() -> None:
        async with doors(app, **more) as open_one:
            await story(open_one)

    asyncio.run(main())


def test_who_goes_on_after_the_refusal_is_not_heard_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LINGER_S", SOON_S)

    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(ENDLESS["one header"])
        assert (await client.answer())[0] == 400
        await asyncio.wait_for(client.talk_until_nobody_hears(), 10)

    at_the_doors(story)


def in_pieces(text: bytes, size: int = 1_000) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


ENDLESS = {
    "one header": b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 2 * MOST_OF_A_HEAD,
    "many headers": b"GET /hello HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * (2 * MOST_OF_A_HEAD // 6),
    "an address": b"GET /hello?" + b"x" * 2 * MOST_OF_A_HEAD,
    "empty lines": b"\r\n" * MOST_OF_A_HEAD,
}


@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("size", [1_000, 1_000_000], ids=["pieces", "one"])
@pytest.mark.parametrize("head", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_head_without_end_is_refused_and_cut_off(head: bytes, size: int, is_second: bool) -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        if is_second:
            await client.say(HELLO)
            assert await client.answer() == (200, "halo")
        await client.say(*in_pieces(head, size))
        assert await client.answer() == (400, "The head of this request is too long.")
        assert await client.is_cut_off()

    at_the_doors(story)


HEADS = {
    "one header": lambda size: b"GET /hello HTTP/1.1\r\nX: " + b"x" * (size - len("/hello") - len("X: \r\n")) + b"\r\n\r\n",
    "many headers": lambda size: b"GET /hello HTTP/1.1\r\n" + b"a: b\r\n" * ((size - len("/hello")) // 6) + b"\r\n",
    "an address": lambda size: b"GET /hello?" + b"x" * (size - len("/hello?")) + b" HTTP/1.1\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("size", [1_000, 1_000_000], ids=["pieces", "one"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_the_bound_is_what_it_says(head: Callable[[int], bytes], size: int) -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        for _ in range(3):
            await client.say(*in_pieces(head(MOST_OF_A_HEAD), size))
            assert await client.answer() == (200, "halo")
        await client.say(*in_pieces(head(MOST_OF_A_HEAD + 6), size))
        assert await client.answer() == (400, "The head of this request is too long.")
        assert await client.is_cut_off()

    at_the_doors(story)


def test_requests_are_answered_one_after_another_and_at_one_go() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        posted = b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000
        for _ in range(2):
            await client.say(HELLO + posted + HELLO)
            assert [await client.answer() for _ in range(3)] == [(200, "halo"), (200, "70000 bytes"), (200, "halo")]

    at_the_doors(story)


BEHIND_A_HEAD = {
    "a trailer": b"0\r\nX: " + b"x" * 2 * MOST_OF_A_HEAD,
    "trailers": b"0\r\n" + b"a: b\r\n" * (2 * MOST_OF_A_HEAD // 6),
    "a word about a chunk": b"5;" + b"x" * 2 * MOST_OF_A_HEAD,
}


@pytest.mark.parametrize("size", [1_000, 1_000_000], ids=["pieces", "one"])
@pytest.mark.parametrize("more", BEHIND_A_HEAD.values(), ids=BEHIND_A_HEAD.keys())
def test_what_stands_around_a_body_has_an_end_too(more: bytes, size: int) -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(b"POST /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nab\r\n")
        await client.say(*in_pieces(more, size))
        assert await client.is_cut_off()

    at_the_doors(story)


def test_a_body_of_many_small_chunks_is_read() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(b"POST /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        long = b"2;" + b"x" * 3_000 + b"\r\n"
        await client.say(*(long, b"ab\r\n") * 20, b"0\r\nX: y\r\n\r\n" + HELLO)
        assert [await client.answer(), await client.answer()] == [(200, "40 bytes"), (200, "halo")]

    at_the_doors(story)


def test_a_wish_for_another_protocol_lifts_no_bound() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert await client.answer() == (200, "halo")
        await client.say(*in_pieces(ENDLESS["one header"]))
        assert await client.answer() == (400, "The head of this request is too long.")

    at_the_doors(story)


def test_what_came_before_a_request_does_not_count_for_its_head() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        body = b"x" * 2 * MOST_OF_A_HEAD
        await client.say(b"POST /count HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body + HELLO[:20])
        assert await client.answer() == (200, f"{len(body)} bytes")
        await client.say(HELLO[20:])
        assert await client.answer() == (200, "halo")
        many = 2 * MOST_OF_A_HEAD // len(HELLO)
        await client.say(HELLO * many + HELLO[:20])
        assert {await client.answer() for _ in range(many)} == {(200, "halo")}
        await client.say(HELLO[20:])
        assert await client.answer() == (200, "halo")

    at_the_doors(story)


@pytest.mark.parametrize("words", [b"", b"\r\n", HELLO[:-2]], ids=["nothing", "an empty line", "half a head"])
@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
def test_who_does_not_say_what_is_wanted_is_cut_off(words: bytes, is_second: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_WITHIN_S", SOON_S)
    monkeypatch.setattr(run, "KEEP_ALIVE_S", SOON_S if not words else 60)

    async def story(open_one: Open) -> None:
        client = await open_one()
        if is_second:
            await client.say(HELLO)
            assert await client.answer() == (200, "halo")
        await client.say(words)
        assert await client.is_cut_off()

    at_the_doors(story)


def test_a_head_that_drips_has_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_WITHIN_S", SOON_S)

    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(b"GET /hello HTTP/1.1\r\n")
        dripping = asyncio.create_task(drip(client))
        assert await client.is_cut_off()
        dripping.cancel()

    async def drip(client: Client) -> None:
        while True:
            await client.say(b"a: b\r\n")
            await asyncio.sleep(SOON_S / 5)

    at_the_doors(story)


def test_a_slow_body_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_WITHIN_S", SOON_S)

    async def story(open_one: Open) -> None:
        client = await open_one()
        for _ in range(2):
            await client.say(b"POST /count HTTP/1.1\r\nContent-Length: 4\r\n\r\n", b"ab")
            await asyncio.sleep(LONG_S)
            await client.say(b"cd")
            assert await client.answer() == (200, "4 bytes")

    at_the_doors(story)


def test_a_slow_answer_is_not_lost_to_the_half_of_a_head_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_WITHIN_S", SOON_S)
    monkeypatch.setattr(run, "KEEP_ALIVE_S", 60)

    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO.replace(b"hello", b"slow"), HELLO[:-2])
        assert await client.answer() == (200, "akhirnya")
        assert await client.is_cut_off()

    at_the_doors(story)


def test_a_refused_head_is_never_taken_for_the_answer_before_it() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO.replace(b"hello", b"slow") + ENDLESS["an address"])
        assert await client.is_cut_off()

    at_the_doors(story)


def test_a_flood_of_what_is_no_request_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async def story(open_one: Open) -> None:
        for _ in range(3):
            client = await open_one()
            await client.say(b"nothing of the kind\r\n\r\n")
            assert (await client.answer())[0] == 400

    at_the_doors(story)
    assert [record.getMessage() for record in caplog.records if record.name == "uvicorn.error" and record.levelname == "WARNING"] == [
        "Invalid HTTP request received."
    ]
