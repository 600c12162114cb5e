"""Serves the doors with uvicorn until told to stop; what was acknowledged is on disk whenever it ends."""

import asyncio
import contextlib
import socket

import structlog
import uvicorn
from litestar import Litestar

MOST_AT_ONCE = 512
"""Connections; more are answered 503 at once instead of waiting without end."""

GRACE_S = 5

_log = structlog.get_logger("feeds.api")


class PortTaken(OSError):
    """The address cannot be listened on; the text says which and why."""


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
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=MOST_AT_ONCE,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=32_768,
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
