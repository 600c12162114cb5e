"""What a wall says of its stills, between its server and whoever looks: the texts, and the frame of one picture. No Qt, no network.

Text frames are one ``StillsLayout`` as JSON: on connecting, when it changes, and once a second as a beat. Binary frames are one line
of JSON (``StillHead``), a newline, and the bytes of the picture. The stills of a layout come after its text frame.
"""

from typing import Annotated

import msgspec

from feeds.messages.header import Moment

MOST_FRAME_BYTES = 4 * 2**20
MOST_HEAD_BYTES = 512
MOST_TEXT = 256 * 2**10
MOST_SIDE = 2560
"""Pixels of a still's longer side: no wall sends one half as large."""
CURTAIN_SLOT = 0
"""The one still of a wall whose curtain is drawn; it is the whole wall's. Slots count from 1, as in ``SlotState``."""

Slot = Annotated[int, msgspec.Meta(ge=0, le=512)]
Side = Annotated[int, msgspec.Meta(ge=1, le=MOST_SIDE)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class StillSlot(msgspec.Struct, frozen=True, kw_only=True):
    """One slot of the wall: ``index`` as in ``SlotState.slot``, ``rect`` (x, y, width, height) in wall pixels."""

    index: Slot
    panel: str
    rect: tuple[int, int, int, int]


class StillsLayout(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the wall. ``size``: of the wall, its pixels; ``scale``: pixels of a still per pixel of the wall.

    ``revision``: as in ``WallState``. ``generation`` counts the layouts since the wall's start: a still belongs to the one whose number
    it bears. ``at``: when the wall said this, by its own clock; as long as it goes on, a still that is not followed by another is what
    stands there now. With the curtain drawn there are no slots, and the only still is that of ``CURTAIN_SLOT``.
    """

    wall: str
    revision: int
    generation: Count
    at: Moment
    size: tuple[Annotated[int, msgspec.Meta(ge=1, le=200_000)], Annotated[int, msgspec.Meta(ge=1, le=200_000)]]
    scale: Annotated[float, msgspec.Meta(gt=0, le=1)]
    is_curtained: bool
    slots: Annotated[tuple[StillSlot, ...], msgspec.Meta(max_length=512)]


class StillHead(msgspec.Struct, frozen=True, kw_only=True):
    """The line before a picture. ``painted_at``: when the panel looked like this, by the wall's clock."""

    slot: Slot
    generation: Count
    painted_at: Moment
    width: Side
    height: Side
    mime: str


class FrameError(ValueError):
    """A frame that no wall sends; the text says what is wrong with it."""


def framed(head: StillHead, picture: bytes) -> bytes:
    return msgspec.json.encode(head) + b"\n" + picture


def unframed(frame: bytes) -> tuple[StillHead, bytes]:
    """Head and picture of a binary frame; raises ``FrameError``. The picture itself is not looked at."""
    if len(frame) > MOST_FRAME_BYTES:
        raise FrameError("the frame is too large")
    end = frame.find(b"\n", 0, MOST_HEAD_BYTES)
    if end < 0:
        raise FrameError("the frame has no head")
    try:
        head = msgspec.json.decode(frame[:end], type=StillHead)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FrameError("the head of the frame cannot be read") from None
    return head, frame[end + 1 :]


def layout_of(text: str) -> StillsLayout:
    """What a text frame says; raises ``FrameError``."""
    if len(text) > MOST_TEXT:
        raise FrameError("the layout is too long")
    try:
        return msgspec.json.decode(text, type=StillsLayout)
    except (msgspec.DecodeError, UnicodeError):
        raise FrameError("the layout cannot be read") from None
