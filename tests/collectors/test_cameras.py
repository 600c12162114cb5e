"""The collector ``cameras``: real streams of two kinds, streams that lie, hang and hide, and lists that are not as they should be."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.messages.camera import CAMERA, Camera, StreamKind
from feeds.messages.header import Position
from feeds.readers.camera_list import read_cameras
from feeds.readers.camera_probe import CameraProbe, Look
from feeds.readers.station_table import TableError
from feeds.runtime.collector import CollectorContext, Document, SourceDown
from feeds.runtime.http import SourceHttp
from feeds.runtime.registry import load_collector
from tests.fakes.collector_context import city_of, context
from tests.fakes.http_source import HttpSource
from tests.fakes.mjpeg_camera import HEAD, MjpegCamera, jpeg, part
from tests.fakes.raw_source import RawSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
RTSP_SERVER = Path(__file__).resolve().parents[1] / "fakes" / "rtsp_server.py"


def camera(url: str, key: str = "k", **how: Any) -> Camera:
    kind = StreamKind.RTSP if url.startswith("rtsp") else StreamKind.MJPEG
    return Camera(**{"id": key, "name": key, "owner": "dishub", "kind": kind, "url": url, **how})


def look(url: str, timeout_s: float = 2.0) -> Look:
    async def run() -> Look:
        async with CameraProbe("t", timeout_s=timeout_s) as probe:
            return await probe.look(camera(url))

    return asyncio.run(run())


@pytest.fixture
def mjpeg() -> Iterator[MjpegCamera]:
    server = MjpegCamera()
    server.start()
    yield server
    server.stop()


def test_a_camera_that_gives_pictures_is_up_after_one_look(mjpeg: MjpegCamera) -> None:
    assert look(mjpeg.url()) == Look(True)
    assert mjpeg.connections == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/login", Look(True, "asks for a login")),
        ("/none", Look(False, "answered HTTP 404")),
        ("/silent", Look(False, "no picture within 0.8 s")),
        ("/garbage", Look(False, "no picture within 0.8 s")),
        ("/huge", Look(False, "its picture claims an impossible size")),
    ],
)
def test_a_camera_that_gives_none_is_down_with_the_reason(mjpeg: MjpegCamera, path: str, expected: Look) -> None:
    assert look(mjpeg.url(path), timeout_s=0.8) == expected


def test_a_picture_that_holds_a_small_one_is_seen_whole_and_a_page_is_no_picture() -> None:
    small = jpeg((1, 2, 3), (16, 16))
    whole = jpeg((1, 2, 3))
    nested = whole[:2] + b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small + whole[2:]
    ends = b"\xff\xd8\xff" + b"\xff\xd9" * 100_000

    def script(source: RawSource, client: socket.socket, request: bytes) -> None:
        body = {b"/nested": nested, b"/page": b"<html>login</html>", b"/ends": ends}[request.split(b" ")[1]]
        client.sendall(HEAD + (part(body) if body is not ends else ends))

    with RawSource(script) as source:
        assert look(f"{source.url}/nested") == Look(True)
        assert look(f"{source.url}/page") == Look(False, "sends no picture")
        assert look(f"{source.url}/ends") == Look(False, "sends pictures that cannot be read")


def test_nobody_there_is_not_reached() -> None:
    assert look("http://127.0.0.1:9/") == Look(False, "cannot be reached (connection refused)", is_reached=False)
    assert look("rtsp://127.0.0.1:9/") == Look(False, "cannot be reached (connection refused)", is_reached=False)


@pytest.fixture(scope="module", params=[False, True], ids=["open", "locked"])
def rtsp(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    if sys.platform != "linux" or not os.path.exists("/usr/bin/python3"):
        pytest.skip("Debian's own Python is not here")
    words = ["/usr/bin/python3", str(RTSP_SERVER), "0", "320x180", *(["--login"] if request.param else [])]
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None and server.stdin is not None
    port = server.stdout.readline().strip()
    if not port:
        server.wait()
        pytest.skip("gst-rtsp-server is not here")
    yield f"rtsp://127.0.0.1:{port}", request.param
    server.stdin.close()
    server.wait(timeout=10)
    server.stdout.close()


@pytest.mark.rtsp
def test_a_real_rtsp_server_is_up_or_locked(rtsp: tuple[str, bool]) -> None:
    url, is_locked = rtsp
    assert look(f"{url}/h264", timeout_s=8) == Look(True, "asks for a login" if is_locked else None)
    if not is_locked:
        assert look(f"{url}/none", timeout_s=8) == Look(False, "answered RTSP 404")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], Look(False, "hung up without an answer")),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], Look(False, "answers in no RTSP")),
        ([b"\0" * 100_000], Look(False, "answers in no RTSP")),
        ([b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"RTSP/1.0 200 OK\r\n\r\n"], Look(True)),
        ([b"RTSP/1.0 501 Not Implemented\r\n\r\n", b"RTSP/1.0 200 OK\r\n\r\n"], Look(True)),
        ([b"RTSP/1.0 401 Unauthorized\r\n\r\n"], Look(True, "asks for a login")),
        ([b"RTSP/1.0 200 OK\r\n\r\n", b"RTSP/1.0 503 Busy\r\n\r\n"], Look(False, "answered RTSP 503")),
        ([b"RTSP/1.0 200 OK\r\n\r\n", None], Look(False, "no picture within 0.6 s")),
    ],
)
def test_what_an_rtsp_server_may_say(answers: list[bytes | None], expected: Look) -> None:
    asked: list[bytes] = []

    def script(source: RawSource, client: socket.socket, request: bytes) -> None:
        for number, answer in enumerate(answers):
            if number:
                request = client.recv(4096)
            asked.append(request)
            if answer is None:
                source.ended.wait(5)
            else:
                client.sendall(answer)

    with RawSource(script) as source:
        assert look(f"rtsp://127.0.0.1:{source.port}/a?b=1", timeout_s=0.6) == expected
    assert all(b"Authorization" not in request for request in asked)


def test_a_server_that_accepts_and_says_nothing_is_down_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        for scheme in ("rtsp", "http", "rtsps", "https"):
            assert not look(f"{scheme}://127.0.0.1:{port}/", timeout_s=0.3).is_up


class Watched:
    """The collector over several rounds with one memory."""

    def __init__(self, options: dict[str, Any], *, cameras: tuple[Camera, ...] = (), standing: dict[str, Camera] | None = None) -> None:
        self.now = NOW
        spec, self._collect = load_collector("cameras")
        self.ctx: CollectorContext[Any] = context(spec, {"probe_s": 1.0, **options}, city="tangerang", now=NOW)
        self.ctx.city = msgspec.structs.replace(self.ctx.city, cameras=cameras)
        self.ctx.clock = lambda: self.now
        self.ctx.standing = lambda topic: (standing or {}) if topic is CAMERA else {}

    def round(self) -> dict[str, Camera]:
        async def run() -> dict[str, Camera]:
            self.ctx.http = SourceHttp("t")
            self.ctx.trouble.clear()
            try:
                return {record.key: record.body async for record in self._collect(self.ctx)}
            finally:
                await self.ctx.http.aclose()

        return asyncio.run(run())


def test_the_citys_cameras_are_told_with_their_health_and_private_ones_without_an_address(mjpeg: MjpegCamera) -> None:
    place = Position(106.63, -6.17)
    private = camera("rtsp://127.0.0.1:9/secret", "p", is_private=True, credential="gate", position=place)
    seen = Watched({}, cameras=(camera(mjpeg.url(), "a", position=place), camera(mjpeg.url("/none"), "b"), private)).round()
    assert (seen["a"].is_up, seen["a"].probed_at, seen["a"].position) == (True, NOW, place)
    assert (seen["b"].is_up, seen["b"].reason) == (False, "answered HTTP 404")
    hidden = seen["p"]
    assert (hidden.url, hidden.credential, hidden.position, hidden.is_up) == ("", None, None, None)
    assert b"secret" not in msgspec.json.encode(seen)


def test_when_no_camera_is_reached_they_stand_as_they_were(mjpeg: MjpegCamera) -> None:
    watched = Watched({}, cameras=(camera(mjpeg.url(), "a"),))
    before = watched.round()
    mjpeg.stop()
    watched.now += timedelta(minutes=1)
    assert watched.round() == before
    assert "none of 1 cameras was reached" in watched.ctx.trouble[0]


def test_a_restart_knows_what_the_last_run_told() -> None:
    before = camera("http://127.0.0.1:9/", "a", is_up=True, probed_at=NOW - timedelta(minutes=3))
    seen = Watched({}, cameras=(camera("http://127.0.0.1:9/", "a"),), standing={"a": before}).round()
    assert seen["a"] == before
    moved = Watched({}, cameras=(camera("http://127.0.0.1:9/b", "a"),), standing={"a": before}).round()
    assert moved["a"].is_up is None


def test_cameras_that_hang_do_not_hold_up_the_list(mjpeg: MjpegCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.collectors.cameras.FIRST_BUDGET_S", 0.5)
    hanging = tuple(camera(mjpeg.url("/silent"), f"h{n}") for n in range(12))
    watched = Watched({}, cameras=(*hanging, camera(mjpeg.url(), "z")))
    first = watched.round()
    assert len(first) == 13 and sum(one.probed_at is not None for one in first.values()) == 4
    watched.now += timedelta(minutes=1)
    second = watched.round()
    assert all(one.probed_at is not None for one in second.values()) and second["z"].is_up


def test_a_list_at_an_address_or_in_a_file(mjpeg: MjpegCamera) -> None:
    rows = [
        {"ID_CCTV": 12, "Lokasi": "Simpang Cikokol", "OPD": "Dishub", "Link": "/live", "Lintang": "-6,2021", "Bujur": "106,6290"},
        {"ID_CCTV": 13, "Lokasi": "Kantor", "Link": "/live", "privat": "ya"},
    ]
    with HttpSource() as source:
        source.put("/list", json.dumps({"data": rows}), has_etag=True)
        watched = Watched({"list_url": f"{source.url}/list", "owner": "diskominfo", "is_probed": False})
        seen = watched.round()
        assert seen["12"].name == "Simpang Cikokol" and seen["12"].url == f"{source.url}/live"
        assert (seen["12"].position, seen["12"].is_up) == (Position(106.629, -6.2021), None)
        assert (seen["13"].owner, seen["13"].url, seen["13"].is_private) == ("diskominfo", "", True)
        source.put("/list", "<html>Wartung</html>")
        assert watched.round() == seen, "the last list stands while there is no other"
        assert watched.ctx.trouble == ["the list of cameras is a web page or XML, not JSON or CSV"]
    with HttpSource() as other:
        other.put("/list", "<html>")
        with pytest.raises(SourceDown, match="is a web page"):
            Watched({"list_url": f"{other.url}/list"}).round()


def test_a_list_in_the_citys_folder(tmp_path: Path) -> None:
    (tmp_path / "cctv.csv").write_text("kode;nama;alamat kamera\na;Alun-alun;rtsp://10.0.0.1/1\n")
    watched = Watched({"list_file": "cctv.csv", "is_probed": False, "fields": {"url": "Alamat Kamera"}})
    watched.ctx.city = msgspec.structs.replace(watched.ctx.city, folder=tmp_path)
    assert watched.round()["a"].kind is StreamKind.RTSP
    (tmp_path / "cctv.csv").unlink()
    assert watched.round()["a"].name == "Alun-alun"
    assert watched.ctx.trouble == ["cctv.csv cannot be read (FileNotFoundError)"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "there is nothing to show"),
        ({"list_url": "ftp://h/"}, "list_url: must be an http"),
        ({"list_url": "https://u:p@h/"}, "list_url: must be an http"),
        ({"list_url": "https://h/", "list_file": "city.toml"}, "come from one list"),
        ({"list_file": "../../etc/passwd"}, "list_file: is not a file of the city folder"),
        ({"list_url": "https://h/", "fields": {"colour": "x"}}, "fields.colour: is none of id, name"),
        ({"list_url": "https://h/", "probe_s": 0.0}, "probe_s: must be seconds"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(options: dict[str, Any], sentence: str) -> None:
    spec, _ = load_collector("cameras")
    complaint = spec.check(msgspec.convert(options, spec.options), city_of("tangerang")[0])
    assert complaint is not None and sentence in complaint


def checked(body: bytes | str, **options: Any) -> tuple[dict[str, Camera], CollectorContext[Any]]:
    spec, _ = load_collector("cameras")
    ctx = context(spec, options, city="tangerang", now=NOW)
    document = Document(name="list", body=body.encode() if isinstance(body, str) else body)
    return {record.key: record.body for record in spec.read(ctx, [document])}, ctx


def test_geojson_is_read_and_other_places_are_counted() -> None:
    def feature(key: str, lon: float, lat: float) -> dict[str, Any]:
        return {
            "type": "Feature",
            "properties": {"id": key, "nama": key, "url": f"rtsp://10.0.0.1/{key}"},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }

    body = json.dumps({"type": "FeatureCollection", "features": [feature("a", 106.63, -6.17), feature("b", 6.95, 50.94)]})
    seen, ctx = checked(body)
    assert seen.keys() == {"a"} and seen["a"].position == Position(106.63, -6.17)
    assert ctx.outside == 1


def test_a_bad_entry_costs_no_good_one_and_no_secret_is_passed_on() -> None:
    good = {"id": "a", "name": "A", "url": "http://10.0.0.1/a.mjpg"}
    rows: list[Any] = [
        good, good, 7, None, {}, {"id": "u", "name": "A"},
        {**good, "id": "b", "url": "rtsp://admin:geheim@10.0.0.1/1"}, {**good, "id": "c", "url": "http://10.0.0.1/x?user=admin&pwd=geheim"},
        {**good, "id": "d", "url": "javascript:alert(1)"}, {**good, "id": "e", "url": "http://10.0.0.1/live.m3u8"},
        {**good, "id": "f", "lat": 106.63, "lon": -6.17}, {**good, "id": "g" * 101}, {**good, "id": "h", "url": "http://[10"},
        {**good, "id": "i", "lat": 0, "lon": 0}, {**good, "id": "j", "lat": "utara", "lon": "106"},
        {**good, "id": "k", "name": "<b>\u202e\x00K</b> 😀" + "x" * 500, "lat": "NaN", "lon": 1e400},
        {**good, "id": "l", "kind": "dome"}, {**good, "id": "m", "is_private": "mungkin"},
    ]  # fmt: skip
    seen, ctx = checked(json.dumps(rows))
    assert seen.keys() == {"a", "i", "j", "k", "l", "m"}
    assert all(seen[key].position is None for key in seen)
    assert seen["m"].is_private and seen["m"].url == "", "who says neither yes nor no is taken for private"
    assert len(seen["k"].name) <= 80 and seen["k"].name.isprintable()
    assert {refusal.reason for refusal in ctx.refusals} == {
        "id is there twice", "is not an object", "id is missing", "url is missing", "lat and lon stand in each other's place", "id is too long",
        "url carries a user name, password or key: name an entry of the wall's secrets in credential instead",
        "url is no plain http or rtsp address", "kind is neither mjpeg nor rtsp", "url is not an address",
    }  # fmt: skip
    assert "geheim" not in str(ctx.refusals)
    assert {"a", "b", "c", "d", "e", "f", "h", "u"} <= {refusal.record for refusal in ctx.refusals}, "who is refused is named"
    assert ctx.remarks == ["some cameras have a place that is none: they are not on the map"]


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.6.3.57:554/user=admin_password=tlJ_channel=1_stream=0.sdp?real_stream", "rtsp://10.6.3.57/user=admin&password=x",
        "rtsp://10.6.3.57/live;Pwd=x", "http://10.6.3.57/v%3Fuser%3Dadmin", "http://10.6.3.57/v?AuthToken=x", "http://10.6.3.57/v?x[usr]",
        "rtsp://admin@10.6.3.57/1",
    ],
)  # fmt: skip
def test_a_password_in_any_part_of_an_address_is_refused(url: str) -> None:
    seen, ctx = checked(json.dumps([{"id": "a", "url": url}, {"id": "b", "url": "rtsp://10.6.3.57/cam/realmonitor?channel=1&subtype=0"}]))
    assert seen.keys() == {"b"}
    assert "url carries a user name" in ctx.refusals[0].reason and "tlJ" not in str(ctx.refusals)


@pytest.mark.parametrize("body", [b"", b"\x00", b"<html>", b"{", b"[]", b"{}", b"\xff\xfe\x00", b"[" * 50_000, b"id\n1\n"])
def test_what_is_no_list_is_one_refusal(body: bytes) -> None:
    seen, ctx = checked(body)
    assert not seen and len(ctx.refusals) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12) | st.just("http://10.0.0.1/a"),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["id", "name", "owner", "url", "lat", "lon", "kind", "type", "data", "geometry", "properties"]),
                    inner,
                    max_size=7,
                )
            ),
            max_leaves=14,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_document_makes_it_raise_anything_else(body: bytes) -> None:
    try:
        found = read_cameras(body, city_of("tangerang")[1], base="", fields={}, owner="")
    except TableError:
        return
    for one in found.cameras:
        assert msgspec.json.decode(msgspec.json.encode(one), type=Camera) == one
