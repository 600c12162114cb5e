"""Cameras of the city: what they are, where they stand, where their picture comes from."""

from enum import StrEnum

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
