"""One of many, found by typing: a field that filters and a list that Up and Down walk through. Names in both languages count."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from rapidfuzz import fuzz, utils

from controlroom.console.kit.sheet import give_role
from controlroom.console.look import DeskLook
from controlroom.console.page import DeskContext
from widgets.kit.canvas import font, plain

LIKE_ENOUGH = 68
"""Of 100: a slip of the finger still finds its word, another word does not."""

MOST_FOUND = 40
_KEY = Qt.ItemDataRole.UserRole
_CHOICE = Qt.ItemDataRole.UserRole.value + 1


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """``terms``: other words it is found by."""

    key: str
    name: str
    note: str = ""
    terms: tuple[str, ...] = ()


def matching(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """What begins with the text, then what has it inside, then what is nearly spelt so; all of them for an empty text."""
    wanted = utils.default_process(text)
    if not wanted:
        return list(choices)
    scored = [(score, place) for place, choice in enumerate(choices) if (score := _score(wanted, choice)) >= LIKE_ENOUGH]
    return [choices[place] for _, place in sorted(scored, key=lambda one: (-one[0], one[1]))]


def _score(wanted: str, choice: Choice) -> float:
    """100 and more for the letters themselves; below that how alike a word is."""
    best = 0.0
    for term in (choice.name, *choice.terms):
        words = utils.default_process(term)
        if words.startswith(wanted):
            return 130.0 + 20 * len(wanted) / len(words)
        if any(word.startswith(wanted) for word in words.split()):
            best = max(best, 120.0)
        elif wanted in words:
            best = max(best, 110.0)
        elif len(wanted) >= 3:
            # A word that is only begun is held against as many letters of each word.
            begun = max((fuzz.ratio(wanted, word[: len(wanted)]) for word in words.split()), default=0.0)
            best = max(best, begun if begun >= 75 else 0.0, fuzz.ratio(wanted, words))
    return best


class Pick(QWidget):
    """``chosen``: Enter or a double click; ``changed``: another one is the current one."""

    chosen = Signal(str)
    changed = Signal(str)

    def __init__(self, ctx: DeskContext, prompt: str, *, rows: int = 3, is_optional: bool = False) -> None:
        super().__init__()
        self._choices: Sequence[Choice] = ()
        self._is_optional = is_optional
        self.field = QLineEdit()
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.field.setMaxLength(80)
        self.list = _Found(ctx.look, ctx.tr("tidak ada yang cocok"))
        give_role(self.list, "in")
        self.list.setItemDelegate(_Rows(ctx.look, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(rows * ROW + 4)
        self.list.setAccessibleName(prompt)
        self.list.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.setFocusProxy(self.field)
        self.field.installEventFilter(self)
        self.list.installEventFilter(self)
        self.field.textEdited.connect(self._typed)
        self.list.itemDoubleClicked.connect(self._choose)
        self.list.currentRowChanged.connect(self._turned)

    @property
    def current(self) -> str | None:
        """The key; ``None`` while nothing fits, or for an optional one nothing was typed."""
        at = self.list.currentRow()
        return str(self.list.item(at).data(_KEY)) if 0 <= at < self.list.count() else None

    def set_choices(self, choices: Sequence[Choice], *, keeps: bool = True) -> None:
        """``keeps``: what is chosen and typed stays."""
        if choices == self._choices:
            return
        kept = self.current if keeps else None
        self._choices = choices
        if not keeps:
            self.field.clear()
        self._filter(kept)

    def type_in(self, letters: str) -> None:
        """As if they had been typed here."""
        self.setFocus()
        self.field.insert(letters)
        self._filter()

    def set_current(self, key: str | None) -> None:
        self.field.clear()
        self._filter(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return False
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down if watched is self.field:
                step = -1 if event.key() == Qt.Key.Key_Up else 1
                self.list.setCurrentRow(min(self.list.count() - 1, max(0, self.list.currentRow() + step)))
                return True
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose()
                return True
            case Qt.Key.Key_Escape if self.field.text():
                self.field.clear()
                self._filter(self.current)
                return True
            case _:
                return False

    def _typed(self, _text: str) -> None:
        self._filter()

    def _turned(self, _row: int) -> None:
        self.changed.emit(self.current or "")

    def _choose(self) -> None:
        if self.current is not None:
            self.chosen.emit(self.current)

    def _filter(self, wanted: str | None = None) -> None:
        before = self.current
        found = matching(self.field.text(), self._choices)[:MOST_FOUND]
        self.list.blockSignals(True)
        self.list.clear()
        for choice in found:
            item = QListWidgetItem(plain(choice.name), self.list)
            item.setData(_KEY, choice.key)
            item.setData(_CHOICE, choice)
            item.setSizeHint(QSize(0, ROW))
        place = next((at for at, one in enumerate(found) if one.key == wanted), 0)
        is_asked = wanted is not None or not self._is_optional or bool(self.field.text().strip())
        self.list.setCurrentRow(place if is_asked else -1)
        self.list.blockSignals(False)
        if self.current != before:
            self.changed.emit(self.current or "")


ROW = 46


class _Found(QListWidget):
    """Says so where nothing was found."""

    def __init__(self, look: DeskLook, nothing: str) -> None:
        super().__init__()
        self._look, self._nothing = look, nothing

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count() == 0:
            theme, painter = self._look.theme, QPainter(self.viewport())
            painter.setFont(font(theme.text_family, 15, 400))
            painter.setPen(QColor(theme.palette.ink2))
            painter.drawText(QRectF(0, 0, self.viewport().width(), ROW), Qt.AlignmentFlag.AlignVCenter, self._nothing)
            painter.end()


class _Rows(QStyledItemDelegate):
    """Name over note, and a ring that is filled for the current one."""

    def __init__(self, look: DeskLook, parent: QListWidget) -> None:
        super().__init__(parent)
        self._look = look
        look.changed.connect(parent.viewport().update)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        choice: Choice = index.data(_CHOICE)
        c, theme = self._look.theme.palette, self._look.theme
        box, is_current = QRectF(option.rect), bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(box.x(), box.y(), box.width(), 1), QColor(c.line))
        painter.setPen(QPen(QColor(c.sel if is_current else c.line2), 6 if is_current else 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = 12 if is_current else 16
        painter.drawEllipse(QRectF(box.x() + 11 - ring / 2, box.center().y() - ring / 2, ring, ring))
        left, wide = box.x() + 30, box.width() - 36
        lines = [(choice.name, 16, 600, c.ink), (choice.note, 15, 400, c.ink2)] if choice.note else [(choice.name, 16, 600, c.ink)]
        top = box.center().y() - len(lines) * 10
        for text, size, weight, colour in lines:
            face = font(theme.text_family, size, weight)
            painter.setFont(face)
            painter.setPen(QColor(colour))
            line = QFontMetricsF(face).elidedText(plain(text), Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QRectF(left, top, wide, 20), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
            top += 20
        painter.restore()
