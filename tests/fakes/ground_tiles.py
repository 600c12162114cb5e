"""A checkerboard of the whole world in metres of EPSG:3857, as pictures, as XYZ and WMS servers, and as a PMTiles v3 file.

Its own arithmetic, so that the product's can be compared with it.
"""

import math
import struct
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import numpy as np

HALF_WORLD_M = math.pi * 6_378_137.0
SIDE_M = 5_000.0
"""Side of one field of the board."""

Box = tuple[float, float, float, float]


def metres(lon: float, lat: float) -> tuple[float, float]:
    """Web mercator of a sphere, from the textbook."""
    return math.radians(lon) * 6_378_137.0, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * 6_378_137.0


def is_light(x: float, y: float) -> bool:
    return (math.floor(x / SIDE_M) + math.floor(y / SIDE_M)) % 2 == 0


def picture(box: Box, size: int = 256) -> bytes:
    """The board within (west, south, east, north) metres as a grey PNG."""
    west, south, east, north = box
    xs = west + (np.arange(size) + 0.5) / size * (east - west)
    ys = north - (np.arange(size) + 0.5) / size * (north - south)
    fields = (np.floor(xs / SIDE_M)[None, :] + np.floor(ys / SIDE_M)[:, None]) % 2 == 0
    rows = np.where(fields, 255, 0).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(raw))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def box_of(zoom: int, x: int, y: int) -> Box:
    side = 2 * HALF_WORLD_M / 2**zoom
    return x * side - HALF_WORLD_M, HALF_WORLD_M - (y + 1) * side, (x + 1) * side - HALF_WORLD_M, HALF_WORLD_M - y * side


class GroundServer(ThreadingHTTPServer):
    """Serves ``/xyz/{z}/{x}/{y}.png`` and ``/wms`` until ``end``; ``is_down``: answers 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.is_down = False
        self.asked: list[str] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, GroundServer)
        server.asked.append(self.path)
        address = urlsplit(self.path)
        if address.path.startswith("/xyz/"):
            zoom, x, y = (int(part) for part in address.path.removeprefix("/xyz/").removesuffix(".png").split("/"))
            box = box_of(zoom, x, y)
        else:
            west, south, east, north = (float(part) for part in parse_qs(address.query)["BBOX"][0].split(","))
            box = (west, south, east, north)
        body = b"" if server.is_down else picture(box)
        self.send_response(503 if server.is_down else 200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def write_pmtiles(path: Path, bounds: Box, zooms: range, *, tile_type: int = 2) -> None:
    """A PMTiles v3 archive of the board over ``bounds`` (degrees): root directory only, nothing compressed. Type 2 is PNG, 1 vector."""
    west, south, east, north = bounds
    tiles: list[tuple[int, bytes]] = []
    for zoom in zooms:
        side = 2 * HALF_WORLD_M / 2**zoom
        (x0, y1), (x1, y0) = metres(west, south), metres(east, north)
        columns = range(int((x0 + HALF_WORLD_M) // side), int((x1 + HALF_WORLD_M) // side) + 1)
        rows = range(int((HALF_WORLD_M - y0) // side), int((HALF_WORLD_M - y1) // side) + 1)
        tiles += [(_tile_id(zoom, x, y), picture(box_of(zoom, x, y))) for x in columns for y in rows]
    tiles.sort()
    ids = [number for number, _ in tiles]
    lengths = [len(body) for _, body in tiles]
    steps = [b - a for a, b in zip([0, *ids], ids, strict=False)]
    # One run per entry; an offset of 0 means "right after the one before".
    entries = [len(ids), *steps, *[1] * len(ids), *lengths, *[1 if i == 0 else 0 for i in range(len(ids))]]
    directory = b"".join(_varint(number) for number in entries)
    metadata = b'{"name":"board"}'
    start = 127 + len(directory)
    body = b"".join(part for _, part in tiles)
    after = start + len(metadata)
    header = b"PMTiles\x03" + struct.pack("<8Q", 127, len(directory), start, len(metadata), after, 0, after, len(body))
    header += struct.pack("<3Q", len(ids), len(ids), len(ids)) + bytes([1, 1, 1, tile_type, zooms[0], zooms[-1]])
    header += struct.pack("<4i", *(round(degree * 10_000_000) for degree in bounds))
    header += bytes([zooms[0]]) + struct.pack("<2i", round((west + east) * 5_000_000), round((south + north) * 5_000_000))
    path.write_bytes(header + directory + metadata + body)


def _tile_id(zoom: int, x: int, y: int) -> int:
    """Position on the Hilbert curve after all tiles of the zooms before."""
    number = (4**zoom - 1) // 3
    side = 2 ** (zoom - 1) if zoom else 0
    while side > 0:
        right, down = int(x & side > 0), int(y & side > 0)
        number += side * side * ((3 * right) ^ down)
        if down == 0:
            if right == 1:
                x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
            x, y = y, x
        x, y = x & (side - 1), y & (side - 1)
        side //= 2
    return number


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
