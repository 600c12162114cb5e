"""Answers questions about the running wall on a socket only this user may open: what it shows, and its pixels.

One JSON line asks, one JSON line answers; pixels follow their line as raw BGRX rows, so that nobody encodes a
picture on the GUI thread.
"""

import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from feeds.messages.header import Message
from feeds.messages.system import WallState

_log = structlog.get_logger("controlroom.control")

MAX_REQUEST_BYTES = 4096
AGAIN_MS = 5000
ANSWER_TIMEOUT_S = 1.0


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``verb``: ``state``, ``pixels`` or ``values``. ``screen``: monitor number from 1, ``None`` for the whole wall.

    ``topic``: whose values.
    """

    verb: str
    screen: int | None = None
    topic: str = ""


class PixelHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Announces ``length`` bytes of ``width`` x ``height`` pixels, to be put at (x, y); ``rest`` more pictures follow."""

    x: int
    y: int
    width: int
    height: int
    length: int
    rest: int


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """The newest message of each key of a topic, as the wall holds it."""

    messages: tuple[msgspec.Raw, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    error: str


def answers(path: Path) -> bool:
    """Whether a running wall holds this socket: one that died left a file nobody listens at."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(ANSWER_TIMEOUT_S)
            probe.connect(str(path))
    except BlockingIOError:
        return True  # it listens, and has more callers waiting than it can take now
    except OSError:
        return False
    return True


class ControlServer(QObject):
    """``state()`` tells what is shown; ``screens()`` counts monitors; ``grab(i)`` gives one monitor's place and pixels; ``values(name)``
    what is held of a topic, ``None`` when there is no such topic.
    """

    def __init__(
        self,
        path: Path,
        *,
        state: Callable[[], WallState],
        screens: Callable[[], int],
        grab: Callable[[int], tuple[int, int, QImage]],
        values: Callable[[str], Iterable[Message[Any]] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._path = path
        self._state = state
        self._screens = screens
        self._grab = grab
        self._values = values
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._again = QTimer(self)
        self._again.timeout.connect(self.start)

    def start(self) -> None:
        """Takes the socket over from a wall that died; logs and goes on when it cannot be had.

        That of a wall which still runs is left to it, and asked for again now and then.
        """
        if self._path.exists() and answers(self._path):
            if not self._again.isActive():
                remedy = 'give this one a name of its own: name = "..." at the top of its wall.toml, then --wall FILE'
                _log.error("another wall of this name runs: shot shows that one", path=str(self._path), remedy=remedy)
                self._again.start(AGAIN_MS)
            return
        self._again.stop()
        QLocalServer.removeServer(str(self._path))
        if not self._server.listen(str(self._path)):
            _log.error("no control socket: shot will not work", path=str(self._path), reason=self._server.errorString())

    def stop(self) -> None:
        self._again.stop()
        self._server.close()

    @Slot()
    def _on_connection(self) -> None:
        while self._server.hasPendingConnections():
            _Conversation(self._server.nextPendingConnection(), self._state, self._screens, self._grab, self._values, self)


class _Conversation(QObject):
    """One client: reads a line, answers, and hangs up."""

    def __init__(
        self,
        socket: QLocalSocket,
        state: Callable[[], WallState],
        screens: Callable[[], int],
        grab: Callable[[int], tuple[int, int, QImage]],
        values: Callable[[str], Iterable[Message[Any]] | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._socket = socket
        self._state = state
        self._screens = screens
        self._grab = grab
        self._values = values
        self._wanted: list[int] = []
        socket.setParent(self)
        socket.readyRead.connect(self._on_ready)
        socket.disconnected.connect(self.deleteLater)

    @Slot()
    def _on_ready(self) -> None:
        if self._socket.bytesAvailable() > MAX_REQUEST_BYTES:
            self._refuse("request too long")
            return
        if not self._socket.canReadLine():
            return
        try:
            request = msgspec.json.decode(bytes(self._socket.readLine().data()), type=Request)
        except msgspec.MsgspecError as error:
            self._refuse(str(error))
            return
        if request.verb == "state":
            self._say(self._state())
            self._socket.disconnectFromServer()
        elif request.verb == "pixels":
            self._begin_pixels(request.screen)
        elif request.verb == "values":
            self._tell_values(request.topic)
        else:
            self._refuse(f"no such verb: {request.verb!r}; known: state, pixels, values")

    def _tell_values(self, topic: str) -> None:
        held = self._values(topic)
        if held is None:
            self._refuse(f"no such topic: {topic!r}")
            return
        self._say(Values(messages=tuple(msgspec.Raw(msgspec.json.encode(message)) for message in held)))
        self._socket.disconnectFromServer()

    def _begin_pixels(self, screen: int | None) -> None:
        count = self._screens()
        if screen is not None and not 1 <= screen <= count:
            self._refuse(f"no screen {screen}: this wall has 1 to {count}")
            return
        self._wanted = [screen - 1] if screen is not None else list(range(count))
        self._send_next()

    @Slot()
    def _send_next(self) -> None:
        """One monitor a turn of the event loop: no single long stop of the wall."""
        index = self._wanted.pop(0)
        x, y, image = self._grab(index)
        pixels = image.convertToFormat(QImage.Format.Format_RGB32)
        raw = pixels.constBits()
        self._say(PixelHeader(x=x, y=y, width=pixels.width(), height=pixels.height(), length=len(raw), rest=len(self._wanted)))
        self._socket.write(bytes(raw))
        if self._wanted:
            QTimer.singleShot(0, self, self._send_next)
        else:
            self._socket.disconnectFromServer()

    def _say(self, answer: msgspec.Struct) -> None:
        self._socket.write(msgspec.json.encode(answer) + b"\n")

    def _refuse(self, why: str) -> None:
        self._say(Refusal(error=why))
        self._socket.disconnectFromServer()
