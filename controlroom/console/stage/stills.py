"""The newest pictures of the wall's slots, and how old they are. Holds what the client brings; knows no widget."""

from collections.abc import Callable
from datetime import datetime

import structlog
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from controlroom.live.still_frames import StillsLayout
from controlroom.live.stills import StillsClient, address_of

_log = structlog.get_logger("controlroom.console")


class WallStills(QObject):
    """``layout``: what the wall says stands; ``pictures``: by slot, counted from 1; the curtain's is that of ``CURTAIN_SLOT``."""

    changed = Signal()

    def __init__(self, client: StillsClient | None, url: str | None, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._url = url
        self._now = now
        self.is_reached = False
        self.layout: StillsLayout | None = None
        self.pictures: dict[int, QImage] = {}
        self._beat_at: datetime | None = None
        self.before: tuple[StillsLayout, dict[int, QImage]] | None = None
        """What stood there when the curtain was drawn, as long as it is drawn."""
        self._drawn_at: datetime | None = None
        if client is not None:
            client.layout.connect(self._on_layout)
            client.still.connect(self._on_still)
            client.beat.connect(self._on_beat)
            client.reached.connect(self._on_reached)

    @property
    def has_client(self) -> bool:
        return self._client is not None

    @property
    def age_s(self) -> float | None:
        """Since the wall last said that what it sent still stands there; ``None`` before it ever did."""
        return max(0.0, (self._now() - self._beat_at).total_seconds()) if self._beat_at is not None else None

    @property
    def before_age_s(self) -> float | None:
        """How old the pictures from before the curtain are."""
        return max(0.0, (self._now() - self._drawn_at).total_seconds()) if self.before is not None and self._drawn_at is not None else None

    def follow(self, told_port: int | None) -> None:
        """To where the wall says its pictures are; it is believed only where the settings say nothing."""
        if self._client is None:
            return
        try:
            self._client.open(address_of(self._url, told_port))
        except ValueError as problem:
            _log.warning("the pictures of the wall cannot be had", why=str(problem))
            self._client = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    @Slot(object)
    def _on_layout(self, layout: StillsLayout) -> None:
        self._keep_before(layout)
        if self.layout is None or layout.generation != self.layout.generation or layout.is_curtained != self.layout.is_curtained:
            self.pictures = {}
        self.layout = layout
        self.changed.emit()

    def _keep_before(self, layout: StillsLayout) -> None:
        if not layout.is_curtained:
            self.before = None
        elif self.layout is not None and not self.layout.is_curtained and self.pictures:
            self.before, self._drawn_at = (self.layout, self.pictures), self._beat_at or self._now()

    @Slot(int, QImage, object)
    def _on_still(self, slot: int, image: QImage, _painted_at: datetime) -> None:
        self.pictures[slot] = image
        self.changed.emit()

    @Slot(object)
    def _on_beat(self, _at: datetime) -> None:
        # By this desk's clock: the wall's own may differ.
        self._beat_at = self._now()

    @Slot(bool)
    def _on_reached(self, is_reached: bool) -> None:
        self.is_reached = is_reached
        if not is_reached:
            self.pictures = {}
        self.changed.emit()
