"""Cameras of the city: what they are, where they stand, where their picture comes from."""

import re
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Position, Topic


class StreamKind(StrEnum):
    MJPEG = "mjpeg"
    RTSP = "rtsp"


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` carries no credentials; ``credential`` names an entry of the wall's own secrets when one is needed.

    ``is_up``: whether it gave a picture when it was last probed (``probed_at``); ``None`` where nobody probes it. ``reason``: why it gave
    none, or that it is there behind a login. A private camera has no ``url`` here.
    """

    id: str
    name: str
    owner: str
    kind: StreamKind
    url: str
    position: Position | None = None
    credential: str | None = None
    is_private: bool = False
    is_up: bool | None = None
    probed_at: Moment | None = None
    reason: str | None = None

    def unprobed(self) -> "Camera":
        """What it is, without how it was found: equal as long as its picture comes from the same place."""
        return msgspec.structs.replace(self, is_up=None, probed_at=None, reason=None)


CAMERA = Topic(name="camera", body=Camera, delivery=Delivery.LATEST, stale_after_s=120, freshness=FreshnessRule.SOURCE)


_SECRET_NAMES = r"(?:pass|pwd|token|secret|auth|user|login|key|usr)"


def carries_secret(url: str) -> bool:
    """Whether an address carries a user name, password or key: before the host, in its query, or in its path, where DVRs take them.

    ``rtsp://host/user=admin_password=x_channel=1.sdp``. Raises ``ValueError`` for what is no address.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        return True
    behind = unquote(f"{parts.path}?{parts.query}#{parts.fragment}")
    return re.search(rf"{_SECRET_NAMES}\w*=", behind, re.IGNORECASE) is not None or any(
        re.search(_SECRET_NAMES, name, re.IGNORECASE) for name, _ in parse_qsl(parts.query, keep_blank_values=True)
    )
