"""Base-map tiles: where they are, what is kept, and what a server's errors become."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from pytestqt.qtbot import QtBot

from feeds.messages.city import BaseMap
from widgets.kit import tiles
from widgets.kit.tiles import USER_AGENT, TileFetcher, tile_address, tile_box

PICTURE = b"\x89PNG\r\n\x1a\n picture"


class TileServer(ThreadingHTTPServer):
    asked: ClassVar[list[tuple[str, str]]]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, TileServer)
        server.asked.append((self.path, self.headers["User-Agent"]))
        is_fault = "layers=wrong" in self.path.lower()
        body = b"<ServiceException/>" if is_fault else PICTURE
        self.send_response(404 if "/9/" in self.path else 503 if "/10/" in self.path else 200)
        self.send_header("Content-Type", "text/xml" if is_fault else "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[TileServer]:
    made = TileServer(("127.0.0.1", 0), _Handler)
    made.asked = []  # type: ignore[misc]
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def fetched(qtbot: QtBot, fetcher: TileFetcher, zoom: int, x: int, y: int) -> tuple[bytes, bytes]:
    answers: list[tuple[bytes, bytes]] = []
    fetcher.fetch(zoom, x, y, lambda kind, picture: answers.append((kind, picture)))
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    return answers[0]


def test_a_tile_is_fetched_once_under_an_honest_name(qtbot: QtBot, server: TileServer) -> None:
    fetcher = TileFetcher(BaseMap(kind="xyz", attribution="a", url=server.address + "/{z}/{x}/{y}.png"))
    assert fetched(qtbot, fetcher, 12, 3260, 2118) == (b"image/png", PICTURE)
    assert fetched(qtbot, fetcher, 12, 3260, 2118) == (b"image/png", PICTURE)
    assert server.asked == [("/12/3260/2118.png", USER_AGENT)]


def test_errors_become_no_picture_and_are_asked_again(qtbot: QtBot, server: TileServer) -> None:
    xyz = TileFetcher(BaseMap(kind="xyz", attribution="a", url=server.address + "/{z}/{x}/{y}.png"))
    assert fetched(qtbot, xyz, 10, 1, 1)[1] == b""
    assert xyz.is_down
    assert fetched(qtbot, xyz, 10, 1, 1)[1] == b""
    assert len(server.asked) == 2
    assert fetched(qtbot, xyz, 12, 3260, 2118)[1] == PICTURE
    assert not xyz.is_down
    wms = TileFetcher(BaseMap(kind="wms", attribution="a", url=server.address + "/wms", layers="wrong"))
    assert fetched(qtbot, wms, 12, 3260, 2118)[1] == b""
    assert wms.is_down


def test_the_edge_of_a_tile_set_is_no_fault_and_is_asked_once(qtbot: QtBot, server: TileServer) -> None:
    fetcher = TileFetcher(BaseMap(kind="xyz", attribution="a", url=server.address + "/{z}/{x}/{y}.png"))
    for _ in range(2):
        assert fetched(qtbot, fetcher, 9, 1, 1)[1] == b""
    assert not fetcher.is_down
    assert len(server.asked) == 1


def test_what_is_remembered_is_bounded_by_its_bytes(qtbot: QtBot, server: TileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KEPT_BYTES", 3 * (tiles.ENTRY_BYTES + len(PICTURE)))
    fetcher = TileFetcher(BaseMap(kind="xyz", attribution="a", url=server.address + "/{z}/{x}/{y}.png"))
    for x in (1, 2, 3, 1, 4):
        fetched(qtbot, fetcher, 12, x, 1)
    assert len(server.asked) == 4
    fetched(qtbot, fetcher, 12, 1, 1)
    assert len(server.asked) == 4
    fetched(qtbot, fetcher, 12, 2, 1)
    assert len(server.asked) == 5


def test_nothing_is_asked_outside_the_zooms_and_the_world(qtbot: QtBot, server: TileServer) -> None:
    fetcher = TileFetcher(BaseMap(kind="xyz", attribution="a", url=server.address + "/{z}/{x}/{y}", max_zoom=14))
    assert fetched(qtbot, fetcher, 15, 1, 1)[1] == b""
    assert fetched(qtbot, fetcher, 3, 8, 0)[1] == b""
    assert server.asked == []


def test_a_wms_is_asked_for_the_tiles_box_in_metres() -> None:
    base = BaseMap(kind="wms", attribution="a", url="https://peta.example/wms?map=kota", layers="jalan,sungai")
    asked = parse_qs(urlsplit(tile_address(base, 1, 1, 0)).query)
    assert asked["CRS"] == ["EPSG:3857"]
    assert asked["LAYERS"] == ["jalan,sungai"]
    assert asked["map"] == ["kota"]
    west, south, east, north = (float(part) for part in asked["BBOX"][0].split(","))
    assert (west, south) == (0.0, 0.0)
    assert east == north == pytest.approx(20_037_508.34, abs=0.01)


def test_neighbouring_tiles_share_an_edge() -> None:
    assert tile_box(12, 3260, 2118)[2] == pytest.approx(tile_box(12, 3261, 2118)[0])
    assert tile_box(12, 3260, 2118)[1] == pytest.approx(tile_box(12, 3260, 2119)[3])
