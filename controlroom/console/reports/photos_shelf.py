"""Pictures of reports by content hash, fetched from the desk's doors once and kept while they are likely to be looked at again."""

from collections import OrderedDict

import structlog
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QImage, QImageReader

from controlroom.console.desk_api import DeskApi, Trouble

MOST_KEPT = 24
MOST_PIXELS = 25_000_000

_log = structlog.get_logger("controlroom.console")


class PictureShelf(QObject):
    """Of the GUI thread. ``changed(hash)``: a picture has come, or cannot come."""

    changed = Signal(str)

    def __init__(self, api: DeskApi, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._asked: set[str] = set()
        self._lost: set[str] = set()
        api.reached.connect(self._reached)

    def image(self, content_hash: str) -> QImage | None:
        """``None`` while it is on its way; then ``changed`` follows."""
        if content_hash in self._kept:
            self._kept.move_to_end(content_hash)
            return self._kept[content_hash]
        if content_hash not in self._asked and content_hash not in self._lost:
            self._asked.add(content_hash)
            self._api.fetch(
                f"/desk/media/{content_hash}",
                lambda content: self._came(content_hash, content),
                lambda trouble: self._failed(content_hash, trouble),
            )
        return None

    def is_lost(self, content_hash: str) -> bool:
        return content_hash in self._lost

    def forget(self) -> None:
        """Somebody else looks from now on."""
        self._kept.clear()
        self._lost.clear()

    def _came(self, content_hash: str, content: bytes) -> None:
        self._asked.discard(content_hash)
        image = decoded(content)
        if image is None:
            _log.warning("a picture cannot be read", picture=content_hash[:12], bytes=len(content))
            self._lost.add(content_hash)
        else:
            self._kept[content_hash] = image
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self.changed.emit(content_hash)

    def _failed(self, content_hash: str, trouble: Trouble) -> None:
        self._asked.discard(content_hash)
        self._lost.add(content_hash)
        self.changed.emit(content_hash)

    def _reached(self, is_reached: bool) -> None:
        """What could not be had while the doors were away is asked for again."""
        if is_reached and self._lost:
            again, self._lost = self._lost, set()
            for content_hash in again:
                self.changed.emit(content_hash)


def decoded(content: bytes) -> QImage | None:
    """A JPEG of a size that is sensible; ``None`` for anything else."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if bytes(reader.format().data()) != b"jpeg" or size.width() * size.height() > MOST_PIXELS:
        return None
    reader.setAutoTransform(True)
    image = reader.read()
    return None if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB32)
