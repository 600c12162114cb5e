"""Serves the doors with uvicorn until told to stop; what was acknowledged is on disk whenever it ends."""

import asyncio
import contextlib
import socket
from typing import Any

import structlog
import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_AT_ONCE = 512
"""Connections; more are answered 503 at once instead of waiting without end."""

GRACE_S = 5

MOST_OF_A_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""

HEAD_WITHIN_S = 30.0
"""Who has not said by then what is wanted is cut off: a few hundred such would keep everybody out."""

_log = structlog.get_logger("feeds.api")


class PortTaken(OSError):
    """The address cannot be listened on; the text says which and why."""


class _Bounded(HttpToolsProtocol):
    """httptools itself waits without end for a head that has none, and keeps all of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._head_bytes = 0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_WITHIN_S, self._cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_head:
            if self._late is None:
                self._late = self.loop.call_later(HEAD_WITHIN_S, self._cut_off)
            self._head_bytes += len(data)
            if self._head_bytes > MOST_OF_A_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._on_time()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_OF_A_HEAD:
            # Answered 400 by data_received.
            raise ValueError("the head of this request is too long")
        super().on_headers_complete()

    def _on_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        self.transport.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        # The signals belong to who runs this.
        yield


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


async def serve(app: Litestar, listener: socket.socket) -> None:
    """Until cancelled; requests that have begun are answered first (``GRACE_S``)."""
    server = _Server(
        uvicorn.Config(
            app,
            http=_Bounded,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=MOST_AT_ONCE,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    host, port = listener.getsockname()[:2]
    _log.info("doors are open", host=host, port=port)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="doors")
    try:
        # Cancelled in its midst uvicorn would drop what it is answering.
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
