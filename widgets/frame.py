"""PanelFrame: what the application draws around every panel, the same everywhere.

Ground, title, as-of and source, freshness chip, simulated mark, veil of a stale panel, error card. A native
panel (the map) gets the same facts through ``Panel.set_status`` and its page draws them.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

import msgspec

from feeds.messages.freshness import Freshness
from widgets.kit.canvas import CENTRE, SEMIBOLD, Canvas
from widgets.kit.chip import HEIGHT as CHIP_HEIGHT
from widgets.kit.chip import chip_words, draw_chip, draw_simulated_chip
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Theme
from widgets.panel import FrameStatus, Panel, PanelSpec

WIDE_U = 900.0
"""From this width on a panel has wider padding and its second line beside the title (wall units)."""


class PanelFrame(QWidget):
    """Holds one panel, or the error card that stands in its slot."""

    def __init__(self, spec: PanelSpec | None, theme: Theme, scale: float, text: Numerals, tr: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.panel: Panel | None = None
        self.status = FrameStatus()
        self._theme = theme
        self._scale = scale
        self._text = text
        self._tr = tr
        self._meta = ""
        self._addition = ""
        self._fault: tuple[str, str] | None = None
        self._veil = _Veil(self)
        self._veil.hide()

    @property
    def meta(self) -> str:
        return self._meta

    @property
    def is_failed(self) -> bool:
        return self._fault is not None

    def hold(self, panel: Panel) -> None:
        """Takes the panel in and listens to what it says of itself."""
        self.panel = panel
        panel.setParent(self)
        panel.described.connect(self._on_described)
        panel.counted.connect(self._on_counted)
        panel.failed.connect(self.fail)
        panel.recovered.connect(self.recover)
        panel.setGeometry(self.rect())
        panel.show()
        self._veil.raise_()

    def set_status(self, status: FrameStatus) -> None:
        """Draws the panel's freshness; an error of the frame itself stands above it."""
        if self._fault is not None:
            status = msgspec.structs.replace(status, freshness=Freshness.ERROR, error=self._fault[0], remedy=self._fault[1])
        if status == self.status:
            return
        self.status = status
        if self.panel is not None:
            self.panel.set_status(status)
        is_veiled = status.freshness in (Freshness.STALE, Freshness.OFFLINE, Freshness.ERROR)
        self._veil.setVisible(is_veiled and not self._is_native())
        self._veil.raise_()
        self._veil.update()
        self.update()

    def fail(self, reason: str, remedy: str) -> None:
        """Shows GALAT with the reason and what to do, in this slot only."""
        self._fault = (reason, remedy)
        if self.panel is not None and self._is_native():
            self.panel.hide()
        self.set_status(msgspec.structs.replace(self.status, freshness=Freshness.ERROR))

    def recover(self) -> None:
        """Takes the error card away; the next status decides what is shown."""
        if self._fault is None:
            return
        self._fault = None
        if self.panel is not None:
            self.panel.show()
        self.set_status(msgspec.structs.replace(self.status, freshness=Freshness.WAITING, error=None, remedy=None))

    def _is_native(self) -> bool:
        return self.spec is not None and self.spec.is_native and self._fault is None

    def _on_described(self, text: str) -> None:
        if text != self._meta:
            self._meta = text
            self.update()

    def _on_counted(self, text: str) -> None:
        if text != self._addition:
            self._addition = text
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.panel is not None:
            self.panel.setGeometry(self.rect())
        self._veil.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._theme, self._theme.palette, self._scale) as canvas:
            self.paint(canvas)

    def paint(self, canvas: Canvas) -> None:
        colours = self._theme.palette
        chrome = self.spec.chrome if self.spec is not None else "titled"
        if chrome != "clear":
            canvas.rect(0, 0, canvas.width, canvas.height, colours.panel, radius=12)
        if self._is_native():
            return
        if self.status.is_simulated and chrome != "clear":
            canvas.hatch(0, 0, canvas.width, 12, colours.sim)
        padding = 40.0 if canvas.width >= 1400 else 28.0
        left_of_chips = self._paint_chips(canvas, canvas.width - padding, chrome)
        if chrome != "titled" or self.spec is None:
            return
        title_width = canvas.text(
            padding, 24, self._tr(self.spec.title), 52, colours.ink, weight=SEMIBOLD, max_width=left_of_chips - padding - 20
        )
        if canvas.width >= WIDE_U:
            start = padding + title_width + 40
            canvas.text(start, 36, self._meta, 36, colours.ink3, max_width=left_of_chips - start - 24)
        else:
            canvas.text(padding, 92, self._meta, 36, colours.ink3, max_width=canvas.width - 2 * padding)

    def _paint_chips(self, canvas: Canvas, right: float, chrome: str) -> float:
        """Draws the chips from the right edge on and returns where they begin."""
        if chrome == "clear":
            return right
        corner = self.spec.chip_corner if self.spec is not None else "top"
        top = {"top": 24.0, "middle": (canvas.height - CHIP_HEIGHT) / 2, "bottom": canvas.height - CHIP_HEIGHT - 12}[corner]
        left = right
        status = self.status
        if not status.is_simulated or status.freshness is not Freshness.LIVE or self._addition:
            words = chip_words(status.freshness, status.age_s, self._tr, self._text, addition=self._addition)
            left = draw_chip(canvas, left, top, status.freshness, words) - 16
        if status.is_simulated:
            left = draw_simulated_chip(canvas, left, top, self._tr("SIMULASI")) - 16
        return left

    def paint_veil(self, canvas: Canvas) -> None:
        """Over the panel: hatch when old or cut off, the card when something failed."""
        colours = self._theme.palette
        if self.status.freshness is not Freshness.ERROR:
            canvas.hatch(0, 90, canvas.width, canvas.height - 90, colours.ink3, pitch=26, stroke=3, opacity=0.28)
            return
        canvas.rect(0, 0, canvas.width, canvas.height, colours.panel, radius=12)
        self.paint(canvas)
        middle = canvas.height / 2
        width = canvas.width - 56
        canvas.text(canvas.width / 2, middle - 20, self.status.error or self._tr("Panel ini gagal"), 40, colours.ink, weight=SEMIBOLD, align=CENTRE, max_width=width)
        canvas.text(canvas.width / 2, middle + 36, self.status.remedy or "", 36, colours.ink2, align=CENTRE, max_width=width)


class _Veil(QWidget):
    """The frame's layer above the panel; lets the mouse through."""

    def __init__(self, frame: PanelFrame) -> None:
        super().__init__(frame)
        self._frame = frame
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        frame = self._frame
        with Canvas(self, frame._theme, frame._theme.palette, frame._scale) as canvas:  # pyright: ignore[reportPrivateUsage]
            frame.paint_veil(canvas)
