"""Approved pictures by content hash: fetched once for all who look, checked against their name, made small enough for a slow link."""

import asyncio
import hashlib
import io
from collections import OrderedDict

from PIL import Image, ImageOps, UnidentifiedImageError

from controlroom.mirror.identity import DoorsAway, Identity

MOST_BYTES = 8 * 2**20
MOST_PIXELS = 50_000_000
MOST_KEPT_BYTES = 32 * 2**20
"""Of those shown now: every viewer asks for the same few."""

AT_ONCE = 2
LONG_SIDE = 1280
"""Pixels; no page shows one larger."""

SMALL_BYTES = 200_000
_QUALITY = 80


class Pictures:
    """``find`` may be asked for the same picture by many."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._coming: dict[str, asyncio.Task[bytes]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def find(self, name: str) -> bytes:
        """A JPEG. Raises ``NotLetIn`` and ``DoorsAway``."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        coming = self._coming.get(name)
        if coming is None:
            coming = self._coming[name] = asyncio.create_task(self._fetch(name), name="mirror picture")
            coming.add_done_callback(lambda _: self._coming.pop(name, None))
        return await asyncio.shield(coming)

    async def close(self) -> None:
        """What is still on its way is let go."""
        coming = list(self._coming.values())
        for one in coming:
            one.cancel()
        if coming:
            await asyncio.wait(coming)

    async def _fetch(self, name: str) -> bytes:
        async with self._room:
            content = await self._identity.picture(name, MOST_BYTES)
            shown = await asyncio.to_thread(small, name, content)
        if shown is None:
            raise DoorsAway("the picture is not the one that was asked for")
        self._kept[name] = shown
        while sum(map(len, self._kept.values())) > MOST_KEPT_BYTES:
            self._kept.popitem(last=False)
        return shown


def small(name: str, content: bytes) -> bytes | None:
    """As it is, or as a smaller JPEG; ``None``: these are not the bytes of that name, or no picture anybody took."""
    if hashlib.sha256(content).hexdigest() != name or not content.startswith(b"\xff\xd8\xff"):
        return None
    if len(content) <= SMALL_BYTES:
        return content
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
            turned = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    turned.thumbnail((LONG_SIDE, LONG_SIDE))
    made = io.BytesIO()
    turned.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
