"""Serves the doors with uvicorn until told to stop; what was acknowledged is on disk whenever it ends."""

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import httptools
import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feeds.api.rates import Rates
from feeds.api.refusal_log import BEGUN

MOST_AT_ONCE = 512
"""Connections; more are answered 503 at once instead of waiting without end."""

BACKLOG = 2048
"""Connections that nobody has taken yet."""

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

BODY_GOES_ON_WITHIN_S = 30.0
"""Who began a body and sends nothing more of it for so long is cut off too; how long all of it takes is his network's."""

_log = structlog.get_logger("feeds.api")


class PortTaken(OSError):
    """The address cannot be listened on; the text says which and why."""


class _Silent:
    """Those of one server of whom it awaits a head. Of more than ``most`` whoever has said nothing for longest makes room.

    So those who never speak keep nobody out, however many they are: a client says what it wants at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_order: dict[_Bounded, None] = {}

    def add(self, connection: "_Bounded") -> None:
        self._in_order[connection] = None
        if len(self._in_order) > self._most:
            longest = next(iter(self._in_order))
            self.remove(longest)
            longest.transport.close()

    def remove(self, connection: "_Bounded") -> None:
        self._in_order.pop(connection, None)


class _Bounded(HttpToolsProtocol):
    """httptools itself waits without end for a head or a trailer that has none, and keeps all of it."""

    def __init__(self, *args: Any, head_within_s: float, silent: _Silent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_within_s = head_within_s
        self._silent = silent
        self._taken = 0
        self._awaits_head = True
        self._is_turning = False
        self._head_bytes = 0
        self._is_too_long = False
        self._has_refused = False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._silent.add(self)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._silent.remove(self)
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # In pieces: the parser does not say where in them a request began, and what came before it counts for another.
        start = 0
        while start < len(data) and not self._has_refused and not self.transport.is_closing():
            start += self._take(data[start : start + _PIECE])
            successor = self.transport.get_protocol()
            if successor is not self:
                # A WebSocket by now: what came behind its head is its own.
                if start < len(data):
                    cast(asyncio.Protocol, successor).data_received(data[start:])
                return

    def _take(self, piece: bytes) -> int:
        """How many bytes of it were read: not all of them where another protocol is wished for."""
        self._is_turning = False
        self._taken = len(piece)
        super().data_received(piece)
        if self.transport.get_protocol() is self and not self._has_refused:
            if not self._is_turning:
                if self._awaits_head:
                    self._arm()
                # Behind a head too: what is neither body nor another request is a trailer or a word about a chunk, and is kept.
                self._head_bytes += len(piece)
                if self._head_bytes > MOST_OF_A_HEAD:
                    self._is_too_long = True
                    self.send_400_response("")
            if not self._awaits_head and not self._has_refused:
                self._disarm()
                self._late = self.loop.call_later(BODY_GOES_ON_WITHIN_S, self._cut_off)
        return self._taken

    def handle_websocket_upgrade(self) -> None:
        self._stop_at_the_head()
        super().handle_websocket_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        self._stop_at_the_head()
        super()._unsupported_upgrade_warning()

    def _stop_at_the_head(self) -> None:
        """uvicorn would drop what stands behind a wish for another protocol; the parser tells how far it read by its error alone."""
        wish = sys.exception()
        assert isinstance(wish, httptools.HttpParserUpgrade)
        self._taken = int(wish.args[0])

    def on_message_begin(self) -> None:
        self._head_bytes, self._awaits_head, self._is_turning = 0, True, True
        self._arm()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes, self._awaits_head, self._is_turning = 0, False, True
        self._silent.remove(self)
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
        self._disarm()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_answering() and not self.transport.is_closing():
            self._silent.add(self)

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
            self._late = self.loop.call_later(self._head_within_s, self._cut_off)

    def _disarm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if self._is_answering() and (self._awaits_head or self.flow.read_paused):
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
    def __init__(self, config: uvicorn.Config, head_within_s: float) -> None:
        super().__init__(config)
        self._head_within_s = head_within_s

    @contextlib.contextmanager
    def capture_signals(self):
        # The signals belong to who runs this.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.config.is_ssl:
            await super().startup(sockets)
            return
        # uvicorn has no bound of its own for a handshake: asyncio waits a minute for each, and nobody counts them.
        await super().startup([])
        for listener in sockets or []:
            opened = await asyncio.get_running_loop().create_server(
                self._new_connection, sock=listener, ssl=self.config.ssl, backlog=self.config.backlog,
                ssl_handshake_timeout=self._head_within_s,
            )  # fmt: skip
            self.servers.append(opened)

    def _new_connection(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        return protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


class Sockets(NamedTuple):
    """Bounds of an application with WebSockets. ``most_connections``: of them and of requests together.

    ``head_within_s``: as ``HEAD_WITHIN_S``; shorter, since all the world may open sockets there.
    """

    most_message_bytes: int
    most_connections: int
    ping_s: float = 20.0
    head_within_s: float = 5.0


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
    """A socket that listens: who connects from now on is answered once it is served. ``port`` 0 takes a free one.

    Raises ``PortTaken``. Close it when done.
    """
    # Named as TCP, or asyncio leaves the delay on that gathers small packets (40 ms to every answer).
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Bound alone, another process could bind the same, and who was told the address would be turned away.
        listener.listen(BACKLOG)
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
    head_within_s, most = (HEAD_WITHIN_S, MOST_AT_ONCE) if sockets is None else (sockets.head_within_s, sockets.most_connections)
    # uvicorn calls it as it would the class.
    protocol: Any = partial(_Bounded, head_within_s=head_within_s, silent=_Silent(most // 2))
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            **(_NO_SOCKETS if sockets is None else _bounds_of(sockets)),
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        ),
        head_within_s,
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
