"""Asks a running wall what it shows: its pixels, its state, the values it holds."""

import socket
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtGui import QImage, QPainter

from controlroom.runtime_dir import running_walls, wall_socket
from controlroom.wall.control import PixelHeader, Refusal, Request, Values, answers
from feeds.messages.header import Message, Topic
from feeds.messages.system import WallState

TIMEOUT_S = 20.0

BodyT = TypeVar("BodyT")
AnswerT = TypeVar("AnswerT", WallState, PixelHeader, Values)


class NoWall(RuntimeError):
    """No running wall answers; the text says what to do."""


def find_wall(name: str | None) -> Path:
    """The socket of the named wall, or of the only (else newest) one running; raises ``NoWall``."""
    candidates = [wall_socket(name)] if name is not None else running_walls()
    for path in candidates:
        if path.exists() and answers(path):
            return path
    raise NoWall("no wall is running for this user: start one with `controlroom demo` or `controlroom wall`")


def ask_state(path: Path) -> WallState:
    """What the wall shows, slot by slot; raises ``NoWall`` with its refusal."""
    with _Line(path, Request(verb="state")) as line:
        return line.read(WallState)


def ask_values(path: Path, topic: Topic[BodyT]) -> dict[str, Message[BodyT]]:
    """What the wall holds of a topic, by key."""
    decode = topic.decoder()
    with _Line(path, Request(verb="values", topic=topic.name)) as line:
        messages = [decode(bytes(raw)) for raw in line.read(Values).messages]
    return {message.key: message for message in messages}


def ask_pixels(path: Path, screen: int | None) -> QImage:
    """The wall's pixels now, one monitor (``screen`` from 1) or all."""
    pieces: list[tuple[PixelHeader, bytes]] = []
    with _Line(path, Request(verb="pixels", screen=screen)) as line:
        while not pieces or pieces[-1][0].rest:
            header = line.read(PixelHeader)
            pieces.append((header, line.take(header.length)))
    left, top = min(h.x for h, _ in pieces), min(h.y for h, _ in pieces)
    picture = QImage(max(h.x + h.width for h, _ in pieces) - left, max(h.y + h.height for h, _ in pieces) - top, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    for header, raw in pieces:
        piece = QImage(raw, header.width, header.height, header.length // header.height, QImage.Format.Format_RGB32)
        painter.drawImage(header.x - left, header.y - top, piece)
    painter.end()
    return picture


class _Line:
    """One question on the wall's socket."""

    def __init__(self, path: Path, request: Request) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_S)
        try:
            self._socket.connect(str(path))
            self._socket.sendall(msgspec.json.encode(request) + b"\n")
        except OSError:  # nobody listens any more
            self._socket.close()
            raise
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def read(self, kind: type[AnswerT]) -> AnswerT:
        raw = self._file.readline()
        if not raw:
            raise NoWall("the wall hung up without an answer: see its log")
        try:
            return msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError:
            raise NoWall(f"the wall refused: {msgspec.json.decode(raw, type=Refusal).error}") from None

    def take(self, count: int) -> bytes:
        raw = self._file.read(count)
        if len(raw) < count:
            raise NoWall("the wall hung up in the middle of a picture: see its log")
        return raw
