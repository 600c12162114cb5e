"""Connections that say nothing, stop in their midst, or become another protocol's: raw bytes over real sockets."""

import asyncio
import ssl
import struct
from pathlib import Path
from typing import Any

import pytest

from feeds.api import run
from feeds.api.run import Sockets, Tls
from tests.api.test_heads import HELLO, LONG_S, SOON_S, Client, Open, at_the_doors
from tests.fakes.authority import Authority

FEW = 40
SOCKETS = Sockets(most_message_bytes=20_000, most_connections=FEW)


@pytest.mark.parametrize("words", [b"", HELLO[:-2], HELLO], ids=["nothing", "half a head", "an answered one"])
def test_hundreds_that_say_nothing_more_keep_nobody_out(words: bytes) -> None:
    async def story(open_one: Open) -> None:
        for _ in range(10 * FEW):
            silent = await open_one()
            await silent.say(words)
            if words == HELLO:
                await silent.answer()
        client = await open_one()
        await client.say(HELLO)
        assert await client.answer() == (200, "halo")

    at_the_doors(story, sockets=SOCKETS)


def test_who_is_being_answered_is_not_cut_off_for_those_who_say_nothing() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO.replace(b"hello", b"slow"))
        for _ in range(FEW):
            await open_one()
        assert await client.answer() == (200, "akhirnya")

    at_the_doors(story, sockets=SOCKETS)


def test_a_service_with_sockets_waits_less_long_for_a_head() -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO[:-2])
        assert await client.is_cut_off()

    assert SOCKETS.head_within_s < run.HEAD_WITHIN_S
    at_the_doors(story, sockets=SOCKETS._replace(head_within_s=SOON_S))


def test_who_begins_no_tls_is_cut_off_and_who_does_is_answered(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    file = authority.pem_for("localhost")
    trusting = ssl.create_default_context(cafile=authority.file)

    async def story(open_one: Open) -> None:
        silent = await open_one()
        client = await open_one(ssl=trusting, server_hostname="localhost")
        await client.say(HELLO)
        assert await client.answer() == (200, "halo")
        assert await silent.is_cut_off()

    at_the_doors(story, sockets=SOCKETS._replace(head_within_s=2.0), tls=Tls(file, file))


def test_a_body_that_does_not_go_on_is_cut_off_and_one_that_does_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BODY_GOES_ON_WITHIN_S", LONG_S)
    head = b"POST /count HTTP/1.1\r\nContent-Length: 12\r\n\r\n"

    async def story(open_one: Open) -> None:
        stops, goes_on = await open_one(), await open_one()
        await stops.say(head, b"ab")
        await goes_on.say(head)
        for _ in range(12):
            await goes_on.say(b"x")
            await asyncio.sleep(LONG_S / 6)
        assert await goes_on.answer() == (200, "12 bytes")
        assert await stops.is_cut_off()

    at_the_doors(story)


def test_a_slow_answer_to_a_whole_body_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BODY_GOES_ON_WITHIN_S", SOON_S)

    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HELLO.replace(b"hello", b"slow"))
        assert await client.answer() == (200, "akhirnya")

    at_the_doors(story)


def wishing(protocol: bytes) -> bytes:
    return HELLO[:-2] + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"


@pytest.mark.parametrize("sockets", [None, SOCKETS], ids=["without sockets", "with"])
def test_a_request_behind_a_wish_that_is_not_granted_is_answered_too(sockets: Sockets | None) -> None:
    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(wishing(b"h2c") + HELLO + wishing(b"h2c"))
        assert [await client.answer() for _ in range(3)] == [(200, "halo")] * 3

    at_the_doors(story, sockets=sockets)


HANDSHAKE = wishing(b"websocket")[:-2] + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
SHORT = 125


def frame(text: bytes) -> bytes:
    """As a client sends it, masked with zeros."""
    length = bytes([0x80 | len(text)]) if len(text) <= SHORT else bytes([0x80 | 126]) + struct.pack(">H", len(text))
    return b"\x81" + length + bytes(4) + text


async def heard(client: Client) -> bytes:
    _, length = await client.read(2)
    return await client.read(length if length <= SHORT else struct.unpack(">H", await client.read(2))[0])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says again what it hears."""
    while scope["type"] == "lifespan":
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def test_what_comes_with_the_head_of_a_socket_is_the_sockets() -> None:
    said = [b"satu", b"GET /hello HTTP/1.1\r\n\r\n", b"x" * 10_000, b"dua"]

    async def story(open_one: Open) -> None:
        client = await open_one()
        await client.say(HANDSHAKE + b"".join(map(frame, said)))
        assert (await client.head()).startswith("HTTP/1.1 101 ")
        assert [await heard(client) for _ in said] == said
        await client.say(frame(b"tiga"))
        assert await heard(client) == b"tiga"

    at_the_doors(story, echo, sockets=SOCKETS)
