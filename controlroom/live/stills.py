"""The stills of a wall, for whoever shows them in small: a client on the GUI thread that comes back by itself.

It speaks through Qt's own WebSocket: the frames come with the event loop, so there is no thread to end and nothing to hand over.
Pictures are decoded in a worker. Of what a wall says nothing is believed: sizes, kinds and numbers are checked first.
"""

import time
from collections import OrderedDict
from datetime import datetime

import msgspec
import structlog
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QThreadPool, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtNetwork import QAbstractSocket, QNetworkProxy, QNetworkRequest
from PySide6.QtWebSockets import QWebSocket

from controlroom.live.still_frames import (
    CURTAIN_SLOT,
    MOST_FRAME_BYTES,
    FrameError,
    StillHead,
    StillsLayout,
    layout_of,
    unframed,
)

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
SILENT_S = 5.0
"""The wall beats once a second; one that was silent for so long is gone, whatever TCP says."""
_LOOK_MS = 1_000
_FORMATS = {"image/jpeg": b"jpeg", "image/png": b"png"}
_BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n"}

_log = structlog.get_logger("controlroom.live.stills")


def address_of(stills_url: str | None, told_port: int | None) -> str | None:
    """Where the stills of a wall are: what the settings say, else the port the wall told, on this machine; ``None``: nowhere known.

    The port comes from the bus, the host never does: the key does not leave this machine because of a message.
    """
    if stills_url:
        return stills_url
    return f"ws://127.0.0.1:{told_port}" if told_port is not None and 0 < told_port < 65536 else None


class StillsClient(QObject):
    """``open`` an address, and what the wall shows comes as signals until ``close``. All on the GUI thread."""

    layout = Signal(object)
    """A ``StillsLayout`` other than the last; the stills of the one before are no longer valid."""
    still = Signal(int, QImage, object)
    """A slot's picture, and when it was painted (a ``datetime`` of the wall's clock)."""
    beat = Signal(object)
    """The wall lives, and this is its clock (``datetime``): what it has not sent anew stands unchanged."""
    reached = Signal(bool)

    def __init__(self, key: str, parent: QObject | None = None, *, back_off_s: tuple[float, ...] = BACK_OFF_S) -> None:
        super().__init__(parent)
        self.is_reached = False
        self._key = key.encode()
        self._back_off_s = back_off_s
        self._address: str | None = None
        self._failures = 0
        self._said = ""
        self._shown: StillsLayout | None = None
        self._heard_at_s = 0.0
        self._waiting: OrderedDict[int, tuple[StillHead, bytes]] = OrderedDict()
        self._is_decoding = False
        self._workers = QThreadPool(self)
        self._workers.setMaxThreadCount(1)
        self._desk = _Desk(self)
        self._desk.decoded.connect(self._on_decoded)
        self._socket = QWebSocket(parent=self)
        self._socket.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._socket.setMaxAllowedIncomingFrameSize(MOST_FRAME_BYTES)
        self._socket.setMaxAllowedIncomingMessageSize(MOST_FRAME_BYTES)
        self._socket.textMessageReceived.connect(self._on_text)
        self._socket.binaryMessageReceived.connect(self._on_binary)
        self._socket.disconnected.connect(self._on_disconnected)
        self._socket.errorOccurred.connect(self._on_error)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._connect)
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._on_watch)

    def open(self, address: str | None) -> None:
        """Goes to ``address`` (``ws://`` or ``wss://``), and stays where it is when that is the same; ``None``: nowhere.

        Raises ``ValueError`` for what is no such address.
        """
        if address == self._address:
            return
        if address is not None:
            url = QUrl(address)
            if url.scheme() not in ("ws", "wss") or not url.host() or url.userInfo() or url.hasQuery():
                raise ValueError("address of stills: write it like ws://127.0.0.1:8500")
        self._address = address
        self._failures = 0
        self._said = ""
        self._leave()
        if address is not None:
            self._connect()

    def close(self) -> None:
        """Ends the connection and waits for the one picture that may be in decoding."""
        self._address = None
        self._leave()
        self._workers.clear()
        self._workers.waitForDone(5000)

    def _leave(self) -> None:
        self._again.stop()
        self._watch.stop()
        self._waiting.clear()
        self._shown = None
        self._socket.abort()
        self._set_reached(False)

    @Slot()
    def _connect(self) -> None:
        if self._address is None:
            return
        request = QNetworkRequest(QUrl(self._address))
        request.setRawHeader(b"Authorization", b"Bearer " + self._key)
        self._heard_at_s = time.monotonic()
        self._watch.start(_LOOK_MS)
        self._socket.open(request)

    @Slot()
    def _on_watch(self) -> None:
        if time.monotonic() - self._heard_at_s > SILENT_S:
            self._lose("it says nothing")

    @Slot(QAbstractSocket.SocketError)
    def _on_error(self, _error: QAbstractSocket.SocketError) -> None:
        self._lose(self._socket.errorString())

    @Slot()
    def _on_disconnected(self) -> None:
        self._lose("it closed the connection")

    def _lose(self, why: str) -> None:
        """Tries again after a pause; said at the first failure only, and without the address, which may be somebody's secret."""
        if self._address is None or self._again.isActive():
            return
        if self._said != why:
            self._said = why
            _log.warning("the stills of the wall cannot be had", why=why)
        pause_s = self._back_off_s[min(self._failures, len(self._back_off_s) - 1)]
        self._failures += 1
        self._again.start(round(pause_s * 1000))
        self._watch.stop()
        self._waiting.clear()
        self._shown = None
        self._socket.abort()
        self._set_reached(False)

    def _set_reached(self, is_reached: bool) -> None:
        if is_reached is not self.is_reached:
            self.is_reached = is_reached
            self.reached.emit(is_reached)

    @Slot(str)
    def _on_text(self, text: str) -> None:
        try:
            told = layout_of(text)
        except FrameError as problem:
            self._lose(str(problem))
            return
        self._heard_at_s = time.monotonic()
        shown, self._shown = self._shown, told
        if shown is not None:
            # It goes on beyond its first word: only now it counts as well again.
            self._failures = 0
            self._said = ""
        self._set_reached(True)
        if shown is None or msgspec.structs.replace(shown, at=told.at) != told:
            self.layout.emit(told)
        self.beat.emit(told.at)

    @Slot(QByteArray)
    def _on_binary(self, content: QByteArray) -> None:
        try:
            head, picture = unframed(bytes(content.data()))
        except FrameError as problem:
            self._lose(str(problem))
            return
        if self._is_expected(head):
            # Only the newest of a slot is worth decoding; there are as many as the layout has slots.
            self._waiting[head.slot] = (head, picture)
            self._decode_next()

    def _is_expected(self, head: StillHead) -> bool:
        shown = self._shown
        if shown is None or head.generation != shown.generation or head.mime not in _FORMATS:
            return False
        return head.slot == CURTAIN_SLOT if shown.is_curtained else any(slot.index == head.slot for slot in shown.slots)

    def _decode_next(self) -> None:
        if self._waiting and not self._is_decoding:
            _slot, (head, picture) = self._waiting.popitem(last=False)
            self._is_decoding = True
            self._workers.start(_Decoding(head, picture, self._desk))

    @Slot(object, QImage)
    def _on_decoded(self, head: StillHead, image: QImage) -> None:
        self._is_decoding = False
        if self._address is None:
            return
        if self._is_expected(head) and not image.isNull():
            painted_at: datetime = head.painted_at
            self.still.emit(head.slot, image, painted_at)
        self._decode_next()


class _Desk(QObject):
    """Where the worker lays down what it has decoded; a null picture when it could not."""

    decoded = Signal(object, QImage)


class _Decoding(QRunnable):
    """Decodes one still off the GUI thread."""

    def __init__(self, head: StillHead, picture: bytes, desk: _Desk) -> None:
        super().__init__()
        self._head = head
        self._picture = picture
        self._desk = desk

    def run(self) -> None:
        self._desk.decoded.emit(self._head, decoded(self._head, self._picture))


def decoded(head: StillHead, picture: bytes) -> QImage:
    """The still, when it is of the kind and the size its head says; else a null picture."""
    if not picture.startswith(_BEGINNINGS[head.mime]):
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(picture))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(_FORMATS[head.mime]))
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    if (size.width(), size.height()) != (head.width, head.height):
        return QImage()
    return reader.read()
