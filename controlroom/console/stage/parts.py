"""Small parts of page Dinding: a button that is an action with its key, a line with two ways out, the heads of the two pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.kit.chips import Chip
from controlroom.console.kit.pictures import icon_of
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_hint, words
from controlroom.console.look import DeskLook
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.status_line import decision, lease_line, stills_line
from widgets.kit.canvas import REGULAR, font

KEY_TYPE = 15


class ActionButton(QPushButton):
    """Says what the action says, with its key, and may be pressed when it may."""

    def __init__(self, action: QAction, role: str = "small", parent: QWidget | None = None, *, shows_key: bool = True) -> None:
        super().__init__(parent)
        give_role(self, role)
        self.action_shown = action
        self._shows_key = shows_key
        self.clicked.connect(self._on_clicked)
        action.changed.connect(self._refresh)
        self._refresh()

    def _on_clicked(self, _is_checked: bool = False) -> None:
        self.action_shown.trigger()

    def _refresh(self) -> None:
        key = key_hint(self.action_shown)
        text = self.action_shown.text()
        self.setText(f"{text}  {key}" if key and self._shows_key else text)
        self.setAccessibleName(text)
        self.setEnabled(self.action_shown.isEnabled())
        self.setToolTip("" if self.isEnabled() else self.action_shown.toolTip())


class Elided(QLabel):
    """A label that gives way instead of widening its column: what does not fit ends in an ellipsis."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            give_role(self, role)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        self.style().drawItemText(painter, room, int(self.alignment()), self.palette(), self.isEnabled(), text, self.foregroundRole())
        painter.end()


def elided(role: str = "", parent: QWidget | None = None) -> QLabel:
    return Elided(role, parent)


class TwoWays(QFrame):
    """A line that asks for a decision: what is the matter, and two buttons. Hidden until it has something to say."""

    def __init__(self, first: str, second: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "raised")
        self.label = words("", "", wraps=True, parent=self)
        self.first = QPushButton(first, self)
        self.second = QPushButton(second, self)
        buttons = QHBoxLayout()
        for button in (self.first, self.second):
            give_role(button, "small")
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.label)
        column.addLayout(buttons)
        self.hide()

    def say(self, text: str) -> None:
        """Empty: it goes away."""
        self.label.setText(text)
        self.setVisible(bool(text))


class OnAirHead(QWidget):
    """TAYANG, the title of what stands and how old its picture is; under it who took it when on how many monitors. Two lines, always."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.chip = Chip(stage.ctx.look, stage.ctx.tr("TAYANG"), tone="filled")
        self.title = elided("strong", self)
        self.age = words("", "second", parent=self)
        self.facts = elided("second", self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.chip)
        row.addWidget(self.title, 1)
        row.addWidget(self.age)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.facts)
        stage.changed.connect(self.refresh)
        stage.feed.ticked.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        stage, standing = self._stage, self._stage.standing()
        desk, state, text = stage.feed.desk, stage.feed.state, stage.ctx.text
        title = stage.shelf.title_of(standing) if standing is not None else (state.layout if state is not None else "")
        self.title.setText(title[:80])
        taken = desk.shown if desk is not None else None
        who = f"{text.minute(taken.at)} · {taken.name}" if taken is not None else ""
        revision = f"rev {desk.revision}" if desk is not None and desk.revision else ""
        self.facts.setText(" · ".join(part for part in (who, stage.monitors_line(), revision) if part) or " ")
        self.age.setText(stills_line(stage))


class LeaseChip(Chip):
    """Who holds the wall and how long still."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(stage.ctx.look, "", icon="lock", parent=parent)
        self._stage = stage
        stage.holding.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        text, tone = lease_line(self._stage)
        if text != self.text:
            self.show_fact(text, tone)


class WallChooser(QComboBox):
    """Hidden while there is one wall."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setAccessibleName(stage.ctx.tr("Dinding yang diatur"))
        self.activated.connect(self._on_chosen)
        stage.feed.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        walls = self._stage.feed.walls
        if [self.itemText(n) for n in range(self.count())] != walls:
            self.clear()
            self.addItems(walls)
        self.setCurrentIndex(self.findText(self._stage.feed.wall))
        self.setVisible(len(walls) > 1)

    def _on_chosen(self, index: int) -> None:
        self._stage.holding.release()
        self._stage.feed.choose(self.itemText(index))


class ReasonBox(QComboBox):
    """Why: typed, or one of those used before. What was typed stays until the wall has taken it."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(stage.ctx.tr("Sebab"))
        field = QLineEdit(self)
        field.setMaxLength(1_000)
        field.setPlaceholderText(stage.ctx.tr("Sebab (boleh kosong)"))
        self.setLineEdit(field)
        self.refresh()

    def refresh(self) -> None:
        text = self.currentText()
        self.clear()
        self.addItems(self._stage.reasons())
        self.setCurrentIndex(-1)
        self.setEditText(text)

    def take_text(self) -> str:
        return self.currentText().strip()


class DecisionLine(QWidget):
    """The last decision about the wall, as one line."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.label = words("", "second", wraps=True, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        stage.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        last = self._stage.feed.last
        self.label.setText(decision(last, self._stage)[:300] if last is not None else "")


def card(parent: QWidget | None, look: DeskLook) -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame(parent)
    give_role(frame, "card")
    column = QVBoxLayout(frame)
    padding = look.sizes.padding
    column.setContentsMargins(padding, padding - 4, padding, padding - 4)
    column.setSpacing(look.sizes.gap)
    return frame, column


class ToolButton(ActionButton):
    """An action as one plate: its icon, its name, and its key at the right."""

    def __init__(self, action: QAction, icon: str, look: DeskLook, parent: QWidget | None = None) -> None:
        super().__init__(action, "small", parent, shows_key=False)
        self._look = look
        self._icon_name = icon
        self._key = key_hint(action)
        self._key_width = 0
        look.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        face = font(self._look.theme.text_family, KEY_TYPE, REGULAR)
        self._key_width = round(QFontMetricsF(face).horizontalAdvance(self._key))
        self.setStyleSheet(f"text-align: left; padding: 0 {self._key_width + 22}px 0 10px;")
        self.setIcon(icon_of(self._look.theme, self._icon_name))
        self.setIconSize(QSize(18, 18))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colours = self._look.theme.palette
        painter = QPainter(self)
        painter.setFont(font(self._look.theme.text_family, KEY_TYPE, REGULAR))
        painter.setPen(QColor(colours.ink2 if self.isEnabled() else colours.ink3))
        room = QRectF(self.rect()).adjusted(0, 0, -12, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._key)
        painter.end()


class ToolRow(QWidget):
    """Actions as plates, all equally wide: in one row where there is room, else in two, else in three."""

    def __init__(self, tools: Sequence[tuple[QAction, str]], look: DeskLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = [ToolButton(action, icon, look, self) for action, icon in tools]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(look.sizes.gap)
        self._columns = 0
        self._lay_out(self._per_row(3))

    def _per_row(self, rows: int) -> int:
        return -(-len(self._tools) // rows)

    def _width_of(self, columns: int) -> int:
        widest = max((tool.sizeHint().width() for tool in self._tools), default=0)
        return columns * widest + (columns - 1) * self._grid.spacing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fitting = (columns for columns in (self._per_row(1), self._per_row(2)) if self._width_of(columns) <= self.width())
        self._lay_out(next(fitting, self._per_row(3)))

    def _lay_out(self, columns: int) -> None:
        if columns == self._columns:
            return
        for number in range(self._columns):
            self._grid.setColumnStretch(number, 0)
        self._columns = columns
        for number, tool in enumerate(self._tools):
            self._grid.removeWidget(tool)
            self._grid.addWidget(tool, number // columns, number % columns)
        for number in range(columns):
            self._grid.setColumnStretch(number, 1)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_of(self._per_row(3)), super().minimumSizeHint().height())
