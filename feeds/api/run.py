"""Serves the doors with uvicorn until told to stop; what was acknowledged is on disk whenever it ends."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feeds.api.rates import Rates
from feeds.api.refusal_log import BEGUN

MOST_AT_ONCE = 512
"""Connections; more are answered 503 at once instead of waiting without end."""

GRACE_S = 5

KEEP_ALIVE_S = 30
"""A connection that has been answered and says nothing more is closed."""

MOST_OF_A_HEAD = 32 * 1024
"""Bytes of a request's address and headers."""

LINGER_S = 2.0
"""So long what still comes of a request that was refused for its head is read and dropped."""

_PIECE = 4 * 1024
"""A head that never ends is found out within one of these behind the bound."""

_AROUND_A_HEADER = 4
"""Bytes: colon, space and the end of the line."""

HEAD_WITHIN_S = 30.0
"""Who has not said by then what is wanted is cut off: a few hundred such would keep everybody out."""

_log = structlog.get_logger("feeds.api")


class PortTaken(OSError):
    """The address cannot be listened on; the text says which and why."""


class _Bounded(HttpToolsProtocol):
    """httptools itself waits without end for a head or a trailer that has none, and keeps all of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._awaits_head = True
        self._is_turning = False
        self._head_bytes = 0
        self._is_too_long = False
        self._has_refused = False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # In pieces: the parser does not say where in them a request began, and what came before it counts for another.
        for start in range(0, len(data), _PIECE):
            if self._has_refused or self.transport.is_closing():
                return
            self._take(data[start : start + _PIECE])

    def _take(self, piece: bytes) -> None:
        self._is_turning = False
        super().data_received(piece)
        if not self._is_turning and not self._has_refused:
            if self._awaits_head:
                self._arm()
            # Behind a head too: what is neither body nor another request is a trailer or a word about a chunk, and is kept.
            self._head_bytes += len(piece)
            if self._head_bytes > MOST_OF_A_HEAD:
                self._is_too_long = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        self._head_bytes, self._awaits_head, self._is_turning = 0, True, True
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes, self._awaits_head, self._is_turning = 0, False, True
        self._disarm()
        if len(self.url) + sum(len(name) + len(value) + _AROUND_A_HEADER for name, value in self.headers) > MOST_OF_A_HEAD:
            # Answered 400 by uvicorn's data_received, in the words below.
            self._is_too_long = True
            raise ValueError("the head of this request is too long")
        self.scope["state"][BEGUN] = time.monotonic()  # pyright: ignore[reportTypedDictNotRequiredAccess]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes, self._is_turning = 0, True
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # No timer yet: uvicorn's own runs while nothing comes.
        self._head_bytes, self._awaits_head, self._is_turning = 0, True, True

    def send_400_response(self, msg: str) -> None:
        if self._is_answering():
            # Behind another request: this answer would be taken for, or stand amidst, that one's.
            self.transport.close()
            return
        text = b"The head of this request is too long." if self._is_too_long else msg.encode("ascii")
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(text)),
            (b"connection", b"close"),
        ]
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + b"".join(b"%b: %b\r\n" % one for one in headers) + b"\r\n" + text)
        # Closed while more comes in, TCP would reset the connection and the other side lose this answer.
        self.transport.write_eof()
        self._has_refused = True
        self._disarm()
        self._late = self.loop.call_later(LINGER_S, self._cut_off)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _arm(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_WITHIN_S, self._cut_off)

    def _disarm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if self._is_answering():
            # Nothing is read for a while behind a request that is being answered; that answer is not to be lost.
            self._arm()
        else:
            self.transport.close()


class _Sparing(logging.Filter):
    """uvicorn's warnings, one for every request that is none or one too many: of those alike one a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._rates = Rates(per_s=1 / 60, at_once=1)

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno != logging.WARNING or self._rates.take(str(record.msg), time.monotonic()) is None


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        # The signals belong to who runs this.
        yield


class Sockets(NamedTuple):
    """Bounds of an application's WebSockets. ``most_connections``: of them and of requests together."""

    most_message_bytes: int
    most_connections: int
    ping_s: float = 20.0


class Tls(NamedTuple):
    """Files of a certificate with its chain, and of its key."""

    certificate: Path
    key: Path


_NO_SOCKETS: dict[str, Any] = {"ws": "none", "limit_concurrency": MOST_AT_ONCE}


def _bounds_of(sockets: Sockets) -> dict[str, Any]:
    return {
        "ws": "websockets-sansio",
        "ws_max_size": sockets.most_message_bytes,
        "ws_per_message_deflate": False,
        "ws_ping_interval": sockets.ping_s,
        "ws_ping_timeout": sockets.ping_s,
        "limit_concurrency": sockets.most_connections,
    }


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; ``port`` 0 takes a free one. Raises ``PortTaken``. Close it when done."""
    # Named as TCP, or asyncio leaves the delay on that gathers small packets (40 ms to every answer).
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {problem.strerror}; choose another host or port") from problem
    return listener


async def serve(
    app: Any,
    listener: socket.socket,
    *,
    sockets: Sockets | None = None,
    tls: Tls | None = None,
    farewell: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Until cancelled; requests that have begun are answered first (``GRACE_S``), and ``farewell`` is awaited before any is cut off.

    ``app``: an ASGI application. ``sockets``: bounds of its WebSockets; it has none without.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http=_Bounded,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            **(_NO_SOCKETS if sockets is None else _bounds_of(sockets)),
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    host, port = listener.getsockname()[:2]
    _log.info("doors are open", host=host, port=port)
    sparing = _Sparing()
    logging.getLogger("uvicorn.error").addFilter(sparing)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="doors")
    try:
        # Cancelled in its midst uvicorn would drop what it is answering.
        await asyncio.shield(serving)
    finally:
        if farewell is not None and not serving.done():
            await farewell()
        server.should_exit = True
        await serving
        logging.getLogger("uvicorn.error").removeFilter(sparing)
