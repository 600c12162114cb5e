"""What can be put on a wall: all panels, and the city's cameras one by one. Dragged into the preview, or put there with Enter."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.preview import TILE_MIME
from controlroom.console.stage.sketches import Sketcher
from feeds.messages.layout import Slot

TOLD_ROLE = Qt.ItemDataRole.UserRole
ICON = QSize(72, 44)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A panel with its options, under a name that is searched in."""

    title: str
    panel: str
    options: dict[str, Any] = {}


def offers(stage: StageDesk) -> list[Offer]:
    """Panels by title, then cameras by name; a private camera is not offered."""
    titles = sorted((stage.title(key), key) for key in (stage.catalogue.specs if stage.catalogue is not None else ()))
    found = [Offer(title=title, panel=key) for title, key in titles]
    cameras = sorted((c.name, c.id) for c in stage.ctx.city.cameras if not c.is_private)
    word = stage.ctx.tr("Kamera {name}")
    return found + [Offer(title=word.format(name=name), panel="cameras", options={"cameras": [key]}) for name, key in cameras]


class TileList(QListWidget):
    """``chosen``: (panel, options)."""

    chosen = Signal(str, object)

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self._needle = ""
        self._offers: list[Offer] = []
        self.setAccessibleName(stage.ctx.tr("Panel dan kamera"))
        self.setIconSize(ICON)
        self.setDragEnabled(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemDoubleClicked.connect(self._choose)
        stage.ctx.look.changed.connect(self.fill)

    def fill(self) -> None:
        """Once the panels are imported, and when the colours are others."""
        self._offers = offers(self._stage)
        self.clear()
        sketcher = Sketcher(self._stage.ctx.look.theme, self._stage.ctx.city, lambda _panel: "")
        drawn: dict[str, QIcon] = {}
        for offer in self._offers:
            if offer.panel not in drawn:
                drawn[offer.panel] = _icon(sketcher, offer.panel)
            item = QListWidgetItem(drawn[offer.panel], offer.title, self)
            item.setData(TOLD_ROLE, json.dumps({"panel": offer.panel, "options": offer.options}))
        self.filter(self._needle)

    def filter(self, needle: str) -> None:
        self._needle = needle
        for number, offer in enumerate(self._offers):
            self.setRowHidden(number, needle.casefold() not in f"{offer.title} {offer.panel}".casefold())
        item = self.current()
        if item is None or item.isHidden():
            first = next((n for n in range(self.count()) if not self.isRowHidden(n)), -1)
            self.setCurrentRow(first)

    def current(self) -> QListWidgetItem | None:
        return self.currentItem()

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        mime = QMimeData()
        mime.setData(TILE_MIME, str(items[0].data(TOLD_ROLE)).encode())
        return mime

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.choose_current()
            return
        super().keyPressEvent(event)

    def choose_current(self) -> None:
        item = self.current()
        if item is not None and not item.isHidden():
            self._choose(item)

    def _choose(self, item: QListWidgetItem) -> None:
        told = json.loads(item.data(TOLD_ROLE))
        self.chosen.emit(told["panel"], told["options"])


def _icon(sketcher: Sketcher, panel: str) -> QIcon:
    picture = QPixmap(ICON * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sketcher.draw(painter, Slot(panel=panel, cell=(0, 0, 1, 1)), QRectF(0, 0, ICON.width(), ICON.height()))
    painter.end()
    return QIcon(picture)
