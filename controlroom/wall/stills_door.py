"""The sockets of those who look at stills, and of strangers: how many there may be, how much they may say, how soon they must.

Loaded when something is served: a starting wall stands sooner without it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

MOST_SOCKETS = 64
"""Open at once, those included that have not shown a key yet: whoever opens more must not take the wall's last file."""
MOST_HEARD_BYTES = 64
PING_S = 5.0
"""A client that does not answer a ping in this time is gone, and a stranger who has not said who he is."""
CLOSING_S = 1.0


class _Guarded(ServerConnection):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self.server.handler_tasks) > MOST_SOCKETS and isinstance(transport, asyncio.Transport):
            transport.abort()


def open_door(
    host: str,
    port: int,
    served: Callable[[ServerConnection], Awaitable[None]],
    judge: Callable[[ServerConnection, Request], Response | None],
) -> AbstractAsyncContextManager[Server]:
    """``async with open_door(...) as server``; raises ``OSError`` where it cannot listen."""
    quiet = logging.getLogger("controlroom.stills.connections")
    # A stranger at the door is no event of the wall, and the library would log each with a traceback.
    quiet.disabled = True
    return serve(
        served, host, port, process_request=judge, create_connection=_Guarded, max_size=MOST_HEARD_BYTES, max_queue=1,
        compression=None, ping_interval=PING_S, ping_timeout=PING_S, open_timeout=PING_S, close_timeout=CLOSING_S,
        server_header=None, logger=quiet,
    )  # fmt: skip
