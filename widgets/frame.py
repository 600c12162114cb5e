"""PanelFrame: what the application draws around every panel, the same everywhere.

Ground, title, as-of and source, freshness chip, simulated mark, veil of a stale panel, error card. A native
panel (the map) gets the same facts through ``Panel.set_status`` and its page draws them.
"""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import Freshness, worst
from widgets.kit.canvas import REGULAR, SEMIBOLD, WIDE_U, Canvas
from widgets.kit.chip import GAP, ChipPlan, chip_plans, draw_chips, plan_bare_chips
from widgets.kit.chip import HEIGHT as CHIP_HEIGHT
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Theme
from widgets.panel import FrameStatus, Panel, PanelSpec, Seams, behind

TITLE_SPACING = -0.01


class PanelFrame(QWidget):
    """Holds one panel, or the error card that stands in its slot."""

    def __init__(
        self, spec: PanelSpec | None, theme: Theme, scale: float, text: Numerals, tr: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
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
        self._told = FrameStatus()
        self._judged = Freshness.LIVE
        self._is_mute = False
        self._veil = _Veil(self)
        self._veil.hide()

    @property
    def meta(self) -> str:
        return self._meta

    @property
    def is_failed(self) -> bool:
        return self._fault is not None

    @property
    def is_page_drawn(self) -> bool:
        """Whether a page draws this frame: a native panel's, as long as it answers."""
        return self.spec is not None and self.spec.is_native and self._fault is None and not self._is_mute

    def draw_on(self, painter: QPainter) -> None:
        """Draws the frame and its panel as they would paint now; counts as no painting of theirs."""
        if self.panel is not None:
            self.panel.is_copied = True
        try:
            self.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        finally:
            if self.panel is not None:
                self.panel.is_copied = False

    def hold(self, panel: Panel) -> None:
        """Takes the panel in and listens to what it says of itself."""
        self.panel = panel
        panel.setParent(self)
        panel.described.connect(self._on_described)
        panel.counted.connect(self._on_counted)
        panel.judged.connect(self._on_judged)
        panel.muted.connect(self._on_muted)
        panel.failed.connect(self.fail)
        panel.recovered.connect(self.recover)
        panel.setGeometry(self.rect())
        panel.show()
        self._veil.raise_()

    def set_status(self, status: FrameStatus) -> None:
        """Draws the panel's freshness: that of its topics or, when that is worse, its own; an error stands above both."""
        self._told = status
        if worst([status.freshness, self._judged]) is not status.freshness:
            status = msgspec.structs.replace(status, freshness=self._judged, age_s=None)
        if self._fault is not None:
            status = msgspec.structs.replace(status, freshness=Freshness.ERROR, error=self._fault[0], remedy=self._fault[1])
        if status == self.status:
            return
        self.status = status
        if self.panel is not None:
            self.panel.set_status(status)
        self._show_veil()

    def set_theme(self, theme: Theme) -> None:
        """Draws itself and its panel with another palette from now on."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)
        self._veil.update()
        self.update()

    def stand(self, rect: tuple[int, int, int, int], seams: Seams) -> None:
        """Stands elsewhere or in another size from now on (parent's pixels), with the panel it holds."""
        self.setGeometry(*rect)
        if self.panel is not None:
            self.panel.set_seams(seams)
            self._forget_painting(self.panel)
            self.panel.update()
        self.update()

    def park(self) -> None:
        """Hides itself with its panel, to stand again in another layout; ``unpark`` shows both."""
        self.hide()
        if self.panel is not None:
            self._forget_painting(self.panel)
            self.panel.set_parked(True)

    def _forget_painting(self, panel: Panel) -> None:
        """What it painted elsewhere or before is no painting where it stands; a native panel's page says itself what it shows."""
        if self.spec is None or not self.spec.is_native:
            panel.painted_at = None

    def unpark(self) -> None:
        self.show()
        if self.panel is not None:
            self.panel.set_parked(False)

    def _show_veil(self) -> None:
        is_veiled = self.status.freshness in (Freshness.STALE, Freshness.OFFLINE, Freshness.ERROR)
        self._veil.setVisible(is_veiled and not self.is_page_drawn)
        self._veil.raise_()
        self._veil.update()
        self.update()

    def fail(self, reason: str, remedy: str) -> None:
        """Shows GALAT with the reason and what to do, in this slot only."""
        is_native = self.is_page_drawn
        self._fault = (reason, remedy)
        if self.panel is not None and is_native:
            self.panel.hide()
        self.set_status(self._told)

    def recover(self) -> None:
        """Takes the error card away; the next status decides what is shown."""
        if self._fault is None:
            return
        self._fault = None
        if self.panel is not None:
            self.panel.show()
        self.set_status(self._told)

    def _on_described(self, text: str) -> None:
        if text != self._meta:
            self._meta = text
            self.update()

    def _on_counted(self, text: str) -> None:
        if text != self._addition:
            self._addition = text
            self.update()

    def _on_judged(self, freshness: Freshness) -> None:
        if freshness is not self._judged:
            self._judged = freshness
            self.set_status(self._told)

    def _on_muted(self, is_mute: bool) -> None:
        if is_mute is not self._is_mute:
            self._is_mute = is_mute
            self._show_veil()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.panel is not None:
            self.panel.setGeometry(self.rect())
        self._veil.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._theme, self._theme.palette, self._scale) as canvas:
            self.paint(canvas)

    def paint(self, canvas: Canvas) -> None:
        colours = self._theme.palette
        chrome = self._chrome(canvas)
        if chrome != "clear":
            canvas.rect(0, 0, canvas.width, canvas.height, colours.panel, radius=canvas.space.radius)
        if self.is_page_drawn or chrome == "clear":
            return
        if self.status.is_simulated:
            self._paint_simulated_edge(canvas)
        if chrome == "titled":
            padding = canvas.space.padding if self.spec is not None and self.spec.is_narrow_padded else canvas.padding
            self._paint_heading(canvas, padding, canvas.width - padding)
            return
        self._paint_bare_chips(canvas)

    def _chrome(self, canvas: Canvas) -> str:
        if self.spec is None:
            return "titled"
        return "bare" if canvas.height < self.spec.bare_below else self.spec.chrome

    def _corner(self) -> str:
        if self.spec is None:
            return "top"
        return "middle" if self.spec.bare_below else self.spec.chip_corner

    def _bare_chips(self, canvas: Canvas) -> ChipPlan:
        corner = self._corner()
        return plan_bare_chips(canvas, self.status, self._tr, self._text, corner=corner, addition=self._addition)

    def _paint_bare_chips(self, canvas: Canvas) -> None:
        plan = self._bare_chips(canvas)
        right = canvas.width - canvas.space.padding
        corner = self._corner()
        top = {"top": canvas.space.title_top, "middle": (canvas.height - CHIP_HEIGHT) / 2, "bottom": canvas.height - CHIP_HEIGHT - 12}[
            corner
        ]
        draw_chips(canvas, plan, self.status.freshness, right, top)

    def _paint_simulated_edge(self, canvas: Canvas) -> None:
        """Stripes along the top edge, within the panel's round corners."""
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(0, 0, canvas.width, canvas.height), canvas.space.radius, canvas.space.radius)
        canvas.painter.save()
        canvas.painter.setClipPath(ground, Qt.ClipOperation.IntersectClip)
        canvas.hatch(0, 0, canvas.width, 12 if canvas.height >= 120 else 8, canvas.colours.sim, pitch=12)
        canvas.painter.restore()

    def _paint_heading(self, canvas: Canvas, left: float, right: float) -> None:
        """Title, chips, second line; in a narrow slot the chips give way before the title does."""
        colours = self._theme.palette
        title = self._tr(self.spec.title) if self.spec is not None else ""
        plans = chip_plans(canvas, self.status, self._tr, self._text, addition=self._addition)
        sizes = (canvas.type.title, 48.0, 44.0, canvas.type.body, canvas.type.small)
        widths = {size: canvas.text_width(title, size, SEMIBOLD, spacing=TITLE_SPACING) for size in sizes}
        room = right - left + GAP - 12
        fitting = ((plan, size) for plan in plans for size in sizes if plan.width + widths[size] <= room)
        plan, size = next(fitting, (plans[-1], sizes[-1]))
        draw_chips(canvas, plan, self.status.freshness, right, canvas.space.title_top)
        end = right - plan.width + (GAP - 8 if plan.width else 0)
        drop = 0.8636 * (canvas.type.title - size)
        title_width = canvas.text(
            left, canvas.space.title_top + drop, title, size, colours.ink, weight=SEMIBOLD, max_width=end - left, spacing=TITLE_SPACING
        )
        small = canvas.type.small
        meta = " · ".join(filter(None, [behind(self.status, self._tr), self._meta]))
        if canvas.width >= WIDE_U:
            start = left + title_width + 40
            canvas.text(start, canvas.space.title_top + 12, meta, small, colours.ink3, max_width=end - start - 8)
        elif canvas.has_second_line:
            canvas.text(left, canvas.space.second_line_top, meta, small, colours.ink3, max_width=right - left)

    def paint_veil(self, canvas: Canvas) -> None:
        """Over the panel: hatch when old or cut off, the card when something failed."""
        colours = self._theme.palette
        is_titled = self._chrome(canvas) == "titled"
        if self.status.freshness is not Freshness.ERROR:
            if self.spec is None or self.spec.chrome != "clear":
                top = 90 if is_titled else 0
                canvas.hatch(0, top, canvas.width, canvas.height - top, colours.ink3, pitch=26, stroke=3, opacity=0.2)
                if not is_titled:
                    self._paint_bare_chips(canvas)
            return
        canvas.rect(0, 0, canvas.width, canvas.height, colours.panel, radius=canvas.space.radius)
        self.paint(canvas)
        self._paint_card(canvas, is_titled)

    def _paint_card(self, canvas: Canvas, is_titled: bool) -> None:
        """What happened and what to do, in as many lines as the slot has."""
        colours = self._theme.palette
        reason = self.status.error or self._tr("Panel ini gagal")
        left = canvas.padding if is_titled else canvas.space.padding
        top = canvas.content_top if is_titled else 6.0
        room = canvas.height - top - 6
        width = canvas.width - 2 * left
        if not is_titled:
            width -= self._bare_chips(canvas).width
        most = min(4, max(2, int(room // 48) - 1))
        lines = [(line, canvas.type.body, SEMIBOLD, colours.ink) for line in canvas.wrap(reason, canvas.type.body, width, most, SEMIBOLD)]
        lines += [
            (line, canvas.type.small, REGULAR, colours.ink2) for line in canvas.wrap(self.status.remedy or "", canvas.type.small, width, 3)
        ]
        lines = lines[: max(1, int(room // 46))]
        y = top + max(0.0, (room - 48 * len(lines)) / 2 - 4)
        for line, size, weight, ink in lines:
            canvas.text(left, y + 4, line, size, ink, weight=weight, max_width=width)
            y += 48


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
