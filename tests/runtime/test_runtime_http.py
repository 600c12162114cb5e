"""The collectors' HTTP client against a real server on loopback: polite, patient to a point, and never overfed."""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from feeds.runtime.http import LONGEST_WAIT_S, SourceDown, SourceHttp, asked_wait_s, shown_address, user_agent
from feeds.runtime.manners import HostManners
from tests.fakes.http_source import HttpSource


@pytest.fixture
def source() -> Iterator[HttpSource]:
    with HttpSource() as server:
        yield server


def with_client(use: Callable[[SourceHttp], Awaitable[None]], **how: float) -> None:
    async def run() -> None:
        http = SourceHttp(user_agent("Köln"), **{"timeout_s": 5.0, **how})  # type: ignore[arg-type]
        try:
            await use(http)
        finally:
            await http.aclose()

    asyncio.run(run())


def test_it_says_who_asks(source: HttpSource) -> None:
    source.put("/a", "x")

    async def ask(http: SourceHttp) -> None:
        assert (await http.get(f"{source.url}/a", params={"q": "ä b"})).body == b"x"

    with_client(ask)
    (path, headers) = source.asked[0]
    assert headers["User-Agent"].startswith("LiveRoom/")
    assert headers["User-Agent"].endswith("(+control room of K?ln)")
    assert path == "/a?q=%C3%A4+b"


def test_a_304_gives_what_is_held_and_a_change_gives_the_change(source: HttpSource) -> None:
    source.put("/a", "one", has_etag=True)
    source.put("/b", "two", headers={"Last-Modified": "Mon, 16 Feb 2026 16:17:19 GMT"})

    async def ask(http: SourceHttp) -> None:
        first, second = await http.get(f"{source.url}/a"), await http.get(f"{source.url}/a")
        assert (first.body, first.is_changed, second.body, second.is_changed) == (b"one", True, b"one", False)
        source.put("/a", "changed", has_etag=True)
        assert (await http.get(f"{source.url}/a")).body == b"changed"
        await http.get(f"{source.url}/b")
        await http.get(f"{source.url}/b")

    with_client(ask)
    assert source.sent == [200, 304, 200, 200, 200]
    assert source.asked[-1][1]["If-Modified-Since"] == "Mon, 16 Feb 2026 16:17:19 GMT"


def test_a_known_version_is_not_asked_for_again(source: HttpSource) -> None:
    source.put("/alert", "1")

    async def ask(http: SourceHttp) -> None:
        for version in ("v1", "v1", "v2"):
            assert (await http.get(f"{source.url}/alert", version=version)).body == b"1"

    with_client(ask)
    assert len(source.asked) == 2


def test_what_is_remembered_has_an_end(source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.runtime.http.MAX_REMEMBERED_BYTES", 2_500)
    for name in "abc":
        source.put(f"/{name}", name * 1_000, has_etag=True)

    async def ask(http: SourceHttp) -> None:
        for name in "abcca":
            assert (await http.get(f"{source.url}/{name}")).body == name.encode() * 1_000

    with_client(ask)
    assert source.sent == [200, 200, 200, 304, 200]


@pytest.mark.parametrize(("status", "body"), [(500, "x"), (404, ""), (403, "key"), (204, "")])
def test_any_status_but_ok_is_down_and_names_no_secret(source: HttpSource, status: int, body: str) -> None:
    source.put("/a", body, status=status)

    async def ask(http: SourceHttp) -> None:
        with pytest.raises(SourceDown, match=f"/a answered HTTP {status}") as down:
            await http.get(f"{source.url}/a", params={"api_key": "geheim"})
        assert "geheim" not in str(down.value)

    with_client(ask)


@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_asks_for_a_pause_is_left_alone_until_it_is_over(source: HttpSource, status: int) -> None:
    now = [100.0]
    source.put("/a", "", status=status, headers={"Retry-After": "120"})
    source.put("/b", "well")

    async def run() -> None:
        http = SourceHttp("t", manners=HostManners(lambda: now[0]))
        try:
            with pytest.raises(SourceDown, match=f"HTTP {status} and asks for a pause of 120 s"):
                await http.get(f"{source.url}/a")
            now[0] += 119
            with pytest.raises(SourceDown, match="not asked"):
                await http.get(f"{source.url}/b")
            assert len(source.asked) == 1
            now[0] += 2
            assert (await http.get(f"{source.url}/b")).body == b"well"
        finally:
            await http.aclose()

    asyncio.run(run())


def test_a_pause_is_understood_in_both_spellings_and_has_an_end() -> None:
    soon, past = (format_datetime(datetime.now(UTC) + timedelta(seconds=s), usegmt=True) for s in (300, -300))
    assert 290 < asked_wait_s(soon) <= 300
    assert asked_wait_s(" 7 ") == 7
    assert asked_wait_s("9" * 400) == asked_wait_s("Fri, 31 Dec 9999 23:59:59 GMT") == LONGEST_WAIT_S
    assert [asked_wait_s(text) for text in (past, "", "soon", "-5", "1.5", "0")] == [0.0] * 6


def test_hanging_refusing_and_nonsense_servers_are_down(source: HttpSource) -> None:
    source.put("/hang", "half", is_hanging=True)
    source.put("/loop", "", status=302, headers={"Location": "/loop"})
    source.put("/ftp", "", status=302, headers={"Location": "ftp://127.0.0.1/"})
    source.put("/gzip", b"not gzip", headers={"Content-Encoding": "gzip"})
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/"

        async def ask(http: SourceHttp) -> None:
            for url, reason in (
                (f"{source.url}/hang", r"gave no answer within 0\.3 s"),
                (closed, "cannot be reached"),
                (f"{source.url}/loop", "redirects more than 3 times"),
                (f"{source.url}/ftp", "redirects to what is no web address"),
                (f"{source.url}/gzip", "could not be read"),
                ("http://[bad/", "an address that cannot be read"),
                ("nonsense", "could not be read"),
            ):
                with pytest.raises(SourceDown, match=reason):
                    await http.get(url)

        with_client(ask, timeout_s=0.3)


def test_a_huge_answer_is_not_read_to_its_end(source: HttpSource) -> None:
    source.put("/huge", b"x" * 2_000_000)
    source.put("/bomb", gzip.compress(b"\0" * 20_000_000), headers={"Content-Encoding": "gzip"})

    async def ask(http: SourceHttp) -> None:
        for path in ("/huge", "/bomb"):
            with pytest.raises(SourceDown, match="sent more than 1,000,000 bytes"):
                await http.get(f"{source.url}{path}")

    with_client(ask, max_bytes=1_000_000)


def test_the_pace_is_kept(source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    source.put("/a", "x")
    now = [0.0]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    async def run() -> None:
        http = SourceHttp("t", requests_per_minute=3, manners=HostManners(lambda: now[0]))
        monkeypatch.setattr("feeds.runtime.manners.asyncio.sleep", sleep)
        try:
            for _ in range(7):
                now[0] += 1
                await http.get(f"{source.url}/a")
        finally:
            await http.aclose()

    asyncio.run(run())
    assert len(source.asked) == 7
    assert slept == [57.0, 57.0]


def test_an_address_is_shown_without_what_is_secret() -> None:
    assert shown_address("https://u:p@host:8/a?api_key=k#f") == "https://host:8/a"


def test_a_proxy_of_the_environment_is_not_asked_for_a_source_beside_us(source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    source.put("/a", "direct")
    with HttpSource() as proxy:
        proxy.put("/x", "by proxy")
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        async def ask(http: SourceHttp) -> None:
            assert (await http.get(f"{source.url}/a")).body == b"direct"
            assert (await http.get("http://far-away.invalid/x")).body == b"by proxy"

        with_client(ask)
        assert proxy.asked[0][0] == "http://far-away.invalid/x"


def test_a_redirect_stays_on_its_host_or_goes_to_a_public_address(source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    source.put("/moved", "", status=301, headers={"Location": "/here"})
    source.put("/here", "found", has_etag=True)
    with HttpSource() as neighbour:
        neighbour.put("/secret", "of the city's own network")
        refused = {
            "/neighbour": f"{neighbour.url}/secret",
            "/name": neighbour.url.replace("127.0.0.1", "localhost") + "/secret",
            "/link-local": "http://169.254.169.254/latest/meta-data/",
            "/v6": "http://[::1]:80/",
            "/mapped": "http://[::ffff:127.0.0.1]/",
            "/multicast": "http://239.1.1.1/",
            "/nat64": "http://[64:ff9b::5db8:d822]/",
            "/6to4": "http://[2002:5db8:d822::1]/",
            "/octal": "http://0177.0.0.1/",
        }
        for path, target in refused.items():
            source.put(path, "", status=302, headers={"Location": target})

        async def ask(http: SourceHttp) -> None:
            assert (await http.get(f"{source.url}/moved")).body == b"found"
            assert not (await http.get(f"{source.url}/moved")).is_changed
            for path in refused:
                with pytest.raises(SourceDown, match=rf"{path} (redirects to .*refused|could not be read)"):
                    await http.get(f"{source.url}{path}")

        with_client(ask)
        assert neighbour.asked == []


def test_a_redirect_to_a_public_name_goes_to_the_address_that_was_judged(source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when judged and private when asked (DNS rebinding) leads nowhere: the number is asked, headers stay behind."""
    source.put("/moved", "", status=302, headers={"Location": "http://public.example:8080/data"})
    asked: list[httpx.Request] = []

    async def answer(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.host == "127.0.0.1":
            return await direct(self, request)
        return httpx.Response(200, stream=httpx.ByteStream(b"public"))

    direct = httpx.AsyncHTTPTransport.handle_async_request
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("93.184.216.34", 8080))])

    async def ask(http: SourceHttp) -> None:
        assert (await http.get(f"{source.url}/moved", headers={"X-Key": "geheim"})).body == b"public"

    with_client(ask)
    last = asked[-1]
    assert (last.url.host, last.headers["Host"], last.extensions["sni_hostname"]) == (
        "93.184.216.34",
        "public.example:8080",
        "public.example",
    )
    assert "X-Key" not in last.headers


def test_two_sources_on_one_host_keep_one_pace_and_one_pause(source: HttpSource) -> None:
    now = [0.0]
    source.put("/busy", "", status=429, headers={"Retry-After": "30"})
    source.put("/a", "x")
    manners = HostManners(lambda: now[0])

    async def run() -> None:
        one, other = (SourceHttp("t", requests_per_minute=60, manners=manners) for _ in range(2))
        try:
            await other.get(f"{source.url}/a")
            with pytest.raises(SourceDown, match="asks for a pause of 30 s"):
                await one.get(f"{source.url}/busy")
            with pytest.raises(SourceDown, match="not asked"):
                await other.get(f"{source.url}/a")
            now[0] = 31
            await other.get(f"{source.url}/a")
        finally:
            await one.aclose()
            await other.aclose()

    asyncio.run(run())
    assert len(source.asked) == 3
