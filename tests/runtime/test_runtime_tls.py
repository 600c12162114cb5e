"""Certificates and proxies as a city's network has them, against real TLS on loopback; and bodies that are meant to hurt."""

import asyncio
import gzip
import re
import socket
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from feeds.runtime.certificates import unproven_certificate_end
from feeds.runtime.http import Answer, SourceHttp
from feeds.runtime.reaching import CertificateRefused, SourceDown, TrustError, Unreached, failed, is_by_proxy, trust
from feeds.runtime.registry import CollectorError
from feeds.runtime.run import run_feeds
from feeds.runtime.unpack import Garbled, TooLarge, Unpacker
from tests.fakes.authority import Authority, TlsSource
from tests.fakes.collector_context import city_of
from tests.fakes.raw_source import ConnectProxy, RawSource


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def get(url: str, **how: object) -> Answer:
    async def run() -> Answer:
        http = SourceHttp("t", **{"timeout_s": 5.0, **how})  # type: ignore[arg-type]
        try:
            return await http.get(url)
        finally:
            await http.aclose()

    return asyncio.run(run())


@pytest.fixture
def secure(authority: Authority) -> Iterator[TlsSource]:
    with TlsSource(authority.context_for("localhost")) as source:
        source.put("/a", "secure")
        yield source


def test_an_authority_of_the_citys_own_is_believed_when_the_environment_names_it(
    secure: TlsSource, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CertificateRefused, match="/a: certificate refused: its authority is unknown here"):
        get(f"{secure.url}/a")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert get(f"{secure.url}/a").body == b"secure"
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.file.parent))
    assert get(f"{secure.url}/a").body == b"secure"


@pytest.mark.parametrize(("name", "days", "words"), [("localhost", -1, "it has ended"), ("other.example", 5, "it is for another name")])
def test_a_refused_certificate_says_which_way_it_is_wrong(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str, days: int, words: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with TlsSource(authority.context_for(name, days=days)) as source:
        with pytest.raises(CertificateRefused, match=f"certificate refused: {words}"):
            get(f"{source.url}/a")
        ends_at = asyncio.run(unproven_certificate_end("localhost", source.port, timeout_s=2.0))
        assert ends_at is not None, "its end is known though nobody believes it"


def test_certificates_that_cannot_be_used_are_a_sentence_before_anything_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for name, value in (("SSL_CERT_FILE", tmp_path / "none.pem"), ("SSL_CERT_FILE", tmp_path / "bad.pem"), ("SSL_CERT_DIR", tmp_path)):
        with monkeypatch.context() as patch:
            patch.setenv(name, str(value))
            with pytest.raises(TrustError, match=f"{name} names no readable certificates"):
                trust()
            with pytest.raises(CollectorError, match=f"{name} names no readable certificates"):
                asyncio.run(run_feeds(city_of("koeln")[0], "redis://127.0.0.1:9/0", "live"))


def test_https_goes_through_the_proxy_of_the_environment_and_past_it_where_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "data.kota.test"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with TlsSource(authority.context_for(name)) as source, ConnectProxy(source.port) as proxy:
        source.put("/a", "secure")
        url = f"https://{name}:{source.port}/a"
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert is_by_proxy(url)
        assert get(url).body == b"secure"
        assert proxy.asked == [f"CONNECT {name}:{source.port}"], "its name is resolved by the proxy, not here"
        monkeypatch.setenv("NO_PROXY", ".kota.test")
        monkeypatch.setattr(
            "socket.getaddrinfo", lambda *_a, **_k: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", source.port))]
        )
        assert not is_by_proxy(url)
        assert get(url).body == b"secure"
        assert len(proxy.asked) == 1


def test_a_proxy_that_refuses_is_not_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(9, refusal="407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(Unreached, match=r"cannot be reached \(the proxy of this network refused\)"):
            get("https://data.kota.test/a")


def test_a_name_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_a: object, **_k: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(Unreached, match=r"cannot be reached \(its name is not known here\)"):
        get("http://data.kota.test/a")


def test_a_machine_elsewhere_that_refuses_is_there_and_our_own_says_nothing() -> None:
    assert isinstance(failed("http://127.0.0.1/", ConnectionRefusedError()), Unreached)
    assert not isinstance(failed("http://10.1.2.3/", ConnectionRefusedError()), Unreached)


Script = Callable[[RawSource, socket.socket, bytes], None]
HEAD = b"HTTP/1.1 200 OK\r\n"


def sending(*parts: bytes, every_s: float = 0.0, for_ever: bytes = b"") -> Script:
    def script(source: RawSource, client: socket.socket, request: bytes) -> None:
        for part in parts:
            client.sendall(part)
        while for_ever and not source.ended.wait(every_s):
            client.sendall(for_ever)

    return script


HURTING: list[tuple[str, Script, str]] = [
    ("body trickles", sending(HEAD + b"Content-Length: 100000\r\n\r\n", every_s=0.05, for_ever=b"x"), r"gave no answer within 0\.6 s"),
    ("head trickles", sending(HEAD, every_s=0.05, for_ever=b"X-A: b\r\n"), r"gave no answer within 0\.6 s"),
    ("shorter than said", sending(HEAD + b"Content-Length: 100\r\n\r\nshort"), "could not be read"),
    ("length is no number", sending(HEAD + b"Content-Length: many\r\n\r\nx"), "could not be read"),
    ("chunks are garbage", sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"), "could not be read"),
    ("chunks end too early", sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "could not be read"),
    ("no HTTP", sending(b"SSH-2.0-OpenSSH_9.6\r\n"), "could not be read"),
    ("304 though nothing is held", sending(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "answered HTTP 304"),
    (
        "packed and cut off",
        sending(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"x" * 999, mtime=0)[:-9]),
        "is cut off",
    ),
    (
        "packed twice",
        sending(HEAD + b"Content-Encoding: gzip, gzip\r\nConnection: close\r\n\r\nxxxx"),
        "packed in a way that was not asked for",
    ),
    ("brotli", sending(HEAD + b"Content-Encoding: br\r\nConnection: close\r\n\r\nxxxx"), "packed in a way that was not asked for"),
]


@pytest.mark.parametrize(("script", "words"), [row[1:] for row in HURTING], ids=[row[0] for row in HURTING])
def test_a_body_that_hurts_ends_in_a_sentence(script: Script, words: str) -> None:
    with RawSource(script) as source, pytest.raises(SourceDown, match=words):
        get(f"{source.url}/a", timeout_s=0.6)


def test_a_longer_body_than_said_is_what_was_said() -> None:
    with RawSource(sending(HEAD + b"Content-Length: 4\r\n\r\nfour and more")) as source:
        assert get(f"{source.url}/a").body == b"four"


def test_a_page_where_data_should_be_is_handed_on_as_it_is() -> None:
    with RawSource(sending(HEAD + b"Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")) as source:
        assert get(f"{source.url}/a").body == b"<html>"


def test_a_gzip_bomb_takes_no_more_memory_than_its_limit() -> None:
    bomb = gzip.compress(b"\0" * 300_000_000)
    with RawSource(sending(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + bomb)) as source:
        tracemalloc.start()
        try:
            with pytest.raises(SourceDown, match="sent more than 1,000,000 bytes"):
                get(f"{source.url}/a", max_bytes=1_000_000)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 12_000_000


def test_unpacking_takes_what_servers_send() -> None:
    import zlib

    text = b"laporan " * 50_000
    raw = zlib.compressobj(wbits=-15)
    for encoding, packed in (
        ("", text),
        ("identity", text),
        ("GZIP", gzip.compress(text, mtime=0)),
        ("x-gzip", gzip.compress(text[:80_000], mtime=0) + gzip.compress(text[80_000:], mtime=0) + b"\0" * 9),
        ("deflate", zlib.compress(text)),
        ("deflate", raw.compress(text) + raw.flush()),
    ):
        unpacker = Unpacker(encoding, len(text))
        for start in range(0, len(packed), 777):
            unpacker.feed(packed[start : start + 777])
        assert unpacker.body(is_whole=True) == text
    cut = Unpacker("gzip", 1_000)
    with pytest.raises(TooLarge):
        cut.feed(gzip.compress(text, mtime=0))
    assert cut.body() == text[:1_000]
    with pytest.raises(Garbled):
        Unpacker("gzip", 10).feed(b"not packed")


def test_a_probe_tells_what_is_there_whatever_its_status(authority: Authority, secure: TlsSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    secure.put("/busy", "später".encode("latin-1"), status=500, headers={"Content-Type": "text/plain; charset=latin-1"})
    secure.put("/long", "x" * 100_000, headers={"Content-Type": "text/plain; charset=base64"})

    async def ask(http: SourceHttp) -> None:
        busy = await http.probe(f"{secure.url}/busy", max_bytes=1_000, timeout_s=2.0)
        assert (busy.status, busy.text, busy.is_cut) == (500, "später", False)
        assert busy.certificate_ends_at is not None and busy.latency_ms > 0
        long = await http.probe(f"{secure.url}/long", max_bytes=1_000, timeout_s=2.0)
        assert (long.text, long.is_cut) == ("x" * 1_000, True)
        again = await http.probe(f"{secure.url}/long", max_bytes=1_000, timeout_s=2.0)
        assert again.status == 200 and re.fullmatch("x+", again.text), "a probe is never answered from memory"

    _with_client(ask)


def _with_client(work: Callable[[SourceHttp], Awaitable[None]]) -> None:
    async def run() -> None:
        http = SourceHttp("t")
        try:
            await work(http)
        finally:
            await http.aclose()

    asyncio.run(run())
