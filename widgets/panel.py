"""Everything a panel's author needs: Panel, PanelSpec, PanelContext.

A panel is told what changed and paints it. It knows no Redis, no thread, no timer of its own; how fresh its
values are is drawn by PanelFrame.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec
import structlog
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.camera import Camera
from feeds.messages.city import City
from feeds.messages.freshness import Freshness
from feeds.messages.header import Message, Topic
from widgets.kit.canvas import Canvas
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Palette, Theme
from widgets.kit.status import BusStatus as BusStatus
from widgets.kit.status import FrameStatus as FrameStatus

BodyT = TypeVar("BodyT")

Seams = tuple[tuple[float, float, float, float], ...]
"""Bezels crossing a panel: x, y, width, height in wall units, panel coordinates."""

_log = structlog.get_logger("widgets.panel")


class NoOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a panel that has none."""


class PanelSpec(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the loader must know of a panel.

    ``title`` is the Indonesian msgid. ``min_size``: wall units. ``max_rate_ms``: at most one batch in this time (16 for
    text and marks, 250 for plots and map). ``chrome``: ``titled`` (title, as-of, chip), ``bare`` (the panel draws its own
    heading, the frame only the chip), ``clear`` (as bare, on the wall's ground and with no chip). ``is_narrow_padded``: a wide
    slot, too, keeps the padding of a narrow one. ``is_native``: a native surface hides what Qt paints, so the panel's page draws
    the frame itself. ``bare_below``: a titled panel lower than this is drawn as a bare one, its chip in the middle. ``are_topics_equal``:
    the topics stand side by side, each value with its own age: one that is dead does not grey the others. ``camera_option``: the option
    that lists ids of cameras, if there is one. ``takes_options``: a standing panel takes other options (``set_options``); any other is
    built anew for them. ``is_kept``: it is slow to build, so one that a layout leaves out waits hidden for the next.
    """

    key: str
    title: str
    panel: type["Panel"]
    topics: tuple[Topic[Any], ...] = ()
    options: type[msgspec.Struct] = NoOptions
    min_size: tuple[int, int] = (320, 180)
    max_rate_ms: int = 16
    chrome: str = "titled"
    chip_corner: str = "top"
    is_narrow_padded: bool = False
    may_cross_bezel: bool = False
    is_native: bool = False
    bare_below: float = 0.0
    are_topics_equal: bool = False
    camera_option: str = ""
    takes_options: bool = False
    is_kept: bool = False


class VideoFeed(Protocol):
    """One camera's newest picture. ``frame`` is ``None`` until the first; ``age_s`` is that of the picture."""

    def frame(self) -> QImage | None: ...
    def taken_at(self) -> datetime | None: ...
    def age_s(self) -> float | None: ...
    def is_down(self) -> bool: ...


class PanelContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a panel is given. ``scale``: device pixels per wall unit (1.0 on the reference wall of visual.md).

    ``latest``: newest message per key of a LATEST topic. ``recent``: last events of an EVERY topic, newest last.
    ``picture``: an approved picture by content hash, ``None`` until it is here (the panel is then updated).
    ``video``: the feed of a camera, decoded at most at ``(width, height)`` pixels. ``every``: calls back each
    ``ms`` milliseconds on the GUI thread for as long as the panel lives. ``freshness``: that of any topic, as frames draw it.
    ``source_freshness``: that of one source by its key, and the seconds since its last good check (``None``: never).
    ``select``: says which report this panel shows at full length (``None``: none); ``selected``: those of all panels that stand,
    for whoever marks them. ``seams``: those of the place where the panel stands.
    """

    options: Any
    city: City
    theme: Theme
    scale: float
    language: str
    text: Numerals
    tr: Callable[[str], str]
    now: Callable[[], datetime]
    every: Callable[[int, Callable[[], None]], None]
    latest: Callable[[Topic[Any]], Mapping[str, Message[Any]]]
    recent: Callable[[Topic[Any]], Sequence[Message[Any]]]
    picture: Callable[[str], QImage | None]
    video: Callable[[Camera, tuple[int, int]], VideoFeed]
    bus: Callable[[], BusStatus]
    freshness: Callable[[Topic[Any]], Freshness]
    source_freshness: Callable[[str], tuple[Freshness, float | None]]
    select: Callable[[str | None], None]
    selected: Callable[[], frozenset[str]]
    seams: Seams = ()


def behind(status: FrameStatus, tr: Callable[[str], str]) -> str:
    """``PetaBencana tertinggal``: which of several sources makes the panel late or worse; empty where there is none to name."""
    return tr("{source} tertinggal").format(source=status.source) if status.source is not None else ""


class Guard:
    """Around what a panel's author wrote: what it raises is logged once and told to ``failed``, ``recovered`` when it goes well again."""

    def __init__(self, name: str, failed: Callable[[str], None], recovered: Callable[[], None]) -> None:
        self._name = name
        self._failed = failed
        self._recovered = recovered
        self._fault: str | None = None

    def call(self, function: Callable[[], None]) -> bool:
        """Whether it went well."""
        try:
            function()
        except Exception as error:  # a panel's author may raise anything; the other slots stand
            fault = f"{type(error).__name__}: {error}"
            if fault != self._fault:
                self._fault = fault
                _log.error("panel failed", panel=self._name, exc_info=(type(error), error, error.__traceback__))
            self._failed(fault)
            return False
        if self._fault is not None:
            self._fault = None
            _log.info("panel works again", panel=self._name)
            self._recovered()
        return True


class Panel(QWidget):
    """Base of every panel. Override ``paint`` and, for each topic, ``on_<topic>`` (dots become underscores)."""

    described = Signal(str)
    """The frame's second line: as of when, from where."""
    counted = Signal(str)
    """An addition to the chip of a mixed panel: ``3 dari 4``."""
    judged = Signal(object)
    """A ``Freshness`` of the panel's own, for what its topics cannot know (a camera that hangs): the worse of the two is shown."""
    muted = Signal(bool)
    """A native panel's page does not answer (or answers again): meanwhile the frame draws title, chips and veil itself."""
    failed = Signal(str, str)
    """What failed, and the remedy: the frame shows GALAT."""
    recovered = Signal()
    shown = Signal()
    """A native panel's page shows another picture."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ctx = ctx
        self.status = FrameStatus()
        self._palette = ctx.theme.palette
        self.painted_at: datetime | None = None
        self.is_copied = False
        """While somebody draws the panel on something else than its slot: that is no painting of its own."""
        self._paint_guard = Guard(type(self).__name__, self._on_fault, self.recovered.emit)

    @property
    def colours(self) -> Palette:
        """The palette to draw with now: greys while the panel is stale."""
        return self._palette

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """Newer messages of one topic (latest per key for LATEST topics; ``body`` None: the key is gone).

        Calls ``on_<topic>(messages)`` where the panel has one, then repaints. After a new snapshot the hub calls
        this with everything the topic holds and tombstones for what is gone.
        """
        receive = getattr(self, "on_" + topic.name.replace(".", "_"), None)
        if receive is not None:
            receive(messages)
        self.update()

    def set_status(self, status: FrameStatus) -> None:
        """How fresh the panel's values are; a native panel hands this to its page."""
        grey = status.freshness in (Freshness.STALE, Freshness.OFFLINE)
        was_grey = self._palette is not self.ctx.theme.palette
        is_other = status.source != self.status.source
        self.status = status
        if is_other:
            self.update()
        if grey != was_grey:
            self._palette = self.ctx.theme.palette.muted() if grey else self.ctx.theme.palette
            self.on_palette()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Another palette from now on (day and night); nothing is built anew, so nothing blinks."""
        is_grey = self._palette is not self.ctx.theme.palette
        self.ctx = msgspec.structs.replace(self.ctx, theme=theme)
        self._palette = theme.palette.muted() if is_grey else theme.palette
        self.on_palette()
        self.update()

    def set_seams(self, seams: Seams) -> None:
        """Other bezels cross the panel from now on: it was moved or resized."""
        if seams != self.ctx.seams:
            self.ctx = msgspec.structs.replace(self.ctx, seams=seams)
            self.update()

    def set_options(self, options: msgspec.Struct) -> None:
        """Other options from now on; for panels whose spec says ``takes_options``."""
        self.ctx = msgspec.structs.replace(self.ctx, options=options)
        self.update()

    def set_parked(self, is_parked: bool) -> None:
        """Hidden, and kept for another layout (its topics go on telling it), or shown again. Only those with ``is_kept`` are."""

    def is_mending(self) -> bool:
        """Failed, and coming back by itself sooner than a new one would be made: it is kept for another layout."""
        return False

    def on_palette(self) -> None:
        """The palette has changed (stale or back, day or night); panels that hold brushes or items renew them here."""

    def ask_picture(self, size: QSize, taken: Callable[[QImage], None]) -> bool:
        """Whether a page of the panel's own gives its picture, of ``size`` pixels, to ``taken`` when it has it (null: it could not)."""
        return False

    def describe(self, text: str) -> None:
        self.described.emit(text)

    def size_u(self) -> tuple[float, float]:
        """The panel's width and height in wall units."""
        return self.width() / self.ctx.scale, self.height() / self.ctx.scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints; what cannot be painted is this slot's error card until it can be painted again."""
        if self._paint_guard.call(self._paint) and not self.is_copied:
            self.painted_at = self.ctx.now()

    def _paint(self) -> None:
        with Canvas(self, self.ctx.theme, self.colours, self.ctx.scale) as canvas:
            self.paint(canvas)

    def _on_fault(self, fault: str) -> None:
        self.failed.emit(f"{self.ctx.tr('Panel ini gagal')}: {fault}", self.ctx.tr("lihat log dinding"))

    def paint(self, canvas: Canvas) -> None:
        """Draw everything, in wall units; (0, 0) is the frame's top left corner."""
