"""The scheme ``liveroom://``: what a page of the wall may fetch, and nothing else.

Serves files by exact name from tables made at the start, and answers that a panel gives; asks no network itself.
"""

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QFile, QIODevice, QObject
from PySide6.QtQuick import QQuickWindow, QSGRendererInterface
from PySide6.QtWebEngineCore import (
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineQuick import QtWebEngineQuick

SCHEME = b"liveroom"
HOST = "map"

_TYPES = {
    ".html": b"text/html",
    ".js": b"text/javascript",
    ".css": b"text/css",
    ".json": b"application/json",
    ".geojson": b"application/json",
    ".pmtiles": b"application/octet-stream",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
}

NO_PICTURE = base64.b64decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNgYAAAAAMAASsJTYQAAAAASUVORK5CYII=")
"""One transparent pixel."""

Answer = Callable[[], bytes]
TileReply = Callable[[bytes, bytes], None]
"""Takes (content type, picture); an empty picture means there is none."""
TileSource = Callable[[int, int, int, TileReply], None]


def register_schemes() -> None:
    """Makes ``liveroom://`` known to Chromium and starts QtWebEngine; call once, before QApplication exists."""
    if QWebEngineUrlScheme.schemeByName(SCHEME).name() == SCHEME:
        return
    scheme = QWebEngineUrlScheme(SCHEME)
    scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
    scheme.setFlags(QWebEngineUrlScheme.Flag.SecureScheme | QWebEngineUrlScheme.Flag.CorsEnabled | QWebEngineUrlScheme.Flag.FetchApiAllowed)
    QWebEngineUrlScheme.registerScheme(scheme)
    QtWebEngineQuick.initialize()
    if "--use-angle=swiftshader" in os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", ""):
        # Without a GPU the page arrives as a bitmap: painting it through Mesa held the GUI thread until other panels
        # fell from 58 to 17-26 repaints a second (map with 100 moving points, 2 cores); Qt Quick's own raster does not.
        QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one page may fetch, by path below the host. ``answers`` are asked anew each time (JSON)."""

    files: Mapping[str, Path]
    answers: Mapping[str, Answer]
    tiles: TileSource | None = None


def built_page(folder: Path) -> dict[str, Path]:
    """The files of a built web page by path: ``{"map.html": ..., "assets/x.js": ...}``; empty when it was never built."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


class SchemeHandler(QWebEngineUrlSchemeHandler):
    """Answers requests of one page. Unknown paths are 404: a name is looked up, never joined to a folder."""

    def __init__(self, served: Served, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._served = served

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        path = job.requestUrl().path().removeprefix("/")
        if bytes(job.requestMethod().data()) not in (b"GET", b"HEAD"):
            job.fail(QWebEngineUrlRequestJob.Error.RequestDenied)
        elif path in self._served.answers:
            _reply(job, b"application/json", self._served.answers[path]())
        elif path in self._served.files:
            self._reply_file(job, self._served.files[path])
        elif path.startswith("tiles/") and self._served.tiles is not None:
            self._reply_tile(job, path)
        else:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)

    def _reply_file(self, job: QWebEngineUrlRequestJob, path: Path) -> None:
        device = QFile(str(path), job)
        if not device.open(QIODevice.OpenModeFlag.ReadOnly):
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        # A seekable device: Qt answers Range with 206 by itself.
        job.reply(QByteArray(_TYPES.get(path.suffix, b"application/octet-stream")), device)

    def _reply_tile(self, job: QWebEngineUrlRequestJob, path: str) -> None:
        parts = path.split("/")[1:]
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 9 for part in parts) or self._served.tiles is None:
            job.fail(QWebEngineUrlRequestJob.Error.UrlInvalid)
            return
        is_gone: list[bool] = []
        job.destroyed.connect(lambda: is_gone.append(True))

        def reply(content_type: bytes, picture: bytes) -> None:
            if is_gone:
                return
            # With a failed request the map never calls itself complete: no picture is a transparent one.
            _reply(job, content_type if picture else b"image/png", picture or NO_PICTURE)

        zoom, x, y = (int(part) for part in parts)
        self._served.tiles(zoom, x, y, reply)


def _reply(job: QWebEngineUrlRequestJob, content_type: bytes, body: bytes) -> None:
    device = QBuffer(job)
    device.setData(QByteArray(body))
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    job.reply(QByteArray(content_type), device)


class OnlyOurScheme(QWebEngineUrlRequestInterceptor):
    """Blocks every request of the page that is not for ``liveroom://``, whatever its policy says."""

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        if info.requestUrl().scheme().encode() not in (SCHEME, b"blob"):
            info.block(True)
