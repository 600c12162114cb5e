"""Base-map tiles from a city's own XYZ or WMS server, by Qt's network classes, with a bounded memory of the last ones.

The page never meets the network: it asks this for z, x, y (EPSG:3857). Knows no page.
"""

from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlencode

import structlog
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

from feeds.messages.city import BaseMap

USER_AGENT = "LiveRoom/0.1 (city control room wall; caches tiles)"
TIMEOUT_MS = 10_000
KEPT_BYTES = 32 * 2**20
"""Of tiles remembered; one still view of a city needs about 60 of some 20 kB."""
ENTRY_BYTES = 256
"""What remembering a tile costs beside its picture; an empty one is all of it."""
LARGEST_BYTES = 2**20
GONE = frozenset({404, 410})
"""A server that answers so has no tile there: the edge of its set, no fault."""
_HALF_WORLD_M = 20_037_508.342789244

Take = Callable[[bytes, bytes], None]

_log = structlog.get_logger("widgets.tiles")


def tile_box(zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in metres of EPSG:3857."""
    side = 2 * _HALF_WORLD_M / 2**zoom
    west, north = -_HALF_WORLD_M + x * side, _HALF_WORLD_M - y * side
    return west, north - side, west + side, north


def tile_address(base: BaseMap, zoom: int, x: int, y: int) -> str:
    """Where one tile is: the XYZ template filled in, or a WMS 1.3.0 GetMap of its box."""
    url = base.url or ""
    if base.kind == "xyz":
        return url.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
    box = ",".join(f"{metres:.3f}" for metres in tile_box(zoom, x, y))
    query = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": base.layers or "", "STYLES": "",
        "CRS": "EPSG:3857", "BBOX": box, "WIDTH": "256", "HEIGHT": "256", "FORMAT": "image/png",
    }  # fmt: skip
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


class TileFetcher(QObject):
    """Fetches tiles with a time-out; a failed server is logged once, and its return once. What it has not is remembered as empty."""

    def __init__(self, base: BaseMap, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._base = base
        self._network = QNetworkAccessManager(self)
        self._network.setTransferTimeout(TIMEOUT_MS)
        self._kept: OrderedDict[tuple[int, int, int], tuple[bytes, bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._asked: list[tuple[QNetworkReply, tuple[int, int, int], Take]] = []
        self.is_down = False

    def fetch(self, zoom: int, x: int, y: int, take: Take) -> None:
        """Hands over (content type, picture); empty when there is none."""
        place = (zoom, x, y)
        if place in self._kept:
            self._kept.move_to_end(place)
            take(*self._kept[place])
            return
        if zoom > self._base.max_zoom or zoom < self._base.min_zoom or max(x, y) >= 2**zoom:
            take(b"", b"")
            return
        request = QNetworkRequest(QUrl(tile_address(self._base, zoom, x, y)))
        request.setHeader(QNetworkRequest.KnownHeaders.UserAgentHeader, USER_AGENT)
        reply = self._network.get(request)
        self._asked.append((reply, place, take))
        # A lambda that holds this fetcher would be its last holder while the reply dies: the fetcher would then delete it once more.
        reply.finished.connect(self._on_finished)

    @Slot()
    def _on_finished(self) -> None:
        ended = [asked for asked in self._asked if asked[0].isFinished()]
        self._asked = [asked for asked in self._asked if asked not in ended]
        for reply, place, take in ended:
            self._hand_over(place, reply, take)

    def _hand_over(self, place: tuple[int, int, int], reply: QNetworkReply, take: Take) -> None:
        kind = str(reply.header(QNetworkRequest.KnownHeaders.ContentTypeHeader) or "").split(";")[0]
        is_gone = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) in GONE
        fault = reply.errorString() if reply.error() is not QNetworkReply.NetworkError.NoError and not is_gone else None
        picture = bytes(reply.readAll().data()) if fault is None and not is_gone else b""
        reply.deleteLater()
        if fault is None and not is_gone and (not kind.startswith("image/") or len(picture) > LARGEST_BYTES):
            # A WMS answers an error as XML with HTTP 200.
            fault, picture = f"not a picture of at most {LARGEST_BYTES} bytes: {kind}", b""
        if (fault is not None) != self.is_down:
            self.is_down = fault is not None
            _log.warning("base map is down", reason=fault) if fault else _log.info("base map is back")
        if fault is None:
            self._keep(place, kind.encode(), picture)
        take(kind.encode(), picture)

    def _keep(self, place: tuple[int, int, int], kind: bytes, picture: bytes) -> None:
        """Remembers a tile and forgets those not asked for longest."""
        _, before = self._kept.pop(place, (b"", None))
        self._kept_bytes -= len(before) + ENTRY_BYTES if before is not None else 0
        self._kept[place] = (kind, picture)
        self._kept_bytes += len(picture) + ENTRY_BYTES
        while self._kept_bytes > KEPT_BYTES:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest) + ENTRY_BYTES
