"""Asks one camera whether it gives pictures: its first JPEG, or its description over RTSP. Decodes nothing, logs in nowhere.

RTSP 1.0 (RFC 2326); multipart JPEG has no standard, cameras send picture after picture with or without proper boundaries.
"""

import asyncio
import io
import ssl
import warnings
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from PIL import Image, UnidentifiedImageError

from feeds.messages.camera import Camera, StreamKind
from feeds.runtime.http import shown_address
from feeds.runtime.reaching import Unreached, failed

MAX_PICTURE_BYTES = 6 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
MOST_PIXELS = 50_000_000
MOST_ENDS = 8
LOCKED = "asks for a login"
_OK, _UNAUTHORIZED = 200, 401
_RTSP_PORTS = {"rtsp": 554, "rtsps": 322}


@dataclass(frozen=True)
class Look:
    """The outcome: ``reason`` says why not, or that it is there behind a login. ``is_reached``: whether anybody answered."""

    is_up: bool
    reason: str | None = None
    is_reached: bool = True


class CameraProbe:
    """An async context manager that asks cameras; ``agent`` says who asks, ``timeout_s`` is for one camera."""

    def __init__(self, agent: str, *, timeout_s: float) -> None:
        self._agent = agent
        self._timeout_s = timeout_s
        # Cameras sign their own certificates, and nothing is told to them: whose they are does not matter here.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE
        # They stand in the city's own network, never behind its proxy.
        self._client = httpx.AsyncClient(
            headers={"User-Agent": agent, "Accept": "multipart/x-mixed-replace, image/jpeg"},
            timeout=httpx.Timeout(timeout_s, connect=0.7 * timeout_s),
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> "CameraProbe":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def look(self, camera: Camera) -> Look:
        """Raises nothing: a camera that cannot be asked is down with the reason, without its address."""
        ask = self._rtsp if camera.kind is StreamKind.RTSP else self._mjpeg
        try:
            async with asyncio.timeout(self._timeout_s):
                return await ask(camera.url)
        except httpx.ConnectTimeout:
            return Look(False, f"no connection within {0.7 * self._timeout_s:g} s", is_reached=False)
        except (TimeoutError, httpx.TimeoutException):
            return Look(False, f"no picture within {self._timeout_s:g} s")
        except (httpx.ConnectError, ConnectionError, OSError) as problem:
            shown = shown_address(camera.url)
            down = failed(shown, problem)
            return Look(False, str(down).removeprefix(shown).lstrip(": "), is_reached=not isinstance(down, Unreached))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as problem:
            return Look(False, f"could not be read ({type(problem).__name__})")

    async def _mjpeg(self, url: str) -> Look:
        async with self._client.stream("GET", url) as response:
            if response.status_code == _UNAUTHORIZED:
                return Look(True, LOCKED)
            if response.status_code != _OK:
                return Look(False, f"answered HTTP {response.status_code}")
            data, look = bytearray(), None
            try:
                # Closed rather than left half-way: see feeds.runtime.http.
                async for part in response.aiter_raw():
                    if look is None:
                        data += part
                        look = _seen(data)
                        if look is not None or len(data) > MAX_PICTURE_BYTES:
                            look = look or Look(False, "sends no picture")
                            await response.aclose()
            except (httpx.HTTPError, httpx.StreamError):
                if look is None:
                    raise
            return look or Look(False, "sends no picture")

    async def _rtsp(self, url: str) -> Look:
        parts = urlsplit(url)
        is_tls = parts.scheme == "rtsps"
        host, port = parts.hostname or "", parts.port or _RTSP_PORTS.get(parts.scheme, 554)
        try:
            async with asyncio.timeout(0.7 * self._timeout_s):
                reader, writer = await asyncio.open_connection(host, port, ssl=self._tls if is_tls else None, limit=MAX_HEAD_BYTES)
        except TimeoutError as problem:
            raise httpx.ConnectTimeout("") from problem
        try:
            shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
            if await self._asked(reader, writer, f"OPTIONS {shown}", 1) == _UNAUTHORIZED:
                return Look(True, LOCKED)
            status = await self._asked(reader, writer, f"DESCRIBE {shown}", 2)
            if status == _UNAUTHORIZED:
                return Look(True, LOCKED)
            return Look(True) if status == _OK else Look(False, f"answered RTSP {status}")
        except asyncio.IncompleteReadError:
            return Look(False, "hung up without an answer")
        except asyncio.LimitOverrunError:
            return Look(False, "answers in no RTSP")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: str, number: int) -> int:
        """The status of one request. Its body is skipped, for the next answer to begin where it ends."""
        accept = "Accept: application/sdp\r\n" if what.startswith("DESCRIBE") else ""
        writer.write(f"{what} RTSP/1.0\r\nCSeq: {number}\r\nUser-Agent: {self._agent}\r\n{accept}\r\n".encode())
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        words = head[0].split(None, 2)
        if len(words) < 2 or not words[0].startswith("RTSP/") or not (words[1].isdecimal() and words[1].isascii()):
            raise asyncio.LimitOverrunError("no RTSP", 0)
        lengths = [line.partition(":")[2].strip() for line in head[1:] if line.lower().startswith("content-length:")]
        length = int(lengths[0]) if lengths and lengths[0].isdecimal() and len(lengths[0]) < 8 else 0
        await reader.readexactly(min(length, MAX_HEAD_BYTES))
        return int(words[1][:4])


def _seen(data: bytearray) -> Look | None:
    """Whether a whole picture is in ``data`` whose header can be read; ``None`` while more may come."""
    begin = data.find(b"\xff\xd8\xff")
    end = begin
    # A picture may hold a small one of itself, with an end of its own.
    for _ in range(MOST_ENDS if begin >= 0 else 0):
        end = data.find(b"\xff\xd9", end + 2)
        if end < 0:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(data[begin : end + 2]), formats=("JPEG",)) as picture:
                    width, height = picture.size
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            return Look(False, "its picture claims an impossible size")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            continue
        is_sane = 0 < width * height <= MOST_PIXELS
        return Look(True) if is_sane else Look(False, "its picture claims an impossible size")
    return Look(False, "sends pictures that cannot be read") if begin >= 0 else None
