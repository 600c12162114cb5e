"""Small pieces the report pages are made of: plain labels, cards, buttons that show their key, marks and icons. Knows no report."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_hint, words
from controlroom.console.look import DeskLook
from feeds.messages.report import ReportState
from widgets.kit.canvas import Canvas, plain
from widgets.kit.icons import draw_icon
from widgets.kit.marks import draw_mark

MOST_SHOWN = 20_000
"""Letters of one text that are laid out; a report's own words are at most 4,000."""


def style(look: DeskLook) -> str:
    """What the report pages add to the desk's own sheet (``controlroom.console.kit.sheet``)."""
    c, s = look.theme.palette, look.sizes
    return f"""
QFrame[role="well"] {{ background: {c.bg}; border: none; border-radius: {s.radius}px; }}
QFrame[role="banner"] {{ background: {c.raised}; border: 2px solid {c.yellow}; border-radius: {s.radius}px; }}
QFrame[role="tray"] {{ background: {c.bg}; border: 2px solid {c.sel}; border-radius: {s.radius}px; }}
QFrame[role="rim"] {{ background: {c.raised}; border: 2px dashed {c.sel}; border-radius: {s.radius}px; }}
QLabel[role="words"] {{ font-size: {s.strong}px; }}
QLabel[role="heading"] {{ font-weight: 600; color: {c.ink2}; }}
QLabel[role="plate"] {{ background: {c.bg}; border: 1px solid {c.line2}; border-radius: 5px; padding: 6px 8px; }}
QPushButton[role="pill"] {{ background: transparent; border: 1px solid {c.line2}; border-radius: 13px; padding: 0 10px; color: {c.ink2};
  min-height: 24px; max-height: 24px; font-weight: 500; }}
QPushButton[role="pill"]:hover {{ border-color: {c.ink3}; color: {c.ink}; }}
QPushButton[role="pill"]:focus {{ border: 2px solid {c.sel}; color: {c.ink}; }}
QPushButton[role="pill"]:disabled {{ color: {c.ink3}; border-color: {c.line}; }}
QPushButton[role="key"] {{ min-height: {s.field - 4}px; padding: 0 10px; }}
QPushButton[role="key"]:checked {{ background: {c.sel}; color: {c.bg}; border-color: {c.sel}; font-weight: 600; }}
QPushButton[role="key"]:checked:focus {{ border-color: {c.ink}; }}
QListWidget[role="in"] {{ background: transparent; }}
QListWidget[role="in"]::item {{ padding: 4px 6px; border: none; border-radius: 5px; }}
QListWidget[role="in"]::item:selected {{ background: {c.raised}; border-left: 4px solid {c.sel}; color: {c.ink}; }}
"""


def label(text: str = "", role: str = "", *, wraps: bool = False) -> QLabel:
    """Text of anybody: never markup. Selectable where it wraps."""
    made = words(text[:MOST_SHOWN], role, wraps=wraps)
    if wraps:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def card(role: str = "well", margin: int = 12) -> tuple[QFrame, QVBoxLayout]:
    """A framed box and the column inside it."""
    frame = QFrame()
    give_role(frame, role)
    column = QVBoxLayout(frame)
    column.setContentsMargins(margin, margin - 2, margin, margin - 2)
    column.setSpacing(6)
    return frame, column


def row(*parts: QWidget | int, spacing: int = 8) -> QHBoxLayout:
    """Side by side; a number is room that stretches."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            made.addStretch(part)
        else:
            made.addWidget(part)
    return made


def emptied(layout: QLayout) -> None:
    """Takes everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            emptied(inner)


def with_key(text: str, keys: str) -> str:
    """A button's words and its key beside them."""
    return f"{text}  {keys}"


class FitArea(QScrollArea):
    """As high as what it holds where there is room, scrolled where there is not."""

    def __init__(self, least: int = 120) -> None:
        super().__init__()
        self._least = least
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        inner = self.widget()
        return inner.sizeHint() if inner is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(100, min(self._least, self.sizeHint().height()))


class Flow(QWidget):
    """Its widgets in a row, and in as many more rows as they need; hidden ones take no room."""

    def __init__(self, gap: int = 6) -> None:
        super().__init__()
        self._gap = gap
        self._parts: list[QWidget] = []

    def add(self, part: QWidget) -> None:
        part.setParent(self)
        self._parts.append(part)

    def clear(self) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []

    def arrange(self) -> None:
        """After parts were shown, hidden or renamed."""
        x = y = high = 0
        for part in (one for one in self._parts if not one.isHidden()):
            size = part.sizeHint()
            if x and x + size.width() > self.width():
                x, y = 0, y + high + self._gap
            part.setGeometry(x, y, size.width(), size.height())
            x, high = x + size.width() + self._gap, size.height()
        self.setFixedHeight(y + high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()


class Mark(QWidget):
    """The mark of a report's state."""

    def __init__(self, look: DeskLook, size: int = 26, state: ReportState | None = None) -> None:
        super().__init__()
        self._look, self._state = look, state
        self.setFixedSize(QSize(size, size))

    def set_state(self, state: ReportState | None, name: str) -> None:
        self._state = state
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._state is None:
            return
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            draw_mark(canvas, self._state, self.width() / 2, self.height() / 2, self.width() * 0.78)


class KeyButton(QFrame):
    """An action as a large button with its key under it; the key's place tells why where the action is off."""

    def __init__(self, look: DeskLook, action: QAction, icon: str) -> None:
        super().__init__()
        self._look, self._action, self._icon = look, action, icon
        self._hovers = False
        self.is_primary = False
        self.why_not = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(look.sizes.button + 24)
        self.setMinimumWidth(60)
        self.setAccessibleName(action.text())
        action.changed.connect(self.update)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._action.text())
        return QSize(width + 62, self._look.sizes.button + 24)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._hovers = event.type() == QEvent.Type.Enter
            self.update()
        return super().event(event)

    def mouseReleaseEvent(self, event: object) -> None:
        self._action.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._action.trigger()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, is_on = self._look.theme.palette, not self.why_not
        high = self._look.sizes.button
        with Canvas(self, self._look.theme, c, 1.0) as canvas:
            ink = c.ink3 if not is_on else c.bg if self.is_primary else c.ink
            if is_on:
                canvas.rect(0, 0, self.width(), high, c.sel if self.is_primary else c.raised, radius=8)
            rim = c.ink if self.hasFocus() else c.ink3 if self._hovers and is_on else c.sel if self.is_primary and is_on else c.line2
            canvas.outline(0, 0, self.width(), high, rim, 2 if self.hasFocus() else 1, radius=8)
            name = self._action.text()
            has_icon = self.width() >= canvas.text_width(name, 16, 600) + 40
            wide = min(canvas.text_width(name, 16, 600), self.width() - 10)
            left = (self.width() - wide - (28 if has_icon else 0)) / 2
            if has_icon:
                draw_icon(canvas, self._icon, left, high / 2 - 10, 20, ink, stroke=2)
                left += 28
            canvas.text(left, high / 2 - 8, name, 16, ink, weight=600 if is_on else 500, max_width=self.width() - 8)
            below = key_hint(self._action) if is_on else self.why_not
            canvas.text(self.width() / 2, high + 5, below, 15, c.ink3, align="centre", max_width=self.width() + 4)


class Bar(QWidget):
    """How much of a clock's time has gone, 0 to 1; full and rimmed when it is over."""

    def __init__(self, look: DeskLook) -> None:
        super().__init__()
        self._look = look
        self._share, self._colour = 0.0, "ink3"
        self.setFixedHeight(8)

    def show_share(self, share: float, colour: str) -> None:
        self._share, self._colour = min(1.0, max(0.0, share)), colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._look.theme.palette
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), 8), QColor(c.line))
        painter.fillRect(QRectF(0, 0, self.width() * self._share, 8), QColor(getattr(c, self._colour)))
        painter.end()


def one_line(text: str, most: int = 200) -> str:
    """A stranger's text on one line, cut."""
    line = plain(text)
    return line if len(line) <= most else line[: most - 1] + "…"
