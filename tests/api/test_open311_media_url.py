"""The picture a report points to: from public addresses alone, within bounds, and never a reason to lose the report."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Sequence

import pytest

from feeds.api.media_url import MOST_BYTES, MediaFetcher, Unfetched
from feeds.runtime.reaching import Address, is_public
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import Reporter, a_town

HOME = ipaddress.ip_address("127.0.0.1")


class Server:
    """Answers raw bytes by path on loopback and remembers what it was asked."""

    def __init__(self, **answers: bytes | None) -> None:
        self.answers = answers
        self.heads: list[bytes] = []

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str, host: str = "foto.example") -> str:
        return f"http://{host}:{self.port}/{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        answer = self.answers[head.split()[1].decode().strip("/")]
        if answer is None:
            await reader.read()
        else:
            writer.write(answer.replace(b"PORT", str(self.port).encode()))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


def ok(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def moved(to: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n"


async def until(holds: Callable[[], object]) -> None:
    """The picture is fetched after the answer."""
    while not holds():
        await asyncio.sleep(0.02)


def notes_of(reporter: Reporter, report: str) -> list[str]:
    return [one["body"]["text"] for one in reporter.events() if one["report"] == report and one["kind"] == "note"]


class Names:
    """A resolver whose answers change from one look-up to the next."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return [ipaddress.ip_address(one) for one in self.answers[host].pop(0).split()]


PRIVATE = (
    "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 224.0.0.1 239.1.1.1 0.0.0.0 0.1.2.3 255.255.255.255 240.0.0.1 "
    "192.0.2.1 198.18.0.1 192.0.0.9 192.88.99.1 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::7f00:1 fe80::1 fc00::1 fec0::1 ff02::1 64:ff9b::7f00:1 "
    "2002:7f00:1:: 2001:0:1::1 2001:db8::1 100::1"
)


def test_only_addresses_of_the_open_internet_are_public() -> None:
    assert [one for one in PRIVATE.split() if is_public(ipaddress.ip_address(one))] == []
    assert all(is_public(ipaddress.ip_address(one)) for one in ("8.8.8.8", "1.1.1.1", "103.10.1.1", "2606:4700::1111"))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:PORT/a", "http://localhost:PORT/a", "http://[::1]:PORT/a", "http://[::ffff:127.0.0.1]:PORT/a", "http://2130706433:PORT/a",
     "http://0x7f.1:PORT/a", "http://127.1:PORT/a", "file:///etc/passwd", "ftp://h/a", "gopher://h", "http://", "//h/a", "http://u:p@8.8.8.8/a",
     "http://[", "http://h:99999/", "http://h:0/", "http://a b/", "http://\u212a.example:x/", "data:image/png;base64,AAAA", "x" * 2000],
)  # fmt: skip
def test_nothing_else_is_asked(url: str) -> None:
    async def main() -> None:
        async with Server(a=ok(b"secret")) as server:
            with pytest.raises(Unfetched):
                await MediaFetcher(timeout_s=2).fetch(url.replace("PORT", str(server.port)))
            assert server.heads == []

    asyncio.run(main())


def test_the_address_that_was_judged_is_the_one_that_is_asked() -> None:
    async def main() -> None:
        async with Server(a=ok(b"picture")) as server:
            names = Names(foto_example=["127.0.0.1", "10.0.0.1"])
            judged: list[Address] = []
            fetcher = MediaFetcher(resolve=names, judge=lambda address: judged.append(address) is None)
            assert await fetcher.fetch(server.url("a")) == b"picture"
            assert (names.asked, judged) == (["foto.example"], [HOME]), "one look-up, no second"
            assert b"Host: foto.example:" in server.heads[0]
            mixed = MediaFetcher(resolve=Names(foto_example=["127.0.0.1 10.0.0.1"]), judge=lambda address: address == HOME)
            with pytest.raises(Unfetched, match="no public address"):
                await mixed.fetch(server.url("a"))
            assert len(server.heads) == 1

    asyncio.run(main())


def test_redirects_are_judged_each_and_counted() -> None:
    async def main() -> None:
        hops = {str(n): moved(b"/%d" % (n + 1)) for n in range(1, 5)} | {
            "5": ok(b"end"),
            "in": moved(b"http://dalam.example:PORT/5"),
            "f": moved(b"file:///x"),
        }
        async with Server(**hops) as server:
            judge = HOME.__eq__
            fetcher = MediaFetcher(resolve=Names(foto_example=["127.0.0.1"] * 20, dalam_example=["10.0.0.1"]), judge=judge)
            assert await fetcher.fetch(server.url("2")) == b"end"
            for path, words in (("1", "more than 3"), ("in", "no public address"), ("f", "no http")):
                with pytest.raises(Unfetched, match=words):
                    await fetcher.fetch(server.url(path))

    asyncio.run(main())


def test_bounds_of_time_size_and_status() -> None:
    async def main() -> None:
        big = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (MOST_BYTES + 1)
        answers = {
            "big": big,
            "slow": None,
            "gone": b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
            "zip": ok(b"x", b"Content-Encoding: gzip\r\n"),
            "bad": b"\0\0\r\n\r\n",
        }
        async with Server(**answers) as server:
            fetcher = MediaFetcher(resolve=Names(foto_example=["127.0.0.1"] * 9), judge=HOME.__eq__, timeout_s=4)
            for path, words in (
                ("big", "larger"),
                ("slow", "did not give"),
                ("gone", "404"),
                ("zip", "packed"),
                ("bad", "could not be read"),
            ):
                with pytest.raises(Unfetched, match=words):
                    await fetcher.fetch(server.url(path))

    asyncio.run(main())


def test_a_report_gets_its_picture_or_a_note_and_stands_either_way() -> None:
    async def story(server: Server) -> None:
        fetcher = MediaFetcher(resolve=Names(foto_example=["127.0.0.1"] * 9, dalam_example=["10.0.0.1"]), judge=HOME.__eq__)
        async with a_town(fetcher) as town:
            reporter = Reporter(town)
            fine = await reporter.sent(media_url=server.url("good"))
            await until(lambda: [one["report"] for one in reporter.media()] == [fine])
            for number, url in enumerate((server.url("text"), server.url("a", "dalam.example"), "javascript:alert(1)")):
                report = await reporter.sent(media_url=url, description=str(number))
                await until(lambda report=report: notes_of(reporter, report))
                (note,) = notes_of(reporter, report)
                assert note.startswith("media_url: ") and "example" not in note
                assert reporter.row(report)["revision"] == 2
            asked = len(server.heads)
            assert (await reporter.send(media_url=server.url("good"))).status_code == 200
            assert len(server.heads) == asked, "a retry fetches nothing"

    async def main() -> None:
        async with Server(good=ok(a_file()), text=ok(b"<html>")) as server:
            # In a loop of its own: the client of the tests holds its loop while it waits for an answer.
            await asyncio.to_thread(lambda: asyncio.run(story(server)))

    asyncio.run(main())
