"""What a mirror is told from outside, and its bounds."""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from controlroom.live.credentials import CameraCredentials
from controlroom.settings import ASSETS

LOOPBACK = ("127.0.0.0/8", "::1/128")


class MirrorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``base_url``: how browsers reach it, the only origin it answers. ``doors_url``: where it asks about people, with ``mirror_key``.

    ``media_url`` and ``media_key``: where approved pictures are; the doors, when not given. ``stills_url``, ``stills_key``: the wall's own
    stills. ``credentials``: logins of cameras. ``proxies``: networks whose word about where a request came from is believed.
    ``pages``: the built pages.
    """

    base_url: str
    doors_url: str
    mirror_key: str
    media_url: str = ""
    media_key: str = ""
    stills_url: str | None = None
    stills_key: str | None = None
    credentials: CameraCredentials = CameraCredentials({})
    proxies: tuple[str, ...] = LOOPBACK
    pages: Path = ASSETS / "web" / "dist"
    most_viewers: int = 600
    most_of_an_address: int = 250
    most_half_open: int = 512
    most_half_open_of_an_address: int = 64
    hello_within_s: float = 5.0

    @property
    def is_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def origin(self) -> str:
        """As browsers say it: in small letters, without the port that goes without saying."""
        parts = urlsplit(self.base_url.lower())
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        is_plain = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
        return f"{parts.scheme}://{host}" if is_plain else f"{parts.scheme}://{host}:{parts.port}"

    @property
    def cookie(self) -> str:
        """The session's cookie, as the doors name it."""
        return "__Host-live_room" if self.is_secure else "live_room"

    def __repr__(self) -> str:
        return f"MirrorOptions({self.base_url!r})"
