"""Pictures of the simulated city over HTTP on loopback: camera streams for all, photos for who holds the key. Knows no bus."""

import asyncio
import contextlib
import hmac
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from feeds.sim.cameras import FRAMES_PER_S, Studio
from feeds.sim.photos import Album

_HOST = "127.0.0.1"
_BOUNDARY = "frame"
_CAMERA_PATH = re.compile(r"/camera/([a-z0-9-]{1,64})\.mjpg")
_MEDIA_PATH = re.compile(r"/media/([0-9a-f]{64})")
_SEND_TIMEOUT_S = 10.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        # The signals belong to the process that runs the simulation.
        yield


class PictureServer:
    """Serves ``/camera/<id>.mjpg`` and ``/media/<sha256>`` on 127.0.0.1; ``port`` 0 takes a free one."""

    def __init__(self, studio: Studio, album: Album, *, media_key: str, port: int = 0) -> None:
        if not media_key:
            raise ValueError("the media key is empty; give the simulation a key of its own")
        self._studio = studio
        self._album = album
        self._bearer = f"Bearer {media_key}".encode()
        self._port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on; 0 before ``start``."""
        return self._port if self._task is not None else 0

    async def start(self) -> None:
        """Listen; raises ``OSError`` when the port is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((_HOST, self._port))
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            ws="none",
            server_header=False,
            proxy_headers=False,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._serve(self._server, listener), name="simulated pictures")
        # uvicorn has no event for being ready.
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End every stream and stop listening."""
        if self._task is None or self._server is None:
            return
        self._server.should_exit = True
        await self._task
        self._task = None

    @staticmethod
    async def _serve(server: _Server, listener: socket.socket) -> None:
        with contextlib.closing(listener):
            await server.serve(sockets=[listener])

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = str(scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            await _reply(send, 405, b"only GET\n")
        elif camera := _CAMERA_PATH.fullmatch(path):
            await self._camera(camera[1], receive, send)
        elif media := _MEDIA_PATH.fullmatch(path):
            await self._media(media[1], dict(scope["headers"]), send)
        else:
            await _reply(send, 404, b"no such picture\n")

    async def _media(self, digest: str, headers: dict[bytes, bytes], send: Send) -> None:
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._bearer):
            await _reply(send, 403, b"the read key is missing or wrong\n")
            return
        picture = self._album.picture(digest)
        if picture is None:
            await _reply(send, 404, b"no such picture\n")
            return
        await _reply(send, 200, picture, [(b"content-type", b"image/jpeg"), (b"cache-control", b"private, max-age=31536000, immutable")])

    async def _camera(self, camera: str, receive: Receive, send: Send) -> None:
        if not self._studio.has(camera):
            await _reply(send, 404, b"no such camera\n")
            return
        if self._studio.is_dead(camera):
            await _reply(send, 503, b"the camera does not answer\n")
            return
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}".encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": _headers([(b"content-type", kind), (b"cache-control", b"no-store")])}
        )
        gone = asyncio.create_task(_until_gone(receive))
        try:
            async for part in self._parts(camera, gone):
                await asyncio.wait_for(send({"type": "http.response.body", "body": part, "more_body": True}), _SEND_TIMEOUT_S)
        except TimeoutError:
            return
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
        if not gone.done() or gone.cancelled():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _parts(self, camera: str, gone: asyncio.Task[None]) -> AsyncIterator[bytes]:
        last = -1
        while not gone.done() and not self._studio.is_dead(camera) and self._server is not None and not self._server.should_exit:
            frame = await self._studio.frame(camera)
            if frame is not None and frame[0] != last:
                last = frame[0]
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame[1])}\r\n\r\n"
                yield head.encode() + frame[1] + b"\r\n"
            await asyncio.wait((gone,), timeout=1 / FRAMES_PER_S)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _reply(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    extra = headers or [(b"content-type", b"text/plain; charset=utf-8")]
    await send(
        {"type": "http.response.start", "status": status, "headers": _headers([*extra, (b"content-length", str(len(body)).encode())])}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _headers(headers: Headers) -> Headers:
    return [*headers, (b"x-content-type-options", b"nosniff")]
