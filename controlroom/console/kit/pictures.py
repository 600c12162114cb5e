"""Marks of states and icons of channels as pictures and as small widgets, in the colours of the desk's look."""

from functools import lru_cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from controlroom.console.look import DeskLook
from feeds.messages.report import Channel, ReportState
from widgets.kit.canvas import Canvas
from widgets.kit.conditions import Condition, draw_condition
from widgets.kit.icons import CHANNEL_ICONS, draw_icon
from widgets.kit.marks import RELATIVE_SIZE, draw_mark
from widgets.kit.palette import Theme

MARK = 22
"""Pixels of a state's mark in a list."""
ICON = 20


@lru_cache(maxsize=512)
def mark_picture(theme: Theme, state: ReportState, size: int = MARK, ratio: float = 1.0) -> QPixmap:
    """The mark of ``state``, its rim and halo inside ``size``; for delegates, which are called again and again."""
    image = _blank(size, ratio)
    with Canvas(image, theme, theme.palette, ratio) as canvas:
        draw_mark(canvas, state, size / 2, size / 2, 0.78 * size * RELATIVE_SIZE[state])
    return _sharp(image, ratio)


@lru_cache(maxsize=512)
def icon_picture(theme: Theme, name: str, role: str = "ink2", size: int = ICON, ratio: float = 1.0) -> QPixmap:
    """The icon ``name`` of ``widgets.kit.icons`` in the palette's colour ``role``."""
    image = _blank(size, ratio)
    with Canvas(image, theme, theme.palette, ratio) as canvas:
        draw_icon(canvas, name, 0, 0, size, getattr(theme.palette, role))
    return _sharp(image, ratio)


def icon_of(theme: Theme, name: str, role: str = "ink") -> QIcon:
    """For buttons and actions: sharp at one and at two pixels a point, paler when it may not be pressed."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(icon_picture(theme, name, role, ICON, ratio))
        made.addPixmap(icon_picture(theme, name, "ink3", ICON, ratio), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=128)
def condition_picture(theme: Theme, condition: Condition, size: int = MARK, ratio: float = 1.0) -> QPixmap:
    """How something stands, as its shape."""
    image = _blank(size, ratio)
    with Canvas(image, theme, theme.palette, ratio) as canvas:
        draw_condition(canvas, condition, size / 2, size / 2, 0.8 * size)
    return _sharp(image, ratio)


def channel_picture(theme: Theme, channel: Channel, role: str = "ink2", size: int = ICON, ratio: float = 1.0) -> QPixmap:
    return icon_picture(theme, CHANNEL_ICONS[channel], role, size, ratio)


def _blank(size: int, ratio: float) -> QImage:
    image = QImage(round(size * ratio), round(size * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _sharp(image: QImage, ratio: float) -> QPixmap:
    picture = QPixmap.fromImage(image)
    picture.setDevicePixelRatio(ratio)
    return picture


class MarkIcon(QWidget):
    """A state's mark that stands by itself. ``name``: what it says to who cannot see it."""

    def __init__(self, look: DeskLook, state: ReportState, name: str, size: int = MARK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._state = state
        self.setFixedSize(QSize(size, size))
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def show_state(self, state: ReportState, name: str) -> None:
        self._state = state
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            size = self.width()
            draw_mark(canvas, self._state, size / 2, size / 2, 0.78 * size * RELATIVE_SIZE[self._state])


class IconLabel(QWidget):
    """An icon of ``widgets.kit.icons`` that stands by itself, in the palette's colour ``role``."""

    def __init__(
        self, look: DeskLook, icon: str, name: str, *, role: str = "ink2", size: int = ICON, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._icon = icon
        self._role = role
        self.setFixedSize(QSize(size, size))
        self.setAccessibleName(name)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._look.theme.palette
        with Canvas(self, self._look.theme, colours, 1.0) as canvas:
            draw_icon(canvas, self._icon, 0, 0, self.width(), getattr(colours, self._role))


def channel_icon(look: DeskLook, channel: Channel, name: str, parent: QWidget | None = None) -> IconLabel:
    """``name``: the channel's name, which the icon alone does not say."""
    return IconLabel(look, CHANNEL_ICONS[channel], name, parent=parent)
