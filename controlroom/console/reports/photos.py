"""A report's pictures at the desk: large, one or two beside each other, zoomed by wheel and keys, in a window of their own by Enter.

Pictures are asked for by content hash; every look is written into the audit behind the doors, so only what is shown is fetched.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainterPath, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_words import picture_role
from controlroom.console.reports.detail_parts import label
from controlroom.console.reports.photos_shelf import PictureShelf
from feeds.messages.desk import Picture
from widgets.kit.canvas import Canvas
from widgets.kit.icons import draw_icon

MOST_ZOOM = 12.0
THUMB = QSize(72, 52)


class PictureView(QWidget):
    """Paints pictures side by side in equal boxes. ``opened``: Enter or a double click; ``turned``: an arrow key, -1 or 1."""

    opened = Signal()
    turned = Signal(int)

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._pictures: list[tuple[str, QImage | None, str]] = []
        self._zoom, self._shift = 1.0, QPointF()
        self._dragged: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(160)
        self.setAccessibleName(ctx.tr("Gambar laporan"))
        ctx.look.changed.connect(self.update)

    @property
    def zoom(self) -> float:
        return self._zoom

    def show_pictures(self, pictures: list[tuple[str, QImage | None, str]], *, keeps_view: bool = False) -> None:
        """What stands over each, its image (``None`` while it is on its way), and what is said instead of it."""
        self._pictures = pictures
        if not keeps_view:
            self._zoom, self._shift = 1.0, QPointF()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom_by(1.25)
            case Qt.Key.Key_Minus:
                self._zoom_by(0.8)
            case Qt.Key.Key_0:
                self._zoom_by(0.0)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.turned.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opened.emit()
            case _:
                super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y() and self._pictures:
            self._zoom_by(1.25 if event.angleDelta().y() > 0 else 0.8)
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragged = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None and self._zoom > 1:
            self._shift += event.position() - self._dragged
            self.update()
        self._dragged = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None

    def _zoom_by(self, factor: float) -> None:
        """0: as a whole again."""
        self._zoom = min(MOST_ZOOM, max(1.0, self._zoom * factor))
        if self._zoom == 1.0:
            self._shift = QPointF()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._ctx.look.theme, self._ctx.look.theme.palette, 1.0) as canvas:
            canvas.rect(0, 0, self.width(), self.height(), canvas.colours.bg, radius=8)
            if not self._pictures:
                draw_icon(canvas, "photo", self.width() / 2 - 20, self.height() / 2 - 36, 40, canvas.colours.ink3, stroke=1.5)
                canvas.text(self.width() / 2, self.height() / 2 + 12, self._ctx.tr("tanpa gambar"), 15, canvas.colours.ink3, align="centre")
            wide = self.width() / max(1, len(self._pictures))
            for place, (role, image, said) in enumerate(self._pictures):
                self._paint_one(
                    canvas, QRectF(place * wide + (2 if place else 0), 0, wide - (2 if place else 0), self.height()), image, said
                )
                if role:
                    canvas.rect(place * wide + 8, 8, canvas.text_width(role, 15, 500) + 16, 24, canvas.colours.bg, radius=5)
                    canvas.text(place * wide + 16, 12, role, 15, canvas.colours.ink, weight=500)
            if self.hasFocus():
                canvas.outline(0, 0, self.width(), self.height(), canvas.colours.sel, 2, radius=8)

    def _paint_one(self, canvas: Canvas, box: QRectF, image: QImage | None, said: str) -> None:
        if image is None:
            canvas.text(box.center().x(), box.center().y() - 8, said, 15, canvas.colours.ink3, align="centre", max_width=box.width() - 16)
            return
        fits = min(box.width() / image.width(), box.height() / image.height())
        # A picture of about the box's shape fills it; one of another shape is shown whole.
        fills = max(box.width() / image.width(), box.height() / image.height())
        scale = (fills if fills / fits < 1.2 else fits) * self._zoom
        size = QPointF(image.width() * scale, image.height() * scale)
        corner = box.center() - size / 2 + self._shift
        clip = QPainterPath()
        clip.addRoundedRect(box, 8, 8)
        canvas.painter.save()
        canvas.painter.setClipPath(clip)
        canvas.painter.drawImage(QRectF(corner.x(), corner.y(), size.x(), size.y()), image)
        canvas.painter.restore()


class _Thumb(QWidget):
    """One of several pictures, small."""

    chosen = Signal()

    def __init__(self, ctx: DeskContext, name: str, image: QImage | None, *, is_chosen: bool, is_passed: bool) -> None:
        super().__init__()
        self._ctx, self._image, self._is_chosen, self._is_passed = ctx, image, is_chosen, is_passed
        self.setFixedSize(THUMB)
        self.setAccessibleName(name)
        self.setToolTip(name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, self._ctx.look.theme, self._ctx.look.theme.palette, 1.0) as canvas:
            c = canvas.colours
            canvas.rect(0, 0, self.width(), self.height(), c.raised, radius=5)
            if self._image is not None:
                canvas.image(0, 0, self.width(), self.height(), self._image, radius=5)
            canvas.outline(0, 0, self.width(), self.height(), c.sel if self._is_chosen else c.line2, 3 if self._is_chosen else 1, radius=5)
            if self._is_passed:
                canvas.rect(self.width() - 24, 4, 20, 20, c.bg, radius=10)
                draw_icon(canvas, "check", self.width() - 22, 6, 16, c.ink, stroke=3)


class Photos(QWidget):
    """The pictures of one report. ``passing``: the picture to be let onto the wall or taken off it."""

    passing = Signal(str, bool)

    def __init__(self, ctx: DeskContext, shelf: PictureShelf) -> None:
        super().__init__()
        self._ctx, self._shelf = ctx, shelf
        self._pictures: Sequence[Picture] = ()
        self._chosen = 0
        self._is_pair = False
        self._may_pass = False
        self._window: _FullWindow | None = None
        self.view = PictureView(ctx)
        self.view.turned.connect(self.turn)
        self.view.opened.connect(self.open_window)
        self._thumbs = QHBoxLayout()
        self._thumbs.setSpacing(6)
        self._said: QLabel = label(role="second")
        self._pass = QPushButton()
        give_role(self._pass, "pill")
        self._pass.clicked.connect(self.toggle_pass)
        self._pass.hide()
        below = QHBoxLayout()
        below.addLayout(self._thumbs)
        below.addWidget(self._said, 1)
        below.addWidget(self._pass)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addLayout(below)
        shelf.changed.connect(self._came)

    @property
    def chosen(self) -> Picture | None:
        return self._pictures[self._chosen] if self._pictures else None

    def show_pictures(self, pictures: Sequence[Picture], *, may_pass: bool, is_other_report: bool) -> None:
        self._may_pass = may_pass
        if is_other_report:
            self._chosen = 0
            self._is_pair = _pair(pictures) is not None
        elif pictures == self._pictures:
            self._tell_pass()
            return
        self._pictures = pictures
        self._chosen = min(self._chosen, max(0, len(pictures) - 1))
        self._show(keeps_view=not is_other_report)

    def turn(self, by: int) -> None:
        """Pairs first, then one by one."""
        if not self._pictures:
            return
        self._is_pair = False
        self._chosen = (self._chosen + by) % len(self._pictures)
        self._show()

    def show_pair(self) -> None:
        """Before and after side by side, or one alone again."""
        self._is_pair = not self._is_pair and _pair(self._pictures) is not None
        self._show()

    def choose(self, place: int) -> None:
        self._chosen, self._is_pair = place, False
        self._show()

    def toggle_pass(self) -> None:
        if self._may_pass and (picture := self.chosen) is not None:
            self.passing.emit(picture.hash, not picture.is_passed)

    def open_window(self) -> None:
        if self._pictures and self._window is None:
            self._window = _FullWindow(self._ctx, self)
            self._window.closed.connect(self._window_closed)
            self._show(keeps_view=True)
            self._window.showFullScreen()

    def close_window(self) -> None:
        if self._window is not None:
            self._window.close()

    def _window_closed(self) -> None:
        self._window = None
        self.view.setFocus()

    def _came(self, _content_hash: str) -> None:
        self._show(keeps_view=True)

    def _show(self, *, keeps_view: bool = False) -> None:
        pair = _pair(self._pictures) if self._is_pair else None
        shown = pair or ((self.chosen,) if self.chosen is not None else ())
        parts = [(picture_role(one.role, self._ctx.tr), self._image(one), self._instead(one)) for one in shown]
        for view in (self.view, self._window.view if self._window is not None else None):
            if view is not None:
                view.show_pictures(parts, keeps_view=keeps_view)
        self._show_thumbs()
        self._tell(shown)
        self._tell_pass()

    def _image(self, picture: Picture) -> QImage | None:
        """Of a video its poster."""
        name = picture.poster or (picture.hash if picture.mime.startswith("image/") else None)
        return self._shelf.image(name) if name is not None else None

    def _instead(self, picture: Picture) -> str:
        tr = self._ctx.tr
        if not picture.mime.startswith("image/") and picture.poster is None:
            return tr("video tanpa gambar")
        is_lost = self._shelf.is_lost(picture.poster or picture.hash)
        return tr("gambar tidak dapat diambil") if is_lost else tr("mengambil gambar …")

    def _show_thumbs(self) -> None:
        while (item := self._thumbs.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if len(self._pictures) < 2:
            return
        for place, picture in enumerate(self._pictures[:8]):
            name = f"{place + 1}: {picture_role(picture.role, self._ctx.tr)}"
            thumb = _Thumb(self._ctx, name, self._image(picture), is_chosen=place == self._chosen, is_passed=picture.is_passed)
            thumb.chosen.connect(lambda place=place: self.choose(place))
            self._thumbs.addWidget(thumb)

    def _tell(self, shown: Sequence[Picture]) -> None:
        tr, parts = self._ctx.tr, list[str]()
        if self._pictures:
            parts.append(tr("{number} dari {count}").format(number=self._chosen + 1, count=len(self._pictures)))
        picture = shown[0] if shown else None
        if picture is not None and not picture.mime.startswith("image/"):
            parts.append(tr("video: gambar pembuka saja"))
        if picture is not None and picture.taken_at is not None:
            parts.append(tr("diambil {time}").format(time=self._ctx.text.when(picture.taken_at, self._ctx.now())))
        self._said.setText(" · ".join(parts))

    def _tell_pass(self) -> None:
        picture = self.chosen
        self._pass.setVisible(picture is not None and self._may_pass)
        if picture is not None:
            tr = self._ctx.tr
            self._pass.setText(tr("Tarik dari dinding  P") if picture.is_passed else tr("Loloskan ke dinding  P"))


def _pair(pictures: Sequence[Picture]) -> tuple[Picture, Picture] | None:
    """The first before and the last after."""
    before = next((one for one in pictures if one.role == "before"), None)
    after = next((one for one in reversed(pictures) if one.role == "after"), None)
    return (before, after) if before is not None and after is not None else None


class _FullWindow(QWidget):
    """The same pictures over the whole screen; Esc goes back."""

    closed = Signal()

    def __init__(self, ctx: DeskContext, photos: Photos) -> None:
        super().__init__(photos.window(), Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(ctx.tr("Gambar laporan"))
        self.view = PictureView(ctx)
        self.view.turned.connect(photos.turn)
        self.view.opened.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(self.backgroundRole(), QColor(ctx.look.theme.palette.bg))
        self.setPalette(palette)
        self.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: object) -> None:
        self.closed.emit()
