"""Approved pictures by content hash: fetched from one host with a read key, checked against their own name, cached.

Lives on the GUI thread and never blocks it: the network is Qt's own, decoding happens in a worker. It goes nowhere but to
the configured host and follows no redirection.
"""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NoReturn

import msgspec
import structlog
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QThreadPool, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

MAX_BYTES = 5_000_000
MAX_PIXELS = 25_000_000
CACHE_BYTES = 96_000_000
"""Of decoded pictures; the ones longest unused go first."""
MOST_WAITING = 64
MOST_AT_ONCE = 4
TRANSFER_MS = 10_000
BACK_OFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
_FORMATS = frozenset({b"jpeg", b"png", b"webp"})
_HASH = re.compile(r"[0-9a-f]{64}")
_TURN_MS = 250

_log = structlog.get_logger("controlroom.live.media")


class _Wanted(msgspec.Struct):
    """A picture on its way. ``due_at``: monotonic seconds of the next try."""

    due_at: float
    failures: int = 0
    is_running: bool = False


class Media(QObject):
    """The pictures of the wall. ``changed(content_hash)`` is called on the GUI thread when a picture has come.

    An empty ``base_url``: this wall has no pictures. Raises ``ValueError`` for an address that is none.
    """

    def __init__(self, base_url: str, key: str, changed: Callable[[str], None], *, back_off_s: tuple[float, ...] = BACK_OFF_S) -> None:
        super().__init__()
        base = QUrl(base_url.rstrip("/"))
        if base_url and (base.scheme() not in ("http", "https") or not base.host()):
            raise ValueError(f"media address {base.toDisplayString()!r}: write it like http://127.0.0.1:8400")
        self._base = base
        self._key = key.encode()
        self._changed = changed
        self._back_off_s = back_off_s
        self._pictures: OrderedDict[str, QImage] = OrderedDict()
        self._wanted: OrderedDict[str, _Wanted] = OrderedDict()
        self._replies: dict[str, QNetworkReply] = {}
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._network.setAutoDeleteReplies(True)
        self._workers = QThreadPool(self)
        self._workers.setMaxThreadCount(1)
        self._desk = _Desk(self)
        self._desk.decoded.connect(self._on_decoded)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        self._is_closed = False

    def picture(self, content_hash: str) -> QImage | None:
        """The picture with this SHA-256 (hex), or ``None`` while it is being fetched or when there is none."""
        known = self._pictures.get(content_hash)
        if known is not None:
            self._pictures.move_to_end(content_hash)
            return known
        if self._is_closed or self._base.isEmpty() or _HASH.fullmatch(content_hash) is None:
            return None
        if content_hash in self._wanted:
            self._wanted.move_to_end(content_hash)
            return None
        self._wanted[content_hash] = _Wanted(due_at=time.monotonic())
        self._forget_the_oldest()
        QTimer.singleShot(0, self, self._turn)
        self._timer.start(_TURN_MS)
        return None

    def close(self) -> None:
        """Ends every transfer and waits for the one picture that may be in decoding."""
        self._is_closed = True
        self._timer.stop()
        for reply in list(self._replies.values()):
            reply.abort()
        self._replies.clear()
        self._wanted.clear()
        self._workers.clear()
        self._workers.waitForDone(5000)
        self._pictures.clear()

    def _forget_the_oldest(self) -> None:
        """Keeps the list of wanted pictures short: those asked for longest ago go, running ones stay."""
        for content_hash in [name for name, wanted in self._wanted.items() if not wanted.is_running]:
            if len(self._wanted) <= MOST_WAITING:
                return
            del self._wanted[content_hash]

    @Slot()
    def _turn(self) -> None:
        """Starts what is due."""
        if not self._wanted:
            self._timer.stop()
        now = time.monotonic()
        for content_hash, wanted in list(self._wanted.items()):
            if len(self._replies) >= MOST_AT_ONCE:
                return
            if not wanted.is_running and now >= wanted.due_at and not self._is_closed:
                wanted.is_running = True
                self._fetch(content_hash)

    def _fetch(self, content_hash: str) -> None:
        address = QUrl(self._base)
        address.setPath(f"{self._base.path()}/media/{content_hash}")
        request = QNetworkRequest(address)
        request.setRawHeader(b"Authorization", b"Bearer " + self._key)
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.CacheSaveControlAttribute, False)
        request.setTransferTimeout(TRANSFER_MS)
        reply = self._network.get(request)
        reply.setProperty("content_hash", content_hash)
        # Qt stops reading from the socket beyond this, so an endless answer cannot fill the memory.
        reply.setReadBufferSize(MAX_BYTES + 1)
        self._replies[content_hash] = reply
        reply.readyRead.connect(self._on_ready)
        reply.finished.connect(self._on_finished)

    @Slot()
    def _on_ready(self) -> None:
        for reply in self._replies.values():
            if reply.bytesAvailable() > MAX_BYTES and reply.isRunning():
                reply.abort()
                return

    @Slot()
    def _on_finished(self) -> None:
        for content_hash, reply in list(self._replies.items()):
            if reply.isFinished():
                del self._replies[content_hash]
                self._judge(content_hash, reply)
        self._turn()

    def _judge(self, content_hash: str, reply: QNetworkReply) -> None:
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if reply.error() is not QNetworkReply.NetworkError.NoError:
            self._fail(content_hash, f"status {status}" if status else reply.error().name)
        elif status != 200:
            self._fail(content_hash, f"status {status}")
        else:
            self._workers.start(_Decoding(content_hash, bytes(reply.readAll().data()), self._desk))

    @Slot(str, QImage, str)
    def _on_decoded(self, content_hash: str, image: QImage, problem: str) -> None:
        if self._is_closed:
            return
        if problem:
            self._fail(content_hash, problem)
            return
        self._wanted.pop(content_hash, None)
        self._pictures[content_hash] = image
        while sum(picture.sizeInBytes() for picture in self._pictures.values()) > CACHE_BYTES and len(self._pictures) > 1:
            self._pictures.popitem(last=False)
        self._changed(content_hash)

    def _fail(self, content_hash: str, problem: str) -> None:
        """Plans the next try; said at the first failure only."""
        wanted = self._wanted.get(content_hash)
        if wanted is None:
            return
        if wanted.failures == 0 and not self._is_closed:
            _log.warning("picture cannot be shown", picture=content_hash[:12], problem=problem)
        wanted.due_at = time.monotonic() + self._back_off_s[min(wanted.failures, len(self._back_off_s) - 1)]
        wanted.failures += 1
        wanted.is_running = False


class _Desk(QObject):
    """Where the worker lays down what it has decoded."""

    decoded = Signal(str, QImage, str)


class _Decoding(QRunnable):
    """Checks and decodes one picture off the GUI thread."""

    def __init__(self, content_hash: str, content: bytes, desk: _Desk) -> None:
        super().__init__()
        self._content_hash = content_hash
        self._content = content
        self._desk = desk

    def run(self) -> None:
        try:
            image = decoded(self._content_hash, self._content)
        except PictureError as problem:
            self._desk.decoded.emit(self._content_hash, QImage(), str(problem))
        else:
            self._desk.decoded.emit(self._content_hash, image, "")


class PictureError(ValueError):
    """These bytes are not the picture they claim to be, or none that a wall should decode."""


def decoded(content_hash: str, content: bytes) -> QImage:
    """The picture in ``content`` (JPEG, PNG, WebP; turned as its camera was held). Raises ``PictureError``."""
    if len(content) > MAX_BYTES:
        _refuse(f"more than {MAX_BYTES} bytes")
    if hashlib.sha256(content).hexdigest() != content_hash:
        _refuse("its bytes do not match its name")
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    kind = bytes(reader.format().data())
    if kind not in _FORMATS:
        _refuse("it is neither JPEG nor PNG nor WebP")
    size = reader.size()
    if size.isEmpty() or size.width() * size.height() > MAX_PIXELS:
        _refuse(f"{size.width()} x {size.height()} pixels")
    image = reader.read()
    if image.isNull():
        _refuse(reader.errorString())
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _refuse(problem: str) -> NoReturn:
    raise PictureError(problem)
