"""One WebSocket as ASGI has it, with what it may say and how it ends. Knows no viewer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MOST_MESSAGE_BYTES = 2048
SUBPROTOCOL = "live-room.1"
CLOSING_S = 1.0
"""Who does not take it by then is cut off."""

NORMAL, NONSENSE, TOO_BIG, RESTART = 1000, 1008, 1009, 1012
SIGN_IN, NOT_ALLOWED, TOO_MANY = 4401, 4403, 4429


class Gone(Exception):
    """The other side has closed, or was lost."""


class Ending(Exception):
    """The socket is to be closed with this ``code``; ``why``: what is said in a ``bye`` before, if anything."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(f"{code} {why}")
        self.code = code
        self.why = why


class Socket:
    """Begins not yet accepted."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.is_accepted = False

    async def refuse(self, status: int) -> None:
        """Before it is accepted: an HTTP answer."""
        await self._receive()
        if "websocket.http.response" in self.scope.get("extensions", {}):
            await self._send({"type": "websocket.http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
            await self._send({"type": "websocket.http.response.body", "body": b""})
        else:
            await self._send({"type": "websocket.close", "code": NOT_ALLOWED})

    async def accept(self) -> None:
        """Raises ``Gone``."""
        event = await self._receive()
        if event["type"] != "websocket.connect":
            raise Gone
        await self._send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self.is_accepted = True

    async def hear(self) -> bytes:
        """The next text; raises ``Gone``, and ``Ending`` for what nobody may say."""
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise Gone
        text = event.get("text")
        if text is None:
            raise Ending(NONSENSE)
        if len(text) > MOST_MESSAGE_BYTES:
            raise Ending(TOO_BIG)
        return text.encode()

    async def say(self, message: object) -> None:
        """A text frame of JSON; waits as long as the other side does not take what was said before. Raises ``Gone``."""
        await self._tell({"type": "websocket.send", "text": msgspec.json.encode(message).decode()})

    async def say_text(self, text: str) -> None:
        await self._tell({"type": "websocket.send", "text": text})

    async def show(self, frame: bytes) -> None:
        """A binary frame; as ``say``."""
        await self._tell({"type": "websocket.send", "bytes": frame})

    async def end(self, ending: Ending) -> None:
        """Says why and closes; a socket that is gone already is left alone."""
        try:
            async with asyncio.timeout(CLOSING_S):
                if ending.why:
                    await self.say({"kind": "bye", "why": ending.why})
                await self._tell({"type": "websocket.close", "code": ending.code})
        except (Gone, TimeoutError):
            return

    async def _tell(self, event: dict[str, Any]) -> None:
        try:
            await self._send(event)
        except (OSError, RuntimeError) as error:
            # ClientDisconnected is an OSError; RuntimeError: closed by the server meanwhile.
            raise Gone from error
